"""Variance of weighted ratios, means and totals by Taylor linearisation; arrays in, arrays out.

Percentages are proportions here. Source: R survey's svyrecvar, svymean, svyratio and svytotal (Lumley), with the
strata's unit counts of the whole design throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Linear
from psaindicators.kernel.keys import Bools, Counts, Floats, numbered, summed
from psaindicators.kernel.lonely import LONELY, LonelyPolicy, of_stages
from psaindicators.kernel.stages import Stage
from psaindicators.kernel.totals import Totals

Numbers = NDArray[Any]
ROUNDING = 1e-14
"""Squares of z that cancel to less than this of their parts are 0: of a base in one PSU, whose z adds to nothing."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over the units of K pairs of a domain and a stratum: of Y, Q, YY, YQ, QQ, each of shape (I, K)."""

    domain: Counts
    stratum: Counts
    answered: Counts
    y: Floats
    q: Floats
    yy: Floats
    yq: Floats
    qq: Floats

    def along(self, linear: Linear) -> Sums:
        """Return the sums of z = a Y + b Q, with the slopes a and b of each domain."""
        a, b = linear.a[:, self.domain], linear.b[:, self.domain]
        with np.errstate(invalid="ignore"):
            z = a * self.y + b * self.q
            zz = squares(a, b, self.yy, self.yq, self.qq)
        return Sums(self.domain, self.stratum, self.answered, z, zz)


def squares(a: Floats, b: Floats, yy: Floats, yq: Floats, qq: Floats) -> Floats:
    """Return the sums of (a Y + b Q)^2, 0 where they cancel to rounding."""
    parts = a**2 * yy + b**2 * qq
    zz = parts + 2 * a * b * yq
    return np.where(zz < ROUNDING * parts, 0.0, zz)


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over one stage's units of K pairs of a domain and a stratum: of unit totals z and their squares.

    `answered` counts the respondents of the base, whatever their weight. Shapes (K,), (K,) and three times (I, K).
    """

    domain: Counts
    stratum: Counts
    answered: Counts
    z: Floats
    zz: Floats


@dataclass(frozen=True, eq=False)
class Variable:
    """Weighted linearised variables of I figures summed over each of C cells, and the domain that each cell adds to.

    `z` and `answered` (see `Sums`) have shape (I, C); so has `zz`, the sum over a cell's respondents of (w z)^2, there
    only where respondents themselves are the last stage's units.
    """

    domain: Codes
    answered: Counts
    z: Floats
    zz: Floats | None = None

    def over(self, stage: Stage) -> Sums:
        """Return the sums over one stage's units."""
        where, stratum, (answered, z) = _unit_sums(stage, self.domain, [self.answered, self.z])
        if stage.unit is None:
            assert self.zz is not None
            zz = self.zz[:, self.domain.positions >= 0]
        else:
            zz = z * z
        return Sums(*_stratum_sums(where, stratum, [answered, z, zz]))


def stage_moments(totals: Totals, stage: Stage, domain: Codes) -> Moments:
    """Return the moments of one stage's units in each pair of a domain and a stratum that occurs."""
    where, stratum, (answered, y, q) = _unit_sums(stage, domain, [totals.answered, totals.y, totals.q])
    if stage.unit is None:
        assert totals.squares is not None
        inside = domain.positions >= 0
        squares = [part[:, inside] for part in (totals.squares.yy, totals.squares.yq, totals.squares.qq)]
    else:
        squares = [y * y, y * q, q * q]
    return Moments(*_stratum_sums(where, stratum, [answered, y, q, *squares]))


def _unit_sums(stage: Stage, domain: Codes, parts: Sequence[Numbers]) -> tuple[Counts, Counts, list[Numbers]]:
    """Return the domain and stratum of each unit in a domain, and its sums of each part: (I, C) to (I, units).

    Where units are not named, cells are left as they are.
    """
    inside = np.flatnonzero(domain.positions >= 0)
    where, stratum = domain.positions[inside], stage.stratum[inside]
    held = [part[:, inside] for part in parts]
    if stage.unit is None:
        return where, stratum, held
    unit, first = numbered([where, stage.unit[inside]])
    return where[first], stratum[first], [summed(part, unit, len(first)) for part in held]


def _stratum_sums(where: Counts, stratum: Counts, parts: Sequence[Numbers]) -> tuple[Numbers, ...]:
    """Return the domain and stratum of each pair that occurs, and its sums of each part: (I, units) to (I, K)."""
    pair, first = numbered([where, stratum])
    return where[first], stratum[first], *(summed(part, pair, len(first)) for part in parts)


def variance(parts: Sequence[Sums], stages: Sequence[Stage], lonely_psu: str, n_domains: int) -> Floats:
    """Return the variance of the weighted total of z, shape (I, D), from its sums over every stage."""
    each = zip(parts, stages, of_stages(lonely_psu, stages), strict=True)
    return np.asarray(sum(_stage_variance(sums, stage, policy, n_domains) for sums, stage, policy in each))


