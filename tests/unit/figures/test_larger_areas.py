"""Counties from districts and successors from predecessors: the population-weighted combination, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import psaindicators as psa
from tests.paths import SAMPLES

BEFORE, AFTER = "2009-03-31", "2009-04-01"
MID, SOUTH, CENTRAL = "E07000001", "E07000003", "E06000056"  # Mid and South Bedfordshire made Central Bedfordshire
EXACT = 1e-12


def published(figures: list[dict[str, object]]) -> psa.Estimates:
    return psa.from_published(figures, indicator="ni4", survey="place", wave=2008)


def two_districts() -> psa.Estimates:
    return published([{"area": MID, "value": 30.0, "base": 1600}, {"area": SOUTH, "value": 40.0, "base": 400}])


def test_a_successor_is_the_population_weighted_mean_of_its_predecessors() -> None:
    """People 100,000 and 300,000: (1 x 30 + 3 x 40) / 4 = 37.5; se^2 = (1/4)^2 30 70/1600 + (3/4)^2 40 60/400.

    The pooled sample, 1,600 and 400 returns, would say (1600 x 30 + 400 x 40) / 2000 = 32.
    """
    made = psa.combine_areas(two_districts(), "successor", vintage=BEFORE, populations={MID: 1e5, SOUTH: 3e5})
    [row] = [row for row in made if row.area == CENTRAL]
    assert row.value == pytest.approx(37.5, rel=EXACT)
    assert row.se == pytest.approx(math.sqrt(30 * 70 / 1600 / 16 + 9 / 16 * 40 * 60 / 400), rel=EXACT)
    assert (row.base, row.weighted_base, row.by, row.area_name) == (2000, 4e5, "successor", "Central Bedfordshire")
    assert row.margin == pytest.approx(1.959963984540054 * row.se, rel=EXACT)  # printed figures: the normal quantile


def test_a_county_with_a_district_missing_has_no_value() -> None:
    """Bedfordshire before April 2009 was Bedford, Mid and South Bedfordshire: two of them are not the county."""
    made = psa.combine_areas(two_districts(), "county", vintage=BEFORE, populations={MID: 1e5, SOUTH: 3e5})
    [row] = list(made)
    assert (row.area_name, row.marker, math.isnan(row.value)) == ("Bedfordshire", "[x]", True)


def test_where_weights_gross_to_the_population_alike_combining_gives_the_ratio_of_sums() -> None:
    """The sample's weights gross to the adults of each authority; NI 3's base is nearly all of them, so within 0.3."""
    survey = psa.read_survey(SAMPLES / "place_2008.parquet", psa.wave("place", 2008))
    local = psa.estimate(survey, "ni3", by=["authority", "county"])
    combined = {row.area: row for row in psa.combine_areas(local, "county")}
    pooled = {row.area: row for row in local.where(by="county")}
    assert combined.keys() == pooled.keys()
    assert max(abs(combined[code].value - pooled[code].value) for code in pooled) < 0.3
    assert all(row.method == "mean of authorities weighted by their sums of weights" for row in combined.values())


def test_each_indicator_is_weighed_by_its_own_base() -> None:
    """NI 4 grosses to 100 and 300 people, NI 1 (who had an opinion) to 200 and 200: (30 + 3 x 40)/4 and (30 + 40)/2.

    With the first indicator's base for both, the second would be 37.5 as well.
    """
    figures = [{"area": area, "value": value, "base": 400} for area, value in ((MID, 30), (SOUTH, 40))]
    tables = [psa.from_published(figures, indicator=one, survey="place", wave=2008) for one in ("ni4", "ni1")]
    weighted = [
        replace(table, columns=table.columns | {"weighted_base": np.array(people)})
        for table, people in zip(tables, ([100.0, 300.0], [200.0, 200.0]), strict=True)
    ]
    joined = {name: np.concatenate([table.columns[name] for table in weighted]) for name in weighted[0].columns}
    both = replace(weighted[0], columns=joined, indicators=weighted[0].indicators | weighted[1].indicators)
    made = psa.combine_areas(both, "successor", vintage=BEFORE)
    assert [row.value for row in made if row.area == CENTRAL] == pytest.approx([37.5, 35], rel=EXACT)


def test_a_region_with_an_authority_that_nobody_surveyed_has_no_value() -> None:
    """The Isles of Scilly are in the South West and not in the sample; the other eight regions are whole."""
    survey = psa.read_survey(SAMPLES / "place_2008.parquet", psa.wave("place", 2008))
    local = psa.estimate(survey, "ni5", by="authority")
    made = psa.combine_areas(local, "region")
    assert [row.area_name for row in made if math.isnan(row.value)] == ["South West"]
    london = next(row for row in made if row.area_name == "London")
    boroughs = [row for row in local if row.area.startswith("E09")]
    people = sum(row.weighted_base for row in boroughs)
    assert london.value == pytest.approx(sum(r.weighted_base * r.value for r in boroughs) / people, rel=EXACT)
    assert london.base == sum(row.base for row in boroughs)


def test_what_is_missing_is_told() -> None:
    with pytest.raises(psa.DesignError, match=f"there is none for {SOUTH}"):
        psa.combine_areas(two_districts(), "successor", vintage=BEFORE, populations={MID: 1e5})
    with pytest.raises(psa.OptionError, match="give one, such as"):
        psa.combine_areas(two_districts(), "county")
    with pytest.raises(psa.OptionError, match="did you mean 'county'"):
        psa.combine_areas(two_districts(), "counties", vintage=BEFORE)
    with pytest.raises(psa.DefinitionError, match="abolished on"):
        psa.combine_areas(two_districts(), "county", vintage=AFTER)
