"""Population totals as people write them, and what is no such thing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from psaindicators.errors import DefinitionError, MissingFileError
from psaindicators.weighting.making import rake
from tests.unit.weighting.people import BY_HAND, RAKED, SAMPLE, TOTALS, told

CSV = "variable,category,total,label\nsex,male,40,men\nsex,female,60,women\nage,1,30,\nage,2.0,70,\n"
TOML = "[populations.sex]\nmale = 40\nfemale = 60\n[populations.age]\n1 = 30\n2 = 70\n"


@pytest.mark.parametrize(("name", "text"), [("populations.csv", CSV), ("populations.toml", TOML)])
def test_population_totals_from_a_file(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8-sig")
    np.testing.assert_allclose(rake(SAMPLE, file).weights, BY_HAND, rtol=RAKED)
    assert rake(SAMPLE, str(file)) == rake(SAMPLE, TOTALS)


def test_population_totals_from_a_frame():
    rows = [(variable, str(name), total) for variable, of in TOTALS.items() for name, total in of.items()]
    frame = pd.DataFrame(rows, columns=["variable", "category", "total"])
    assert rake(SAMPLE, frame) == rake(SAMPLE, TOTALS)
    twice = pd.concat([frame, frame.head(1)])
    message = told(SAMPLE, twice, error=DefinitionError)
    assert message == "the population totals have more than one total for sex = male"


def test_totals_of_a_variable_may_be_a_pandas_series():
    assert rake(SAMPLE, {"sex": pd.Series({"male": 40, "female": 60}), "age": TOTALS["age"]}) == rake(SAMPLE, TOTALS)


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        ("p.toml", "[populations.sex\n", ["p.toml is not valid TOML: "]),
        (
            "p.toml",
            "[margins.sex]\nmale = 1\n",
            [
                "populations: is missing",
                "margins: is not a field of a file of population totals, which has a table a variable such as "
                "[populations.sex] (the fields are populations)",
            ],
        ),
        ("p.toml", "[populations]\nsex = 5\n", ["populations.sex: must be a table, got 5"]),
        (
            "p.toml",
            "[populations.sex]\nmale = 'many'\nfemale = true\n",
            [
                "populations.sex.male: must be a number, got 'many'",
                "populations.sex.female: must be a number, got True",
            ],
        ),
        ("p.csv", "", ["p.csv holds no rows; its columns are variable, category, total"]),
        ("p.csv", "variable,category\nsex,m\n", ["there is no column 'total'"]),
        (
            "p.csv",
            "variable,category,total\nsex,m\nsex,m,1\nsex,m,2\nsex,,many\n",
            [
                "line 2: has 2 cells where the header has 3",
                "line 4: sex = m has a total already",
                "line 5: category is missing",
                "line 5: total must be a number, such as 23.8, got 'many'",
            ],
        ),
        ("p.txt", "", ["p.txt: population totals are read from .csv, .xlsx or .toml, not '.txt'"]),
    ],
)
def test_every_problem_of_a_file_is_told_at_once(tmp_path, name, text, problems):
    (tmp_path / name).write_text(text)
    message = told(SAMPLE, tmp_path / name, error=DefinitionError)
    assert [problem for problem in problems if problem not in message] == []


def test_what_is_no_population_totals():
    missing = told(SAMPLE, "nowhere.csv", error=MissingFileError)
    assert missing == "there is no file nowhere.csv"
    assert told(SAMPLE, 5, error=DefinitionError) == (
        "population totals are a mapping, a frame, or the path of a CSV or TOML file, not int"
    )
    assert (
        told(SAMPLE, SAMPLE, error=DefinitionError)
        == "a frame of population totals has the columns variable, category, total; found sex, age, w"
    )
    message = told(SAMPLE, {"sex": 100}, error=DefinitionError)
    assert message == "the population totals of 'sex' are a total a category, such as {'male': 20000}, not 100"
    assert "the population totals name no variable" in told(SAMPLE, {})
    assert "sex has population totals, but for no category" in told(SAMPLE, {"sex": {}})
