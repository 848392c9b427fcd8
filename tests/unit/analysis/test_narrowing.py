"""Gaps between two groups: their change by hand, from printed and saved figures and from surveys that share PSUs."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

import psaindicators as psa
from psaindicators.analysis import compare_gaps, compare_gaps_of_surveys
from tests.paths import SAMPLES

Z = 1.96


def printed(year: int, **groups: tuple[float, int]) -> psa.Estimates:
    """Printed percentages of groups, each with its base."""
    rows = [{"area": name, "value": value, "base": base} for name, (value, base) in groups.items()]
    return psa.from_published(rows, indicator="ni4", survey="community_life", wave=year, by="ethnic_group")


def test_the_published_gap_between_asian_and_white_people_did_not_narrow() -> None:
    """Influence over local decisions, Community Life Survey 2016-17 and 2019-20 (ethnicity facts and figures, 4.0).

    37% of 1,086 and 25% of 7,854, then 35% of 780 and 25% of 7,936: 12 points, then 10. The change of -2 has a standard
    error of sqrt(.37 x .63 / 1086 + .25 x .75 / 7854 + .35 x .65 / 780 + .25 x .75 / 7936) = 2.35 points.
    """
    earlier, later = printed(2016, asian=(37, 1086), white=(25, 7854)), printed(2019, asian=(35, 780), white=(25, 7936))
    row = compare_gaps(earlier, later, "asian", "white", by="ethnic_group")[0]
    se = 100 * sqrt(0.37 * 0.63 / 1086 + 0.25 * 0.75 / 7854 + 0.35 * 0.65 / 780 + 0.25 * 0.75 / 7936)
    assert (row.earlier_gap, row.later_gap, row.change) == pytest.approx((12, 10, -2), abs=1e-12)
    assert row.se == pytest.approx(se, rel=1e-12)
    assert (row.low, row.high) == pytest.approx((-2 - Z * se, -2 + Z * se), rel=1e-12)
    assert row.minimum == pytest.approx(Z * se, rel=1e-12)
    assert (row.verdict, row.significant) == ("no reportable change", False)


@pytest.mark.parametrize(
    ("later", "verdict", "note"),
    [
        ((30, 40), "narrowed", ""),  # 20 points behind, then 10
        ((30, 60), "widened", ""),  # then 30
        ((30, 49), "no reportable change", ""),  # then 19
        ((40, 25), "narrowed", "the group behind is another now"),  # 20 behind, then 15 ahead
        ((60, 25), "widened", "the group behind is another now"),  # then 35 ahead
        ((50, 30), "no reportable change", "the group behind is another now"),  # then 20 ahead: as far apart as before
    ],
)
def test_a_gap_narrows_where_it_is_surely_smaller_whichever_way_round(
    later: tuple[float, float], verdict: str, note: str
) -> None:
    """The standard error of each change is about 1.5 points (2,000 in each group and wave)."""
    before = printed(2016, disabled=(30, 2000), others=(50, 2000))
    after = printed(2019, disabled=(later[0], 2000), others=(later[1], 2000))
    row = compare_gaps(before, after, "disabled", "others", by="ethnic_group")[0]
    assert (row.verdict, row.note) == (verdict, note)
    turned = compare_gaps(before, after, "others", "disabled", by="ethnic_group")[0]
    assert (turned.verdict, turned.change) == (verdict, pytest.approx(-row.change))


def test_a_group_of_which_everybody_agrees_is_no_certainty() -> None:
    """4 of 4 is 39.8% to 100% (0.025^(1/4)): the gap to 80 ± 2.4 of 1,100 is 20, and at least -40 points.

    Ten years on both say 80 ± 2.4: the change is -20 points, and its ends by Zou and Donner are made of the gaps'.
    """
    before, after = printed(2008, few=(100, 4), many=(80, 1100)), printed(2018, few=(80, 1100), many=(80, 1100))
    row = compare_gaps(before, after, "few", "many", by="ethnic_group")[0]
    half = Z * 100 * sqrt(0.8 * 0.2 / 1100)
    low = 20 - sqrt((100 - 100 * 0.025**0.25) ** 2 + half**2)  # of the earlier gap
    assert row.high == pytest.approx(-20 + sqrt((20 - low) ** 2 + 2 * half**2), rel=1e-3)
    assert np.isnan(row.se)
    assert np.isnan(row.p_value)
    assert row.verdict == "no reportable change"  # the standard errors alone would make it 20 ± 4.1: "narrowed"


def in_psus(gaps: tuple[tuple[int, int], ...], year: int) -> psa.Survey:
    """PSUs of eight, four of either sex, of whom so many agree; every weight is 1."""
    rows = [
        {"c": psu, "sex": sex, "q": int(i < agree)}
        for psu, agreeing in enumerate(gaps)
        for sex, agree in enumerate(agreeing)
        for i in range(4)
    ]
    wave = {
        "psu": "c",
        "questions": {
            "sex": {"variable": "sex", "answers": {"women": 0, "men": 1}},
            "influence_decisions": {
                "variable": "q",
                "answers": {"definitely_agree": 1, "tend_to_disagree": 0, "tend_to_agree": 2, "definitely_disagree": 3},
            },
        },
    }
    written = {"survey": "own", "title": "Own", "2008": wave, "2010": {"like": 2008}}
    return psa.read_survey(pd.DataFrame(rows), psa.wave(written, year))


FIRST = ((3, 2), (4, 3), (1, 0), (4, 3))  # women less men, in quarters: 1, 1, 1, 1
SECOND = ((2, 2), (1, 2), (3, 2), (4, 3))  # 0, -1, 1, 1


def test_groups_that_share_psus_have_the_covariance_of_their_gap() -> None:
    """With PSUs of one size the gap is the mean of the PSUs' gaps d, and its variance s^2 / n.

    2008: d = 25, 25, 25, 25: no variance at all. 2010: d = 0, -25, 25, 25: mean 6.25, s^2 = 572.9, se = 11.97.
    """
    earlier, later = in_psus(FIRST, 2008), in_psus(SECOND, 2010)
    row = compare_gaps_of_surveys(in_psus(SECOND, 2008), later, "women", "men", by="sex", indicators="ni4")[0]
    d = np.array([0, -25, 25, 25])
    assert (row.earlier_gap, row.later_gap, row.change) == pytest.approx((6.25, 6.25, 0))
    assert row.se == pytest.approx(sqrt(2 * d.var(ddof=1) / 4), rel=1e-9)
    assert row.df == pytest.approx(6, rel=1e-9)  # 3 and 3, alike
    assert row.minimum == pytest.approx(scipy.stats.t.ppf(0.975, 6) * row.se, rel=1e-9)
    assert row.verdict == "no reportable change"
    steady = compare_gaps_of_surveys(earlier, later, "women", "men", by="sex", indicators="ni4")[0]
    assert steady.earlier_gap == pytest.approx(25)


def test_saved_figures_of_groups_that_share_psus_are_refused() -> None:
    tables = [psa.estimate(in_psus(gaps, year), "ni4", by="sex") for gaps, year in ((FIRST, 2008), (SECOND, 2010))]
    with pytest.raises(psa.ComparisonError) as caught:
        compare_gaps(*tables, "women", "men", by="sex")
    why = "an estimate says how sure it is itself, not how far two groups of the same PSUs go together"
    first, second, instead = str(caught.value).splitlines()
    assert (first, second) == (
        f"the groups of own 2008 share PSUs, and {why}",
        f"the groups of own 2010 share PSUs, and {why}",
    )
    assert instead.startswith(
        "give the surveys to compare_gaps_of_surveys; where a survey cannot be kept, keep its psa.difference"
    )


def test_kept_differences_have_what_the_surveys_say_of_the_change() -> None:
    """The way that the message names: the se of the change follows from the two gaps' own."""
    surveys = in_psus(SECOND, 2008), in_psus(SECOND, 2010)
    kept = [psa.difference(one, "ni4", "women", "men", by="sex")[0] for one in surveys]
    change = compare_gaps_of_surveys(*surveys, "women", "men", by="sex", indicators="ni4")[0]
    assert np.hypot(kept[0].se, kept[1].se) == pytest.approx(change.se, rel=1e-12)
    assert change.earlier_gap == pytest.approx(kept[0].difference)


