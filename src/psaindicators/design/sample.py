"""A survey opened for one request: its answers, its areas and its design, ready to be measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from psaindicators.definitions.rules import Rule
from psaindicators.definitions.waves import Wave
from psaindicators.design.combined import combined
from psaindicators.design.variance import Design, by_area, design_of, ratios
from psaindicators.errors import DesignError
from psaindicators.kernel import estimands
from psaindicators.kernel.estimands import Estimand
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.keys import Bools, Floats
from psaindicators.kernel.totals import Measure
from psaindicators.survey.answers import ArrayAnswers, named_answers
from psaindicators.survey.breakdowns import DERIVED, EVERYONE, Breakdown, breakdown, parts_of, questions_of
from psaindicators.survey.survey import Survey, design_variables, read_columns

COMBINED = "population-weighted mean of areas"


@dataclass(frozen=True, eq=False)
class Sample:
    """The respondents of a survey: their named answers, whom figures are about, their areas and their design.

    `included` has shape (rows,); `within` is the kind of area that weights were scaled within, where they were.
    """

    wave: Wave
    answers: ArrayAnswers
    included: Bools
    breakdowns: tuple[Breakdown, ...]
    within: Breakdown | None
    design: Design

    @property
    def weight(self) -> Floats:
        """Every respondent's weight, shape (rows,)."""
        return self.design.rows.frame.weight

    def where(self, rule: Rule | None) -> Bools:
        """Return whom a rule holds for, shape (rows,); no rule holds for everyone."""
        if rule is None:
            return np.ones(len(self.included), dtype=bool)
        return np.asarray(rule.holds(self.answers), dtype=bool)

    def figures(
        self, measures: Sequence[Measure], estimand: Estimand, populations: Mapping[str, float] | None = None
    ) -> list[tuple[Breakdown, Ratios, str]]:
        """Return each breakdown's figures, arrays of shape (I, D), and their method.

        Those above the areas that weights sum within are combined with stated populations; DesignError without them.
        """
        parts = (*self.breakdowns, *([self.within] if self.within else []))
        figures = by_area(self.design, measures, tuple(part.codes for part in parts), estimand)
        found = [ratios(self.design, one) for one in figures]
        method = self.design.method(estimand)
        return [
            (part, one, method)
            if self._is_direct(part)
            else (part, self._combined(part, found[-1], estimand, populations), COMBINED)
            for part, one in zip(self.breakdowns, found, strict=False)
        ]

    def _is_direct(self, part: Breakdown) -> bool:
        return self.within is None or self.within.by in part.by.split("*")

    def _combined(
        self, part: Breakdown, areas: Ratios, estimand: Estimand, populations: Mapping[str, float] | None
    ) -> Ratios:
        assert self.within is not None
        if estimand in {estimands.ratio, estimands.total}:
            raise DesignError(
                f"the weights of {self.wave.name} sum within each {self.within.by}, not to the population, so there "
                f"is no total or ratio of totals by '{part.by}'"
            )
        kinds = {*self.wave.area, *DERIVED, EVERYONE}
        if part.by not in kinds:
            raise DesignError(
                f"the weights of {self.wave.name} sum within each {self.within.by}, so there is no figure by "
                f"'{part.by}' over all of them: ask by '{self.within.by}*{part.by}'"
            )
        return combined(areas, self.within.codes, part.codes, _stated(self.within, part, populations))


def open_sample(survey: Survey, questions: Iterable[str], *, by: str | Sequence[str] | None, lonely_psu: str) -> Sample:
    """Return a survey opened for some questions and breakdowns; every fault of the data is raised here.

    Raises DefinitionError for a breakdown the wave does not have, SurveyError for codes, weights and keys.
    """
    wave, wanted = survey.wave, parts_of(by)
    needed = questions_of(wave, wanted).union(questions, wave.include.questions if wave.include else ())
    variables = [wave.question(name).variable for name in sorted(needed)]
    columns = read_columns(survey, [*design_variables(survey), *wave.area.values(), *variables])
    answers = named_answers(columns, needed)
    everyone = np.ones(columns.rows, dtype=bool)
    included = np.asarray(wave.include.holds(answers), dtype=bool) if wave.include else everyone
    kind = wave.scaled_within
    return Sample(
        wave,
        answers,
        included,
        tuple(breakdown(name, columns, answers, included) for name in wanted),
        breakdown(kind, columns, answers, included) if kind else None,
        design_of(columns, lonely_psu),
    )


def _stated(within: Breakdown, part: Breakdown, populations: Mapping[str, float] | None) -> Floats:
    """Return the population of each area. Raises DesignError where one is not stated or the breakdown is no area."""
    need = f"the weights sum within each {within.by}, so '{part.by}' can only be combined from them with populations"
    if populations is None:
        raise DesignError(f"{need}: give populations by {within.by}")
    absent = [str(area) for area in within.codes.values if str(area) not in populations]
    if absent:
        raise DesignError(f"{need}; there is none for {', '.join(absent[:12])}{', ...' if len(absent) > 12 else ''}")
    return np.array([float(populations[str(area)]) for area in within.codes.values])
