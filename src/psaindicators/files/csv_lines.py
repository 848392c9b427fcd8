"""A CSV file that a person wrote, read line by line: every problem is kept with its line and reported at once."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from math import isfinite, nan
from pathlib import Path

from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.files.spreadsheet import original
from psaindicators.files.written import read_written
from psaindicators.kernel.codes import as_number
from psaindicators.words import shortened, visible

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
    """Return the lines of a CSV file that are not blank, and the list that their problems go to.

    A column that is neither needed nor optional is refused, or left alone where `optional` is None. A line with more
    or fewer cells than the header is a problem and left out. Raises MissingFileError, and DefinitionError where the
    file is not a CSV with these columns.
    """
    rows = _rows(path)
    if len(rows) < 2:
        raise DefinitionError(f"{path.name} holds no rows; its columns are {', '.join(needed)}")
    _, header = rows[0]
    _raise_any(path.name, _header_problems(header, needed, optional))
    said = f"cells where the header has {len(header)}"
    problems = [(number, f"has {len(cells)} {said}") for number, cells in rows if len(cells) != len(header)]
    whole = [(number, cells) for number, cells in rows[1:] if len(cells) == len(header)]
    return [Line(number, dict(zip(header, cells, strict=True)), problems) for number, cells in whole], problems


def raise_problems(name: str, problems: LineProblems) -> None:
    """Raise a DefinitionError that lists every problem of a file by line, where there are any."""
    in_order = sorted(problems, key=lambda problem: problem[0])
    _raise_any(name, [f"line {number}: {what}" for number, what in in_order])


def _raise_any(name: str, problems: Sequence[str]) -> None:
    if problems:
        raise DefinitionError("\n".join([f"{visible(name)}:", *(f"  - {problem}" for problem in problems)]))


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(read_written(path, DefinitionError), newline=""))
    try:
        rows = [(reader.line_num, [original(cell.strip()) for cell in row]) for row in reader]
    except csv.Error as error:
        raise DefinitionError(f"{path.name} cannot be read: line {reader.line_num}: {error}") from None
    return [(number, cells) for number, cells in rows if any(cells)]


def _header_problems(header: Sequence[str], needed: Sequence[str], optional: Sequence[str] | None) -> list[str]:
    known = (*needed, *(optional or ()))
    strange = [name for name in header if name not in known]
    refused = [] if optional is None else strange
    return [
        *(f"there is no column '{name}'{did_you_mean(name, strange)}" for name in needed if name not in header),
        *(f"'{shortened(name)}' is not a column of such a file{did_you_mean(name, known)}" for name in refused),
        *(f"the column '{shortened(name)}' is here twice" for name in dict.fromkeys(header) if header.count(name) > 1),
    ]
