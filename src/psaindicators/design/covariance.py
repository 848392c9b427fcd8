"""Variance of the difference of two shares of one sample; arrays in, arrays out, in proportions.

The linearised values of the two are set against each other within each unit, before anything is squared, so their
covariance is in the result. Source: R survey's svycontrast on svyby(covmat = TRUE), and on waves stacked as one design.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from psaindicators.design.variance import Calibrated, Design, Linearised, Replicated
from psaindicators.kernel.calibration import residuals
from psaindicators.kernel.codes import Codes, as_text
from psaindicators.kernel.estimands import Linear, share
from psaindicators.kernel.linearise import Ratios, design_stages, ratios, variance_of
from psaindicators.kernel.linearised_rows import row_stages, variances
from psaindicators.kernel.replicates import replicate_variance, replicated
from psaindicators.kernel.totals import Counts, Floats, Measure, Totals, merge, numbered, psu_totals


@dataclass(frozen=True, eq=False)
class Contrast:
    """K pairs of shares of I measures, and the variance of `one` less `other`; v and df have shape (I, K).

    v is NaN where a share of the pair has no variance; df is PSUs less strata of those that hold the base of either.
    """

    one: Ratios
    other: Ratios
    v: Floats
    df: Counts


def contrast(design: Design, measures: Sequence[Measure], one: Codes, other: Codes) -> Contrast:
    """Return the difference of each measure's shares in two domains, given by row: position 0 inside, -1 outside.

    The domains may overlap (an area within everyone). Raises DesignError for lonely PSUs and population counts.
    """
    match design:
        case Linearised():
            totals = psu_totals(design.frame, measures, (one, other))
            return totals_contrast(totals, totals.domains[0], totals.domains[1], design.lonely_psu)
        case Replicated():
            return _replicated(design, measures, one, other)
        case Calibrated():
            return _calibrated(design, measures, one, other)
    raise AssertionError(f"no contrast for {type(design).__name__}")


def totals_contrast(totals: Totals, one: Codes, other: Codes, lonely_psu: str) -> Contrast:
    """Return K differences of two shares of one sample: `one` and `other` give each cell's pair (-1: in none).

    A cell may lie on both sides of the same pair, not in two pairs. With z = (q Y - p Q) / X of each side, v is the
    variance of the sum of z(one) - z(other) over the units of the whole design.
    """
    either = _either(one, other)
    first, second, joint = (ratios(replace(totals, domains=(side,)), 0, lonely_psu) for side in (one, other, either))
    of_y, of_q = _slopes(first, one, second, other)
    nothing = np.zeros_like(totals.y)
    z = replace(totals, domains=(either,), y=of_y * totals.y + of_q * totals.q, q=nothing)
    if totals.yy is not None:
        yy, yq, qq = totals.squares
        z = replace(z, yy=of_y**2 * yy + 2 * of_y * of_q * yq + of_q**2 * qq, yq=nothing, qq=nothing)
    whole = np.ones_like(joint.p)
    v = variance_of(z, 0, lonely_psu, Linear(0 * whole, whole, 0 * whole, whole), design_stages(totals, lonely_psu))
    return _contrast(first, second, v, joint.df)


def _either(one: Codes, other: Codes) -> Codes:
    return Codes(one.values, np.where(one.positions >= 0, one.positions, other.positions))


def _contrast(first: Ratios, second: Ratios, v: Floats, df: Counts) -> Contrast:
    return Contrast(first, second, np.where(np.isnan(first.v) | np.isnan(second.v), np.nan, v), df)


def _slopes(first: Ratios, one: Codes, second: Ratios, other: Codes) -> tuple[Floats, Floats]:
    """Return what Y and Q of each cell (or row) are multiplied by to give z(one) - z(other); each (I, C)."""
    sides = _factors(first, one), _factors(second, other)
    return sides[0][0] - sides[1][0], sides[0][1] - sides[1][1]


def _factors(side: Ratios, codes: Codes) -> tuple[Floats, Floats]:
    inside = codes.positions >= 0
    p, x = side.p[:, codes.positions], side.weighted_base[:, codes.positions]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(inside, (1 - p) / x, 0.0), np.where(inside, -p / x, 0.0)


def _replicated(design: Replicated, measures: Sequence[Measure], one: Codes, other: Codes) -> Contrast:
    """Return contrasts from the differences that each replicate weight gives."""
    first, second, joint = design.ratios(measures, (one, other, _either(one, other)), share)
    thetas = [replicated(design.replicates, measures, side, share) for side in (one, other)]
    return _contrast(
        first, second, replicate_variance(thetas[0] - thetas[1], first.p - second.p, design.rule), joint.df
    )


def _calibrated(design: Calibrated, measures: Sequence[Measure], one: Codes, other: Codes) -> Contrast:
    """Return contrasts of one pair from residuals on the calibration variables, respondent by respondent."""
    either = _either(one, other)
    first, second, joint = design.ratios(measures, (one, other, either), share)
    of_y, of_q = _slopes(first, one, second, other)
    y, q = (np.stack([measure.parts[i] for measure in measures]) for i in (0, 1))
    u = design.frame.weight[:, None] * residuals(np.nan_to_num(of_y * y + of_q * q).T, design.x, design.initial)
    holding = np.stack([measure.base for measure in measures], axis=1) & (either.positions >= 0)[:, None]
    v = variances(u, row_stages(design.frame, design.lonely_psu), design.lonely_psu, holding)
    return _contrast(first, second, v[:, None], joint.df)


def stacked(earlier: Totals, later: Totals) -> Totals:
    """Return two waves as one design: units with the same stratum and code are one, whichever file they stand in.

    The domains are the earlier wave's and then the later one's; a cell lies in the domains of its own wave only.
    """
    none = [tuple(_blank(len(one.base[0])) for _ in two.domains) for one, two in ((earlier, later), (later, earlier))]
    return merge(
        [
            _in_text(replace(earlier, domains=(*earlier.domains, *none[0]))),
            _in_text(replace(later, domains=(*none[1], *later.domains))),
        ]
    )


def _blank(cells: int) -> Codes:
    return Codes((), np.full(cells, -1, dtype=np.intp))


def _in_text(totals: Totals) -> Totals:
    """Return totals whose strata and units are texts, so that 7 in one file is "7" in another."""
    stratum, *units = (Codes(tuple(map(as_text, key.values)), key.positions) for key in (totals.stratum, *totals.units))
    return replace(totals, stratum=stratum, units=tuple(units))


def shared_units(earlier: Totals, later: Totals) -> int:
    """Return how many first-stage units, read within their stratum, both waves hold."""
    return len(_first_stage(earlier) & _first_stage(later))


def _first_stage(totals: Totals) -> set[tuple[str, str]]:
    unit = totals.units[0]
    _, first = numbered([totals.stratum.positions, unit.positions])
    strata, codes = ([as_text(value) for value in key.values] for key in (totals.stratum, unit))
    return {(strata[totals.stratum.positions[i]], codes[unit.positions[i]]) for i in first}
