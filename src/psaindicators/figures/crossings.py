"""Crossings such as "region*sex": each part in columns of its own, and printed as a two-way table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from itertools import pairwise

import numpy as np

from psaindicators.headings import Column, Heading, text
from psaindicators.screen import Panel
from psaindicators.tables import WITHHELD, Table
from psaindicators.words import visible

PART, NAME = "by_", "_name"
"""How the columns of a part are called: `by_region` has its codes, `by_region_name` their names."""


def part_columns(parts: Mapping[str, tuple[Column, Column]]) -> dict[str, Column]:
    """Return the columns of a crossing's parts, each with its names where there is one."""
    columns = {}
    for name, (codes, names) in parts.items():
        columns[f"{PART}{name}"] = codes
        if (names != "").any():
            columns[f"{PART}{name}{NAME}"] = names
    return columns


def part_names(columns: Iterable[str]) -> list[str]:
    """Return those columns that hold the parts of crossings."""
    return [name for name in columns if name.startswith(PART)]


def part_heading(name: str) -> Heading:
    """Return what a column of a part of a crossing says."""
    part = name.removeprefix(PART)
    of = part.removesuffix(NAME)
    what = "the name of its" if of != part else "its"
    return text(name, f"of a row of a crossing: {what} part '{of}', empty in other rows")


class Crossable(Table):
    """Figures by breakdown, of which the crossed ones are printed as two-way tables."""

    def heading(self, name: str) -> Heading:
        """Return what a column is declared to be; a part of a crossing is what its name says."""
        is_part = name.startswith(PART) and name not in self.names()
        return part_heading(name) if is_part else super().heading(name)

    def panels(self, names: Sequence[str] = (), most: int | None = None) -> list[Panel]:
        """Return the tables that the rows are printed as: one, and for each crossing two, of values and of bases."""
        crossed = np.array([self._is_crossed(by) for by in self.columns["by"]], dtype=bool)
        if names or not crossed.any():
            return super().panels(names, most)
        plain = [self.take(np.flatnonzero(~crossed)).panel((), most)] if not crossed.all() else []
        return [*plain, *self.take(np.flatnonzero(crossed))._two_way(most)]

    def _is_crossed(self, by: str) -> bool:
        parts = by.split("*")
        return len(parts) > 1 and all(f"{PART}{part}" in self.columns for part in parts)

    def _two_way(self, most: int | None) -> Iterator[Panel]:
        about = self.shown[: self.shown.index("area")]
        for key in dict.fromkeys(zip(*(self.columns[name].tolist() for name in about), strict=True)):
            rows = self.where(**dict(zip(about, key, strict=True)))
            title = ", ".join(visible(str(one)) for one in key)
            yield rows._grid(f"{title}: value \u00b1 margin", rows._cells(), most)
            yield rows._grid(f"{title}: base", rows.printed(["base"])["base"], most)

    def _cells(self) -> list[str]:
        """Return each row's value with its margin and marker."""
        texts = self.printed(["value", "margin", "marker"]).values()
        return [_cell(*one) for one in zip(*texts, strict=True)]

    def _grid(self, title: str, cells: Sequence[str], most: int | None) -> Panel:
        """Return cells of a crossing's rows as a table: the last part across, the others down."""
        parts = self.columns["by"][0].split("*")
        *down, across = [self._part(name) for name in parts]
        keys = list(zip(*down, strict=True))
        at = dict(zip(zip(keys, across, strict=True), cells, strict=True))
        rows = list(dict.fromkeys(keys))
        told = rows[:most]
        columns = {visible(name): [row[i] for row in told] for i, name in enumerate(parts[:-1])}
        heads = {f"{parts[-1]} {one}" if one in columns else one: one for one in _in_order(keys, across)}
        columns |= {head: [at.get((row, one), "") for row in told] for head, one in heads.items()}
        return Panel(columns, frozenset(heads), len(down), title=title, more=len(rows) - len(told))

    def _part(self, name: str) -> list[str]:
        """Return what the areas of a part are called: by name, where it has one of its own, else by code."""
        codes: list[str] = self.columns[f"{PART}{name}"].tolist()
        names = self.columns.get(f"{PART}{name}{NAME}", self.columns[f"{PART}{name}"]).tolist()
        of_name: dict[str, set[str]] = {}
        for code, called in zip(codes, names, strict=True):
            of_name.setdefault(called, set()).add(code)
        told = {called: called for called, some in of_name.items() if called and len(some) == 1}
        pairs = zip(codes, names, strict=True)
        return [visible(told.get(called) or f"{code} {called}".rstrip()) for code, called in pairs]


def _in_order(rows: Sequence[tuple[str, ...]], across: Sequence[str]) -> Iterator[str]:
    """Yield what stands across, in an order that is that of every row, of which each may lack some."""
    before: dict[str, dict[str, None]] = {one: {} for one in across}
    for (row, one), (following, other) in pairwise(zip(rows, across, strict=True)):
        if row == following and one != other:
            before[other][one] = None
    yield from TopologicalSorter(before).static_order()


def _cell(value: str, margin: str, marker: str) -> str:
    if value in WITHHELD:
        return value or marker
    spread = f" \u00b1 {margin}" if margin else ""
    return f"{value}{spread}{f' {marker}' if marker else ''}"
