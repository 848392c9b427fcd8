"""Larger areas from the estimates of the authorities in them: counties from districts, successors from predecessors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from psaindicators.errors import DesignError, OptionError, refuse, word_problems
from psaindicators.figures.asked import INTERVAL
from psaindicators.figures.estimates import PERCENT, Estimates, described, interval_columns, stacked_as
from psaindicators.geography.code_history import successors
from psaindicators.geography.vintages import areas
from psaindicators.headings import Column
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.combining import population_weighted
from psaindicators.kernel.linearise import Ratios
from psaindicators.survey.breakdowns import Breakdown

INTO = ("county", "region", "laa", "england", "successor")
AUTHORITY = "authority"
STATED = "population-weighted mean of authorities"
SUMMED = "mean of authorities weighted by their sums of weights"


@dataclass(frozen=True, eq=False)
class _Larger:
    """A larger area: its code, its name, and the codes (as the estimates have them) of all authorities in it."""

    code: str
    name: str
    members: tuple[str, ...]


def combine_areas(
    estimates: Estimates, into: str, *, vintage: str | None = None, populations: Mapping[str, float] | None = None
) -> Estimates:
    """Return estimates of larger areas as population-weighted means of the authorities that make them up.

    `into` is county, region, laa, england or successor (of the authorities abolished when the vintage ended). With
    populations W by authority, value = sum W p / sum W and variance = sum (W / sum W)^2 v, each authority sampled on
    its own; df, base, strata and psus are sums, and `weighted_base` is the population. Without populations the sums of
    weights stand in for them, and `method` says so: right only where weights gross to the population alike everywhere.
    A larger area of which some authority has no estimate has no value ([x]); one of which none has is left out.
    `vintage` is the day whose areas the codes are of, the wave's unless given.

    Not the pooled sample: a district with many returns would count for more than its people. Source: the county
    results of the Place Survey 2008, derived from their districts. Raises OptionError, DesignError for a population
    that is missing, DefinitionError for a code that is no authority of the vintage.
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
    weights = _weights(local, present, populations)
    found = [_combined(local, name, larger, weights) for name in estimates.indicators]
    one = Ratios(*(np.stack([row[i] for row in found]) for i in range(8)))
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


def _weights(local: Estimates, present: Sequence[str], populations: Mapping[str, float] | None) -> dict[str, float]:
    if populations is None:
        first = local.where(indicator=next(iter(local.indicators)))
        return dict(zip(first.columns["area"].tolist(), first.columns["weighted_base"].tolist(), strict=True))
    absent = [code for code in present if code not in populations]
    if absent:
        listed = ", ".join(absent[:12]) + (", ..." if len(absent) > 12 else "")
        raise DesignError(f"every authority needs a population to be combined; there is none for {listed}")
    return {code: float(populations[code]) for code in present}


def _combined(
    local: Estimates, name: str, larger: Sequence[_Larger], weights: Mapping[str, float]
) -> tuple[Column, ...]:
    """Return the fields of `Ratios` for one indicator, each of shape (larger areas,)."""
    rows = {row.area: row for row in local.where(indicator=name)}
    return tuple(map(np.array, zip(*(_whole(rows, one, weights) for one in larger), strict=True)))


def _whole(rows: Mapping[str, object], one: _Larger, weights: Mapping[str, float]) -> tuple[float, ...]:
    members = [rows[code] for code in one.members if code in rows]
    if len(members) < len(one.members) or any(np.isnan(row.value) for row in members):  # type: ignore[attr-defined]
        return np.nan, np.nan, 0, 0, 0.0, 0, 0, 0
    values, se = (np.array([getattr(row, field) for row in members]) / PERCENT for field in ("value", "se"))
    population = np.array([weights[code] for code in one.members])
    p, v = population_weighted(values, se**2, population)
    base, strata, psus, df = (sum(getattr(row, field) for row in members) for field in ("base", "strata", "psus", "df"))
    return float(p), float(v), base, base, float(population.sum()), strata, psus, df


def _as_estimates(
    estimates: Estimates, local: Estimates, one: Ratios, part: Breakdown, populations: Mapping[str, float] | None
) -> Estimates:
    first = local[0]
    interval = next((row.interval for row in local if row.interval), INTERVAL)
    method = SUMMED if populations is None else STATED
    block = interval_columns(one, interval, first.level, one.df.astype(float)) | described(part, one, method)
    named = {"indicator": list(estimates.indicators)}
    return replace(estimates, columns=stacked_as(first.survey, first.wave, named, [block]))


def _codes(larger: Sequence[_Larger]) -> Codes:
    return Codes(tuple(one.code for one in larger), np.empty(0, dtype=np.intp))


def _names(larger: Sequence[_Larger]) -> Column:
    return np.array([one.name for one in larger], dtype=object)
