"""TOML to indicators, every problem of a file at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

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
from psaindicators.definitions.rule_files import read_rule
from psaindicators.files.strict_toml import NUMBER, Section, read_toml


def load_indicators(path: Path) -> IndicatorSet:
    """Return the indicators of a TOML file. Raises DefinitionError with every problem and its path."""
    return read_toml(path, lambda file: _indicator_set(file, path))


def _indicator_set(file: Section, path: Path) -> IndicatorSet:
    title = file.take("title", str)
    by_id: dict[str, Indicator] = {}
    for key in [key for key in file.table if key != "title"]:
        indicator = _indicator(file, key)
        if indicator is not None:
            if indicator.id in by_id:
                file.add(key, "is here twice: ids are read without regard to case and spaces")
            by_id[indicator.id] = indicator
    if not by_id and not file.problems.found:
        file.problems.add("", "holds no indicator")
    return IndicatorSet(path.stem, title or "", path, by_id)


def _indicator(file: Section, key: str) -> Indicator | None:
    section = file.section(key)
    if _is_unquoted_id(section.table):
        dotted = f"{key}.{next(iter(section.table))}"
        file.add(key, f'an id with a dot must be quoted: write ["{dotted}"], not [{dotted}]')
        return None
    indicator = Indicator(
        id=canonical_id(key),
        title=section.take("title", str) or "",
        better=section.choice("better", get_args(Better)) or "higher",
        reference=section.take("reference", str) or "",
        status=section.choice("status", get_args(Status), default="unstated"),
        minimum_movement=section.numbers("minimum_movement"),
        definitions=_definitions(section),
        index=section.made("index", _index),
        note=section.take("note", str, default=""),
        success=section.choice("success", get_args(Success), default=None),
        local=canonical_id(section.take("local", str, default=None) or "") or None,
    )
    section.finish("an indicator")
    if not indicator.definitions and indicator.index is None and "since" not in section.table:
        section.problems.add(section.where, "needs a definition (since.YEAR) or an index")
    _check_success(section, indicator)
    return indicator


def _check_success(section: Section, indicator: Indicator) -> None:
    if indicator.success == "local_majority" and not indicator.local:
        section.add("success", "is 'local_majority', which needs local: the id under which authorities adopt it")
    if indicator.success == "index_required" and indicator.index is None:
        section.add("success", "is 'index_required', but the indicator declares no index")


def _is_unquoted_id(table: dict[str, Any]) -> bool:
    return bool(table) and all(re.fullmatch(r"\d+", key) and isinstance(table[key], dict) for key in table)


def _definitions(indicator: Section) -> tuple[Definition, ...]:
    since = indicator.section("since")
    years = [key for key in since.table if since.is_year(key)]
    return tuple(_definition(since.section(key), int(key)) for key in sorted(years))


def _definition(section: Section, year: int) -> Definition:
    definition = Definition(year, read_rule(section, "numerator"), read_rule(section, "denominator"))
    section.finish("a definition")
    return definition


def _index(indicator: Section) -> IndexDeclaration:
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
