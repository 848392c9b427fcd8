"""Logistic regression by hand: odds ratios of small tables, their errors, and what cannot be fitted."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave
from tests.oracle.cases import indicator

ROUNDING = 1e-10

SEX = Question("sex", {"men": 1, "women": 2})
GROUP = Question("group", {"a": 1, "b": 2, "c": 3})
TABLE = pd.DataFrame({"sex": [1] * 10 + [2] * 10, "y": [1] * 6 + [0] * 4 + [1] * 3 + [0] * 7, "w": 1.0})
"""Men 6 of 10 yes, women 3 of 10."""


def wave(**more):
    questions = {"y": Question("y", {"yes": 1, "no": 0}), "sex": SEX, **more.pop("questions", {})}
    return Wave("case", 2008, "A case", Path("case.toml"), "w", questions, **more)


def fit(frame, on, **more):
    asked = {name: more.pop(name) for name in ("where", "df") if name in more}
    return psa.analysis.logistic(psa.read_survey(frame, wave(**more)), indicator("y"), on, **asked)


def test_the_odds_ratio_of_a_two_by_two_table():
    """Odds: men 6/4, women 3/7; women against men (3/7)/(6/4) = 2/7 (the other way round it would be 3.5).

    Each is a PSU, so z is (y - p) / (n p (1 - p)) in each group and the variance of a group's log odds is
    20/19 / (n p (1 - p)): 20/19 / 2.4 for men, 20/19 / 2.1 for women; the difference has their sum. Without the
    design, 1/6 + 1/4 + 1/3 + 1/7 lacks 20/19. df: 20 PSUs - 1 stratum - 1 = 18.
    """
    made = fit(TABLE, "sex")
    constant, women = made
    assert (constant.term, women.term, women.answer, women.reference) == ("(intercept)", "sex", "women", "men")
    assert constant.coefficient == pytest.approx(math.log(6 / 4), rel=ROUNDING)
    assert women.odds_ratio == pytest.approx(2 / 7, rel=ROUNDING)
    assert women.se**2 == pytest.approx(20 / 19 * (1 / 2.4 + 1 / 2.1), rel=ROUNDING)
    assert women.se**2 > 1 / 6 + 1 / 4 + 1 / 3 + 1 / 7
    assert (women.base, women.df, women.psus, women.strata, women.marker) == (20, 18, 20, 1, "")
    assert made.vcov[1, 1] == pytest.approx(women.se**2, rel=ROUNDING)
    assert made.vcov[0, 1] == pytest.approx(-20 / 19 / 2.4, rel=ROUNDING)


def test_a_term_of_one_column_has_the_square_of_t_as_its_f():
    made = fit(TABLE, "sex")
    assert [row.term for row in made.tests] == ["(all)", "sex"]
    for row in made.tests:
        assert row.f == pytest.approx(made[1].t ** 2, rel=ROUNDING)
        assert row.p_value == pytest.approx(made[1].p_value, rel=ROUNDING)


def test_weights_multiply_the_odds():
    """The women who said yes weigh 2: odds 6/7 among women, so (6/7)/(6/4) = 4/7; unweighted, 2/7."""
    frame = TABLE.assign(w=np.where((TABLE["sex"] == 2) & (TABLE["y"] == 1), 2.0, 1.0))
    assert fit(frame, "sex")[1].odds_ratio == pytest.approx(4 / 7, rel=ROUNDING)
    assert fit(frame.assign(w=1000 * frame["w"]), "sex")[1].se == pytest.approx(fit(frame, "sex")[1].se, rel=ROUNDING)


def test_who_left_a_question_blank_leaves_the_base_but_not_the_design():
    """Four more without an answer to sex: 24 PSUs sampled, so 24/23 in place of 20/19.

    df: 24 PSUs - 1 stratum - 1 = 22, of them 20 hold the base (R's rule for a subset: 18).
    """
    frame = pd.concat([TABLE, pd.DataFrame({"sex": [None] * 4, "y": 1, "w": 1.0})])
    women = fit(frame, "sex")[1]
    assert (women.base, women.df) == (20, 22)
    assert fit(frame, "sex", df="domain")[1].df == 18
    assert women.se**2 == pytest.approx(24 / 23 * (1 / 2.4 + 1 / 2.1), rel=ROUNDING)


def test_whom_the_figures_are_about_and_whom_a_rule_holds_for():
    """Group a is every other row: men yes, yes, yes, no, no; women yes, yes, no, no, no."""
    frame = TABLE.assign(group=[1, 2] * 10)
    by_rule = fit(frame, "sex", questions={"group": GROUP}, where={"question": "group", "in": ["a"]})
    universe = fit(frame, "sex", questions={"group": GROUP}, include=AnswerIn("group", frozenset({"a"})))
    assert by_rule == universe
    assert by_rule[0].base == 10
    assert by_rule[1].odds_ratio == pytest.approx((2 / 3) / (3 / 2), rel=ROUNDING)


def test_a_number_counts_by_its_unit_from_wherever_it_is_measured():
    """Odds 1/3 at 0 and 3 at 1 are a factor of 9 a unit; years from 2000 on move the intercept alone."""
    frame = pd.DataFrame({"sex": 1, "age": [0.0] * 4 + [1.0] * 4, "y": [1, 0, 0, 0, 1, 1, 1, 0], "w": 1.0})
    questions = {"age": Question("age", {})}
    near = fit(frame, "age", questions=questions)
    far = fit(frame.assign(age=frame["age"] + 2000), "age", questions=questions)
    small = fit(frame.assign(age=frame["age"] / 1e6), "age", questions=questions)
    assert near[1].odds_ratio == pytest.approx(9, rel=ROUNDING)
    assert (near[1].answer, near[1].reference) == ("", "")
    assert far[1].coefficient == pytest.approx(near[1].coefficient, rel=ROUNDING)
    assert far[1].se == pytest.approx(near[1].se, rel=ROUNDING)
    assert far[0].coefficient == pytest.approx(near[0].coefficient - 2000 * math.log(9), rel=ROUNDING)
    assert small[1].coefficient == pytest.approx(1e6 * math.log(9), rel=ROUNDING)


def test_the_reference_is_the_first_answer_that_the_base_gave():
    frame = TABLE.assign(group=np.where(TABLE["sex"] == 1, 2, 3))
    women = fit(frame, "group", questions={"group": GROUP})[1]
    assert (women.answer, women.reference) == ("c", "b")


def test_rows_taken_keep_their_covariances():
    made = fit(TABLE, "sex")
    women = made.where(term="sex")
    assert women.vcov.tolist() == [[made.vcov[1, 1]]]


def test_no_more_psus_than_coefficients_leave_errors_without_an_interval():
    """Two PSUs in one stratum: df 1 of the design, less one coefficient, is 0.

    Of five men in each PSU three say yes, of five women 2 and 1, where 1.5 are expected: z of the men is 0 in both, of
    the women +-0.5 / (10 x 0.3 x 0.7), so the standard errors are 0 (but for rounding) and 2 x 0.5 / 2.1.
    """
    frame = TABLE.assign(psu=[1, 2] * 10)
    made = fit(frame, "sex", psu=("psu",))
    assert [row.marker for row in made] == ["[u]", "[u]"]
    assert made[1].odds_ratio == pytest.approx(2 / 7, rel=ROUNDING)
    assert [row.se for row in made] == pytest.approx([0, 1 / 2.1], rel=ROUNDING, abs=1e-7)
    assert math.isnan(made[1].low)
    assert math.isnan(made.tests[0].f)


def test_one_psu_alone_shows_no_spread():
    made = fit(TABLE.assign(psu=1), "sex", psu=("psu",), lonely_psu="certainty")
    assert made[1].marker == "[u]"
    assert math.isnan(made[1].se)


def test_replicate_weights_are_fitted_one_by_one():
    """The jackknife of each respondent, by a fit of our own for each: closed forms of the 2 x 2 table."""
    survey = psa.read_survey(TABLE, wave())
    made = psa.weighting.jackknife_weights(survey)
    replicated = psa.read_survey(TABLE.join(made.to_frame()), wave(replicates=made.declared))
    row = psa.analysis.logistic(replicated, indicator("y"), "sex")[1]

    def log_ratio(yes_men, no_men, yes_women, no_women):
        return math.log(yes_women / no_women / (yes_men / no_men))

    thetas = [log_ratio(5, 4, 3, 7)] * 6 + [log_ratio(6, 3, 3, 7)] * 4
    thetas += [log_ratio(6, 4, 2, 7)] * 3 + [log_ratio(6, 4, 3, 6)] * 7
    assert row.se**2 == pytest.approx(19 / 20 * 20 * np.var(thetas), rel=ROUNDING)
    assert row.df == 18


def test_an_answer_given_by_the_numerator_alone_is_named():
    frame = TABLE.assign(group=[3] + [1, 2] * 9 + [1])
    with pytest.raises(psa.SurveyError, match=r"'c' of 'group' predicts perfectly.*\(1 of 1 are in it\)"):
        fit(frame, ["sex", "group"], questions={"group": GROUP})


def test_a_number_that_parts_the_numerator_from_the_rest_is_told():
    frame = pd.DataFrame({"sex": 1, "age": range(8), "y": [0] * 4 + [1] * 4, "w": 1.0})
    with pytest.raises(psa.SurveyError, match="for some the questions together predict perfectly"):
        fit(frame, "age", questions={"age": Question("age", {})})


def test_a_replicate_that_cannot_be_fitted_is_an_error():
    frame = TABLE.assign(group=[1] * 8 + [3, 1] + [1] * 9 + [3], y=[1] * 6 + [0] * 2 + [1, 0] + [1] * 3 + [0] * 7)
    made = psa.weighting.jackknife_weights(psa.read_survey(frame, wave()))
    design = wave(replicates=made.declared, questions={"group": GROUP})
    with pytest.raises(psa.DesignError, match=r"2 of 20 replicate weights .*\(replicate 9, 20\)"):
        psa.analysis.logistic(psa.read_survey(frame.join(made.to_frame()), design), indicator("y"), "group")


def test_questions_with_one_answer_are_all_named():
    frame = TABLE.assign(group=2, age=30.0)
    questions = {"group": GROUP, "age": Question("age", {})}
    with pytest.raises(psa.SurveyError, match="the same answer to 'group', 'age'"):
        fit(frame, ["sex", "group", "age"], questions=questions)


def test_questions_that_follow_from_one_another_are_named():
    frame = TABLE.assign(twin=3 - TABLE["sex"])
    twin = Question("twin", {"no": 1, "yes": 2})
    with pytest.raises(psa.SurveyError, match="'yes' of 'twin' follows exactly from the other questions"):
        fit(frame, ["sex", "twin"], questions={"twin": twin})


@pytest.mark.parametrize(("y", "which"), [(0, "nobody"), (1, "everyone")])
def test_an_indicator_of_nobody_or_everyone_has_nothing_to_explain(y, which):
    with pytest.raises(psa.SurveyError, match=f"{which} of the base of 20"):
        fit(TABLE.assign(y=y), "sex")


def test_an_empty_base_is_told():
    with pytest.raises(psa.SurveyError, match="nobody of the base answered every question"):
        fit(TABLE.assign(sex=np.nan), "sex")


def test_questions_not_asked_and_named_twice_are_told_together():
    with pytest.raises(psa.DefinitionError, match="no question 'sx'; did you mean 'sex'") as told:
        fit(TABLE, ["sx", "sex", "sex"])
    assert "'sex' is named twice" in str(told.value)
    with pytest.raises(psa.OptionError, match="the list is empty"):
        fit(TABLE, [])


def test_weights_that_sum_within_areas_are_refused_over_several():
    frame = TABLE.assign(place=["A", "B"] * 10)
    within = {"area": {"authority": "place"}, "weight_sums_to": "area"}
    with pytest.raises(psa.DesignError, match="sum within each authority"):
        fit(frame, "sex", **within)
    assert fit(frame.assign(place="A"), "sex", **within)[1].odds_ratio == pytest.approx(2 / 7, rel=ROUNDING)


def test_a_raked_weighting_narrows_what_its_population_totals_tell():
    """Calibrated to the yes and no of men and women the odds ratio cannot vary: its standard error is 0."""
    frame = TABLE.assign(cell=TABLE["sex"] * 10 + TABLE["y"])
    populations = {"cell": {11: 60.0, 10: 40.0, 21: 30.0, 20: 70.0}}
    weighting = psa.weighting.rake(frame, populations, weight="w")
    survey = psa.read_survey(frame, wave(), weighting=weighting)
    row = psa.analysis.logistic(survey, indicator("y"), "sex")[1]
    assert row.odds_ratio == pytest.approx(2 / 7, rel=ROUNDING)
    assert row.se < 1e-8
