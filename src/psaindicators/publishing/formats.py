"""The formats that a document can be written in, each by a writer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from psaindicators.publishing import writers
from psaindicators.publishing.document import Document

FORMATS = tuple(sorted(one.name.removeprefix("as_") for one in iter_modules(writers.__path__)))
"""Those that there is a writer `as_FORMAT` of: `csv` and `json` are the tables whole, `text` the pages."""
DEFAULT = ("csv", "json", "text")


def written(document: Document, formats: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a document in each of the formats, by name; a writer is imported when it is asked for."""
    asked = [import_module(f"{writers.__name__}.as_{one}") for one in FORMATS if one in formats]
    return {name: content for writer in asked for name, content in writer.write(document)}
