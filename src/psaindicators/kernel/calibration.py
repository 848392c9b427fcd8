"""Weights that meet population totals: raking, calibration, post-stratification, trimming. Arrays only.

A respondent i has an initial weight d_i and a final weight w_i = g_i d_i, so that the weighted totals of the
calibration variables x_i meet those of the population: sum w_i x_i = T. The calibration variables
are the categories of weighting variables (`Cells`, never spread out over rows) or the columns of a dense array
(`Dense`).

Sources: Deming and Stephan (1940) for raking; Deville and Sarndal (1992, JASA 87, 376-382) for calibration
and its variance; R survey 4.5 (`rake`, `calibrate`, `postStratify`, `trimWeights`) for the reference numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from psaindicators.kernel.calibration_variables import Cells, Dense, Ints, inverse
from psaindicators.kernel.keys import Floats

Bound = float | Floats
Bounds = tuple[Bound, Bound]
"""Lowest and highest g: of everybody, or of each cell."""

METHODS = ("linear", "raking", "logit")
RAKE_TOLERANCE = 1e-10
"""Largest correction of a finished sweep, relative to the total: a person in ten thousand million."""
CALIBRATION_TOLERANCE = 1e-11
"""Largest miss of a total, over 1 + total: the `epsilon` of the R reference runs."""
HALVINGS = 40
CUT_SLOPE = 1e-3
"""Slope that a Newton step takes for a g cut off at a bound: a category with all its g there comes back."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a fit came to. g: (rows,) final over initial weight; sweeps taken; whether every total was met."""

    g: Floats
    sweeps: int
    converged: bool


def rake(
    weights: Floats, cells: Cells, totals: Floats, *, tolerance: float = RAKE_TOLERANCE, sweeps: int = 1000
) -> Fitted:
    """Return g of iterative proportional fitting: each variable in turn scaled to its totals till none moves.

    weights: (rows,) initial, none negative, some above zero in each category.
    totals: (cells.width,), every variable's adding to the same sum.
    Converged when no correction of a whole sweep is above `tolerance`, relative; at most `sweeps` are run.
    """
    initial = cells.gathered(weights)
    current = initial.copy()
    variables = [(column - s.start, totals[s]) for column, s in zip(cells.columns, cells.slices, strict=True)]
    taken, moved = 0, np.inf
    while moved > tolerance and taken < sweeps:
        moved = max([_scale_to(current, codes, target) for codes, target in variables])
        taken += 1
    return Fitted(cells.spread(_over(current, initial)), taken, moved <= tolerance)


def post_stratify(weights: Floats, cells: Cells, totals: Floats) -> Fitted:
    """Return g of calibration to one variable, in closed form: the category's total over its sum of weights."""
    sums = cells.totals(cells.gathered(weights))
    return Fitted(cells.spread((totals / sums)[cells.columns[0]]), 1, True)


def calibrate(
    weights: Floats,
    x: Cells | Dense,
    totals: Floats,
    *,
    method: str = "linear",
    bounds: Bounds = (-np.inf, np.inf),
    sweeps: int = 500,
) -> Fitted:
    """Return g = F(x'b) with b such that sum d g x = totals, by Newton steps.

    weights: (rows,) initial d. totals: (x.width,). bounds: L < 1 < U on g, or arrays of them by cell; "logit" needs
        both finite.
    F(u): "linear" 1 + u, "raking" exp(u), both cut off at L and U;
    "logit" (L (U-1) + U (1-L) e^(Au)) / (U-1 + (1-L) e^(Au)), A = (U-L) / ((1-L)(U-1)).
    A step is halved until it lessens the worst miss, or stays short of the least distance in its direction.
    Converged when |miss| <= 1e-11 (1 + |total|) for every total. Weighting variables may be collinear.
    """
    d, curve = x.gathered(weights), _curve(method, bounds)
    point = _reached(x, d, curve, totals, np.zeros(x.width))
    taken = 0
    while point.worst > CALIBRATION_TOLERANCE and taken < sweeps:
        step = inverse(x.gram(d * point.slope)) @ point.miss
        halved = (_reached(x, d, curve, totals, point.b + step / 2**k) for k in range(HALVINGS))
        nearer = next((p for p in halved if p.worst < point.worst or p.miss @ step >= 0), None)
        if nearer is None:
            break
        point, taken = nearer, taken + 1
    return Fitted(x.spread(point.g), taken, point.worst <= CALIBRATION_TOLERANCE)


