"""PSU totals add up over any partition of the rows; moments over any partition that splits no PSU."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from hypothesis import given, strategies as st
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes, codes_of
from psaindicators.kernel.estimands import share
from psaindicators.kernel.figures import ByArea, by_domain
from psaindicators.kernel.freedom import held_by_psus
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.linearise import Moments, stage_moments, variance
from psaindicators.kernel.totals import Frame, Measure, Totals, merge, psu_totals
from tests.properties.samples import frames

ROUNDING = 1e-12  # sums of a few dozen doubles in another order
Rows = NDArray[np.bool_]
EVERYONE = ("all",)


def keys(column: pd.Series) -> Codes:
    return codes_of(column.to_numpy())


def totals_of(frame: pd.DataFrame, clustered: bool) -> Totals:
    """Totals of the rows given as an engine that sees only these rows would make them: with codes of its own."""
    agree = frame["agree"].to_numpy(float, na_value=np.nan)
    measures = [Measure(agree < 3, agree == 1), Measure(agree > 0, agree == 3)]
    units = (keys(frame["psu"]),) if clustered else ()
    everyone = Codes(EVERYONE, np.zeros(len(frame), dtype=np.intp))
    design = Frame(frame["weight"].to_numpy(float), Keys(keys(frame["stratum"]), units))
    return psu_totals(design, measures, (everyone, keys(frame["area"])))


def parts_of(frame: pd.DataFrame, part: list[int]) -> list[pd.DataFrame]:
    group = np.resize(part, len(frame))
    return [frame[group == one] for one in dict.fromkeys(group.tolist())]


@given(frames(), st.lists(st.integers(0, 4), min_size=1, max_size=40), st.booleans())
def test_totals_merged_over_any_partition_of_the_rows_are_those_of_the_whole(
    frame: pd.DataFrame, part: list[int], clustered: bool
) -> None:
    whole = totals_of(frame, clustered)
    merged = merge([totals_of(rows, clustered) for rows in parts_of(frame, part)])
    assert len(merged.respondents) == len(whole.respondents)
    assert merged.respondents.sum() == len(frame)
    for breakdown in (0, 1):
        expected, found = by_area(whole, breakdown), by_area(merged, breakdown)
        assert expected.keys() == found.keys()
        for area, figures in expected.items():
            assert np.allclose(found[area], figures, rtol=ROUNDING, atol=ROUNDING, equal_nan=True), area


def by_area(totals: Totals, breakdown: int) -> dict[object, list[float]]:
    """Every figure of each area, however the areas are ordered."""
    domain = totals.domains[breakdown]
    figures = ByArea(totals, breakdown, share, (), domain)
    v = variance([figures.over(stage) for stage in totals.stages], totals.stages, "centre", len(domain.values))
    counts, held = (totals.base, totals.answered, totals.weight), held_by_psus(totals, domain)
    sums = (by_domain(one, domain) for one in counts)
    found = [figures.value, v, *sums, figures.largest_share, held.strata, held.psus, held.around]
    return {area: [float(x) for one in found for x in one[:, i]] for i, area in enumerate(domain.values)}


@given(frames(), st.integers(1, 4), st.booleans())
def test_moments_add_up_over_any_partition_that_splits_no_psu(
    frame: pd.DataFrame, n_parts: int, clustered: bool
) -> None:
    unit = frame["stratum"] * 100 + frame["psu"] if clustered else pd.Series(range(len(frame)), index=frame.index)
    parts = [frame[unit % n_parts == one] for one in range(n_parts)]
    whole = summed_moments([totals_of(frame, clustered)])
    added = summed_moments([totals_of(rows, clustered) for rows in parts if len(rows)])
    assert whole.keys() == added.keys()
    for pair, sums in whole.items():
        assert np.allclose(added[pair], sums, rtol=ROUNDING, atol=ROUNDING), pair


def summed_moments(parts: list[Totals]) -> dict[tuple[object, object], NDArray[np.float64]]:
    added: dict[tuple[object, object], NDArray[np.float64]] = defaultdict(lambda: np.zeros((5, 2)))
    for totals in parts:
        moments = stage_moments(totals, totals.stages[0], totals.domains[1])
        for k, (area, stratum) in enumerate(zip(moments.domain, moments.stratum, strict=True)):
            added[totals.domains[1].values[area], totals.keys.stratum.values[stratum]] += sums_at(moments, k)
    return dict(added)


def sums_at(moments: Moments, k: int) -> NDArray[np.float64]:
    return np.array([part[:, k] for part in (moments.y, moments.q, moments.yy, moments.yq, moments.qq)])


def test_squares_added_over_a_partition_that_splits_a_psu_are_wrong() -> None:
    """One PSU of two people who said yes, weights 1 and 2: YY is (1 + 2)^2 = 9, and not 1 + 4 = 5."""
    frame = pd.DataFrame({"stratum": 1, "psu": 1, "weight": [1.0, 2.0], "agree": [1, 1], "area": "north"})
    frame["agree"] = frame["agree"].astype("Int64")
    halves = [totals_of(frame[:1], True), totals_of(frame[1:], True)]
    merged, squares_added = summed_moments([merge(halves)]), summed_moments(halves)
    assert merged["north", 1][2, 0] == 9
    assert squares_added["north", 1][2, 0] == 5
