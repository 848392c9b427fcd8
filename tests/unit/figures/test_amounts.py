"""Totals, means, ratios, distributions and the test of association, by hand and by what they promise."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.analysis.associations import association
from psaindicators.definitions.waves import Question, Wave
from psaindicators.design.sample import open_sample
from psaindicators.design.variance import by_area
from psaindicators.figures.amounts import distribution, mean, ratio, total
from psaindicators.kernel import estimands
from psaindicators.kernel.totals import Measure
from tests.oracle.cases import all_cases, data_set, wave_of

ROUNDING = 1e-12

FRAME = pd.DataFrame(
    {
        "w": [10.0, 10, 20, 20, 5],
        "psu": [1, 2, 3, 4, 5],
        "region": ["n", "n", "s", "s", "s"],
        "sector": [1, 2, 1, 1, 9],
        "hours": [30.0, 40, 20, 10, 8],
        "pay": [300.0, 600, 200, np.nan, 80],
    }
)
QUESTIONS = {
    "sector": Question("sector", {"third": 1, "private": 2}, (9,)),
    "hours": Question("hours", {}),
    "pay": Question("pay", {}),
}
WAVE = Wave(
    *("case", 2008, "A case", Path("case.toml"), "w", QUESTIONS),
    psu=("psu",),
    area={"region": "region"},
)
SURVEY = psa.read_survey(FRAME, WAVE)
THIRD = {"question": "sector", "in": ["third"]}


def test_total_of_a_number_among_some_people_in_units_of_something() -> None:
    """(10 x 30 + 20 x 20 + 20 x 10) / 37.5 = 900 / 37.5 = 24 full-time equivalents; everyone's 1,340 / 37.5 is wrong.

    PSU totals of the five are 300, 0, 400, 200, 0 (dropping those outside would leave three): mean 180, squares
    290,000 - 5 x 32,400 = 128,000, times 5/4 = 160,000, so the standard error is 400 hours, 400 / 37.5. Its df are
    the design's 5 PSUs less 1 stratum; those of the 3 PSUs that hold the base would be 2.
    """
    row = total(SURVEY, "hours", where=THIRD, per=37.5)[0]
    assert row.value == pytest.approx(24, rel=ROUNDING)
    assert row.se == pytest.approx(400 / 37.5, rel=ROUNDING)
    assert (row.base, row.weighted_base, row.psus, row.df) == (3, 50, 3, 4)
    assert (row.figure, row.question, row.method) == ("total", "hours", "weighted total, linearised")


def test_total_of_respondents() -> None:
    assert total(SURVEY, where=THIRD)[0].value == 50
    assert total(SURVEY)[0].value == 65


def test_totals_by_area_add_to_the_whole() -> None:
    table = total(SURVEY, "hours", by=["region", "all"])
    assert [row.value for row in table] == [700, 640, 1340]


def test_mean_is_over_those_who_answered() -> None:
    """(10 x 300 + 10 x 600 + 20 x 200 + 5 x 80) / 45 = 13,400 / 45; over all 65 it would be 206."""
    row = mean(SURVEY, "pay")[0]
    assert row.value == pytest.approx(13_400 / 45, rel=ROUNDING)
    assert row.weighted_base == 45


def test_a_mean_far_from_zero_keeps_its_precision() -> None:
    """Standard errors do not change when a million is added to everyone."""
    moved = psa.read_survey(FRAME.assign(hours=FRAME.hours + 1e6), WAVE)
    assert mean(moved, "hours")[0].se == pytest.approx(mean(SURVEY, "hours")[0].se, rel=ROUNDING)


def test_ratio_of_two_totals() -> None:
    """13,400 / (10 x 30 + 10 x 40 + 20 x 20 + 5 x 8) = 13,400 / 1,140 an hour; the mean of the ratios is 11.7."""
    row = ratio(SURVEY, "pay", "hours")[0]
    assert row.value == pytest.approx(13_400 / 1_140, rel=ROUNDING)
    assert (row.question, row.weighted_base) == ("pay / hours", 45)


def test_a_ratio_to_a_constant_is_a_mean() -> None:
    survey = psa.read_survey(FRAME.assign(one=1.0), replace(WAVE, questions=QUESTIONS | {"one": Question("one", {})}))
    ours, plain = ratio(survey, "hours", "one")[0], mean(survey, "hours")[0]
    assert (ours.value, ours.se) == pytest.approx((plain.value, plain.se), rel=ROUNDING)


def test_distribution_adds_to_100_and_each_answer_is_its_percentage() -> None:
    """Third 50 of 60, private 10 of 60; the one who gave no sector (9) is in no base."""
    table = distribution(SURVEY, "sector")
    assert [(row.question, row.answer, row.base) for row in table] == [("sector", "third", 4), ("sector", "private", 4)]
    assert [row.value for row in table] == pytest.approx([500 / 6, 100 / 6], rel=ROUNDING)
    assert table[0].se == pytest.approx(table[1].se, rel=ROUNDING)
    by = distribution(SURVEY, "sector", by="region").to_frame()
    assert by.groupby("area")["value"].sum().tolist() == pytest.approx([100, 100], rel=ROUNDING)


def test_nobody_in_the_base_has_no_figure() -> None:
    row = mean(SURVEY, "hours", where={"question": "hours", "at_least": 100})[0]
    assert (row.base, row.marker, math.isnan(row.value)) == (0, "[x]", True)
    alone = mean(SURVEY, "hours", where={"question": "hours", "at_least": 40})[0]
    assert (alone.value, alone.se, alone.marker, math.isnan(alone.low)) == (40, 0, "[u]", True)


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: total(SURVEY, "sector"), "'sector' of case 2008 has named answers, so it has no amount"),
        (lambda: mean(SURVEY, "hour"), "no question 'hour'; did you mean 'hours'"),
        (lambda: distribution(SURVEY, "hours"), "'hours' of case 2008 is a number"),
        (
            lambda: total(SURVEY, where={"question": "sector", "in": ["thrid"]}),
            "no answer 'thrid'; did you mean 'third'",
        ),
        (lambda: total(SURVEY, where={"question": "sectr", "in": ["third"]}), "did you mean 'sector'"),
        (lambda: total(SURVEY, where={"sector": "third"}), "is not a rule"),
        (lambda: association(SURVEY, "sector", "hours"), "'hours' of case 2008 holds numbers"),
        (lambda: association(SURVEY, "sector", "sector"), "'sector' is named twice"),
    ],
)
def test_what_cannot_be_asked_is_told(ask, told) -> None:
    with pytest.raises(psa.DefinitionError, match=told):
        ask()


def test_per_divides() -> None:
    with pytest.raises(psa.OptionError, match="a number above 0"):
        total(SURVEY, "hours", per=0)


def test_weights_that_sum_within_areas_have_no_total_above_them() -> None:
    survey = psa.read_survey(FRAME, replace(WAVE, weight_sums_to="area"))
    with pytest.raises(psa.DesignError, match="no total or ratio of totals by 'all'"):
        total(survey, "hours")
    assert [row.value for row in total(survey, "hours", by="region")] == [700, 640]
    means = [row.value for row in mean(survey, "hours", by="region")]
    whole = mean(survey, "hours", populations={"n": 300, "s": 100})[0]
    assert whole.value == pytest.approx(0.75 * means[0] + 0.25 * means[1], rel=ROUNDING)


def test_association_of_a_table_by_hand() -> None:
    """A simple random sample of 2 x 2: F is (n - 1)/n times Pearson's, on 1 and n - 1 degrees of freedom.

    30 yes and 20 no of 50 men, 20 and 30 of 50 women: Pearson's is 100 (30 x 30 - 20 x 20)^2 / 50^4 = 4. The one
    contrast c adds to 0, so c'P^-1 V P^-1 c = sum(c^2 / p) / (n - 1) and the design effect is n/(n - 1): F = 3.96. The
    tables have 3.94 as the 5% point of F on 1 and 99.
    """
    frame = pd.DataFrame({"w": 1.0, "sex": np.repeat([1, 2], 50), "y": np.r_[[1] * 30, [0] * 20, [1] * 20, [0] * 30]})
    questions = {"sex": Question("sex", {"male": 1, "female": 2}), "y": Question("y", {"yes": 1, "no": 0})}
    survey = psa.read_survey(frame, Wave("case", 2008, "A case", Path("case.toml"), "w", questions))
    row = association(survey, "sex", "y")[0]
    assert (row.f, row.df, row.df_error, row.base) == pytest.approx((3.96, 1, 99, 100), rel=ROUNDING)
    assert 0.049 < row.p_value < 0.05
    assert "0.049" in repr(association(survey, "sex", "y"))  # one decimal would print it as 0.0


def test_association_over_areas_that_weights_sum_within_is_refused() -> None:
    frame = pd.DataFrame({"w": 1.0, "sex": [1, 2] * 20, "y": [1, 0, 0, 1] * 10, "place": ["a"] * 20 + ["b"] * 20})
    yes_no = {"sex": Question("sex", {"male": 1, "female": 2}), "y": Question("y", {"yes": 1, "no": 0})}
    wave = replace(WAVE, questions=yes_no, psu=(), area={"authority": "place"}, weight_sums_to="area")
    with pytest.raises(psa.DesignError, match=r"so an association over several .* take one authority at a time"):
        association(psa.read_survey(frame, wave), "sex", "y")
    assert association(psa.read_survey(frame[:20], wave), "sex", "y")[0].base == 20


def test_association_needs_two_answers() -> None:
    with pytest.raises(psa.SurveyError, match="only 'third' to 'sector'"):
        association(
            psa.read_survey(
                FRAME, replace(WAVE, questions=QUESTIONS | {"region": Question("region", {"n": "n", "s": "s"})})
            ),
            *("sector", "region"),
            where=THIRD,
        )


@pytest.mark.parametrize("lonely_psu", ["certainty", "centre", "average"])
@pytest.mark.parametrize("design", ["micro_wr", "micro_fpc", "micro_2st", "micro_srsstrat"])
def test_covariances_hold_the_variances_on_their_diagonal(design: str, lonely_psu: str) -> None:
    """By respondent and by PSU total, the two roads to a variance end in one, whatever becomes of lonely PSUs."""
    case = next(case for case in all_cases() if case["id"] == f"{design}/y1/all")
    wave = replace(wave_of(case, "y1", "area"), lonely_psu=lonely_psu)
    survey = psa.read_survey(data_set("micro"), replace(wave, questions={"x": Question("x", {})}))
    sample = open_sample(survey, ["x"], by=None, lonely_psu=lonely_psu)
    x = sample.answers.numbers["x"]
    measure = Measure(np.isfinite(x), x)
    for estimand in (estimands.mean, estimands.total):
        everyone = (sample.breakdowns[0].codes,)
        v = sample.design.variances(by_area(sample.design, [measure], everyone, estimand)[0])
        matrix = sample.design.covariance(by_area(sample.design, [measure, measure], everyone, estimand)[0])
        assert matrix.ravel().tolist() == pytest.approx([v[0, 0]] * 4, rel=ROUNDING)
