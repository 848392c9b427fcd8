"""Targets of an agreement, read from a CSV: what was promised, from which baseline, for which year, as last revised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isnan, nan
from pathlib import Path
from typing import ClassVar, TypeVar

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.shipped import all_shipped
from psaindicators.errors import OptionError
from psaindicators.files.csv_lines import Line, raise_problems, read_lines
from psaindicators.headings import Heading
from psaindicators.judgements.target_lines import (
    DESIGNATED,
    NEEDED,
    OPTIONAL,
    PERCENT,
    Baseline,
    Statement,
    key_of,
    said_of,
    statement,
)
from psaindicators.tables import Table, columns_of
from psaindicators.words import shortened

MOST_DESIGNATED = 35
"""Designated targets of an agreement of 2008-11, besides the statutory ones of education ("up to 35")."""
IN_ITS_UNIT = "the target's unit"

LINE = h.whole("line", "the line of the targets file", "number")
KIND = h.text("kind", "designated, statutory education or local", "word")
UNIT = h.text("unit", "percent, rate, count or score", "word")
BASELINE = h.figure("baseline", "where the agreement starts", IN_ITS_UNIT)
BASELINE_SE = h.figure("baseline_se", "its standard error; missing: the baseline counts as exact", IN_ITS_UNIT)
BASELINE_RESPONDENTS = h.figure(
    "baseline_respondents", "its respondents over deft^2; missing where the file tells none", "respondents", h.AS_NEEDED
)
BASELINE_FROM = h.text("baseline_from", "the wave whose estimate the baseline is; empty where it is typed in")
TARGET = h.figure("target", "what was aimed at", IN_ITS_UNIT)
WITHOUT = h.figure("without", "performance expected without the agreement, where stated", IN_ITS_UNIT)
SUB_TARGET_OF = h.text("sub_target_of", "the target that the row is a part of; empty for a target by itself")
STAGE = h.text("stage", "final for an area's last year of an indicator, interim before it", "word")
OUTTURN = h.figure("outturn", "the result, where the file holds it", IN_ITS_UNIT)
OUTTURN_SE = h.figure("outturn_se", "its standard error; missing: it counts as exact", IN_ITS_UNIT)

Stated = TypeVar("Stated")


@dataclass(frozen=True, eq=False, repr=False)
class Targets(Table):
    """Targets in force, a row each, in their own units: percent (0-100), rate, count or score.

    `source` is the file's name.
    """

    source: str = "targets"

    headings: ClassVar[tuple[Heading, ...]] = (
        *(LINE, h.AREA.as_("the area's code or name, as the file has it"), h.AREA_NAME, h.INDICATOR, h.TITLE),
        *(KIND, UNIT, h.BETTER, h.YEAR, BASELINE, BASELINE_SE, BASELINE_RESPONDENTS, BASELINE_FROM, TARGET, WITHOUT),
        *(SUB_TARGET_OF, STAGE, OUTTURN, OUTTURN_SE, h.SURVEY.as_("the survey that the outturn is of, where stated")),
        h.flag("surveyed", "whether the figure is made from a survey's answers, so that estimates hold it"),
        h.NOTE.as_("what was revised, and when"),
    )

    shown: ClassVar[tuple[str, ...]] = (
        *("area", "area_name", "indicator", "kind", "unit", "year", "stage", "baseline", "baseline_se"),
        *("baseline_from", "target", "without", "note"),
    )


@typed
def read_targets(
    path: str | Path, *, indicators: Mapping[str, Indicator] | None = None, on: str | None = None
) -> Targets:
    """Return the targets of a CSV file or a workbook that are in force on a day, each in its own unit (percent: 0-100).

    Columns needed: area (code or name), indicator, target, year (2010 or 2010-11: the year that the fieldwork
    starts). A line states a baseline, a target of a year, or both; an area's indicator has one baseline for all its
    years, stated once or on each line, as baseline or baseline_from. Optional: area_name, title, kind (designated,
    statutory education, local), sub_target_of (the name of the target that this one is a part of); of the baseline
    one of baseline_se, baseline_margin (1.96 standard errors) and baseline_base (respondents: se = deft sqrt(p (100
    - p) / base), deft from baseline_deft, 1 if none), or in place of it all baseline_from, a wave ("place 2008")
    whose estimate it is; without (the performance expected without the agreement); survey (whose outturn counts). A
    line with a date in `revised` takes the place of what was stated before, from that day: of a baseline for every
    year, of a target for its year. `on` is the day, "2010-03-31"; None means that every revision is in force.

    An indicator that no set holds, such as NI 154, has better (higher or lower) and unit (percent, rate, count, score)
    on one of its lines, and its outturn typed in: outturn, and outturn_margin where it is a sample's. So may any other.

    Several years of one area and indicator are interim targets and, last, the final one. `indicators` is a set of
    your own, or indicators by id, in place of the shipped ones.

    Raises MissingFileError, OptionError for an `on` that is no day, and DefinitionError with the line of every fault:
    a value that is not a number, an unknown indicator, a target equal to the baseline or on the wrong side of it, a
    statement that is here twice.
    """
    day = _checked_day(on)
    file = Path(path)
    lines, problems = read_lines(file, NEEDED, OPTIONAL)
    known = all_shipped() if indicators is None else indicators
    statements = list(_statements(lines, known))
    _check_percentages(statements)
    groups = _together(statements)
    rows = [row for group in groups for row in _rows(group, day)]
    raise_problems(file.name, problems)
    rows.sort(key=lambda row: int(str(row[0])))
    targets = Targets(columns_of(Targets.headings, rows), file.name)
    return replace(targets, notes=tuple(_notes(targets)))


def _checked_day(on: str | None) -> str | None:
    try:
        return None if on is None else date.fromisoformat(on).isoformat()
    except ValueError:
        raise OptionError(f"on must be a day such as 2010-03-31, got '{shortened(on or '')}'") from None


def _statements(lines: Sequence[Line], known: Mapping[str, Indicator]) -> Iterator[Statement]:
    about = {key: said_of(group) for key, group in _grouped(lines, key_of).items()}
    for line in lines:
        one = statement(line, known, about[key_of(line)])
        _check_unit(one)
        yield one


def _check_unit(one: Statement) -> None:
    """Report a unit or a direction that the sets give an indicator otherwise."""
    if one.measure.known is None:
        return
    if one.measure.surveyed and one.line.text("unit") and one.about["unit"] != PERCENT:
        one.line.add(f"{one.measure.id} is a percentage, not a {shortened(one.about['unit'])}")
    if one.line.text("better") and one.about["better"] != one.measure.known.better:
        one.line.add(f"of {one.measure.id} {one.measure.known.better} is better, not {shortened(one.about['better'])}")


def _check_percentages(statements: Sequence[Statement]) -> None:
    """Report percentages that are all under 1: they are shares, as cells that a workbook shows in percent."""
    given = [one for one in statements if (one.about["unit"] or PERCENT) == PERCENT]
    typed = [one.target for one in given] + [one.baseline.value for one in given if one.baseline]
    greatest = max((number for number in typed if not isnan(number)), default=0.0)
    if 0 < greatest < 1:
        given[0].line.add(
            f"baselines and targets are all under 1 (the greatest is {greatest:g}), so they look like shares, as cells "
            "shown in percent hold them, and percentages run from 0 to 100: multiply them by 100"
        )


def _grouped(things: Iterable[Stated], key: Callable[[Stated], tuple[str, str]]) -> dict[tuple[str, str], list[Stated]]:
    found: dict[tuple[str, str], list[Stated]] = {}
    for one in things:
        found.setdefault(key(one), []).append(one)
    return found


def _together(statements: Iterable[Statement]) -> list[list[Statement]]:
    """Return the statements about each area's indicator, of those lines that say what they are about."""
    groups = _grouped(statements, lambda one: one.key)
    return [group for (area, indicator), group in groups.items() if area and indicator]


