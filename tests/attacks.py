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
from tests.attacker import placed_answers

NEAR = 1e-6
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
