"""What Annex A of PSA Delivery Agreement 21 (HM Treasury, October 2007) prints of how each indicator is measured.

Every cell is written out here from the row of the indicator that the test names, and the agreement's own words stand
in quotes where we have them. The whole text of the annex is not at hand: a cell that we could not read is "not found",
and no test may turn it into anything else without a document.
"""

from __future__ import annotations

import pytest

import psaindicators as psa
from psaindicators.definitions.shipped import all_shipped
from psaindicators.definitions.sources import NOT_FOUND, Source

PSA21 = psa.indicators("psa21")
ANNUAL = "annual; quarterly data are for performance management only"
WALK = "within 15 to 20 minutes' walk of home"


def sources(indicator: str) -> dict[str, Source]:
    """Return the sources of an indicator by data set."""
    measured = PSA21[indicator].measured
    assert measured is not None
    return {source.data: source for source in measured.sources}


def terms(indicator: str) -> dict[str, str]:
    measured = PSA21[indicator].measured
    assert measured is not None
    return dict(measured.terms)


INTERVALS = [  # indicator, data set, the cell for the 95% confidence interval
    ("psa21.1", "Citizenship Survey", "80% ± 1 (2005)"),
    ("psa21.1", "Place Survey", "± 2.6; on average; authorities range from 38 to 90.5"),
    ("psa21.2", "Citizenship Survey", "± 1; assuming 50%"),
    ("psa21.3", "Citizenship Survey", "75% ± 1 (2005)"),
    ("psa21.3", "Place Survey", "none: not asked locally before the Place Survey"),
    ("psa21.4", "Citizenship Survey", "39% ± 1 (2005)"),
    ("psa21.4", "Place Survey", "± 3 (2006)"),
    ("psa21.5", "Citizenship Survey", "29% ± 1 (2005)"),
    (
        "psa21.5",
        "Labour Force Survey and Annual Population Survey, England",
        "419,000 full-time equivalents ± 23,000 (2006)",
    ),
    ("psa21.5", "the two together", "100 points ± 6"),
    ("psa21.6", "Taking Part", "± 1; likely to be less than that"),
]
MINIMA = [  # indicator, data set, the cell for the minimum movement, with the word that stands beside it
    ("psa21.1", "Citizenship Survey", "2 percentage points"),
    ("psa21.1", "Place Survey", "approximately 3 to 4 percentage points; varies by authority"),
    ("psa21.2", "Citizenship Survey", "2 percentage points (estimated)"),
    ("psa21.3", "Citizenship Survey", "2 percentage points"),
    ("psa21.3", "Place Survey", "approximately 4 percentage points"),
    ("psa21.4", "Citizenship Survey", "2 percentage points"),
    ("psa21.4", "Place Survey", "approximately 4 percentage points"),
    ("psa21.5", "the two together", "approximately 6 points; from 100 to 106"),
    ("psa21.6", "Taking Part", "approximately 2 percentage points"),
]


@pytest.mark.parametrize(("indicator", "data", "printed"), INTERVALS)
def test_the_interval_is_the_one_in_the_row_of_its_indicator(indicator: str, data: str, printed: str) -> None:
    assert str(sources(indicator)[data].interval) == printed


@pytest.mark.parametrize(("indicator", "data", "printed"), MINIMA)
def test_the_minimum_movement_is_the_one_in_the_row_of_its_indicator(indicator: str, data: str, printed: str) -> None:
    assert str(sources(indicator)[data].minimum) == printed


def test_every_cell_of_an_interval_and_a_minimum_is_held_to_a_row() -> None:
    told = [(one.id, source) for one in PSA21.values() if one.measured for source in one.measured.sources]
    assert [(name, source.data) for name, source in told if source.interval] == [row[:2] for row in INTERVALS]
    assert [(name, source.data) for name, source in told if source.minimum] == [row[:2] for row in MINIMA]


@pytest.mark.parametrize("one", PSA21.values(), ids=lambda one: one.id)
def test_the_minimum_that_judges_is_the_one_that_is_printed(one: psa.Indicator) -> None:
    """The national cells of Annex A: a movement is judged by these, and by no local one, which are approximate."""
    national = {s.survey: s.minimum.least for s in sources(one.id).values() if s.level == "national" and s.minimum}
    national.pop(None, None)
    assert national == one.minimum_movement


@pytest.mark.parametrize("indicator", ["psa21.1", "psa21.3", "psa21.4"])
def test_indicators_1_3_and_4_are_measured_nationally_and_in_authorities(indicator: str) -> None:
    """Annex A, indicators 1, 3 and 4, data set and baseline: 2007-08 nationally, the 2008 Place Survey locally."""
    rows = [(s.level, s.survey, s.baseline, s.basis) for s in sources(indicator).values()]
    assert rows == [
        ("national", "citizenship", 2007, "2007-08"),
        ("local", "place", 2008, "2008 Place Survey"),
    ]


def test_indicators_2_and_6_are_measured_nationally_alone() -> None:
    """Annex A, indicators 2 and 6, data set and baseline; that of 6 was to be finalised in March 2008."""
    assert [(s.level, s.survey, s.baseline) for s in sources("psa21.2").values()] == [("national", "citizenship", 2007)]
    (taking_part,) = sources("psa21.6").values()
    assert (taking_part.level, taking_part.survey, taking_part.baseline) == ("national", "taking_part", None)
    assert taking_part.basis == "indicative 60%; to be finalised in March 2008"
    assert "nine or more different types" in taking_part.interim