def _rows(group: Sequence[Statement], day: str | None) -> Iterator[tuple[object, ...]]:
    """Yield the cells of `Targets` of one area's indicator: its years, with what is in force on a day."""
    baselines = [one for one in group if one.baseline]
    _check_once(baselines, "baseline", lambda one: one.baseline.same if one.baseline else "")
    start = _in_force(baselines, day)
    of_years = [one for one in group if one.line.text("target") or one.line.text("outturn")]
    by_year = {year: [one for one in of_years if one.year == year] for year in sorted({one.year for one in of_years})}
    promised = {year: _promised(found, day) for year, found in by_year.items()}
    last = max((year for year, one in promised.items() if one), default=0)
    if not by_year:
        group[0].line.add("target is missing")
    for year, target in promised.items():
        if target is None:
            continue
        if start is None or start.baseline is None:
            target.line.add("baseline is missing")
            continue
        _check_side(target, start.baseline)
        stage = "final" if year == last else "interim"
        said = _revised(baselines, start, "baseline"), _revised(by_year[year], target, "target")
        yield _row(target, start.baseline, stage, _typed_in(by_year[year]), "; ".join(filter(None, said)))


def _row(one: Statement, start: Baseline, stage: str, typed_in: tuple[float, float], note: str) -> tuple[object, ...]:
    about, known = one.about, one.measure.known
    return (
        *(one.line.number, one.area, about["area_name"], one.measure.id),
        about["title"] or (known.title if known else ""),
        about["kind"] or DESIGNATED,
        about["unit"] or PERCENT,
        known.better if known else about["better"],
        *(one.year, start.value, start.se, start.respondents, start.wave, one.target, one.without),
        *(about["sub_target_of"], stage, *typed_in, about["survey"], one.measure.surveyed, note),
    )


