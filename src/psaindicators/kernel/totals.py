"""PSU totals: the handful of sums over respondents from which every linearised percentage follows.

A cell is one sampling unit (or one stratum, where each respondent is a unit) crossed with one combination of the
domains asked for. Cells add up over any partition of the rows; squares of PSU totals are formed only after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums over the respondents of each of C cells, for I measures.

    The keys say where a cell lies: its stratum, its unit and population count at each stage, its area in each
    breakdown (-1: in none). `respondents` and `weighted` (those of positive weight) have shape (C,). Of the rest,
    each of shape (I, C): `base` counts the denominator's respondents of positive weight and `answered` all of them;
    `y` is the sum of w y, y the numerator, and `q` of w (x - y) for a share, of w x for amounts, x the denominator;
    `yy`, `yq` and `qq` are the sums of their squares and product, there only where respondents themselves are the
    last stage's units.
    """

    stratum: Codes
    units: tuple[Codes, ...]
    populations: tuple[Codes, ...]
    domains: tuple[Codes, ...]
    respondents: Counts
    weighted: Counts
    base: Counts
    answered: Counts
    y: Floats
    q: Floats
    yy: Floats | None = None
    yq: Floats | None = None
    qq: Floats | None = None

    @property
    def stages(self) -> int:
        """How many stages of sampling the variance has: one, or one for each population count."""
        return max(1, len(self.populations))

    @property
    def squares(self) -> tuple[Floats, Floats, Floats]:
        """The sums of squares and product, where respondents are the last stage's units."""
        assert self.yy is not None
        assert self.yq is not None
        assert self.qq is not None
        return self.yy, self.yq, self.qq

    @property
    def keys(self) -> tuple[Codes, ...]:
        return (self.stratum, *self.units, *self.populations, *self.domains)


@dataclass(frozen=True, eq=False)
class Measure:
    """Who counts for one figure and with how much; each of shape (rows,).

    `base` says who is in it and `y` holds the numerator, true or false for a share, an amount otherwise; `x` holds the
    denominator's amounts of a ratio, 1 for everyone where there are none. Amounts outside the base are not looked at.
    """

    base: NDArray[np.bool_]
    y: NDArray[np.bool_] | Floats
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
    """The design of every row: keys as in `Totals`, each over rows, and the weight of shape (rows,)."""

    weight: Floats
    stratum: Codes
    units: tuple[Codes, ...]
    populations: tuple[Codes, ...]

    @property
    def respondents_are_units(self) -> bool:
        return len(self.units) < max(1, len(self.populations))


