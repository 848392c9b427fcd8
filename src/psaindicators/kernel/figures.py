"""The promise that every variance stands on: a figure is its value under any weights and its linearised variable z.

The weighted total of z moves with the sample as the figure does, so a design needs no more than these for the
variance of a share, a mean or a total, of the difference of two, or of a regression's coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Estimand, Linear, share
from psaindicators.kernel.keys import Bools, Counts, Floats, greatest, summed
from psaindicators.kernel.linearise import Sums, Variable, squares, stage_moments
from psaindicators.kernel.replicates import replicated
from psaindicators.kernel.stages import Stage
from psaindicators.kernel.totals import Measure, Totals


class Figures(Protocol):
    """I figures in each of D domains of one sample, a respondent adding to one domain at most."""

    @property
    def value(self) -> Floats:
        """The figures under the survey's own weights, (I, D), NaN where nobody is in the base."""

    @property
    def domain(self) -> Codes:
        """The domain that each respondent adds to, (rows,), -1 for none."""

    @property
    def bases(self) -> Bools:
        """Who is in the base of each figure, in a domain or not: (I, rows)."""

    @property
    def z(self) -> Floats:
        """The linearised variable of each respondent, unweighted and 0 outside the domains: (I, rows)."""

    def under(self, weights: Floats) -> Floats:
        """Return the figures under each of R weights, (R, rows) to (R, I, D), NaN where a weight leaves nobody."""


class InCells(Protocol):
    """I figures in each of D domains whose linearised variable follows from the totals of cells, whoever added up."""

    @property
    def value(self) -> Floats:
        """The figures, (I, D), NaN where nobody is in the base."""

    @property
    def totals(self) -> Totals:
        """The cells."""

    @property
    def cells(self) -> Codes:
        """The domain that each cell adds to, (C,), -1 for none."""

    @property
    def cell_slopes(self) -> tuple[Floats, Floats]:
        """The slopes a and b of z = a y + b q in each cell, 0 outside the domains: (I, C)."""

    def over(self, stage: Stage) -> Sums:
        """Return the sums of weighted z over the units of a stage."""


class Tabled(Figures, InCells, Protocol):
    """Figures of respondents in arrays, which follow from the totals of cells however many areas there are."""


@dataclass(frozen=True, eq=False)
class OfAreas:
    """Shares, means or totals in the D areas of one breakdown, the `at`-th of the totals'."""

    totals: Totals
    at: int
    estimand: Estimand

    @property
    def cells(self) -> Codes:
        return self.totals.domains[self.at]

    @cached_property
    def linear(self) -> Linear:
        """The figures and their slopes, each of shape (I, D)."""
        return self.estimand(*self._sums)

    @property
    def value(self) -> Floats:
        return self.linear.value

    @property
    def weight(self) -> Floats:
        """The base's sum of weights, (I, D): a share's is the Y + Q that it is divided by, to the last digit."""
        y, q = self._sums
        return y + q if self.estimand is share else by_domain(self.totals.weight, self.cells)

    @property
    def largest_share(self) -> Floats:
        """The largest weight in the base as a part of their sum, (I, D), NaN where there is no weight."""
        inside = self.cells.positions >= 0
        largest = greatest(self.totals.largest[:, inside], self.cells.positions[inside], len(self.cells.values))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(largest / by_domain(self.totals.weight, self.cells))

    @cached_property
    def _sums(self) -> tuple[Floats, Floats]:
        return by_domain(self.totals.y, self.cells), by_domain(self.totals.q, self.cells)

    def over(self, stage: Stage) -> Sums:
        return stage_moments(self.totals, stage, self.cells).along(self.linear)

    @property
    def variable(self) -> Variable:
        """The weighted linearised variable summed over each cell."""
        return variable(self)

    @property
    def cell_slopes(self) -> tuple[Floats, Floats]:
        return self.slopes(self.cells)

    def slopes(self, codes: Codes) -> tuple[Floats, Floats]:
        """Return the slopes a and b of the area of each cell or row, 0 outside: (C,) to (I, C)."""
        return _held(self.linear.a, codes), _held(self.linear.b, codes)


