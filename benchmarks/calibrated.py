"""Estimate 18 indicators by 363 areas from 543,713 respondents raked to five margins, beside the weights as fixed.

    python benchmarks/calibrated.py [--repeats 7]

The file is the Place-sized one of generate.py with four more variables; the fifth margin is the district, which is the
stratum too. Prints the median CPU seconds of each (the rounds take turns), the median of their ratios and the peak
memory after each.
"""

from __future__ import annotations

import argparse
import resource
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
import pandas as pd
from generate import SEED, place, write_definitions

import psaindicators as psa

SIZES = {"sex": 2, "age": 7, "tenure": 4, "ethnicity": 5}
BY = ["district", "region", "all"]


def respondents(rng):
    """Return the Place-sized frame, no answer blank."""
    frame = pd.DataFrame(place(rng))
    questions = [name for name in frame if name.startswith("q")]
    frame[questions] = frame[questions].astype(float).replace(-1, np.nan)
    return frame.assign(**{name: rng.integers(0, size, len(frame)) for name, size in SIZES.items()})


def population(frame, rng):
    """Return totals up to 15% away from the sample's own, every margin adding to the same."""
    whole = frame["weight"].sum()
    sums = {name: frame.groupby(name)["weight"].sum() for name in (*SIZES, "district")}
    moved = {name: total * rng.uniform(0.85, 1.15, len(total)) for name, total in sums.items()}
    return {name: (total * whole / total.sum()).to_dict() for name, total in moved.items()}


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    with TemporaryDirectory() as folder:
        write_definitions(Path(folder))
        wave, asked = psa.wave(f"{folder}/place.toml", 2008), psa.indicators(f"{folder}/set18.toml")
    rng = np.random.default_rng(SEED)
    frame = respondents(rng)
    made = psa.weighting.rake(frame, population(frame, rng), weight="weight")

    def seconds(weighting):
        start = process_time()
        psa.estimate(psa.read_survey(frame, wave, weighting=weighting), asked, by=BY)
        return process_time() - start

    peaks = [megabytes()]
    for weighting in (None, made):
        seconds(weighting)
        peaks.append(megabytes())
    rounds = [(seconds(None), seconds(made)) for _ in range(repeats)]
    fixed, raked = (median(column) for column in zip(*rounds, strict=True))
    print(f"weights as fixed {fixed:.2f} s, raked {raked:.2f} s; ratio {median(b / a for a, b in rounds):.2f}")
    print("peak memory before, after fixed and after raked:", ", ".join(f"{peak:.0f} MB" for peak in peaks))


if __name__ == "__main__":
    main()
