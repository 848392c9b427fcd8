"""Where the figures of an indicator come from, as the agreement that set it prints it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["national", "local"]
Word = Literal["approximately", "estimated"]

NOT_FOUND = "not found"
"""What stands for a cell of a printed table that no document at hand gives."""


@dataclass(frozen=True)
class Printed:
    """A value with its 95% margin as printed, in `unit`, and the year it was measured; what is not printed is None."""

    value: float | None
    margin: float | None
    year: int | None
    unit: str
    note: str

    def __str__(self) -> str:
        unit = self.unit if self.unit == "%" else f" {self.unit}"
        parts = [] if self.value is None else [f"{self.value:,.10g}{unit}"]
        parts += [] if self.margin is None else [f"± {self.margin:,.10g}"]
        parts += [] if self.year is None else [f"({self.year})"]
        figures = " ".join(parts)
        return f"{figures}; {self.note}" if figures and self.note else figures or self.note


@dataclass(frozen=True)
class PrintedMinimum:
    """The smallest movement that counts, from `least` to `most` in `unit`, with the word printed beside it."""

    least: float
    most: float
    word: Word | None
    unit: str
    note: str

    def __str__(self) -> str:
        span = f"{self.least:g}" if self.least == self.most else f"{self.least:g} to {self.most:g}"
        approximately = "approximately " if self.word == "approximately" else ""
        estimated = " (estimated)" if self.word == "estimated" else ""
        return f"{approximately}{span} {self.unit}{estimated}" + (f"; {self.note}" if self.note else "")


@dataclass(frozen=True)
class Source:
    """A data set that an indicator, or a part of it, is measured by: at which level, and against which baseline.

    `survey` is the id of the series that holds the figures, and `baseline` the year in which the fieldwork of the
    baseline starts; either may be missing. Text that is not found in the agreement is empty.
    """

    level: Level
    data: str
    survey: str | None
    part: str
    provider: str
    baseline: int | None
    basis: str
    frequency: str
    interval: Printed | None
    minimum: PrintedMinimum | None
    interim: str

    def cells(self) -> Iterator[tuple[str, str]]:
        """Yield the printed cells as pairs of a name and what stands in it; "not found" where nothing does."""
        yield "data set", f"{self.data} ({self.part})" if self.part else self.data
        yield "provider", self.provider or NOT_FOUND
        yield "baseline", self.basis or (str(self.baseline) if self.baseline else NOT_FOUND)
        yield "frequency", self.frequency or NOT_FOUND
        yield "95% interval", str(self.interval) if self.interval else NOT_FOUND
        yield "minimum movement", str(self.minimum) if self.minimum else NOT_FOUND
        yield "interim measure", self.interim or NOT_FOUND


@dataclass(frozen=True)
class Measurement:
    """How an agreement has an indicator measured: its sources, what it means by its words, who answers for quality.

    `quality_officer` is a role, never a person's name; empty where it is not found.
    """

    sources: tuple[Source, ...]
    terms: Mapping[str, str]
    quality_officer: str

    def cells(self) -> Iterator[tuple[str, str]]:
        """Yield what is said of the indicator as a whole, as pairs of a name and what stands in it."""
        yield "data quality officer", self.quality_officer or NOT_FOUND
        yield from ((f"term: {term}", meaning) for term, meaning in self.terms.items())
