"""What is asked of a survey, checked once for every verb: of whom, by which breakdowns, with which intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from numbers import Real
from typing import Any

from psaindicators.arguments import shown_argument
from psaindicators.definitions.indicators import Indicator, IndicatorSet
from psaindicators.definitions.rule_files import read_rule
from psaindicators.definitions.rules import Rule
from psaindicators.definitions.shipped import all_shipped, find_shipped
from psaindicators.definitions.waves import Wave, binding_problems, rule_problems
from psaindicators.design.sample import FiguresByBreakdown, Sample, figures, open_in_engine, open_sample
from psaindicators.errors import DefinitionError, OptionError, refuse, word_problems
from psaindicators.files.strict_toml import Problems, TomlTable
from psaindicators.kernel.estimands import Estimand
from psaindicators.kernel.freedom import POLICIES
from psaindicators.kernel.intervals import METHODS
from psaindicators.kernel.lonely import LONELY
from psaindicators.survey.engine import engine_of
from psaindicators.survey.quantities import Quantity, questions_of_rule
from psaindicators.survey.rows import NotAddedUpError
from psaindicators.survey.survey import Survey

LEVEL, INTERVAL, DF = 95.0, "logit", "strata"
"""What every verb takes where nothing is said: the level in percent, the interval method, the degrees of freedom."""
DFS = POLICIES
LEAST_LEVEL, UNREACHED_LEVEL = 1.0, 100.0
"""Levels run from 1 percent, so that a share such as 0.95 is noticed, to below 100."""

EACH = "these figures need each respondent"

By = str | Sequence[str] | None
Indicators = IndicatorSet | Indicator | str | Sequence[Indicator | str]
WrittenRule = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""A rule as a definition's TOML writes it: {"question": "sector", "in": ["third"]}; a list means all hold."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A checked question to a survey.

    `where` is the rule that the base meets besides its own (none: everyone), `by` the breakdowns, `level` in percent
    (0-100), `interval` and `df` how intervals are made, `lonely_psu` what a stratum with one PSU does, `populations`
    the people of each area, where weights sum within areas. What is `beside` the breakdowns is added up by, and has no
    figures.
    """

    survey: Survey
    where: Rule | None
    by: By
    level: float
    interval: str
    df: str
    lonely_psu: str
    populations: Mapping[str, float] | None
    beside: tuple[str, ...] = ()

    @property
    def wave(self) -> Wave:
        return self.survey.wave

    @property
    def _opened(self) -> dict[str, Any]:
        return {"by": self.by, "lonely_psu": self.lonely_psu, "beside": self.beside}

    def figures(self, quantities: Sequence[Quantity], estimand: Estimand) -> FiguresByBreakdown:
        """Return the figures of some quantities, added up where the rows live.

        Where that is an engine which cannot add them up, the rows are read as arrays, and a note says so: this is the
        only way back. Raises SurveyError and DesignError for what is wrong with the rows and the design.
        """
        engine, why = engine_of(self.survey), ""
        if engine is not None:
            try:
                opened = open_in_engine(self.survey, engine, **self._opened)
                found = figures(opened, quantities, estimand, df=self.df, populations=self.populations)
                return replace(found, notes=self.survey.microdata.notes)
            except NotAddedUpError as reason:
                why = str(reason)
        questions = frozenset().union(*(quantity.questions for quantity in quantities))
        sample = self.open(questions, why)
        found = figures(sample, quantities, estimand, df=self.df, populations=self.populations)
        return replace(found, notes=sample.notes)

    def open(self, questions: Iterable[str], why: str = EACH) -> Sample:
        """Return the survey opened as arrays for some questions and those of the rule; `why` is noted."""
        needed = {*questions, *questions_of_rule(self.where)}
        sample = open_sample(self.survey, needed, **self._opened)
        return replace(sample, notes=self.noted(why))

    def noted(self, why: str = EACH) -> tuple[str, ...]:
        """Return what a reader should know of the file and, where an engine holds its rows, why they are read."""
        data = self.survey.microdata
        if engine_of(self.survey) is None:
            return data.notes
        return (*data.notes, f"{data.name} was read into arrays, not added up by the engine that holds it: {why}")


def asked(
    survey: Survey,
    *,
    where: WrittenRule | None = None,
    by: By = None,
    level: float = LEVEL,
    interval: str = INTERVAL,
    df: str = DF,
    lonely_psu: str | None = None,
    populations: Mapping[str, float] | None = None,
) -> Asked:
    """Return what is asked of a survey; `lonely_psu` is the wave's unless given.

    Raises OptionError that lists every bad argument, and DefinitionError for an invalid rule.
    """
    policy = survey.wave.lonely_psu if lonely_psu is None else lonely_psu
    words = (("interval", interval, METHODS), ("df", df, DFS), ("lonely_psu", policy, LONELY))
    refuse([*level_problems(level), *(line for word in words for line in word_problems(*word))])
    return Asked(survey, read_where(survey.wave, where), by, float(level), interval, df, policy, populations)


def level_problems(level: object) -> Iterator[str]:
    """Yield what is wrong with the level of an interval, in percent."""
    number: Any = level if isinstance(level, Real) and not isinstance(level, bool) else nan
    if not LEAST_LEVEL <= number < UNREACHED_LEVEL:
        shown = f"{level:g}" if isinstance(level, float) else shown_argument(level)
        limits = f"from {LEAST_LEVEL:g} to below {UNREACHED_LEVEL:g}"
        yield f"level is a percentage {limits}, such as 95, not a share; got {shown}"


def read_where(wave: Wave, where: WrittenRule | None) -> Rule | None:
    """Return a rule written as in a definition. Raises DefinitionError for an invalid rule or an unknown question."""
    if where is None:
        return None
    problems = Problems("where")
    rule = read_rule(TomlTable({"where": where}, "", problems), "where")
    for problem in (*wave.not_asked(rule.questions), *rule_problems(wave, rule)):
        problems.add("", problem)
    problems.raise_any()
    return rule


def asked_indicators(wave: Wave, wanted: Indicators | None) -> list[Indicator]:
    """Return the indicators asked for, checked against what the wave measures.

    Of a set (or of all shipped ones) those that the wave measures; one asked for by name must be measured. Raises
    DefinitionError for what the wave does not measure, OptionError for an empty list.
    """
    if wanted is None or isinstance(wanted, IndicatorSet):
        known = all_shipped() if wanted is None else wanted.by_id
        measured = [one for one in known.values() if wave.measures(one)]
        if not measured:
            which = "no shipped indicator" if wanted is None else f"no indicator of {wanted.id}"
            raise DefinitionError(f"{wave.name} measures {which}: it does not ask their questions")
    else:
        named = [wanted] if isinstance(wanted, (str, Indicator)) else wanted
        if not named:
            raise OptionError("no indicator is asked for: the list is empty")
        measured = [one if isinstance(one, Indicator) else find_shipped(one) for one in named]
    problems = [line for one in measured for line in _unmeasured(wave, one)]
    if problems:
        raise DefinitionError("\n".join(problems))
    return measured


def _unmeasured(wave: Wave, indicator: Indicator) -> list[str]:
    return [f"{indicator.id}: {problem}" for problem in binding_problems(wave, indicator.definition(wave.year))]
