"""The 31 percentages, standard errors and 32 counts that CDC printed for the NAMCS 2019 public use file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AllAnswered, AllOf, AnswerIn
from tests.paths import NAMCS

HERE = Path(__file__).parent

TABLES = {
    "Total": (),
    "Type of doctor": ("physician_type",),
    "Type of specialty": ("specialty",),
    "Metropolitan": ("metropolitan",),
    "Patient age recode": ("age_band",),
    "Patient sex": ("sex",),
    "(Patient age recode) x (Patient sex)": ("age_band", "sex"),
    "Expected source of payment for visit: Private insurance": ("pays_private",),
    "Expected source of payment for visit: Medicare": ("pays_medicare",),
}
WORDS = {"TRUE": "yes", "FALSE": "no", "MSA (Metropolitan Statistical Area)": "yes", "Non-MSA": "no"}


def printed() -> list[dict[str, str]]:
    with (HERE / "namcs2019_reference.csv").open(encoding="utf-8", newline="") as file:
        return [{key: value.replace("\u00a0", " ") for key, value in row.items()} for row in csv.DictReader(file)]


def questions_of(row: dict[str, str]) -> tuple[str, ...]:
    return next(asked for start, asked in TABLES.items() if row["table"].startswith(start))


def answers_of(row: dict[str, str], wave: object) -> list[tuple[str, str]]:
    """The question and the answer behind each part of a level such as "15-24 years: Female"."""
    asked = questions_of(row)
    texts = row["level"].split(": ") if len(asked) > 1 else [row["level"]][: len(asked)]
    return [(name, answer_named(text, wave.questions[name].answers)) for name, text in zip(asked, texts, strict=True)]


def answer_named(text: str, answers: dict[str, object]) -> str:
    return WORDS.get(text) or next(name for name, code in answers.items() if code == text)


@pytest.fixture(scope="module")
def survey() -> psa.Survey:
    return psa.read_survey(NAMCS / "namcs2019.csv.gz", psa.wave(str(NAMCS / "namcs.toml"), 2019))


def test_the_printed_rows_are_all_there() -> None:
    assert len(printed()) == 32
    assert sum(bool(row["percent"]) for row in printed()) == 31


@pytest.mark.parametrize(
    "row", [row for row in printed() if row["percent"]], ids=lambda r: f"{r['table'][:24]} {r['level']}"
)
def test_percentage_and_standard_error(survey: psa.Survey, row: dict[str, str]) -> None:
    holds = [AnswerIn(name, frozenset({answer})) for name, answer in answers_of(row, survey.wave)]
    definition = Definition(2019, AllOf(tuple(holds)), AllAnswered(questions_of(row)))
    indicator = Indicator("level", row["level"], "higher", "NAMCS", "confirmed", {}, (definition,))
    estimate = psa.estimate(survey, indicator)[0]
    assert round(estimate.value, 1) == float(row["percent"])
    assert round(estimate.se, 1) == float(row["se_pct"])
    assert estimate.base == 8250


@pytest.mark.parametrize("row", printed(), ids=lambda r: f"{r['table'][:24]} {r['level']}")
def test_count(survey: psa.Survey, row: dict[str, str]) -> None:
    """A level's count and its visits in thousands: the base and the weighted base of its row in a breakdown."""
    asked = questions_of(row)
    by = "*".join(asked) or "all"
    area = "*".join(answer for _, answer in answers_of(row, survey.wave)) or "all"
    medicare = psa.indicators(str(NAMCS / "visits.toml"))["medicare"]  # answered at every visit
    rows = {one.area: one for one in psa.estimate(survey, medicare, by=by)}
    assert rows[area].base == int(row["n"])
    assert round(rows[area].weighted_base / 1000) == int(row["number_000"])


def test_ignoring_the_clusters_would_give_a_quarter_of_the_standard_error(survey: psa.Survey) -> None:
    """Primary care specialists: CDC prints 2.6; visits taken as independent would give 0.6 (50.3 of 8,250 visits)."""
    sets = psa.indicators(str(NAMCS / "visits.toml"))
    estimate = psa.estimate(survey, sets["primary_care_specialty"])[0]
    naive = estimate.se / estimate.deff**0.5
    assert (round(estimate.se, 1), round(naive, 1)) == (2.6, 0.6)
