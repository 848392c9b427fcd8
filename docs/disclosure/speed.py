"""Time what is withheld of 326 authorities by 6 groups for 18 indicators: run this file. Prints seconds of a processor.

The tables are authorities by groups with every margin, 41,202 cells, from 1,100 respondents an authority and from 500;
then the same is published again, and once with the authorities' totals alone in the release before it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd

import psaindicators as psa
from psaindicators.definitions.policies import read_policy
from psaindicators.figures.asked import asked
from psaindicators.figures.disclosure import Released, estimated_tables, released
from psaindicators.figures.earlier import Earlier, EarlierRow
from psaindicators.figures.estimates import Estimates

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.yes_no import yes_of

AUTHORITIES, GROUPS, INDICATORS = 326, 6, 18
BY = ("all", "authority", "group", "authority*group")
YES_NO = {"answers": {"yes": 1, "no": 2}}
NAMES = [f"i{i:02}" for i in range(INDICATORS)]
WAVE = psa.wave(
    {
        "survey": "speed",
        "title": "Speed",
        "2008": {
            "area": {"authority": "la"},
            "questions": {
                "group": {"variable": "group", "answers": {f"g{i}": i for i in range(1, GROUPS + 1)}},
                **{name: {"variable": name, **YES_NO} for name in NAMES},
            },
        },
    },
    2008,
)
SET = yes_of(NAMES)


def survey(each: int) -> psa.Survey:
    """Return so many respondents of each authority, in six groups of unequal size, of whom 3% leave an answer out."""
    random = np.random.default_rng(1)
    rows = AUTHORITIES * each
    answers = {name: np.where(random.random(rows) < random.uniform(0.3, 0.7), 1.0, 2.0) for name in NAMES}
    for column in answers.values():
        column[random.random(rows) < 0.03] = np.nan
    group = random.choice(GROUPS, rows, p=[0.3, 0.25, 0.2, 0.12, 0.08, 0.05]) + 1.0
    return psa.read_survey(
        pd.DataFrame({"la": np.repeat(np.arange(AUTHORITIES), each), "group": group, **answers}), WAVE
    )


def earlier(estimates: Estimates, by: Sequence[str]) -> Earlier:
    """Return what a release of some of the breakdowns says."""
    names = ("indicator", "by", "area", "base", "marker")
    cells = zip(*(estimates.columns[name].tolist() for name in names), strict=True)
    rows = (EarlierRow(one, kind, area, "", base, mark != "[c]") for one, kind, area, base, mark in cells if kind in by)
    return Earlier("before", tuple(rows), estimates.indicators, (10, 10, 10))


def timed(each: int, by: Sequence[str], before: Sequence[Earlier], what: str) -> Released:
    """Return what is released, and print how long it took."""
    policy = read_policy("threshold_10")
    assert policy is not None
    estimates, linked = estimated_tables(asked(survey(each), by=by), list(SET.values()), earlier=before)
    start = process_time()
    found = released(estimates, linked, policy, earlier=before)
    seconds = process_time() - start
    print(
        f"{each:>5,} each, {what}: {len(estimates):,} cells, {found.count:,} withheld, {found.more:,} of them", end=" "
    )
    print(f"for the release before, {seconds:.1f} seconds", flush=True)
    return found


def main() -> None:
    """Print the seconds of each of the table sets."""
    for each in (1100, 500):
        alone = timed(each, BY, (), "alone")
        timed(each, BY, (earlier(alone.estimates, BY),), "published again")
        totals = timed(each, BY[:3], (), "totals alone")
        timed(each, BY[3:], (earlier(totals.estimates, BY),), "crossed, after its totals")


if __name__ == "__main__":
    main()
