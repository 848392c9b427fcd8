"""An indicator's value with its interval, by area: percentages and percentage points from here on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.indicators import Indicator, IndicatorSet
from psaindicators.definitions.shipped import all_shipped, find_indicator
from psaindicators.definitions.waves import LONELY_PSU, Wave, binding_problems
from psaindicators.design.engine_sample import open_in_engine
from psaindicators.design.sample import Sample, open_sample
from psaindicators.errors import DefinitionError, OptionError, did_you_mean
from psaindicators.kernel.estimands import share
from psaindicators.kernel.intervals import METHODS, Spread
from psaindicators.kernel.intervals import interval as interval_ends
from psaindicators.kernel.linearise import Ratios
from psaindicators.kernel.totals import Measure
from psaindicators.survey.breakdowns import Breakdown
from psaindicators.survey.engine import Share
from psaindicators.survey.survey import Survey
from psaindicators.tables import Column, Table

PERCENT = 100.0
DF = ("domain", "design", "normal")
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
    outsiders as zeros (or made from the wave's replicate weights); intervals use Student's t with PSUs less strata of
    the base (or the rank of its replicate weights, less 1). `interval` is wald, logit,
    wilson, beta or asin; `df` is domain, design or normal; `lonely_psu` is the wave's unless given. `populations` (by
    area) are needed for levels above an area where the wave's weights sum within areas.

    Raises DefinitionError (unknown indicator or breakdown), SurveyError (codes, weights), DesignError (lonely PSUs,
    population counts, populations that are missing) and OptionError (level, interval, df, lonely_psu).
    """
    wave = survey.wave
    options = checked(Options(level, interval, df, lonely_psu or wave.lonely_psu))
    asked = asked_indicators(wave, indicators)
    blocks = percentages(*_opened(survey, asked, by, options), options, populations)
    columns = stacked(wave, {"indicator": [one.id for one in asked]}, blocks)
    return Estimates(columns, {one.id: one for one in asked}, wave)


def _opened(
    survey: Survey, asked: Sequence[Indicator], by: str | Sequence[str] | None, options: Options
) -> tuple[Sample, list[Measure]]:
    """Return the survey opened with its measures: added up already where an engine could, else as arrays."""
    wave, lonely_psu = survey.wave, options.lonely_psu
    definitions = [one.definition(wave.year) for one in asked]
    shares = [Share(one.denominator, one.numerator) for one in definitions]
    sample = open_in_engine(survey, shares, by=by, lonely_psu=lonely_psu)
    if sample is not None:
        return sample, []
    sample = open_sample(survey, {q for one in definitions for q in one.questions}, by=by, lonely_psu=lonely_psu)
    return sample, [measure(one, sample) for one in asked]


def checked(options: Options) -> Options:
    """Return the options as they are. Raises OptionError for a level or a word that is none of them."""
    if not 1 <= options.level < 100:
        raise OptionError(f"level is a percentage between 0 and 100, such as 95, not a share; got {options.level:g}")
    for word, known in ((options.interval, METHODS), (options.df, DF), (options.lonely_psu, LONELY_PSU)):
        if word not in known:
            raise OptionError(f"'{word}' is not one of {', '.join(known)}{did_you_mean(word, known)}")
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
        if not named:
            raise OptionError("no indicator is asked for: the list is empty")
        measured = [one if isinstance(one, Indicator) else find_indicator(one, all_shipped().values()) for one in named]
    problems = [line for one in measured for line in _unmeasured(wave, one)]
    if problems:
        raise DefinitionError("\n".join(problems))
    return measured


def _unmeasured(wave: Wave, indicator: Indicator) -> list[str]:
    return [f"{indicator.id}: {problem}" for problem in binding_problems(wave, indicator.definition(wave.year))]


def measure(indicator: Indicator, sample: Sample) -> Measure:
    """Return who is in an indicator's base and who in its numerator, which counts only inside the base."""
    definition = indicator.definition(sample.wave.year)
    base = sample.where(definition.denominator)
    return Measure(base, base & sample.where(definition.numerator))


