"""psa.rake and its neighbours: the weights by hand, what they cost, and what cannot be met."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from psaindicators.errors import OptionError
from psaindicators.weighting.making import calibrate_weights, household_weights, rake, trim_weights
from tests.unit.weighting.people import BY_HAND, RAKED, SAMPLE, TOTALS, told


@pytest.mark.parametrize("options", [{"method": "raking", "bounds": (0.1, 4)}, {"method": "logit", "bounds": (0.1, 4)}])
def test_calibrated_weights_meet_the_population(options):
    made = calibrate_weights(SAMPLE, TOTALS, weight="w", **options)
    np.testing.assert_allclose(made.report.columns["final"], [40, 60, 30, 70], rtol=RAKED)
    # g is relative to the initial weights scaled to 100, which are 25 each
    np.testing.assert_allclose(made.g, made.weights / 25, rtol=RAKED)


def test_linear_calibration_by_hand():
    # g adds over the variables: 1 - 0.2 - 0.4, 1 - 0.2 + 0.4, 1 + 0.2 - 0.4, 1 + 0.2 + 0.4; raking would give 12.
    made = calibrate_weights(SAMPLE, TOTALS)
    np.testing.assert_allclose(made.weights, [10, 30, 20, 40], rtol=RAKED)


def test_one_variable_is_post_stratification():
    made = rake(SAMPLE, {"sex": TOTALS["sex"]}, weight="w")
    assert made.method == "post-stratification"
    np.testing.assert_allclose(made.weights, [20, 20, 30, 30], rtol=1e-12)
    assert calibrate_weights(SAMPLE, {"sex": TOTALS["sex"]}) == made


def test_a_respondent_of_weight_zero_stays_at_zero_and_out_of_the_base():
    sample = pd.concat([SAMPLE, SAMPLE.iloc[:1].assign(w=0.0)], ignore_index=True)
    made = rake(sample, TOTALS, weight="w")
    np.testing.assert_allclose(made.weights, [*BY_HAND, 0], rtol=RAKED)
    assert made.base == 4
    assert made.report.columns["base"].tolist() == [2, 2, 2, 2]


def test_the_report_says_what_the_weights_cost():
    made = rake(SAMPLE, TOTALS, weight="w")
    facts = made.facts
    # 4 x (144 + 784 + 324 + 1764) / 100^2 = 1.2064
    assert facts["deff"] == pytest.approx(1.2064, rel=RAKED)
    assert facts["effective_base"] == pytest.approx(4 / 1.2064, rel=RAKED)
    assert facts["efficiency_lost"] == pytest.approx(100 * (1 - 1 / 1.2064), rel=RAKED)
    assert (facts["crossings"], facts["empty_crossings"], facts["tiny_categories"]) == (4, 0, 4)
    assert facts["lowest_weight"] == pytest.approx(12, rel=RAKED)
    assert facts["highest_g"] == pytest.approx(42 / 25, rel=RAKED)
    assert abs(facts["worst_difference"]) < 1e-7
    assert made.report.columns["initial"].tolist() == [50, 50, 50, 50]
    assert made.report.columns["note"].tolist() == ["tiny"] * 4
    assert list(made.to_frame()) == ["initial", "g", "weight"]
    assert "worst category: " in repr(made)
    assert "female" in repr(made)
    assert "<th scope='row'>effective base</th>" in made._repr_html_()


def test_an_empty_crossing_is_counted():
    sample = pd.DataFrame({"sex": ["m", "m", "f"], "age": ["young", "old", "old"]})
    made = rake(sample, {"sex": {"m": 60, "f": 40}, "age": {"young": 20, "old": 80}})
    assert (made.facts["crossings"], made.facts["empty_crossings"]) == (4, 1)


def test_results_cannot_be_changed():
    made = rake(SAMPLE, TOTALS, weight="w")
    with pytest.raises(ValueError, match="read-only"):
        made.weights[0] = 5
    assert SAMPLE["w"].tolist() == [1, 1, 1, 1]


def test_totals_rounded_differently_are_one_population():
    made = rake(SAMPLE, {"sex": TOTALS["sex"], "age": {1: 30, 2: 70.00005}})
    assert made.weights.sum() == pytest.approx(100, rel=1e-12)


def test_no_convergence_names_the_worst_cell():
    # Nobody is in (1, b) or in (2, a) alone: a = 10 cannot be met while first = 1 has 90.
    sample = pd.DataFrame({"first": [1, 1, 2], "second": ["a", "b", "b"]})
    message = told(sample, {"first": {1: 10, 2: 90}, "second": {"a": 90, "b": 10}}, sweeps=50)
    # after the last step second is met: a = 90 is all in first = 1, which should have 10
    assert "raking did not meet the population totals in 50 sweeps" in message
    assert "the worst is first = 1, 800% above its total" in message


def test_bounds_that_cannot_hold():
    message = told(SAMPLE, TOTALS, of=calibrate_weights, bounds=(0.7, 1.3))
    assert "age = 1: its total is 0.6 times its initial weight, outside the bounds 0.7 to 1.3 on g" in message
    assert "age = 2: its total is 1.4 times" in message
    assert "sex" not in message
    # each variable alone is within 0.6 to 1.4, but the first crossing needs both at once
    sample = pd.DataFrame({"a": [1, 1, 2], "b": [1, 2, 2]})
    wanted = {"a": {1: 96, 2: 24}, "b": {1: 24, 2: 96}}
    message = told(sample, wanted, of=calibrate_weights, bounds=(0.59, 1.5))
    assert "linear calibration, g from 0.59 to 1.5 did not meet the population totals" in message


def test_negative_weights_from_linear_calibration_are_refused():
    counts = {(1, 1): 2, (2, 2): 20, (2, 1): 8, (1, 2): 70}
    sample = pd.DataFrame([pair for pair, n in counts.items() for _ in range(n)], columns=["a", "b"])
    message = told(sample, {"a": {1: 50, 2: 50}, "b": {1: 10, 2: 90}}, of=calibrate_weights)
    assert "gives a negative weight" in message
    assert "to rows 1, 2 " in message
    assert "or use `rake`" in message


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"method": "raking"}, "needs bounds on g, such as bounds=(0.5, 2); without them it is `rake`"),
        ({"method": "logitt"}, "unknown method 'logitt': use linear, raking or logit; did you mean 'logit'?"),
        ({"method": "logit"}, "logit calibration needs a lower and an upper bound"),
        ({"bounds": (1.2, 2)}, "bounds on g lie either side of 1"),
    ],
)
def test_methods_and_bounds_that_make_no_sense(options, problem):
    assert problem in told(SAMPLE, TOTALS, of=calibrate_weights, error=OptionError, **options)


def test_trimmed_weights_keep_their_sum():
    sample = pd.DataFrame({"w": [1.0, 2, 3, 10]})
    loose = trim_weights(sample, "w", upper=4, strict=False)
    np.testing.assert_allclose(loose.weights, [3, 4, 5, 4], rtol=1e-12)
    made = trim_weights(sample, "w", upper=4)
    np.testing.assert_allclose(made.weights, [4, 4, 4, 4], rtol=1e-12)
    assert made.facts["deff"] == pytest.approx(1, rel=1e-12)
    assert "trimmed to 0 to 4, strict" in repr(made)


def test_bounds_that_cannot_keep_the_sum():
    sample = pd.DataFrame({"w": [1.0, 2, 3, 10]})
    message = told(sample, "w", of=trim_weights, upper=3)
    assert "every weight ends at a bound and 25.0% of the sum is left over; the mean weight is 4" in message
    assert "the lower bound 5 is not below the upper bound 3" in told(
        sample, "w", of=trim_weights, error=OptionError, lower=5, upper=3
    )


def test_raking_and_trimming_both_hold():
    """Women of 1, 1 and 8 share 30 as 3, 3 and 24; at most 18 leaves 12 for two, and no man moves. Trimming what was
    raked would give each man 6/5 too and break their total. Least 5 of 1, 4 and 5: the rest share 25 as 4 to 5."""
    sample = pd.DataFrame({"sex": ["m"] * 3 + ["f"] * 3, "w": [1.0, 1, 1, 1, 1, 8]})
    totals = {"sex": {"m": 30, "f": 30}}
    made = rake(sample, totals, weight="w", trim=(0.2, 1.8))
    np.testing.assert_allclose(made.weights, [10, 10, 10, 6, 6, 18], rtol=RAKED)
    assert made.weights.max() == 18
    assert made.method == "post-stratification, trimmed to 0.2 to 1.8 times the mean weight"
    facts = made.facts
    assert facts["at_a_bound"] == 1
    assert facts["untrimmed_deff"] == pytest.approx(6 * (3 * 100 + 9 + 9 + 576) / 3600, rel=RAKED)
    assert facts["deff"] == pytest.approx(6 * (3 * 100 + 36 + 36 + 324) / 3600, rel=RAKED)
    assert facts["initial_deff"] == pytest.approx(6 * (5 + 64) / 13**2, rel=RAKED)
    made = rake(sample.assign(w=[1, 1, 1, 1, 4, 5]), totals, weight="w", trim=(0.5, 3))
    np.testing.assert_allclose(made.weights, [10, 10, 10, 5, 25 * 4 / 9, 25 * 5 / 9], rtol=RAKED)


def test_trimming_of_two_variables_by_hand():
    """With 12 for the first person the last has 42; at most 41.25 leaves 11.25, as the totals leave one weight free."""
    made = rake(SAMPLE, TOTALS, trim=(0.4, 1.65))
    np.testing.assert_allclose(made.weights, [11.25, 28.75, 18.75, 41.25], rtol=RAKED)
    untouched = rake(SAMPLE, TOTALS, trim=(0.4, 1.7))
    np.testing.assert_array_equal(untouched.weights, rake(SAMPLE, TOTALS).weights)
    assert untouched.facts["at_a_bound"] == 0


def test_a_respondent_of_weight_zero_is_not_lifted_to_the_least():
    sample = pd.concat([SAMPLE, SAMPLE.head(1).assign(w=0.0)], ignore_index=True)
    made = rake(sample, TOTALS, weight="w", trim=(0.4, 1.65))
    np.testing.assert_allclose(made.weights, [11.25, 28.75, 18.75, 41.25, 0], rtol=RAKED)
    made = trim_weights(sample.assign(w=[1, 2, 3, 10, 0]), "w", lower=2, upper=6)
    # 1 is lifted and 10 cut, 3 over for the two between; to lift nought as well would leave 1
    np.testing.assert_allclose(made.weights, [2, 3.5, 4.5, 6, 0], rtol=1e-12)


def test_trimming_that_cannot_hold():
    message = told(SAMPLE, TOTALS, trim=(0.7, 1.3))
    assert "trimming that cannot hold" in message
    assert "age = 1: its total is 30, but its 2 respondents can stand for 35 to 65; widen the trimming" in message
    assert "age = 2: its total is 70, but its 2 respondents can stand for 35 to 65" in message
    assert "sex" not in message
    # each category alone can be met, but the last person needs 42 where the first has 12, and both have bounds
    assert "trimmed to 0.5 to 1.6 times the mean weight did not meet the population totals" in told(
        SAMPLE, TOTALS, trim=(0.5, 1.6)
    )
    for trim in ((0.5, 0.9), (1.1, 2), (-1, 3)):
        message = told(SAMPLE, TOTALS, error=OptionError, trim=trim)
        assert "trim is the least and the greatest weight in times the mean, such as (0.3, 3); found " in message


def test_household_weights():
    np.testing.assert_allclose(household_weights(pd.Series([1, 2, 3])), [0.5, 1, 1.5], rtol=1e-12)
    message = told([1, 0, 2.5, None, 2], of=household_weights)
    assert "not a whole number of at least 1 in rows 2, 3, 4" in message
