"""How often a verdict says that something moved when nothing did, by simulation.

`python docs/verdicts/study.py` (or `make verdicts`) draws every cell, writes cells.csv beside this file and the
tables of docs/verdicts.md from it. `--page` only writes the tables again.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from zlib import crc32

import kinds
import numpy as np
from kinds import Cell, Found, cells, read, write
from listing import with_tables
from pairs import Answers, Said, answers, chances, combined, compared, differing, pooled, reached, scored, shared

HERE = Path(__file__).parent
PAGE, CELLS = HERE.parent / "verdicts.md", HERE / "cells.csv"
SEED = 2011
POWER_OF = 2.8
"""Standard errors of a change that is found in 80% of pairs, were they known."""


def simulate(cell: Cell, draws: int | None = None) -> Found:
    """Draw one cell's pairs and count the verdicts, then again with a change where the rule before is known."""
    draws = draws or cell.draws
    said = _said(cell, draws, 0.0, "nothing changed")
    change = _change(cell) if said.before is not None and cell.has_power else np.nan
    found = _said(cell, draws, change, "changed") if np.isfinite(change) else None
    return Found(
        cell.asked,
        cell.name,
        cell.df,
        len(said.moved),
        float(said.moved.mean()),
        _mean(said.before),
        _mean(said.by_ends),
        100 * change,
        _mean(found and found.moved),
        _mean(found and found.before),
        _mean(found and found.by_ends),
    )


def _mean(one: np.ndarray | None) -> float:
    return float("nan") if one is None else float(one.mean())


def _change(cell: Cell) -> float:
    """Return a change towards the other end of POWER_OF true standard errors, at most half the way there."""
    p = cell.percent / 100
    spread = sum(p * (1 - p) * (1 + (side.size - 1) * cell.icc) / side.base for side in (cell.earlier, cell.later))
    spread *= float(np.exp(cell.sigma**2))
    size = min(POWER_OF * spread**0.5, max(p, 1 - p) / 2)
    return size if p <= 0.5 else -size


def _said(cell: Cell, draws: int, change: float, what: str) -> Said:
    rng = np.random.default_rng([SEED, crc32(f"{cell.asked} {cell.name} {what}".encode())])
    if cell.asked == "combined areas":
        return combined(rng, cell.earlier.psus, cell.later.psus, cell.percent / 100)
    earlier, later, overlap = _waves(rng, cell, draws, change)
    match cell.asked:
        case "shared PSUs":
            return shared(earlier, later, overlap)
        case "difference":
            return differing(earlier, later)
        case "score":
            return scored(earlier, later)
        case kinds.REACHED:
            return reached(earlier, later)
        case "assessment":
            return pooled(earlier, later, cell.together)
    return compared(earlier, later)


def _waves(rng: np.random.Generator, cell: Cell, draws: int, change: float) -> tuple[Answers, Answers, int]:
    """Return both waves and how many PSUs they share, of which a PSU keeps what is its own."""
    one, other, p = cell.earlier, cell.later, cell.percent / 100
    k, later_k = one.psus or 1, other.psus or 1
    overlap = round(k * cell.overlap / 100) if cell.overlap else k if cell.asked == "difference" else 0
    chance = chances(rng, p, cell.icc, (draws, k + later_k - overlap))
    moved = np.clip(chance[:, k - overlap :] + change, 0, 1)
    return answers(rng, one, chance[:, :k], sigma=cell.sigma), answers(rng, other, moved, sigma=cell.sigma), overlap


def main() -> None:
    """Draw every cell, write cells.csv and the page's tables, and print the cells that fell short."""
    began = time.perf_counter()
    if "--page" not in sys.argv:
        found = []
        for cell in cells():
            found.append(simulate(cell))
            last = found[-1]
            print(f"{last.asked}: {last.name}: {100 * last.moved:.1f}% +- {100 * last.error:.2f}", flush=True)
        write(found, CELLS)
    found = read(CELLS)
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    missed = [one for one in found if one.missed]
    print(f"{len(found)} cells, seed {SEED}, {time.perf_counter() - began:.0f} seconds; {len(missed)} above the bar:")
    print(*(f"  {one.asked}: {one.name}: {100 * one.moved:.1f}% of {one.draws:,}" for one in missed), sep="\n")


if __name__ == "__main__":
    main()
