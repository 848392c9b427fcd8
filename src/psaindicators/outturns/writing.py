"""Tables as the text of files."""

from __future__ import annotations

import io
from itertools import chain
from typing import Any

from psaindicators.files.spreadsheet import csv_writer, safe
from psaindicators.tables import Table


def to_csv(table: Table) -> str:
    """Return a table as CSV with a header: full precision, missing as nothing, texts as a spreadsheet may open them."""
    text = io.StringIO()
    cells = chain.from_iterable(column.tolist() for column in table.columns.values() if column.dtype == object)
    writer = csv_writer(text, cells)
    writer.writerow(map(safe, table.columns))
    writer.writerows([_cell(cell) for cell in row] for row in table)
    return text.getvalue()


def _cell(cell: Any) -> Any:
    match cell:
        case float():
            return "" if cell != cell else repr(cell)
        case str():
            return safe(cell)
        case _:
            return cell
