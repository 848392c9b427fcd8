"""Where rows and cells lie in a design, and adding up by that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Keys:
    """Where each of C cells, or rows, lies in the design: its stratum, its unit and population count at each stage.

    Each has C positions; units are read within their stratum. A design without `populations` has one stage.
    """

    stratum: Codes
    units: tuple[Codes, ...] = ()
    populations: tuple[Codes, ...] = ()

    @property
    def stages(self) -> int:
        """How many stages of sampling the variance has: one, or one for each population count."""
        return max(1, len(self.populations))

    @property
    def respondents_are_units(self) -> bool:
        """Whether respondents themselves are the last stage's units."""
        return len(self.units) < self.stages

    @property
    def codes(self) -> tuple[Codes, ...]:
        return (self.stratum, *self.units, *self.populations)

    def at(self, cells: NDArray[Any]) -> Keys:
        """Return the keys of some cells, in that order."""
        return Keys(
            self.stratum.at(cells),
            tuple(unit.at(cells) for unit in self.units),
            tuple(count.at(cells) for count in self.populations),
        )


def numbered(parts: Sequence[Counts]) -> tuple[Counts, Counts]:
    """Return for each row the number of its combination of positions, and the first row of each combination."""
    ids = np.zeros(len(parts[0]), dtype=np.intp)
    n = 1
    for part in parts:
        width = int(part.max(initial=-1)) + 2
        if width == 2 and part.min(initial=0) == 0:
            continue
        ids, n = _compact(ids * width + (part + 1), n * width)
    first = np.empty(n, dtype=np.intp)
    first[ids[::-1]] = np.arange(len(ids))[::-1]
    return ids, first


def _compact(key: Counts, size: int) -> tuple[Counts, int]:
    if size > 8 * len(key) + 100_000:
        values, ids = np.unique(key, return_inverse=True)
        return ids, len(values)
    used = np.bincount(key, minlength=size) > 0
    return (np.cumsum(used) - 1)[key], int(used.sum())


def greatest(values: Floats, positions: Counts, n: int) -> Floats:
    """Return the greatest of the values at each of n positions, none of them negative: (..., k) to (..., n)."""
    if values.ndim > 1:
        return np.array([greatest(one, positions, n) for one in values]).reshape(*values.shape[:-1], n)
    found = np.zeros(n)
    np.maximum.at(found, positions, values)
    return found


def summed(values: NDArray[Any], ids: Counts, n: int) -> NDArray[Any]:
    """Return sums over the last axis by `ids`: (..., C) to (..., n), whole numbers staying whole."""
    added = [np.bincount(ids, values[at], n) for at in np.ndindex(values.shape[:-1])]
    return np.array(added).reshape(*values.shape[:-1], n).astype(values.dtype, copy=False)
