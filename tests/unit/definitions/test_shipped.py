"""Every shipped definition and wave is whole: what it refers to exists, and what it says is said somewhere."""

from __future__ import annotations

import re

import pytest

import psaindicators as psa
from psaindicators.definitions.finding import FOLDER, shipped_ids
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.shipped import all_shipped, waves
from psaindicators.definitions.waves import Wave, binding_problems
from tests.paths import TESTS

SETS = [psa.indicators(name) for name in shipped_ids("sets")]
INDICATORS = [one for each in SETS for one in each.values()]
WAVES = [one for name in shipped_ids("surveys") for one in waves(name).values()]
DATED = [(one, definition) for one in INDICATORS for definition in one.definitions]
NOT_MEASURED = {"ni7"}  # by a survey of organisations that no shipped wave describes; its note says so
SPEC = TESTS / "spec"


def name_of(case: object) -> str:
    match case:
        case Indicator():
            return case.id
        case Wave():
            return case.name
        case Definition():
            return str(case.since)
    return str(case)


def test_an_id_belongs_to_one_set() -> None:
    ids = [one.id for one in INDICATORS]
    assert sorted(ids) == sorted(set(ids))
    assert len(all_shipped()) == len(ids)


def test_the_sets_hold_the_indicators_of_the_two_schemes() -> None:
    """PSA Delivery Agreement 21 (October 2007), Annex A, has six indicators; NI 1 to 7 are those of these topics."""
    assert [one.id for one in psa.indicators("psa21").values()] == [f"psa21.{i}" for i in range(1, 7)]
    assert {f"ni{i}" for i in range(1, 8)} <= set(psa.indicators("nis"))


@pytest.mark.parametrize("one", INDICATORS, ids=name_of)
def test_an_indicator_says_what_it_is_and_how_sure_that_is(one: Indicator) -> None:
    assert one.title
    assert one.reference
    assert one.better in ("higher", "lower")
    assert one.status in ("confirmed", "unconfirmed", "reconstructed")
    assert one.status == "confirmed" or one.note, "what is not confirmed says what is not"


@pytest.mark.parametrize("one", INDICATORS, ids=name_of)
def test_an_indicator_has_a_spec(one: Indicator) -> None:
    specs = "".join(path.read_text(encoding="utf-8") for path in SPEC.glob("test_*.py"))
    assert f'"{one.id}"' in specs


@pytest.mark.parametrize("one", INDICATORS, ids=name_of)
def test_a_minimum_movement_is_printed_for_a_survey_that_exists_and_measures_it(one: Indicator) -> None:
    for survey, points in one.minimum_movement.items():
        assert any(wave.measures(one) for wave in waves(survey).values()), survey
        assert 0 < points < 100


@pytest.mark.parametrize("one", INDICATORS, ids=name_of)
def test_an_indicator_is_measured_by_a_shipped_wave_or_says_that_it_is_not(one: Indicator) -> None:
    measured = any(wave.measures(one) for wave in WAVES)
    assert measured or one.index is not None or one.id in NOT_MEASURED
    assert not (measured and one.id in NOT_MEASURED)
    assert one.id not in NOT_MEASURED or "no shipped wave" in one.note


@pytest.mark.parametrize(("one", "definition"), DATED, ids=name_of)
def test_every_question_of_a_definition_is_asked_by_a_wave_of_its_years(one: Indicator, definition: Definition) -> None:
    if one.id in NOT_MEASURED:
        return
    of_its_years = [wave for wave in WAVES if any(d.since <= wave.year for d in one.definitions)]
    asked = {name for wave in of_its_years if one.definition(wave.year) == definition for name in wave.questions}
    assert definition.questions <= asked


@pytest.mark.parametrize(("one", "definition"), DATED, ids=name_of)
def test_the_answers_of_a_numerator_are_among_those_of_its_denominator(one: Indicator, definition: Definition) -> None:
    match definition.numerator, definition.denominator:
        case AnswerIn(question, wanted), AnswerIn(of, known):
            assert question == of
            assert wanted < known
    assert definition.numerator.questions <= definition.denominator.questions


