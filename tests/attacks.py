"""Attacks on what is published of a survey, counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.policies import Policy
from psaindicators.figures.disclosure import linked_tables
from psaindicators.figures.estimates import Estimates, share_of
from psaindicators.figures.withholding import Before, Judged, withheld
from psaindicators.survey.linked import LinkedCells
from psaindicators.survey.survey import Survey
from tests.attacker import Seen, placed_answers, placed_in_both
from tests.releases import Pair

NEAR = 1e-6
Bools = NDArray[np.bool_]
Withholding = Callable[[LinkedCells, Policy], NDArray[np.bool_]]


@dataclass
class Attacked:
    """Cells published or withheld, those of them small and those withheld; counts attacked, pinned, placed too near."""

    cells: int = 0
    small: int = 0
    withheld: int = 0
    attacked: int = 0
    pinned: int = 0
    too_near: int = 0
    stopped: int = 0

    def __add__(self, other: Attacked) -> Attacked:
        return Attacked(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, one.name):,} {one.name.replace('_', ' ')}" for one in fields(self)[1:])


def protecting(linked: LinkedCells, policy: Policy) -> NDArray[np.bool_]:
    found = withheld(linked, policy)
    assert not found.exposed.any()
    return found.cells


def naive(linked: LinkedCells, policy: Policy) -> NDArray[np.bool_]:
    """The first try: small cells, and no other."""
    return Judged(linked, policy, Before.nothing(linked)).small | ~linked.published


def protecting_both(pair: Pair) -> Bools | None:
    """What is withheld of the second release, None where the job would stop."""
    found = withheld(pair.linked, pair.policy, pair.before)
    return None if found.exposed.any() else found.cells


def forgetful(pair: Pair) -> Bools | None:
    """The first try: the second release protected as if there had been no first."""
    return withheld(pair.linked, pair.policy).cells


def attack_pair(
    pair: Pair, withhold: Callable[[Pair], Bools | None] = protecting_both, *, bare_movements: bool = False
) -> Attacked:
    """Attack all that either of two releases withholds, with both in hand, and the movements of the second.

    Small counts may not be placed nearer than the policy says, nor the few who answered in between; no count of a cell
    that the first release withheld may be pinned.
    """
    cells, linked = withhold(pair), pair.linked
    if cells is None:
        return Attacked(stopped=1)
    movements = pair.movements(cells, withhold=not bare_movements)
    now = (~cells & linked.published) | pair.told_by_movements(movements)
    then, held_then = pair.shown_first()
    found = Attacked(cells=int(linked.published.sum()) * len(cells))
    found.withheld = int((cells & linked.published).sum())
    for one in range(len(cells)):
        found += _attack_one(pair, one, (then, now), held_then[one])
    return found


def _attack_one(pair: Pair, one: int, shown: tuple[Bools, Bools], held_then: Bools) -> Attacked:
    half, linked = len(pair.linked.base), pair.cells
    judged = [Judged(pair.linked, policy, pair.before) for policy in (pair.first_policy, pair.policy)]
    seen, hidden = [], []
    for at, known in ((one + half, shown[0]), (one, shown[1])):
        alike = [other for other in range(half) if (linked.base[other] == linked.base[one]).all()]
        base, numerator = (counts[at].astype(float) for counts in (linked.base, linked.numerator))
        seen.append(Seen(base, numerator, known[alike].any(axis=0), known[one]))
        hidden.append(~known[one])
    small = np.stack(
        [one_of[one] for one_of in (judged[1].small_base, judged[1].small_numerator, judged[1].small_complement)]
    )
    came = seen[1].base - seen[0].base
    few = (came > 0) & (came < pair.policy.base) & shown[0][one] & (pair.linked.by != "")
    answers = np.array([[False], [True], [True]])
    told = np.array([[True], [pair.policy.numerator > 0], [pair.policy.complement > 0]])
    nothing = np.zeros_like(small)
    protected = np.concatenate([nothing, small & hidden[1] & ~few, few & told])
    kept = np.concatenate([held_then & answers & ~linked.settled[one] & (seen[0].base > 0), nothing, nothing])
    width = np.ptp(placed_in_both(pair.linked, linked.settled[one], (seen[0], seen[1]), protected | kept), axis=1)
    strict = protected[protected | kept]
    return Attacked(
        small=int(protected.sum()),
        attacked=len(width),
        pinned=int((width < NEAR).sum()),
        too_near=int((width[strict] < pair.policy.range - NEAR).sum()),
    )


def attack(survey: Survey, estimates: Estimates, policy: Policy, withhold: Withholding = protecting) -> Attacked:
    """Attack every small count of every cell that is not shown, in a table or given away by two.

    The attacker knows the base of a cell from any indicator with the very same bases that shows it.
    """
    shares = [share_of(one, survey.wave.year) for one in estimates.indicators.values()]
    linked = linked_tables(survey, shares, tuple(dict.fromkeys(estimates.columns["by"].tolist())))
    cells, judged, found = withhold(linked, policy), Judged(linked, policy, Before.nothing(linked)), Attacked()
    found.cells = int(linked.published.sum()) * len(shares)
    found.small, found.withheld = (int((one & linked.published).sum()) for one in (judged.small, cells))
    for one in range(len(shares)):
        alike = [other for other in range(len(shares)) if (linked.base[other] == linked.base[one]).all()]
        known_base = (~cells[alike]).any(axis=0)
        small = np.stack([judged.small_base[one], judged.small_numerator[one], judged.small_complement[one]])
        low, high = placed_answers(linked, one, ~cells[one], known_base, small & cells[one]).T
        width = high - low
        found.attacked += len(width)
        found.pinned += int((width < NEAR).sum())
        found.too_near += int((width < policy.range - NEAR).sum())
    return found