def percentages(
    sample: Sample, measures: Sequence[Measure], options: Options, populations: Mapping[str, float] | None
) -> list[dict[str, Column]]:
    """Return the columns of each breakdown's percentages, each of shape (I, D)."""
    overall = sample.design.df() if options.df == "design" else None
    return [
        interval_columns(one, options, used_df(one, options, overall)) | described(part, one, method)
        for part, one, method in sample.figures(measures, share, populations)
    ]


def used_df(one: Ratios, options: Options, overall: int | None) -> NDArray[np.float64]:
    """Return the df of intervals: the domain's, the whole design's or infinite, as asked; 0 where the domain has 0."""
    domain_df = one.df.astype(float)
    asked = {"domain": domain_df, "normal": np.full_like(domain_df, np.inf)}
    return np.where(domain_df > 0, asked.get(options.df, np.full_like(domain_df, overall or 0)), domain_df)


def interval_columns(one: Ratios, options: Options, df: NDArray[np.float64]) -> dict[str, Column]:
    """Return the figures of proportions, in percent."""
    spread = Spread(one.p, one.v, df, one.answered.astype(float), one.base.astype(float), 1 - options.level / 100)
    low, high, held = interval_ends(options.interval, spread)
    deff = _deff(one)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = np.where(deff > 0, one.base / deff, np.nan)
    return {
        "value": PERCENT * one.p,
        "se": PERCENT * np.sqrt(one.v),
        "low": PERCENT * low,
        "high": PERCENT * high,
        "margin": PERCENT * (high - low) / 2,
        "level": np.full(one.p.shape, float(options.level)),
        "interval": held,
        "df": df,
        "deff": deff,
        "effective_base": effective,
    }


def described(part: Breakdown, one: Ratios, method: str) -> dict[str, Column]:
    """Return the columns that say what figures are about and rest on, each of shape (I, D)."""
    shape = one.p.shape
    names = part.names if part.names is not None else np.full(shape[1], "", dtype=object)
    return {
        "by": np.full(shape, part.by, dtype=object),
        "area": np.broadcast_to(np.array(part.codes.values, dtype=object), shape),
        "base": one.base,
        "weighted_base": one.weighted_base,
        "strata": one.strata,
        "psus": one.psus,
        "method": np.full(shape, method, dtype=object),
        "marker": np.where(one.base == 0, "[x]", np.where(np.isnan(one.v), "[u]", "")).astype(object),
        "area_name": np.broadcast_to(names, shape),
    }


def _deff(one: Ratios) -> NDArray[np.float64]:
    """Return v (n - 1) / (p (1 - p)): the variance over that of simple random sampling with replacement."""
    with np.errstate(invalid="ignore", divide="ignore"):
        srs = one.p * (1 - one.p) / (one.base - 1)
        return np.where(srs > 0, one.v / srs, np.nan)


def stacked(
    wave: Wave, named: Mapping[str, Sequence[str]], blocks: Sequence[dict[str, Column]], order: Sequence[str] = COLUMNS
) -> dict[str, Column]:
    """Return the blocks side by side as one table: figure by figure, breakdown after breakdown, columns in `order`.

    `named` gives columns with a text for each figure, such as the indicator's id.
    """
    return stacked_as(wave.survey, wave.year, named, blocks, order)


def stacked_as(
    survey: str,
    year: int,
    named: Mapping[str, Sequence[str]],
    blocks: Sequence[dict[str, Column]],
    order: Sequence[str] = COLUMNS,
) -> dict[str, Column]:
    """Return the blocks side by side as `stacked` does, under a survey's id and a wave's year."""
    joined = {name: np.concatenate([block[name] for block in blocks], axis=1) for name in blocks[0]}
    n_figures, n_areas = joined["value"].shape
    of_wave: dict[str, Column] = {
        **{name: np.repeat(np.array(texts, dtype=object), n_areas) for name, texts in named.items()},
        "survey": np.full(n_figures * n_areas, survey, dtype=object),
        "wave": np.full(n_figures * n_areas, year),
    }
    flat = of_wave | {name: column.ravel() for name, column in joined.items()}
    with_names = any(flat["area_name"] != "")
    return {name: flat[name] for name in (*order, *(("area_name",) if with_names else ()))}
