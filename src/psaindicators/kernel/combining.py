"""Estimates of a larger area from those of the areas that make it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import DesignError
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.freedom import satterthwaite
from psaindicators.kernel.keys import Counts, Floats


def population_weighted(values: Floats, variances: Floats, populations: Floats) -> tuple[Floats, Floats]:
    """Return the value and variance of a whole from its areas: sum W p / sum W and sum (W / sum W)^2 v.

    `values` p and `variances` v have shape (areas, ...), in any one unit (and its square), each area sampled
    on its own; `populations` W, known without error, shape (areas,). The results have the shape (...): one
    figure per column. An area without a value (NaN) leaves the whole without one. Combining in steps, with
    summed populations, gives the same. Raises DesignError for a population that is not a positive number.
    Source: the county results of the Place Survey 2008, derived from their districts.
    """
    bad = np.flatnonzero(~((populations > 0) & np.isfinite(populations)))
    if bad.size or not populations.size:
        found = ", ".join(f"area {i + 1}: {populations[i]:g}" for i in bad) or "no areas"
        raise DesignError(f"every area needs a population above 0 to be combined; found {found}")
    share = populations / populations.sum()
    return np.tensordot(share, values, axes=1), np.tensordot(share**2, variances, axes=1)


def combined_areas(areas: Ratios, members: Sequence[Counts], populations: NDArray[np.float64]) -> Ratios:
    """Return the figures of larger areas from those of the areas that are `members` of each, by population.

    `populations` W, of each figure's areas, has shape (I, areas). Values and variances are those of
    `population_weighted`, NaN without members or where one has no value; df is Satterthwaite's of the members' shares
    of the variance (their sum would cover the truth in 80% of draws, not 95%, where one of them has 3 PSUs);
    `weighted_base` is the members' population, `largest_share` the largest of theirs times their part of it, all else
    their sum.
    """

    def added(of_areas: NDArray[Any]) -> NDArray[Any]:
        sums = [of_areas[:, rows].sum(axis=1) for rows in members]
        return np.array(sums, dtype=of_areas.dtype).reshape(len(members), len(of_areas)).T

    value, v, df, largest = (np.full((len(areas.value), len(members)), none) for none in (np.nan, np.nan, 0.0, 0.0))
    share = np.broadcast_to(areas.largest_share, areas.value.shape)
    for i, j in np.ndindex(value.shape):
        rows = members[j]
        if len(rows) and np.isfinite(areas.value[i, rows]).all():
            people = populations[i, rows]
            largest[i, j] = np.max(people / people.sum() * share[i, rows])
            value[i, j], v[i, j] = population_weighted(areas.value[i, rows], areas.v[i, rows], people)
            if np.isfinite(v[i, j]):
                df[i, j] = satterthwaite((people / people.sum()) ** 2 * areas.v[i, rows], areas.df[i, rows])
    return Ratios(
        value=value,
        v=v,
        base=added(areas.base),
        answered=added(areas.answered),
        weighted_base=added(populations),
        strata=added(areas.strata),
        psus=added(areas.psus),
        df=df,
        unsure=added(np.broadcast_to(areas.unsure, areas.base.shape)) > 0,
        largest_share=largest,
    )
