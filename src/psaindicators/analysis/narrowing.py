"""Did a gap between two groups narrow? The change of a difference between two waves, with interval and verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.errors import ComparisonError, DefinitionError, did_you_mean
from psaindicators.figures.asked import DF, LEVEL, Indicators
from psaindicators.figures.estimates import Estimates, estimate
from psaindicators.headings import Column, Heading
from psaindicators.judgements.gaps import Gap, Side, gap
from psaindicators.judgements.pairing import paired
from psaindicators.judgements.shared_psus import difference
from psaindicators.judgements.verdicts import NO_CHANGE, at_least, multipliers, reaches
from psaindicators.kernel.freedom import satterthwaite
from psaindicators.kernel.mover import Ends, least_significant, mover
from psaindicators.kernel.significance import PUBLISHED, p_value
from psaindicators.survey.survey import Survey
from psaindicators.tables import Table
from psaindicators.words import joined

NARROWED, WIDENED = "narrowed", "widened"
COVARIED, APART = "gaps with the groups' covariance, of independent waves", "gaps and waves taken as independent"
INSTEAD = (
    "give the surveys to compare_gaps_of_surveys; where a survey cannot be kept, keep its psa.difference of the "
    "groups, which holds the covariance: the change of two such gaps has se = sqrt(se_1^2 + se_2^2)"
)
"""What can be done for groups of whom saved estimates do not tell enough."""
SWAPPED = "the group behind is another now"


@dataclass(frozen=True, eq=False, repr=False)
class GapChanges(Table):
    """Changes of the gap between two groups, a row for each indicator, in percentage points."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.INDICATOR, h.BY, h.AREA.as_("the group"), h.text("other", "the group that it is set against", "code")),
        *(h.whole(one, f"the {one} wave's year", "year") for one in ("earlier", "later")),
        *(h.figure(f"{one}_gap", f"group less other in the {one} wave", h.IN_POINTS) for one in ("earlier", "later")),
        h.figure("change", "later gap less earlier gap", h.IN_POINTS),
        *(h.SE, h.LOW.as_("the lower end of its interval", h.IN_POINTS)),
        *(h.HIGH.as_("the upper end of its interval", h.IN_POINTS), h.LEVEL, h.DF, h.P_VALUE),
        h.figure("minimum", "the smallest change that is significant", h.IN_POINTS),
        *(h.SIGNIFICANT, h.VERDICT.as_("narrowed, widened or no reportable change; empty where it is not known")),
        *(h.MARKER, h.METHOD, h.NOTE),
    )
    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "by", "area", "other", "earlier", "later", "earlier_gap", "later_gap"),
        *("change", "low", "high", "minimum", "verdict", "marker", "note"),
    )


@typed
def compare_gaps(
    earlier: Estimates, later: Estimates, group: str, other: str, *, by: str, across_break: bool = False
) -> GapChanges:
    """Return how the gap between two groups changed between two saved or printed waves, for each indicator.

    The gap is group less other in percentage points, its change the later gap less the earlier one. With four
    independent figures se = sqrt(sum of se^2), df is Satterthwaite's of the four, and the interval and p-value are
    Student's t (1.96 where all are published figures). A change is "narrowed" where it is significant and the gap is
    smaller than it was, whichever way round, "widened" where it is larger, else "no reportable change": it is never
    judged by a printed minimum, which is for one figure. Where a figure shows no sampling error (0%, 100%) the ends are
    made of those of the figures (see `mover`), and there is no p-value.

    Two groups of one wave are independent where each respondent is a PSU of its own: they share nobody, and what the
    strata leave of their covariance is small. Groups that share PSUs have a covariance that no saved estimate tells (it
    has a row for each group, and covariances are of pairs): give the surveys to `compare_gaps_of_surveys`, or keep each
    wave's `psa.difference` of the groups, of which the change has se = sqrt(se_1^2 + se_2^2).

    Raises ComparisonError where groups share PSUs and for waves that cannot be compared (see `compare`), and
    DefinitionError for a group that a wave does not have.
    """
    tables = [_of_groups(table, by, (group, other)) for table in (earlier, later)]
    problems = [line for table in tables for line in _sharing(table)]
    if problems:
        raise ComparisonError("\n".join([*problems, INSTEAD]))
    pairing = paired(*tables, across_break=across_break)
    sides = [_gaps(one, (group, other)) for one in (pairing.earlier, pairing.later)]
    redefined = pairing.redefined[pairing.earlier.columns["area"] == group] & (not across_break)
    broken = pairing.breaks[pairing.earlier.columns["area"] == group]
    return _judged(sides[0], sides[1], (group, other, by), broken=broken, redefined=redefined)


