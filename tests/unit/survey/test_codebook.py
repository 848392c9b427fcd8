"""What a file holds, told without any wave."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.files.microdata import read_microdata
from tests.paths import SAMPLES
from tests.workbook_by_hand import xlsx

RETURNS = pd.DataFrame(
    {
        "Return ID": range(101, 131),
        "wt": [0.5, 1.5, *[1.0] * 28],
        "Ward": ["Abbey ", "Abbey", *["Castle"] * 27, None],
        "q2": [1, 1, 2, -9, *[1] * 26],
        "Age (years)": [*range(20, 48), "Prefer not to say", None],
        "comment": [f"said {i}" for i in range(30)],
    }
)
LABELLED = replace(
    read_microdata(RETURNS),
    labels={"q2": {1: "Yes", 2: "No", 8: "Don't know", -9: "Refused"}, "Age (years)": {99: "Not stated"}},
    variable_labels={"q2": "Feels safe after dark"},
)


def test_what_each_variable_holds() -> None:
    rows = {row.variable: row for row in psa.codebook(RETURNS)}
    assert {name: (row.kind, row.likely, row.blank, row.distinct) for name, row in rows.items()} == {
        "Return ID": ("number", "id", 0, 30),
        "wt": ("codes", "weight", 0, 3),
        "Ward": ("codes", "area", 1, 2),
        "q2": ("codes", "", 0, 3),
        "Age (years)": ("number and text", "", 1, 29),
        "comment": ("text", "", 0, 30),
    }
    assert rows["wt"].codes == "0.5 (1), 1 (28), 1.5 (1)"
    assert rows["Ward"].codes == "Abbey (2), Castle (27)"  # "Abbey " is the same ward
    assert (rows["Age (years)"].least, rows["Age (years)"].greatest) == (20, 47)
    assert rows["Age (years)"].codes == "Prefer not to say (1)"
    assert (rows["comment"].codes, np.isnan(rows["comment"].least)) == ("", True)


def test_a_sheet_a_row_of_names_and_an_encoding_are_stated_as_in_a_wave(tmp_path: Path) -> None:
    """The sheet with most cells is the other one, and its first row a title."""
    path = xlsx(
        tmp_path / "returns.xlsx",
        {
            "Codes": [["code"], *[[one] for one in range(40)]],
            "Returns": [["Postal returns", "of"], ["wt", "q"], [1, 2]],
        },
    )
    book = psa.codebook(path, sheet="Returns", header_row=2)
    assert [*book.to_frame()["variable"]] == ["wt", "q"]
    words = ["codebook", str(path), "--sheet", "Returns", "--header-row", "2", "--format", "json"]
    said = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert [row["variable"] for row in json.loads(said.stdout)] == ["wt", "q"]
    text = tmp_path / "returns.csv"
    text.write_bytes("q\nCafé\n".encode("cp850"))
    assert "Café" in repr(psa.codebook(text, encoding="cp850"))
    assert psa.codebook(text, encoding="cp850", sheet="Returns").notes == (
        "returns.csv: sheet was not used: it is of workbooks",
    )


def test_an_unknown_encoding_and_an_impossible_row_are_refused_together() -> None:
    with pytest.raises(psa.OptionError) as refused:
        psa.codebook(RETURNS, encoding="latin-0", header_row=0)
    assert str(refused.value) == (
        "encoding must be an encoding such as utf-8, utf-16 or windows-1252, got 'latin-0'\n"
        "header_row is the number of a row, counted from 1, got 0"
    )


def test_labels_that_nobody_gave_are_listed_and_what_looks_like_no_answer_is_pointed_at() -> None:
    rows = {row.variable: row for row in psa.codebook(LABELLED)}
    assert rows["q2"].label == "Feels safe after dark"
    assert rows["q2"].codes == "-9 Refused (1), 1 Yes (28), 2 No (1), 8 Don't know (0)"
    assert rows["q2"].note == ("labelled like no answer, and not declared missing: -9 Refused (1), 8 Don't know (0)")
    assert rows["Age (years)"].codes == "99 Not stated (0), Prefer not to say (1)"
    assert rows["Age (years)"].note.endswith("99 Not stated (0), Prefer not to say (1)")
    unlabelled = {row.variable: row for row in psa.codebook(RETURNS)}["q2"]
    assert unlabelled.note == "below zero among numbers that are not, perhaps no answer: -9"


def test_codes_that_the_file_declares_missing_are_told_apart_and_not_pointed_at() -> None:
    declared = replace(LABELLED, user_missing={"q2": ((-9, -1), (8, 8))})
    row = {row.variable: row for row in psa.codebook(declared)}["q2"]
    assert (row.codes, row.missing, row.note) == ("1 Yes (28), 2 No (1)", "-9 Refused (1), 8 Don't know (0)", "")


def test_an_spss_file_tells_what_its_variables_are() -> None:
    rows = {row.variable: row for row in psa.codebook(SAMPLES / "citizenship_2007.sav")}
    assert rows["gor"].label == "Government Office Region"
    likely = {name: row.likely for name, row in rows.items() if row.likely}
    assert likely == {"serial": "id", "gor": "area", "psu": "psu", "stratum": "stratum", "wtfinds": "weight"}
    assert "-8 Don't know" in rows["stogeth"].missing
    assert rows["stogeth"].note == ""


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_files_give_what_a_frame_gives(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"returns{suffix}"
    frame = RETURNS.drop(columns="Age (years)")
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    assert psa.codebook(path) == psa.codebook(frame)


def test_the_printed_codebook_fits_the_terminal_and_cuts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    text = psa.codebook(LABELLED).to_text()
    assert text.splitlines()[0] == "the frame: 30 respondents, 6 variables"
    assert max(map(len, text.splitlines())) <= 70
    one_line = " ".join(text.split())
    assert "q2: Feels safe after dark [codes] -9 Refused (1), 1 Yes (28), 2 No (1), 8 Don't know (0)" in one_line
    assert "Return ID [number, likely the id; 30 distinct; 101 to 130]" in one_line
    assert "! labelled like no answer" in one_line
