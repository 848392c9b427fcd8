"""The covariance of figures of two samples that share what their variances are made of: PSUs, or replicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

import numpy as np

from psaindicators.kernel.codes import Codes, as_text
from psaindicators.kernel.figures import InCells, OfAreas
from psaindicators.kernel.freedom import of_policy
from psaindicators.kernel.keys import Bools, Counts, Floats, Keys, numbered, summed
from psaindicators.kernel.linearise import lonely_factor
from psaindicators.kernel.lonely import LONELY
from psaindicators.kernel.replicates import HeldByReplicates, ReplicateRule, ReplicateWeights
from psaindicators.kernel.stages import Stage

UnitName = tuple[str, str]
"""A PSU by the texts of its stratum and of its code."""


class Parts(Protocol):
    """What the variance of one sample's figures is made of, (I, D) figures as those of the sample it is set against."""

    @property
    def kind(self) -> str:
        """What the parts are, such as "PSUs"; only parts of one kind can be shared."""

    def unlike(self, other: Self) -> str:
        """Return why the two samples cannot be set against each other by these, or nothing."""

    def covariance(self, other: Self) -> Floats:
        """Return the covariance of each figure of one sample with that of the other, (I, D)."""

    def df(self, other: Self, policy: str) -> Floats:
        """Return the degrees of freedom of both samples taken together, (I, D)."""


@dataclass(frozen=True, eq=False)
class FirstStage:
    """The first stage's units of a sample, by name.

    `strata` name the H strata, of which `n` and `population` (infinite without a count) give the units; `units` name
    the U units, `stratum` (U,) places them and `weighted` (U,) says which hold a positive weight.
    """

    strata: Sequence[str]
    n: Counts
    population: Floats
    units: Sequence[UnitName]
    stratum: Counts
    weighted: Bools

    @classmethod
    def of(cls, keys: Keys, stage: Stage, weighted: Counts) -> FirstStage:
        """Return the units of a design's cells, of which `weighted` counts the respondents of positive weight."""
        assert stage.unit is not None
        first = np.unique(stage.unit, return_index=True)[1]
        strata, codes = ([as_text(value) for value in key.values] for key in (keys.stratum, keys.units[0]))
        stratum, code = keys.stratum.positions[first], keys.units[0].positions[first]
        units = [(strata[h], codes[i]) for h, i in zip(stratum, code, strict=True)]
        return cls(strata, stage.n, stage.population, units, stratum, summed(weighted, stage.unit, len(first)) > 0)


