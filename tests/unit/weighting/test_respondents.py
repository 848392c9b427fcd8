"""A survey weighted by its own names: questions by answer, areas by code or name, crossings, whom it is about."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave
from psaindicators.errors import SurveyError
from psaindicators.weighting.making import rake
from tests.unit.weighting.people import BY_HAND, RAKED, told

PEOPLE = pd.DataFrame({"q1": [1, "01", 2, 2.0], "q2": [1, 2, 1, 2], "la": ["A", "A", "B", "B"], "w": [1.0, 1, 1, 1]})
WAVE = Wave(
    survey="town",
    year=2010,
    title="Town",
    path=Path("town.toml"),
    weight="w",
    questions={
        "sex": Question("q1", {"male": 1, "female": 2}, missing=(-9,)),
        "age_band": Question("q2", {"16_34": 1, "35_over": 2}),
        "rooms": Question("q3", {}),
    },
    area={"ward": "la"},
)
TOTALS = {"sex": {"male": 40, "female": 60}, "age_band": {"16_34": 30, "35_over": 70}}


def survey(frame=PEOPLE, **changes):
    from dataclasses import replace

    return psa.read_survey(frame.assign(q3=1), replace(WAVE, **changes))


def test_a_survey_is_raked_by_its_questions_and_answers():
    np.testing.assert_allclose(rake(survey(), TOTALS).weights, BY_HAND, rtol=RAKED)


@pytest.mark.parametrize("missing_weight", ["fail", "exclude"])
def test_a_wave_whose_weight_is_yet_to_be_made_starts_alike(missing_weight):
    """The wave names the weight that the survey will have; the returns as they were keyed lack it."""
    raw = survey(PEOPLE.drop(columns="w"), missing_weight=missing_weight)
    made = rake(raw, TOTALS)
    np.testing.assert_allclose(made.weights, BY_HAND, rtol=RAKED)
    weighted = psa.read_survey(raw.microdata, raw.wave, weighting=made)
    shares = psa.distribution(weighted, "sex").columns
    assert dict(zip(shares["answer"], shares["value"], strict=True)) == pytest.approx({"male": 40, "female": 60})


def test_the_weighting_is_then_what_the_survey_is_read_with():
    """Women are 60 of 100. With the weights of the file they would be half."""
    made = rake(survey(), TOTALS)
    weighted = psa.read_survey(PEOPLE.assign(q3=1), WAVE, weighting=made)
    shares = psa.distribution(weighted, "sex").columns
    assert dict(zip(shares["answer"], shares["value"], strict=True)) == pytest.approx({"male": 40, "female": 60})


def test_a_survey_starts_from_its_weight_unless_another_is_named():
    """1 and 3 men share 40 as 10 and 30, whatever the women's scale; all alike would give 20 each."""
    frame = PEOPLE.assign(w=[1.0, 3, 5, 5], start=[1.0, 1, 1, 1])
    totals = {"sex": TOTALS["sex"]}
    np.testing.assert_allclose(rake(survey(frame), totals).weights, [10, 30, 30, 30], rtol=RAKED)
    np.testing.assert_allclose(rake(survey(frame), totals, weight="start").weights, [20, 20, 30, 30], rtol=RAKED)


def test_questions_are_crossed_with_each_other_and_with_areas():
    crossed = {"age_band*sex": {"16_34*male": 1, "35_over*male": 2, "16_34*female": 3, "35_over*female": 4}}
    np.testing.assert_allclose(rake(survey(), crossed).weights, [1, 2, 3, 4], rtol=RAKED)
    by_ward = {"ward*age_band": {"A*16_34": 1, "A*35_over": 2, "B*16_34": 3, "B*35_over": 4}}
    np.testing.assert_allclose(rake(survey(), by_ward).weights, [1, 2, 3, 4], rtol=RAKED)


def test_an_area_is_a_text_of_its_own_or_a_name():
    """Ward 01 is not ward 1: matched by value, two people would share the 4 of one ward."""
    frame = PEOPLE.assign(la=["1", "01", "2", "2"])
    made = rake(survey(frame), {"ward": {"01": 3, "1": 1, "2": 4}})
    np.testing.assert_allclose(made.weights, [1, 3, 2, 2], rtol=RAKED)
    frame = PEOPLE.assign(la=["E07000223", "E07000224", "E07000223", "E07000223"])
    authorities = survey(frame, area={"authority": "la"}, vintage="2009-04-01")
    for one, other in (("Adur", "ARUN"), ("E07000223", "E07000224")):
        made = rake(authorities, {"authority": {one: 3, other: 7}, "england": {"E92000001": 10}})
        np.testing.assert_allclose(made.weights, [1, 7, 1, 1], rtol=RAKED)


