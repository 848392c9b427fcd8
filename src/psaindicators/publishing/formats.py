"""The formats that a document can be written in, each by a writer of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pkgutil import iter_modules

from psaindicators.publishing import writers
from psaindicators.publishing.document import Document

FORMATS = tuple(sorted(one.name.removeprefix("as_") for one in iter_modules(writers.__path__)))
"""Those that there is a writer `as_FORMAT` of: `csv` and `json` are the tables whole, `text` the pages."""
DEFAULT = ("csv", "json", "text")


FIRST = ("outturn.html", "outturn.xlsx", "outturn.ods", "outturn.txt")
"""The files to open first, by how much a reader learns from each."""


def opened_first(names: Iterable[str]) -> str:
    """Return the file of a folder to open first: the page, else a workbook, the text, or the first that there is."""
    there = list(names)
    return next((name for name in FIRST if name in there), there[0])


def written(document: Document, formats: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a document in each of the formats, by name; a writer is imported when it is asked for."""
    asked = [import_module(f"{writers.__name__}.as_{one}") for one in FORMATS if one in formats]
    return {name: content for writer in asked for name, content in writer.write(document)}
