"""Which movements count: PSA Delivery Agreement 21, paragraph 2.2 and Annex A (data sets and baselines).

National data are the Citizenship Survey's against 2007-08 (Taking Part's for psa21.6); local data the Place Survey's
against 2008. Anything else is set aside, with the reason, and decides nothing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.judgements.assessment import Assessment, assess
from tests.paths import SAMPLES
from tests.unit.judgements.test_assessment import DOWN, FIVE, STILL, UP, movements, national


def found(indicator: str, assessment: Assessment) -> Any:
    return assessment.where(indicator=indicator)[0]


def reasons(assessment: Assessment) -> list[tuple[str, str, str]]:
    return [(row.indicator, row.survey, row.reason) for row in assessment.set_aside]


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        ({"survey": "community_life"}, "of community_life: the national data set is Citizenship Survey"),
        ({"survey": ""}, "of a survey that is not named: the national data set is Citizenship Survey"),
        ({"earlier": 2008}, "from 2008: the national baseline is 2007-08"),
        ({"earlier": 2005, "later": 2007}, "from 2005: the national baseline is 2007-08"),
        ({"survey": "citizenship to community_life", "marker": "[b]"}, "across a break in the series [b]"),
        ({"marker": "[u] [b]"}, "across a break in the series [b]"),
        ({"by": "quarter"}, "by quarter: the movement that counts of this survey is everyone's, over whole waves"),
        ({"by": "region"}, "by region: the movement that counts of this survey is everyone's, over whole waves"),
    ],
)
def test_what_is_no_evidence_of_a_national_indicator_is_set_aside(moved: dict[str, Any], reason: str) -> None:
    """Each of these rises made psa21.2 "improved" by itself, which no rise of another survey can do."""
    assessed = assess(national("psa21.2", UP, **moved))
    assert found("psa21.2", assessed).verdict == "not yet assessed" != "improved"
    assert [words for _, _, words in reasons(assessed)] == [reason]
    assert assessed.set_aside[0].verdict == UP
    assert found("psa21.2", assessed).evidence == ""


def test_the_verdict_says_which_evidence_it_rests_on() -> None:
    other = national("psa21.2", DOWN, survey="community_life", earlier=2012, later=2013)
    assessed = assess(national("psa21.2", UP), other)
    row = found("psa21.2", assessed)
    assert (row.verdict, row.evidence) == ("improved", "national: citizenship 2007 to 2009")
    assert "1 movement set aside, not evidence" in repr(assessed)


def test_the_place_surveys_england_is_not_the_national_movement() -> None:
    """Its row for psa21.1 falls, and so would undo the majority; the Citizenship Survey's does not."""
    local = movements("ni1", dict.fromkeys(FIVE, UP))
    england = movements("psa21.1", {"E92000001": DOWN}, by="england")
    of_ni1 = movements("ni1", {"E92000001": DOWN}, by="england")
    assessed = assess(local, england, of_ni1, national("psa21.1", STILL), adopting={"psa21.1": FIVE})
    row = found("psa21.1", assessed)
    assert (row.verdict, row.national) == ("improved", STILL)
    assert row.evidence == "local: place 2008 to 2010; national: citizenship 2007 to 2009"
    set_aside = [(one.moved, one.by, one.reason) for one in assessed.set_aside]
    reason = "of place: the national data set is Citizenship Survey"
    assert set_aside == [("psa21.1", "england", reason), ("ni1", "england", reason)]


@pytest.mark.parametrize(
    ("moved", "reason"),
    [
        ({"survey": "residents"}, "of residents: the local data set is Place Survey"),
        ({"earlier": 2006}, "from 2006: the local baseline is 2008 Place Survey"),
        (
            {"survey": "citizenship"},
            "by authority: the movement that counts of this survey is everyone's, over whole waves",
        ),
    ],
)
def test_what_is_no_evidence_of_an_authority_leaves_it_unmeasured(moved: dict[str, Any], reason: str) -> None:
    local = movements("ni4", dict.fromkeys(FIVE, UP), **moved)
    assessed = assess(local, national("psa21.4", STILL), adopting={"psa21.4": FIVE})
    row = found("psa21.4", assessed)
    assert (row.verdict, row.improved, row.unmeasured) == ("not yet assessed", 0, 5)
    assert {words for _, _, words in reasons(assessed)} == {reason}
    assert len(assessed.set_aside) == 5


