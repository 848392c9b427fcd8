"""How often the 95% intervals of a group that few PSUs hold keep the truth, by the rule for degrees of freedom.

`python docs/coverage/sparse.py` (or `make coverage`) draws every cell, writes sparse.csv beside this file and the
table of docs/coverage.md from it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from reporting import markdown, with_tables

import psaindicators as psa

HERE = Path(__file__).parent
PAGE, CELLS = HERE.parent / "coverage.md", HERE / "sparse.csv"
SEED, RUNS = 2012, 2_000
SIZE, ICC = 5, 0.05
"""Respondents in each PSU, and their correlation."""
STRATA, HELD, PERCENTAGES = (30, 60), (0.15, 0.4), (20, 50)
RULES = ("strata", "domain")

RULE = {"denominator": {"question": "q", "in": ["yes", "no"]}, "numerator": {"question": "q", "in": ["yes"]}}
SET = {
    "title": "Drawn",
    "q": {"title": "Drawn", "better": "higher", "reference": "drawn at random", "since": {"2000": RULE}},
}
WAVE = {
    **{"weight": "w", "stratum": "h", "psu": "k", "area": {"draw": "draw"}},
    "questions": {"q": {"variable": "q", "answers": {"no": 0, "yes": 1}}},
}


@dataclass(frozen=True)
class Sparse:
    """A cell: `held` of the PSUs, two in each of `strata`, have the group; `width` the intervals' mean, in points."""

    strata: int
    held: float
    percent: int
    rule: str
    kept: float
    none: float
    width: float


def simulate(strata: int, held: float, percent: int, runs: int = RUNS) -> list[Sparse]:
    """Draw one cell's surveys, an area each, and count by each rule, in those that find anybody of the group."""
    survey = psa.read_survey(
        _drawn(strata, held, percent / 100, runs), psa.wave({"survey": "drawn", "title": "Drawn", "2008": WAVE}, 2008)
    )
    return [_counted(survey, (strata, held, percent), rule) for rule in RULES]


def _drawn(strata: int, held: float, p: float, runs: int) -> pd.DataFrame:
    rng = np.random.default_rng([SEED, strata, round(100 * held), round(100 * p)])
    shape = (runs, strata, 2)
    chance = rng.beta(p * (1 - ICC) / ICC, (1 - p) * (1 - ICC) / ICC, shape)
    yes = (rng.random((*shape, SIZE)) < chance[..., None]).astype(float)
    yes[rng.random(shape) >= held] = np.nan
    draw, h, k, _ = (index.ravel() for index in np.indices(yes.shape))
    return pd.DataFrame({"draw": draw, "h": draw * strata + h, "k": k, "q": yes.ravel(), "w": 1.0})


def _counted(survey: psa.Survey, of: tuple[int, float, int], rule: str) -> Sparse:
    found = psa.estimate(survey, psa.indicators(SET), by="draw", df=rule)
    base, low, high = (np.asarray(found.columns[name], dtype=float) for name in ("base", "low", "high"))
    has = np.isfinite(low)
    kept = (low <= of[2]) & (of[2] <= high)
    return Sparse(*of, rule, kept[has].mean(), 1 - has[base > 0].mean(), (high - low)[has].mean())


def write(cells: Sequence[Sparse]) -> None:
    """Write every cell as a row."""
    with CELLS.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([field.name for field in fields(Sparse)])
        out.writerows([f"{one:.4f}" if isinstance(one, float) else one for one in astuple(cell)] for cell in cells)


def read() -> list[Sparse]:
    """Return the cells that were written."""
    with CELLS.open(newline="", encoding="utf-8") as file:
        rows = [list(row.values()) for row in csv.DictReader(file)]
    return [Sparse(int(r[0]), float(r[1]), int(r[2]), r[3], float(r[4]), float(r[5]), float(r[6])) for r in rows]


def table(cells: Sequence[Sparse]) -> str:
    """Return the cells as Markdown, a line for both rules."""
    heads = (
        "strata",
        "PSUs with the group",
        "truth",
        *(f"{what}, `{rule}`" for rule in RULES for what in ("held", "no interval", "mean width")),
    )
    return markdown(heads, _lines(cells))


def _lines(cells: Sequence[Sparse]) -> Iterator[tuple[object, ...]]:
    for i in range(0, len(cells), len(RULES)):
        both = cells[i : i + len(RULES)]
        figures = [(f"{100 * one.kept:.1f}", f"{100 * one.none:.1f}", f"{one.width:.1f}") for one in both]
        yield (
            both[0].strata,
            f"{100 * both[0].held:.0f}%",
            f"{both[0].percent}%",
            *(one for some in figures for one in some),
        )


def main() -> None:
    """Draw every cell, and write sparse.csv and the page's table."""
    write([one for cell in product(STRATA, HELD, PERCENTAGES) for one in simulate(*cell)])
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), {"sparse": table(read())}), encoding="utf-8")


if __name__ == "__main__":
    main()
