"""Targets of an agreement, read from a CSV: what was promised, from which baseline, for which year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import inf, isnan, nan, sqrt
from pathlib import Path
from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.shipped import all_shipped, find_indicator
from psaindicators.errors import DefinitionError
from psaindicators.figures.scale import PERCENT, in_percent, in_proportions
from psaindicators.files.csv_lines import Line, raise_problems, read_lines
from psaindicators.headings import Column, Heading
from psaindicators.judgements.places import ground
from psaindicators.judgements.verdicts import Floats, multipliers
from psaindicators.kernel.intervals import Spread, exact
from psaindicators.kernel.mover import Ends
from psaindicators.kernel.significance import PUBLISHED_MULTIPLIER
from psaindicators.tables import Table

NEEDED = ("area", "indicator", "baseline", "target", "year")
SPREADS = ("baseline_se", "baseline_margin", "baseline_base")
OPTIONAL = ("area_name", *SPREADS, "baseline_deft", "without", "sub_target_of")
LEAST_DEFT = 0.01
"""What is less, such as 0, is no design factor."""

LINE = h.whole("line", "the line of the targets file", "number")
BASELINE = h.figure("baseline", "where the agreement starts", h.IN_PERCENT)
BASELINE_SE = h.figure("baseline_se", "its standard error; missing: the baseline counts as exact", h.IN_POINTS)
BASELINE_RESPONDENTS = h.figure(
    "baseline_respondents", "its respondents over deft^2; missing where the file tells none", "respondents", h.AS_NEEDED
)
TARGET = h.figure("target", "what was aimed at", h.IN_PERCENT)
WITHOUT = h.figure("without", "performance expected without the agreement, where stated", h.IN_PERCENT)
SUB_TARGET_OF = h.text("sub_target_of", "the target that the row is a part of; empty for a target by itself")
STAGE = h.text("stage", "final for an area's last year of an indicator, interim before it", "word")


@dataclass(frozen=True, eq=False, repr=False)
class Targets(Table):
    """Targets, a row each, in percent (0-100).

    `source` is the file's name.
    """

    source: str = "targets"

    headings: ClassVar[tuple[Heading, ...]] = (
        *(LINE, h.AREA.as_("the area's code or name, as the file has it"), h.AREA_NAME, h.INDICATOR, h.BETTER, h.YEAR),
        *(BASELINE, BASELINE_SE, BASELINE_RESPONDENTS, TARGET, WITHOUT, SUB_TARGET_OF, STAGE),
    )

    shown: ClassVar[tuple[str, ...]] = (
        *("area", "area_name", "indicator", "year", "stage", "baseline", "baseline_se", "target", "without"),
    )


@dataclass(frozen=True)
class _Target:
    line: int
    area: str
    area_name: str
    indicator: str
    better: str
    year: int
    baseline: float
    baseline_se: float
    baseline_respondents: float
    target: float
    without: float
    sub_target_of: str

    @property
    def measured(self) -> tuple[str, str]:
        """What a row is about: an area, however it is named, and an indicator."""
        return ground(self.area), self.indicator

    @property
    def start(self) -> tuple[float, float]:
        return self.baseline, self.baseline_se


@typed
def read_targets(path: str | Path, *, indicators: Mapping[str, Indicator] | None = None) -> Targets:
    """Return the targets of a CSV file or a workbook, in percent.

    Columns needed: area (code or name), indicator, baseline, target, year (2010 or 2010-11: the year that the
    fieldwork starts). Optional: area_name; one of baseline_se, baseline_margin (1.96 standard errors) and
    baseline_base (respondents: se = deft sqrt(p (100 - p) / base), deft from baseline_deft, 1 if none); without (the
    performance expected without the agreement); sub_target_of (the name of the target that the row is a part of).
    Several years of one area and indicator are interim targets and, last, the final one. `indicators` is a set of
    your own, or indicators by id, in place of the shipped ones.

    Raises MissingFileError, and DefinitionError with the line of every fault: a value that is not a number, an unknown
    indicator, a target equal to the baseline or on the wrong side of it, a row that is here twice.
    """
    file = Path(path)
    lines, problems = read_lines(file, NEEDED, OPTIONAL)
    known = all_shipped() if indicators is None else indicators
    rows = [_target(line, known) for line in lines]
    _check_together(rows, lines)
    _check_percentages(rows, lines)
    raise_problems(file.name, problems)
    return Targets(_columns(rows), file.name)


def _target(line: Line, known: Mapping[str, Indicator]) -> _Target:
    area, indicator = line.text("area", needed=True), _indicator(line, known)
    baseline, year = line.number_in("baseline", 0, 100, needed=True), line.year("year")
    respondents = _respondents(line)
    row = _Target(
        line=line.number,
        area=area,
        area_name=line.text("area_name"),
        indicator=indicator.id if indicator else "",
        better=indicator.better if indicator else "",
        year=year,
        baseline=baseline,
        baseline_se=_baseline_se(line, baseline, respondents),
        baseline_respondents=respondents,
        target=line.number_in("target", 0, 100, needed=True),
        without=line.number_in("without", 0, 100),
        sub_target_of=line.text("sub_target_of"),
    )
    _check_side(line, row)
    return row


def _indicator(line: Line, known: Mapping[str, Indicator]) -> Indicator | None:
    wanted = line.text("indicator", needed=True)
    if not wanted:
        return None
    try:
        return find_indicator(wanted, known.values())
    except DefinitionError as problem:
        line.add(str(problem).replace("\n", "\n    "))
        return None


def _respondents(line: Line) -> float:
    """Return the baseline's base / deft^2, NaN where the line tells no base."""
    deft = line.number_in("baseline_deft", LEAST_DEFT, inf)
    if line.text("baseline_deft") and not line.text("baseline_base"):
        line.add("baseline_deft needs baseline_base")
    return line.number_in("baseline_base", 1, inf) / (1.0 if isnan(deft) else deft) ** 2


