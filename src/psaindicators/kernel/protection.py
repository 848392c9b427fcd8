"""Which further cells to withhold, so that no withheld one follows from what is still shown.

A reader who knows every relation between the cells can place a withheld one anywhere that some tables, which agree
with all that is shown, have it. A move d with A d = 0 that leaves every cell at 0 or more, and every shown one as it
is, leads to another such table: a withheld cell is kept apart from its true value by the moves found for it. Each is the
least costly one, from a linear programme, and whatever it moves is withheld (J. P. Kelly, B. L. Golden and
A. A. Assad, Cell suppression: disclosure protection for sensitive tabular data, Networks 22, 1992; M. Fischetti and
J. J. Salazar, Solving the cell suppression problem on tabular data with linear constraints, Management Science 47,
2001).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from psaindicators.kernel.keys import Bools, Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LEAST = 1e-6
"""A smaller move is none."""
WORTH = 1e3
"""How much more it is worth to move an amount to its target than any move costs."""
PRICED = 2
"""How often a move is priced, at most."""


@dataclass(frozen=True, eq=False)
class Movable:
    """V amounts that may move as long as `relations` @ move = 0, shape (R, V), each down and up by at most its room.

    `cost` is what a move of 1 costs while the amount is still shown. Each of the others has shape (V,).
    """

    relations: csr_array
    down: Floats
    up: Floats
    cost: Floats

    @property
    def room(self) -> Floats:
        return self.down + self.up


@dataclass(frozen=True, eq=False)
class Protected:
    """Which amounts are hidden in the end, and which cannot be kept apart from their true value; each (V,)."""

    hidden: Bools
    exposed: Bools


def protected(movable: Movable, hidden: Bools, need: Bools, width: float, *, whatever_moves: bool = False) -> Protected:
    """Return what must be hidden so that a reader can place no needy amount in a range narrower than `width`.

    `hidden` are those that are so anyway. With `whatever_moves` the same holds for every amount that is then hidden.
    An amount whose whole room is narrower than `width` is let go through all of it.
    """
    hidden, need = hidden.copy(), need.copy()
    exposed = np.zeros(len(hidden), dtype=bool)
    lowest, highest = np.zeros(len(hidden)), np.zeros(len(hidden))
    wanted = np.minimum(width, movable.room)
    while (todo := need & ~exposed & (highest - lowest < wanted - LEAST)).any():
        targets = _targets(movable, hidden, todo, wanted, lowest, highest)
        move = _least_move(movable, hidden, targets)
        while not _reached(move, targets).any() and np.count_nonzero(targets) > 1:
            targets = _half(targets)
            move = _least_move(movable, hidden, targets)
        exposed |= ~_reached(move, targets) & (targets != 0) if np.count_nonzero(targets) == 1 else False
        moved = np.abs(move) > LEAST
        need |= moved & ~hidden if whatever_moves else False
        hidden |= moved
        lowest, highest = np.minimum(lowest, move), np.maximum(highest, move)
    return Protected(hidden, exposed)


def _targets(movable: Movable, hidden: Bools, todo: Bools, wanted: Floats, lowest: Floats, highest: Floats) -> Floats:
    """Return how far to move some amounts, 0 for the others: as many as one partner in each relation can bear."""
    missing = wanted - (highest - lowest)
    upward = np.minimum(wanted, movable.up)
    downward = np.minimum(wanted, movable.down)
    first = (upward >= downward) | (lowest <= -downward + LEAST)
    rising = first & (highest < upward - LEAST)
    lengths = np.where(rising, np.minimum(upward, highest + missing), -np.minimum(downward, missing - lowest))
    return np.where(_first(movable, hidden, todo, np.abs(lengths)), lengths, 0.0)


def _first(movable: Movable, hidden: Bools, todo: Bools, lengths: Floats) -> Bools:
    """Return those amounts that are moved at once: none shares a relation with more than a partner there can bear."""
    columns = movable.relations.tocsc()
    shown, spare = np.where(hidden, 0.0, movable.down), np.where(hidden, movable.down, 0.0)
    parts = movable.relations.maximum(0)
    bears = np.maximum((parts * shown).max(axis=1).toarray(), parts @ spare / 2)
    load, chosen = np.zeros(len(bears)), np.zeros(len(todo), dtype=bool)
    for one in np.flatnonzero(todo):
        within = columns.indices[columns.indptr[one] : columns.indptr[one + 1]]
        taken = load[within]
        if np.all((taken == 0) | (taken + lengths[one] <= bears[within])):
            chosen[one] = True
            load[within] += lengths[one]
    return chosen


def _half(targets: Floats) -> Floats:
    """Return the first half of the targets."""
    kept = np.flatnonzero(targets)[: np.count_nonzero(targets) // 2]
    return np.where(np.isin(np.arange(len(targets)), kept), targets, 0.0)


def _reached(move: Floats, targets: Floats) -> Bools:
    return np.asarray((targets != 0) & (np.abs(move) >= np.abs(targets) - LEAST))


def _least_move(movable: Movable, hidden: Bools, targets: Floats) -> Floats:
    """Return a move that takes as many amounts to their targets as it can, a single one only if it can.

    What counts is which amounts it moves, not how far. So the price of a unit is set again to what the last move would
    have paid for it, and the cheaper of the moves is taken.
    """
    cost = np.where(hidden, 0.0, movable.cost)
    price, best, least = cost / np.abs(targets).max(), np.zeros(len(targets)), np.inf
    for _ in range(PRICED):
        move = _moved(movable, price, targets)
        size = np.abs(move)
        paid = float(cost[size > LEAST].sum()) - WORTH * np.count_nonzero(_reached(move, targets)) * cost.sum()
        if paid >= least:
            break
        best, least = move, paid
        price = np.where(size > LEAST, cost / np.maximum(size, LEAST), price)
    return best


def _moved(movable: Movable, price: Floats, targets: Floats) -> Floats:
    """Return the move that costs least at a price for each unit; no move where a single target cannot be reached."""
    from scipy.optimize import linprog
    from scipy.sparse import hstack

    up, down = targets.clip(min=0), (-targets).clip(min=0)
    alone = np.count_nonzero(targets) == 1
    worth = WORTH * (1.0 + price.max())
    rising, falling = (
        _bounds(to, back, room, alone) for to, back, room in ((up, down, movable.up), (down, up, movable.down))
    )
    found = linprog(
        np.concatenate([price - worth * (up > 0), price - worth * (down > 0)]),
        A_eq=hstack([movable.relations, -movable.relations], format="csr"),
        b_eq=np.zeros(movable.relations.shape[0]),
        bounds=np.concatenate([rising, falling]).tolist(),
        method="highs",
    )
    return np.zeros(len(targets)) if found.x is None else found.x[: len(targets)] - found.x[len(targets) :]


def _bounds(target: Floats, opposite: Floats, room: Floats, alone: bool) -> Floats:
    """Return the least and the most that each amount moves one way, (V, 2): to its target, or at will without one."""
    most = np.where(target > 0, target, np.where(opposite > 0, 0.0, room))
    return np.column_stack([target if alone else np.zeros(len(target)), most])
