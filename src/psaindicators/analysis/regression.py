"""What goes with an indicator, other things equal: survey-weighted logistic regression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.waves import Wave
from psaindicators.design.sample import Sample
from psaindicators.design.variance import by_area, ratios
from psaindicators.errors import DefinitionError, OptionError, SurveyError
from psaindicators.figures.asked import DF, LEVEL, WrittenRule, asked, asked_indicators
from psaindicators.figures.estimates import measure
from psaindicators.headings import Column, Heading
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import share
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.intervals import t_quantile
from psaindicators.kernel.keys import Bools, Floats
from psaindicators.kernel.logistic import Responses, coefficients_of, combinations, wald_test
from psaindicators.kernel.significance import p_value, root
from psaindicators.kernel.totals import Measure
from psaindicators.survey.answers import ArrayAnswers
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.survey.survey import Survey
from psaindicators.tables import Table

INTERCEPT = "(intercept)"
ALL_TERMS = "(all)"
ALONE = "predicts perfectly who is in the numerator, so its odds ratio is infinite or 0"
TOGETHER = "for some the questions together predict perfectly who is in the numerator, so odds ratios are infinite or 0"


class TermTests(Table):
    """Wald tests of the terms of a regression: of all together first, then of each question with all its answers.

    Source: as R survey's regTermTest.
    """

    headings: ClassVar[tuple[Heading, ...]] = (h.text("term", "the question, or (all)", "id"), *h.F_TEST)


@dataclass(frozen=True, eq=False, repr=False)
class Regression(Table):
    """A logistic regression, a row for each coefficient, in log odds; odds ratios are their exponentials.

    `vcov` is the covariance of the coefficients, (k, k), in the order of the rows; `tests` are Wald's F of all terms
    and of each.
    """

    vcov: Floats
    tests: TermTests

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.INDICATOR, h.SURVEY, h.WAVE, h.text("term", "the question", "id")),
        h.text("answer", "the answer; empty for a number, whose coefficient is that of one unit more", "id"),
        h.text("reference", "the answer it is set against", "id"),
        h.figure("coefficient", "the change in log odds", "log odds", h.FOUR_FIGURES),
        h.SE.as_("its standard error", "log odds", h.FOUR_FIGURES),
        h.LOW.as_("coefficient - t(df) se", "log odds", h.FOUR_FIGURES),
        h.HIGH.as_("coefficient + t(df) se", "log odds", h.FOUR_FIGURES),
        h.figure("t", "coefficient / se", "standard errors", h.FOUR_FIGURES),
        h.P_VALUE.as_("the chance of so large a t were the coefficient zero"),
        h.figure("odds_ratio", "exp(coefficient)", "ratio", h.FOUR_FIGURES),
        h.figure("or_low", "exp(low)", "ratio", h.FOUR_FIGURES),
        h.figure("or_high", "exp(high)", "ratio", h.FOUR_FIGURES),
        *(h.LEVEL, h.DF, h.BASE, h.WEIGHTED_BASE, h.STRATA, h.PSUS, h.METHOD, h.MARKER),
    )
    shown: ClassVar[tuple[str, ...]] = (
        *("term", "answer", "reference", "coefficient", "se", "p_value"),
        *("odds_ratio", "or_low", "or_high", "base", "marker"),
    )

    def take(self, positions: NDArray[np.intp]) -> Self:
        """Return the rows at `positions`, in that order, and their covariances."""
        taken = {name: column[positions] for name, column in self.columns.items()}
        return replace(self, columns=taken, vcov=self.vcov[np.ix_(positions, positions)])


@dataclass(frozen=True, eq=False)
class Term:
    """One column of a regression: the question, the answer and its reference ("" for a number), and who has how much.

    `amount` has shape (rows,); of an answer it is 1 for those who gave it.
    """

    question: str
    answer: str
    reference: str
    amount: Floats

    @property
    def name(self) -> str:
        return f"'{self.answer}' of '{self.question}'" if self.answer else f"'{self.question}'"


@typed
def logistic(
    survey: Survey,
    indicator: Indicator | str,
    on: str | Sequence[str],
    *,
    where: WrittenRule | None = None,
    level: float = LEVEL,
    df: str = DF,
    lonely_psu: str | None = None,
) -> Regression:
    """Return the weighted logistic regression of being in an indicator's numerator on the answers to questions `on`.

    The base is the indicator's, less those who left one of the questions without an answer or for whom the rule
    `where` does not hold (see `total`). A question with named answers is set against the first of them, in the wave's
    order, that the base gave; a number counts by its unit. The coefficients solve sum w x (y - mu) = 0; their
    covariance is linearised between PSUs within strata with everyone else as zeros, or every replicate weight is
    fitted. Intervals and p-values use Student's t with the `df` of an estimate less the number of coefficients but
    one. Rule: Binder (1983), as R's svyglm with quasibinomial (`df="domain"`).

    Raises DefinitionError (indicator, questions), SurveyError (codes and weights; one answer only, questions that
    follow from one another, an answer that predicts the numerator perfectly), DesignError (lonely PSUs; weights that
    sum within several areas; a replicate that cannot be fitted) and OptionError (level, lonely_psu).
    """
    of, wave = asked(survey, where=where, by=EVERYONE, level=level, df=df, lonely_psu=lonely_psu), survey.wave
    questions = _checked_questions(wave, [on] if isinstance(on, str) else list(on))
    (one,) = asked_indicators(wave, [indicator])
    sample = of.open({*questions, *one.definition(wave.year).questions})
    whole = measure(one, sample)
    base = whole.base & sample.included & sample.where(of.where)
    for question in questions:
        base &= sample.answers.is_answered(question)
    counted = Measure(base, base & whole.y.astype(bool))
    share_of_base = by_area(sample.design, [counted], (Codes.constant(EVERYONE, len(base)),), share)[0]
    model = _Model(sample, one, questions, counted, ratios(sample.design, share_of_base, of.df))
    return _table(_fitted(model), of.level)


def _checked_questions(wave: Wave, questions: Sequence[str]) -> Sequence[str]:
    if not questions:
        raise OptionError("no question is named for the indicator to be regressed on: the list is empty")
    problems = [*wave.not_asked(questions)]
    problems += [f"'{name}' is named twice" for name in dict.fromkeys(questions) if questions.count(name) > 1]
    if problems:
        raise DefinitionError("\n".join(problems))
    return questions


@dataclass(frozen=True, eq=False)
class _Model:
    """What is regressed: an indicator on questions, with who counts and who is in the numerator, and their share."""

    sample: Sample
    indicator: Indicator
    questions: Sequence[str]
    of: Measure
    share: Ratios

    @property
    def where(self) -> str:
        return f"{self.indicator.id} of {self.sample.wave.name}"


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A regression that was fitted: its terms, the coefficients (k,) and their covariance (k, k)."""

    model: _Model
    terms: Sequence[Term]
    coefficients: Floats
    vcov: Floats

    @property
    def df(self) -> float:
        """The base's degrees of freedom less the number of coefficients but one; not below 0."""
        return max(float(self.model.share.df[0, 0]) - len(self.terms), 0.0)


