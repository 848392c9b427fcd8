"""Two Place Survey waves: 2008 as published, 2010 invented."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from making.drawing import (
    BLANK,
    PUBLISHED,
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
from making.writing import write_parquet

CENTRAL_BEDFORDSHIRE = "E06000056"
RETURNS = 1100  # the least that the 2008 guidance asked of an authority
RETURNS_OF = {CENTRAL_BEDFORDSHIRE: 2828}  # as its council reported
ENGLAND_ADULTS = 41_000_000  # invented, like every population here
ADULTS_OF_TIER = {
    "London borough": 180,
    "metropolitan district": 245,
    "unitary": 140,
    "unitary (from Apr 2009)": 270,
    "non-metropolitan district": 83,
}
ADULTS_OF = {"E09000001": 9}  # thousands; the City of London is far smaller than its tier
REGIONS = {
    "North East": "E12000001",
    "North West": "E12000002",
    "Yorkshire and The Humber": "E12000003",
    "East Midlands": "E12000004",
    "West Midlands": "E12000005",
    "East of England": "E12000006",
    "London": "E12000007",
    "South East": "E12000008",
    "South West": "E12000009",
}
AGES = 7
ADULTS_BY_AGE = np.array([0.12, 0.165, 0.195, 0.17, 0.15, 0.105, 0.095])
RETURN_RATE = {
    1: np.array([0.45, 0.55, 0.75, 0.95, 1.3, 1.55, 1.15]),
    2: np.array([0.6, 0.8, 1.0, 1.1, 1.4, 1.5, 1.1]),
}
INDICATORS = ("ni1", "ni2", "ni3", "ni4", "ni5", "ni6")
AGE_SLOPE = {"ni1": 0.04, "ni2": 0.22, "ni3": 0.10, "ni4": 0.02, "ni5": 0.06, "ni6": 0.08}
WOMEN = {"ni1": 0.0, "ni2": 0.12, "ni3": -0.1, "ni4": 0.1, "ni5": 0.05, "ni6": 0.2}
AGREE = ({1: 0.18, 2: 0.82}, {3: 0.7, 4: 0.3})
BELONG = ({1: 0.3, 2: 0.7}, {3: 0.75, 4: 0.25})
SATISFIED = ({1: 0.33, 2: 0.67}, {3: 0.55, 4: 0.3, 5: 0.15})
HELPED = ({1: 0.45, 2: 0.55}, {3: 0.28, 4: 0.72})
UNANSWERED = {BLANK: 0.7, -9: 0.2, -8: 0.1}
ROLES = {
    "q15a": 0.06,  # councillor
    "q15b": 0.15,  # school governor
    "q15c": 0.03,  # special constable
    "q15d": 0.03,  # magistrate
    "q15e": 0.14,  # health
    "q15f": 0.16,  # regeneration
    "q15g": 0.18,  # crime
    "q15h": 0.12,  # tenants
    "q15i": 0.20,  # education
    "q15j": 0.18,  # youth
    "q15k": 0.28,  # other local services
}
MOVED_2010 = {CENTRAL_BEDFORDSHIRE: {"ni3": 16.5, "ni4": 27.0, "ni6": 25.0}}
NOTES = {
    2008: "SYNTHETIC. Respondents are invented; NI 1, 2, 4 and 5 of each authority are as published",
    2010: "SYNTHETIC AND INVENTED. There was no Place Survey in 2010: no respondent or figure is real",
}


@dataclass(frozen=True)
class Respondents:
    """The returns of one authority; `age` counts bands from 0, `keen` is what the answers of a person share."""

    rng: np.random.Generator
    sex: Ints
    age: Ints
    weight: Floats
    keen: Floats

    def score(self, indicator: str) -> Floats:
        """Return how readily each says yes."""
        effects = AGE_SLOPE[indicator] * self.age + WOMEN[indicator] * (self.sex == 2) + 0.5 * self.keen
        return effects + logistic(self.rng, len(self.sex))

    def answering(self, rate: float) -> Bools:
        """Return who answers a question that `rate` of them leave out, the oldest rather more often."""
        return self.rng.random(len(self.sex)) >= rate * (0.7 + 0.1 * self.age)


def make_place(to: Path) -> list[Path]:
    """Write both waves."""
    areas = _areas()
    first = _figures_2008(areas)
    return [_write(areas, first, 2008, to), _write(areas, _figures_2010(first, areas), 2010, to)]


def _areas() -> pd.DataFrame:
    """Return the authorities with an invented adult population."""
    areas = pd.read_csv(PUBLISHED / "place_survey_2008.csv")
    rng = generator("place areas")
    thousands = areas["tier"].map(ADULTS_OF_TIER) * (0.6 + 0.8 * rng.random(len(areas)))
    thousands = areas["la_code"].map(ADULTS_OF).fillna(thousands)
    return areas.assign(adults=split(ENGLAND_ADULTS, thousands.to_numpy(dtype=float)))


def _figures_2008(areas: pd.DataFrame) -> pd.DataFrame:
    """Return the percentages to reach: as published, and for NI 3 and 6 invented ones about England's."""
    rng = generator("place figures")
    england = published("place", 2008)
    figures = areas[["ni1", "ni2", "ni4", "ni5"]].copy()
    for indicator, spread in (("ni3", 1.8), ("ni6", 2.6)):
        drawn = england[indicator] + spread * rng.standard_normal(len(areas)).clip(-2.5, 2.5)
        known = (areas["la_code"] == CENTRAL_BEDFORDSHIRE).to_numpy()
        drawn[known] = england[f"{indicator} Central Bedfordshire"]
        off = england[indicator] - np.average(drawn, weights=areas["adults"])
        drawn[~known] += off * areas["adults"].sum() / areas["adults"][~known].sum()
        figures[indicator] = drawn
    return figures


