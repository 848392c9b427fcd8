"""Targets of a whole agreement: kinds, years, typed outturns in their units, revisions, baselines from a wave.

The shape is that of a Local Area Agreement of 2008-11: up to 35 designated targets besides those of statutory
education, and the council's own. Central Bedfordshire's three are real (engagement strategy, June 2010).
"""

from __future__ import annotations

import json
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
import scipy.stats
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from tests.paths import SAMPLES
from tests.unit.judgements.test_targets import ROUNDING, Z, outturns, targets  # noqa: F401
from tests.unit.outturns.council import changed

HEAD = "area,indicator,baseline,baseline_se,target,year"
TYPED = "area,indicator,title,kind,unit,better,year,baseline,target,outturn,outturn_margin\n"


def verdicts(scores):
    return [(row.indicator, row.year, row.verdict) for row in scores]


# Years


def test_a_year_after_the_last_outturn_is_not_yet_due_and_one_without_a_survey_is_not_measured(targets):  # noqa: F811
    read = targets(f"{HEAD}\n" + "".join(f"X,ni4,20,1,{21 + year - 2008},{year}\n" for year in range(2008, 2012)))
    found = psa.score(read, outturns(("ni4", "X", 2008, 20.5, 1), ("ni4", "X", 2010, 25, 1)))
    assert verdicts(found) == [
        ("ni4", 2008, "no reportable change"),
        ("ni4", 2009, "not measured"),
        ("ni4", 2010, "target met"),
        ("ni4", 2011, "not yet due"),
    ]
    assert found.columns["stage"].tolist() == ["interim", "interim", "interim", "final"]
    assert np.isnan(found.columns["movement"][[1, 3]]).all()
    assert found.columns["rests_on"].tolist()[2:] == ["ni4/place 2010/authority/X", ""]


def test_outturns_of_several_surveys_and_waves_are_scored_together(targets):  # noqa: F811
    read = targets(f"{HEAD}\nX,ni4,20,,25,2008\nX,ni4,20,,30,2010\nX,ni6,20,,25,2009\n")
    tables = [
        outturns(("ni4", "X", 2008, 25, 1)),
        outturns(("ni4", "X", 2010, 26, 1)),
        outturns(("ni6", "X", 2009, 1, 1)),
    ]
    one_by_one = psa.score(read, *tables)
    assert verdicts(one_by_one)[:2] == [("ni4", 2008, "target met"), ("ni4", 2010, "improved but short")]
    together = outturns(("ni4", "X", 2008, 25, 1), ("ni4", "X", 2010, 26, 1), ("ni6", "X", 2009, 1, 1))
    assert psa.score(read, together) == one_by_one


def test_of_two_surveys_of_a_year_the_target_says_which(targets):  # noqa: F811
    one, other = outturns(("ni4", "X", 2010, 25, 1)), outturns(("ni4", "X", 2010, 31, 1))
    panel = psa.Table({**other.columns, "survey": np.array(["panel"], dtype=object)})
    with pytest.raises(psa.DefinitionError, match=r"there are 2 outturns \(place by authority, panel by authority\)"):
        psa.score(targets(f"{HEAD}\nX,ni4,20,1,30,2010\n"), one, panel)
    read = targets(f"{HEAD},survey\nX,ni4,20,1,30,2010,Panel\n")
    assert psa.score(read, one, panel)[0].outturn == 31


def test_an_authority_that_is_an_agreements_area_too_has_one_figure(targets):  # noqa: F811
    """By authority and by laa a unitary authority's rows are one figure under two kinds."""
    authority = outturns(("ni4", "X", 2010, 25, 1))
    laa = psa.Table({**authority.columns, "by": np.array(["laa"], dtype=object)})
    assert psa.score(targets(f"{HEAD}\nX,ni4,20,1,30,2010\n"), authority, laa)[0].outturn == 25


# Typed in


