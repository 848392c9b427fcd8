"""Estimates of a larger area from those of the areas that make it up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import DesignError

Floats = NDArray[np.floating[Any]]


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
