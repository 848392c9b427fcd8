"""Surveys drawn over and over from a population whose share is known: how, and what is estimated from each.

Nobody is drawn who need not be: with equal weights a PSU is a binomial count. Variances are the library's own functions
of arrays. Each cell has a random stream of its own, so a cell gives the same numbers alone as among all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit

from psaindicators.kernel.estimands import share
from psaindicators.kernel.intervals import Spread
from psaindicators.kernel.linearise import Moments, variance
from psaindicators.kernel.stages import Stage

Floats = NDArray[np.float64]

SEED = 2009
PERCENTAGES = (2, 5, 10, 30, 50, 70, 90, 95, 98)
BASES = (30, 100, 300, 1000, 3000)
MOST_PEOPLE = 1_000_000
"""How many respondents are held in memory at a time, where each has a weight of their own."""

PSUS = {30: 10, 100: 20, 300: 30, 1000: 50, 3000: 100}
SIX, TWENTY = dict.fromkeys(BASES, 6), dict.fromkeys(BASES, 20)
SPREAD_STRATA = (-1.0, -0.5, 0.0, 0.5, 1.0)
OVERSAMPLED = (0.5, 1.5, 1.0, 0.6, 1.4)


@dataclass(frozen=True)
class Design:
    """How respondents are drawn: the same number in each stratum, and in each PSU where there are any.

    `strata` holds each stratum's distance from the middle in log odds, `psus` the number of PSUs for each base (none:
    each respondent is one), `icc` the intra-cluster correlation within a stratum. Log weights are normal with
    standard deviation `sigma`, times each stratum's own weight; those in the numerator have exp(`related`) times the
    others' weight.
    """

    name: str
    strata: tuple[float, ...] = (0.0,)
    psus: Mapping[int, int] | None = None
    icc: float = 0.0
    sigma: float = 0.0
    related: float = 0.0
    weights: tuple[float, ...] = (1.0,)

    @property
    def equal_weights(self) -> bool:
        return self.sigma == 0

    def shape(self, base: int) -> tuple[int, int, int]:
        """Strata, units in each and respondents in each unit; the base is their product, about that asked for."""
        h = len(self.strata)
        k = (self.psus[base] if self.psus else base) // h
        return h, k, max(2, round(base / (h * k))) if self.psus else 1

    def chances(self, p: float) -> Floats:
        """Return each stratum's chance that a respondent is in the numerator, so that the weighted truth is p."""
        w, more = np.array(self.weights), np.exp(self.related)

        def off(middle: float) -> float:
            r = expit(middle + np.array(self.strata))
            return float((w * r * more).sum() / (w * (r * more + 1 - r)).sum()) - p

        return np.asarray(expit(brentq(off, -20, 20, xtol=1e-14) + np.array(self.strata)))

    def effective_base(self, p: float, base: int) -> float:
        """Return p (1 - p) / variance of the estimate: exact for equal weights, else with Kish's exp(sigma^2)."""
        h, k, m = self.shape(base)
        w, r = np.broadcast_to(self.weights, h), self.chances(p)
        v = (w**2 * r * (1 - r)).sum() / w.sum() ** 2 / (k * m) * (1 + (m - 1) * self.icc) * np.exp(self.sigma**2)
        return float(p * (1 - p) / v)


DESIGNS = (
    Design("simple random"),
    Design("5 strata", strata=SPREAD_STRATA),
    *(Design(f"PSUs, icc {icc:g}", psus=PSUS, icc=icc) for icc in (0, 0.01, 0.05, 0.2)),
    *(Design(f"20 PSUs, icc {icc:g}", psus=TWENTY, icc=icc) for icc in (0, 0.01, 0.05, 0.2)),
    *(Design(f"6 PSUs, icc {icc:g}", psus=SIX, icc=icc) for icc in (0, 0.01, 0.05, 0.2)),
    Design("5 strata, PSUs, icc 0.05", strata=SPREAD_STRATA, psus=PSUS, icc=0.05),
    Design("weights, sigma 0.5", sigma=0.5),
    Design("weights, sigma 1", sigma=1.0),
    Design("related weights, sigma 0.5", sigma=0.5, related=0.5),
    Design("related weights, sigma 1", sigma=1.0, related=0.5),
    Design(
        "5 strata, PSUs, icc 0.05, weights",
        strata=SPREAD_STRATA,
        psus=PSUS,
        icc=0.05,
        sigma=0.5,
        weights=OVERSAMPLED,
    ),
    Design(
        "5 strata, PSUs, icc 0.05, related weights",
        strata=SPREAD_STRATA,
        psus=PSUS,
        icc=0.05,
        sigma=0.5,
        related=0.5,
        weights=OVERSAMPLED,
    ),
)


