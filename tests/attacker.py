"""A reader who subtracts: by linear programmes, how near all that is shown lets each withheld count be placed.

The reader knows every relation between the cells, that no count is negative, the base and the numerator of each cell
that is shown (as where all weights are alike), and no more. This is not the code that protects: it moves nothing, it
looks for the least and the most that a count can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import block_array, eye_array

from psaindicators.kernel.sums import Sums
from psaindicators.survey.linked import LinkedCells

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def placed(sums: Sums, counts: Floats, shown: Bools, cells: Sequence[int]) -> Floats:
    """Return the least and the most that some counts can be, (cells, 2), where the counts `shown` are known."""
    known = np.where(shown, counts, 0.0)
    bounds = np.column_stack([known, np.where(shown, counts, np.inf)])
    return _ranges(sums.matrix, bounds, cells)


def placed_answers(linked: LinkedCells, one: int, shown: Bools, known_base: Bools, wanted: Bools) -> Floats:
    """Return the ranges of the bases, numerators and complements `wanted`, (3, C), of one indicator: (wanted, 2).

    The reader knows the base of the cells `known_base`, from other indicators too, and the numerator of those `shown`.
    What a cell's own breakdown settles is known of every cell.
    """
    n, y = linked.base[one].astype(float), linked.numerator[one].astype(float)
    matrix, same = linked.sums.matrix, eye_array(len(n))
    relations = block_array([[None, matrix, None], [None, None, matrix], [-same, same, same]], format="csr")
    settled = linked.settled[one]
    counts = [(n, known_base), (y, shown | (settled & (y == 0))), (n - y, shown | (settled & (y == n)))]
    nobody = n == 0
    bounds = np.concatenate(
        [np.column_stack([np.where(k, x, 0.0), np.where(k | nobody, x, np.inf)]) for x, k in counts]
    )
    return _ranges(relations, bounds, np.flatnonzero(wanted.ravel()).tolist())


@dataclass(frozen=True, eq=False)
class Seen:
    """What a reader has of an indicator in one of two releases: true counts, and which of them are shown; each (C,)."""

    base: Floats
    numerator: Floats
    known_base: Bools
    shown: Bools


def placed_in_both(linked: LinkedCells, settled: Bools, seen: tuple[Seen, Seen], wanted: Bools) -> Floats:
    """Return the ranges of the counts `wanted`, (9, C), of one indicator in two releases: (wanted, 2).

    They are base, numerator and complement in the first, in the second, and of those who came in between: the reader
    knows that nobody was taken away, and nobody's answer changed.
    """
    matrix, same = linked.sums.matrix, eye_array(linked.base.shape[1])
    bounds = [_seen_bounds(one, settled) for one in seen]
    came = np.column_stack([np.zeros(len(settled)), np.full(len(settled), np.inf)])
    grow = [[-same if j == i else same if j == 3 + i else None for j in range(9)] for i in range(3)]
    for i, row in enumerate(grow):
        row[6 + i] = -same
    relations = [
        *([matrix if j == i else None for j in range(9)] for i in (1, 2, 4, 5)),
        *([{0: -same, 1: same, 2: same}.get(j - 3 * k) for j in range(9)] for k in (0, 1)),
        *grow,
    ]
    return _ranges(
        block_array(relations, format="csr"), np.concatenate([*bounds, *[came] * 3]), np.flatnonzero(wanted.ravel())
    )


def _seen_bounds(seen: Seen, settled: Bools) -> Floats:
    n, y = seen.base, seen.numerator
    counts = [(n, seen.known_base), (y, seen.shown | (settled & (y == 0))), (n - y, seen.shown | (settled & (y == n)))]
    return np.concatenate(
        [np.column_stack([np.where(k, x, 0.0), np.where(k | (n == 0), x, np.inf)]) for x, k in counts]
    )


def _ranges(matrix, bounds: Floats, at: Sequence[int]) -> Floats:
    return np.array([[_end(matrix, bounds, one, 1), _end(matrix, bounds, one, -1)] for one in at]).reshape(-1, 2)


def _end(matrix, bounds: Floats, one: int, sign: int) -> float:
    target = np.zeros(matrix.shape[1])
    target[one] = sign
    found = linprog(target, A_eq=matrix, b_eq=np.zeros(matrix.shape[0]), bounds=bounds, method="highs")
    if found.status == 3:
        return -sign * np.inf
    assert found.status == 0, found.message
    return sign * found.fun