def _promised(of_year: Sequence[Statement], day: str | None) -> Statement | None:
    """Return the target of a year that is in force, and with it what an earlier one said is expected without it."""
    stated = [one for one in of_year if one.line.text("target")]
    _check_once(stated, f"target for {of_year[0].year}")
    if not stated:
        of_year[0].line.add(f"{of_year[0].year} has an outturn and no target")
    found = _in_force(stated, day)
    earlier = [one for one in stated if found and one.revised <= found.revised and not isnan(one.without)]
    without = max(earlier, key=lambda one: one.revised).without if earlier else nan
    return replace(found, without=without) if found else None


def _typed_in(of_year: Sequence[Statement]) -> tuple[float, float]:
    """Return the outturn that a year's lines state and its standard error, NaN where they state none."""
    stated = [one for one in of_year if one.line.text("outturn")]
    _check_once([replace(one, revised="") for one in stated], f"outturn of {of_year[0].year}")
    return (stated[0].outturn, stated[0].outturn_se) if stated else (nan, nan)


def _in_force(stated: Sequence[Statement], day: str | None) -> Statement | None:
    """Return the last statement that holds on a day, None where none does yet."""
    there = [one for one in stated if day is None or one.revised <= day]
    return max(there, key=lambda one: one.revised) if there else None


def _check_once(
    stated: Sequence[Statement], what: str, same: Callable[[Statement], str] = lambda one: str(one.line.number)
) -> None:
    """Report a second statement from the same day, unless it is the same."""
    first: dict[str, Statement] = {}
    for one in stated:
        there = first.setdefault(one.revised, one)
        if same(one) != same(there):
            of = f"{one.measure.id} in {one.area}"
            where = f"on line {there.line.number}"
            another = "another baseline, or another se of it," if what == "baseline" else f"a {what}"
            one.line.add(f"{of} has {another} {where}{'' if what == 'baseline' else ' already'}")


def _revised(stated: Sequence[Statement], one: Statement, what: str) -> str:
    """Say when a baseline or a target was revised, and what it was before."""
    before = [other for other in stated if other.revised < one.revised]
    if not one.revised or not before:
        return f"{what} stated {one.revised}" if one.revised else ""
    last = max(before, key=lambda other: other.revised)
    was = f"{last.target:g}" if what == "target" else _in_words(last.baseline)
    return f"{what} revised {one.revised}, was {was}"


def _in_words(start: Baseline | None) -> str:
    return "" if start is None else start.wave or f"{start.value:g}"


def _check_side(one: Statement, start: Baseline) -> None:
    better = one.measure.known.better if one.measure.known else one.about["better"]
    for what in side_problems(one.measure.id, better, (start.value, one.target, one.without)):
        one.line.add(what)


def side_problems(indicator: str, better: str, figures: tuple[float, float, float]) -> Iterator[str]:
    """Yield that a target, or the performance without the agreement, is on the wrong side.

    `figures` are baseline, target and without; one that is not known (NaN) is on no side.
    """
    baseline, target, without = figures
    sign = 1 if better == "higher" else -1
    if target == baseline:
        yield f"the target is equal to the baseline, {target:g}"
    elif sign * (target - baseline) < 0:
        side = "under" if sign > 0 else "over"
        yield f"the target {target:g} is {side} the baseline {baseline:g}, but for {indicator} {better} is better"
    if sign * (target - without) <= 0:
        yield f"without the agreement {without:g} is expected, which already meets the target {target:g}"


def _notes(targets: Targets) -> Iterator[str]:
    """Say where an area has more designated targets than an agreement could."""
    of_area: dict[str, set[str]] = {}
    for row in targets.where(kind=DESIGNATED):
        of_area.setdefault(row.area_name or row.area, set()).add(row.indicator)
    for area, ids in of_area.items():
        if len(ids) > MOST_DESIGNATED:
            yield (
                f"{area} has {len(ids)} designated targets: an agreement had up to {MOST_DESIGNATED}, besides those of "
                "statutory education and the area's own (kind)"
            )
