"""What a chart is: a title that says the finding, a text alternative, and marks that always show their uncertainty."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from math import ceil
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import OptionError
from psaindicators.words import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
STYLE = "afcharts.afcharts"
"""The Analysis Function's, whose colours are told apart with any colour vision and on paper."""
SETTINGS: Any = {
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so that every machine draws alike
    "font.size": 11,
    "svg.fonttype": "none",  # text stays text: it is read aloud, searched and copied
    "svg.hashsalt": "psaindicators",
    "axes.grid.axis": "x",
}
TITLE, DOTS_OF_SVG = "title", 72
TITLE_OF_SVG = rf' *<g id="{TITLE}">.*?</g>\n'
SIZE_OF_SVG = r'width="[\d.]+pt" height="[\d.]+pt" viewBox="0 0 ([\d.]+) ([\d.]+)"'
HOLLOW = "hollow: unreliable [u]"
UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
WIDTH, CHARACTERS, DOTS = 9.0, 88, 110
LINE, GAP, AXIS, IN_A_ROW = 0.24, 0.25, 0.65, 3
"""Heights in inches of a line of text, between parts, and of what an axis says; entries in a row of the legend."""


@dataclass(frozen=True)
class Look:
    """How a point is drawn: its shape, its colour and its size."""

    dot: str
    colour: str
    size: float


@dataclass(frozen=True, eq=False, repr=False)
class Chart(ABC):
    """A chart. `title` says in one sentence what is found; `says` is the text alternative: what the chart shows."""

    title: str
    says: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {visible(self.title)}"

    @property
    @abstractmethod
    def height(self) -> float:
        """The height in inches of the part that is drawn in; every chart is 9 wide."""

    @property
    def left(self) -> float:
        """The width in inches of what stands left of it."""
        return 0.75

    @abstractmethod
    def draw(self, axes: Any) -> None:
        """Draw the marks on matplotlib's axes."""

    def figure(self) -> Figure:
        """Return the chart as a matplotlib figure, to be changed as one likes."""
        import afcharts  # noqa: F401  (its style)
        from matplotlib import rc_context, style
        from matplotlib.figure import Figure

        with style.context(STYLE), rc_context(SETTINGS):
            figure = Figure()
            axes = figure.add_subplot()
            self.draw(axes)
            self._arrange(figure, axes)
        return figure

    def _arrange(self, figure: Figure, axes: Any) -> None:
        """Put the title above what is drawn and the legend below it; matplotlib's own way takes twice as long."""
        title = fill(self.title, CHARACTERS)
        entries = sorted(zip(*axes.get_legend_handles_labels(), strict=True), key=lambda one: one[1] == HOLLOW)
        handles, labels = [one for one, _ in entries], [label for _, label in entries]
        above = LINE * (title.count("\n") + 1) + GAP
        below = LINE * ceil(len(labels) / IN_A_ROW) + AXIS
        whole = above + self.height + below
        figure.set_size_inches(WIDTH, whole)
        across = (WIDTH - self.left - GAP) / WIDTH
        axes.set_position((self.left / WIDTH, below / whole, across, self.height / whole))
        figure.text(0.01, 1 - GAP / 2 / whole, _plain(title), va="top", fontsize=12, fontweight="bold", gid=TITLE)
        if labels:
            figure.legend(handles, labels, loc="lower left", bbox_to_anchor=(0, 0), ncols=IN_A_ROW, fontsize=9)

    def to_bytes(self, form: str) -> bytes:
        """Return the chart as a file, svg or png, the same bytes each time. Raises OptionError for another form."""
        from matplotlib import rc_context

        if form not in UNDATED:
            raise OptionError(f"a chart is written as {' or '.join(UNDATED)}, not as '{visible(form)}'")
        file = BytesIO()
        with rc_context(SETTINGS):
            self._drawn.savefig(file, format=form, metadata=UNDATED[form], dpi=DOTS)
        return file.getvalue()

    def save(self, path: str | Path) -> None:
        """Write the chart to a file that ends in .svg or .png. Raises OptionError for another ending."""
        Path(path).write_bytes(self.to_bytes(Path(path).suffix.removeprefix(".")))

    @cached_property
    def _drawn(self) -> Figure:
        """The figure that files are written from: made once, for that takes as long as writing it."""
        return self.figure()

    @cached_property
    def svg(self) -> bytes:
        """The chart as SVG, drawn once."""
        return self.to_bytes("svg")

    @property
    def untitled_svg(self) -> bytes:
        """The chart as SVG without its title, for a place that has it as text: that grows with the reader's letters."""
        svg = re.sub(TITLE_OF_SVG, "", self.svg.decode(), count=1, flags=re.DOTALL)
        above = DOTS_OF_SVG * (LINE * (fill(self.title, CHARACTERS).count("\n") + 1) + GAP / 2)

        def shorter(found: re.Match[str]) -> str:
            width, height = (float(size) for size in found.groups())
            size = f'width="{width:g}pt" height="{height - above:g}pt"'
            return f'{size} viewBox="0 {above:g} {width:g} {height - above:g}"'

        return re.sub(SIZE_OF_SVG, shorter, svg, count=1).encode()

    def _repr_svg_(self) -> str:
        return self.svg.decode()


def hollow_rows(rows: NDArray[np.intp], unsure: Bools | None) -> NDArray[np.intp]:
    """Return those of some rows that are unsure; none where nothing is said of that."""
    return rows[:0] if unsure is None else rows[unsure[rows]]


def draw_hollow(axes: Any, x: NDArray[Any], y: NDArray[Any], rows: NDArray[np.intp], look: Look) -> None:
    """Draw points over as hollow, and say so in the legend, once: what they stand for is unreliable."""
    if not len(rows):
        return
    axes.plot(x[rows], y[rows], look.dot, color=look.colour, markersize=look.size, markerfacecolor="white")
    if HOLLOW not in axes.get_legend_handles_labels()[1]:
        axes.plot([], [], "o", color="#3D3D3D", markersize=6, markerfacecolor="white", label=HOLLOW)


def _plain(text: str) -> str:
    """Return a text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")


def shown(text: str) -> str:
    """Return a name as a chart may write it."""
    return _plain(visible(text))
