"""Weights that meet population totals: raking, calibration, post-stratification, trimming. Arrays only.

A respondent i has an initial weight d_i and a final weight w_i = g_i d_i, so that the weighted totals of the
calibration variables x_i meet those of the population: sum w_i x_i = T. The calibration variables
are the categories of weighting variables (`Cells`, never spread out over rows) or the columns of a dense array
(`Dense`).

Sources: Deming and Stephan (1940) for raking; Deville and Sarndal (1992, JASA 87, 376-382) for calibration
and its variance; R survey 4.5 (`rake`, `calibrate`, `postStratify`, `trimWeights`) for the reference numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bound = float | Floats
Bounds = tuple[Bound, Bound]
"""Lowest and highest g: of everybody, or of each cell."""

METHODS = ("linear", "raking", "logit")
RAKE_TOLERANCE = 1e-10
"""Largest correction of a finished sweep, relative to the total: a person in ten thousand million."""
CALIBRATION_TOLERANCE = 1e-11
"""Largest miss of a total, over 1 + total: the `epsilon` of the R reference runs."""
LOOKUP_ROOM = 4_000_000
"""Possible crossings up to which cells are found by counting; beyond it they are found by sorting."""
HALVINGS = 40
CUT_SLOPE = 1e-3
"""Slope that a Newton step takes for a g cut off at a bound: a category with all its g there comes back."""
RANK_TOLERANCE = 1e-11
"""Eigenvalues below this share of the largest are collinearity: each variable's categories add to everyone."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Categories of several weighting variables, each a calibration variable of 0 and 1, kept by distinct cell.

    Rows with the same category of every variable are one cell and get the same g, so iterations run over cells.

    of_row: (rows,) the cell of each row.
    columns: (variables, cells) the column of X that is 1 for the cell, for each weighting variable.
    sizes: the number of categories of each variable; column k of X is a category of the first variable while
        k < sizes[0], of the second while k < sizes[0] + sizes[1], and so on.
    """

    of_row: Ints
    columns: Ints
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, codes: Sequence[NDArray[np.integer]], sizes: Sequence[int]) -> Cells:
        """Return the cells of `codes`: for each variable the (rows,) category numbers, 0 to size less 1."""
        of_row, count = _crossed(codes, sizes)
        example = np.empty(count, dtype=np.intp)
        example[of_row] = np.arange(len(of_row))
        starts = np.cumsum([0, *sizes[:-1]])
        columns = [start + code[example].astype(np.intp) for start, code in zip(starts, codes, strict=True)]
        return cls(of_row, np.array(columns), tuple(sizes))

    def apart(self, groups: NDArray[np.integer], count: int) -> Cells:
        """Return cells of the same variables whose rows are alike in their group, 0 to `count` less 1, too."""
        finer = Cells.of([self.of_row, groups], [self.columns.shape[1], count])
        return Cells(finer.of_row, self.columns[:, finer.columns[0]], self.sizes)

    @property
    def width(self) -> int:
        """The number of columns of X: the categories of all variables."""
        return sum(self.sizes)

    @property
    def slices(self) -> list[slice]:
        """The columns of X that belong to each weighting variable."""
        ends = np.cumsum(self.sizes).tolist()
        return [slice(end - size, end) for size, end in zip(self.sizes, ends, strict=True)]

    def gathered(self, values: Floats) -> Floats:
        """Return the sums over the rows of each cell: (rows,) to (cells,)."""
        return np.asarray(np.bincount(self.of_row, values, self.columns.shape[1]))

    def spread(self, values: Floats) -> Floats:
        """Return each row's value from its cell's: (cells,) to (rows,)."""
        return values[self.of_row]

    def times(self, coefficients: Floats) -> Floats:
        """Return X b by cell: (width,) to (cells,)."""
        return np.asarray(coefficients[self.columns].sum(axis=0))

    def totals(self, values: Floats) -> Floats:
        """Return X'v: the sum of (cells,) values over each category, (width,)."""
        return np.asarray(sum(np.bincount(column, values, self.width) for column in self.columns))

    def gram(self, values: Floats) -> Floats:
        """Return X' diag(v) X, (width, width), from sums over pairs of categories of two variables."""
        found = np.diag(self.totals(values).astype(np.float64))
        parts = zip(self.columns, self.slices, strict=True)
        for (a, rows), (b, columns) in combinations(parts, 2):
            shape = rows.stop - rows.start, columns.stop - columns.start
            pair = (a - rows.start) * shape[1] + (b - columns.start)
            block = np.bincount(pair, values, shape[0] * shape[1]).reshape(shape)
            found[rows, columns], found[columns, rows] = block, block.T
        return found


