"""Rake 543,713 respondents to five variables, beside a plain NumPy rake of the same sweeps (the floor).

    python benchmarks/rake.py [--repeats 5]

The file is synthetic and seeded: as many rows, districts and categories as the Place Survey of 2008.
Prints the median time of each, and of the ratios to the floor (the rounds take turns, so that a busy machine slows them
alike): of the kernel, and of the public function on categories that are numbers and texts; and the largest relative
difference between the weights.
"""

from __future__ import annotations

import argparse
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from psaindicators.kernel import calibration
from psaindicators.kernel.calibration_variables import Cells
from psaindicators.weighting import making

ROWS, POPULATION, SEED = 543_713, 41e6, 20081103
KINDS = ("str", "category", "object")
"""The pandas types that texts may have; str is that of pandas 3."""
SIZES = {"sex": 2, "age": 7, "tenure": 4, "ethnicity": 5, "district": 353}
SHARES = {
    "sex": [0.45, 0.55],
    "age": [0.08, 0.12, 0.15, 0.18, 0.18, 0.17, 0.12],
    "tenure": [0.45, 0.27, 0.16, 0.12],
    "ethnicity": [0.88, 0.02, 0.05, 0.03, 0.02],
    "district": [1 / 353] * 353,
}


def respondents(rng):
    """Return a frame of category numbers and an initial weight."""
    columns = {name: rng.choice(size, ROWS, p=SHARES[name]).astype(np.int16) for name, size in SIZES.items()}
    return pd.DataFrame({**columns, "weight": rng.lognormal(4.0, 0.45, ROWS)})


def population(frame, rng):
    """Return totals near the sample's own, up to 15% away, every variable adding to the population."""
    sums = {name: np.bincount(frame[name], frame["weight"], size) for name, size in SIZES.items()}
    moved = {name: total * rng.uniform(0.85, 1.15, len(total)) for name, total in sums.items()}
    return {name: total * POPULATION / total.sum() for name, total in moved.items()}


def in_words(frame, named, kind):
    """Return the frame and its totals with categories that are texts, such as "district 17", of a pandas dtype."""
    words = {name: (name + " " + frame[name].astype(str)).astype(kind) for name in SIZES}
    return frame.assign(**words), {name: {f"{name} {i}": t for i, t in of.items()} for name, of in named.items()}


def plain_rake(weights, codes, totals, sweeps):
    """Return weights raked row by row: what one would write in a notebook."""
    weights = weights.copy()
    for _ in range(sweeps):
        for code, total in zip(codes, totals, strict=True):
            weights *= (total / np.bincount(code, weights, len(total)))[code]
    return weights


def timed(works, repeats):
    """Return the seconds of each piece of work in each of `repeats` rounds, one after the other in a round."""
    seconds = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            start = perf_counter()
            work()
            seconds[name].append(perf_counter() - start)
    return seconds


def kernel(weights, codes, totals):
    """Return final weights from the arrays-only kernel, finding the cells included."""
    cells = Cells.of(codes, [len(total) for total in totals])
    fit = calibration.rake(weights, cells, np.concatenate(totals))
    return weights * fit.g, fit.sweeps


def raked(frame, named):
    """Return what the public function gives, frame, checks and all."""
    return making.rake(frame, named, weight="weight")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    rng = np.random.default_rng(SEED)
    frame = respondents(rng)
    targets = population(frame, rng)
    named = {name: dict(enumerate(total.tolist())) for name, total in targets.items()}
    weights, totals = frame["weight"].to_numpy(), list(targets.values())
    codes = [frame[name].to_numpy() for name in SIZES]

    ours, sweeps = kernel(weights, codes, totals)
    plain = plain_rake(weights, codes, totals, sweeps)
    frames = {"numbers": (frame, named)} | {f"texts as {kind}": in_words(frame, named, kind) for kind in KINDS}
    works = {
        "plain NumPy rake": lambda: plain_rake(weights, codes, totals, sweeps),
        "kernel": lambda: kernel(weights, codes, totals),
    } | {f"psa.weighting.rake, {kind}": partial(raked, *one) for kind, one in frames.items()}
    seconds = timed(works, repeats)
    floor = seconds["plain NumPy rake"]
    print(f"{ROWS:,} rows, {len(SIZES)} variables, {sweeps} sweeps; medians of {repeats} rounds, and of their ratios")
    for name, spent in seconds.items():
        ratio = median(one / least for one, least in zip(spent, floor, strict=True))
        print(f"{name:<36} {median(spent):.3f} s  {ratio:.2f}")
    print(f"largest difference of a weight, relative: {np.abs(ours / plain - 1).max():.1e} (kernel), ", end="")
    print(f"{np.abs(raked(frame, named).weights / plain - 1).max():.1e} (psa.weighting.rake)")


if __name__ == "__main__":
    main()
