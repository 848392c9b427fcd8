"""psa.weighting.rake and its neighbours: margins as people write them, every problem told at once, and the report."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from psaindicators.errors import DefinitionError, DesignError, MissingFileError
from psaindicators.weighting import margins

SAMPLE = pd.DataFrame({"sex": ["male", "male", "female", "female"], "age": [1, 2, 1, 2], "w": [1.0, 1.0, 1.0, 1.0]})
TOTALS = {"sex": {"male": 40, "female": 60}, "age": {1: 30, 2: 70}}
BY_HAND = [12, 28, 18, 42]
"""40 x 30 / 100 and so on: one person a crossing, so the margins stay independent."""
RAKED = 1e-9
"""Raking stops when no correction is above 1e-10."""
CSV = "variable,category,total\nsex,male,40\nsex,female,60\nage,1,30\nage,2.0,70\n"
TOML = "[margins.sex]\nmale = 40\nfemale = 60\n[margins.age]\n1 = 30\n2 = 70\n"


def told(*args, of=margins.rake, error=DesignError, **options):
    with pytest.raises(error) as caught:
        of(*args, **options)
    return str(caught.value)


@pytest.mark.parametrize(("name", "text"), [("margins.csv", CSV), ("margins.toml", TOML)])
def test_margins_from_a_file(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8-sig")
    np.testing.assert_allclose(margins.rake(SAMPLE, file).weights, BY_HAND, rtol=RAKED)
    assert margins.rake(SAMPLE, str(file)) == margins.rake(SAMPLE, TOTALS)


def test_margins_from_a_frame_and_respondents_from_polars():
    rows = [(variable, str(name), total) for variable, of in TOTALS.items() for name, total in of.items()]
    frame = pd.DataFrame(rows, columns=["variable", "category", "total"])
    expected = margins.rake(SAMPLE, TOTALS)
    assert margins.rake(SAMPLE, frame) == expected
    assert margins.rake(pl.DataFrame(SAMPLE.to_dict("list")), frame) == expected
    floats = SAMPLE.assign(age=SAMPLE["age"].astype(float), sex=SAMPLE["sex"].astype("category"))
    assert margins.rake(floats, TOTALS) == expected


@pytest.mark.parametrize("options", [{"method": "raking"}, {"method": "logit", "bounds": (0.1, 4)}])
def test_calibrated_weights_meet_the_margins(options):
    made = margins.calibrate_weights(SAMPLE, TOTALS, weight="w", **options)
    np.testing.assert_allclose(made.report.columns["final"], [40, 60, 30, 70], rtol=RAKED)
    # g is relative to the initial weights scaled to 100, which are 25 each
    np.testing.assert_allclose(made.g, made.weights / 25, rtol=RAKED)


def test_linear_calibration_by_hand():
    # g adds over the margins: 1 - 0.2 - 0.4, 1 - 0.2 + 0.4, 1 + 0.2 - 0.4, 1 + 0.2 + 0.4; raking would give 12.
    made = margins.calibrate_weights(SAMPLE, TOTALS)
    np.testing.assert_allclose(made.weights, [10, 30, 20, 40], rtol=RAKED)


def test_one_margin_is_post_stratification():
    made = margins.rake(SAMPLE, {"sex": TOTALS["sex"]}, weight="w")
    assert made.method == "post-stratification"
    np.testing.assert_allclose(made.weights, [20, 20, 30, 30], rtol=1e-12)
    assert margins.calibrate_weights(SAMPLE, {"sex": TOTALS["sex"]}) == made


def test_a_respondent_of_weight_zero_stays_at_zero_and_out_of_the_base():
    sample = pd.concat([SAMPLE, SAMPLE.iloc[:1].assign(w=0.0)], ignore_index=True)
    made = margins.rake(sample, TOTALS, weight="w")
    np.testing.assert_allclose(made.weights, [*BY_HAND, 0], rtol=RAKED)
    assert made.base == 4
    assert made.report.columns["base"].tolist() == [2, 2, 2, 2]


def test_the_report_says_what_the_weights_cost():
    made = margins.rake(SAMPLE, TOTALS, weight="w")
    facts = made.facts
    # 4 x (144 + 784 + 324 + 1764) / 100^2 = 1.2064
    assert facts["deff"] == pytest.approx(1.2064, rel=RAKED)
    assert facts["effective_base"] == pytest.approx(4 / 1.2064, rel=RAKED)
    assert (facts["crossings"], facts["empty_crossings"], facts["tiny_categories"]) == (4, 0, 4)
    assert facts["lowest_weight"] == pytest.approx(12, rel=RAKED)
    assert facts["highest_g"] == pytest.approx(42 / 25, rel=RAKED)
    assert abs(facts["worst_difference"]) < 1e-7
    assert made.report.columns["initial"].tolist() == [50, 50, 50, 50]
    assert made.report.columns["note"].tolist() == ["tiny"] * 4
    assert list(made.to_frame()) == ["initial", "g", "weight"]
    assert "worst margin: " in repr(made)
    assert "female" in repr(made)
    assert "<th scope='row'>effective base</th>" in made._repr_html_()


def test_an_empty_crossing_is_counted():
    sample = pd.DataFrame({"sex": ["m", "m", "f"], "age": ["young", "old", "old"]})
    made = margins.rake(sample, {"sex": {"m": 60, "f": 40}, "age": {"young": 20, "old": 80}})
    assert (made.facts["crossings"], made.facts["empty_crossings"]) == (4, 1)


def test_results_cannot_be_changed():
    made = margins.rake(SAMPLE, TOTALS, weight="w")
    with pytest.raises(ValueError, match="read-only"):
        made.weights[0] = 5
    assert SAMPLE["w"].tolist() == [1, 1, 1, 1]


def test_margins_rounded_differently_are_one_population():
    made = margins.rake(SAMPLE, {"sex": TOTALS["sex"], "age": {1: 30, 2: 70.00005}})
    assert made.weights.sum() == pytest.approx(100, rel=1e-12)


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
        "the margins and the sample do not fit (row 1 is the first respondent):",
        "  weight 'w' is missing in row 3",
        "  weight 'w' is not a number in row 5",
        "  weight 'w' is negative in row 2",
        "  sex is blank in rows 3, 4; everyone weighted needs a category: impute it, or leave them out",
        "  sex = female: in row 2, but has no total",
        "  sex = other: in row 5, but has no total",
        "  sex = fmale: has a total of 60 but nobody in the sample; join it to another",
        "  age = 1: its total is 'many'; it has to be a number above zero",
        "  age = 2: its total is -5; it has to be a number above zero",
        "  the sample has no variable 'agee', named as a margin; did you mean 'age'?",
    ]


def test_rows_are_named_five_at_most():
    sample = pd.DataFrame({"sex": ["m", "f", *[None] * 1200]})
    assert "blank in rows 3, 4, 5, 6, 7 and 1,195 more;" in told(sample, {"sex": {"m": 1, "f": 1}})


def test_totals_that_disagree():
    message = told(SAMPLE, {"sex": TOTALS["sex"], "age": {1: 30, 2: 70.5}})
    assert message.endswith("age adds to 100.5 but sex to 100, 0.5% apart; scale them to one total")


def test_a_category_without_weight():
    sample = SAMPLE.assign(w=[0, 0, 1, 1])
    message = told(sample, TOTALS, weight="w")
    assert "sex = male: has a total of 40 but only respondents of weight zero; join it to another" in message


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        (["1", "x", "1", "1"], "weight 'w' is not a number in row 2"),
        ([0, 0, 0, 0], "weight 'w' is above zero for nobody"),
    ],
)
def test_weights_that_are_none(weights, problem):
    assert problem in told(SAMPLE.assign(w=weights), TOTALS, weight="w")
    assert problem in told(SAMPLE.assign(w=weights), "w", of=margins.trim_weights, upper=2)


def test_a_weight_that_is_not_there():
    assert "no variable 'ww', named as a weight; did you mean 'w'?" in told(SAMPLE, TOTALS, weight="ww")


def test_a_category_given_twice():
    assert "age = 1: given more than one total" in told(SAMPLE, {"age": {1: 30, "1": 30, 2: 40}})


def test_no_convergence_names_the_worst_cell():
    # Nobody is in (1, b) or in (2, a) alone: a = 10 cannot be met while first = 1 has 90.
    sample = pd.DataFrame({"first": [1, 1, 2], "second": ["a", "b", "b"]})
    message = told(sample, {"first": {1: 10, 2: 90}, "second": {"a": 90, "b": 10}}, sweeps=50)
    # after the last step second is met: a = 90 is all in first = 1, which should have 10
    assert "raking did not meet the margins in 50 sweeps: the worst is first = 1, 800% above its total" in message


def test_bounds_that_cannot_hold():
    message = told(SAMPLE, TOTALS, of=margins.calibrate_weights, bounds=(0.7, 1.3))
    assert "age = 1: its total is 0.6 times its initial weight, outside the bounds 0.7 to 1.3 on g" in message
    assert "age = 2: its total is 1.4 times" in message
    assert "sex" not in message
    # each margin alone is within 0.6 to 1.4, but the first crossing needs both at once
    sample = pd.DataFrame({"a": [1, 1, 2], "b": [1, 2, 2]})
    wanted = {"a": {1: 96, 2: 24}, "b": {1: 24, 2: 96}}
    message = told(sample, wanted, of=margins.calibrate_weights, bounds=(0.59, 1.5))
    assert "linear calibration, g from 0.59 to 1.5 did not meet the margins" in message


def test_negative_weights_from_linear_calibration_are_refused():
    counts = {(1, 1): 2, (2, 2): 20, (2, 1): 8, (1, 2): 70}
    sample = pd.DataFrame([pair for pair, n in counts.items() for _ in range(n)], columns=["a", "b"])
    message = told(sample, {"a": {1: 50, 2: 50}, "b": {1: 10, 2: 90}}, of=margins.calibrate_weights)
    assert "gives a negative weight" in message
    assert "to rows 1, 2 " in message
    assert "method='raking'" in message


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"method": "logitt"}, "there are linear, raking, logit; did you mean 'logit'?"),
        ({"method": "logit"}, "logit calibration needs a lower and an upper bound"),
        ({"bounds": (1.2, 2)}, "bounds on g lie either side of 1"),
    ],
)
def test_methods_and_bounds_that_make_no_sense(options, problem):
    assert problem in told(SAMPLE, TOTALS, of=margins.calibrate_weights, **options)


def test_trimmed_weights_keep_their_sum():
    sample = pd.DataFrame({"w": [1.0, 2, 3, 10]})
    loose = margins.trim_weights(sample, "w", upper=4, strict=False)
    np.testing.assert_allclose(loose.weights, [3, 4, 5, 4], rtol=1e-12)
    made = margins.trim_weights(sample, "w", upper=4)
    np.testing.assert_allclose(made.weights, [4, 4, 4, 4], rtol=1e-12)
    assert made.facts["deff"] == pytest.approx(1, rel=1e-12)
    assert "trimmed to 0 to 4, strict" in repr(made)


def test_bounds_that_cannot_keep_the_sum():
    sample = pd.DataFrame({"w": [1.0, 2, 3, 10]})
    message = told(sample, "w", of=margins.trim_weights, upper=3)
    assert "every weight ends at a bound and 25.0% of the sum is left over; the mean weight is 4" in message
    assert "the lower bound 5 is not below the upper bound 3" in told(
        sample, "w", of=margins.trim_weights, lower=5, upper=3
    )


def test_household_weights():
    np.testing.assert_allclose(margins.household_weights(pd.Series([1, 2, 3])), [0.5, 1, 1.5], rtol=1e-12)
    message = told([1, 0, 2.5, None, 2], of=margins.household_weights)
    assert "not a whole number of at least 1 in rows 2, 3, 4" in message


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("m.toml", "[margins.sex\n", "m.toml is not TOML"),
        ("m.toml", "[sex]\nmale = 1\n", "expected one table a variable, such as [margins.sex]"),
        ("m.toml", "[margins]\nsex = 5\n", "margin 'sex': expected a total a category"),
        ("m.csv", "", "expected the columns variable, category, total; found none"),
        ("m.csv", "variable,category\nsex,m\n", "found variable, category"),
        ("m.csv", "variable,category,total\nsex,m\n", "line 2 has not 3 cells"),
        ("m.csv", "variable,category,total\nsex,m,1\nsex,m,2\n", "more than one total for sex = m"),
        ("m.txt", "", "margins are read from .csv or .toml, not '.txt'"),
    ],
)
def test_files_that_are_not_margins(tmp_path, name, text, problem):
    (tmp_path / name).write_text(text)
    assert problem in told(SAMPLE, tmp_path / name, error=DefinitionError)


def test_what_is_not_data():
    assert "no file of margins 'nowhere.csv'" in told(SAMPLE, "nowhere.csv", error=MissingFileError)
    assert "not int" in told(SAMPLE, 5, error=DefinitionError)
    assert "not list" in told([1, 2], TOTALS)
    assert "the margins name no variable" in told(SAMPLE, {})
