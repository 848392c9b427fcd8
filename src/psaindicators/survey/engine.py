"""PSU totals where the rows live: recodes and sums run in the engine, and only the cells travel.

The engine is whatever holds a lazy narwhals frame: DuckDB over a file, a DuckDB relation, Spark. What comes back is the
same `Totals` as from arrays (see totals.py), with the raw codes of the cells as keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from operator import add, or_
from threading import Thread
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.rules import Rule
from psaindicators.definitions.waves import Question
from psaindicators.files.microdata import FrameSource, fetched
from psaindicators.kernel.codes import Codes, Value, matchable
from psaindicators.kernel.totals import Squares, Totals
from psaindicators.survey.answers import UNKNOWN, entry_of_each
from psaindicators.survey.survey import Columns, Survey, design_keys, respondents_are_units

Expr = nw.Expr
NEEDED_NEXT = "scipy.special"
"""What intervals import; it takes as long as adding up a hundred thousand rows, so it is imported meanwhile."""
WEIGHT, INCLUDED, WRONG = "_weight", "_included", "_wrong"


@dataclass(frozen=True)
class Share:
    """One percentage as its rules: who is in the base, and who of them in the numerator."""

    denominator: Rule
    numerator: Rule


@dataclass(frozen=True, eq=False)
class Recode:
    """A question's raw codes in the engine: `values` of each answer (from position 1), of none (0), all that is known.

    A number has no `values`; its amount is the variable itself, but for the codes in `missing`. `opened` is how the
    engine opens the variable, as numbers or as words, under a name of its own.
    """

    question: Question
    values: Mapping[int, tuple[Value, ...]]
    opened: Expr
    whole: bool
    name: str

    @property
    def column(self) -> Expr:
        return nw.col(self.name)

    def named(self, answers: frozenset[str]) -> Expr:
        wanted = [i for i, name in enumerate(self.question.answers, start=1) if name in answers]
        return _among(self.column, [value for i in wanted for value in self.values.get(i, ())])

    @property
    def answered(self) -> Expr:
        if self.question.is_number:
            return ~self.column.is_null() & ~_among(self.column, self.values.get(0, ()))
        return self.named(frozenset(self.question.answers))

    @property
    def unknown(self) -> Expr | None:
        """Rows whose code nothing names, null where blank; of a number those that are none."""
        if self.question.is_number:
            return None if self.whole else ~self.column.is_finite()
        return ~_among(self.column, [value for some in self.values.values() for value in some])


def _among(column: Expr, values: Sequence[Value]) -> Expr:
    """Return whether a column holds one of some values: whole numbers in a row are one comparison, not one each."""
    numbers = sorted(value for value in values if not isinstance(value, str))
    if len(numbers) < len(values) or not values:
        return column.is_in(list(values))
    runs: list[list[float]] = []
    for number in numbers:
        if runs and isinstance(number, int) and number - 1 == runs[-1][-1]:
            runs[-1].append(number)
        else:
            runs.append([number])
    return reduce(or_, (column.is_between(run[0], run[-1]) if len(run) > 1 else column == run[0] for run in runs))


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
    """Whether an engine holds the rows, with the weight that counts, and adds them up more quickly than arrays."""
    source = survey.microdata.source
    lazy = isinstance(source, FrameSource) and isinstance(source.frame, nw.LazyFrame) and not source.small
    return lazy and survey.weighting is None and survey.replicates is None


def recodes_of(survey: Survey, questions: Iterable[str]) -> dict[str, Recode] | None:
    """Return how each question's raw codes read in the engine, or None where one cannot be read there.

    Texts are read as words where every code is a word, as numbers where every code is one; the engine then fails at a
    text that is no number.
    """
    schema = _frame(survey).collect_schema()
    made = {name: _recode(survey, name, schema[survey.wave.question(name).variable]) for name in questions}
    return {name: one for name, one in made.items() if one} if all(made.values()) else None


def _frame(survey: Survey) -> nw.LazyFrame[Any]:
    assert isinstance(survey.microdata.source, FrameSource)
    return survey.microdata.source.frame.lazy()


def _recode(survey: Survey, name: str, dtype: Any) -> Recode | None:
    question, known_as = survey.wave.question(name), f"_{name}"
    column = nw.col(question.variable)
    codes = sorted({matchable(code) for code in (*question.answers.values(), *question.missing)}, key=str)
    numbers = [code for code in codes if isinstance(code, float)]
    if dtype.is_integer():
        whole = [int(code) for code in numbers if code.is_integer()]
        return Recode(question, _values(question, whole, survey), column, True, known_as)
    if dtype.is_numeric():
        return Recode(question, _values(question, numbers, survey), column, False, known_as)
    if dtype != nw.String or 0 < len(numbers) < len(codes):
        return None
    if numbers or question.is_number:
        if not hasattr(nw.to_native(_frame(survey)), "fetchnumpy"):
            return None  # Spark may be told to read a text that is no number as null; DuckDB fails
        return Recode(question, _values(question, numbers, survey), column.cast(nw.Float64), False, known_as)
    stripped = column.str.strip_chars()
    return Recode(question, _values(question, codes, survey), nw.when(stripped != "").then(stripped), True, known_as)


def _values(question: Question, known: Sequence[Value], survey: Survey) -> dict[int, tuple[Value, ...]]:
    """Return the known codes of each answer by its position, and those of none under 0."""
    entries = entry_of_each(tuple(known), question, survey.microdata)
    if question.is_number:
        entries = np.zeros(len(known), dtype=int)
    values = {int(i): tuple(v for v, e in zip(known, entries, strict=True) if e == i) for i in set(entries.tolist())}
    return {i: some for i, some in values.items() if i != UNKNOWN}


@dataclass(frozen=True, eq=False)
class Request:
    """What an engine is asked to add up: percentages of a survey, a cell for each combination of the keys."""

    survey: Survey
    shares: Sequence[Share]
    answers: ExpressionAnswers
    keys: tuple[str, ...]

    @property
    def questions(self) -> dict[str, Expr]:
        """How each question's variable is opened, by the name it then has: two questions may share a variable."""
        return {recode.name: recode.opened for recode in self.answers.recodes.values()}

    def numbered(self, name: str) -> list[str]:
        return [f"{name}{i}" for i in range(len(self.shares))]


