"""The charts of estimates: what is drawn, the finding that the title says, and the text alternative."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from psaindicators.charts.funnel import Funnel, outside_limits
from psaindicators.charts.intervals import Intervals
from psaindicators.charts.series import Printed, Series
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.waves import AUTHORITY, DERIVED
from psaindicators.errors import refuse
from psaindicators.figures.sentences import about, plain, subject
from psaindicators.headings import Column
from psaindicators.tables import UNRELIABLE, Table, bears
from psaindicators.words import visible

AREAS = frozenset({AUTHORITY, *DERIVED})
"""Kinds of area that every wave may have; others are a wave's own."""
NATIONAL = ("all", "england")
"""The breakdowns of one row, everyone's: of it published minimum movements are, and it is the line of a chart."""
ABOVE, BELOW, AROUND = (f"interval {side} everyone's figure" for side in ("wholly above", "wholly below", "around"))
Known = Mapping[str, Indicator]
AnyTable = TypeVar("AnyTable", bound=Table)


def areas_chart(estimates: Table, indicators: Known) -> Intervals:
    """Return one indicator's estimates of one wave with their intervals, and everyone's figure as a line.

    Raises OptionError where the rows are of several indicators, waves or breakdowns.
    """
    line, rows = parted(estimates, "indicator", "survey", "wave")
    everyone = float(line.columns["value"][0]) if len(line) and len(rows) else np.nan
    shown = rows if len(rows) else line
    groups, called = _sides(shown, everyone), kind_of(shown)
    what = f"{_titled(shown, indicators)} in {_year(shown)}"
    title = _areas_title(shown, groups, everyone)
    columns = shown.columns
    return Intervals(
        f"{what}: {title}",
        f"{what}, percent. {_each(shown)} {title}.{hollow(shown)}",
        names_of(shown),
        **ends_of(columns),
        axis="percent",
        groups=tuple(groups) if everyone == everyone else (),
        kinds=(ABOVE, BELOW, AROUND) if everyone == everyone else (),
        lines={f"everyone, {plain(everyone)}%": everyone} if everyone == everyone else {},
        called=called,
    )


def funnel_chart(estimates: Table, indicators: Known) -> Funnel:
    """Return one indicator's areas by effective base, around everyone's figure.

    Raises OptionError as `areas_chart` does, and where no row is everyone's.
    """
    line, rows = parted(estimates, "indicator", "survey", "wave")
    refuse([] if len(line) and len(rows) else ["a funnel needs a row of everyone and rows of areas"])
    kept = rows.take(np.flatnonzero(np.isfinite(rows.columns["value"]) & (rows.columns["effective_base"] > 0)))
    level = float(line.columns["level"][0])
    columns = kept.columns
    everyone, limit = float(line.columns["value"][0]), NormalDist().inv_cdf(0.5 + level / 200)
    value, base = columns["value"], columns["effective_base"]
    outside = int(np.sum(outside_limits(value, base, everyone, limit)))
    by_chance = len(kept) * (1 - level / 100)
    what = f"{_titled(kept, indicators)} in {_year(kept)}"
    called = kind_of(kept)
    lie = f"{outside:,} of {len(kept):,} {called} {'lies' if outside == 1 else 'lie'} outside the limits"
    found = f"{lie}, where {by_chance:,.1f} would by chance alone"
    says = f"{what}, percent, by effective base, with limits around everyone's figure. {found}.{hollow(kept)}"
    shape: dict[str, Any] = {
        "everyone": everyone,
        "limit": limit,
        "level": level,
        "unsure": unsure_of(kept),
        "called": called,
    }
    return Funnel(f"{what}: {found}", says, names_of(kept), value, base, **shape)


