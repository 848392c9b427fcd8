"""Tables of an outturn as text that a person reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import in_words
from psaindicators.estimates import Estimates
from psaindicators.tables import shown_cell, text_lines

MARKERS = {
    "[u]": "unreliable: the base lies in as many PSUs as strata, so no standard error can be had",
    "[x]": "not available: nobody in the area answered",
}
FEW_AREAS = 10


def indicator_report(indicator: Indicator, estimates: Sequence[Estimates]) -> str:
    """Return one indicator's table over the surveys that measure it, with its definition and how sure it is."""
    parts = [_heading(indicator)]
    parts += [part for one in estimates for part in (_definition(indicator, one), _rows(one), _legend(one))]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary(title: str, estimates: Sequence[Estimates]) -> str:
    """Return the outturn at a glance: each survey's rows of the breakdowns that have few areas."""
    return "\n\n".join([underlined(title, "="), *(_at_a_glance(one) for one in estimates)])


def underlined(text: str, line: str = "-") -> str:
    """Return a heading with a line under it."""
    return f"{text}\n{line * len(text)}"


def _at_a_glance(one: Estimates) -> str:
    kinds, counts = np.unique(one.columns["by"].astype(str), return_counts=True)
    few = {kind for kind, count in zip(kinds, counts, strict=True) if count <= FEW_AREAS * len(one.indicators)}
    kept = one.take(np.flatnonzero([by in few for by in one.columns["by"]]))
    more = [f"{kind} ({count // len(one.indicators):,} areas)" for kind, count in zip(kinds, counts, strict=True)]
    left = [text for kind, text in zip(kinds, more, strict=True) if kind not in few]
    note = f"\nalso by {', '.join(left)}: in the tables" if left else ""
    return f"{underlined(_survey(one))}\n{_rows(kept, 'indicator')}{note}"


def _survey(one: Estimates) -> str:
    return f"{one.columns['survey'][0]} {one.columns['wave'][0]}"


def _heading(indicator: Indicator) -> str:
    lines = [underlined(f"{indicator.id}  {indicator.title}", "=")]
    lines.append(f"Percentages with 95% intervals unless the level column says otherwise; {indicator.better} is better.")
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
    names = [*first, "by", "area", "area_name", "value", "margin", "low", "high", "level", "base", "deff", "published"]
    present = [name for name in (*names, "marker") if name in one.columns]
    return "\n".join(text_lines({name: [shown_cell(c) for c in one.columns[name].tolist()] for name in present}))


def _legend(one: Estimates) -> str:
    marked = set(one.columns["marker"].tolist())
    return "\n".join(f"{marker} {meaning}" for marker, meaning in MARKERS.items() if marker in marked)
