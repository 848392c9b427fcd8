"""Where one survey in one year keeps its answers, its weight and its design."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import inf
from pathlib import Path
from typing import Literal

from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.reliability_files import Reliability
from psaindicators.definitions.rules import Rule, answers_named, numbers_asked
from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.files.layout import Layout
from psaindicators.kernel.lonely import FAIL
from psaindicators.words import counted, listed, visible_lines

AUTHORITY = "authority"
"""The kind of area whose codes a vintage knows."""
DERIVED = ("county", "region", "laa", "england")
"""The kinds of area that a vintage derives from an authority's code."""
Code = int | float | str


@dataclass(frozen=True)
class Band:
    """The numbers from `low` to `high`, both ends among them; without `high` all from `low` on."""

    low: float
    high: float = inf


@dataclass(frozen=True)
class Question:
    """The variable that holds a question's codes, and the code (or value label) of each named answer, or several.

    An answer may be a band of numbers instead; a number in no band is not an answer. Without answers and bands the
    question is a number, such as a count or an age. A code in `missing` is not an answer.
    """

    variable: str
    answers: Mapping[str, Code | tuple[Code, ...]]
    missing: tuple[Code, ...] = ()
    bands: Mapping[str, Band] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return not self.names

    @property
    def holds_numbers(self) -> bool:
        """Whether the variable is read as numbers, as it is for a number and for bands."""
        return not self.answers

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the answers, in order; none where the question is a number."""
        return tuple(self.answers or self.bands)

    @property
    def codes(self) -> Mapping[str, tuple[Code, ...]]:
        """Every code and spelling of each answer."""
        return {name: code if isinstance(code, tuple) else (code,) for name, code in self.answers.items()}


@dataclass(frozen=True)
class Cross:
    """A question made of others: an answer to it is an answer to each of its parts, named `male*18_24`."""

    parts: tuple[str, ...]

    @property
    def is_number(self) -> bool:
        return False


@dataclass(frozen=True)
class Place:
    """A kind of area taken for a question, whose answers are its areas: which there are, the file or a vintage says."""

    kind: str

    @property
    def is_number(self) -> bool:
        return False


@dataclass(frozen=True)
class Identity:
    """The variable that says of which wave a file is, and the code it holds for every respondent of this wave.

    A file without the variable is taken at its word; one that holds another code is another wave's.
    """

    variable: str
    code: Code


@dataclass(frozen=True)
class Replicates:
    """Replicate weights supplied as columns; `columns` are names or one pattern with a star.

    The variance is scale x sum of rscales x (replicate - centre)^2 (kernel/replicates.py gives the defaults).
    """

    columns: tuple[str, ...]
    kind: str
    scale: float | None = None
    rscales: tuple[float, ...] | None = None
    rho: float | None = None
    mse: bool = False


@dataclass(frozen=True)
class Wave:
    """One survey in one year, named by the year its fieldwork starts; `path` is its file, if it came from one.

    Without `weight` everyone counts the same. `area` maps a kind of area to its variable, and `authority` is the one
    area that the whole file is about. `psu` and `fpc` hold a variable for each stage of sampling. `include` says whom
    the figures are about (the others stay in the design as zeros). Rows without a weight are refused or left out of
    the survey, as `missing_weight` says; `id` is the variable whose values may not repeat. `encoding` is that of a text
    file, `sheet` a workbook's sheet and `header_row` the row of its names, counted from 1. `part_year` are the
    questions that divide the wave's fieldwork, such as quarters: figures by them are not figures of the year. `unsure`
    are the parts that `bind` proposed and nobody has looked at yet, each with its doubt.
    `continues` is the series that the wave stands in for, such as a council's interim postal survey for the Place
    Survey, which it was administered like. `reliability` is the rule by which its publisher calls a figure unreliable.
    """

    survey: str
    year: int
    title: str
    path: Path | None
    weight: str | None
    questions: Mapping[str, Question | Cross]
    weight_sums_to: Literal["population", "area"] = "population"
    missing_weight: Literal["fail", "exclude"] = "fail"
    stratum: str | None = None
    psu: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    lonely_psu: str = FAIL
    area: Mapping[str, str] = field(default_factory=dict)
    authority: str | None = None
    vintage: str | None = None
    include: Rule | None = None
    replicates: Replicates | None = None
    identified_by: Identity | None = None
    id: str | None = None
    mode: str | None = None
    coverage: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    part_year: tuple[str, ...] = ()
    unsure: Mapping[str, str] = field(default_factory=dict)
    continues: str | None = None
    reliability: Reliability | None = None

    def __repr__(self) -> str:
        return visible_lines("\n".join([f"Wave: {self.name}, {self.title}", *(f"  {one}" for one in self.facts)]))

    @property
    def facts(self) -> Iterator[str]:
        """What a reader should know of the wave: its design, areas and questions, and what is unsure, a line each."""
        units = ((" and ".join(one) or "none", name) for one, name in ((self.psu, "psu"), (self.fpc, "fpc")) if one)
        design = {"weight": self.weight or "none: everyone counts the same", "stratum": self.stratum}
        design |= {name: variables for variables, name in units}
        yield ", ".join(f"{name}: {variable}" for name, variable in design.items() if variable)
        areas = [f"{kind} ({variable})" for kind, variable in self.area.items()]
        areas += [f"all in {self.authority}"] if self.authority else []
        yield f"areas: {listed(areas) or 'none'}" + (f", of {self.vintage}" if self.vintage else "")
        yield f"{counted(len(self.questions), 'question')}: {listed(self.questions)}"
        if self.unsure:
            yield f"{counted(len(self.unsure), 'part')} still unsure: {listed(self.unsure)}"

    @property
    def layout(self) -> Layout:
        """How the wave's file is laid out, as far as the wave says it."""
        return Layout(self.encoding, self.sheet, self.header_row)

    @property
    def name(self) -> str:
        return f"{self.survey} {self.year}"

    @property
    def area_kinds(self) -> tuple[str, ...]:
        """The kinds of area that the file itself knows; a vintage adds others."""
        return (*self.area, *([AUTHORITY] if self.authority else []))

    @property
    def all_kinds(self) -> tuple[str, ...]:
        """The kinds of area that are known, those that the vintage derives among them."""
        return tuple(dict.fromkeys((*self.area_kinds, *(DERIVED if self.vintage else ()))))

    @property
    def scaled_within(self) -> str | None:
        """The kind of area that weights were scaled within (the first named); None where they gross to people."""
        return self.area_kinds[0] if self.weight_sums_to == "area" else None

    @property
    def variables(self) -> Mapping[str, str]:
        """Every variable the wave reads, with what it reads it as."""
        weight = {self.weight: "the weight"} if self.weight is not None else {}
        design = weight | dict.fromkeys(self.psu, "the psu") | dict.fromkeys(self.fpc, "the fpc")
        stratum = {self.stratum: "the stratum"} if self.stratum else {}
        areas = {variable: f"the area '{kind}'" for kind, variable in self.area.items()}
        asked = {one.variable: f"'{name}'" for name, one in self.questions.items() if isinstance(one, Question)}
        return asked | areas | stratum | ({self.id: "the id"} if self.id else {}) | design

    def asks(self, name: str) -> bool:
        """Whether there is a question of the name, or a kind of area, which may be used wherever a question may."""
        return name in self.questions or name in self.all_kinds

    def not_asked(self, names: Iterable[str]) -> Iterator[str]:
        """Yield what is to be said of the names that are neither a question nor a kind of area."""
        for name in sorted({*names}):
            if not self.asks(name):
                near = did_you_mean(name, [*self.questions, *self.all_kinds])
                yield f"{self.name} has no question '{name}'{near}"

    def question(self, name: str) -> Question | Cross | Place:
        """Return a question by name, or a kind of area as one. Raises DefinitionError where there is neither."""
        if name in self.questions:
            return self.questions[name]
        for problem in self.not_asked([name]):
            raise DefinitionError(problem)
        return Place(name)

    def answers(self, name: str) -> tuple[str, ...]:
        """Return the names of a question's answers, in order; none where it is a number or a kind of area."""
        one = self.question(name)
        if isinstance(one, Question):
            return one.names
        if isinstance(one, Place):
            return ()
        return tuple("*".join(names) for names in product(*(self.answers(part) for part in one.parts)))

    def read_from(self, names: Iterable[str]) -> dict[str, Question]:
        """Return the questions that are read from variables for some questions: those themselves, or their parts."""
        found: dict[str, Question] = {}
        for name in names:
            one = self.question(name)
            if not isinstance(one, Place):
                found |= {name: one} if isinstance(one, Question) else self.read_from(one.parts)
        return found

    def places(self, names: Iterable[str]) -> list[str]:
        """Return those of some questions that are kinds of area."""
        return [name for name in names if isinstance(self.question(name), Place)]

    def measures(self, indicator: Indicator) -> bool:
        """Whether the wave asks every question of the indicator's definition in force."""
        if not any(definition.since <= self.year for definition in indicator.definitions):
            return False
        return all(map(self.asks, indicator.definition(self.year).questions))


def binding_problems(wave: Wave, definition: Definition) -> Iterator[str]:
    """Yield what in a definition the wave cannot answer: questions, answers, numbers."""
    yield from wave.not_asked(definition.questions)
    for part in (definition.denominator, definition.numerator):
        yield from rule_problems(wave, part)


def rule_problems(wave: Wave, rule: Rule) -> Iterator[str]:
    """Yield the answers a rule names that the wave's questions do not have, and numbers that are not.

    Which areas there are of a kind is seen when the file is read.
    """
    for name, answer in answers_named(rule):
        answers = wave.answers(name) if name in wave.questions else (answer,)
        if answer not in answers:
            yield f"'{name}' of {wave.name} has no answer '{answer}'{did_you_mean(answer, answers)}"
    for name in numbers_asked(rule):
        if wave.asks(name) and not wave.question(name).is_number:
            yield f"'{name}' of {wave.name} has named answers, so it cannot be at least a number"
