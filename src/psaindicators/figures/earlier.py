"""What an earlier release shows and withholds of a wave that is published again: a reader has both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.policies import Policy
from psaindicators.errors import OutputError
from psaindicators.figures.estimates import Estimates, narrowing, share_of
from psaindicators.figures.withholding import ALIKE, Before
from psaindicators.headings import Column
from psaindicators.kernel.keys import Bools, Counts, Floats
from psaindicators.survey.linked import LinkedCells

NO_LEAST = (0, 0, 0)


class EarlierRow(NamedTuple):
    """What an earlier release says of one cell: its base, NaN where that is not shown, and whether it `shows` figures.

    `among` says of whom of the respondents they are, where that is not all of them.
    """

    indicator: str
    by: str
    area: str
    among: str
    base: float
    shows: bool


@dataclass(frozen=True, eq=False)
class Earlier:
    """What an earlier release says of one wave, with its indicators as they were defined then.

    `least` are the least base, numerator and complement that it showed; its bases are multiples of `round_to`.
    """

    name: str
    rows: tuple[EarlierRow, ...]
    indicators: Mapping[str, Indicator]
    least: tuple[int, int, int] = NO_LEAST
    round_to: int = 1

    @property
    def by(self) -> tuple[str, ...]:
        """The breakdowns that it is by."""
        return tuple(dict.fromkeys(row.by for row in self.rows))


@dataclass(frozen=True, eq=False)
class _Placed:
    """Rows of an earlier release with the cells of this one that they are of; each (rows,).

    `own` is which of this release's indicators has the row's id, -1 where none has; `same` where that one is of the
    same respondents by the same definition. `now` is what the base would be shown as today, NaN where `own` is -1.
    """

    indicator: Column
    cell: Counts
    base: Floats
    shows: Bools
    own: Counts
    same: Bools
    now: Floats

    @property
    def unchanged(self) -> Bools:
        return np.asarray(np.isnan(self.base) | (self.base == self.now))


def to_multiple(counts: Column, multiple: int) -> Column:
    """Return counts rounded to the nearest multiple, a half up."""
    return np.asarray(multiple * np.floor(counts / multiple + 0.5))


def said_before(earlier: Iterable[Earlier], estimates: Estimates, linked: LinkedCells, policy: Policy) -> Before | None:
    """Return what earlier releases say of the cells of this one, None where there is no release.

    A reader who has a cell's figures from an earlier release has them of this one where the base is the same; where
    they stand without their base, as in a movement, the value may give it away. Where fewer respondents than the
    policy's least base were added or taken away, the difference would tell of these. Raises OutputError where a release
    holds the wave and no area of it.
    """
    found = [_said(one, _placed(one, estimates, linked), linked, policy) for one in earlier]
    return reduce(Before.__or__, found) if found else None


def _said(one: Earlier, placed: _Placed, linked: LinkedCells, policy: Policy) -> Before:
    shape, own = linked.base.shape, placed.own
    by_few = (np.abs(placed.base - placed.now) < policy.base) & ~placed.unchanged
    shown = _marked(shape, own, placed.cell, placed.shows & placed.same & placed.unchanged)
    few = _marked(shape, own, placed.cell, placed.shows & (own >= 0) & by_few)
    withheld = _marked(shape, own, placed.cell, placed.same & ~placed.shows)
    return Before(
        shown=shown,
        bases=(shown | _bases(placed, linked)) & ~few.any(axis=0),
        withheld=withheld,
        least=np.array(one.least)[:, None, None] * withheld,
        few=few,
    )


def _marked(shape: tuple[int, ...], own: Counts, cell: Counts, rows: Bools) -> Bools:
    marked = np.zeros(shape, dtype=bool)
    marked[own[rows], cell[rows]] = True
    return marked


def _bases(placed: _Placed, linked: LinkedCells) -> Bools:
    """Return the cells whose base a reader has from a release, of the indicator or of another of the same people."""
    known = np.zeros(linked.base.shape, dtype=bool)
    has = placed.shows & ~np.isnan(placed.base) & (placed.unchanged | (placed.own < 0) | ~placed.same)
    for name in dict.fromkeys(placed.indicator[has].tolist()):
        rows = has & (placed.indicator == name)
        cells, most = placed.cell[rows], placed.base[rows].max()
        of_ours = linked.base[:, cells].max(axis=1)
        alike = np.minimum(of_ours, most) >= ALIKE * np.maximum(of_ours, most)
        known[np.ix_(alike, cells)] = True
    return known


def _placed(one: Earlier, estimates: Estimates, linked: LinkedCells) -> _Placed:
    cells = {key: c for c, key in enumerate(zip(linked.by, map(str, linked.area), strict=True)) if key[0]}
    numbers = {name: i for i, name in enumerate(estimates.indicators)}
    same_as = {name for name in numbers if _same_measure(name, one, estimates)}
    among = narrowing(estimates.columns["method"][0])
    rows = [(row, cells[row.by, row.area]) for row in one.rows if (row.by, row.area) in cells]
    if not rows:
        raise OutputError(
            f"{one.name} holds another {estimates.wave_name}: none of its areas is among those of this outturn; name "
            "under previous the folder of the same survey's outturn"
        )
    cell = np.array([c for _, c in rows], dtype=np.intp)
    own = np.array([numbers.get(row.indicator, -1) for row, _ in rows], dtype=np.intp)
    return _Placed(
        np.array([row.indicator for row, _ in rows], dtype=object),
        cell,
        np.array([row.base for row, _ in rows], dtype=float),
        np.array([row.shows for row, _ in rows], dtype=bool),
        own,
        np.array([row.indicator in same_as and row.among == among for row, _ in rows], dtype=bool),
        np.where(own < 0, np.nan, to_multiple(linked.base[own, cell], one.round_to)),
    )


def _same_measure(name: str, one: Earlier, estimates: Estimates) -> bool:
    """Return whether an indicator was of the same respondents and answers in an earlier release."""
    then, now = one.indicators.get(name), estimates.indicators[name]
    year = int(estimates.columns["wave"][0])
    return then is not None and share_of(then, year) == share_of(now, year)