@dataclass(frozen=True)
class Sums:
    """Sums over the units of each run's strata, of Y, Q, YY, YQ and QQ (see `Moments`): (runs, strata)."""

    units: int
    y: Floats
    q: Floats
    yy: Floats
    yq: Floats
    qq: Floats

    @classmethod
    def of_units(cls, y: Floats, q: Floats) -> Sums:
        """Add up unit totals of shape (runs, strata, units)."""
        return cls(y.shape[2], *(part.sum(axis=2) for part in (y, q, y * y, y * q, q * q)))

    def estimates(self) -> tuple[Floats, Floats]:
        """Return p and its variance, by the library's formulae: runs stand where domains stand there; (runs,)."""
        runs, h = self.y.shape
        linear = share(self.y.sum(axis=1)[None], self.q.sum(axis=1)[None])
        flat = [part.reshape(1, -1) for part in (self.y, self.q, self.yy, self.yq, self.qq)]
        stratum = np.tile(np.arange(h), runs)
        moments = Moments(np.repeat(np.arange(runs), h), stratum, np.ones((1, runs * h), dtype=np.intp), *flat)
        stage = Stage(stratum, None, np.full(h, self.units), np.full(h, np.inf), np.ones(h))
        return linear.value[0], variance([moments.along(linear)], [stage], "certainty", runs)[0]


def sums_of_counts(y: NDArray[np.intp], size: int) -> Sums:
    """Add up equal weights: y of `size` respondents of each unit are in the numerator; (runs, strata, units)."""
    return Sums.of_units(y.astype(float), (size - y).astype(float))


def sums_of_people(w: Floats, y: NDArray[np.bool_]) -> Sums:
    """Add up respondents' weights and answers, each of shape (runs, strata, units, size)."""
    in_numerator = np.where(y, w, 0.0).sum(axis=3)
    return Sums.of_units(in_numerator, w.sum(axis=3) - in_numerator)


def drawn(design: Design, p: float, base: int, runs: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return p and its variance in each of so many surveys; (runs,)."""
    h, k, m = design.shape(base)
    chance = np.broadcast_to(design.chances(p)[:, None], (runs, h, k))
    if design.equal_weights and not design.psus:
        return sums_of_respondents(rng.binomial(k, chance[:, :, 0]), k).estimates()
    if design.icc:
        chance = rng.beta(*(part * (1 - design.icc) / design.icc for part in (chance, 1 - chance)))
    if design.equal_weights:
        return sums_of_counts(rng.binomial(m, chance), m).estimates()
    return _of_weighted(design, chance, m, rng)


def sums_of_respondents(y: NDArray[np.intp], k: int) -> Sums:
    """Add up k respondents of weight 1 who are units themselves, y of them in the numerator; (runs, strata)."""
    ones, others = y.astype(float), (k - y).astype(float)
    return Sums(k, ones, others, ones, np.zeros_like(ones), others)


def _of_weighted(design: Design, chance: Floats, m: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    at_a_time = max(1, MOST_PEOPLE // (chance[0].size * m))
    of_stratum = np.array(design.weights)[:, None, None]
    parts = []
    for first in range(0, len(chance), at_a_time):
        here = chance[first : first + at_a_time, ..., None]
        shape = (*here.shape[:3], m)
        y = rng.random(shape) < here
        w = np.exp(design.sigma * rng.standard_normal(shape) + design.related * y) * of_stratum
        parts.append(sums_of_people(w, y).estimates())
    p, v = (np.concatenate(part) for part in zip(*parts, strict=True))
    return p, v


def surveys(design: Design, percent: int, base: int, *, runs: int, stream: int = 0) -> Spread:
    """Return what the intervals need from each of one cell's surveys; another stream draws others."""
    rng = np.random.default_rng([SEED, crc32(design.name.encode()), percent, base, stream])
    h, k, m = design.shape(base)
    p, v = drawn(design, percent / 100, base, runs, rng)
    rows = np.full(runs, float(h * k * m))
    return Spread(p, v, np.full(runs, float(h * k - h)), rows, rows, 0.05)
