"""The files of the tutorial for one's own survey: an invented national survey in SPSS's format, a council's in Excel's.

They are as such files come: refusals that nobody declared missing, ages in years, answers typed with blanks behind.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from making.citizenship_labels import REGIONS
from making.drawing import BLANK, Floats, Ints, generator, logistic, pick
from making.place import Respondents, answer
from making.writing import write_sav

STRATA, PSUS, PEOPLE = 4, 3, 20  # strata a region, PSUs a stratum, interviews a PSU
AMOUNTS = {1: "A great deal", 2: "A fair amount", 3: "Not very much", 4: "Not at all", 8: "Don't know", 9: "Refused"}
NATIONAL_LABELS = {
    "CASEID": "Serial number",
    "REGION": "Government Office Region",
    "STRAT": "Stratum of PSUs",
    "PSU": "Primary sampling unit",
    "WTFIN": "Final weight",
    "RSEX": "Sex of respondent",
    "RAGE": "Age of respondent in years",
    "TRUSTC": "How much trusts the local council",
    "TRUSTP": "How much trusts the local police",
}
NATIONAL_VALUES = {"REGION": REGIONS, "RSEX": {1: "Male", 2: "Female"}, "TRUSTC": AMOUNTS, "TRUSTP": AMOUNTS}

RETURNS = 960
WARDS = {"Abbey": 0.31, "Castle": 0.24, "Priory": 0.27, "Wharf": 0.18}
AGED = {1: 0.05, 2: 0.10, 3: 0.15, 4: 0.17, 5: 0.21, 6: 0.19, 7: 0.13}
FROM_AGE = np.array([18, 25, 35, 45, 55, 65, 75])
TO_AGE = np.array([24, 34, 44, 54, 64, 74, 92])
SATISFIED = ["Very satisfied", "Fairly satisfied", "Neither", "Fairly dissatisfied", "Very dissatisfied"]
STRONGLY = ["Very strongly", "Fairly strongly", "Not very strongly", "Not at all strongly", "Don't know"]
AGREE = ["Definitely agree", "Tend to agree", "Tend to disagree", "Definitely disagree", "Don't know"]
BACKGROUNDS = [*AGREE, "Too few people in local area", "All the same background"]
HELP = ["At least once a week", "At least once a month", "Less often", "Gave no help"]
ASKED = {
    "q3": ("Q3 Satisfaction with local area as a place to live", SATISFIED),
    "q5": ("Q5 How strongly belongs to immediate neighbourhood", STRONGLY),
    "q13": ("Q13 Can influence decisions affecting local area", AGREE),
    "q15a": ("Q15a Local councillor", ["Yes", "No"]),
    "q15b": ("Q15b School governor", ["Yes", "No"]),
    "q15c": ("Q15c Special constable", ["Yes", "No"]),
    "q15d": ("Q15d Magistrate", ["Yes", "No"]),
    "q15e": ("Q15e Group making decisions on local health services", ["Yes", "No"]),
    "q15f": ("Q15f Group making decisions to regenerate local area", ["Yes", "No"]),
    "q15g": ("Q15g Group making decisions to tackle local crime problems", ["Yes", "No"]),
    "q15h": ("Q15h Tenants group decision making committee", ["Yes", "No"]),
    "q15i": ("Q15i Group making decisions on local education services", ["Yes", "No"]),
    "q15j": ("Q15j Group making decisions on local services for young people", ["Yes", "No"]),
    "q15k": ("Q15k Group making decisions on other local services", ["Yes", "No"]),
    "q17": ("Q17 How often gave unpaid help to groups in last 12 months", HELP),
    "q18": ("Q18 People from different backgrounds get on well together in local area", BACKGROUNDS),
}
ADULTS = {  # of council.py's area two years on, by the answers of the wave file; each variable sums to 92,400
    "age_band*sex": {
        "18_34*male": 12_600,
        "18_34*female": 12_400,
        "35_54*male": 16_900,
        "35_54*female": 17_100,
        "55_over*male": 15_600,
        "55_over*female": 17_800,
    },
    "ward": {"Abbey": 27_100, "Castle": 23_600, "Priory": 23_000, "Wharf": 18_700},
}
TARGETS = [("all", "NI 4", 33.0), ("all", "NI 5", 82.0), ("all", "NI 6", 29.0)]  # of 2011, from the figures of 2009
REFUSED = "Prefer not to say"
RAW = pd.Series({"ni1": 74.0, "ni2": 60.0, "ni3": 14.0, "ni4": 30.0, "ni5": 81.0, "ni6": 33.0}) / 100
DATED = {"created": datetime(2011, 5, 2)}
PASTED = 40  # returns of a second desk, which typed the answer's number to question 3


def make_own(to: Path) -> list[Path]:
    """Write the national file, the council's returns, the adults of its area and its targets."""
    national, returns = to / "national_2010.sav", to / "returns_2011.xlsx"
    rows = _national(generator("national 2010"))
    write_sav(rows, national, column_labels=NATIONAL_LABELS, variable_value_labels=NATIONAL_VALUES)
    _write_xlsx(_returns(generator("returns 2011")), returns)
    adults = to / "returns_2011_adults.csv"
    rows = [(variable, one, number) for variable, people in ADULTS.items() for one, number in people.items()]
    pd.DataFrame(rows, columns=["variable", "category", "total"]).to_csv(adults, index=False, lineterminator="\n")
    targets = to / "council_targets.csv"
    names = ["area", "indicator", "target", "year", "baseline", "baseline_from"]
    rows = [(*target, 2011, "", "council 2009") for target in TARGETS]
    pd.DataFrame(rows, columns=names).to_csv(targets, index=False, lineterminator="\n")
    return [national, returns, adults, targets]


