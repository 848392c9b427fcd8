"""How many standard errors an interval takes, and how surprising so many are."""

from __future__ import annotations

import numpy as np

from psaindicators.kernel.intervals import t_quantile
from psaindicators.kernel.keys import Floats

PUBLISHED = "published"
"""The method of an estimate made from printed figures."""
PUBLISHED_MULTIPLIER = 1.96
"""What official tables multiply a standard error by at 95%."""


def root(v: Floats) -> Floats:
    """Return the square root of a variance: 0 where rounding left it below 0, NaN where there is none."""
    return np.sqrt(np.maximum(v, 0.0))


def published_multiplier(level: float) -> float:
    """Return 1.96 at 95%, and the exact normal quantile at any other level."""
    return PUBLISHED_MULTIPLIER if level == 95 else float(t_quantile(0.5 + level / 200, np.array(np.inf)))


def f_p_value(f: float, df: float, df_error: float) -> float:
    """Return the chance of so large an F; NaN where df_error is 0, the chi-squared's where it is infinite."""
    from scipy.special import chdtrc, fdtrc

    if df_error <= 0:
        return np.nan
    return float(fdtrc(df, df_error, f) if np.isfinite(df_error) else chdtrc(df, df * f))


def p_value(change: Floats, se: Floats, df: Floats) -> Floats:
    """Return the two-sided p-value of a change against none, by Student's t (the normal where df is infinite).

    A change of 0 has p = 1, whatever its standard error; NaN where the standard error is.
    """
    from scipy.special import ndtr, stdtr

    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = -np.abs(change) / se
    finite = np.isfinite(df)
    tail = np.where(finite, stdtr(np.where(finite, df, 1.0), statistic), ndtr(statistic))
    return np.where(np.isfinite(se) & (change == 0), 1.0, 2 * tail)
