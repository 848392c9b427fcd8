"""What may leave: the one place between what was found and every file, page and printed line made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.policies import NONE, Policy
from psaindicators.figures.disclosure import Released, released as released_estimates
from psaindicators.figures.estimates import Estimates, estimate_ids
from psaindicators.judgements.assessment import Assessment
from psaindicators.judgements.reward import Rewards
from psaindicators.outturns.judging import Judgements
from psaindicators.survey.linked import LinkedCells
from psaindicators.tables import SUPPRESSED, UNRELIABLE, Table
from psaindicators.words import joined

Rows = NDArray[np.bool_]
AnyTable = TypeVar("AnyTable", bound=Table)
WITHHELD_RATING = {SUPPRESSED: "withheld for confidentiality", UNRELIABLE: "withheld as unreliable"}
AREA = ("by", "area", "area_name", "indicator", "id", "rests_on", "marker", "method", "level")
KEPT = {
    "movements": (*AREA, "earlier", "later", "better", "adjustment"),
    "scores": (*AREA, *("year", "stage", "baseline", "baseline_se", "target", "without", "sub_target_of", "line")),
    "rewards": (*AREA, *("year", "without", "target", "sub_target_of", "available")),
    "index": (*AREA, *("baseline", "required", "minimum")),
    "parts": (*AREA, *("part", "survey", "wave")),
    "assessment": (*AREA, *("title", "success", "adopting", "evidence")),
    "evidence": (*AREA, *("moved", "survey", "earlier", "later", "reason")),
}
"""The columns that say what a row is about, and nothing of what was found: those of a withheld row that are shown."""


@dataclass(frozen=True, eq=False)
class Release:
    """What may be published, under which policy, and what it withholds.

    `withheld` counts the cells of each survey that are confidential, `unsure` those that are withheld as unreliable,
    and `why` says so with the reasons, for whoever runs the job: a reader who knew which cell is withheld for itself
    would be nearer to what it holds.
    """

    estimates: tuple[Estimates, ...]
    judgements: Judgements
    policy: Policy | None
    withheld: Mapping[str, int] = field(default_factory=dict)
    unsure: Mapping[str, int] = field(default_factory=dict)
    why: tuple[str, ...] = ()

    @property
    def about(self) -> dict[str, Any]:
        """What the manifest says of it."""
        if self.policy is None:
            return {"policy": NONE}
        named = {"policy": self.policy.name, "version": self.policy.version, "source": self.policy.source}
        told = {"cells_withheld": dict(self.withheld), "unreliable": self.policy.unreliable}
        return {**named, **told, "unreliable_withheld": dict(self.unsure)}


def released(
    policy: Policy | None, tables: Mapping[str, tuple[Estimates, LinkedCells]], judgements: Judgements
) -> Release:
    """Return the tables as they may be published; nothing that a reader sees is made of any others.

    `tables` are the estimates of each survey with every cell that they show or give away. A row that the policy
    withholds is withheld from every format at once, and with it every judgement that rests on it.
    """
    if policy is None:
        return Release(tuple(one for one, _ in tables.values()), judgements, None)
    found = {name: released_estimates(*one, policy) for name, one in tables.items()}
    told = _without(judgements, {name: one.reasons != "" for name, one in found.items()}, found, SUPPRESSED)
    told = _without(told, {name: one.unsure for name, one in found.items()}, found, UNRELIABLE)
    counts = {name: one.count for name, one in found.items()}
    unsure = {name: one.count_unsure for name, one in found.items()}
    estimates = tuple(one.estimates for one in found.values())
    return Release(estimates, told, policy, counts, unsure, tuple(_why(found, policy)))


def _why(found: Mapping[str, Released], policy: Policy) -> Iterator[str]:
    """Yield what is withheld of each survey and why, and of which surveys nothing is."""
    whole = [name for name, one in found.items() if not one.count + one.count_unsure]
    yield from (
        f"{name}: {one.words}, by the policy {policy.words}" for name, one in found.items() if name not in whole
    )
    if whole:
        yield f"nothing is withheld of {joined(whole)}, by the policy {policy.words}"


def _without(
    judgements: Judgements, held: Mapping[str, Rows], found: Mapping[str, Released], marker: str
) -> Judgements:
    """Return the judgements less those that rest on an estimate that is `held` back, which are marked so."""
    gone: set[str] = set()
    about: set[tuple[str, str, int]] = set()
    for name, one in found.items():
        columns, rows = one.estimates.columns, np.flatnonzero(held[name])
        gone |= set(estimate_ids(columns)[rows])
        about |= set(zip(*(columns[name][rows].tolist() for name in ("indicator", "area", "wave")), strict=True))
    if not gone:
        return judgements
    movements = {
        waves: _withheld(table, _resting_on(table, gone), "movements", marker)
        for waves, table in judgements.movements.items()
    }
    moved = {
        one
        for waves, table in judgements.movements.items()
        for one in table.columns["id"][_resting_on(table, gone)].tolist()
    }
    index, parts = judgements.index, judgements.parts
    return replace(
        judgements,
        movements=movements,
        index=_withheld(index, _resting_on(index, gone), "index", marker) if index is not None else None,
        parts=_withheld(parts, _among(parts, gone), "parts", marker) if parts is not None else None,
        scores=_of_outturns(judgements.scores, about, "scores", marker),
        rewards=_rewarded(_of_outturns(judgements.rewards, about, "rewards", marker), marker),
        assessment=_assessed(judgements.assessment, gone | moved, marker),
    )


def _resting_on(table: Table, gone: set[str]) -> Rows:
    return np.array([not gone.isdisjoint(ids.split("; ")) for ids in table.columns["rests_on"].tolist()], dtype=bool)


def _among(table: Table, gone: set[str]) -> Rows:
    return np.array([one in gone for one in table.columns["id"].tolist()], dtype=bool)


def _of_outturns(table: AnyTable | None, about: set[tuple[str, str, int]], kind: str, marker: str) -> AnyTable | None:
    """Return scores or rewards less those of an indicator, area and year that is withheld in some breakdown."""
    if table is None:
        return None
    keys = zip(*(table.columns[name].tolist() for name in ("indicator", "area", "year")), strict=True)
    return _withheld(table, np.array([key in about for key in keys], dtype=bool), kind, marker)


def _rewarded(rewards: Rewards | None, marker: str) -> Rewards | None:
    """Return rewards less what the partners have of them, where one is withheld."""
    if rewards is None or "reward" not in rewards.suppressed:
        return rewards
    return replace(
        rewards, shared=rewards.shared.suppress(np.ones(len(rewards.shared), dtype=bool), ["reward"], marker)
    )


def _assessed(assessment: Assessment | None, gone: set[str], marker: str) -> Assessment | None:
    """Return an assessment less the verdicts on indicators of which some evidence is withheld."""
    if assessment is None:
        return None
    evidence = _among(assessment.rests_on, gone)
    indicators = set(assessment.rests_on.columns["indicator"][evidence].tolist())
    rows = np.array([one in indicators for one in assessment.columns["indicator"].tolist()], dtype=bool)
    told = replace(
        assessment,
        rests_on=_withheld(assessment.rests_on, evidence, "evidence", marker),
        set_aside=_withheld(assessment.set_aside, _among(assessment.set_aside, gone), "evidence", marker),
        rating=WITHHELD_RATING[marker] if rows.any() and not assessment.suppressed else assessment.rating,
    )
    return _withheld(told, rows, "assessment", marker)


def _withheld(table: AnyTable, rows: Rows, kind: str, marker: str) -> AnyTable:
    """Return a table with all that was found withheld in some rows, which are marked so; confidential rows stay so."""
    before = table.columns.get("marker", np.full(len(table), "", dtype=object))
    rows = rows & (before != SUPPRESSED)
    if not rows.any():
        return table
    marked = replace(table, columns={**table.columns, "marker": np.where(rows, marker, before).astype(object)})
    return marked.suppress(rows, [name for name in table.columns if name not in KEPT[kind]], marker)
