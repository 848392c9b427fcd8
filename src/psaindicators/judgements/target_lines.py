"""One line of a targets file: what it states of an area's target, each cell checked against the unit it is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import inf, isnan, nan, sqrt

from psaindicators.definitions.indicators import Indicator, canonical_id
from psaindicators.definitions.shipped import find_indicator
from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.files.csv_lines import Line
from psaindicators.judgements.places import ground
from psaindicators.kernel.significance import PUBLISHED_MULTIPLIER
from psaindicators.words import listed, shortened

NEEDED = ("area", "indicator", "target", "year")
ABOUT = ("area_name", "title", "kind", "unit", "better", "survey", "sub_target_of")
"""What is said of an area's indicator once, on any of its lines."""
SPREADS = ("baseline_se", "baseline_margin", "baseline_base")
OPTIONAL = (
    *ABOUT,
    *SPREADS,
    *("baseline", "baseline_deft", "baseline_from", "without", "outturn", "outturn_margin", "revised"),
)
DESIGNATED, PERCENT = "designated", "percent"
KINDS = (DESIGNATED, "statutory education", "local")
UNITS: Mapping[str, tuple[float, float]] = {
    PERCENT: (0.0, 100.0),
    "rate": (0.0, inf),
    "count": (0.0, inf),
    "score": (-inf, inf),
}
"""The units of a target, and what a figure in them lies within."""
BETTER = ("higher", "lower")
LEAST_DEFT = 0.01
"""What is less, such as 0, is no design factor."""


@dataclass(frozen=True)
class Measure:
    """What a line is about: an indicator of the sets (`known`), or one that the file itself describes."""

    id: str
    known: Indicator | None

    @property
    def surveyed(self) -> bool:
        """Whether a survey's answers make the figure, so that it is to be found among estimates."""
        return self.known is not None and bool(self.known.definitions)


@dataclass(frozen=True)
class Baseline:
    """A start: its value with its standard error and respondents (over deft^2), or the wave that it is taken from."""

    value: float
    se: float
    respondents: float
    wave: str

    @property
    def same(self) -> str:
        """What two statements of one baseline share."""
        return f"{self.value} {self.se} {self.wave.casefold()}"


@dataclass(frozen=True)
class Statement:
    """What one line states; what it does not is NaN, 0 (the year), None or "". `revised` is the day it holds from."""

    line: Line
    area: str
    measure: Measure
    about: Mapping[str, str]
    year: int
    revised: str
    baseline: Baseline | None
    target: float
    without: float
    outturn: float
    outturn_se: float

    @property
    def key(self) -> tuple[str, str]:
        """What a line is about: an area, however it is named, and an indicator."""
        return ground(self.area).casefold(), self.measure.id


def key_of(line: Line) -> tuple[str, str]:
    """Return what a line is about, of cells that were not checked."""
    return ground(line.text("area")).casefold(), canonical_id(line.text("indicator"))


def word_of(text: str) -> str:
    """Return a word of a file as it is known here: "Statutory_Education" is statutory education."""
    return " ".join(text.replace("_", " ").split()).casefold()


def statement(line: Line, known: Mapping[str, Indicator], about: Mapping[str, str]) -> Statement:
    """Return what a line states. `about` is what any line of its area and indicator says of them."""
    area = line.text("area", needed=True)
    measure = _measure(line, known, about)
    low, high = UNITS.get(about["unit"] or PERCENT, UNITS["score"])
    baseline = _baseline(line, about["unit"] or PERCENT)
    year = _year(line)
    target = line.number_in("target", low, high)
    without, outturn = (line.number_in(name, low, high) for name in ("without", "outturn"))
    if line.text("year") and not line.text("target") and not line.text("outturn"):
        line.add("target is missing")
    return Statement(
        line, area, measure, about, year, _day(line), baseline, target, without, outturn, _outturn_se(line)
    )


def _measure(line: Line, known: Mapping[str, Indicator], about: Mapping[str, str]) -> Measure:
    wanted = line.text("indicator", needed=True)
    if not wanted:
        return Measure("", None)
    try:
        found = find_indicator(wanted, known.values())
        return Measure(found.id, found)
    except DefinitionError as problem:
        if about["better"] and not re.fullmatch(r"[\d.]+", canonical_id(wanted)):
            return Measure(canonical_id(wanted), None)
        line.add(str(problem).replace("\n", "\n    "))
        return Measure("", None)


