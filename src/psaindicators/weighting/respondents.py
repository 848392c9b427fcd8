"""Whom weights are made for: a survey, by its questions and area kinds, or a frame or file, by its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError, DesignError, OptionError, did_you_mean
from psaindicators.files.microdata import FrameSource, Microdata, read_microdata
from psaindicators.kernel.codes import Codes, Value, amounts_of, as_text, codes_of, matchable, matches
from psaindicators.kernel.keys import Floats
from psaindicators.survey.breakdowns import Breakdown, questions_of
from psaindicators.survey.rows import array_rows
from psaindicators.survey.survey import Columns, Survey
from psaindicators.words import rows

Amount = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Part:
    """One variable, question or area kind: its values, their labels, and each respondent's.

    `key` is what a value and a category are compared by: amount or text, but text alone for areas.
    """

    codes: Codes
    labels: Mapping[Value, str] = field(default_factory=dict)
    is_area: bool = False

    def key(self, category: Value) -> Value:
        """Return what a category is matched by."""
        return as_text(category) if self.is_area else matchable(category)

    def places(self, categories: Sequence[Value]) -> NDArray[np.intp]:
        """Return for each value its place among the categories, -1 where it has none; shape (values,)."""
        table = {category: place for place, category in enumerate(categories)}
        if not self.is_area:
            return matches(self.codes.values, table, self.labels)
        by_text = {as_text(category): place for category, place in table.items()}
        by_name = {as_text(category).casefold(): place for category, place in table.items()}
        names = {area: self.labels.get(area, "").casefold() for area in self.codes.values}
        found = [by_text.get(str(area), by_name.get(names[area], -1)) for area in self.codes.values]
        return np.array(found, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Respondents:
    """Respondents to be weighted; `problems` are those found so far, to be reported with all others.

    `initial` has shape (rows,); `parts` holds for each name asked for what it consists of, several where it is crossed
    ("age_band*sex"); `outside` (rows,) are those whom the wave's figures are not about.
    """

    where: str
    initial: Floats
    parts: Mapping[str, tuple[Part, ...]]
    outside: NDArray[np.bool_]
    problems: tuple[str, ...]

    @cached_property
    def weighted(self) -> NDArray[np.bool_] | slice:
        """Those of a weight above zero, as an index: everyone, or an array of shape (rows,)."""
        above = self.initial > 0
        return slice(None) if above.all() else above


def respondents_of(data: object, names: Iterable[str], weight: str | None) -> Respondents:
    """Return the respondents of a survey, a frame or a file, with what is asked for by name.

    Raises OptionError for other things, SurveyError for data that cannot be read.
    """
    if isinstance(data, Survey):
        return _of_survey(data, list(names), weight)
    return _of_columns(in_order(data), list(names), weight)


def in_order(data: object) -> Microdata:
    """Return microdata whose rows are in an order to stay, as the weights will be. Raises OptionError for others."""
    known = isinstance(data, (Microdata, str, Path))
    microdata = read_microdata(data) if known or hasattr(data, "columns") or hasattr(data, "collect_schema") else None
    if microdata is None or not (known or _is_eager(microdata)):
        raise OptionError(
            "respondents to weight are a survey, a file, or a frame with its rows in order (pandas, Polars, Arrow), "
            f"not {type(data).__name__}"
        )
    return microdata


def _is_eager(microdata: Microdata) -> bool:
    import narwhals as nw

    return isinstance(microdata.source, FrameSource) and isinstance(microdata.source.frame, nw.DataFrame)


def starting_weights(microdata: Microdata, weight: str | None) -> tuple[Floats | None, list[str]]:
    """Return the weights in a variable and what is wrong with them; none where no variable is named or is there."""
    if weight is None:
        return None, []
    if weight not in microdata.variables:
        near = did_you_mean(weight, microdata.variables)
        return None, [f"{microdata.name} has no variable {weight!r}, named as the weight{near}"]
    raw = microdata.columns([weight])[weight]
    amounts = amounts_of(raw)
    return amounts, [f"the weight {weight!r} {problem}" for problem in _wrong_weights(amounts, raw)]


def _wrong_weights(amounts: Floats, raw: Amount) -> list[str]:
    if amounts.min(initial=0) >= 0 and amounts.max(initial=0) < np.inf:
        return [] if amounts.max(initial=0) > 0 else ["is above zero for nobody"]
    blank = codes_of(raw).positions < 0
    wrong = {
        "is missing": blank,
        "is not a number": ~np.isfinite(amounts) & ~blank,
        "is negative": amounts < 0,
    }
    return [f"{what} in {rows(np.flatnonzero(where))}" for what, where in wrong.items() if where.any()]


def _of_columns(microdata: Microdata, names: Sequence[str], weight: str | None) -> Respondents:
    variables = set(microdata.variables)
    spelled = {name: [name] if name in variables else name.split("*") for name in names}
    absent = dict.fromkeys(one for parts in spelled.values() for one in parts if one not in variables)
    problems = [
        f"{microdata.name} has no variable {one!r}, which has population totals{did_you_mean(one, variables)}"
        for one in absent
    ]
    part = cache(lambda one: _column(microdata, one))
    parts = {name: tuple(part(one) for one in ones) for name, ones in spelled.items() if not absent.keys() & set(ones)}
    given, wrong = starting_weights(microdata, weight)
    n_rows = len(given) if given is not None else _rows(microdata, parts)
    initial = given if given is not None and not wrong else np.ones(n_rows)
    return Respondents(microdata.name, initial, parts, np.zeros(n_rows, dtype=bool), (*wrong, *problems))


def _rows(microdata: Microdata, parts: Mapping[str, tuple[Part, ...]]) -> int:
    for of_name in parts.values():
        return len(of_name[0].codes.positions)
    first = microdata.variables[:1]
    return len(microdata.columns(list(first))[first[0]]) if first else 0


def _column(microdata: Microdata, name: str) -> Part:
    """Return a column's codes; texts of a frame in memory are distinguished by its own library, which is quicker."""
    labels = microdata.labels.get(name, {})
    source = microdata.source
    if not (isinstance(source, FrameSource) and _is_eager(microdata)):
        return Part(codes_of(microdata.columns([name])[name]), labels)
    series: Any = source.frame[name]
    if not series.implementation.is_pandas() or series.dtype.is_numeric():
        return Part(codes_of(microdata.columns([name])[name]), labels)
    import pandas as pd

    positions, values = pd.factorize(series.to_native())
    distinct = codes_of(np.asarray(values, dtype=object))
    alike = np.array_equal(distinct.positions, np.arange(len(values)))
    numbers = positions if alike else Codes((), positions).translate(distinct.positions, -1)
    return Part(Codes(distinct.values, numbers), labels)


