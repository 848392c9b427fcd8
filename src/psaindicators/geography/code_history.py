"""The code history of England's authorities: every code and name since 1998, and what each became.

Sources and certainty: geography/README.md and docs/geography.md.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from psaindicators.arguments import typed
from psaindicators.errors import DefinitionError
from psaindicators.words import joined

WIDER_TIERS = ("county", "region", "england")
RE_CODED = frozenset({"re-coded", "renamed"})
SAME_GROUND = RE_CODED | {"same area", "county replaced"}


@dataclass(frozen=True)
class Area:
    """An area of England: codes as text, days as ISO text, empty where there is none.

    `county` is empty where the area lies in no county; `laa` is the Local Area Agreement area of June 2008 in
    which it lies; `snac` is the old ONS code ("09UC"); `start` is empty for an area older than the code
    history, `end` (its last day) for one still in force.
    """

    code: str
    name: str
    tier: str
    county: str
    region: str
    laa: str
    snac: str
    start: str
    end: str

    @property
    def is_authority(self) -> bool:
        """Whether this is a lower-tier authority, not a county, a region or England."""
        return self.tier not in WIDER_TIERS

    def in_force(self, day: str) -> bool:
        """Return whether the area, under this code and name, existed on `day` (ISO text)."""
        return self.start <= day and (not self.end or day <= self.end)

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


@dataclass(frozen=True)
class Change:
    """One step of an area on `date`: `change` is re-coded, renamed, same area (a new authority), merged,
    county replaced (by one unitary authority with its boundary) or county divided.
    """

    earlier: str
    later: str
    date: str
    change: str
    order: str


@dataclass(frozen=True, eq=False)
class Record:
    """All areas and changes, with the areas under each code (GSS and old ONS) and each name."""

    areas: tuple[Area, ...]
    changes: tuple[Change, ...]
    by_code: Mapping[str, tuple[Area, ...]]
    by_name: Mapping[str, tuple[Area, ...]]

    def under(self, code_or_name: str) -> tuple[Area, ...]:
        """Return the areas that ever bore a code, else those that ever bore a name."""
        key = match_key(code_or_name)
        return self.by_code.get(key) or self.by_name.get(key, ())

    def area(self, code: str) -> Area:
        """Return the area of a GSS code, under its latest name."""
        return self.by_code[match_key(code)][-1]

    def later(self, code: str) -> list[str]:
        """Return the GSS codes that a GSS code became: one step, changes of name left out."""
        return [c.later for c in self.changes if c.earlier == code != c.later]

    def earlier(self, code: str) -> list[str]:
        """Return the GSS codes that a GSS code was made from: one step."""
        return [c.earlier for c in self.changes if c.later == code != c.earlier]


@typed
def successors(code: str) -> tuple[Area, ...]:
    """Return what an authority or county (GSS or old ONS code) became at the next step; none if in force.

    Raises DefinitionError for an unknown code.
    """
    return _step(code, record().later)


@typed
def predecessors(code: str) -> tuple[Area, ...]:
    """Return the authorities that an authority (GSS or old ONS code) was made from; none if older than 2009.

    Counties are left out, so that no area is met twice when the predecessors are combined. Raises
    DefinitionError for an unknown code.
    """
    return tuple(area for area in _step(code, record().earlier) if area.is_authority)


@cache
def record() -> Record:
    """Return the shipped code history, read on first use."""
    every = (
        *(Area(**row) for row in shipped_rows("authorities.csv")),
        *(_wider(row) for row in shipped_rows("wider_areas.csv")),
    )
    by_code = _index(every, lambda area: {match_key(area.code), match_key(area.snac)})
    by_name = _index(every, lambda area: {match_key(area.name), match_key(_without_style(area.name))})
    return Record(every, tuple(Change(**row) for row in shipped_rows("changes.csv")), by_code, by_name)


@cache
def first_codes(kinds: frozenset[str]) -> dict[str, str]:
    """Return, for each code that followed another by changes of these kinds, the first code of that chain."""
    firsts: dict[str, str] = {}
    for change in sorted((c for c in record().changes if c.change in kinds), key=lambda c: c.date):
        firsts[change.later] = firsts.get(change.earlier, change.earlier)
    return firsts


def first_code(code: str, kinds: frozenset[str]) -> str:
    """Return the first GSS code that the area of `code` had, following changes of these kinds only."""
    return first_codes(kinds).get(code, code)


@cache
def shipped_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a shipped table of this folder."""
    text = (files("psaindicators.geography") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def match_key(text: str) -> str:
    """Return a code or name without case, spaces and punctuation: what two spellings of it share."""
    return "".join(letter for letter in str(text).casefold().replace("&", "and") if letter.isalnum())


def nearest(text: str, pool: Iterable[Area]) -> str:
    """Return `; the nearest are X (code) and Y (code)`, by code or name, or nothing where none is near."""
    keys = {key: area for area in pool for key in map(match_key, (area.snac, area.code, area.name)) if key}
    near = list(dict.fromkeys(keys[key] for key in get_close_matches(match_key(text), keys, n=3, cutoff=0.6)))
    return f"; the nearest {'are' if len(near) > 1 else 'is'} {joined(near)}" if near else ""


def spoken_day(iso: str) -> str:
    """Return `1 April 2009` for `2009-04-01`."""
    return f"{date.fromisoformat(iso):%d %B %Y}".lstrip("0")


def _wider(row: dict[str, str]) -> Area:
    own = row["code"] if row["tier"] == "county" else ""
    return Area(**row, county=own, laa=own)


def _without_style(name: str) -> str:
    return name.removesuffix(", City of").removesuffix(", County of")


def _index(every: Iterable[Area], keys: Callable[[Area], set[str]]) -> dict[str, tuple[Area, ...]]:
    index: dict[str, tuple[Area, ...]] = {}
    for area in every:
        for key in keys(area) - {""}:
            index[key] = (*index.get(key, ()), area)
    return index


def _step(code: str, step: Callable[[str], list[str]]) -> tuple[Area, ...]:
    known = record().by_code.get(match_key(code))
    if not known:
        raise DefinitionError(f"'{code}' is not a code of an area of England{nearest(code, record().areas)}")
    codes = dict.fromkeys(area.code for area in known)
    found = dict.fromkeys(near for own in codes for near in step(own) if near not in codes)
    return tuple(record().area(near) for near in found)
