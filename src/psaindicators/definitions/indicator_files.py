"""TOML to indicators, every problem of a file at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from psaindicators.definitions.finding import find
from psaindicators.definitions.indicators import (
    Better,
    Definition,
    IndexDeclaration,
    Indicator,
    IndicatorSet,
    Status,
    Success,
    canonical_id,
)
from psaindicators.definitions.likeness import circles, in_a_circle, models_first
from psaindicators.definitions.rule_files import read_rule
from psaindicators.definitions.source_files import read_measurement
from psaindicators.errors import DefinitionError, MissingFileError, did_you_mean
from psaindicators.files.strict_toml import MAPPING, NUMBER, TomlTable, read_mapping, read_toml
from psaindicators.files.written import check_is_a_file

ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
"""What a canonical id may be: it names files and rows, here and on other systems."""


@dataclass(frozen=True)
class Like:
    """The indicator whose dated definitions another one has, from this file or from the set named; `since` says it."""

    since: TomlTable
    id: str
    set: str | None


@dataclass(frozen=True)
class Read:
    """An indicator as its own table says it, and the one that it is like, where there is one."""

    indicator: Indicator
    like: Like | None


Sets = dict[Path, IndicatorSet]
"""Sets that were read, by the path of their file in full."""


def load_indicators(path: Path, read: Sets | None = None) -> IndicatorSet:
    """Return the indicators of a TOML file. Raises DefinitionError with every problem and its path.

    `read` holds the sets that were read before, and takes in this one and those that its definitions are from: so each
    file is opened once, and whoever asks knows which were.
    """
    return _load(path, (), {} if read is None else read)


def indicators_of(mapping: Mapping[Any, Any]) -> IndicatorSet:
    """Return the indicators of a mapping that holds what a TOML file would; see `load_indicators`."""
    return read_mapping(mapping, lambda file: _indicator_set(file, (), {}))


def _load(path: Path, waiting: tuple[Path, ...], read: Sets) -> IndicatorSet:
    """Return the indicators of a file that others wait for, the first of them first."""
    check_is_a_file(path, DefinitionError)
    key = path.resolve()
    if key not in read:
        read[key] = read_toml(path, lambda file: _indicator_set(file, (*waiting, path), read))
    return read[key]


def _indicator_set(file: TomlTable, reading: tuple[Path, ...], read: Sets) -> IndicatorSet:
    title = file.take("title", str)
    by_id: dict[str, Read] = {}
    for key in [key for key in file.table if key != "title"]:
        one = _indicator(file, key)
        if one is not None:
            if one.indicator.id in by_id:
                file.add(key, "is here twice: ids are read without regard to case and spaces")
            by_id[one.indicator.id] = one
    if not by_id and not file.problems.found:
        file.problems.add("", "holds no indicator")
    path = reading[-1] if reading else None
    return IndicatorSet(path.stem if path else MAPPING, title or "", path, _complete(by_id, reading, read))


def _complete(by_id: dict[str, Read], reading: tuple[Path, ...], read: Sets) -> dict[str, Indicator]:
    """Return indicators with the definitions of those that they are like, but for the years that they define."""
    made = {name: one.indicator for name, one in by_id.items()}
    models = _models(by_id)
    for name in models_first(models):
        like = by_id[name].like
        if like is not None:
            known = made if like.set is None else _other_set(like, reading, read)
            dated = {one.since: one for one in (*_shared(like, known), *made[name].definitions)}
            made[name] = replace(made[name], definitions=tuple(dated[year] for year in sorted(dated)))
    return made


def _models(by_id: dict[str, Read]) -> dict[str, str | None]:
    """Return for each indicator the one of its file that it is like, or None; a circle is a problem."""
    of = {name: one.like.id if one.like and one.like.set is None else None for name, one in by_id.items()}
    models = {name: model if model in by_id else None for name, model in of.items()}
    for circle in circles(models):
        like = by_id[circle[0]].like
        assert like is not None
        like.since.add("like", in_a_circle(circle))
    return models


def _other_set(like: Like, reading: tuple[Path, ...], read: Sets) -> Mapping[str, Indicator]:
    """Return the set that another one's definitions are from; what is wrong with it is a problem."""
    try:
        path = find(like.set or "", "sets", beside=reading[-1] if reading else None)
        waiting = [one.resolve() for one in reading]
        if path.resolve() not in waiting:
            return _load(path, reading, read)
        like.since.add("set", in_a_circle([one.name for one in reading[waiting.index(path.resolve()) :]]))
        return {}
    except (DefinitionError, MissingFileError) as problem:
        like.since.add("set", str(problem))
        return {}


