"""Degrees of freedom by hand, and Satterthwaite's of published examples."""

from __future__ import annotations

import numpy as np
import pytest

from psaindicators.kernel.codes import Codes
from psaindicators.kernel.freedom import HeldByPsus, held_by_psus, satterthwaite
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.replicates import HeldByReplicates, ReplicateWeights
from psaindicators.kernel.totals import Frame, Measure

STRATUM = np.repeat([0, 1, 2], [8, 6, 4])
PSU = np.array([0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 1, 1, 2, 2, 0, 0, 1, 1])
"""Three strata of 4, 3 and 2 PSUs of two people each."""
BASE = np.isin(np.arange(18), [0, 1, 2, 8])
"""The base lies in PSUs 0 and 1 of the first stratum and in PSU 0 of the second."""


def held(weight: np.ndarray, psu: bool = True) -> HeldByPsus:
    units = (Codes((0, 1, 2, 3), PSU),) if psu else ()
    frame = Frame(weight, Keys(Codes(("a", "b", "c"), STRATUM), units))
    return of_everyone(frame, BASE)


def of_everyone(frame: Frame, base: np.ndarray) -> HeldByPsus:
    totals = frame.totals([Measure(base, base)], (Codes.constant("all", len(base)),))
    return held_by_psus(totals, totals.domains[0])


def test_the_psus_of_the_bases_strata_less_those_strata_by_hand() -> None:
    """3 PSUs in 2 strata hold the base: 3 - 2 = 1; those strata have 4 + 3 PSUs: 7 - 2 = 5; the design has 9 - 3 = 6.

    In the base's own PSUs t(0.975) is 12.7, in its strata's 2.6: five times as wide for the same standard error.
    """
    found = held(np.ones(18))
    assert (found.strata[0, 0], found.psus[0, 0]) == (2, 3)
    assert {name: found.df(name)[0, 0] for name in ("domain", "strata", "design", "normal")} == {
        **{"domain": 1, "strata": 5, "design": 6, "normal": np.inf}
    }


def test_a_psu_counts_that_holds_a_respondent_of_positive_weight() -> None:
    """Both people of the first stratum's PSU 3 weigh nothing: 6 - 2 = 4 and 8 - 3 = 5."""
    found = held(np.where(np.isin(np.arange(18), [6, 7]), 0.0, 1.0))
    assert (found.df("strata")[0, 0], found.df("design")[0, 0]) == (4, 5)


def test_where_no_psu_is_named_each_respondent_is_one() -> None:
    """4 of the 8 + 6 people of two strata are in the base: 4 - 2 = 2, 14 - 2 = 12, 18 - 3 = 15."""
    found = held(np.ones(18), psu=False)
    assert [found.df(name)[0, 0] for name in ("domain", "strata", "design")] == [2, 12, 15]


def test_a_base_in_a_stratum_of_one_psu_has_none_under_any_policy() -> None:
    frame = Frame(
        np.ones(6), Keys(Codes(("a", "b"), np.repeat([0, 1], [2, 4])), (Codes((0, 1), np.repeat([0, 1], [4, 2])),))
    )
    found = of_everyone(frame, np.arange(6) < 2)
    assert [found.df(name)[0, 0] for name in ("domain", "strata", "design", "normal")] == [0, 0, 0, 0]


def test_replicate_weights_tell_their_rank_less_one() -> None:
    """Four people in three PSUs, each left out once: everyone's rank is 3, that of the first PSU's two people is 1."""
    replicates = ReplicateWeights.of(np.array([[0.0, 0, 2, 2], [2, 2, 0, 2], [2, 2, 2, 0]]))
    bases = np.array([[True, True, False, False], [False] * 4])
    found = HeldByReplicates(replicates, bases, Codes.constant("all", 4), bases.any(axis=1, keepdims=True))
    assert found.df("domain")[:, 0].tolist() == [0, 0]
    assert found.df("strata")[:, 0].tolist() == [2, 0]  # and where nobody is in the base there are none
    assert found.df("design")[:, 0].tolist() == [2, 0]


def of(variances: list[float], dfs: list[float]) -> float:
    return float(satterthwaite(np.array(variances), np.array(dfs)))


def test_satterthwaite_of_the_handbook_and_of_students_sleep() -> None:
    """NIST/SEMATECH e-Handbook, 1.3.5.3 (AUTO83B): sd 6.414700 of 249 cars and 6.107710 of 79: 136.8750, not 326.

    R's t.test of its `sleep` (Student 1908): df = 17.776, not 18.
    """
    assert of([6.414700**2 / 249, 6.107710**2 / 79], [248, 78]) == pytest.approx(136.8750, abs=5e-5)
    one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    other = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    assert of([sample.var(ddof=1) / 10 for sample in (one, other)], [9, 9]) == pytest.approx(17.776, abs=5e-4)


def test_satterthwaite_by_hand() -> None:
    """v = 3 and 1 on 1 and 100: 16 / (9 + 0.01) = 1.776, near the 1 of the greater part; 101 added up is wrong."""
    assert of([3, 1], [1, 100]) == pytest.approx(16 / 9.01, rel=1e-15)
    assert of([2, 2], [5, 5]) == pytest.approx(10, rel=1e-15)  # two alike have the sum
    assert of([3, 1], [1, np.inf]) == pytest.approx(16 / 9, rel=1e-15)
    assert of([3, 1], [np.inf, np.inf]) == np.inf
    assert of([3, 0], [7, 2]) == pytest.approx(7, rel=1e-15)  # a part without a variance does not matter
    assert of([0, 0], [7, 2]) == 2
    assert of([3, 1], [0, 5]) == 0  # nor can a part be made up for that has a variance and no df
    assert np.isnan(of([np.nan, 1], [4, 5]))
