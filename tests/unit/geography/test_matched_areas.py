"""Areas of two waves set against each other: re-coded, merged, crossed, or not there at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

import psaindicators as psa
from psaindicators.judgements.movements import compare
from tests.comparing import figures, two_waves
from tests.oracle.cases import indicator


def of_vintage(table, vintage, **facts):
    wave = replace(psa.wave("place", 2008), vintage=vintage, year=int(table.columns["wave"][0]), **facts)
    return replace(table, wave=wave)


def test_re_coded_areas_match_and_merged_ones_are_listed_with_the_reason():
    """Bedfordshire's districts became Bedford and Central Bedfordshire in April 2009; Northumberland was re-coded."""
    before = of_vintage(
        figures([("E06000048", 60, 2), ("E07000001", 62, 2), ("E07000003", 64, 2), ("E06000001", 70, 2)]), "2009-04-01"
    )
    after = of_vintage(
        figures([("E06000057", 66, 2), ("E06000056", 61, 2), ("E06000001", 71, 2)], wave=2014), "2014-04-01"
    )
    moved = compare(before, after)
    assert list(moved.columns["area"]) == ["E06000057", "E06000001"]
    assert moved[0].note == "E06000048 in the earlier wave (re-coded)"
    assert (moved[0].earlier_value, moved[0].verdict) == (60, "improved")
    lost = {(row.area, row.wave): row.reason for row in moved.unmatched}
    assert lost.keys() == {("E07000001", "earlier"), ("E07000003", "earlier"), ("E06000056", "later")}
    assert "Central Bedfordshire" in lost["E07000001", "earlier"]
    assert "Mid Bedfordshire" in lost["E06000056", "later"]


def test_without_vintages_codes_match_as_they_are():
    before = figures([("E06000048", 60, 2), ("E06000001", 50, 2)])
    after = figures([("E06000057", 66, 2), ("E06000001", 51, 2)], wave=2014)
    moved = compare(before, after)
    assert (len(moved), moved.survey) == (1, "place")
    assert [(row.area, row.wave, row.reason) for row in moved.unmatched] == [
        ("E06000048", "earlier", "not in the later wave"),
        ("E06000057", "later", "not in the earlier wave"),
    ]


def test_two_waves_without_an_area_in_common_are_not_compared():
    before, after = figures([("E06000048", 60, 2)]), figures([("E06000057", 66, 2)], wave=2014)
    with pytest.raises(psa.ComparisonError, match="no area of place 2008 is one of place 2014: 2 areas by authority"):
        compare(before, after)


def test_crossed_areas_match_through_the_history_too():
    before = of_vintage(
        figures([("E06000048*male", 60, 2), ("E06000048*female", 61, 2)], by="authority*sex"), "2009-04-01"
    )
    after = of_vintage(figures([("E06000057*male", 66, 2)], wave=2014, by="authority*sex"), "2014-04-01")
    moved = compare(before, after)
    assert [(row.area, row.change, row.note) for row in moved] == [
        ("E06000057*male", 6, "E06000048*male in the earlier wave (re-coded)")
    ]
    assert [row.area for row in moved.unmatched] == ["E06000048*female"]


def test_a_breakdown_of_one_wave_only_is_unmatched():
    survey, later = two_waves("y1")
    moved = compare(psa.estimate(survey, indicator("y1"), by=["all", "area"]), psa.estimate(later, indicator("y1")))
    assert list(moved.columns["by"]) == ["all"]
    assert set(moved.unmatched.columns["reason"]) == {"the later estimates are not broken down by area"}
    assert "A1" in moved.unmatched.columns["area"]
