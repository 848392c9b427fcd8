"""Where an engine cannot add up the rows they are read as arrays: the same figures, and a note that says why."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.analysis.associations import association
from psaindicators.analysis.effects import kish
from psaindicators.analysis.regression import logistic
from psaindicators.definitions.waves import Question, Replicates, Wave
from psaindicators.figures.amounts import distribution, mean, total
from psaindicators.files.microdata import read_microdata
from psaindicators.judgements.shared_psus import difference
from psaindicators.kernel.calibration_variables import Cells
from psaindicators.tables import Table
from tests.oracle.cases import indicator
from tests.paths import NAMCS

PEOPLE = pd.DataFrame(
    {
        "wt": [1.0, 2.0, 0.5, 1.5, 1.0, 0.5, 3.0, 1.0],
        "la": ["1", "1", "2", "2", "1", "2", "2", "1"],
        "club": [1, 0, 1, 1, 0, 1, 0, 0],
        "sex": ["m", "f", "m", "f", "f", "m", "f", "m"],
        "hour": [time(10), time(18)] * 4,
        "age": ["17", "20", "30", "4\uff14", "50", "60", "71", "83"],
        "wt_text": ["1", "2", "0.5", "\xa01.5", "1", "0.5", "3", "1"],
        "rw1": [2.0, 0.0, 1.0, 0.0, 2.0, 0.0, 6.0, 0.0],
        "rw2": [0.0, 4.0, 0.0, 3.0, 0.0, 1.0, 0.0, 2.0],
    }
)
WAVE = Wave(
    survey="mine",
    year=2010,
    title="Mine",
    path=Path("mine.toml"),
    weight="wt",
    area={"authority": "la"},
    questions={
        "club": Question("club", {"yes": 1, "no": 0}),
        "sex": Question("sex", {"men": "m", "women": "f"}),
        "age": Question("age", {}),
        "hour": Question("hour", {"morning": "10:00:00", "evening": "18:00:00"}),
    },
)
CLUB = indicator("club")
READ = "was read into arrays, not added up by the engine that holds it: "


@pytest.fixture(autouse=True)
def no_file_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psaindicators.files.text.SMALL", 0)
    monkeypatch.setattr("psaindicators.files.parquet.SMALL", 0)


@pytest.fixture
def in_parquet(tmp_path: Path) -> Path:
    PEOPLE.to_parquet(tmp_path / "people.parquet")
    return tmp_path / "people.parquet"


def survey(data: object, wave: Wave = WAVE) -> psa.Survey:
    return psa.read_survey(data, wave)


NEED_NO_ARRAYS: dict[str, Callable[[psa.Survey], Table]] = {
    "estimate": lambda one: psa.estimate(one, CLUB),
    "total": lambda one: total(one),
    "distribution": lambda one: distribution(one, "sex"),
}
CANNOT: dict[str, tuple[Callable[[psa.Survey], Table], str]] = {
    "hours": (lambda one: distribution(one, "hour"), r"'hour' holds neither numbers nor texts \(Time\)"),
    "a digit that only Python reads": (lambda one: mean(one, "age"), "rows hold codes or weights that .* not know"),
    "a weight with a blank that only Python strips": (
        lambda one: psa.estimate(replace(one, wave=replace(one.wave, weight="wt_text")), CLUB),
        r"the engine failed \(ConversionException\)",
    ),
}
NEED_EACH: dict[str, Callable[[psa.Survey], Table]] = {
    "association": lambda one: association(one, "club", "sex"),
    "logistic": lambda one: logistic(one, CLUB, "sex"),
    "difference": lambda one: difference(one, CLUB, "1", "2", by="authority"),
    "kish": lambda one: kish(one),
}


@pytest.mark.parametrize("verb", [*NEED_NO_ARRAYS, *CANNOT, *NEED_EACH])
def test_arrays_are_no_way_back_for_a_frame_in_memory_or_a_small_file(
    verb: str, in_parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psaindicators.files.text.SMALL", 1_000_000)
    monkeypatch.setattr("psaindicators.files.parquet.SMALL", 1_000_000)
    ask = NEED_NO_ARRAYS.get(verb) or NEED_EACH.get(verb) or CANNOT[verb][0]
    in_memory, in_file = ask(survey(PEOPLE)), ask(survey(in_parquet))
    assert in_memory.notes == in_file.notes == ()
    assert in_memory == in_file


@pytest.mark.parametrize("verb", NEED_NO_ARRAYS)
def test_nothing_is_noted_where_the_engine_adds_up(verb: str, in_parquet: Path) -> None:
    assert NEED_NO_ARRAYS[verb](survey(in_parquet)).notes == ()


@pytest.mark.parametrize("verb", CANNOT)
def test_codes_that_an_engine_does_not_read_are_read_as_arrays(verb: str, in_parquet: Path) -> None:
    ask, why = CANNOT[verb]
    found = ask(survey(in_parquet))
    assert found == ask(survey(PEOPLE))
    (note,) = found.notes
    assert re.fullmatch(f"people.parquet {READ}{why}", note)


@pytest.mark.parametrize("verb", NEED_EACH)
def test_figures_that_need_each_respondent_say_so(verb: str, in_parquet: Path) -> None:
    found = NEED_EACH[verb](survey(in_parquet))
    assert found == NEED_EACH[verb](survey(PEOPLE))
    assert found.notes == (f"people.parquet {READ}these figures need each respondent",)


@pytest.mark.parametrize("verb", NEED_NO_ARRAYS)
def test_replicate_weights_need_each_respondent(verb: str, in_parquet: Path) -> None:
    wave = replace(WAVE, replicates=Replicates(("rw*",), "BRR"))
    found = NEED_NO_ARRAYS[verb](survey(in_parquet, wave))
    assert found == NEED_NO_ARRAYS[verb](survey(PEOPLE, wave))
    assert found.notes == (f"people.parquet {READ}replicate weights need each respondent",)


@pytest.mark.parametrize("verb", NEED_NO_ARRAYS)
def test_weights_calibrated_here_need_each_respondent(verb: str, in_parquet: Path) -> None:
    found, expected = (
        NEED_NO_ARRAYS[verb](psa.read_survey(data, WAVE, weighting=Calibrated())) for data in (in_parquet, PEOPLE)
    )
    assert found == expected
    assert found.notes == (f"people.parquet {READ}weights calibrated here need each respondent",)


class Calibrated:
    """Weights that meet 50 men and 50 women, made by hand."""

    men = (PEOPLE["sex"] == "m").to_numpy()
    initial = PEOPLE["wt"].to_numpy()
    weights = np.where(men, 50 * initial / initial[men].sum(), 50 * initial / initial[~men].sum())
    cells = Cells.of([men.astype(int)], [2])


def test_codes_that_the_file_declares_missing_are_for_arrays() -> None:
    """By hand: of 10.5 less 1 whose code is 9, 1 + 0.5 + 1.5 + 0.5 are in the club; 9 as an answer gave 3.5 of 10.5."""
    people = PEOPLE.assign(club=[1, 0, 1, 1, 0, 1, 0, 9])
    declared = replace(read_microdata(duckdb.connect().from_df(people)), user_missing={"club": ((8, 9),)})
    found = psa.estimate(survey(declared), CLUB)
    assert (found[0].value, found[0].base) == (pytest.approx(100 * 3.5 / 9.5), 7)
    assert found.notes == (f"the frame {READ}the file declares codes of 'club' missing",)


def test_a_note_is_printed_under_the_table_and_is_no_row_of_it(in_parquet: Path) -> None:
    found = association(survey(in_parquet), "club", "sex")
    note = f"note: people.parquet {READ}these figures need each respondent"
    assert repr(found).endswith(f"\n{note}")
    assert found.to_text().endswith(f"\n{note}")
    assert f"<p>{note}</p>" in found._repr_html_()
    assert len(found.to_frame()) == 1
    assert "note" not in found.to_json()
    assert found.take(pd.Series([0]).to_numpy()).notes == found.notes


def test_the_batch_job_warns_of_the_way_back(tmp_path: Path) -> None:
    folder = tmp_path / "namcs"
    shutil.copytree(NAMCS, folder)
    assert warnings_of(folder) == []
    data = folder / "namcs2019.csv.gz"
    rows = gzip.decompress(data.read_bytes()).decode().splitlines(keepends=True)
    rows[1] = rows[1].replace("101018.2109", "\xa0101018.2109")  # a blank that Python strips, and DuckDB does not
    data.write_bytes(gzip.compress("".join(rows).encode()))
    (line,) = warnings_of(folder)
    assert line == f"namcs 2019: {data.name} {READ}the engine failed (ConversionException)"


def warnings_of(folder: Path) -> list[str]:
    psa.outturn(folder / "outturn.toml", out=folder / "out")
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    return [line for line in manifest["warnings"] if READ in line]
