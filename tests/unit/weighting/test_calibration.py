"""Raking, calibration, post-stratification and trimming: against R survey 4.5, by hand, by what they promise.

The reference cases hold R's results (weights, estimates, standard errors) to 15 digits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from psaindicators.kernel import calibration, calibration_variables
from psaindicators.kernel.calibration_variables import Cells, Dense
from psaindicators.kernel.residuals import residuals
from tests.oracle.cases import all_cases, data_set

WEIGHTING = {"calibrate", "rake", "poststratify", "trim", "calibrate_trim", "poststratify_rep", "rake_rep"}
CASES = [case for case in all_cases() if case["op"] in WEIGHTING]
IDS = [case["id"] for case in CASES]
R_WEIGHTS = 1e-8
"""R stops its iterations at 1e-11 of a total; a weight follows to about this, relative."""
R_SE = 1e-8
"""Standard errors follow the weights."""
ROUNDING = 1e-12


def data(case):
    return data_set(case["design"]["data"])


def initial(case):
    return data(case)[case["design"]["weights"]].to_numpy(float)


def cells(frame, known):
    """Cells and totals from {variable: {category: total}}."""
    codes = [frame[name].astype(str).map({c: i for i, c in enumerate(of)}).to_numpy() for name, of in known.items()]
    totals = np.concatenate([list(of.values()) for of in known.values()])
    return Cells.of(codes, [len(of) for of in known.values()]), totals


def matrix(frame, population):
    """R's model matrix of the oracle's two formulas: intercept, treatment contrasts, and a plain number."""

    def column(name):
        if name == "(Intercept)":
            return np.ones(len(frame))
        if name in frame:
            return frame[name].to_numpy(float)
        variable = next(v for v in ("stype", "factor(sex)", "factor(age)", "factor(region)") if name.startswith(v))
        values = frame[variable.removeprefix("factor(").removesuffix(")")]
        return (values.astype(str) == name.removeprefix(variable)).to_numpy(float)

    return Dense(np.column_stack([column(name) for name in population]))


def fitted(case):
    """The calibration variables and g of a case."""
    frame, d, args = data(case), initial(case), case["args"]
    if case["op"].startswith("poststratify"):
        x, totals = cells(frame, {args["margin"]: args["totals"]})
        return x, calibration.post_stratify(d, x, totals)
    if case["op"].startswith("rake"):
        x, totals = cells(frame, args["margins"])
        return x, calibration.rake(d, x, totals, tolerance=1e-14)
    x = matrix(frame, args["population"])
    bounds = tuple(args.get("bounds", (-np.inf, np.inf)))
    totals = np.array(list(args["population"].values()))
    return x, calibration.calibrate(d, x, totals, method=args["calfun"], bounds=bounds)


def final(case):
    args = case["args"]
    if case["op"] == "trim":
        return calibration.trim(initial(case), args["lower"], args["upper"], strict=args["strict"])
    _, fit = fitted(case)
    assert fit.converged
    weights = initial(case) * fit.g
    return calibration.trim(weights, *args["trim"], strict=args["strict"]) if "trim" in args else weights


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_weights_equal_those_of_r(case):
    weights = final(case)
    np.testing.assert_allclose(weights, case["result"]["weights"], rtol=R_WEIGHTS)
    effective = np.count_nonzero(weights) / calibration.kish_deff(weights)
    assert effective == pytest.approx(case["result"]["n_eff_kish"], rel=R_WEIGHTS)


def stage_variance(totals, f):
    """(1 - f) n / (n - 1) times the sum of squares about the mean of n totals."""
    drawn = len(totals)
    return (1 - f) * drawn / (drawn - 1) * ((totals - totals.mean()) ** 2).sum()


def taylor_se(u, frame, design):
    """The textbook sum over strata of PSU totals and, if there is one, the second stage; lonely: "adjust"."""
    first, *second = [frame.index if ids == "1" else frame[ids] for ids in design["ids"].split("+")]
    strata = frame[design["strata"]] if "strata" in design else pd.Series("one", frame.index)
    sizes = [frame[name] for name in design["fpc"].split("+")] if "fpc" in design else []
    psus = pd.DataFrame({"u": u, "h": strata, "psu": first}).groupby(["h", "psu"]).u.sum()
    variance = 0.0
    for stratum, totals in psus.groupby("h"):
        rows = strata == stratum
        f = len(totals) / sizes[0][rows].iloc[0] if sizes else 0.0
        lonely = len(totals) == 1
        variance += (totals.iloc[0] - psus.mean()) ** 2 if lonely else stage_variance(totals, f)
        for psu in totals.index.get_level_values("psu") if second else []:
            inner = u[(rows & (first == psu)).to_numpy()]
            size = sizes[1][rows & (first == psu)].iloc[0]
            variance += f * stage_variance(inner, len(inner) / size) if len(inner) < size else 0.0
    return np.sqrt(variance)


def mean_influence(y, weights, domain):
    """z of a mean over a domain, missing answers left out: (y - m) / sum w there, 0 elsewhere."""
    base = domain & y.notna()
    m = np.average(y[base], weights=weights[base])
    return m, np.where(base, (y.fillna(0) - m) / weights[base].sum(), 0.0)


def influences(case, frame, weights):
    """Of every estimate that R gives for a case: R's estimate and standard error, ours, and z."""
    everyone, result = np.ones(len(frame), bool), case["result"]
    y, by = ("awards.b", "stype") if "by_stype" in result else ("y1", "area")
    key = "prop_awards" if y == "awards.b" else "prop_y1"
    yield result[key]["est"], result[key]["se"], *mean_influence(frame[y], weights, everyone)
    if "mean_api00" in result:
        api, enroll = result["mean_api00"], result["total_enroll"]
        yield api["est"], api["se"], *mean_influence(frame["api00"], weights, everyone)
        if enroll.get("est"):  # R gives no total where an answer is missing
            yield enroll["est"], enroll["se"], weights @ frame["enroll"], frame["enroll"].to_numpy(float)
    groups = result.get(f"by_{by}", {"level": [], "est": [], "se": []})
    for level, est, se in zip(groups["level"], groups["est"], groups["se"], strict=True):
        yield est, se, *mean_influence(frame[y], weights, (frame[by] == level).to_numpy())


