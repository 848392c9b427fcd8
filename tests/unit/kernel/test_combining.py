"""Figures of larger areas by hand: their degrees of freedom, and members without a value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from psaindicators.kernel.combining import combined_areas
from psaindicators.kernel.figures import Ratios

POPULATIONS = np.array([[100.0, 300.0, 100.0]])


def areas(value: list[float], v: list[float], df: list[float]) -> Ratios:
    counts = np.full((1, len(value)), 10)
    rows = (np.array([one]) for one in (value, v))
    return Ratios(*rows, counts, counts, counts.astype(float), counts, counts, np.array([df]))


def test_the_df_of_a_county_are_satterthwaite_s_of_its_districts() -> None:
    """W = 1/4 and 3/4: v = 0.0016/16 + 0.0004 x 9/16 = 0.0001 + 0.000225; 0.000325^2 / (0.0001^2/2 + 0.000225^2/100).

    That is 19.2; the sum, 102, would make the interval 5% too narrow where the first district has 3 PSUs.
    """
    made = combined_areas(areas([0.3, 0.5, 0.9], [0.0016, 0.0004, 1], [2, 100, 1]), [np.array([0, 1])], POPULATIONS)
    assert made.value[0, 0] == pytest.approx(0.45)
    assert made.v[0, 0] == pytest.approx(0.000325)
    assert made.df[0, 0] == pytest.approx(0.000325**2 / (0.0001**2 / 2 + 0.000225**2 / 100))
    assert made.df[0, 0] < 20 < 102
    assert (made.base[0, 0], made.psus[0, 0], made.weighted_base[0, 0]) == (20, 20, 400)


def test_the_largest_share_of_the_weights_is_that_of_one_district_s_by_its_population() -> None:
    """Half of 100 is 50 of the county's 400, a fifth of 300 is 60: 15%. The largest share itself would be 50%."""
    districts = replace(areas([0.3, 0.5], [0.01, 0.01], [5, 5]), largest_share=np.array([[0.5, 0.2]]))
    made = combined_areas(districts, [np.array([0, 1])], POPULATIONS[:, :2])
    assert made.largest_share[0, 0] == pytest.approx(0.15)


def test_normal_quantiles_stay_normal() -> None:
    made = combined_areas(areas([0.3, 0.5], [0.01, 0.01], [np.inf, np.inf]), [np.array([0, 1])], POPULATIONS[:, :2])
    assert made.df[0, 0] == np.inf


def test_a_member_without_a_variance_or_a_value_leaves_the_whole_without() -> None:
    several = [np.array([0, 1]), np.array([1, 2]), np.array([], dtype=int)]
    made = combined_areas(areas([0.3, 0.5, np.nan], [np.nan, 0.01, 0.01], [0, 5, 5]), several, POPULATIONS)
    assert made.value[0, 0] == pytest.approx(0.45)
    assert np.isnan(made.value[0, 1:]).all()
    assert np.isnan(made.v[0]).all()
    assert made.df[0].tolist() == [0, 0, 0]