@typed
def compare_gaps_of_surveys(
    earlier: Survey,
    later: Survey,
    group: str,
    other: str,
    *,
    by: str,
    indicators: Indicators | None = None,
    level: float = LEVEL,
    df: str = DF,
    lonely_psu: str | None = None,
    across_break: bool = False,
) -> GapChanges:
    """Return how the gap between two groups changed between two surveys, as `compare_gaps` does.

    Each wave's gap has the variance that `difference` gives it, with the covariance of groups that share PSUs; the
    waves are independent, so v = v_1 + v_2 and df is Satterthwaite's of the two gaps. The same errors are raised, and
    those of `estimate`.
    """
    made = partial(estimate, by=by, level=level, df=df, lonely_psu=lonely_psu)
    tables = [_of_groups(made(one, indicators), by, (group, other)) for one in (earlier, later)]
    pairing = paired(*tables, across_break=across_break)
    ids = list(dict.fromkeys(pairing.earlier.columns["indicator"].tolist()))
    apart = partial(difference, by=by, level=level, df=df, lonely_psu=lonely_psu)
    one, two = (
        _of_difference(apart(survey, [table.indicators[name] for name in ids], group, other).columns)
        for survey, table in ((earlier, pairing.earlier), (later, pairing.later))
    )
    here = pairing.earlier.columns["area"] == group
    redefined = pairing.redefined[here] & (not across_break)
    return _judged(one, two, (group, other, by), broken=pairing.breaks[here], redefined=redefined)


@dataclass(frozen=True, eq=False)
class _Gaps:
    """The gaps of one wave, a row for each indicator, in points; `marker` is the worst of the two figures'."""

    indicator: Column
    wave: Column
    level: Column
    found: Gap
    printed: Column
    marker: Column
    method: str


def _of_groups(table: Estimates, by: str, groups: tuple[str, str]) -> Estimates:
    rows = table.where(by=by)
    known = list(dict.fromkeys(rows.columns["area"].tolist()))
    for one in groups:
        if one not in known:
            of = (
                f"no {by} '{one}'{did_you_mean(one, known)} (there are {joined(known)})"
                if known
                else f"no rows by {by}"
            )
            raise DefinitionError(f"{table.wave_name if len(table) else 'the estimates'} has {of}")
    if groups[0] == groups[1]:
        raise ComparisonError(f"'{groups[0]}' is compared with itself; name another {by}")
    return rows.take(np.flatnonzero([area in groups for area in rows.columns["area"]]))


def _sharing(table: Estimates) -> list[str]:
    """Say where the groups' figures are of respondents who share PSUs."""
    psus, base = (table.columns[name].astype(float) for name in ("psus", "base"))
    apart = (table.columns["method"] == PUBLISHED) | (psus == base)
    if apart.all():
        return []
    return [
        f"the groups of {table.wave_name} share PSUs, and an estimate says how sure it is itself, not how far two "
        "groups of the same PSUs go together"
    ]


