"""Totals, means and ratios of numbers, in their own units, and the answers of a question as a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.charts.intervals import Intervals
from psaindicators.definitions.rules import AllAnswered, AnswerIn
from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError, OptionError
from psaindicators.figures.asked import DF, INTERVAL, LEVEL, Asked, By, WrittenRule, asked
from psaindicators.figures.charting import distribution_chart
from psaindicators.figures.crossings import Crossable
from psaindicators.figures.estimates import ALWAYS, described, markers, percentages, stacked
from psaindicators.headings import Column, Heading
from psaindicators.kernel import estimands
from psaindicators.kernel.estimands import Estimand
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.intervals import t_quantile
from psaindicators.kernel.significance import root
from psaindicators.survey.quantities import Amount, Share, both
from psaindicators.survey.rows import answers_in
from psaindicators.survey.survey import Survey

AMOUNT = (
    h.text("figure", "what was made of the numbers: total, mean or ratio", "word"),
    *(h.QUESTION.as_('the question; of a ratio "numerator / denominator"'), h.SURVEY, h.WAVE, h.BY, h.AREA),
    *(one.as_(one.says, h.OWN_UNIT, h.AS_NEEDED) for one in (h.VALUE, h.SE, h.LOW, h.HIGH, h.MARGIN)),
    *(h.LEVEL, h.DF, h.BASE, h.WEIGHTED_BASE, h.STRATA, h.PSUS, h.METHOD, h.MARKER),
)
DISTRIBUTION = (h.QUESTION, h.ANSWER, *ALWAYS[1:])


class Amounts(Crossable):
    """Totals, means or ratios, a row for each area, in the units of the question: not percentages.

    The ends of the interval are value -+ t(df) se. `area_name` may be absent, and crossings have columns as in
    `Estimates`.
    """

    headings: ClassVar[tuple[Heading, ...]] = (*AMOUNT, h.AREA_NAME)
    shown: ClassVar[tuple[str, ...]] = (
        *("figure", "question", "wave", "by", "area", "area_name"),
        *("value", "low", "high", "margin", "base", "marker"),
    )


class Distribution(Crossable):
    """The answers of one question in percent (0-100), a row for each answer and area; an area's values add to 100.

    `area_name` may be absent, and crossings have columns as in `Estimates`.
    """

    headings: ClassVar[tuple[Heading, ...]] = (*DISTRIBUTION, h.AREA_NAME)
    shown: ClassVar[tuple[str, ...]] = (
        *("question", "answer", "wave", "by", "area", "area_name"),
        *("value", "low", "high", "margin", "base", "deff", "marker"),
    )

    def plot(self) -> Intervals:
        """Return the chart of one question's answers, each share with its interval.

        Raises OptionError where the rows are of several questions, waves or groups.
        """
        return distribution_chart(self)


@typed
def total(
    survey: Survey,
    question: str | None = None,
    *,
    where: WrittenRule | None = None,
    per: float = 1.0,
    by: By = None,
    level: float = LEVEL,
    df: str = DF,
    lonely_psu: str | None = None,
) -> Amounts:
    """Return weighted totals of a number, T = sum w y / per, or of respondents where no question is named.

    The base is those who answered with a number and for whom the rule `where` holds, written as in a definition:
    `total(survey, "usual_hours", where={"question": "sector", "in": ["third"]}, per=37.5)` is full-time equivalents.
    The variance is linearised between PSUs within strata with everyone else as zeros (R's svytotal), or from the
    wave's replicate weights; the interval is T -+ t(df) se. `by`, `level`, `df` and `lonely_psu` are as for
    `estimate`. Raises DefinitionError, SurveyError, DesignError and OptionError as `estimate`, and DesignError for a
    total above the areas where weights sum within areas.
    """
    if not per > 0:
        raise OptionError(f"per divides the total, so it is a number above 0, such as 37.5; got {per}")
    of = asked(survey, where=where, by=by, level=level, df=df, lonely_psu=lonely_psu)
    _check_number(survey.wave, question)
    return _amounts(of, ("total", question or ""), Amount(of.where, question, per=per), estimands.total)


@typed
def mean(
    survey: Survey,
    question: str,
    *,
    where: WrittenRule | None = None,
    by: By = None,
    level: float = LEVEL,
    df: str = DF,
    lonely_psu: str | None = None,
    populations: Mapping[str, float] | None = None,
) -> Amounts:
    """Return weighted means of a number, sum w y / sum w, of those who answered with one and for whom `where` holds.

    Variances and intervals as for `total` (R's svymean); `populations` as for `estimate`. The same errors are raised.
    """
    of = asked(survey, where=where, by=by, level=level, df=df, lonely_psu=lonely_psu, populations=populations)
    _check_number(survey.wave, question)
    return _amounts(of, ("mean", question), Amount(of.where, question), estimands.mean)


@typed
def ratio(
    survey: Survey,
    numerator: str,
    denominator: str,
    *,
    where: WrittenRule | None = None,
    by: By = None,
    level: float = LEVEL,
    df: str = DF,
    lonely_psu: str | None = None,
) -> Amounts:
    """Return ratios of two weighted totals, sum w y / sum w x, of those who answered both and for whom `where` holds.

    Variances and intervals as for `total` (R's svyratio); the same errors are raised, and DesignError for a ratio above
    the areas where weights sum within areas. `question` reads "numerator / denominator".
    """
    of = asked(survey, where=where, by=by, level=level, df=df, lonely_psu=lonely_psu)
    for question in (numerator, denominator):
        _check_number(survey.wave, question)
    named = ("ratio", f"{numerator} / {denominator}")
    return _amounts(of, named, Amount(of.where, numerator, denominator), estimands.ratio)


@typed
def distribution(
    survey: Survey,
    question: str,
    *,
    where: WrittenRule | None = None,
    by: By = None,
    level: float = LEVEL,
    interval: str = INTERVAL,
    df: str = DF,
    lonely_psu: str | None = None,
    populations: Mapping[str, float] | None = None,
) -> Distribution:
    """Return the percentage of each named answer of a question, among those who gave one and for whom `where` holds.

    Every answer is a percentage with the same base, so those of an area add to 100; `where` leaves answers out
    (`{"question": "get_on_well", "in": ["agree", "disagree"]}` leaves out "don't know", whose row is then 0). All else
    is as for `estimate`.

    An example is under this name on the documentation's page of examples (docs/examples.md).
    """
    of = asked(
        survey,
        where=where,
        by=by,
        level=level,
        interval=interval,
        df=df,
        lonely_psu=lonely_psu,
        populations=populations,
    )
    if survey.wave.question(question).is_number:
        raise DefinitionError(
            f"'{question}' of {survey.wave.name} is a number, without named answers: ask for its mean"
        )
    answers = answers_in(survey, question)
    base = both(of.where, AllAnswered((question,)))
    found = of.figures([Share(base, AnswerIn(question, frozenset({answer}))) for answer in answers], estimands.share)
    named = {"question": [question] * len(answers), "answer": answers}
    order = [one.name for one in DISTRIBUTION]
    return Distribution(stacked(survey.wave, named, percentages(of, found), order), notes=found.notes)


def _check_number(wave: Wave, question: str | None) -> None:
    if question is not None and not wave.question(question).is_number:
        raise DefinitionError(
            f"'{question}' of {wave.name} has named answers, so it has no amount: ask for its distribution, or count "
            f"respondents with where={{'question': '{question}', 'in': [...]}}"
        )


def _amounts(of: Asked, named: tuple[str, str], amount: Amount, estimand: Estimand) -> Amounts:
    """Return the table of one amount, under the figure's and the question's names."""
    found = of.figures([amount], estimand)
    blocks = [described(block) | _interval(block.figures, of.level) for block in found.blocks]
    figure, question = named
    order = [one.name for one in AMOUNT]
    columns = stacked(of.wave, {"figure": [figure], "question": [question]}, blocks, order)
    return Amounts(columns, notes=found.notes)


def _interval(one: Ratios, level: float) -> dict[str, Column]:
    """Return value -+ t(df) se, in the figure's own units.

    No ends, and the marker [u], where df is 0 and for a base in one PSU whose mean has a variance of 0 whatever was
    answered there.
    """
    se, alone = root(one.v), (one.v == 0) & (one.psus == 1)
    margin = np.where(alone, np.nan, t_quantile(0.5 + level / 200, one.df) * se)
    return {
        "value": one.value,
        "se": se,
        "low": one.value - margin,
        "high": one.value + margin,
        "margin": margin,
        "level": np.full(one.value.shape, level),
        "df": one.df,
        "marker": markers(one, alone),
    }
