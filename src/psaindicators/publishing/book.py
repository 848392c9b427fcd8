"""A document as the leaves of a workbook: what each cell holds, whichever program's file it is written to.

The layout is that of "Releasing statistics in spreadsheets" (Analysis Function): one table a sheet, against the left
edge, its title in the first cell, what it holds, its markers and its source above it and nothing below, no cell blank.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np

from psaindicators import headings as h
from psaindicators.figures.crossings import part_names
from psaindicators.headings import Heading
from psaindicators.publishing.document import Document, Sheet
from psaindicators.publishing.markers import MARKERS, NOT_APPLICABLE, NOT_AVAILABLE
from psaindicators.tables import WITHHELD, Table, columns_of
from psaindicators.words import visible

Cell = int | float | str
LONGEST_TEXT = 32_000
"""Characters of a cell; Excel takes 32,767."""
NARROWEST, WIDEST = 12, 70
FILLED = 0.9
"""Of a column's width, what a line that breaks between words fills."""
LINE = 15.75
"""Height of a line, in points."""
NO_ROWS = "no rows"
FORMATS = {
    h.ONE_DECIMAL: "#,##0.0",
    h.TWO_DECIMALS: "#,##0.00",
    h.FOUR_DECIMALS: "0.0000",
    h.SHARE: "0%",
    h.WHOLE: "#,##0",
}
GENERAL, YEAR = "General", "0"


@dataclass(frozen=True)
class Leaf:
    """One sheet of a workbook. `above` stands before the header; `formats` and `widths` (characters) are by column."""

    label: str
    title: str
    above: tuple[str, ...]
    headers: tuple[str, ...]
    formats: tuple[str, ...]
    columns: tuple[tuple[Cell, ...], ...]

    @property
    def name(self) -> str:
        """The name of its table, which no program takes for the address of a cell."""
        return re.sub(r"\W+", "_", f"{self.label} table").lower()

    @cached_property
    def widths(self) -> tuple[int, ...]:
        return tuple(map(_width, self.headers, self.columns))

    @cached_property
    def lines(self) -> tuple[int, ...]:
        """How many lines each row of the data takes, its texts wrapped to the columns' widths."""
        by_column = [
            [wrapped(cell, width) if isinstance(cell, str) else 1 for cell in column]
            for width, column in zip(self.widths, self.columns, strict=True)
        ]
        return tuple(map(max, zip(*by_column, strict=True)))

    @property
    def head_lines(self) -> int:
        """How many lines the header takes."""
        return max(map(wrapped, self.headers, self.widths))

    @property
    def first_row(self) -> int:
        """How many rows stand before the first of the data."""
        return len(self.above) + 2

    @property
    def rows(self) -> int:
        return len(self.columns[0])


class Contents(Table):
    """The sheets of a workbook."""

    headings = (h.text("sheet", "the sheet's name"), h.text("holds", "what its table holds"))


class Glossary(Table):
    """The columns of the tables, each with what it says."""

    headings = (*(h.text("table", "the sheet's name"), h.text("column", "its header")), h.text("says", "what it says"))


def wrapped(text: str, width: int) -> int:
    """Return how many lines a text takes in a column so many characters wide."""
    return 1 if len(text) <= width else ceil(len(text) / (FILLED * width))


def leaves(document: Document) -> tuple[Leaf, ...]:
    """Return the sheets of a workbook in order: contents, background, tables, and what their columns say."""
    sheets = (*document.background, *document.sheets)
    labels = _labels(sheets)
    made = [_leaf(label, sheet) for label, sheet in zip(labels, sheets, strict=True)]
    columns = Sheet("columns", "What the columns say", _glossary(labels, sheets), "Every column of every table.")
    made.append(_leaf("Columns", columns))
    rows = [(leaf.label, f"{leaf.title}. {leaf.above[0]}") for leaf in made]
    contents = Sheet(
        "contents", "Contents", Contents(columns_of(Contents.headings, rows)), "The sheets of this workbook."
    )
    return _leaf("Contents", contents), *made


def _labels(sheets: Sequence[Sheet]) -> list[str]:
    """Return what the tabs are called: a kind of table, numbered where there are several of it."""
    kinds = [sheet.title.partition(",")[0] for sheet in sheets]
    counts, seen = Counter(kinds), Counter[str]()
    labels = []
    for kind in kinds:
        seen[kind] += 1
        labels.append(f"{kind} {seen[kind]}" if counts[kind] > 1 else kind)
    return labels


def _glossary(labels: Sequence[str], sheets: Sequence[Sheet]) -> Glossary:
    rows = [
        (label, heading.label, heading.says)
        for label, sheet in zip(labels, sheets, strict=True)
        for heading in _headings(sheet.table)
    ]
    return Glossary(columns_of(Glossary.headings, rows))


def _headings(table: Table) -> list[Heading]:
    """Return what a sheet shows: the table's shown columns, and the parts of crossings, to filter by."""
    names = [name for name in table.shown if name in table.columns] or list(table.columns)
    return [table.heading(name) for name in dict.fromkeys([*names, *part_names(table.columns)])]


def _leaf(label: str, sheet: Sheet) -> Leaf:
    headings = _headings(sheet.table)
    columns = tuple(tuple(_cells(sheet.table, one)) for one in headings)
    if not len(sheet.table):
        columns = ((NO_ROWS,), *(((NOT_APPLICABLE,),) * (len(headings) - 1)))
    above = (sheet.says, "This sheet holds one table.", *map(visible, sheet.table.notes), *_legend(columns))
    labels = tuple(visible(one.label) for one in headings)
    return Leaf(label, visible(sheet.title), above, labels, tuple(map(_format, headings)), columns)


def _cells(table: Table, heading: Heading) -> Iterator[Cell]:
    column = table.columns[heading.name]
    held = table.suppressed.get(heading.name, np.zeros(len(table), dtype=np.int8))
    blank = heading.blank or (NOT_AVAILABLE if heading.is_number else NOT_APPLICABLE)
    for cell, withheld in zip(column.tolist(), held.tolist(), strict=True):
        yield WITHHELD[withheld] or _cell(cell, blank)


def _cell(cell: Any, blank: str) -> Cell:
    """Return what a cell holds: a number as it is, a text as it may be shown, a marker where there is nothing."""
    match cell:
        case bool():
            return "yes" if cell else "no"
        case int():
            return cell
        case float():
            return blank if cell != cell else cell if np.isfinite(cell) else "infinite"
        case _:
            text = visible(str(cell))
            return text[:LONGEST_TEXT] if text.strip() else blank


def _legend(columns: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield the markers that stand in a table, each with its meaning."""
    found = {cell for column in columns for cell in set(column) if isinstance(cell, str)}
    marks = {mark for cell in found for mark in re.findall(r"\[\w+\]", cell)}
    yield from (f"{mark} {meaning}" for mark, meaning in MARKERS.items() if mark in marks)


def _format(heading: Heading) -> str:
    if not heading.is_number:
        return GENERAL
    if heading.kind is int:
        return YEAR if heading.unit in {"year", "number"} else FORMATS[h.WHOLE]
    return FORMATS.get(heading.written, GENERAL)


def _width(header: str, column: Sequence[Cell]) -> int:
    texts = {cell for cell in column if isinstance(cell, str)}
    longest = max([*map(len, header.split()), *map(len, texts)])
    return min(WIDEST, max(NARROWEST, longest + 3))
