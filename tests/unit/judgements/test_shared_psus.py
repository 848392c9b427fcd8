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
from psaindicators.kernel.calibration_variables import Cells
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.totals import Frame, Measure
from tests.comparing import EXACT, ROUNDING, cases, two_waves
from tests.oracle.cases import FOLDER, data_set, indicator, survey_of, wave_of


@pytest.mark.parametrize("lonely_psu", ["centre", "average", "certainty"])
@pytest.mark.parametrize("fpc", [(), ("N_psu",)], ids=["", "with population counts"])
def test_a_panel_of_all_psus_is_r_s_contrast_of_the_stacked_waves(lonely_psu, fpc):
    """Every PSU in both waves: R's contrast of two domains (checked below) on the stacked file, where each is one unit.

    The later wave asks y3 of the same people with other weights; areas cut across PSUs.
    """
    design = {"ids": "psu", "strata": "stratum", "weights": "weight"} | ({"fpc": "N_psu"} if fpc else {})
    case = {"design": design, "lonely": "adjust", "id": "panel"}
    frame = data_set("micro")
    later = frame.assign(y1=frame["y3"], weight=frame["weight"] * (1 + frame["psu"] % 3))
    wave = replace(wave_of(case, "y1", "area"), lonely_psu=lonely_psu)
    surveys = psa.read_survey(frame, wave), psa.read_survey(later, replace(wave, year=2010))
    moved = compare_surveys(*surveys, indicator("y1"), by=["all", "area"], df="strata")
    both = pd.concat([frame.assign(wave="0"), later.assign(wave="1")])
    both = both.assign(there=both["wave"] + both["area"])
    stacked = psa.read_survey(both, replace(wave, area={"wave": "wave", "there": "there"}))
    for row in moved:
        by, suffix = ("wave", "") if row.by == "all" else ("there", row.area)
        expected = difference(stacked, indicator("y1"), "1" + suffix, "0" + suffix, by=by, df="strata")[0]
        assert row.change == pytest.approx(expected.difference, rel=EXACT)
        if isnan(expected.se):  # an area of one person shows no sampling error
            assert (row.low, row.high) == pytest.approx((expected.low, expected.high), rel=EXACT)
            continue
        assert row.se == pytest.approx(expected.se, rel=EXACT)
        assert row.df <= expected.df
    assert moved.columns["df"][0] == 55  # 67 PSUs (two of them alone in theirs) less 12 strata
    assert len(moved) == 9
    assert moved.columns["marker"].tolist().count("[u]") == 1  # the area of one person
    assert (moved.columns["method"] == "shared PSUs, with their covariance").all()


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


HALF = pd.DataFrame({"w": 1, "psu": list("aaabbbcccddd"), "y": [0, 0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 1], "N": 20, "h": "s"})
OTHER_HALF = pd.DataFrame(
    {"w": 1, "psu": list("cccdddeeefff"), "y": [1, 0, 0, 1, 1, 1, 1, 1, 0, 1, 1, 0], "N": 20, "h": "s"}
)
"""Four PSUs of three people in each wave, c and d in both: 0, 1, 2, 3 and 1, 3, 2, 2 of them say yes."""


def half(**more):
    return [panel(frame, year=year, **more) for frame, year in ((HALF, 2008), (OTHER_HALF, 2009))]


def test_half_of_the_psus_by_hand():
    """p = 6/12 and 8/12; 12 z = -1.5, -0.5, 0.5, 1.5 and -1, 1, 0, 0. 144 v_1 = 4/3 x 5, 144 v_2 = 4/3 x 2.
    Over c and d: 144 c = 2 [(0.5 - 1)(-1 - 0) + (1.5 - 1)(1 - 0)] = 2, so 144 v = 20/3 + 8/3 - 4 = 16/3.
    Satterthwaite's df, (28/3)^2 / ((20/3)^2/3 + (8/3)^2/3), are 5.07, and the union's 6 - 1 are fewer.

    The union taken for one sample gives 144 v = 6/5 x (1.5^2 + 0.5^2 + 1.5^2 + 0.5^2) = 6, independent waves 28/3.
    """
    row = compare_surveys(*half(), indicator("y"))[0]
    assert row.change == pytest.approx(100 / 6, rel=ROUNDING)
    assert row.se == pytest.approx(100 * sqrt(16 / 3) / 12, rel=ROUNDING)
    assert (row.df, row.note) == (5, "")
    assert abs(row.se / (100 * sqrt(6) / 12) - 1) > 0.05
    assert abs(row.se / (100 * sqrt(28 / 3) / 12) - 1) > 0.2


