"""Respondents that an engine holds: recodes and sums run there, and only the cells travel.

The engine is whatever holds a lazy narwhals frame: DuckDB over a file, a DuckDB relation, Spark. What comes back is the
same `Totals` as from arrays (see totals.py), of cells that are known by the raw codes of their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.waves import Cross
from psaindicators.errors import SurveyError
from psaindicators.files.engines import ENGINES, EngineFile, EngineFrame, fetched
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.totals import Squares, Totals
from psaindicators.survey.answers import named_answers
from psaindicators.survey.breakdowns import area_variables, breakdown, questions_of
from psaindicators.survey.quantities import Quantity, Share, questions_of_rule
from psaindicators.survey.recodes import Expr, ExpressionAnswers, blank, cast, recode, where
from psaindicators.survey.rows import AddedUp, NotAddedUpError
from psaindicators.survey.survey import Columns, Survey, design_keys, key_variables, require, respondents_are_units

WEIGHT, INCLUDED, WRONG = "_weight", "_included", "_wrong"
Engine = EngineFile | EngineFrame
Counted = dict[str, NDArray[Any]]


def engine_of(survey: Survey) -> Engine | None:
    """Return the engine that holds a survey's rows and adds them up more quickly than arrays, if there is one."""
    source = survey.microdata.source
    return source if isinstance(source, Engine) and not source.small else None


@dataclass(frozen=True, eq=False)
class EngineRows:
    """Respondents that an engine holds (see `Rows` in rows.py)."""

    survey: Survey
    engine: Engine

    def totals(self, quantities: Sequence[Quantity], by: Sequence[str]) -> AddedUp:
        """Return the totals of every quantity by every breakdown.

        Raises DefinitionError for a breakdown the wave does not have, and NotAddedUpError where the engine fails,
        where it does not read the codes, and where rows do not pass the checks: what is wrong is then for arrays to
        find and report.
        """
        questions_of(self.survey.wave, by)
        try:
            with self.engine.lent() as frame:
                request = _request(self.survey, frame, quantities, by)
                cells = _cells(request)
        except Exception as error:
            if type(error).__module__.lstrip("_").startswith(ENGINES) or isinstance(error, RuntimeError):
                raise NotAddedUpError(f"the engine failed ({type(error).__name__})") from error
            raise
        return _totals(request, cells, by)


@dataclass(frozen=True, eq=False)
class _Request:
    """What an engine is asked to add up: quantities of a survey's rows, a cell for each combination of the keys."""

    survey: Survey
    frame: nw.LazyFrame[Any]
    quantities: Sequence[Quantity]
    answers: ExpressionAnswers
    variables: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """What the keys' variables are called while they are added up by: sums have names of their own."""
        return [f"_key{i}" for i in range(len(self.variables))]

    @property
    def opened(self) -> dict[str, Expr]:
        """How each question's variable is opened, by the name it then has: two questions may share a variable."""
        return {one.name: one.opened for one in self.answers.recodes.values()}

    @property
    def bases(self) -> list[str]:
        return [f"base{i}" for i in range(len(self.quantities))]

    def based(self, value: Expr) -> list[Expr]:
        """Return a value for those in the base of each quantity, null outside it; a null rule does not hold."""
        rules = [quantity.base for quantity in self.quantities]
        held = (nw.when(rule.holds(self.answers)).then(value) if rule else value for rule in rules)
        return [one.alias(name) for one, name in zip(held, self.bases, strict=True)]


def _request(survey: Survey, frame: nw.LazyFrame[Any], quantities: Sequence[Quantity], by: Sequence[str]) -> _Request:
    wave, schema = survey.wave, frame.collect_schema()
    asked = sorted(questions_of_rule(wave.include).union(*(one.questions for one in quantities)))
    for kind in wave.places(asked):
        raise NotAddedUpError(f"a rule asks for the area kind '{kind}'")
    read = sorted(wave.read_from(asked).items())
    dividing = [question.variable for question in wave.read_from(sorted(questions_of(wave, by))).values()]
    variables = dict.fromkeys([*key_variables(wave), *area_variables(wave, by), *dividing])
    weight = [wave.weight] if wave.weight else []
    require(survey, [*weight, *variables, *(question.variable for _, question in read)], schema.names())
    recodes = {name: recode(name, question, survey.microdata, schema) for name, question in read}
    crosses = {name: one for name in asked if isinstance(one := wave.question(name), Cross)}
    return _Request(survey, frame, quantities, ExpressionAnswers(recodes, crosses), tuple(variables))


