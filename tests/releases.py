"""Random pairs of releases: a wave published, and published again by other tables, with movements to a later wave.

Under the same or a weaker policy; in every other pair some people's returns came late, and only the second has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import psaindicators as psa
from psaindicators.definitions.policies import Policy
from psaindicators.figures.asked import read_where
from psaindicators.figures.disclosure import linked_tables, released
from psaindicators.figures.earlier import Earlier, EarlierRow, said_before
from psaindicators.figures.estimates import Estimates, estimate_ids, share_of
from psaindicators.figures.withholding import Before
from psaindicators.judgements.movements import Movements
from psaindicators.outturns.judging import Judgements
from psaindicators.outturns.releasing import without_confidential
from psaindicators.survey.linked import LinkedCells
from psaindicators.survey.survey import Survey
from psaindicators.tables import SUPPRESSED
from tests.table_sets import BREAKDOWNS, INDICATORS, LATER, WAVE, drawn_people, drawn_policy

Bools = NDArray[np.bool_]
EARLY = {"question": "early", "in": ["yes"]}


@dataclass(frozen=True, eq=False)
class Pair:
    """What was published `first` of a wave under a policy, and what is to be published of its `survey` under another.

    `estimates` and `later`, those of a later wave, are as they were made. The first half of the cells' indicators are
    of everybody, the other half of those who had answered by the first release: all, where none is `late`.
    """

    survey: Survey
    first: Estimates
    first_policy: Policy
    estimates: Estimates
    later: Estimates
    policy: Policy
    late: bool

    @cached_property
    def cells(self) -> LinkedCells:
        """The cells of both releases, of everybody and then of those who had answered."""
        rule = read_where(WAVE, EARLY)
        shares = [share_of(one, 2010, where) for where in (None, rule) for one in self.estimates.indicators.values()]
        by = [dict.fromkeys(one.columns["by"].tolist()) for one in (self.estimates, self.first)]
        found = linked_tables(self.survey, shares, tuple(by[0] | by[1]))
        return replace(found, published=np.array([one in by[0] for one in found.by.tolist()]))

    @cached_property
    def linked(self) -> LinkedCells:
        half = len(self.estimates.indicators)
        cells = self.cells
        return replace(cells, base=cells.base[:half], numerator=cells.numerator[:half], settled=cells.settled[:half])

    @cached_property
    def before(self) -> Before:
        columns, policy = self.first.columns, self.first_policy
        names = ("indicator", "by", "area", "base", "marker")
        rows = [
            EarlierRow(indicator, by, area, "", base, marker != SUPPRESSED)
            for indicator, by, area, base, marker in zip(*(columns[name].tolist() for name in names), strict=True)
        ]
        least = (policy.base, policy.least_numerator, policy.least_complement)
        found = said_before(
            [Earlier("first", tuple(rows), self.first.indicators, least)], self.estimates, self.linked, self.policy
        )
        assert found is not None
        return found

    def shown_first(self) -> tuple[Bools, Bools]:
        """Return the cells that the first release shows, and those it withholds, each (I, C)."""
        shown = self.first.columns["marker"] != SUPPRESSED
        return self._of_rows(self.first, shown), self._of_rows(self.first, ~shown)

    def told_by_movements(self, movements: Movements) -> Bools:
        """Return the cells of the wave whose values some movements print, or leave when one subtracts, (I, C)."""
        columns = movements.columns
        told = ~np.isnan(columns["earlier_value"]) | ~np.isnan(columns["change"] + columns["later_value"])
        ids = {one.split("; ")[0] for one in columns["rests_on"][told].tolist()}
        return self._of_rows(self.estimates, np.array([one in ids for one in estimate_ids(self.estimates.columns)]))

    def movements(self, held: Bools, *, withhold: bool = True) -> Movements:
        """Return the movements to the later wave, less those from the cells `held`, (I, C), where they are withheld."""
        found = psa.compare(self.estimates, self.later)
        if not withhold:
            return found
        marker = np.where(self._rows_of(self.estimates, held), SUPPRESSED, self.estimates.columns["marker"])
        shown = replace(self.estimates, columns={**self.estimates.columns, "marker": marker.astype(object)})
        told = without_confidential(Judgements(movements={"all": found}), [shown])
        return told.movements["all"]

    def _of_rows(self, estimates: Estimates, rows: Bools) -> Bools:
        which, cell = self._positions(estimates)
        found = np.zeros(self.linked.base.shape, dtype=bool)
        found[which[rows], cell[rows]] = True
        return found

    def _rows_of(self, estimates: Estimates, cells: Bools) -> Bools:
        return np.asarray(cells[self._positions(estimates)])

    def _positions(self, estimates: Estimates) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        keys = {key: c for c, key in enumerate(zip(self.linked.by, map(str, self.linked.area), strict=True))}
        numbers = {name: i for i, name in enumerate(self.estimates.indicators)}
        columns = estimates.columns
        cell = [keys[by, str(area)] for by, area in zip(columns["by"], columns["area"], strict=True)]
        return np.array([numbers[one] for one in columns["indicator"]], dtype=np.intp), np.array(cell, dtype=np.intp)


def drawn_pairs(number: int, seed: int = 1) -> Iterator[Pair]:
    """Yield so many pairs, the n-th of a seed always the same."""
    for i in range(number):
        random = np.random.default_rng((seed, i, 2))
        yield _pair(random, late=i % 2 == 1)


def _pair(random: np.random.Generator, *, late: bool) -> Pair:
    people = drawn_people(random)
    late_rate = random.choice([0.01, 0.05, 0.2]) if late else 0.0
    people["early"] = np.where(random.random(len(people)) < late_rate, 2.0, 1.0)
    policy = drawn_policy(random)
    first_by, by = (list(random.choice(BREAKDOWNS, int(random.integers(1, 4)), replace=False)) for _ in range(2))
    survey, first = psa.read_survey(people, WAVE), psa.read_survey(people[people["early"] == 1], WAVE)
    return Pair(
        survey,
        _released(first, first_by, policy),
        policy,
        psa.estimate(survey, INDICATORS, by=by, interval="wilson"),
        psa.estimate(psa.read_survey(_same_areas(people, random), LATER), INDICATORS, by=by, interval="wilson"),
        _weaker(policy, random),
        late,
    )


def _same_areas(people: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return people.sample(frac=1.0, replace=False, random_state=int(random.integers(1 << 30))).assign(
        tidy=random.choice([1.0, 2.0], len(people)), calm=random.choice([1.0, 2.0], len(people))
    )


def _released(survey: Survey, by: list[str], policy: Policy) -> Estimates:
    estimates = psa.estimate(survey, INDICATORS, by=by, interval="wilson")
    shares = [share_of(one, 2010) for one in INDICATORS.values()]
    return released(estimates, linked_tables(survey, shares, tuple(by)), policy).estimates


def _weaker(policy: Policy, random: np.random.Generator) -> Policy:
    """Return the policy as it is, or with a smaller threshold."""
    if random.random() < 0.5:
        return policy
    least = int(random.integers(2, policy.base + 1))
    answers = min(least, policy.numerator)
    return replace(policy, base=least, numerator=answers, complement=answers, range=least)