def _national(rng: np.random.Generator) -> pd.DataFrame:
    """Return interviews in PSUs of strata of regions; neighbours answer alike, and the old are over-sampled."""
    region = np.repeat(np.arange(1, 10), STRATA * PSUS * PEOPLE)
    psu = np.repeat(np.arange(9 * STRATA * PSUS), PEOPLE)
    age = (18 + 70 * rng.random(len(psu)) ** 0.9).astype(int)
    sex = pick(rng, {1: 0.46, 2: 0.54}, len(psu))
    shared = (0.35 * rng.standard_normal(9 * STRATA * PSUS))[psu] + np.linspace(0.3, -0.3, 9)[region - 1]
    keen = shared + 0.012 * (age - 50) + 0.1 * (sex == 2)
    return pd.DataFrame(
        {
            "CASEID": np.arange(1001, 1001 + len(psu)),
            "REGION": region,
            "STRAT": psu // PSUS + 101,
            "PSU": psu + 1,
            "WTFIN": np.round((1.5 - 0.01 * age) * (0.8 + 0.4 * rng.random(len(psu))), 3),
            "RSEX": sex,
            "RAGE": np.where(rng.random(len(psu)) < 0.01, np.nan, age),
            "TRUSTC": _trust(rng, keen),
            "TRUSTP": _trust(rng, 0.6 * keen + 0.5),
        }
    )


def _trust(rng: np.random.Generator, keen: Floats) -> Ints:
    """Return how much each trusts, in four grades, and a few who say nothing of it."""
    grade = 4 - np.searchsorted([-1.6, 0.0, 2.0], keen + logistic(rng, len(keen)))
    return np.where(rng.random(len(keen)) < 0.05, pick(rng, {8: 0.8, 9: 0.2}, len(keen)), grade)


def _returns(rng: np.random.Generator) -> pd.DataFrame:
    """Return the returns as they were typed: words, with blanks around some of them, and refusals."""
    sex, age = pick(rng, {1: 0.43, 2: 0.57}, RETURNS), pick(rng, AGED, RETURNS)
    people = Respondents(rng, sex, age - 1, np.ones(RETURNS), rng.standard_normal(RETURNS))
    years = FROM_AGE[age - 1] + (rng.random(RETURNS) * (TO_AGE - FROM_AGE + 1)[age - 1]).astype(int)
    wards = np.array(list(WARDS))[pick(rng, dict(enumerate(WARDS.values())), RETURNS)]
    columns = {
        "Return ID": np.arange(1, RETURNS + 1),
        "Ward": wards,
        "Sex": np.array(["Male", "Female"])[sex - 1],
        "Age": ["" if left else year for year, left in zip(years.tolist(), rng.random(RETURNS) < 0.015, strict=True)],
        "Adults in household": pick(rng, {1: 0.33, 2: 0.46, 3: 0.13, 4: 0.08}, RETURNS),
    }
    typed = {ASKED[name][0]: _typed(rng, codes, ASKED[name][1]) for name, codes in answer(people, RAW).items()}
    satisfied = next(iter(typed.values()))
    satisfied[-PASTED:] = map(_numbered, satisfied[-PASTED:])
    return pd.DataFrame(columns | typed)


def _numbered(word: object) -> object:
    """Return the number of an answer about satisfaction in place of its words."""
    return SATISFIED.index(str(word).strip()) + 1 if str(word).strip() in SATISFIED else word


def _typed(rng: np.random.Generator, codes: Ints, answers: list[str]) -> list[object]:
    """Return the words of codes; a refusal is typed out, nothing is empty, one word in fifty has a blank behind it."""
    words = {BLANK: "", -9: REFUSED, -8: REFUSED} | dict(enumerate(answers, start=1))
    loose = rng.random(len(codes)) < 0.02
    return [words[code] + " " * bool(late and code > 0) for code, late in zip(codes, loose, strict=True)]


def _write_xlsx(rows: pd.DataFrame, path: Path) -> None:
    """Write a sheet called Returns, dated so that its bytes are the same each time."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties(DATED)
        sheet = book.add_worksheet("Returns")
        for place, line in enumerate([list(rows), *rows.astype(object).to_numpy().tolist()]):
            sheet.write_row(place, 0, line)
