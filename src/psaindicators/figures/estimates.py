"""An indicator's value with its interval, by area: percentages and percentage points from here on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.waves import Wave
from psaindicators.design.engine_sample import open_in_engine
from psaindicators.design.sample import Sample
from psaindicators.figures.asked import DF, INTERVAL, LEVEL, Asked, By, Indicators, asked, asked_indicators
from psaindicators.figures.scale import in_percent
from psaindicators.kernel.estimands import share
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.intervals import Spread
from psaindicators.kernel.intervals import interval as interval_ends
from psaindicators.kernel.significance import root
from psaindicators.kernel.totals import Measure
from psaindicators.survey.breakdowns import Breakdown
from psaindicators.survey.engine import Share
from psaindicators.survey.survey import Survey
from psaindicators.tables import Column, Table

COLUMNS = (
    *("indicator", "survey", "wave", "by", "area", "value", "se", "low", "high", "margin", "level", "interval", "df"),
    *("base", "weighted_base", "strata", "psus", "deff", "effective_base", "method", "marker"),
)


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


def estimate(
    survey: Survey,
    indicators: Indicators | None = None,
    *,
    by: By = None,
    level: float = LEVEL,
    interval: str = INTERVAL,
    df: str = DF,
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

    Raises OptionError that lists every bad argument, DefinitionError (unknown indicator or breakdown), SurveyError
    (codes, weights) and DesignError (lonely PSUs, population counts, populations that are missing).
    """
    of = asked(survey, by=by, level=level, interval=interval, df=df, lonely_psu=lonely_psu, populations=populations)
    wanted = asked_indicators(survey.wave, indicators)
    blocks = percentages(of, *_opened(of, wanted))
    columns = stacked(survey.wave, {"indicator": [one.id for one in wanted]}, blocks)
    return Estimates(columns, {one.id: one for one in wanted}, survey.wave)


def _opened(of: Asked, wanted: Sequence[Indicator]) -> tuple[Sample, list[Measure]]:
    """Return the survey opened with its measures: added up already where an engine could, else as arrays."""
    definitions = [one.definition(of.wave.year) for one in wanted]
    shares = [Share(one.denominator, one.numerator) for one in definitions]
    sample = open_in_engine(of.survey, shares, by=of.by, lonely_psu=of.lonely_psu)
    if sample is not None:
        return sample, []
    sample = of.open({question for one in definitions for question in one.questions})
    return sample, [measure(one, sample) for one in wanted]


def measure(indicator: Indicator, sample: Sample) -> Measure:
    """Return who is in an indicator's base and who in its numerator, which counts only inside the base."""
    definition = indicator.definition(sample.wave.year)
    base = sample.where(definition.denominator)
    return Measure(base, base & sample.where(definition.numerator))


def percentages(of: Asked, sample: Sample, measures: Sequence[Measure]) -> list[dict[str, Column]]:
    """Return the columns of each breakdown's percentages, each of shape (I, D)."""
    return [
        interval_columns(one, of.interval, of.level, df) | described(part, one, method)
        for part, one, df, method in with_df(of, sample, sample.figures(measures, share, of.populations))
    ]


def with_df(
    of: Asked, sample: Sample, figures: Iterable[tuple[Breakdown, Ratios, str]]
) -> Iterator[tuple[Breakdown, Ratios, NDArray[np.float64], str]]:
    """Yield each breakdown's figures with the df of their intervals, which is 0 where the domain's is.

    It is the domain's, the whole design's or infinite, as asked.
    """
    overall = sample.design.df() if of.df == "design" else 0
    for part, one, method in figures:
        domain_df = one.df.astype(float)
        used = {"domain": domain_df, "design": np.full_like(domain_df, overall)}.get(of.df, np.inf)
        yield part, one, np.where(domain_df > 0, used, domain_df), method


def interval_columns(one: Ratios, interval: str, level: float, df: NDArray[np.float64]) -> dict[str, Column]:
    """Return the figures of proportions, in percent."""
    spread = Spread(one.value, one.v, df, one.answered.astype(float), one.base.astype(float), 1 - level / 100)
    low, high, held = interval_ends(interval, spread)
    deff = _deff(one)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = np.where(deff > 0, one.base / deff, np.nan)
    return {
        "value": in_percent(one.value),
        "se": in_percent(root(one.v)),
        "low": in_percent(low),
        "high": in_percent(high),
        "margin": in_percent(high - low) / 2,
        "level": np.full(one.value.shape, level),
        "interval": held,
        "df": df,
        "deff": deff,
        "effective_base": effective,
    }


def described(part: Breakdown, one: Ratios, method: str) -> dict[str, Column]:
    """Return the columns that say what figures are about and rest on, each of shape (I, D)."""
    shape = one.value.shape
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
        srs = one.value * (1 - one.value) / (one.base - 1)
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
