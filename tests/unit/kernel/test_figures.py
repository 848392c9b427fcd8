"""The promise of figures: z tells how the value moves with each weight, whatever the figure is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from psaindicators.kernel import estimands
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.figures import Apart, ByArea, Figures
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.logistic import Responses, coefficients_of
from psaindicators.kernel.significance import root
from psaindicators.kernel.totals import Frame, Measure

STEP = 1e-6
SLOPE = 1e-7
"""What is left of a slope taken from values a step apart, relative to the largest: the square of the step and rounding
over the step."""

RNG = np.random.default_rng(8)
ROWS = 60
WEIGHT = RNG.uniform(0.5, 3, ROWS)
FRAME = Frame(WEIGHT, Keys(Codes.constant("one", ROWS)))
AREA = Codes(("a", "b", "c"), RNG.integers(-1, 3, ROWS))
OVERLAPPING = Codes(("a", "b", "c"), np.where(AREA.positions >= 0, AREA.positions, RNG.integers(-1, 3, ROWS)))
ANSWERED = RNG.random(ROWS) < 0.9
SHARES = [Measure(ANSWERED, ANSWERED & (RNG.random(ROWS) < chance)) for chance in (0.2, 0.7)]
AMOUNTS = [Measure(ANSWERED, RNG.normal(5, 2, ROWS), RNG.uniform(1, 2, ROWS))]


def by_area(measures: list[Measure], *domains: Codes, estimand: estimands.Estimand) -> list[ByArea]:
    totals = FRAME.totals(measures, domains)
    return [ByArea(totals, i, estimand, measures, domain) for i, domain in enumerate(domains)]


def regressed() -> Figures:
    x = np.column_stack([np.ones(ROWS), RNG.normal(0, 1, (ROWS, 2))])[ANSWERED]
    made = coefficients_of(Responses(ANSWERED, SHARES[1].y[ANSWERED].astype(float), x), WEIGHT)
    assert made is not None
    return made


FIGURES = {
    "shares": by_area(SHARES, AREA, estimand=estimands.share)[0],
    "means": by_area([Measure(ANSWERED, AMOUNTS[0].y)], AREA, estimand=estimands.mean)[0],
    "totals": by_area([Measure(ANSWERED, AMOUNTS[0].y)], AREA, estimand=estimands.total)[0],
    "ratios": by_area(AMOUNTS, AREA, estimand=estimands.ratio)[0],
    "differences": Apart(*by_area(SHARES, AREA, OVERLAPPING, estimand=estimands.share)),
    "coefficients": regressed(),
}


@pytest.mark.parametrize("name", FIGURES)
def test_under_the_surveys_own_weights_a_figure_is_its_value(name: str) -> None:
    one = FIGURES[name]
    np.testing.assert_allclose(one.under(WEIGHT[None])[0], one.value, rtol=1e-9)


@pytest.mark.parametrize("name", FIGURES)
def test_z_is_the_slope_of_the_value_by_each_weight(name: str) -> None:
    """dtheta/dw_i = z_i where i adds to the figure's domain, else 0: the definition that linearisation rests on."""
    one = FIGURES[name]
    nudged = STEP * np.eye(ROWS)
    slopes = (one.under(WEIGHT + nudged) - one.under(WEIGHT - nudged)) / (2 * STEP)
    expected = spread_over_domains(one)
    np.testing.assert_allclose(slopes, expected, atol=SLOPE * np.abs(expected).max())


def spread_over_domains(one: Figures) -> NDArray[np.float64]:
    """z of each row for each domain, (rows, I, D)."""
    domains = np.arange(len(one.domain.values))
    inside = one.domain.positions[:, None] == domains
    return np.where(inside[:, None, :], one.z.T[:, :, None], 0.0)


def test_an_area_without_anybody_in_the_base_has_no_value_and_moves_with_nobody() -> None:
    nobody = [Measure(ANSWERED & (AREA.positions != 1), SHARES[0].y)]
    one = by_area(nobody, AREA, estimand=estimands.share)[0]
    assert np.isnan(one.value[0]).tolist() == [False, True, False]
    assert (one.z[0, AREA.positions == 1] == 0).all()


def test_the_root_of_a_variance_that_rounding_left_below_nothing_is_nothing() -> None:
    assert root(np.array([4.0, -1e-17, 0.0])).tolist() == [2, 0, 0]
    assert np.isnan(root(np.array([np.nan]))).all()  # a figure without a variance has no standard error
