"""Every public function with each of its arguments replaced by what it is not: a result or a PsaError, nothing else.

python -m tests.fuzzed_calls [FUNCTION]...
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import chdir
from datetime import date
from decimal import Decimal
from functools import cache, partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import psaindicators as psa
from tests.fuzzed import Found, inputs

WRONG: tuple[Any, ...] = (
    *(None, True, 0, -1, 2.5, 1e308, 10**400, float("nan"), float("inf"), Decimal("1.5"), 1j, date(2008, 1, 1)),
    *("", "nothing", "all", "\x00", "\x1b[31m", "a\nb", "x" * 300, "*", "nothing.toml", "9" * 5_000, b"bytes"),
    *([], [None], [[]], ["a", "a"], [1, 2], (), {}, {"a": 1}, {1: None}, {"question": "clean", "in": ["yes"]}, {1, 2}),
    *(object(), int, print, np.array([1.0]), np.array([[1]]), np.float64("nan"), pd.DataFrame(), pd.Series([1])),
)


@cache
def calls() -> Mapping[str, tuple[Callable[..., object], Mapping[str, object]]]:
    """Return every public function with good arguments, by its name."""
    folder = inputs()
    wave, later_wave = (psa.wave(folder / "council.toml", year) for year in (2008, 2010))
    own = psa.indicators(folder / "own.toml")
    survey, later = (
        psa.read_survey(folder / f"streets_{year}.csv", one) for year, one in ((2008, wave), (2010, later_wave))
    )
    tidy = own["tidy"]
    before, after = (psa.estimate(one, tidy, by=["all", "authority"]) for one in (survey, later))
    figure = psa.judgements.Figure(37.5, 2.0)
    targets = psa.read_targets(folder / "targets.csv", indicators=own)
    scores = psa.score(targets, after)
    gaps = {"group": "E06000055", "other": "E06000056", "by": "authority", "across_break": True}
    alone = [
        psa.from_published(
            {"area": ["E06000055", "E06000056"], "value": [20.0, 30.0], "base": [400, 400]},
            indicator=tidy,
            survey="own",
            wave=year,
        )
        for year in (2008, 2010)
    ]
    of: dict[str, Any] = {"by": "authority", "level": 95.0, "df": "domain", "lonely_psu": "centre", "where": None}
    of_both = {name: value for name, value in of.items() if name != "where"}
    return {
        "wave": (psa.wave, {"survey": folder / "council.toml", "year": 2008}),
        "indicators": (psa.indicators, {"which": folder / "own.toml"}),
        "crosswalk": (psa.crosswalk, {}),
        "read_survey": (psa.read_survey, {"data": folder / "rows.csv", "wave": wave, "weighting": None}),
        "codebook": (psa.codebook, {"data": folder / "rows.csv"}),
        "bind": (psa.bind, {"data": folder / "rows.csv", "wave": wave, "year": 2009}),
        "publishable": (
            psa.figures.publishable,
            {"survey": survey, "estimates": psa.estimate(survey, own), "policy": "threshold_10"},
        ),
        "check": (psa.check, {"survey": survey}),
        "estimate": (
            psa.estimate,
            {"survey": survey, "indicators": tidy, "interval": "wald", "populations": None} | of,
        ),
        "mean": (psa.mean, {"survey": survey, "question": "visits"} | of),
        "total": (psa.total, {"survey": survey, "question": "visits"} | of),
        "ratio": (psa.ratio, {"survey": survey, "numerator": "visits", "denominator": "visits"} | of),
        "distribution": (psa.distribution, {"survey": survey, "question": "clean"} | of),
        "from_published": (
            psa.from_published,
            {
                "figures": {"area": ["A"], "value": [40], "base": [500]},
                **{"indicator": tidy, "survey": "s", "wave": 2008, "by": "ward", "level": 95.0, "deft": 1.0},
                "unit": "percent",
            },
        ),
        "read_outturn": (psa.read_outturn, {"folder": folder / "made"}),
        "read_estimates": (psa.read_estimates, {"path": folder / "saved.json", "indicators": own}),
        "compare": (
            psa.compare,
            {
                **{"earlier": before, "later": after, "minimum": 20.0},
                **{"across_break": False, "adjust_for_many": False},
            },
        ),
        "compare_surveys": (
            psa.compare_surveys,
            {"earlier": survey, "later": later, "indicators": tidy, "minimum": 20.0, "across_break": False} | of_both,
        ),
        "difference": (
            psa.difference,
            {"survey": survey, "indicators": tidy, "area": "E06000055", "other": "all"} | of_both,
        ),
        "read_targets": (psa.read_targets, {"path": folder / "targets.csv", "indicators": own}),
        "score": (lambda targets, outturns: psa.score(targets, outturns), {"targets": targets, "outturns": after}),
        "reward": (
            psa.reward,
            {"scores": scores, "rule": "local_psa", "pot": 1000.0, "net_budget_requirement": None, "targets": 2},
        ),
        "read_adopting": (psa.read_adopting, {"path": folder / "adopting.csv", "indicators": own}),
        "plan": (
            psa.plan,
            {
                **{"value": 28.0, "movement": 4.0, "base": None, "power": 80, "level": 95.0, "deft": 1.0},
                **{"population": 9_000.0, "earlier_base": None, "earlier_se": None, "areas": 1, "response_rate": 36.0},
            },
        ),
        "outturn": (psa.outturn, {"config": folder / "streets.toml", "out": folder / "out"}),
        "combine_areas": (
            psa.combine_areas,
            {
                **{"estimates": after.where(by="authority"), "into": "county", "vintage": "2009-04-01"},
                "populations": {"E06000055": 160.0, "E06000056": 260.0},
            },
        ),
        "third_sector_index": (psa.third_sector_index, {"volunteering": after, "staff": after}),
        "calibrated_index": (
            psa.judgements.calibrated_index,
            {"indicator": own["town"], "parts": {"tidy": figure, "visits": figure}, "baseline_se": None},
        ),
        "rake": (
            psa.weighting.rake,
            {
                **{"data": survey, "populations": folder / "totals.csv", "weight": None, "trim": (0.3, 3.0)},
                **{"blanks": "refuse", "sweeps": 50},
            },
        ),
        "calibrate_weights": (
            psa.weighting.calibrate_weights,
            {
                **{"data": survey, "populations": folder / "totals.csv", "method": "linear", "bounds": None},
                **{"weight": None, "blanks": "refuse"},
            },
        ),
        "trim_weights": (
            psa.weighting.trim_weights,
            {"data": folder / "rows.csv", "weight": "w", "lower": 0.0, "upper": 3.0, "strict": True},
        ),
        "household_weights": (psa.weighting.household_weights, {"adults": [1, 2, 3]}),
        "bootstrap_weights": (psa.weighting.bootstrap_weights, {"survey": survey, "replicates": 5, "seed": 1}),
        "jackknife_weights": (psa.weighting.jackknife_weights, {"survey": survey}),
        "association": (
            psa.analysis.association,
            {"survey": survey, "row": "clean", "column": "clean", "where": None, "df": "domain"},
        ),
        "design_effects": (psa.analysis.design_effects, {"estimates": after}),
        "compare_gaps": (psa.analysis.compare_gaps, gaps | {"earlier": alone[0], "later": alone[1]}),
        "compare_gaps_of_surveys": (
            psa.analysis.compare_gaps_of_surveys,
            gaps | {"earlier": survey, "later": later, "indicators": tidy, "level": 95.0, "df": "strata"},
        ),
        "kish": (psa.analysis.kish, {"survey": survey, "by": "authority"}),
        "logistic": (psa.analysis.logistic, {"survey": survey, "indicator": tidy, "on": "visits", "where": None}),
        "areas": (psa.geography.areas, {"vintage": "2009-04-01"}),
        "successors": (psa.geography.successors, {"code": "E07000230"}),
        "predecessors": (psa.geography.predecessors, {"code": "E06000055"}),
        "match_areas": (psa.geography.match_areas, {"earlier_codes": ["E06000055"], "later_codes": ["E06000055"]}),
        "indicator_table": (psa.definitions.indicator_table, {"which": folder / "own.toml"}),
        "source_table": (psa.definitions.source_table, {"which": folder / "own.toml"}),
        "wave_table": (psa.definitions.wave_table, {"survey": folder / "council.toml"}),
    }


def fuzzed(name: str) -> Found:
    """Call a public function with each argument in turn replaced by each of WRONG."""
    function, good = calls()[name]
    found = Found()
    found.attempt(f"{name} as it should be", partial(function, **good))
    with tempfile.TemporaryDirectory() as place, chdir(place):  # some arguments are where to write
        for argument, value in product(good, WRONG):
            found.attempt(f"{name} {argument}={value!r}"[:90], partial(function, **{**good, argument: value}))
    return found


def main(names: list[str]) -> int:
    """Tell what became of the calls; return 1 where one was worse than refused."""
    founds = {name: fuzzed(name) for name in names or calls()}
    for name, found in founds.items():
        print(f"{name}: {dict(found.counts)}; worse: {len(found.worse)}")
        print("\n".join(one.splitlines()[0] + " -> " + one.splitlines()[-2][:100] for one in found.worse[:400]))
    return int(any(found.worse for found in founds.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
