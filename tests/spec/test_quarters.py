"""A quarter is no year: Annex A has quarterly data for performance management only.

The sample's quarters are invented. By the annual minimum of 2 points a quarter's movement would be judged too easily.
"""

from __future__ import annotations

from functools import cache
from math import sqrt

import pytest

import psaindicators as psa
from tests.paths import SAMPLES

FIRST = {"question": "quarter", "in": ["april_june"]}


@cache
def sample(year: int) -> psa.Survey:
    return psa.read_survey(SAMPLES / f"citizenship_{year}.sav", psa.wave("citizenship", year))


def test_the_quarters_make_up_the_year_and_each_says_that_it_is_a_part() -> None:
    rows = psa.estimate(sample(2007), "psa21.1", by=["all", "quarter", "region*quarter"])
    year, quarters = rows.where(by="all")[0], rows.where(by="quarter")
    assert [row.area for row in quarters] == ["april_june", "july_september", "october_december", "january_march"]
    assert sum(row.base for row in quarters) == year.base
    assert sum(row.weighted_base * row.value for row in quarters) == pytest.approx(year.weighted_base * year.value)
    assert "part of the year" not in year.method
    parts = [row.method for row in rows if row.by != "all"]
    assert {method.split("; ")[-1] for method in parts} == {"part of the year, for performance management only"}


def test_a_quarter_is_never_judged_by_the_minimum_of_a_year() -> None:
    earlier, later = (psa.estimate(sample(year), "psa21.1", by=["all", "quarter"]) for year in (2007, 2008))
    year, *quarters = psa.compare(earlier, later)
    assert (year.minimum, year.minimum_source) == (2, "published for the national row of citizenship")
    for row in quarters:
        assert row.minimum_source.startswith("computed")
        by_hand = 1.96 * sqrt(2) * 1.2 * 100 * sqrt(0.83 * 0.17 / 3000)  # 83% of about 3,000, design factor 1.2: 2.3
        assert row.minimum == pytest.approx(by_hand, abs=0.3)
        assert row.minimum > year.minimum


@pytest.mark.parametrize("rule", [FIRST, {"question": "sex", "in": ["female"]}])
def test_nor_is_what_a_rule_leaves_of_everyone(rule: dict[str, object]) -> None:
    """By "all", but of some: the printed 2 points are for all of England."""
    earlier, later = (psa.estimate(sample(year), "psa21.1", where=rule) for year in (2007, 2008))
    said = f"of those with {rule['question']} is "
    assert said in earlier[0].method
    assert ("part of the year" in earlier[0].method) == (rule is FIRST)
    row = psa.compare(earlier, later)[0]
    assert row.minimum_source.startswith("computed")
    assert row.minimum > sqrt(2) * 1.0


def test_2005_has_no_quarters() -> None:
    """Fieldwork is continuous since April 2007."""
    assert psa.wave("citizenship", 2005).part_year == ()
    assert "quarter" not in psa.wave("citizenship", 2005).questions
    assert psa.wave("citizenship", 2010).part_year == ("quarter",)
