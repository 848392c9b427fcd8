"""Loaded by answering.py in a process of its own: a workbook, read by its library.

This module imports nothing of the package, so that it starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

LIBRARY = "python_calamine"
LOOKED_AT = 50
"""Rows among which the line of names is looked for."""
EXACT = 2**53


def answer(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    """Return every sheet's rows as texts, where the `whole` is asked for, or the columns of a sheet of respondents."""
    import python_calamine

    try:
        with python_calamine.CalamineWorkbook.from_path(asked["path"]) as book:
            return ({"tables": _tables(book)}, []) if asked["options"]["whole"] else _respondents(book, asked)
    except python_calamine.PasswordError:
        return {"error": "it is encrypted with a password; save it without one"}, []


def _visible(book: Any) -> list[str]:
    """Return the names of the sheets of cells that are not hidden, or of all where each is."""
    import python_calamine

    sheets = [one for one in book.sheets_metadata if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
    visible = [one.name for one in sheets if one.visible == python_calamine.SheetVisibleEnum.Visible]
    return visible or [one.name for one in sheets]


def _tables(book: Any) -> dict[str, list[tuple[int, list[str]]]]:
    """Return for each sheet its rows that are not blank, as texts, by their number."""
    found = {}
    for name in _visible(book):
        sheet = book.get_sheet_by_name(name)
        first = sheet.start[0] + 1 if sheet.start else 1
        rows = ((number, [_text(cell).strip() for cell in row]) for number, row in enumerate(sheet.to_python(), first))
        found[name] = [(number, row) for number, row in rows if any(row)]
    return found


def _respondents(book: Any, asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    """Return a sheet's names and columns: the one asked for, or the one with most cells, the first of such."""
    wanted, given = asked["options"]["sheet"], asked["options"]["header_row"]
    if wanted is not None and wanted not in book.sheet_names:
        return {"sheets": book.sheet_names}, []
    filled = [name for name in _visible(book) if book.get_sheet_by_name(name).start is not None]
    if wanted is None and not filled:
        return {"sheets": []}, []
    name = wanted if wanted is not None else max(filled, key=lambda one: _cells(book.get_sheet_by_name(one)))
    sheet = book.get_sheet_by_name(name)
    first = sheet.start[0] + 1 if sheet.start is not None else 1
    rows = sheet.to_python()
    at = given - first if given is not None else _names_at(rows[:LOOKED_AT])
    header = [_text(cell) for cell in rows[at]] if 0 <= at < len(rows) else []
    found = {
        "sheet": name,
        "others": [one for one in filled if one != name],
        "header_row": at + first,
        "numbers_in_header": sum(_is_number(cell) for cell in rows[at]) if header else 0,
    }
    return _columns(header, rows[at + 1 :] if header else [], found)


def _cells(sheet: Any) -> int:
    """Return how many cells a sheet's table spans."""
    return int(sheet.height * sheet.width)


def _names_at(rows: Sequence[Sequence[Any]]) -> int:
    """Return which of the first rows holds the names: the first that is mostly texts and half as wide as the widest.

    Where none is mostly texts it is the first that is as wide.
    """
    filled = [sum(not _is_blank(cell) for cell in row) for row in rows]
    texts = [sum(isinstance(cell, str) and not _is_blank(cell) for cell in row) for row in rows]
    wide = [i for i, one in enumerate(filled) if 2 * one >= max(filled)]
    return next((i for i in wide if 2 * texts[i] > filled[i]), wide[0] if wide else 0)


def _columns(
    header: Sequence[str], rows: Sequence[Sequence[Any]], found: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[Any]]:
    import numpy as np

    blank = [all(map(_is_blank, row)) for row in rows]
    kept = [row for row, is_blank in zip(rows, blank, strict=True) if not is_blank]
    last = len(rows) - next((i for i, one in enumerate(reversed(blank)) if not one), len(rows))
    by_column = list(zip(*kept, strict=True)) or [()] * len(header)
    named = [i for i, name in enumerate(header) if name.strip() or not all(map(_is_blank, by_column[i]))]
    values, columns = [], []
    for i in named:
        distinct, column = _column(by_column[i])
        values.append(distinct)
        columns.append(np.ascontiguousarray(column))
    told = {"names": [header[i] for i in named], "rows": len(kept), "blank_rows": sum(islice(blank, last))}
    return {**found, **told, "columns": named, "values": values}, columns


def _column(cells: Sequence[Any]) -> tuple[list[str | None] | None, Any]:
    """Return a column of numbers, with NaN where blank, or its distinct texts and for each row the position of its one.

    Numbers among texts are texts, as they are in a text file; true and false by themselves are 1 and 0.
    """
    import numpy as np

    kinds = {type(cell) for cell in cells if not _is_blank(cell)}
    if kinds <= {int, float} or kinds <= {bool}:
        return None, np.array([np.nan if _is_blank(cell) else float(cell) for cell in cells], dtype=float)
    texts = [None if _is_blank(cell) else _text(cell) for cell in cells]
    distinct = list(dict.fromkeys(texts))
    at = {text: i for i, text in enumerate(distinct)}
    return distinct, np.fromiter(map(at.__getitem__, texts), dtype=np.int32, count=len(texts))


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _text(cell: Any) -> str:
    """Return a cell as a text file would have it: 3 for 3.0, TRUE, 2010-03-01."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < EXACT:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case None:
            return ""
    return str(cell)
