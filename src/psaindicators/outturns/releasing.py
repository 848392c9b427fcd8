"""What may leave: the one place between what was found and every file, page and printed line made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
from psaindicators.tables import SUPPRESSED, Table
from psaindicators.words import joined

Rows = NDArray[np.bool_]
AnyTable = TypeVar("AnyTable", bound=Table)
WITHHELD_RATING = "withheld for confidentiality"
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

    `withheld` counts the cells of each survey that are, `why` says so with the reasons, for whoever runs the job: a
    reader who knew which cell is withheld for itself would be nearer to what it holds.
    """

    estimates: tuple[Estimates, ...]
    judgements: Judgements
    policy: Policy | None
    withheld: Mapping[str, int] = field(default_factory=dict)
    why: tuple[str, ...] = ()

    @property
    def about(self) -> dict[str, Any]:
        """What the manifest says of it."""
        if self.policy is None:
            return {"policy": NONE}
        named = {"policy": self.policy.name, "version": self.policy.version, "source": self.policy.source}
        return {**named, "cells_withheld": dict(self.withheld)}


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
    told = _without(judgements, found.values())
    counts = {name: one.count for name, one in found.items()}
    return Release(tuple(one.estimates for one in found.values()), told, policy, counts, tuple(_why(found, policy)))


def _why(found: Mapping[str, Released], policy: Policy) -> Iterator[str]:
    """Yield what is withheld of each survey and why, and of which surveys nothing is."""
    whole = [name for name, one in found.items() if not one.count]
    yield from (f"{name}: {one.words}, by the policy {policy.words}" for name, one in found.items() if one.count)
    if whole:
        yield f"nothing is withheld of {joined(whole)}, by the policy {policy.words}"


def _without(judgements: Judgements, found: Iterable[Released]) -> Judgements:
    """Return the judgements less those that rest on an estimate that is withheld."""
    gone: set[str] = set()
    about: set[tuple[str, str, int]] = set()
    for one in found:
        columns, rows = one.estimates.columns, np.flatnonzero(one.reasons != "")
        gone |= set(estimate_ids(columns)[rows])
        about |= set(zip(*(columns[name][rows].tolist() for name in ("indicator", "area", "wave")), strict=True))
    if not gone:
        return judgements
    movements = {
        waves: _withheld(table, _resting_on(table, gone), "movements") for waves, table in judgements.movements.items()
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
        index=_withheld(index, _resting_on(index, gone), "index") if index is not None else None,
        parts=_withheld(parts, _among(parts, gone), "parts") if parts is not None else None,
        scores=_of_outturns(judgements.scores, about, "scores"),
        rewards=_rewarded(_of_outturns(judgements.rewards, about, "rewards")),
        assessment=_assessed(judgements.assessment, gone | moved),
    )


def _resting_on(table: Table, gone: set[str]) -> Rows:
    return np.array([not gone.isdisjoint(ids.split("; ")) for ids in table.columns["rests_on"].tolist()], dtype=bool)


def _among(table: Table, gone: set[str]) -> Rows:
    return np.array([one in gone for one in table.columns["id"].tolist()], dtype=bool)


def _of_outturns(table: AnyTable | None, about: set[tuple[str, str, int]], kind: str) -> AnyTable | None:
    """Return scores or rewards less those of an indicator, area and year that is withheld in some breakdown."""
    if table is None:
        return None
    keys = zip(*(table.columns[name].tolist() for name in ("indicator", "area", "year")), strict=True)
    return _withheld(table, np.array([key in about for key in keys], dtype=bool), kind)


def _rewarded(rewards: Rewards | None) -> Rewards | None:
    """Return rewards less what the partners have of them, where one is withheld."""
    if rewards is None or "reward" not in rewards.suppressed:
        return rewards
    return replace(rewards, shared=rewards.shared.suppress(np.ones(len(rewards.shared), dtype=bool), ["reward"]))


def _assessed(assessment: Assessment | None, gone: set[str]) -> Assessment | None:
    """Return an assessment less the verdicts on indicators of which some evidence is withheld."""
    if assessment is None:
        return None
    evidence = _among(assessment.rests_on, gone)
    indicators = set(assessment.rests_on.columns["indicator"][evidence].tolist())
    rows = np.array([one in indicators for one in assessment.columns["indicator"].tolist()], dtype=bool)
    told = replace(
        assessment,
        rests_on=_withheld(assessment.rests_on, evidence, "evidence"),
        set_aside=_withheld(assessment.set_aside, _among(assessment.set_aside, gone), "evidence"),
        rating=WITHHELD_RATING if rows.any() else assessment.rating,
    )
    return _withheld(told, rows, "assessment")


def _withheld(table: AnyTable, rows: Rows, kind: str) -> AnyTable:
    """Return a table with all that was found withheld in some rows, which are marked [c]."""
    if not rows.any():
        return table
    marker = table.columns.get("marker", np.full(len(table), "", dtype=object))
    marked = replace(table, columns={**table.columns, "marker": np.where(rows, SUPPRESSED, marker).astype(object)})
    return marked.suppress(rows, [name for name in table.columns if name not in KEPT[kind]])
