"""The charts of an outturn's pages, by the names of their files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from psaindicators.charts.chart import Chart
from psaindicators.charts.intervals import MOST_NAMES
from psaindicators.figures.charting import NATIONAL, of_everyone, series_chart
from psaindicators.figures.estimates import Estimates
from psaindicators.judgements.movements import Movements
from psaindicators.tables import Table

Charts = dict[str, Chart]
Kind = TypeVar("Kind", bound=Table)


def of_estimates(one: Estimates, name: str) -> Charts:
    """Return one indicator's estimates by its finest breakdown, beside everyone's, and as a funnel where many areas."""
    kept = _finest(one)
    rows = len(kept) - sum(by in NATIONAL for by in kept.columns["by"])
    if rows < 1 or not _has_any(kept, "value"):
        return {}
    charts: Charts = {file_name(name): kept.plot()}
    if rows > MOST_NAMES and rows < len(kept):
        charts[file_name(f"{name} funnel")] = kept.funnel()
    return charts


def of_series(waves: Sequence[Estimates], name: str) -> Charts:
    """Return one indicator's figures of everyone over the waves of a survey, where it has several."""
    ends = [one for one in map(of_everyone, waves) if len(one)]
    return {file_name(f"{name} series"): series_chart(ends, ends[-1].indicators)} if len(ends) > 1 else {}


def of_movements(movements: Movements, name: str) -> Charts:
    """Return one indicator's changes by its finest breakdown, where there is any."""
    kept = _finest(movements)
    return {file_name(name): kept.plot()} if _has_any(kept, "change") else {}


def of_changes_of_everyone(movements: Movements, name: str) -> Charts:
    """Return the changes of everyone's figures, an indicator each, where there is any."""
    whole = sorted({by for by in movements.columns["by"].tolist() if by in NATIONAL})[:1]
    kept = movements.take(np.flatnonzero([by in whole for by in movements.columns["by"]]))
    return {file_name(name): kept.plot()} if _has_any(kept, "change") else {}


def _has_any(table: Table, figure: str) -> bool:
    """Whether there is a figure to draw: an empty frame shows nothing that the table does not."""
    return bool(np.isfinite(table.columns[figure]).any())


def file_name(name: str) -> str:
    """Return a chart's name as a file's: letters, digits, dots and underscores."""
    return f"charts/{re.sub(r'[^A-Za-z0-9.]+', '_', name).strip('_')}"


def _finest(table: Kind) -> Kind:
    """Return the rows of everyone and of the breakdown that has the most."""
    counts = Counter(by for by in table.columns["by"].tolist() if by not in NATIONAL)
    finest = max(counts, key=lambda by: counts[by]) if counts else ""
    whole = {by for by in table.columns["by"].tolist() if by in NATIONAL}
    kept = {finest, *sorted(whole)[:1]}
    return table.take(np.flatnonzero([by in kept for by in table.columns["by"]]))
