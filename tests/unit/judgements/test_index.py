"""The third sector index: the annex's row, what cannot give it, a simulation, what it promises and refuses.

The annex prints 29% +- 1 and 419,000 +- 23,000 for the parts, index 100 +- 6, and 106 required (PSA Delivery
Agreement 21, HM Treasury, October 2007, Annex A, indicator 5). It prints no formula.
"""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, strategies as st

import psaindicators as psa
from psaindicators.definitions.indicators import IndexDeclaration
from psaindicators.judgements.index import Figure, calibrated_index, third_sector_index

ROUNDING = 1e-12
"""Relative: a product of a few floats."""
SIMULATION = 0.01
"""Relative: 400,000 draws give a standard deviation to 1 part in 900, and the delta method is first order."""
VOLUNTEERING = Figure(29, 1 / 1.96)
STAFF = Figure(419_000, 23_000 / 1.96)
PSA21_5 = psa.indicators("psa21")["psa21.5"]


def at(volunteering, staff):
    return third_sector_index(Figure(volunteering, 0.5), Figure(staff, 10_000))


def test_the_annex_row_is_reproduced():
    row = third_sector_index(VOLUNTEERING, STAFF)[0]
    assert row.value == pytest.approx(100, rel=ROUNDING)
    by_hand = 100 * sqrt((1 / 29) ** 2 + (23 / 419) ** 2)  # 100 sqrt(0.001189 + 0.003013) = 6.48, printed as 6
    assert row.margin == pytest.approx(by_hand, rel=ROUNDING)
    assert round(row.margin, 2) == 6.48
    assert round(row.margin) == 6
    assert (row.required, row.minimum, row.verdict) == (106, 6, "no reportable change")
    assert "reconstructed" in row.method


def test_an_equal_weight_mean_would_not_give_the_annex_margin():
    product = third_sector_index(VOLUNTEERING, STAFF)[0]
    halves = replace(PSA21_5.index, exponents={"volunteering": 0.5, "staff": 0.5})
    geometric = third_sector_index(VOLUNTEERING, STAFF, indicator=replace(PSA21_5, index=halves))[0]
    arithmetic = 100 * sqrt((0.5 / 29) ** 2 + (0.5 * 23 / 419) ** 2)
    assert geometric.margin == pytest.approx(arithmetic, rel=ROUNDING)  # the same to first order
    assert round(geometric.margin, 1) == 3.2
    assert round(product.margin, 1) == 6.5
    assert geometric.note == "volunteering to the power 0.5; staff to the power 0.5"


@pytest.mark.parametrize(
    ("volunteering", "staff", "margin"),
    [
        (Figure(29.5, 0.5 / 1.96), Figure(419_500, 22_500 / 1.96), 5.6),  # 100 sqrt((0.5/29.5)^2 + (22.5/419.5)^2)
        (Figure(28.5, 1.5 / 1.96), Figure(418_500, 23_500 / 1.96), 7.7),  # 100 sqrt((1.5/28.5)^2 + (23.5/418.5)^2)
    ],
)
def test_rounding_of_the_printed_parts_allows_margins_from_5_6_to_7_7(volunteering, staff, margin):
    row = third_sector_index(volunteering, staff)[0]
    assert round(100 * row.margin / row.value, 1) == margin


def test_a_sampled_baseline_would_widen_the_margin_to_9_2():
    sampled = {"volunteering": VOLUNTEERING.se, "staff": STAFF.se}
    row = third_sector_index(VOLUNTEERING, STAFF, baseline_se=sampled)[0]
    assert row.margin == pytest.approx(sqrt(2) * third_sector_index(VOLUNTEERING, STAFF)[0].margin, rel=ROUNDING)
    assert round(row.margin, 1) == 9.2
    assert "sampled" in row.method


def test_the_delta_method_agrees_with_a_simulation():
    random = np.random.default_rng(21)
    v = random.normal(27, 0.5, 400_000)
    s = random.normal(440_000, 11_000, 400_000)
    drawn = 100 * (v / 29) * (s / 419_000)
    row = third_sector_index(Figure(27, 0.5), Figure(440_000, 11_000))[0]
    assert row.value == pytest.approx(drawn.mean(), rel=SIMULATION)
    assert row.se == pytest.approx(drawn.std(), rel=SIMULATION)
    assert row.low == pytest.approx(np.quantile(drawn, 0.025), rel=SIMULATION)
    assert row.high == pytest.approx(np.quantile(drawn, 0.975), rel=SIMULATION)


