"""Totals, means and ratios of numbers, in their own units, and the answers of a question as a distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.waves import Wave
from psaindicators.design.sample import Sample
from psaindicators.errors import DefinitionError, OptionError
from psaindicators.figures.asked import DF, INTERVAL, LEVEL, Asked, By, WrittenRule, asked
from psaindicators.figures.estimates import COLUMNS as PERCENTAGE_COLUMNS
from psaindicators.figures.estimates import described, percentages, stacked, with_df
from psaindicators.kernel import estimands
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.intervals import t_quantile
from psaindicators.kernel.significance import root
from psaindicators.kernel.totals import Measure
from psaindicators.survey.breakdowns import Breakdown
from psaindicators.survey.survey import Survey
from psaindicators.tables import Column, Table

COLUMNS = (
    *("figure", "question", "survey", "wave", "by", "area", "value", "se", "low", "high", "margin", "level", "df"),
    *("base", "weighted_base", "strata", "psus", "method", "marker"),
)


class Amounts(Table):
    """Totals, means or ratios, a row for each area, in the units of the question: not percentages.

    Columns: figure (total, mean or ratio), question, survey, wave, by, area, value, se, low and high (value -+ t(df)
    se), margin (half their width), level, df, base, weighted_base, strata, psus, method, marker ([u] no variance, [x]
    nobody in the base), and area_name where a vintage knows it.
    """

    shown: ClassVar[tuple[str, ...]] = (
        *("figure", "question", "wave", "by", "area", "area_name"),
        *("value", "low", "high", "margin", "base", "marker"),
    )


class Distribution(Table):
    """The answers of one question in percent (0-100), a row for each answer and area; an area's values add to 100.

    Columns: question and answer, then those of `Estimates`.
    """

    shown: ClassVar[tuple[str, ...]] = (
        *("question", "answer", "wave", "by", "area", "area_name"),
        *("value", "low", "high", "margin", "base", "deff", "marker"),
    )


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
    sample = of.open([question] if question else [])
    base = sample.where(of.where)
    amounts = sample.answers.numbers[question] / per if question else np.full(len(base), 1 / per)
    base &= np.isfinite(amounts)
    figures = sample.figures([Measure(base, amounts)], estimands.total)
    return _amounts(of, sample, figures, {"figure": "total", "question": question or ""})


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

    They are measured from the plain mean, so that squares keep their precision where the spread is small. Variances
    and intervals as for `total` (R's svymean); `populations` as for `estimate`. The same errors are raised.
    """
    of = asked(survey, where=where, by=by, level=level, df=df, lonely_psu=lonely_psu, populations=populations)
    _check_number(survey.wave, question)
    sample = of.open([question])
    amounts = sample.answers.numbers[question]
    base = sample.where(of.where) & np.isfinite(amounts)
    about = float(amounts[base].mean()) if base.any() else 0.0
    figures = [
        (part, replace(one, value=one.value + about), method)
        for part, one, method in sample.figures([Measure(base, amounts - about)], estimands.mean, of.populations)
    ]
    return _amounts(of, sample, figures, {"figure": "mean", "question": question})


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
    sample = of.open([numerator, denominator])
    y, x = (sample.answers.numbers[question] for question in (numerator, denominator))
    base = sample.where(of.where) & np.isfinite(y) & np.isfinite(x)
    found = sample.figures([Measure(base, y, x)], estimands.ratio)
    counted = sample.figures([Measure(base, np.ones(len(base)))], estimands.mean)
    figures = [
        (part, replace(one, weighted_base=count.weighted_base), method)
        for (part, one, method), (_, count, _) in zip(found, counted, strict=True)
    ]
    return _amounts(of, sample, figures, {"figure": "ratio", "question": f"{numerator} / {denominator}"})


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
    answers = tuple(survey.wave.question(question).answers)
    if not answers:
        raise DefinitionError(
            f"'{question}' of {survey.wave.name} is a number, without named answers: ask for its mean"
        )
    sample = of.open([question])
    base = sample.where(of.where) & sample.answers.is_answered(question)
    measures = [Measure(base, base & sample.answers.is_in(question, frozenset({answer}))) for answer in answers]
    blocks = percentages(of, sample, measures)
    named = {"question": [question] * len(answers), "answer": answers}
    order = ("question", "answer", *PERCENTAGE_COLUMNS[1:])
    return Distribution(stacked(survey.wave, named, blocks, order))


def _check_number(wave: Wave, question: str | None) -> None:
    if question is not None and not wave.question(question).is_number:
        raise DefinitionError(
            f"'{question}' of {wave.name} has named answers, so it has no amount: ask for its distribution, or count "
            f"respondents with where={{'question': '{question}', 'in': [...]}}"
        )


def _amounts(
    of: Asked, sample: Sample, figures: Sequence[tuple[Breakdown, Ratios, str]], named: Mapping[str, str]
) -> Amounts:
    """Return the table of one measure's figures in each breakdown."""
    blocks = [
        _interval(one, of.level, df) | described(part, one, method)
        for part, one, df, method in with_df(of, sample, figures)
    ]
    return Amounts(stacked(sample.wave, {name: [text] for name, text in named.items()}, blocks, COLUMNS))


def _interval(one: Ratios, level: float, df: NDArray[np.float64]) -> dict[str, Column]:
    """Return value -+ t(df) se, in the figure's own units."""
    se = root(one.v)
    margin = np.where(np.isnan(se), np.nan, t_quantile(0.5 + level / 200, df) * se)
    return {
        "value": one.value,
        "se": se,
        "low": one.value - margin,
        "high": one.value + margin,
        "margin": margin,
        "level": np.full(one.value.shape, level),
        "df": df,
    }
