"""Estimates as a policy of disclosure control lets them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.policies import DEFAULT, Policy, read_policy
from psaindicators.errors import DefinitionError, OptionError, OutputError
from psaindicators.figures.asked import Asked, WrittenRule, read_where
from psaindicators.figures.earlier import Earlier, said_before, to_multiple
from psaindicators.figures.estimates import FIGURES, Estimates, estimated, share_of
from psaindicators.figures.reliability import without_extremes
from psaindicators.figures.withholding import (
    FEW_CHANGED,
    FOLLOWS,
    SMALL_BASE,
    SMALL_COMPLEMENT,
    SMALL_NUMERATOR,
    WITHHELD_BEFORE,
    Before,
    Judged,
    Withheld,
    withheld,
)
from psaindicators.headings import Column
from psaindicators.survey.breakdowns import parts_of, questions_of
from psaindicators.survey.engine import EngineRows, engine_of
from psaindicators.survey.linked import LinkedCells, linked_cells, linking
from psaindicators.survey.quantities import Share
from psaindicators.survey.rows import AddedUp, NotAddedUpError, array_rows
from psaindicators.survey.survey import Survey
from psaindicators.tables import SUPPRESSED, UNRELIABLE, bears
from psaindicators.words import counted, joined, listed

TOLD = ("level", "method", "marker")
"""Of the figures' columns those that say nothing of the respondents."""
GIVING_AWAY = tuple(one.name for one in FIGURES if one.name not in TOLD)
"""The columns that are withheld of a cell, all of them together: each would give others away."""
BESIDE = ("published", "agrees", "note")
UNSURE = ("value", "se", "low", "high", "margin", "interval", "deff", "effective_base", "published", "agrees")
"""The columns that are withheld of an unreliable figure: base, df and note say why it is one."""
RESPONDENTS = ("base", "psus", "df", "effective_base")
"""The columns from which a base can be read, rounded with it."""


@dataclass(frozen=True, eq=False)
class Released:
    """Estimates as they may be published, and of each row why it is confidential ("" where it is not), (rows,).

    Which rows are withheld for themselves is not for publication: it narrows down what they hold. `unsure` are the rows
    that are withheld as unreliable and for nothing else.
    """

    estimates: Estimates
    reasons: Column
    unsure: NDArray[np.bool_]
    more: int = 0
    """How many of the cells would not be withheld, had nothing been released before."""

    @property
    def count(self) -> int:
        """How many cells, rows of the estimates, are withheld for confidentiality."""
        return int(np.count_nonzero(self.reasons != ""))

    @property
    def count_unsure(self) -> int:
        """How many cells are withheld as unreliable."""
        return int(np.count_nonzero(self.unsure))

    @property
    def words(self) -> str:
        """How many rows were withheld, and for which reasons."""
        why = Counter(one for one in self.reasons.tolist() if one)
        told = ", ".join(f"{count:,} {reason}" for reason, count in why.items())
        said = f"{self.count:,} of {counted(len(self.reasons), 'row')} withheld {SUPPRESSED}"
        unsure = f"; {self.count_unsure:,} withheld as unreliable {UNRELIABLE}" if self.count_unsure else ""
        return said + (f": {told}" if told else "") + unsure


@typed
def publishable(
    survey: Survey, estimates: Estimates, policy: str = DEFAULT, *, where: WrittenRule | None = None
) -> Estimates:
    """Return a survey's estimates as a disclosure policy lets them out: small cells withheld, and what gives one away.

    `policy` is a shipped one ("threshold_10": no base, numerator or complement under ten; "round_5") or the path of a
    TOML; "none" withholds nothing. The estimates are all that is published of the survey's wave: a table that is
    published beside them must be among them. `where` is the rule that they were estimated with. A withheld row is
    marked [c] and holds no figure; one that the policy withholds as unreliable is marked [u], and keeps its base.
    Source: each policy names its own; the method is Kelly, Golden and Assad's (1992).

    Raises DefinitionError for an unknown policy, OptionError for estimates that are of part of the survey, SurveyError
    for what is wrong with its rows, and OutputError where some cell cannot be protected.
    """
    read = read_policy(policy)
    if read is None:
        return estimates
    rule, by = read_where(survey.wave, where), tuple(dict.fromkeys(estimates.columns["by"].tolist()))
    shares = [share_of(one, survey.wave.year, rule) for one in estimates.indicators.values()]
    return released(estimates, linked_tables(survey, shares, by), read).estimates


