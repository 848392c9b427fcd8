"""Answers where an engine holds the rows: a question's raw codes, and every rule about them, as expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import inf
from operator import add, and_, or_
from typing import Any

import narwhals as nw
import numpy as np

from psaindicators.definitions.waves import Band, Cross, Question
from psaindicators.files.microdata import Microdata
from psaindicators.kernel.codes import Value, matchable
from psaindicators.survey.answers import UNKNOWN, entry_of_each
from psaindicators.survey.rows import NotAddedUpError

Expr = nw.Expr
NUMBER = r"^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$"
"""A text that is a plain number, less its outer blanks (see `as_number`)."""
OUTER_BLANKS = "".join(chr(i) for i in (*range(9, 14), *range(28, 33), 133, 160, 5760, *range(8192, 8203)))
OUTER_BLANKS += "".join(chr(i) for i in (8232, 8233, 8239, 8287, 12288))
"""What Python strips from a text's ends."""


@dataclass(frozen=True, eq=False)
class Recode:
    """A question's codes in an engine: the `values` of each answer (from position 1) and of none (0): all known ones.

    `opened` makes the codes of the raw variable, null where blank, and they are then called `name`. Of a number they
    are the amounts, and not finite where a code is none.
    """

    question: Question
    name: str
    opened: Expr
    values: Mapping[int, tuple[Value, ...]]

    @property
    def column(self) -> Expr:
        return nw.col(self.name)

    def named(self, answers: frozenset[str]) -> Expr:
        """Return who gave one of some answers."""
        if self.question.bands:
            inside = [_within(self.column, band) for name, band in self.question.bands.items() if name in answers]
            return reduce(or_, inside, nw.lit(False)) & ~_among(self.column, self.values.get(0, ()))
        wanted = [i for i, name in enumerate(self.question.names, start=1) if name in answers]
        return _among(self.column, [value for i in wanted for value in self.values.get(i, ())])

    @property
    def answered(self) -> Expr:
        if self.question.is_number:
            return ~self.column.is_null() & ~_among(self.column, self.values.get(0, ()))
        return self.named(frozenset(self.question.names))

    @property
    def unknown(self) -> Expr:
        """Rows whose code nothing names, null where blank; of a number those that are none."""
        if self.question.holds_numbers:
            return ~self.column.is_finite()
        return ~_among(self.column, [value for some in self.values.values() for value in some])


@dataclass(frozen=True, eq=False)
class ExpressionAnswers:
    """The answers of respondents in an engine (see `Answers` in definitions/rules.py): expressions over codes.

    `crosses` are the questions made of others, whose recodes are among those there are.
    """

    recodes: Mapping[str, Recode]
    crosses: Mapping[str, Cross]

    def is_in(self, question: str, answers: frozenset[str]) -> Expr:
        if question in self.recodes:
            return self.recodes[question].named(answers)
        parts = [self.recodes[part] for part in self.crosses[question].parts]
        pairs = (names for names in product(*(part.question.names for part in parts)) if "*".join(names) in answers)
        return reduce(or_, (self._all(parts, names) for names in pairs), nw.lit(False))

    def _all(self, parts: Sequence[Recode], names: Sequence[str]) -> Expr:
        return reduce(and_, (part.named(frozenset({name})) for part, name in zip(parts, names, strict=True)))

    def is_answered(self, question: str) -> Expr:
        if question in self.recodes:
            return self.recodes[question].answered
        return reduce(and_, (self.recodes[part].answered for part in self.crosses[question].parts))

    def reaches(self, question: str, least: float) -> Expr:
        recode = self.recodes[question]
        return (recode.column >= least) & recode.answered

    def points(self, question: str, scores: Mapping[str, float]) -> Expr:
        return reduce(add, (where(self.is_in(question, frozenset({name})), score) for name, score in scores.items()))

    def tally(self, truth: Expr) -> Expr:
        return where(truth, 1)

    def amount(self, question: str) -> Expr:
        """The number answered, not to be looked at where there is none."""
        return self.recodes[question].column


def where(truth: Expr, value: Any, otherwise: Any = 0) -> Expr:
    """Return `value` where true, else `otherwise`; null counts as not true."""
    value, otherwise = (one if isinstance(one, nw.Expr) else nw.lit(one) for one in (value, otherwise))
    return nw.when(truth).then(value).otherwise(otherwise)