def series_chart(estimates: Sequence[Table], indicators: Known) -> Series:
    """Return one indicator's figures of everyone over several waves, with a break where its definition changed.

    Beside them stand the figures that were published of these waves and those that the agreement prints of the survey.
    Raises OptionError where a table has rows of several indicators, or none of everyone.
    """
    ends = [parted(of_everyone(one), "indicator", "survey", "wave")[0] for one in estimates]
    refuse([] if all(map(len, ends)) else ["a series needs a row of everyone in each wave"])
    ends.sort(key=lambda one: int(one.columns["wave"][0]))
    years = np.array([int(one.columns["wave"][0]) for one in ends])
    indicator = indicators.get(str(ends[0].columns["indicator"][0]))
    since = [indicator.definition(int(year)).since if indicator else 0 for year in years]
    series = [str(one.columns["survey"][0]) for one in ends]
    changed = [(since[i], series[i]) != (since[i - 1], series[i - 1]) for i in range(1, len(ends))]
    value, low, high = (np.array([float(one.columns[name][0]) for one in ends]) for name in ("value", "low", "high"))
    what = f"{_titled(ends[0], indicators)}, everyone"
    figures = zip(value.tolist(), years.tolist(), [False, *changed], strict=True)
    found = "; ".join(
        f"{about(v) if v == v else 'no figure'} in {year}{', measured otherwise' if broken else ''}"
        for v, year, broken in figures
    )
    printed = printed_figures(ends, indicator)
    told = f"{what}: {found}"
    says = f"{told}. Each year is a dot with its confidence interval, joined where it was measured alike."
    says += f" As printed: {_as_printed(printed)}." if len(printed.years) else ""
    unsure = np.array([bool(unsure_of(one)[0]) for one in ends])
    says += f" {_hollow_words(int(unsure.sum()))}" if unsure.any() else ""
    return Series(told, says, years, value, low, high, np.array([False, *changed]), printed, unsure)


def printed_figures(ends: Sequence[Table], indicator: Indicator | None) -> Printed:
    """Return the printed figures of everyone: those beside the rows, and of other years those of the agreement."""
    found: dict[int, tuple[float, float]] = {}
    surveys = {str(one.columns["survey"][0]) for one in ends}
    for source in indicator.measured.sources if indicator and indicator.measured else ():
        figure = source.interval if source.level == "national" and source.survey in surveys else None
        if figure and figure.unit == "%" and figure.value is not None and figure.year is not None:
            found[figure.year] = figure.value, np.nan if figure.margin is None else figure.margin
    for one in ends:
        value = float(one.columns["published"][0]) if "published" in one.columns else np.nan
        if value == value:
            found[int(one.columns["wave"][0])] = value, np.nan
    figures = np.array([found[year] for year in sorted(found)], dtype=float).reshape(-1, 2)
    return Printed(np.array(sorted(found), dtype=int), figures[:, 0], figures[:, 1])


def _as_printed(printed: Printed) -> str:
    known = zip(printed.value.tolist(), printed.years.tolist(), strict=True)
    return "; ".join(f"{value:g}% in {year}" for value, year in known)


def distribution_chart(answers: Table) -> Intervals:
    """Return the answers of one question by one group, with their intervals.

    Raises OptionError where the rows are of several questions, waves or groups.
    """
    several = _several(answers, "question", "wave", "by", "area")
    refuse([f"a chart shows one {name}: keep one, as with .where({name}=...)" for name in several])
    columns = answers.columns
    first = f"{columns['question'][0]} in {columns['wave'][0]}" if len(answers) else "no answers"
    shares = zip(columns["answer"].tolist(), columns["value"].tolist(), strict=True)
    found = ", ".join(f"{answer.replace('_', ' ')} {about(share)}" for answer, share in shares if share == share)
    names = tuple(str(one).replace("_", " ") for one in columns["answer"])
    says = f"Answers to {first}, percent. {_each(answers)} {found}.{hollow(answers)}"
    return Intervals(f"{first}: {found}", says, names, **ends_of(columns), axis="percent")


def parted(table: Table, *alike: str) -> tuple[Table, Table]:
    """Return the rows of everyone and those of the one breakdown that there is besides.

    Raises OptionError where the rows differ in a column that must be `alike`, or are of several breakdowns.
    """
    problems = [f"a chart shows one {name}: keep one, as with .where({name}=...)" for name in _several(table, *alike)]
    whole = np.array([by in NATIONAL for by in table.columns["by"]], dtype=bool)
    line, rows = table.take(np.flatnonzero(whole)), table.take(np.flatnonzero(~whole))
    problems += ["a chart shows one breakdown: keep one, as with .where(by=...)"] if _several(rows, "by") else []
    refuse(problems)
    return line, rows


