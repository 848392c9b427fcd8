"""Reward: the Local PSA rule on real sums, a rule of one's own, what is refused.

Real sums: Isle of Wight Council, Local PSA Schedule 4 (June 2002); Bath and North East Somerset Council, performance
report (February 2004); Salford City Council, Local PSA 2002-05; an unnamed agreement's Schedule 4 of 2002-03.
"""

from __future__ import annotations

import numpy as np
import pytest

import psaindicators as psa
from psaindicators.judgements.reward import paid_share, read_rule_of_reward, reward
from psaindicators.judgements.scores import Scores

ROUNDING = 1e-12
"""Relative: a few float operations."""
OWN_RULE = 'title = "Ours"\nreference = "Cabinet, May 2010"\ntrigger = 0.5\ncap = 1.2\n'


def scores(*shares, area="X", stage="final", sub_target_of=()):
    """Scored targets with these shares of the enhancement, from 40 without the agreement to a target of 50."""
    rows = len(shares)
    words = {"area": area, "area_name": "", "indicator": "ni4", "stage": stage, "note": ""} | {"kind": "designated"}
    part_of = [*sub_target_of, *[""] * (rows - len(sub_target_of))]
    return Scores(
        {name: np.full(rows, word, dtype=object) for name, word in words.items()}
        | {"sub_target_of": np.array(part_of, dtype=object), "line": np.arange(rows) + 2}
        | {"year": np.full(rows, 2010), "without": np.full(rows, 40.0), "target": np.full(rows, 50.0)}
        | {"share": np.array(shares, float), "outturn": 40 + 10 * np.array(shares, float)}
    )


@pytest.mark.parametrize(
    ("net_budget_requirement", "pot", "to_the_nearest"),
    [
        (132_993_000, 3_325_000, 1_000),  # Isle of Wight: 3,324,825
        (143_000_000, 3_577_000, 5_000),  # Bath and North East Somerset, "about 143m": 3,575,000
        (237_627_655, 5_940_691, 1),  # unnamed: 5,940,691.375
    ],
)
def test_the_pot_is_2_5_percent_of_the_net_budget_requirement(net_budget_requirement, pot, to_the_nearest):
    found = reward(scores(1.0), net_budget_requirement=net_budget_requirement).pot
    assert abs(found - pot) <= to_the_nearest / 2
    assert found == pytest.approx(0.025 * net_budget_requirement, rel=ROUNDING)


def test_bath_and_north_east_somersets_pot_is_split_over_12_targets():
    rewards = reward(scores(*[1.0] * 12), pot=3_577_000)
    assert rewards.columns["available"] == pytest.approx(np.full(12, 298_083.33), abs=0.005)
    assert rewards.total == pytest.approx(3_577_000, rel=ROUNDING)


def test_salfords_five_full_and_four_nil():
    """12 targets of 500,687; the shares of its 3 partial ones are not known, so they are not among the scores."""
    nil = (0.59, 0.3, 0.0, -0.2)
    rewards = reward(scores(*[1.0] * 5, *nil), pot=12 * 500_687, targets=12)
    assert rewards.columns["reward"] == pytest.approx([500_687] * 5 + [0] * 4, rel=ROUNDING)
    assert rewards.total == pytest.approx(2_503_435, rel=ROUNDING)
    nine_only = reward(scores(*[1.0] * 5, *nil), pot=12 * 500_687)
    assert nine_only.columns["available"][0] == pytest.approx(667_582.67, abs=0.005)  # the pot over 9: too much


def test_progress_of_0_70_that_is_a_share_of_0_50_pays_nothing():
    """Baseline 40, without the agreement 44, target 50, outturn 47: (47-40)/(50-40) and (47-44)/(50-44)."""
    assert reward(scores(0.50), pot=100).total == 0
    assert reward(scores(0.70), pot=100).total == pytest.approx(70)  # what paying for progress would have given