def test_half_of_the_psus_of_a_finite_population_by_hand():
    """N = 20: v_1 and v_2 times 1 - 4/20, and c times 1 - 4 x 4 / (2 x 20) = 0.6: 144 v = 0.8 x 28/3 - 0.6 x 4."""
    row = compare_surveys(*half(fpc=("N",), stratum="h"), indicator("y"))[0]
    assert row.se == pytest.approx(100 * sqrt(0.8 * 28 / 3 - 0.6 * 4) / 12, rel=ROUNDING)


def test_a_stratum_in_one_wave_only_adds_its_own_variance():
    """Twelve people in two further PSUs of a stratum that the later wave alone has: c is over c and d as before."""
    more = pd.DataFrame({"w": 1, "psu": list("cccccdddddee"), "y": [1] * 6 + [0] * 6, "N": 20, "h": "t"})
    surveys = [
        panel(frame, year=year, stratum="h") for frame, year in ((HALF, 2008), (pd.concat([OTHER_HALF, more]), 2009))
    ]
    row = compare_surveys(*surveys, indicator("y"))[0]
    ses = [psa.estimate(survey, indicator("y"))[0].se / 100 for survey in surveys]
    p = 14 / 24
    z = [(1 - 3 * p) / 24, (3 - 3 * p) / 24]  # c and d in the later wave
    c = 2 * (-0.5 / 12 * (z[0] - sum(z) / 2) + 0.5 / 12 * (z[1] - sum(z) / 2))
    assert row.se == pytest.approx(100 * sqrt(ses[0] ** 2 + ses[1] ** 2 - 2 * c), rel=ROUNDING)


def test_one_psu_in_common_shows_no_covariance():
    apart = [HALF, OTHER_HALF.assign(psu=list("cccxxxeeefff"))]
    surveys = [panel(frame, year=year) for frame, year in zip(apart, (2008, 2009), strict=True)]
    row = compare_surveys(*surveys, indicator("y"))[0]
    assert row.se == pytest.approx(100 * sqrt(28 / 3) / 12, rel=ROUNDING)


def test_where_the_covariance_would_leave_no_variance_it_is_not_taken_off():
    """Six people a PSU, 3 say yes but in c none and in d all, in both waves: 24 z = 0, 0, -3, 3 and -3, 3, 0, 0.

    24^2 v_1 = 24^2 v_2 = 4/3 x 18 = 24, and 24^2 c = 2 (9 + 9) = 36: v_1 + v_2 - 2 c is -24.
    """
    surveys = []
    for psus, year in (("abcd", 2008), ("cdef", 2009)):
        yes = [{"c": 0, "d": 6}.get(psu, 3) for psu in psus]
        y = np.concatenate([np.arange(6) < count for count in yes]).astype(int)
        surveys.append(panel(pd.DataFrame({"w": 1, "psu": np.repeat(list(psus), 6), "y": y}), year=year))
    row = compare_surveys(*surveys, indicator("y"))[0]
    assert row.se == pytest.approx(100 * sqrt(48) / 24, rel=ROUNDING)
    assert row.note == "the waves' covariance leaves no variance, so it is not taken off"


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
    assert shared.columns["se"][known] == pytest.approx(sqrt(2) * table.columns["se"][known], rel=ROUNDING)
    spread = table.columns["se"] > 0
    assert all("covariance leaves no variance" in note for note in shared.columns["note"][spread])
    assert set(shared.columns["verdict"][known]) == {"no reportable change"}


def jackknifed(frame, year, kind="JK1", scale=None):
    """A wave with JK1 weights that leave out each of the PSUs a, b and c in turn."""
    dropped = {f"rw{i}": np.where(frame["psu"] == psu, 0, 1.5 * frame["w"]) for i, psu in enumerate("abc")}
    return panel(frame.assign(**dropped), year=year, psu=(), replicates=Replicates(("rw*",), kind, scale))


def test_replicates_that_correspond_give_the_variance_of_the_change_itself():
    """Leaving out a, b, c: 5/6, 4/6, 3/6 and then 5/6, 5/6, 4/6 say yes; changes 0, 1/6, 1/6 about 1/9: 1/54 x 2/3.

    Independent waves: 2/3 (1/18 + 1/54), six times as much.
    """
    row = compare_surveys(jackknifed(PANEL, 2008), jackknifed(LATER, 2009), indicator("y"))[0]
    assert row.se == pytest.approx(100 * sqrt(2 / 3 / 54), rel=ROUNDING)
    assert row.df == 2  # the rank of the three replicates of both waves, less 1
    tables = [psa.estimate(jackknifed(*wave), indicator("y")) for wave in ((PANEL, 2008), (LATER, 2009))]
    assert compare(*tables)[0].se == pytest.approx(100 * sqrt(2 / 3 * (1 / 18 + 1 / 54)), rel=ROUNDING)


