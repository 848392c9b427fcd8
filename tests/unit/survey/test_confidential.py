"""What respondents said is in no message, no traceback and nothing that an error was made of, however a file fails.

A text is planted in a cell of each kind of damaged file; codes and row numbers may be told, somebody's own words not.
"""

from __future__ import annotations

import gzip
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyreadstat
import pytest

import psaindicators as psa
from psaindicators.words import code_shown, code_text

SECRET = "Old Mother Hubbard, of the cupboard in Bone Lane, who votes"
"""A text of more than 40 characters, so that it is nobody's code; its first words are looked for."""
WORDS = "Hubbard"
PEOPLE = {
    "id": [1, 2, 3, 4, 5, 6],
    "wt": [1, 1, 2, 2, 1, 1],
    "la": ["E06000055", "E06000056"] * 3,
    "psu": [1, 1, 2, 2, 3, 3],
    "pop": [30] * 6,
    "q": [1, 2, 1, 2, 1, 2],
    "visits": [0, 1, 2, 3, 4, 5],
    "open": ["fine"] * 6,
}
WAVE: dict[str, Any] = {
    "weight": "wt",
    "psu": "psu",
    "fpc": "pop",
    "area": {"authority": "la"},
    "questions": {"q": {"variable": "q", "answers": {"yes": 1, "no": 2}}, "visits": {"variable": "visits"}},
}
OPEN = {"said": {"variable": "open", "answers": {"fine": "fine"}}}
YES = {
    "title": "Yes",
    "better": "higher",
    "reference": "none",
    "since": {
        "2000": {"denominator": {"all_answered": ["q"]}, "numerator": {"question": "q", "in": ["yes"]}},
    },
}


def used(data: object, **of_wave: Any) -> None:
    """Read a survey and make figures of it in several ways."""
    wave = psa.wave({"survey": "s", "title": "S", "2010": WAVE | of_wave}, 2010)
    survey = psa.read_survey(data, wave)
    repr(survey)
    yes = psa.indicators({"title": "One", "yes": YES})["yes"]
    psa.estimate(survey, yes, by=["all", "authority", *(["said"] if "said" in wave.questions else [])])
    psa.mean(survey, "visits")


def said_by(call: Callable[[], object]) -> str:
    """Return all that an error says, with its traceback and every error before it, and the warnings on the way."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(psa.PsaError) as raised:
            call()
    everything = [str(one.message) for one in warned]
    for error in chain(raised.value):
        everything += [str(error), repr(error), *traceback.format_exception(error)]
    return "\n".join(everything)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, its cause and its context, theirs and so on, whether they are shown or not."""
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        yield from chain(error.__context__)


def spoiled(variable: str, cell: object = SECRET) -> pd.DataFrame:
    column = [*PEOPLE[variable][:3], cell, *PEOPLE[variable][4:]]
    return pd.DataFrame(PEOPLE | {variable: pd.Series(column, dtype=object)})


@pytest.mark.parametrize("variable", ["wt", "q", "visits", "pop", "id"])
@pytest.mark.parametrize("kind", ["pandas", "csv", "csv.gz", "parquet", "duckdb", "polars"])
def test_a_cell_that_is_no_code_is_told_by_its_row_or_length(variable: str, kind: str, tmp_path: Path) -> None:
    frame = spoiled(variable)
    other = {"id": "id"}
    if variable == "id":
        frame.loc[4, "id"] = SECRET  # there twice
    assert WORDS not in said_by(lambda: used(held(frame, kind, tmp_path), **other))


def held(frame: pd.DataFrame, kind: str, folder: Path) -> object:
    texts = frame.astype(str)
    match kind:
        case "csv" | "csv.gz":
            frame.to_csv(folder / f"people.{kind}", index=False)
            return folder / f"people.{kind}"
        case "parquet":
            duckdb.from_df(texts).write_parquet(str(folder / "people.parquet"))
            return folder / "people.parquet"
        case "duckdb":
            return duckdb.connect().from_df(texts)
        case "polars":
            return pl.DataFrame(texts.to_dict("list"))
        case _:
            return frame


def test_an_area_that_is_none_is_told_by_its_length() -> None:
    told = said_by(lambda: used(spoiled("la"), vintage="2009-04-01"))
    assert WORDS not in told
    assert f"a text of {len(SECRET)} characters is not an area of England" in told


def test_a_stratum_of_one_psu_is_told_by_its_length() -> None:
    told = said_by(lambda: used(spoiled("open"), stratum="open"))
    assert WORDS not in told
    assert f"a text of {len(SECRET)} characters" in told


def test_the_file_of_another_wave_is_told_without_what_it_holds() -> None:
    known = {"identified_by": {"variable": "open", "code": "fine"}}
    assert WORDS not in said_by(lambda: used(spoiled("open"), **known))


@pytest.mark.parametrize("populations", [{"open": {"fine": 10}}, {"q*open": {"1*fine": 5, "2*fine": 5}}])
def test_a_category_without_a_total_is_told_by_its_length(populations: Any) -> None:
    assert WORDS not in said_by(lambda: psa.weighting.rake(spoiled("open"), populations))