def test_indicators_that_no_survey_measures_are_scored_in_their_own_unit(targets):  # noqa: F811
    read = targets(
        TYPED
        + "X,NI 154,Net additional homes,designated,count,higher,2010,1190,1350,1372,\n"
        + "X,NI 112,Under-18 conception rate,,Rate,LOWER,2010,41.2,30,36.0,3.0\n"
        + "X,Local 7,Street score,Local,score,lower,2010,-2,-5,-1,\n"
        + "X,NI 72,,statutory education,,higher,2010,51,54,53.2,\n"
    )
    found = psa.score(read)
    assert verdicts(found) == [
        ("ni154", 2010, "target met"),
        ("ni112", 2010, "improved but short"),  # -5.2, margin 3.0; 30 is under 33.0
        ("local7", 2010, "declined"),  # any change of what counts as exact is one
        ("ni72", 2010, "improved but short"),
    ]
    assert found.columns["kind"].tolist() == ["designated", "designated", "local", "statutory education"]
    assert found.columns["unit"].tolist() == ["count", "rate", "score", "percent"]
    assert found[0].progress == pytest.approx((1372 - 1190) / (1350 - 1190), rel=ROUNDING)
    assert found[1].movement == pytest.approx(3.0, rel=ROUNDING)  # 1.96 se: the margin itself
    assert [row.note.split("; ")[-1] for row in found] == ["outturn typed in, exact", "outturn typed in"] + [
        "outturn typed in, exact"
    ] * 2
    assert found[0].rests_on == "targets.csv line 2"
    assert (found[0].met_certain, found[0].progress_se) == (True, 0.0)


def test_a_typed_target_has_its_sentence_in_its_unit(targets):  # noqa: F811
    read = targets(
        TYPED
        + "X,NI 154,Net additional homes,,count,higher,2010,1190,1350,1372,\nX,NI 154,,,,,2011,,1450,,\n"
        + "X,NI 112,,,rate,lower,2010,41.2,30,36.25,3.92\n"
    )
    assert psa.score(read).sentences() == [
        'In X in 2010, "Net additional homes" (ni154) was 1,372 (taken as exact), from a baseline of 1,190: the target '
        "of 1,350 was met, and it is taken as exact.",
        'In X in 2011, "Net additional homes" (ni154) is not yet due against the target of 1,450.',
        "In X in 2010, ni112 was 36.25 (interval 32.33 to 40.17), from a baseline of 41.2: it improved, but fell short "
        "of the target of 30.",
    ]


def test_a_target_of_everyone_is_said_to_be_overall(targets):  # noqa: F811
    [sentence] = psa.score(targets(TYPED + "all,NI 154,,,count,higher,2010,1190,1350,1372,\n")).sentences()
    assert sentence.startswith("Overall in 2010, ni154 was 1,372 ")


def test_what_counts_as_exact_and_has_not_changed_has_no_reportable_change(targets):  # noqa: F811
    assert psa.score(targets(TYPED + "X,NI 154,,,count,higher,2010,1190,1350,1190,\n"))[0].verdict == (
        "no reportable change"
    )


def test_a_typed_indicator_without_an_outturn_yet_is_not_yet_due(targets):  # noqa: F811
    read = targets(
        TYPED + "X,NI 154,,,count,higher,2009,1190,1300,1310,\nX,NI 154,,,,,2008,,1250,,\nX,NI 154,,,,,2010,,1400,,\n"
    )
    assert verdicts(psa.score(read)) == [
        ("ni154", 2009, "target met"),
        ("ni154", 2008, "not measured"),
        ("ni154", 2010, "not yet due"),
    ]