def test_the_baseline_of_volunteering_is_2005_and_not_2007() -> None:
    """Annex A, indicator 5, baseline: 29% (2005) and 419,000 (2006), at which the index is 100.

    By 2007-08 volunteering had fallen to 27%, which is the classic wrong baseline.
    """
    volunteering, staff, index = sources("psa21.5").values()
    declared = PSA21["psa21.5"].index
    assert declared is not None
    assert (volunteering.baseline, volunteering.basis) == (2005, "29% in 2005")
    assert (staff.baseline, staff.basis[:15]) == (2006, "419,000 in 2006")
    printed = {s.part: s.interval.value for s in (volunteering, staff) if s.interval}
    assert printed == declared.parts == {"volunteering": 29, "staff": 419000}
    assert index.interval is not None
    assert (index.interval.value, index.interval.margin) == (declared.baseline, 6)
    assert declared.required == 106


def test_the_citizenship_survey_reports_yearly_and_the_place_survey_every_two_to_three_years() -> None:
    """Annex A, frequency of indicators 1 to 5; chapter 2, paragraph 2.2, and the annex on local reporting."""
    told = [s for one in PSA21 for s in sources(one).values()]
    assert {s.frequency for s in told if s.survey == "citizenship"} == {ANNUAL}
    assert {s.frequency for s in told if s.survey == "place"} == {"every two to three years"}


@pytest.mark.parametrize(
    ("indicator", "part", "measured_as"),
    [
        ("psa21.1", "", "psa21.1"),
        ("psa21.3", "", "psa21.3"),
        ("psa21.4", "", "psa21.4"),
        ("psa21.5", "volunteering", "ni6"),
    ],
)
def test_2005_has_the_printed_figures_and_a_wave_that_measures_them(
    indicator: str, part: str, measured_as: str
) -> None:
    """Annex A, indicators 1, 3, 4 and 5 (i): 80 ± 1, 75 ± 1, 39 ± 1 and 29 ± 1 of the Citizenship Survey 2005."""
    expected = {"psa21.1": (80, 79, 81), "psa21.3": (75, 74, 76), "psa21.4": (39, 38, 40), "psa21.5": (29, 28, 30)}
    measured = PSA21[indicator].measured
    assert measured is not None
    source = next(one for one in measured.sources if one.survey == "citizenship" and one.part == part)
    assert source.interval is not None
    assert source.interval.year == 2005
    wave = psa.wave("citizenship", 2005)
    assert wave.measures(all_shipped()[measured_as])
    row = psa.from_published(
        [{"value": source.interval.value, "margin": source.interval.margin}],
        indicator=measured_as,
        survey=wave.survey,
        wave=wave.year,
        by="all",
    )[0]
    assert (row.value, row.low, row.high) == pytest.approx(expected[indicator])


def test_mixing_was_not_asked_in_2005() -> None:
    """First measured in 2007-08, so indicator 2 has no printed figure of 2005: its margin assumes 50%."""
    assert not psa.wave("citizenship", 2005).measures(PSA21["psa21.2"])
    assert all(psa.wave("citizenship", year).measures(PSA21["psa21.2"]) for year in range(2007, 2011))


@pytest.mark.parametrize(
    ("indicator", "areas"), [("psa21.1", "15 to 20"), ("psa21.3", "15 to 20"), ("psa21.4", "25 to 30")]
)
def test_the_interim_measure_is_a_postal_survey_in_some_of_the_areas(indicator: str, areas: str) -> None:
    """Annex A, indicators 1, 3 and 4: "administered in a similar manner", in about so many agreement areas."""
    interim = sources(indicator)["Place Survey"].interim
    assert "'administered in a similar manner'" in interim
    assert interim.endswith(f"about {areas}")


def test_the_terms_are_those_that_the_annex_defines() -> None:
    """Annex A, indicators 1 to 6, definitions of the key terms. Home is no sphere of indicator 2."""
    assert terms("psa21.1") == {"local area": WALK}
    assert terms("psa21.2")["regular"] == "at least once a month over the past year"
    assert len(terms("psa21.2")["spheres"].split("; ")) == 7
    assert "home" not in terms("psa21.2")["spheres"]
    assert terms("psa21.3") == {"neighbourhood": "the immediate area", "belong": "very strongly or fairly strongly"}
    assert terms("psa21.4") == {"local area": WALK, "influence": "definitely agree or tend to agree"}
    assert terms("psa21.5")["full-time equivalent"] == "from usual hours, excluding overtime"
    assert terms("psa21.5")["regular"] == "at least once a month"
    assert terms("psa21.6")["adults"] == "16 and over"


def test_what_is_not_found_says_so() -> None:
    """No document at hand gives the providers or the data quality officers, so nothing is said of them."""
    for one in PSA21.values():
        assert one.measured is not None
        assert dict(one.measured.cells())["data quality officer"] == NOT_FOUND
        assert {dict(source.cells())["provider"] for source in one.measured.sources} == {NOT_FOUND}


def test_what_no_agreement_prints_has_no_cells() -> None:
    assert [one.id for one in all_shipped().values() if one.measured] == list(PSA21)
