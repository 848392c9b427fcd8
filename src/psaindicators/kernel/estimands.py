"""What is made of a figure's two weighted totals, and how the figure moves with each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from psaindicators.kernel.keys import Floats


@dataclass(frozen=True, eq=False)
class Linear:
    """A figure of the totals Y and Q and its slopes a = d/dY and b = d/dQ, all of one shape.

    z = a y + b q is a respondent's linearised variable: the figure's variance is that of the weighted total of z.
    """

    value: Floats
    a: Floats
    b: Floats


@dataclass(frozen=True, eq=False)
class Estimand:
    """From totals Y and Q (see `Totals`), arrays of any one shape, to the figure.

    `words` say what it is, in a row's `method`. `moves_along` is whether a constant added to every amount is added to
    the figure, which is then added up about a centre, for precision. `of_people` is whether a larger area's figure is
    the mean of its areas' by their populations, where weights sum within these.
    """

    of: Callable[[Floats, Floats], Linear]
    words: str
    moves_along: bool = False
    of_people: bool = False

    def __call__(self, y: Floats, q: Floats) -> Linear:
        return self.of(y, q)


def _share(y: Floats, q: Floats) -> Linear:
    """Return p = Y / (Y + Q), Q being the base outside the numerator: full precision near 0 and near 1."""
    x = y + q
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(x > 0, y / x, np.nan)
        return Linear(p, (1 - p) / x, -p / x)


def _ratio(y: Floats, q: Floats) -> Linear:
    """Return Y / Q, Q being the denominator's total."""
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(q != 0, y / q, np.nan)
        return Linear(r, 1 / q, -r / q)


def _total(y: Floats, q: Floats) -> Linear:
    """Return Y itself; Q is the sum of weights, which says where anybody is in the base."""
    return Linear(np.where(q > 0, y, np.nan), np.ones_like(y), np.zeros_like(y))


share = Estimand(_share, "ratio of weighted totals", of_people=True)
ratio = Estimand(_ratio, "ratio of weighted totals")
mean = Estimand(_ratio, "weighted mean", moves_along=True, of_people=True)
"""Y / Q, Q being the sum of weights."""
total = Estimand(_total, "weighted total")
