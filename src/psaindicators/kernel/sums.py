"""Cells of tables and what they sum to: the structure that whoever withholds cells, and whoever attacks, reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from psaindicators.kernel.keys import Counts, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class Sums:
    """R relations between C cells: the `whole` of each, shape (R,), is the sum of its parts.

    There are N parts, each the cell `part` of the relation `relation`, both of shape (N,). What holds for counts holds
    for sums of weights: both add up over the same cells.
    """

    cells: int
    whole: Counts
    relation: Counts
    part: Counts

    @property
    def matrix(self) -> csr_array:
        """The relations as A x = 0, shape (R, C): 1 at the parts and -1 at the whole."""
        from scipy.sparse import csr_array

        wholes = np.arange(len(self.whole))
        signs = np.concatenate([np.ones(len(self.part)), -np.ones(len(wholes))])
        rows, columns = np.concatenate([self.relation, wholes]), np.concatenate([self.part, self.whole])
        return csr_array((signs, (rows, columns)), shape=(len(wholes), self.cells))

    def gaps(self, x: Floats) -> Floats:
        """Return by how much the parts of each relation exceed its whole; 0 where the cells add up."""
        return np.asarray(self.matrix @ x)
