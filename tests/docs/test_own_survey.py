"""The wave file that the tutorial ends with is what `bind` proposes, but for the changes that the page lists."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest

import psaindicators as psa
from tests.paths import ROOT, SAMPLES

FINISHED = SAMPLES / "returns_2011.toml"
PAGE = ROOT / "docs" / "own-survey.md"


def test_the_finished_wave_differs_from_the_proposal_as_the_page_says() -> None:
    proposed = tomllib.loads(psa.bind(SAMPLES / "returns_2011.xlsx", psa.wave("place", 2008)).to_toml())
    finished = tomllib.loads(FINISHED.read_text(encoding="utf-8"))
    assert different(proposed, finished) == {"survey", "title", "coverage", "2011"}
    assert different(proposed["2011"], finished["2011"]) == {"unsure", "weight", "questions"}
    changed = different(proposed["2011"]["questions"], finished["2011"]["questions"])
    assert changed == {"satisfied_area", "age_band", "household_size"}


def test_the_page_names_every_change() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("| what | from | to | why |")[2].partition("###")[0]
    named = ("`survey`, `title`", "`coverage", "`weight", "`very_satisfied", "`age_band`")
    assert [one for one in (*named, "`household_size`") if one not in table] == []


def test_both_desks_answers_to_question_3_count() -> None:
    """Counted in the sheet: 722 of 895 words and 35 of 40 numbers are satisfied. The words alone would give 80.67."""
    unweighted = replace(psa.wave(FINISHED, 2011), weight=None)
    found = psa.estimate(psa.read_survey(SAMPLES / "returns_2011.xlsx", unweighted), "ni5")[0]
    assert found.base == 895 + 40
    assert found.value == pytest.approx(100 * (722 + 35) / 935, rel=1e-12)


def different(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
