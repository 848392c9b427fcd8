"""Percentages, standard errors, degrees of freedom, design effects and intervals equal R survey 4.5's."""

from __future__ import annotations

import math
from typing import Any

import pytest

import psaindicators as psa
from tests.oracle.cases import all_cases, indicator, survey_of

EXACT = 1e-10  # what R itself supports, relative (R's own pure and compiled variances differ by 1e-16)
ZERO_SE = 1e-8  # R's rounding leaves a standard error of up to this where it is 0

INTERVALS = {"wald": "mean", "logit": "xlogit", "wilson": "wilson", "beta": "beta", "asin": "asin"}
ASIN_PAST_ITS_TURN = {("micro_srsstrat/y1all/by_area", "A4"), ("micro_wonly/y1all/by_area", "A4")}


def is_taylor(case: dict[str, Any]) -> bool:
    return not case["adjust_domain_lonely"] and "ids" in case["design"]


PROP = [case for case in all_cases() if case["op"] == "prop" and is_taylor(case)]
PROP_BY = [case for case in all_cases() if case["op"] == "prop_by" and is_taylor(case)]
PROP_BY_SE = [case for case in all_cases() if case["op"] == "prop_by_se" and is_taylor(case)]


def close(ours: float, theirs: float) -> bool:
    return math.isclose(ours, theirs, rel_tol=EXACT)


def by_area(table: psa.Estimates) -> dict[str, Any]:
    return {row.area: row for row in table}


def test_the_cases_are_all_there() -> None:
    assert (len(PROP), len(PROP_BY), len(PROP_BY_SE)) == (46, 41, 24)


@pytest.mark.parametrize("case", PROP, ids=lambda case: case["id"])
def test_percentage_of_everyone(case: dict[str, Any]) -> None:
    y = case["args"]["y"]
    tables = {
        method: psa.estimate(survey_of(case, y), indicator(y), interval=method, df="domain") for method in INTERVALS
    }
    check_row({method: table[0] for method, table in tables.items()}, case["result"], (case["id"], "all"))
    assert psa.estimate(survey_of(case, y), indicator(y), df="design")[0].df == case["result"]["df_design"]
    normal = psa.estimate(survey_of(case, y), indicator(y), interval="wald", df="normal")[0]
    with_normal = case["result"]["ci_nonmissing_design"]["mean_z"]
    if with_normal[0] >= 0:  # R has no Korn-Graubard interval with the normal quantile to fall back on
        check_ends(normal, with_normal)


@pytest.mark.parametrize("case", PROP_BY, ids=lambda case: case["id"])
def test_percentage_by_domain(case: dict[str, Any]) -> None:
    y, by = case["args"]["y"], case["args"]["by"]
    tables = {
        method: by_area(psa.estimate(survey_of(case, y, by), indicator(y), by=by, interval=method, df="domain"))
        for method in INTERVALS
    }
    levels = case["result"]["levels"]
    assert tables["wald"].keys() == levels.keys()
    for level, expected in levels.items():
        check_row({method: rows[level] for method, rows in tables.items()}, expected, (case["id"], level))


@pytest.mark.parametrize("case", PROP_BY_SE, ids=lambda case: case["id"])
def test_standard_errors_under_each_lonely_psu_policy(case: dict[str, Any]) -> None:
    y, by = case["args"]["y"], case["args"]["by"]
    if "error" in case["result"]:
        with pytest.raises(psa.DesignError, match="single PSU"):
            psa.estimate(survey_of(case, y, by), indicator(y), by=by)
        return
    rows = by_area(psa.estimate(survey_of(case, y, by), indicator(y), by=by))
    for level, est, se in zip(*(case["result"][name] for name in ("level", "est", "se")), strict=True):
        row = rows[str(level)]
        assert close(row.value, 100 * est)
        if row.df > 0:
            check_se(row, se)


def check_se(row: Any, se: float) -> None:
    assert close(row.se, 100 * se) if se > ZERO_SE else row.se < 100 * ZERO_SE


def check_row(rows: dict[str, Any], expected: dict[str, Any], where: tuple[str, str]) -> None:
    row = rows["wald"]
    assert row.base == expected["n"]
    if row.base == 0:
        assert math.isnan(row.value)  # R gives 0 with a standard error of 0 for a domain where nobody answered
        assert row.marker == "[x]"
        return
    assert close(row.value, 100 * expected["est"])
    assert close(row.weighted_base, expected["sumw"])
    assert row.df == max(expected["df_nonmissing"], 0)
    if not math.isnan(row.se):
        check_se(row, expected["se"])
    if row.df == 0:
        assert (row.marker, math.isnan(row.low)) == ("[u]", True)
    elif expected["se"] > ZERO_SE:
        assert close(row.deff, expected["deff_wr"])
        check_intervals(rows, expected["ci_nonmissing_design"], where)


def check_intervals(rows: dict[str, Any], expected: dict[str, Any], where: tuple[str, str]) -> None:
    for method, name in INTERVALS.items():
        if method != "asin" or where not in ASIN_PAST_ITS_TURN:
            check_ends(rows[method], expected[name], expected["beta"])


def check_ends(row: Any, expected: list[float], beta: list[float] | None = None) -> None:
    """The ends are R's; where R's Wald ends leave 0 to 1 ours are R's Korn-Graubard ends instead, and say so."""
    if beta is not None and (expected[0] < 0 or expected[1] > 1):
        assert row.interval == "beta"
        expected = beta
    assert close(row.low, 100 * expected[0])
    assert close(row.high, 100 * expected[1])