def _figures_2010(first: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the invented second wave: a fifth of the figures up by 5 to 9 points, a twelfth down."""
    rng = generator("place 2010 moves")
    second = first.copy()
    for indicator in INDICATORS:
        fate, size = rng.random(len(areas)), 5 + 4 * rng.random(len(areas))
        if indicator in ("ni3", "ni6"):
            size *= 0.8
        moved = np.where(fate < 0.2, size, np.where(fate < 0.283, -0.8 * size, 0.0))
        second[indicator] = (first[indicator] + moved + 0.9 * rng.standard_normal(len(areas))).clip(4, 96)
    for code, figures in MOVED_2010.items():
        second.loc[areas["la_code"] == code, list(figures)] = list(figures.values())
    return second


def _write(areas: pd.DataFrame, figures: pd.DataFrame, wave: int, to: Path) -> Path:
    rng = generator(f"place {wave}")
    parts = [_returns(rng, area, figures.loc[area.Index]) for area in areas.itertuples()]
    path = to / f"place_{wave}.parquet"
    rows = pd.concat(parts, ignore_index=True).assign(survey_year=np.int16(wave))
    write_parquet(rows, path, NOTES[wave])
    return path


def _returns(rng: np.random.Generator, area: tuple, figures: pd.Series) -> pd.DataFrame:
    """Return the returns of one authority, their answers weighted to its figures."""
    people = _respondents(rng, area)
    columns: dict[str, object] = {"la_code": area.la_code, "region": REGIONS[area.region]}
    columns |= {"sex": people.sex.astype("int8"), "age_band": (people.age + 1).astype("int8")}
    answers = answer(people, figures / 100)
    columns |= {name: codes.astype("int8") for name, codes in answers.items()}
    columns |= {"wt": people.weight, "adult_population": np.int32(area.adults)}
    return pd.DataFrame(columns)


def _respondents(rng: np.random.Generator, area: tuple) -> Respondents:
    """Return people by sex and age as they reply, weighted to their cells of the authority's adults."""
    returns = RETURNS_OF.get(area.la_code, RETURNS + int(150 * rng.random()))
    younger = np.linspace(1, -1, AGES) * (0.25 if area.region == "London" else 0.15 * (rng.random() - 0.5))
    adults = np.outer([0.487, 0.513], ADULTS_BY_AGE * (1 + younger)).ravel()
    replies = split(returns, adults * np.concatenate([RETURN_RATE[1], RETURN_RATE[2]]))
    weights = area.adults * adults / adults.sum() / replies
    cell = np.repeat(np.arange(2 * AGES), replies)
    cell = cell[np.argsort(rng.random(returns), kind="stable")]
    return Respondents(rng, cell // AGES + 1, cell % AGES, weights[cell].round(4), rng.standard_normal(returns))


def answer(people: Respondents, shares: pd.Series) -> dict[str, Ints]:
    """Return the codes of every question; the weighted share of each indicator is the one asked for."""
    answers = {
        "q3": _asked(people, "ni5", shares, SATISFIED),
        "q5": _asked(people, "ni2", shares, BELONG, none={5: 0.035}),
        "q13": _asked(people, "ni4", shares, AGREE, none={5: 0.06}),
    }
    answers |= _groups(people, shares["ni3"])
    answers["q17"] = _asked(people, "ni6", shares, HELPED)
    return answers | {"q18": _asked(people, "ni1", shares, AGREE, none={5: 0.115, 6: 0.04, 7: 0.065})}


def _asked(people: Respondents, indicator: str, shares: pd.Series, grades: tuple, *, none: dict | None = None) -> Ints:
    """Return the codes of one question; `none` are the shares of answers that are no opinion."""
    rng, rows = people.rng, len(people.sex)
    none = none or {}
    code = pick(rng, {0: 1 - sum(none.values()), **none}, rows)
    code = np.where(people.answering(0.03 + 0.015 * len(none) / 3), code, pick(rng, UNANSWERED, rows))
    yes = choose_within(code == 0, people.score(indicator), people.weight, shares[indicator])
    return np.where(code == 0, graded(rng, yes, grades), code)


def _groups(people: Respondents, share: float) -> dict[str, Ints]:
    """Return the block on roles and groups (1 yes, 2 no): left out whole, or with a gap among the noes."""
    rng, rows = people.rng, len(people.sex)
    answered = people.answering(0.045)
    active = choose_within(answered, people.score("ni3"), people.weight, share)
    first = np.array(list(ROLES))[pick(rng, dict(enumerate(ROLES.values())), rows)]
    block = {}
    for number, (name, popular) in enumerate(ROLES.items()):
        yes = active & ((first == name) | (rng.random(rows) < 0.3 * popular))
        gap = ~yes & (rng.random(rows) < (0.03 if number else 0.0))
        block[name] = np.where(answered & ~gap, np.where(yes, 1, 2), BLANK)
    return block