def _cells(request: _Request) -> Counted:
    """Return the raw keys and the sums of every cell, sorted by key. Raises NotAddedUpError for what is wrong."""
    cells = _sums(request)
    if cells["wrong"].sum():
        raise NotAddedUpError("rows hold codes or weights that the engine does not know")
    if not cells["weighted"].sum():
        raise NotAddedUpError("nobody has a weight")
    if (cells["weighted"] < cells["respondents"]).any():
        return cells | _answered(request)
    return cells | {f"answered{i}": cells[name] for i, name in enumerate(request.bases)}


def _rows(request: _Request) -> nw.LazyFrame[Any]:
    """Return the rows with whom figures are about, what is wrong, and the weight, null where it is not positive."""
    include, weight = request.survey.wave.include, nw.col(WEIGHT)
    wrong = [weight.is_null() | ~weight.is_finite() | (weight < 0)]
    wrong += [one.unknown for one in request.answers.recodes.values()]
    opened = _weighted(request).select(
        *(nw.col(name).alias(key) for name, key in zip(request.variables, request.keys, strict=True)),
        *(opened.alias(name) for name, opened in request.opened.items()),
        _weight(request).alias(WEIGHT),
    )
    return opened.select(
        *(*request.keys, *request.opened),
        (where(include.holds(request.answers), 1) if include else nw.lit(1)).alias(INCLUDED),
        nw.when(weight > 0).then(weight).alias(WEIGHT),
        where(reduce(or_, wrong), 1).alias(WRONG),
    )


def _weight(request: _Request) -> Expr:
    """Return every row's weight as a number, 1 where the wave names none."""
    name = request.survey.wave.weight
    if name is None:
        return nw.lit(1.0)
    raw = nw.col(name)
    return cast(raw) if request.frame.collect_schema()[name] == nw.String else raw.cast(nw.Float64)


def _weighted(request: _Request) -> nw.LazyFrame[Any]:
    """Return the frame, less the rows without a weight where these are no part of the survey."""
    wave = request.survey.wave
    if wave.weight is None or wave.missing_weight == "fail":
        return request.frame
    return request.frame.filter(~blank(nw.col(wave.weight), request.frame.collect_schema()[wave.weight]))


def _sums(request: _Request) -> Counted:
    """Return for every cell its respondents and, for each quantity, its base and the sums that `Totals` has."""
    weight, names = nw.col(WEIGHT), request.bases
    held = [*request.keys, INCLUDED, WEIGHT, WRONG]
    based = _rows(request).select(*held, *request.opened, *request.based(weight))
    parts = [_parts(quantity, nw.col(names[i]), request.answers) for i, quantity in enumerate(request.quantities)]
    parted = based.select(*held, *names, *(x.alias(f"{y}{i}") for i, some in enumerate(parts) for y, x in some.items()))
    added = [f"{name}{i}" for i, some in enumerate(parts) for name in some]
    units = respondents_are_units(request.survey)
    squares = [one for i, some in enumerate(request.quantities) for one in _squares(some, i)] if units else []
    shares = [i for i, one in enumerate(request.quantities) if isinstance(one, Share)]
    return _added(
        parted,
        request.keys,
        *(nw.len().alias("respondents"), weight.count().alias("weighted"), nw.col(WRONG).sum().alias("wrong")),
        *([nw.col(*names).count(), nw.col(*added).sum()] if names else []),
        *(nw.col(name).max().alias(f"largest{i}") for i, name in enumerate(names)),
        *(nw.when(nw.col(f"y{i}") > 0).then(nw.lit(1)).count().alias(f"numerator{i}") for i in shares),
        *squares,
    )


def _parts(quantity: Quantity, base: Expr, answers: ExpressionAnswers) -> dict[str, Expr]:
    """Return a respondent's part of y and q, and of the sum of weights where these do not give it; null outside."""
    if isinstance(quantity, Share):
        y = where(quantity.numerator.holds(answers), base, 0.0)
        return {"y": y, "q": base - y}  # exactly: one of the two is 0
    amount = answers.amount(quantity.y) if quantity.y is not None else nw.lit(1.0)
    y = base * ((amount - quantity.about) / quantity.per)
    return {"y": y, "q": base} if quantity.x is None else {"y": y, "q": base * answers.amount(quantity.x), "w": base}


