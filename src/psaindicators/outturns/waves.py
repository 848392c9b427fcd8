"""What next year must know of a wave beside its figures: its series, mode, coverage, vintage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from psaindicators import headings as h
from psaindicators.definitions.waves import Wave
from psaindicators.headings import Heading
from psaindicators.tables import Table, columns_of


class Waves(Table):
    """The waves of an outturn, a row each: what decides whether another may be compared with them."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.SURVEY, h.WAVE, h.TITLE.as_("the wave's title")),
        h.text("mode", "how people were asked; empty where the wave does not say", "word"),
        h.text("coverage", "national or local; empty where the survey does not say", "word"),
        h.text("vintage", "the day whose areas its codes speak of; empty where it has none", "date"),
        h.text("continues", "the series that it stands in for; empty where it does not", "id"),
    )


def waves_table(waves: Iterable[Wave]) -> Waves:
    """Return a row for each wave."""
    rows = [
        (one.survey, one.year, one.title, one.mode or "", one.coverage or "", one.vintage or "", one.continues or "")
        for one in waves
    ]
    return Waves(columns_of(Waves.headings, rows))


def wave_of_row(row: Any) -> Wave:
    """Return a wave as far as its figures can be compared: it has no questions, and nothing can be read with it."""
    return Wave(
        survey=row.survey,
        year=int(row.wave),
        title=row.title,
        path=None,
        weight=None,
        questions={},
        mode=row.mode or None,
        coverage=row.coverage or None,
        vintage=row.vintage or None,
        continues=row.continues or None,
    )
