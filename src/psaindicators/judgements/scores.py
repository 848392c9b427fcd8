"""Targets against outturns: how far along, whether the movement is real, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.charts.intervals import Intervals
from psaindicators.definitions.indicators import Indicator
from psaindicators.figures.scale import PERCENT as HUNDRED, in_percent, in_proportions
from psaindicators.files.csv_lines import LineProblems, raise_problems
from psaindicators.headings import Column, Heading
from psaindicators.judgements.charting import scores_chart
from psaindicators.judgements.gaps import shows_none
from psaindicators.judgements.sentences import of_scores
from psaindicators.judgements.target_lines import PERCENT
from psaindicators.judgements.target_outturns import Found, find
from psaindicators.judgements.targets import (
    BASELINE,
    BASELINE_SE,
    IN_ITS_UNIT,
    KIND,
    LINE,
    STAGE,
    SUB_TARGET_OF,
    TARGET,
    UNIT,
    WITHOUT,
    Targets,
    side_problems,
)
from psaindicators.judgements.verdicts import (
    DECLINED,
    NO_CHANGE,
    NOT_DUE,
    NOT_MEASURED,
    SHORT,
    TARGET_MET,
    WITHIN_INTERVAL,
    Flags,
    at_least,
    multipliers,
    reaches,
)
from psaindicators.kernel.freedom import satterthwaite
from psaindicators.kernel.intervals import Spread, exact
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.mover import Ends, least_significant, mover
from psaindicators.kernel.significance import PUBLISHED
from psaindicators.tables import Table

COPIED = ("line", "indicator", "title", "kind", "unit", "year", "stage", "target", "sub_target_of")


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Table):
    """Targets scored, a row each, in their own units (percent: 0-100); progress and share are shares (0 to 1).

    `indicators` are those of the outturns, where these hold them.
    """

    indicators: Mapping[str, Indicator] = field(default_factory=dict)

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.AREA.as_("the area's code in the outturns"), h.AREA_NAME, h.INDICATOR, h.TITLE, KIND, UNIT, h.YEAR, STAGE),
        *(BASELINE, BASELINE_SE, TARGET, h.figure("outturn", "the result", IN_ITS_UNIT)),
        *(one.as_(f"{one.says}, of the outturn", IN_ITS_UNIT) for one in (h.SE, h.LOW, h.HIGH)),
        h.figure("progress", "share of the way from baseline to target", "share, 0-1", h.SHARE),
        h.figure("progress_se", "its standard error", "share, 0-1", h.SHARE),
        h.figure("change", "outturn less baseline", IN_ITS_UNIT),
        h.figure("movement", "the smallest change that is significant", IN_ITS_UNIT),
        h.VERDICT,
        h.flag("met_certain", "whether the target is met, and by the interval's worse end too"),
        WITHOUT,
        h.figure("share", "share of the way from there to the target", "share, 0-1", h.SHARE),
        *(SUB_TARGET_OF, LINE, h.NOTE, h.MARKER.as_("the outturn's")),
        h.RESTS_ON.as_("the ids of the outturn and of the baseline's estimate; of a typed outturn its line"),
    )

    shown: ClassVar[tuple[str, ...]] = (
        *("area", "area_name", "indicator", "kind", "unit", "year", "baseline", "target", "outturn", "low", "high"),
        *("progress", "verdict", "note", "marker"),
    )

    def plot(self) -> Intervals:
        """Return the chart of the outturns with their intervals, beside baselines and targets.

        A notebook shows it; `.save("chart.svg")` writes it, and `.figure()` is matplotlib's. Raises OptionError where
        the rows make no one chart.
        """
        return scores_chart(self, self.indicators)

    def sentences(self) -> list[str]:
        """Return a plain sentence for each target: the outturn, the baseline, the verdict and how sure it is."""
        return [*of_scores(self, self.indicators)]


@typed
def score(targets: Targets, *outturns: Table) -> Scores:
    """Return how each target fared, from the estimates (or published figures) of its area, indicator and year.

    `outturns` may be of several surveys and waves; a target whose file has its outturn typed in needs none. With o the
    outturn, b the baseline and t the target: progress = (o - b) / (t - b), with se
    sqrt(v_o + (progress - 1)^2 v_b) / |t - b|; movement m = t_df sqrt(v_o + v_b), df of the outturn (1.96 for a
    published one); v_b is 0 for a baseline without a standard error, and the row says so, as v_o is for an outturn that
    was typed in without a margin. Where the baseline is a wave's estimate, v_b is its variance and df Satterthwaite's
    of both. Where outturn or baseline shows no sampling error (0%, 100%, no variance), progress has no se, and m is the
    distance from the change to its end on the side of 0, made from the two intervals (see `mover`). With c the change
    in the better direction, the first verdict that holds: "target met" (o at or past t), "declined" (c <= -m), "no
    reportable change" (|c| < m), "target within the interval" (of the outturn), "improved but short".

    "not yet due" is a target of a year after the last outturn of its area's indicator, "not measured" one of a year
    before it without an outturn of its own. The verdict is empty where an outturn has no value, or no standard error
    to tell by. A target's year is that of the wave: the year its fieldwork starts. An area may be named by any code or
    name that the code history knows, or that the outturns have, in any case.

    Raises DefinitionError with the lines of all targets that have no outturn in any year, or more than one, and of
    those whose baseline's estimate is not among the outturns or on the wrong side of the target.

    An example is under this name on the documentation's page of examples (docs/examples.md).
    """
    found, problems = find(targets, outturns)
    start = _start(targets, found)
    problems += _wrong_sides(targets, start)
    raise_problems(targets.source, problems)
    columns = {name: targets.columns[name] for name in COPIED} | _figures(targets.columns, start, found)
    columns |= {"area": found.area, "marker": found.outturn["marker"], "area_name": _names(targets, found)}
    columns["rests_on"] = _rests_on(found)
    columns["note"] = _notes(targets, found, columns)
    known = {name: one for table in outturns for name, one in getattr(table, "indicators", {}).items()}
    return Scores({name: columns[name] for name in Scores.names()}, known)


@dataclass(frozen=True, eq=False)
class _Start:
    """The baselines; arrays (rows,). `v` is 0 where one counts as exact, `estimated` says which a wave holds."""

    value: Floats
    se: Floats
    v: Floats
    df: Floats
    ends: Ends
    flat: Flags
    printed: Flags
    estimated: Flags


def _start(targets: Targets, found: Found) -> _Start:
    of_wave, typed_in = found.baseline, targets.columns
    estimated = typed_in["baseline_from"] != ""
    value, se = (np.where(estimated, of_wave[one], typed_in[name]) for one, name in FROM)
    low, high = _typed_ends(typed_in, found.outturn["level"])
    ends = Ends(value, np.where(estimated, of_wave["low"], low), np.where(estimated, of_wave["high"], high))
    sampled = estimated | (typed_in["baseline_respondents"] > 0)
    return _Start(
        value=value,
        se=se,
        v=np.where(estimated, se, np.nan_to_num(se)) ** 2,
        df=np.where(estimated, of_wave["df"], np.inf),
        ends=ends,
        flat=sampled & shows_none(se),
        printed=~estimated | (of_wave["method"] == PUBLISHED),
        estimated=estimated,
    )


FROM = (("value", "baseline"), ("se", "baseline_se"))


def _typed_ends(targets: Mapping[str, Column], level: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the intervals of baselines that were typed in, at some levels.

    b -+ z se (1.96 at 95%), of a percentage within 0 to 100, the exact interval of the respondents at 0% and 100%, and
    no width where the baseline counts as exact.
    """
    b, se, n = (targets[name] for name in ("baseline", "baseline_se", "baseline_respondents"))
    endless = np.full(len(b), np.inf)
    half = multipliers(level, endless, endless > 0) * np.nan_to_num(se)
    percent = targets["unit"] == PERCENT
    low, high = (np.where(percent, np.clip(end, 0, HUNDRED), end) for end in (b - half, b + half))
    flat = (se == 0) & (n > 0)
    p, n, alpha = in_proportions(b[flat]), n[flat], 1 - level[flat] / 100
    low[flat], high[flat] = (in_percent(end) for end in exact(Spread(p, 0 * p, 0 * p, n, n, alpha)))
    return low, high


