"""Two Citizenship Survey waves: a core sample of England and Wales and two boosts, in 700 PSUs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from making.citizenship_labels import (
    ACTIVISM,
    MISSING_RANGES,
    NAMES,
    SPHERES,
    VALUE_LABELS,
    VARIABLE_LABELS,
)
from making.drawing import (
    Bools,
    Floats,
    Ints,
    choose_within,
    generator,
    graded,
    logistic,
    pick,
    published,
    split,
)
from making.writing import write_sav

WALES = 10
LONDON = 7
REGION_SHARES = np.array([0.048, 0.126, 0.095, 0.081, 0.098, 0.103, 0.138, 0.153, 0.098, 0.060])  # of adults
MINORITY_SHARE = np.array([0.045, 0.085, 0.09, 0.085, 0.13, 0.07, 0.36, 0.065, 0.035, 0.035])
MUSLIM_PART = 0.28  # of adults of minority groups
CORE, MINORITY_BOOST, MUSLIM_BOOST = 1, 2, 3
WHITE, MINORITY, MUSLIM = 0, 1, 2
SAMPLES = {CORE: (450, 9000), MINORITY_BOOST: (200, 5000), MUSLIM_BOOST: (50, 1200)}  # PSUs, interviews
PSUS_OF_STRATUM = 4
PSUS_OF_QUARTER = 2  # next to each other, so that a quarter has two PSUs in most strata that hold it
PSU_SPREAD = 0.17  # of the effects of a PSU on the logistic scale: an intra-cluster correlation of about 0.01
ELIGIBLE = {1: 0.42, 2: 0.46, 3: 0.12}  # adults at the address; one was drawn
INDICATORS = ("psa21.1", "psa21.2", "psa21.3", "psa21.4", "ni3", "ni5", "ni6")
ENGLAND = {
    2007: {"psa21.1": 82.0, "psa21.3": 75.0, "ni5": 81.3},
    2008: {"psa21.1": 84.1, "psa21.3": 77.1, "ni3": 10.2},
}
"""Where to aim within the rounding of the published whole numbers: a change of 2 points stays 2 points."""
IN_WALES = {"psa21.1": 74, "psa21.2": 69, "psa21.3": 84, "psa21.4": 32, "ni3": 7, "ni5": 86, "ni6": 21}
GROUP_EFFECT = {  # logistic, of the minority groups and of Muslims among them
    "psa21.1": (-0.35, -0.15),
    "psa21.2": (2.2, 2.0),
    "psa21.3": (0.2, 0.5),
    "psa21.4": (0.55, 0.6),
    "ni3": (-0.1, -0.3),
    "ni5": (-0.35, -0.3),
    "ni6": (-0.45, -0.8),
}
AGE_EFFECT = {
    "psa21.1": 0.1,
    "psa21.2": -0.45,
    "psa21.3": 0.3,
    "psa21.4": -0.05,
    "ni3": 0.15,
    "ni5": 0.1,
    "ni6": 0.05,
}
AGREE = ({1: 0.25, 2: 0.75}, {3: 0.65, 4: 0.35})
BELONG = ({1: 0.45, 2: 0.55}, {3: 0.75, 4: 0.25})
SATISFIED = ({1: 0.45, 2: 0.55}, {3: 0.45, 4: 0.35, 5: 0.2})
HELPED = ({1: 0.55, 2: 0.45}, {3: 0.23, -1: 0.77})
OFTEN, SELDOM = {1: 0.25, 2: 0.45, 3: 0.3}, {4: 0.45, 5: 0.55}
MIXING = {  # how many of those who mix anywhere do so here, and to how many it does not apply
    "mixwork": (0.55, 0.40),
    "mixchild": (0.22, 0.65),
    "mixpub": (0.45, 0.0),
    "mixgroup": (0.25, 0.45),
    "mixshop": (0.50, 0.0),
    "mixworsh": (0.17, 0.55),
    "mixvol": (0.12, 0.70),
}
DEPRIVED = {1: 0.45, 2: 0.25, 3: 0.15, 4: 0.1, 5: 0.05}  # fifths of the PSUs of the boosts
HOME = (0.5, 0.3)  # who mixes at home, of those who mix elsewhere and of those who do not


@dataclass(frozen=True)
class People:
    """Interviews of a wave; arrays over them."""

    rng: np.random.Generator
    region: Ints
    sample: Ints
    psu: Ints
    stratum: Ints
    group: Ints
    age: Ints
    sex: Ints
    weight: Floats

    def __len__(self) -> int:
        return len(self.region)

    def score(self, indicator: str) -> Floats:
        """Return how readily each says yes: group, age and PSU effects and noise."""
        effects = np.array([0.0, *GROUP_EFFECT[indicator]])[self.group]
        effects = effects + AGE_EFFECT[indicator] * (self.age - 46) / 18 + 0.1 * (self.sex == 2)
        shared = PSU_SPREAD * self.rng.standard_normal(self.psu.max() + 1)
        return effects + shared[self.psu] + logistic(self.rng, len(self))

    def say_yes(self, indicator: str, base: Bools, wave: int) -> Bools:
        """Return who says yes: England's weighted share as published, and Wales's invented one."""
        score, england = self.score(indicator), self.region != WALES
        aim = {"ni3": 10, "ni5": 81.5} | published("citizenship", wave) | ENGLAND[wave]
        yes = choose_within(base & england, score, self.weight, aim[indicator] / 100)
        return yes | choose_within(base & ~england, score, self.weight, IN_WALES[indicator] / 100)


def make_citizenship(to: Path) -> list[Path]:
    """Write both waves."""
    return [_write(wave, to) for wave in (2007, 2008)]


def _write(wave: int, to: Path) -> Path:
    people = _people(generator(f"citizenship {wave}"))
    groups = _groups_of_need(people, generator(f"citizenship {wave} groups"))
    rows = pd.DataFrame(_who(people, wave) | groups | _answers(people, wave))[list(VARIABLE_LABELS)]
    path = to / f"citizenship_{wave}.sav"
    write_sav(
        rows,
        path,
        file_label=f"SYNTHETIC sample after the {NAMES[wave]}",
        note=[
            "SYNTHETIC. No record is a person's.",
            "README.md beside this file says which names are known.",
        ],
        column_labels=VARIABLE_LABELS,
        variable_value_labels=VALUE_LABELS,
        missing_ranges={name: MISSING_RANGES for name in rows if -9 in VALUE_LABELS.get(name, {})},
        variable_measure=dict.fromkeys(VALUE_LABELS, "nominal"),
        variable_format={name: "F4.0" for name in rows if name != "wtfinds"} | {"wtfinds": "F10.4"},
    )
    return path


def _people(rng: np.random.Generator) -> People:
    """Return the interviews of the three samples, PSU by PSU, with their joint weights."""
    psus = pd.concat([_psus(sample) for sample in SAMPLES], ignore_index=True)
    psus["psu"] = np.arange(1, len(psus) + 1)
    psus["stratum"] = np.cumsum(psus["opens_stratum"])
    each = psus.loc[psus.index.repeat(psus["interviews"])].reset_index(drop=True)
    region, sample, psu, stratum = (each[name].to_numpy() for name in ("region", "sample", "psu", "stratum"))
    group = _groups(rng, region, sample)
    span, bend = np.where(group == WHITE, 76, 62), np.where(group == WHITE, 1.15, 1.5)
    age = 16 + (span * rng.random(len(each)) ** bend).astype(np.int64)
    sex = pick(rng, {1: 0.46, 2: 0.54}, len(each))
    weight = _weights(rng, region, group)
    return People(rng, region, sample, psu, stratum, group, age, sex, weight)


def _psus(sample: int) -> pd.DataFrame:
    """Return the PSUs of one sample: by region, in strata of at least two and at most seven."""
    psus, interviews = SAMPLES[sample]
    people = REGION_SHARES if sample == CORE else REGION_SHARES * MINORITY_SHARE
    extra = 2  # two to each region, so that no stratum has fewer than two PSUs
    by_region = extra + split(psus - extra * WALES, people)
    table = pd.DataFrame({"region": np.repeat(np.arange(1, WALES + 1), by_region), "sample": sample})
    place = np.concatenate([np.arange(number) for number in by_region])
    left = np.repeat(by_region, by_region) - place
    table["opens_stratum"] = (place == 0) | ((place % PSUS_OF_STRATUM == 0) & (left >= PSUS_OF_STRATUM))
    table["interviews"] = split(interviews, np.ones(psus))
    return table


def _groups(rng: np.random.Generator, region: Ints, sample: Ints) -> Ints:
    """Return each person's group: as in the population in the core, by design in the boosts."""
    minority = (sample != CORE) | (rng.random(len(region)) < MINORITY_SHARE[region - 1])
    muslim = (sample == MUSLIM_BOOST) | (rng.random(len(region)) < MUSLIM_PART)
    return np.where(minority, np.where(muslim, MUSLIM, MINORITY), WHITE)