def test_saved_figures_of_respondents_each_sampled_for_themselves_give_what_the_surveys_do(tmp_path: Path) -> None:
    """Two people of one simple random sample in different groups: the covariance left is nothing."""
    surveys = []
    for seed, year in ((1, 2008), (2, 2010)):
        random = np.random.default_rng(seed)
        sex = random.integers(0, 2, 900)
        file = pd.DataFrame({"sex": sex, "q": (random.random(900) < 0.3 + 0.2 * sex).astype(int)})
        wave = {"questions": dict(in_psus(FIRST, 2008).wave.questions)}
        questions = {
            "sex": {"variable": "sex", "answers": {"women": 0, "men": 1}},
            "influence_decisions": {
                "variable": "q",
                "answers": {"definitely_agree": 1, "tend_to_disagree": 0, "tend_to_agree": 2, "definitely_disagree": 3},
            },
        }
        assert set(wave["questions"]) == set(questions)
        written = {"survey": "own", "title": "Own", str(year): {"questions": questions}}
        surveys.append(psa.read_survey(file, psa.wave(written, year)))
    of_surveys = compare_gaps_of_surveys(*surveys, "women", "men", by="sex", indicators="ni4")[0]
    for survey in surveys:
        found = psa.estimate(survey, "ni4", by="sex")
        (tmp_path / f"{survey.wave.year}.json").write_text(json.dumps(found.to_records()))
    saved = [psa.read_estimates(tmp_path / f"{year}.json") for year in (2008, 2010)]
    row = compare_gaps(*saved, "women", "men", by="sex")[0]
    assert (row.change, row.verdict) == (pytest.approx(of_surveys.change), of_surveys.verdict)
    assert row.se == pytest.approx(of_surveys.se, rel=0.002)
    assert row.method != of_surveys.method


