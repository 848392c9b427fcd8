"""PSU totals where the rows live: recodes and sums run in the engine, and only the cells travel.

The engine is whatever holds a lazy narwhals frame: DuckDB over a file, a DuckDB relation, Spark. What comes back is the
same `Totals` as from arrays (see totals.py), with the raw codes of the cells as keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, or_
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from psaindicators.data.codes import Codes, Value, matchable
from psaindicators.data.microdata import FrameSource, fetched
from psaindicators.definitions.rules import Rule
from psaindicators.definitions.waves import Question
from psaindicators.design.answers import UNKNOWN, entry_of_each
from psaindicators.design.survey import Columns, Survey, design_keys, respondents_are_units
from psaindicators.design.totals import Totals

Expr = nw.Expr
WEIGHT, INCLUDED = "_weight", "_included"


@dataclass(frozen=True)
class Share:
    """One percentage as its rules: who is in the base, and who of them in the numerator."""

    denominator: Rule
    numerator: Rule


@dataclass(frozen=True, eq=False)
class Recode:
    """A question's raw codes in the engine: `values` of each answer (from position 1), of none (0), all that is known.

    A number has no `values`; its amount is the variable itself, but for the codes in `missing`.
    """

    question: Question
    values: Mapping[int, tuple[Value, ...]]

    @property
    def column(self) -> Expr:
        return nw.col(self.question.variable)

    def named(self, answers: frozenset[str]) -> Expr:
        wanted = [i for i, name in enumerate(self.question.answers, start=1) if name in answers]
        return self.column.is_in([value for i in wanted for value in self.values.get(i, ())])

    @property
    def answered(self) -> Expr:
        if self.question.is_number:
            return ~self.column.is_null() & ~self.column.is_in(list(self.values.get(0, ())))
        return self.named(frozenset(self.question.answers))

    @property
    def unknown(self) -> Expr | None:
        """Rows whose code nothing names; every code of a number is known."""
        if self.question.is_number:
            return None
        return ~self.column.is_null() & ~self.column.is_in([v for some in self.values.values() for v in some])


@dataclass(frozen=True, eq=False)
class ExpressionAnswers:
    """The answers of respondents in an engine (see `Answers` in definitions/rules.py): expressions over raw codes."""

    recodes: Mapping[str, Recode]

    def is_in(self, question: str, answers: frozenset[str]) -> Expr:
        return self.recodes[question].named(answers)

    def is_answered(self, question: str) -> Expr:
        return self.recodes[question].answered

    def reaches(self, question: str, least: float) -> Expr:
        recode = self.recodes[question]
        return (recode.column >= least) & recode.answered

    def points(self, question: str, scores: Mapping[str, float]) -> Expr:
        recode = self.recodes[question]
        parts = (_where(recode.named(frozenset({name})), points) for name, points in scores.items())
        return reduce(add, parts)

    def tally(self, truth: Expr) -> Expr:
        return _where(truth, 1)


def _where(truth: Expr, value: Any, otherwise: Any = 0) -> Expr:
    """Return `value` where true, else `otherwise`; null counts as not true."""
    value, otherwise = (one if isinstance(one, nw.Expr) else nw.lit(one) for one in (value, otherwise))
    return nw.when(truth).then(value).otherwise(otherwise)


def lives_in_an_engine(survey: Survey) -> bool:
    """Whether the survey's rows are behind an engine that can add them up itself, with the weight they hold."""
    source = survey.microdata.source
    lazy = isinstance(source, FrameSource) and isinstance(source.frame, nw.LazyFrame)
    return lazy and survey.weighting is None and survey.replicates is None


def recodes_of(survey: Survey, questions: Iterable[str]) -> dict[str, Recode] | None:
    """Return how each question's raw codes read in the engine, or None where one is not a plain number there."""
    assert isinstance(survey.microdata.source, FrameSource)
    schema = survey.microdata.source.frame.collect_schema()
    made: dict[str, Recode] = {}
    for name in questions:
        question = survey.wave.question(name)
        dtype = schema[question.variable]
        if not dtype.is_numeric():
            return None
        made[name] = _numeric(question, dtype, survey)
    return made