def _baseline_se(line: Line, baseline: float, respondents: float) -> float:
    """Return the baseline's standard error in percentage points, NaN where the line says nothing of it."""
    given = [name for name in SPREADS if line.text(name)]
    if len(given) > 1:
        line.add(f"{' and '.join(given)} say the same thing: give one")
    se, margin = (line.number_in(name, 0, 100) for name in SPREADS[:2])
    of_base = sqrt(baseline * (100 - baseline) / respondents)
    return next((one for one in (se, margin / PUBLISHED_MULTIPLIER, of_base) if not isnan(one)), nan)


def baseline_ends(targets: Mapping[str, Column], level: Floats) -> Ends:
    """Return the baselines with the ends of their intervals at some levels, in percent.

    b -+ z se within 0 to 100 (1.96 at 95%), the exact interval of the respondents at 0% and 100%, and no width where
    the baseline counts as exact.
    """
    b, se, n = (targets[name] for name in ("baseline", "baseline_se", "baseline_respondents"))
    endless = np.full(len(b), inf)
    half = multipliers(level, endless, endless > 0) * np.nan_to_num(se)
    low, high = np.maximum(b - half, 0), np.minimum(b + half, PERCENT)
    flat = (se == 0) & (n > 0)
    p, n, alpha = in_proportions(b[flat]), n[flat], 1 - level[flat] / 100
    low[flat], high[flat] = (in_percent(end) for end in exact(Spread(p, 0 * p, 0 * p, n, n, alpha)))
    return Ends(b, low, high)


def _check_side(line: Line, row: _Target) -> None:
    """Report a target, or a performance without the agreement, on the wrong side."""
    sign = 1 if row.better == "higher" else -1
    if row.target == row.baseline:
        line.add(f"the target is equal to the baseline, {row.target:g}")
    elif row.better and sign * (row.target - row.baseline) < 0:
        side = "under" if sign > 0 else "over"
        line.add(
            f"the target {row.target:g} is {side} the baseline {row.baseline:g}, "
            f"but for {row.indicator} {row.better} is better"
        )
    if row.better and sign * (row.target - row.without) <= 0:
        line.add(f"without the agreement {row.without:g} is expected, which already meets the target {row.target:g}")


def _check_together(rows: Sequence[_Target], lines: Sequence[Line]) -> None:
    """Report a row that is here twice, and a second baseline for one area and indicator."""
    years: dict[tuple[tuple[str, str], int], int] = {}
    baselines: dict[tuple[str, str], _Target] = {}
    for row, line in zip(rows, lines, strict=True):
        if not (row.area and row.indicator and row.year):
            continue
        same = years.setdefault((row.measured, row.year), row.line)
        first = baselines.setdefault(row.measured, row)
        if same != row.line:
            line.add(f"{row.indicator} in {row.area} has a target for {row.year} on line {same} already")
        elif str(row.start) != str(first.start):
            line.add(f"{row.indicator} in {row.area} has another baseline, or another se of it, on line {first.line}")


def _check_percentages(rows: Sequence[_Target], lines: Sequence[Line]) -> None:
    """Report baselines and targets that are all under 1: they are shares, as cells that a workbook shows in percent."""
    typed = [number for row in rows for number in (row.baseline, row.target) if not isnan(number)]
    if typed and max(typed) < 1 and max(typed) > 0:
        lines[0].add(
            f"baselines and targets are all under 1 (the greatest is {max(typed):g}), so they look like shares, as "
            "cells shown in percent hold them, and percentages run from 0 to 100: multiply them by 100"
        )


def _columns(rows: Sequence[_Target]) -> dict[str, Column]:
    last: dict[tuple[str, str], int] = {}
    for row in rows:
        last[row.measured] = max(row.year, last.get(row.measured, 0))
    final = np.array([row.year == last[row.measured] for row in rows])
    columns: dict[str, Column] = {
        one.name: np.array([getattr(row, one.name) for row in rows], dtype=object if one.type == "str" else None)
        for one in fields(_Target)
    }
    return columns | {"stage": np.where(final, "final", "interim").astype(object)}