TAYLOR = [case for case in CASES if case["op"] in {"calibrate", "poststratify"}]


@pytest.mark.parametrize("case", TAYLOR, ids=[case["id"] for case in TAYLOR])
def test_calibrated_standard_errors_equal_those_of_r(case):
    frame, d = data(case), initial(case)
    x, fit = fitted(case)
    for est, se, ours, z in influences(case, frame, d * fit.g):
        u = fit.g * d * residuals(z[:, None], x, d)[:, 0]
        assert ours == pytest.approx(est, rel=R_WEIGHTS)
        assert taylor_se(u, frame, case["design"]) == pytest.approx(se, rel=R_SE, abs=R_SE)


REPLICATES = [case for case in CASES if case["op"].endswith("_rep")]


@pytest.mark.parametrize("case", REPLICATES, ids=[case["id"] for case in REPLICATES])
def test_replicate_weights_follow_the_totals_as_in_r(case):
    frame, design, args, result = data(case), case["design"], case["args"], case["result"]["prop_y1"]
    x, totals = cells(frame, args.get("margins") or {args["margin"]: args["totals"]})
    replicates = data_set(design["repweights"].removesuffix(".csv")).to_numpy()
    raked = [d * calibration.rake(d, x, totals, tolerance=1e-14).g for d in replicates.T]
    answered = frame["y1"].notna().to_numpy()
    each = np.array([np.average(frame["y1"][answered], weights=w[answered]) for w in raked])
    # JKn, centred: scale 1, rscales (n_h - 1) / n_h = 1/2 in strata of two PSUs
    variance = (0.5 * (each - each.mean()) ** 2).sum()
    assert np.sqrt(variance) == pytest.approx(result["se"], rel=R_SE)


def two_by_two(counts):
    """Codes of a sample with counts[i][j] people in category i of the first variable, j of the second."""
    pairs = [(i, j) for i in (0, 1) for j in (0, 1) for _ in range(counts[i][j])]
    return [np.array(codes) for codes in zip(*pairs, strict=True)]


