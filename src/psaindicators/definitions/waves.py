"""Where one survey in one year keeps its answers, its weight and its design."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import Rule, named_answers, numbers_asked
from psaindicators.errors import DefinitionError, did_you_mean

Code = int | float | str
LonelyPsu = Literal["fail", "certainty", "centre", "average"]
LONELY_PSU: tuple[LonelyPsu, ...] = ("fail", "certainty", "centre", "average")


@dataclass(frozen=True)
class Question:
    """The variable that holds a question's codes, and the code (or value label) of each named answer.

    Without answers the question is a number, such as a count or an age. A code in `missing` is no answer.
    """

    variable: str
    answers: Mapping[str, Code]
    missing: tuple[Code, ...] = ()

    @property
    def is_number(self) -> bool:
        return not self.answers


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
    """One survey in one year, named by the year its fieldwork starts.

    `area` maps a kind of area to its variable, `psu` and `fpc` hold a variable for each stage of sampling, and
    `include` says whom the figures are about (the others stay in the design as zeros).
    """

    survey: str
    year: int
    title: str
    path: Path
    weight: str
    questions: Mapping[str, Question]
    weight_sums_to: Literal["population", "area"] = "population"
    stratum: str | None = None
    psu: tuple[str, ...] = ()
    fpc: tuple[str, ...] = ()
    lonely_psu: LonelyPsu = "fail"
    area: Mapping[str, str] = field(default_factory=dict)
    vintage: str | None = None
    include: Rule | None = None
    replicates: Replicates | None = None
    identified_by: Identity | None = None
    mode: str | None = None
    coverage: str | None = None

    @property
    def name(self) -> str:
        return f"{self.survey} {self.year}"

    @property
    def scaled_within(self) -> str | None:
        """The kind of area that weights were scaled within (the first named); None where they gross to people."""
        return next(iter(self.area)) if self.weight_sums_to == "area" else None

    @property
    def variables(self) -> Mapping[str, str]:
        """Every variable the wave reads, with what it reads it as."""
        design = {self.weight: "the weight"} | dict.fromkeys(self.psu, "the psu") | dict.fromkeys(self.fpc, "the fpc")
        stratum = {self.stratum: "the stratum"} if self.stratum else {}
        areas = {variable: f"the area '{kind}'" for kind, variable in self.area.items()}
        questions = {question.variable: f"'{name}'" for name, question in self.questions.items()}
        return questions | areas | stratum | design

    def question(self, name: str) -> Question:
        """Return a question by name. Raises DefinitionError where the wave does not ask it."""
        if name not in self.questions:
            raise DefinitionError(f"{self.name} has no question '{name}'{did_you_mean(name, self.questions)}")
        return self.questions[name]

    def measures(self, indicator: Indicator) -> bool:
        """Whether the wave asks every question of the indicator's definition in force."""
        if not any(definition.since <= self.year for definition in indicator.definitions):
            return False
        return indicator.definition(self.year).questions <= self.questions.keys()


def binding_problems(wave: Wave, definition: Definition) -> Iterator[str]:
    """Yield what in a definition the wave cannot answer: questions, answers, numbers."""
    for name in sorted(definition.questions - wave.questions.keys()):
        yield f"{wave.name} has no question '{name}'{did_you_mean(name, wave.questions)}"
    for part in (definition.denominator, definition.numerator):
        yield from rule_problems(wave, part)


def rule_problems(wave: Wave, rule: Rule) -> Iterator[str]:
    """Yield the answers a rule names that the wave's questions do not have, and numbers that are not."""
    for name, answer in named_answers(rule):
        answers = wave.questions[name].answers if name in wave.questions else {answer: 0}
        if answer not in answers:
            yield f"'{name}' of {wave.name} has no answer '{answer}'{did_you_mean(answer, answers)}"
    for name in numbers_asked(rule):
        if name in wave.questions and not wave.questions[name].is_number:
            yield f"'{name}' of {wave.name} has named answers, so it cannot be at least a number"
