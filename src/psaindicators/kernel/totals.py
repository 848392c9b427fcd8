"""PSU totals: the handful of sums over respondents from which every linearised percentage follows.

A cell is one sampling unit (or one stratum, where each respondent is a unit) crossed with one combination of the
domains asked for. Cells add up over any partition of the rows; squares of PSU totals are formed only after that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes
from psaindicators.kernel.keys import Bools, Counts, Floats, Keys, greatest, numbered, summed
from psaindicators.kernel.stages import Stage, stages_of


@dataclass(frozen=True, eq=False)
class Squares:
    """Sums over a cell's respondents of (w y)^2, w y q and q^2, q as in `Totals`; each of shape (I, C)."""

    yy: Floats
    yq: Floats
    qq: Floats


Pair = tuple[Floats, Floats]
"""The sums y and q of `Totals`."""


@dataclass(frozen=True, eq=False)
class WithX:
    """Sums with the calibration variables x over the respondents of a cell, under other weights than w.

    There are N pairs of a `cell` and a `column` of x that is not 0 in it; for each of the weights, `under` holds the
    sums of y x and of q x, each (I, N).
    """

    cell: Counts
    column: Counts
    under: tuple[Pair, ...]


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums over the respondents of each of C cells, for I measures.

    `keys` say where a cell lies in the design, `domains` its area in each breakdown (-1: in none). `respondents` and
    `weighted` (those of positive weight) have shape (C,). Of the rest, each of shape (I, C): `base` counts the
    denominator's respondents of positive weight, `numerator` those of them in a share's numerator (0 for amounts) and
    `answered` the denominator's of any weight; `y` is the sum of w y, y the numerator, and `q` of w (x - y) for a
    share, of w x for amounts, x the denominator; `weight` is the base's sum of weights and `largest` the largest of
    them. `squares` are there only where respondents themselves are the last stage's units, `with_x` only where weights
    were calibrated.
    """

    keys: Keys
    domains: tuple[Codes, ...]
    respondents: Counts
    weighted: Counts
    base: Counts
    answered: Counts
    numerator: Counts
    y: Floats
    q: Floats
    weight: Floats
    largest: Floats
    squares: Squares | None = None
    with_x: WithX | None = None

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of sampling of the whole design, over the cells."""
        return stages_of(self.keys, self.respondents)


@dataclass(frozen=True, eq=False)
class Measure:
    """Who counts for one figure and with how much; each of shape (rows,).

    `base` says who is in it and `y` holds the numerator, true or false for a share, an amount otherwise; `x` holds the
    denominator's amounts of a ratio, 1 for everyone where there are none. Amounts outside the base are not looked at.
    """

    base: Bools
    y: Bools | Floats
    x: Floats | None = None

    @property
    def is_share(self) -> bool:
        return self.y.dtype == np.bool_

    @property
    def parts(self) -> tuple[Floats, Floats]:
        """What each respondent adds, unweighted, to the totals Y and Q (see `Totals`); zeros outside the base."""
        if self.is_share:
            y = self.base & self.y.astype(bool, copy=False)
            return y.astype(float), (self.base & ~y).astype(float)
        x = 1.0 if self.x is None else self.x
        return np.where(self.base, self.y, 0.0).astype(float), np.where(self.base, x, 0.0)


@dataclass(frozen=True, eq=False)
class Frame:
    """The design of every row, held in arrays: the weight of shape (rows,), and keys over rows."""

    weight: Floats
    keys: Keys

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of sampling, each row a cell of its own."""
        return stages_of(self.keys, np.ones(len(self.weight), dtype=np.intp))

    def totals(self, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
        """Return the cells of every measure in one pass over the rows."""
        return psu_totals(self, measures, domains)

    def cells(self, domains: tuple[Codes, ...]) -> tuple[Counts, Counts]:
        """Return the cell of each row and the first row of each cell."""
        return numbered([codes.positions for codes in (*self.keys.codes, *domains)])


def psu_totals(frame: Frame, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
    """Return the cells of every measure in one pass over the rows."""
    cell, first = frame.cells(domains)
    n = len(first)
    sums = [_measure_sums(measure, cell, n, frame) for measure in measures]
    base, answered, numerator, y, q, weight, largest, *squares = (np.array([one[i] for one in sums]) for i in range(10))
    return Totals(
        keys=frame.keys.at(first),
        domains=tuple(domain.at(first) for domain in domains),
        respondents=np.bincount(cell, minlength=n),
        weighted=np.bincount(cell[frame.weight > 0], minlength=n),
        base=base,
        answered=answered,
        numerator=numerator,
        y=y,
        q=q,
        weight=weight,
        largest=largest,
        squares=Squares(*squares) if frame.keys.respondents_are_units else None,
    )


def _measure_sums(measure: Measure, cell: Counts, n: int, frame: Frame) -> list[NDArray[Any]]:
    if measure.is_share:
        return _share_sums(measure, cell, n, frame)
    inside, w = cell[measure.base], frame.weight[measure.base]
    y, q = (part[measure.base] * w for part in measure.parts)
    base = np.bincount(inside[w > 0], minlength=n)
    y_sum, q_sum, weight, *squares = (np.bincount(inside, values, n) for values in (y, q, w, y * y, y * q, q * q))
    answered = np.bincount(inside, minlength=n)
    return [base, answered, np.zeros(n, dtype=np.intp), y_sum, q_sum, weight, greatest(w, inside, n), *squares]


def sums_under(measure: Measure, cell: Counts, n: int, weights: Sequence[Floats]) -> list[Pair]:
    """Return the cells' sums of y and q under each of some other weights."""
    if measure.is_share:
        key = _answer_key(measure, cell)
        found = [_added(key, one, 3 * n).reshape(n, 3) for one in weights]
        return [(one[:, 2], one[:, 1]) for one in found]
    y, q = measure.parts
    return [(_added(cell, y * one, n), _added(cell, q * one, n)) for one in weights]