def _weights(rng: np.random.Generator, region: Ints, group: Ints) -> Floats:
    """Return weights of mean 1: people over interviews (core and boosts) by cell, times adults at the address."""
    regions, groups = (axis.ravel() for axis in np.indices((WALES, 3)))
    minority = MINORITY_SHARE[regions]
    parts = np.choose(groups, [1 - minority, minority * (1 - MUSLIM_PART), minority * MUSLIM_PART])
    people = np.bincount(_cells(regions + 1, groups), REGION_SHARES[regions] * parts)
    cell = _cells(region, group)
    weight = (people / np.bincount(cell).clip(1))[cell]
    weight *= np.array([0.9, 1.05, 1.2])[pick(rng, ELIGIBLE, len(cell)) - 1]
    return (weight / weight.mean()).round(4)


def _cells(region: Ints, group: Ints) -> Ints:
    """Return weighting cells: each region for the majority; London, the rest and Wales for the others."""
    part = np.where(region == WALES, 2, np.where(region == LONDON, 1, 0))
    return np.where(group == WHITE, region, 10 + 3 * group + part)


def _who(people: People, wave: int) -> dict[str, object]:
    """Return the columns that say who was interviewed, and for whom they stand."""
    bands = np.searchsorted([25, 35, 45, 55, 65, 75], people.age, side="right") + 1
    ethnic = pick(people.rng, {2: 0.5, 3: 0.24, 4: 0.12, 5: 0.05, 6: 0.09}, len(people))
    return {
        "serial": np.arange(1, len(people) + 1) + 100_000,
        "survyear": np.full(len(people), wave),
        "quarter": 1 + (people.psu - 1) // PSUS_OF_QUARTER % 4,
        "gor": people.region,
        "sampletype": people.sample,
        "psu": people.psu,
        "stratum": people.stratum,
        "wtfinds": people.weight,
        "sex": people.sex,
        "dvage": people.age,
        "agegrp": bands,
        "ethnic6": np.where(people.group == WHITE, 1, ethnic),
    }


