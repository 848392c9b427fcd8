"""Which further cells to withhold, so that no withheld one follows from what is still shown.

A reader who knows every relation between the cells can place a withheld one anywhere that some tables, which agree
with all that is shown, have it. A move d with A d = 0 that leaves every cell at 0 or more, and every shown one as it
is, leads to another such table: a withheld cell is kept apart from its true value by the moves found for it. Each is
the least costly one, from a linear programme, and whatever it moves is withheld (J. P. Kelly, B. L. Golden and
A. A. Assad, Cell suppression: disclosure protection for sensitive tabular data, Networks 22, 1992; M. Fischetti and
J. J. Salazar, Solving the cell suppression problem on tabular data with linear constraints, Management Science 47,
2001).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from psaindicators.kernel.keys import Bools, Floats

if TYPE_CHECKING:
    from highspy import Highs
    from scipy.sparse import csr_array

LEAST = 1e-6
"""A smaller move is none."""
WORTH = 1e3
"""How many times what any move of 1 costs it is worth to bring an amount nearer to its target by 1."""


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
    still = np.zeros(len(hidden))
    reach = _Reach(still, still, np.minimum(width, movable.room), movable.down, movable.up)
    while (todo := need & reach.goes_on).any():
        lengths = reach.next_move()
        targets = np.where(_first(movable, hidden, todo, np.abs(lengths)), lengths, 0.0)
        move = _least_move(movable, hidden, targets)
        while not _reached(move, targets).any() and np.count_nonzero(targets) > 1:
            targets = _half(targets)
            move = _least_move(movable, hidden, targets)
        moved = np.abs(move) > LEAST
        need |= moved & ~hidden if whatever_moves else False
        hidden |= moved
        reach = reach.after(move)
        if np.count_nonzero(targets) == 1:
            reach = reach.no_further(targets)
    return Protected(hidden, need & (reach.missing > LEAST))


@dataclass(frozen=True, eq=False)
class _Reach:
    """How far each amount was moved down and up so far, how wide a range is `wanted`, and how far it may go; (V,)."""

    lowest: Floats
    highest: Floats
    wanted: Floats
    down: Floats
    up: Floats

    @property
    def missing(self) -> Floats:
        return self.wanted - (self.highest - self.lowest)

    @property
    def goes_on(self) -> Bools:
        """Which amounts lack something of their range and may still be moved."""
        could = (self.highest < self.up - LEAST) | (self.lowest > -self.down + LEAST)
        return np.asarray((self.missing > LEAST) & could)

    def after(self, move: Floats) -> _Reach:
        return replace(self, lowest=np.minimum(self.lowest, move), highest=np.maximum(self.highest, move))

    def no_further(self, targets: Floats) -> _Reach:
        """Return the reach where an amount that was moved alone goes no further that way than it went."""
        up = np.where(targets > 0, np.minimum(self.up, self.highest), self.up)
        return replace(self, up=up, down=np.where(targets < 0, np.minimum(self.down, -self.lowest), self.down))

    def next_move(self) -> Floats:
        """Return how far to move each amount: up where there is more room that way, then down for what is missing."""
        up, down = np.minimum(self.wanted, self.up), np.minimum(self.wanted, self.down)
        first = (up >= down) | (self.lowest <= -down + LEAST)
        rising = first & (self.highest < up - LEAST)
        return np.where(
            rising, np.minimum(up, self.highest + self.missing), -np.minimum(down, self.missing - self.lowest)
        )


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
    """Return the cheapest move that takes the amounts as near to their targets as it can, and none further."""
    price = np.where(hidden, 0.0, movable.cost) / np.abs(targets).max()
    worth = WORTH * (1.0 + price.max())
    up, down = targets.clip(min=0), (-targets).clip(min=0)
    most_up = np.where(up > 0, up, np.where(down > 0, 0.0, movable.up))
    most_down = np.where(down > 0, down, np.where(up > 0, 0.0, movable.down))
    risen, fallen = _cheapest(
        movable.relations,
        (price - worth * (up > 0), most_up),
        (price - worth * (down > 0), most_down),
    )
    return risen - fallen


@cache
def _quiet_solver_type() -> type[Highs]:
    from highspy import Highs

    class Quiet(Highs):
        """HiGHS without the line that it prints to standard output as soon as callbacks are let in; none are used."""

        def enableCallbacks(self) -> None:
            self.silent()

    return Quiet


def _cheapest(relations: csr_array, rise: tuple[Floats, Floats], fall: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return how far amounts rise and fall, each at a price and by at most so much, that their relations still hold.

    Nothing moves where the solver, HiGHS, finds no answer.
    """
    import highspy
    from scipy.sparse import hstack

    matrix = hstack([relations, -relations], format="csc")
    problem = highspy.HighsLp()
    problem.num_row_, problem.num_col_ = matrix.shape
    problem.col_cost_, problem.col_upper_ = (np.concatenate(pair) for pair in zip(rise, fall, strict=True))
    problem.col_lower_ = np.zeros(matrix.shape[1])
    problem.row_lower_ = problem.row_upper_ = np.zeros(matrix.shape[0])
    problem.a_matrix_.start_, problem.a_matrix_.index_ = matrix.indptr, matrix.indices
    problem.a_matrix_.value_ = matrix.data
    solver = _quiet_solver_type()()
    solver.passModel(problem)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return np.zeros(len(rise[0])), np.zeros(len(rise[0]))
    found = np.array(solver.getSolution().col_value)
    return found[: len(rise[0])], found[len(rise[0]) :]
