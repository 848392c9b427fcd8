"""Pages as text: a file for each."""

from __future__ import annotations

from collections.abc import Iterator

from psaindicators.publishing.document import Document, Page, Section, View
from psaindicators.screen import wrapped
from psaindicators.words import underlined, visible_lines


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield each page as NAME.txt."""
    for page in document.pages:
        yield f"{page.name}.txt", (page_text(page) + "\n").encode()


def page_text(page: Page, width: int | None = None) -> str:
    """Return a page as text, without a line end at its end; what a terminal would obey is written out.

    A file has every row and paragraph in a line of its own; with a `width`, a screen's, nothing is wider.
    """
    head = "\n".join([underlined(page.title, "="), *(_paragraph(one, width) for one in page.lead)])
    return visible_lines("\n\n".join([head, *(_section(one, width) for one in (*page.more, *page.sections))]))


def _section(section: Section, width: int | None) -> str:
    return "\n".join([underlined(section.heading), *(_block(one, width) for one in section.blocks)])


def _block(block: str | View, width: int | None) -> str:
    if isinstance(block, str):
        return _paragraph(block, width)
    return block.table.to_text(block.names, most=block.most, width=width)


def _paragraph(text: str, width: int | None) -> str:
    """Return a text as it stands, or its lines as wide as a screen."""
    if width is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in wrapped(line, width) or [""])