def test_names_and_answers_that_the_wave_has_not():
    totals = {"sexx": {"male": 1}, "rooms": {"1": 1}, "sex": {"men": 40, "female": 60}}
    assert told(survey(), totals).splitlines() == [
        "the population totals and the frame (wave town 2010) do not fit (row 1 is the first respondent):",
        "  town 2010 has no area kind or question 'sexx' to break down by; did you mean 'sex'? "
        "(area kinds: all, ward; questions: sex, age_band)",
        "  'rooms' of town 2010 is a number, without named answers to break down by; "
        'bands = { "18_44" = [18, 44], "45_on" = [45] } in the wave, in a question of their own, would divide it',
        "  sex = male: in rows 1, 2, but has no total",
        "  sex = men: has a total of 40 but nobody in the sample; join it to another",
    ]


def test_a_missing_answer_is_refused_or_a_category_of_its_own():
    """-9 is no answer: a quarter of 100 is theirs; 40 and 60 become 30 and 45."""
    frame = PEOPLE.assign(q1=[1, 1, 2, -9])
    totals = {"sex": TOTALS["sex"]}
    assert "sex has no category in row 4; give them one" in told(survey(frame), totals)
    made = rake(survey(frame), totals, blanks="own_category")
    np.testing.assert_allclose(made.weights, [15, 15, 45, 25], rtol=RAKED)


def test_those_whom_the_figures_are_not_about_are_refused_unless_their_weight_is_nought():
    about = AnswerIn("age_band", frozenset({"35_over"}))
    totals = {"sex": TOTALS["sex"]}
    problem = "the wave's figures are not about rows 1, 3 (its `include`); leave them out of the data, or give them a"
    assert problem in told(survey(include=about), totals)
    made = rake(survey(PEOPLE.assign(w=[0.0, 1, 0, 1]), include=about), totals)
    np.testing.assert_allclose(made.weights, [0, 40, 0, 60], rtol=RAKED)


def test_bands_crosses_and_files_without_weights_are_weighted_by_what_the_wave_makes_of_them():
    """Age in years in two bands, crossed with sex under a name of its own; everyone starts alike."""
    wave = psa.wave(
        {
            "survey": "town",
            "title": "Town",
            "2010": {
                "questions": {
                    "sex": {"variable": "sex", "answers": {"male": [1, "Male"], "female": 2}},
                    "age_band": {"variable": "age", "bands": {"young": [16, 39], "old": [40]}},
                    "age_sex": {"cross": ["age_band", "sex"]},
                }
            },
        },
        2010,
    )
    people = psa.read_survey(pd.DataFrame({"sex": [1, "Male", 2, 2, 2], "age": [16, 40, 39, 99, 16]}), wave)
    for name in ("age_sex", "age_band*sex"):
        made = rake(people, {name: {"young*male": 1, "old*male": 2, "young*female": 6, "old*female": 4}})
        np.testing.assert_allclose(made.weights, [1, 2, 3, 4, 3], rtol=RAKED)


def test_rows_that_the_wave_leaves_out_have_no_weight_to_be_made():
    left_out = survey(PEOPLE.assign(w=[1, None, 1, 1]), missing_weight="exclude")
    message = told(left_out, TOTALS)
    assert "the frame (wave town 2010) leaves out row 2 for want of a weight, and weights are made for every" in message


def test_codes_that_the_wave_does_not_name_and_weights_that_are_none():
    message = told(survey(PEOPLE.assign(q1=[1, 1, 2, 7])), TOTALS, error=SurveyError)
    assert "holds codes that no answer and no missing list names: 7 (1)" in message
    message = told(survey(PEOPLE.assign(w=[1, 1, None, -2])), TOTALS, error=SurveyError)
    assert "the weight 'w' is missing in row 3" in message
    assert "the weight 'w' is negative in row 4" in message
    assert "no variable 'ww', named as the weight; did you mean 'w'?" in told(survey(), TOTALS, weight="ww")