@pytest.mark.parametrize("by", ["ethnic_group", "disability", "sex", "age_band", "deprivation"])
def test_the_groups_of_the_samples_are_bound(by: str) -> None:
    """The annex asks for participation by under-represented groups; the samples hold each of these."""
    surveys = [
        psa.read_survey(SAMPLES / f"citizenship_{year}.sav", psa.wave("citizenship", year)) for year in (2007, 2008)
    ]
    one, other = surveys[0].wave.answers(by)[:2]
    row = compare_gaps_of_surveys(*surveys, one, other, by=by, indicators="ni6")[0]
    assert row.verdict in ("narrowed", "widened", "no reportable change")
    assert row.se > 0


def test_what_cannot_be_compared_is_told() -> None:
    before, after = printed(2016, a=(30, 900), b=(40, 900)), printed(2019, a=(30, 900), b=(40, 900))
    with pytest.raises(psa.DefinitionError, match=r"community_life 2016 has no ethnic_group 'c' \(there are a and b\)"):
        compare_gaps(before, after, "a", "c", by="ethnic_group")
    with pytest.raises(psa.DefinitionError, match="community_life 2016 has no rows by sex"):
        compare_gaps(before, after, "a", "b", by="sex")
    with pytest.raises(psa.ComparisonError, match="'a' is compared with itself"):
        compare_gaps(before, after, "a", "a", by="ethnic_group")
    with pytest.raises(psa.ComparisonError, match="the waves are in the wrong order"):
        compare_gaps(after, before, "a", "b", by="ethnic_group")
    other = psa.Estimates({**after.columns, "survey": np.full(2, "place", dtype=object)}, after.indicators)
    with pytest.raises(psa.ComparisonError, match="of different series"):
        compare_gaps(before, other, "a", "b", by="ethnic_group")
    row = compare_gaps(before, other, "a", "b", by="ethnic_group", across_break=True)[0]
    assert (row.marker, row.verdict) == ("[b]", "no reportable change")
    assert "of different series" in row.note