def engine_cells(request: Request) -> dict[str, NDArray[Any]] | None:
    """Return the raw keys and the sums of every cell, sorted by key, or None where the rows do not pass the checks.

    What is wrong is then for the caller to find and tell, from the columns themselves.
    """
    cells = _sums(request)
    if cells["wrong"].sum():
        return None
    if (cells["weighted"] < cells["respondents"]).any():
        return cells | _answered(request)
    return cells | {f"answered{i}": cells[f"base{i}"] for i in range(len(request.shares))}


def _opened(request: Request) -> nw.LazyFrame[Any]:
    """Return the rows with whom figures are about, what is wrong, and the weight, null where it is not positive."""
    include = request.survey.wave.include
    weight = nw.col(WEIGHT)
    wrong = weight.is_null() | ~weight.is_finite() | (weight < 0)
    raw = _frame(request.survey).select(
        *request.keys,
        *(opened.alias(name) for name, opened in request.questions.items()),
        nw.col(request.survey.wave.weight).cast(nw.Float64).alias(WEIGHT),
    )
    return raw.select(
        *(*request.keys, *request.questions),
        (_where(include.holds(request.answers), 1) if include else nw.lit(1)).alias(INCLUDED),
        nw.when(weight > 0).then(weight).alias(WEIGHT),
        _where(wrong, 1).alias(WRONG),
    )


def _sums(request: Request) -> dict[str, NDArray[Any]]:
    """Return for every cell its respondents and, for each percentage, its base and the sums of w and w w.

    Of the base's weights (null outside it) y has those in the numerator and q the others; a null rule does not hold.
    """
    weight, answers = nw.col(WEIGHT), request.answers
    unknown = [one.unknown for one in answers.recodes.values() if one.unknown is not None]
    bases, ys, qs = (request.numbered(name) for name in ("base", "y", "q"))
    based = _opened(request).select(
        *(*request.keys, *request.questions, INCLUDED, WEIGHT),
        _where(reduce(or_, unknown, nw.col(WRONG) == 1), 1).alias(WRONG),
        *(
            nw.when(x.denominator.holds(answers)).then(weight).alias(b)
            for x, b in zip(request.shares, bases, strict=True)
        ),
    )
    numerators = [share.numerator.holds(answers) for share in request.shares]
    parted = based.select(
        *(*request.keys, INCLUDED, WEIGHT, WRONG, *bases),
        *(_where(one, nw.col(base), 0.0).alias(y) for one, base, y in zip(numerators, bases, ys, strict=True)),
        *(_where(one, 0.0, nw.col(base)).alias(q) for one, base, q in zip(numerators, bases, qs, strict=True)),
    )
    squares = [(nw.col(*ys, *qs) * weight).sum().name.suffix("_squared")]
    return _added(
        parted,
        request.keys,
        *(nw.len().alias("respondents"), weight.count().alias("weighted"), nw.col(WRONG).sum().alias("wrong")),
        *(nw.col(*bases).count(), nw.col(*ys, *qs).sum()),
        *(squares if respondents_are_units(request.survey) else ()),
    )


def _answered(request: Request) -> dict[str, NDArray[Any]]:
    """Return for every cell the rows that answered, whatever their weight: asked only where a weight is zero."""
    held = [share.denominator.holds(request.answers) for share in request.shares]
    answered = request.numbered("answered")
    rows = _opened(request).select(
        *(*request.keys, INCLUDED), *(_where(x, 1).alias(name) for x, name in zip(held, answered, strict=True))
    )
    return _added(rows, request.keys, nw.col(*answered).sum())


def _added(rows: nw.LazyFrame[Any], keys: Sequence[str], *sums: Expr) -> dict[str, NDArray[Any]]:
    keys = [*keys, INCLUDED]
    cells = rows.group_by(keys).agg(*sums)
    Thread(target=import_module, args=[NEEDED_NEXT]).start()
    return _sorted(fetched(cells), keys)


def _sorted(cells: dict[str, NDArray[Any]], keys: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the cells in the order of their keys, so that later sums add in one order on every run."""
    ranks = [np.unique(np.array([str(value) for value in cells[key]]), return_inverse=True)[1] for key in keys]
    order = np.lexsort(ranks[::-1])
    return {name: column[order] for name, column in cells.items()}


def totals_of(cells: Mapping[str, NDArray[Any]], columns: Columns, domains: tuple[Codes, ...], n_shares: int) -> Totals:
    """Return the totals of some percentages from an engine's cells, whose keys are in `columns`."""

    def block(name: str, kind: type, suffix: str = "") -> NDArray[Any]:
        return np.array([np.ma.filled(cells[f"{name}{i}{suffix}"], 0) for i in range(n_shares)]).astype(kind)

    y = block("y", float)
    return Totals(
        keys=design_keys(columns),
        domains=domains,
        respondents=cells["respondents"].astype(np.intp),
        weighted=cells["weighted"].astype(np.intp),
        base=block("base", np.intp),
        answered=block("answered", np.intp),
        y=y,
        q=block("q", float),
        squares=Squares(block("y", float, "_squared"), np.zeros_like(y), block("q", float, "_squared"))
        if respondents_are_units(columns.survey)
        else None,
    )