@dataclass(frozen=True, eq=False)
class Psus:
    """The first stage's units of a sample, and what each adds to I figures in D domains.

    Of P pairs of a `domain` and a `unit`, (P,), `z` is the unit's total of weighted z and `base` its respondents, each
    (I, P). `factor` (I, D) is what the policy for lonely PSUs multiplies the variances by.
    """

    stage: FirstStage
    domain: Counts
    unit: Counts
    z: Floats
    base: Counts
    factor: Floats
    lonely_psu: str
    kind = "PSUs"

    def unlike(self, other: Psus) -> str:
        if Union(self.stage, other.stage).common.any():
            return ""
        return (
            "have no PSU in common (the same stratum and code in both): if they are independent, compare() their "
            "estimates; if not, give the PSUs the same codes in both files"
        )

    def covariance(self, other: Psus) -> Floats:
        """Return c of each figure, (I, D), over the PSUs that both samples hold.

        In a stratum with n_1 and n_2 PSUs of which n_c are in both, c = n_c / (n_c - 1) S_c (z_1 - mean_c z_1)
        (z_2 - mean_c z_2), times 1 - n_1 n_2 / (n_c N) with a population count N (the lesser of the two samples'); sums
        and means are over the common PSUs. c is 0 where n_c < 2, but for the only PSU of a stratum in both samples
        that is centred: (1 - 1/N) z_1 z_2. Source: Tam (1984, The American Statistician 38, 288-289).
        """
        both = Union(self.stage, other.stage)
        products, of_sums = both.coefficients(LONELY[self.lonely_psu].centred)
        one, two = (_common(side, both) for side in (self, other))
        of_units = _products(one, two, products[both.stratum])
        of_strata = _products(one.over(both.stratum), two.over(both.stratum), of_sums)
        c = sum(summed(z, domain, self.factor.shape[1]) for z, domain in (of_units, of_strata))
        return np.sqrt(self.factor * other.factor) * c

    def df(self, other: Psus, policy: str) -> Floats:
        """Return PSUs less strata of the union, those that hold the base in either sample: see `HeldByPsus`."""
        both, n_domains = Union(self.stage, other.stage), self.factor.shape[1]
        domain = np.concatenate([self.domain, other.domain])
        unit = np.concatenate([both.unit_of(side.stage)[side.unit] for side in (self, other)])
        base = np.concatenate([self.base, other.base], axis=1)
        psus, strata = (_pairs_held(base, domain, part) for part in (unit, both.stratum[unit]))
        around = np.bincount(both.stratum[both.weighted], minlength=len(both.strata))
        counted = summed(strata.held, strata.domain, n_domains)
        return of_policy(
            policy,
            strata=(summed(strata.held * around[strata.part], strata.domain, n_domains) - counted).astype(float),
            domain=(summed(psus.held, psus.domain, n_domains) - counted).astype(float),
            design=float(around.sum() - (around > 0).sum()),
        )


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums of z of pairs of a domain and a part (a unit or a stratum), (I, pairs), each pair once."""

    z: Floats
    domain: Counts
    part: Counts

    def over(self, whole: Counts) -> _Sums:
        """Return the sums over the parts of each whole, `whole` (parts,) telling which a part lies in."""
        pair, first = numbered([self.domain, whole[self.part]])
        return _Sums(summed(self.z, pair, len(first)), self.domain[first], whole[self.part][first])


def _common(side: Psus, both: Union) -> _Sums:
    """Return z of one sample's units that both samples hold, by their numbers in the union."""
    unit = both.unit_of(side.stage)[side.unit]
    kept = both.common[unit]
    return _Sums(side.z[:, kept], side.domain[kept], unit[kept]).over(np.arange(len(both.units)))


def _products(one: _Sums, two: _Sums, coefficient: Floats) -> tuple[Floats, Counts]:
    """Return the products of two samples' sums of one domain and part, times the part's, and their domains."""
    width = len(coefficient)
    pair, other = (side.domain * width + side.part for side in (one, two))
    found, at_one, at_two = np.intersect1d(pair, other, assume_unique=True, return_indices=True)
    domain, part = np.divmod(found, width)
    return coefficient[part] * one.z[:, at_one] * two.z[:, at_two], domain


def psus_of(figures: OfAreas, lonely_psu: str) -> Psus:
    """Return the PSUs of figures whose linearised variable is summed over cells."""
    totals, variable = figures.totals, figures.variable
    stage = totals.stages[0]
    assert stage.unit is not None
    inside = np.flatnonzero(figures.cells.positions >= 0)
    where, unit = figures.cells.positions[inside], stage.unit[inside]
    pair, first = numbered([where, unit])
    return Psus(
        FirstStage.of(totals.keys, stage, totals.weighted),
        where[first],
        unit[first],
        summed(variable.z[:, inside], pair, len(first)),
        summed(totals.base[:, inside], pair, len(first)),
        factors(figures, lonely_psu),
        lonely_psu,
    )


