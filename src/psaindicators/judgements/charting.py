"""The charts of verdicts: changes in the band that does not count, outturns between baseline and target, the index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from psaindicators.charts.intervals import Intervals
from psaindicators.definitions.indicators import Indicator
from psaindicators.errors import refuse
from psaindicators.figures.charting import ends_of, hollow, kind_of, names_of, parted
from psaindicators.figures.sentences import about, plain, subject
from psaindicators.judgements.target_lines import PERCENT
from psaindicators.judgements.verdicts import (
    DECLINED,
    IMPROVED,
    NO_CHANGE,
    NOT_ASSESSED,
    SHORT,
    TARGET_MET,
    WITHIN_INTERVAL,
)
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.tables import Table
from psaindicators.words import counted, visible

Known = Mapping[str, Indicator]
MOVED = (IMPROVED, DECLINED, NO_CHANGE, NOT_ASSESSED)
SCORED = (TARGET_MET, DECLINED, NO_CHANGE, SHORT, WITHIN_INTERVAL, NOT_ASSESSED)


def movements_chart(movements: Table, indicators: Known) -> Intervals:
    """Return the changes of one indicator by area, or of everyone by indicator, in the band that does not count.

    Raises OptionError where the rows are of several indicators and of areas, or of several breakdowns.
    """
    line, rows = parted(movements, "earlier", "later")
    one = len(set(rows.columns["indicator"].tolist())) <= 1
    refuse([] if one else ["a chart of areas shows one indicator: keep one, as with .where(indicator=...)"])
    shown = rows if len(rows) else line
    columns = shown.columns
    verdicts = [verdict or NOT_ASSESSED for verdict in columns["verdict"].tolist()]
    what = _of_whom(shown, indicators)
    found = _counted(verdicts, MOVED)
    says = "Each row is a dot, the change, with its confidence interval; the band is what is less than the minimum."
    return Intervals(
        f"{what}: {found}",
        f"{what}, percentage points. {says} {found}.{hollow(shown, 'change')}",
        names_of(rows) if len(rows) else tuple(map(str, columns["indicator"])),
        **ends_of(columns, "change"),
        axis="percentage points",
        groups=tuple(verdicts),
        kinds=MOVED,
        lines={"no change": 0.0},
        band=np.nan_to_num(columns["minimum"]),
        called=kind_of(shown),
    )


def scores_chart(scores: Table, indicators: Known) -> Intervals:
    """Return outturns with their intervals, beside the baselines and the targets, of those in one unit.

    That is percent, where any is: a count of homes on the same axis would leave no room to tell percentages apart. Of
    one area alone the title names it, and not every row.
    """
    unit = PERCENT if PERCENT in scores.columns["unit"] or not len(scores) else str(scores.columns["unit"][0])
    shown = scores.take(np.flatnonzero(scores.columns["unit"] == unit))
    columns = shown.columns
    verdicts = [verdict or NOT_ASSESSED for verdict in columns["verdict"].tolist()]
    others = len(scores) - len(shown)
    beside = f" ({counted(others, 'target')} in other units not drawn)" if others else ""
    found = f"{counted(len(shown), 'target')} in {visible(unit)}{beside}: {_counted(verdicts, SCORED)}"
    areas = names_of(shown)
    alone = len(shown) > 1 and len(set(areas)) == 1
    where = f" in {areas[0]}" if alone and areas[0] != EVERYONE else ""
    targets = zip(areas, columns["indicator"], columns["year"], strict=True)
    says = f"Outturns, {visible(unit)}, each a dot with its interval, beside its baseline and its target."
    return Intervals(
        f"Outturns against targets{where}, {found}",
        f"{says} {found}.{hollow(shown, 'outturn')}",
        tuple(", ".join(map(str, one[alone:])) for one in targets),
        **ends_of(columns, "outturn"),
        axis=visible(unit),
        groups=tuple(verdicts),
        kinds=SCORED,
        marks={"target": columns["target"], "baseline": columns["baseline"]},
    )


def index_chart(index: Table, indicators: Known) -> Intervals:
    """Return the reading of an index with its interval, beside its baseline and the points required."""
    columns = index.columns
    row = index[0]
    what = subject(str(row.indicator), indicators)
    found = f"{about(row.value, ' points')} ({plain(row.low)} to {plain(row.high)}), {row.verdict}"
    return Intervals(
        f"{what}: {found}",
        f"{what}, points: a dot with its interval, beside the baseline and the points required. {found}.",
        (str(row.indicator),),
        **ends_of(columns),
        axis="points",
        lines={f"baseline, {row.baseline:g}": row.baseline, f"required, {row.required:g}": row.required},
    )


def _of_whom(table: Table, indicators: Known) -> str:
    if not len(table):
        return "Changes"
    several = len(set(table.columns["indicator"].tolist())) > 1
    first = table[0]
    what = "Changes of everyone's figures" if several else f"Change of {subject(str(first.indicator), indicators)}"
    return f"{what} between {first.earlier} and {first.later}"


def _counted(verdicts: Iterable[str], order: Iterable[str]) -> str:
    """Return `2 improved, 7 no reportable change`, in the order given."""
    counts = Counter(verdicts)
    return ", ".join(f"{counts[word]:,} {word}" for word in dict.fromkeys(order) if counts[word]) or "none"