def test_replicates_that_do_not_correspond_are_told():
    with pytest.raises(psa.ComparisonError, match="are of 3 JK1 replicate weights and of 3 BRR replicate weights"):
        compare_surveys(jackknifed(PANEL, 2008), jackknifed(LATER, 2009, "BRR"), indicator("y"))
    with pytest.raises(psa.ComparisonError, match="panel 2008 has no psu and panel 2009 1"):
        compare_surveys(jackknifed(PANEL, 2008), panel(LATER, year=2009), indicator("y"))
    with pytest.raises(psa.ComparisonError, match="panel 2008 and panel 2009 have replicate weights of unlike scales"):
        compare_surveys(jackknifed(PANEL, 2008), jackknifed(LATER, 2009, scale=0.5), indicator("y"))


def test_calibrated_waves_share_what_the_margin_does_not_explain():
    """Both waves post-stratified to 4 men and 5 women: residuals about the sexes' means, in each of the same PSUs."""
    sex = [1, 1, 2, 1, 2, 2, 1, 2, 2]
    frames = [frame.assign(sex=sex) for frame in (PANEL, LATER)]
    weightings = [psa.weighting.rake(frame, {"sex": {1: 8.0, 2: 7.0}}, weight="w") for frame in frames]
    surveys = [
        psa.read_survey(frame, replace(panel(frame, year=year).wave), weighting=weighting)
        for frame, year, weighting in zip(frames, (2008, 2009), weightings, strict=True)
    ]
    u = []
    for frame, weighting in zip(frames, weightings, strict=True):
        w, y, men = weighting.weights, frame["y"].to_numpy(float), frame["sex"].to_numpy() == 1
        z = (y - w @ y / w.sum()) / w.sum()
        left = z - np.where(men, z[men].mean(), z[~men].mean())
        u.append((w * left).reshape(3, 3).sum(axis=1))
    change = u[1] - u[0]
    row = compare_surveys(*surveys, indicator("y"))[0]
    assert row.se == pytest.approx(100 * sqrt(3 / 2 * ((change - change.mean()) ** 2).sum()), rel=1e-9)
    fixed = compare_surveys(panel(frames[0]), panel(frames[1], year=2009), indicator("y"))[0]
    assert abs(row.se / fixed.se - 1) > 0.01


# Differences within a survey


@pytest.mark.parametrize("case", cases("contrast"), ids=lambda case: case["id"])
def test_the_difference_of_two_areas_is_r_s(case):
    row = difference(survey_of(case, "y1", "area"), indicator("y1"), "A1", "A2", by="area", df="domain")[0]
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


def test_an_area_without_sampling_error_is_set_against_another_by_the_ends_of_both():
    """4 of 4 and 8 of 10: the first is from 0.025^(1/4) = 39.8% to 100%, so 20 points are not told from none.

    v of the difference holds the other area's spread alone: 20 -+ 27 from -7 to 47 would leave the first out of it.
    """
    frame = pd.DataFrame({"w": 1, "psu": list("aaaabbbbbbbbbb"), "y": [1] * 12 + [0, 0]})
    survey = panel(frame, psu=())
    row = difference(survey, indicator("y"), "a", "b", by="area")[0]
    b = psa.estimate(survey, indicator("y"), by="area").where(area="b")[0]
    assert (row.difference, row.significant, row.marker) == (pytest.approx(20, rel=ROUNDING), False, "")
    assert row.low == pytest.approx(20 - sqrt((100 - 100 * 0.025**0.25) ** 2 + (b.high - 80) ** 2), rel=1e-9)
    assert row.high == pytest.approx(20 + (80 - b.low), rel=1e-9)
    assert isnan(row.se)
    assert row.p_value > 0.05
    turned = difference(survey, indicator("y"), "b", "a", by="area")[0]
    assert (turned.low, turned.high, turned.p_value) == pytest.approx((-row.high, -row.low, row.p_value), rel=1e-9)


def test_a_wave_of_a_panel_without_sampling_error_has_no_covariance_to_take_off():
    """All nine say yes in the later wave: z is 0 in every PSU. Up from 6 of 9, by the ends of the two waves."""
    before, after = panel(PANEL), panel(PANEL.assign(y=1), year=2009)
    row = compare_surveys(before, after, indicator("y"))[0]
    first = psa.estimate(before, indicator("y"))[0]
    low = 100 / 3 - sqrt((100 - 100 * 0.025 ** (1 / 9)) ** 2 + (first.high - 200 / 3) ** 2)
    assert (row.low, isnan(row.se)) == (pytest.approx(low, rel=1e-9), True)
    apart = compare(*(psa.estimate(one, indicator("y")) for one in (before, after)))[0]
    assert (row.low, row.high, row.p_value) == (apart.low, apart.high, apart.p_value)


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
