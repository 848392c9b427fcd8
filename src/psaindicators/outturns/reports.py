"""Tables of an outturn as text that a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import in_words
from psaindicators.estimates import Estimates
from psaindicators.tables import shown_cell, text_lines

SHOWN = (
    *("by", "area", "area_name", "value", "margin", "low", "high", "level", "base", "deff"),
    *("published", "agrees", "marker"),
)
MARKERS = {
    "[u]": "unreliable: the base lies in as many PSUs as strata, so no standard error can be had",
    "[x]": "not available: nobody in the area answered",
}


def indicator_report(indicator: Indicator, estimates: Sequence[Estimates]) -> str:
    """Return one indicator's table over the surveys that measure it, with its definition and how sure it is."""
    parts = [_heading(indicator)]
    parts += [part for one in estimates for part in (_definition(indicator, one), _rows(one), _legend(one))]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(title: str, estimates: Sequence[Estimates]) -> str:
    """Return the outturn at a glance: each survey's figures for everyone, and what else its tables hold."""
    return "\n\n".join([underlined(title, "="), *(_at_a_glance(one) for one in estimates)])


def underlined(text: str, line: str = "-") -> str:
    """Return a heading with a line under it."""
    return f"{text}\n{line * len(text)}"


def _at_a_glance(one: Estimates) -> str:
    first = one.where(indicator=next(iter(one.indicators)))
    areas = Counter(first.columns["by"].tolist())
    whole = {by for by, count in areas.items() if count == 1} or set(areas)
    kept = one.take(np.flatnonzero([by in whole for by in one.columns["by"]]))
    more = [f"{by} ({count:,})" for by, count in areas.items() if by not in whole]
    lines = [underlined(_survey(one)), _rows(kept, "indicator")]
    lines += [f"also by {', '.join(more)}: in the tables"] if more else []
    return "\n".join([*lines, *_agreement(one)])


def _agreement(one: Estimates) -> list[str]:
    """Say how many published figures ours agree with, at the printed decimals."""
    agrees = Counter(one.columns["agrees"].tolist()) if "agrees" in one.columns else Counter()
    compared = agrees["yes"] + agrees["no"]
    return [f"{agrees['yes']:,} of {compared:,} published figures agree to the printed decimal"] if compared else []


def _survey(one: Estimates) -> str:
    return f"{one.columns['survey'][0]} {one.columns['wave'][0]}"


def _heading(indicator: Indicator) -> str:
    lines = [underlined(f"{indicator.id}  {indicator.title}", "=")]
    lines.append(f"Percentages with intervals at the level shown; {indicator.better} is better.")
    lines.append(f"Reference: {indicator.reference}")
    lines.append(f"Definition: {indicator.status}." + (f" {indicator.note}" if indicator.note else ""))
    return "\n".join(lines)


def _definition(indicator: Indicator, one: Estimates) -> str:
    definition = indicator.definition(int(one.columns["wave"][0]))
    return (
        f"{underlined(_survey(one))}\nbase:      {in_words(definition.denominator)}\n"
        f"numerator: {in_words(definition.numerator)}"
    )


def _rows(one: Estimates, *first: str) -> str:
    present = [name for name in (*first, *SHOWN) if name in one.columns]
    return "\n".join(text_lines({name: [shown_cell(c) for c in one.columns[name].tolist()] for name in present}))


def _legend(one: Estimates) -> str:
    marked = set(one.columns["marker"].tolist())
    return "\n".join(f"{marker} {meaning}" for marker, meaning in MARKERS.items() if marker in marked)
