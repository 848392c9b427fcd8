"""Columns of tables, each declared once: its name, what it says, its unit, how its cells are written.

Print, notebook display, glossary, docstrings and reading back take them from here; `tables.py` has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from psaindicators.words import visible

Column = NDArray[Any]
ONE_DECIMAL, TWO_DECIMALS, FOUR_DECIMALS = ",.1f", ",.2f", ",.4f"
SHARE, WHOLE, FOUR_FIGURES = ".0%", ",.0f", "#.4g"
AS_NEEDED = "as needed"
"""Written with as many decimals as show two figures of the smallest standard error (or three of the smallest cell)."""
MOST_DECIMALS = 8


@dataclass(frozen=True)
class Heading:
    """A column as it is declared: `kind` is str, int, float or bool; `written` is how its numbers are formatted."""

    name: str
    says: str
    unit: str
    kind: type
    written: str = ONE_DECIMAL
    blank: str = ""
    """What an empty text says, in words, where no cell of a table may be left blank."""
    called: str = ""
    """What a header calls the column, where its name would not tell a reader."""

    @property
    def is_number(self) -> bool:
        return self.kind in (int, float)

    @property
    def label(self) -> str:
        """The column's name as a header has it, with the unit of its numbers: `Base (respondents)`."""
        words = self.called or self.name.replace("_", " ")
        return words[:1].upper() + words[1:] + (f" ({self.unit.partition(',')[0]})" if self.is_number else "")

    @property
    def empty(self) -> object:
        """What stands where there is nothing: the empty text, no, or missing (NaN)."""
        return {str: "", bool: False}.get(self.kind, np.nan)

    def as_(self, says: str, unit: str = "", written: str = "") -> Self:
        """Return the heading of a table in which the column says something of its own."""
        return replace(self, says=says, unit=unit or self.unit, written=written or self.written)

    def cells(self, column: Column, columns: Mapping[str, Column]) -> list[str]:
        """Return a column's cells as a person reads them, beside the table's other `columns`."""
        written = _fitting(column, columns.get("se")) if self.written == AS_NEEDED else self.written
        if self.kind is int:
            written = ".0f"  # a count with a gap is held as a float
        return [shown_cell(cell, written) for cell in column.tolist()]


def text(name: str, says: str, unit: str = "text") -> Heading:
    """Return the heading of a column of texts."""
    return Heading(name, says, unit, str)


def whole(name: str, says: str, unit: str = "count") -> Heading:
    """Return the heading of a column of whole numbers."""
    return Heading(name, says, unit, int)


def figure(name: str, says: str, unit: str, written: str = ONE_DECIMAL) -> Heading:
    """Return the heading of a column of figures."""
    return Heading(name, says, unit, float, written)


def flag(name: str, says: str) -> Heading:
    """Return the heading of a column of yes and no."""
    return Heading(name, says, "yes or no", bool)


def guessed(name: str, column: Column) -> Heading:
    """Return the heading of a column that no table declares."""
    kind = {"i": int, "u": int, "f": float, "b": bool}.get(column.dtype.kind, str)
    return Heading(name, "", "", kind)


def shown_cell(cell: object, written: str = ONE_DECIMAL) -> str:
    """Return a cell as a person reads it: figures as `written`, nothing where missing."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float():
            return "" if cell != cell else format(cell, f"z{written}")  # what rounds to 0 has no sign
        case _:
            return visible(str(cell))


def _fitting(column: Column, se: Column | None) -> str:
    """Return the format of figures in their own unit: two figures of the least se above 0, or three of the cells."""
    for cells, figures in ((se, 2), (column, 3)):
        if cells is not None and cells.dtype.kind == "f":
            sizes = np.abs(cells[np.isfinite(cells) & (cells != 0)])
            if len(sizes):
                return f",.{min(MOST_DECIMALS, max(0, figures - 1 - int(np.floor(np.log10(sizes.min())))))}f"
    return ONE_DECIMAL


IN_PERCENT, IN_POINTS, RESPONDENTS = "percent, 0-100", "percentage points", "respondents"
OWN_UNIT = "the question's own unit"

INDICATOR = text("indicator", "what was estimated", "id")
TITLE = text("title", "the indicator's title")
QUESTION = text("question", "the question, by the wave's name for it", "id")
ANSWER = text("answer", "the answer, by the wave's name for it", "id")
SURVEY = text("survey", "the series that the wave belongs to", "id")
WAVE = whole("wave", "the year in which fieldwork began", "year")
BY = replace(
    text("by", "the breakdown the row belongs to: an area kind, a question, several joined by a star, or `all`"),
    called="breakdown",
)
AREA = text("area", "the code of the area or the name of the answer; `all` is everyone in the universe", "code")
AREA_NAME = text("area_name", "the area's name, where a vintage or the file's value labels know it")
VALUE = figure("value", "the estimate", IN_PERCENT)
SE = replace(figure("se", "its standard error", IN_POINTS), called="standard error")
LOW = replace(figure("low", "the lower end of the interval", IN_PERCENT), called="lower end")
HIGH = replace(figure("high", "the upper end of the interval", IN_PERCENT), called="upper end")
MARGIN = figure("margin", "half the width of the interval, (high - low) / 2", IN_POINTS)
LEVEL = figure("level", "the confidence level", "percent")
INTERVAL = text("interval", "the method that the row's interval holds, which may be what another gave way to", "word")
DF = figure("df", "degrees of freedom of the interval; infinite with the normal quantile (null in JSON)", "count")
BASE = whole("base", "unweighted respondents in the denominator", RESPONDENTS)
WEIGHTED_BASE = figure("weighted_base", "the sum of the base's weights", "sum of weights")
STRATA = whole("strata", "strata that hold the base")
PSUS = whole("psus", "PSUs that hold the base")
DEFF = replace(
    figure("deff", "the variance over that of a simple random sample with replacement of the same base", "ratio"),
    called="design effect",
)
DEFT = figure("deft", "the square root of deff: how many times as wide the interval is", "ratio", TWO_DECIMALS)
EFFECTIVE_BASE = figure("effective_base", "base / deff", RESPONDENTS)
METHOD = text("method", "how the value and its variance were made", "words")
MARKER = text(
    "marker",
    "[c]: withheld for confidentiality; [u]: unreliable, as the note or an empty standard error says; "
    "[x]: not available, nobody answered; [b]: across a break",
    "symbol",
)
BETTER = text("better", "which way is better: higher or lower", "word")
VERDICT = replace(text("verdict", "what is published of it", "words"), blank="not assessed")
P_VALUE = figure("p_value", "the chance of so large a difference were there none", "share, 0-1", FOUR_DECIMALS)
SIGNIFICANT = flag("significant", "whether it is at least t times its standard error")
NOTE = text("note", "what a reader must know of the row beside its figures", "words")
ID = text("id", "the row's id, by which others speak of it", "id")
RESTS_ON = text("rests_on", "the ids of the rows that the verdict rests on", "ids")
YEAR = whole("year", "the year in which the fieldwork of the outturn starts", "year")

F_TEST = (
    figure("f", "the test's F", "ratio", FOUR_DECIMALS),
    figure("df", "its degrees of freedom", "count"),
    figure("df_error", "the degrees of freedom of its error", "count"),
    P_VALUE.as_("the chance of so large an F were there nothing to find"),
)
