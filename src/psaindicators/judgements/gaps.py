"""Differences of two figures, in percentage points: how far apart, how surely, and how far they would have to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from psaindicators.figures.scale import PERCENT, in_percent, in_proportions
from psaindicators.headings import Column
from psaindicators.judgements.verdicts import Flags, multipliers, reaches
from psaindicators.kernel.intervals import METHODS, NO_VARIANCE, Spread, exact
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.mover import Ends, least_significant, mover, p_value_of_ends
from psaindicators.kernel.significance import p_value


def shows_none(se: Floats) -> Flags:
    """Return where a standard error in percent shows no sampling error: 0%, 100%, no variance."""
    return np.asarray(in_proportions(se) ** 2 < NO_VARIANCE)


@dataclass(frozen=True, eq=False)
class Side:
    """One figure of each difference, in percent, with its own interval; arrays (rows,), NaN where there is none.

    `level` in percent, `interval` the method that low and high were made by, `base` the respondents.
    """

    value: Floats
    se: Floats
    low: Floats
    high: Floats
    level: Floats
    interval: NDArray[np.object_]
    df: Floats
    base: Floats

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> Self:
        """Return the figures in the columns of estimates."""
        return cls(**{one.name: columns[one.name] for one in fields(cls)})

    @property
    def flat(self) -> Flags:
        return shows_none(self.se)

    @property
    def alpha(self) -> Floats:
        return 1 - self.level / 100

    @property
    def ends(self) -> Ends:
        return Ends(self.value, self.low, self.high)

    def take(self, rows: Flags) -> Side:
        return Side(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})

    def at(self, alpha: Floats) -> Ends:
        """Return the figures with the ends that the same method gives at other alphas (0.05 for 95%)."""
        p, v = in_proportions(self.value), in_proportions(self.se) ** 2
        n = np.where(self.flat, self._respondents, self.base).astype(float)
        spread = Spread(p, v, self.df, n, n, alpha)
        methods = np.where(self.flat, "", self.interval)
        low, high = p.copy(), p.copy()
        for name in set(methods):
            rows = methods == name
            ends = METHODS[name] if name else exact
            low[rows], high[rows] = ends(spread.at(rows))
        return Ends(self.value, in_percent(np.clip(low, 0, 1)), in_percent(np.clip(high, 0, 1)))

    @property
    def _respondents(self) -> Floats:
        """Return how many respondents a flat figure's interval is made of: 1 - (alpha / 2)^(1/n) wide at 0 and 100%.

        They are the base, but base / deft^2 of a printed figure.
        """
        width = in_proportions(self.high - self.low)
        with np.errstate(divide="ignore", invalid="ignore"):
            of_width = np.log(self.alpha / 2) / np.log1p(-width)
        return np.where((self.value <= 0) | (self.value >= PERCENT), of_width, self.base)


@dataclass(frozen=True, eq=False)
class Gap:
    """Differences in percentage points with their ends; arrays (rows,), NaN where they are unknown.

    `least` is the smallest difference that is significant, and `p_value` below alpha where `value` reaches it. Where
    `flat`, a side shows no sampling error: there is no se and no df then.
    """

    value: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    least: Floats
    p_value: Floats
    flat: Flags

    def without(self, rows: Flags) -> Gap:
        """Return the differences, those of some rows as if they were unknown."""
        known = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "flat"}
        return Gap(**{name: np.where(rows, np.nan, cells) for name, cells in known.items()}, flat=self.flat & ~rows)


def gap(one: Side, other: Side, se: Floats, df: Floats, *, printed: Flags) -> Gap:
    """Return `other` less `one`, from the standard error of the difference and its degrees of freedom.

    The ends are value -+ t(df) se, with 1.96 at 95% where the figures are `printed`, and least = t se. Where a side
    shows no sampling error they are Zou and Donner's of the two sides' own intervals (see `mover`), and the p-value
    is the greatest alpha whose ends hold 0: 4 of 4 against 880 of 1,100 is 20 points with p = 0.82, where the other
    side's standard error alone says 3e-55 (Fisher's exact test: 1.0).
    """
    flat = one.flat | other.flat
    known = ~flat & np.isfinite(se) & (df > 0)
    se, df, value = np.where(known, se, np.nan), np.where(known, df, np.nan), other.value - one.value
    least = multipliers(other.level, df, printed) * se
    cells = {"value": np.where(known, value, np.nan), "se": se, "df": df, "low": value - least, "high": value + least}
    cells |= {"least": least, "p_value": p_value(value, se, df)}
    flat &= np.isfinite(one.low + one.high + other.low + other.high)
    if flat.any():
        for name, found in _from_ends(one.take(flat), other.take(flat)).items():
            cells[name][flat] = found
    return Gap(**cells, flat=flat)


def _from_ends(one: Side, other: Side) -> dict[str, Floats]:
    """Return the value, ends, least and p-value of differences from the ends of their sides."""
    ends = mover(one.ends, other.ends)
    least = least_significant(ends)
    p = p_value_of_ends(lambda alpha: mover(one.at(alpha), other.at(alpha)), len(least))
    p = np.where(reaches(ends.value, least), np.minimum(p, other.alpha), np.maximum(p, np.nextafter(other.alpha, 1)))
    return {"value": ends.value, "low": ends.low, "high": ends.high, "least": least, "p_value": p}
