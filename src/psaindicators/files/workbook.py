"""Workbooks (.xlsx, .xls, .ods): a sheet's columns, or all rows of a small one; sizes are judged before reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from numpy.typing import NDArray

from psaindicators.errors import SurveyError, did_you_mean
from psaindicators.files.broken import BrokenFile
from psaindicators.files.header import distinct_names
from psaindicators.files.layout import Layout
from psaindicators.files.reading_apart import WORKBOOK, ReadingApart, Request
from psaindicators.words import counted, listed

UNPACKED = 2 << 30
"""Bytes that a workbook may unpack to: a sheet that is full of short codes has less than this."""
ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
HOLDS = {".xlsx": "xl/workbook.xml", ".ods": "content.xml"}
"""What an archive holds if it is a workbook."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet's columns, read: numbers with NaN where blank, others texts with None; `notes` on what was taken."""

    held: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(self.held)

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as they are."""
        return {name: self.held[name] for name in names}


def open_sheet(path: Path, layout: Layout) -> Sheet:
    """Return the sheet of a workbook that is named, or else the one with most cells, under its line of names.

    The line of names is the row that is given, or the first that is mostly texts and half as wide as the widest. Blank
    rows are left out. Raises SurveyError for what is no workbook, is encrypted or damaged, or unpacks to more than a
    workbook could use; for a sheet that is not there; and for a sheet without names.
    """
    options = {"whole": False, "sheet": layout.sheet, "header_row": layout.header_row}
    found, columns = _read(path, options)
    where = f"{path.name}, sheet '{found.get('sheet')}'"
    if "sheets" in found:
        raise SurveyError(_no_sheet(path, layout.sheet, found["sheets"]))
    if not found["names"]:
        raise SurveyError(f"{where} is empty: row {found['header_row']} has no line of variables' names")
    if 2 * found["numbers_in_header"] > len(found["names"]):
        raise SurveyError(
            f"{where} has no line of variables' names: row {found['header_row']}, where it should be, holds numbers; "
            "header_row says where it is"
        )
    names = distinct_names(where, found["names"])
    held = dict(zip(names, columns.values(), strict=True))
    return Sheet(held, tuple(f"{path.name}: {note}" for note in _notes(layout, found)))


def read_tables(path: Path) -> dict[str, list[tuple[int, list[str]]]]:
    """Return for each visible sheet its rows that are not blank, as texts, by their number from 1.

    Raises SurveyError as `open_sheet`.
    """
    found, _ = _read(path, {"whole": True})
    tables: dict[str, list[tuple[int, list[str]]]] = found["tables"]
    return tables


def _read(path: Path, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    try:
        unpacked = _judged(path)
        with ReadingApart(Request(path, WORKBOOK, unpacked=unpacked, options=options)) as reading:
            found = reading.answer()
            return found, reading.columns(found) if "rows" in found else {}
    except BrokenFile as error:
        raise SurveyError(
            f"{path.name} cannot be read as a workbook: {error}; is it whole, and is no cell filled far outside its "
            "table? (delete the rows and columns beyond it, or save the sheet as CSV UTF-8)"
        ) from None


def _judged(path: Path) -> int:
    """Return the bytes that a workbook unpacks to.

    Raises SurveyError for what is none, BrokenFile for a damaged one.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(ZIP):
        return _archive(path)
    if start != COMPOUND:
        what = "empty" if not start else "no workbook, whatever its name says"
        raise SurveyError(f"{path.name} is {what}: if it holds text, call it .csv, else save it as .xlsx")
    if ENCRYPTED in path.read_bytes():
        raise SurveyError(f"{path.name} is encrypted with a password; save it without one")
    if path.suffix.lower() != ".xls":
        raise SurveyError(f"{path.name} is an older workbook, whatever its name says; call it .xls")
    return path.stat().st_size


def _archive(path: Path) -> int:
    try:
        with ZipFile(path) as archive:
            members = archive.infolist()
    except (BadZipFile, ValueError, RuntimeError) as error:
        raise BrokenFile(f"it breaks off or is damaged ({error})") from None
    kind = next((suffix for suffix, name in HOLDS.items() if any(one.filename == name for one in members)), None)
    if kind is None:
        raise SurveyError(f"{path.name} is a zip archive, and no workbook; unpack it")
    if kind != path.suffix.lower():
        raise SurveyError(f"{path.name} is a {kind} workbook, whatever its name says; call it {kind}")
    unpacked = sum(one.file_size for one in members)
    if unpacked > UNPACKED:
        raise SurveyError(
            f"{path.name} unpacks from {path.stat().st_size:,} to {unpacked:,} bytes, more than a workbook has use "
            "for; is it what it should be? (save the sheet as CSV UTF-8)"
        )
    return unpacked


def _no_sheet(path: Path, wanted: str | None, sheets: list[str]) -> str:
    if wanted is None:
        return f"{path.name} is empty: none of its sheets holds anything"
    return f"{path.name} has no sheet '{wanted}'{did_you_mean(wanted, sheets)} (its sheets: {listed(sheets)})"


def _notes(layout: Layout, found: Mapping[str, Any]) -> Iterator[str]:
    if layout.sheet is None and found["others"]:
        yield f"the sheet '{found['sheet']}' was read, not {listed(found['others'])} (sheet says which)"
    if layout.header_row is None and found["header_row"] > 1:
        yield f"row {found['header_row']} was taken for the line of names (header_row says which)"
    if found["blank_rows"]:
        yield f"{counted(found['blank_rows'], 'blank row')} between others left out"
