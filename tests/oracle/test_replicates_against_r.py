"""Percentages, totals and ratios from replicate weights equal R survey 4.5's, whose scales are left for us to find."""

from __future__ import annotations

from typing import Any

import pytest

import psaindicators as psa
from psaindicators.figures.amounts import ratio, total
from tests.oracle.cases import all_cases, indicator, number_survey_of, replicate_survey_of
from tests.oracle.test_percentages_against_r import INTERVALS, by_area, check_row, close

CASES = [case for case in all_cases() if "repweights" in case["design"] and not case["id"].startswith("cal/")]
PROP = [case for case in CASES if case["op"] == "prop"]
PROP_BY = [case for case in CASES if case["op"] == "prop_by"]
RATIO = [case for case in CASES if case["op"] == "ratio"]
TOTAL = [case for case in CASES if case["op"] == "total"]


def test_the_cases_are_all_there() -> None:
    assert [len(cases) for cases in (PROP, PROP_BY, RATIO, TOTAL)] == [10, 10, 10, 10]


@pytest.mark.parametrize("case", PROP, ids=lambda case: case["id"])
def test_percentage_of_everyone(case: dict[str, Any]) -> None:
    y = case["args"]["y"]
    survey = replicate_survey_of(case, y)
    tables = {method: psa.estimate(survey, indicator(y), interval=method, df="domain") for method in INTERVALS}
    rows = {method: table[0] for method, table in tables.items()}
    check_row(rows, case["result"] | {"deff_wr": srs_ratio(rows["wald"])}, (case["id"], "all"))
    assert psa.estimate(survey, indicator(y), df="design")[0].df == case["result"]["df_design"]
    assert rows["wald"].method == f"replicate weights, {case['design']['type']}"


@pytest.mark.parametrize("case", PROP_BY, ids=lambda case: case["id"])
def test_percentage_by_domain(case: dict[str, Any]) -> None:
    y, by = case["args"]["y"], case["args"]["by"]
    survey = replicate_survey_of(case, y, by)
    tables = {m: by_area(psa.estimate(survey, indicator(y), by=by, interval=m, df="domain")) for m in INTERVALS}
    levels = case["result"]["levels"]
    assert tables["wald"].keys() == levels.keys()
    for level, expected in levels.items():
        rows = {method: table[level] for method, table in tables.items()}
        check_row(rows, expected | {"deff_wr": srs_ratio(rows["wald"])}, (case["id"], level))


def srs_ratio(row: Any) -> float:
    """Return v (n - 1) / (p (1 - p)): R gives no design effect here, so it follows from R's own value and error."""
    p, se = row.value / 100, row.se / 100
    return float(se**2 * (row.base - 1) / (p * (1 - p)))


@pytest.mark.parametrize("case", RATIO, ids=lambda case: case["id"])
def test_ratio(case: dict[str, Any]) -> None:
    survey = number_survey_of(case, "num", "den")
    row = ratio(survey, "num", "den")[0]
    assert close(row.value, case["result"]["est"])
    assert close(row.se, case["result"]["se"])
    assert row.df == case["result"]["df"]


@pytest.mark.parametrize("case", TOTAL, ids=lambda case: case["id"])
def test_total(case: dict[str, Any]) -> None:
    row = total(number_survey_of(case, "y1"), "y1")[0]
    assert close(row.value, case["result"]["est"])
    assert close(row.se, case["result"]["se"])
