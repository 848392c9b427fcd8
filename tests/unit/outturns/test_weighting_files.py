"""A council's file weighted to another file: any header, any kind, never over its input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import psaindicators as psa
from psaindicators.errors import OptionError, SurveyError
from psaindicators.outturns.weighting_files import WeightingJob, write_weighted
from tests.paths import SAMPLES

RETURNS, POPULATIONS = SAMPLES / "council_2009.csv", SAMPLES / "council_populations.csv"
ROWS = 'Return ID,class,_id,2008_q,"q, or"\n001,m,1,2,é\n002,m,,2,\n003,f,3,2,"two\nlines"\n'
TOTALS = "variable,category,total\nclass,m,30\nclass,f,70\n"


@pytest.fixture
def council(tmp_path: Path) -> tuple[Path, Path]:
    data, populations = tmp_path / "returns.csv", tmp_path / "populations.csv"
    data.write_text(ROWS, encoding="utf-8")
    populations.write_text(TOTALS)
    return data, populations


def test_any_header_is_weighted_and_every_cell_stays_as_it_was(council: tuple[Path, Path], tmp_path: Path) -> None:
    write_weighted(*council, tmp_path / "out.csv", job=WeightingJob())
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == (
        'Return ID,class,_id,2008_q,"q, or",weight\n001,m,1,2,é,15.0\n002,m,,2,,15.0\n003,f,3,2,"two\nlines",70.0\n'
    )


def test_a_parquet_has_the_same_rows(council: tuple[Path, Path], tmp_path: Path) -> None:
    for kind in ("csv", "parquet"):
        write_weighted(*council, tmp_path / f"out.{kind}", job=WeightingJob(), name="wt")
    text, parquet = (
        pd.read_csv(tmp_path / "out.csv", dtype={"Return ID": str}),
        pd.read_parquet(tmp_path / "out.parquet"),
    )
    assert list(parquet) == list(text)
    assert parquet["Return ID"].tolist() == ["001", "002", "003"]
    np.testing.assert_allclose(parquet["wt"], [15, 15, 70], rtol=1e-12)


def test_an_spss_file_keeps_its_labels_and_is_weighted_by_them(tmp_path: Path) -> None:
    people = pd.DataFrame({"sex": [1.0, 1.0, 2.0, -9.0], "w": [1.0, 3.0, 1.0, 0.0]})
    labels, missing = {"sex": {1.0: "Male", 2.0: "Female", -9.0: "Refused"}}, {"sex": [-9.0]}
    pyreadstat.write_sav(
        people,
        str(tmp_path / "in.sav"),
        column_labels={"sex": "What is your sex?"},
        variable_value_labels=labels,
        missing_ranges=missing,
    )
    (tmp_path / "p.toml").write_text("[populations.sex]\nmale = 40\nfemale = 60\n")
    write_weighted(tmp_path / "in.sav", tmp_path / "p.toml", tmp_path / "out.sav", job=WeightingJob("w"), name="wt")
    rows, metadata = pyreadstat.read_sav(tmp_path / "out.sav", user_missing=True)
    assert rows["wt"].tolist() == [10, 30, 60, 0]
    assert metadata.variable_value_labels == labels
    assert metadata.column_names_to_labels["sex"] == "What is your sex?"
    assert metadata.missing_ranges == {"sex": [{"lo": -9.0, "hi": -9.0}]}


def test_a_wave_s_answers_give_the_same_weights_as_its_codes(tmp_path: Path) -> None:
    """The populations' labels are the names that the council's wave gives its answers."""
    table = pd.read_csv(POPULATIONS)
    table.assign(category=table["label"]).to_csv(tmp_path / "named.csv", index=False)
    job = WeightingJob(household_size="household_size")
    by_code = write_weighted(RETURNS, POPULATIONS, tmp_path / "codes.csv", job=job, name="wt")
    wave = psa.wave(str(SAMPLES / "council_survey.toml"), 2009)
    by_name = write_weighted(RETURNS, tmp_path / "named.csv", tmp_path / "names.csv", job=job, wave=wave)
    np.testing.assert_array_equal(by_code.weights, by_name.weights)
    assert (tmp_path / "codes.csv").read_bytes() == (tmp_path / "names.csv").read_bytes()


def test_bounds_and_methods_are_those_of_calibrate_weights(council: tuple[Path, Path], tmp_path: Path) -> None:
    returns = pd.read_csv(RETURNS)
    for options in ({"bounds": (0.3, 4.0)}, {"method": "linear"}, {"method": "logit", "bounds": (0.3, 4.0)}):
        made = write_weighted(RETURNS, POPULATIONS, tmp_path / "o.csv", job=WeightingJob(**options))
        expected = psa.weighting.calibrate_weights(returns, POPULATIONS, **({"method": "raking"} | options))
        np.testing.assert_array_equal(made.weights, expected.weights)


def test_the_output_is_never_an_input(council: tuple[Path, Path], tmp_path: Path) -> None:
    data, populations = council
    (tmp_path / "soft.csv").symlink_to(data)
    (tmp_path / "hard.csv").hardlink_to(populations)
    for out in (data, populations, tmp_path / "soft.csv", tmp_path / "hard.csv"):
        with pytest.raises(OptionError, match="nothing is written over what is read; name another file"):
            write_weighted(data, populations, out, job=WeightingJob())
    assert data.read_text(encoding="utf-8") == ROWS
    assert populations.read_text() == TOTALS


def test_names_that_are_not_there_or_there_already(council: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(SurveyError) as caught:
        write_weighted(*council, tmp_path / "o.csv", job=WeightingJob("klass"), name="_id")
    assert str(caught.value).splitlines() == [
        "returns.csv has no variable 'klass'; did you mean 'class'?",
        "returns.csv has a variable '_id' already: give the weight another name",
    ]
    with pytest.raises(OptionError, match="both say where weights start: name one"):
        WeightingJob("a", "b")
    with pytest.raises(OptionError, match=r"microdata are written as \.csv, \.parquet, \.sav, not as '.xlsx'"):
        write_weighted(*council, tmp_path / "o.xlsx", job=WeightingJob())
