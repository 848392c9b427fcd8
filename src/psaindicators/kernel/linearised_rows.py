"""Variances and covariances of weighted totals of linearised variables held by respondent, not by PSU total.

What needs every respondent's own value comes here: covariances of several figures, and weights that were calibrated.
Source: R survey's svyrecvar (Lumley); for calibrated weights Deville and Sarndal (1992), as R's `calibrate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.linearise import Stage, design_stages
from psaindicators.kernel.totals import Counts, Floats, Frame, Totals, summed


@dataclass(frozen=True, eq=False)
class UnitTotals:
    """One stage's unit totals T of k variables, shape (units, k), and what their sums of squares are multiplied by.

    `stratum` (units,) and `lonely` (units,) place a unit; `n` (units,) counts its stratum's units; `c` (units,) is
    (1 - f) n / (n - 1) times the stage's factor, 0 where n is 1 (and 1 - f of a lonely unit under "centre");
    `factor`, of shape (k,) or (1,), multiplies the stage's variances.
    """

    z: Floats
    stratum: Counts
    lonely: NDArray[np.bool_]
    n: Counts
    c: Floats
    factor: Floats

    @property
    def of_strata(self) -> tuple[Floats, Floats]:
        """Sums of T over each stratum, (H, k), and c / n of each, (H,), for strata of more than one unit."""
        several = ~self.lonely & (self.n > 1)
        n_strata = int(self.stratum.max()) + 1
        weight = np.zeros(n_strata)
        weight[self.stratum[several]] = (self.c / self.n)[several]
        return summed(self.z.T, self.stratum, n_strata).T, weight


def row_stages(frame: Frame, lonely_psu: str) -> list[Stage]:
    """Return the stages of sampling with each respondent as a cell of its own. Raises DesignError as design_stages."""
    ones = np.ones(len(frame.weight), dtype=np.intp)
    none = np.empty((0, len(ones)))
    nobody = none.astype(np.intp)
    rows = Totals(
        frame.stratum, frame.units, frame.populations, (), ones, ones, nobody, nobody, none, none, none, none, none
    )
    return design_stages(rows, lonely_psu)


def variances(u: Floats, stages: Sequence[Stage], lonely_psu: str, holding: NDArray[np.bool_]) -> Floats:
    """Return the variance of the total of each column of u, (rows, k) to (k,).

    u is weight times linearised variable, 0 outside the domain. `holding` (rows, k) tells who is in the base of each
    column, which "average" needs: its factor is the strata that hold the base over those of them not lonely.
    """
    v = np.zeros(u.shape[1])
    for part in _unit_totals(u, stages, lonely_psu, holding):
        sums, weight = part.of_strata
        v += part.factor * np.maximum(part.c @ part.z**2 - weight @ sums**2, 0)
    return v


def covariances(u: Floats, stages: Sequence[Stage], lonely_psu: str, holding: NDArray[np.bool_]) -> Floats:
    """Return the covariance matrix of the totals of the columns of u, (rows, k) to (k, k), of one base (rows,)."""
    matrix = np.zeros((u.shape[1], u.shape[1]))
    for part in _unit_totals(u, stages, lonely_psu, holding[:, None]):
        sums, weight = part.of_strata
        matrix += part.factor * ((part.z.T * part.c) @ part.z - (sums.T * weight) @ sums)
    return matrix


def _unit_totals(
    u: Floats, stages: Sequence[Stage], lonely_psu: str, holding: NDArray[np.bool_]
) -> Iterator[UnitTotals]:
    for stage in stages:
        policy = lonely_psu if stage is stages[0] else "certainty"
        if stage.unit is None:
            z, stratum = u, stage.stratum
        else:
            first = np.unique(stage.unit, return_index=True)[1]
            z, stratum = summed(u.T, stage.unit, len(first)).T, stage.stratum[first]
        n, f, lonely = stage.n[stratum], stage.f[stratum], stage.lonely[stratum]
        c = np.where(n > 1, n / np.maximum(n - 1, 1), 0.0)
        if policy == "centre":
            c[lonely] = 1.0
            z = np.where(lonely[:, None], z - z.sum(axis=0) / len(z), z)
        factor = _average_factors(stage, holding) if policy == "average" else np.ones(1)
        yield UnitTotals(z, stratum, lonely, n, c * (1 - f) * stage.factor[stratum], factor)


def _average_factors(stage: Stage, holding: NDArray[np.bool_]) -> Floats:
    """Return strata over strata that are not lonely, among those that hold each column's base; shape (k,)."""
    held = summed(holding.T, stage.stratum, len(stage.n)) > 0
    strata, not_lonely = held.sum(axis=1), (held & ~stage.lonely).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(strata == not_lonely, 1.0, np.where(not_lonely > 0, strata / not_lonely, np.nan))
