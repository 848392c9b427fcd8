"""How often the 95% intervals hold the truth, by simulation.

`python docs/coverage/simulate.py` (or `make coverage`) draws every cell 10,000 times, writes cells.csv beside this file
and short.csv (the cells that fell short of their bar, drawn again), and the tables of docs/coverage.md from both.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
from cells import (
    BAR,
    ERROR,
    METHODS_WITH_A_BAR,
    REDRAWN,
    RUNS,
    Cell,
    Redrawn,
    read_cells,
    read_redrawn,
    write_cells,
    write_redrawn,
)
from drawing import BASES, DESIGNS, PERCENTAGES, SEED, Design, surveys
from reporting import tables, with_tables

from psaindicators.kernel.intervals import METHODS, interval, wald

HERE = Path(__file__).parent
PAGE = HERE.parent / "coverage.md"
CELLS = HERE / "cells.csv"
SHORT = HERE / "short.csv"


def simulate(design: Design, percent: int, base: int, *, runs: int = RUNS) -> Cell:
    """Draw one cell's surveys and count how often each interval holds the truth."""
    truth = percent / 100
    h, k, m = design.shape(base)
    spread = surveys(design, percent, base, runs=runs)
    made = {name: interval(name, spread) for name in METHODS}
    ends = {name: (low, high) for name, (low, high, _) in made.items()} | {"plain_wald": wald(spread)}
    widths = {name: float((high - low).mean()) for name, (low, high) in ends.items()}
    return Cell(
        design.name,
        percent,
        h * k * m,
        h,
        h * k,
        h * k - h,
        design.effective_base(truth, base),
        design.equal_weights,
        design.icc,
        {name: float(((low <= truth) & (truth <= high)).mean()) for name, (low, high) in ends.items()},
        {name: width / widths["beta"] for name, width in widths.items()},
        float((made["wald"][2] == "beta").mean()),
    )


def redraw(design: Design, cell: Cell, method: str) -> Redrawn:
    """Draw a cell again, to tell bad luck from a shortfall and, of a shortfall, which side it is on."""
    base = min(BASES, key=lambda one: abs(one - cell.base))
    streams = range(1, REDRAWN // RUNS + 1)
    found = np.mean([_sides(design, cell.percent, base, method, stream) for stream in streams], axis=0)
    above, below, known = (float(share) for share in found)
    of_cell = (method, cell.design, cell.percent, cell.base, cell.df)
    return Redrawn(*of_cell, cell.held[method], 1 - above - below, above, below, known)


def _sides(design: Design, percent: int, base: int, method: str, stream: int) -> tuple[float, float, float]:
    truth = percent / 100
    spread = surveys(design, percent, base, runs=RUNS, stream=stream)
    low, high, _ = interval(method, spread)
    v = spread.p * (1 - spread.p) / design.effective_base(truth, base)
    known = interval(method, replace(spread, v=v, df=np.full(RUNS, np.inf)))
    held = (known[0] <= truth) & (truth <= known[1])
    return float((high < truth).mean()), float((low > truth).mean()), float(held.mean())


def simulate_all(runs: int) -> Iterator[Cell]:
    """Yield every cell, saying on the way which design is being drawn."""
    for number, design in enumerate(DESIGNS, 1):
        print(f"{number} of {len(DESIGNS)}: {design.name}", flush=True)
        for percent, base in product(PERCENTAGES, BASES):
            yield simulate(design, percent, base, runs=runs)


def main() -> None:
    """Draw every cell, write cells.csv and the page's tables, and print how the bar is met."""
    began = time.perf_counter()
    print(f"seed {SEED}, {RUNS:,} runs a cell; Monte Carlo error {100 * ERROR:.2f} points, bar {100 * BAR:.2f}%")
    cells = list(simulate_all(RUNS))
    write_cells(cells, CELLS)
    designs = {design.name: design for design in DESIGNS}
    missed = [(cell, name) for name in METHODS_WITH_A_BAR for cell in cells if cell.missed(name)]
    print(f"drawing the {len(missed)} that fell short of the bar again, {REDRAWN:,} times each", flush=True)
    write_redrawn([redraw(designs[cell.design], cell, name) for cell, name in missed], SHORT)
    write_page()
    print(f"{len(cells)} cells in {time.perf_counter() - began:.0f} seconds; every figure is in {CELLS.name}")


def write_page() -> None:
    """Write the page's tables again from the two files, and print the first four."""
    cells, redrawn = read_cells(CELLS), read_redrawn(SHORT)
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables(cells, redrawn)), encoding="utf-8")
    made = tables(cells, redrawn)
    print("", *(made[name] for name in ("bar", "missed", "designs", "wald")), sep="\n")


if __name__ == "__main__":
    main()
