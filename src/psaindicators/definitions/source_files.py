"""TOML to the sources of an indicator."""

from __future__ import annotations

from typing import Any, get_args

from psaindicators.definitions.sources import Level, Measurement, Printed, PrintedMinimum, Source, Word
from psaindicators.files.strict_toml import NUMBER, TomlTable

POINTS = "percentage points"


def read_measurement(indicator: TomlTable) -> Measurement | None:
    """Return how an indicator is measured, None where its table does not say."""
    sources = tuple(_source(one) for one in indicator.optional_sections("sources"))
    terms = indicator.section("terms")
    meanings = {term: terms.take(term, str) or "" for term in terms.table}
    officer = indicator.take("quality_officer", str, default="")
    for key in ("terms", "quality_officer"):
        if key in indicator.table and not sources:
            indicator.add(key, "goes with sources: the data sets that the indicator is measured by")
    return Measurement(sources, meanings, officer) if sources else None


def _source(section: TomlTable) -> Source:
    source = Source(
        level=section.choice("level", get_args(Level)) or "national",
        data=section.take("data", str) or "",
        survey=section.take("survey", str, default=None),
        part=section.take("part", str, default=""),
        provider=section.take("provider", str, default=""),
        baseline=section.take("baseline", int, default=None),
        basis=section.take("basis", str, default=""),
        frequency=section.take("frequency", str, default=""),
        interval=section.made("interval", _interval),
        minimum=section.made("minimum", _minimum),
        interim=section.take("interim", str, default=""),
    )
    section.finish("a source")
    return source


def _interval(source: TomlTable) -> Printed:
    section = source.section("interval")
    printed = Printed(
        value=section.take("value", NUMBER, default=None),
        margin=_above_zero(section, "margin"),
        year=section.take("year", int, default=None),
        unit=section.take("unit", str, default="%"),
        note=section.take("note", str, default=""),
    )
    section.finish("an interval")
    if not str(printed):
        source.add("interval", "needs a value, a margin or a note")
    return printed


def _minimum(source: TomlTable) -> PrintedMinimum:
    section = source.section("minimum")
    least, most = _span(section)
    minimum = PrintedMinimum(
        least=least,
        most=most,
        word=section.choice("word", get_args(Word), default=None),
        unit=section.take("unit", str, default=POINTS),
        note=section.take("note", str, default=""),
    )
    section.finish("a minimum movement")
    return minimum


def _span(section: TomlTable) -> tuple[float, float]:
    """Return the least and the most of a number, or of a list of two."""
    given = section.take("points", (int, float, list))
    span = given if isinstance(given, list) else [given, given]
    if given is None or not _is_span(span):
        if given is not None:
            section.add("points", f"must be a number above 0 or two of them, the smaller first, got {given!r}")
        return 1.0, 1.0
    return float(span[0]), float(span[1])


def _is_span(span: list[Any]) -> bool:
    numbers = [one for one in span if isinstance(one, (int, float)) and not isinstance(one, bool) and one > 0]
    return len(span) == len(numbers) == 2 and numbers[0] <= numbers[1]


def _above_zero(section: TomlTable, key: str) -> float | None:
    value: float | None = section.take(key, NUMBER, default=None)
    if value is not None and value <= 0:
        section.add(key, f"must be above 0, got {value:g}")
    return value
