"""Which percentages are too unsure to be relied on: a named rule, which is data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path

from psaindicators.definitions.finding import find
from psaindicators.files.strict_toml import NUMBER, TomlTable, read_toml, shown

EVERY_ROW = "every_row"


@dataclass(frozen=True)
class Reliability:
    """What a percentage is held to: the least base, effective base and degrees of freedom, the most variation.

    An interval of `narrow` percentage points or less is reliable, one of `wide` or more is not; between the two it is
    where it is at most `relative` percent of the estimate, and with `complement` it is said where it is more than
    that of 100% less the estimate. The standard error must be less than `cv` percent of the estimate, and no respondent
    may have more than `weight` percent of the base's weights.
    """

    name: str
    title: str
    version: str
    source: str
    path: Path
    base: float = 0
    effective_base: float = 0
    df: float = 0
    narrow: float = 0
    wide: float = inf
    relative: float = inf
    complement: bool = False
    cv: float = inf
    weight: float = 100


@cache
def rule_of_every_row() -> Reliability:
    """Return what every row is held to, whatever its wave's rule, or none."""
    return read_reliability(EVERY_ROW)


def read_reliability(name: str, beside: Path | None = None) -> Reliability:
    """Return a rule by its shipped name or the path of a TOML, from the folder of `beside`.

    Raises DefinitionError for an unknown name and for every problem of a file at once, and MissingFileError.
    """
    path = find(name, "reliability", beside=beside)
    return read_toml(path, lambda file: _rule(file, path))


def _rule(file: TomlTable, path: Path) -> Reliability:
    least, width, below, most = (file.section(name) for name in ("least", "width", "below", "most"))
    rule = Reliability(
        name=path.stem,
        title=file.take("title", str) or "",
        version=file.take("version", str) or "",
        source=file.take("source", str) or "",
        path=path,
        base=_number(least, "base", 0),
        effective_base=_number(least, "effective_base", 0),
        df=_number(least, "df", 0),
        narrow=_number(width, "narrow", 0),
        wide=_number(width, "wide", inf),
        relative=_number(width, "relative", inf),
        complement=width.take("complement", bool, default=False),
        cv=_number(below, "cv", inf),
        weight=_number(most, "weight", 100),
    )
    least.finish("the least of a reliability rule")
    width.finish("the widths of a reliability rule")
    below.finish("what a reliability rule has figures below")
    most.finish("the most of a reliability rule")
    file.finish("a reliability rule")
    return rule


def _number(section: TomlTable, key: str, default: float) -> float:
    given = section.take(key, NUMBER, default=default)
    if given is not None and given < 0:
        section.add(key, f"must be at least 0, got {shown(given)}")
    return default if given is None else float(given)
