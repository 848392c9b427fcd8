"""Differences that share PSUs: R's contrasts, a panel and other designs by hand, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import psaindicators as psa
from psaindicators.definitions.waves import Question, Replicates, Wave
from psaindicators.design.covariance import contrast
from psaindicators.design.variance import Calibrated, Linearised
from psaindicators.judgements.movements import compare
from psaindicators.judgements.shared_psus import compare_surveys, difference
from psaindicators.kernel.calibration import Cells
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.totals import Frame, Measure
from tests.comparing import EXACT, ROUNDING, cases, two_waves
from tests.oracle.cases import FOLDER, data_set, indicator, survey_of


def test_waves_that_share_psus_are_r_s_contrast_of_the_stacked_waves():
    """R's contrast of two domains (checked below) on the stacked file, where a PSU of both waves is one unit."""
    surveys = two_waves("y1")
    moved = compare_surveys(*surveys, indicator("y1"), by=["all", "area"], df="domain")
    frames = [data_set(name).assign(wave=str(i)) for i, name in enumerate(("micro", "wave2"))]
    both = pd.concat(frames).assign(there=lambda rows: rows["wave"] + rows["area"])
    wave = replace(surveys[0].wave, area={"wave": "wave", "there": "there"})
    stacked = psa.read_survey(both, wave)
    for row in moved:
        if row.verdict:
            by, suffix = ("wave", "") if row.by == "all" else ("there", row.area)
            expected = difference(stacked, indicator("y1"), "1" + suffix, "0" + suffix, by=by, df="domain")[0]
            assert row.change == pytest.approx(expected.difference, rel=EXACT)
            assert (row.se, row.df) == (pytest.approx(expected.se, rel=EXACT), expected.df)
    assert (moved.columns["method"] == "shared PSUs, with their covariance").all()
    assert sum(moved.columns["verdict"] != "") == 8


PANEL = pd.DataFrame({"w": 1, "psu": list("aaabbbccc"), "y": [1, 0, 0, 1, 1, 0, 1, 1, 1]})
LATER = PANEL.assign(y=[1, 1, 0, 1, 1, 0, 1, 1, 1])


def panel(frame, *, year=2008, **wave):
    questions = {"y": Question("y", {"yes": 1, "no": 0}), "area": Question("psu", {name: name for name in "abcd"})}
    return psa.read_survey(frame, Wave("panel", year, "A panel", FOLDER, "w", questions, **{"psu": ("psu",)} | wave))


def test_a_panel_by_hand():
    """Three PSUs a, b, c of 3 people: 1, 2, 3 of them "yes", then 2, 2, 3. p = 6/9 and 7/9.
    z = (yes - 3 p) / 9: -1/9, 0, 1/9 and -1/27, -1/27, 2/27; z2 - z1: 2/27, -1/27, -1/27, sum 0.
    v = 3/2 (4 + 1 + 1) / 729 = 9/729 = 1/81; independent waves would give v1 + v2 = 3/2 (18 + 6) / 729 = 4/81."""
    before, after = panel(PANEL), panel(LATER, year=2009)
    row = compare_surveys(before, after, indicator("y"))[0]
    assert row.change == pytest.approx(100 / 9, rel=ROUNDING)
    assert row.se == pytest.approx(100 / 9, rel=ROUNDING)
    assert row.df == 2  # three PSUs less one stratum: they are the same three
    apart = compare(psa.estimate(before, indicator("y")), psa.estimate(after, indicator("y")))[0]
    assert apart.se == pytest.approx(200 / 9, rel=ROUNDING)
    assert apart.df == pytest.approx(36**2 / (27**2 / 2 + 9**2 / 2), rel=ROUNDING)  # v1 = 27/729, v2 = 9/729


def test_a_panel_s_codes_may_be_texts_in_one_file_and_numbers_in_the_other():
    numbers = LATER.assign(psu=[1, 1, 1, 2, 2, 2, 3, 3, 3])
    texts = PANEL.assign(psu=list("111222333"))
    waves = ({"questions": {"y": Question("y", {"yes": 1, "no": 0})}, "psu": ("psu",)} for _ in range(2))
    surveys = [
        psa.read_survey(frame, Wave("panel", year, "A panel", FOLDER, "w", **wave))
        for frame, year, wave in zip((texts, numbers), (2008, 2009), waves, strict=True)
    ]
    assert compare_surveys(*surveys, indicator("y"))[0].se == pytest.approx(100 / 9, rel=ROUNDING)


