"""Microdata to a workbook: one sheet, a line of names and a row a respondent, every cell as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from psaindicators.errors import OutputError

MOST_ROWS, MOST_COLUMNS, LONGEST_TEXT = 1_048_576, 16_384, 32_767
"""What a sheet of .xlsx holds, and a cell (Excel specifications and limits)."""
EXACT = 2**53
"""Whole numbers up to this are exact in a cell; larger ones are written as texts."""
DAY = datetime(2000, 1, 1)
"""Stands for the time of writing, so that the same rows give the same bytes."""
PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_sheet(cells: Mapping[str, Sequence[Any]], part: Path) -> None:
    """Write columns, a list of cells each, to an .xlsx; a text stays one, also where it looks like a formula.

    Raises OutputError for more than a sheet holds.
    """
    import xlsxwriter

    rows = len(next(iter(cells.values()), ())) + 1
    if rows > MOST_ROWS or len(cells) > MOST_COLUMNS:
        raise OutputError(
            f"a sheet holds {MOST_ROWS - 1:,} respondents and {MOST_COLUMNS:,} variables, and there are {rows - 1:,} "
            f"and {len(cells):,}: name a .csv or a .parquet"
        )
    options = {"constant_memory": True, "tmpdir": str(part.parent), **PLAIN}
    with xlsxwriter.Workbook(str(part), options) as book:
        book.set_properties({"created": DAY})
        sheet = book.add_worksheet("respondents")
        for number, row in enumerate([tuple(cells), *zip(*cells.values(), strict=True)]):
            _write(sheet, number, row, cells)


def _write(sheet: Any, number: int, row: Iterable[Any], names: Iterable[str]) -> None:
    for at, (name, cell) in enumerate(zip(names, row, strict=True)):
        if cell is None or cell != cell or cell == "":
            continue
        if isinstance(cell, bool):
            sheet.write_boolean(number, at, cell)
        elif isinstance(cell, int | float) and isfinite(cell) and abs(cell) <= EXACT:
            sheet.write_number(number, at, cell)
        elif len(text := str(cell)) > LONGEST_TEXT:
            raise OutputError(f"the variable '{name}' holds a text of {len(text):,} characters: name a .csv")
        else:
            sheet.write_string(number, at, text)
