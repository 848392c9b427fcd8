"""A reader who subtracts places no withheld count: linear programmes over all that is published of random table sets.

`make attack` runs a thousand of them; docs/disclosure.md has its last figures.
"""

from __future__ import annotations

import pytest

import psaindicators as psa
from psaindicators.definitions.policies import read_policy
from tests.attacks import Attacked, attack, attack_pair, forgetful, naive
from tests.paths import NAMCS
from tests.releases import Pair, drawn_pairs
from tests.table_sets import drawn_table_sets

SETS, PAIRS = 20, 8
FOUR = "age_band*sex*metropolitan*specialty"


@pytest.fixture(scope="module")
def attacks() -> tuple[Attacked, Attacked]:
    """What the attack finds with small cells protected, and with small cells alone withheld."""
    ours, first_try = Attacked(), Attacked()
    for drawn in drawn_table_sets(SETS, seed=2):
        ours += attack(*drawn)
        first_try += attack(*drawn, naive)
    return ours, first_try


def test_no_withheld_count_is_pinned_or_placed_nearer_than_the_policy_says(attacks: tuple[Attacked, Attacked]) -> None:
    ours, _ = attacks
    assert ours.attacked > 100
    assert (ours.pinned, ours.too_near) == (0, 0)


def test_the_attack_breaks_a_first_try_that_withholds_small_cells_alone(attacks: tuple[Attacked, Attacked]) -> None:
    _, first_try = attacks
    assert first_try.small == first_try.withheld
    assert first_try.pinned > 20
    assert first_try.too_near >= first_try.pinned


def test_no_answer_and_no_weight_follows_from_five_crossed_questions() -> None:
    """Some of these cells are one person's, and physicians of the one kind are what all less the other leave."""
    survey = psa.read_survey(NAMCS / "namcs2019.csv.gz", psa.wave(str(NAMCS / "namcs.toml"), 2019))
    visits = psa.indicators(str(NAMCS / "visits.toml"))
    estimates = psa.estimate(survey, visits["private_insurance"], by=["all", FOUR, f"{FOUR}*physician_type"])
    assert (estimates.columns["base"] == 1).any()
    policy = read_policy("threshold_10")
    assert policy is not None
    found = attack(survey, estimates, policy)
    assert found.attacked > 100
    assert (found.pinned, found.too_near) == (0, 0)
    assert attack(survey, estimates, policy, naive).pinned > 0


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Waves published twice, every other one with late returns, and the movements to a later wave."""
    return list(drawn_pairs(PAIRS, seed=5))


def test_no_withheld_count_is_placed_with_the_earlier_release_and_the_movements_in_hand(pairs: list[Pair]) -> None:
    """Where returns came late the reader knows too that nobody was taken away: that pins none, and may place some."""
    found = [attack_pair(pair) for pair in pairs]
    assert sum(one.attacked for one in found) > 100
    assert [one.pinned for one in found] == [0] * PAIRS
    assert [one.too_near for one, pair in zip(found, pairs, strict=True) if not pair.late] == [0] * (PAIRS // 2)
    assert not any(one.stopped for one in found)


def test_the_attack_breaks_a_first_try_that_forgets_the_earlier_release(pairs: list[Pair]) -> None:
    found = [attack_pair(pair, forgetful) for pair in pairs]
    assert sum(one.pinned for one in found) > 10
    assert sum(one.pinned for one, pair in zip(found, pairs, strict=True) if not pair.late) > 0


def test_the_attack_breaks_a_first_try_that_leaves_the_movements_whole(pairs: list[Pair]) -> None:
    assert sum(attack_pair(pair, bare_movements=True).pinned for pair in pairs) > 50
