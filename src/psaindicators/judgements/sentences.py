"""Plain sentences of verdicts that may be quoted: each asserts what its row holds, in the words of its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from psaindicators.definitions.indicators import Indicator
from psaindicators.figures.sentences import about, interval, place, plain, subject, unconfirmed, withheld
from psaindicators.judgements.target_lines import PERCENT
from psaindicators.judgements.verdicts import (
    DECLINED,
    IMPROVED,
    NO_CHANGE,
    NOT_ASSESSED,
    NOT_DUE,
    NOT_MEASURED,
    NOT_YET,
    SHORT,
    TARGET_MET,
    WITHIN_INTERVAL,
    reaches,
)
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.tables import Table
from psaindicators.words import visible

Known = Mapping[str, Indicator]
POINTS = " percentage points"
MOVED = (IMPROVED, DECLINED)


def of_movements(movements: Table, indicators: Known) -> Iterator[str]:
    """Yield a sentence for each movement; "improved" and "declined" only where that is the verdict."""
    for row, held in zip(movements, withheld(movements, "change", "verdict"), strict=True):
        said = _withheld(row, held) if held else _of_movement(row)
        broken = "; the two stand on either side of a break in the series" if "[b]" in row.marker.split() else ""
        yield f"{subject(row.indicator, indicators)} {said}{broken}{unconfirmed(row.indicator, indicators)}."


def _of_movement(row: Any) -> str:
    if row.verdict in MOVED:
        return _moved(row)
    return _unmoved(row) if row.verdict else _not_assessed(row)


def _withheld(row: Any, why: str) -> str:
    return f"is withheld {place(row)} between {row.earlier} and {row.later}, {why}"


def _moved(row: Any) -> str:
    way = "a rise" if row.change > 0 else "a fall"
    return (
        f"{row.verdict} {place(row)} from {about(row.earlier_value)} in {row.earlier} to {about(row.later_value)} in "
        f"{row.later}, {way} of {about(abs(row.change), POINTS)} ({_change_interval(row)})"
    )


def _unmoved(row: Any) -> str:
    return (
        f"shows {NO_CHANGE} {place(row)} between {row.earlier} ({about(row.earlier_value)}) and {row.later} "
        f"({about(row.later_value)}): {_why(row)}"
    )


def _why(row: Any) -> str:
    """Return why a change is not reported: it does not reach the minimum, or is within sampling error."""
    gap = f"the two estimates are {about(abs(row.change), POINTS)} apart ({_change_interval(row)})"
    chance = "" if row.significant else ", which chance alone could bring about"
    small = "" if reaches(row.change, row.minimum) else f", less than the {plain(row.minimum)} that count"
    return f"{gap}{small or chance}"


def _change_interval(row: Any) -> str:
    return interval(row, "", "for the change ") or "without a confidence interval"


def _not_assessed(row: Any) -> str:
    parts = (part for part in visible(row.note).split("; ") if not part.startswith(f"{NOT_ASSESSED} ("))
    note = "; ".join(parts).removeprefix(NOT_ASSESSED).strip(": ")
    return f"is {NOT_ASSESSED} {place(row)} between {row.earlier} and {row.later}" + (f": {note}" if note else "")


def of_scores(scores: Table, indicators: Known) -> Iterator[str]:
    """Yield a sentence for each target: "met" only where the verdict is, and how sure that is."""
    for row, held in zip(scores, withheld(scores, "outturn", "verdict"), strict=True):
        where = "Overall" if row.area == EVERYONE else f"In {visible(row.area_name or row.area)}"
        said = f"is withheld, {held}" if held else _scored(row)
        yield f"{where} in {row.year}, {_subject(row, indicators)} {said}{unconfirmed(row.indicator, indicators)}."


def _subject(row: Any, indicators: Known) -> str:
    """Return the title and id of what a target is for, the file's own title where no set has the indicator."""
    title = getattr(row, "title", "")
    return f'"{visible(title)}" ({row.indicator})' if title else subject(row.indicator, indicators)


def _figure(row: Any, value: float) -> str:
    """Return a figure in a target's unit: a percentage with its sign, any other as it is."""
    return about(value) if row.unit == PERCENT else f"{value:,.10g}"


def _scored(row: Any) -> str:
    aim = _figure(row, row.target)
    if row.verdict in (NOT_DUE, NOT_MEASURED):
        return f"is {row.verdict} against the target of {aim}"
    if not row.verdict:
        return f"is {NOT_ASSESSED} against the target of {aim}" + (f": {row.note}" if row.note else "")
    found, start = _figure(row, row.outturn), _figure(row, row.baseline)
    return f"was {found} ({_ends(row)}), from a baseline of {start}: {_judged(row)}"


def _ends(row: Any) -> str:
    if row.low == row.high:
        return "taken as exact"
    if row.low != row.low:
        return "without an interval"
    low, high = (f"{plain(end)}%" if row.unit == PERCENT else f"{end:,.10g}" for end in (row.low, row.high))
    return f"interval {low} to {high}"


def _judged(row: Any) -> str:
    aim = f"the target of {_figure(row, row.target)}"
    match str(row.verdict):
        case word if word == TARGET_MET:
            return f"{aim} was met, {_sure(row)}"
        case word if word == WITHIN_INTERVAL:
            return f"{aim} was not met by the estimate, but lies within its interval"
        case word if word == SHORT:
            return f"it improved, but fell short of {aim}"
        case word if word == DECLINED:
            return f"it declined, and {aim} was not met"
        case word:
            return f"there is {word} from the baseline, and {aim} was not met"


def _sure(row: Any) -> str:
    if row.low == row.high:
        return "and it is taken as exact"
    if row.low != row.low:
        return "without an interval to say how sure that is"
    return "by the whole of the interval" if row.met_certain else "though not by the whole of the interval"


def of_index(index: Table, indicators: Known) -> Iterator[str]:
    """Yield the sentence of an index: its reading, what is required of it, and the verdict."""
    for row in index:
        unsure = "" if row.verdict not in MOVED or row.significant else ", though the interval reaches the baseline"
        reading = f"{subject(row.indicator, indicators)} reads {about(row.value, ' points')} ({interval(row, '')})"
        against = f"against a baseline of {row.baseline:g} and {row.required:g} required"
        yield f"{reading} {against}: {row.verdict}{unsure} ({row.method})."


def of_assessment(assessment: Table) -> Iterator[str]:
    """Yield a sentence for each indicator of an agreement, with how its verdict came about."""
    for row in assessment:
        assessed = row.verdict if row.verdict == NOT_YET else f"assessed as {row.verdict}"
        yield f'"{visible(row.title)}" ({row.indicator}) is {assessed}: {visible(row.reason)}.'
