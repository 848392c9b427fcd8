"""Variance of weighted ratios, means and totals by Taylor linearisation, from PSU totals; arrays in, arrays out.

Percentages are proportions here. Source: R survey's svyrecvar, svymean, svyratio and svytotal (Lumley), with the
strata's unit counts of the whole design throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import DesignError
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Estimand, Linear, share
from psaindicators.kernel.totals import Counts, Floats, Totals, numbered, summed

STRATA_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Ratios:
    """Weighted ratios of I measures in D domains, and what their intervals need; each array has shape (I, D).

    `p` is the ratio (or, of other estimands, the mean or total); `v` is its variance (NaN where it has none),
    `base` the respondents of positive weight, `answered` those of any weight, `weighted_base` the sum of weights;
    `strata` and `psus` hold the base (0 with replicate weights, which do not tell), `df` is PSUs less strata.
    """

    p: Floats
    v: Floats
    base: Counts
    answered: Counts
    weighted_base: Floats
    strata: Counts
    psus: Counts
    df: Counts


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling: in which stratum each cell lies and, where units are named, in which unit.

    `n` is the number of units in each stratum and `f` the fraction sampled (0 without a population count), both of
    the whole design; `factor` multiplies the stratum's variance. Shapes (C,), (C,), (H,), (H,), (H,).
    """

    stratum: Counts
    unit: Counts | None
    n: Counts
    f: Floats
    factor: Floats
    names: tuple[str, ...]

    @property
    def lonely(self) -> NDArray[np.bool_]:
        """Strata with a single unit that was not taken whole; shape (H,)."""
        lonely: NDArray[np.bool_] = (self.n == 1) & (self.f < 1)
        return lonely


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


def ratios(totals: Totals, breakdown: int, lonely_psu: str, estimand: Estimand = share) -> Ratios:
    """Return the ratio of each measure in each area of one breakdown, with its linearised variance.

    Raises DesignError for lonely PSUs where the policy is "fail" and for population counts that cannot be.
    """
    stages = design_stages(totals, lonely_psu)
    linear = point(totals, breakdown, estimand)
    v = variance_of(totals, breakdown, lonely_psu, linear, stages)
    return with_variance(totals, breakdown, (linear, v), stages[0])


def point(totals: Totals, breakdown: int, estimand: Estimand) -> Linear:
    """Return the figure of each measure in each area of one breakdown and its slopes, each of shape (I, D)."""
    domain = totals.domains[breakdown]
    return estimand(by_domain(totals.y, domain), by_domain(totals.q, domain))


def with_variance(totals: Totals, breakdown: int, made: tuple[Linear, Floats], stage: Stage) -> Ratios:
    """Return figures with their variance, shape (I, D): none where the base has no more PSUs than strata."""
    (linear, v), domain = made, totals.domains[breakdown]
    strata, psus = _holders(totals, stage, domain)
    return Ratios(
        p=linear.value,
        v=np.where((psus > strata) & np.isfinite(linear.value), v, np.nan),
        base=by_domain(totals.base, domain),
        answered=by_domain(totals.answered, domain),
        weighted_base=linear.weight,
        strata=strata,
        psus=psus,
        df=psus - strata,
    )


def by_domain(values: NDArray[Any], domain: Codes) -> NDArray[Any]:
    """Return the sums of cells over the areas of a breakdown: (..., C) to (..., D)."""
    inside = domain.positions >= 0
    return summed(values[..., inside], domain.positions[inside], len(domain.values))


def variance_of(totals: Totals, breakdown: int, lonely_psu: str, linear: Linear, stages: Sequence[Stage]) -> Floats:
    """Return the variance of the weighted total of z = a y + b q, shape (I, D), over all stages."""
    v = np.zeros_like(linear.value)
    for stage in stages:
        moments = stage_moments(totals, stage, totals.domains[breakdown])
        v += stage_variance(moments, stage, linear, lonely_psu if stage is stages[0] else "certainty")
    return v


def design_df(totals: Totals, lonely_psu: str) -> int:
    """Return PSUs less strata of the whole design, counting those that hold a respondent of positive weight."""
    stage = design_stages(totals, lonely_psu)[0]
    weighted = totals.weighted > 0
    strata = len(np.unique(stage.stratum[weighted]))
    psus = int(totals.weighted.sum()) if stage.unit is None else len(np.unique(stage.unit[weighted]))
    return psus - strata


def design_stages(totals: Totals, lonely_psu: str) -> list[Stage]:
    """Return the stages of sampling of the whole design, checked.

    Raises DesignError for lonely PSUs under "fail", and for population counts that change within a stratum, are
    below the number sampled, or are fractions.
    """
    stages: list[Stage] = []
    stratum, factor = totals.stratum.positions, np.ones(len(totals.stratum.values))
    names = tuple(map(str, totals.stratum.values))
    for level in range(totals.stages):
        unit = numbered([stratum, totals.units[level].positions])[0] if level < len(totals.units) else None
        n = _units_per_stratum(totals, stratum, unit, len(names))
        f = _fractions(totals, level, stratum, n, names)
        stages.append(Stage(stratum, unit, n, f, factor, names))
        if unit is None:
            break
        first = np.unique(unit, return_index=True)[1]
        factor = (factor * f)[stratum[first]]
        names = tuple(
            f"{names[stratum[i]]}/{totals.units[level].values[totals.units[level].positions[i]]}" for i in first
        )
        stratum = unit
    if lonely_psu == "fail":
        _refuse_lonely(stages[0])
    return stages


