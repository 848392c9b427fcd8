"""The outturn of each target, and the baseline where a wave holds it: found among estimates, or typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from psaindicators.figures.estimates import estimate_ids, of_whom
from psaindicators.files.csv_lines import LineProblems
from psaindicators.headings import Column
from psaindicators.judgements.places import codes_present, ground, named
from psaindicators.judgements.target_lines import PERCENT
from psaindicators.judgements.targets import Targets
from psaindicators.kernel.significance import PUBLISHED, PUBLISHED_MULTIPLIER
from psaindicators.tables import Table
from psaindicators.words import listed

FIGURES = ("value", "se", "low", "high", "level", "df")
TEXTS = ("method", "marker", "area_name", "survey", "id", "area")
CELLS = (*FIGURES, *TEXTS)
LEVEL = 95.0
TYPED_IN, EXACT = "outturn typed in", "outturn typed in, exact"
Row = dict[str, Any]
NOTHING: Row = dict.fromkeys(FIGURES, nan) | dict.fromkeys(TEXTS, "") | {"level": LEVEL, "df": np.inf}


@dataclass(frozen=True, eq=False)
class Found:
    """What each target is scored on: cells by column, of shape (rows,), and what to say of each.

    `outturn` and `baseline` have the columns of estimates; a row without has NaN and "". `due` says which targets' year
    has come, `exact` which outturns count as exact; `notes` what a reader must know of the row.
    """

    area: Column
    outturn: Mapping[str, Column]
    baseline: Mapping[str, Column]
    due: Column
    exact: Column
    notes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class _Wave:
    """One wave's estimates: the code of each area that a target names, and the rows of each indicator and code."""

    name: str
    codes: Mapping[str, str]
    names: Mapping[str, str]
    rows: Mapping[tuple[str, str], list[Row]]

    def of(self, target: Any) -> list[Row]:
        """Return the rows of a target's indicator and area."""
        return self.rows.get((target.indicator, self.codes.get(target.area, "")), [])


class Pool:
    """The estimates that targets are scored against, by survey and wave."""

    def __init__(self, tables: Sequence[Table], targets: Targets) -> None:
        wanted = list(dict.fromkeys(targets.columns["area"].tolist()))
        self.source = targets.source
        rows = [row for table in tables for row in _rows(table)]
        self.indicators = list(dict.fromkeys(row["indicator"] for row in rows))
        self.present = list(dict.fromkeys(row["area"] for row in rows))
        self.waves: dict[tuple[str, int], _Wave] = {}
        for key in dict.fromkeys((row["survey"], int(row["wave"])) for row in rows):
            self.waves[key] = _wave(key, [row for row in rows if (row["survey"], row["wave"]) == key], wanted)

    def outturns(self, target: Any) -> dict[int, list[Row]]:
        """Return the rows of a target's indicator and area by year, those of the survey that it names, if it does."""
        found: dict[int, list[Row]] = {}
        for (survey, year), wave in self.waves.items():
            if target.survey in ("", survey.lower()):
                found.setdefault(year, []).extend(wave.of(target))
        return {year: rows for year, rows in sorted(found.items()) if rows}

    def baseline(self, target: Any) -> list[Row]:
        """Return the rows that a target's baseline may be taken from."""
        waves = [wave for wave in self.waves.values() if wave.name == target.baseline_from]
        return [row for one in waves for row in one.of(target)]

    def knows(self, area: str) -> bool:
        return any(area in wave.codes for wave in self.waves.values())


def _rows(table: Table) -> list[Row]:
    columns = dict(table.columns)
    columns.setdefault("area_name", np.full(len(table), "", dtype=object))
    columns["id"] = estimate_ids(columns)
    names = ("indicator", "wave", "by", *CELLS)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*(columns[n].tolist() for n in names), strict=True)]


def _wave(key: tuple[str, int], rows: Sequence[Row], wanted: Sequence[str]) -> _Wave:
    names = {row["area"]: row["area_name"] for row in rows}
    by_key: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_key.setdefault((row["indicator"], row["area"]), []).append(row)
    return _Wave(f"{key[0].lower()} {key[1]}", codes_present(wanted, list(names), names), names, by_key)


def find(targets: Targets, tables: Sequence[Table]) -> tuple[Found, LineProblems]:
    """Return what each target is scored on, and the lines of those of which that cannot be said."""
    pool = Pool(tables, targets)
    problems: LineProblems = []
    typed = [row for row in targets if row.outturn == row.outturn]
    years = {(ground(row.area), row.indicator): row.year for row in sorted(typed, key=lambda row: row.year)}
    latest = max([year for _, year in pool.waves] + [row.year for row in typed], default=0)
    found = [_of(row, pool, problems, (latest, years.get((ground(row.area), row.indicator)))) for row in targets]
    outturns, baselines, due, exact, notes = zip(*found, strict=True) if found else ((), (), (), (), ())
    areas = [one["area"] or row.area for one, row in zip(outturns, targets, strict=True)]
    return (
        Found(
            np.array(areas, dtype=object),
            _columns(outturns),
            _columns(baselines),
            np.array(due, dtype=bool),
            np.array(exact, dtype=bool),
            tuple(notes),
        ),
        problems,
    )