def test_a_wave_against_itself_is_no_movement():
    survey = two_waves("y1")[0]
    table = psa.estimate(survey, indicator("y1"), by=["all", "area"])
    moved = compare(table, table)
    known = ~np.isnan(moved.columns["se"])
    assert set(moved.columns["change"][known]) == {0.0}
    assert set(moved.columns["verdict"][known]) == {"no reportable change"}
    assert set(moved.columns["p_value"][known]) == {1.0}
    assert not moved.columns["significant"].any()
    shared = compare_surveys(survey, survey, indicator("y1"), by=["all", "area"])
    assert shared.columns["se"][known] == pytest.approx(0, abs=1e-12)
    assert set(shared.columns["verdict"][known]) == {"no reportable change"}


# Differences within a survey


@pytest.mark.parametrize("case", cases("contrast"), ids=lambda case: case["id"])
def test_the_difference_of_two_areas_is_r_s(case):
    row = difference(survey_of(case, "y1", "area"), indicator("y1"), "A1", "A2", by="area")[0]
    expected = case["result"]
    assert row.difference == pytest.approx(100 * expected["diff"], rel=EXACT)
    assert row.se == pytest.approx(100 * expected["se"], rel=EXACT)
    assert row.df == expected["df_two_areas"]
    table = psa.estimate(survey_of(case, "y1", "area"), indicator("y1"), by="area")
    apart = np.hypot(*(table.where(area=area).columns["se"][0] for area in ("A1", "A2")))
    assert row.se**2 == pytest.approx(apart**2 - 2e4 * expected["cov"], rel=1e-8)  # areas as if independent: wrong
    assert abs(row.se / apart - 1) > 0.02


def test_the_difference_of_an_area_and_everyone_is_r_s():
    (case,) = cases("contrast_vs_all")
    row = difference(survey_of(case, "y1", "area"), indicator("y1"), "A1", by="area")[0]
    assert row.difference == pytest.approx(100 * case["result"]["diff"], rel=EXACT)
    assert row.se == pytest.approx(100 * case["result"]["se"], rel=EXACT)


def test_the_difference_of_the_sexes_is_r_s_t_test():
    (case,) = cases("ttest")
    row = difference(survey_of(case, "y1", "sex"), indicator("y1"), "1", "0", by="sex")[0]
    assert row.difference == pytest.approx(100 * case["result"]["diff"], rel=EXACT)
    assert row.difference / row.se == pytest.approx(case["result"]["t"], rel=EXACT)
    assert row.df == case["result"]["df"] + 1
    reach = stats.t.ppf(0.975, 55) * row.se
    assert (row.low, row.high) == pytest.approx((row.difference - reach, row.difference + reach), rel=1e-9)


def test_people_without_psus_are_units_of_their_own_by_hand():
    """4 and 5 people, no PSU: 3/4 and 2/5. z = +-(y - p)/n; n = 9: v = 9/8 [(3/16 x 4)/16 + (6/25 x 5)/25]."""
    frame = pd.DataFrame({"w": 1, "psu": list("aaaabbbbb"), "y": [1, 1, 1, 0, 1, 1, 0, 0, 0]})
    row = difference(panel(frame, psu=()), indicator("y"), "a", "b", by="area")[0]
    v = 9 / 8 * (3 / 4 / 16 + 6 / 5 / 25)
    assert (row.difference, row.se) == (pytest.approx(35, rel=ROUNDING), pytest.approx(100 * sqrt(v), rel=ROUNDING))


def test_a_difference_that_cannot_be_told_is_marked():
    lone = panel(PANEL.assign(psu="a", area=list("aaabbbccc")), lonely_psu="certainty", area={"area": "area"})
    alone = difference(lone, indicator("y"), "a", by="area")[0]  # one PSU less one stratum: no variance anywhere
    assert (alone.marker, alone.significant) == ("[u]", False)
    assert isnan(alone.se)
    silent = panel(PANEL.assign(y=[1, 0, 0, 1, 1, 0, None, None, None]))
    assert difference(silent, indicator("y"), "c", by="area")[0].marker == "[x]"


SIXES = pd.DataFrame(
    {
        "w": [1, 2, 1, 1, 2, 1],
        "psu": list("aabbcc"),
        "side": list("ABABAB"),
        "y": [1, 0, 1, 1, 0, 1],
        "sex": [0, 0, 0, 1, 1, 1],
    }
)


def gap(weight):
    """A's share less B's, by hand: sum of w y over sum of w on each side."""
    a, b = (np.where(SIXES["side"] == side, weight, 0) for side in "AB")
    return a @ SIXES["y"] / a.sum() - b @ SIXES["y"] / b.sum()


