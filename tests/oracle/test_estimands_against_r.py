"""Totals, means, ratios, distributions, their covariances and the Rao-Scott test equal R survey 4.5's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.analysis.associations import association
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AllOf, AnswerIn
from psaindicators.definitions.waves import Question, Replicates
from psaindicators.design.sample import Sample, open_sample
from psaindicators.design.variance import by_area
from psaindicators.figures.amounts import distribution, mean, ratio, total
from psaindicators.kernel import estimands
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Estimand
from psaindicators.kernel.totals import Measure
from tests.oracle.cases import all_cases, data_set, number_survey_of, wave_of, weighted_data
from tests.oracle.test_percentages_against_r import EXACT, INTERVALS, ZERO_SE, check_row, close


def cases_of(*ops: str) -> list[dict[str, Any]]:
    """The cases of some kinds that have strata and PSUs, but the two of probability-proportional sampling."""
    return [
        case for case in all_cases() if case["op"] in ops and "ids" in case["design"] and "pps" not in case["design"]
    ]


def each(*ops: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases_of(*ops), ids=lambda case: case["id"])


def check(row: Any, expected: dict[str, Any], i: int = 0) -> None:
    est, se = (np.atleast_1d(expected[name])[i] for name in ("est", "se"))
    assert close(row.value, est)
    assert close(row.se, se) if se > ZERO_SE else row.se < ZERO_SE


def test_the_cases_are_all_there() -> None:
    counts = {op: len(cases_of(op)) for op in ("mean", "total", "ratio", "ratio_by", "cat", "mean_listwise")}
    assert counts == {"mean": 38, "total": 9, "ratio": 2, "ratio_by": 2, "cat": 2, "mean_listwise": 2}


@each("mean")
def test_mean(case: dict[str, Any]) -> None:
    """Under R's adjust.domain.lonely too: everyone is no domain, so it has nothing to adjust."""
    y = case["args"]["y"]
    if "error" in case["result"]:
        with pytest.raises(psa.DesignError, match="single PSU"):
            mean(number_survey_of(case, y), y)
        return
    check(mean(number_survey_of(case, y), y)[0], case["result"])


@each("total")
def test_total(case: dict[str, Any]) -> None:
    y = case["args"]["y"]
    row = total(number_survey_of(case, y), y, df="design")[0]
    check(row, case["result"])
    assert row.df == case["result"]["df"]
    low, high = np.ravel(case["result"]["ci_t"])
    assert close(row.low, low)
    assert close(row.high, high)


@each("ratio")
def test_ratio(case: dict[str, Any]) -> None:
    row = ratio(number_survey_of(case, "num", "den"), "num", "den", df="design")[0]
    check(row, case["result"])
    assert row.df == case["result"]["df"]


def test_ratio_with_replicate_weights_that_are_yet_to_be_multiplied() -> None:
    case = next(case for case in all_cases() if case["id"] == "scd/ratio")
    matrix = pd.DataFrame(case["design"]["repweights_matrix"]).add_prefix("rw")
    frame = data_set("scd").assign(w=1.0).join(matrix)  # R's weights are 1 where none are given
    questions = {name: Question(name, {}) for name in ("alive", "arrests")}
    wave = replace(wave_of(case, "alive"), weight="w", questions=questions, replicates=Replicates(("rw*",), "BRR"))
    row = ratio(psa.read_survey(frame, wave), "alive", "arrests")[0]
    check(row, case["result"])
    assert row.df == case["result"]["df"]


@each("ratio_by")
def test_ratios_by_domain_and_their_covariance(case: dict[str, Any]) -> None:
    survey, expected = number_survey_of(case, "num", "den", by="area"), case["result"]
    rows = {row.area: row for row in ratio(survey, "num", "den", by="area")}
    assert rows.keys() == set(expected["level"])
    for i, level in enumerate(expected["level"]):
        if rows[level].df > 0:
            check(rows[level], expected, i)
    sample = open_sample(survey, ["num", "den"], by="area", lonely_psu=survey.wave.lonely_psu)
    (part,) = sample.breakdowns
    y, x = (sample.answers.numbers[name] for name in ("num", "den"))
    order = [part.codes.values.index(level) for level in expected["level"]]
    measures = [Measure(part.codes.positions == area, y, x) for area in order]
    same_matrix(covariance(sample, measures, estimands.ratio), expected["vcov"])


def covariance(sample: Sample, measures: list[Measure], estimand: Estimand) -> Any:
    everyone = Codes.constant("all", len(sample.weight))
    return sample.design.covariance(by_area(sample.design, measures, (everyone,), estimand)[0])