def _groups_of_need(people: People, rng: np.random.Generator) -> dict[str, object]:
    """Return disability, more usual with age, and the deprivation of the PSU, higher where the boosts were drawn.

    A generator of their own draws them, so that what was drawn before them is as it was.
    """
    stated = pick(rng, {0: 0.985, -9: 0.01, -8: 0.005}, len(people))
    disabled = rng.random(len(people)) < 0.06 + 0.006 * (people.age - 16)
    psus = people.psu.max() + 1
    boosted = np.zeros(psus, dtype=bool)
    boosted[people.psu[people.sample != CORE]] = True
    fifths = np.where(boosted, pick(rng, DEPRIVED, psus), pick(rng, dict.fromkeys(range(1, 6), 0.2), psus))
    return {"disab": np.where(stated, stated, np.where(disabled, 1, 2)), "imd5": fifths[people.psu]}


def _answers(people: People, wave: int) -> dict[str, object]:
    """Return the columns that hold answers."""
    rng = people.rng
    belong = _asked(people, "psa21.3", wave, BELONG, none={-8: 0.012})
    differs = (belong > 0) & (rng.random(len(people)) < 0.3)
    nearby = np.where(differs, pick(rng, {1: 0.3, 2: 0.4, 3: 0.3}, len(people)), belong)
    answers = {
        "stogeth": _asked(people, "psa21.1", wave, AGREE, none={5: 0.035, 6: 0.045, -8: 0.06}),
        "sbeneigh": belong,
        "sbeloc": nearby,
        "paffloc": _asked(people, "psa21.4", wave, AGREE, none={-8: 0.035}),
        "locsat": _asked(people, "ni5", wave, SATISFIED, none={-8: 0.003}),
        "funoft": _asked(people, "ni6", wave, HELPED, none={-8: 0.004}),
    }
    return answers | _activism(people, wave) | _mixing(people, wave)


def _asked(people: People, indicator: str, wave: int, grades: tuple, *, none: dict[int, float]) -> Ints:
    """Return the codes of one question; `none` are the shares outside the base, beside refusals."""
    outside = {-9: 0.004, **none}
    code = pick(people.rng, {0: 1 - sum(outside.values()), **outside}, len(people))
    yes = people.say_yes(indicator, code == 0, wave)
    return np.where(code == 0, graded(people.rng, yes, grades), code)


def _activism(people: People, wave: int) -> dict[str, Floats]:
    """Return the block on roles and groups (1 mentioned, 0 not): -9 or blank throughout where not answered."""
    rng, rows = people.rng, len(people)
    state = pick(rng, {0: 0.992, -9: 0.004, 1: 0.004}, rows)
    active = people.say_yes("ni3", state == 0, wave)
    first = np.array(list(ACTIVISM))[pick(rng, dict(enumerate(ACTIVISM.values())), rows)]
    block = {}
    for name, popular in ACTIVISM.items():
        yes = active & ((first == name) | (rng.random(rows) < 0.3 * popular))
        block[name] = np.select([state == -9, state == 1], [-9.0, np.nan], yes.astype(float))
    return block


def _mixing(people: People, wave: int) -> dict[str, Ints]:
    """Return how often people mix in each sphere. Home is asked as well, and is no part of the indicator."""
    rng, rows = people.rng, len(people)
    refused = rng.random(rows) < 0.008
    mixes = people.say_yes("psa21.2", ~refused, wave)
    likely = np.array([often for often, _ in MIXING.values()])
    first = np.array(list(MIXING))[pick(rng, dict(enumerate(likely)), rows)]
    spheres = {}
    for name, (often, elsewhere) in MIXING.items():
        here = mixes & ((first == name) | (rng.random(rows) < 0.6 * often))
        outside = ~here & (rng.random(rows) < elsewhere)
        unsure = ~here & (first != name) & (rng.random(rows) < 0.006)
        code = np.where(outside, -1, np.where(unsure, -8, graded(rng, here, (OFTEN, SELDOM))))
        spheres[name] = np.where(refused, -9, code)
    at_home = rng.random(rows) < np.where(mixes, *HOME)
    spheres["mixhome"] = np.where(refused, -9, graded(rng, at_home, (OFTEN, SELDOM)))
    assert list(spheres) == list(SPHERES)
    return spheres
