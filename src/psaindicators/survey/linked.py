"""Every cell that a survey's tables show or give away, with the relations between them, and who is in each.

Two breakdowns are linked where the one divides the areas of the other: "region*sex" divides "region", authorities
divide regions, everything divides everyone. A reader can subtract, so the rest of an area that its division leaves out,
such as those who did not answer, is a cell too, and so is what two breakdowns have in common, published or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.keys import Counts, numbered, summed
from psaindicators.kernel.sums import Sums
from psaindicators.survey.breakdowns import EVERYONE, parts_of
from psaindicators.survey.quantities import Share
from psaindicators.survey.rows import AddedUp

Factors = frozenset[str]
"""The area kinds and questions that a breakdown crosses, with all that follow from them; none: everyone."""


@dataclass(frozen=True, eq=False)
class LinkedCells:
    """C cells of a survey's tables, and what they sum to.

    `by` and `area`, (C,), are those of a cell of a table and "" of another; `published` are the cells that stand in a
    table of this release, and not in one of an earlier release alone. `base` and `numerator` count the respondents of I
    shares in each, (I, C). `settled`, (I, C), are cells whose own breakdown says who is in the numerator, such as those
    by the question that is asked: everybody knows that they are at 0% or 100%.
    """

    sums: Sums
    by: NDArray[np.object_]
    area: NDArray[np.object_]
    published: NDArray[np.bool_]
    base: Counts
    numerator: Counts
    settled: NDArray[np.bool_]


def linking(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the breakdowns that rows are added up by for the tables of some: everyone, the parts of each, each."""
    asked = parts_of(by)
    return tuple(dict.fromkeys((EVERYONE, *(name for one in asked for name in one.split("*")), *asked)))


def linked_cells(
    added: AddedUp, shares: Sequence[Share], by: str | Sequence[str] | None, *, before: Sequence[str] = ()
) -> LinkedCells:
    """Return the cells of the tables of some shares by some breakdowns, and every other that follows from them.

    `added` are the totals of these shares, in this order, by every breakdown of `linking` at least. By those of
    `before` there are tables in an earlier release.
    """
    now = parts_of(by)
    asked = tuple(dict.fromkeys((*now, *before)))
    codes = {part.by: part.codes for part in added.breakdowns}
    opened = {name: codes[name].positions for name in linking(asked)}
    factors = [name for name in opened if "*" not in name and name != EVERYONE]
    coarser = {one: frozenset(other for other in factors if _divides(opened[one], opened[other])) for one in factors}
    layers = [_Layer(_closed(name, coarser), opened[name], name) for name in asked]
    between = _in_common([one.factors for one in layers])
    layers += [_Layer(one, _crossed(_least(one, coarser), opened)) for one in between]
    counted = _Counted(np.concatenate([added.totals.base, added.totals.numerator]), layers)
    for coarse, fine in _links([one.factors for one in layers]):
        counted.link(coarse, fine)
    areas = {name: np.array(codes[name].values, dtype=object) for name in asked}
    return counted.cells(areas, [one.numerator.questions for one in shares], now)


@dataclass(frozen=True, eq=False)
class _Layer:
    """The areas of one breakdown: where each of the rows' cells lies, (N,), and its name where it is published."""

    factors: Factors
    positions: Counts
    published: str = ""

    @property
    def size(self) -> int:
        return int(self.positions.max(initial=-1)) + 1


def _divides(finer: Counts, coarser: Counts) -> bool:
    """Return whether everyone in one area of the finer breakdown is in the same one of the coarser, or in none."""
    inside = finer >= 0
    _, first = numbered([finer[inside], coarser[inside]])
    return len(first) == len(np.unique(finer[inside]))


def _closed(by: str, coarser: Mapping[str, Factors]) -> Factors:
    return frozenset(one for name in by.split("*") if name != EVERYONE for one in coarser[name])


def _in_common(asked: Iterable[Factors]) -> list[Factors]:
    """Return what any of the breakdowns have in common and none of them is; everyone is common to all."""
    published = set(asked)
    found: set[Factors] = {*published, frozenset()}
    while more := {one & other for one, other in combinations(found, 2)} - found:
        found |= more
    return sorted(found - published, key=sorted)