def _of(
    target: Any, pool: Pool, problems: LineProblems, years: tuple[int, int | None]
) -> tuple[Row, Row, bool, bool, tuple[str, ...]]:
    """Return a target's outturn and baseline, whether it is due, whether the outturn is exact, and what to say.

    `years` are the last of any outturn, and the last of those typed in for this area's indicator.
    """
    latest, last_typed = years
    found = pool.outturns(target)
    last = max([*found, *([last_typed] if last_typed else [])], default=latest)
    due, hits = target.year <= last, _alike(found.get(target.year, []))
    start, said = _baseline(target, pool, problems)
    if target.outturn == target.outturn:
        if hits:
            problems.append((target.line, f"an outturn is typed in, and there is one of {_kinds(hits)}: keep one"))
        exact = target.outturn_se != target.outturn_se
        row = _typed_in(target) | _place(target, pool) | {"id": f"{pool.source} line {target.line}"}
        return row, start, True, exact, (*said, EXACT if exact else TYPED_IN)
    if len(hits) > 1:
        many = f"there are {len(hits)} outturns ({_kinds(hits)}): keep one, as with .where(by=...), or name its survey"
        problems.append((target.line, many))
    if target.surveyed and not found and not last_typed:
        problems.append((target.line, _absent(target, pool)))
    if not hits:
        where = "" if not due else f"no outturn of {target.year}"
        return NOTHING | _place(target, pool), start, due, False, (*said, where)
    whom, same = of_whom(hits[0]["method"]), start["id"] == hits[0]["id"]
    more = f"outturn {whom}" if whom else "", "the outturn is the baseline itself" if same else ""
    return hits[0], start, True, False, (*said, *more)


def _baseline(target: Any, pool: Pool, problems: LineProblems) -> tuple[Row, tuple[str, ...]]:
    if not target.baseline_from:
        return NOTHING, ()
    hits = _alike(pool.baseline(target))
    if len(hits) == 1:
        return hits[0], (f"baseline from {target.baseline_from}",)
    of = f"{target.indicator} in {target.area} of {target.baseline_from}"
    known = listed(wave.name for wave in pool.waves.values()) or "none"
    few = f"the baseline is that of {target.baseline_from}, but no estimate of {of} was given (waves: {known})"
    problems.append((target.line, f"there are {len(hits)} estimates of {of}: keep one" if hits else few))
    return NOTHING, ()


def _typed_in(target: Any) -> Row:
    exact = target.outturn_se != target.outturn_se
    se = 0.0 if exact else target.outturn_se
    low, high = (target.outturn + sign * PUBLISHED_MULTIPLIER * se for sign in (-1, 1))
    if target.unit == PERCENT:
        low, high = max(low, 0.0), min(high, 100.0)
    figures = {"value": target.outturn, "se": se, "low": low, "high": high, "level": LEVEL, "df": np.inf}
    return NOTHING | figures | {"method": PUBLISHED}


def _alike(hits: Sequence[Row]) -> list[Row]:
    """Return rows but for those that repeat one's figure: an authority that is an agreement's area is both."""
    figures = {tuple(str(row[name]) for name in ("survey", "value", "se", "method")): row for row in reversed(hits)}
    return list(figures.values()) if len(figures) == 1 else list(hits)


def _absent(target: Any, pool: Pool) -> str:
    if target.indicator not in pool.indicators:
        known = listed(pool.indicators) or "no indicator"
        return f"there is no outturn of {target.indicator}; the outturns are of {known}"
    if not pool.knows(target.area):
        return f"no outturn is of the area {named(target.area, pool.present)}"
    of = f" of {target.survey}" if target.survey else ""
    return f"{target.indicator} in {target.area} has no outturn{of} of any year"


def _place(target: Any, pool: Pool) -> Row:
    """Return the code and the name that a target's area has in the last wave that knows it, or what the file says."""
    for wave in reversed(pool.waves.values()):
        if target.area in wave.codes:
            code = wave.codes[target.area]
            return {"area": code, "area_name": wave.names[code]}
    return {"area": target.area, "area_name": ""}


def _kinds(hits: Sequence[Row]) -> str:
    return ", ".join(f"{row['survey']} by {row['by']}" for row in hits)


def _columns(rows: Sequence[Row]) -> dict[str, Column]:
    return {name: np.array([row[name] for row in rows], dtype=float if name in FIGURES else object) for name in CELLS}