def test_rake_by_hand():
    # Counts [[2, 1], [1, 2]] have the odds ratio 4, which raking keeps. All totals 50: a + b = 50 and
    # (a / b)^2 = 4, so a = 100/3 for 2 people and b = 50/3 for 1: everyone weighs 50/3.
    x = Cells.of(two_by_two([[2, 1], [1, 2]]), [2, 2])
    np.testing.assert_allclose(calibration.rake(np.ones(6), x, np.full(4, 50.0)).g, 50 / 3, rtol=ROUNDING)
    # One person a crossing: independent variables stay so, 40 x 30 / 100 = 12 and so on. Averaging the two
    # post-stratified weights instead, (20 + 15) / 2, would give the first person 17.5.
    x = Cells.of(two_by_two([[1, 1], [1, 1]]), [2, 2])
    fit = calibration.rake(np.ones(4), x, np.array([40.0, 60, 30, 70]))
    np.testing.assert_allclose(fit.g, [12, 28, 18, 42], rtol=ROUNDING)


def test_linear_calibration_by_hand():
    # Two people of weight 1, x = 1 and 2, total 6: g = 1 + b x, 3 + 5 b = 6, b = 0.6. Scaling both by 2 would
    # meet the total too, but further from the initial weights: (1 + 1) / 2 against (0.36 + 1.44) / 2.
    x = Dense(np.array([[1.0], [2.0]]))
    np.testing.assert_allclose(calibration.calibrate(np.ones(2), x, np.array([6.0])).g, [1.6, 2.2], rtol=ROUNDING)
    # Total 5.6 gives 1.52 and 2.04; with g at most 2 the second stops there and the first makes up 5.6 - 4.
    cut = calibration.calibrate(np.ones(2), x, np.array([5.6]), bounds=(0.5, 2.0))
    np.testing.assert_allclose(cut.g, [1.6, 2.0], rtol=1e-10)


def test_variance_after_post_stratification_by_hand():
    # Two men (y 1, 0) stand for 10, two women (1, 1) for 30: weights 5 and 15. e = y less the mean of the sex:
    # 1/2, -1/2, 0, 0; u = 5/2, -5/2, 0, 0; 4/3 x 12.5 = 50/3. Taking the weights as fixed would give
    # 4/3 x 168.75 = 225: the women's 30 is known, not estimated.
    x = Cells.of([np.array([0, 0, 1, 1])], [2])
    y, fit = np.array([1.0, 0, 1, 1]), calibration.post_stratify(np.ones(4), x, np.array([10.0, 30]))
    u = fit.g * residuals(y[:, None], x, np.ones(4))[:, 0]
    assert stage_variance(u, 0.0) == pytest.approx(50 / 3, rel=ROUNDING)
    assert stage_variance(fit.g * y, 0.0) == pytest.approx(225, rel=ROUNDING)


def test_trim_by_hand():
    # 10 is cut to 4 and 6 is shared by three: 1 + 2, 2 + 2, 3 + 2, and the last is now outside.
    weights = np.array([1.0, 2, 3, 10])
    np.testing.assert_allclose(calibration.trim(weights, 0, 4), [3, 4, 5, 4], rtol=ROUNDING)
    # Strict: 5 is cut, 1 shared by two: 3.5 and 4.5; 4.5 is cut, 0.5 to the one left.
    np.testing.assert_allclose(calibration.trim(weights, 0, 4, strict=True), [4, 4, 4, 4], rtol=ROUNDING)
    np.testing.assert_array_equal(calibration.trim(weights, 0, 10), weights)


def test_a_weight_of_nought_is_not_lifted():
    # As above with 0 beside; to lift it to 1 would take 1 from the others, 2 2/3 and so on.
    weights = np.array([1.0, 2, 3, 10, 0])
    np.testing.assert_allclose(calibration.trim(weights, 1, 4), [3, 4, 5, 4, 0], rtol=ROUNDING)
    np.testing.assert_allclose(calibration.trim(weights, 1, 4, strict=True), [4, 4, 4, 4, 0], rtol=ROUNDING)