def test_an_initial_weight_that_is_none_is_told_by_its_row() -> None:
    told = said_by(lambda: psa.weighting.rake(spoiled("wt"), {"q": {1: 1, 2: 1}}, weight="wt"))
    assert WORDS not in told
    assert "is not a number in row 4" in told


CSV = pd.DataFrame(PEOPLE | {"open": SECRET}).to_csv(index=False).encode()
LINES = CSV.splitlines(keepends=True)
TEXTS: dict[str, bytes] = {
    "row too short": b"".join([*LINES[:3], SECRET.encode() + b"\n", *LINES[3:]]),
    "row too long": CSV.replace(b"5,4", b"5,4,5,6", 1),
    "open quote": CSV.replace(b'"Old', b'""Old', 1),
    "quote in a cell": CSV.replace(b"fine", b'fi"ne') + b'7,1,E06000055,1,30,1,1,"Hubbard"x\n',
    "latin-1": CSV.replace(b"Lane", b"L\xe9ne"),
    "utf-16": CSV.decode().encode("utf-16"),
    "line ends of two kinds": CSV.replace(b"\n", b"\r\n", 3),
    "no line of names": SECRET.encode() * 30_000,
    "no line of names but rows": b"".join(LINES[1:]),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", TEXTS)
def test_a_damaged_text_is_told_without_a_line_of_it(name: str, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("people.csv.gz" if packed else "people.csv")
    path.write_bytes(gzip.compress(TEXTS[name]) if packed else TEXTS[name])
    assert WORDS not in said_by(lambda: used(path, weight="wt", questions=WAVE["questions"] | OPEN))


@pytest.mark.parametrize("how", ["cut", "flipped"])
@pytest.mark.parametrize("kind", ["sav", "zsav", "dta", "parquet", "csv.gz"])
def test_a_damaged_file_is_told_without_what_is_in_it(kind: str, how: str, tmp_path: Path) -> None:
    frame = pd.DataFrame(PEOPLE | {"open": [f"{SECRET} {i}" for i in range(6)]})
    path = tmp_path / f"people.{kind}"
    match kind:
        case "sav" | "zsav":
            pyreadstat.write_sav(frame, path, compress=kind == "zsav")
        case "dta":
            pyreadstat.write_dta(frame, path)
        case "parquet":
            duckdb.from_df(frame).write_parquet(str(path))
        case _:
            path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    whole = path.read_bytes()
    refused = 0
    for at in range(1, len(whole), max(1, len(whole) // 12)):
        path.write_bytes(whole[:at] if how == "cut" else whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            used(path, weight="wt")
        except psa.PsaError:
            refused += 1
            assert WORDS not in said_by(lambda: used(path))
    assert refused


def test_a_text_in_another_encoding_than_a_file_declares(tmp_path: Path) -> None:
    path = tmp_path / "people.sav"
    pyreadstat.write_sav(pd.DataFrame(PEOPLE | {"open": SECRET}), path, row_compress=False)
    assert b"Bone Lane" in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(b"Bone Lane", b"B\xe9ne Lane"))
    told = said_by(lambda: used(path, questions=WAVE["questions"] | {"q": {"variable": "open", "answers": {"yes": 1}}}))
    assert "not in the encoding that it declares" in told
    assert WORDS not in told


def test_the_command_line_prints_no_cell(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(TEXTS["row too short"])
    spoiled("q").to_csv(tmp_path / "codes.csv", index=False)
    (tmp_path / "s.toml").write_text(
        'survey = "s"\ntitle = "S"\n[2010]\nweight = "wt"\n[2010.questions.q]\nvariable = "q"\n'
        "answers = { yes = 1, no = 2 }\n"
    )
    (tmp_path / "i.toml").write_text(
        'title = "One"\n[yes]\ntitle = "Yes"\nbetter = "higher"\nreference = "none"\n[yes.since.2000]\n'
        'denominator = { all_answered = ["q"] }\nnumerator = { question = "q", in = ["yes"] }\n'
    )
    for name in ("people.csv", "codes.csv"):
        words = ("estimate", name, "--survey", "s.toml", "--wave", "2010", "--indicators", "i.toml")
        command = [sys.executable, "-c", "from psaindicators.cli.main import main; main()", *words]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert ended.returncode == 3
        assert ended.stderr.startswith("error: ")
        assert WORDS not in ended.stdout + ended.stderr


def test_what_is_a_code_and_what_may_be_somebodys_own_words() -> None:
    assert code_shown("Disagree", 1) == "'Disagree'"
    assert code_shown("Neither satisfied nor dissatisfied", 3) == "'Neither satisfied nor dissatisfied'"
    assert code_shown("Neither satisfied nor dissatisfied", 2) == "a text of 34 characters"
    assert code_shown(SECRET, 1_000) == f"a text of {len(SECRET)} characters"
    assert code_shown(-9, 1) == "-9"
    assert code_text("a\x1bb") == r"a\x1bb"
