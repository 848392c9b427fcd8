"""Figures of larger areas from those of the areas in them, where weights were scaled within each area."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes
from psaindicators.kernel.combining import population_weighted
from psaindicators.kernel.linearise import Ratios
from psaindicators.survey.breakdowns import containing


def combined(areas: Ratios, smaller: Codes, larger: Codes, populations: NDArray[np.float64]) -> Ratios:
    """Return the larger areas' ratios: p = sum W p / sum W and v = sum (W / sum W)^2 v over the smaller areas.

    `populations` W has shape (smaller areas,). Only areas with respondents are combined; one of them without a value
    leaves the larger area without one. `weighted_base` is the population of the areas combined.
    """
    inside_of = containing(smaller, larger)
    present = np.bincount(smaller.positions[smaller.positions >= 0], minlength=len(smaller.values)) > 0
    members = [np.flatnonzero((inside_of == i) & present) for i in range(len(larger.values))]
    pairs = [_whole(areas, rows, populations) for rows in members]
    added = {
        name: np.stack([getattr(areas, name)[:, rows].sum(axis=1) for rows in members], axis=1)
        for name in ("base", "answered", "strata", "psus", "df")
    }
    whole = np.array([populations[rows].sum() for rows in members])
    return Ratios(
        p=np.stack([p for p, _ in pairs], axis=1),
        v=np.stack([v for _, v in pairs], axis=1),
        weighted_base=np.broadcast_to(whole, added["base"].shape),
        **added,
    )


def _whole(areas: Ratios, rows: NDArray[np.intp], populations: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    if not len(rows):
        return (np.full(len(areas.p), np.nan),) * 2
    p, v = population_weighted(areas.p[:, rows].T, areas.v[:, rows].T, populations[rows])
    return p.astype(float), v.astype(float)
