"""Saved estimates read back, from JSON or CSV, in full precision: what no estimate can be is refused by row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator, IndicatorSet
from psaindicators.definitions.shipped import all_shipped, find_indicator
from psaindicators.errors import DefinitionError, SurveyError, did_you_mean
from psaindicators.figures.asked import LEAST_LEVEL, UNREACHED_LEVEL
from psaindicators.figures.crossings import PART, part_heading, part_names
from psaindicators.figures.estimates import ORDER, Estimates
from psaindicators.files.csv_lines import read_lines
from psaindicators.files.strict_toml import shown
from psaindicators.files.written import read_written
from psaindicators.headings import Heading
from psaindicators.kernel.codes import as_number
from psaindicators.kernel.intervals import METHODS
from psaindicators.tables import column_of
from psaindicators.words import MOST, counted, visible

Row = dict[str, Any]
Rows = Mapping[str, Row]
"""Rows by where they stand in their file, such as `line 2`."""

HEADINGS = {one.name: one for one in Estimates.headings}
PERCENTAGE = (0.0, 100.0)
LIMITS = {
    **dict.fromkeys(("value", "low", "high", "published"), PERCENTAGE),
    "level": (LEAST_LEVEL, UNREACHED_LEVEL),
    "wave": (1000, 9999),
    **dict.fromkeys(("base", "strata", "psus"), (0, 2**53)),
}
"""What a figure lies within; every other is at least 0."""
WORDS = {"interval": tuple(METHODS), "agrees": ("yes", "no")}
KEY = ("indicator", "survey", "wave", "by", "area")
NEEDED = (*KEY, "level")
"""Cells that hold something in every row."""
ROUNDING = 1e-9
LARGEST = 1e300


@typed
def read_estimates(path: str | Path, indicators: IndicatorSet | None = None) -> Estimates:
    """Return estimates saved as JSON or CSV, with the indicators they name from a set or from the shipped ones.

    A file is CSV where its name ends in .csv. A df that is null (JSON) or inf (CSV) is that of the normal quantile
    where the row has an interval. Raises MissingFileError, SurveyError for anything but a list of estimates, with every
    cell that no estimate can hold (a value outside 0 to 100, a negative standard error, a base that is not a whole
    number, ends of an interval in the wrong order, a row that is there twice), and DefinitionError for an unknown
    indicator.
    """
    file = Path(path)
    rows = _csv_rows(file) if file.suffix.lower() == ".csv" else _json_rows(file)
    _raise_any(file.name, [f"{where}: {what}" for where, what in (*_problems(rows), *_repeated(rows))])
    known = indicators.by_id if indicators is not None else all_shipped()
    names = dict.fromkeys(row["indicator"] for row in rows.values())
    found: Mapping[str, Indicator] = {name: find_indicator(name, known.values()) for name in names}
    first = next(iter(rows.values()))
    present = [*(name for name in HEADINGS if name in first), *part_names(first)]
    columns = {name: column_of(_heading(name), [row.get(name) for row in rows.values()]) for name in present}
    normal = np.isnan(columns["df"]) & (columns["interval"] != "")
    return Estimates(columns | {"df": np.where(normal, np.inf, columns["df"])}, found)


def _json_rows(path: Path) -> Rows:
    try:
        rows = json.loads(read_written(path, SurveyError), object_pairs_hook=_once)
    except RecursionError:
        raise SurveyError(f"{path.name} is not JSON that can be read: it nests without end") from None
    except ValueError as error:
        raise SurveyError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise SurveyError(f"{path.name} is not a list of estimates (the JSON that psaindicators estimate writes)")
    found = {f"row {i:,}": row for i, row in enumerate(rows, start=1)}
    _raise_any(path.name, [f"{where}: {what}" for where, row in found.items() for what in _not_columns(row, rows[0])])
    return found


def _once(pairs: list[tuple[str, Any]]) -> Row:
    """Return an object of JSON. Raises ValueError where a name is in it twice: which of them holds is not said."""
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"an object names {shown(next(n for n in names if names.count(n) > 1))} twice")
    return row


def _csv_rows(path: Path) -> Rows:
    try:
        lines, problems = read_lines(path, ORDER, [*(name for name in HEADINGS if name not in ORDER), f"{PART}*"])
    except DefinitionError as error:
        raise SurveyError(error) from None
    _raise_any(path.name, [f"line {number}: {what}" for number, what in problems])
    return {f"line {line.number:,}": {name: _cell(name, line.text(name)) for name in line.cells} for line in lines}


def _cell(name: str, written: str) -> Any:
    """Return a cell of CSV as JSON would have it; a text where a number should be stays one."""
    if not _heading(name).is_number:
        return written
    number = inf if written == "inf" else as_number(written)
    return number if number is not None else written or None


def _is_column(name: str) -> bool:
    """Whether estimates may have a column: a declared one, or a part of a crossing."""
    return name in HEADINGS or name.startswith(PART)


def _heading(name: str) -> Heading:
    return HEADINGS[name] if name in HEADINGS else part_heading(name)


def _not_columns(row: Row, first: Row) -> Iterator[str]:
    """Yield the columns that a row lacks, and those that no estimate has."""
    absent = [name for name in HEADINGS if name not in row and (name in ORDER or name in first)]
    strange = [name for name in row if not _is_column(name)]
    if absent:
        yield f"lacks the columns {', '.join(absent)} of an estimate{did_you_mean(absent[0], strange)}"
    for name in strange:
        yield f"{shown(name)} is not a column of an estimate{did_you_mean(name, HEADINGS)}"
    for name in [name for name in row if _is_column(name) and name not in ORDER and name not in first]:
        yield f"has the column {name}, which the first row has not"


def _problems(rows: Rows) -> Iterator[tuple[str, str]]:
    for where, row in rows.items():
        wrong = [(name, what) for name, cell in row.items() if (what := _wrong(_heading(name), cell))]
        yield from ((where, f"{name} {what}, got {shown(row[name])}") for name, what in wrong)
        if not wrong:
            yield from ((where, what) for what in _contradictions(row))


def _wrong(heading: Heading, cell: Any) -> str:
    """Return what a cell must be where it is something else, or nothing."""
    if cell is None or (cell == "" and heading.kind is str):
        return "must be given" if heading.name in NEEDED else ""
    if heading.kind is not str:
        return _wrong_number(heading, cell)
    if not isinstance(cell, str):
        return "must be text"
    words = WORDS.get(heading.name, (cell,))
    return "" if cell in words else f"must be {', '.join(words)} or nothing"


def _wrong_number(heading: Heading, cell: Any) -> str:
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return "must be a number"
    low, high = LIMITS.get(heading.name, (0, LARGEST))
    if not low <= cell <= high and not (heading.name == "df" and cell == inf):
        return f"must be {f'a number from {low:g} to {high:g}' if high < LARGEST else f'at least {low:g} and finite'}"
    return "must be a whole number" if heading.kind is int and cell != int(cell) else ""


def _contradictions(row: Row) -> Iterator[str]:
    """Yield what figures that are each possible cannot be together."""
    low, high, value = row["low"], row["high"], row["value"]
    if None in (low, high):
        return
    if low > high:
        yield f"low is above high: {low:g} to {high:g}"
    elif value is not None and not low - ROUNDING <= value <= high + ROUNDING:
        yield f"value is not between low and high: {value:g}, and {low:g} to {high:g}"


def _repeated(rows: Rows) -> Iterator[tuple[str, str]]:
    first: dict[tuple[Any, ...], str] = {}
    for where, row in rows.items():
        key = tuple(str(row[name]) for name in KEY)
        if first.setdefault(key, where) != where:
            yield where, f"{' '.join(map(visible, key))} is in {first[key]} already: keep one"


def _raise_any(name: str, problems: Iterable[str]) -> None:
    """Raise a SurveyError that lists what is wrong with a file, where anything is."""
    found = list(problems)
    if found:
        more = [f"  - and {counted(len(found) - MOST, 'more problem')}"] if len(found) > MOST else []
        raise SurveyError("\n".join([f"{visible(name)}:", *(f"  - {one}" for one in found[:MOST]), *more]))
