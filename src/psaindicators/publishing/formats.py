"""The formats that a document can be written in, each by a writer of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from psaindicators.publishing.document import Document

FORMATS = ("csv", "json", "text", "page", "xlsx", "ods", "charts")
"""Those that there are: `csv` and `json` are the tables whole, `text` the pages."""
DEFAULT = ("csv", "json", "text")


def written(document: Document, formats: Sequence[str]) -> dict[str, bytes]:
    """Return the files of a document in each of the formats, by name; a writer is imported when it is asked for."""
    writers = [import_module(f"psaindicators.publishing.writers.as_{one}") for one in FORMATS if one in formats]
    return {name: content for writer in writers for name, content in writer.write(document)}