def test_an_outturn_typed_in_beside_a_survey_of_the_year_is_refused(targets):  # noqa: F811
    read = targets("area,indicator,baseline,target,year,outturn,outturn_margin\nX,ni4,20,30,2010,25,3\n")
    assert psa.score(read, outturns(("ni4", "X", 2008, 20, 1)))[0].outturn == 25
    with pytest.raises(psa.DefinitionError, match="line 2: an outturn is typed in, and there is one of place by auth"):
        psa.score(read, outturns(("ni4", "X", 2010, 25, 1)))


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("X,NI 154,,,count,,2010,1190,1350,,", "there is no indicator 'NI 154'"),
        ("X,154,,,count,higher,2010,1190,1350,,", "'154' alone does not say which numbering scheme"),
        ("X,NI 154,,,,higher,2010,1190,1350,,", "baseline must be a number from 0 to 100, got 1190"),
        ("X,NI 154,,,number,higher,2010,1190,1350,,", "unit must be percent, rate, count or score, got 'number'"),
        ("X,NI 154,,stretch,count,higher,2010,1,2,,", "kind must be designated, statutory education or local, got"),
        ("X,NI 4,,,count,,2010,20,30,,", "ni4 is a percentage, not a count"),
        ("X,NI 4,,,,lower,2010,20,30,,", "of ni4 higher is better, not lower"),
        ("X,NI 154,,,count,higher,2010,1190,1350,,5", "outturn_margin needs outturn"),
        ("X,NI 154,,,count,higher,2010,1190,,1200,", "2010 has an outturn and no target"),
        ("X,NI 154,,,count,higher,2010,1190,,,", "target is missing"),
        ("X,NI 154,,,count,higher,2010,,1350,,", "baseline is missing"),
        (
            "X,NI 154,,,count,higher,2010,9,20,,\nX,NI 154,,local,rate,,2011,,30,,",
            "unit is rate here and count on line 2",
        ),
    ],
)
def test_the_faults_of_a_typed_target(targets, line, fault):  # noqa: F811
    with pytest.raises(psa.DefinitionError) as caught:
        targets(TYPED + line + "\n")
    assert fault in str(caught.value)


# Revisions


REVISED = (
    "area,indicator,baseline,baseline_base,target,year,revised\n"
    "X,ni4,23.0,,26,2009,\n"
    "X,ni4,,,28,2010,\n"
    "X,ni4,23.8,2828,,,2009-06-23\n"
    "X,ni4,,,27,2010,2010-02-09\n"
)


@pytest.mark.parametrize(
    ("on", "baselines", "promised"),
    [
        ("2009-06-22", [23.0, 23.0], [26, 28]),
        ("2009-06-23", [23.8, 23.8], [26, 28]),
        (None, [23.8, 23.8], [26, 27]),
    ],
)
def test_the_revision_in_force_counts_and_a_baselines_for_every_year(targets, on, baselines, promised):  # noqa: F811
    read = targets(REVISED, on=on)
    assert read.columns["baseline"].tolist() == baselines
    assert read.columns["target"].tolist() == promised
    assert np.isnan(read.columns["baseline_se"]).all() == (on == "2009-06-22")


def test_a_row_says_what_was_revised_and_what_it_was(targets):  # noqa: F811
    read = targets(REVISED)
    assert read.columns["note"].tolist() == [
        "baseline revised 2009-06-23, was 23",
        "baseline revised 2009-06-23, was 23; target revised 2010-02-09, was 28",
    ]
    assert "was 28" in psa.score(read, outturns(("ni4", "X", 2010, 25, 1)))[1].note


def test_a_revision_is_dated_once(targets):  # noqa: F811
    with pytest.raises(psa.DefinitionError) as caught:
        targets(REVISED + "X,ni4,24.0,,,,2009-06-23\nX,ni4,,,29,2010,2010-02-09\nX,ni4,,,29,2010,Feb 2010\n")
    for line in (
        "line 6: ni4 in X has another baseline, or another se of it, on line 4",
        "line 7: ni4 in X has a target for 2010 on line 5 already",
        "line 8: revised must be a date such as 2009-06-01, got 'Feb 2010'",
    ):
        assert line in str(caught.value)
    with pytest.raises(psa.OptionError, match="on must be a day such as 2010-03-31, got 'June'"):
        targets(REVISED, on="June")


# Baselines that a wave holds