def test_replicate_weights_give_the_variance_of_the_difference_itself():
    """JK1 of three PSUs: 2/3 times the squares of the three differences about their mean."""
    dropped = {f"rw{psu}": np.where(SIXES["psu"] == psu, 0, 1.5 * SIXES["w"]) for psu in "abc"}
    thetas = np.array([gap(weight) for weight in dropped.values()])
    survey = panel(SIXES.assign(**dropped), psu=(), area={"side": "side"}, replicates=Replicates(("rw*",), "JK1"))
    row = difference(survey, indicator("y"), "A", "B", by="side")[0]
    assert row.difference == pytest.approx(100 * gap(SIXES["w"]), rel=ROUNDING)
    assert row.se == pytest.approx(100 * sqrt(2 / 3 * ((thetas - thetas.mean()) ** 2).sum()), rel=ROUNDING)


def test_calibrated_weights_leave_only_what_the_population_does_not_explain():
    """Post-stratified by sex (d = 1, w given): z less its mean within each sex, times w, over six people."""
    w, y, sex = (SIXES[name].to_numpy(float) for name in ("w", "y", "sex"))
    a = (SIXES["side"] == "A").to_numpy()
    shares = [w[side] @ y[side] / w[side].sum() for side in (a, ~a)]
    z = np.where(a, (y - shares[0]) / w[a].sum(), -(y - shares[1]) / w[~a].sum())
    left = z - np.where(sex == 0, z[sex == 0].mean(), z[sex == 1].mean())
    u = w * left
    v = 6 / 5 * (u @ u - u.sum() ** 2 / 6)
    cells = Cells(of_row=np.array([0, 0, 0, 1, 1, 1]), columns=np.array([[0, 1]]), sizes=(2,))
    design = Calibrated(Frame(w, Keys(Codes.constant("all", 6))), "fail", np.ones(6), cells)
    sides = Codes(("pair",), np.where(a, 0, -1)), Codes(("pair",), np.where(a, -1, 0))
    found = contrast(design, [Measure(np.ones(6, dtype=bool), y > 0)], sides, "domain")
    assert found.v[0, 0] == pytest.approx(v, rel=ROUNDING)
    plain = contrast(Linearised(design.rows, "fail"), [Measure(np.ones(6, dtype=bool), y > 0)], sides, "domain")
    assert plain.v[0, 0] == pytest.approx(6 / 5 * ((w * z) @ (w * z)), rel=ROUNDING)  # weights as if not calibrated


# What cannot be compared


def test_waves_that_cannot_share_psus_are_told_all_at_once():
    before, after = panel(PANEL, psu=(), lonely_psu="centre"), panel(LATER.assign(s=1), year=2009, stratum="s")
    with pytest.raises(psa.ComparisonError) as told:
        compare_surveys(before, after, indicator("y"))
    assert str(told.value).splitlines() == [
        "panel 2008 names no psu, so it shares none; compare() the estimates of independent waves",
        "panel 2008 has no stratum and panel 2009 1; waves that share PSUs have one design",
        "panel 2008 has no psu and panel 2009 1; waves that share PSUs have one design",
        "the waves treat a lonely PSU as 'centre' and 'fail'; say lonely_psu for both",
    ]


def test_weights_that_cannot_be_stacked_are_told():
    before, after = panel(PANEL), panel(LATER, year=2009, weight_sums_to="area", area={"a": "psu"})
    with pytest.raises(psa.ComparisonError, match="the weights of panel 2009 sum within areas; waves that share PSUs"):
        compare_surveys(before, after, indicator("y"))
    with pytest.raises(psa.ComparisonError, match="only areas within one kind of a can be set against each other"):
        difference(after, indicator("y"), "a", by="area")


def test_waves_without_a_psu_in_common_are_told():
    elsewhere = panel(LATER.assign(psu=list("dddeeefff")), year=2009)
    questions = {"y": Question("y", {"yes": 1, "no": 0})}
    surveys = [replace(s, wave=replace(s.wave, questions=questions)) for s in (panel(PANEL), elsewhere)]
    with pytest.raises(psa.ComparisonError, match="panel 2008 and panel 2009 have no PSU in common"):
        compare_surveys(*surveys, indicator("y"))


def test_an_unknown_area_and_an_area_against_itself_are_told():
    (case, *_) = cases("contrast")
    survey = survey_of(case, "y1", "area")
    with pytest.raises(
        psa.DefinitionError, match=r"case 2008 has no area 'A11'; did you mean 'A1'\? \(there are A1, A2"
    ):
        difference(survey, indicator("y1"), "A11", "A2", by="area")
    with pytest.raises(psa.ComparisonError, match="'A1' is compared with itself; name another area, or 'all'"):
        difference(survey, indicator("y1"), "A1", "A1", by="area")
