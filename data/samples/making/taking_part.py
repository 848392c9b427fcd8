"""Two Taking Part waves, for the two dated definitions of psa21.6."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from making.drawing import (
    Bools,
    Floats,
    Ints,
    choose,
    choose_within,
    generator,
    graded,
    logistic,
    pick,
    published,
)
from making.writing import write_dta

PSUS, PSUS_OF_STRATUM, ROWS = 576, 4, 14_400  # enough for a margin under 1 point, as the annex expects
NINE = {
    2007: published("taking_part", 2007)["psa21.6"],
    2009: 60.6,
}  # nine or more types, %; 2009 is invented
TWO_SECTORS = {2007: 64.0, 2009: 66.4}  # two or more sectors, %; both invented
TYPES = (
    *("theatre", "opera", "livemus", "dance", "artexh", "craftex", "carnival", "streeta", "poetry", "vidart"),
    *("paint", "instrum", "sing", "write", "photo", "museum", "gallery", "historic", "garden", "monument"),
    *("library", "archive", "swim", "cycle", "gym", "football"),
)
POPULAR = 1 / (1.6 + 0.16 * np.arange(len(TYPES)))
SECTORS = {
    "sportdays": ("Days of 30 minutes' moderate sport or active recreation, past week", 3, 7),
    "artstimes": ("Times attended or took part in the arts, last 12 months", 3, 60),
    "museums": ("Visits to museums or galleries, last 12 months", 1, 12),
    "heritage": ("Heritage sites visited, last 12 months", 2, 15),
    "library12": ("Visits to a public library, last 12 months", 1, 52),
}
REACHED = np.array([0.22, 0.55, 0.42, 0.50, 0.46])  # sectors, among those who reach any
NOT_STATED_RATE = 0.008  # of each sector
NOT_STATED = {"a": "Refused", "b": "Don't know"}
AGE_BANDS = {1: 0.15, 2: 0.16, 3: 0.19, 4: 0.17, 5: 0.15, 6: 0.1, 7: 0.08}
REGIONS = (
    *("North East", "North West", "Yorkshire and The Humber", "East Midlands", "West Midlands"),
    *("East of England", "London", "South East", "South West"),
)
LABELS = {
    "serial": "Serial number",
    "survyear": "Year in which the fieldwork started",
    "region": "Region of England",
    "stratum": "Stratum of PSUs",
    "psu": "Primary sampling unit",
    "wt": "Weight, adults 16 and over, mean 1",
    "sex": "Sex",
    "agegrp": "Age in seven bands",
    **{f"act_{name}": f"Last 12 months: {name}" for name in TYPES},
    "ntypes": "Types of activity in the last 12 months, of 26",
    **{name: label for name, (label, _, _) in SECTORS.items()},
}
VALUES: dict[str, dict[int | str, str]] = {
    "region": dict(enumerate(REGIONS, start=1)),
    "sex": {1: "Male", 2: "Female"},
    "agegrp": dict(enumerate(("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75 and over"), start=1)),
    **{f"act_{name}": {0: "No", 1: "Yes"} for name in TYPES},
    **{name: dict(NOT_STATED) for name in SECTORS},
}


def make_taking_part(to: Path) -> list[Path]:
    """Write both waves."""
    return [_write(wave, to) for wave in NINE]


def _write(wave: int, to: Path) -> Path:
    rows = _people(generator(f"taking part {wave}"), wave)
    path = to / f"taking_part_{wave}.dta"
    write_dta(
        rows[list(LABELS)],
        path,
        file_label=f"SYNTHETIC sample after Taking Part {wave}; all names invented",
        column_labels=LABELS,
        variable_value_labels=VALUES,
        missing_user_values={name: list(NOT_STATED) for name in SECTORS},
    )
    return path


def _people(rng: np.random.Generator, wave: int) -> pd.DataFrame:
    """Return adults by PSU, with their types of activity and how often they take part in each sector."""
    psu = np.arange(ROWS) * PSUS // ROWS
    sex, age = pick(rng, {1: 0.45, 2: 0.55}, ROWS), pick(rng, AGE_BANDS, ROWS)
    weight = (0.8 + 0.1 * (age < 3) + 0.25 * pick(rng, {0: 0.4, 1: 0.45, 2: 0.15}, ROWS)).round(4)
    keen = 0.25 * rng.standard_normal(PSUS)[psu] - 0.15 * (age - 4) + logistic(rng, ROWS)
    flags = _types(rng, choose(keen, weight, NINE[wave] / 100))
    who = {
        "serial": np.arange(1, ROWS + 1),
        "survyear": np.full(ROWS, wave),
        "region": 1 + psu * 9 // PSUS,
        "wt": weight,
        "sex": sex,
        "agegrp": age,
    }
    who |= {"stratum": 1 + psu // PSUS_OF_STRATUM, "psu": 1 + psu}
    acts = {f"act_{name}": flags[:, number] for number, name in enumerate(TYPES)}
    answers = acts | {"ntypes": flags.sum(axis=1)} | _sectors(rng, keen, weight, TWO_SECTORS[wave] / 100)
    rows = pd.DataFrame(who | answers)
    return rows.astype(dict.fromkeys(rows.select_dtypes("int64"), "int32"))


def _types(rng: np.random.Generator, many: Bools) -> Ints:
    """Return flags of shape (rows, types): nine or more of them for the `many`, eight or fewer for the rest."""
    fewer, more = 9 * rng.random(ROWS) ** 0.8, 9 + 11 * rng.random(ROWS) ** 1.6
    count = np.where(many, np.floor(more), np.floor(fewer)).astype(np.int64)
    liking = np.log(POPULAR) + logistic(rng, ROWS * len(TYPES)).reshape(ROWS, -1)
    rank = np.argsort(np.argsort(-liking, axis=1, kind="stable"), axis=1, kind="stable")
    return (rank < count[:, None]).astype(np.int64)


def _sectors(rng: np.random.Generator, keen: Floats, weight: Floats, share: float) -> dict[str, object]:
    """Return how often each takes part in each sector; `share` of those who state all five reach two."""
    silent = rng.random((ROWS, len(SECTORS))) < NOT_STATED_RATE
    two = choose_within(~silent.any(axis=1), keen + logistic(rng, ROWS), weight, share)
    liking = np.log(REACHED) + 0.6 * logistic(rng, ROWS * len(SECTORS)).reshape(ROWS, -1)
    rank = np.argsort(np.argsort(-liking, axis=1, kind="stable"), axis=1, kind="stable")
    number = graded(rng, two, ({2: 0.4, 3: 0.33, 4: 0.2, 5: 0.07}, {0: 0.35, 1: 0.65}))
    reached = rank < number[:, None]
    times = {}
    for column, (name, (_, enough, most)) in enumerate(SECTORS.items()):
        above = enough + np.floor((most - enough + 1) * rng.random(ROWS) ** 2.5)
        below = np.floor(enough * rng.random(ROWS))
        times[name] = _stated(rng, np.where(reached[:, column], above, below), silent[:, column])
    return times


def _stated(rng: np.random.Generator, times: Floats, silent: Bools) -> object:
    """Return the times, with .a (refused) or .b (don't know) for the silent."""
    stated = times.astype(object)
    stated[silent] = np.array(list(NOT_STATED), dtype=object)[pick(rng, {0: 0.3, 1: 0.7}, int(silent.sum()))]
    return stated
