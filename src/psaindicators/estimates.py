"""An indicator's value with its interval, by area: percentages and percentage points from here on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators.data.codes import Codes, codes_of
from psaindicators.definitions.indicators import Indicator, IndicatorSet
from psaindicators.definitions.rules import Rule
from psaindicators.definitions.shipped import all_shipped, find_indicator
from psaindicators.definitions.waves import LONELY_PSU, Wave, binding_problems
from psaindicators.design.answers import ArrayAnswers, named_answers
from psaindicators.design.combined import combined
from psaindicators.design.domains import Breakdown, breakdown, parts_of, questions_of
from psaindicators.design.intervals import METHODS, Spread
from psaindicators.design.intervals import interval as interval_ends
from psaindicators.design.linearise import Ratios, design_df, ratios
from psaindicators.design.survey import Columns, Survey, keys_of, population_counts, read_columns, weights_of
from psaindicators.design.totals import Frame, Measure, Totals, psu_totals
from psaindicators.errors import DefinitionError, DesignError, did_you_mean
from psaindicators.tables import Column, Table

PERCENT = 100.0
DF = ("domain", "design", "normal")
LINEARISED = "ratio of weighted totals, linearised"
COMBINED = "population-weighted mean of areas"
COLUMNS = (
    *("indicator", "survey", "wave", "by", "area", "value", "se", "low", "high", "margin", "level", "interval", "df"),
    *("base", "weighted_base", "strata", "psus", "deff", "effective_base", "method", "marker"),
)

Asked = IndicatorSet | Indicator | str | Sequence[Indicator | str]


@dataclass(frozen=True, eq=False, repr=False)
class Estimates(Table):
    """Estimates, a row for each indicator and area, in percent (0-100).

    Columns: indicator, survey, wave, by, area, value, se (standard error), low and high (ends of the interval),
    margin (half its width), level, interval (the method it holds), df, base (respondents), weighted_base, strata and
    psus (that hold the base), deff, effective_base, method, marker ([u] no variance, [x] nobody answered), and
    area_name where a vintage knows it. `indicators` are those estimated, by id; `wave` is the one they were estimated
    from, unknown (None) for printed figures and saved estimates.
    """

    indicators: Mapping[str, Indicator]
    wave: Wave | None = None

    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "wave", "by", "area", "area_name"),
        *("value", "low", "high", "margin", "base", "deff", "marker"),
    )


@dataclass(frozen=True)
class Options:
    """How intervals are made: the level in percent, the method, where degrees of freedom come from, lonely PSUs."""

    level: float
    interval: str
    df: str
    lonely_psu: str


def estimate(
    survey: Survey,
    indicators: Asked | None = None,
    *,
    by: str | Sequence[str] | None = None,
    level: float = 95,
    interval: str = "wald",
    df: str = "domain",
    lonely_psu: str | None = None,
    populations: Mapping[str, float] | None = None,
) -> Estimates:
    """Return weighted percentages with design-based intervals, a row for each indicator and area.

    `indicators` is a set, an indicator, an id or a list of them; none means all shipped ones the wave measures. `by`
    is an area kind, a question, several crossed ("region*sex") or a list of these; none means everyone. A percentage
    is 100 Y / X, ratio of weighted totals; its variance is linearised between PSUs within strata, with the domain's
    outsiders as zeros; intervals use Student's t with PSUs less strata of the base. `interval` is wald, logit,
    wilson, beta or asin; `df` is domain, design or normal; `lonely_psu` is the wave's unless given. `populations` (by
    area) are needed for levels above an area where the wave's weights sum within areas.

    Raises DefinitionError (unknown indicator or breakdown), SurveyError (codes, weights), DesignError (lonely PSUs,
    population counts, populations that are missing).
    """
    wave = survey.wave
    options = _options(Options(level, interval, df, lonely_psu or wave.lonely_psu))
    asked = asked_indicators(wave, indicators)
    wanted = parts_of(by)
    columns, answers, included = _answers(survey, asked, wanted)
    measures = [measure(one, wave, answers) for one in asked]
    breakdowns = [breakdown(name, columns, answers, included) for name in wanted]
    kind = _weighted_within(wave)
    within = breakdown(kind, columns, answers, included) if kind else None
    domains = tuple(part.codes for part in (*breakdowns, *([within] if within else [])))
    totals = psu_totals(frame_of(columns), measures, domains)
    found = _figures(totals, breakdowns, within, (options.lonely_psu, populations))
    overall = design_df(totals, options.lonely_psu) if df == "design" else None
    blocks = [
        _block(one, part, method, (options, overall)) for part, (one, method) in zip(breakdowns, found, strict=True)
    ]
    return Estimates(_stacked(wave, asked, blocks), {one.id: one for one in asked}, wave)


def _options(options: Options) -> Options:
    if not 0 < options.level < 100:
        raise ValueError(f"level is a percentage between 0 and 100, such as 95; got {options.level}")
    for word, known in ((options.interval, METHODS), (options.df, DF), (options.lonely_psu, LONELY_PSU)):
        if word not in known:
            raise ValueError(f"'{word}' is not one of {', '.join(known)}{did_you_mean(word, known)}")
    return options


def asked_indicators(wave: Wave, asked: Asked | None) -> list[Indicator]:
    """Return the indicators asked for, checked against what the wave measures.

    Of a set (or of all shipped ones) those that the wave measures; one asked for by name must be measured.
    """
    if asked is None or isinstance(asked, IndicatorSet):
        known = all_shipped() if asked is None else asked.by_id
        measured = [one for one in known.values() if wave.measures(one)]
        if not measured:
            which = "no shipped indicator" if asked is None else f"no indicator of {asked.id}"
            raise DefinitionError(f"{wave.name} measures {which}: it does not ask their questions")
    else:
        named = [asked] if isinstance(asked, (str, Indicator)) else asked
        measured = [one if isinstance(one, Indicator) else find_indicator(one, all_shipped().values()) for one in named]
    problems = [line for one in measured for line in _unmeasured(wave, one)]
    if problems:
        raise DefinitionError("\n".join(problems))
    return measured


def _unmeasured(wave: Wave, indicator: Indicator) -> list[str]:
    return [f"{indicator.id}: {problem}" for problem in binding_problems(wave, indicator.definition(wave.year))]


def _answers(
    survey: Survey, asked: Sequence[Indicator], by: Sequence[str]
) -> tuple[Columns, ArrayAnswers, NDArray[np.bool_]]:
    """Return the columns needed, the answers named, and who is included; every fault of the door's is raised here."""
    wave = survey.wave
    questions = questions_of(wave, by).union(*(one.definition(wave.year).questions for one in asked))
    questions |= wave.include.questions if wave.include else frozenset()
    design = [*([wave.stratum] if wave.stratum else []), *wave.psu, *wave.fpc, *wave.area.values()]
    columns = read_columns(survey, [*design, *(wave.questions[name].variable for name in sorted(questions))])
    answers = named_answers(columns, questions)
    included = truth(wave.include, answers) if wave.include else np.ones(columns.rows, dtype=bool)
    return columns, answers, included


