"""Tables as the text of files."""

from __future__ import annotations

import csv
import io
from typing import Any

from psaindicators.tables import Table


def to_csv(table: Table) -> str:
    """Return a table as CSV with a header: full precision, missing as nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(cell) for cell in row] for row in table)
    return text.getvalue()


def _cell(cell: Any) -> Any:
    return "" if isinstance(cell, float) and cell != cell else repr(cell) if isinstance(cell, float) else cell
