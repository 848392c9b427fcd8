"""Coefficients, covariances, intervals and tests of logistic regressions equal R survey 4.5's svyglm."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

import psaindicators as psa
from psaindicators.definitions.waves import Question
from tests.oracle.cases import all_cases, data_set, indicator, replicate_survey_of, survey_of

FITTED = 1e-11  # both settle the coefficients to rounding
SPREAD = 1e-7  # R's glm takes the information matrix from its last step but one, ours from the coefficients themselves

CASES = [case for case in all_cases() if case["op"] == "glm"]
TAYLOR = [case for case in CASES if "ids" in case["design"]]
REPLICATED = [case for case in CASES if "repweights" in case["design"]]


def question_of(case: dict[str, Any], term: str) -> Question:
    """factor(z) and a variable of text have an answer for each value, in R's order; others are numbers."""
    name = re.sub(r"factor\((.*)\)", r"\1", term)
    column = data_set(case["design"]["data"])[name]
    if name == term and column.dtype.kind in "if":
        return Question(name, {})
    return Question(name, {str(value): value for value in sorted(column.dropna().unique().tolist())})


def regression_of(case: dict[str, Any]) -> psa.analysis.Regression:
    y, formula = case["args"]["formula"].split("~")
    questions = [question_of(case, term) for term in formula.split("+")]
    survey = replicate_survey_of(case, y) if case in REPLICATED else survey_of(case, y)
    known = {**survey.wave.questions, **{question.variable: question for question in questions}}
    asked = replace(survey, wave=replace(survey.wave, questions=known))
    return psa.analysis.logistic(asked, indicator(y), [question.variable for question in questions], df="domain")


def same(ours: Any, theirs: Any, tolerance: float = SPREAD) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * np.abs(theirs).max())


def test_the_cases_are_all_there() -> None:
    assert (len(TAYLOR), len(REPLICATED), len(CASES)) == (5, 10, 15)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_coefficients_and_their_covariance(case: dict[str, Any]) -> None:
    made, expected = regression_of(case), case["result"]
    same(made.columns["coefficient"], expected["coef"], FITTED)
    same(made.vcov, expected["vcov"])
    same(made.columns["se"], np.sqrt(np.diag(expected["vcov"])))


@pytest.mark.parametrize("case", TAYLOR, ids=lambda case: case["id"])
def test_terms_intervals_and_the_test_of_all_terms(case: dict[str, Any]) -> None:
    made, expected = regression_of(case), case["result"]
    assert names(made) == [re.sub(r"factor\((.*)\)", r"\1", name) for name in expected["names"]]
    assert {row.df for row in made} == {expected["df_resid"]}
    same(np.column_stack([made.columns["low"], made.columns["high"]]), expected["ci_t"])
    same(np.column_stack([made.columns["or_low"], made.columns["or_high"]]), np.exp(expected["ci_t"]))
    t = np.divide(expected["coef"], expected["se"])
    same(made.columns["t"], t)
    same(made.columns["p_value"], 2 * stats.t.sf(np.abs(t), expected["df_resid"]))
    whole = made.tests[0]
    assert (whole.df, whole.df_error) == (expected["wald"]["df"], expected["wald"]["ddf"])
    same(whole.f, expected["wald"]["F"])
    same(whole.p_value, expected["wald"]["p"])


def names(made: psa.analysis.Regression) -> list[str]:
    return ["(Intercept)", *(f"{row.term}{row.answer}" for row in list(made)[1:])]
