"""The tables of docs/coverage.md, made from the cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

import numpy as np
from cells import BAR, METHODS_WITH_A_BAR, NAMES, REDRAWN, Cell, Redrawn

from psaindicators.kernel.intervals import METHODS

BANDS = (0, 1, 5, 10, 20, 50, np.inf)


def tables(cells: Sequence[Cell], redrawn: Sequence[Redrawn]) -> dict[str, str]:
    """Return the tables of docs/coverage.md by name, each as Markdown."""
    return {
        "bar": bar_table(cells, redrawn),
        "missed": missed_table(redrawn),
        "designs": design_table(cells),
        "wald": band_table(cells, lambda cell, name: cell.held[name], low=True),
        "width": band_table(cells, lambda cell, name: cell.width[name], low=False),
        "under": under_tables(cells),
    }


def bar_table(cells: Sequence[Cell], redrawn: Sequence[Redrawn]) -> str:
    """Return how the methods that have a bar stand to it."""
    rows = []
    for name in METHODS_WITH_A_BAR:
        barred = [cell for cell in cells if cell.barred(name)]
        missed = [cell for cell in barred if cell.missed(name)]
        again = sum(one.method == name and one.held < BAR for one in redrawn)
        rows.append((f"`{name}`", len(barred), _worst(barred, name, design=True), len(missed), again))
    under = f"below {100 * BAR:.2f}%"
    return markdown(("method", "cells with a bar", "lowest coverage", under, f"and of {REDRAWN:,} runs too"), rows)


def missed_table(redrawn: Sequence[Redrawn]) -> str:
    """Return every barred cell that fell short, and what drawing it again says."""
    return markdown(
        ("method", "design", "cell", "df", "coverage", "drawn again", "truth above", "truth below", "known deff"),
        (
            (
                f"`{one.method}`",
                one.design,
                f"{one.percent}% of {one.base:,}",
                one.df,
                f"{100 * one.coverage:.2f}",
                *(f"{100 * share:.1f}" for share in (one.held, one.truth_above, one.truth_below, one.known_deff)),
            )
            for one in redrawn
        ),
    )


def design_table(cells: Sequence[Cell]) -> str:
    """Return, by design and method, the worst cell and how many cells lie below 94%."""
    rows = []
    for design, of_design in by_design(cells):
        rows.append((f"{design} ({len(of_design)})", *(_worst_and_under(of_design, name) for name in NAMES)))
    return markdown(("design (cells)", *map(_title, NAMES)), rows)


def _worst_and_under(cells: Sequence[Cell], name: str) -> str:
    return f"{_worst(cells, name)}; {sum(cell.held[name] < 0.94 for cell in cells)}"


def _worst(cells: Sequence[Cell], name: str, *, design: bool = False) -> str:
    cell = min(cells, key=lambda one: one.held[name])
    where = f"{cell.design}; " if design else ""
    return f"{100 * cell.held[name]:.1f} ({where}{cell.percent}% of {cell.base:,})"


def band_table(cells: Sequence[Cell], figure: Callable[[Cell, str], float], *, low: bool) -> str:
    """Return a figure by how many respondents the smaller side is worth, in the designs that have a bar.

    As percentages, the mean over the band's cells; with `low`, the lowest after it.
    """
    ordinary = [cell for cell in cells if cell.barred("beta")]
    rows = []
    for start, end in pairwise(BANDS):
        band = [cell for cell in ordinary if start <= round(cell.fewer, 6) < end]
        found = ([100 * figure(cell, name) for cell in band] for name in NAMES)
        shown = (f"{np.mean(one):.1f}, {min(one):.1f}" if low else f"{np.mean(one):.0f}" for one in found)
        rows.append((f"{start} to {end}" if end < np.inf else f"{start} or more", len(band), *shown))
    return markdown(("smaller side", "cells", *map(_title, NAMES)), rows)


def under_tables(cells: Sequence[Cell]) -> str:
    """Return, for each design, the cells in which a method offered by the library lies below 94%."""
    parts = []
    for design, of_design in by_design(cells):
        bases = sorted({cell.base for cell in of_design})
        rows = []
        for percent, of_percent in groupby(of_design, lambda cell: cell.percent):
            under = {cell.base: _under(cell) for cell in of_percent}
            rows += [(f"{percent}%", *(under[base] for base in bases))] if any(under.values()) else []
        shown = markdown(("", *(f"{base:,}" for base in bases)), rows) if rows else "None.\n"
        parts.append(f"**{design}**\n\n{shown}")
    return "\n".join(parts)


def _under(cell: Cell) -> str:
    return ", ".join(f"{name} {100 * cell.held[name]:.2f}" for name in METHODS if cell.held[name] < 0.94)


def _title(name: str) -> str:
    return "Wald alone" if name == "plain_wald" else f"`{name}`"


def by_design(cells: Sequence[Cell]) -> Iterator[tuple[str, list[Cell]]]:
    """Yield each design's name and its cells, in the order of the file."""
    for design, of_design in groupby(cells, lambda cell: cell.design):
        yield design, list(of_design)


def markdown(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


MARKS = re.compile(r"(<!-- table: (\w+) -->\n).*?(?=<!-- end -->)", re.DOTALL)


def with_tables(page: str, made: Mapping[str, str]) -> str:
    """Return a page with each of these tables put between its two marks."""
    return MARKS.sub(lambda found: f"{found[1]}\n{made[found[2]]}\n" if found[2] in made else found[0], page)
