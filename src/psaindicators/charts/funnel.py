"""A funnel: each area's value by how many answered there, with the limits between which chance would put most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.charts.chart import Bools, Chart, Floats, Look, draw_hollow, hollow_rows
from psaindicators.charts.intervals import BAND, COLOURS, GREY, short

NAMED = 6


@dataclass(frozen=True, eq=False, repr=False)
class Funnel(Chart):
    """Values by effective base, each array of shape (areas,), around the figure of everyone.

    `limit` is how many standard errors of an area that is like everyone the limits stand off. Areas that are `unsure`
    are drawn hollow; `called` is what they are.
    """

    names: tuple[str, ...]
    value: Floats
    base: Floats
    everyone: float
    limit: float
    level: float
    unsure: Bools | None = None
    called: str = "areas"

    @property
    def height(self) -> float:
        return 4.2

    def _limit(self, base: Floats) -> Floats:
        return limits(base, self.everyone, self.limit)

    def draw(self, axes: Any) -> None:
        """Draw the limits, the line of everyone, and the areas; those farthest outside are named."""
        shape = np.linspace(self.base.min() * 0.95, self.base.max() * 1.02, 200)
        low, high = self.everyone - self._limit(shape), self.everyone + self._limit(shape)
        label = f"where {self.level:g}% of {self.called} would lie, were all like everyone"
        axes.fill_between(shape, np.maximum(low, 0), np.minimum(high, 100), color=BAND, alpha=0.6, label=label)
        axes.axhline(self.everyone, color=GREY, linestyle="--", linewidth=1.2, label=f"everyone, {self.everyone:.1f}%")
        outside = outside_limits(self.value, self.base, self.everyone, self.limit)
        for rows, colour, what in ((~outside, COLOURS[0], "inside"), (outside, COLOURS[1], "outside")):
            axes.plot(self.base[rows], self.value[rows], "o", color=colour, markersize=4, label=what)
            hollow = hollow_rows(np.flatnonzero(rows), self.unsure)
            draw_hollow(axes, self.base, self.value, hollow, Look("o", colour, 4))
        self._name(axes, outside)
        axes.grid(axis="y", visible=True)
        axes.set_xlabel("effective base (respondents)")
        axes.set_ylabel("percent")

    def _name(self, axes: Any, outside: NDArray[np.bool_]) -> None:
        away = np.abs(self.value - self.everyone) / self._limit(self.base)
        for i in np.argsort(-away, kind="stable")[:NAMED]:
            if outside[i]:
                left = self.base[i] > self.base.max() / 2  # a name to the right of it might leave the chart
                place = {"xytext": (-5 if left else 5, 3), "ha": "right" if left else "left"}
                style = {"textcoords": "offset points", "fontsize": 8}
                axes.annotate(short(self.names[i]), (self.base[i], self.value[i]), **place, **style)


def limits(base: Floats, everyone: float, limit: float) -> Floats:
    """Return how far from everyone's percentage an area like everyone would lie by chance, in points, by its base."""
    return np.asarray(limit * np.sqrt(everyone * (100 - everyone) / base))


def outside_limits(value: Floats, base: Floats, everyone: float, limit: float) -> NDArray[np.bool_]:
    """Return which areas lie farther from everyone than the limits."""
    return np.asarray(np.abs(value - everyone) > limits(base, everyone, limit))
