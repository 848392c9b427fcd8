"""Arrays and an engine add up the same, whatever the design, the breakdowns and the measure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

import psaindicators as psa
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave
from psaindicators.figures.amounts import distribution, mean, ratio, total
from psaindicators.survey.engine import EngineRows, engine_of
from psaindicators.survey.quantities import Amount, Share
from psaindicators.survey.rows import array_rows
from psaindicators.tables import Table
from tests.properties.samples import COUNTS, NO, WAVE, YES, frames

ENGINE = duckdb.connect()
ROUNDING = 1e-12
"""Relative to the largest figure of the table: the sums differ in the order of adding alone."""
NUMBERS = st.sampled_from([None, -9.0, 0.0, 0.5, 2.0, 40.25, 1e6])
QUESTIONS = {
    "hours": Question("hours", {}, missing=(-9,)),
    "visits": Question("visits", {}, missing=(-9,)),
    "felt": Question("felt", {"well": "well", "ill": "ill"}, missing=("not sure", "77")),
}
RULES: list[Any] = [
    None,
    {"question": "agree", "in": ["yes", "dont_know"]},
    {"question": "hours", "at_least": 0.5},
    {"any_answered": ["agree", "felt"]},
    {"scores": {"yes": 2, "no": 1}, "questions": ["agree"], "at_least": 2},
    [{"question": "felt", "in": ["well"]}, {"all_answered": ["visits"]}],
]
MEASURES: dict[str, Callable[..., Table]] = {
    "estimate": lambda survey, **how: psa.estimate(survey, [YES, NO], **how),
    "distribution": lambda survey, **how: distribution(survey, "felt", **how),
    "mean": lambda survey, **how: mean(survey, "hours", **how),
    "total": lambda survey, **how: total(survey, "hours", per=37.5, **how),
    "count": lambda survey, **how: total(survey, **how),
    "ratio": lambda survey, **how: ratio(survey, "hours", "visits", **how),
}
DESIGNS: dict[str, dict[str, Any]] = {
    "respondents": {"stratum": None, "psu": ()},
    "respondents in strata": {"psu": ()},
    "PSUs": {"stratum": None},
    "PSUs in strata": {},
    "PSUs of a population": {"fpc": ("many",)},
    "people of a population": {"psu": (), "fpc": ("many",)},
    "people in PSUs, both of populations": {"fpc": ("many", "more")},
}


@st.composite
def people(draw: st.DrawFn) -> pd.DataFrame:
    """Respondents with numbers and words besides; in some the codes are texts, with blanks around them."""
    frame = draw(frames())
    rows = len(frame)
    for name in ("hours", "visits"):
        frame[name] = pd.Series(draw(st.lists(NUMBERS, min_size=rows, max_size=rows)), dtype=float)
    words = st.sampled_from([None, "", " ", "well", " well\t", "ill", "not sure", "77", "77.0"])
    frame["felt"] = pd.Series(draw(st.lists(words, min_size=rows, max_size=rows)), dtype=object)
    frame = frame.assign(many=50, more=60)
    if draw(st.booleans()):
        frame["agree"] = pd.Series([None if pd.isna(code) else str(code) for code in frame["agree"]], dtype=object)
    return frame


@st.composite
def waves(draw: st.DrawFn) -> Wave:
    """Designs of one stage and of two, some of whose figures are about a part of the respondents."""
    design = DESIGNS[draw(st.sampled_from(sorted(DESIGNS)))]
    policy = draw(st.sampled_from(["certainty", "centre", "average"]))
    include = draw(st.sampled_from([None, AnswerIn("agree", frozenset({"yes", "no"}))]))
    wave = replace(WAVE, questions=WAVE.questions | QUESTIONS, lonely_psu=policy, include=include)
    return replace(wave, **design)


@settings(max_examples=25)
@pytest.mark.parametrize("measure", MEASURES)
@given(
    people(),
    waves(),
    st.sampled_from(RULES),
    st.lists(st.sampled_from(["all", "area", "agree", "area*felt"]), min_size=1, max_size=3, unique=True),
)
def test_arrays_and_duckdb_give_the_same_figures(
    measure: str, frame: pd.DataFrame, wave: Wave, where: Any, by: list[str]
) -> None:
    in_memory, relation = (psa.read_survey(data, wave) for data in held(frame))
    try:
        expected = MEASURES[measure](in_memory, where=where, by=by)
    except psa.SurveyError as nobody:  # a breakdown in which nobody has a value
        with pytest.raises(psa.SurveyError, match=re.escape(str(nobody).partition(": ")[2])):
            MEASURES[measure](relation, where=where, by=by)
        return
    found = MEASURES[measure](relation, where=where, by=by)
    assert found.notes == ()
    assert_same(found, expected)


@settings(max_examples=20)
@pytest.mark.parametrize("measure", ["estimate", "distribution", "mean"])
@given(people(), st.sampled_from(RULES))
def test_so_they_do_where_weights_sum_within_areas(measure: str, frame: pd.DataFrame, where: Any) -> None:
    wave = replace(WAVE, questions=WAVE.questions | QUESTIONS, weight_sums_to="area")
    how: Any = {"where": where, "by": ["all", "area"], "populations": {"north": 5, "south": 2.5, "west": 1}}
    expected, found = (MEASURES[measure](psa.read_survey(data, wave), **how) for data in held(frame))
    assert found.notes == ()
    assert_same(found, expected)


@settings(max_examples=20)
@given(people(), waves())
def test_their_totals_have_the_same_cells_however_they_are_ordered(frame: pd.DataFrame, wave: Wave) -> None:
    asked = [Share(None, AnswerIn("agree", frozenset({"yes"}))), Amount(y="hours", x="visits"), Amount(per=4)]
    in_memory, relation = (psa.read_survey(data, wave) for data in held(frame))
    engine = engine_of(relation)
    assert engine is not None
    arrays = array_rows(in_memory, ["agree", "hours", "visits"], ("area",)).totals(asked, ("area",)).totals
    cells = EngineRows(relation, engine).totals(asked, ("area",)).totals
    assert cells.respondents.sum() == arrays.respondents.sum() == len(frame)
    for name in ("respondents", "weighted", "base", "answered"):
        assert getattr(cells, name).sum(axis=-1).tolist() == getattr(arrays, name).sum(axis=-1).tolist(), name
    for name in ("y", "q", "weight"):
        one, other = (getattr(part, name).sum(axis=1) for part in (cells, arrays))
        np.testing.assert_allclose(one, other, rtol=ROUNDING, err_msg=name)


def held(frame: pd.DataFrame) -> tuple[object, object]:
    """The same rows in memory and in an engine, where a column of blanks alone is one of texts."""
    table = pa.Table.from_pandas(frame)
    texts = [pa.field(one.name, pa.string() if one.type == pa.null() else one.type) for one in table.schema]
    return frame, ENGINE.from_arrow(table.cast(pa.schema(texts)))


def assert_same(found: Table, expected: Table) -> None:
    assert list(found.columns) == list(expected.columns)
    for name in ("value", "weighted_base"):
        close(found.columns[name], expected.columns[name], name)
    close(found.columns["se"] ** 2, expected.columns["se"] ** 2, "se", np.nanmax([1, *expected.columns["value"] ** 2]))
    for name in ("by", "area", *COUNTS):
        if name in expected.columns:
            assert found.columns[name].tolist() == expected.columns[name].tolist(), name


def close(one: Any, other: Any, name: str, scale: float = 1.0) -> None:
    np.testing.assert_allclose(one, other, rtol=ROUNDING, atol=ROUNDING * scale, err_msg=name)
