"""A kind of area may be used wherever a question may: in a rule, in `where`, in distribution, association, logistic.

Five people of two wards, all of weight 1: in ward 1 Ann yes, Bob no, Cid yes; in ward 2 Dee yes, Eve no.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import psaindicators as psa
from tests.paths import SAMPLES

ROWS = pd.DataFrame({"Ward": [1, 1.0, 1, 2, 2], "q": [1, 2, 1, 1, 2], "half": [1, 2, 1, 2, 1]})
QUESTIONS = {
    "q": {"variable": "q", "answers": {"yes": 1, "no": 2}},
    "half": {"variable": "half", "answers": {"first": 1, "second": 2}},
}


def wave(**more: Any) -> psa.Wave:
    return psa.wave(
        {"survey": "s", "title": "S", "2020": {"area": {"ward": "Ward"}, "questions": QUESTIONS, **more}}, 2020
    )


def ward(*areas: str) -> dict[str, Any]:
    return {"question": "ward", "in": list(areas)}


def own(numerator: Any, denominator: Any) -> psa.IndicatorSet:
    rules = {"numerator": numerator, "denominator": denominator}
    said = {"title": "Yes", "better": "higher", "reference": "here", "since": {"2020": rules}}
    return psa.indicators({"title": "Own", "yes": said})


YES, ANSWERED = {"question": "q", "in": ["yes"]}, {"all_answered": ["q"]}


def test_where_keeps_those_of_an_area_and_gives_that_areas_row() -> None:
    survey, yes = psa.read_survey(ROWS, wave()), own(YES, ANSWERED)
    there = psa.estimate(survey, yes, where=ward("1"))[0]
    assert there.base == 3
    assert there.value == pytest.approx(200 / 3)  # everyone would be 60
    row = psa.estimate(survey, yes, by="ward").where(area="1")[0]
    assert (there.value, there.se, there.low, there.high) == (row.value, row.se, row.low, row.high)


def test_a_definition_and_a_universe_may_name_areas() -> None:
    of_ward_2 = own([YES, ward("2")], ANSWERED)
    assert psa.estimate(psa.read_survey(ROWS, wave()), of_ward_2)[0].value == pytest.approx(100 / 5)
    in_ward_2 = own(YES, [ANSWERED, ward("2")])
    assert psa.estimate(psa.read_survey(ROWS, wave()), in_ward_2)[0].value == pytest.approx(100 / 2)
    about_ward_1 = psa.read_survey(ROWS, wave(include=ward("1")))
    assert psa.estimate(about_ward_1, own(YES, ANSWERED))[0].value == pytest.approx(200 / 3)


def test_the_distribution_over_areas_is_their_shares() -> None:
    found = psa.distribution(psa.read_survey(ROWS, wave()), "ward")
    assert found.columns["answer"].tolist() == ["1", "2"]
    assert found.columns["value"].tolist() == pytest.approx([60.0, 40.0])


def test_an_area_that_there_is_not_is_told_with_those_there_are() -> None:
    survey = psa.read_survey(ROWS, wave())
    with pytest.raises(psa.SurveyError, match=r"there is no ward '3' \(there are: 1, 2\)"):
        psa.estimate(survey, own(YES, ANSWERED), where=ward("1", "3"))
    with pytest.raises(psa.DefinitionError, match=r"s 2020 has no question 'wrd'; did you mean 'ward'\?"):
        psa.estimate(survey, own(YES, ANSWERED), where={"question": "wrd", "in": ["1"]})
    with pytest.raises(psa.DefinitionError, match="'ward' of s 2020 has named answers, so it cannot be at least"):
        psa.estimate(survey, own(YES, ANSWERED), where={"question": "ward", "at_least": 2})
    with pytest.raises(psa.DefinitionError, match="include: 'county' is neither a question nor an area kind"):
        wave(include={"question": "county", "in": ["1"]})


def test_a_derived_area_is_named_by_code_or_name_and_what_a_file_adds_up_is_the_same() -> None:
    """Of the sample's rows, added up where they live by region; a rule about regions has them read as arrays."""
    place = psa.read_survey(SAMPLES / "place_2008.parquet", psa.wave("place", 2008))
    row = psa.estimate(place, "ni4", by="region").where(area="E12000007")[0]
    for spelled in ("E12000007", "London", "london "):
        there = psa.estimate(place, "ni4", where={"question": "region", "in": [spelled]})
        assert there[0].base == row.base
        assert (there[0].value, there[0].se) == pytest.approx((row.value, row.se), rel=1e-12)
    assert any("a rule asks for the area kind 'region'" in note for note in there.notes)


def test_regression_and_association_by_an_area_are_those_by_a_question_of_the_same_codes() -> None:
    questions = {**QUESTIONS, "side": {"variable": "Ward", "answers": {"1": 1, "2": 2}}}
    survey = psa.read_survey(pd.concat([ROWS] * 4, ignore_index=True), wave(questions=questions))
    yes = own(YES, ANSWERED)["yes"]
    ours, theirs = (psa.analysis.logistic(survey, yes, [one]) for one in ("ward", "side"))
    assert ours.columns["coefficient"].tolist() == theirs.columns["coefficient"].tolist()
    assert ours.columns["se"].tolist() == theirs.columns["se"].tolist()
    ours, theirs = (psa.analysis.association(survey, one, "half") for one in ("ward", "side"))
    assert (ours[0].f, ours[0].p_value) == (theirs[0].f, theirs[0].p_value)
