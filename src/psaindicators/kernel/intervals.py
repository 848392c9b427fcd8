"""Confidence intervals for a proportion under a complex design; numbers in, numbers out.

Source: R survey's svyciprop (methods mean, xlogit, wilson, beta, asin); beta is Korn and Graubard (1998).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.keys import Floats

NO_VARIANCE = 1e-16
MANY = 500
"""Degrees of freedom from which the quantile of t is a short series about the normal's."""
VAST = 1e100
"""No quantile of t is taken for more: certainty itself, an alpha of 0, has an infinite one."""


@dataclass(frozen=True, eq=False)
class Spread:
    """What an interval needs: proportions p, variances v, df (infinite for the normal), the rows that answered,
    the base, and alpha (0.05 for 95%, or one for each); arrays of one shape, v > 0 and 0 < p < 1 but for `exact`."""

    p: Floats
    v: Floats
    df: Floats
    answered: Floats
    base: Floats
    alpha: float | Floats

    @property
    def t(self) -> Floats:
        return t_quantile(1 - self.alpha / 2, self.df)

    def at(self, keep: NDArray[np.bool_]) -> Spread:
        arrays = (self.p, self.v, self.df, self.answered, self.base)
        p, v, df, answered, base = (array[keep] for array in arrays)
        alpha = self.alpha if isinstance(self.alpha, float) else self.alpha[keep]
        return Spread(p, v, df, answered, base, alpha)


Ends = tuple[Floats, Floats]


def t_quantile(probability: float | Floats, df: Floats) -> Floats:
    """Return the quantile of Student's t; infinite df is the normal, df of 0 or less NaN.

    From `MANY` df on it is a series in 1 / df (Abramowitz and Stegun 26.7.5), right to 2e-14 at 95% and to 4e-12 at
    99.99%: SciPy, which takes a third of a second to import, is then not needed.
    """
    df = np.asarray(df, dtype=float)
    if not isinstance(probability, float):
        return np.minimum(_t_of_each(probability, df), VAST)
    many = df >= MANY
    t = _t_of_many(NormalDist().inv_cdf(probability), np.where(many, df, np.inf))
    return t if many.all() else np.where(many, t, _t_of_few(probability, df))


def _t_of_many(x: float, df: Floats) -> Floats:
    square = x * x
    terms = (
        (square + 1) / 4,
        ((5 * square + 16) * square + 3) / 96,
        (((3 * square + 19) * square + 17) * square - 15) / 384,
        ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92160,
    )
    return x * (1 + sum((term / df**power for power, term in enumerate(terms, start=1)), np.zeros(df.shape)))


def _t_of_few(probability: float, df: Floats) -> Floats:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, probability))


def _t_of_each(probabilities: Floats, df: Floats) -> Floats:
    from scipy.special import ndtri, stdtrit

    finite = np.isfinite(df)
    return np.where(finite, stdtrit(np.where(finite, df, 1.0), probabilities), ndtri(probabilities))


def wald(s: Spread) -> Ends:
    """p -+ t sqrt(v): the plus or minus of official tables."""
    half = s.t * np.sqrt(s.v)
    return s.p - half, s.p + half


def logit(s: Spread) -> Ends:
    """The Wald interval of log(p / (1 - p)), brought back; its standard error is sqrt(v) / (p (1 - p))."""
    half = s.t * np.sqrt(s.v) / (s.p * (1 - s.p))
    log_odds = np.log(s.p) - np.log1p(-s.p)
    return np.exp(-np.logaddexp(0, half - log_odds)), np.exp(-np.logaddexp(0, -half - log_odds))


def wilson(s: Spread) -> Ends:
    """Wilson's score interval with p (1 - p) / v in place of the sample size and t in place of z."""
    n = s.p * (1 - s.p) / s.v
    tt = s.t**2
    centre = (s.p + tt / (2 * n)) / (1 + tt / n)
    half = s.t * np.sqrt(s.p * (1 - s.p) / n + tt / (4 * n**2)) / (1 + tt / n)
    return centre - half, centre + half


def asin(s: Spread) -> Ends:
    """The Wald interval of arcsin(sqrt(p)), its ends kept within [0, pi/2], brought back."""
    half = s.t * np.sqrt(s.v) / (2 * np.sqrt(s.p * (1 - s.p)))
    angle = np.arcsin(np.sqrt(s.p))
    low, high = (np.clip(end, 0, np.pi / 2) for end in (angle - half, angle + half))
    return np.sin(low) ** 2, np.sin(high) ** 2


def beta(s: Spread) -> Ends:
    """Korn and Graubard's interval: Clopper-Pearson on n* = p (1 - p) / v x (t(m - 1) / t(df))^2, m the rows."""
    t_rows = t_quantile(1 - s.alpha / 2, s.answered - 1)
    return _clopper_pearson(s.p, s.p * (1 - s.p) / s.v * (t_rows / s.t) ** 2, s.alpha)


def exact(s: Spread) -> Ends:
    """Korn and Graubard's interval where the variance says nothing (0%, 100%, no variance): n* is the base."""
    return _clopper_pearson(s.p, s.base, s.alpha)


def _clopper_pearson(p: Floats, n: Floats, alpha: float | Floats) -> Ends:
    from scipy.special import betaincinv

    inside = [np.maximum(shape, 1e-300) for shape in (n * p, n * (1 - p))]
    low = betaincinv(inside[0], inside[1] + 1, alpha / 2)
    high = betaincinv(inside[0] + 1, inside[1], 1 - alpha / 2)
    return np.where(p <= 0, 0.0, low), np.where(p >= 1, 1.0, high)


METHODS: dict[str, Callable[[Spread], Ends]] = {
    "wald": wald,
    "logit": logit,
    "wilson": wilson,
    "beta": beta,
    "asin": asin,
}


def interval(method: str, s: Spread) -> tuple[Floats, Floats, NDArray[np.object_]]:
    """Return the low and high ends and the method that each row's interval holds, never outside 0 to 1.

    At p = 0 or 1, or where v is 0, every method gives way to `exact`; wald gives way to `beta` where an end would
    leave 0 to 1. Rows whose p or v is NaN, or whose df is 0, have no interval and an empty method.
    """
    low, high = np.full(s.p.shape, np.nan), np.full(s.p.shape, np.nan)
    used = np.full(s.p.shape, "", dtype=object)

    def fill(rows: NDArray[np.bool_], name: str, ends: Callable[[Spread], Ends]) -> None:
        if rows.any():
            low[rows], high[rows] = ends(s.at(rows))
            used[rows] = name

    known = np.isfinite(s.p) & np.isfinite(s.v) & (s.df > 0)
    flat = known & ((s.p <= 0) | (s.p >= 1) | (s.v < NO_VARIANCE))
    fill(known & ~flat, method, METHODS[method])
    fill(flat, "beta", exact)
    if method == "wald":
        fill(known & ~flat & ((low < 0) | (high > 1)), "beta", beta)
    return low, high, used
