"""Indicators written as the mapping that a set's TOML holds, so that a folder keeps the definitions of its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import (
    AllAnswered,
    AllOf,
    AnswerIn,
    AnyAnswered,
    AnyOf,
    AtLeast,
    CountOf,
    Rule,
    ScoreAtLeast,
)
from psaindicators.definitions.sources import Measurement, Printed, PrintedMinimum, Source

Written = dict[str, Any]


def written_set(title: str, indicators: Iterable[Indicator]) -> Written:
    """Return indicators as a set's TOML would hold them; `indicators()` reads it back as they are."""
    return {"title": title} | {one.id: written_indicator(one) for one in indicators}


def written_indicator(one: Indicator) -> Written:
    """Return an indicator as a table of a set's TOML; definitions that are another's are written out."""
    table: Written = {"title": one.title, "better": one.better, "reference": one.reference, "status": one.status}
    table |= _given(note=one.note, success=one.success, local=one.local)
    table |= _given(minimum_movement=dict(one.minimum_movement))
    since = {
        str(part.since): {"numerator": written_rule(part.numerator), "denominator": written_rule(part.denominator)}
        for part in one.definitions
    }
    table |= _given(since=since)
    if one.index is not None:
        numbers = {"baseline": one.index.baseline, "required": one.index.required}
        table["index"] = {"parts": dict(one.index.parts), "exponents": dict(one.index.exponents), **numbers}
    return table | (_measurement(one.measured) if one.measured else {})


def written_rule(rule: Rule) -> Written | list[Any]:
    """Return a rule as a definition's TOML writes it."""
    match rule:
        case AnswerIn(question, answers):
            return {"question": question, "in": sorted(answers)}
        case AtLeast(question, least):
            return {"question": question, "at_least": least}
        case AnyOf(asked, answers):
            return {"any_of": list(asked), "in": sorted(answers)}
        case AllAnswered(asked):
            return {"all_answered": list(asked)}
        case AnyAnswered(asked):
            return {"any_answered": list(asked)}
        case ScoreAtLeast(asked, scores, least):
            return {"scores": dict(scores), "questions": list(asked), "at_least": least}
        case CountOf(rules, least):
            return {"count_of": [written_rule(part) for part in rules], "at_least": least}
        case AllOf(rules):
            return [written_rule(part) for part in rules]


def _measurement(one: Measurement) -> Written:
    sources = [_source(source) for source in one.sources]
    return _given(sources=sources, terms=dict(one.terms), quality_officer=one.quality_officer)


def _source(one: Source) -> Written:
    plain = {each.name: getattr(one, each.name) for each in fields(one) if each.name not in ("interval", "minimum")}
    table = _given(**plain)
    if one.interval is not None:
        table["interval"] = _printed(one.interval)
    if one.minimum is not None:
        points = one.minimum.least if one.minimum.least == one.minimum.most else [one.minimum.least, one.minimum.most]
        table["minimum"] = {"points": points, **_printed(one.minimum, "least", "most")}
    return table


def _printed(one: Printed | PrintedMinimum, *but: str) -> Written:
    return _given(**{each.name: getattr(one, each.name) for each in fields(one) if each.name not in but})


def _given(**cells: Any) -> Written:
    """Return the cells that hold something."""
    return {name: cell for name, cell in cells.items() if not _is_nothing(cell)}


def _is_nothing(cell: object) -> bool:
    return cell is None or cell == "" or (isinstance(cell, (Mapping, list)) and not cell)
