"""Variances with calibrated weights: of what the calibration variables leave of a linearised variable.

A respondent has the initial weight d, the final weight w = g d, the calibration variables x and, for each figure of an
area, the linearised variable z, 0 outside the area. Its residual is e = z - x'B, B = (sum d x x')^-1 sum d x z, and
the variance is the ordinary one over w e in place of w z: Deville and Sarndal (1992, JASA 87, 376-382), as R's
`calibrate` and `postStratify`. It is a quadratic form Q of unit totals (see `linearise`), so

    v = Q(w z, w z) - 2 B'Q(w x, w z) + B'Q(w x, w x) B.

Outside its area a respondent's residual is -x'B, so the sums of z are over the area's own respondents, and Q(w x, w x)
is one matrix for all areas and figures: the cost hardly grows with the areas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from psaindicators.kernel.calibration_variables import Cells, Dense, inverse, sparse
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.figures import InCells, variable
from psaindicators.kernel.keys import Counts, Floats, numbered
from psaindicators.kernel.linearise import ROUNDING, coefficients
from psaindicators.kernel.lonely import of_stages
from psaindicators.kernel.stages import Stage
from psaindicators.kernel.totals import Frame, Measure, Pair, Totals, WithX, sums_under

if TYPE_CHECKING:
    from scipy.sparse import csr_array


def residuals(z: Floats, x: Cells | Dense, initial: Floats) -> Floats:
    """Return e = z - x'B of every respondent, (rows, k) to (rows, k), with z 0 outside the domain."""
    sums = np.stack([x.totals(x.gathered(initial * column)) for column in z.T], axis=1)
    slopes = inverse(x.gram(x.gathered(initial))) @ sums
    return z - np.stack([x.spread(x.times(slope)) for slope in slopes.T], axis=1)


@dataclass(frozen=True, eq=False)
class Form:
    """One stage's Q(p, q) = sum over units of c p q + L(p)'W L(q), and what it makes of the calibration variables.

    c (H,) is (1 - f) n / (n - 1) by stratum, of which W takes off c / n: L are the strata's sums. Where lonely units
    are centred L has two rows more, the mean of all units and c times the lonely ones, so that c (p - mean)(q - mean)
    is left of these. `of_sums` (L, H) makes L of the strata's sums. `units` (U, K) are the units' totals of w x, none
    where respondents are the units; `of_x` (L, K) is L(w x) and `xx` (K, K) is Q(w x, w x).
    """

    c: Floats
    of_sums: csr_array
    w: csr_array
    units: csr_array | None
    of_x: csr_array
    xx: Floats


