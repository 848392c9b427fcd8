"""Plain sentences that may be quoted: how figures, areas and intervals are worded, and one for each estimate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

from psaindicators.definitions.indicators import Indicator
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.tables import SUPPRESSED, UNRELIABLE, WITHHELD, Table
from psaindicators.words import visible

SAID_DECIMALS, EXACT = 1, 1e-9
SURE = "confirmed"
WHY_WITHHELD = {"": "", SUPPRESSED: "for confidentiality", UNRELIABLE: "as unreliable"}


def sentences_of(estimates: Table, indicators: Mapping[str, Indicator]) -> Iterator[str]:
    """Yield a sentence for each estimate: its value, where and when, its interval, and what makes it less sure."""
    for row, held in zip(estimates, withheld(estimates, "value"), strict=True):
        yield f"{subject(row.indicator, indicators)} {_found(row, held)}{unconfirmed(row.indicator, indicators)}."


def subject(indicator: str, indicators: Mapping[str, Indicator]) -> str:
    """Return an indicator's title in quotation marks with its id, or the id alone where no title is known."""
    known = indicators.get(indicator)
    return f'"{visible(known.title)}" ({indicator})' if known else indicator


def unconfirmed(indicator: str, indicators: Mapping[str, Indicator]) -> str:
    """Return what is to be said of a definition that no document confirms."""
    known = indicators.get(indicator)
    return f"; its definition is {known.status}" if known and known.status != SURE else ""


def withheld(table: Table, *names: str) -> list[str]:
    """Return of each row how it is said that any of the columns named is withheld in it; "" where none is."""
    held = [table.suppressed[name].tolist() for name in names if name in table.suppressed]
    return [WHY_WITHHELD[WITHHELD[max(cells)]] for cells in zip(*held, strict=True)] or [""] * len(table)


def place(row: Any) -> str:
    """Return whom a row is about: `overall`, `in Leeds`, `for sex female`."""
    if row.by == EVERYONE:
        return "overall"
    name = getattr(row, "area_name", "")
    if name and "*" in row.by:
        return visible(f"for {name}")
    return visible(f"in {name}" if name else f"for {row.by} {row.area}")


def about(value: float, unit: str = "%") -> str:
    """Return a figure to one decimal, with `about` before it where that rounds it."""
    least = 10.0**-SAID_DECIMALS
    if 0 < value < least / 2:
        return f"under {least}{unit}"
    if unit == "%" and 100 - least / 2 <= value < 100:
        return f"over {100 - least}{unit}"
    rounded = abs(value - round(value, SAID_DECIMALS)) > EXACT
    return f"{'about ' if rounded else ''}{plain(value)}{unit}"


def plain(value: float) -> str:
    """Return a figure to one decimal, 0 without a sign."""
    text = f"{value:,.{SAID_DECIMALS}f}"
    return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text


def interval(row: Any, unit: str = "%", of: str = "") -> str:
    """Return an interval with its level, as in `95% confidence interval 83.3% to 84.9%`; empty where there is none."""
    if isnan(row.low) or isnan(row.high):
        return ""
    return f"{row.level:g}% confidence interval {of}{plain(row.low)}{unit} to {plain(row.high)}{unit}"


def _found(row: Any, held: str) -> str:
    where = f"{place(row)} in {row.wave}"
    if held:
        return f"is withheld {where}, {held}"
    if isnan(row.value):
        return f"is not available {where}" + (": nobody there answered" if row.base == 0 else "")
    ends = interval(row)
    shaky = "[u]" in row.marker.split()
    sure = f" ({ends})" if ends else ", without a confidence interval"
    return f"was {about(row.value)} {where}{sure}{', and is unreliable' if shaky else ''}"
