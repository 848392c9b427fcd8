"""Texts in CSV that a spreadsheet would take for formulas: written so that it does not, read back as they were.

A cell that begins with =, +, -, @, a tab or a line end is run by Excel, LibreOffice and Google Sheets when a file is
opened, quoted or not ("CSV injection", OWASP). An apostrophe before it stops all three; quotation marks stop none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any, TextIO

from psaindicators.kernel.codes import as_number

MARK = "'"
FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")  # the last four are the wide =, +, - and @


def safe(text: str) -> str:
    """Return a text with an apostrophe before it where a spreadsheet would run it as a formula; not before -9.

    One that already has apostrophes before a formula gets another, so that `original` gives every text back.
    """
    return MARK + text if _runs(text.lstrip(MARK)) else text


def original(cell: str) -> str:
    """Return the text that `safe` made a cell of."""
    return cell[1:] if cell.startswith(MARK) and _runs(cell.lstrip(MARK)) else cell


def csv_writer(file: TextIO, texts: Iterable[object]) -> Any:
    """Return a writer of CSV rows that end in a line feed; it quotes every text where one of `texts` needs it.

    Python's does not quote a text for a carriage return, which readers take for the end of the row.
    """
    torn = any(isinstance(text, str) and "\r" in text for text in texts)
    return csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC if torn else csv.QUOTE_MINIMAL)


def _runs(text: str) -> bool:
    return FORMULA.match(text) is not None and as_number(text) is None
