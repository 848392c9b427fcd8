"""Text files with a line of names: how one is written is found from its first line and last byte, the rest is read."""

from __future__ import annotations

import csv
import gzip
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from psaindicators.errors import SurveyError, SurveyWarning
from psaindicators.files.encodings import as_utf_8, encoding_of, is_packed
from psaindicators.files.header import distinct_names
from psaindicators.files.literal import literal_name
from psaindicators.files.locked_engine import locked_engine, quoted
from psaindicators.files.unreadable import raise_alone, unreadable

SEPARATORS = (",", ";", "\t", "|")
LINE_ENDS = {"\r\n": r"\r\n", "\n": r"\n", "\r": r"\r"}
"""What may end a line, and how the engine calls it."""
SMALL = 1_000_000
"""Bytes of text that are read as arrays more quickly than an engine plans to add them up."""
LONGEST_NAMES = 1 << 20
"""Characters in which the line of names must end."""
MARK = "\ufeff"
"""The byte order mark. DuckDB does not take a quotation mark behind it for one."""
NO_TEXT: Mapping[bytes, str] = {
    b"PK\x03\x04": "a zip archive or a workbook; unpack it, or call it .xlsx or .ods",
    b"\x28\xb5\x2f\xfd": "compressed by zstd; unpack it, or compress it by gzip",
    b"\xfd7zXZ": "compressed by xz; unpack it, or compress it by gzip",
    b"BZh": "compressed by bzip2; unpack it, or compress it by gzip",
    b"PAR1": "a Parquet file; call it .parquet",
    b"$FL": "an SPSS file; call it .sav",
    b"%PDF": "a PDF; save the table in it as CSV",
    b"{\\rtf": "a document; save the table in it as CSV",
    b"<!DOCTY": "a web page; save the table in it as CSV",
    b"<html": "a web page; save the table in it as CSV",
}
"""First bytes of what is called a text file at times, and what it is."""


@dataclass(frozen=True)
class TextLayout:
    """How a text file is written: its names, what parts them, what ends a line, and the blank lines before them."""

    names: tuple[str, ...]
    separator: str
    line_end: str
    blank_lines: int


def open_text(
    path: Path, separators: tuple[str, ...], threads: int | None, encoding: str | None = None
) -> tuple[Any, bool]:
    """Return a text file as a DuckDB relation and whether it is small.

    Every column is text, so that a code such as 09 keeps its zero. Nothing is guessed but the separator, and that from
    the first line: a guess from the rows may leave some out. A compressed file is judged by what it unpacks to, and its
    checksums are compared here, as DuckDB does not compare them. A file that is not UTF-8 is read from a copy that is
    (see `encodings`). Raises SurveyError for anything but text with a line of names; warns where the last line has no
    end.
    """
    import duckdb

    encoded = encoding_of(path, encoding)
    text = as_utf_8(path, encoded)
    packed = is_packed(text)
    if not encoded.size:
        raise SurveyError(f"{path.name} is empty: it has no line of variables' names")
    written = _written(path.name, text, separators)
    if encoded.last not in b"\r\n\0":
        warnings.warn(
            f"{path.name} does not end its last line: it may have been cut off there; compare the number of rows",
            SurveyWarning,
            stacklevel=2,
        )
    name = literal_name(text)
    try:
        return locked_engine(name, threads).sql(_query(name, packed, written)), encoded.size < SMALL
    except duckdb.Error as error:
        raise_alone(unreadable(path.name, error))


def _query(name: str, packed: bool, written: TextLayout) -> str:
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in written.names)
    return f"""
        SELECT * FROM read_csv(
            {quoted(name)}, auto_detect = false, hive_partitioning = false, header = true, quote = '"', escape = '"',
            compression = '{"gzip" if packed else "none"}', skip = {written.blank_lines},
            delim = {quoted(written.separator)}, new_line = '{LINE_ENDS[written.line_end]}', columns = {{{columns}}})
    """


def refuse_no_text(path: Path) -> None:
    """Raise SurveyError for a file whose first bytes are those of another kind of file."""
    with path.open("rb") as file:
        start = file.read(8)
    for mark, kind in NO_TEXT.items():
        if start.startswith(mark):
            raise SurveyError(f"{path.name} is not a text file but {kind}")


def _written(file: str, text: Path, separators: tuple[str, ...]) -> TextLayout:
    """Return how a file is written, by the separator that parts its first line into most names."""
    opened = gzip.open if is_packed(text) else open
    with opened(text, "rt", encoding="utf-8", errors="surrogateescape", newline="") as characters:
        start = characters.read(LONGEST_NAMES)
    found = [_first_line(start.removeprefix(MARK), separator) for separator in separators]
    best = max((one for one in found if one), key=lambda one: len(one.names), default=None)
    if best is None or (len(best.names) == 1 and None in found):
        raise SurveyError(f"{file} cannot be read: its line of names does not end, or misplaces a quotation mark")
    if not best.names:
        raise SurveyError(f"{file} is empty: it has no line of variables' names")
    if re.search("[\0\ud800-\udfff]", "".join(best.names)):
        raise SurveyError(f"{file} cannot be read: its line of names is not UTF-8; save the file as CSV UTF-8")
    if start.startswith(MARK) and re.search("[\r\n]", best.names[0]):
        raise SurveyError(f"{file} cannot be read: the name of its first variable holds a line end; take it out")
    return replace(best, names=tuple(distinct_names(file, best.names)))


def _first_line(start: str, separator: str) -> TextLayout | None:
    """Return how the first line that is not blank reads with a separator, or None where it cannot be read so."""
    lines = StringIO(start, newline="")
    blank, names = 0, list[str]()
    try:
        for names in csv.reader(lines, delimiter=separator, strict=True):
            if len(names) > 1 or "".join(names).strip():
                break
            blank, names = blank + 1, []
    except csv.Error:
        return None
    read = start[: lines.tell()]
    end = next((one for one in LINE_ENDS if read.endswith(one)), "\n")
    before = islice(StringIO(read, newline=""), blank)
    if len(read) == LONGEST_NAMES or (names and any(line.lstrip(" \t") != end for line in before)):
        return None
    return TextLayout(tuple(names), separator, end, blank)