def test_household_weights_and_kish_by_hand():
    # Adults 1, 2, 3 over their mean 2; the inverse, 1, 1/2, 1/3, is the chance and not the weight.
    np.testing.assert_allclose(calibration.household_weights([1, 2, 3]), [0.5, 1, 1.5], rtol=ROUNDING)
    # 3 x (1 + 1 + 4) / (1 + 1 + 2)^2 = 18/16; a fourth respondent of weight zero is not there.
    assert calibration.kish_deff(np.array([1.0, 1, 2, 0])) == pytest.approx(18 / 16, rel=ROUNDING)


def made_up(seed):
    """A sample with every crossing of three variables, initial weights, and totals that some g can meet."""
    rng = np.random.default_rng(seed)
    sizes = (2, 5, 3)
    every = np.indices(sizes).reshape(3, -1)
    codes = np.concatenate([every, rng.integers(0, np.array(sizes)[:, None], (3, 300))], axis=1)
    x, d = Cells.of(list(codes), sizes), rng.lognormal(0, 0.5, codes.shape[1])
    return codes, d, x, x.totals(x.gathered(d * rng.uniform(0.6, 1.8, codes.shape[1])))


SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
def test_raking_by_cell_is_raking_by_row(seed):
    codes, d, x, totals = made_up(seed)
    fit = calibration.rake(d, x, totals)
    weights = d.copy()
    for _ in range(fit.sweeps):
        for code, s in zip(codes, x.slices, strict=True):
            weights *= (totals[s] / np.bincount(code, weights))[code]
    np.testing.assert_allclose(d * fit.g, weights, rtol=ROUNDING)
    for code, s in zip(codes, x.slices, strict=True):
        np.testing.assert_allclose(np.bincount(code, d * fit.g), totals[s], rtol=calibration.RAKE_TOLERANCE)


