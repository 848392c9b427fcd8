"""Pages of an outturn: one at a glance, and one for each indicator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import in_words
from psaindicators.figures.estimates import Estimates
from psaindicators.judgements.movements import Movements
from psaindicators.outturns.judging import Judgements
from psaindicators.publishing.document import Page, Section, View
from psaindicators.tables import SHOWN_ROWS, Table
from psaindicators.words import underlined

SHOWN = (
    *("by", "area", "area_name", "value", "margin", "low", "high", "level", "base", "deff"),
    *("published", "agrees", "marker"),
)
MARKERS = {
    "[c]": "withheld for confidentiality",
    "[u]": "unreliable: the base lies in as many PSUs as strata, so no standard error can be had",
    "[x]": "not available: nobody in the area answered",
}
Blocks = tuple[str | View, ...]


def indicator_page(indicator: Indicator, estimates: Sequence[Estimates]) -> Page:
    """Return one indicator's page: its definition, how sure it is, and its table of each survey that measures it."""
    sections = tuple(Section(_survey(one), _measured_by(indicator, one)) for one in estimates)
    return Page(f"tables/{indicator.id}", f"{indicator.id}  {indicator.title}", _lead(indicator), sections)


def at_a_glance(title: str, estimates: Sequence[Estimates], judgements: Judgements) -> Page:
    """Return the outturn at a glance: each survey's figures for everyone, then what was judged."""
    figures = (Section(_survey(one), _everyone(one)) for one in estimates)
    return Page("outturn", title, (), (*figures, *_judged(judgements)))


def _judged(judgements: Judgements) -> Iterator[Section]:
    for waves, movements in judgements.movements.items():
        yield Section(f"Movements, {waves} (percentage points)", _moved(movements))
    judged = {
        "Index (points)": judgements.index,
        "Targets and scores": judgements.scores,
        "Reward": judgements.rewards,
        "Assessment": judgements.assessment,
    }
    for heading, table in judged.items():
        if table is not None:
            yield Section(heading, (_shown(table),))


def _shown(table: Table) -> View:
    return View(table, most=SHOWN_ROWS)


def _moved(movements: Movements) -> Blocks:
    """Return the movements of everyone, and how many areas of each other breakdown moved which way."""
    areas = Counter(movements.columns["by"].tolist())
    indicators = len(set(movements.columns["indicator"].tolist()))
    whole = {by for by, count in areas.items() if count <= indicators}
    rows = movements.take(np.flatnonzero([by in whole for by in movements.columns["by"]]))
    rest = movements.take(np.flatnonzero([by not in whole for by in movements.columns["by"]]))
    counts: Blocks = ("", "areas by verdict", View(rest.counts())) if len(rest) else ()
    return *((_shown(rows),) if len(rows) else ()), *counts


def _everyone(one: Estimates) -> Blocks:
    first = one.where(indicator=next(iter(one.indicators)))
    areas = Counter(first.columns["by"].tolist())
    whole = {by for by, count in areas.items() if count == 1} or set(areas)
    kept = one.take(np.flatnonzero([by in whole for by in one.columns["by"]]))
    more = [f"{by} ({count:,})" for by, count in areas.items() if by not in whole]
    also = [f"also by {', '.join(more)}: in the tables"] if more else []
    return _rows(kept, "indicator"), *also, *_agreement(one)


def _agreement(one: Estimates) -> list[str]:
    """Say how many published figures ours agree with, at the printed decimals."""
    agrees = Counter(one.columns["agrees"].tolist()) if "agrees" in one.columns else Counter()
    compared = agrees["yes"] + agrees["no"]
    return [f"{agrees['yes']:,} of {compared:,} published figures agree to the printed decimal"] if compared else []


def _survey(one: Estimates) -> str:
    return f"{one.columns['survey'][0]} {one.columns['wave'][0]}"


def _lead(indicator: Indicator) -> tuple[str, ...]:
    return (
        f"Percentages with intervals at the level shown; {indicator.better} is better.",
        f"Reference: {indicator.reference}",
        f"Definition: {indicator.status}." + (f" {indicator.note}" if indicator.note else ""),
        *_as_measured(indicator),
    )


def _as_measured(indicator: Indicator) -> list[str]:
    """Return how the agreement has the indicator measured, a line each cell that it prints."""
    if indicator.measured is None:
        return []
    lines = ["", underlined("As the agreement has it measured")]
    for source in indicator.measured.sources:
        lines += [source.level, *(f"  {name}: {cell}" for name, cell in source.cells())]
    return [*lines, *(f"{name}: {cell}" for name, cell in indicator.measured.cells())]


def _measured_by(indicator: Indicator, one: Estimates) -> Blocks:
    definition = indicator.definition(int(one.columns["wave"][0]))
    legend = _legend(one)
    return (
        f"base:      {in_words(definition.denominator)}",
        f"numerator: {in_words(definition.numerator)}",
        *("", _rows(one)),
        *(("", *legend) if legend else ()),
    )


def _rows(one: Estimates, *first: str) -> View:
    return View(one, tuple(name for name in (*first, *SHOWN) if name in one.columns))


def _legend(one: Estimates) -> list[str]:
    marked = set(one.columns["marker"].tolist())
    return [f"{marker} {meaning}" for marker, meaning in MARKERS.items() if marker in marked]
