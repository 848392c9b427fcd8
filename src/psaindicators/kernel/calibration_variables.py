"""The calibration variables x of respondents: kept by cell, never spread out over rows; arrays only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.keys import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.intp]

LOOKUP_ROOM = 4_000_000
"""Possible crossings up to which cells are found by counting; beyond it they are found by sorting."""
RANK_TOLERANCE = 1e-11
"""Eigenvalues below this share of the largest are collinearity: each variable's categories add to everyone."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Categories of several weighting variables, each a calibration variable of 0 and 1, kept by distinct cell.

    Rows with the same category of every variable are one cell and get the same g, so iterations run over cells.

    of_row: (rows,) the cell of each row.
    columns: (variables, cells) the column of X that is 1 for the cell, for each weighting variable.
    sizes: the number of categories of each variable; column k of X is a category of the first variable while
        k < sizes[0], of the second while k < sizes[0] + sizes[1], and so on.
    """

    of_row: Ints
    columns: Ints
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, codes: Sequence[NDArray[np.integer]], sizes: Sequence[int]) -> Cells:
        """Return the cells of `codes`: for each variable the (rows,) category numbers, 0 to size less 1."""
        of_row, count = _crossed(codes, sizes)
        example = np.empty(count, dtype=np.intp)
        example[of_row] = np.arange(len(of_row))
        starts = np.cumsum([0, *sizes[:-1]])
        columns = [start + code[example].astype(np.intp) for start, code in zip(starts, codes, strict=True)]
        return cls(of_row, np.array(columns), tuple(sizes))

    def apart(self, groups: NDArray[np.integer], count: int) -> Cells:
        """Return cells of the same variables whose rows are alike in their group, 0 to `count` less 1, too."""
        finer = Cells.of([self.of_row, groups], [self.columns.shape[1], count])
        return Cells(finer.of_row, self.columns[:, finer.columns[0]], self.sizes)

    @property
    def width(self) -> int:
        """The number of columns of X: the categories of all variables."""
        return sum(self.sizes)

    @property
    def slices(self) -> list[slice]:
        """The columns of X that belong to each weighting variable."""
        ends = np.cumsum(self.sizes).tolist()
        return [slice(end - size, end) for size, end in zip(self.sizes, ends, strict=True)]

    @property
    def sparse(self) -> csr_array:
        """X by cell, (cells, width)."""
        variables, cells = self.columns.shape
        ones, ends = np.ones(variables * cells), np.arange(cells + 1) * variables
        return sparse((ones, self.columns.T.ravel(), ends), (cells, self.width))

    def gathered(self, values: Floats) -> Floats:
        """Return the sums over the rows of each cell: (rows,) to (cells,)."""
        return np.asarray(np.bincount(self.of_row, values, self.columns.shape[1]))

    def spread(self, values: Floats) -> Floats:
        """Return each row's value from its cell's: (cells,) to (rows,)."""
        return values[self.of_row]

    def times(self, coefficients: Floats) -> Floats:
        """Return X b by cell: (width,) to (cells,)."""
        return np.asarray(coefficients[self.columns].sum(axis=0))

    def totals(self, values: Floats) -> Floats:
        """Return X'v: the sum of (cells,) values over each category, (width,)."""
        return np.asarray(sum(np.bincount(column, values, self.width) for column in self.columns))

    def gram(self, values: Floats) -> Floats:
        """Return X' diag(v) X, (width, width), from sums over pairs of categories of two variables."""
        found = np.diag(self.totals(values).astype(np.float64))
        parts = zip(self.columns, self.slices, strict=True)
        for (a, rows), (b, columns) in combinations(parts, 2):
            shape = rows.stop - rows.start, columns.stop - columns.start
            pair = (a - rows.start) * shape[1] + (b - columns.start)
            block = np.bincount(pair, values, shape[0] * shape[1]).reshape(shape)
            found[rows, columns], found[columns, rows] = block, block.T
        return found


@dataclass(frozen=True, eq=False)
class Dense:
    """A dense calibration matrix, (rows, columns), with the verbs of `Cells`; each row is its own cell."""

    matrix: Floats

    @property
    def width(self) -> int:
        """The number of columns of X."""
        return int(self.matrix.shape[1])

    @property
    def of_row(self) -> Ints:
        """The cell of each row: its own."""
        return np.arange(len(self.matrix))

    @property
    def sparse(self) -> csr_array:
        """X, (rows, width)."""
        return sparse(self.matrix, (len(self.matrix), self.width))

    def gathered(self, values: Floats) -> Floats:
        """Return the values as they are."""
        return values

    def spread(self, values: Floats) -> Floats:
        """Return the values as they are."""
        return values

    def times(self, coefficients: Floats) -> Floats:
        """Return X b, (rows,)."""
        return np.asarray(self.matrix @ coefficients)

    def totals(self, values: Floats) -> Floats:
        """Return X'v, (width,)."""
        return np.asarray(self.matrix.T @ values)

    def gram(self, values: Floats) -> Floats:
        """Return X' diag(v) X, (width, width)."""
        return np.asarray((self.matrix.T * values) @ self.matrix)


def sparse(entries: Any, shape: tuple[int, int]) -> csr_array:
    """Return a sparse matrix of the entries that SciPy's `csr_array` takes; those of one place are added."""
    from scipy.sparse import csr_array

    found: csr_array = csr_array(entries, shape=shape)
    return found


def inverse(gram: Floats) -> Floats:
    """Return the generalised inverse of a Gram matrix of calibration variables, which may be collinear."""
    scale = np.sqrt(np.where(np.diag(gram) > 0, np.diag(gram), 1.0))
    scales = np.outer(scale, scale)
    return np.asarray(np.linalg.pinv(gram / scales, rcond=RANK_TOLERANCE, hermitian=True) / scales)


def _crossed(codes: Sequence[NDArray[np.integer]], sizes: Sequence[int]) -> tuple[Ints, int]:
    crossing, room = codes[0].astype(np.intp), sizes[0]
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        crossing *= size
        crossing += code
        room *= size
        if room > LOOKUP_ROOM:
            found, crossing = np.unique(crossing, return_inverse=True)
            room = len(found)
    number = np.cumsum(np.bincount(crossing, minlength=room) > 0) - 1
    return number[crossing], int(number[-1]) + 1
