"""Pages of an outturn: one at a glance, and one for each indicator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import in_words
from psaindicators.figures.charting import NATIONAL, in_whole, names_of
from psaindicators.figures.estimates import Estimates
from psaindicators.judgements.movements import Movements
from psaindicators.judgements.verdicts import DECLINED, IMPROVED
from psaindicators.outturns.judging import Judgements
from psaindicators.outturns.pictures import (
    Charts,
    file_name,
    of_changes_of_everyone,
    of_estimates,
    of_movements,
    of_series,
)
from psaindicators.publishing.document import Page, Section, View
from psaindicators.publishing.markers import MARKERS
from psaindicators.tables import SHOWN_ROWS, Table

SHOWN = (
    *("by", "area", "area_name", "value", "margin", "low", "high", "level", "base", "deff"),
    *("published", "agrees", "marker", "note"),
)
BY_VERDICT = "areas by verdict"
MOVED = tuple(name for name in Movements.shown if name != "indicator")
Blocks = tuple[str | View, ...]


def indicator_page(
    indicator: Indicator, estimates: Sequence[Estimates], movements: Mapping[str, Movements] | None = None
) -> Page:
    """Return one indicator's page: its definition, how sure it is, its table of each survey, and its movements."""
    charts = _drawn(indicator, estimates)
    sections = [Section(one.wave_name, _measured_by(indicator, one), charts=charts[one.wave_name]) for one in estimates]
    sections += [_change(indicator, waves, one) for waves, one in (movements or {}).items()]
    return Page(
        f"tables/{indicator.id}",
        f"{indicator.id}  {indicator.title}",
        _lead(indicator),
        tuple(sections),
        _measured(indicator),
    )


def _drawn(indicator: Indicator, estimates: Sequence[Estimates]) -> dict[str, Charts]:
    """Return the charts by wave: the last of each survey has its areas', and the series of all its waves."""
    found: dict[str, Charts] = {one.wave_name: {} for one in estimates}
    by_survey: dict[str, list[Estimates]] = {}
    for one in estimates:
        by_survey.setdefault(str(one.columns["survey"][0]), []).append(one)
    for survey, waves in by_survey.items():
        last = max(waves, key=lambda one: int(one.columns["wave"][0]))
        areas = of_estimates(last, f"{indicator.id} {last.wave_name}")
        found[last.wave_name] = {**of_series(waves, f"{indicator.id} {survey}"), **areas}
    return found


def _change(indicator: Indicator, waves: str, movements: Movements) -> Section:
    charts = of_movements(movements, f"{indicator.id} {waves}")
    blocks: Blocks = (View(movements, MOVED), *_who_moved(movements))
    return Section(f"Movements, {waves} (percentage points)", blocks, charts=charts)


def _who_moved(movements: Movements) -> Iterator[str]:
    """Yield the areas that moved, by name: a line for each breakdown and way."""
    columns, names = movements.columns, names_of(movements)
    for by in dict.fromkeys(columns["by"].tolist()):
        for verdict in (IMPROVED, DECLINED):
            rows = np.flatnonzero((columns["by"] == by) & (columns["verdict"] == verdict))
            if by not in NATIONAL and len(rows):
                yield f"{verdict} by {by} ({len(rows):,}): {'; '.join(sorted(names[i] for i in rows))}"


def at_a_glance(title: str, estimates: Sequence[Estimates], judgements: Judgements) -> Page:
    """Return the outturn at a glance: each survey's figures for everyone, then what was judged."""
    figures = map(_glance, estimates)
    return Page("outturn", title, (), (*figures, *_judged(judgements)))


def _judged(judgements: Judgements) -> Iterator[Section]:
    for waves, movements in judgements.movements.items():
        everyone = in_whole(movements)
        whole, rest = (movements.take(np.flatnonzero(rows)) for rows in (everyone, ~everyone))
        heading = f"Movements, {waves} (percentage points)"
        charts = of_changes_of_everyone(movements, f"movements {waves}")
        yield Section(heading, _moved(whole, rest), tuple(whole.sentences()), charts)
    pictured = {"index": judgements.index, "scores": judgements.scores}
    for one in judgements.tables():
        if one.at_a_glance:
            drawn = pictured.get(one.name)
            charts = {file_name(one.name): drawn.plot()} if drawn is not None and len(drawn) else {}
            yield Section(one.heading, (_shown(one.table),), tuple(one.table.sentences()), charts)


def _shown(table: Table) -> View:
    return View(table, most=SHOWN_ROWS)


def _moved(whole: Movements, rest: Movements) -> Blocks:
    """Return the movements of everyone, and how many areas of each other breakdown moved which way."""
    counts: Blocks = ("", BY_VERDICT, View(rest.counts(), called=BY_VERDICT)) if len(rest) else ()
    return *((_shown(whole),) if len(whole) else ()), *counts


def _glance(one: Estimates) -> Section:
    areas = Counter(one.where(indicator=next(iter(one.indicators))).columns["by"].tolist())
    everyone = in_whole(one)
    kept = one.take(np.flatnonzero(everyone)) if everyone.any() else one
    more = [f"{by} ({count:,})" for by, count in areas.items() if by not in kept.columns["by"]]
    also = [f"also by {', '.join(more)}: in the tables"] if more else []
    return Section(one.wave_name, (_rows(kept, "indicator"), *also, *_agreement(one)), tuple(kept.sentences()))


def _agreement(one: Estimates) -> list[str]:
    """Say how many published figures ours agree with, at the printed decimals."""
    agrees = Counter(one.columns["agrees"].tolist()) if "agrees" in one.columns else Counter()
    compared = agrees["yes"] + agrees["no"]
    return [f"{agrees['yes']:,} of {compared:,} published figures agree to the printed decimal"] if compared else []


def _lead(indicator: Indicator) -> tuple[str, ...]:
    return (
        f"Percentages with intervals at the level shown; {indicator.better} is better.",
        f"Reference: {indicator.reference}",
        f"Definition: {indicator.status}." + (f" {indicator.note}" if indicator.note else ""),
    )


def _measured(indicator: Indicator) -> tuple[Section, ...]:
    """Return how the agreement has the indicator measured, a line each cell that it prints."""
    if indicator.measured is None:
        return ()
    lines: list[str] = []
    for source in indicator.measured.sources:
        lines += [source.level, *(f"  {name}: {cell}" for name, cell in source.cells())]
    lines += [f"{name}: {cell}" for name, cell in indicator.measured.cells()]
    return (Section("As the agreement has it measured", tuple(lines)),)


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