def _fitted(model: _Model) -> _Fitted:
    """Return the regression of a model. Raises SurveyError and DesignError for what cannot be fitted."""
    sample, of = model.sample, model.of
    _check_response(model)
    weighted = of.base & (sample.weight > 0)
    terms = [term for question in model.questions for term in terms_of(sample.answers, question, weighted)]
    _check_terms(model, terms, weighted)
    responses = Responses(of.base, of.y[of.base].astype(float), _matrix(terms, of.base))
    _check_combinations(model.where, terms, weighted)
    made = coefficients_of(responses, sample.weight)
    if made is None:
        raise SurveyError(_separated(model.where, terms, weighted, of.y.astype(bool)))
    coefficients, vcov = made.given(sample.design.covariance(made))
    known = np.isfinite(model.share.v[0, 0])
    return _Fitted(model, terms, coefficients, vcov if known else np.full_like(vcov, np.nan))


def terms_of(answers: ArrayAnswers, question: str, base: Bools) -> list[Term]:
    """Return the columns of a question: a number's own, or one for each answer given in the base but the first."""
    if question in answers.numbers:
        return [Term(question, "", "", answers.numbers[question])]
    given = [name for name in answers.names[question] if (base & answers.is_in(question, frozenset({name}))).any()]
    return [
        Term(question, name, given[0], answers.is_in(question, frozenset({name})).astype(float)) for name in given[1:]
    ]


def _matrix(terms: Sequence[Term], base: Bools) -> Floats:
    return np.column_stack([np.ones(int(base.sum())), *(term.amount[base] for term in terms)])


def _check_response(model: _Model) -> None:
    p, base, sample = model.share.value[0, 0], int(model.share.base[0, 0]), model.sample
    if base == 0:
        raise SurveyError(f"{model.where}: nobody of the base answered every question of the regression")
    if not 0 < p < 1:
        which = "everyone" if p >= 1 else "nobody"
        raise SurveyError(
            f"{model.where}: {which} of the base of {base:,} is in the numerator: there is nothing to explain"
        )
    sample.refuse_several_areas("a regression", model.of.base)