def psu_totals(frame: Frame, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
    """Return the cells of every measure in one pass over the rows."""
    keys = (frame.stratum, *frame.units, *frame.populations, *domains)
    cell, first = numbered([key.positions for key in keys])
    here = [Codes(key.values, key.positions[first]) for key in keys]
    n_units, n_populations = len(frame.units), len(frame.populations)
    positive = frame.weight > 0
    sums = [_measure_sums(measure, cell, len(first), frame) for measure in measures]
    stacked = [np.array([one[i] for one in sums]) for i in range(7)]
    squares = stacked[4:] if frame.respondents_are_units else [None] * 3
    return Totals(
        here[0],
        tuple(here[1 : 1 + n_units]),
        tuple(here[1 + n_units : 1 + n_units + n_populations]),
        tuple(here[1 + n_units + n_populations :]),
        np.bincount(cell, minlength=len(first)),
        np.bincount(cell[positive], minlength=len(first)),
        *stacked[:4],
        *squares,
    )


def numbered(parts: Sequence[Counts]) -> tuple[Counts, Counts]:
    """Return for each row the number of its combination of positions, and the first row of each combination."""
    ids = np.zeros(len(parts[0]), dtype=np.intp)
    n = 1
    for part in parts:
        width = int(part.max(initial=-1)) + 2
        if width == 2 and part.min(initial=0) == 0:
            continue
        ids, n = _compact(ids * width + (part + 1), n * width)
    first = np.empty(n, dtype=np.intp)
    first[ids[::-1]] = np.arange(len(ids))[::-1]
    return ids, first


def _compact(key: Counts, size: int) -> tuple[Counts, int]:
    if size > 8 * len(key) + 100_000:
        values, ids = np.unique(key, return_inverse=True)
        return ids, len(values)
    used = np.bincount(key, minlength=size) > 0
    return (np.cumsum(used) - 1)[key], int(used.sum())


def _measure_sums(measure: Measure, cell: Counts, n: int, frame: Frame) -> list[NDArray[Any]]:
    if measure.is_share:
        return _share_sums(measure, cell, n, frame)
    inside, w = cell[measure.base], frame.weight[measure.base]
    y, q = (part[measure.base] * w for part in measure.parts)
    base = np.bincount(inside[w > 0], minlength=n)
    sums = (np.bincount(inside, values, n) for values in (y, q, y * y, y * q, q * q))
    return [base, np.bincount(inside, minlength=n), *sums]


def _share_sums(measure: Measure, cell: Counts, n: int, frame: Frame) -> list[NDArray[Any]]:
    """Sum by whether a respondent is outside the base (0), in it (1) or in the numerator (2)."""
    numerator = measure.base & measure.y.astype(bool, copy=False)
    key = 3 * cell + measure.base + numerator

    def summed(values: NDArray[Any] | None) -> NDArray[Any]:
        return np.bincount(key, values, 3 * n).reshape(n, 3)

    w = summed(frame.weight)
    rows = summed(None)
    based = rows if (frame.weight > 0).all() else summed(frame.weight > 0).astype(np.intp)
    ww = summed(frame.weight**2) if frame.respondents_are_units else np.zeros((n, 3))
    return [
        based[:, 1] + based[:, 2],
        rows[:, 1] + rows[:, 2],
        w[:, 2],
        w[:, 1],
        ww[:, 2],
        np.zeros(n),
        ww[:, 1],
    ]


def merge(parts: Sequence[Totals]) -> Totals:
    """Return the totals of all rows from those of the parts of any partition of the rows."""
    keys = [_joined([part.keys[i] for part in parts]) for i in range(len(parts[0].keys))]
    cell, first = numbered([key.positions for key in keys])
    here = [Codes(key.values, key.positions[first]) for key in keys]
    n_units, n_populations = len(parts[0].units), len(parts[0].populations)

    def added(name: str) -> NDArray[Any] | None:
        if getattr(parts[0], name) is None:
            return None
        values = np.concatenate([getattr(part, name) for part in parts], axis=-1)
        return summed(values, cell, len(first))

    names = ("respondents", "weighted", "base", "answered", "y", "q", "yy", "yq", "qq")
    return Totals(
        here[0],
        tuple(here[1 : 1 + n_units]),
        tuple(here[1 + n_units : 1 + n_units + n_populations]),
        tuple(here[1 + n_units + n_populations :]),
        **{name: added(name) for name in names},  # type: ignore[arg-type]
    )


def _joined(parts: Sequence[Codes]) -> Codes:
    position = {value: i for i, value in enumerate(dict.fromkeys(v for part in parts for v in part.values))}
    tables = [np.array([position[value] for value in part.values], dtype=np.intp) for part in parts]
    moved = [part.translate(table, -1) for part, table in zip(parts, tables, strict=True)]
    return Codes(tuple(position), np.concatenate(moved))


def summed(values: NDArray[Any], ids: Counts, n: int) -> NDArray[Any]:
    """Return sums over the last axis by `ids`: (..., C) to (..., n), whole numbers staying whole."""
    added = [np.bincount(ids, values[at], n) for at in np.ndindex(values.shape[:-1])]
    return np.array(added).reshape(*values.shape[:-1], n).astype(values.dtype, copy=False)