def test_of_two_spans_from_the_baseline_the_later_outturn_counts() -> None:
    """2007-08 to 2008-09 rose and 2007-08 to 2009-10 did not: the outturn is 2009-10's."""
    spans = national("psa21.2", UP, later=2008), national("psa21.2", STILL, later=2009)
    for order in (spans, spans[::-1]):
        assessed = assess(*order)
        assert found("psa21.2", assessed).verdict == "not improved"
        assert reasons(assessed) == [("psa21.2", "citizenship", "to 2008: there is an outturn of 2009")]


def test_an_authority_with_a_later_outturn_is_judged_by_that() -> None:
    first = movements("ni2", dict.fromkeys(FIVE, STILL), later=2009)
    last = movements("ni2", dict.fromkeys(FIVE[:3], UP))
    row = found("psa21.3", assess(first, last, national("psa21.3", STILL), adopting={"psa21.3": FIVE}))
    assert (row.improved, row.unmeasured, row.verdict) == (3, 0, "improved")


def test_two_movements_of_one_span_still_contradict_each_other() -> None:
    with pytest.raises(psa.ComparisonError, match=r"psa21\.2 has national movements that contradict each other"):
        assess(national("psa21.2", UP), national("psa21.2", STILL))


def test_where_the_baseline_is_not_found_any_year_of_the_named_survey_counts() -> None:
    """Annex A, indicator 6: the baseline was to be finalised in March 2008; its year was not found."""
    assert found("psa21.6", assess(national("psa21.6", UP, earlier=2008, later=2010))).verdict == "improved"
    other = assess(national("psa21.6", UP, survey="participation"))
    assert reasons(other) == [("psa21.6", "participation", "of participation: the national data set is Taking Part")]


def test_the_same_from_estimates_of_two_waves() -> None:
    """81.5 to 84.5 with margins of 1 is a rise of 3, from 2008-09, which is not the baseline."""
    waves = [
        psa.from_published([{"value": v, "margin": 1}], indicator="psa21.2", survey="citizenship", wave=year, by="all")
        for v, year in ((81.5, 2008), (84.5, 2009))
    ]
    moved = psa.compare(*waves)
    assert moved[0].verdict == UP
    assert reasons(assess(moved)) == [("psa21.2", "citizenship", "from 2008: the national baseline is 2007-08")]


def test_a_figure_of_some_people_alone_is_not_everyones() -> None:
    """Women's rise, or a quarter's, stands in a row "all" like everyone's; its `method` says of whom it is."""
    surveys = [
        psa.read_survey(SAMPLES / f"citizenship_{year}.sav", psa.wave("citizenship", year)) for year in (2007, 2008)
    ]
    for question, answer in (("sex", "female"), ("quarter", "april_june")):
        where = {"question": question, "in": [answer]}
        moved = psa.compare(*(psa.estimate(one, "psa21.2", where=where) for one in surveys), minimum=0.1)
        everyone = psa.compare(*(psa.estimate(one, "psa21.2") for one in surveys))
        assert moved[0].id != everyone[0].id
        assert moved[0].id.split("/")[-1].startswith(f"of those with {question} is {answer}")
        assessed = assess(moved)
        assert found("psa21.2", assessed).verdict == "not yet assessed"
        [(_, _, reason)] = reasons(assessed)
        assert reason.startswith(f"of those with {question} is {answer}")
        assert reason.endswith(": the movement that counts is everyone's, over whole waves")
        assert assess(everyone)[1].evidence == "national: citizenship 2007 to 2008"


INTERIM = """
survey = "council"
title  = "Interim postal survey"
[2009]
mode      = "postal"
authority = "E06000056"
continues = "place"
[2009.questions.influence_decisions]
variable = "q13"
answers  = { definitely_agree = 1, tend_to_agree = 2, tend_to_disagree = 3, definitely_disagree = 4 }
"""


