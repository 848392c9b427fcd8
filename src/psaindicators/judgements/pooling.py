"""The mean change of many areas, which chance moves far less than each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from psaindicators.kernel.freedom import satterthwaite
from psaindicators.kernel.intervals import t_quantile
from psaindicators.kernel.keys import Floats

NEEDED = ("change", "se", "df", "low", "high", "level")


@dataclass(frozen=True)
class Pooled:
    """The mean of some areas' changes with its interval, in percentage points; NaN where it cannot be had."""

    change: float = np.nan
    low: float = np.nan
    high: float = np.nan


UNKNOWN = Pooled()


def pooled(movements: Sequence[Any]) -> Pooled:
    """Return the mean change of the rows of movements, each area counting the same and sampled on its own.

    With n areas, v = sum of v_i / n^2, df is Satterthwaite's and the ends are mean -+ t(df) sqrt(v). A change that has
    no se, because a wave shows no sampling error, adds its own distance to either end, squared, in place of t^2 v_i
    (Zou and Donner 2008). Of 100 areas that all rose by 3 points, with 1,100 respondents a wave, none need be
    significant (2.1 points of se each), and their mean is 14 of its standard errors from 0.
    """
    known = [row for row in movements if all(hasattr(row, name) for name in NEEDED)]
    if not known:
        return UNKNOWN
    change, se, df, low, high, level = (np.array([getattr(row, name) for row in known], float) for name in NEEDED)
    sampled = np.isfinite(se)
    half = _half(se[sampled] ** 2, df[sampled], float(level[0])) if sampled.any() else 0.0
    mean = float(change.mean())
    down, up = (np.hypot(half, np.linalg.norm((end - change)[~sampled])) / len(known) for end in (low, high))
    return Pooled(mean, mean - float(down), mean + float(up))


def _half(v: Floats, df: Floats, level: float) -> float:
    """Return t(df) sqrt(sum v), with Satterthwaite's df."""
    return float(t_quantile(0.5 + level / 200, satterthwaite(v, df)) * np.sqrt(v.sum()))
