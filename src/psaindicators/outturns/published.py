"""Published figures to stand beside ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.shipped import find_indicator
from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError
from psaindicators.figures.estimates import Estimates
from psaindicators.files.csv_lines import Line, raise_problems, read_lines
from psaindicators.survey.breakdowns import questions_of

COLUMNS = ("indicator", "by", "area", "value")
ROUNDING = 1e-9


class Key(NamedTuple):
    """What a published figure is of."""

    indicator: str
    by: str
    area: str

    def __str__(self) -> str:
        return "/".join(self)


@dataclass(frozen=True)
class PublishedFigure:
    """A published figure, in percent, as it was printed, and its line in the file."""

    text: str
    line: int

    @property
    def tolerance(self) -> float:
        """Half a unit of the last decimal that was printed."""
        return 0.5 * 10.0 ** -len(self.text.partition(".")[2])


@dataclass(frozen=True)
class Published:
    """The published figures of a file, by what they are of; `source` is the file's name."""

    source: str
    figures: Mapping[Key, PublishedFigure]


def read_published(path: Path, known: Mapping[str, Indicator], wave: Wave) -> Published:
    """Return the published figures of one wave, in percent (0-100), as they were printed.

    `path` is a CSV with the columns indicator (an id of those `known`), by, area and value; others, such as a source,
    are left alone. Raises MissingFileError, and DefinitionError with the line of every fault: a value that is not a
    percentage, an unknown indicator or breakdown, a second figure for one row.
    """
    lines, problems = read_lines(path, COLUMNS, None)
    figures: dict[Key, PublishedFigure] = {}
    for line in lines:
        key = Key(_indicator(line, known), _by(line, wave), line.text("area", needed=True))
        line.number_in("value", 0, 100, needed=True)
        printed = PublishedFigure(line.text("value"), line.number)
        first = figures.setdefault(key, printed)
        if first is not printed and all(key):
            line.add(f"{key} is {first.text} on line {first.line} already, and {printed.text} here: keep one")
    raise_problems(path.name, problems)
    return Published(path.name, figures)


def _indicator(line: Line, known: Mapping[str, Indicator]) -> str:
    wanted = line.text("indicator", needed=True)
    try:
        return find_indicator(wanted, known.values()).id if wanted else ""
    except DefinitionError as problem:
        line.add(str(problem).replace("\n", "\n    "))
        return ""


def _by(line: Line, wave: Wave) -> str:
    by = line.text("by", needed=True)
    try:
        questions_of(wave, [by] if by else [])
    except DefinitionError as problem:
        line.add(str(problem))
    return by


def with_published(estimates: Estimates, published: Published) -> Estimates:
    """Return the estimates with the columns `published`, in percent (NaN where none was printed), and `agrees`.

    `agrees` is yes where our value rounds to the printed one at the printed decimals, no where it does not, else
    empty. A figure of an indicator or a breakdown that was not asked for is left aside. Raises DefinitionError that
    lists every line whose area the estimates do not have.
    """
    keys = [Key(*key) for key in zip(*(estimates.columns[name].tolist() for name in COLUMNS[:3]), strict=True)]
    _check_areas(keys, published)
    found = [published.figures.get(key) for key in keys]
    values = np.array([float(one.text) if one else np.nan for one in found])
    tolerance = np.array([one.tolerance if one else 0.0 for one in found])
    near = np.abs(estimates.columns["value"] - values) <= tolerance + ROUNDING
    agrees = np.where(np.isnan(values), "", np.where(near, "yes", "no")).astype(object)
    return replace(estimates, columns=dict(estimates.columns) | {"published": values, "agrees": agrees})


def _check_areas(keys: Iterable[Key], published: Published) -> None:
    there = set(keys)
    asked = {(key.indicator, key.by) for key in there}
    raise_problems(
        published.source,
        [
            (one.line, f"{key} is published, but the estimates have no such area")
            for key, one in published.figures.items()
            if (key.indicator, key.by) in asked and key not in there
        ],
    )
