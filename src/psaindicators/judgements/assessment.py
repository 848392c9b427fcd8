"""Did the agreement progress? A verdict for each of its indicators, by the success rule it declares, and a rating."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan, nan
from typing import Any, ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.shipped import all_shipped
from psaindicators.errors import ComparisonError, DefinitionError
from psaindicators.figures.charting import NATIONAL
from psaindicators.geography.code_history import record
from psaindicators.headings import Heading
from psaindicators.judgements.adopting import adopted_as
from psaindicators.judgements.evidence import Counted, Evidence, SetAside, counted_rows, evidence_for, set_aside
from psaindicators.judgements.index import Index
from psaindicators.judgements.places import codes_present, ground, named
from psaindicators.judgements.pooling import UNKNOWN, Pooled, pooled
from psaindicators.judgements.sentences import of_assessment
from psaindicators.judgements.verdicts import (
    DECLINED,
    IMPROVED,
    NONE,
    NOT_ASSESSED,
    NOT_IMPROVED,
    NOT_YET,
    SOME,
    STRONG,
)
from psaindicators.tables import Table, columns_of
from psaindicators.words import counted

RATING_RULE = "rule of the CSR07 performance reports as recalled: it fits printed ratings, no document states it"


@dataclass(frozen=True, eq=False, repr=False)
class Assessment(Table):
    """An agreement's indicators assessed, a row each, and its `rating`.

    The counts are 0 where the rule asks for no authorities. `rating` is strong progress, some progress, no progress or
    not yet assessed. `set_aside` holds the movements that are not evidence, with the reason, and `rests_on` those that
    the verdicts rest on, each by its row's id: a movement of an indicator that is assessed is in the one or the other.
    """

    rating: str
    set_aside: SetAside = field(default_factory=lambda: set_aside(()))
    rests_on: Counted = field(default_factory=lambda: counted_rows(()))

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.INDICATOR, h.TITLE, h.text("success", "the rule it is assessed by", "word")),
        h.VERDICT.as_("improved, not improved or not yet assessed"),
        h.text("national", "the verdict on the national movement or index; empty where there is none", "words"),
        h.whole("adopting", "the authorities that adopted the indicator"),
        h.whole("improved", "those of them that improved"),
        h.whole("declined", "those of them that declined"),
        h.figure("by_chance", "how many would improve (as many decline) by chance alone", "areas", h.TWO_DECIMALS),
        h.figure("pooled_change", "the mean change of those measured, each counting the same", h.IN_POINTS),
        h.figure("pooled_low", "the lower end of its interval", h.IN_POINTS),
        h.figure("pooled_high", "the upper end of its interval", h.IN_POINTS),
        h.whole("unmeasured", "those of them without a movement that can be assessed"),
        h.text("unmeasured_areas", "their names or codes, as they were listed"),
        h.text("reason", "how the verdict came about", "words"),
        h.text("evidence", "the movements that it may rest on: level, survey, years", "words"),
    )
    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "verdict", "national", "adopting", "improved", "declined", "by_chance"),
        *("pooled_change", "pooled_low", "pooled_high", "unmeasured", "reason"),
    )
    told: ClassVar[tuple[str, ...]] = ("reason",)

    def sentences(self) -> list[str]:
        """Return a plain sentence for each indicator: its verdict and how it came about."""
        return [*of_assessment(self)]

    @property
    def footer(self) -> tuple[str, ...]:
        aside = [f"{counted(len(self.set_aside), 'movement')} set aside, not evidence"] if len(self.set_aside) else []
        return *super().footer, f"{self.rating} ({self.rating_reason})", *aside

    @property
    def rating_reason(self) -> str:
        verdicts = self.columns["verdict"].tolist()
        tally = ", ".join(f"{verdicts.count(word)} {word}" for word in (IMPROVED, NOT_IMPROVED, NOT_YET))
        return f"of {len(self)} indicators {tally}; {RATING_RULE}"


@dataclass(frozen=True)
class _Evidence:
    movements: tuple[Table, ...]
    adopting: Mapping[str, Sequence[str]]
    index: Index | None


@dataclass(frozen=True)
class _Local:
    """How the authorities that adopted an indicator fared."""

    adopting: int = 0
    improved: int = 0
    declined: int = 0
    unmeasured_areas: tuple[str, ...] = ()
    by_chance: float = nan
    pooled: Pooled = UNKNOWN

    @property
    def majority(self) -> bool | None:
        """Whether more than half of all improved; None where those without a movement could change the answer."""
        if 2 * self.improved > self.adopting:
            return True
        could = self.improved + len(self.unmeasured_areas)
        return None if 2 * could > self.adopting or not self.adopting else False


@dataclass(frozen=True)
class _Finding:
    holds: bool | None
    national: str
    reason: str
    local: _Local = _Local()


@typed
def assess(
    *movements: Table,
    adopting: Mapping[str, Sequence[str]] | None = None,
    index: Index | None = None,
    indicators: Mapping[str, Indicator] | None = None,
) -> Assessment:
    """Return the verdict on each indicator of an agreement, and the agreement's rating.

    `movements` are the results of `compare`: the national one (rows of everyone) and, for the local rule, those of
    the authorities. `adopting` lists, by indicator (or by its local id), the areas that adopted it, as `read_adopting`
    reads them. An indicator is assessed by the `success` that it declares:

    - local_majority: improved by at least its minimum movement in more than half of all authorities that adopted it,
      and not declined nationally. An authority without a movement stays in the denominator; where such authorities
      could change the answer, the verdict is "not yet assessed". Beside it stand how many would improve by chance alone
      and the mean change of those measured with its interval (see `pooled`), which decide nothing: a majority of
      significant rises is hardly ever reached at 1,100 respondents, even where every authority rose by 3 points.
    - national_improvement: the national movement is "improved".
    - index_required: the index reaches the points required.

    Evidence are the movements of the data sets and from the baselines that an indicator's `measured` names (see
    `evidence_for`), of areas those that adopted it; every other is in `set_aside`, with the reason.

    Source: PSA Delivery Agreement 21 (HM Treasury, October 2007), paragraphs 2.1 and 2.2 and Annex A; that "majority"
    is of all adopting authorities is our reading. `indicators` is a set of your own, of whose indicators those that
    declare `success` are assessed, in place of the shipped ones. For the rating see `rating`.

    Raises DefinitionError for an unknown indicator or area among those adopting, or where no indicator declares
    `success`, and ComparisonError for movements that contradict each other.
    """
    known = list((all_shipped() if indicators is None else indicators).values())
    assessed = [one for one in known if one.success]
    if not assessed:
        raise DefinitionError("none of the indicators declares success, the rule that it would be assessed by")
    if index is not None:
        _check_index(index, assessed)
    evidence = _Evidence(movements, _adopting(adopting or {}, known), index)
    _check_areas(evidence)
    resting = [_evidence_of(one, evidence) for one in assessed]
    findings = [
        _RULES[one.success or ""](one, replace(evidence, movements=its.kept))
        for one, its in zip(assessed, resting, strict=True)
    ]
    words = [its.words or _index_words(one, evidence) for one, its in zip(assessed, resting, strict=True)]
    rows = [(*_row(one, finding), of) for one, finding, of in zip(assessed, findings, words, strict=True)]
    columns = columns_of(Assessment.headings, rows)
    rests_on = counted_rows(
        row
        for one, its in zip(assessed, resting, strict=True)
        for row in (*its.rows(one.id), *_index_rows(one, evidence))
    )
    return Assessment(columns, rating(columns["verdict"].tolist()), set_aside(resting), rests_on)


def _evidence_of(indicator: Indicator, evidence: _Evidence) -> Evidence:
    """Return the movements that count for an indicator: of areas those of the ones that adopted it."""
    found = evidence_for(indicator, evidence.movements)
    if indicator.success != "local_majority":
        return found
    present = list(dict.fromkeys(str(row.area) for table in found.kept for row in table))
    return found.only(set(codes_present(evidence.adopting.get(indicator.id, ()), present).values()), indicator.id)


def _index_rows(indicator: Indicator, evidence: _Evidence) -> Iterator[tuple[object, ...]]:
    """Yield the cells of `Counted` for the figures that an index is made of."""
    if evidence.index is not None and evidence.index[0].indicator == indicator.id:
        ids = getattr(evidence.index[0], "rests_on", "")
        yield from ((indicator.id, "index", "all", "", one) for one in ids.split("; ") if one)


def _index_words(indicator: Indicator, evidence: _Evidence) -> str:
    given = evidence.index is not None and evidence.index[0].indicator == indicator.id
    return f"index of {' and '.join(indicator.index.parts)}" if given and indicator.index else ""


def rating(verdicts: Sequence[str]) -> str:
    """Return an agreement's rating from the verdicts on its indicators.

    Tested in this order: not yet assessed (half or more of the indicators are), no progress (none improved), strong
    progress (more than half of all improved), some progress. Source: the CSR07 performance reports; recalled, and
    consistent with the ratings found in print (12 of 17 strong; 8 of 17 and 3 of 7 some; 1 of 9 and 2 of 9 not yet
    assessed).
    """
    improved, unknown = (2 * sum(verdict == word for verdict in verdicts) for word in (IMPROVED, NOT_YET))
    if unknown >= len(verdicts):
        return NOT_YET
    if not improved:
        return NONE
    return STRONG if improved > len(verdicts) else SOME


def _adopting(given: Mapping[str, Sequence[str]], known: Sequence[Indicator]) -> dict[str, list[str]]:
    """Return the areas that adopted each indicator, by its own id, an area once however often it is named."""
    found: dict[str, dict[str, str]] = {}
    for wanted, areas in given.items():
        once = found.setdefault(adopted_as(wanted, known).id, {})
        for area in map(str, areas):
            once.setdefault(ground(area), area)
    return {adopted: list(once.values()) for adopted, once in found.items()}


def _check_areas(evidence: _Evidence) -> None:
    """Report the adopting areas that neither a movement nor the code history knows."""
    present = {str(area) for table in evidence.movements for area in table.columns["area"]}
    wanted = dict.fromkeys(area for areas in evidence.adopting.values() for area in areas)
    strange = [area for area in wanted if area not in present and not record().under(area)]
    if strange:
        lines = "".join(f"\n  - {named(area, present)}" for area in strange)
        raise DefinitionError(f"adopting: no area of England has these codes or names{lines}")


def _check_index(index: Index, assessed: Iterable[Indicator]) -> None:
    known = [one.id for one in assessed if one.success == "index_required"]
    given = index[0].indicator
    if given not in known:
        raise ComparisonError(f"no index is required of {given}, it is of {', '.join(known)}")


def _local_majority(indicator: Indicator, evidence: _Evidence) -> _Finding:
    verdict, national = _national(indicator, evidence)
    local = _local(indicator, evidence)
    not_declined = verdict != DECLINED if verdict else None
    return _Finding(_both(local.majority, not_declined), verdict, f"{_local_words(local)}; {national}", local)


def _national_improvement(indicator: Indicator, evidence: _Evidence) -> _Finding:
    verdict, words = _national(indicator, evidence)
    return _Finding(verdict == IMPROVED if verdict else None, verdict, words)


def _index_required(indicator: Indicator, evidence: _Evidence) -> _Finding:
    if evidence.index is None or evidence.index[0].indicator != indicator.id:
        return _Finding(None, "", "no index was given")
    row = evidence.index[0]
    words = f"index {row.value:.1f} ({row.low:.1f} to {row.high:.1f}), {row.required:g} required; {indicator.status}"
    unsure = "; its interval reaches the baseline" if row.verdict == IMPROVED and not row.significant else ""
    return _Finding(row.verdict == IMPROVED, row.verdict, words + unsure)


_RULES: Mapping[str, Callable[[Indicator, _Evidence], _Finding]] = {
    "local_majority": _local_majority,
    "national_improvement": _national_improvement,
    "index_required": _index_required,
}


def _both(one: bool | None, other: bool | None) -> bool | None:
    """Return whether both hold; None where that is not known."""
    if one is False or other is False:
        return False
    return True if one and other else None


def _national(indicator: Indicator, evidence: _Evidence) -> tuple[str, str]:
    """Return the verdict on the national movement, empty where there is none to be had, and how it came about."""
    rows = [row for row in _rows(evidence, {indicator.id}) if row.by in NATIONAL]
    if not rows:
        return "", f"no national movement of {indicator.id} was given"
    row = rows[0]
    if any(other.verdict != row.verdict for other in rows):
        raise ComparisonError(
            f"{indicator.id} has national movements that contradict each other: {_waves(rows)}; keep one"
        )
    if not row.verdict:
        return "", f"nationally {row.note or NOT_ASSESSED}"
    points = f"{row.change:+z.1f} points from {row.earlier} to {row.later}, minimum {row.minimum:.1f}"
    return row.verdict, f"nationally {row.verdict} ({points})"


def _local(indicator: Indicator, evidence: _Evidence) -> _Local:
    adopted = evidence.adopting.get(indicator.id, ())
    rows = [row for row in _rows(evidence, {indicator.id, indicator.local or ""}) if row.by not in NATIONAL]
    codes = codes_present(adopted, list(dict.fromkeys(row.area for row in rows)))
    theirs = [row for row in rows if row.area in codes.values()]
    verdict_of = {row.area: row.verdict for row in theirs}
    for row in theirs:
        if row.verdict != verdict_of[row.area]:
            same = [other for other in theirs if other.area == row.area]
            raise ComparisonError(f"{row.area} has movements that contradict each other: {_waves(same)}; keep one")
    verdicts = {area: verdict_of[codes[area]] if area in codes else "" for area in adopted}
    found = list(verdicts.values())
    unmeasured = tuple(area for area, verdict in verdicts.items() if not verdict)
    measured = list({row.area: row for row in theirs if row.verdict}.values())
    chances = [(1 - getattr(row, "level", nan) / 100) / 2 for row in measured]
    counts = len(adopted), found.count(IMPROVED), found.count(DECLINED)
    return _Local(*counts, unmeasured, sum(chances) if chances else nan, pooled(measured))


def _rows(evidence: _Evidence, ids: set[str]) -> Iterator[Any]:
    for table in evidence.movements:
        yield from table.take(np.flatnonzero([one in ids for one in table.columns["indicator"]]))


def _waves(rows: Iterable[Any]) -> str:
    return ", ".join(f"{row.verdict or NOT_ASSESSED} by {row.by} {row.earlier} to {row.later}" for row in rows)


def _local_words(local: _Local) -> str:
    if not local.adopting:
        return "no authority is listed as adopting it"
    words = f"improved in {local.improved} of {local.adopting} adopting authorities"
    missing, mean = len(local.unmeasured_areas), local.pooled
    words += f", {missing} without a movement" if missing else ""
    if isnan(mean.change):
        return words
    chance = f"{local.by_chance:.1f} would by chance alone"
    return f"{words}; {chance}; on average {mean.change:+z.1f} points ({mean.low:+z.1f} to {mean.high:+z.1f})"


def _row(indicator: Indicator, finding: _Finding) -> tuple[object, ...]:
    """Return the cells of one indicator, in the order of the headings."""
    verdict = {True: IMPROVED, False: NOT_IMPROVED, None: NOT_YET}[finding.holds]
    local = finding.local
    counts = local.adopting, local.improved, local.declined, local.by_chance
    mean = local.pooled.change, local.pooled.low, local.pooled.high
    missing = len(local.unmeasured_areas), ", ".join(local.unmeasured_areas)
    about = indicator.id, indicator.title, indicator.success, verdict, finding.national
    return (*about, *counts, *mean, *missing, finding.reason)