def _gaps(table: Estimates, groups: tuple[str, str]) -> _Gaps:
    one, other = (table.where(area=area).columns for area in groups)
    ses = np.stack([one["se"], other["se"]])
    df = satterthwaite(ses**2, np.stack([one["df"], other["df"]]))
    printed = (one["method"] == PUBLISHED) & (other["method"] == PUBLISHED)
    found = gap(Side.of(other), Side.of(one), np.hypot(*ses), df, printed=printed)
    worst = [_worst(*pair) for pair in zip(one["marker"], other["marker"], strict=True)]
    return _Gaps(one["indicator"], one["wave"], one["level"], found, printed, np.array(worst, dtype=object), APART)


def _worst(*markers: str) -> str:
    return next((mark for mark in ("[x]", "[u]") if any(mark in one for one in markers)), "")


def _of_difference(columns: Mapping[str, Column]) -> _Gaps:
    value, se, low, high = (columns[name] for name in ("difference", "se", "low", "high"))
    least = least_significant(Ends(value, low, high))
    flat = np.isnan(se) & np.isfinite(low)
    found = Gap(value, se, columns["df"], low, high, least, columns["p_value"], flat)
    printed = np.zeros(len(value), dtype=bool)
    return _Gaps(columns["indicator"], columns["wave"], columns["level"], found, printed, columns["marker"], COVARIED)


def _change(one: _Gaps, other: _Gaps) -> Gap:
    """Return the change of gaps: t(df) sqrt(v_1 + v_2), or by the ends where a gap has no standard error."""
    before, after = one.found, other.found
    flat = before.flat | after.flat
    ses = np.stack([before.se, after.se])
    se = np.hypot(*ses)
    df = satterthwaite(ses**2, np.stack([before.df, after.df]))
    value = after.value - before.value
    half = multipliers(other.level, df, one.printed & other.printed) * se
    ends = mover(*(Ends(each.value, each.low, each.high) for each in (before, after)))
    low, high = np.where(flat, ends.low, value - half), np.where(flat, ends.high, value + half)
    least = np.where(flat, least_significant(ends), half)
    return Gap(value, se, df, low, high, least, np.where(flat, np.nan, p_value(value, se, df)), flat)


def _judged(one: _Gaps, other: _Gaps, of: tuple[str, str, str], *, broken: Column, redefined: Column) -> GapChanges:
    group, rival, by = of
    change = _change(one, other).without(redefined)
    before, after = one.found.value, other.found.value
    moved = reaches(change.value, change.least)
    nearer = np.round(np.abs(before) - np.abs(after), 9)
    verdict = np.select(
        [np.isnan(change.value) | np.isnan(change.least), moved & (nearer > 0), moved & (nearer < 0)],
        ["", NARROWED, WIDENED],
        NO_CHANGE,
    )
    texts = {"by": by, "area": group, "other": rival, "method": one.method}
    markers = zip(one.marker, other.marker, broken, strict=True)
    columns: dict[str, Column] = {
        "indicator": one.indicator,
        **{name: np.full(len(before), text, dtype=object) for name, text in texts.items()},
        **{"earlier": one.wave, "later": other.wave, "earlier_gap": before, "later_gap": after},
        **{"change": change.value, "se": np.where(change.flat, np.nan, change.se), "low": change.low},
        **{"high": change.high, "level": other.level, "df": np.where(change.flat, np.nan, change.df)},
        **{"p_value": change.p_value, "minimum": change.least, "significant": moved, "verdict": verdict.astype(object)},
        "marker": np.array([" ".join(filter(None, (_worst(a, b), "[b]" if c else ""))) for a, b, c in markers], object),
        "note": _notes(before, after, moved, broken),
    }
    return GapChanges({name: columns[name] for name in GapChanges.names()})


def _notes(before: Column, after: Column, moved: Column, broken: Column) -> Column:
    swapped = moved & at_least(-before * after, 0) & (before * after != 0)
    rows = zip(swapped, broken, strict=True)
    return np.array(["; ".join(filter(None, (SWAPPED if swap else "", cut))) for swap, cut in rows], dtype=object)
