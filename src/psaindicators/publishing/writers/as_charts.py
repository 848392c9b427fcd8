"""Charts: an SVG and a PNG for each."""

from __future__ import annotations

from collections.abc import Iterator

from psaindicators.publishing.document import Document


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield each chart as NAME.svg and NAME.png."""
    for name, chart in document.charts.items():
        yield f"{name}.svg", chart.svg
        yield f"{name}.png", chart.to_bytes("png")
