"""The stages of sampling of a design, built once from its keys; and what no variance can be made of, refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from psaindicators.errors import DesignError
from psaindicators.kernel.keys import Bools, Counts, Floats, Keys, numbered, summed
from psaindicators.kernel.lonely import LONELY, remedies
from psaindicators.words import code_text, listed


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling: in which stratum each cell lies and, where units are named, in which unit.

    `n` is the number of units in each stratum and `population` how many there are to sample from (infinite without a
    population count), both of the whole design; `factor` multiplies the stratum's variance. Shapes (C,), (C,), (H,),
    (H,), (H,).
    """

    stratum: Counts
    unit: Counts | None
    n: Counts
    population: Floats
    factor: Floats

    @property
    def f(self) -> Floats:
        """The fraction sampled, 0 without a population count; shape (H,)."""
        with np.errstate(divide="ignore"):  # a count of 0 is refused by `check`
            return np.asarray(self.n / self.population)

    @property
    def lonely(self) -> Bools:
        """Strata with a single unit that was not taken whole; shape (H,)."""
        return np.asarray((self.n == 1) & (self.f < 1))

    @property
    def of_units(self) -> Counts:
        """The stratum of each named unit; shape (units,)."""
        assert self.unit is not None
        return self.stratum[np.unique(self.unit, return_index=True)[1]]


def stages_of(keys: Keys, respondents: Counts) -> tuple[Stage, ...]:
    """Return the stages of sampling of the whole design from where its cells lie and the `respondents` in each, (C,).

    Nothing is refused here: see `check`.
    """
    stages: list[Stage] = []
    stratum, factor = keys.stratum.positions, np.ones(len(keys.stratum.values))
    for level in range(keys.stages):
        unit = numbered([stratum, keys.units[level].positions])[0] if level < len(keys.units) else None
        n = _units_per_stratum(respondents, stratum, unit, len(factor))
        stages.append(Stage(stratum, unit, n, _populations(keys, level, stratum, len(factor)), factor))
        if unit is None:
            break
        first = np.unique(unit, return_index=True)[1]
        factor = (factor * stages[-1].f)[stratum[first]]
        stratum = unit
    return tuple(stages)


def _units_per_stratum(respondents: Counts, stratum: Counts, unit: Counts | None, n_strata: int) -> Counts:
    if unit is None:
        return summed(respondents, stratum, n_strata)
    stratum_of_unit = stratum[np.unique(unit, return_index=True)[1]]
    return np.bincount(stratum_of_unit, minlength=n_strata)


def _populations(keys: Keys, level: int, stratum: Counts, n_strata: int) -> Floats:
    """Return the largest population count of each stratum, infinite where the stage has none."""
    if level >= len(keys.populations):
        return np.full(n_strata, np.inf)
    most = np.full(n_strata, -np.inf)
    np.maximum.at(most, stratum, _counts(keys, level))
    return most


def _counts(keys: Keys, level: int) -> Floats:
    codes = keys.populations[level]
    return np.asarray(np.array(codes.values, dtype=float)[codes.positions])


def check_stages(keys: Keys, stages: Sequence[Stage], lonely_psu: str) -> None:
    """Raise DesignError for what no variance can be made of, listing the strata.

    That is lonely PSUs where the policy refuses them, and population counts that change within a stratum, are below the
    number sampled, or are fractions.
    """
    for level, stage in enumerate(stages):
        if level < len(keys.populations):
            _refuse_counts(keys, level, stage)
    if LONELY[lonely_psu].refused:
        _refuse_lonely(keys, stages[0])


def _refuse_counts(keys: Keys, level: int, stage: Stage) -> None:
    least, most = np.full(len(stage.n), np.inf), stage.population
    np.minimum.at(least, stage.stratum, _counts(keys, level))
    whole = "a number of units in the population, not a fraction sampled"
    for wrong, what, right in (
        (least != most, "has more than one population count (fpc)", "one for each stratum"),
        ((most < 1) | (most != np.trunc(most)), "has a population count (fpc) that is a fraction", whole),
        (most < stage.n, "has a population count (fpc) below the units sampled", "at least as many as sampled"),
    ):
        if wrong.any():
            raise DesignError(f"stratum {_strata(keys, level, stage, wrong)} {what}; what would be right: {right}")


def _refuse_lonely(keys: Keys, first: Stage) -> None:
    if first.lonely.any():
        raise DesignError(
            f"{int(first.lonely.sum())} of {len(first.n)} strata have a single PSU: "
            f"{_strata(keys, 0, first, first.lonely)}; one PSU cannot show a variance. Say lonely_psu = {remedies()}, "
            "or join the stratum to its neighbour"
        )


def _strata(keys: Keys, level: int, stage: Stage, wrong: Bools) -> str:
    """Return the names of some of a stage's strata: below the first a stratum is a unit, named with those above it."""
    named = (keys.stratum, *keys.units[:level])
    cells = [np.flatnonzero(stage.stratum == h)[0] for h in np.flatnonzero(wrong)]
    return listed("/".join(code_text(codes.values[codes.positions[cell]]) for codes in named) for cell in cells)