def _wrong_sides(targets: Targets, start: _Start) -> LineProblems:
    """Return what is wrong with the targets whose baseline is a wave's estimate; the file's own were checked."""
    return [
        (row.line, what)
        for row, baseline in zip(targets, start.value.tolist(), strict=True)
        if row.baseline_from
        for what in side_problems(row.indicator, row.better, (baseline, row.target, np.nan))
    ]


def _figures(target: Mapping[str, Column], start: _Start, found: Found) -> dict[str, Column]:
    out, baseline, aim = found.outturn, start.value, target["target"]
    outturn, v_out = out["value"], out["se"] ** 2
    flat = (shows_none(out["se"]) & ~found.exact) | start.flat
    ends = mover(start.ends, Ends(outturn, out["low"], out["high"]))
    without = np.where(np.isnan(target["without"]), baseline, target["without"])
    progress = (outturn - baseline) / (aim - baseline)
    sign = np.where(target["better"] == "higher", 1.0, -1.0)
    movement = np.where(flat, least_significant(ends), _least(start, out))
    progress_se = np.sqrt(v_out + (progress - 1) ** 2 * start.v) / abs(aim - baseline)
    worse = np.where(sign > 0, out["low"], out["high"])
    inside = (out["low"] <= aim) & (aim <= out["high"])
    met = at_least(sign * outturn, sign * aim)
    verdict = verdicts(sign * (outturn - baseline), movement, met, inside)
    absent = out["id"] == ""
    return {
        "baseline": baseline,
        "baseline_se": start.se,
        "outturn": outturn,
        **{name: np.where(found.exact & (name == "se"), np.nan, out[name]) for name in ("se", "low", "high")},
        "progress": progress,
        "progress_se": np.where(flat, np.nan, progress_se),
        "change": outturn - baseline,
        "movement": np.where(absent, np.nan, movement),
        "verdict": np.select([absent & ~found.due, absent], [NOT_DUE, NOT_MEASURED], verdict).astype(object),
        "met_certain": met & at_least(sign * worse, sign * aim),
        "without": without,
        "share": (outturn - without) / (aim - without),
    }