def _shared(like: Like, known: Mapping[str, Indicator]) -> tuple[Definition, ...]:
    """Return the dated definitions of the indicator that another is like."""
    if like.id in known and known[like.id].definitions:
        return known[like.id].definitions
    if like.id in known and known[like.id].index is not None:
        like.since.add("like", f"{like.id} is an index: it has no dated definition")
    elif known and like.id not in known:
        where = f"the set '{like.set}'" if like.set else "this set"
        like.since.add("like", f"there is no indicator '{like.id}' in {where}{did_you_mean(like.id, known)}")
    return ()


def _indicator(file: TomlTable, key: str) -> Read | None:
    section = file.section(key)
    if _is_unquoted_id(section.table):
        dotted = f"{key}.{next(iter(section.table))}"
        file.add(key, f'an id with a dot must be quoted: write ["{dotted}"], not [{dotted}]')
        return None
    if not ID.fullmatch(canonical_id(key)):
        file.add(key, "an id has the letters a to z, digits, dot, underscore and hyphen, a letter or digit first")
    since = section.section("since")
    like = _like(since)
    indicator = Indicator(
        id=canonical_id(key),
        title=section.take("title", str) or "",
        better=section.choice("better", get_args(Better)) or "higher",
        reference=section.take("reference", str) or "",
        status=section.choice("status", get_args(Status), default="unstated"),
        minimum_movement=section.numbers("minimum_movement"),
        definitions=_definitions(since),
        index=section.made("index", _index),
        note=section.take("note", str, default=""),
        success=section.choice("success", get_args(Success), default=None),
        local=canonical_id(section.take("local", str, default=None) or "") or None,
        measured=read_measurement(section),
    )
    section.finish("an indicator")
    since.finish("since")
    if not indicator.definitions and indicator.index is None and section.table.get("since", {}) == {}:
        section.problems.add(section.where, "needs a definition (since.YEAR) or an index")
    _check_success(section, indicator)
    return Read(indicator, like)


def _check_success(section: TomlTable, indicator: Indicator) -> None:
    if indicator.success == "local_majority" and not indicator.local:
        section.add("success", "is 'local_majority', which needs local: the id under which authorities adopt it")
    if indicator.success == "index_required" and indicator.index is None:
        section.add("success", "is 'index_required', but the indicator declares no index")


def _is_unquoted_id(table: dict[str, Any]) -> bool:
    return bool(table) and all(re.fullmatch(r"\d+", key) and isinstance(table[key], dict) for key in table)


def _like(since: TomlTable) -> Like | None:
    wanted, of_set = since.take("like", str, default=None), since.take("set", str, default=None)
    if of_set is not None and "like" not in since.table:
        since.add("set", "goes with like: the id of the indicator whose definitions these are")
    return Like(since, canonical_id(wanted), of_set) if wanted is not None else None


def _definitions(since: TomlTable) -> tuple[Definition, ...]:
    years = [key for key in since.table if key not in since.taken and since.is_year(key)]
    return tuple(_definition(since.section(key), int(key)) for key in sorted(years))


def _definition(section: TomlTable, year: int) -> Definition:
    definition = Definition(year, read_rule(section, "numerator"), read_rule(section, "denominator"))
    section.finish("a definition")
    return definition


def _index(indicator: TomlTable) -> IndexDeclaration:
    section = indicator.section("index")
    parts = section.numbers("parts")
    exponents = section.numbers("exponents")
    for name in [name for name in exponents if name not in parts]:
        section.add("exponents", f"'{name}' is not one of the parts {', '.join(parts)}")
    for name in [name for name, value in parts.items() if value <= 0]:
        section.add("parts", f"'{name}' must be above 0 at the baseline, got {parts[name]:g}")
    declared = IndexDeclaration(
        parts,
        {name: exponents.get(name, 1.0) for name in parts},
        float(section.take("baseline", NUMBER) or 0),
        float(section.take("required", NUMBER) or 0),
    )
    section.finish("an index")
    return declared
