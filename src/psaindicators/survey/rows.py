"""Whatever holds a survey's respondents adds up the same quantities to the same totals; here those that hold arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.rules import Rule
from psaindicators.kernel.totals import Frame, Measure, Totals, psu_totals
from psaindicators.survey.answers import ArrayAnswers, named_answers
from psaindicators.survey.breakdowns import Breakdown, area_variables, breakdown, questions_of, with_places
from psaindicators.survey.quantities import Amount, Quantity, Share, questions_of_rule
from psaindicators.survey.survey import Columns, Survey, frame_of, key_variables, read_columns


class NotAddedUpError(Exception):
    """Why the engine that holds a survey's rows cannot add them up: the reason to read them as arrays instead."""


@dataclass(frozen=True, eq=False)
class AddedUp:
    """What rows add up to by some breakdowns, whose areas are those of the totals' cells."""

    totals: Totals
    breakdowns: tuple[Breakdown, ...]


def added_up(totals: Totals, parts: Sequence[Breakdown]) -> AddedUp:
    """Return totals with the breakdowns of the rows that they were made by."""
    return AddedUp(totals, tuple(part.over(codes) for part, codes in zip(parts, totals.domains, strict=True)))


class Rows(Protocol):
    """Whatever holds a survey's respondents."""

    def totals(self, quantities: Sequence[Quantity], by: Sequence[str]) -> AddedUp:
        """Return the totals of every quantity by every breakdown, all in one pass over the rows.

        Raises SurveyError for what is wrong with the rows, or NotAddedUpError where that cannot be known here.
        """


@dataclass(frozen=True, eq=False)
class ArrayRows:
    """Respondents in arrays, with their named answers to some questions; `included` (rows,) are whom figures are about.

    Raises nothing: the rows were checked as they were read.
    """

    columns: Columns
    frame: Frame
    answers: ArrayAnswers
    included: NDArray[np.bool_]

    def totals(self, quantities: Sequence[Quantity], by: Sequence[str]) -> AddedUp:
        """Return the totals of every quantity by every breakdown."""
        parts = [self.breakdown(name) for name in by]
        measures = [self.measure(quantity) for quantity in quantities]
        totals = psu_totals(self.frame, measures, tuple(part.codes for part in parts))
        return added_up(totals, parts)

    def breakdown(self, by: str) -> Breakdown:
        """Return the area of every respondent in a breakdown."""
        return breakdown(by, self.columns, self.answers, self.included)

    def where(self, rule: Rule | None) -> NDArray[np.bool_]:
        """Return whom a rule holds for, shape (rows,); no rule holds for everyone."""
        if rule is None:
            return np.ones(len(self.included), dtype=bool)
        return np.asarray(rule.holds(self.answers), dtype=bool)

    def measure(self, quantity: Quantity) -> Measure:
        """Return what each respondent adds to a quantity."""
        base = self.where(quantity.base)
        match quantity:
            case Share(_, numerator):
                return Measure(base, base & self.where(numerator))
            case Amount(_, y, x, per, about):
                amounts = self.answers.numbers[y] if y is not None else np.ones(len(base))
                return Measure(base, (amounts - about) / per, self.answers.numbers[x] if x is not None else None)


def array_rows(survey: Survey, questions: Iterable[str], by: Sequence[str]) -> ArrayRows:
    """Return a survey's rows read as arrays for some questions and breakdowns; every fault of the data is raised here.

    Raises DefinitionError for a breakdown the wave does not have, SurveyError for codes, weights and keys.
    """
    wave = survey.wave
    needed = sorted(questions_of(wave, by).union(questions, questions_of_rule(wave.include)))
    variables = [question.variable for question in wave.read_from(needed).values()]
    places = wave.places(needed)
    columns = read_columns(survey, [*key_variables(wave), *area_variables(wave, [*by, *places]), *variables])
    answers = with_places(named_answers(columns, set(needed) - set(places)), columns, places)
    everyone = np.ones(columns.rows, dtype=bool)
    included = np.asarray(wave.include.holds(answers), dtype=bool) if wave.include else everyone
    return ArrayRows(columns, frame_of(columns), answers, included)


def answers_in(survey: Survey, question: str) -> tuple[str, ...]:
    """Return the named answers to a question, in order; of a kind of area the areas that respondents live in."""
    if not survey.wave.places([question]):
        return survey.wave.answers(question)
    rows = array_rows(survey, [], [question])
    given = rows.breakdown(question).codes
    return tuple(str(area) for area, count in zip(given.values, given.counts, strict=True) if count)