def test_a_baseline_taken_from_a_wave_has_its_standard_error(targets):  # noqa: F811
    """30% to 27%, se 1.35 each: m = 1.96 x 1.35 sqrt(2) = 3.74, so nothing is known to have changed.

    The same 30 typed without a standard error counts as exact, m is 2.65, and the verdict is "declined".
    """
    waves = outturns(("ni4", "X", 2008, 30, 1.35), ("ni4", "X", 2010, 27, 1.35))
    taken = targets("area,indicator,baseline,baseline_from,target,year\nX,ni4,,Place 2008-09,33,2010\n")
    row = psa.score(taken, waves)[0]
    assert (row.baseline, row.baseline_se, row.verdict) == (30, 1.35, "no reportable change")
    assert row.movement == pytest.approx(Z * 1.35 * sqrt(2), rel=ROUNDING)
    assert row.rests_on == "ni4/place 2010/authority/X; ni4/place 2008/authority/X"
    typed = targets("area,indicator,baseline,target,year\nX,ni4,30,33,2010\n")
    assert psa.score(typed, waves)[0].verdict == "declined"


def test_two_small_waves_have_satterthwaites_degrees_of_freedom(targets):  # noqa: F811
    """v 4 and 1 on 4 and 9 df: (4 + 1)^2 / (16 / 4 + 1 / 9) = 225 / 37 = 6.08, whose t is 2.439.

    The outturn's 9 alone would give 2.262, which is too little.
    """
    one, other = outturns(("ni4", "X", 2008, 30, 2), df=4), outturns(("ni4", "X", 2010, 35, 1), df=9)
    taken = targets("area,indicator,baseline,baseline_from,target,year\nX,ni4,,place 2008,40,2010\n")
    assert psa.score(taken, one, other)[0].movement == pytest.approx(
        scipy.stats.t.ppf(0.975, 225 / 37) * sqrt(5), rel=1e-9
    )


def test_a_baseline_of_0_percent_in_a_wave_is_no_certainty(targets):  # noqa: F811
    """None of 200 in 2008: up to 1.83% (1 - 0.025^(1/200)), so 2% with se 0.8 is no reportable change, as typed in."""
    none = outturns(("ni4", "X", 2008, 0.0, 0.0))
    high = 100 * (1 - 0.025 ** (1 / 200))
    none = psa.Table({**none.columns, "high": np.array([high])})
    taken = targets("area,indicator,baseline,baseline_from,target,year\nX,ni4,,place 2008,10,2010\n")
    row = psa.score(taken, none, outturns(("ni4", "X", 2010, 2.0, 0.8)))[0]
    assert row.movement == pytest.approx(sqrt((Z * 0.8) ** 2 + high**2), rel=1e-9)
    assert row.verdict == "no reportable change"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (
            "X,ni4,,place 2006,33,2010",
            "but no estimate of ni4 in X of place 2006 was given (waves: place 2008, place 2010)",
        ),
        ("X,ni4,,place 2008,28,2010", "the target 28 is under the baseline 30, but for ni4 higher is better"),
    ],
)
def test_a_baseline_that_no_wave_holds_or_on_the_wrong_side_is_told(targets, line, fault):  # noqa: F811
    waves = outturns(("ni4", "X", 2008, 30, 1.35), ("ni4", "X", 2010, 27, 1.35))
    with pytest.raises(psa.DefinitionError) as caught:
        psa.score(targets(f"area,indicator,baseline,baseline_from,target,year\n{line}\n"), waves)
    assert f"line 2: {'the baseline is that of place 2006, ' if '2006' in line else ''}{fault}" in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ("30,place 2008,", "baseline_from takes the baseline from place 2008: leave baseline blank"),
        (",2008,", "baseline_from must be a survey and its year, such as place 2008, got '2008'"),
        (",,1.2", "baseline_se needs baseline"),
    ],
)
def test_a_baseline_is_typed_or_taken(targets, cells, fault):  # noqa: F811
    with pytest.raises(psa.DefinitionError, match=fault):
        targets(f"area,indicator,baseline,baseline_from,baseline_se,target,year\nX,ni4,{cells},33,2010\n")


# Names, counts


def test_names_are_read_in_any_case(targets):  # noqa: F811
    ward = outturns(("ni4", "W01", 2010, 25, 1), ("ni4", "W02", 2010, 26, 1))
    named = psa.Table({**ward.columns, "area_name": np.array(["Northern Ward", "Southern Ward"], dtype=object)})
    read = targets(f"{HEAD}\nnorthern WARD,Ni 4,20,1,30,2010\nw02,NI4,20,1,30,2010\n")
    assert psa.score(read, named).columns["outturn"].tolist() == [25, 26]


