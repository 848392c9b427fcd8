"""Figures with their intervals, a row each: areas beside everyone's, changes in their band, outturns and targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.charts.chart import Bools, Chart, Floats, Look, draw_hollow, hollow_rows, shown

COLOURS, DOTS = ("#12436D", "#F46A25", "#6B6B6B", "#801650", "#28A197"), ("o", "s", "D", "^", "v")
"""A group has a colour and a shape, so that neither is needed alone."""
GREY, BAND = "#3D3D3D", "#D9D9D9"
MARKS, LINES = ("D", "|"), ("--", ":", "-.")
MOST_NAMES = 40
"""Rows that are named; more are drawn side by side without names, for none could be read."""
LONGEST_NAME, LETTER = 45, 0.092
"""Letters of a name that are shown, and the width of one in inches."""


@dataclass(frozen=True, eq=False, repr=False)
class Intervals(Chart):
    """Values with their intervals, each array of shape (rows,).

    `groups` says which rows are drawn alike, and `kinds` are all the groups that there could be, each with a colour and
    shape of its own in every chart; `lines` are drawn across all rows, by what they are; `band` is how far from 0 a
    row's change does not count; `marks` are further points of each row, by what they are. Rows that are `unsure` are
    drawn hollow; `called` is what the rows are.
    """

    names: tuple[str, ...]
    value: Floats
    low: Floats
    high: Floats
    axis: str
    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    lines: Mapping[str, float] = field(default_factory=dict)
    band: Floats | None = None
    marks: Mapping[str, Floats] = field(default_factory=dict)
    unsure: Bools | None = None
    called: str = "areas"

    @property
    def named(self) -> bool:
        return len(self.names) <= MOST_NAMES

    @property
    def height(self) -> float:
        return 0.3 * max(len(self.names), 1) + 0.2 if self.named else 4.0

    @property
    def left(self) -> float:
        return 0.35 + LETTER * max(map(len, map(short, self.names)), default=4) if self.named else 0.75

    def draw(self, axes: Any) -> None:
        """Draw named rows from the top down; without names from left to right, by value."""
        if self.named:
            self._down(axes)
        else:
            self._across(axes)

    def _down(self, axes: Any) -> None:
        at = np.arange(len(self.names))[::-1]
        if self.band is not None:
            axes.barh(
                at, 2 * self.band, left=-self.band, height=0.8, color=BAND, label="less than the minimum movement"
            )
        for (label, value), dash in zip(self.lines.items(), LINES, strict=False):
            axes.axvline(value, color=GREY, linewidth=1.2, linestyle=dash, label=shown(label))
        for group, colour, dot, rows in self._groups():
            axes.hlines(at[rows], self.low[rows], self.high[rows], color=colour, linewidth=2)
            axes.plot(self.value[rows], at[rows], dot, color=colour, markersize=6, label=shown(group))
            draw_hollow(axes, self.value, at, hollow_rows(rows, self.unsure), Look(dot, colour, 6))
        for (label, points), shape in zip(self.marks.items(), MARKS, strict=False):
            axes.plot(points, at, shape, color=GREY, markersize=8, markerfacecolor="none", label=shown(label))
        axes.set_yticks(at, [short(name) for name in self.names])
        axes.set_ylim(-0.7, len(self.names) - 0.3)
        axes.set_xlabel(self.axis)

    def _across(self, axes: Any) -> None:
        order = np.argsort(self.value, kind="stable")
        at = np.empty(len(order))
        at[order] = np.arange(len(order))
        axes.grid(axis="x", visible=False)
        axes.grid(axis="y", visible=True)
        if self.band is not None:
            step = self.band[order]
            axes.fill_between(at[order], -step, step, color=BAND, label="less than the minimum movement")
        for (label, value), dash in zip(self.lines.items(), LINES, strict=False):
            axes.axhline(value, color=GREY, linewidth=1.2, linestyle=dash, label=shown(label))
        for group, colour, dot, rows in self._groups():
            axes.vlines(at[rows], self.low[rows], self.high[rows], color=colour, linewidth=1, alpha=0.6)
            axes.plot(at[rows], self.value[rows], dot, color=colour, markersize=2.5, label=shown(group))
            draw_hollow(axes, at, self.value, hollow_rows(rows, self.unsure), Look(dot, colour, 2.5))
        axes.set_xticks([])
        axes.set_xlabel(
            f"{len(order):,} {self.called} in the order of their estimates, which is no ranking: intervals overlap"
        )
        axes.set_ylabel(self.axis)

    def _groups(self) -> list[tuple[str, str, str, NDArray[np.intp]]]:
        """Return each group with its colour, its shape and its rows that have a value."""
        groups = np.array(self.groups or [""] * len(self.names), dtype=object)
        present = np.isfinite(self.value)
        looks = zip(self.kinds or ("",), COLOURS, DOTS, strict=False)
        drawn = [(kind, colour, dot, np.flatnonzero(present & (groups == kind))) for kind, colour, dot in looks]
        return [one for one in drawn if len(one[-1])]


def short(name: str) -> str:
    """Return a name as a chart has room for it: a long one without its middle, since names often differ at the end."""
    text, end = shown(name), LONGEST_NAME // 2 - 3
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - end - 3]}...{text[-end:]}"
