"""Sheets as JSON: a file for each, a list of row objects."""

from __future__ import annotations

from collections.abc import Iterator

from psaindicators.publishing.document import Document


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield each sheet as NAME.json."""
    for sheet in document.sheets:
        yield f"{sheet.name}.json", (sheet.table.to_json() + "\n").encode()
