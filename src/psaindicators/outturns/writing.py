"""Tables as the text of files."""

from __future__ import annotations

import csv
import io
from typing import Any

from psaindicators.files.spreadsheet import safe
from psaindicators.tables import Table


def to_csv(table: Table) -> str:
    """Return a table as CSV with a header: full precision, missing as nothing, texts as a spreadsheet may open them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
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
