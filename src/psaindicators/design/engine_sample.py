"""A survey opened in the engine that holds its rows: they are added up there, and a sample of cells comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.waves import Wave
from psaindicators.design.sample import Sample
from psaindicators.design.variance import Linearised
from psaindicators.errors import SurveyError
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.totals import Frame, Measure, Totals
from psaindicators.survey.answers import named_answers
from psaindicators.survey.breakdowns import DERIVED, breakdown, parts_of, questions_of
from psaindicators.survey.engine import (
    INCLUDED,
    ExpressionAnswers,
    Request,
    Share,
    engine_cells,
    lives_in_an_engine,
    recodes_of,
    totals_of,
)
from psaindicators.survey.survey import Columns, Survey, design_variables, frame_of, read_columns, unit_variables

ENGINES = ("duckdb", "pyspark", "py4j", "narwhals")
"""The packages whose errors are an engine's."""


@dataclass(frozen=True, eq=False)
class AddedUp:
    """The rows of a survey that an engine has added up already, for the measures and breakdowns asked of it."""

    survey: Survey
    added: Totals

    @property
    def frame(self) -> Frame:
        """The design of every row, fetched from the engine."""
        return frame_of(read_columns(self.survey, design_variables(self.survey)))

    def totals(self, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
        return self.added


def open_in_engine(
    survey: Survey, shares: Sequence[Share], *, by: str | Sequence[str] | None, lonely_psu: str
) -> Sample | None:
    """Return a survey opened with some percentages added up by the engine that holds its rows.

    None where there is no such engine, where it cannot read the codes (words and numbers in one variable), or where
    the rows do not pass the checks: then the columns themselves are to be read, which finds what is wrong and says
    where. Raises DefinitionError for a breakdown the wave does not have.
    """
    wave, wanted = survey.wave, parts_of(by)
    dividing = questions_of(wave, wanted)
    if not lives_in_an_engine(survey):
        return None
    rules = [rule for share in shares for rule in (share.denominator, share.numerator)]
    rules += [wave.include] if wave.include else []
    recodes = recodes_of(survey, sorted({name for rule in rules for name in rule.questions}))
    keys = _keys(wave, wanted, sorted(dividing))
    if recodes is None:
        return None
    cells = _cells(Request(survey, shares, ExpressionAnswers(recodes), tuple(keys)))
    if cells is None or not len(cells["weighted"]) or not cells["weighted"].sum():
        return None
    columns = Columns(survey, {name: cells[name] for name in keys} | {wave.weight: cells["weighted"]})
    if any((columns.codes(name).positions < 0).any() for name in _design_keys(wave)):
        return None
    try:
        answers = named_answers(columns, dividing)
    except SurveyError:
        return None
    included = np.asarray(cells[INCLUDED] == 1)
    breakdowns = tuple(breakdown(name, columns, answers, included) for name in wanted)
    kind = wave.scaled_within
    within = breakdown(kind, columns, answers, included) if kind else None
    parts = tuple(part.codes for part in (*breakdowns, *([within] if within else [])))
    totals = totals_of(cells, columns, parts, len(shares))
    return Sample(wave, answers, included, breakdowns, within, Linearised(AddedUp(survey, totals), lonely_psu))


def _cells(request: Request) -> dict[str, NDArray[Any]] | None:
    """Return the engine's cells, or None where it fails, as it does on a text that is no number."""
    try:
        return engine_cells(request)
    except Exception as error:
        if type(error).__name__ == "InterruptException":
            raise KeyboardInterrupt from None
        if type(error).__module__.lstrip("_").startswith(ENGINES):
            return None
        raise


def _design_keys(wave: Wave) -> tuple[str, ...]:
    return (*([wave.stratum] if wave.stratum else []), *unit_variables(wave), *wave.fpc)


def _keys(wave: Wave, by: Sequence[str], dividing: Sequence[str]) -> list[str]:
    """Return the variables that say in which cell a respondent lies: of the design, the areas, the breakdowns."""
    kinds = {part for one in by for part in one.split("*")}
    derived = {"authority"} if wave.vintage and kinds & set(DERIVED) else set()
    scaled = {wave.scaled_within} if wave.scaled_within else set()
    areas = [variable for kind, variable in wave.area.items() if kind in kinds | derived | scaled]
    return list(dict.fromkeys([*_design_keys(wave), *areas, *(wave.question(name).variable for name in dividing)]))
