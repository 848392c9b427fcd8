"""Pages as text: a file for each."""

from __future__ import annotations

from collections.abc import Iterator

from psaindicators.publishing.document import Document, Page, Section, View
from psaindicators.words import underlined, visible_lines


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield each page as NAME.txt."""
    for page in document.pages:
        yield f"{page.name}.txt", (page_text(page) + "\n").encode()


def page_text(page: Page) -> str:
    """Return a page as text, without a line end at its end; what a terminal would obey is written out."""
    head = "\n".join([underlined(page.title, "="), *page.lead])
    return visible_lines("\n\n".join([head, *map(_section, (*page.more, *page.sections))]))


def _section(section: Section) -> str:
    return "\n".join([underlined(section.heading), *map(_block, section.blocks)])


def _block(block: str | View) -> str:
    return block if isinstance(block, str) else block.table.to_text(block.names, most=block.most)
