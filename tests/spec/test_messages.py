"""What a person is told in the first hour with a file of one's own, and that it says what would be right."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.files.microdata import read_microdata

ASKED = {"question": "satisfied", "in": ["very", "not"]}
SATISFIED = {"denominator": ASKED, "numerator": {"question": "satisfied", "in": ["very"]}}
SET = {
    "title": "Ours",
    "happy": {"title": "Satisfied", "better": "higher", "reference": "ours", "since": {"2010": SATISFIED}},
}
QUESTIONS = {
    "satisfied": {"variable": "q2", "answers": {"very": 1, "not": 2}, "missing": [-9]},
    "age": {"variable": "age"},
    "age_band": {"variable": "age", "bands": {"18_44": [18, 44], "45_on": [45]}},
    "children": {"variable": "kids"},
}
WAVE = {"weight": "wt", "area": {"ward": "ward"}, "questions": QUESTIONS}
RETURNS = pd.DataFrame(
    {
        "wt": [1.0, 2.0, 1.0, 1.0],
        "ward": ["A", "A", "B", "B"],
        "q2": [1, 2, 1, 1],
        "age": [20, 50, 60, 30],
        "kids": [0, 1, 2, 0],
    }
)
OURS = psa.indicators(SET)


def wave(year: int = 2010, **changed: object) -> psa.definitions.Wave:
    return psa.wave({"survey": "own", "title": "Our survey", str(year): {**WAVE, **changed}}, year)


def survey(data: object = RETURNS, year: int = 2010, **changed: object) -> psa.Survey:
    return psa.read_survey(data, wave(year, **changed))


def by_ward(year: int, wards: list[str]) -> psa.Estimates:
    return psa.estimate(survey(RETURNS.assign(ward=wards), year), OURS, by="ward")


def labelled() -> psa.Survey:
    data = replace(read_microdata(RETURNS), labels={"q2": {1: "Very satisfied", 2: "Not satisfied"}})
    spelled = {"variable": "q2", "answers": {"very": "Very satisfied", "not": "Dissatisfied"}}
    return survey(data, questions={**QUESTIONS, "satisfied": spelled})


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (
            lambda: psa.estimate(survey(), "happy"),
            "there is no indicator 'happy'; one of your own is asked for from its set: "
            "psa.indicators('my_set.toml')['happy']",
        ),
        (
            lambda: psa.estimate(survey(), "my_set.toml"),
            "'my_set.toml' is a set, not an indicator: ask for psa.indicators('my_set.toml')",
        ),
        (
            lambda: psa.estimate(survey(), OURS, by="age"),
            "'age' of own 2010 is a number, without named answers to break down by; 'age_band' has bands of it",
        ),
        (
            lambda: psa.estimate(survey(), OURS, by="children"),
            "'children' of own 2010 is a number, without named answers to break down by; "
            'bands = { "18_44" = [18, 44], "45_on" = [45] } in the wave, in a question of their own, would divide it',
        ),
        (
            lambda: psa.estimate(survey(), OURS, by="agegroup"),
            "own 2010 has no area kind or question 'agegroup' to break down by "
            "(area kinds: ward, all; questions: age_band, satisfied)",
        ),
        (
            lambda: psa.estimate(survey(), OURS, by="wards"),
            "own 2010 has no area kind or question 'wards' to break down by; did you mean 'ward'? "
            "(area kinds: ward, all; questions: age_band, satisfied)",
        ),
        (
            lambda: psa.estimate(labelled(), OURS),
            "the frame (wave own 2010): 'q2' ('satisfied') holds codes that no answer and no missing list names: "
            "2 labelled 'Not satisfied' (1) (code and respondents); the answers are very = 'Very satisfied', "
            "not = 'Dissatisfied'; name the codes as answers or list them in missing",
        ),
        (
            lambda: psa.estimate(survey(RETURNS.assign(wt=[1, None, 2, 1])), OURS),
            "the frame (wave own 2010): the weight 'wt' is missing in row 2; "
            'missing_weight = "exclude" in the wave leaves such rows out',
        ),
        (
            lambda: psa.estimate(survey(RETURNS.assign(ward=[None, " ", "", None])), OURS, by=["all", "ward"]),
            "the frame (wave own 2010): nobody whom the figures are about has a value of 'ward', "
            "so there is nothing to break down by",
        ),
        (
            lambda: psa.estimate(
                survey(RETURNS.assign(ward=["A", "A", None, None], age=[None, None, 50, 60])), OURS, by="ward*age_band"
            ),
            "the frame (wave own 2010): nobody whom the figures are about has a value of each of 'ward', 'age_band', "
            "so there is nothing to break down by",
        ),
        (
            lambda: psa.compare(by_ward(2010, ["A", "A", "B", "B"]), by_ward(2012, ["C", "C", "D", "D"])),
            "no area of own 2010 is one of own 2012: "
            "4 areas by ward not compared: A (earlier), B (earlier), C (later), D (later)",
        ),
        (
            lambda: psa.from_published(
                [{"area": "A", "value": 0.381, "base": 900}], indicator="ni4", survey="own", wave=2010
            ),
            "the values of the published figures are all under 1 (the greatest is 0.381), so they look like "
            "shares, and percentages run from 0 to 100: multiply them by 100, or say unit='share' "
            "(or unit='percent', if they are)",
        ),
        (
            lambda: psa.plan(value=0.332, movement=4),
            "value is a percentage (0-100), and 0.332 looks like a share: 33.2?",
        ),
    ],
    ids=[
        *("own id", "a set's file", "number with bands", "number without", "unlike any question", "near an area"),
        *("label spelled otherwise", "missing weight", "all blank", "no crossing", "no area in both"),
        *("share as a percentage", "share planned"),
    ],
)
def test_what_is_told(ask: Callable[[], object], told: str) -> None:
    with pytest.raises(psa.PsaError) as raised:
        ask()
    assert str(raised.value) == told


@pytest.mark.parametrize(
    ("name", "contents", "told"),
    [
        (
            "letter.csv",
            b"Dear all,\nthe returns are attached\n",
            "it has 2 variables: 'Dear all', 'column_2'; is it this",
        ),
        (
            "returns.csv",
            b"%PDF-1.4\n%\xe2\xe3",
            "is not a text file but a PDF; save the table in it as CSV",
        ),
        ("returns.csv", b"<html><table>", "is not a text file but a web page; save the table in it as CSV"),
        ("returns.doc", b"\xd0\xcf\x11\xe0", "returns.doc is not a kind of file that is read; the kinds are .csv"),
    ],
)
def test_a_file_that_is_no_table(name: str, contents: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(contents)
    with pytest.raises(psa.SurveyError) as raised:
        survey(tmp_path / name)
    assert told in str(raised.value)


def test_a_wave_set_against_itself_is_noted() -> None:
    table = by_ward(2010, ["A", "A", "B", "B"])
    assert psa.compare(table, table).notes == ("both estimates are of own 2010: a wave is set against itself",)
    assert psa.compare(table, by_ward(2012, ["A", "A", "B", "B"])).notes == ()


def test_a_council_is_scored_by_its_name_where_the_file_is_its_own(tmp_path: Path) -> None:
    """Three of the four returns are satisfied, so the target of 70 is met; Telford and Wrekin is E06000020."""
    own = psa.wave({"survey": "own", "title": "Ours", "2010": {"authority": "E06000020", "questions": QUESTIONS}}, 2010)
    file = psa.read_survey(RETURNS, own)
    (tmp_path / "t.csv").write_text("area,indicator,baseline,target,year\nTelford and Wrekin,happy,60,70,2010\n")
    targets = psa.read_targets(tmp_path / "t.csv", indicators=OURS.by_id)
    scores = psa.score(targets, psa.estimate(file, OURS, by="authority"))
    assert (scores[0].area, scores[0].outturn, scores[0].verdict) == ("E06000020", 75.0, "target met")


OUTTURN = """
title = "Ours"
output = "out"
[[surveys]]
data = "2010.csv"
survey = "own.toml"
wave = 2010
indicators = "set.toml"
by = "ward"
[[surveys]]
data = "2012.csv"
survey = "own.toml"
wave = 2012
indicators = "set.toml"
by = "ward"
[[comparisons]]
earlier = "own 2010"
later = "own 2012"
"""
OWN = """
survey = "own"
title = "Our survey"
[2010]
weight = "wt"
area = { ward = "ward" }
[2010.questions.satisfied]
variable = "q2"
answers = { very = 1, not = 2 }
[2012]
like = 2010
"""
SET_FILE = """
title = "Ours"
[happy]
title = "Satisfied"
better = "higher"
reference = "ours"
[happy.since.2010]
denominator = { question = "satisfied", in = ["very", "not"] }
numerator = { question = "satisfied", in = ["very"] }
"""


def test_areas_that_do_not_match_are_counted_and_named_in_print_and_in_the_manifest(tmp_path: Path) -> None:
    for name, text in {"outturn.toml": OUTTURN, "own.toml": OWN, "set.toml": SET_FILE}.items():
        (tmp_path / name).write_text(text)
    RETURNS.to_csv(tmp_path / "2010.csv", index=False)
    RETURNS.assign(ward=["A", "A", "C", "C"]).to_csv(tmp_path / "2012.csv", index=False)
    told = "2 areas by ward not compared: B (earlier), C (later)"
    moved = psa.compare(by_ward(2010, ["A", "A", "B", "B"]), by_ward(2012, ["A", "A", "C", "C"]))
    assert moved.notes == (told,)
    assert f"note: {told}" in repr(moved)
    found = psa.outturn(tmp_path / "outturn.toml")
    warnings = json.loads((tmp_path / "out" / "manifest.json").read_text())["warnings"]
    assert f"movements_own_2010_to_own_2012: {told}" in warnings
    assert told in found.text