def truth(rule: Rule, answers: ArrayAnswers) -> NDArray[np.bool_]:
    """Return whom a rule holds for, shape (rows,)."""
    return np.asarray(rule.holds(answers), dtype=bool)


def measure(indicator: Indicator, wave: Wave, answers: ArrayAnswers) -> Measure:
    """Return who is in an indicator's base and who in its numerator, which counts only inside the base."""
    definition = indicator.definition(wave.year)
    base = truth(definition.denominator, answers)
    return Measure(base, base & truth(definition.numerator, answers))


def frame_of(columns: Columns) -> Frame:
    """Return the design of every respondent, checked: one stratum where none is named, each a PSU where none is."""
    wave = columns.survey.wave
    one_stratum = Codes((EVERYWHERE,), np.zeros(columns.rows, dtype=np.intp))
    stages = max(1, len(wave.fpc))
    return Frame(
        weights_of(columns),
        keys_of(columns, wave.stratum, "stratum") if wave.stratum else one_stratum,
        tuple(keys_of(columns, name, "psu") for name in wave.psu[:stages]),
        tuple(codes_of(population_counts(columns, name)) for name in wave.fpc),
    )


EVERYWHERE = "(one stratum)"


def _figures(
    totals: Totals,
    breakdowns: Sequence[Breakdown],
    within: Breakdown | None,
    how: tuple[str, Mapping[str, float] | None],
) -> list[tuple[Ratios, str]]:
    """Return each breakdown's ratios and their method; those above the areas that weights sum within are combined."""
    lonely_psu, populations = how
    found = []
    for i, part in enumerate(breakdowns):
        if within is None or within.by in part.by.split("*"):
            found.append((ratios(totals, i, lonely_psu), LINEARISED))
        else:
            areas = ratios(totals, len(breakdowns), lonely_psu)
            found.append((combined(areas, within.codes, part.codes, _stated(within, part, populations)), COMBINED))
    return found