def test_more_than_35_designated_targets_are_noted_and_others_do_not_count(targets):  # noqa: F811
    def agreement(designated):
        lines = [f"X,own{i},,designated,count,higher,2010,1,2,,\n" for i in range(designated)]
        others = [f"X,edu{i},,statutory education,count,higher,2010,1,2,,\n" for i in range(10)]
        return targets(TYPED + "".join([*lines, *others]))

    assert agreement(35).notes == ()
    assert agreement(36).notes == (
        "X has 36 designated targets: an agreement had up to 35, besides those of statutory education and the area's "
        "own (kind)",
    )


# Central Bedfordshire, in one file


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place")
    for year in (2008, 2010):
        survey = psa.read_survey(SAMPLES / f"place_{year}.parquet", psa.wave("place", year))
        found = psa.estimate(survey, ["ni3", "ni4", "ni6"], by=["authority", "laa"])
        (folder / f"{year}.json").write_text(found.to_json())
    return folder


EXPECTED = {
    ("ni3", 2010): "target met",  # 12.6 to 16.5, promised 16.2
    ("ni4", 2010): "target within the interval",  # 23.8 to 27.0 ± 1.8, promised 28.0
    ("ni6", 2010): "no reportable change",  # 24.3 to 25.0, 2.3 needed
    ("ni154", 2008): "target met",
    ("ni154", 2009): "improved but short",
    ("ni154", 2010): "target met",  # of the revised 1,350; of 1,500 it fell short
    ("parks", 2010): "no reportable change",  # 61.0 to 64.0 ± 2.9, on 900 respondents before: 4.3 needed
    ("ni72", 2009): "improved but short",
    **{(one, 2009): "not measured" for one in ("ni3", "ni4", "ni6")},
    **{(one, 2011): "not yet due" for one in ("ni3", "ni4", "ni6", "ni154")},
    **{(one, 2008): "no reportable change" for one in ("ni3", "ni4", "ni6")},
}


def test_central_bedfordshires_agreement_is_scored_from_one_file_on_the_command_line(saved):
    arguments = ["score", str(SAMPLES / "agreement.csv"), *(str(saved / f"{year}.json") for year in (2008, 2010))]
    result = CliRunner().invoke(cli, [*arguments, "--format", "json"], catch_exceptions=False)
    rows = json.loads(result.stdout)
    assert {(row["indicator"], row["year"]): row["verdict"] for row in rows} == EXPECTED
    assert {row["area"] for row in rows} == {"E06000056"}
    earlier = CliRunner().invoke(cli, [*arguments, "--format", "json", "--on", "2010-02-08"], catch_exceptions=False)
    of_2010 = [r for r in json.loads(earlier.stdout) if (r["indicator"], r["year"]) == ("ni154", 2010)]
    assert (of_2010[0]["target"], of_2010[0]["verdict"]) == (1500, "improved but short")


def test_central_bedfordshires_agreement_is_scored_by_the_batch_job(tmp_path):
    text = 'title = "Central Bedfordshire"\noutput = "out"\n'
    for year in (2008, 2010):
        text += (
            f'[[surveys]]\ndata = "{SAMPLES}/place_{year}.parquet"\nsurvey = "place"\nwave = {year}\n'
            'indicators = "nis"\nonly = ["ni3", "ni4", "ni6"]\nby = ["authority", "laa"]\n'
        )
    text += f'[targets]\nfile = "{SAMPLES}/agreement.csv"\noutturns = ["place 2008", "place 2010"]\n'
    text += '[targets.reward]\npot = 3000000\n[targets.reward.shares]\nCouncil = 0.7\n"Health trust" = 0.3\n'
    (tmp_path / "cb.toml").write_text(text)
    found = psa.outturn(tmp_path / "cb.toml").judgements
    assert {(row.indicator, row.year): row.verdict for row in found.scores} == EXPECTED
    assert found.rewards.shared.columns["available"].tolist() == pytest.approx([2_100_000, 900_000])
    ids = {row["id"] for row in json.loads((tmp_path / "out" / "estimates.json").read_text())}
    named = {one for row in found.scores for one in row.rests_on.split("; ") if one and "line" not in one}
    assert named <= ids
    assert (tmp_path / "out" / "shared_reward.csv").exists()
    config = changed(tmp_path / "cb.toml", {"[targets.reward]\n": '[targets.reward]\ntargets = "all"\n'})
    with pytest.raises(psa.DefinitionError, match="targets"):
        psa.outturn(config)