@dataclass(frozen=True, eq=False)
class ByArea(OfAreas):
    """Shares, means or totals of I measures of respondents in arrays; `domain` is each respondent's area."""

    measures: Sequence[Measure]
    domain: Codes

    @property
    def bases(self) -> Bools:
        return np.stack([measure.base for measure in self.measures])

    @property
    def z(self) -> Floats:
        a, b = self.slopes(self.domain)
        y, q = (np.stack(parts) for parts in zip(*(measure.parts for measure in self.measures), strict=True))
        return np.asarray(a * y + b * q)

    def under(self, weights: Floats) -> Floats:
        return replicated(weights, self.measures, self.domain, self.estimand)


@dataclass(frozen=True, eq=False)
class Apart:
    """The differences, `one` less `other`, of the figures in two breakdowns of the same totals, pair by pair.

    A cell may lie on both sides of one pair, not in two pairs.
    """

    one: ByArea
    other: ByArea

    @property
    def totals(self) -> Totals:
        return self.one.totals

    @property
    def cells(self) -> Codes:
        return _either(self.one.cells, self.other.cells)

    @property
    def value(self) -> Floats:
        return self.one.value - self.other.value

    @property
    def domain(self) -> Codes:
        return _either(self.one.domain, self.other.domain)

    @property
    def bases(self) -> Bools:
        return self.one.bases

    @property
    def z(self) -> Floats:
        return self.one.z - self.other.z

    def under(self, weights: Floats) -> Floats:
        return self.one.under(weights) - self.other.under(weights)

    @property
    def cell_slopes(self) -> tuple[Floats, Floats]:
        (a, b), (of_a, of_b) = self.one.cell_slopes, self.other.cell_slopes
        return a - of_a, b - of_b

    def over(self, stage: Stage) -> Sums:
        return self._variable.over(stage)

    @cached_property
    def _variable(self) -> Variable:
        return variable(self)


@dataclass(frozen=True, eq=False)
class Ratios:
    """The figures of I measures in D areas, and what their intervals need; each array has shape (I, D).

    `value` is the share, ratio, mean or total; `v` is its variance (NaN where it has none), `base` the respondents of
    positive weight, `answered` those of any weight, `weighted_base` the sum of weights; `strata` and `psus` hold the
    base (0 with replicate weights, which do not show it), `df` is that of the policy asked for (see `Held`).
    `largest_share` is the part of the weights that one respondent has, at most (0 where that is not known).
    """

    value: Floats
    v: Floats
    base: Counts
    answered: Counts
    weighted_base: Floats
    strata: Counts
    psus: Counts
    df: Floats
    unsure: Bools | bool = False
    largest_share: Floats | float = 0.0


def variable(figures: InCells) -> Variable:
    """Return z = a Y + b Q of each cell."""
    (a, b), totals = figures.cell_slopes, figures.totals
    people = totals.squares
    zz = None if people is None else squares(a, b, people.yy, people.yq, people.qq)
    return Variable(figures.cells, totals.answered, a * totals.y + b * totals.q, zz)


def by_domain(values: NDArray[Any], domain: Codes) -> NDArray[Any]:
    """Return the sums of cells over the areas of a breakdown: (..., C) to (..., D)."""
    inside = domain.positions >= 0
    return summed(values[..., inside], domain.positions[inside], len(domain.values))


def _held(slopes: Floats, codes: Codes) -> Floats:
    known = np.where(np.isfinite(slopes), slopes, 0.0)
    return np.where(codes.positions >= 0, known[:, codes.positions], 0.0)


def _either(one: Codes, other: Codes) -> Codes:
    return Codes(one.values, np.where(one.positions >= 0, one.positions, other.positions))
