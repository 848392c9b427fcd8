"""A CSV file or sheet that a person wrote, read by line: every problem is kept with its line and reported at once."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import StringIO
from math import isfinite, nan
from pathlib import Path

from psaindicators.errors import DefinitionError, SurveyError, SurveyWarning, did_you_mean
from psaindicators.files.encodings import decoded
from psaindicators.files.layout import WORKBOOKS
from psaindicators.files.spreadsheet import original
from psaindicators.files.workbook import read_tables
from psaindicators.files.written import check_is_a_file
from psaindicators.kernel.codes import as_number
from psaindicators.words import listed, shortened, visible

LineProblems = list[tuple[int, str]]
"""The line and what is wrong with it."""


@dataclass(frozen=True)
class Line:
    """One row of the file by column; `problems` is the file's list, shared by its lines."""

    number: int
    cells: dict[str, str]
    problems: LineProblems

    def add(self, what: str) -> None:
        self.problems.append((self.number, what))

    def text(self, column: str, *, needed: bool = False) -> str:
        """Return a cell without outer spaces, empty where there is none."""
        cell = self.cells.get(column, "")
        if needed and not cell:
            self.add(f"{column} is missing")
        return cell

    def number_in(self, column: str, low: float, high: float, *, needed: bool = False) -> float:
        """Return a number from low to high, NaN where there is none."""
        cell = self.text(column, needed=needed)
        value = as_number(cell) if cell else None
        if value is not None and low <= value <= high and isfinite(value):
            return value
        if value is not None:
            bounds = f"from {low:g} to {high:g}" if isfinite(high) else f"of at least {low:g}"
            self.add(f"{column} must be a number {bounds}, got {shortened(cell)}")
        elif cell:
            self.add(f"{column} must be a number, such as 23.8, got '{shortened(cell)}'")
        return nan

    def year(self, column: str) -> int:
        """Return the first year of "2010", "2010-11" or "2010/11", 0 where there is none."""
        cell = self.text(column, needed=True)
        found = re.fullmatch(r"(\d{4})(?:[-/](\d{2}))?", cell)
        if found and (found[2] is None or (int(found[1]) + 1) % 100 == int(found[2])):
            return int(found[1])
        if cell:
            self.add(f"{column} must be a year such as 2010 or 2010-11, got '{shortened(cell)}'")
        return 0


def read_lines(
    path: Path, needed: Sequence[str], optional: Sequence[str] | None = ()
) -> tuple[list[Line], LineProblems]:
    """Return the lines of a CSV file or a workbook that are not blank, and the list that their problems go to.

    Columns are known whatever the case of their names, and with blanks for underscores; of a workbook the sheet is read
    that has those needed. A column that is neither needed nor optional (a name, or the start of one and a star) is
    refused, or left alone where `optional` is None. A line with more or fewer cells than the header is a problem and
    left out. Raises MissingFileError, and DefinitionError where the file is not one with these columns.
    """
    known = (*needed, *(optional or ()))
    rows = _sheet(path, needed, known) if path.suffix.lower() in WORKBOOKS else _rows(path)
    if len(rows) < 2:
        raise DefinitionError(f"{path.name} holds no rows; its columns are {', '.join(needed)}")
    header = [_spelled(name, known) for name in rows[0][1]]
    _raise_any(path.name, _header_problems(header, needed, optional))
    said = f"cells where the header has {len(header)}"
    problems = [(number, f"has {len(cells)} {said}") for number, cells in rows if len(cells) != len(header)]
    whole = [(number, cells) for number, cells in rows[1:] if len(cells) == len(header)]
    return [Line(number, dict(zip(header, cells, strict=True)), problems) for number, cells in whole], problems


def _spelled(name: str, known: Sequence[str]) -> str:
    """Return the column that a header means: `Baseline SE` is `baseline_se`."""
    plain = "_".join(name.casefold().split())
    return plain if plain in known else name


def raise_problems(name: str, problems: LineProblems) -> None:
    """Raise a DefinitionError that lists every problem of a file by line, where there are any."""
    in_order = sorted(problems, key=lambda problem: problem[0])
    _raise_any(name, [f"line {number}: {what}" for number, what in in_order])


def _raise_any(name: str, problems: Sequence[str]) -> None:
    if problems:
        raise DefinitionError("\n".join([f"{visible(name)}:", *(f"  - {problem}" for problem in problems)]))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(_decoded(path), newline=""))
    try:
        rows = [(reader.line_num, [original(cell.strip()) for cell in row]) for row in reader]
    except csv.Error as error:
        raise DefinitionError(f"{path.name} cannot be read: line {reader.line_num}: {error}") from None
    return [(number, cells) for number, cells in rows if any(cells)]


def _decoded(path: Path) -> str:
    """Return a file's text; warns where it is read in another encoding than UTF-8."""
    try:
        check_is_a_file(path, DefinitionError)
        text, note = decoded(path)
    except SurveyError as error:
        raise DefinitionError(str(error)) from None
    except OSError as error:
        raise DefinitionError(f"{path.name} cannot be read: {error.strerror or error}") from None
    if note:
        warnings.warn(note, SurveyWarning, stacklevel=4)
    return text


def _sheet(path: Path, needed: Sequence[str], known: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Return the rows of the sheet that has the columns needed, from its line of names on; titles may stand above it.

    Of a workbook of one sheet, that, whatever its columns. Raises DefinitionError where several have them, or none.
    """
    try:
        check_is_a_file(path, DefinitionError)
        tables = read_tables(path)
    except SurveyError as error:
        raise DefinitionError(str(error)) from None
    if len(tables) == 1:
        (rows,) = tables.values()
        return _from_header(rows, _header_at(rows, needed, known) or 0)
    found = {name: at for name, rows in tables.items() if (at := _header_at(rows, needed, known)) is not None}
    if len(found) != 1:
        which = f"several sheets ({listed(found)})" if found else f"no sheet ({listed(tables)})"
        raise DefinitionError(f"{path.name} has {which} with the columns {listed(needed)}: one is read")
    ((name, at),) = found.items()
    return _from_header(tables[name], at)


def _header_at(rows: Sequence[tuple[int, list[str]]], needed: Sequence[str], known: Sequence[str]) -> int | None:
    headers = (({_spelled(cell, known) for cell in cells}, i) for i, (_, cells) in enumerate(rows))
    return next((i for header, i in headers if header >= set(needed)), None)


def _from_header(rows: Sequence[tuple[int, list[str]]], at: int) -> list[tuple[int, list[str]]]:
    """Return rows from the header on, less the cells at their end that neither they nor the header fill."""
    header = rows[at][1] if rows else []
    named = max((i for i, cell in enumerate(header, start=1) if cell), default=0)
    filled = (max(i for i, cell in enumerate(cells, start=1) if cell) for _, cells in rows[at:])
    return [(row[0], row[1][: max(named, width)]) for row, width in zip(rows[at:], filled, strict=True)]


def _header_problems(header: Sequence[str], needed: Sequence[str], optional: Sequence[str] | None) -> list[str]:
    known = (*needed, *(optional or ()))
    strange = [name for name in header if not any(fnmatchcase(name, one) for one in known)]
    refused = [] if optional is None else strange
    return [
        *(f"there is no column '{name}'{did_you_mean(name, strange)}" for name in needed if name not in header),
        *(f"'{shortened(name)}' is not a column of such a file{did_you_mean(name, known)}" for name in refused),
        *(f"the column '{shortened(name)}' is here twice" for name in dict.fromkeys(header) if header.count(name) > 1),
    ]