def _of_survey(survey: Survey, names: Sequence[str], weight: str | None) -> Respondents:
    """Return a survey's respondents by its questions and area kinds.

    They start from `weight`, else from the wave's where the file has it, else alike: it may be the one to be made.
    """
    spelled = {name: name.split("*") for name in names}
    ones = dict.fromkeys(one for parts in spelled.values() for one in parts)
    wrong = {one: problem for one in ones if (problem := _unknown(survey.wave, one))}
    begun = survey if weight is None and survey.wave.weight in survey.microdata.variables else _unweighted(survey)
    held = array_rows(begun, (), [one for one in ones if one not in wrong])
    _refuse_left_out(held.columns)
    everyone = replace(held, included=np.ones(len(held.included), dtype=bool))
    part = cache(lambda name: _part(everyone.breakdown(name), bool(questions_of(survey.wave, [name]))))
    parts = {name: tuple(map(part, of)) for name, of in spelled.items() if not wrong.keys() & set(of)}
    given, problems = starting_weights(survey.microdata, weight)
    initial = held.frame.weight if given is None or problems else given
    return Respondents(survey.where, initial, parts, ~held.included, (*problems, *wrong.values()))


def _unweighted(survey: Survey) -> Survey:
    return replace(survey, wave=replace(survey.wave, weight=None))


def _refuse_left_out(columns: Columns) -> None:
    """Raise DesignError where the wave leaves rows out: weights have to be those of every row of the data."""
    if columns.kept is None:
        return
    left = columns.survey.microdata.columns([columns.survey.wave.weight or ""])
    every = np.arange(len(next(iter(left.values()))))
    raise DesignError(
        f"{columns.survey.where} leaves out {rows(np.setdiff1d(every, columns.kept))} for want of a weight, and "
        "weights are made for every row: take them out of the data, or read it as a wave that names no weight"
    )


def _part(found: Breakdown, is_question: bool) -> Part:
    names: Iterable[str] = () if found.names is None else found.names
    return Part(found.codes, dict(zip(found.codes.values, names, strict=False)), is_area=not is_question)


def _unknown(wave: Wave, name: str) -> str:
    """Return what is wrong with a name that should be a question with answers or an area kind, nothing if it is one."""
    try:
        questions_of(wave, [name])
    except DefinitionError as problem:
        return str(problem)
    return ""
