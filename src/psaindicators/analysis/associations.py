"""Whether the answers to two questions go together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.waves import Wave
from psaindicators.design.sample import Sample
from psaindicators.design.variance import by_area
from psaindicators.errors import DefinitionError, SurveyError
from psaindicators.figures.asked import DF, WrittenRule, asked
from psaindicators.headings import Heading
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import share
from psaindicators.kernel.figures import ByArea
from psaindicators.kernel.rao_scott import RaoScott, rao_scott
from psaindicators.kernel.totals import Measure
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.survey.survey import Survey
from psaindicators.tables import Table, columns_of


class Association(Table):
    """A test of association, one row."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.text("row", "one question", "id"), h.text("column", "the other question", "id"), h.SURVEY, h.WAVE),
        *h.F_TEST,
        *(h.BASE.as_("respondents who answered both"), h.METHOD),
    )

    shown: ClassVar[tuple[str, ...]] = ("row", "column", "wave", "f", "df", "df_error", "p_value", "base")


@typed
def association(
    survey: Survey,
    row: str,
    column: str,
    *,
    where: WrittenRule | None = None,
    df: str = DF,
    lonely_psu: str | None = None,
) -> Association:
    """Return the Rao-Scott F test of whether two questions' answers are independent.

    The base is those who gave both a named answer and for whom the rule `where` holds (see `total`); answers that
    nobody in it gave are left out. F is Pearson's statistic over the trace of its design effects D, with
    tr(D)^2 / tr(D D) and as many times the `df` of an estimate degrees of freedom; the p-value is the chance of so
    large an F were there no association. Rule: Rao and Scott (1984), as R's svychisq (`df="domain"`). Raises
    DefinitionError for questions that are numbers or not asked, SurveyError where fewer than two answers of a question
    were given, DesignError where weights sum within several areas, and as `estimate`.
    """
    of, wave = asked(survey, where=where, by=EVERYONE, df=df, lonely_psu=lonely_psu), survey.wave
    _check_answers(wave, row, column)
    sample = of.open([row, column])
    base = sample.included & sample.where(of.where)
    base &= sample.answers.is_answered(row) & sample.answers.is_answered(column)
    sample.refuse_several_areas("an association", base)
    tested, count = _test(sample, base, (row, column), of.df)
    about = (row, column, wave.survey, wave.year)
    test = (tested.f, tested.df, tested.df_error, tested.p_value)
    method = f"Rao-Scott F; {sample.design.method(share)}"
    return Association(columns_of(Association.headings, [(*about, *test, count, method)]), notes=sample.notes)


def _check_answers(wave: Wave, row: str, column: str) -> None:
    numbers = [name for name in (row, column) if wave.question(name).is_number]
    if numbers or row == column:
        named = " and ".join(f"'{name}'" for name in numbers)
        what = f"{named} of {wave.name} holds numbers" if numbers else f"'{row}' is named twice"
        raise DefinitionError(f"{what}: an association is of two questions with named answers")


def _test(sample: Sample, base: NDArray[np.bool_], questions: tuple[str, str], df: str) -> tuple[RaoScott, int]:
    """Return the test on a base, (rows,), and how many it counts."""
    answers = [_given(sample, base, question) for question in questions]
    row, column = (
        [sample.answers.is_in(question, frozenset({name})) for name in given]
        for question, given in zip(questions, answers, strict=True)
    )
    cells = [Measure(base, base & one & other) for one, other in product(row, column)]
    shares = _shares(sample, cells)
    table = shares.value[:, 0].reshape(len(answers[0]), -1)
    tested = rao_scott(table, sample.design.covariance(shares), float(sample.design.held(shares).df(df)[0, 0]))
    return tested, int(shares.totals.base[0].sum())


def _shares(sample: Sample, measures: Sequence[Measure]) -> ByArea:
    """Return everyone's shares of some measures."""
    everyone = Codes.constant(EVERYONE, len(sample.included))
    return by_area(sample.design, measures, (everyone,), share)[0]


def _given(sample: Sample, base: NDArray[np.bool_], question: str) -> list[str]:
    """Return the answers that a respondent of the base with a weight gave."""
    names = sample.answers.names[question]
    measures = [Measure(base, base & sample.answers.is_in(question, frozenset({name}))) for name in names]
    shares = _shares(sample, measures).value[:, 0]
    given = [name for name, p in zip(names, shares, strict=True) if p > 0]
    if len(given) < 2:
        only = f"only '{given[0]}'" if given else "no answer"
        raise SurveyError(
            f"{sample.wave.name}: the base gave {only} to '{question}': there is nothing to be associated"
        )
    return given
