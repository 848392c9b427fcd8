"""The covariance of samples that overlap: every pair of samples that could have been drawn, and what is not common."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from psaindicators.kernel.overlap import FirstStage, Psus

POPULATION, DRAWN, COMMON = 6, 4, 2
Y = np.array([[3.0, 1, 4, 1, 5, 9], [2.0, 1, 8, 2, 4, 5]])
"""What the six PSUs of a population have in each of two waves."""


def sample(z: dict[int, float], stratum: str = "s", population: float = POPULATION, lonely_psu: str = "fail") -> Psus:
    """A sample of one figure of one domain: z of each of its PSUs."""
    units, n = [(stratum, str(unit)) for unit in z], len(z)
    held = np.zeros(n, dtype=np.intp), np.ones(n, dtype=bool)
    stage = FirstStage([stratum], np.array([n]), np.array([population]), units, *held)
    values, base = np.array([list(z.values())], dtype=float), np.ones((1, n), dtype=np.intp)
    return Psus(stage, np.zeros(n, dtype=np.intp), np.arange(n), values, base, np.ones((1, 1)), lonely_psu)


def drawn(wave: int, units: tuple[int, ...]) -> dict[int, float]:
    """What each PSU of a sample adds to the estimated total: y N / n."""
    return {unit: Y[wave, unit] * POPULATION / DRAWN for unit in units}


def variance(z: dict[int, float], n: int, fraction: float) -> float:
    values = np.array([*z.values(), *np.zeros(n - len(z))])
    return float((1 - fraction) * n * values.var(ddof=1))


PAIRS = [
    (one, two)
    for one in combinations(range(POPULATION), DRAWN)
    for two in combinations(range(POPULATION), DRAWN)
    if len(set(one) & set(two)) == COMMON
]
"""The 15 x 6 pairs of samples of four with two in common, each as likely as the others."""


def test_over_all_pairs_of_samples_it_is_the_covariance_of_the_estimated_totals() -> None:
    """And v_1 + v_2 - 2 c is on average the variance of the change.

    The union taken for one sample is here the whole population, so it would be 0 in every one of them.
    """
    assert len(PAIRS) == 90
    totals = np.array([[sum(drawn(0, one).values()), sum(drawn(1, two).values())] for one, two in PAIRS])
    c = [sample(drawn(0, one)).covariance(sample(drawn(1, two)))[0, 0] for one, two in PAIRS]
    assert np.mean(c) == pytest.approx(np.cov(totals.T, ddof=0)[0, 1], rel=1e-12)
    fraction = DRAWN / POPULATION
    each = [[variance(drawn(i, pair[i]), DRAWN, fraction) for pair in PAIRS] for i in (0, 1)]
    true = (totals[:, 1] - totals[:, 0]).var()
    assert np.mean(each[0]) + np.mean(each[1]) - 2 * np.mean(c) == pytest.approx(true, rel=1e-12)
    union = [_of_union(drawn(0, one), drawn(1, two)) for one, two in PAIRS]
    assert np.mean(union) == 0 < true


def _of_union(one: dict[int, float], two: dict[int, float], population: float = POPULATION) -> float:
    apart = {unit: two.get(unit, 0) - one.get(unit, 0) for unit in {**one, **two}}
    return variance(apart, len(apart), len(apart) / population)


def test_the_union_taken_for_one_sample_is_half_as_large_again() -> None:
    """Ten strata of endless PSUs, four drawn in each wave of which two stay: 400 pairs of waves.

    The change of the means has v_1 + v_2 - 2 c on average. The union taken for one sample counts a PSU that was
    replaced as one that fell to the mean of all strata: its standard error is half as large again.
    """
    rng = np.random.default_rng(11)
    strata = np.linspace(-15, 15, 10)
    changes, ours, unions = [], [], []
    for _ in range(400):
        level = strata[:, None] + rng.normal(0, 10, (10, 6))
        one, two = (level[:, first : first + 4] + rng.normal(0, 2, (10, 4)) for first in (0, 2))
        v = [_change((one[h] - one.mean()) / 40, (two[h] - two.mean()) / 40) for h in range(10)]
        ours.append(sum(right for right, _ in v))
        unions.append(sum(wrong for _, wrong in v))
        changes.append(two.mean() - one.mean())
    monte_carlo = np.sqrt(2 / 400)  # of a variance of 400 changes, relative
    assert np.mean(ours) == pytest.approx(np.var(changes), rel=3 * monte_carlo)
    assert np.sqrt(np.mean(unions) / np.var(changes)) == pytest.approx(1.5, abs=0.15)


def _change(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """The variance of one stratum's change with the covariance of the two PSUs that stay, and of the union of six."""
    one, two = (dict(enumerate(z.tolist(), start=first)) for z, first in ((before, 0), (after, 2)))
    c = sample(one, population=np.inf).covariance(sample(two, population=np.inf))[0, 0]
    return variance(one, 4, 0) + variance(two, 4, 0) - 2 * c, _of_union(one, two, np.inf)


def test_a_lone_psu_in_both_samples_under_centre() -> None:
    """n_c = 1: (1 - 1/6) z_1 z_2 where it is the only one of both, as the square of a lone PSU's z is its variance."""
    one, two = sample({1: 3.0}, lonely_psu="centre"), sample({1: -2.0}, lonely_psu="centre")
    assert one.covariance(two)[0, 0] == pytest.approx(5 / 6 * -6)
    for other in ("certainty", "average"):
        assert sample({1: 3.0}, lonely_psu=other).covariance(sample({1: -2.0}, lonely_psu=other))[0, 0] == 0
    several = sample({1: -2.0, 2: 1.0}, lonely_psu="centre")
    assert one.covariance(several)[0, 0] == 0


def test_units_are_read_within_their_stratum() -> None:
    one, two = sample({1: 3.0, 2: 1.0}, "s"), sample({1: 3.0, 2: 1.0}, "t")
    assert one.covariance(two)[0, 0] == 0
    assert one.unlike(two).startswith("have no PSU in common")
    assert one.unlike(sample({1: 1.0})) == ""


def test_the_df_of_the_union() -> None:
    """PSUs 0 to 3 and 2 to 5 of one stratum: 6 - 1; with another stratum's two in one of the waves 8 - 2."""
    one, two = (sample(dict.fromkeys(units, 1.0)) for units in (range(4), range(2, 6)))
    assert one.df(two, "domain")[0, 0] == one.df(two, "strata")[0, 0] == one.df(two, "design")[0, 0] == 5
    assert one.df(sample(dict.fromkeys(range(2), 1.0), "t"), "strata")[0, 0] == 6 - 2
    assert one.df(two, "normal")[0, 0] == np.inf