def _check_terms(model: _Model, terms: Sequence[Term], base: Bools) -> None:
    """Raise SurveyError for the questions to which the whole base gave the same answer."""
    varied = {term.question for term in terms if np.ptp(term.amount[base]) > 0}
    same = [f"'{question}'" for question in model.questions if question not in varied]
    if same:
        raise SurveyError(
            f"{model.where}: the whole base of {int(base.sum()):,} (who answered every question of the regression) "
            f"gave the same answer to {', '.join(same)}: leave it out"
        )


def _check_combinations(where: str, terms: Sequence[Term], base: Bools) -> None:
    x = _matrix(terms, base)
    x[:, 1:] -= x[:, 1:].mean(axis=0)
    found = [terms[j - 1].name for j in combinations(x)]
    if found:
        raise SurveyError(
            f"{where}: {' and '.join(found)} follows exactly from the other questions of the regression, so it "
            "has no coefficient of its own: leave one of them out"
        )


def _separated(where: str, terms: Sequence[Term], base: Bools, y: Bools) -> str:
    """Return what to say where the coefficients have no end: which answers none or all of the numerator gave."""
    lines = [
        f"{where}: {name} {ALONE} ({int(y[gave].sum()):,} of {int(gave.sum()):,} are in it)"
        for name, gave in _answers(terms, base)
        if not 0 < y[gave].mean() < 1
    ]
    return "; ".join(lines or [f"{where}: {TOGETHER}"]) + ": join answers, or leave the question out"


def _answers(terms: Sequence[Term], base: Bools) -> Iterator[tuple[str, Bools]]:
    """Yield each answer of the regression's questions, references too, with who of the base gave it."""
    for question in dict.fromkeys(term.question for term in terms if term.answer):
        of_question = [term for term in terms if term.question == question]
        others = np.sum([term.amount for term in of_question], axis=0) > 0
        yield f"'{of_question[0].reference}' of '{question}'", base & ~others
        yield from ((term.name, base & (term.amount > 0)) for term in of_question)


def _table(fit: _Fitted, level: float) -> Regression:
    n, model, wave = len(fit.coefficients), fit.model, fit.model.sample.wave

    def text(value: str) -> Column:
        return np.full(n, value, dtype=object)

    columns = {
        "indicator": text(model.indicator.id),
        "survey": text(wave.survey),
        "wave": np.full(n, wave.year),
        "term": np.array([INTERCEPT, *(term.question for term in fit.terms)], dtype=object),
        "answer": np.array(["", *(term.answer for term in fit.terms)], dtype=object),
        "reference": np.array(["", *(term.reference for term in fit.terms)], dtype=object),
        **_figures(fit, level),
        "level": np.full(n, level),
        "df": np.full(n, fit.df),
        **{name: np.full(n, getattr(model.share, name)[0, 0]) for name in ("base", "weighted_base", "strata", "psus")},
        "method": text(f"logistic regression; {model.sample.design.how}"),
        "marker": text("" if fit.df > 0 else "[u]"),
    }
    return Regression(columns, fit.vcov, _tests(fit), notes=model.sample.notes)


def _figures(fit: _Fitted, level: float) -> dict[str, Column]:
    """Return the figures of the coefficients, each of shape (k,); intervals and p-values are NaN where df is 0."""
    coefficients, se, df = fit.coefficients, root(np.diag(fit.vcov)), np.full(len(fit.coefficients), fit.df)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        t, reach = coefficients / se, t_quantile(0.5 + level / 200, df) * se
        low, high = coefficients - reach, coefficients + reach
        return {
            "coefficient": coefficients,
            "se": se,
            "low": low,
            "high": high,
            "t": t,
            "p_value": p_value(coefficients, se, df),
            "odds_ratio": np.exp(coefficients),
            "or_low": np.exp(low),
            "or_high": np.exp(high),
        }


def _tests(fit: _Fitted) -> TermTests:
    questions = [term.question for term in fit.terms]
    tested = {ALL_TERMS: np.arange(1, len(fit.coefficients))}
    tested |= {one: 1 + np.flatnonzero([one == question for question in questions]) for one in dict.fromkeys(questions)}
    df = int(fit.df) if np.isfinite(fit.df) else fit.df  # a whole number prints as one
    found = [wald_test(fit.coefficients[rows], fit.vcov[np.ix_(rows, rows)], df) for rows in tested.values()]
    columns: dict[str, Column] = {
        "term": np.array(list(tested), dtype=object),
        **{name: np.array([getattr(one, name) for one in found]) for name in ("f", "df", "df_error", "p_value")},
    }
    return TermTests(columns)