def _year(line: Line) -> int:
    """Return the year, which a line needs that states a target or an outturn of one; 0 where there is none."""
    needs = any(line.text(name) for name in ("year", "target", "outturn", "without"))
    return line.year("year") if needs else 0


def _day(line: Line) -> str:
    text = line.text("revised")
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        line.add(f"revised must be a date such as 2009-06-01, got '{shortened(text)}'")
        return ""


def _baseline(line: Line, unit: str) -> Baseline | None:
    """Return the baseline that a line states, None where it states none."""
    low, high = UNITS.get(unit, UNITS["score"])
    value, respondents = line.number_in("baseline", low, high), _respondents(line, unit)
    se, wave = _baseline_se(line, value, respondents), _wave(line)
    stated = [name for name in ("baseline", *SPREADS) if line.text(name)]
    if wave and stated:
        line.add(f"baseline_from takes the baseline from {wave}: leave {listed(stated)} blank")
    elif stated and "baseline" not in stated:
        line.add(f"{stated[0]} needs baseline")
    return Baseline(value, se, respondents, wave) if wave or line.text("baseline") else None


def _wave(line: Line) -> str:
    """Return a wave as estimates name it, "place 2008", of "Place 2008-09"."""
    text = line.text("baseline_from")
    found = re.fullmatch(r"(\S+)\s+(\d{4})(?:[-/]\d{2})?", text)
    if text and not found:
        line.add(f"baseline_from must be a survey and its year, such as place 2008, got '{shortened(text)}'")
    return f"{found[1].lower()} {found[2]}" if found else ""


def _respondents(line: Line, unit: str) -> float:
    """Return the baseline's base / deft^2, NaN where the line tells no base."""
    deft = line.number_in("baseline_deft", LEAST_DEFT, inf)
    if line.text("baseline_deft") and not line.text("baseline_base"):
        line.add("baseline_deft needs baseline_base")
    if line.text("baseline_base") and unit != PERCENT:
        line.add(f"baseline_base makes a standard error of a percentage, not of a {unit}: give baseline_se")
    return line.number_in("baseline_base", 1, inf) / (1.0 if isnan(deft) else deft) ** 2


def _baseline_se(line: Line, baseline: float, respondents: float) -> float:
    """Return the baseline's standard error in its unit, NaN where the line says nothing of it."""
    given = [name for name in SPREADS if line.text(name)]
    if len(given) > 1:
        line.add(f"{' and '.join(given)} say the same thing: give one")
    se, margin = (line.number_in(name, 0, inf) for name in SPREADS[:2])
    of_base = nan if isnan(respondents) else sqrt(max(0.0, baseline * (100 - baseline)) / respondents)
    return next((one for one in (se, margin / PUBLISHED_MULTIPLIER, of_base) if not isnan(one)), nan)


def _outturn_se(line: Line) -> float:
    if line.text("outturn_margin") and not line.text("outturn"):
        line.add("outturn_margin needs outturn")
    return line.number_in("outturn_margin", 0, inf) / PUBLISHED_MULTIPLIER


def said_of(lines: list[Line]) -> dict[str, str]:
    """Return what the lines of one area and indicator say of them, in the words known here; a contradiction is told."""
    found: dict[str, tuple[str, int]] = {}
    for line in lines:
        for name in ABOUT:
            text = line.text(name)
            value = word_of(text) if name in CHOICES else text
            first, number = found.setdefault(name, (value, line.number)) if value else (value, line.number)
            if value.casefold() != first.casefold():
                line.add(f"{name} is {shortened(text)} here and {shortened(first)} on line {number}")
    about = {name: found.get(name, ("", 0))[0] for name in ABOUT}
    for name, words in CHOICES.items():
        if about[name] and about[name] not in words:
            number = found[name][1]
            line = next(one for one in lines if one.number == number)
            near = did_you_mean(about[name], words)
            line.add(f"{name} must be {listed(words[:-1])} or {words[-1]}, got '{shortened(about[name])}'{near}")
    return about | {"survey": about["survey"].lower()}


CHOICES = {"kind": KINDS, "unit": tuple(UNITS), "better": BETTER}
"""Columns that hold one of a few words."""
