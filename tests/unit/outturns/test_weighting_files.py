"""A council's file weighted to another file: any header, any kind, never over its input."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import psaindicators as psa
from psaindicators.errors import OptionError, OutputError, SurveyError
from psaindicators.files.microdata import read_microdata
from psaindicators.files.workbook_writing import write_sheet
from psaindicators.outturns.configuration import read_configuration
from psaindicators.outturns.weighting_files import write_weighted
from psaindicators.outturns.weighting_jobs import WeightingJob
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
    data, populations = council
    write_weighted(data, tmp_path / "out.csv", WeightingJob(populations))
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == (
        'Return ID,class,_id,2008_q,"q, or",weight\n001,m,1,2,é,15.0\n002,m,,2,,15.0\n003,f,3,2,"two\nlines",70.0\n'
    )


def test_a_parquet_has_the_same_rows(council: tuple[Path, Path], tmp_path: Path) -> None:
    data, populations = council
    for kind in ("csv", "parquet"):
        write_weighted(data, tmp_path / f"out.{kind}", WeightingJob(populations), name="wt")
    text = pd.read_csv(tmp_path / "out.csv", dtype={"Return ID": str})
    parquet = pd.read_parquet(tmp_path / "out.parquet")
    assert list(parquet) == list(text)
    assert parquet["Return ID"].tolist() == ["001", "002", "003"]
    np.testing.assert_allclose(parquet["wt"], [15, 15, 70], rtol=1e-12)


def test_a_workbook_has_the_same_cells_and_gives_the_same_figures(council: tuple[Path, Path], tmp_path: Path) -> None:
    """001 stays a text, a formula is none, and a whole number beyond 2^53 is not rounded."""
    data, populations = council
    data.write_text(ROWS + "=1+1,f,9007199254740993,-0.5,\n", encoding="utf-8")
    write_weighted(data, tmp_path / "out.xlsx", WeightingJob(populations))
    rows = read_microdata(tmp_path / "out.xlsx")
    assert rows.variables == ("Return ID", "class", "_id", "2008_q", "q, or", "weight")
    cells = rows.columns(list(rows.variables))
    assert cells["Return ID"].tolist() == ["001", "002", "003", "=1+1"]
    assert cells["_id"].tolist() == ["1", None, "3", "9007199254740993"]
    assert cells["2008_q"].tolist() == ["2", "2", "2", "-0.5"]
    assert cells["q, or"].tolist() == ["é", None, "two\nlines", None]
    assert cells["weight"].tolist() == [15, 15, 35, 35]
    before = (tmp_path / "out.xlsx").read_bytes()
    write_weighted(data, tmp_path / "out.xlsx", WeightingJob(populations))
    assert (tmp_path / "out.xlsx").read_bytes() == before


def test_a_sheet_takes_no_more_than_it_holds(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="holds 1,048,575 respondents and 16,384 variables, and there are 1,048,576 "):
        write_sheet({"a": range(1_048_576)}, tmp_path / "o.xlsx")
    with pytest.raises(OutputError, match=r"the variable 'a' holds a text of 32,768 characters: name a \.csv"):
        write_sheet({"a": ["x" * 32_768]}, tmp_path / "o.xlsx")


def test_age_in_years_by_sex_needs_no_arithmetic_of_ones_own(tmp_path: Path) -> None:
    """Two young men share 30, and the old man has 10; the woman of 40, young by the bands, 25, the one of 70, 35."""
    (tmp_path / "r.csv").write_text("Age (years),Sex\n19,M\n 44 ,M \n45,M\n40,F\n70,F\n")
    (tmp_path / "w.toml").write_text(IN_YEARS)
    (tmp_path / "p.csv").write_text(
        "variable,category,total\n"
        "age_band*sex,18_44*male,30\nage_band*sex,45_on*male,10\n"
        "age_band*sex,18_44*female,25\nage_band*sex,45_on*female,35\n"
    )
    wave = psa.wave(str(tmp_path / "w.toml"), 2010)
    made = write_weighted(tmp_path / "r.csv", tmp_path / "out.csv", WeightingJob(tmp_path / "p.csv"), wave=wave)
    assert made.weights.tolist() == [15, 15, 10, 25, 35]
    (tmp_path / "p.csv").write_text((tmp_path / "p.csv").read_text().replace("age_band*sex", "age_sex"))
    again = write_weighted(tmp_path / "r.csv", tmp_path / "out.csv", WeightingJob(tmp_path / "p.csv"), wave=wave)
    assert again.weights.tolist() == [15, 15, 10, 25, 35]


IN_YEARS = """
survey = "town"
title = "Town"
[2010]
weight = "wt"
[2010.questions.age_band]
variable = "Age (years)"
bands = { "18_44" = [18, 44], "45_on" = [45] }
[2010.questions.sex]
variable = "Sex"
answers = { male = "M", female = "F" }
[2010.questions.age_sex]
cross = ["age_band", "sex"]
"""


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
    write_weighted(tmp_path / "in.sav", tmp_path / "out.sav", WeightingJob(tmp_path / "p.toml", "w"), name="wt")
    rows, metadata = pyreadstat.read_sav(tmp_path / "out.sav", user_missing=True)
    assert rows["wt"].tolist() == [10, 30, 60, 0]
    assert metadata.variable_value_labels == labels
    assert metadata.column_names_to_labels["sex"] == "What is your sex?"
    assert metadata.missing_ranges == {"sex": [{"lo": -9.0, "hi": -9.0}]}


def test_a_wave_s_answers_give_the_same_weights_as_its_codes(tmp_path: Path) -> None:
    """The populations' labels are the names that the council's wave gives its answers."""
    table = pd.read_csv(POPULATIONS)
    table.assign(category=table["label"]).to_csv(tmp_path / "named.csv", index=False)
    codes, names = (
        WeightingJob(path, household_size="household_size") for path in (POPULATIONS, tmp_path / "named.csv")
    )
    by_code = write_weighted(RETURNS, tmp_path / "codes.csv", codes, name="wt")
    wave = psa.wave(str(SAMPLES / "council_survey.toml"), 2009)
    by_name = write_weighted(RETURNS, tmp_path / "names.csv", names, wave=wave)
    np.testing.assert_array_equal(by_code.weights, by_name.weights)
    assert (tmp_path / "codes.csv").read_bytes() == (tmp_path / "names.csv").read_bytes()


def test_the_household_size_may_be_named_as_the_wave_s_question(tmp_path: Path) -> None:
    """A household of two adults counts twice one of one: 2/3 and 1/3 of 30 people."""
    (tmp_path / "d.csv").write_text("sex,Adults at home\nm,2\nm,1\n")
    (tmp_path / "p.csv").write_text("variable,category,total\nsex,m,30\n")
    sex = {"variable": "sex", "answers": {"m": "m"}}
    asked = {"questions": {"sex": sex, "adults": {"variable": "Adults at home"}}}
    wave = psa.wave({"survey": "own", "title": "Own", "2010": asked}, 2010)
    for named in ("adults", "Adults at home"):
        job = WeightingJob(tmp_path / "p.csv", household_size=named)
        assert write_weighted(tmp_path / "d.csv", tmp_path / "w.csv", job, wave=wave).weights.tolist() == [20, 10]


def test_weights_start_from_the_wave_s_where_the_file_has_it_or_alike(tmp_path: Path) -> None:
    """1 and 3 men share 40 as 10 and 30; alike, or without the wave, 20 each."""
    (tmp_path / "town.toml").write_text(TOWN)
    (tmp_path / "p.csv").write_text("variable,category,total\nsex,male,40\nsex,female,60\n")
    wave = psa.wave(str(tmp_path / "town.toml"), 2010)
    (tmp_path / "with.csv").write_text("sex,wt\nmale,1\nmale,3\nfemale,9\n")
    (tmp_path / "without.csv").write_text("sex\nmale\nmale\nfemale\n")
    job = WeightingJob(tmp_path / "p.csv")
    with_weight, without = read_microdata(tmp_path / "with.csv"), read_microdata(tmp_path / "without.csv")
    assert job.made(with_weight, wave).weights.tolist() == [10, 30, 60]
    assert job.made(without, wave).weights.tolist() == [20, 20, 60]
    assert job.made(with_weight).weights.tolist() == [20, 20, 60]


TOWN = """
survey = "town"
title = "Town"
[2010]
weight = "wt"
[2010.questions.sex]
variable = "sex"
answers = { male = "male", female = "female" }
"""


def test_bounds_methods_trimming_and_blanks_are_those_of_the_library(tmp_path: Path) -> None:
    returns = pd.read_csv(RETURNS)
    returns.loc[3, "tenure"] = None
    returns.to_csv(tmp_path / "r.csv", index=False)
    blanks = {"blanks": "own_category"}
    for options in ({"bounds": (0.3, 4.0)}, {"method": "linear"}, {"method": "logit", "bounds": (0.3, 4.0)}):
        made = write_weighted(tmp_path / "r.csv", tmp_path / "o.csv", WeightingJob(POPULATIONS, **options, **blanks))
        expected = psa.weighting.calibrate_weights(returns, POPULATIONS, **{"method": "raking", **options, **blanks})
        np.testing.assert_array_equal(made.weights, expected.weights)
    made = write_weighted(tmp_path / "r.csv", tmp_path / "o.csv", WeightingJob(POPULATIONS, trim=(0.4, 3.0), **blanks))
    expected = psa.weighting.rake(returns, POPULATIONS, trim=(0.4, 3.0), **blanks)
    np.testing.assert_array_equal(made.weights, expected.weights)


def test_the_output_is_never_an_input(council: tuple[Path, Path], tmp_path: Path) -> None:
    data, populations = council
    (tmp_path / "soft.csv").symlink_to(data)
    (tmp_path / "hard.csv").hardlink_to(populations)
    for out in (data, populations, tmp_path / "soft.csv", tmp_path / "hard.csv"):
        with pytest.raises(OptionError, match="nothing is written over what is read; name another file"):
            write_weighted(data, out, WeightingJob(populations))
    assert data.read_text(encoding="utf-8") == ROWS
    assert populations.read_text() == TOTALS


def test_names_that_are_not_there_or_there_already(council: tuple[Path, Path], tmp_path: Path) -> None:
    data, populations = council
    out = tmp_path / "o.csv"
    with pytest.raises(SurveyError, match="has a variable '_id' already: give the weight another name"):
        write_weighted(data, out, WeightingJob(populations), name="_id")
    with pytest.raises(SurveyError, match=r"returns\.csv has no variable 'klass'; did you mean 'class'\?"):
        write_weighted(data, out, WeightingJob(populations, household_size="klass"))
    with pytest.raises(OptionError, match="both say where weights start: name one"):
        write_weighted(data, out, WeightingJob(populations, "a", "b"))
    with pytest.raises(OptionError, match="trimming goes with raking and without bounds"):
        write_weighted(data, out, WeightingJob(populations, method="linear", trim=(0.3, 3)))
    with pytest.raises(OptionError, match=r"microdata are written as \.csv, \.xlsx, \.parquet, \.sav, not as '\.ods'"):
        write_weighted(data, tmp_path / "o.ods", WeightingJob(populations))
    assert not out.exists()


CONFIGURATION = """
title = "Council"
output = "out"
disclosure = "none"   # the figures are compared to the last digit, sums of weights among them
[[surveys]]
data = "returns.csv"
survey = "council.toml"
wave = 2009
indicators = "nis"
[surveys.weighting]
populations = "named.csv"
household_size = "household_size"
trim = [0.4, 3]
"""


def test_a_batch_job_weights_as_a_notebook_does(tmp_path: Path) -> None:
    """The same figures to the last digit, and the file of totals is in the manifest."""
    table = pd.read_csv(POPULATIONS)
    table.assign(category=table["label"]).to_csv(tmp_path / "named.csv", index=False)
    shutil.copy(RETURNS, tmp_path / "returns.csv")
    shutil.copy(SAMPLES / "council_survey.toml", tmp_path / "council.toml")
    (tmp_path / "outturn.toml").write_text(CONFIGURATION)
    found = psa.outturn(tmp_path / "outturn.toml")
    returns = pd.read_csv(RETURNS)
    returns["wt"] = psa.weighting.household_weights(returns["household_size"])
    wave = psa.wave(str(tmp_path / "council.toml"), 2009)
    made = psa.weighting.rake(psa.read_survey(returns, wave), tmp_path / "named.csv", trim=(0.4, 3))
    expected = psa.estimate(psa.read_survey(returns, wave, weighting=made), psa.indicators("nis"))
    pd.testing.assert_frame_equal(found.estimates[0].to_frame(), expected.to_frame(), check_exact=True)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert "named.csv" in {one["file"] for one in manifest["inputs"]}


@pytest.mark.parametrize(
    ("was", "by", "problem"),
    [
        ('"named.csv"', '"nowhere.csv"', "nowhere.csv beside the configuration"),
        ("[0.4, 3]", "3", "surveys[0].weighting.trim: must be a list, got 3"),
        ("[0.4, 3]", "[3]", "surveys[0].weighting.trim: must be two numbers, the least and the greatest, got [3]"),
        ("trim = [0.4, 3]", 'method = "rake"', "must be 'raking' or 'linear' or 'logit', got 'rake'"),
        ("trim = [0.4, 3]", "bound = [0.3, 4]", "bound: is not a field of a weighting; did you mean 'bounds'?"),
        ("trim", 'weight = "w"\ntrim', "surveys[0].weighting: an initial weight and the household size both say"),
    ],
)
def test_what_is_wrong_with_a_weighting_of_a_batch_job(tmp_path: Path, was: str, by: str, problem: str) -> None:
    for name in ("named.csv", "returns.csv", "council.toml"):
        (tmp_path / name).write_text("")
    (tmp_path / "outturn.toml").write_text(CONFIGURATION.replace(was, by))
    with pytest.raises((psa.DefinitionError, psa.MissingFileError), match=re.escape(problem)):
        read_configuration(tmp_path / "outturn.toml")
