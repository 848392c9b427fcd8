"""The quality report: every number is the run's, and none tells what was withheld."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.outturns.judging import Judgements
from psaindicators.outturns.quality import ACCURACY, RELEVANCE, Made, quality

WAVE = {
    "survey": "streets",
    "title": "Streets",
    "2010": {
        "weight": "w",
        "area": {"ward": "ward"},
        "questions": {"clean": {"variable": "q", "answers": {"yes": 1, "no": 0}}},
    },
}
RULE = {"question": "clean", "in": ["yes"]}
SET = {
    "title": "Own",
    "tidy": {
        "title": "Streets are clean",
        "better": "higher",
        "reference": "minutes",
        "since": {"2000": {"denominator": {"all_answered": ["clean"]}, "numerator": RULE}},
    },
}
BASE = "respondents of the file who are in a base"


def told(blanks: int, policy: str = "none") -> dict[tuple[str, str], tuple[Any, str]]:
    """The report on 200 people of equal weight, 100 in each of two wards, of whom so many of ward b gave no answer."""
    answers = [1] * 60 + [0] * 40 + [1] * 90 + [0] * 10
    rows = pd.DataFrame({"w": 1.0, "ward": ["a"] * 100 + ["b"] * 100, "q": answers}, dtype=object)
    rows.loc[100 : 100 + blanks - 1, "q"] = None
    survey = psa.read_survey(rows, psa.wave(WAVE, 2010))
    found = psa.figures.publishable(survey, psa.estimate(survey, psa.indicators(SET), by=["all", "ward"]), policy)
    made = Made({"streets 2010": 200}, policy, 3, ("csv", "page"))
    report = quality([found], Judgements(), made).to_frame()
    assert len(report) == len(report.drop_duplicates(["dimension", "about", "measure"]))
    return {(row.dimension, row.measure): (row.value, row.says) for row in report.itertuples()}


def test_its_numbers_are_those_of_the_run() -> None:
    """150 of 200 answered: 75%, and 50 of ward b. Equal weights: deff = 200/199 x 149/150 = 0.998, not 1.33."""
    found = told(50)
    value, says = found[ACCURACY, BASE]
    assert value == 75
    assert says.startswith("tidy, the lowest; the median indicator has 75%; outside it are those who gave no valid")
    assert found[ACCURACY, "design effect"][0] == pytest.approx(1.00)
    assert found[ACCURACY, "rows with a base under 50"] == (0, "of 3 rows")
    assert found[RELEVANCE, "definitions that are unstated"][0] == 1


def test_a_small_base_is_counted() -> None:
    assert told(51)[ACCURACY, "rows with a base under 50"] == (1, "of 3 rows")


def test_a_handful_of_people_without_an_answer_are_not_told_by_their_number() -> None:
    value, says = told(5)[ACCURACY, BASE]
    assert value != value
    assert says.startswith("all but fewer than 10 in each; ")
    assert told(10)[ACCURACY, BASE][0] == 95


def test_what_is_withheld_is_counted_and_nothing_is_made_of_it() -> None:
    """Ward b has 9 who said no and is withheld, and with it ward a, or everyone, from which it would follow."""
    found = told(91, "threshold_10")
    assert found[ACCURACY, "rows that are withheld [c]"][0] >= 2
    assert "rows that are withheld [c]" not in {measure for _, measure in told(50)}


def test_a_page_and_a_workbook_hold_it(of_samples: tuple[psa.Outturn, Path]) -> None:
    outturn, out = of_samples
    [sheet] = [one for one in outturn.document.background if one.name == "quality"]
    assert f'<section id="{sheet.name}"' in (out / "outturn.html").read_text(encoding="utf-8")
    # printed: four indicators of 325 authorities, and seven figures of England
    found = {(row.about, row.measure): row for row in sheet.table.to_frame().itertuples()}
    assert (
        found["place 2008", "published figures that agree"].value == 325 * 4 + 7
    )  # printed ones of authorities, and more