def factors(figures: InCells, lonely_psu: str) -> Floats:
    """Return what the policy for lonely PSUs multiplies the variance of each figure by: (I, D)."""
    stage = figures.totals.stages[0]
    factor = lonely_factor(figures.over(stage), stage, lonely_psu, len(figures.cells.values))
    return np.broadcast_to(factor, figures.value.shape)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Pairs of a domain and a part, and whether each holds the base of each figure, 0 or 1: (I, pairs)."""

    domain: Counts
    part: Counts
    held: Counts


def _pairs_held(base: Counts, domain: Counts, part: Counts) -> _Pairs:
    pair, first = numbered([domain, part])
    return _Pairs(domain[first], part[first], (summed(base, pair, len(first)) > 0).astype(np.intp))


@dataclass(frozen=True, eq=False)
class Union:
    """The PSUs of two samples under one numbering: those with the same stratum and code are one."""

    one: FirstStage
    other: FirstStage

    @cached_property
    def strata(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(dict.fromkeys((*self.one.strata, *self.other.strata)))}

    @cached_property
    def units(self) -> dict[UnitName, int]:
        return {name: i for i, name in enumerate(dict.fromkeys((*self.one.units, *self.other.units)))}

    @cached_property
    def stratum(self) -> Counts:
        """The stratum of each unit of the union."""
        return np.array([self.strata[stratum] for stratum, _ in self.units], dtype=np.intp)

    def unit_of(self, side: FirstStage) -> Counts:
        """Return the number of each unit of one sample."""
        return np.array([self.units[name] for name in side.units], dtype=np.intp)

    def _holding(self, side: FirstStage, units: Bools) -> Bools:
        held = np.zeros(len(self.units), dtype=bool)
        held[self.unit_of(side)[units]] = True
        return held

    @cached_property
    def common(self) -> Bools:
        """Which units are in both samples."""
        one, other = (self._holding(side, np.ones(len(side.units), dtype=bool)) for side in (self.one, self.other))
        return one & other

    @cached_property
    def weighted(self) -> Bools:
        """Which units hold a respondent of positive weight in either sample."""
        return self._holding(self.one, self.one.weighted) | self._holding(self.other, self.other.weighted)

    def coefficients(self, centre: bool) -> tuple[Floats, Floats]:
        """Return what products of unit totals, and of their sums over a stratum, are multiplied by in it, (H,)."""
        n_one, n_other = (self._of_strata(side, side.n, 0.0) for side in (self.one, self.other))
        count = np.minimum(*(self._of_strata(side, side.population, np.inf) for side in (self.one, self.other)))
        common = np.bincount(self.stratum[self.common], minlength=len(self.strata))
        several, alone = common > 1, centre & (common == 1) & (n_one == 1) & (n_other == 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            left = 1 - n_one * n_other / (common * count)
            products = np.where(several, left * common / (common - 1), np.where(alone, left, 0.0))
            return products, np.where(several, -products / common, 0.0)

    def _of_strata(self, side: FirstStage, values: Counts | Floats, absent: float) -> Floats:
        found = np.full(len(self.strata), absent)
        found[[self.strata[name] for name in side.strata]] = values
        return found


@dataclass(frozen=True, eq=False)
class ReplicateParts:
    """The figures under every replicate weight, `thetas` (R, I, D), of which `figure` (I, D) is the survey's own.

    Replicates correspond by their order: the r-th of either sample leaves out, or draws, the same PSUs. `name` is
    their kind, such as JK1.
    """

    thetas: Floats
    figure: Floats
    rule: ReplicateRule
    name: str
    held: HeldByReplicates

    @property
    def kind(self) -> str:
        return f"{len(self.thetas)} {self.name} replicate weights"

    def unlike(self, other: ReplicateParts) -> str:
        one, two = (side.rule.scale * side.rule.rscales for side in (self, other))
        return "" if np.allclose(one, two) else "have replicate weights of unlike scales, so not of the same PSUs"

    def covariance(self, other: ReplicateParts) -> Floats:
        """Return scale x sum rscale (theta_1r - centre_1) (theta_2r - centre_2) over the replicates of both.

        So v_1 + v_2 - 2 c is the variance of the replicates' own changes. Those that one sample has no figure under are
        made up for as in `replicate_variance`.
        """
        known = np.isfinite(self.thetas) & np.isfinite(other.thetas)
        one, two = (side.rule.apart(np.where(known, side.thetas, np.nan), side.figure) for side in (self, other))
        rscales = self.rule.rscales[:, None, None]
        products = np.where(known, rscales * one * two, 0.0).sum(axis=0)
        return np.asarray(self.rule.scale * products * self.rule.for_lost(known))

    def df(self, other: ReplicateParts, policy: str) -> Floats:
        """Return the rank of both samples' replicate weights together, less 1: see `HeldByReplicates`."""
        one, two = self.held, other.held
        weights = np.concatenate([one.replicates.weights, two.replicates.weights], axis=1)
        domain = Codes(one.domain.values, np.concatenate([one.domain.positions, two.domain.positions]))
        bases = np.concatenate([one.bases, two.bases], axis=1)
        return HeldByReplicates(ReplicateWeights.of(weights), bases, domain, one.anybody | two.anybody).df(policy)
