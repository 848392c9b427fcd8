"""A series of waves: each year's figure with its interval, joined where the two were measured alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.charts.chart import Bools, Chart, Floats, Look, draw_hollow, hollow_rows
from psaindicators.charts.intervals import COLOURS, GREY


@dataclass(frozen=True, eq=False)
class Printed:
    """Figures as they were printed, each array of shape (figures,); a margin that was not printed is missing."""

    years: NDArray[np.int_]
    value: Floats
    margin: Floats


@dataclass(frozen=True, eq=False, repr=False)
class Series(Chart):
    """Values by year, each array of shape (waves,), in the order of the years.

    `breaks` says of each wave whether it was measured otherwise than the one before it; `printed` are the figures that
    a document gives, which are never joined. Waves that are `unsure` are drawn hollow.
    """

    years: NDArray[np.int_]
    value: Floats
    low: Floats
    high: Floats
    breaks: NDArray[np.bool_]
    printed: Printed
    unsure: Bools | None = None

    @property
    def height(self) -> float:
        return 3.2

    def draw(self, axes: Any) -> None:
        """Draw a line for each unbroken stretch, an interval for each wave, and a dotted line at a break."""
        for stretch in np.split(np.arange(len(self.years)), np.flatnonzero(self.breaks)):
            axes.plot(self.years[stretch], self.value[stretch], "-o", color=COLOURS[0])
        axes.vlines(self.years, self.low, self.high, color=COLOURS[0], linewidth=2)
        hollow = hollow_rows(np.arange(len(self.years)), self.unsure)
        draw_hollow(axes, self.years, self.value, hollow, Look("o", COLOURS[0], 6))
        self._draw_printed(axes)
        for i in np.flatnonzero(self.breaks):
            between = (self.years[i - 1] + self.years[i]) / 2
            axes.axvline(
                between, color=GREY, linestyle=":", label=f"break between {self.years[i - 1]} and {self.years[i]}"
            )
        axes.set_xticks(np.union1d(self.years, self.printed.years))
        axes.grid(axis="y", visible=True)
        axes.set_xlabel("year in which fieldwork began")
        axes.set_ylabel("percent")

    def _draw_printed(self, axes: Any) -> None:
        """Draw printed figures as open diamonds, with the intervals that were printed."""
        known = self.printed
        if len(known.years):
            axes.vlines(known.years, known.value - known.margin, known.value + known.margin, color=GREY, linestyle="--")
            style = {"color": GREY, "markersize": 9, "markerfacecolor": "none", "linestyle": ""}
            axes.plot(known.years, known.value, "D", label="as printed", **style)