def _squares(quantity: Quantity, i: int) -> list[Expr]:
    """Return the sums of squares; a share's y is the weight or 0."""
    y, q = nw.col(f"y{i}"), nw.col(f"q{i}")
    if isinstance(quantity, Share):
        return [(y * nw.col(WEIGHT)).sum().alias(f"yy{i}"), (q * nw.col(WEIGHT)).sum().alias(f"qq{i}")]
    return [(y * y).sum().alias(f"yy{i}"), (y * q).sum().alias(f"yq{i}"), (q * q).sum().alias(f"qq{i}")]


def _answered(request: _Request) -> Counted:
    """Return for every cell the rows that answered, whatever their weight: asked only where a weight is zero."""
    rows = _rows(request).select(*request.keys, INCLUDED, *request.based(nw.lit(1)))
    counted = _added(rows, request.keys, nw.col(*request.bases).count())
    return {f"answered{i}": counted[name] for i, name in enumerate(request.bases)}


def _added(rows: nw.LazyFrame[Any], keys: Iterable[str], *sums: Expr) -> Counted:
    keys = [*keys, INCLUDED]
    return _sorted(fetched(rows.group_by(keys).agg(*sums)), keys)


def _sorted(cells: Counted, keys: Sequence[str]) -> Counted:
    """Return the cells in the order of their keys, so that later sums add in one order on every run."""
    ranks = [np.unique(np.array([str(value) for value in cells[key]]), return_inverse=True)[1] for key in keys]
    order = np.lexsort(ranks[::-1])
    return {name: column[order] for name, column in cells.items()}


def _totals(request: _Request, cells: Counted, by: Sequence[str]) -> AddedUp:
    """Return the totals of an engine's cells, their keys read as a survey's columns are."""
    survey = request.survey
    raw = {name: cells[key] for name, key in zip(request.variables, request.keys, strict=True)}
    columns = Columns(survey, raw | {INCLUDED: cells[INCLUDED]})
    included = np.asarray(cells[INCLUDED] == 1)
    try:
        keys = design_keys(columns)
        answers = named_answers(columns, questions_of(survey.wave, by))
        parts = tuple(breakdown(name, columns, answers, included) for name in by)
    except SurveyError as error:
        raise NotAddedUpError("rows hold keys that are none") from error
    return AddedUp(_filled(request, cells, keys, tuple(part.codes for part in parts)), parts)


def _filled(request: _Request, cells: Counted, keys: Keys, domains: tuple[Codes, ...]) -> Totals:
    """Return the sums as `Totals`; one that an engine was not asked for is 0, and so is the largest of no weights."""
    n = len(cells["respondents"])

    def block(name: str, kind: type = float) -> NDArray[Any]:
        held = [cells.get(f"{name}{i}", np.zeros(n)) for i in range(len(request.quantities))]
        return np.array([np.ma.filled(one, 0) for one in held]).reshape(-1, n).astype(kind)

    return Totals(
        keys=keys,
        domains=domains,
        respondents=cells["respondents"].astype(np.intp),
        weighted=cells["weighted"].astype(np.intp),
        base=block("base", np.intp),
        answered=block("answered", np.intp),
        numerator=block("numerator", np.intp),
        y=block("y"),
        q=block("q"),
        weight=np.array([_sum_of_weights(cells, one, i) for i, one in enumerate(request.quantities)]).reshape(-1, n),
        largest=np.nan_to_num(block("largest")),
        squares=Squares(block("yy"), block("yq"), block("qq")) if keys.respondents_are_units else None,
    )


def _sum_of_weights(cells: Counted, quantity: Quantity, i: int) -> NDArray[Any]:
    """Return the base's sum of weights in each cell."""
    parts = ("y", "q") if isinstance(quantity, Share) else ("q",) if quantity.x is None else ("w",)
    return np.asarray(sum(np.ma.filled(cells[f"{part}{i}"], 0.0) for part in parts), dtype=float)