def _stage_variance(sums: Sums, stage: Stage, policy: LonelyPolicy, n_domains: int) -> Floats:
    """Return one stage's part of the variance, shape (I, D).

    Each stratum gives (1 - f) n / (n - 1) [S zz - (S z)^2 / n]; a lonely one that is centred gives (1 - f)
    (z - centre)^2, with centre = the domain's S z over all units of the design.
    """
    n, f = stage.n[sums.stratum], stage.f[sums.stratum]
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(n > 1, n / (n - 1) * np.maximum(sums.zz - sums.z**2 / n, 0), 0)
    lonely = stage.lonely[sums.stratum]
    if policy.centred:
        centre = summed(sums.z, sums.domain, n_domains) / stage.n.sum()
        spread = np.where(lonely, (sums.z - centre[:, sums.domain]) ** 2, spread)
    v = summed((1 - f) * spread * stage.factor[sums.stratum], sums.domain, n_domains)
    return v * policy.factor(*_holding(sums, stage, n_domains)) if policy.factor else v


def lonely_factor(sums: Sums, stage: Stage, lonely_psu: str, n_domains: int) -> Floats | float:
    """Return what a policy multiplies the first stage's variances by, (I, D), or 1."""
    factor = LONELY[lonely_psu].factor
    return factor(*_holding(sums, stage, n_domains)) if factor else 1.0


def _holding(sums: Sums, stage: Stage, n_domains: int) -> tuple[Floats, Floats]:
    """Return how many strata hold each figure's base, and how many of them are not lonely, (I, D)."""
    return _strata_held(sums.answered, stage.lonely[sums.stratum], sums.domain, n_domains)


def _strata_held(answered: Counts, lonely: Bools, domain: Counts, n_domains: int) -> tuple[Floats, Floats]:
    holding = answered > 0
    strata = summed(holding.astype(float), domain, n_domains)
    return strata, summed((holding & ~lonely).astype(float), domain, n_domains)


@dataclass(frozen=True, eq=False)
class UnitTotals:
    """One stage's unit totals of k variables, (k, units), and what their squares and products are multiplied by.

    `c` (units,) and `of_strata` (H,) are its `coefficients`; `sums` (k, H) are the totals of the strata.
    """

    z: Floats
    c: Floats
    sums: Floats
    of_strata: Floats

    @property
    def covariance(self) -> Floats:
        """The stage's part of the covariance matrix, (k, k)."""
        return np.asarray((self.z * self.c) @ self.z.T - (self.sums * self.of_strata) @ self.sums.T)


def covariance(z: Floats, stages: Sequence[Stage], lonely_psu: str, base: Bools) -> Floats:
    """Return the covariance matrix of the totals of the rows of z, (k, rows) to (k, k), of one base (rows,).

    z is weight times linearised variable, of every respondent: `stages` are over rows.
    """
    factors = [_row_factor(stages[0], base, lonely_psu)] + [1.0] * (len(stages) - 1)
    parts = _unit_totals(z, stages, lonely_psu)
    return np.asarray(sum(factor * part.covariance for factor, part in zip(factors, parts, strict=True)))


def _row_factor(stage: Stage, base: Bools, lonely_psu: str) -> float:
    """Return what a policy multiplies the first stage's variance by, or 1."""
    factor = LONELY[lonely_psu].factor
    if factor is None:
        return 1.0
    one_domain = np.zeros(len(stage.n), dtype=np.intp)
    answered = summed(base[None].astype(np.intp), stage.stratum, len(stage.n))
    return float(factor(*_strata_held(answered, stage.lonely, one_domain, 1))[0, 0])


def coefficients(stage: Stage, *, centre: bool) -> tuple[Floats, Floats]:
    """Return c, which multiplies the squares of unit totals, and what the square of their sum is taken off with; (H,).

    c = (1 - f) n / (n - 1) times the stage's factor, and c / n; both are 0 where n is 1. With `centre` c of a lonely
    unit is (1 - f) times the factor, for the square of its distance from the mean of all units.
    """
    c = np.where(stage.n > 1, stage.n / np.maximum(stage.n - 1, 1), 0.0)
    if centre:
        c[stage.lonely] = 1.0
    c *= (1 - stage.f) * stage.factor
    return c, np.where(stage.n > 1, c / np.maximum(stage.n, 1), 0.0)


def _unit_totals(z: Floats, stages: Sequence[Stage], lonely_psu: str) -> Iterator[UnitTotals]:
    for stage, policy in zip(stages, of_stages(lonely_psu, stages), strict=True):
        units, stratum = z, stage.stratum
        if stage.unit is not None:
            stratum = stage.of_units
            units = summed(z, stage.unit, len(stratum))
        lonely = stage.lonely[stratum]
        if policy.centred and lonely.any():
            units = np.where(lonely, units - units.sum(axis=1, keepdims=True) / len(stratum), units)
        c, of_strata = coefficients(stage, centre=policy.centred)
        yield UnitTotals(units, c[stratum], summed(units, stratum, len(stage.n)), of_strata)
