"""Respondents' columns and population totals brought together: one code machinery, every problem told at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from psaindicators.errors import OptionError
from psaindicators.weighting.making import rake, trim_weights
from tests.unit.weighting.people import RAKED, SAMPLE, TOTALS, told


@pytest.mark.parametrize(
    "ages",
    [
        [1.0, 2.0, 1.0, 2.0],
        ["1", "2", "1", "2"],
        ["01", " 2 ", "1.0", "02"],
        [1, "2", "01", 2.0],
        pd.Categorical([1, 2, 1, 2]),
        pd.array([1, 2, 1, 2], dtype="Int64"),
    ],
    ids=["floats", "texts", "texts with zeros and blanks", "mixed", "categories", "nullable"],
)
@pytest.mark.parametrize("categories", [(1, 2), ("1", "2"), ("01", "02"), (1.0, "2.0")])
def test_categories_match_by_value_as_answers_do(ages, categories):
    """1 = 1.0 = "1" = "01" for a category, as for an answer. By text, "01" would be a category without a total."""
    made = rake(SAMPLE.assign(age=ages), {"sex": TOTALS["sex"], "age": dict(zip(categories, (30, 70), strict=True))})
    np.testing.assert_array_equal(made.weights, rake(SAMPLE, TOTALS).weights)


def test_texts_match_less_outer_blanks_and_keep_their_case():
    spaced = SAMPLE.assign(sex=["male ", " male", "female", "female"])
    np.testing.assert_array_equal(rake(spaced, TOTALS).weights, rake(SAMPLE, TOTALS).weights)
    message = told(SAMPLE.assign(sex=["Male", "Male", "female", "female"]), TOTALS)
    assert "sex = male: has a total of 40 but nobody in the sample; did you mean 'Male'?" in message


def test_true_and_false_are_one_and_nought():
    sample = SAMPLE.assign(disabled=[True, False, False, False])
    np.testing.assert_allclose(rake(sample, {"disabled": {True: 1, False: 6}}).weights, [1, 2, 2, 2])
    np.testing.assert_allclose(rake(sample, {"disabled": {"1": 1, "0": 6}}).weights, [1, 2, 2, 2])


def test_frames_of_any_library_are_weighted_alike():
    expected = rake(SAMPLE, TOTALS)
    assert rake(pl.DataFrame(SAMPLE.to_dict("list")), TOTALS) == expected
    assert rake(pa.table(SAMPLE.to_dict("list")), TOTALS) == expected
    assert rake(SAMPLE.astype({"sex": object}), TOTALS) == expected
    assert rake(SAMPLE.astype({"sex": "category"}), TOTALS) == expected


def test_a_file_is_weighted_by_the_codes_and_labels_that_it_holds(tmp_path):
    """The rows of a .sav by code or, without regard to case, by value label."""
    pyreadstat = pytest.importorskip("pyreadstat")
    coded = SAMPLE.assign(sex=[1.0, 1.0, 2.0, 2.0])
    labels = {"sex": {1.0: "Male", 2.0: "Female"}}
    pyreadstat.write_sav(coded, str(tmp_path / "people.sav"), variable_value_labels=labels)
    expected = rake(SAMPLE, TOTALS).weights
    np.testing.assert_array_equal(rake(tmp_path / "people.sav", TOTALS).weights, expected)
    by_code = {"sex": {1: 40, 2: 60}, "age": TOTALS["age"]}
    np.testing.assert_array_equal(rake(tmp_path / "people.sav", by_code).weights, expected)


def test_columns_are_crossed_with_a_star():
    """Two people hold the crossing male*1: 6 is shared by them. By sex alone each of three men would have 4."""
    sample = pd.concat([SAMPLE, SAMPLE.head(1)], ignore_index=True)
    crossed = {"sex*age": {"male*1": 6, "male*02": 6, "female*1": 8, "female*2": 10}}
    np.testing.assert_allclose(rake(sample, crossed).weights, [3, 6, 8, 10, 3], rtol=1e-12)
    joined = sample.assign(**{"sex*age": ["a", "a", "b", "b", "b"]})  # a column of that name is itself
    np.testing.assert_allclose(rake(joined, {"sex*age": {"a": 2, "b": 6}}).weights, [1, 1, 2, 2, 2], rtol=1e-12)
    message = told(sample, {"sex*age": {"male": 6, "male*2": 6, "female*1": 8, "female*2": 10}})
    assert "sex*age = male: is not 2 categories joined by a star" in message
    assert "sex*age = male*1: in rows 1, 5, but has no total" in message
    assert "no variable 'agee', which has population totals; did you mean 'age'?" in told(sample, {"sex*agee": {}})


def test_everything_that_does_not_fit_is_told_at_once():
    sample = pd.DataFrame(
        {
            "sex": ["male", "female", None, " ", "other"],
            "age": [1, 2, 2, 1, 2],
            "w": [1.0, -1.0, np.nan, 1.0, np.inf],
        }
    )
    wanted = {"sex": {"male": 40, "fmale": 60}, "age": {1: "many", 2: -5}, "agee": {"x": 1}}
    assert told(sample, wanted, weight="w").splitlines() == [
        "the population totals and the frame do not fit (row 1 is the first respondent):",
        "  the weight 'w' is missing in row 3",
        "  the weight 'w' is not a number in row 5",
        "  the weight 'w' is negative in row 2",
        "  the frame has no variable 'agee', which has population totals; did you mean 'age'?",
        "  sex has no category in rows 3, 4; give them one, leave them out, or let the blank be a category of its own "
        "(blanks own_category)",
        "  sex = female: in row 2, but has no total",
        "  sex = other: in row 5, but has no total",
        "  sex = fmale: has a total of 60 but nobody in the sample; did you mean 'female'?",
        "  age = 1: its total is 'many'; it has to be a number above zero",
        "  age = 2: its total is -5; it has to be a number above zero",
    ]


def test_rows_are_named_five_at_most_and_categories_twelve():
    sample = pd.DataFrame({"sex": ["m", "f", *[None] * 1200]})
    assert "no category in rows 3, 4, 5, 6, 7 and 1,195 more;" in told(sample, {"sex": {"m": 1, "f": 1}})
    message = told(pd.DataFrame({"id": range(1000)}), {"id": {0: 1}})
    assert len(message.splitlines()) == 14
    assert "id: 987 more categories have no total" in message


def test_totals_that_disagree():
    message = told(SAMPLE, {"sex": TOTALS["sex"], "age": {1: 30, 2: 70.5}})
    assert message.endswith("age adds to 100.5 but sex to 100, 0.5% apart; scale them to one total")


def test_a_category_without_weight():
    sample = SAMPLE.assign(w=[0, 0, 1, 1])
    message = told(sample, TOTALS, weight="w")
    assert "sex = male: has a total of 40 but only respondents of weight zero; join it to another" in message


def test_a_respondent_of_weight_zero_needs_no_category():
    more = pd.DataFrame({"sex": [None, "unknown"], "age": [1, 3], "w": [0.0, 0.0]})
    made = rake(pd.concat([SAMPLE, more], ignore_index=True), TOTALS, weight="w")
    np.testing.assert_allclose(made.weights, [12, 28, 18, 42, 0, 0], rtol=RAKED)


def test_blanks_are_a_category_of_their_own_where_asked():
    """One of five has no age: a fifth of 100 is theirs, and the rest is divided as the population is: 24 and 56.
    Women with an age and without share 60; leaving the fifth person out would give her no weight at all."""
    sample = pd.concat([SAMPLE, pd.DataFrame({"sex": ["female"], "age": [np.nan], "w": [1.0]})], ignore_index=True)
    assert "age has no category in row 5; give them one" in told(sample, TOTALS)
    made = rake(sample, {"age": TOTALS["age"]}, blanks="own_category")
    np.testing.assert_allclose(made.weights, [12, 28, 12, 28, 20], rtol=RAKED)
    assert made.report.columns["category"].tolist() == ["1", "2", "(blank)"]
    both = rake(sample, TOTALS, blanks="own_category").report.columns
    np.testing.assert_allclose(both["final"], [40, 60, 24, 56, 20], rtol=RAKED)
    message = told(sample, TOTALS, blanks="own", error=OptionError)
    assert message == "unknown blanks 'own': use refuse or own_category"


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        (["1", "x", "1", "1"], "the weight 'w' is not a number in row 2"),
        ([0, 0, 0, 0], "the weight 'w' is above zero for nobody"),
        ([1, None, 1, ""], "the weight 'w' is missing in rows 2, 4"),
    ],
)
def test_weights_that_are_none(weights, problem):
    assert problem in told(SAMPLE.assign(w=weights), TOTALS, weight="w")
    assert problem in told(SAMPLE.assign(w=weights), "w", of=trim_weights, upper=2)


def test_a_weight_that_is_not_there():
    problem = "the frame has no variable 'ww', named as the weight; did you mean 'w'?"
    assert problem in told(SAMPLE, TOTALS, weight="ww")
    assert problem in told(SAMPLE, "ww", of=trim_weights, upper=2)


@pytest.mark.parametrize("totals", [{1: 30, "1": 30, 2: 40}, {"01": 30, 1.0: 30, 2: 40}])
def test_a_category_given_twice(totals):
    assert "age = 1: given more than one total" in told(SAMPLE, {"age": totals})


def test_what_is_not_respondents():
    import duckdb

    problem = "a frame with its rows in order (pandas, Polars, Arrow), not "
    assert problem + "list" in told([1, 2], TOTALS, error=OptionError)
    relation = duckdb.sql("SELECT 1 AS sex")
    assert problem + "DuckDBPyRelation" in told(relation, {"sex": {1: 1}}, error=OptionError)