@pytest.mark.parametrize(
    ("share", "paid"),
    [(0.60, 0.60), (0.1 + 0.2 + 0.3, 0.60), (6 / 10 - 1e-16, 0.60), (0.5999, 0), (0.8, 0.8), (1.0, 1.0), (1.4, 1.0)],
)
def test_nothing_under_60_percent_and_no_more_than_everything(share, paid):
    assert paid_share(np.array([share]), read_rule_of_reward("local_psa")) == pytest.approx(paid, rel=1e-9)


def test_a_targets_sub_targets_share_its_money():
    split = reward(scores(1, 1, 1, sub_target_of=("roads", "roads")), pot=600)
    assert split.columns["available"] == pytest.approx([150, 150, 300])  # 2 targets; the first of 2 sub-targets


def test_a_rule_of_ones_own(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(OWN_RULE + 'split = "sub_targets"\n')
    rewards = reward(scores(1.5, 0.55, 0.45, sub_target_of=("roads", "roads")), str(path), pot=600)
    assert rewards.columns["reward"] == pytest.approx([240, 110, 0])  # 200 each: 1.2, 0.55 and nothing
    assert rewards.columns["note"].tolist() == ["rule unstated"] * 3
    with pytest.raises(psa.DefinitionError, match="'Ours' has no pot_share of a net budget requirement"):
        reward(scores(1.0), str(path), net_budget_requirement=1e8)


def test_an_interim_target_earns_nothing_and_an_unknown_outturn_is_not_a_nil():
    with pytest.raises(psa.DefinitionError, match="the scores hold no final target"):
        reward(scores(1.0, stage="interim"), pot=100)
    unknown = reward(scores(1.0, np.nan), pot=100)
    assert unknown.columns["reward"][0] == pytest.approx(50)
    assert np.isnan(unknown.total)
    assert "not known: a target has no outturn" in repr(unknown)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "a reward needs a pot or a net budget requirement, one of the two"),
        ({"pot": 1, "net_budget_requirement": 1}, "one of the two"),
        ({"pot": -5}, "must be above 0, got -5"),
        ({"net_budget_requirement": 0}, "must be above 0, got 0"),
        ({"pot": 1, "targets": 1}, "said to have 1 targets, but the scores hold 2"),
        ({"pot": 1, "rule": "local_pas"}, "no shipped reward rule 'local_pas'; did you mean 'local_psa'?"),
    ],
)
def test_what_does_not_make_a_reward_is_refused(options, message):
    with pytest.raises(psa.DefinitionError) as caught:
        reward(scores(1.0, 1.0), **options)
    assert message in str(caught.value)


def test_two_areas_have_two_agreements():
    both = Scores(
        {n: np.concatenate([scores(1.0).columns[n], scores(1.0, area="Y").columns[n]]) for n in scores(1.0).columns}
    )
    with pytest.raises(psa.DefinitionError, match=r"the scores hold X, Y: keep one, as with .where\(area=...\)"):
        reward(both, pot=100)
    assert reward(both.where(area="Y"), pot=100).total == 100


def test_the_faults_of_a_rule_are_told_together(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text('title = "Ours"\nreference = "x"\ntriger = 0.6\ncap = "all"\npot_share = 2.5\nsplit = "equal"\n')
    with pytest.raises(psa.DefinitionError) as caught:
        reward(scores(1.0), str(path), pot=1)
    message = str(caught.value)
    for fault in ("trigger: is missing", "cap: must be a number", "pot_share: must be a share", "split: must be"):
        assert fault in message
    assert "triger: is not a field of a reward rule; did you mean 'trigger'?" in message
    path.write_text(OWN_RULE.replace("0.5", "60"))
    with pytest.raises(psa.DefinitionError, match=r"trigger: must be from 0 to the cap 1\.2, as shares, got 60"):
        reward(scores(1.0), str(path), pot=1)


def test_rewards_print_the_total():
    printed = repr(reward(scores(1.0, 0.65), pot=5_000_000))
    assert "65%" in printed
    assert "reward 4,125,000 of a pot of 5,000,000" in printed  # 2.5m + 0.65 x 2.5m
