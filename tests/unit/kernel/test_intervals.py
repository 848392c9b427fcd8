"""Intervals of a proportion: published tables, sums by hand, and what must hold of every method."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy.typing import NDArray
from scipy.special import stdtrit

from psaindicators.kernel.intervals import MANY, METHODS, Spread, interval, t_quantile

Floats = NDArray[np.float64]
PRINTED = 5e-5  # the published tables have four decimals
TABLE = 5e-4  # and the printed tables of Student's t three
ROUNDING = 1e-9

NEWCOMBE = {
    "wilson": {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (1, 29): (0.0061, 0.1718)},
    "beta": {(81, 263): (0.2527, 0.3676), (15, 148): (0.0578, 0.1617), (1, 29): (0.0009, 0.1776)},
}
"""Newcombe (1998), Statistics in Medicine 17, 857-872, table I: score and exact, simple random samples."""


def spread(p: float, v: float, *, df: float = np.inf, m: float = 100, level: float = 95) -> Spread:
    p_, v_, df_, m_ = (np.array([float(x)]) for x in (p, v, df, m))
    return Spread(p_, v_, df_, m_, m_, 1 - level / 100)


def ends(method: str, s: Spread) -> tuple[float, float, str]:
    low, high, used = interval(method, s)
    return float(low[0]), float(high[0]), str(used[0])


def test_students_t_is_that_of_the_printed_tables() -> None:
    assert t_quantile(0.975, np.array([1, 4, 10, np.inf])) == pytest.approx([12.706, 2.776, 2.228, 1.960], abs=TABLE)


@pytest.mark.parametrize("sample", NEWCOMBE["wilson"])
def test_wilson_is_newcombes_score_interval(sample: tuple[int, int]) -> None:
    p, n = sample[0] / sample[1], sample[1]
    low, high, _ = ends("wilson", spread(p, p * (1 - p) / n))
    assert (low, high) == pytest.approx(NEWCOMBE["wilson"][sample], abs=PRINTED)


@pytest.mark.parametrize("sample", NEWCOMBE["beta"])
def test_beta_of_a_simple_random_sample_is_newcombes_exact_interval(sample: tuple[int, int]) -> None:
    p, n = sample[0] / sample[1], sample[1]
    low, high, _ = ends("beta", spread(p, p * (1 - p) / n, df=n - 1, m=n))
    assert (low, high) == pytest.approx(NEWCOMBE["beta"][sample], abs=PRINTED)


def test_wald_is_the_value_plus_or_minus_t_standard_errors() -> None:
    low, high, used = ends("wald", spread(0.5, 0.05**2, df=10))
    normal_quantile_with_ten_degrees = (0.5 - 1.960 * 0.05, 0.5 + 1.960 * 0.05)
    assert (low, high) == pytest.approx((0.5 - 2.228 * 0.05, 0.5 + 2.228 * 0.05), abs=TABLE * 0.05)
    assert (low, high) != pytest.approx(normal_quantile_with_ten_degrees, abs=0.01)
    assert used == "wald"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("m", [1, 20, 1100])
def test_at_0_percent_every_method_gives_0_to_the_share_that_chance_could_hide(method: str, m: int) -> None:
    """Nobody of m: the largest P with (1 - P)^m = 0.025; 0.1684 for m = 20 (Newcombe's exact interval of 0/20)."""
    low, high, used = ends(method, spread(0, 0, df=m, m=m))
    assert (low, used) == (0, "beta")
    assert high == pytest.approx(1 - 0.025 ** (1 / m), rel=ROUNDING)
    assert m != 20 or high == pytest.approx(0.1684, abs=PRINTED)
    assert ends(method, spread(1, 0, df=m, m=m))[:2] == pytest.approx((1 - high, 1), rel=ROUNDING)


@pytest.mark.parametrize("method", METHODS)
def test_without_variance_between_0_and_1_the_interval_is_the_exact_one_of_the_base(method: str) -> None:
    p, n = 81 / 263, 263
    low, high, used = ends(method, spread(p, 0, df=5, m=n))
    assert used == "beta"
    assert (low, high) == pytest.approx(NEWCOMBE["beta"][81, 263], abs=PRINTED)


def test_wald_gives_way_where_an_end_would_leave_0_to_100_and_says_so() -> None:
    """2% with a standard error of 1.2: the end would be 2 - 1.96 x 1.2 = -0.352%."""
    low, _, used = ends("wald", spread(0.02, 0.012**2))
    assert used == "beta"
    assert low > 0
    assert ends("wald", spread(0.03, 0.012**2))[2] == "wald"  # 3 - 2.352 = 0.648% stays inside


def test_asin_ends_are_kept_within_a_quarter_turn_before_they_are_squared() -> None:
    """p = 0.01, se 0.02: the angle 0.1002 less 1.96 x 0.02 / (2 x 0.0995) = 0.197 is below 0, so the low end is 0."""
    low, _, _ = ends("asin", spread(0.01, 0.02**2))
    squared_without_clipping = np.sin(0.1002 - 0.197) ** 2
    assert low == 0 != squared_without_clipping


@pytest.mark.parametrize("method", ["logit", "wilson", "asin"])
def test_what_is_certain_is_that_a_share_lies_between_0_and_1(method: str) -> None:
    """Of an alpha that is 0 to a float t is infinite: infinity by infinity made Wilson's ends no numbers."""
    share, variance, df, people, alpha = (np.array([one]) for one in (0.375, 0.03, 2.0, 8.0, 1e-200))
    low, high = METHODS[method](Spread(share, variance, df, people, people, alpha))
    assert (low[0], high[0]) == (pytest.approx(0, abs=1e-12), pytest.approx(1, rel=1e-12))


def test_rows_without_a_value_or_a_variance_have_no_interval() -> None:
    for p, v in ((np.nan, 0.1), (0.5, np.nan)):
        low, high, used = ends("logit", spread(p, v))
        assert np.isnan([low, high]).all()
        assert used == ""


@st.composite
def spreads(draw: st.DrawFn) -> tuple[float, float, int, int]:
    """p, v, df and m, as surveys have them: effective bases from 2, no more degrees of freedom than respondents."""
    p = draw(st.floats(0.001, 0.999))
    m = draw(st.integers(5, 5000))
    df = draw(st.integers(1, m - 1))
    return p, p * (1 - p) / draw(st.floats(2, 10 * m)), df, m


def made(drawn: tuple[float, float, int, int], level: float = 95) -> Spread:
    p, v, df, m = drawn
    return spread(p, v, df=df, m=m, level=level)


@pytest.mark.parametrize("method", METHODS)
@given(drawn=spreads())
def test_every_interval_holds_the_value_and_stays_inside(method: str, drawn: tuple[float, float, int, int]) -> None:
    low, high, _ = ends(method, made(drawn))
    assert 0 <= low < high <= 1
    assert low - ROUNDING <= drawn[0] <= high + ROUNDING


@pytest.mark.parametrize("method", METHODS)
@given(drawn=spreads())
def test_a_mirrored_share_has_the_mirrored_interval(method: str, drawn: tuple[float, float, int, int]) -> None:
    p, *rest = drawn
    low, high, used = ends(method, made(drawn))
    assert ends(method, made((1 - p, *rest))) == (
        pytest.approx(1 - high, abs=ROUNDING),
        pytest.approx(1 - low, abs=ROUNDING),
        used,
    )


@pytest.mark.parametrize("method", METHODS)
@given(drawn=spreads(), levels=st.sampled_from([(50, 90), (90, 95), (95, 99)]))
def test_an_interval_lies_within_that_of_a_higher_level(
    method: str, drawn: tuple[float, float, int, int], levels: tuple[int, int]
) -> None:
    """Of one method: where Wald gives way to Korn-Graubard at the higher level only, the two need not be nested."""
    inner, outer = (ends(method, made(drawn, level)) for level in levels)
    if inner[2] == outer[2]:
        assert outer[0] - ROUNDING <= inner[0]
        assert inner[1] <= outer[1] + ROUNDING


def test_students_t_of_many_degrees_is_the_series_that_is_printed_for_it() -> None:
    """Abramowitz and Stegun 26.7.5; 1.96 for 500 degrees would be 0.24% too small."""
    df = np.array([MANY - 1.0, MANY, 1e3, 1e6])
    assert t_quantile(0.975, df) == pytest.approx(stdtrit(df, 0.975), rel=1e-13)
    assert t_quantile(0.99995, df) == pytest.approx(stdtrit(df, 0.99995), rel=1e-11)
    assert t_quantile(0.975, np.array([500.0]))[0] == pytest.approx(1.96 * 1.00243, abs=TABLE)