@pytest.mark.parametrize("wave", WAVES, ids=name_of)
def test_a_wave_can_answer_every_indicator_whose_questions_it_asks(wave: Wave) -> None:
    measured = [one for one in INDICATORS if wave.measures(one)]
    problems = [line for one in measured for line in binding_problems(wave, one.definition(wave.year))]
    assert problems == []


@pytest.mark.parametrize("wave", WAVES, ids=name_of)
def test_a_wave_reads_no_variable_twice(wave: Wave) -> None:
    read = [question.variable for question in wave.questions.values()]
    assert sorted(read) == sorted(set(read))


@pytest.mark.parametrize("wave", WAVES, ids=name_of)
def test_a_wave_is_found_by_its_survey_and_its_year(wave: Wave) -> None:
    assert psa.wave(wave.survey, wave.year) == wave


def test_a_source_names_a_survey_that_exists_and_its_baseline_is_a_year_in_which_it_may_have_begun() -> None:
    told = [source for one in INDICATORS if one.measured for source in one.measured.sources]
    assert {source.survey for source in told if source.survey} <= set(shipped_ids("surveys"))
    assert all(2000 < source.baseline < 2012 for source in told if source.baseline)


def test_the_sources_are_a_row_each_and_none_where_none_is_told() -> None:
    rows = psa.definitions.source_table("psa21")
    assert [(row.indicator, row.level) for row in rows][:3] == [
        ("psa21.1", "national"),
        ("psa21.1", "local"),
        ("psa21.2", "national"),
    ]
    assert (rows[0].baseline_year, rows[0].baseline, rows[0].terms[:11]) == ("2007", "2007-08", "local area:")
    assert len(psa.definitions.source_table("nis")) == 0
    assert list(psa.definitions.source_table("nis").columns) == list(rows.columns)


def test_a_set_of_ones_own_may_name_an_officer_and_a_provider() -> None:
    answers = {"question": "park_use", "in": ["weekly"]}
    source = {"level": "local", "data": "Parks survey", "provider": "Leisure services"}
    parks = {"title": "Park users", "better": "higher", "reference": "the council", "quality_officer": "Head of Parks"}
    since = {2020: {"numerator": answers, "denominator": answers}}
    one = psa.indicators({"title": "Parks", "parks": {**parks, "since": since, "sources": [source]}})["parks"]
    assert one.measured is not None
    assert dict(one.measured.cells())["data quality officer"] == "Head of Parks"
    assert dict(one.measured.sources[0].cells())["provider"] == "Leisure services"


def test_the_crosswalk_names_indicators_that_exist_and_each_of_them_once() -> None:
    table = psa.crosswalk()
    for scheme, name in (("psa21", "psa21"), ("nis", "national_indicator")):
        named = [one for one in table.columns[name] if one]
        assert set(named) <= set(psa.indicators(scheme))
        assert len(named) == len(set(named))
    assert set(table.columns["psa21"]) - {""} == set(psa.indicators("psa21"))


def test_the_crosswalk_keeps_the_two_schemes_apart() -> None:
    pairs = {row.psa21: row.national_indicator for row in psa.crosswalk()}
    the_same_number = "ni3"
    assert pairs["psa21.3"] == "ni2" != the_same_number
    assert pairs["psa21.4"] == "ni4"
    assert [row.psa21 for row in psa.crosswalk() if row.national_indicator == "ni3"] == [""]


def test_concepts_of_both_schemes_have_one_definition() -> None:
    for row in psa.crosswalk():
        if row.psa21 and row.national_indicator:
            pair = [all_shipped()[one].definition(2008) for one in (row.psa21, row.national_indicator)]
            assert pair[0] == pair[1], row.concept


def test_ids_are_read_without_regard_to_case_and_spaces() -> None:
    nis = psa.indicators("NIS")
    assert nis["NI 4"] is nis["ni4"]
    assert " Ni1 " in nis
    assert 4 not in nis


def test_no_shipped_file_is_indented_by_tabs_or_names_a_path_of_a_machine() -> None:
    for path in FOLDER.rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert "\t" not in text
        assert not re.search(r"/(home|work|tmp|Users)/", text)


def test_a_reference_says_itself_where_the_definition_is_not_confirmed() -> None:
    for one in all_shipped().values():
        if one.status != "confirmed":
            assert f"{one.status}: see the note" in one.reference, one.id
            assert one.note, one.id
