"""What a person says of how a file is laid out, where the file alone cannot tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """The `encoding` of a text file, and the `sheet` of a workbook with the row of its names, counted from 1.

    What is None is found in the file, and said in a note where it could be taken otherwise.
    """

    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None


FOUND = Layout()
