"""Many areas at once: how many would move by chance alone, and their mean change, by hand."""

from __future__ import annotations

from math import isnan, sqrt

import numpy as np
import pytest
from scipy import stats

import psaindicators as psa
from psaindicators.figures.printed import from_published
from psaindicators.judgements.assessment import assess
from psaindicators.judgements.movements import compare
from psaindicators.judgements.pooling import pooled
from tests.comparing import ROUNDING, figures, national

M = 1.96 / sqrt(2)
"""The margin of two waves alike whose change has a standard error of 1."""


def moved(changes, *, margin=M, level=95.0, of="ni4", **how):
    tables = (
        figures([(area, 50 + i * c, margin) for area, c in changes.items()], of=of, wave=2008 + i, level=level)
        for i in (0, 1)
    )
    return compare(*tables, **how)


def test_of_326_areas_16_would_move_by_chance_alone():
    changes = {f"a{i}": 0.1 for i in range(320)} | {f"b{i}": 5 for i in range(4)} | {"c": -5, "d": -6}
    row = moved(changes).counts()[0]
    assert (row.indicator, row.by) == ("ni4", "authority")
    assert (row.improved, row.declined, row.no_reportable_change) == (4, 2, 320)
    assert row.by_chance == pytest.approx(0.05 * 326, rel=1e-9)  # 16, so the 6 that moved say nothing
    assert moved(changes).footer == (
        "ni4 by authority: 6 of 326 moved (4 improved, 2 declined), 16.3 would by chance alone",
    )
    assert moved(changes, margin=1.3, level=90.0).counts()[0].by_chance == pytest.approx(32.6, rel=1e-9)


def test_those_that_cannot_be_assessed_are_not_counted_as_tested():
    before = figures([("a", 50, 2), ("b", 50, None), ("c", 50, 2)], of="ni4")
    row = compare(before, figures([("a", 60, 2), ("b", 60, 2), ("c", 50, 2)], of="ni4", wave=2010)).counts()[0]
    assert (row.improved, row.not_assessed, row.by_chance) == (1, 1, pytest.approx(0.1, rel=1e-9))


def test_once_adjusted_5_percent_of_those_that_moved_are_expected_to_be_chance():
    changes = {f"a{i}": 0.1 for i in range(80)} | {f"b{i}": 9 for i in range(20)}
    row = moved(changes, adjust_for_many=True).counts()[0]
    assert (row.improved, row.by_chance) == (20, pytest.approx(1, rel=1e-9))


def test_one_area_is_not_many():
    assert moved({"a": 5}).footer == ()


def test_the_mean_change_of_100_areas_that_none_of_them_shows():
    """1,100 respondents a wave at 50%: a change has se 2.13, so 3 points are not significant in any of 100 areas.

    Their mean has se 2.13 / 10 = 0.213: 3 -+ 0.42, fourteen standard errors from 0.
    """
    tables = (
        from_published(
            {"area": [f"a{i}" for i in range(100)], "value": [48.5 + 3 * late] * 100, "base": [1100] * 100},
            indicator="ni4",
            survey="place",
            wave=2008 + late,
        )
        for late in (0, 1)
    )
    table = compare(*tables)
    assert table.counts()[0].improved == 0
    found, se = pooled(list(table)), 100 * sqrt(2 * 0.485 * 0.515 / 1100) / 10
    assert found.change == pytest.approx(3, rel=ROUNDING)
    assert (found.low, found.high) == pytest.approx((3 - 1.96 * se, 3 + 1.96 * se), rel=1e-4)
    assert 14 < found.change / se < 14.2


def test_the_mean_change_of_a_few_areas_of_few_psus_has_satterthwaite_s_df():
    """se 1, 2 and 2 on 3, 8 and 8 df: v = 9 / 9 = 1 and df = 81 / (1/3 + 16/8 + 16/8) = 18.7, not 19."""
    row = moved({"a": 1, "b": 2, "c": 6})
    columns = row.columns | {"se": np.array([1.0, 2, 2]), "df": np.array([3.0, 8, 8])}
    found = pooled(list(psa.Table(columns)))
    df = 81 / (1 / 3 + 2 + 2)
    assert (found.change, found.high - found.change) == pytest.approx((3, stats.t.ppf(0.975, df)), rel=1e-9)
    assert found.low == pytest.approx(3 - stats.t.ppf(0.975, df), rel=1e-9)


def test_a_change_without_se_adds_the_distance_to_its_own_ends():
    """0 of 10 to 5 of 10 (ends by Zou and Donner) and a change of 2 with se 1, 1.96: the mean of the two."""
    tables = [
        from_published(
            {"area": ["a", "b"], "value": [first, 50 + 2 * late], "base": [10, None], "margin": [None, M]},
            indicator="ni4",
            survey="place",
            wave=2008 + late,
        )
        for first, late in ((0, 0), (50, 1))
    ]
    flat, other = compare(*tables)
    found = pooled([flat, other])
    assert isnan(flat.se)
    assert found.change == 26
    assert found.low == pytest.approx(26 - sqrt((50 - flat.low) ** 2 + 1.96**2) / 2, rel=1e-4)
    assert found.high == pytest.approx(26 + sqrt((flat.high - 50) ** 2 + 1.96**2) / 2, rel=1e-4)


def test_the_assessment_prints_the_mean_change_and_the_chance_beside_the_majority():
    changes = dict.fromkeys(["E06000056", "E06000055", "E06000014", "E08000003"], 1.5)
    whole = compare(*(national(v, 1, of="psa21.4", wave=year) for v, year in ((39, 2007), (40, 2008))))
    found = assess(moved(changes), whole, adopting={"psa21.4": list(changes)})
    row = found.where(indicator="psa21.4")[0]
    assert (row.verdict, row.improved, row.by_chance) == ("not improved", 0, pytest.approx(0.1, rel=1e-9))
    assert (row.pooled_change, row.pooled_low) == pytest.approx((1.5, 1.5 - 1.96 / 2), rel=1e-4)
    assert row.reason.startswith(
        "improved in 0 of 4 adopting authorities; 0.1 would by chance alone; on average +1.5 points (+0.5 to +2.5); "
    )
    assert isnan(found.where(indicator="psa21.6")[0].pooled_change)
    assert "pooled_change" in found.to_text()
