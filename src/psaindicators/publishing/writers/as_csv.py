"""Sheets as CSV: a file for each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import chain
from typing import Any

from psaindicators.files.spreadsheet import csv_writer, safe
from psaindicators.publishing.document import Document
from psaindicators.tables import Table


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield each sheet as NAME.csv."""
    for sheet in document.sheets:
        yield f"{sheet.name}.csv", to_csv(sheet.table).encode()


def to_csv(table: Table) -> str:
    """Return a table as CSV with a header: full precision, missing as nothing, texts as a spreadsheet may open them."""
    text = io.StringIO()
    cells = chain.from_iterable(column.tolist() for column in table.columns.values() if column.dtype == object)
    writer = csv_writer(text, cells)
    writer.writerow(map(safe, table.columns))
    columns = [table.written(name).tolist() for name in table.columns]
    writer.writerows([_cell(cell) for cell in row] for row in zip(*columns, strict=True))
    return text.getvalue()


def _cell(cell: Any) -> Any:
    match cell:
        case float():
            return "" if cell != cell else repr(cell)
        case str():
            return safe(cell)
        case _:
            return cell
