"""The one document model: what stands between an outturn and the writers of its files."""

from __future__ import annotations

from dataclasses import dataclass

from psaindicators.tables import Table


@dataclass(frozen=True)
class View:
    """A table as a page shows it: the columns named (or those that it shows), and in print at most so many rows."""

    table: Table
    names: tuple[str, ...] = ()
    most: int | None = None


@dataclass(frozen=True)
class Section:
    """Part of a page under a heading of its own: texts and tables, in order; an empty text is a blank line."""

    heading: str
    blocks: tuple[str | View, ...]


@dataclass(frozen=True)
class Page:
    """What a person reads at one sitting. `name` is its file's, without ending; `lead` stands under the title."""

    name: str
    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Sheet:
    """A table whole, every column and row of it. `name` is its file's, without ending; `says` is what it holds."""

    name: str
    title: str
    table: Table
    says: str


@dataclass(frozen=True)
class Document:
    """An outturn as it is published, whatever the format; the first of its pages is the outturn at a glance."""

    title: str
    pages: tuple[Page, ...]
    sheets: tuple[Sheet, ...]