def trim(weights: Floats, lower: float, upper: float, *, strict: bool = False) -> Floats:
    """Return weights with those outside the bounds set to them and the excess shared equally by the others.

    As R's `trimWeights`: every weight not trimmed gets the same amount, so the sum is kept, but that may push
    some out of bounds; `strict` trims those too, round after round (a weight once trimmed stays at its
    bound), until none is outside. Where no weight is left to take the excess, the sum is not kept. A weight of 0
    is nobody's: it stays 0.
    """
    counts = weights > 0
    if not counts.all():
        trimmed = weights.copy()
        trimmed[counts] = trim(weights[counts], lower, upper, strict=strict)
        return trimmed
    current, free = weights, np.ones(len(weights), dtype=bool)
    while True:
        kept = np.clip(current, lower, upper)
        free &= kept == current
        if np.array_equal(kept, current) or not free.any():
            return kept
        current = np.where(free, kept + (current - kept).sum() / free.sum(), kept)
        if not strict:
            return current


def rake_within(weights: Floats, cells: Cells, totals: Floats, *, lower: float, upper: float) -> Fitted:
    """Return g of raking with every final weight from `lower` to `upper`: w = d exp(x'b), cut off there.

    weights: (rows,) initial d; one of 0 stays 0. totals: (cells.width,). Raking and trimming both hold: those beyond a
    bound stand at it, and the others are their initial weights raked to what is left. Of all weights within the bounds
    that meet the totals these are the nearest to d by the distance of raking, sum w log(w / d) - w + d (Deville and
    Sarndal 1992, with bounds of each respondent's own); to rake and trim in turn also ends within both, but at weights
    that are further away.
    """
    apart, level = np.unique(weights, return_inverse=True)
    alike = cells.apart(level, len(apart))
    d = alike.gathered(weights) / alike.gathered(np.ones_like(weights))
    with np.errstate(divide="ignore", invalid="ignore"):
        bounds = np.where(d > 0, lower / d, 0.0), np.where(d > 0, upper / d, np.inf)
    return calibrate(weights, alike, totals, method="raking", bounds=bounds)


def household_weights(adults: ArrayLike) -> Floats:
    """Return weights for one adult drawn from each address: the adults there, scaled to a mean of 1, (rows,).

    One of a adults is drawn with chance 1/a, so an adult living alone is a times as likely to be heard.
    """
    count = np.asarray(adults, dtype=np.float64)
    return np.asarray(count / count.mean())


def kish_deff(weights: Floats) -> float:
    """Return Kish's design effect of unequal weights, n sum w^2 / (sum w)^2, over n weights above zero."""
    return float(np.count_nonzero(weights) * (weights @ weights) / weights.sum() ** 2)


def _scale_to(current: Floats, codes: Ints, target: Floats) -> float:
    factors = target / np.bincount(codes, current, len(target))
    current *= factors[codes]
    return float(np.abs(factors - 1).max())


def _over(final: Floats, initial: Floats) -> Floats:
    return np.divide(final, initial, out=np.ones_like(final), where=initial > 0)


Curve = Callable[[Floats], tuple[Floats, Floats]]


def _curve(method: str, bounds: Bounds) -> Curve:
    low, high = bounds
    match method:
        case "linear":
            return lambda u: _cut(1 + u, np.ones_like(u), low, high)
        case "raking":
            return lambda u: _cut(np.exp(u), np.exp(u), low, high)
        case "logit":
            return lambda u: _logit(u, low, high)
    raise ValueError(f"no calibration method {method!r}; there are {', '.join(METHODS)}")


def _cut(g: Floats, slope: Floats, low: Bound, high: Bound) -> tuple[Floats, Floats]:
    return np.clip(g, low, high), np.where((g > low) & (g < high), slope, CUT_SLOPE)


def _logit(u: Floats, low: Bound, high: Bound) -> tuple[Floats, Floats]:
    from scipy.special import expit

    span = (high - low) / ((1 - low) * (high - 1))
    share = expit(span * u + np.log((1 - low) / (high - 1)))
    return low + (high - low) * share, (high - low) * span * share * (1 - share)


@dataclass(frozen=True, eq=False)
class _Point:
    b: Floats
    g: Floats
    slope: Floats
    miss: Floats
    worst: float


def _reached(x: Cells | Dense, d: Floats, curve: Curve, totals: Floats, b: Floats) -> _Point:
    with np.errstate(over="ignore", invalid="ignore"):
        g, slope = curve(x.times(b))
        miss = totals - x.totals(d * g)
        worst = float(np.max(np.abs(miss) / (1 + np.abs(totals))))
    return _Point(b, g, slope, miss, worst)
