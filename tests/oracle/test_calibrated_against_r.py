"""Estimates that allow for the calibration of weights equal those of R survey 4.5, calibrate and postStratify."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

import psaindicators as psa
from psaindicators.definitions.waves import Question
from psaindicators.figures.amounts import mean, total
from psaindicators.weighting.making import rake, trim_weights
from psaindicators.weighting.weights import Weighting
from tests.oracle.cases import all_cases, data_set, declared, indicator, wave_of
from tests.oracle.test_percentages_against_r import INTERVALS, by_area
from tests.unit.weighting.test_calibration import final, fitted, initial

WEIGHTS = 1e-8  # R stops its iterations at 1e-11 of a total; estimates and standard errors follow the weights

CASES = [case for case in all_cases() if case["op"] in {"calibrate", "poststratify"}]
REPLICATED = [case for case in all_cases() if case["op"] in {"poststratify_rep", "rake_rep"}]
FIXED = "ratio of weighted totals, linearised"


def weighting_of(case: dict[str, Any]) -> Weighting:
    """One variable by the public function; R's model matrices, which hold a number too, by the kernel."""
    if case["op"] == "poststratify":
        populations = {case["args"]["margin"]: case["args"]["totals"]}
        return rake(data_set(case["design"]["data"]), populations, weight=case["design"]["weights"])
    (x, fit), d = fitted(case), initial(case)
    return Weighting(d * fit.g, d, fit.g, "calibration", fit.sweeps, (), x)


def calibrated(case: dict[str, Any], y: str, by: str | None = None, *, number: bool = False) -> psa.Survey:
    wave = wave_of(case, y, by)
    questions = {y: Question(y, {})} if number else wave.questions
    frame = data_set(case["design"]["data"]).drop(columns=case["design"]["weights"])
    return psa.read_survey(frame, replace(wave, questions=questions), weighting=weighting_of(case))


def near(ours: float, theirs: float) -> bool:
    return math.isclose(ours, theirs, rel_tol=WEIGHTS)


def test_the_cases_are_all_there() -> None:
    assert (len(CASES), len(REPLICATED)) == (19, 2)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_percentage(case: dict[str, Any]) -> None:
    y = "y1" if "prop_y1" in case["result"] else "awards.b"
    expected = case["result"]["prop_y1" if y == "y1" else "prop_awards"]
    row = psa.estimate(calibrated(case, y), indicator(y), interval="wald", df="domain")[0]
    assert near(row.value, 100 * expected["est"])
    assert near(row.se, 100 * expected["se"])
    assert near(row.low, 100 * expected["ci_nonmissing_design"]["mean"][0])
    assert (row.df, row.base) == (expected["df_nonmissing"], expected["n"])
    assert row.method == f"{FIXED}, weights calibrated"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_percentages_by_domain(case: dict[str, Any]) -> None:
    y, by = ("y1", "area") if "by_area" in case["result"] else ("awards.b", "stype")
    expected = case["result"][f"by_{by}"]
    rows = by_area(psa.estimate(calibrated(case, y, by), indicator(y), by=by))
    assert rows.keys() == set(expected["level"])
    for level, est, se in zip(expected["level"], expected["est"], expected["se"], strict=True):
        assert near(rows[level].value, 100 * est)
        assert near(rows[level].se, 100 * se) or rows[level].df == 0


@pytest.mark.parametrize("case", [c for c in CASES if "mean_api00" in c["result"]], ids=lambda case: case["id"])
def test_mean_and_total(case: dict[str, Any]) -> None:
    expected = case["result"]
    row = mean(calibrated(case, "api00", number=True), "api00")[0]
    assert near(row.value, expected["mean_api00"]["est"])
    assert near(row.se, expected["mean_api00"]["se"])
    if expected["total_enroll"].get("est"):  # R gives no total where an answer is missing
        row = total(calibrated(case, "enroll", number=True), "enroll")[0]
        assert near(row.value, expected["total_enroll"]["est"])
        assert near(row.se, expected["total_enroll"]["se"])


