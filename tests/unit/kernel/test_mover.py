"""Ends of a difference from those of its sides: Newcombe's printed examples, and p-values by hand."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from psaindicators.kernel.intervals import Spread, wilson
from psaindicators.kernel.mover import Ends, least_significant, mover, p_value_of_ends

Z = 1.959963984540054


def scored(yes: int, n: int) -> Ends:
    """A share with Wilson's score interval, as Newcombe's method 10 has it; of none and of all by its own formula."""
    p = np.array([yes / n])
    if 0 < yes < n:
        none = np.array([np.nan])
        low, high = wilson(Spread(p, p * (1 - p) / n, np.array([np.inf]), none, none, 0.05))
    else:
        reach = Z**2 / (n + Z**2)
        low, high = np.maximum(p - reach, 0), np.minimum(p + reach, 1)
    return Ends(p, low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_s_examples_of_independent_shares(one, other, low, high):
    """Newcombe (1998, Statistics in Medicine 17, 873-890), table II, method 10: first less second.

    The standard errors alone give 100 to 100 for 10 of 10 against 0 of 10.
    """
    found = mover(scored(*other), scored(*one))
    assert (round(found.low[0], 4), round(found.high[0], 4)) == (low, high)


@pytest.mark.parametrize(
    ("cells", "low", "high"),
    [((36, 14, 0, 0), 0.1528, 0.4167), ((0, 54, 0, 0), 0.9061, 1.0), ((54, 0, 0, 0), -0.0664, 0.0664)],
)
def test_newcombe_s_examples_of_pairs_with_an_empty_margin(cells, low, high):
    """Newcombe (1998, Statistics in Medicine 17, 2635-2650), method 10: yes twice, first only, second only, never.

    Where all or none say yes on one occasion the correlation is taken as 0, as it is here of a side that shows no
    sampling error.
    """
    both, first, second, _ = cells
    found = mover(scored(both + second, sum(cells)), scored(both + first, sum(cells)))
    assert (round(found.low[0], 4), round(found.high[0], 4)) == (low, high)


def test_the_least_that_is_significant_is_the_distance_to_the_end_on_the_side_of_0():
    of = Ends(np.array([3.0, -3.0, 0.0]), np.array([1.0, -7.0, -2.0]), np.array([9.0, -1.0, 1.0]))
    assert least_significant(of).tolist() == [2, 2, 1]
    assert of.without_zero.tolist() == [True, True, False]


def test_the_p_value_is_the_alpha_whose_ends_touch_0():
    """Ends of value -+ -log(alpha): 0 is touched where alpha = exp(-|value|). Ends that hold 0 at alpha = 1 give 1."""
    value = np.array([0.5, -3.0, 40.0, 0.0])
    found = p_value_of_ends(lambda alpha: Ends(value, value + np.log(alpha), value - np.log(alpha)), 4)
    assert np.log(found) == pytest.approx([-0.5, -3, -40, log(1)], abs=1e-9)
