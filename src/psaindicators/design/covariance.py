"""Variance of the difference of two shares of one sample, and the covariance of those of two that share PSUs.

Within one sample the linearised values of the two are set against each other in each unit, before anything is squared,
so their covariance is in the result. Source: R survey's svycontrast on svyby(covmat = TRUE). In proportions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from psaindicators.design.variance import Design, by_area, ratios
from psaindicators.errors import ComparisonError
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import share
from psaindicators.kernel.figures import Apart, Ratios
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.overlap import Parts
from psaindicators.kernel.totals import Measure


@dataclass(frozen=True, eq=False)
class Contrast:
    """K pairs of shares of I measures, and the variance of `one` less `other`; v and df have shape (I, K).

    v is NaN where a share of the pair has no variance; df is that of the base of either.
    """

    one: Ratios
    other: Ratios
    v: Floats
    df: Floats


def contrast(design: Design, measures: Sequence[Measure], sides: tuple[Codes, Codes], df: str) -> Contrast:
    """Return the differences of each measure's shares in pairs of domains, given by row: the pair's position or -1.

    `sides` are the pairs' ones and others, which may overlap (an area within everyone), `df` is whose degrees of
    freedom they have. Raises DesignError for lonely PSUs and population counts.
    """
    one, other = by_area(design, measures, sides, share)
    apart, first, second = Apart(one, other), ratios(design, one, df), ratios(design, other, df)
    unknown = np.isnan(first.v) | np.isnan(second.v)
    return Contrast(first, second, np.where(unknown, np.nan, design.variances(apart)), design.held(apart).df(df))


@dataclass(frozen=True, eq=False)
class WaveSide:
    """One wave of a comparison: its design, its measures and, of each breakdown, the pair each respondent lies in."""

    name: str
    design: Design
    measures: Sequence[Measure]
    pairs: tuple[Codes, ...]

    @property
    def parts(self) -> list[Parts]:
        """What the variances of the shares in each breakdown are made of."""
        return [self.design.parts(one) for one in by_area(self.design, self.measures, self.pairs, share)]


@dataclass(frozen=True, eq=False)
class Shared:
    """The covariance of K pairs of shares of I measures, one of each wave, and the most df their difference can have.

    Both have shape (I, K).
    """

    covariance: Floats
    df: Floats


def shared(earlier: WaveSide, later: WaveSide, df: str) -> list[Shared]:
    """Return, for each breakdown, the covariance of two waves that share PSUs (or replicates that correspond).

    Raises ComparisonError where they have none in common. See `Psus` and `ReplicateParts`.
    """
    pairs = list(zip(earlier.parts, later.parts, strict=True))
    for one, two in pairs:
        problem = one.unlike(two) if one.kind == two.kind else f"are of {one.kind} and of {two.kind}"
        if problem:
            raise ComparisonError(f"{earlier.name} and {later.name} {problem}")
    return [Shared(one.covariance(two), one.df(two, df)) for one, two in pairs]
