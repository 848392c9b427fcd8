"""Draws from a seeded generator, and answers made to add up to a published figure."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

PUBLISHED = Path(__file__).parents[1] / "published"
BLANK = -128  # an answer left blank, until the file is written
NEAR = 200  # how far from the cut an exchange may reach: enough pairs to come within 0.01 points


def generator(name: str) -> np.random.Generator:
    """Return the generator of one file: seeded by its name, so that a file does not depend on the others."""
    return np.random.default_rng([2121, zlib.crc32(name.encode())])


def published(survey: str, wave: int) -> dict[str, float]:
    """Return the published England figures of a wave, by indicator."""
    facts = pd.read_csv(PUBLISHED / "england.csv")
    facts = facts[(facts["survey"] == survey) & (facts["wave"] == wave)]
    return dict(zip(facts["indicator"], facts["value"].astype(float), strict=True))


def logistic(rng: np.random.Generator, rows: int) -> Floats:
    """Return standard logistic noise: what a latent score has beside its effects."""
    u = rng.random(rows)
    return np.log(u / (1 - u))


def pick(rng: np.random.Generator, shares: Mapping[int, float], rows: int) -> Ints:
    """Return codes drawn with the given shares."""
    bounds = np.cumsum(list(shares.values()))
    return np.array(list(shares))[np.searchsorted(bounds[:-1] / bounds[-1], rng.random(rows), side="right")]


def choose(score: Floats, weight: Floats, share: float) -> Bools:
    """Return the rows, best scored first, whose weights make up `share` of all, mended by exchanging a pair."""
    order = np.argsort(-score, kind="stable")
    total = np.cumsum(weight[order])
    gap = share * total[-1] - total
    cut = int(np.argmin(np.abs(gap))) + 1
    chosen = np.zeros(len(score), dtype=bool)
    chosen[order[:cut]] = True
    inside, outside = order[max(0, cut - NEAR) : cut], order[cut : cut + NEAR]
    trade = np.abs(weight[outside][None, :] - weight[inside][:, None] - gap[cut - 1])
    if trade.size and trade.min() < abs(gap[cut - 1]):
        i, j = np.unravel_index(int(np.argmin(trade)), trade.shape)
        chosen[inside[i]], chosen[outside[j]] = False, True
    return chosen


def choose_within(base: Bools, score: Floats, weight: Floats, share: float) -> Bools:
    """Return `choose` among the rows of `base`; the others are not chosen."""
    chosen = np.zeros(len(base), dtype=bool)
    chosen[base] = choose(score[base], weight[base], share)
    return chosen


def graded(rng: np.random.Generator, yes: Bools, shares: tuple[Mapping[int, float], Mapping[int, float]]) -> Ints:
    """Return answer codes: those who say yes draw from the first shares, the rest from the second."""
    return np.where(yes, pick(rng, shares[0], len(yes)), pick(rng, shares[1], len(yes)))


def split(total: int, shares: Floats) -> Ints:
    """Return whole numbers that sum to `total`, nearest to `shares` (largest remainders)."""
    exact = total * shares / shares.sum()
    whole = np.floor(exact).astype(np.int64)
    last = np.argsort(-(exact - whole), kind="stable")[: total - int(whole.sum())]
    whole[last] += 1
    return whole
