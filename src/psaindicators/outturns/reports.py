"""Tables of an outturn as text that a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import in_words
from psaindicators.figures.estimates import Estimates
from psaindicators.judgements.movements import Movements
from psaindicators.outturns.judging import Judgements
from psaindicators.tables import SHOWN_ROWS, Table
from psaindicators.words import underlined, visible_lines

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
    return visible_lines("\n\n".join(part for part in parts if part)) + "\n"


def summary(title: str, estimates: Sequence[Estimates], judgements: Judgements) -> str:
    """Return the outturn at a glance: each survey's figures for everyone, then what was judged."""
    parts = [underlined(title, "="), *(_at_a_glance(one) for one in estimates), *_judged(judgements)]
    return visible_lines("\n\n".join(parts))


def _judged(judgements: Judgements) -> Iterator[str]:
    for waves, movements in judgements.movements.items():
        yield f"{underlined(f'Movements, {waves} (percentage points)')}\n{_moved(movements)}"
    if judgements.index is not None:
        yield f"{underlined('Index (points)')}\n{_body(judgements.index)}"
    if judgements.scores is not None:
        yield f"{underlined('Targets and scores')}\n{_body(judgements.scores)}"
    if judgements.rewards is not None:
        yield f"{underlined('Reward')}\n{_body(judgements.rewards)}"
    if judgements.assessment is not None:
        yield f"{underlined('Assessment')}\n{_body(judgements.assessment)}"


def _body(table: Table) -> str:
    """Return a table as it is printed, at most so many rows, with what is said under it."""
    return table.to_text(most=SHOWN_ROWS)


def _moved(movements: Movements) -> str:
    """Return the movements of everyone, and how many areas of each other breakdown moved which way."""
    areas = Counter(movements.columns["by"].tolist())
    indicators = len(set(movements.columns["indicator"].tolist()))
    whole = {by for by, count in areas.items() if count <= indicators}
    rows = movements.take(np.flatnonzero([by in whole for by in movements.columns["by"]]))
    lines = [_body(rows)] if len(rows) else []
    rest = movements.take(np.flatnonzero([by not in whole for by in movements.columns["by"]]))
    return "\n".join([*lines, *(["", f"areas by verdict\n{rest.counts().to_text()}"] if len(rest) else [])])


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
    return "\n".join([*lines, *_measured(indicator)])


def _measured(indicator: Indicator) -> list[str]:
    """Return how the agreement has the indicator measured, a line each cell that it prints."""
    if indicator.measured is None:
        return []
    lines = ["", underlined("As the agreement has it measured")]
    for source in indicator.measured.sources:
        lines += [source.level, *(f"  {name}: {cell}" for name, cell in source.cells())]
    return [*lines, *(f"{name}: {cell}" for name, cell in indicator.measured.cells())]


def _definition(indicator: Indicator, one: Estimates) -> str:
    definition = indicator.definition(int(one.columns["wave"][0]))
    return (
        f"{underlined(_survey(one))}\nbase:      {in_words(definition.denominator)}\n"
        f"numerator: {in_words(definition.numerator)}"
    )


def _rows(one: Estimates, *first: str) -> str:
    present = [name for name in (*first, *SHOWN) if name in one.columns]
    return one.to_text(present)


def _legend(one: Estimates) -> str:
    marked = set(one.columns["marker"].tolist())
    return "\n".join(f"{marker} {meaning}" for marker, meaning in MARKERS.items() if marker in marked)
