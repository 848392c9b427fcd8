"""What the package knows: the shipped indicator sets and surveys, and how a name or a path finds one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from os import PathLike, fspath
from typing import Any

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.finding import FOLDER, find, shipped_ids
from psaindicators.definitions.indicator_files import Sets, indicators_of, load_indicators
from psaindicators.definitions.indicators import Indicator, IndicatorSet, canonical_id
from psaindicators.definitions.wave_files import load_waves, waves_of
from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError, OptionError, did_you_mean
from psaindicators.files.strict_toml import MAPPING
from psaindicators.tables import Table, columns_of

NameOrMapping = str | PathLike[str] | Mapping[Any, Any]
"""What names a set or a survey: a shipped id, the path of a TOML file, or what such a file holds."""
CROSSWALK = (
    *("what is measured", "the agreement's indicator; empty for none", "the National Indicator; empty for none"),
    *("the survey of national figures", "that of local figures", "what a reader must know of the row"),
)
"""What the columns of crosswalk.csv say, in its order."""


@typed
def wave(survey: NameOrMapping, year: int) -> Wave:
    """Return one wave of a survey: a shipped id ("place"), the path of a survey TOML ("mine.toml"), or a mapping.

    A mapping holds what the TOML file would. `year` is the year the fieldwork starts. Raises DefinitionError for an
    unknown survey or wave and for every problem of a file or mapping at once, and MissingFileError for a path that
    leads nowhere.
    """
    if not isinstance(year, int):
        raise OptionError(f"a wave is named by a year, a whole number such as 2008; got {year!r}")
    return wave_of(waves(survey), MAPPING if isinstance(survey, Mapping) else fspath(survey), year)


def wave_of(by_year: Mapping[int, Wave], survey: str, year: int) -> Wave:
    """Return the wave of a year among those of a survey. Raises DefinitionError where there is none."""
    if year not in by_year:
        known = ", ".join(map(str, by_year))
        raise DefinitionError(f"{survey} has no wave {year}; its waves (the year fieldwork starts) are {known}")
    return by_year[year]


def waves(survey: NameOrMapping) -> dict[int, Wave]:
    """Return the waves of a survey by year; see `wave`."""
    return waves_of(survey) if isinstance(survey, Mapping) else load_waves(find(survey, "surveys"))


@typed
def indicators(which: NameOrMapping) -> IndicatorSet:
    """Return an indicator set: a shipped id ("nis", "psa21"), the path of a TOML ("my_set.toml"), or a mapping.

    A mapping holds what the TOML file would. Raises DefinitionError for an unknown set and for every problem of a file
    or mapping at once.
    """
    return indicators_of(which) if isinstance(which, Mapping) else load_indicators(find(which, "sets"))


@cache
def all_shipped() -> dict[str, Indicator]:
    """Return every shipped indicator by id."""
    read: Sets = {}
    sets = [load_indicators(find(name, "sets"), read) for name in shipped_ids("sets")]
    return {indicator.id: indicator for one in sets for indicator in one.values()}


def find_indicator(wanted: str, known: Iterable[Indicator]) -> Indicator:
    """Return the indicator of an id among those known.

    Raises DefinitionError; for a bare number it shows what the number means in each numbering scheme.
    """
    by_id = {indicator.id: indicator for indicator in known}
    indicator_id = canonical_id(wanted)
    if indicator_id in by_id:
        return by_id[indicator_id]
    if re.fullmatch(r"[\d.]+", indicator_id):
        raise DefinitionError(_bare_number(indicator_id, by_id))
    raise DefinitionError(f"there is no indicator '{wanted}'{did_you_mean(indicator_id, by_id)}")


def find_shipped(wanted: str) -> Indicator:
    """Return the shipped indicator of an id. Raises DefinitionError, which says how one of one's own is asked for."""
    if wanted.endswith(".toml") or wanted in shipped_ids("sets"):
        raise DefinitionError(f"'{wanted}' is a set, not an indicator: ask for psa.indicators('{wanted}')")
    try:
        return find_indicator(wanted, all_shipped().values())
    except DefinitionError as error:
        own = f"one of your own is asked for from its set: psa.indicators('my_set.toml')['{wanted}']"
        raise DefinitionError(f"{error}; {own}") from None


def _bare_number(number: str, by_id: dict[str, Indicator]) -> str:
    known = all_shipped() | by_id
    meant = [one for one in known.values() if re.search(rf"(?<!\d){re.escape(number)}$", one.id)]
    meanings = "".join(f"\n  - {one.id}: {one.title}" for one in meant)
    choice = f"; it could be{meanings}" if meant else f"; the ids are {', '.join(known)}"
    return f"'{number}' alone does not say which numbering scheme it belongs to{choice}\nwrite the id in full"


def crosswalk() -> Table:
    """Return how the PSA 21 and the National Indicator numbers correspond, a concept each row.

    Columns: concept, psa21, national_indicator (ids or empty), national_source, local_source, note. The two schemes
    collide: PSA 21 indicator 3 is National Indicator 2, and NI 3 has no counterpart in PSA 21. That the one is the
    other is said in one place, where the indicator of PSA 21 names its `local` id.
    """
    with (FOLDER / "crosswalk.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        local = next((all_shipped()[cell].local for cell in row.values() if cell in all_shipped()), None)
        row["national_indicator"] = row["national_indicator"] or local or ""
    headings = [h.text(name, says) for name, says in zip(rows[0], CROSSWALK, strict=True)]
    return Table(columns_of(headings, [tuple(row.values()) for row in rows]))