def _weighted_within(wave: Wave) -> str | None:
    """Return the kind of area that the wave's weights were scaled within, where they do not gross to the population."""
    return next(iter(wave.area)) if wave.weight_sums_to == "area" else None


def _stated(within: Breakdown, part: Breakdown, populations: Mapping[str, float] | None) -> NDArray[np.float64]:
    """Return the population of each area. Raises DesignError where one is not stated or the breakdown is no area."""
    need = f"the weights sum within each {within.by}, so '{part.by}' can only be combined from them with populations"
    if populations is None:
        raise DesignError(f"{need}: give populations by {within.by}")
    absent = [str(area) for area in within.codes.values if str(area) not in populations]
    if absent:
        raise DesignError(f"{need}; there is none for {', '.join(absent[:12])}{', ...' if len(absent) > 12 else ''}")
    return np.array([float(populations[str(area)]) for area in within.codes.values])


def _block(one: Ratios, part: Breakdown, method: str, how: tuple[Options, int | None]) -> dict[str, Column]:
    """Return the columns of one breakdown, each of shape (I, D), in percent."""
    options, overall = how
    domain_df = one.df.astype(float)
    asked_df = {"domain": domain_df, "normal": np.full_like(domain_df, np.inf)}.get(
        options.df, np.full_like(domain_df, overall or 0)
    )
    used_df = np.where(domain_df > 0, asked_df, domain_df)
    spread = Spread(one.p, one.v, used_df, one.answered.astype(float), one.base.astype(float), 1 - options.level / 100)
    low, high, held = interval_ends(options.interval, spread)
    deff = _deff(one)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = np.where(deff > 0, one.base / deff, np.nan)
    shape = one.p.shape
    empty = one.base == 0
    columns: dict[str, Column] = {
        "by": np.full(shape, part.by, dtype=object),
        "area": np.broadcast_to(np.array(part.codes.values, dtype=object), shape),
        "value": PERCENT * one.p,
        "se": PERCENT * np.sqrt(one.v),
        "low": PERCENT * low,
        "high": PERCENT * high,
        "margin": PERCENT * (high - low) / 2,
        "level": np.full(shape, float(options.level)),
        "interval": held,
        "df": used_df,
        "base": one.base,
        "weighted_base": one.weighted_base,
        "strata": one.strata,
        "psus": one.psus,
        "deff": deff,
        "effective_base": effective,
        "method": np.full(shape, method, dtype=object),
        "marker": np.where(empty, "[x]", np.where(np.isnan(one.v), "[u]", "")).astype(object),
    }
    names = part.names if part.names is not None else np.full(shape[1], "", dtype=object)
    return columns | {"area_name": np.broadcast_to(names, shape)}


def _deff(one: Ratios) -> NDArray[np.float64]:
    """Return v (n - 1) / (p (1 - p)): the variance over that of simple random sampling with replacement."""
    with np.errstate(invalid="ignore", divide="ignore"):
        srs = one.p * (1 - one.p) / (one.base - 1)
        return np.where(srs > 0, one.v / srs, np.nan)


def _stacked(wave: Wave, asked: Sequence[Indicator], blocks: Sequence[dict[str, Column]]) -> dict[str, Column]:
    """Return the blocks side by side as one table: indicator by indicator, breakdown after breakdown."""
    joined = {name: np.concatenate([block[name] for block in blocks], axis=1) for name in blocks[0]}
    rows = joined["value"].size
    of_wave: dict[str, Column] = {
        "indicator": np.repeat(np.array([one.id for one in asked], dtype=object), rows // len(asked)),
        "survey": np.full(rows, wave.survey, dtype=object),
        "wave": np.full(rows, wave.year),
    }
    flat = of_wave | {name: column.ravel() for name, column in joined.items()}
    named = any(flat["area_name"] != "")
    return {name: flat[name] for name in (*COLUMNS, *(("area_name",) if named else ()))}
