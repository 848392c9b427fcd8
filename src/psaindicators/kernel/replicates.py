"""Variance from replicate weights: every replicate's figures by one matrix product for each block of rows.

A figure theta has R replicates theta_r, made as the figure was but with the r-th replicate weights in place of the
weights. Its variance is scale x sum over r of rscale_r (theta_r - centre)^2. Source: R survey's svrepdesign, svrVar and
degf (Lumley); Wolter, Introduction to Variance Estimation (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Estimand
from psaindicators.kernel.freedom import DOMAIN, of_policy
from psaindicators.kernel.keys import Bools, Counts, Floats
from psaindicators.kernel.totals import Measure

RANK_TOLERANCE = 1e-5
"""A replicate whose weights lie this near, relative, to a combination of the others is one of them (as R's degf)."""
SAME_DIRECTION = 1e-9
"""Respondents whose ratios of random sums of replicate weights agree to this share a direction."""
AREAS_AT_ONCE = 16
"""Areas in one matrix product: few enough for the zeros in it to cost less than sorting the rows would."""
PLAINLY = 1e-2
"""A vector this far, relative, from the combinations of others is so in single precision as in double."""
MOST_LOST = 0.1
"""A figure that more than this share of the replicates leaves without a value is marked."""
ENOUGH = 1.1
"""So many times as many respondents as replicates are tried first: they mostly show that the rank is full."""


@dataclass(frozen=True, eq=False)
class ReplicateWeights:
    """The replicate weights of every respondent, `weights` of shape (R, rows), as a survey was read with them.

    `direction` (rows,) is the same number for respondents whose replicate weights are in proportion, as those of one
    PSU mostly are: the rank of any respondents' weights needs only one of each.
    """

    weights: Floats
    direction: NDArray[np.intp]

    @cached_property
    def rank(self) -> int:
        """The rank of everyone's replicate weights."""
        return rank(self.weights, np.unique(self.direction, return_index=True)[1])

    @classmethod
    def of(cls, weights: Floats) -> ReplicateWeights:
        """Return replicate weights, (R, rows), with their directions: ratios of three fixed random sums."""
        draws = np.random.default_rng(20081103).uniform(0.5, 1.5, (3, len(weights)))
        one, two, three = draws @ weights
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = np.nan_to_num(np.stack([one / three, two / three]))
        keys = np.round(ratios / SAME_DIRECTION)
        return cls(weights, np.asarray(np.unique(keys[0] + 1j * keys[1], return_inverse=True)[1]))


@dataclass(frozen=True, eq=False)
class ReplicateRule:
    """How replicates become a variance: `scale`, `rscales` of shape (R,), and about the figure itself or their mean."""

    scale: float
    rscales: Floats
    mse: bool

    def apart(self, thetas: Floats, figure: Floats) -> Floats:
        """Return how far each replicate's figures are from the centre, (R, ...), NaN where a replicate has none.

        The centre is the figure itself with `mse`, else the mean of the replicates whose rscale is above 0.
        """
        known = np.isfinite(thetas)
        counted = known & (self.rscales.reshape(-1, *[1] * figure.ndim) > 0)
        values = np.where(known, thetas, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            centre = figure if self.mse else (values * counted).sum(axis=0) / counted.sum(axis=0)
        return np.where(known, values - centre, np.nan)

    def for_lost(self, known: Bools) -> Floats:
        """Return what a sum over the `known` replicates, (R, ...), is multiplied by to stand for all; NaN of none."""
        counted = (self.rscales.reshape(-1, *[1] * (known.ndim - 1)) * known).sum(axis=0)
        with np.errstate(divide="ignore"):
            return np.where(counted > 0, self.rscales.sum() / counted, np.nan)


def replicated(weights: Floats, measures: Sequence[Measure], domain: Codes, estimand: Estimand) -> Floats:
    """Return every measure's figure in every area under each of R weights: (R, rows) to (R, I, D).

    A figure that a weight leaves nobody for is NaN.
    """
    parts = np.stack([part for measure in measures for part in measure.parts])
    blocks = [
        _block_sums(weights, parts, domain.positions, range(start, min(start + AREAS_AT_ONCE, len(domain.values))))
        for start in range(0, len(domain.values), AREAS_AT_ONCE)
    ]
    sums = np.concatenate(blocks, axis=2)
    return estimand(sums[:, 0::2], sums[:, 1::2]).value


def _block_sums(replicates: Floats, parts: Floats, positions: NDArray[np.intp], areas: range) -> Floats:
    """Return the replicates' weighted sums of P parts in some areas: (R, P, areas), one matrix product."""
    rows = np.flatnonzero((positions >= areas.start) & (positions < areas.stop))
    chosen: slice | NDArray[np.intp] = rows if len(rows) < len(positions) else slice(None)
    spread = np.zeros((len(rows), len(parts), len(areas)))
    spread[np.arange(len(rows)), :, positions[rows] - areas.start] = parts[:, chosen].T
    product = replicates[:, chosen] @ spread.reshape(len(rows), -1)
    return product.reshape(len(replicates), len(parts), len(areas))


def replicate_variance(thetas: Floats, figure: Floats, rule: ReplicateRule) -> Floats:
    """Return scale x sum rscale (theta_r - centre)^2 over the replicates that have a figure: (R, ...) to (...).

    What those that leave nobody in the base would have added is made up for: times the sum of all rscales over that of
    the replicates with a figure. R leaves it out, and 3 of 8 lost would understate the standard error by a fifth. NaN
    where no replicate has a figure.
    """
    rscales, apart = rule.rscales.reshape(-1, *[1] * figure.ndim), rule.apart(thetas, figure)
    known = np.asarray(np.isfinite(thetas))
    squares = np.where(known, rscales * apart**2, 0.0).sum(axis=0)
    return np.asarray(rule.scale * squares * rule.for_lost(known))


def replicate_covariance(thetas: Floats, figure: Floats, rule: ReplicateRule) -> Floats:
    """Return the covariance matrix of k figures: replicates of shape (R, k) to (k, k); as replicate_variance."""
    known = np.asarray(np.isfinite(thetas).all(axis=1))
    centre = figure if rule.mse else thetas[known & (rule.rscales > 0)].mean(axis=0)
    apart = thetas[known] - centre
    return np.asarray(rule.scale * rule.for_lost(known) * ((apart.T * rule.rscales[known]) @ apart))


@dataclass(frozen=True, eq=False)
class HeldByReplicates:
    """Degrees of freedom from replicate weights, which do not show the strata and PSUs that they were made from.

    `bases` (I, rows) are in the base, in the areas of `domain`, and `anybody` says where somebody of positive weight
    is, (I, D). df: "domain" the rank of the base's replicate weights less 1 (R survey's degf), "strata" and "design"
    that of everyone's.
    """

    replicates: ReplicateWeights
    bases: Bools
    domain: Codes
    anybody: Bools

    @property
    def strata(self) -> Counts:
        return np.zeros(self.anybody.shape, dtype=np.intp)

    @property
    def psus(self) -> Counts:
        return self.strata

    @property
    def unsure(self) -> Bools:
        """Whether more than a tenth of the replicates leave nobody in the base, (I, D)."""
        return self.anybody & (empty_replicates(self.replicates, self.bases, self.domain) > MOST_LOST)

    def df(self, policy: str) -> Floats:
        whole = float(self.replicates.rank - 1)
        strata = np.where(self.anybody, whole, 0.0)
        domain = replicate_df(self.replicates, self.bases, self.domain).astype(float) if policy == DOMAIN else strata
        return of_policy(policy, strata=strata, domain=domain, design=whole)


def empty_replicates(replicates: ReplicateWeights, bases: Bools, domain: Codes) -> Floats:
    """Return the share of the replicates under which nobody of each base, (I, rows), in each area counts: (I, D)."""
    empty = np.zeros((len(bases), len(domain.values)))
    order = np.argsort(domain.positions, kind="stable")
    ends = np.searchsorted(domain.positions[order], np.arange(len(domain.values) + 1))
    for area, (start, stop) in enumerate(pairwise(ends)):
        rows = order[start:stop]
        _, first, number = np.unique(replicates.direction[rows], return_index=True, return_inverse=True)
        counts = replicates.weights[:, rows[first]] > 0
        present = np.stack([np.bincount(number[base[rows]], minlength=len(first)) > 0 for base in bases], axis=1)
        empty[:, area] = 1 - (counts.astype(float) @ present > 0).mean(axis=0)
    return empty


def replicate_df(replicates: ReplicateWeights, bases: Bools, domain: Codes) -> NDArray[np.intp]:
    """Return the degrees of freedom of each measure in each area: rank of the base's replicate weights, less 1.

    `bases` has shape (I, rows); the result (I, D), 0 where nobody is in the base.
    """
    order = np.argsort(domain.positions, kind="stable")
    ends = np.searchsorted(domain.positions[order], np.arange(len(domain.values) + 1))
    ranks = [_ranks(replicates, bases, order[start:stop]) for start, stop in pairwise(ends)]
    return np.maximum(np.array(ranks, dtype=np.intp).T.reshape(len(bases), len(domain.values)) - 1, 0)


def _ranks(replicates: ReplicateWeights, bases: Bools, rows: NDArray[np.intp]) -> list[int]:
    """Return the rank of each measure's base in one area; that of those in all the bases, if full, settles it."""
    directions, first, number = np.unique(replicates.direction[rows], return_index=True, return_inverse=True)
    one_of_each = rows[first]
    present = [np.bincount(number[base[rows]], minlength=len(directions)) > 0 for base in bases]
    distinct = {held.tobytes(): held for held in present}
    full = len(replicates.weights)
    in_all = np.all(present, axis=0)
    if len(distinct) > 1 and in_all.sum() >= full and rank(replicates.weights, one_of_each[in_all]) == full:
        return [full] * len(bases)
    found = {key: rank(replicates.weights, one_of_each[held]) for key, held in distinct.items()}
    return [found[held.tobytes()] for held in present]


def rank(weights: Floats, rows: NDArray[np.intp]) -> int:
    """Return the rank of some rows' replicate weights, (R, rows).

    Where there are many more rows than replicates a few evenly taken are looked at first: they mostly show it is full.
    """
    full, few = len(weights), int(ENOUGH * len(weights))
    if len(rows) > few and _is_plainly_full(weights[:, rows[np.linspace(0, len(rows) - 1, few).astype(np.intp)]]):
        return full
    chosen = weights[:, rows]
    return _rank(chosen if len(rows) >= full else chosen.T)


def _is_plainly_full(vectors: Floats) -> bool:
    """Whether no vector, (R, n), comes near a combination of those before it: single precision is enough to see."""
    correlations = _correlations(vectors.astype(np.float32))
    try:
        apart = np.diag(np.linalg.cholesky(correlations))
    except np.linalg.LinAlgError:
        return False
    return len(correlations) == len(vectors) and bool(apart.min() > PLAINLY)


def _correlations(vectors: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return the correlations about zero of vectors, (n, ...), those of no length left out."""
    gram = vectors @ vectors.T
    norms = np.sqrt(np.diag(gram))
    kept = norms > 0
    if not kept.all():
        gram, norms = gram[np.ix_(kept, kept)], norms[kept]
    return np.asarray(gram / norms / norms[:, None])


def _rank(vectors: Floats) -> int:
    """Return the rank of vectors, (n, ...), by pivoted Cholesky of their correlations about zero."""
    from scipy.linalg.lapack import dpstrf

    correlations = _correlations(vectors)
    if not len(correlations):
        return 0
    found: int = dpstrf(correlations, tol=RANK_TOLERANCE**2)[2]
    return found
