"""What an indicator is, whichever survey measures it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from psaindicators.definitions.rules import Rule, in_words
from psaindicators.definitions.sources import Measurement
from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.words import MOST, counted, joined, visible_lines

Better = Literal["higher", "lower"]
Status = Literal["confirmed", "unconfirmed", "reconstructed", "unstated"]
Success = Literal["local_majority", "national_improvement", "index_required"]


@dataclass(frozen=True)
class Definition:
    """The numerator and the denominator in force from a year; the numerator counts only inside the denominator."""

    since: int
    numerator: Rule
    denominator: Rule

    @property
    def questions(self) -> frozenset[str]:
        return self.numerator.questions | self.denominator.questions


@dataclass(frozen=True)
class IndexDeclaration:
    """A calibrated index: the value of each part at the baseline, and the points that stand for it.

    The index is `baseline` times the product of (part / its baseline value) raised to its exponent (1 unless given).
    """

    parts: Mapping[str, float]
    exponents: Mapping[str, float]
    baseline: float
    required: float


@dataclass(frozen=True)
class Indicator:
    """A published measure. `minimum_movement` is in percentage points, by the id of the survey it was printed for.

    `status` says how sure the definition is: confirmed in a document, unconfirmed (recalled), reconstructed from
    published figures, or unstated. `success` is the rule by which the agreement is assessed on it, where there is
    one: improvement in most of the authorities that adopted it, `local` being its id there; national improvement by
    the minimum movement; or the points that its index requires. `measured` says by which data sets, against which
    baselines, where the agreement says so.
    """

    id: str
    title: str
    better: Better
    reference: str
    status: Status
    minimum_movement: Mapping[str, float]
    definitions: tuple[Definition, ...]
    index: IndexDeclaration | None = None
    note: str = ""
    success: Success | None = None
    local: str | None = None
    measured: Measurement | None = None

    def __repr__(self) -> str:
        head = f"Indicator: {self.id}, {self.title} ({self.better} is better; definition {self.status})"
        lines = [
            f"  since {one.since}: {in_words(one.numerator)}; of those with {in_words(one.denominator)}"
            for one in self.definitions
        ]
        parts = [f"  an index of {joined(self.index.parts)}"] if self.index else []
        return visible_lines("\n".join([head, *lines, *parts]))

    def definition(self, year: int) -> Definition:
        """Return the definition in force in a wave's year. Raises DefinitionError before the first of them."""
        in_force = [definition for definition in self.definitions if definition.since <= year]
        if in_force:
            return max(in_force, key=lambda definition: definition.since)
        if self.index is not None:
            raise DefinitionError(f"{self.id} is an index: it is made of other figures, not estimated from a survey")
        first = min(definition.since for definition in self.definitions)
        raise DefinitionError(f"{self.id} has no definition for {year}; its first is in force since {first}")


@dataclass(frozen=True)
class IndicatorSet(Mapping[str, Indicator]):
    """Indicators of one file by id: `nis["ni1"]`; ids are read without regard to case and space.

    `path` is the file they came from, where they came from one. Raises DefinitionError for an id the set does not hold.
    """

    id: str
    title: str
    path: Path | None
    by_id: Mapping[str, Indicator]

    @property
    def file(self) -> str:
        """The name of the file they came from; the id where they came from none."""
        return self.path.name if self.path else self.id

    def __repr__(self) -> str:
        head = f"IndicatorSet: {self.id}, {self.title}, {counted(len(self), 'indicator')}"
        named = [f"  {name}: {one.title}" for name, one in self.by_id.items()]
        more = [f"  and {len(named) - MOST:,} more"] if len(named) > MOST else []
        return visible_lines("\n".join([head, *named[:MOST], *more]))

    def __getitem__(self, wanted: str) -> Indicator:
        indicator_id = canonical_id(wanted)
        if indicator_id not in self.by_id:
            raise DefinitionError(f"{self.id} has no indicator '{wanted}'{did_you_mean(indicator_id, self.by_id)}")
        return self.by_id[indicator_id]

    def __contains__(self, wanted: object) -> bool:
        return isinstance(wanted, str) and canonical_id(wanted) in self.by_id

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)


def canonical_id(wanted: str) -> str:
    """Return an indicator id without spaces and capitals: "NI 4" is ni4."""
    return re.sub(r"\s+", "", wanted).lower()