def _least(factors: Factors, coarser: Mapping[str, Factors]) -> list[str]:
    """Return those of the factors from which the others follow."""
    kept: list[str] = []
    for one in sorted(factors, key=lambda name: (-len(coarser[name]), name)):
        if not any(one in coarser[other] for other in kept):
            kept.append(one)
    return kept


def _crossed(factors: Sequence[str], opened: Mapping[str, Counts]) -> Counts:
    if not factors:
        return opened[EVERYONE]
    inside = np.all([opened[name] >= 0 for name in factors], axis=0)
    crossed = np.full(len(inside), -1, dtype=np.intp)
    crossed[inside] = numbered([opened[name][inside] for name in factors])[0]
    return crossed


def _links(layers: Sequence[Factors]) -> Iterator[tuple[int, int]]:
    """Yield each layer with those that divide it and that no layer stands between; of two alike the first divides."""
    for (i, coarse), (j, fine) in permutations(enumerate(layers), 2):
        alike = coarse == fine and layers.index(fine) == j and i > j
        if alike or (coarse < fine and not any(coarse < one < fine for one in layers)):
            yield i, j


class _Counted:
    """Counts of respondents in layers of areas, and the relations between them while they are gathered."""

    def __init__(self, people: Counts, layers: Sequence[_Layer]) -> None:
        self.people, self.layers = people, layers
        self.starts = np.cumsum([0, *(one.size for one in layers)])
        self.counts = [self._within(one.positions, one.size) for one in layers]
        self.whole: list[Counts] = []
        self.relation: list[Counts] = []
        self.part: list[Counts] = []

    def _within(self, positions: Counts, size: int) -> Counts:
        inside = positions >= 0
        return summed(self.people[:, inside], positions[inside], size)

    def link(self, coarse: int, fine: int) -> None:
        """Relate each area of a layer to the areas of a finer one that lie in it, and to the rest of it."""
        whole, part = self.layers[coarse], self.layers[fine]
        _, first = numbered([whole.positions, part.positions])
        areas, parts = whole.positions[first], part.positions[first]
        inside = (areas >= 0) & (parts >= 0)
        rest = self._within(np.where(part.positions < 0, whole.positions, -1), whole.size)
        left = np.flatnonzero(rest.any(axis=0))
        left_at = self._next + np.arange(len(left))
        self.counts.append(rest[:, left])
        relations, at = np.unique(np.concatenate([areas[inside], left]), return_inverse=True)
        self.relation.append(at + sum(map(len, self.whole)))
        self.part.append(np.concatenate([self.starts[fine] + parts[inside], left_at]))
        self.whole.append(self.starts[coarse] + relations)

    @property
    def _next(self) -> int:
        return sum(one.shape[1] for one in self.counts)

    def cells(
        self, areas: Mapping[str, NDArray[np.object_]], questions: Sequence[frozenset[str]], now: Sequence[str]
    ) -> LinkedCells:
        """Return the cells of all layers and the rests, in that order; published are those by the breakdowns `now`."""
        counts = np.concatenate(self.counts, axis=1)
        by, area = (np.full(counts.shape[1], "", dtype=object) for _ in range(2))
        settled = np.zeros((len(questions), counts.shape[1]), dtype=bool)
        for start, one in zip(self.starts, self.layers, strict=False):
            by[start : start + one.size] = one.published
            area[start : start + one.size] = areas[one.published][: one.size] if one.published else ""
            settled[:, start : start + one.size] = np.array([[asks <= one.factors] for asks in questions])
        none = [np.zeros(0, dtype=np.intp)]
        whole, relation, part = (np.concatenate(one or none) for one in (self.whole, self.relation, self.part))
        base, numerator = counts[: len(questions)], counts[len(questions) :]
        published = np.array([one in now for one in by.tolist()], dtype=bool)
        return LinkedCells(Sums(len(by), whole, relation, part), by, area, published, base, numerator, settled)
