"""Each of R survey's 327 reference cases is run and equal, or left out for a reason given here."""

from __future__ import annotations

from typing import Any

import pytest

import tests.oracle.test_calibrated_against_r as calibrated
import tests.oracle.test_estimands_against_r as estimands
import tests.oracle.test_percentages_against_r as percentages
import tests.oracle.test_regression_against_r as regression
import tests.oracle.test_replicates_against_r as replicates
import tests.unit.weighting.test_calibration as weighting
from tests.oracle.cases import all_cases

Case = dict[str, Any]


def of(*ops: str) -> list[Case]:
    return [case for case in all_cases() if case["op"] in ops]


def twin(case: Case) -> Case:
    """The same case without adjust.domain.lonely, R's default and ours."""
    return next(other for other in all_cases() if other["id"] == case["id"].replace("/TRUE/", "/FALSE/"))


ADJUSTED = [case for case in all_cases() if case["adjust_domain_lonely"]]
ANSWERED_OTHERWISE = [case for case in ADJUSTED if case["result"] != twin(case)["result"]]
ANSWERED_ALIKE = [case for case in ADJUSTED if case["op"] == "prop_by_se" and case not in ANSWERED_OTHERWISE]

RUN: dict[str, list[Case]] = {
    "test_percentages_against_r.py": percentages.PROP + percentages.PROP_BY + percentages.PROP_BY_SE,
    "test_every_case.py": ANSWERED_ALIKE,
    "test_estimands_against_r.py": [
        *estimands.cases_of("mean", "total", "ratio", "ratio_by", "cat", "mean_listwise", "prop_by2", "prop_subset"),
        *[case for case in of("chisq") if case["args"]["statistic"] == "F"],
        *[case for case in of("ratio") if case["id"] == "scd/ratio"],
    ],
    "test_replicates_against_r.py": replicates.PROP + replicates.PROP_BY + replicates.RATIO + replicates.TOTAL,
    "test_calibrated_against_r.py": calibrated.CASES + calibrated.REPLICATED + calibrated.TRIMMED,
    "test_regression_against_r.py": regression.CASES,
    "../test_movements.py": of("two_wave", "two_wave_separate"),
    "../test_shared_psus.py": of("contrast", "contrast_vs_all", "ttest"),
}
"""The test file that runs a case whole: estimates, standard errors and whatever else it holds."""

IN_PART: dict[str, tuple[list[Case], str]] = {
    "rake": (
        of("rake"),
        "the weights are run (test_calibration.py); R's rake takes its residuals unweighted for standard errors, ours "
        "are weighted by the initial weights as in Deville and Sarndal and R's own calibrate",
    ),
    "calibrate_trim": (
        of("calibrate_trim"),
        "the weights are run (test_calibration.py); R goes on treating them as calibrated after trimming, though they "
        "no longer meet the totals, and ours are then fixed",
    ),
}

LEFT_OUT: dict[str, tuple[list[Case], str]] = {
    "chisq": (
        [case for case in of("chisq") if case["args"]["statistic"] != "F"],
        "the second-order Rao-Scott F test is the one that is built; these are other statistics of the same table",
    ),
    "adjust_domain_lonely": (
        ANSWERED_OTHERWISE,
        "a PSU is lonely in the whole design, not in a domain: adjust.domain.lonely = FALSE, R's default",
    ),
    "pps": (
        [case for case in all_cases() if "pps" in case["design"]],
        "PSUs drawn with unequal chances and without replacement: no survey here states joint chances",
    ),
    "quantile": (of("quantile"), "no indicator is a quantile"),
    "standardize": (of("standardize"), "no indicator is standardised to another population"),
}


def ids(cases: list[Case]) -> set[str]:
    return {case["id"] for case in cases}


def test_every_case_is_accounted_for_once() -> None:
    kinds = [*RUN.values(), *(cases for cases, _ in (IN_PART | LEFT_OUT).values())]
    listed = [case["id"] for cases in kinds for case in cases]
    assert len(all_cases()) == 327
    assert sorted(listed) == sorted(ids(all_cases()))


def test_what_is_left_out_is_as_little_as_expected() -> None:
    counts = {name: len(cases) for name, (cases, _) in (IN_PART | LEFT_OUT).items()}
    assert counts == {
        **{"rake": 4, "calibrate_trim": 3},
        **{"chisq": 24, "adjust_domain_lonely": 10, "pps": 2, "quantile": 1, "standardize": 1},
    }
    assert sum(len(cases) for cases in RUN.values()) == 282


def test_the_weights_of_those_run_in_part_are_run() -> None:
    assert {case["id"] for cases, _ in IN_PART.values() for case in cases} <= set(weighting.IDS)


@pytest.mark.parametrize("case", ANSWERED_ALIKE, ids=lambda case: case["id"])
def test_cases_that_adjusting_domains_leaves_as_they_are(case: Case) -> None:
    percentages.test_standard_errors_under_each_lonely_psu_policy(case)
