"""The same answers read from every kind of file and frame give the same figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave
from psaindicators.files.microdata import read_microdata
from psaindicators.kernel.codes import as_text, codes_of, matchable

WAVE = Wave(
    survey="drawn",
    year=2008,
    title="Drawn",
    path=Path(__file__),
    weight="wt",
    area={"authority": "la"},
    questions={
        "agree": Question("q1", {"yes": 1, "no": 2}, (9,)),
        "satisfied": Question("q2", {"yes": "Y", "no": "N"}),
        "member": Question("q3", {"yes": 1, "no": 0}),
        "hours": Question("q4", {}, (-9,)),
    },
)

PEOPLE = pd.DataFrame(
    {
        "wt": [1.0, 2.0, 1.0, 3.0, 1.0],
        "q1": pd.array([1, 1, 2, 9, None], dtype="Int64"),
        "q2": ["Y", "N", "Y", None, ""],
        "q3": pd.array([True, False, True, None, False], dtype="boolean"),
        "q4": pd.array([2.5, 0, 16, -9, None], dtype="Float64"),
        "la": ["09", "09", "10", "10", "E06000001"],
    }
)


def indicator(question: str) -> Indicator:
    yes, both = (AnswerIn(question, frozenset(answers)) for answers in (("yes",), ("yes", "no")))
    return Indicator(question, question, "higher", "by hand", "confirmed", {}, (Definition(2000, yes, both),))


def for_text() -> pd.DataFrame:
    """Text files have no booleans: a program that means 1 and 0 writes them."""
    return PEOPLE.assign(q3=PEOPLE["q3"].astype("Int64"))


def csv(folder: Path) -> Path:
    for_text().to_csv(folder / "people.csv", index=False)
    return folder / "people.csv"


def tab(folder: Path) -> Path:
    for_text().to_csv(folder / "people.tab", index=False, sep="\t")
    return folder / "people.tab"


def parquet(folder: Path) -> Path:
    PEOPLE.to_parquet(folder / "people.parquet")
    return folder / "people.parquet"


def relation(folder: Path) -> Any:
    return duckdb.connect().read_parquet(str(parquet(folder)))


def as_floats_and_objects() -> pd.DataFrame:
    loose = {"q1": PEOPLE["q1"].astype(float), "q2": PEOPLE["q2"].astype(object), "q3": PEOPLE["q3"].astype(object)}
    return PEOPLE.assign(**loose)


def as_texts() -> pd.DataFrame:
    return PEOPLE.assign(q1=["1", " 1 ", "2.0", "9", " "], wt=["1", "2", "1.0", "3e0", "1"], q3=list("10100"))


def as_categories() -> pd.DataFrame:
    return PEOPLE.assign(**{name: PEOPLE[name].astype("category") for name in ("q1", "q2", "la")})


SOURCES: dict[str, Callable[[Path], Any]] = {
    "csv": csv,
    "csv, path as text": lambda folder: str(csv(folder)),
    "tab": tab,
    "parquet": parquet,
    "pandas": lambda _: PEOPLE,
    "pandas, floats and objects": lambda _: as_floats_and_objects(),
    "pandas, categories": lambda _: as_categories(),
    "Polars": lambda _: pl.from_pandas(PEOPLE),
    "Polars, lazy": lambda _: pl.from_pandas(PEOPLE).lazy(),
    "Polars, categories": lambda _: pl.from_pandas(PEOPLE).with_columns(pl.col("q2", "la").cast(pl.Categorical)),
    "Arrow": lambda _: pa.Table.from_pandas(PEOPLE),
    "DuckDB": relation,
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_figures_summed_by_hand(source: str, tmp_path: Path) -> None:
    survey = psa.read_survey(SOURCES[source](tmp_path), WAVE)
    by_hand = {
        "agree": (75.0, 3, 4.0),  # 1 + 2 of 1 + 2 + 1: 9 is missing, and a blank is
        "satisfied": (50.0, 3, 4.0),  # 1 + 1 of 1 + 2 + 1: an empty text is a blank
        "member": (40.0, 4, 5.0),  # 1 + 1 of 1 + 2 + 1 + 1: false is 0, and not a blank
    }
    for question, expected in by_hand.items():
        row = psa.estimate(survey, indicator(question))[0]
        assert (row.value, row.base, row.weighted_base) == expected, question


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_gives_the_same_areas_in_the_same_order(source: str, tmp_path: Path) -> None:
    survey = psa.read_survey(SOURCES[source](tmp_path), WAVE)
    table = psa.estimate(survey, indicator("agree"), by="authority")
    assert table.columns["area"].tolist() == ["09", "10", "E06000001"]
    assert table.columns["base"].tolist() == [2, 1, 0]
    assert "9" not in table.columns["area"]  # a number would have lost its zero


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("q1,q2", " q1 , q2"),
        lambda text: text + "\n\n",
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("09", '"09"'),
    ],
    ids=["semicolons", "Windows", "byte order mark", "spaced names", "blank lines", "no last line end", "quotes"],
)
def test_a_text_file_may_be_written_in_several_ways(rewritten: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(rewritten(for_text().to_csv(index=False)).encode())
    table = psa.estimate(psa.read_survey(path, WAVE), indicator("agree"), by=["all", "authority"])
    assert (table[0].value, table[0].base) == (75, 3)
    assert table.columns["area"].tolist() == ["all", "09", "10", "E06000001"]


def test_a_text_file_may_be_compressed(tmp_path: Path) -> None:
    for_text().to_csv(tmp_path / "people.csv.gz", index=False)
    assert psa.estimate(psa.read_survey(tmp_path / "people.csv.gz", WAVE), indicator("agree"))[0].value == 75


def test_a_separator_inside_quotes_is_part_of_the_text(tmp_path: Path) -> None:
    PEOPLE.assign(q3=1, la="Bath, city").to_csv(tmp_path / "people.csv", index=False)
    table = psa.estimate(psa.read_survey(tmp_path / "people.csv", WAVE), indicator("agree"), by="authority")
    assert table.columns["area"].tolist() == ["Bath, city"]


def test_a_row_that_begins_with_a_hash_is_a_respondent(tmp_path: Path) -> None:
    frame = for_text()[["la", "wt", "q1", "q2", "q3", "q4"]].assign(la=["#9", "#9", "10", "10", "x"])
    frame.to_csv(tmp_path / "people.csv", index=False)
    row = psa.estimate(psa.read_survey(tmp_path / "people.csv", WAVE), indicator("agree"))[0]
    taken_for_a_comment = 1
    assert row.base == 3 != taken_for_a_comment


def test_variables_without_a_name_or_that_differ_by_case_do_not_hide_others(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("wt,q18,Q18,,\n1,2,3,4,5\n")
    assert read_microdata(tmp_path / "people.csv").variables == ("wt", "q18", "Q18_1", "column_4", "column_5")


def test_texts_that_are_numbers_match_by_their_amount() -> None:
    survey = psa.read_survey(as_texts(), WAVE)
    assert psa.estimate(survey, indicator("agree"))[0].value == 75
    without_a_blank = 100 * 2 / 8  # here the blank of q3 is "0"
    assert psa.estimate(survey, indicator("member"))[0].value == without_a_blank


def test_areas_that_are_numbers_have_no_decimal_point() -> None:
    survey = psa.read_survey(PEOPLE.assign(la=[9.0, 9.0, 10.0, 10.0, np.nan]), WAVE)
    assert psa.estimate(survey, indicator("agree"), by="authority").columns["area"].tolist() == ["9", "10"]


def test_answers_may_be_bound_by_the_files_value_labels() -> None:
    question = Question("q1", {"yes": "Agree", "no": "Disagree"}, ("Refused",))
    by_label = replace(WAVE, questions={"agree": question})
    labelled = replace(read_microdata(PEOPLE), labels={"q1": {1: "Agree", 2: "Disagree", 9: "Refused"}})
    assert psa.estimate(psa.read_survey(labelled, by_label), indicator("agree"))[0].value == 75
    with pytest.raises(psa.SurveyError, match=r"1 \(2\)"):  # without labels the codes mean nothing
        psa.estimate(psa.read_survey(PEOPLE, by_label), indicator("agree"))


def test_codes_that_the_file_declares_missing_are_missing_unless_an_answer_names_them() -> None:
    declared = replace(read_microdata(PEOPLE), user_missing={"q1": ((2, 9),)})
    without = replace(WAVE, questions={"agree": Question("q1", {"yes": 1, "no": 2})})
    row = psa.estimate(psa.read_survey(declared, without), indicator("agree"))[0]
    two_read_as_missing_as_well = 100
    assert (row.value, row.base) == (75, 3)
    assert row.value != two_read_as_missing_as_well


def test_the_variables_of_a_file_are_known_in_its_order(tmp_path: Path) -> None:
    assert read_microdata(csv(tmp_path)).variables == ("wt", "q1", "q2", "q3", "q4", "la")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (np.array([1, 2, 1]), (1, 2)),
        (np.array([1.0, np.nan, 2.5]), (1.0, 2.5)),
        (np.array([True, False]), (0, 1)),
        (np.array(["a", None, "", " a "], dtype=object), ("a",)),
        (np.array([None, None], dtype=object), ()),
        (np.array([10**12, 1], dtype=np.int64), (1, 10**12)),
        (np.ma.masked_array([1, 2, 3], mask=[False, True, False]), (1, 3)),
        (np.array([], dtype=float), ()),
    ],
)
def test_a_column_is_its_distinct_values_and_blanks_have_no_position(column: Any, values: tuple[Any, ...]) -> None:
    codes = codes_of(column)
    assert sorted(codes.values) == sorted(values)
    plain = [None if mask else x for x, mask in zip(column.tolist(), np.ma.getmaskarray(column), strict=True)]
    blank = [x is None or x != x or x == "" for x in plain]
    assert (codes.positions < 0).tolist() == blank
    assert codes.counts.sum() == blank.count(False)


def test_1_is_1_however_it_is_stored() -> None:
    assert {matchable(one) for one in (1, 1.0, "1", " 1.0 ", "1e0", "01", np.float64(1))} == {1.0}
    assert matchable("1a") == "1a"
    assert matchable("NaN") == "NaN"


def test_an_areas_text_keeps_its_zeros_and_drops_a_decimal_point() -> None:
    assert [as_text(one) for one in ("09", "09.0", 9, 9.0, "00AB", 9.5)] == ["09", "09", "9", "9", "00AB", "9.5"]
