"""One invented council's raw postal survey, and the population it is to be weighted to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from making.drawing import Floats, Ints, generator, pick
from making.place import Respondents, answer
from making.writing import write_csv

RETURNS = 1412
HOUSEHOLD_SIZES = {1: 0.34, 2: 0.45, 3: 0.13, 4: 0.08}
RAW = pd.Series({"ni1": 78.0, "ni2": 62.0, "ni3": 15.0, "ni4": 30.0, "ni5": 83.0, "ni6": 25.0}) / 100
RETURNED = {  # who replied
    "sex": {1: 0.43, 2: 0.57},
    "age_band": {1: 0.045, 2: 0.09, 3: 0.145, 4: 0.17, 5: 0.22, 6: 0.20, 7: 0.13},
    "tenure": {1: 0.80, 2: 0.125, 3: 0.075},
    "ethnic_group": {1: 0.95, 2: 0.03, 3: 0.02},
}
POPULATION = {  # adults of the district; every variable sums to 92,400
    "sex": {"male": 45_100, "female": 47_300},
    "age_band": {
        "18_24": 10_300,
        "25_34": 14_700,
        "35_44": 17_800,
        "45_54": 16_200,
        "55_64": 14_300,
        "65_74": 10_400,
        "75_over": 8_700,
    },
    "tenure": {"owner": 66_900, "social_tenant": 13_800, "private_tenant": 11_700},
}


def make_council(to: Path) -> list[Path]:
    """Write the returns and the population totals."""
    returns, populations = to / "council_2009.csv", to / "council_populations.csv"
    write_csv(_returns(generator("council 2009")), returns)
    _populations().to_csv(populations, index=False, lineterminator="\n")
    return [returns, populations]


def _populations() -> pd.DataFrame:
    """Return the population, a row to each code of each variable; `label` is for the reader."""
    rows = [
        (variable, code, adults, label)
        for variable, people in POPULATION.items()
        for code, (label, adults) in enumerate(people.items(), start=1)
    ]
    return pd.DataFrame(rows, columns=["variable", "category", "total", "label"])


def _returns(rng: np.random.Generator) -> pd.DataFrame:
    """Return the replies as they came in: an adult to an address, no weights, too few young or renting."""
    who = {name: pick(rng, shares, RETURNS) for name, shares in RETURNED.items()}
    renting = (who["age_band"] <= 2) & (rng.random(RETURNS) < 0.3)
    who["tenure"] = np.where(renting, pick(rng, {2: 0.4, 3: 0.6}, RETURNS), who["tenure"])
    who["household_size"] = pick(rng, HOUSEHOLD_SIZES, RETURNS)
    people = Respondents(rng, who["sex"], who["age_band"] - 1, np.ones(RETURNS), _keen(rng, who["tenure"]))
    return pd.DataFrame({"serial": np.arange(1, RETURNS + 1)} | who | answer(people, RAW))


def _keen(rng: np.random.Generator, tenure: Ints) -> Floats:
    """Return what a person's answers share: owners are more content, so that weighting moves the figures."""
    return rng.standard_normal(len(tenure)) - 1.0 * (tenure > 1)