def _numeric(question: Question, dtype: Any, survey: Survey) -> Recode:
    codes = {matchable(code) for code in (*question.answers.values(), *question.missing)}
    known: list[Value] = sorted(code for code in codes if isinstance(code, float))
    if dtype.is_integer():
        known = [int(code) for code in known if float(code).is_integer()]
    entries = entry_of_each(tuple(known), question, survey.microdata)
    if question.is_number:
        entries = np.zeros(len(known), dtype=int)
    values = {int(i): tuple(v for v, e in zip(known, entries, strict=True) if e == i) for i in set(entries.tolist())}
    return Recode(question, {i: some for i, some in values.items() if i != UNKNOWN})


def engine_cells(
    survey: Survey, shares: Sequence[Share], recodes: Mapping[str, Recode], keys: Sequence[str]
) -> dict[str, NDArray[Any]] | None:
    """Return the raw keys and the sums of every cell, sorted by key, or None where the rows do not pass the checks.

    What is wrong is then for the caller to find and tell, from the columns themselves.
    """
    assert isinstance(survey.microdata.source, FrameSource)
    wave, frame = survey.wave, survey.microdata.source.frame.lazy()
    answers = ExpressionAnswers(recodes)
    weight = nw.col(wave.weight).cast(nw.Float64)
    included = _where(wave.include.holds(answers), 1) if wave.include else nw.lit(1)
    squares = respondents_are_units(survey)
    sums = _checks(recodes) | {
        name: one for i, share in enumerate(shares) for name, one in _share_sums(i, share, answers, squares).items()
    }
    rows = frame.select(nw.all(), weight.alias(WEIGHT), included.alias(INCLUDED))
    added = (one.sum().alias(name) for name, one in sums.items())
    grouped = rows.group_by([*keys, INCLUDED]).agg(nw.len().alias("respondents"), *added)
    cells = fetched(grouped)
    return _sorted(cells, [*keys, INCLUDED]) if not cells["wrong"].sum() else None


def _checks(recodes: Mapping[str, Recode]) -> dict[str, Expr]:
    weight = nw.col(WEIGHT)
    unknown = [one.unknown for one in recodes.values() if one.unknown is not None]
    wrong = reduce(or_, unknown, weight.is_null() | ~weight.is_finite() | (weight < 0))
    return {"weighted": _where(weight > 0, 1), "wrong": _where(wrong, 1)}


def _share_sums(i: int, share: Share, answers: ExpressionAnswers, squares: bool) -> dict[str, Expr]:
    """Return the sums of one percentage; a null in a rule counts as not holding."""
    weight = nw.col(WEIGHT)
    x, numerator = share.denominator.holds(answers), share.numerator.holds(answers)
    y, q = _where(x & numerator, weight, 0.0), _where(numerator, 0.0, _where(x, weight, 0.0))
    sums = {f"answered{i}": _where(x, 1), f"base{i}": _where(x & (weight > 0), 1), f"y{i}": y, f"q{i}": q}
    return sums | ({f"yy{i}": y * y, f"qq{i}": q * q} if squares else {})


def _sorted(cells: dict[str, NDArray[Any]], keys: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the cells in the order of their keys, so that later sums add in one order on every run."""
    ranks = [np.unique(np.array([str(value) for value in cells[key]]), return_inverse=True)[1] for key in keys]
    order = np.lexsort(ranks[::-1])
    return {name: column[order] for name, column in cells.items()}


def totals_of(cells: Mapping[str, NDArray[Any]], columns: Columns, domains: tuple[Codes, ...], n_shares: int) -> Totals:
    """Return the totals of some percentages from an engine's cells, whose keys are in `columns`."""
    stratum, units, populations = design_keys(columns)

    def block(name: str, kind: type) -> NDArray[Any]:
        return np.array([np.ma.filled(cells[f"{name}{i}"], 0) for i in range(n_shares)]).astype(kind)

    squares = respondents_are_units(columns.survey)
    y = block("y", float)
    return Totals(
        stratum=stratum,
        units=units,
        populations=populations,
        domains=domains,
        respondents=cells["respondents"].astype(np.intp),
        weighted=cells["weighted"].astype(np.intp),
        base=block("base", np.intp),
        answered=block("answered", np.intp),
        y=y,
        q=block("q", float),
        yy=block("yy", float) if squares else None,
        yq=np.zeros_like(y) if squares else None,
        qq=block("qq", float) if squares else None,
    )