def _added(cell: Counts, values: Floats, n: int) -> Floats:
    return np.asarray(np.bincount(cell, values, n), dtype=float)


def _answer_key(measure: Measure, cell: Counts) -> Counts:
    """Return 3 x cell + whether a respondent is outside the base (0), in it (1) or in the numerator (2)."""
    return np.asarray(3 * cell + measure.base + (measure.base & measure.y.astype(bool, copy=False)))


def _share_sums(measure: Measure, cell: Counts, n: int, frame: Frame) -> list[NDArray[Any]]:
    key = _answer_key(measure, cell)

    def by_key(values: NDArray[Any] | None) -> NDArray[Any]:
        return np.bincount(key, values, 3 * n).reshape(n, 3)

    w = by_key(frame.weight)
    rows = by_key(None)
    based = rows if (frame.weight > 0).all() else by_key(frame.weight > 0).astype(np.intp)
    ww = by_key(frame.weight**2) if frame.keys.respondents_are_units else np.zeros((n, 3))
    return [
        based[:, 1] + based[:, 2],
        rows[:, 1] + rows[:, 2],
        based[:, 2],
        w[:, 2],
        w[:, 1],
        w[:, 1] + w[:, 2],
        greatest(frame.weight, key, 3 * n).reshape(n, 3)[:, 1:].max(axis=1),
        ww[:, 2],
        np.zeros(n),
        ww[:, 1],
    ]


def merge(parts: Sequence[Totals]) -> Totals:
    """Return the totals of all rows from those of the parts of any partition of the rows."""
    keys, domains = _joined_keys([part.keys for part in parts]), _each_joined([part.domains for part in parts])
    cell, first = numbered([codes.positions for codes in (*keys.codes, *domains)])

    def added(values: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return summed(np.concatenate(values, axis=-1), cell, len(first))

    return Totals(
        keys.at(first),
        tuple(domain.at(first) for domain in domains),
        added([part.respondents for part in parts]),
        added([part.weighted for part in parts]),
        added([part.base for part in parts]),
        added([part.answered for part in parts]),
        added([part.numerator for part in parts]),
        added([part.y for part in parts]),
        added([part.q for part in parts]),
        added([part.weight for part in parts]),
        greatest(np.concatenate([part.largest for part in parts], axis=-1), cell, len(first)),
        _merged_squares([part.squares for part in parts if part.squares is not None], added),
    )


def _merged_squares(parts: Sequence[Squares], added: Callable[[Sequence[Floats]], Floats]) -> Squares | None:
    yy, yq, qq = ([part.yy for part in parts], [part.yq for part in parts], [part.qq for part in parts])
    return Squares(added(yy), added(yq), added(qq)) if parts else None


def _joined_keys(parts: Sequence[Keys]) -> Keys:
    return Keys(
        _joined([part.stratum for part in parts]),
        _each_joined([part.units for part in parts]),
        _each_joined([part.populations for part in parts]),
    )


def _each_joined(parts: Sequence[tuple[Codes, ...]]) -> tuple[Codes, ...]:
    return tuple(_joined(same) for same in zip(*parts, strict=True))


def _joined(parts: Sequence[Codes]) -> Codes:
    position = {value: i for i, value in enumerate(dict.fromkeys(v for part in parts for v in part.values))}
    tables = [np.array([position[value] for value in part.values], dtype=np.intp) for part in parts]
    moved = [part.translate(table, -1) for part, table in zip(parts, tables, strict=True)]
    return Codes(tuple(position), np.concatenate(moved))