def recode(name: str, question: Question, microdata: Microdata, schema: Mapping[str, Any]) -> Recode:
    """Return how a question's codes read in an engine.

    Raises NotAddedUpError for a variable that an engine does not read as codes.
    """
    dtype, raw, known_as = schema[question.variable], nw.col(question.variable), f"_{name}"
    if question.variable in microdata.user_missing:
        raise NotAddedUpError(f"the file declares codes of '{question.variable}' missing")
    labels = microdata.labels.get(question.variable, {})
    named = (code for codes in question.codes.values() for code in codes)
    codes = sorted({matchable(code) for code in (*named, *question.missing, *labels)}, key=str)
    positions = _positions(codes, question, microdata)
    numbers = {i: tuple(v for v in some if not isinstance(v, str)) for i, some in positions.items()}
    if dtype.is_integer() and not question.holds_numbers:
        whole = {i: tuple(int(v) for v in some if float(v).is_integer()) for i, some in numbers.items()}
        return Recode(question, known_as, raw, whole)
    if dtype == nw.Boolean or dtype.is_numeric():
        amount = raw.cast(nw.Float64)
        return Recode(question, known_as, nw.when(~amount.is_nan()).then(amount), numbers)
    if dtype not in (nw.String, nw.Enum, nw.Categorical):
        raise NotAddedUpError(f"'{question.variable}' holds neither numbers nor texts ({dtype})")
    text = raw if dtype == nw.String else raw.cast(nw.String)
    if question.holds_numbers:
        words = [value for value in positions.get(0, ()) if isinstance(value, str)]
        return Recode(question, known_as, _amount(text, words), numbers)
    return Recode(question, known_as, _position(text, positions), {i: (i,) for i in (0, *positions)})


def _positions(codes: Sequence[Value], question: Question, microdata: Microdata) -> dict[int, tuple[Value, ...]]:
    """Return the codes of each answer by its position, and those of none under 0."""
    entries = entry_of_each(tuple(codes), question, microdata)
    if question.holds_numbers:
        entries = np.where(entries == 0, 0, UNKNOWN)
    found = {int(i): tuple(c for c, e in zip(codes, entries, strict=True) if e == i) for i in set(entries.tolist())}
    return {i: some for i, some in found.items() if i != UNKNOWN}


def cast(text: Expr) -> Expr:
    """Return texts that should all be numbers as such, null where null, NaN for "1_000", which DuckDB takes for one.

    At other texts that are none it fails, or has null, as Spark may: weights alone are read so, and may not be blank.
    """
    return where(text.str.contains("_", literal=True), float("nan"), text.cast(nw.Float64))


def _amount(text: Expr, missing: Sequence[str]) -> Expr:
    """Return texts as numbers, null where blank or missing, NaN where they are none."""
    stripped = text.str.strip_chars(OUTER_BLANKS)
    number = where(stripped.str.contains(NUMBER), stripped.cast(nw.Float64), float("nan"))
    return nw.when(~_among(stripped, ["", *missing])).then(number)


def _position(text: Expr, positions: Mapping[int, tuple[Value, ...]]) -> Expr:
    """Return the position of each text's answer, 0 where missing, null where blank, -1 where nothing names it.

    Most texts are spelled as a known code is, or as a program writes it that holds blanks as NaN, so each code with
    a point ("1.0"); only the others are stripped, and read as numbers where they are some.
    """
    found = _slowly(text, positions)
    for spellings in (_with_point, _spelled):  # the last stands outermost, and is looked at first
        for i, some in positions.items():
            if known := [one for value in some for one in spellings(value)]:
                found = where(reduce(or_, (text == one for one in known)), i, found)
    return found


def _spelled(value: Value) -> list[str]:
    """Return a code as it is spelled."""
    return [value if isinstance(value, str) else str(int(value)) if float(value).is_integer() else repr(value)]


def _with_point(value: Value) -> list[str]:
    """Return a whole number with a point; of another code there is no such spelling."""
    return [] if isinstance(value, str) or not float(value).is_integer() else [repr(float(value))]


def _slowly(text: Expr, positions: Mapping[int, tuple[Value, ...]]) -> Expr:
    """Return what `_position` does, of texts however they are spelled."""
    stripped = text.str.strip_chars(OUTER_BLANKS)
    number = nw.when(stripped.str.contains(NUMBER)).then(stripped.cast(nw.Float64))
    found: Expr = nw.lit(UNKNOWN)
    for i, some in positions.items():
        for column, kind in ((number, float), (stripped, str)):
            values = [value for value in some if isinstance(value, kind)]
            found = where(_among(column, values), i, found) if values else found
    return nw.when(stripped != "").then(found)


def _within(column: Expr, band: Band) -> Expr:
    return column >= band.low if band.high == inf else column.is_between(band.low, band.high)


def blank(raw: Expr, dtype: Any) -> Expr:
    """Return the rows that leave a variable blank: null, NaN, a text of nothing but blanks."""
    if dtype == nw.String:
        return raw.is_null() | (raw.str.strip_chars(OUTER_BLANKS) == "")
    return raw.is_null() | raw.is_nan() if dtype.is_float() else raw.is_null()


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
