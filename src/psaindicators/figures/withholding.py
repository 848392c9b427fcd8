"""Which cells of a survey's tables a policy withholds: the small, and those from which a small one would follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from psaindicators.definitions.policies import Policy
from psaindicators.kernel.keys import Bools, Counts
from psaindicators.kernel.protection import Movable, Protected, protected
from psaindicators.survey.linked import LinkedCells

ALIKE = 0.9
"""Indicators whose bases of everyone differ by no more than this ratio are taken to have the same respondents."""
SMALL_BASE, SMALL_NUMERATOR, SMALL_COMPLEMENT = "small base", "small numerator", "small complement"
FOLLOWS = "so that no other follows"
FEW_CHANGED, WITHHELD_BEFORE = "few respondents added or taken away since", "withheld before"


@dataclass(frozen=True, eq=False)
class Withheld:
    """The cells of I indicators that are withheld, (I, C), published or not, and those that nothing protects.

    `more` counts the published ones that are withheld and would not be, had nothing been released before.
    """

    cells: Bools
    exposed: Bools
    more: int = 0


@dataclass(frozen=True, eq=False)
class Before:
    """What earlier releases say of C cells of I indicators; each (I, C), but for `least`, (3, I, C).

    `shown` are cells whose figures a reader has from them, `bases` those whose base the reader has, of the indicator or
    of another with about the same respondents. `withheld` are those that they withhold, and `least` the least base,
    numerator and complement that they show of such a cell. Of those in `few` they show a base to which only a few
    respondents were added since, or taken away: the difference is a cell of these few.
    """

    shown: Bools
    bases: Bools
    withheld: Bools
    least: Counts
    few: Bools

    @classmethod
    def nothing(cls, linked: LinkedCells) -> Self:
        """Return what is said where nothing was released before."""
        none = np.zeros(linked.base.shape, dtype=bool)
        return cls(none, none, none, np.zeros((3, *none.shape), dtype=np.intp), none)

    def __or__(self, other: Before) -> Before:
        """Return what the releases of both say together."""
        least = np.maximum(self.least, other.least)
        bases, few = self.bases | other.bases, self.few | other.few
        return Before(self.shown | other.shown, bases, self.withheld | other.withheld, least, few)


@dataclass(frozen=True, eq=False)
class Judged:
    """Linked cells held to a policy: what of each of I indicators is small in each of C cells, (I, C).

    A cell that an earlier release withheld is small by what that release held to be small, too.
    """

    linked: LinkedCells
    policy: Policy
    before: Before

    @property
    def complement(self) -> Counts:
        return self.linked.base - self.linked.numerator

    @cached_property
    def small_base(self) -> Bools:
        return self._small(self.linked.base, np.maximum(self.policy.base, self.before.least[0])) | self.before.few

    @cached_property
    def small_numerator(self) -> Bools:
        least = np.maximum(self.policy.least_numerator, self.before.least[1])
        return self._small(self.linked.numerator, least) & ~self.linked.settled

    @cached_property
    def small_complement(self) -> Bools:
        least = np.maximum(self.policy.least_complement, self.before.least[2])
        return self._small(self.complement, least) & ~self.linked.settled

    @property
    def small(self) -> Bools:
        """The cells that the policy withholds for themselves."""
        return self.small_base | self.small_numerator | self.small_complement

    def _small(self, counts: Counts, least: Counts) -> Bools:
        return (self.linked.base > 0) & (counts < least)


def withheld(linked: LinkedCells, policy: Policy, before: Before | None = None) -> Withheld:
    """Return the cells that a policy withholds, and those withheld so that no other follows from what is shown.

    Whatever a reader can subtract counts as a cell. A small base is kept apart from its true value by at least the
    policy's range, whichever of the indicators with about the same respondents the reader looks at; a small numerator
    or complement likewise, also where the reader knows the base from another indicator. What was released `before` the
    reader knows too; what was withheld then stays withheld. A cell that is to be withheld, and was shown then, is
    exposed.
    """
    by_policy = Judged(linked, policy, Before.nothing(linked))
    alone = _withheld(by_policy)
    if before is None:
        return alone
    judged = Judged(linked, policy, before)
    if np.array_equal(judged.small, by_policy.small) and _says_no_more(alone, linked, before):
        return alone
    found = _withheld(judged)
    more = np.count_nonzero(found.cells & ~alone.cells & linked.published)
    return replace(found, more=int(more))


def _says_no_more(alone: Withheld, linked: LinkedCells, before: Before) -> bool:
    """Return whether what is withheld anyway leaves a reader of what was released before no nearer to any of it."""
    bases_kept = all(
        not (alone.cells[group].all(axis=0) & before.bases[group].any(axis=0)).any() for group in _alike(linked.base)
    )
    return bases_kept and not (alone.cells & before.shown).any() and bool(alone.cells[before.withheld].all())


def _withheld(judged: Judged) -> Withheld:
    linked, before = judged.linked, judged.before
    cells, exposed = np.zeros(linked.base.shape, dtype=bool), judged.small & before.shown & linked.published
    for group in _alike(linked.base):
        unknown, known = _bases(judged, group), before.bases[group].any(axis=0)
        answers = [_answers(judged, one, unknown) for one in group]
        while (more := _around(linked, answers) & ~unknown & ~known).any():
            unknown = unknown | more
            answers = [_answers(judged, one, unknown) for one in group]
        cells[group] = [one.hidden for one in answers]
        exposed[group] |= [one.exposed for one in answers]
    return Withheld(cells | (judged.small & linked.published), exposed)


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
    linked, before = judged.linked, judged.before
    known = before.bases[group].any(axis=0)
    base, small = linked.base[group], np.asarray(judged.small_base[group].any(axis=0)) & ~known
    hidden = (~linked.published | small | before.withheld[group].all(axis=0)) & ~known
    if not small.any():
        return hidden
    least = np.where(known, 0.0, base.min(axis=0))
    room = np.where(~known & (base.max(axis=0) > 0), np.inf, 0.0)
    movable = Movable(linked.sums.matrix, least, room, 1.0 + base.mean(axis=0))
    return protected(movable, hidden, small, judged.policy.range, whatever_moves=True).hidden


def _answers(judged: Judged, one: int, unknown: Bools) -> Protected:
    """Return which cells of one indicator are withheld for the sake of small numerators, complements and bases.

    Where the base is `unknown` to the reader too, numerator and complement each move and the base with them; elsewhere
    one gives what the other takes. What an earlier release withheld is kept apart as far as it can be, and is exposed
    only where it is small.
    """
    free_to_move = ~judged.before.shown[one]
    few, other, base = (
        small[one] & free_to_move for small in (judged.small_numerator, judged.small_complement, judged.small_base)
    )
    again = judged.before.withheld[one] & free_to_move
    hidden = (unknown | ~judged.linked.published | few | other | base | again) & free_to_move
    if not (few | other | base | again).any():
        return Protected(hidden, np.zeros_like(hidden))
    known, free = np.flatnonzero(~unknown), np.flatnonzero(unknown)
    start = np.concatenate([hidden[known], np.ones(3 * len(free), dtype=bool)])
    small = np.concatenate([(few | other | base)[known], few[free], other[free], base[free]])
    need = small | np.concatenate([again[known], again[free], again[free], np.zeros(len(free), dtype=bool)])
    movable = _answers_move(judged, one, known, free)
    found = protected(movable, start, need, judged.policy.range, whatever_moves=True)
    exposed = found.exposed & (small | ~start)
    return Protected(_by_cell(found.hidden, known, free, hidden), _by_cell(exposed, known, free, np.zeros_like(hidden)))


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
    moves = np.where(settled | judged.before.shown[one], 0.0, 1.0)[known]
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
