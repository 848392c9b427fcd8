"""The difference of two figures of which one shows no sampling error: its ends, from the two figures' own intervals.

A figure of 0%, of 100% or without variance has a standard error of 0, which is not certainty: 4 of 4 is not 100% for
sure. Source: Zou and Donner (2008, Statistics in Medicine 27, 1693-1702), the method of variance estimates recovery;
for proportions Newcombe (1998, Statistics in Medicine 17, 873-890, method 10).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from psaindicators.kernel.keys import Bools, Floats

LEAST_ALPHA = 1e-300
"""Below this a p-value is not distinguished from 0."""
HALVINGS = 64
"""Bisections of the logarithm of a p-value: enough for its last digit."""


@dataclass(frozen=True, eq=False)
class Ends:
    """Figures with the ends of their intervals, arrays of one shape and unit."""

    value: Floats
    low: Floats
    high: Floats

    @property
    def without_zero(self) -> Bools:
        """Whether 0 lies outside."""
        return (self.low > 0) | (self.high < 0)


def mover(one: Ends, other: Ends) -> Ends:
    """Return `other` less `one` with its ends.

    With d = p_2 - p_1: low = d - sqrt((p_2 - l_2)^2 + (u_1 - p_1)^2), high = d + sqrt((u_2 - p_2)^2 + (p_1 - l_1)^2).
    The form for correlated figures takes 2 r (p_2 - l_2)(u_1 - p_1) off under the root; a figure that shows no sampling
    error has z = 0 in every PSU, so r is 0, as it is in Newcombe's method for pairs (1998, Statistics in Medicine 17,
    2635-2650) where a margin of the table is empty.
    """
    d = other.value - one.value
    down = np.hypot(other.value - other.low, one.high - one.value)
    up = np.hypot(other.high - other.value, one.value - one.low)
    return Ends(d, d - down, d + up)


def least_significant(of: Ends) -> Floats:
    """Return how far each figure is from the end on the side of 0: as much as it must be to leave 0 outside.

    Of a figure of 0, the nearer end.
    """
    down, up = of.value - of.low, of.high - of.value
    return np.where(of.value > 0, down, np.where(of.value < 0, up, np.minimum(down, up)))


def p_value_of_ends(at: Callable[[Floats], Ends], rows: int) -> Floats:
    """Return the greatest alpha at which 0 is no longer outside the ends `at` it, (rows,): 1 where it never is.

    `at` takes alphas (0.05 for 95%) of shape (rows,); what is wider than another holds it.
    """
    low, high = np.full(rows, np.log(LEAST_ALPHA)), np.zeros(rows)
    never = ~at(np.ones(rows)).without_zero
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        outside = at(np.exp(middle)).without_zero
        low, high = np.where(outside, low, middle), np.where(outside, middle, high)
    return np.where(never, 1.0, np.exp(high))