def ends_of(columns: Mapping[str, Column], value: str = "value") -> dict[str, Any]:
    """Return the values of a chart's rows, the ends of their intervals, and which of them are unreliable."""
    return {"value": columns[value], "low": columns["low"], "high": columns["high"], "unsure": _unsure(columns, value)}


def unsure_of(table: Table) -> NDArray[np.bool_]:
    """Return which rows have a figure that is marked unreliable."""
    return _unsure(table.columns, "value")


def _unsure(columns: Mapping[str, Column], value: str) -> NDArray[np.bool_]:
    if "marker" not in columns:
        return np.zeros(len(columns[value]), dtype=bool)
    return np.asarray(bears(columns["marker"], UNRELIABLE) & np.isfinite(columns[value]))


def hollow(table: Table, value: str = "value") -> str:
    """Return the sentence of a text alternative that says how many rows are drawn hollow; "" where none is."""
    found = int(_unsure(table.columns, value).sum())
    return f" {_hollow_words(found)}" if found else ""


def _hollow_words(rows: int) -> str:
    return f"{rows:,} of them {'is' if rows == 1 else 'are'} unreliable {UNRELIABLE}, and drawn hollow."


def kind_of(table: Table) -> str:
    """Return what the rows of a breakdown are: "areas", or "groups by age band"."""
    by = str(table.columns["by"][0]) if len(table) else AUTHORITY
    wave = getattr(table, "wave", None)
    is_area = by in AREAS or (wave is not None and by in wave.area_kinds)
    return "areas" if is_area else f"groups by {' and '.join(visible(by).replace('_', ' ').split('*'))}"


def whole_breakdowns(table: Table) -> frozenset[str]:
    """Return the breakdowns into one area: their rows are everyone's, or those of the one area that there is."""
    pairs = set(zip(table.columns["by"].tolist(), table.columns["area"].tolist(), strict=True))
    return frozenset(by for by, areas in Counter(by for by, _ in pairs).items() if areas == 1)


def in_whole(table: Table) -> NDArray[np.bool_]:
    """Return which rows are of a breakdown into one area."""
    whole = whole_breakdowns(table)
    return np.array([by in whole for by in table.columns["by"].tolist()], dtype=bool)


def of_everyone(table: AnyTable) -> AnyTable:
    """Return the rows of everyone."""
    return table.take(np.flatnonzero([by in NATIONAL for by in table.columns["by"]]))


def names_of(table: Table) -> tuple[str, ...]:
    """Return what the rows are called: the area's name, else its code."""
    named = table.columns.get("area_name", table.columns["area"])
    return tuple(str(name or code) for name, code in zip(named, table.columns["area"], strict=True))


def _several(table: Table, *names: str) -> list[str]:
    return [name for name in names if name in table.columns and len(set(table.columns[name].tolist())) > 1]


def _sides(table: Table, everyone: float) -> list[str]:
    low, high = table.columns["low"], table.columns["high"]
    return list(map(str, np.select([low > everyone, high < everyone], [ABOVE, BELOW], AROUND)))


def _areas_title(table: Table, sides: Sequence[str], everyone: float) -> str:
    value = table.columns["value"]
    present = np.isfinite(value)
    if not present.any():
        return "no figure is available"
    if everyone != everyone:
        ends = about(float(np.nanmin(value))), about(float(np.nanmax(value)))
        return ends[0] if present.sum() == 1 else f"estimates from {ends[0]} to {ends[1]}"
    told = [side for side, there in zip(sides, present.tolist(), strict=True) if there]
    above, below = told.count(ABOVE), told.count(BELOW)
    called = kind_of(table) if len(told) != 1 else kind_of(table).replace("areas", "area").replace("groups", "group")
    return (
        f"of {len(told):,} {called}, {above:,} {'has its' if above == 1 else 'have their'} interval wholly above and "
        f"{below:,} wholly below everyone's {about(everyone)}"
    )


def _each(table: Table) -> str:
    level = f"{table.columns['level'][0]:g}% " if len(table) else ""
    return f"Each of {len(table):,} rows is a dot with its {level}confidence interval."


def _titled(table: Table, indicators: Known) -> str:
    return subject(str(table.columns["indicator"][0]), indicators) if len(table) else "no rows"


def _year(table: Table) -> str:
    return str(table.columns["wave"][0]) if len(table) else "no year"
