"""What an outturn's tables are read by: findings in sentences, definitions, markers, notes, sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from psaindicators import headings as h
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import in_words
from psaindicators.headings import Heading
from psaindicators.outturns.quality import Quality
from psaindicators.outturns.waves import Waves
from psaindicators.publishing.document import Page, Sheet
from psaindicators.publishing.markers import MARKERS
from psaindicators.tables import Table, columns_of


class Findings(Table):
    """What was found, a sentence each."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("about", "what the sentence is about"),
        h.text("sentence", "a finding that may be quoted"),
    )


class Definitions(Table):
    """The definitions that the figures rest on, a row for each dated definition of an indicator."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.INDICATOR, h.TITLE, h.whole("since", "the year from which the definition is in force", "year")),
        *(h.text("base", "who is in the denominator"), h.text("numerator", "who of them is counted")),
        *(h.BETTER, h.text("status", "how sure the definition is"), h.text("reference", "where it is from"), h.NOTE),
    )


class Markers(Table):
    """What the markers mean."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("marker", "as it stands in a cell"),
        h.text("meaning", "in words"),
    )


class Notes(Table):
    """What a reader must know of the figures."""

    headings: ClassVar[tuple[Heading, ...]] = (h.whole("note_number", "counted from 1", "number"), h.text("note", "it"))


class Versions(Table):
    """What the figures were made with."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("program", "Python, this package, or a library that it needs"),
        h.text("version", "its version"),
    )


class Sources(Table):
    """The files that the outturn was made from."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("file", "its name"),
        h.text("sha256", "the SHA-256 of its contents, by which the very file is known"),
    )


@dataclass(frozen=True)
class Known:
    """What is known of an outturn beside its tables: waves, notes, SHA-256 by file, versions by program, quality."""

    waves: Waves
    notes: Sequence[str] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    quality: Quality = field(default_factory=lambda: Quality(columns_of(Quality.headings, ())))


def background(pages: Iterable[Page], indicators: Mapping[str, Indicator], known: Known) -> tuple[Sheet, ...]:
    """Return the tables that an outturn's own are read by."""
    found = [(section.heading, line) for page in pages for section in page.sections for line in section.sentences]
    return (
        Sheet("findings", "Findings", _table(Findings, found), "What was found, in sentences that may be quoted."),
        Sheet("quality", "Quality", known.quality, "How good the figures are, by the dimensions of quality."),
        Sheet("definitions", "Definitions", _definitions(indicators), "The definitions that the figures rest on."),
        Sheet("notes", "Notes", _table(Notes, enumerate(known.notes, 1)), "What a reader must know of the figures."),
        Sheet("markers", "Markers", _table(Markers, MARKERS.items()), "Marks that stand for words in the tables."),
        Sheet(
            "sources", "Sources", _table(Sources, known.sources.items()), "The files that this outturn was made from."
        ),
        Sheet("versions", "Versions", _table(Versions, known.versions.items()), "What the figures were made with."),
    )


def _table(kind: type[Table], rows: Iterable[Sequence[object]]) -> Table:
    return kind(columns_of(kind.headings, rows))


def _definitions(indicators: Mapping[str, Indicator]) -> Table:
    return _table(Definitions, (row for one in indicators.values() for row in _defined(one)))


def _defined(one: Indicator) -> Iterator[Sequence[object]]:
    ends = (one.better, one.status, one.reference, one.note)
    if one.index is not None:
        parts = " and ".join(f"{name} (baseline {value:,g})" for name, value in one.index.parts.items())
        yield one.id, one.title, None, f"an index of {parts}", "", *ends
    for definition in one.definitions:
        rules = in_words(definition.denominator), in_words(definition.numerator)
        yield one.id, one.title, definition.since, *rules, *ends