def _least(start: _Start, out: Mapping[str, Column]) -> Floats:
    """Return the smallest change that is significant: t(df) sqrt(v_out + v_base)."""
    v = np.stack([out["se"] ** 2, start.v])
    df = np.where(start.estimated, satterthwaite(v, np.stack([out["df"], start.df])), out["df"])
    printed = (out["method"] == PUBLISHED) & start.printed
    return np.asarray(multipliers(out["level"], df, printed) * np.sqrt(v.sum(axis=0)))


def verdicts(towards: Floats, movement: Floats, met: Flags, inside: Flags) -> Column:
    """Return the first verdict that holds, shape (rows,), from the change in the better direction."""
    unknown = np.isnan(towards) | np.isnan(movement)
    moved = reaches(towards, movement)
    words = (TARGET_MET, "", DECLINED, NO_CHANGE, WITHIN_INTERVAL)
    chosen = np.select([met, unknown, moved & (towards < 0), ~moved, inside], words, SHORT)
    return chosen.astype(object)


def _names(targets: Targets, found: Found) -> Column:
    given = targets.columns["area_name"]
    return np.where(given == "", found.outturn["area_name"], given)


def _rests_on(found: Found) -> Column:
    pairs = zip(found.outturn["id"], found.baseline["id"], strict=True)
    return np.array(["; ".join(filter(None, pair)) for pair in pairs], dtype=object)


def _notes(targets: Targets, found: Found, columns: Mapping[str, Column]) -> Column:
    """Return what a reader must know of each row beside its figures."""
    typed_in = targets.columns["baseline_from"] == ""
    here = found.outturn["id"] != ""
    lacking = np.isnan(columns["se"]) & ~found.exact & ~np.isnan(columns["outturn"])
    said = (
        (np.isnan(columns["baseline_se"]) & typed_in, "baseline exact"),
        (np.isnan(columns["baseline_se"]) & ~typed_in, "baseline has no standard error"),
        (np.isnan(targets.columns["without"]), "without: the baseline, assumed"),
        (lacking, "outturn has no standard error"),
        (np.isnan(columns["outturn"]) & here, "outturn has no value"),
    )
    rows = zip(targets, found.area.tolist(), columns["area_name"].tolist(), found.notes, strict=True)
    return np.array(
        [
            "; ".join(filter(None, [*(text for holds, text in said if holds[i]), *_of_row(*row)]))
            for i, row in enumerate(rows)
        ],
        dtype=object,
    )


def _of_row(target: Any, area: str, name: str, notes: tuple[str, ...]) -> tuple[str, ...]:
    elsewhere = "" if target.area in (area, name) else f"{target.area} found as {area}"
    return (*notes, target.note, elsewhere)
