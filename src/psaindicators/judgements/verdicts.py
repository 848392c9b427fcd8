"""The words of verdicts, once, and the arithmetic behind them: what is at least what, and how much is significant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.intervals import t_quantile
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.significance import published_multiplier

Flags = NDArray[np.bool_]
Sizes = Floats | float

IMPROVED, DECLINED, NO_CHANGE = "improved", "declined", "no reportable change"
NOT_ASSESSED = "not assessed"
"""What a table of counts calls the rows whose verdict is empty."""
TARGET_MET, WITHIN_INTERVAL, SHORT = "target met", "target within the interval", "improved but short"
NOT_DUE, NOT_MEASURED = "not yet due", "not measured"
NOT_IMPROVED, NOT_YET = "not improved", "not yet assessed"
STRONG, SOME, NONE = "strong progress", "some progress", "no progress"
MOVEMENTS = (IMPROVED, DECLINED, NO_CHANGE)

COMPARED_DECIMALS = 9
"""To which both sides of "at least" are rounded: in floats 32.3 - 30.3 is less than 2."""


def at_least(left: Sizes, right: Sizes) -> Flags:
    """Return whether left >= right once both are rounded to 1e-9; false where either is missing (NaN)."""
    return np.asarray(np.round(left, COMPARED_DECIMALS) >= np.round(right, COMPARED_DECIMALS))


def reaches(change: Sizes, least: Sizes) -> Flags:
    """Return whether a change, either way, is at least `least`; no change reaches nothing, whatever the least is."""
    return np.asarray(at_least(np.abs(change), least) & (np.round(change, COMPARED_DECIMALS) != 0))


def movement_verdicts(towards: Sizes, reached: Flags) -> NDArray[np.object_]:
    """Return improved or declined where a change counts, else no reportable change; empty where it is missing (NaN).

    `towards` is the change in the better direction.
    """
    towards = np.asarray(towards, dtype=float)
    choices = [np.isnan(towards), reached & (towards > 0), reached & (towards < 0)]
    return np.select(choices, ["", IMPROVED, DECLINED], NO_CHANGE).astype(object)


def multipliers(level: Floats, df: Floats, printed: Flags) -> Floats:
    """Return how many standard errors make a margin, shape (rows,): t of the level (percent) and the df.

    Printed figures have the multiplier of official tables, 1.96 at 95%. NaN where the df is.
    """
    t = np.full(np.shape(df), np.nan)
    for one in np.unique(level):
        rows = (level == one) & ~np.isnan(df)
        t[rows] = t_quantile(0.5 + one / 200, df[rows])
        t[rows & printed] = published_multiplier(float(one))
    return t
