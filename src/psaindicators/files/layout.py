"""What a person says of how a file is laid out, where the file alone cannot tell."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from psaindicators.errors import refuse


@dataclass(frozen=True)
class Layout:
    """The `encoding` of a text file, and the `sheet` of a workbook with the row of its names, counted from 1.

    What is None is found in the file, and said in a note where it could be taken otherwise.
    """

    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None


FOUND = Layout()
TEXTS, WORKBOOKS = (".csv", ".tab", ".tsv"), (".xlsx", ".xls", ".ods")
"""The files that have an encoding, and those that have sheets."""
ENCODING = "must be an encoding such as utf-8, utf-16 or windows-1252, got {}"
ROW = "is the number of a row, counted from 1, got {}"


def encoding_named(name: str) -> str | None:
    """Return Python's name for an encoding, None where it knows none."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def stated(encoding: str | None, sheet: str | None, header_row: int | None) -> Layout:
    """Return a layout as options say it. Raises OptionError for an unknown encoding and for a row below 1."""
    known = None if encoding is None else encoding_named(encoding)
    unknown = encoding is not None and known is None
    above = header_row is not None and header_row < 1
    refuse(
        [
            *([f"encoding {ENCODING.format(repr(encoding))}"] if unknown else []),
            *([f"header_row {ROW.format(header_row)}"] if above else []),
        ]
    )
    return Layout(known, sheet, header_row)
