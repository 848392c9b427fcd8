"""What may leave: the one place between what was found and every file, page and printed line made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.policies import NONE, Policy
from psaindicators.errors import OutputError
from psaindicators.figures.disclosure import Released, released as released_estimates
from psaindicators.figures.earlier import Earlier
from psaindicators.figures.estimates import Estimates, estimate_ids
from psaindicators.judgements.assessment import Assessment
from psaindicators.judgements.reward import Rewards
from psaindicators.judgements.scores import Scores
from psaindicators.outturns.earlier_folders import about_folders
from psaindicators.outturns.inputs import Inputs
from psaindicators.outturns.judging import Judgements
from psaindicators.survey.linked import LinkedCells
from psaindicators.tables import SUPPRESSED, UNRELIABLE, Table
from psaindicators.words import counted, id_parts, joined

Rows = NDArray[np.bool_]
AnyTable = TypeVar("AnyTable", bound=Table)
Target = tuple[str, str, int]
"""The indicator, area and year of a target."""
WITHHELD_RATING = {SUPPRESSED: "withheld for confidentiality", UNRELIABLE: "withheld as unreliable"}
AREA = ("by", "area", "area_name", "indicator", "id", "rests_on", "marker", "method", "level")
KEPT = {
    "movements": (*AREA, "earlier", "later", "better", "adjustment"),
    "scores": (*AREA, *("year", "stage", "baseline", "baseline_se", "target", "without", "sub_target_of", "line")),
    "rewards": (*AREA, *("year", "target", "sub_target_of", "available")),
    "index": (*AREA, *("baseline", "required", "minimum")),
    "parts": (*AREA, *("part", "survey", "wave")),
    "assessment": (*AREA, *("title", "success", "adopting", "evidence")),
    "evidence": (*AREA, *("moved", "survey", "earlier", "later", "reason")),
}
"""The columns that say what a row is about, and nothing of what was found: those of a withheld row that are shown."""


@dataclass(frozen=True, eq=False)
class Release:
    """What may be published, under which policy, and what it withholds.

    `withheld` counts the cells of each survey that are confidential, `more` those of them that would not be withheld
    but for earlier outturns, whose folders `previous` names with the digests of their manifests, and `unsure` those
    that are withheld as unreliable. `why` says so with the reasons, for whoever runs the job: a reader who knew which
    cell is withheld for itself would be nearer to what it holds.
    """

    estimates: tuple[Estimates, ...]
    judgements: Judgements
    policy: Policy | None
    withheld: Mapping[str, int] = field(default_factory=dict)
    previous: tuple[Mapping[str, str], ...] = ()
    more: Mapping[str, int] = field(default_factory=dict)
    unsure: Mapping[str, int] = field(default_factory=dict)
    why: tuple[str, ...] = ()

    @property
    def about(self) -> dict[str, Any]:
        """What the manifest says of it."""
        earlier = {"previous": list(self.previous)} if self.previous else {}
        if self.policy is None:
            return {"policy": NONE, **earlier}
        more = {"cells_more_for_previous": dict(self.more)} if self.previous else {}
        unsure = {"unreliable": self.policy.unreliable, "unreliable_withheld": dict(self.unsure)}
        return {**_named(self.policy), "cells_withheld": dict(self.withheld), **unsure, **earlier, **more}


def _named(policy: Policy) -> dict[str, Any]:
    """Return what the manifest says of a policy, for readers and for the outturns that come after."""
    least = {"base": policy.base, "numerator": policy.least_numerator, "complement": policy.least_complement}
    named = {"policy": policy.name, "version": policy.version, "source": policy.source}
    return {**named, "least": least, "range": policy.range, "round_to": policy.round_to}


def released(inputs: Inputs, tables: Mapping[str, tuple[Estimates, LinkedCells]], judgements: Judgements) -> Release:
    """Return the tables as they may be published; nothing that a reader sees is made of any others.

    `tables` are the estimates of each survey with every cell that they, or earlier outturns, show or give away. A row
    that the policy withholds is withheld from every format at once, and with it every judgement that rests on it, or on
    one that an earlier outturn withheld. Raises OutputError for a cell that cannot be withheld any more, and where
    nothing is to be withheld of a wave of which an earlier outturn did withhold.
    """
    policy, earlier = inputs.policy, inputs.earlier
    about = tuple(about_folders(inputs.folders, inputs.sha256))
    if policy is None:
        _refuse_opening(earlier)
        estimates = tuple(one for one, _ in tables.values())
        return Release(estimates, without_confidential(judgements, inputs.previous.values()), None, previous=about)
    found = {name: released_estimates(*one, policy, earlier=earlier[name]) for name, one in tables.items()}
    shown = tuple(one.estimates for one in found.values())
    told = without_confidential(judgements, (*inputs.previous.values(), *shown))
    told = _without(told, [(one.estimates, one.unsure) for one in found.values()], UNRELIABLE)
    counts = {name: one.count for name, one in found.items()}
    unsure = {name: one.count_unsure for name, one in found.items()}
    more = {name: found[name].more for name, releases in earlier.items() if releases}
    return Release(shown, told, policy, counts, about, more, unsure, (*_why(found, policy), *_cost(more)))


def _refuse_opening(earlier: Mapping[str, tuple[Earlier, ...]]) -> None:
    """Raise OutputError where an earlier outturn withheld cells of a wave of which this one would withhold none."""
    for name, releases in earlier.items():
        for one in releases:
            if held := sum(not row.shows for row in one.rows):
                raise OutputError(
                    f"{name}: {one.name} withholds {counted(held, 'cell')} of it, which this outturn would show by "
                    "disclosure 'none': name a policy, or leave that folder out of previous"
                )


def _cost(more: Mapping[str, int]) -> Iterator[str]:
    yield from (
        f"{name}: {counted(number, 'row')} of these would not be withheld but for earlier outturns"
        for name, number in more.items()
        if number
    )


def _why(found: Mapping[str, Released], policy: Policy) -> Iterator[str]:
    """Yield what is withheld of each survey and why, and of which surveys nothing is."""
    whole = [name for name, one in found.items() if not one.count + one.count_unsure]
    yield from (
        f"{name}: {one.words}, by the policy {policy.words}" for name, one in found.items() if name not in whole
    )
    if whole:
        yield f"nothing is withheld of {joined(whole)}, by the policy {policy.words}"


def without_confidential(judgements: Judgements, estimates: Iterable[Estimates]) -> Judgements:
    """Return the judgements less those that rest on an estimate that is withheld for confidentiality."""
    return _without(judgements, [(one, one.columns["marker"] == SUPPRESSED) for one in estimates], SUPPRESSED)


def _without(judgements: Judgements, held: Iterable[tuple[Estimates, Rows]], marker: str) -> Judgements:
    """Return the judgements less those that rest on an estimate that is held back, which are marked so."""
    gone: set[str] = set()
    about: set[Target] = set()
    for one, withheld in held:
        columns, rows = one.columns, np.flatnonzero(withheld)
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
    scores, about = _scored(judgements.scores, gone, about, marker)
    return replace(
        judgements,
        movements=movements,
        index=_withheld(index, _resting_on(index, gone), "index", marker) if index is not None else None,
        parts=_withheld(parts, _among(parts, gone), "parts", marker) if parts is not None else None,
        scores=scores,
        rewards=_rewarded(judgements.rewards, about, marker),
        assessment=_assessed(judgements.assessment, gone | moved, marker),
    )


def _resting_on(table: Table, gone: set[str]) -> Rows:
    return np.array([not gone.isdisjoint(ids.split("; ")) for ids in table.columns["rests_on"].tolist()], dtype=bool)


def _among(table: Table, gone: set[str]) -> Rows:
    return np.array([one in gone for one in table.columns["id"].tolist()], dtype=bool)


def _scored(
    scores: Scores | None, gone: set[str], about: set[Target], marker: str
) -> tuple[Scores | None, set[Target]]:
    """Return scores less those of a target `about` which nothing may be told, and all such targets.

    They are those of an indicator, area and year that is withheld in some breakdown, and those whose baseline is an
    estimate that is withheld: that is withheld with them.
    """
    if scores is None:
        return None, about
    rests = zip(scores.columns["rests_on"].tolist(), scores.columns["year"].tolist(), strict=True)
    held = [any(_of_earlier(one, year) for one in gone & {*ids.split("; ")}) for ids, year in rests]
    baselines = np.array(held, dtype=bool)
    about = about | {key for key, hidden in zip(_targets(scores), held, strict=True) if hidden}
    told = _withheld(scores, np.array([key in about for key in _targets(scores)], dtype=bool), "scores", marker)
    return told.suppress(baselines, ["baseline", "baseline_se", "without"], marker), about


def _of_earlier(made: str, year: int) -> bool:
    """Return whether an estimate, by its id, is of another wave than a year's."""
    return id_parts(made)[1].rsplit(" ", 1)[-1] != str(year)


def _targets(table: Table) -> Iterator[Target]:
    yield from zip(*(table.columns[name].tolist() for name in ("indicator", "area", "year")), strict=True)


def _rewarded(rewards: Rewards | None, about: set[Target], marker: str) -> Rewards | None:
    """Return rewards less those of some targets, and less what the partners have of them, where one is withheld."""
    if rewards is None:
        return None
    rows = np.array([key in about for key in _targets(rewards)], dtype=bool)
    rewards = _withheld(rewards, rows, "rewards", marker)
    if not rows.any():
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