def test_a_batch_job_scores_what_was_in_force_on_a_day(tmp_path):
    for day, target in (("2010-02-08", 1500), ("2010-02-09", 1350)):
        (tmp_path / "cb.toml").write_text(
            f'title = "Central Bedfordshire"\noutput = "out"\n[[surveys]]\ndata = "{SAMPLES}/place_2008.parquet"\n'
            'survey = "place"\nwave = 2008\nindicators = "nis"\nonly = ["ni3", "ni4", "ni6"]\nby = "authority"\n'
            f'[targets]\nfile = "{SAMPLES}/agreement.csv"\non = {day}\n'
        )
        scores = psa.outturn(tmp_path / "cb.toml").judgements.scores
        assert scores.where(indicator="ni154", year=2010)[0].target == target


# Reward


def test_a_reward_is_shared_among_successors_by_stated_shares(tmp_path):
    """Bedfordshire's agreement went to two authorities; 0.65 and 0.35 of 300,000 are 195,000 and 105,000."""
    path = tmp_path / "targets.csv"
    path.write_text(
        TYPED + "X,NI 154,,,count,higher,2010,1000,1100,1100,\nX,NI 1540,,,count,higher,2010,1000,1100,1000,\n"
    )
    result = CliRunner().invoke(
        cli,
        [
            "reward",
            str(path),
            "--pot",
            "600000",
            "--share",
            "Central Bedfordshire",
            "0.65",
            "--share",
            "Bedford",
            "0.35",
        ],
        catch_exceptions=False,
    )
    assert "reward 300,000 of a pot of 600,000" in result.stdout
    assert "shared: Central Bedfordshire 195,000, Bedford 105,000" in result.stdout
    scores = psa.score(psa.read_targets(path))
    shared = psa.reward(scores, pot=600_000, shares={"a": 0.65, "b": 0.35}).shared
    assert shared.columns["reward"].tolist() == pytest.approx([195_000, 105_000])
    assert shared.columns["available"].tolist() == pytest.approx([390_000, 210_000])
    for wrong, why in (({"a": 0.65, "b": 0.3}, "they add up to 0.95"), ({"a": 1.5, "b": -0.5}, "got a 1.5, b -0.5")):
        with pytest.raises(psa.DefinitionError, match=why):
            psa.reward(scores, pot=1, shares=wrong)


def test_a_rule_may_pay_for_some_kinds_of_target_alone(tmp_path):
    path = tmp_path / "targets.csv"
    path.write_text(TYPED + "X,a,,,count,higher,2010,1,2,2,\nX,b,,local,count,higher,2010,1,2,2,\n")
    scores = psa.score(psa.read_targets(path))
    assert psa.reward(scores, pot=100).columns["reward"].tolist() == [50, 50]
    rule = tmp_path / "rule.toml"
    rule.write_text('title = "Ours"\nreference = "x"\ntrigger = 0.6\ncap = 1.0\nkinds = "Designated"\n')
    assert psa.reward(scores, str(rule), pot=100).columns["reward"].tolist() == [100]
    rule.write_text(rule.read_text().replace("Designated", "stretch"))
    with pytest.raises(
        psa.DefinitionError, match="kinds: must be of designated, statutory education, local, got 'stret"
    ):
        psa.reward(scores, str(rule), pot=100)


def test_scores_of_saved_and_fresh_estimates_are_the_same(saved):
    read = psa.read_targets(SAMPLES / "agreement.csv")
    tables = [psa.read_estimates(saved / f"{year}.json") for year in (2008, 2010)]
    assert psa.score(read, *tables) == psa.score(read, *(replace(table, notes=("x",)) for table in reversed(tables)))