def estimated_tables(
    of: Asked, indicators: Sequence[Indicator], *, earlier: Sequence[Earlier] = ()
) -> tuple[Estimates, LinkedCells]:
    """Return estimates with every cell that they or `earlier` releases show or give away, the rows added up once.

    Raises what `estimate` does, and DefinitionError for an earlier release by what the wave cannot be divided by.
    """
    before, asked = _breakdowns_of(earlier, of), parts_of(of.by)
    beside = tuple(one for one in linking(tuple(dict.fromkeys((*asked, *before)))) if one not in asked)
    estimates, added = estimated(replace(of, beside=beside), indicators)
    shares = [share_of(one, of.wave.year, of.where) for one in indicators]
    return estimates, linked_cells(added, shares, of.by, before=before)


def _breakdowns_of(earlier: Sequence[Earlier], of: Asked) -> tuple[str, ...]:
    """Return the breakdowns of earlier releases, which the wave must still have: else nobody knows what follows."""
    for one in earlier:
        try:
            questions_of(of.wave, one.by)
        except DefinitionError as problem:
            raise DefinitionError(
                f"{one.name} shows {of.wave.name} by what its wave no longer has, so it cannot be said what follows "
                f"from both outturns: {problem}"
            ) from None
    return tuple(dict.fromkeys(by for one in earlier for by in one.by))


def released(estimates: Estimates, linked: LinkedCells, policy: Policy, *, earlier: Sequence[Earlier] = ()) -> Released:
    """Return estimates as a policy lets them out: small cells withheld, and those that give one away.

    `linked` are all the cells of their tables, and of those of `earlier` releases, which a reader has beside them.
    Raises OptionError where the estimates are of other respondents, and OutputError where a cell would follow from
    what is shown, whatever else is withheld, or where an earlier release is of other areas.
    """
    at = _positions(estimates, linked)
    if (linked.base[at] != estimates.columns["base"]).any():
        raise OptionError(
            f"disclosure control is of whole tables: these estimates are not of all of {estimates.wave_name}"
        )
    before = said_before(earlier, estimates, linked, policy) or Before.nothing(linked)
    found = withheld(linked, policy, before)
    _refuse_shown(found, before, linked, estimates, earlier)
    _refuse_exposed(found, linked, estimates, policy)
    reasons = _reasons(Judged(linked, policy, before), found)[at]
    confidential = reasons != ""
    unsure = bears(estimates.columns["marker"], UNRELIABLE) & ~confidential & (policy.unreliable == "withheld")
    shown = _less_unsure(_shown(estimates, confidential, policy), unsure)
    return Released(shown, reasons, unsure, found.more)


def linked_tables(survey: Survey, shares: Sequence[Share], by: tuple[str, ...]) -> LinkedCells:
    """Return every cell of a survey's tables of some shares, added up where the rows live."""
    return linked_cells(_added_up(survey, shares, linking(by)), shares, by)


def _added_up(survey: Survey, shares: Sequence[Share], by: tuple[str, ...]) -> AddedUp:
    engine = engine_of(survey)
    if engine is not None and survey.replicates is None and survey.weighting is None:
        try:
            return EngineRows(survey, engine).totals(shares, by)
        except NotAddedUpError:
            pass
    questions = frozenset[str]().union(*(share.questions for share in shares))
    return array_rows(survey, questions, by).totals(shares, by)