@dataclass(frozen=True, eq=False)
class CalibratedFrame:
    """Respondents whose weights were made of `initial` ones, (rows,), to meet the population totals of x."""

    rows: Frame
    initial: Floats
    x: Cells | Dense
    lonely_psu: str

    def totals(self, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
        """Return totals, and those with x under d and, where respondents are the units, under w^2."""
        weights = [self.initial, *([self.rows.weight**2] if self.rows.keys.respondents_are_units else [])]
        cell, _ = self.rows.cells(domains)
        part, first = numbered([cell, self.x.of_row])
        pairs = _Pairs.of(cell[first], self.x.sparse[self.x.of_row[first]])
        under = pairs.sums(measures, part, weights)
        return replace(self.rows.totals(measures, domains), with_x=WithX(pairs.cell, pairs.column, under))

    def variances(self, figures: InCells, factors: Floats) -> Floats:
        """Return the variance of each figure of such totals, (I, D), the first stage's part times `factors` (I, D)."""
        areas = _Areas.of(figures, self.x.width)
        first, *others = (_StageOf(areas, *each) for each in zip(self.forms, figures.totals.stages, strict=True))
        found = []
        for z, factor in zip(areas.variables(), factors, strict=True):
            b = areas.with_x(z.d) @ self._inverse
            found.append(factor * first.variance(z, b) + sum(stage.variance(z, b) for stage in others))
        return np.stack(found)

    def explained(self, figures: InCells) -> Iterator[Floats]:
        """Yield what x explains of each figure's totals of w z of the first stage's units: B'(w x), (D, U)."""
        areas, units = _Areas.of(figures, self.x.width), self.forms[0].units
        assert units is not None
        for z in areas.variables():
            yield (units @ (areas.with_x(z.d) @ self._inverse).T).T

    @cached_property
    def _inverse(self) -> Floats:
        return inverse(self.x.gram(self.x.gathered(self.initial)))

    @cached_property
    def forms(self) -> list[Form]:
        """Q of every stage."""
        each = zip(self.rows.stages, of_stages(self.lonely_psu, self.rows.stages), strict=True)
        return [self._form(stage, centre=policy.centred) for stage, policy in each]

    def _form(self, stage: Stage, *, centre: bool) -> Form:
        c, off = coefficients(stage, centre=centre)
        of_sums, w = _over_strata(stage, c, off, centre=centre)
        x, weight, of_row = self.x.sparse, self.rows.weight, self.x.of_row
        of_x = of_sums @ sparse((weight, (stage.stratum, of_row)), (len(c), x.shape[0])) @ x
        if stage.unit is None:
            units, squares = None, self.x.gram(self.x.gathered(c[stage.stratum] * weight**2))
        else:
            of_unit = stage.of_units
            units = sparse((weight, (stage.unit, of_row)), (len(of_unit), x.shape[0])) @ x
            squares = (units.T @ units.multiply(c[of_unit, None]).tocsr()).toarray()
        return Form(c, of_sums, w, units, of_x, squares + (of_x.T @ w @ of_x).toarray())


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The N pairs of a cell and a column of x that is not 0 in it; `x` (N, F) is x of the F parts it makes of cells."""

    cell: Counts
    column: Counts
    x: csr_array

    @classmethod
    def of(cls, cell: Counts, x: csr_array) -> _Pairs:
        """Return the pairs of parts that lie in a `cell` (F,) and have x (F, K) each."""
        entries = x.tocoo()
        part, column = (along.astype(np.intp) for along in entries.coords)
        pair, first = numbered([cell[part], column])
        return cls(cell[part[first]], column[first], sparse((entries.data, (pair, part)), (len(first), len(cell))))

    def sums(self, measures: Sequence[Measure], part: Counts, weights: Sequence[Floats]) -> tuple[Pair, ...]:
        """Return the sums of y x and of q x, each (I, N), under each of some weights, of rows in each part."""
        each = [sums_under(measure, part, self.x.shape[1], weights) for measure in measures]
        return tuple(self._of_measures(same) for same in zip(*each, strict=True))

    def _of_measures(self, parts: Sequence[Pair]) -> Pair:
        y, q = (self.x @ np.stack(sums, axis=1) for sums in zip(*parts, strict=True))
        return y.T, q.T


@dataclass(frozen=True, eq=False)
class _Variable:
    """One figure's sums of w z and (w z)^2 over the cells of areas, and of d z x and w^2 z x over pairs: (P,) each."""

    w: Floats
    squares: Floats | None
    d: Floats
    ww: Floats | None


@dataclass(frozen=True, eq=False)
class _Inside:
    """What lies in an area, area after area: which ones, and where the D areas begin and end: (P,), (D + 1,)."""

    which: Counts
    ends: Counts

    @classmethod
    def of(cls, area: Counts, areas: int) -> _Inside:
        which = np.argsort(area, kind="stable")[np.count_nonzero(area < 0) :]
        return cls(which, np.cumsum(np.bincount(area[which] + 1, minlength=areas + 1)))

    def placed(self, values: Floats, column: Counts, width: int) -> csr_array:
        """Return values, (P,), each in the row of its area and in a `column` (P,): (D, width)."""
        return sparse((values, column, self.ends), (len(self.ends) - 1, width))

    def summed(self, values: Floats, columns: csr_array) -> csr_array:
        """Return the sums by area of values, (P,), times their rows of a matrix, (P, width): (D, width)."""
        found: csr_array = self.placed(values, np.arange(len(values)), len(values)) @ columns
        return found


@dataclass(frozen=True, eq=False)
class _Areas:
    """The cells of the areas of figures and their pairs with one of the `width` columns of x."""

    figures: InCells
    totals: WithX
    cells: _Inside
    pairs: _Inside
    width: int

    @classmethod
    def of(cls, figures: InCells, width: int) -> _Areas:
        area, count, totals = figures.cells.positions, len(figures.cells.values), figures.totals.with_x
        assert totals is not None
        return cls(figures, totals, _Inside.of(area, count), _Inside.of(area[totals.cell], count), width)

    @property
    def cell_of_pair(self) -> Counts:
        """The cell of each pair, (P,)."""
        return self.totals.cell[self.pairs.which]

    def variables(self) -> Iterator[_Variable]:
        """Yield the sums of each figure."""
        whole, (a, b), cell, pairs = (
            variable(self.figures),
            self.figures.cell_slopes,
            self.cell_of_pair,
            self.pairs.which,
        )
        for i, z in enumerate(whole.z):
            d, *ww = (a[i, cell] * y[i, pairs] + b[i, cell] * q[i, pairs] for y, q in self.totals.under)
            squares = None if whole.zz is None else whole.zz[i, self.cells.which]
            yield _Variable(z[self.cells.which], squares, d, ww[0] if ww else None)

    def with_x(self, values: Floats) -> csr_array:
        """Return values of the pairs, (P,), by area and column of x: (D, K)."""
        return self.pairs.placed(values, self.totals.column[self.pairs.which], self.width)


@dataclass(frozen=True, eq=False)
class _StageOf:
    """One stage of the design, over the cells of areas."""

    areas: _Areas
    form: Form
    stage: Stage

    def variance(self, z: _Variable, b: Floats) -> Floats:
        """Return Q(wz, wz) - 2 B'Q(wx, wz) + B'Q(wx, wx) B by area, (D,); what cancels to rounding is 0."""
        sums = self.areas.cells.summed(z.w, self._to_sums)
        squares, with_x = self._over_people(z) if self.stage.unit is None else self._over_units(z)
        own = squares + (sums * (sums @ self.form.w)).sum(axis=1)
        cross = ((with_x + sums @ self.form.w @ self.form.of_x).toarray() * b).sum(axis=1)
        of_x = ((b @ self.form.xx) * b).sum(axis=1)
        v = own - 2 * cross + of_x
        return np.where(v < ROUNDING * (own + of_x), 0.0, v)

    def _over_people(self, z: _Variable) -> tuple[Floats, csr_array]:
        """Return the sums over respondents of c (w z)^2, (D,), and of c w z w x, (D, K)."""
        assert z.squares is not None
        assert z.ww is not None
        c, stratum = self.form.c, self.stage.stratum
        squares = self.areas.cells.placed(c[stratum[self.areas.cells.which]] * z.squares, np.arange(len(z.w)), len(z.w))
        return np.asarray(squares.sum(axis=1)), self.areas.with_x(c[stratum[self.areas.cell_of_pair]] * z.ww)

    def _over_units(self, z: _Variable) -> tuple[Floats, csr_array]:
        """Return the sums over units of c (w z)^2, (D,), and of c w z w x, (D, K)."""
        assert self.form.units is not None
        units = self.areas.cells.summed(z.w, self._to_units)
        weighed = units.multiply(self.form.c[self.stage.of_units]).tocsr()
        return np.asarray((weighed * units).sum(axis=1)), weighed @ self.form.units

    @cached_property
    def _to_sums(self) -> csr_array:
        """What makes L of the cells, (P, L)."""
        strata = _one_each(self.stage.stratum[self.areas.cells.which], len(self.form.c))
        found: csr_array = strata @ self.form.of_sums.T
        return found

    @cached_property
    def _to_units(self) -> csr_array:
        """The unit of each cell, (P, U)."""
        assert self.stage.unit is not None
        return _one_each(self.stage.unit[self.areas.cells.which], len(self.stage.of_units))


def _over_strata(stage: Stage, c: Floats, off: Floats, *, centre: bool) -> tuple[csr_array, csr_array]:
    """Return what makes L of the sums of the strata, (L, H), and W, (L, L): see `Form`."""
    n, every = len(c), np.arange(len(c))
    if not (centre and stage.lonely.any()):
        return sparse((np.ones(n), (every, every)), (n, n)), sparse((-off, (every, every)), (n, n))
    lonely = np.where(stage.lonely, c, 0.0)
    ones, mean = np.ones(n), np.full(n, 1 / stage.n.sum())
    rows, columns = np.append(every, np.repeat([n, n + 1], n)), np.tile(every, 3)
    at = np.append(every, [n, n, n + 1]), np.append(every, [n, n + 1, n])
    of_sums = sparse((np.concatenate([ones, mean, lonely]), (rows, columns)), (n + 2, n))
    return of_sums, sparse((np.append(-off, [lonely.sum(), -1.0, -1.0]), at), (n + 2, n + 2))


def _one_each(column: Counts, width: int) -> csr_array:
    """Return a matrix with a one in a column of each row."""
    return sparse((np.ones(len(column)), column, np.arange(len(column) + 1)), (len(column), width))
