"""Saved estimates read back: what was saved, and what no estimate can be, told by row."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import psaindicators as psa
from psaindicators.errors import exit_code
from psaindicators.publishing.writers.as_csv import to_csv

PRINTED = psa.from_published(
    {"area": ["E06000055", "E06000056", "=1+1"], "value": [40, 0, None], "base": [500, 50, 20]},
    indicator="ni4",
    survey="place",
    wave=2008,
)
"""40% of 500, none of 50 (the exact interval) and a figure that is not known, as they would be printed."""


def write(rows: Any, folder: Path) -> Path:
    path = folder / "saved.json"
    path.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
    return path


def first_row_with(folder: Path, **cells: Any) -> Path:
    rows = PRINTED.to_records()
    return write([rows[0] | cells, *rows[1:]], folder)


@pytest.mark.parametrize(("name", "text"), [("saved.json", psa.Table.to_json), ("saved.csv", to_csv)])
def test_what_was_saved_comes_back_in_full_precision(
    name: str, text: Callable[[psa.Table], str], tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text(PRINTED), encoding="utf-8")
    back = psa.read_estimates(tmp_path / name)
    assert list(back.columns) == list(PRINTED.columns)
    for column in PRINTED.columns:
        np.testing.assert_array_equal(back.columns[column], PRINTED.columns[column], err_msg=column)


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("value", 250, "value must be a number from 0 to 100, got 250"),
        ("value", -500, "value must be a number from 0 to 100, got -500"),
        ("value", "40", "value must be a number, got '40'"),
        ("value", [40], "value must be a number, got [40]"),
        ("value", True, "value must be a number, got True"),
        ("value", float("inf"), "value must be a number from 0 to 100, got inf"),
        ("se", -3, "se must be at least 0 and finite, got -3"),
        ("se", float("nan"), "se must be at least 0 and finite, got nan"),
        ("se", 10**400, f"se must be at least 0 and finite, got {'1' + '0' * 56}..."),
        ("margin", -1, "margin must be at least 0 and finite, got -1"),
        ("base", 2.9, "base must be a whole number, got 2.9"),
        ("base", -1, "base must be a number from 0 to 9.0072e+15, got -1"),
        ("df", -1, "df must be at least 0 and finite, got -1"),
        ("low", 45, "low is above high: 45 to 44.2941"),
        ("low", 41, "value is not between low and high: 40, and 41 to 44.2941"),
        ("level", 0.95, "level must be a number from 1 to 100, got 0.95"),
        ("level", None, "level must be given, got None"),
        ("wave", 8, "wave must be a number from 1000 to 9999, got 8"),
        ("wave", 2008.5, "wave must be a whole number, got 2008.5"),
        ("interval", "wold", "interval must be wald, logit, wilson, beta, asin or nothing, got 'wold'"),
        ("area", "", "area must be given, got ''"),
        ("area", {"code": 1}, "area must be text, got {'code': 1}"),
        ("indicator", None, "indicator must be given, got None"),
        ("indicator", 4, "indicator must be text, got 4"),
        ("agrees", "maybe", "agrees must be yes, no or nothing, got 'maybe'"),
    ],
)
def test_a_cell_that_no_estimate_can_hold_is_told_with_its_row(
    column: str, cell: Any, told: str, tmp_path: Path
) -> None:
    rows = [row | ({"agrees": ""} if column == "agrees" else {}) for row in PRINTED.to_records()]
    with pytest.raises(psa.SurveyError) as raised:
        psa.read_estimates(write([rows[0] | {column: cell}, *rows[1:]], tmp_path))
    assert str(raised.value) == f"saved.json:\n  - row 1: {told}"
    assert exit_code(raised.value) == 3


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    rows = PRINTED.to_records()
    with pytest.raises(psa.SurveyError) as raised:
        psa.read_estimates(write([rows[0] | {"value": 250, "se": -3}, rows[1] | {"base": 2.9}, rows[2]], tmp_path))
    assert len(str(raised.value).splitlines()) == 4


def test_a_row_that_is_there_twice_is_refused_whatever_it_says(tmp_path: Path) -> None:
    rows = PRINTED.to_records()
    with pytest.raises(
        psa.SurveyError, match="row 4: ni4 place 2008 authority E06000055 is in row 1 already: keep one"
    ):
        psa.read_estimates(write([*rows, rows[0] | {"value": 41}], tmp_path))


def test_columns_are_those_of_an_estimate_in_every_row(tmp_path: Path) -> None:
    first, second, third = PRINTED.to_records()
    del second["se"]
    with pytest.raises(psa.SurveyError) as raised:
        psa.read_estimates(write([first | {"valu": 3}, second, third | {"area_name": "Bath"}], tmp_path))
    assert str(raised.value).splitlines() == [
        "saved.json:",
        "  - row 1: 'valu' is not a column of an estimate; did you mean 'value'?",
        "  - row 2: lacks the columns se of an estimate",
        "  - row 3: has the column area_name, which the first row has not",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "saved.json is not a list of estimates"),
        ("{}", "saved.json is not a list of estimates"),
        ("[1]", "saved.json is not a list of estimates"),
        ("", "saved.json is not JSON: Expecting value"),
        ("[{}]", "row 1: lacks the columns indicator, survey"),
        ("[" * 100_000, "saved.json is not JSON that can be read: it nests without end"),
        ('[{"value": ' + "9" * 5_000 + "}]", "saved.json is not JSON: Exceeds the limit"),
        ('[{"value": 1, "value": 2}]', "saved.json is not JSON: an object names 'value' twice"),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_list_of_estimates_is_refused(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(psa.SurveyError, match=re.escape(told)):
        psa.read_estimates(write(text, tmp_path))


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("40.0", "4O", "line 2: value must be a number, got '4O'"),
        ("40.0", "-500", "line 2: value must be a number from 0 to 100, got -500.0"),
        (",500,", ",2.9,", "line 2: base must be a whole number, got 2.9"),
        ("ni4,place", "ni4", "line 2: has 20 cells where the header has 21"),
        ("value", "valu", "there is no column 'value'; did you mean 'valu'?"),
    ],
)
def test_a_csv_is_held_to_the_same(was: str, becomes: str, told: str, tmp_path: Path) -> None:
    text = to_csv(PRINTED)
    assert was in text
    (tmp_path / "saved.csv").write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(psa.SurveyError, match=re.escape(told)):
        psa.read_estimates(tmp_path / "saved.csv")


def test_an_indicator_that_nobody_knows_is_a_definitions_error(tmp_path: Path) -> None:
    with pytest.raises(psa.DefinitionError, match="there is no indicator 'ni44'; did you mean 'ni4'"):
        psa.read_estimates(first_row_with(tmp_path, indicator="ni44"))
