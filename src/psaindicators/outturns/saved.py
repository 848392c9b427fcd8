"""An outturn's folder read back: its estimates, wave by wave, with their definitions, and what was judged of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from psaindicators.arguments import typed
from psaindicators.definitions.indicators import IndicatorSet
from psaindicators.definitions.shipped import indicators
from psaindicators.errors import MissingFileError, OutputError
from psaindicators.figures.crossings import PART
from psaindicators.figures.estimates import Estimates
from psaindicators.figures.saved import read_estimates
from psaindicators.headings import Heading, guessed
from psaindicators.judgements.assessment import Assessment, rating
from psaindicators.judgements.evidence import Counted, SetAside
from psaindicators.judgements.index import Index, IndexParts
from psaindicators.judgements.movements import Movements
from psaindicators.judgements.regions import Regions
from psaindicators.judgements.reward import Rewards, SharedReward
from psaindicators.judgements.scores import Scores
from psaindicators.outturns.waves import Waves, wave_of_row
from psaindicators.publishing.folder import UNCHANGED, state_of
from psaindicators.publishing.manifest import MANIFEST, Manifest, read_manifest
from psaindicators.tables import Table, column_of
from psaindicators.words import listed, visible

ESTIMATES, DEFINITIONS, WAVES = "estimates.json", "indicators.json", "waves.json"
MOVEMENTS, UNMATCHED, REGIONS = "movements_", "unmatched_", "regions_"
KINDS: Mapping[str, type[Table]] = {
    "index": Index,
    "index_parts": IndexParts,
    "scores": Scores,
    "rewards": Rewards,
    "shared_reward": SharedReward,
    "assessment": Assessment,
    "set_aside": SetAside,
    "rests_on": Counted,
    "waves": Waves,
}
"""The tables of a folder, by the names of their files; those of movements have their waves' names."""
NAMES = ("title", "area_name", "published", "agrees")
"""Columns that the estimates of one wave may lack, as they may the parts of crossings, where another's have them."""


@dataclass(frozen=True, eq=False)
class SavedOutturn:
    """What an outturn's folder holds: `estimates` by survey and year ("place 2008"), `tables` by their files' names.

    `indicators` are those that it speaks of, as they were defined then; `disclosure` is what its manifest says of how
    it was published.
    """

    folder: Path
    estimates: Mapping[str, Estimates]
    tables: Mapping[str, Table]
    indicators: IndicatorSet
    disclosure: Mapping[str, Any]

    @property
    def movements(self) -> tuple[Movements, ...]:
        return tuple(one for one in self.tables.values() if isinstance(one, Movements))

    @property
    def assessment(self) -> Assessment | None:
        found = self.tables.get("assessment")
        return found if isinstance(found, Assessment) else None


@typed
def read_outturn(folder: str | Path) -> SavedOutturn:
    """Return what the folder of an outturn holds, for the next year to compare with, score and assess.

    Nothing but the folder is needed: it keeps the definitions of its figures and what is to be known of its waves.
    Rewards are read as their rows; the rule and the pot are the configuration's. Raises MissingFileError where there is
    no folder, and OutputError where it holds no outturn of this version, or a file that is not as it was written.
    """
    where = Path(folder)
    if not os.path.isdir(where):
        raise MissingFileError(f"there is no folder {visible(str(where))}")
    manifest = _unchanged(where)
    names = set(manifest.files)
    known = indicators(_json(where / DEFINITIONS))
    waves = {f"{row.survey} {row.wave}": row for row in _table(where / WAVES, Waves)}
    tables = {name: _table(where / f"{name}.json", kind) for name, kind in KINDS.items() if f"{name}.json" in names}
    tables |= {name: _movements(where, name, known, waves) for name in _stems(names, MOVEMENTS)}
    others = {REGIONS: Regions, UNMATCHED: Table}
    tables |= {name: _table(where / f"{name}.json", of) for one, of in others.items() for name in _stems(names, one)}
    if isinstance(assessed := tables.get("assessment"), Assessment):
        tables["assessment"] = _with_evidence(assessed, tables)
    return SavedOutturn(where, _estimates(where, known, waves), tables, known, manifest.about.get("disclosure") or {})


