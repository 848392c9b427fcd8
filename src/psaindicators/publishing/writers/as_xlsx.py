"""A document as an Excel workbook, on gptables' workbook, cover and theme."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

from psaindicators.publishing.book import GENERAL, LINE, Leaf, leaves, wrapped
from psaindicators.publishing.document import Document
from psaindicators.words import visible

NAME = "outturn.xlsx"
WRITTEN = datetime(1980, 1, 1)
"""What a file of the same bytes says of when it was made: nothing; it is the earliest that its format holds."""
TEXTS_STAY_TEXTS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
COVER, A4 = 85, 9


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield the workbook: a cover, contents, what the tables are read by, and one table a sheet."""
    from gptables import Cover
    from gptables.core.wrappers import GPWorkbook

    file = BytesIO()
    book = GPWorkbook(file, options=TEXTS_STAY_TEXTS)
    book.set_properties({"title": document.title, "subject": "Official statistics", "created": WRITTEN})
    book.set_custom_property("Language", "en-GB")
    cover = Cover(visible(document.title), intro=list(document.about), about=None, cover_label="Cover", width=COVER)
    front = book.add_worksheet(cover.cover_label)
    front.write_cover(cover)
    for row, text in enumerate(document.about, 2):
        front.set_row(row, wrapped(text, COVER) * LINE)
    _on_paper(front)
    for leaf in leaves(document):
        _write(book, leaf)
    book.close()
    yield NAME, file.getvalue()


def _write(book: Any, leaf: Leaf) -> None:
    theme, sheet = book.theme, book.add_worksheet(leaf.label)
    sheet.write_string(0, 0, leaf.title, book.add_format(theme.title_format))
    for row, line in enumerate(leaf.above, 1):
        sheet.write_string(row, 0, line, book.add_format(theme.legend_format))
    for column, (cells, written, width) in enumerate(zip(leaf.columns, leaf.formats, leaf.widths, strict=True)):
        shape = book.add_format(theme.data_format | {"num_format": written, "valign": "top"} | _side(written))
        sheet.set_column(column, column, width)
        sheet.write_column(leaf.first_row, column, cells, shape)
    _mark_as_table(book, sheet, leaf)
    _link_sheets(book, sheet, leaf)
    for row, lines in enumerate(leaf.lines, leaf.first_row):
        if lines > 1:
            sheet.set_row(row, lines * LINE)
    sheet.set_row(leaf.first_row - 1, leaf.head_lines * LINE)
    sheet.freeze_panes(leaf.first_row, 0)
    _as_printed(sheet, leaf)


def _as_printed(sheet: Any, leaf: Leaf) -> None:
    """Print the table's header on each page."""
    _on_paper(sheet)
    sheet.repeat_rows(leaf.first_row - 1)


def _on_paper(sheet: Any) -> None:
    """Print on A4, no wider than a page."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _side(written: str) -> dict[str, Any]:
    """Return on which side of its column a cell stands: texts left, a little in, and numbers right."""
    return {"align": "left", "indent": 1} if written == GENERAL else {"align": "right"}


def _mark_as_table(book: Any, sheet: Any, leaf: Leaf) -> None:
    """Make the rows a table object with a header, by which a screen reader tells the column of a cell."""
    shapes = [book.add_format(book.theme.column_heading_format | _side(one)) for one in leaf.formats]
    columns = [{"header": one, "header_format": shape} for one, shape in zip(leaf.headers, shapes, strict=True)]
    about = {"name": leaf.name, "columns": columns, "style": None, "autofilter": False}
    last = leaf.first_row + leaf.rows - 1, len(leaf.headers) - 1
    sheet.add_table(leaf.first_row - 1, 0, *last, about)


def _link_sheets(book: Any, sheet: Any, leaf: Leaf) -> None:
    """Make the names of sheets, in the contents, lead to them."""
    if leaf.label == "Contents":
        shape = book.add_format(book.theme.data_format | {"valign": "top", "underline": 1} | _side(GENERAL))
        for row, label in enumerate(leaf.columns[0], leaf.first_row):
            sheet.write_url(row, 0, f"internal:'{label}'!A1", shape, string=str(label))
