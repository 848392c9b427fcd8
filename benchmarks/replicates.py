"""Estimate five indicators in nine regions from 20,000 respondents with 500 replicate weights.

    python benchmarks/replicates.py [--repeats 7] [--psus 2000]

The file is synthetic and seeded: a bootstrap of PSUs within regions, full weights times Poisson counts. Prints the
median time of `estimate` from frame to table; then the time of a plain NumPy loop over the replicates, and the largest
relative difference between the standard errors of the two.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Replicates, Wave

ROWS, REPLICATES, REGIONS, SEED = 20_000, 500, 9, 20081103
ITEMS = ("item1", "item2", "item3", "item4", "item5")


def respondents(psus):
    rng = np.random.default_rng(SEED)
    psu = rng.integers(psus, size=ROWS)
    weight = rng.lognormal(6, 0.4, ROWS)
    counts = rng.poisson(1.0, (psus, REPLICATES)).astype(float)
    items = {name: rng.choice([1.0, 0.0, np.nan], ROWS, p=[0.6, 0.35, 0.05]) for name in ITEMS}
    replicates = weight[:, None] * counts[psu]
    columns = {"weight": weight, "region": psu % REGIONS + 1, **items}
    names = [f"rw{r + 1}" for r in range(REPLICATES)]
    return pd.concat([pd.DataFrame(columns), pd.DataFrame(replicates, columns=names)], axis=1)


def wave():
    questions = {name: Question(name, {"yes": 1, "no": 0}) for name in ITEMS}
    declared = Replicates(("rw*",), "bootstrap")
    return Wave(
        *("benchmark", 2008, "Benchmark", Path("benchmark"), "weight", questions),
        area={"region": "region"},
        replicates=declared,
    )


def indicators():
    both = frozenset({"yes", "no"})
    return [
        Indicator(
            *(name, name, "higher", "benchmark", "confirmed", {}),
            (Definition(2000, AnswerIn(name, frozenset({"yes"})), AnswerIn(name, both)),),
        )
        for name in ITEMS
    ]


def by_loop(frame):
    """Return the standard errors in percent, one replicate, region and item at a time."""
    columns = [f"rw{r + 1}" for r in range(REPLICATES)]
    found = []
    for item in ITEMS:
        for region in range(1, REGIONS + 1):
            rows = frame[(frame["region"] == region) & frame[item].notna()]
            y = rows[item].to_numpy()
            thetas = np.array([y @ (w := rows[name].to_numpy()) / w.sum() for name in columns])
            found.append(100 * np.sqrt(((thetas - thetas.mean()) ** 2).sum() / (REPLICATES - 1)))
    return np.array(found)


def timed(task, repeats):
    spent = []
    for _ in range(repeats):
        start = perf_counter()
        result = task()
        spent.append(perf_counter() - start)
    return median(spent), result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--psus", type=int, default=2000)
    options = parser.parse_args()
    frame = respondents(options.psus)
    survey, asked = psa.read_survey(frame, wave()), indicators()
    ours, table = timed(lambda: psa.estimate(survey, asked, by="region"), options.repeats)
    loop, plain = timed(lambda: by_loop(frame), 1)
    apart = np.abs(table.columns["se"] / plain - 1).max()
    print(f"estimate: {ours:.3f} s; a loop over replicates: {loop:.3f} s; standard errors apart by {apart:.1e}")


if __name__ == "__main__":
    main()
