"""The one document model: what stands between an outturn and the writers of its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from psaindicators.charts.chart import Chart
from psaindicators.tables import Table


@dataclass(frozen=True)
class View:
    """A table as a page shows it: the columns named (or those that it shows), and in text at most so many rows.

    `called` is what it is named by, beside its section's heading, where the section has several.
    """

    table: Table
    names: tuple[str, ...] = ()
    most: int | None = None
    called: str = ""


@dataclass(frozen=True)
class Section:
    """Part of a page under a heading of its own: texts and tables, in order; an empty text is a blank line.

    `sentences` say in words, fit to be quoted, what the tables show, and `charts` draw them, by the names of their
    files; text leaves both out.
    """

    heading: str
    blocks: tuple[str | View, ...]
    sentences: tuple[str, ...] = ()
    charts: Mapping[str, Chart] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """What a person reads at one sitting. `name` is its file's, without ending; `lead` stands under the title.

    `more` are texts beside it that a page opens for whoever wants them.
    """

    name: str
    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    more: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A table whole, every column and row of it. `name` is its file's, without ending; `says` is what it holds."""

    name: str
    title: str
    table: Table
    says: str


@dataclass(frozen=True)
class Document:
    """An outturn as it is published, whatever the format; the first of its pages is the outturn at a glance.

    `about` says what it is, a paragraph each. `sheets` are its tables; those of `background` say what to read them
    by: findings in sentences, definitions, notes, markers, sources.
    """

    title: str
    pages: tuple[Page, ...]
    sheets: tuple[Sheet, ...]
    about: tuple[str, ...] = ()
    background: tuple[Sheet, ...] = ()

    @property
    def charts(self) -> Mapping[str, Chart]:
        """Every chart of every page, by the name of its file."""
        return {name: one for page in self.pages for part in page.sections for name, one in part.charts.items()}
