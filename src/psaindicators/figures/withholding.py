"""Which cells of a survey's tables a policy withholds: the small, and those from which a small one would follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from psaindicators.definitions.policies import Policy
from psaindicators.kernel.keys import Bools, Counts
from psaindicators.kernel.protection import Movable, Protected, protected
from psaindicators.survey.linked import LinkedCells

ALIKE = 0.9
"""Indicators whose bases of everyone differ by no more than this ratio are taken to have the same respondents."""
SMALL_BASE, SMALL_NUMERATOR, SMALL_COMPLEMENT = "small base", "small numerator", "small complement"
FOLLOWS = "so that no other follows"


@dataclass(frozen=True, eq=False)
class Withheld:
    """The cells of I indicators that are withheld, (I, C), published or not, and those that nothing protects."""

    cells: Bools
    exposed: Bools


@dataclass(frozen=True, eq=False)
class Judged:
    """Linked cells held to a policy: what of each of I indicators is small in each of C cells, (I, C)."""

    linked: LinkedCells
    policy: Policy

    @property
    def complement(self) -> Counts:
        return self.linked.base - self.linked.numerator

    @cached_property
    def small_base(self) -> Bools:
        return self._small(self.linked.base, self.policy.base)

    @cached_property
    def small_numerator(self) -> Bools:
        return self._small(self.linked.numerator, self.policy.least_numerator) & ~self.linked.settled

    @cached_property
    def small_complement(self) -> Bools:
        return self._small(self.complement, self.policy.least_complement) & ~self.linked.settled

    @property
    def small(self) -> Bools:
        """The cells that the policy withholds for themselves."""
        return self.small_base | self.small_numerator | self.small_complement

    def _small(self, counts: Counts, least: int) -> Bools:
        return (self.linked.base > 0) & (counts < least)


def withheld(linked: LinkedCells, policy: Policy) -> Withheld:
    """Return the cells that a policy withholds, and those withheld so that no other follows from what is shown.

    Whatever a reader can subtract counts as a cell. A small base is kept apart from its true value by at least the
    policy's range, whichever of the indicators with about the same respondents the reader looks at; a small numerator
    or complement likewise, also where the reader knows the base from another indicator.
    """
    judged = Judged(linked, policy)
    cells, exposed = np.zeros(linked.base.shape, dtype=bool), np.zeros(linked.base.shape, dtype=bool)
    for group in _alike(linked.base):
        unknown = _bases(judged, group)
        answers = [_answers(judged, one, unknown) for one in group]
        while (more := _around(linked, answers) & ~unknown).any():
            unknown = unknown | more
            answers = [_answers(judged, one, unknown) for one in group]
        cells[group] = [one.hidden for one in answers]
        exposed[group] = [one.exposed for one in answers]
    return Withheld(cells, exposed)


def _around(linked: LinkedCells, answers: Sequence[Protected]) -> Bools:
    """Return the cells of every relation with one that nothing protects while their bases are known, (C,)."""
    exposed = np.any([one.exposed for one in answers], axis=0)
    if not exposed.any():
        return np.zeros_like(exposed)
    relations = abs(linked.sums.matrix)
    return np.asarray(relations.T @ (relations @ exposed.astype(float)) > 0)


def _alike(base: Counts) -> Iterator[Counts]:
    """Yield the indicators in groups of about the same respondents, the one with most of them leading its group."""
    most = base.max(axis=1, initial=0)
    left = list(np.argsort(-most, kind="stable"))
    while left:
        group = [one for one in left if most[one] >= ALIKE * most[left[0]]]
        left = [one for one in left if one not in group]
        yield np.array(sorted(group), dtype=np.intp)


def _bases(judged: Judged, group: Counts) -> Bools:
    """Return which cells are withheld for the sake of small bases, the same for every indicator of a group."""
    linked = judged.linked
    base, small = linked.base[group], np.asarray(judged.small_base[group].any(axis=0))
    hidden = ~linked.published | small
    if not small.any():
        return hidden
    least = base.min(axis=0).astype(float)
    room = np.where(base.max(axis=0) > 0, np.inf, 0.0)
    movable = Movable(linked.sums.matrix, least, room, 1.0 + base.mean(axis=0))
    return protected(movable, hidden, small, judged.policy.range, whatever_moves=True).hidden


def _answers(judged: Judged, one: int, unknown: Bools) -> Protected:
    """Return which cells of one indicator are withheld for the sake of small numerators, complements and bases.

    Where the base is `unknown` to the reader too, numerator and complement each move and the base with them; elsewhere
    one gives what the other takes.
    """
    few, other, base = (small[one] for small in (judged.small_numerator, judged.small_complement, judged.small_base))
    hidden = unknown | few | other
    if not (few | other | base).any():
        return Protected(hidden, np.zeros_like(hidden))
    known, free = np.flatnonzero(~unknown), np.flatnonzero(unknown)
    start = np.concatenate([hidden[known], np.ones(3 * len(free), dtype=bool)])
    need = np.concatenate([(few | other)[known], few[free], other[free], base[free]])
    movable = _answers_move(judged, one, known, free)
    found = protected(movable, start, need, judged.policy.range, whatever_moves=True)
    return Protected(
        _by_cell(found.hidden, known, free, hidden), _by_cell(found.exposed, known, free, np.zeros_like(hidden))
    )


def _answers_move(judged: Judged, one: int, known: Counts, free: Counts) -> Movable:
    """Return how amounts may move: what numerators take of complements in the cells with a known base, then the
    numerators, the complements and the bases of the others.
    """
    from scipy.sparse import block_array, eye_array

    matrix, same = judged.linked.sums.matrix.tocsc(), eye_array(len(free), format="csc")
    of_known, of_free = matrix[:, known], matrix[:, free]
    relations = block_array(
        [[of_known, of_free, None, None], [-of_known, None, of_free, None], [None, same, same, -same]], format="csr"
    )
    y, m = (counts[one].astype(float) for counts in (judged.linked.numerator, judged.complement))
    settled = judged.linked.settled[one]
    y_up, m_up = (np.where((y + m > 0) & ~(settled & (count == 0)), np.inf, 0.0)[free] for count in (y, m))
    moves = np.where(settled[known], 0.0, 1.0)
    return Movable(
        relations,
        down=np.concatenate([y[known] * moves, y[free], m[free], (y + m)[free]]),
        up=np.concatenate([m[known] * moves, y_up, m_up, np.full(len(free), np.inf)]),
        cost=1.0 + np.concatenate([(y + m)[known], y[free], m[free], y[free]]),
    )


def _by_cell(found: Bools, known: Counts, free: Counts, cells: Bools) -> Bools:
    """Return what was found of amounts as found of cells."""
    of_known, of_free = found[: len(known)], found[len(known) :].reshape(3, len(free))
    by_cell = cells.copy()
    by_cell[known] |= of_known
    by_cell[free] |= of_free.any(axis=0)
    return by_cell