@pytest.mark.parametrize("seed", SEEDS)
def test_raking_ignores_order_of_variables_and_scale_of_weights(seed):
    codes, d, x, totals = made_up(seed)
    expected = d * calibration.rake(d, x, totals).g
    back = Cells.of(list(codes[::-1]), x.sizes[::-1])
    turned = np.concatenate([totals[s] for s in x.slices[::-1]])
    np.testing.assert_allclose(d * calibration.rake(d, back, turned).g, expected, rtol=1e-8)
    np.testing.assert_allclose(7 * d * calibration.rake(7 * d, x, totals).g, expected, rtol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_totals_already_met_leave_the_weights_alone(seed):
    _, d, x, _ = made_up(seed)
    met = x.totals(x.gathered(d))
    assert calibration.rake(d, x, met).sweeps == 1
    np.testing.assert_allclose(calibration.rake(d, x, met).g, 1, rtol=ROUNDING)
    for method in ("linear", "raking", "logit"):
        g = calibration.calibrate(d, x, met, method=method, bounds=(0.5, 2)).g
        np.testing.assert_allclose(g, 1, rtol=ROUNDING)


@pytest.mark.parametrize("seed", SEEDS)
def test_calibration_with_raking_is_raking(seed):
    _, d, x, totals = made_up(seed)
    by_newton = calibration.calibrate(d, x, totals, method="raking")
    np.testing.assert_allclose(by_newton.g, calibration.rake(d, x, totals).g, rtol=1e-8)


@pytest.mark.parametrize("method", calibration.METHODS)
@pytest.mark.parametrize("seed", SEEDS)
def test_bounds_hold_where_raking_would_leave_them(seed, method):
    # Whole categories of the second variable end at a bound: steps that take their slope as 0 would stall there.
    codes, d, x, _ = made_up(seed)
    rng = np.random.default_rng(seed)
    g = np.clip(np.exp(rng.normal(0, 0.5, 2)[codes[0]] + np.linspace(-1, 1, 5)[codes[1]]), 0.5, 2)
    totals = x.totals(x.gathered(d * g))
    free = calibration.rake(d, x, totals).g
    assert free.min() < 0.5 or free.max() > 2
    fit = calibration.calibrate(d, x, totals, method=method, bounds=(0.5, 2))
    assert fit.converged
    assert fit.g.min() >= 0.5
    assert fit.g.max() <= 2
    np.testing.assert_allclose(x.totals(x.gathered(d * fit.g)), totals, rtol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_raking_within_bounds_on_weights_is_the_nearest_that_meets_the_totals(seed):
    """What holds at the nearest point: log(w / d) of those between the bounds adds over categories, and the same sum
    would carry those at a bound beyond it. To rake and trim in turn also ends within both, but further away."""
    codes, d, x, totals = made_up(seed)
    raked = d * calibration.rake(d, x, totals).g
    lower, upper = np.quantile(raked, [0.1, 0.9])
    fit = calibration.rake_within(d, x, totals, lower=lower, upper=upper)
    weights = d * fit.g
    assert fit.converged
    np.testing.assert_allclose(np.clip(weights, lower, upper), weights, rtol=ROUNDING)
    np.testing.assert_allclose(x.totals(x.gathered(weights)), totals, rtol=1e-10)
    low, high = np.isclose(weights, lower, rtol=1e-9), np.isclose(weights, upper, rtol=1e-9)
    assert low.any()
    assert high.any()
    dense = np.concatenate([np.eye(size)[code] for size, code in zip(x.sizes, codes, strict=True)], axis=1)
    between = ~(low | high)
    b = np.linalg.lstsq(dense[between], np.log(weights / d)[between], rcond=None)[0]
    np.testing.assert_allclose((np.log(d) + dense @ b)[between], np.log(weights)[between], atol=1e-8)
    assert (d * np.exp(dense @ b))[low].max() <= lower * (1 + 1e-8)
    assert (d * np.exp(dense @ b))[high].min() >= upper * (1 - 1e-8)
    turns = raked
    for _ in range(500):
        trimmed = np.clip(turns, lower, upper)
        turns = trimmed * calibration.rake(trimmed, x, totals).g
    assert distance(turns, d) > distance(weights, d)


def distance(weights, initial):
    return float((weights * np.log(weights / initial) - weights + initial).sum())


def test_crossings_found_by_sorting_are_those_found_by_counting(monkeypatch):
    codes, _, x, _ = made_up(2)
    monkeypatch.setattr(calibration_variables, "LOOKUP_ROOM", 1)
    by_sorting = Cells.of(list(codes), x.sizes)
    np.testing.assert_array_equal(by_sorting.columns[:, by_sorting.of_row], x.columns[:, x.of_row])
    assert by_sorting.columns.shape == x.columns.shape


def test_residuals_by_cell_are_those_of_the_dense_collinear_matrix():
    codes, d, x, _ = made_up(3)
    dense = np.concatenate([np.eye(size)[code] for size, code in zip(x.sizes, codes, strict=True)], axis=1)
    z = np.random.default_rng(0).normal(size=(len(d), 4))
    root = np.sqrt(d)[:, None]
    slopes = np.linalg.lstsq(dense * root, z * root, rcond=None)[0]  # rank 8 of 10 columns
    np.testing.assert_allclose(residuals(z, x, d), z - dense @ slopes, atol=ROUNDING)
    np.testing.assert_allclose(residuals(z, Dense(dense), d), z - dense @ slopes, atol=ROUNDING)


RAKES = [case for case in CASES if case["op"] == "rake"]
R_ALTERNATES = 2e-5
"""R takes residuals of one variable after the other, a fixed number of times, and stops this far, relative, short."""


@pytest.mark.parametrize("case", RAKES, ids=[case["id"] for case in RAKES])
def test_the_standard_errors_of_r_rake_are_those_of_unweighted_residuals(case):
    frame, d = data(case), initial(case)
    x, fit = fitted(case)
    for _, se, _, z in influences(case, frame, d * fit.g):
        unweighted = fit.g * d * residuals(z[:, None], x, np.ones(len(d)))[:, 0]
        assert taylor_se(unweighted, frame, case["design"]) == pytest.approx(se, rel=R_ALTERNATES, abs=R_SE)