def _unchanged(where: Path) -> Manifest:
    """Return the manifest of a folder whose files are each as they were written."""
    try:
        manifest = read_manifest(where)
    except FileNotFoundError:
        raise OutputError(f"{where} holds no {MANIFEST}, so no outturn") from None
    files = manifest.files
    if absent := [name for name in (ESTIMATES, DEFINITIONS, WAVES) if name not in files]:
        raise OutputError(f"{where} lacks {listed(absent)}: make it again, with json among its formats")
    wrong = {name: state for name, digest in files.items() if (state := state_of(where, name, digest)) != UNCHANGED}
    if wrong:
        found = listed(f"{name} ({state})" for name, state in wrong.items())
        raise OutputError(f"{where} is not as it was written: {found}")
    return manifest


def _stems(names: set[str], start: str) -> list[str]:
    return sorted(name.removesuffix(".json") for name in names if name.startswith(start) and name.endswith(".json"))


def _table(path: Path, kind: type[Table]) -> Any:
    """Return a table as it was written; a column that its kind does not declare is what its cells show."""
    columns = _columns(path, {one.name: one for one in kind.headings})
    if kind is Rewards:
        return Table(columns)
    return Assessment(columns, rating(columns["verdict"].tolist())) if kind is Assessment else kind(columns)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise OutputError(f"{path} is no JSON, as an outturn writes it: make the outturn again") from None


def _columns(path: Path, declared: Mapping[str, Heading]) -> dict[str, Any]:
    rows = _json(path)
    if not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
        raise OutputError(f"{path} holds no list of rows, as an outturn writes it: make the outturn again")
    names = list(rows[0]) if rows else list(declared)
    return {name: _column(name, [row[name] for row in rows], declared) for name in names}


def _column(name: str, cells: list[Any], declared: Mapping[str, Heading]) -> Any:
    heading = declared.get(name) or guessed(name, np.array([cell for cell in cells if cell is not None]))
    return column_of(heading, cells)


def _movements(where: Path, name: str, known: IndicatorSet, waves: Mapping[str, Any]) -> Movements:
    columns = _columns(where / f"{name}.json", {one.name: one for one in Movements.headings})
    normal = np.isnan(columns["df"]) & np.isfinite(columns["se"])  # infinite, which JSON has not
    columns["df"] = np.where(normal, np.inf, columns["df"])
    unmatched = where / f"{UNMATCHED}{name.removeprefix(MOVEMENTS)}.json"
    span = [waves[one] for one in columns["id"][0].split("/")[1].split(" to ")] if len(columns["id"]) else []
    return Movements(
        columns,
        " to ".join(dict.fromkeys(row.continues or row.survey for row in span)),
        " and ".join(dict.fromkeys(row.survey for row in span if row.continues)),
        {one: known[one] for one in dict.fromkeys(columns["indicator"].tolist())},
        Table(_columns(unmatched, {})) if unmatched.exists() else Table({}),
    )


def _with_evidence(assessed: Assessment, tables: Mapping[str, Table]) -> Assessment:
    found = {name: tables[name] for name in ("set_aside", "rests_on") if name in tables}
    return replace(assessed, **found)  # type: ignore[arg-type]


def _estimates(where: Path, known: IndicatorSet, waves: Mapping[str, Any]) -> dict[str, Estimates]:
    everything = read_estimates(where / ESTIMATES, known)
    held = set(zip(everything.columns["survey"].tolist(), everything.columns["wave"].tolist(), strict=True))
    return {name: _of_wave(everything, row) for name, row in waves.items() if (row.survey, row.wave) in held}


def _of_wave(everything: Estimates, row: Any) -> Estimates:
    """Return the estimates of one wave as they were made, with what is known of it."""
    rows = everything.where(survey=row.survey, wave=row.wave)
    ids = dict.fromkeys(rows.columns["indicator"].tolist())
    columns = {name: cells for name, cells in rows.columns.items() if name != "id" and not _is_empty(name, cells)}
    kept = {one: everything.indicators[one] for one in ids}
    return Estimates(columns, kept, wave_of_row(row))


def _is_empty(name: str, cells: Any) -> bool:
    return (name in NAMES or name.startswith(PART)) and not any(cell and cell == cell for cell in cells.tolist())