def test_weights_in_a_column_are_fixed() -> None:
    """Post-stratified weights as a column: the percentage is the same, its standard error not, and each row says so."""
    case = next(case for case in CASES if case["id"] == "cal/apiclus1/poststrat")
    made = weighting_of(case)
    frame = data_set("apiclus1").assign(pw=made.weights)
    fixed = psa.estimate(psa.read_survey(frame, wave_of(case, "awards.b")), indicator("awards.b"))[0]
    ours = psa.estimate(calibrated(case, "awards.b"), indicator("awards.b"))[0]
    assert near(fixed.value, ours.value)
    assert abs(fixed.se / ours.se - 1) > 0.001
    assert fixed.method == FIXED


@pytest.mark.parametrize("case", REPLICATED, ids=lambda case: case["id"])
def test_replicate_weights_that_were_raked_each(case: dict[str, Any]) -> None:
    """Each column of replicate weights meets the totals; rscales are given, as they can be read off no longer."""
    populations = case["args"].get("margins") or {case["args"]["margin"]: case["args"]["totals"]}
    frame, columns = data_set("brr"), data_set("rep_JKn")
    together = frame.join(columns)
    raked = {name: rake(together, populations, weight=name).weights for name in ("weight", *columns)}
    design = declared(case | {"design": case["design"] | {"mse": False}})
    design = replace(design, rscales=(0.5,) * len(columns.columns))
    survey = psa.read_survey(frame.assign(**raked), replace(wave_of(case, "y1"), replicates=design))
    rows = {method: psa.estimate(survey, indicator("y1"), interval=method, df="domain")[0] for method in INTERVALS}
    expected = case["result"]["prop_y1"]
    row = rows["wald"]
    assert near(row.value, 100 * expected["est"])
    assert near(row.se, 100 * expected["se"])
    assert row.df == expected["df_nonmissing"]


def test_trimmed_weights_are_estimated_from_as_fixed() -> None:
    frame = data_set("apiclus1")
    wave = wave_of(CASES[0], "awards.b")
    with pytest.raises(psa.DesignError, match="put them in a column"):
        psa.read_survey(frame, wave, weighting=trim_weights(frame, "pw", upper=40))


def test_a_weighting_of_other_rows_is_refused() -> None:
    case = next(case for case in CASES if case["id"] == "cal/apiclus1/poststrat")
    survey = psa.read_survey(data_set("apiclus1").head(100), wave_of(case, "awards.b"), weighting=weighting_of(case))
    with pytest.raises(psa.DesignError, match=r"the weighting has 183 rows but .* has 100"):
        psa.estimate(survey, indicator("awards.b"))


TRIMMED = [case for case in all_cases() if case["op"] == "trim"]


@pytest.mark.parametrize("case", TRIMMED, ids=lambda case: case["id"])
def test_trimmed_weights(case: dict[str, Any]) -> None:
    """Trimmed by us and put in a column; R's trimWeights gives the weights and keeps the design."""
    frame = data_set(case["design"]["data"]).assign(pw=final(case))
    design, expected = wave_of(case, "awards.b", "stype"), case["result"]
    numbers = {name: Question(name, {}) for name in ("api00", "enroll")}
    survey = psa.read_survey(frame, replace(design, questions=design.questions | numbers))
    row = psa.estimate(survey, indicator("awards.b"))[0]
    assert near(row.value, 100 * expected["prop_awards"]["est"])
    assert near(row.se, 100 * expected["prop_awards"]["se"])
    rows = by_area(psa.estimate(survey, indicator("awards.b"), by="stype"))
    for level, est, se in zip(*(expected["by_stype"][name] for name in ("level", "est", "se")), strict=True):
        assert near(rows[level].value, 100 * est)
        assert near(rows[level].se, 100 * se)
    amounts = {"mean_api00": mean(survey, "api00")[0], "total_enroll": total(survey, "enroll")[0]}
    for name, amount in amounts.items():
        if expected[name].get("est"):
            assert near(amount.value, expected[name]["est"])
            assert near(amount.se, expected[name]["se"])