def same_matrix(ours: Any, theirs: Any) -> None:
    """Equal to the precision of R's; an entry that cancels to nothing is held to the matrix's own size."""
    theirs = np.asarray(theirs, dtype=float)
    np.testing.assert_allclose(ours, theirs, rtol=EXACT, atol=EXACT * np.abs(theirs).max())


@each("cat")
def test_distribution_and_its_covariance(case: dict[str, Any]) -> None:
    wave, expected = wave_of(case, "cat4"), case["result"]
    answers = {f"a{code}": code for code in (1, 2, 3, 4)}
    survey = psa.read_survey(weighted_data(case), replace(wave, questions={"cat4": Question("cat4", answers)}))
    table = distribution(survey, "cat4")
    assert [row.answer for row in table] == list(answers)
    for i, row in enumerate(table):
        check(row._replace(value=row.value / 100, se=row.se / 100), expected, i)
    assert sum(row.value for row in table) == pytest.approx(100, rel=EXACT)
    sample = open_sample(survey, ["cat4"], by=None, lonely_psu=wave.lonely_psu)
    base = sample.answers.is_answered("cat4")
    measures = [Measure(base, base & sample.answers.is_in("cat4", frozenset({name}))) for name in answers]
    same_matrix(covariance(sample, measures, estimands.share), expected["vcov"])


@each("mean_listwise")
def test_means_of_those_who_answered_everything_and_their_covariance(case: dict[str, Any]) -> None:
    names = case["args"]["y"]
    survey = number_survey_of(case, *names)
    where = {"all_answered": list(names)}
    for i, name in enumerate(names):
        check(mean(survey, name, where=where)[0], case["result"], i)
    sample = open_sample(survey, names, by=None, lonely_psu=survey.wave.lonely_psu)
    numbers = [sample.answers.numbers[name] for name in names]
    base = np.isfinite(numbers).all(axis=0)
    measures = [Measure(base, amounts) for amounts in numbers]
    same_matrix(covariance(sample, measures, estimands.mean), case["result"]["vcov"])


@each("prop_by2")
def test_crossed_domains(case: dict[str, Any]) -> None:
    wave, expected = wave_of(case, "y1", "area"), case["result"]
    questions = wave.questions | {"sex": Question("sex", {"0": 0, "1": 1})}
    survey = psa.read_survey(data_set("micro"), replace(wave, questions=questions))
    rows = {row.area: row for row in distribution(survey, "y1", by="area*sex").where(answer="yes")}
    for i, (area, sex) in enumerate(zip(expected["area"], expected["sex"], strict=True)):
        row = rows[f"{area}*{sex}"]
        if row.df > 0:
            check(row._replace(value=row.value / 100, se=row.se / 100), expected, i)
        elif row.base:
            assert close(row.value, 100 * expected["est"][i])
    assert len(rows) == len(expected["area"])


@each("prop_subset")
def test_percentage_of_a_subset(case: dict[str, Any]) -> None:
    wave = wave_of(case, "num")
    yes_no = {"yes": 1, "no": 0}
    questions = {name: Question(name, yes_no) for name in ("num", "den")}
    survey = psa.read_survey(data_set("micro"), replace(wave, questions=questions))
    inside = AnswerIn("den", frozenset({"yes"}))
    base = AllOf((inside, AnswerIn("num", frozenset(yes_no))))
    asked = Indicator(
        *("num", "num", "higher", "R survey", "confirmed", {}),
        (Definition(2000, AnswerIn("num", frozenset({"yes"})), base),),
    )
    rows = {method: psa.estimate(survey, asked, interval=method, df="domain")[0] for method in INTERVALS}
    check_row(rows, case["result"], (case["id"], "all"))


@pytest.mark.parametrize(
    "case", [case for case in cases_of("chisq") if case["args"]["statistic"] == "F"], ids=lambda case: case["id"]
)
def test_association(case: dict[str, Any]) -> None:
    row, column = case["args"]["row"], case["args"]["col"]
    frame = weighted_data(case)
    questions = {name: Question(name, answers_in(frame[name])) for name in (row, column)}
    survey = psa.read_survey(frame, replace(wave_of(case, row), questions=questions))
    found, expected = association(survey, row, column, df="domain")[0], case["result"]
    assert close(found.f, expected["statistic"])
    assert close(found.df, expected["parameter"][0])
    assert close(found.df_error, expected["parameter"][1])
    assert close(found.p_value, expected["p"])


def answers_in(column: pd.Series) -> dict[str, Any]:
    values = column.dropna().unique().tolist()
    return {f"a{value}": int(value) if isinstance(value, float) else value for value in sorted(values)}
