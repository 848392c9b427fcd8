"""The study of false verdicts: it judges as the library does, exact chances agree, and the page shows its cells."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

import psaindicators as psa
from psaindicators.kernel.keys import Bools, Floats
from tests.docs.studies import study_of
from tests.paths import ROOT

DOCS = ROOT / "docs"
ERRORS = 4
"""How many Monte Carlo errors a simulated figure may lie off an exact one: one test in 16,000 fails by chance."""
DRAWS = 2_000

RULE = {"denominator": {"question": "q", "in": ["yes", "no"]}, "numerator": {"question": "q", "in": ["yes"]}}
SET = {
    "title": "Drawn",
    "one": {"title": "One", "better": "higher", "reference": "none", "since": {"2000": RULE}},
}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    return study_of("verdicts", "pairs kinds listing study", monkeypatch)


def every_count(base: int) -> psa.Estimates:
    """Estimate 0, 1, ..., base of `base` simple random respondents, an area and a stratum each."""
    area, person = np.indices((base + 1, base))
    frame = pd.DataFrame({"area": area.ravel(), "q": (person < area).astype(int).ravel(), "w": 1.0})
    question = {"variable": "q", "answers": {"yes": 1, "no": 0}}
    year = {"weight": "w", "stratum": "area", "area": {"area": "area"}, "questions": {"q": question}}
    wave = psa.wave({"survey": "drawn", "title": "Drawn", "2008": year}, 2008)
    found = psa.estimate(psa.read_survey(frame, wave), psa.indicators(SET), by="area")
    return found.take(np.argsort(np.asarray(found.columns["value"], dtype=float), kind="stable"))


def pairs_of(earlier: int, later: int) -> tuple[Floats, ...]:
    """Every pair of counts: p, v and df of both sides, each (earlier + 1, later + 1)."""
    sides = []
    for n, axis in ((earlier, 1), (later, 0)):
        p = np.expand_dims(np.arange(n + 1) / n, axis)
        sides += [p, p * (1 - p) / (n - 1), np.full_like(p, n - 1)]
    return tuple(np.broadcast_to(one, (earlier + 1, later + 1)) for one in sides)


def ends(p: Floats, base: int) -> tuple[Floats, Floats]:
    """The 95% interval at 0% and 100%: 0 to 1 - 0.025^(1/n), mirrored; elsewhere the logit's with t(n - 1)."""
    flat = (p == 0) | (p == 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(p / (1 - p))
        spread = t.ppf(0.975, base - 1) / np.sqrt(p * (1 - p) * (base - 1))
        low, high = (1 / (1 + np.exp(-(odds + sign * spread))) for sign in (-1, 1))
    far = 1 - 0.025 ** (1 / base)
    return (
        np.where(flat, np.where(p == 0, 0.0, 1 - far), low),
        np.where(flat, np.where(p == 0, far, 1.0), high),
    )


def significant(earlier: int, later: int, *, added: bool = False) -> Bools:
    """Whether each pair of counts differs: t with Satterthwaite's df (or the two df added), MOVER at 0% and 100%."""
    p, v, m, q, w, k = pairs_of(earlier, later)
    flat = (v == 0) | (w == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = m + k if added else (v + w) ** 2 / (v**2 / m + w**2 / k)
        by_t = abs(q - p) >= t.ppf(0.975, df) * np.sqrt(v + w) * (1 - 1e-12)
    (low, high), (low_2, high_2) = ends(p, earlier), ends(q, later)
    d = q - p
    apart = (d - np.hypot(q - low_2, high - p) > 0) | (d + np.hypot(high_2 - q, p - low) < 0)
    return np.where(flat, (by_t & (d != 0)) if added else apart, by_t)


def chance(moved: Bools, p: float) -> float:
    """How often such counts are drawn where the truth is p in both waves: a sum of binomial chances."""
    earlier, later = (
        np.array([comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(n + 1)])
        for n in (moved.shape[0] - 1, moved.shape[1] - 1)
    )
    return float(earlier @ moved @ later)


@pytest.mark.parametrize(("earlier", "later"), [(4, 30), (10, 10), (30, 30)])
def test_every_pair_of_counts_is_judged_as_the_formulas_have_it(earlier: int, later: int) -> None:
    expected = significant(earlier, later)
    one, other = every_count(earlier), every_count(later)
    for i in range(earlier + 1):
        same = one.take(np.full(later + 1, i))
        found = psa.compare(replace(same, columns={**same.columns, "area": other.columns["area"]}), other)
        moved = np.isin(found.columns["verdict"], ["improved", "declined"])
        np.testing.assert_array_equal(moved, expected[i])


BAR = 0.06
"""5% and two Monte Carlo errors of 2,000 draws."""


@pytest.mark.parametrize("p", [0.01, 0.2, 0.5])
@pytest.mark.parametrize(("earlier", "later"), [(4, 30), (10, 10), (30, 30), (100, 100)])
def test_unchanged_pairs_seldom_move(earlier: int, later: int, p: float) -> None:
    assert chance(significant(earlier, later), p) <= BAR


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_with_the_df_added_unchanged_pairs_moved_often(p: float) -> None:
    assert chance(significant(4, 30, added=True), p) > 1.5 * BAR


def test_a_small_and_a_large_base_far_from_50_percent_miss_the_bar_as_the_page_says() -> None:
    assert BAR < chance(significant(30, 300), 0.2) < 0.07


def test_the_study_finds_what_binomial_chances_say(drawn: Any) -> None:
    exact = chance(significant(30, 30), 0.5)
    cell = drawn.kinds.Cell("movement", drawn.pairs.Side(30), drawn.pairs.Side(30), 50)
    found = drawn.study.simulate(cell, DRAWS)
    assert found.moved == pytest.approx(exact, abs=ERRORS * (exact * (1 - exact) / DRAWS) ** 0.5)


@pytest.mark.parametrize(
    ("asked", "earlier", "later", "icc", "overlap"),
    [("movement", 3, 20, 0.2, 0), ("shared PSUs", 12, 12, 0.1, 50), ("difference", 12, 12, 0.1, 0)],
)
def test_a_small_study_finds_no_verdict_false_too_often(
    drawn: Any, asked: str, earlier: int, later: int, icc: float, overlap: int
) -> None:
    sides = (drawn.pairs.Side(10, earlier), drawn.pairs.Side(10, later))
    cell = drawn.kinds.Cell(asked, *sides, 50, icc=icc, overlap=overlap)
    most = drawn.kinds.LEVEL if cell.df >= drawn.kinds.ENOUGH_DF else drawn.kinds.WORST
    found = drawn.study.simulate(cell, 500)
    assert found.moved <= most + ERRORS * (most * (1 - most) / 500) ** 0.5


def test_the_page_shows_the_cells(drawn: Any) -> None:
    page = (DOCS / "verdicts.md").read_text(encoding="utf-8")
    assert drawn.listing.with_tables(page, drawn.kinds.read(drawn.study.CELLS)) == page


def test_every_cell_of_the_study_is_on_file(drawn: Any) -> None:
    found = drawn.kinds.read(drawn.study.CELLS)
    assert [(one.asked, one.name) for one in found] == [(one.asked, one.name) for one in drawn.kinds.cells()]