@dataclass(frozen=True, eq=False)
class Dense:
    """A dense calibration matrix, (rows, columns), with the verbs of `Cells`; each row is its own cell."""

    matrix: Floats

    @property
    def width(self) -> int:
        """The number of columns of X."""
        return int(self.matrix.shape[1])

    def gathered(self, values: Floats) -> Floats:
        """Return the values as they are."""
        return values

    def spread(self, values: Floats) -> Floats:
        """Return the values as they are."""
        return values

    def times(self, coefficients: Floats) -> Floats:
        """Return X b, (rows,)."""
        return np.asarray(self.matrix @ coefficients)

    def totals(self, values: Floats) -> Floats:
        """Return X'v, (width,)."""
        return np.asarray(self.matrix.T @ values)

    def gram(self, values: Floats) -> Floats:
        """Return X' diag(v) X, (width, width)."""
        return np.asarray((self.matrix.T * values) @ self.matrix)


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
        step = _solved(x.gram(d * point.slope), point.miss)
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


def residuals(z: Floats, x: Cells | Dense, initial: Floats) -> Floats:
    """Return e = z less its least-squares projection on the calibration variables, weighted by initial d.

    z: (rows, k), zero outside the domain. The variance of a calibrated estimate is the ordinary formula over
    u = g d e in place of w z (Deville and Sarndal 1992, as R's `calibrate` and `postStratify`).
    """
    sums = np.stack([x.totals(x.gathered(initial * column)) for column in z.T], axis=1)
    slopes = _solved(x.gram(x.gathered(initial)), sums)
    return z - np.stack([x.spread(x.times(slope)) for slope in slopes.T], axis=1)


def household_weights(adults: ArrayLike) -> Floats:
    """Return weights for one adult drawn from each address: the adults there, scaled to a mean of 1, (rows,).

    One of a adults is drawn with chance 1/a, so an adult living alone is a times as likely to be heard.
    """
    count = np.asarray(adults, dtype=np.float64)
    return np.asarray(count / count.mean())


def kish_deff(weights: Floats) -> float:
    """Return Kish's design effect of unequal weights, n sum w^2 / (sum w)^2, over n weights above zero."""
    return float(np.count_nonzero(weights) * (weights @ weights) / weights.sum() ** 2)


def _crossed(codes: Sequence[NDArray[np.integer]], sizes: Sequence[int]) -> tuple[Ints, int]:
    crossing, room = codes[0].astype(np.intp), sizes[0]
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        crossing *= size
        crossing += code
        room *= size
        if room > LOOKUP_ROOM:
            found, crossing = np.unique(crossing, return_inverse=True)
            room = len(found)
    number = np.cumsum(np.bincount(crossing, minlength=room) > 0) - 1
    return number[crossing], int(number[-1]) + 1


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


def _solved(gram: Floats, right: Floats) -> Floats:
    scale = np.sqrt(np.where(np.diag(gram) > 0, np.diag(gram), 1.0))
    inverse = np.linalg.pinv(gram / np.outer(scale, scale), rcond=RANK_TOLERANCE, hermitian=True)
    return np.asarray((inverse @ (right.T / scale).T).T / scale).T