def interim(tmp_path: Path, changes: dict[str, str], agree: int) -> psa.Estimates:
    """NI 4 of Central Bedfordshire from a council's own post, so many of 1,000 agreeing."""
    text = INTERIM
    for old, new in changes.items():
        text = text.replace(old, new)
    (tmp_path / "council.toml").write_text(text)
    answers = pd.DataFrame({"q13": [2] * agree + [3] * (1_000 - agree)})
    wave = psa.wave(str(tmp_path / "council.toml"), 2009)
    return psa.estimate(psa.read_survey(answers, wave), "ni4", by="authority")


@pytest.fixture(scope="module")
def place_2008() -> psa.Estimates:
    survey = psa.read_survey(SAMPLES / "place_2008.parquet", psa.wave("place", 2008))
    return psa.estimate(survey, "ni4", by="authority")


def test_an_interim_postal_survey_counts_for_its_authority_where_its_wave_says_so(
    tmp_path: Path, place_2008: psa.Estimates
) -> None:
    """Annex A: postal surveys "administered in a similar manner" between two Place Surveys.

    45% of 1,000 against Central Bedfordshire's Place figure of 23.8 is a rise; the Place Survey of 2010, if there is
    one, is the later outturn and counts in its place.
    """
    before = place_2008.where(area="E06000056")
    assert before[0].value == pytest.approx(23.8, abs=0.05)
    moved = psa.compare(before, interim(tmp_path, {}, 450))
    assert (moved.survey, moved.interim, moved[0].verdict) == ("place", "council", UP)
    assert moved[0].id == "ni4/place 2008 to council 2009/authority/E06000056"
    adopting = {"psa21.4": ["Central Bedfordshire"]}
    still = national("psa21.4", STILL)
    row = found("psa21.4", assess(moved, still, adopting=adopting))
    assert (row.verdict, row.improved, row.unmeasured) == ("improved", 1, 0)
    assert row.evidence == "local: place (council) 2008 to 2009; national: citizenship 2007 to 2009"
    later = movements("ni4", {"E06000056": STILL})
    overtaken = assess(moved, later, still, adopting=adopting)
    assert found("psa21.4", overtaken).verdict == "not improved"
    assert reasons(overtaken) == [("psa21.4", "place", "to 2009: there is an outturn of 2010")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({'continues = "place"\n': ""}, "are of different series"),
        ({'"postal"': '"telephone"'}, "was postal and council 2009 telephone: another mode"),
    ],
)
def test_a_survey_that_does_not_continue_the_series_is_another(
    tmp_path: Path, place_2008: psa.Estimates, changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(psa.ComparisonError, match=reason):
        psa.compare(place_2008, interim(tmp_path, changes, 450))


def test_an_interim_survey_is_no_evidence_where_the_agreement_names_no_interim_measure(tmp_path: Path) -> None:
    """The annex names none nationally: a council's post that continues the Citizenship Survey decides nothing."""
    moved = national("psa21.2", UP, interim="council")
    assert reasons(assess(moved)) == [
        (
            "psa21.2",
            "citizenship",
            "of council, which continues citizenship: the agreement names no national interim measure",
        )
    ]


def test_a_wave_cannot_continue_its_own_series(tmp_path: Path) -> None:
    with pytest.raises(psa.DefinitionError, match="continues: is the series that the wave is of anyway, council"):
        interim(tmp_path, {'"place"': '"council"'}, 1)


def test_a_verdict_names_the_rows_that_it_rests_on(place_2008: psa.Estimates) -> None:
    moved = psa.compare(place_2008, replace_wave(place_2008, 2010))
    assessed = assess(moved, adopting={"psa21.4": ["00KC"]})
    assert [(row.indicator, row.level, row.area, row.id) for row in assessed.rests_on] == [
        ("psa21.4", "local", "E06000056", "ni4/place 2008 to place 2010/authority/E06000056")
    ]
    assert len(assessed.set_aside) == len(moved) - 1
    assert set(assessed.set_aside.columns["reason"]) == {"of an area that is not listed as adopting it"}


def replace_wave(table: psa.Estimates, year: int) -> psa.Estimates:
    return replace(table, columns={**table.columns, "wave": np.full(len(table), year)})
