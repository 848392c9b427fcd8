"""Two years of an invented labour force file: hours of work by sector, for the staff half of psa21.5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from making.drawing import BLANK, Floats, Ints, choose_within, generator, pick, published
from making.writing import write_parquet

FULL_TIME_HOURS = 37.5  # of this sample: an input of the calculation, from no published source
STAFF = {2006: published("labour_force", 2006)["third sector FTE"], 2008: 441_000.0}  # 2008 is invented
WORKERS = 24_400_000  # in England; invented
HOUSEHOLDS = 42_500
REGION_SHARES = {1: 0.047, 2: 0.131, 3: 0.098, 4: 0.086, 5: 0.102, 6: 0.112, 7: 0.150, 8: 0.170, 9: 0.104}
AT_WORK = {1: 0.47, 2: 0.45, 3: 0.08}  # workers in the household
FULL_TIME, PART_TIME = (
    {35: 0.22, 37: 0.3, 38: 0.13, 40: 0.27, 45: 0.08},
    {8: 0.12, 16: 0.33, 20: 0.3, 25: 0.25},
)
THIRD, PRIVATE, PUBLIC = 1, 2, 3
NOTE = (
    "SYNTHETIC. Workers are invented; the 2006 total of usual hours of the third sector over 37.5 "
    "is the 419,000 of PSA Delivery Agreement 21, Annex A; everything of 2008 is invented"
)


def make_labour_force(to: Path) -> list[Path]:
    """Write both years."""
    return [_write(year, to) for year in STAFF]


def _write(year: int, to: Path) -> Path:
    path = to / f"labour_force_{year}.parquet"
    write_parquet(_workers(generator(f"labour force {year}"), STAFF[year]), path, NOTE)
    return path


def _workers(rng: np.random.Generator, staff: float) -> pd.DataFrame:
    """Return workers by household; the third sector's usual hours gross to `staff` full-time equivalents."""
    region_of = np.sort(pick(rng, REGION_SHARES, HOUSEHOLDS))
    household = np.repeat(np.arange(HOUSEHOLDS), pick(rng, AT_WORK, HOUSEHOLDS))
    region, rows = region_of[household], len(household)
    sex = pick(rng, {1: 0.54, 2: 0.46}, rows)
    weight = _weights(rng, region, household)
    part_time = rng.random(rows) < np.where(sex == 2, 0.42, 0.12)
    hours = np.where(part_time, pick(rng, PART_TIME, rows), pick(rng, FULL_TIME, rows))
    stated = rng.random(rows) < 0.985
    hours_weight = weight * hours * stated
    share = staff * FULL_TIME_HOURS / hours_weight.sum()
    third = choose_within(stated, rng.random(rows) + 0.1 * (sex == 2), hours_weight, share)
    third |= ~stated & (rng.random(rows) < share)
    sector = np.where(third, THIRD, pick(rng, {PRIVATE: 0.76, PUBLIC: 0.24}, rows))
    hours = np.where(stated, hours, pick(rng, {BLANK: 0.5, -9: 0.2, -8: 0.3}, rows))
    columns = {"region": region, "sex": sex, "sector": sector, "usual_hours": hours}
    small = {name: codes.astype("int8") for name, codes in columns.items()}
    return pd.DataFrame({"household": (household + 1).astype("int32"), **small, "wt": weight})


def _weights(rng: np.random.Generator, region: Ints, household: Ints) -> Floats:
    """Return weights, alike within a household, that gross to the working population by region."""
    weight = np.array([0.8, 1.0, 1.25])[pick(rng, {0: 0.3, 1: 0.4, 2: 0.3}, HOUSEHOLDS)][household]
    people = WORKERS * np.array(list(REGION_SHARES.values()))
    return (weight * (people / np.bincount(region - 1, weight))[region - 1]).round(3)
