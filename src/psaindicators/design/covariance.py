"""Variance of the difference of two shares of one sample; arrays in, arrays out, in proportions.

The linearised values of the two are set against each other within each unit, before anything is squared, so their
covariance is in the result. Source: R survey's svycontrast on svyby(covmat = TRUE), and on waves stacked as one design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from psaindicators.design.variance import Design, Linearised, by_area, ratios
from psaindicators.kernel.codes import Codes, Value, as_text
from psaindicators.kernel.estimands import share
from psaindicators.kernel.figures import Apart, Ratios
from psaindicators.kernel.keys import Floats, Keys, numbered
from psaindicators.kernel.totals import Frame, Measure, joined_keys


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
    """One wave of a comparison: its design, its measures, and the pair that each respondent's area belongs to."""

    design: Design
    measures: Sequence[Measure]
    pairs: Codes


def contrast_of_waves(later: WaveSide, earlier: WaveSide, lonely_psu: str, df: str) -> Contrast:
    """Return the differences of two waves taken as one design, units with the same stratum and code being one."""
    frames = [side.design.rows for side in (later, earlier)]
    weight = np.concatenate([frame.weight for frame in frames])
    union = Linearised(Frame(weight, joined_keys([_in_text(frame.keys) for frame in frames])), lonely_psu)
    rows = [np.full(len(frame.weight), -1, dtype=np.intp) for frame in frames]
    one = Codes(later.pairs.values, np.concatenate([later.pairs.positions, rows[1]]))
    other = Codes(later.pairs.values, np.concatenate([rows[0], earlier.pairs.positions]))
    measures = [
        Measure(*(np.concatenate([getattr(one, part) for one in both]) for part in ("base", "y")))
        for both in zip(later.measures, earlier.measures, strict=True)
    ]
    return contrast(union, measures, (one, other), df)


def _in_text(keys: Keys) -> Keys:
    """Return keys whose strata and units are texts, so that 7 in one file is "7" in another."""
    stratum, *units = (Codes(tuple(map(as_text, key.values)), key.positions) for key in (keys.stratum, *keys.units))
    return replace(keys, stratum=stratum, units=tuple(units))


def shared_units(earlier: Design, later: Design) -> int:
    """Return how many first-stage units, read within their stratum, both waves hold."""
    one, other = (_first_stage(_in_text(design.rows.keys)) for design in (earlier, later))
    return len(one & other)


def _first_stage(keys: Keys) -> set[tuple[Value, Value]]:
    unit = keys.units[0]
    _, first = numbered([keys.stratum.positions, unit.positions])
    return {(keys.stratum.values[keys.stratum.positions[i]], unit.values[unit.positions[i]]) for i in first}