@pytest.mark.parametrize(
    ("staff", "verdict"),
    [
        (419_000 * 1.06, "improved"),  # exactly 106: at least
        (419_000 * 1.0599, "no reportable change"),
        (419_000 * 0.9401, "no reportable change"),
        (419_000 * 0.94, "declined"),  # as far on the other side: 94
    ],
)
def test_the_verdict_is_against_the_points_required(staff, verdict):
    assert at(29, staff)[0].verdict == verdict


def test_a_fall_of_both_parts_is_worked_by_hand():
    row = at(25, 400_000)[0]
    assert row.value == pytest.approx(100 * 25 * 400_000 / (29 * 419_000), rel=ROUNDING)  # 82.30
    assert round(row.value, 2) == 82.30
    assert row.change == pytest.approx(row.value - 100)
    assert (row.verdict, row.significant) == ("declined", True)


def test_reaching_106_is_not_yet_significance():
    row = third_sector_index(VOLUNTEERING, replace(STAFF, value=419_000 * 1.061))[0]
    assert row.verdict == "improved"
    assert row.change == pytest.approx(6.1)
    assert row.margin > row.change
    assert not row.significant


@given(st.floats(0.001, 1000), st.floats(10, 60), st.floats(1e5, 1e6))
def test_the_index_does_not_depend_on_the_units_of_staff(unit, volunteering, staff):
    declared = replace(PSA21_5.index, parts={"volunteering": 29.0, "staff": 419_000 * unit})
    one = at(volunteering, staff)[0]
    other = third_sector_index(
        Figure(volunteering, 0.5), Figure(staff * unit, 10_000 * unit), indicator=replace(PSA21_5, index=declared)
    )[0]
    assert (other.value, other.se) == pytest.approx((one.value, one.se), rel=1e-9)


def test_where_less_is_better_the_required_points_lie_below():
    declared = IndexDeclaration({"complaints": 50.0}, {"complaints": 1.0}, 100, 90)
    fewer = replace(PSA21_5, index=declared, better="lower")
    assert calibrated_index(fewer, {"complaints": Figure(45, 1)})[0].verdict == "improved"
    assert calibrated_index(fewer, {"complaints": Figure(55, 1)})[0].verdict == "declined"


def test_parts_may_be_tables_of_one_row():
    table = psa.Table({"area": np.array(["all"], object), "value": np.array([29.0]), "se": np.array([0.5])})
    assert third_sector_index(table, STAFF) == third_sector_index(Figure(29.0, 0.5), STAFF)
    with pytest.raises(psa.ComparisonError, match=r"volunteering is one figure, but the table has 2 rows"):
        third_sector_index(table.take(np.array([0, 0])), STAFF)
    unknown = psa.Table({"value": np.array([29.0]), "se": np.array([np.nan])})
    with pytest.raises(psa.ComparisonError, match="volunteering has no standard error"):
        third_sector_index(unknown, STAFF)


def test_bad_figures_are_told_together():
    with pytest.raises(psa.DefinitionError) as caught:
        third_sector_index(Figure(0, 1), Figure(-419_000, -1), baseline_se={"staf": 1})
    assert str(caught.value).splitlines() == [
        "psa21.5:",
        "  - 'staf' is not one of the parts volunteering, staff; did you mean 'staff'?",
        "  - volunteering must be above 0, got 0",
        "  - staff must be above 0, got -419,000",
        "  - the standard error of staff cannot be -1",
    ]


def test_a_baseline_of_zero_and_a_missing_part_are_refused():
    nothing = IndexDeclaration({"volunteering": 0.0, "staff": 419_000.0}, {"volunteering": 1.0, "staff": 1.0}, 0, 0)
    with pytest.raises(psa.DefinitionError) as caught:
        calibrated_index(replace(PSA21_5, index=nothing), {"staff": STAFF})
    assert str(caught.value).splitlines() == [
        "psa21.5:",
        "  - the baseline of volunteering must be above 0, got 0",
        "  - the baseline must be above 0 points, got 0",
        "  - as many points are required as the baseline has",
        "  - the part 'volunteering' is missing",
    ]
    with pytest.raises(psa.DefinitionError, match=r"psa21\.1 declares no index"):
        calibrated_index(psa.indicators("psa21")["psa21.1"], {})


def test_the_result_prints_and_gives_a_frame():
    index = third_sector_index(VOLUNTEERING, STAFF)
    assert "no reportable change" in repr(index)
    assert "reconstructed" in repr(index)
    assert index.to_frame()["staff"].tolist() == [419_000]
