"""A survey's replicate weights: as its file holds them, and the rule that makes a variance of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from psaindicators.definitions.waves import Replicates
from psaindicators.errors import DesignError
from psaindicators.kernel.keys import Bools, Floats
from psaindicators.kernel.replicates import ReplicateRule, ReplicateWeights

SAME_FACTOR = 1e-6
"""Two ratios of replicate weight to weight that agree to this are one: files hold weights to so many digits."""


@dataclass(frozen=True, eq=False)
class Replication:
    """A survey's replicate weights, how they become a variance, and the kind they are."""

    weights: ReplicateWeights
    rule: ReplicateRule
    kind: str


def replicate_rule(declared: Replicates, weight: Floats, replicates: Floats) -> ReplicateRule:
    """Return the scales of a wave's replicate weights: those it gives, else the kind's own.

    BRR 1/R; Fay 1/(R (1 - rho)^2); JK1 (R - 1)/R; JKn 1, with rscales (n_h - 1)/n_h; JK2 1; bootstrap 1/(R - 1);
    SDR 4/R; rscales are 1 but for JKn, where they are read off the weights: the units kept are scaled up by
    n_h/(n_h - 1). JK2 has one replicate for each pair of PSUs where JKn has two: taken for JKn, its standard errors
    would be too small by sqrt(2), so JKn weights of which a stratum has fewer replicates than PSUs are refused.
    `weight` has shape (rows,), `replicates` (R, rows). Raises DesignError for scales that do not fit.
    """
    n = len(replicates)
    if n < 2:
        raise DesignError(f"replicate weights need at least 2 columns to show a variance; there is {n}")
    if declared.rscales is not None:
        rscales = np.array(declared.rscales, dtype=float)
    else:
        rscales = _jackknife_rscales(weight, replicates) if declared.kind == "JKn" else np.ones(n)
    if len(rscales) != n:
        raise DesignError(f"there are {n} replicate weights, but {len(rscales)} rscales: give one for each")
    return ReplicateRule(declared.scale or _scale(declared, n), rscales, declared.mse)


def _scale(declared: Replicates, n: int) -> float:
    match declared.kind:
        case "BRR":
            return 1 / n
        case "Fay":
            if declared.rho is None:
                raise DesignError("Fay replicate weights need rho, the share by which weights are perturbed, or scale")
            return 1 / (n * (1 - declared.rho) ** 2)
        case "JK1":
            return (n - 1) / n
        case "JKn" | "JK2":
            return 1.0
        case "bootstrap":
            return 1 / (n - 1)
    return 4 / n


def _jackknife_rscales(weight: Floats, replicates: Floats) -> Floats:
    """Return (n_h - 1)/n_h of each replicate: the weight over its replicate, of the units its stratum keeps."""
    positive = weight > 0
    factors = replicates[:, positive] / weight[positive]
    largest = factors.max(axis=1)
    apart = np.minimum(np.abs(factors), np.abs(factors - 1))
    np.minimum(apart, np.abs(factors / largest[:, None] - 1), out=apart)
    if apart.max() > SAME_FACTOR or (largest <= 1 + SAME_FACTOR).any():
        raise DesignError(
            "JKn needs rscales, (n_h - 1)/n_h for each replicate: they cannot be read off these weights, which are "
            "not 0, 1 and n_h/(n_h - 1) times the weight (they were calibrated, perhaps)"
        )
    _check_each_unit(np.abs(factors - 1) > SAME_FACTOR, largest)
    return np.asarray(1 / largest)


def _check_each_unit(changed: Bools, largest: Floats) -> None:
    """Raise DesignError where a stratum, whose weights a replicate changes, has fewer replicates than units."""
    strata = [row.tobytes() for row in np.packbits(changed, axis=1)]
    have, need = Counter(strata), dict(zip(strata, np.round(largest / (largest - 1)).astype(int).tolist(), strict=True))
    short = [stratum for stratum in need if have[stratum] < need[stratum]]
    if not short:
        return
    pairs = all(need[stratum] == 2 for stratum in short)
    found = "one replicate for a pair of units" if pairs else f"{have[short[0]]} replicates for {need[short[0]]} units"
    remedy = "say kind = 'JK2' where each stratum is such a pair, or " if pairs else ""
    raise DesignError(
        f"JKn weights leave out each unit of a stratum in turn, but {len(short):,} of {len(need):,} strata have "
        f"{found}: {remedy}give the rscales that the file's documents state"
    )
