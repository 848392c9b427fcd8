"""Raking, calibration, post-stratification and trimming: against R survey 4.5, by hand, by what they promise.

`oracle/weighting/cases.json` holds R's results (weights, estimates, standard errors) to 15 digits.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from psaindicators.design import weighting
from psaindicators.design.weighting import Cells, Columns

ORACLE = Path(__file__).parent / "oracle" / "weighting"
CASES = json.loads((ORACLE / "cases.json").read_text())
IDS = [case["id"] for case in CASES]
R_WEIGHTS = 1e-8
"""R stops its iterations at 1e-11 of a total; a weight follows to about this, relative."""
R_SE = 1e-8
"""Standard errors follow the weights."""
ROUNDING = 1e-12


def data(case):
    return pd.read_csv(ORACLE / "data" / f"{case['design']['data']}.csv")


def initial(case):
    return data(case)[case["design"]["weights"]].to_numpy(float)


def cells(frame, margins):
    """Cells and totals from {variable: {category: total}}."""
    codes = [
        frame[name].astype(str).map({c: i for i, c in enumerate(of)}).to_numpy()
        for name, of in margins.items()
    ]
    totals = np.concatenate([list(of.values()) for of in margins.values()])
    return Cells.of(codes, [len(of) for of in margins.values()]), totals


def matrix(frame, population):
    """R's model matrix of the oracle's two formulas: intercept, treatment contrasts, and a plain number."""

    def column(name):
        if name == "(Intercept)":
            return np.ones(len(frame))
        if name in frame:
            return frame[name].to_numpy(float)
        variable = next(
            v for v in ("stype", "factor(sex)", "factor(age)", "factor(region)") if name.startswith(v)
        )
        values = frame[variable.removeprefix("factor(").removesuffix(")")]
        return (values.astype(str) == name.removeprefix(variable)).to_numpy(float)

    return Columns(np.column_stack([column(name) for name in population]))


def fitted(case):
    """The calibration variables and g of a case."""
    frame, d, args = data(case), initial(case), case["args"]
    if case["op"].startswith("poststratify"):
        x, totals = cells(frame, {args["margin"]: args["totals"]})
        return x, weighting.post_stratify(d, x, totals)
    if case["op"].startswith("rake"):
        x, totals = cells(frame, args["margins"])
        return x, weighting.rake(d, x, totals, tolerance=1e-14)
    x = matrix(frame, args["population"])
    bounds = tuple(args.get("bounds", (-np.inf, np.inf)))
    totals = np.array(list(args["population"].values()))
    return x, weighting.calibrate(d, x, totals, method=args["calfun"], bounds=bounds)


def final(case):
    args = case["args"]
    if case["op"] == "trim":
        return weighting.trim(initial(case), args["lower"], args["upper"], strict=args["strict"])
    _, fit = fitted(case)
    assert fit.converged
    weights = initial(case) * fit.g
    return weighting.trim(weights, *args["trim"], strict=args["strict"]) if "trim" in args else weights


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_weights_equal_those_of_r(case):
    weights = final(case)
    np.testing.assert_allclose(weights, case["result"]["weights"], rtol=R_WEIGHTS)
    effective = np.count_nonzero(weights) / weighting.kish_deff(weights)
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
        u = fit.g * d * weighting.residuals(z[:, None], x, d)[:, 0]
        assert ours == pytest.approx(est, rel=R_WEIGHTS)
        assert taylor_se(u, frame, case["design"]) == pytest.approx(se, rel=R_SE, abs=R_SE)
