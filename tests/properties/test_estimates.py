"""What must hold of every estimate, whoever answered what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, strategies as st
from numpy.typing import NDArray

import psaindicators as psa
from psaindicators.definitions.waves import Question
from tests.paths import R_SURVEY
from tests.properties.samples import COUNTS, NO, REAL, WAVE, YES, estimated, frames, same

ROUNDING = 1e-9
"""Sums of a few dozen doubles differ by about 1e-15; a standard error near 0 is the root of such a difference, 3e-8
of a proportion. Figures are compared in units of 100, so this leaves room for that root and for nothing else."""
ROOT_OF_ROUNDING = 1e-7

APICLUS1 = R_SURVEY / "apiclus1.csv"
POLICIES = ("strata", "domain", "design", "normal")
METHODS = ("wald", "logit", "wilson", "beta", "asin")


def check_same(left: psa.Estimates, right: psa.Estimates) -> None:
    for name in REAL:
        assert same(left.columns[name], right.columns[name], ROOT_OF_ROUNDING), name
    for name in COUNTS:
        assert left.columns[name].tolist() == right.columns[name].tolist(), name


@given(frames(), st.sampled_from([1e-6, 0.37, 12.0, 4.2e7]))
def test_scaling_the_weights_changes_nothing_but_the_weighted_base(frame: pd.DataFrame, by: float) -> None:
    plain = estimated(frame, by="area")
    scaled = estimated(frame.assign(weight=frame["weight"] * by), by="area")
    check_same(plain, scaled)
    assert np.allclose(scaled.columns["weighted_base"], by * plain.columns["weighted_base"], rtol=ROUNDING)


@given(frames(), st.sampled_from(METHODS))
def test_those_not_in_the_numerator_are_the_rest_with_the_same_standard_error(frame: pd.DataFrame, how: str) -> None:
    yes, no = (estimated(frame, one, by=["all", "area"], interval=how).columns for one in (YES, NO))
    assert same(no["value"], 100 - yes["value"], ROUNDING)
    assert same(no["se"], yes["se"], ROOT_OF_ROUNDING)
    assert same(no["low"], 100 - yes["high"], ROOT_OF_ROUNDING)
    assert same(no["high"], 100 - yes["low"], ROOT_OF_ROUNDING)
    assert no["deff"].shape == yes["deff"].shape
    assert same(no["deff"], yes["deff"], ROOT_OF_ROUNDING)


@given(frames(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(frame: pd.DataFrame, shuffler: object) -> None:
    order = list(range(len(frame)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    check_same(estimated(frame, by=["all", "area"]), estimated(frame.iloc[order], by=["all", "area"]))


@given(frames())
def test_an_area_alone_with_the_design_kept_is_its_row_of_the_table(frame: pd.DataFrame) -> None:
    table = estimated(frame, by="area")
    for area in table.columns["area"]:
        alone = estimated(frame.assign(agree=frame["agree"].where(frame["area"] == area)))
        check_same(table.where(area=area), alone)


@given(frames())
def test_a_breakdown_stacked_with_others_is_what_it_is_alone(frame: pd.DataFrame) -> None:
    assume(frame["agree"].notna().any())  # a breakdown in which nobody has a value is refused
    stacked = estimated(frame, by=["all", "area", "area*agree"])
    for by in ("all", "area", "area*agree"):
        check_same(stacked.where(by=by), estimated(frame, by=by))


@given(frames())
def test_the_areas_weighted_numerators_and_bases_add_up_to_the_whole(frame: pd.DataFrame) -> None:
    areas, whole = estimated(frame, by="area").columns, estimated(frame)[0]
    numerators = np.where(areas["base"] > 0, areas["value"] * areas["weighted_base"], 0)
    assert areas["weighted_base"].sum() == pytest.approx(whole.weighted_base, rel=ROUNDING)
    assert areas["base"].sum() == whole.base
    if whole.base:
        assert numerators.sum() == pytest.approx(whole.value * whole.weighted_base, rel=ROUNDING, abs=ROUNDING)


@given(frames(), st.sampled_from(METHODS), st.sampled_from([50, 80, 95, 99.9]), st.sampled_from(POLICIES))
def test_an_interval_is_inside_0_to_100_never_of_no_width_and_holds_the_value(
    frame: pd.DataFrame, how: str, level: float, df: str
) -> None:
    for row in estimated(frame, by=["all", "area"], interval=how, level=level, df=df):
        if row.df > 0:
            assert 0 <= row.low < row.high <= 100
            assert row.low - ROUNDING <= row.value <= row.high + ROUNDING
            assert row.margin == pytest.approx((row.high - row.low) / 2, abs=ROUNDING)
        else:
            assert np.isnan([row.low, row.high, row.margin]).all()
            assert row.marker in ("[u]", "[x]")


@given(frames())
def test_a_standard_error_is_given_wherever_the_design_gives_one_and_whosever_the_df(frame: pd.DataFrame) -> None:
    """The base's own df are at most those of its strata, and these at most the design's; all or none are 0."""
    tables = [estimated(frame, by=["all", "area"], df=df) for df in ("domain", "strata", "design", "normal")]
    domain, strata, design, normal = (table.columns["df"] for table in tables)
    known = strata > 0
    assert (domain <= strata).all()
    assert (strata <= design).all()
    assert set(design[known]) <= {estimated(frame.assign(agree=1), df="strata")[0].df}
    assert np.isinf(normal[known]).all()
    for table in tables:
        assert (np.isfinite(table.columns["se"]) == known).all()
        assert (table.columns["df"][~known] == 0).all()
        enough = (table.columns["base"] >= 5) & ~dominated(frame, table)  # else a row is marked, whatever its df
        sure = (table.columns["df"] > 0) & enough
        assert ((table.columns["marker"] == "") == sure).all()


def dominated(frame: pd.DataFrame, table: psa.Estimates) -> NDArray[np.bool_]:
    """Return which rows have more than half of their weights from one respondent; the weights are exact in binary."""
    weights = [
        frame["weight"][frame["agree"].notna() & ((frame["area"] == area) | (area == "all"))]
        for area in table.columns["area"]
    ]
    return np.array([2 * one.max() > one.sum() for one in weights])


def test_dropping_the_rows_of_others_is_the_classic_wrong_number() -> None:
    """R survey's apiclus1: awards in middle schools of more than 600 pupils, 15 districts sampled.

    R's svymean on the subset of the design gives 0.6 with a standard error of 0.1309; on a design made of the 20
    rows alone, which holds 7 of the 15 districts, it gives 0.1366. By hand, from the districts' sums z of the
    linearised values: n / (n - 1) S zz with n of 15 and of 7, so the two are in the ratio sqrt((15/14) / (7/6)).
    """
    schools = pd.read_csv(APICLUS1)
    schools["kind"] = np.where((schools["stype"] == "M") & (schools["enroll"] > 600), "large middle", "other")
    wave = replace(WAVE, weight="pw", stratum=None, psu=("dnum",), lonely_psu="fail", area={"kind": "kind"})
    wave = replace(wave, questions={"agree": Question("awards", {"yes": "Yes", "no": "No"})})
    right = psa.estimate(psa.read_survey(schools, wave), YES, by="kind").where(area="large middle")[0]
    dropped = psa.read_survey(schools[schools["kind"] == "large middle"], wave)
    wrong = psa.estimate(dropped, YES)[0]
    assert (right.value, right.base) == (pytest.approx(60), 20)
    assert right.se == pytest.approx(13.0930734141595, rel=1e-12)
    assert wrong.value == pytest.approx(60)
    assert wrong.se == pytest.approx(13.0930734141595 * np.sqrt((7 / 6) / (15 / 14)), rel=1e-12)
    assert round(wrong.se, 2) == 13.66
