"""The Rao-Scott test of a two-way table: Pearson's statistic made fit for a complex design; arrays in, numbers out.

Source: Rao and Scott (1984, Annals of Statistics 12, 46-60), as R survey's svychisq with statistic = "F".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from psaindicators.kernel.keys import Floats
from psaindicators.kernel.significance import f_p_value


@dataclass(frozen=True)
class RaoScott:
    """F, its two degrees of freedom and the chance of so large an F were rows and columns independent."""

    f: float
    df: float
    df_error: float
    p_value: float


def rao_scott(table: Floats, covariance: Floats, df: float) -> RaoScott:
    """Return the test of independence of a table of proportions, (r, c), with their covariance, (r c, r c).

    F = X / tr(D) with X = sum (p - p_row p_column)^2 / (p_row p_column) and the generalised design effects
    D = (C'P^-1 C)^-1 (C'P^-1 V P^-1 C), P the proportions on the diagonal, C the contrasts free of rows and columns. It
    has tr(D)^2 / tr(D D) degrees of freedom and `df` (the design's) times as many. NaN where df is 0.
    """
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    pearson = ((table - expected) ** 2 / expected).sum()
    contrasts = np.kron(_contrasts(len(table)), _contrasts(table.shape[1]))
    flat = table.ravel()
    scaled = contrasts * np.divide(1, flat, out=np.zeros_like(flat), where=flat > 0)[:, None]
    effects = np.linalg.solve(contrasts.T @ scaled, scaled.T @ covariance @ scaled)
    first, second = np.trace(effects), np.trace(effects @ effects)
    f, df_table = float(pearson / first), float(first**2 / second)
    if df <= 0:
        return RaoScott(np.nan, df_table, 0.0, np.nan)
    return RaoScott(f, df_table, df_table * df, f_p_value(f, df_table, df_table * df))


def _contrasts(n: int) -> Floats:
    """Return n - 1 contrasts among n categories, (n, n - 1), each column adding to 0."""
    return np.asarray(np.eye(n)[:, 1:] - 1 / n)