def _refuse_shown(
    found: Withheld, before: Before, linked: LinkedCells, estimates: Estimates, earlier: Sequence[Earlier]
) -> None:
    """Raise OutputError that names the cells which are to be withheld and stand in an earlier release."""
    out = [
        f"{list(estimates.indicators)[i]} by {linked.by[c]} {linked.area[c]}"
        for i, c in zip(*np.nonzero(found.exposed & before.shown), strict=True)
    ]
    if out:
        where = joined([one.name for one in earlier])
        raise OutputError(
            f"{estimates.wave_name}: {counted(len(out), 'cell')} to be withheld can be read in {where}: {listed(out)}. "
            "What is out cannot be withheld: publish by the policy of that outturn, or without these breakdowns, or, "
            "if it was never published, leave it out of previous"
        )


def _refuse_exposed(found: Withheld, linked: LinkedCells, estimates: Estimates, policy: Policy) -> None:
    """Raise OutputError that names the cells which no further withholding keeps a reader away from."""
    names = list(estimates.indicators)
    exposed = [
        f"{names[i]} by {linked.by[c]} {linked.area[c]}" if linked.by[c] else f"{names[i]}, of what two tables leave"
        for i, c in zip(*np.nonzero(found.exposed), strict=True)
    ]
    if exposed:
        cells = counted(len(exposed), "cell")
        raise OutputError(
            f"{estimates.wave_name}: {cells} cannot be protected as the policy {policy.name} asks, so nothing may be "
            f"published: {listed(dict.fromkeys(exposed))}. Publish fewer breakdowns, or coarser ones, or name a policy "
            "with a smaller range"
        )


def _positions(estimates: Estimates, linked: LinkedCells) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which of the indicators and which of the cells each row is."""
    cells = {key: i for i, key in enumerate(zip(linked.by, map(str, linked.area), strict=True))}
    numbers = {name: i for i, name in enumerate(estimates.indicators)}
    columns = (estimates.columns[name].tolist() for name in ("indicator", "by", "area"))
    rows = [(numbers[indicator], cells[by, str(area)]) for indicator, by, area in zip(*columns, strict=True)]
    which, cell = np.array(rows, dtype=np.intp).reshape(-1, 2).T
    return which, cell


def _reasons(judged: Judged, found: Withheld) -> Column:
    """Return why each cell of each indicator is withheld, (I, C); "" where it is not."""
    reasons = np.where(found.cells, FOLLOWS, "").astype(object)
    reasons[found.cells & judged.before.withheld] = WITHHELD_BEFORE
    for small, why in (
        (judged.small_complement, SMALL_COMPLEMENT),
        (judged.small_numerator, SMALL_NUMERATOR),
        (judged.small_base, SMALL_BASE),
        (judged.before.few, FEW_CHANGED),
    ):
        reasons[small] = why
    return reasons


def _shown(estimates: Estimates, rows: NDArray[np.bool_], policy: Policy) -> Estimates:
    names = [name for name in (*GIVING_AWAY, *BESIDE) if name in estimates.columns]
    marker = np.where(rows, SUPPRESSED, estimates.columns["marker"]).astype(object)
    whole = replace(estimates, columns={**estimates.columns, **_rounded(estimates.columns, policy), "marker": marker})
    shown = whole.suppress(rows, names)
    if policy.weighted_bases == "shown":
        return shown
    return shown.suppress(estimates.columns["base"] > 0, ["weighted_base"])


def _less_unsure(estimates: Estimates, rows: NDArray[np.bool_]) -> Estimates:
    """Return estimates less the figures of some unreliable rows, and less what their notes say of 0% and 100%."""
    if not rows.any():
        return estimates
    columns = dict(estimates.columns)
    if "note" in columns:
        columns["note"] = np.where(rows, without_extremes(columns["note"]), columns["note"])
    told = replace(estimates, columns=columns)
    return told.suppress(rows, [name for name in UNSURE if name in told.columns], UNRELIABLE)


def _rounded(columns: Mapping[str, Column], policy: Policy) -> dict[str, Column]:
    """Return the columns from which a base can be read, rounded to the policy's multiple."""
    if policy.round_to == 1:
        return {}
    return {name: to_multiple(columns[name], policy.round_to).astype(columns[name].dtype) for name in RESPONDENTS}