def _units_per_stratum(totals: Totals, stratum: Counts, unit: Counts | None, n_strata: int) -> Counts:
    if unit is None:
        return summed(totals.respondents, stratum, n_strata)
    stratum_of_unit = stratum[np.unique(unit, return_index=True)[1]]
    return np.bincount(stratum_of_unit, minlength=n_strata)


def _fractions(totals: Totals, level: int, stratum: Counts, n: Counts, names: Sequence[str]) -> Floats:
    if level >= len(totals.populations):
        return np.zeros(len(n))
    codes = totals.populations[level]
    counts = np.array(codes.values, dtype=float)[codes.positions]
    low, high = np.full(len(n), np.inf), np.full(len(n), -np.inf)
    np.minimum.at(low, stratum, counts)
    np.maximum.at(high, stratum, counts)
    whole = "a number of units in the population, not a fraction sampled"
    _refuse(low != high, names, "has more than one population count (fpc)", "one for each stratum")
    _refuse((high < 1) | (high != np.trunc(high)), names, "has a population count (fpc) that is a fraction", whole)
    _refuse(high < n, names, "has a population count (fpc) below the units sampled", "at least as many as sampled")
    fractions: Floats = n / high
    return fractions


def _refuse(wrong: NDArray[np.bool_], names: Sequence[str], what: str, right: str) -> None:
    if wrong.any():
        raise DesignError(f"stratum {_listed(wrong, names)} {what}; what would be right: {right}")


def _refuse_lonely(stage: Stage) -> None:
    if stage.lonely.any():
        raise DesignError(
            f"{int(stage.lonely.sum())} of {len(stage.n)} strata have a single PSU: "
            f"{_listed(stage.lonely, stage.names)}; one PSU cannot show a variance. Say lonely_psu = 'centre' (about "
            "the overall mean), 'average' (as the other strata), 'certainty' (no variance: it was sure to be drawn), "
            "or join the stratum to its neighbour"
        )


def _listed(wrong: NDArray[np.bool_], names: Sequence[str]) -> str:
    found = [names[i] for i in np.flatnonzero(wrong).tolist()]
    return ", ".join(found[:STRATA_SHOWN]) + (", ..." if len(found) > STRATA_SHOWN else "")


def stage_moments(totals: Totals, stage: Stage, domain: Codes) -> Moments:
    """Return the moments of one stage's units in each pair of a domain and a stratum that occurs."""
    inside = np.flatnonzero(domain.positions >= 0)
    where, stratum = domain.positions[inside], stage.stratum[inside]
    answered = totals.answered[:, inside]
    if stage.unit is None:
        sums = [part[:, inside] for part in (totals.y, totals.q, *totals.squares)]
    else:
        unit, first = numbered([where, stage.unit[inside]])
        y, q = (summed(part[:, inside], unit, len(first)) for part in (totals.y, totals.q))
        answered = summed(answered, unit, len(first))
        where, stratum, sums = where[first], stratum[first], [y, q, y * y, y * q, q * q]
    pair, first = numbered([where, stratum])
    added = (summed(part, pair, len(first)) for part in (answered, *sums))
    return Moments(where[first], stratum[first], *added)


def stage_variance(moments: Moments, stage: Stage, linear: Linear, lonely_psu: str) -> Floats:
    """Return one stage's part of the variance of a figure with slopes a and b, shape (I, D).

    With unit totals z = a Y + b Q each stratum gives (1 - f) n / (n - 1) [S zz - (S z)^2 / n]; a lonely one under
    "centre" gives (1 - f) (z - centre)^2, with centre = the domain's S z over all units of the design.
    """
    n, f = stage.n[moments.stratum], stage.f[moments.stratum]
    a, b = linear.a[:, moments.domain], linear.b[:, moments.domain]
    n_domains = linear.value.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        z = a * moments.y + b * moments.q
        zz = a**2 * moments.yy + 2 * a * b * moments.yq + b**2 * moments.qq
        spread = np.where(n > 1, n / (n - 1) * np.maximum(zz - z**2 / n, 0), 0)
    lonely = stage.lonely[moments.stratum]
    if lonely_psu == "centre":
        centre = summed(z, moments.domain, n_domains) / stage.n.sum()
        spread = np.where(lonely, (z - centre[:, moments.domain]) ** 2, spread)
    v = summed((1 - f) * spread * stage.factor[moments.stratum], moments.domain, n_domains)
    return v * _average_factor(moments, lonely, linear.value.shape) if lonely_psu == "average" else v


def _average_factor(moments: Moments, lonely: NDArray[np.bool_], shape: tuple[int, ...]) -> Floats:
    """Return strata over strata that are not lonely, counting those that hold the domain's base."""
    holding = moments.answered > 0
    strata = summed(holding.astype(float), moments.domain, shape[1])
    not_lonely = summed((holding & ~lonely).astype(float), moments.domain, shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(strata == not_lonely, 1.0, np.where(not_lonely > 0, strata / not_lonely, np.nan))


def _holders(totals: Totals, stage: Stage, domain: Codes) -> tuple[Counts, Counts]:
    """Return how many strata and how many PSUs hold the base of each domain, each (I, D)."""
    inside = np.flatnonzero(domain.positions >= 0)
    where, n_domains = domain.positions[inside], len(domain.values)
    base = totals.base[:, inside]
    strata = _distinct(base, [where, stage.stratum[inside]], n_domains)
    if stage.unit is None:
        return strata, summed(base, where, n_domains)
    return strata, _distinct(base, [where, stage.unit[inside]], n_domains)


def _distinct(base: Counts, keys: list[Counts], n_domains: int) -> Counts:
    pair, first = numbered(keys)
    held = summed(base, pair, len(first)) > 0
    return summed(held.astype(np.intp), keys[0][first], n_domains)
