"""Larger areas from the estimates of the authorities in them: counties from districts, successors from predecessors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.arguments import typed
from psaindicators.definitions.waves import AUTHORITY
from psaindicators.design.sample import Block
from psaindicators.errors import DesignError, OptionError, refuse, word_problems
from psaindicators.figures.asked import INTERVAL
from psaindicators.figures.estimates import Estimates, described, interval_columns, stacked_as
from psaindicators.figures.scale import in_proportions
from psaindicators.geography.code_history import successors
from psaindicators.geography.vintages import areas
from psaindicators.headings import Column
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.combining import combined_areas
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.keys import Counts, Floats
from psaindicators.survey.breakdowns import Breakdown
from psaindicators.words import listed

INTO = ("county", "region", "laa", "england", "successor")
EXACT = "beta"
"""What every method gives way to at 0% and 100%: it is the areas' own method only where no area has another."""
STATED = "population-weighted mean of authorities"
SUMMED = "mean of authorities weighted by their sums of weights"


@dataclass(frozen=True, eq=False)
class _Larger:
    """A larger area: its code, its name, and the codes (as the estimates have them) of all authorities in it."""

    code: str
    name: str
    members: tuple[str, ...]


@typed
def combine_areas(
    estimates: Estimates, into: str, *, vintage: str | None = None, populations: Mapping[str, float] | None = None
) -> Estimates:
    """Return estimates of larger areas as population-weighted means of the authorities that make them up.

    `into` is county, region, laa, england or successor (of the authorities abolished when the vintage ended). With
    populations W by authority, value = sum W p / sum W and variance = sum (W / sum W)^2 v, each authority sampled on
    its own; df is Satterthwaite's, base, strata and psus are sums, and `weighted_base` is the population. Without
    populations each indicator's own sums of weights stand in for them, and `method` says so: right only where weights
    gross to the population alike everywhere. A larger area of which some authority has no estimate has no value ([x]);
    one of which none has is left out. `vintage` is the day whose areas the codes are of, the wave's unless given.

    Not the pooled sample: a district with many returns would count for more than its people. Source: the county
    results of the Place Survey 2008, derived from their districts. Raises OptionError, DesignError for a population
    that is missing, DefinitionError for a code that is not an authority of the vintage.
    """
    day = vintage or (estimates.wave.vintage if estimates.wave else None)
    refuse(word_problems("into", into, INTO))
    if day is None:
        raise OptionError("the estimates do not know the vintage of their areas: give one, such as '2009-04-01'")
    local = estimates.where(by=AUTHORITY)
    if not len(local):
        raise OptionError("there are no estimates by authority to combine")
    present = list(dict.fromkeys(local.columns["area"].tolist()))
    larger = [one for one in _larger_areas(into, day, present) if any(code in present for code in one.members)]
    grid = _grid(local, list(estimates.indicators), present)
    weights = grid.weighted_base if populations is None else _stated(populations, present, grid.value.shape)
    one = _combined(grid, [_rows(area, present) for area in larger], weights)
    return _as_estimates(estimates, local, one, Breakdown(into, _codes(larger), _names(larger)), populations)


def _larger_areas(into: str, day: str, present: Sequence[str]) -> list[_Larger]:
    geography = areas(day)
    own = dict(zip(geography.levels(present)[AUTHORITY].tolist(), present, strict=True))
    every = geography.codes(AUTHORITY)
    if into == "successor":
        heirs = {code: successors(code) for code in every}
        lies_in = {code: heir[0].code for code, heir in heirs.items() if len(heir) == 1}
        names = {heir[0].code: heir[0].name for heir in heirs.values() if len(heir) == 1}
    else:
        lies_in = dict(zip(every, geography.levels(every)[into].tolist(), strict=True))
        codes = geography.codes(into)
        names = dict(zip(codes, geography.names(into, codes).tolist(), strict=True))
    return [
        _Larger(code, name, tuple(own.get(small, small) for small, large in lies_in.items() if large == code))
        for code, name in sorted(names.items())
    ]


def _stated(populations: Mapping[str, float], present: Sequence[str], shape: tuple[int, ...]) -> Floats:
    """Return the population of each area, for every indicator alike. Raises DesignError where one is missing."""
    absent = [code for code in present if code not in populations]
    if absent:
        raise DesignError(f"every authority needs a population to be combined; there is none for {listed(absent)}")
    return np.broadcast_to([float(populations[code]) for code in present], shape)


def _rows(larger: _Larger, present: Sequence[str]) -> Counts | None:
    """Return where the members of a larger area stand among the areas that are present, or None if one is not."""
    place = {code: i for i, code in enumerate(present)}
    if not all(code in place for code in larger.members):
        return None
    return np.array([place[code] for code in larger.members], dtype=np.intp)


def _grid(local: Estimates, indicators: Sequence[str], areas: Sequence[str]) -> Ratios:
    """Return estimates as proportions, each array of shape (indicators, areas); NaN and no base where there is none."""
    columns = local.columns
    place = {pair: row for row, pair in enumerate(zip(columns["indicator"], columns["area"], strict=True))}
    row = np.array([[place.get((name, area), -1) for area in areas] for name in indicators], dtype=np.intp)

    def held(name: str, absent: float) -> NDArray[Any]:
        column = columns[name]
        return np.append(column, np.array([absent], dtype=column.dtype))[row]

    return Ratios(
        value=in_proportions(held("value", np.nan)),
        v=in_proportions(held("se", np.nan)) ** 2,
        base=held("base", 0),
        answered=held("base", 0),
        weighted_base=held("weighted_base", 0),
        strata=held("strata", 0),
        psus=held("psus", 0),
        df=held("df", 0),
    )


def _combined(areas: Ratios, members: Sequence[Counts | None], weights: Floats) -> Ratios:
    """Return the figures of larger areas; one of which some member is absent or has no value has none, and no base."""
    nobody = np.empty(0, dtype=np.intp)
    one = combined_areas(areas, [nobody if rows is None else rows for rows in members], weights)
    whole = np.isfinite(one.value)
    return replace(
        one,
        base=np.where(whole, one.base, 0),
        answered=np.where(whole, one.answered, 0),
        weighted_base=np.where(whole, one.weighted_base, 0.0),
        strata=np.where(whole, one.strata, 0),
        psus=np.where(whole, one.psus, 0),
        df=np.where(whole, one.df, 0.0),
    )


def _as_estimates(
    estimates: Estimates, local: Estimates, one: Ratios, part: Breakdown, populations: Mapping[str, float] | None
) -> Estimates:
    first = local[0]
    held = [name for name in local.columns["interval"].tolist() if name]
    interval = next((name for name in held if name != EXACT), held[0] if held else INTERVAL)
    method = SUMMED if populations is None else STATED
    block = interval_columns(one, interval, first.level) | described(Block(part, one, method))
    named = {"indicator": list(estimates.indicators)}
    return replace(estimates, columns=stacked_as(first.survey, first.wave, named, [block]))


def _codes(larger: Sequence[_Larger]) -> Codes:
    return Codes(tuple(one.code for one in larger), np.empty(0, dtype=np.intp))


def _names(larger: Sequence[_Larger]) -> Column:
    return np.array([one.name for one in larger], dtype=object)
