"""Targets against outturns: how far along, whether the movement is real, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.files.csv_lines import raise_problems
from psaindicators.headings import Column, Heading
from psaindicators.judgements.gaps import shows_none
from psaindicators.judgements.places import codes_present, named
from psaindicators.judgements.sentences import of_scores
from psaindicators.judgements.targets import (
    BASELINE,
    BASELINE_SE,
    LINE,
    STAGE,
    SUB_TARGET_OF,
    TARGET,
    WITHOUT,
    Targets,
    baseline_ends,
)
from psaindicators.judgements.verdicts import (
    DECLINED,
    NO_CHANGE,
    SHORT,
    TARGET_MET,
    WITHIN_INTERVAL,
    Flags,
    Floats,
    at_least,
    multipliers,
    reaches,
)
from psaindicators.kernel.mover import Ends, least_significant, mover
from psaindicators.kernel.significance import PUBLISHED
from psaindicators.tables import Table
from psaindicators.words import listed

COPIED = ("line", "indicator", "year", "stage", "baseline", "baseline_se", "target", "sub_target_of")


@dataclass(frozen=True, eq=False, repr=False)
class Scores(Table):
    """Targets scored, a row each. Percent (0-100) and percentage points; progress and share are shares (0 to 1).

    `indicators` are those of the outturns, where these hold them.
    """

    indicators: Mapping[str, Indicator] = field(default_factory=dict)

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.AREA.as_("the area's code in the outturns"), h.AREA_NAME, h.INDICATOR, h.YEAR, STAGE),
        *(BASELINE, BASELINE_SE, TARGET, h.figure("outturn", "the result", h.IN_PERCENT)),
        *(one.as_(f"{one.says}, of the outturn") for one in (h.SE, h.LOW, h.HIGH)),
        h.figure("progress", "share of the way from baseline to target", "share, 0-1", h.SHARE),
        h.figure("progress_se", "its standard error", "share, 0-1", h.SHARE),
        h.figure("change", "outturn less baseline", h.IN_POINTS),
        h.figure("movement", "the smallest change that is significant", h.IN_POINTS),
        h.VERDICT,
        h.flag("met_certain", "whether the target is met, and by the interval's worse end too"),
        WITHOUT,
        h.figure("share", "share of the way from there to the target", "share, 0-1", h.SHARE),
        *(SUB_TARGET_OF, LINE, h.NOTE, h.MARKER.as_("the outturn's")),
    )

    shown: ClassVar[tuple[str, ...]] = (
        *("area", "area_name", "indicator", "year", "baseline", "target", "outturn", "low", "high"),
        *("progress", "verdict", "note", "marker"),
    )

    def sentences(self) -> list[str]:
        """Return a plain sentence for each target: the outturn, the baseline, the verdict and how sure it is."""
        return [*of_scores(self, self.indicators)]


@typed
def score(targets: Targets, outturns: Table) -> Scores:
    """Return how each target fared, from estimates (or published figures) that hold its area, indicator and year.

    With o the outturn, b the baseline and t the target: progress = (o - b) / (t - b), with se
    sqrt(v_o + (progress - 1)^2 v_b) / |t - b|; movement m = t_df sqrt(v_o + v_b), df of the outturn (1.96 for a
    published one); v_b is 0 for a baseline without a standard error, and the row says so. Where outturn or baseline
    shows no sampling error (0%, 100%, no variance), progress has no se, and m is the distance from the change to its
    end on the side of 0, made from the two intervals (see `mover`). With c the change in the better direction, the
    first verdict that holds: "target met" (o at or past t), "declined" (c <= -m), "no reportable change" (|c| < m),
    "target within the interval" (of the outturn), "improved but short". The verdict is empty where an outturn has no
    value, or no standard error to judge by. A target's year is that of the wave: the year its fieldwork starts. An
    area may be named by any code or name that the code history knows.

    Raises DefinitionError with the lines of all targets that have no outturn, or more than one.
    """
    positions, areas = _positions(targets, outturns)
    out = {name: column[positions] for name, column in outturns.columns.items()}
    columns = {name: targets.columns[name] for name in COPIED} | _figures(targets.columns, out)
    columns |= {"area": areas, "marker": out["marker"], "area_name": _names(targets, out)}
    columns["note"] = _notes(targets, areas, columns)
    return Scores({name: columns[name] for name in Scores.names()}, getattr(outturns, "indicators", {}))


def _positions(targets: Targets, outturns: Table) -> tuple[NDArray[np.intp], Column]:
    """Return the row of each target's outturn and the area's code there."""
    present = list(dict.fromkeys(outturns.columns["area"].tolist()))
    codes = codes_present(targets.columns["area"].tolist(), present)
    rows: dict[tuple[Any, ...], list[int]] = {}
    for i, key in enumerate(
        zip(*(outturns.columns[name].tolist() for name in ("indicator", "area", "wave")), strict=True)
    ):
        rows.setdefault(key, []).append(i)
    problems, found = [], []
    for target in targets:
        hits = rows.get((target.indicator, codes.get(target.area), target.year), [])
        if len(hits) != 1:
            why = _many(outturns, hits) if hits else _absent(target, codes, outturns)
            problems.append((target.line, why))
        found.append(hits[0] if hits else 0)
    raise_problems(targets.source, problems)
    return np.array(found, dtype=np.intp), np.array([codes[a] for a in targets.columns["area"]], dtype=object)


def _absent(target: Any, codes: dict[str, str], outturns: Table) -> str:
    of_indicator = outturns.where(indicator=target.indicator)
    if not len(of_indicator):
        known = _listed(outturns.columns["indicator"])
        return f"there is no outturn of {target.indicator}; the outturns are of {known}"
    if target.area not in codes:
        return f"no outturn is of the area {named(target.area, outturns.columns['area'].tolist())}"
    there = of_indicator.where(area=codes[target.area])
    years = f"those of {_listed(there.columns['wave'])}" if len(there) else "none"
    return f"{target.indicator} in {target.area} has no outturn of {target.year}, it has {years}"


def _many(outturns: Table, hits: Sequence[int]) -> str:
    kinds = ", ".join(f"{row.survey} by {row.by}" for row in (outturns[i] for i in hits))
    return f"there are {len(hits)} outturns ({kinds}): keep one, as with .where(by=...)"


def _listed(column: Column) -> str:
    return listed(dict.fromkeys(column.tolist()))


def _figures(target: Any, out: dict[str, Column]) -> dict[str, Column]:
    baseline, aim, outturn = target["baseline"], target["target"], out["value"]
    v_base, v_out = np.nan_to_num(target["baseline_se"]) ** 2, out["se"] ** 2
    flat = shows_none(out["se"]) | (target["baseline_respondents"] > 0) & shows_none(target["baseline_se"])
    ends = mover(baseline_ends(target, out["level"]), Ends(outturn, out["low"], out["high"]))
    without = np.where(np.isnan(target["without"]), baseline, target["without"])
    progress = (outturn - baseline) / (aim - baseline)
    sign = np.where(target["better"] == "higher", 1.0, -1.0)
    spread = multipliers(out["level"], out["df"], out["method"] == PUBLISHED) * np.sqrt(v_out + v_base)
    movement = np.where(flat, least_significant(ends), spread)
    progress_se = np.sqrt(v_out + (progress - 1) ** 2 * v_base) / abs(aim - baseline)
    worse = np.where(sign > 0, out["low"], out["high"])
    inside = (out["low"] <= aim) & (aim <= out["high"])
    met = at_least(sign * outturn, sign * aim)
    return {
        "outturn": outturn,
        **{name: out[name] for name in ("se", "low", "high")},
        "progress": progress,
        "progress_se": np.where(flat, np.nan, progress_se),
        "change": outturn - baseline,
        "movement": movement,
        "verdict": verdicts(sign * (outturn - baseline), movement, met, inside),
        "met_certain": met & at_least(sign * worse, sign * aim),
        "without": without,
        "share": (outturn - without) / (aim - without),
    }


def verdicts(towards: Floats, movement: Floats, met: Flags, inside: Flags) -> Column:
    """Return the first verdict that holds, shape (rows,), from the change in the better direction in points."""
    unknown = np.isnan(towards) | np.isnan(movement)
    moved = reaches(towards, movement)
    words = (TARGET_MET, "", DECLINED, NO_CHANGE, WITHIN_INTERVAL)
    chosen = np.select([met, unknown, moved & (towards < 0), ~moved, inside], words, SHORT)
    return chosen.astype(object)


def _names(targets: Targets, out: dict[str, Column]) -> Column:
    given = targets.columns["area_name"]
    return np.where(given == "", out.get("area_name", np.full(len(targets), "", dtype=object)), given)


def _notes(targets: Targets, areas: Column, columns: dict[str, Column]) -> Column:
    """Return what a reader must know of each row beside its figures."""
    asked = targets.columns["area"]
    said = (
        (np.isnan(targets.columns["baseline_se"]), "baseline exact"),
        (np.isnan(targets.columns["without"]), "without: the baseline, assumed"),
        (np.isnan(columns["se"]) & ~np.isnan(columns["outturn"]), "outturn has no standard error"),
        (np.isnan(columns["outturn"]), "outturn has no value"),
    )
    notes = [[text for holds, text in said if holds[i]] for i in range(len(targets))]
    known = zip(asked, areas, columns["area_name"], strict=True)
    found = [[] if was in (now, name) else [f"{was} found as {now}"] for was, now, name in known]
    return np.array(["; ".join([*one, *where]) for one, where in zip(notes, found, strict=True)], dtype=object)
