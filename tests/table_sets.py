"""Random table sets: a small survey, a few breakdowns of it, a policy, seeded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import psaindicators as psa
from psaindicators.definitions.policies import Policy
from psaindicators.figures.estimates import Estimates
from psaindicators.survey.survey import Survey
from tests.yes_no import yes_of

WAVE, LATER = (
    psa.wave(
        {
            "survey": "drawn",
            "title": "Drawn at random",
            "2010": {
                "area": {"district": "district", "county": "county", "region": "region"},
                "questions": {
                    "sex": {"variable": "sex", "answers": {"female": 1, "male": 2}},
                    "age": {"variable": "age", "answers": {"young": 1, "middle": 2, "old": 3}},
                    "tidy": {"variable": "tidy", "answers": {"yes": 1, "no": 2}},
                    "calm": {"variable": "calm", "answers": {"yes": 1, "no": 2}},
                    "early": {"variable": "early", "answers": {"yes": 1, "no": 2}},
                },
            },
            "2012": {"like": 2010},
        },
        year,
    )
    for year in (2010, 2012)
)
INDICATORS = yes_of(("tidy", "calm"))
BREAKDOWNS = (
    *("all", "region", "county", "district", "sex", "age", "region*sex", "county*sex", "district*sex"),
    *("sex*age", "region*age", "region*sex*age"),
)


def drawn_survey(random: np.random.Generator) -> Survey:
    """Return a survey of drawn people."""
    return psa.read_survey(drawn_people(random), WAVE)


def drawn_people(random: np.random.Generator) -> pd.DataFrame:
    """Return 40 to 400 people in up to 9 districts of up to 5 counties and 2 regions, with some blanks."""
    rows, districts = int(random.integers(40, 400)), int(random.integers(2, 10))
    district = random.choice(districts, rows, p=random.dirichlet(np.full(districts, 1.5)))
    chance = random.uniform(0.1, 0.9, districts)[district]
    blank = random.choice([0.0, 0.02, 0.15])
    tidy = np.where(random.random(rows) < chance, 1.0, 2.0)
    frame = pd.DataFrame(
        {
            "district": district + 1,
            "county": district // 2 + 1,
            "region": district // 4 + 1,
            "sex": random.choice([1.0, 2.0], rows),
            "age": random.choice([1.0, 2.0, 3.0], rows, p=[0.2, 0.5, 0.3]),
            "tidy": tidy,
            "calm": np.where(random.random(rows) < 0.8, tidy, random.choice([1.0, 2.0], rows)),
        }
    )
    for name in ("sex", "age", "tidy", "calm"):
        frame.loc[random.random(rows) < blank, name] = np.nan
    return frame


def drawn_policy(random: np.random.Generator) -> Policy:
    """Return a policy with a threshold of 3 to 10 on the base, and on the answers or on neither of them."""
    least = int(random.integers(3, 11))
    answers = least if random.random() < 0.7 else 0
    return Policy(
        *("drawn", "Drawn at random", "1", "drawn"),
        base=least,
        numerator=answers,
        complement=answers,
        class_disclosure=bool(answers),
        range=least,
        weighted_bases="withheld",
        round_to=1,
    )


def drawn_table_sets(number: int, seed: int = 1) -> Iterator[tuple[Survey, Estimates, Policy]]:
    """Yield so many table sets, the n-th of a seed always the same."""
    for i in range(number):
        random = np.random.default_rng((seed, i))
        survey = drawn_survey(random)
        by = list(random.choice(BREAKDOWNS, int(random.integers(1, 6)), replace=False))
        yield survey, psa.estimate(survey, INDICATORS, by=by, interval="wilson"), drawn_policy(random)
