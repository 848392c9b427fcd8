"""Which authority lies in which county, region and Local Area Agreement area, on which day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.geography.code_history import (
    RE_CODED,
    Area,
    first_code,
    nearest,
    predecessors,
    record,
    shipped_rows,
    spoken_day,
    successors,
)
from psaindicators.tables import Table, columns_of
from psaindicators.words import code_shown, joined

KINDS = ("authority", "county", "region", "laa", "england")
ENGLAND = "E92000001"
FIRST_DAY, LAST_DAY = "1998-04-01", "2025-12-31"
COLUMNS = (
    *(
        h.text("code", "the GSS code", "code"),
        h.text("name", "the area's name"),
        h.text("tier", "which kind of authority"),
    ),
    *(h.text("county", "the county it lies in; empty for none", "code"), h.text("region", "its region", "code")),
    h.text("laa", "the Local Area Agreement area of June 2008 that it lies in", "code"),
    h.text("snac", "the old ONS code", "code"),
    h.text("start", "its first day; empty where it is older than the code history", "date"),
    h.text("end", "its last day; empty where it is in force", "date"),
    h.text("successor", "the codes that it became, a space between them", "codes"),
)


@dataclass(frozen=True, repr=False)
class Areas:
    """The areas of England in force on one day; iterating gives its lower-tier authorities by code."""

    vintage: str
    authorities: tuple[Area, ...]
    wider: tuple[Area, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of area that an authority's code leads to."""
        return KINDS

    def __len__(self) -> int:
        return len(self.authorities)

    def __iter__(self) -> Iterator[Area]:
        return iter(self.authorities)

    def __repr__(self) -> str:
        counts = ", ".join(f"{kind} {len(self.codes(kind))}" for kind in KINDS)
        return f"Areas in force on {spoken_day(self.vintage)}: {counts}"

    def find(self, code_or_name: str) -> Area:
        """Return the area in force under a GSS code, an old ONS code or a name, its own or the same area's.

        A code that was re-issued finds its area in every vintage: E06000057 is E06000048 in 2009. Raises
        DefinitionError for an area of another vintage (saying when it was in force), for an unknown text
        (with the nearest) and for a name of two areas (Durham before April 2009: a district and a county).
        """
        return self._only(code_or_name, self._in_force(code_or_name))

    def levels(self, codes: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Return, for authorities in any accepted coding, the code of the area of each kind they lie in.

        A text array of shape (len(codes),) for each of `kinds`: `authority` holds the code of this vintage,
        and an authority in no area of a kind has "". Raises DefinitionError listing every code that is no
        authority.
        """
        found, problems = [], []
        for code in codes:
            try:
                found.append(self._only(code, self._authority(code)))
            except DefinitionError as problem:
                problems.append(f"  {problem}")
        if problems:
            head = f"{len(problems)} of {len(codes)} codes are not authorities of vintage {self.vintage}"
            raise DefinitionError("\n".join([f"{head}{_fitting_vintage(codes)}:", *problems]))
        return {kind: np.array([_level(area, kind) for area in found], dtype=object) for kind in KINDS}

    def codes(self, kind: str) -> tuple[str, ...]:
        """Return the codes of all areas of a kind in this vintage, in order."""
        _check_kind(kind)
        return tuple(sorted({_level(area, kind) for area in self.authorities} - {""}))

    def names(self, kind: str, codes: Iterable[str]) -> NDArray[Any]:
        """Return the names of areas of a kind as text, shape (number of codes,).

        Raises DefinitionError listing the codes that no area of the kind has.
        """
        known, wanted = self._names(kind), list(codes)
        strange = [code for code in wanted if code not in known]
        if strange:
            raise DefinitionError(f"no {kind} of vintage {self.vintage} has the code {joined(strange)}")
        return np.array([known[code] for code in wanted], dtype=object)

    def upper_tier(self) -> tuple[str, ...]:
        """Return the codes of the upper-tier authorities: 150 to 31 March 2009, 152 from the day after.

        They are the counties, the authorities that lie in no county, and the Isles of Scilly.
        """
        return tuple(sorted({a.code if a.laa == a.code else a.county or a.code for a in self.authorities}))

    def to_table(self) -> Table:
        """Return a row per authority: code, name, tier, county, region, laa, snac, start, end, successor."""
        return _table(self.authorities)

    def _names(self, kind: str) -> dict[str, str]:
        _check_kind(kind)
        if kind == "laa":
            return {row["code"]: row["name"] for row in shipped_rows("laa_areas.csv")}
        there = (*self.authorities, *self.wider)
        return {area.code: area.name for area in there if _level(area, kind) == area.code}

    def _in_force(self, text: str) -> list[Area]:
        candidates = record().under(text)
        direct = [area for area in candidates if area.in_force(self.vintage)]
        return direct or [a for area in candidates for a in _same_area(area) if a.in_force(self.vintage)]

    def _authority(self, text: str) -> list[Area]:
        return [area for area in self._in_force(text) if area.is_authority]

    def _only(self, text: str, found: Sequence[Area]) -> Area:
        different = dict.fromkeys(found)
        if len(different) == 1:
            return found[0]
        if different:
            raise DefinitionError(f"{code_shown(text)} is the name of {joined(different)}: give the code")
        raise DefinitionError(self._absent(text))

    def _absent(self, text: str) -> str:
        candidates = record().under(text)
        if not candidates:
            near = nearest(text, (*self.authorities, *self.wider))
            return f"{code_shown(text)} is not an area of England on {spoken_day(self.vintage)}{near}"
        return f"{code_shown(text)}: " + "; ".join(self._why_not(area) for area in candidates)

    def _why_not(self, area: Area) -> str:
        if area.in_force(self.vintage):
            return f"{area} is a {area.tier}, not a lower-tier authority"
        ended = bool(area.end) and area.end < self.vintage
        kin = successors(area.code) if ended else predecessors(area.code)
        if ended:
            heir = f"; its area went to {joined(kin)}" if kin else ""
            return f"{area} was abolished on {spoken_day(area.end)}{heir}"
        return f"{area} was created on {spoken_day(area.start)}" + (f", from {joined(kin)}" if kin else "")


@typed
def areas(vintage: str) -> Areas:
    """Return the areas of England in force on a day such as "2009-04-01".

    354 authorities to 31 March 2009, 326 from the day after. Days run from 1998-04-01 to 2025-12-31; another text is
    a DefinitionError, anything else an OptionError. Source: ONS code history, Open Government Licence v3; that the
    structure of February 2009 also held from April 1998 is reconstructed.
    """
    return _areas(_checked_day(vintage))


def area_history() -> Table:
    """Return a row for each code and name of an authority since 1998: to_table()'s columns, all vintages."""
    return _table([area for area in record().areas if area.is_authority])


@cache
def _areas(day: str) -> Areas:
    there = [area for area in record().areas if area.in_force(day)]
    wider = tuple(area for area in there if not area.is_authority)
    return Areas(day, tuple(area for area in there if area.is_authority), wider)


@cache
def _same_area(area: Area) -> tuple[Area, ...]:
    first = first_code(area.code, RE_CODED)
    return tuple(other for other in record().areas if first_code(other.code, RE_CODED) == first)


def _fitting_vintage(codes: Sequence[str]) -> str:
    changes = sorted({change.date for change in record().changes})
    days = [str(date.fromisoformat(changes[0]) - timedelta(days=1)), *changes]
    fitting = [day for day in days if all(_areas(day)._authority(code) for code in codes)]
    return f" (all of them are of {fitting[0]}: is that the file's vintage?)" if fitting else ""


def _level(area: Area, kind: str) -> str:
    match kind:
        case "authority":
            return area.code if area.is_authority else ""
        case "england":
            return ENGLAND
        case _:
            return str(getattr(area, kind))


def _check_kind(kind: str) -> None:
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise DefinitionError(f"'{kind}' is not a kind of area ({known}){did_you_mean(kind, KINDS)}")


def _checked_day(vintage: str) -> str:
    try:
        day = date.fromisoformat(vintage).isoformat()
    except (TypeError, ValueError):
        raise DefinitionError(f"vintage {vintage!r} is not a day in quotes, such as '2009-04-01'") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        known = f"{spoken_day(FIRST_DAY)} to {spoken_day(LAST_DAY)}"
        raise DefinitionError(f"vintage {day}: the areas of England are known here from {known}")
    return day


def _table(rows: Sequence[Area]) -> Table:
    return Table(columns_of(COLUMNS, [(*astuple(area), " ".join(record().later(area.code))) for area in rows]))
