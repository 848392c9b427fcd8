"""An indicator's value with its interval, by area: percentages and percentage points from here on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.charts.funnel import Funnel
from psaindicators.charts.intervals import Intervals
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import Rule, in_words
from psaindicators.definitions.waves import Wave
from psaindicators.design.sample import Block, FiguresByBreakdown, Sample
from psaindicators.figures.asked import DF, INTERVAL, LEVEL, Asked, By, Indicators, WrittenRule, asked, asked_indicators
from psaindicators.figures.charting import areas_chart, funnel_chart
from psaindicators.figures.crossings import Crossable, part_columns, part_names
from psaindicators.figures.reliability import told
from psaindicators.figures.scale import in_percent
from psaindicators.figures.sentences import sentences_of
from psaindicators.headings import Column, Heading
from psaindicators.kernel.estimands import share
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.intervals import Spread, interval as interval_ends
from psaindicators.kernel.significance import root
from psaindicators.kernel.totals import Measure
from psaindicators.survey.quantities import Share, both
from psaindicators.survey.rows import AddedUp
from psaindicators.survey.survey import Survey
from psaindicators.words import row_id

FIGURES = (
    *(h.VALUE, h.SE, h.LOW, h.HIGH, h.MARGIN, h.LEVEL, h.INTERVAL, h.DF, h.BASE, h.WEIGHTED_BASE, h.STRATA, h.PSUS),
    *(h.DEFF, h.EFFECTIVE_BASE, h.METHOD, h.MARKER),
)
"""The columns of a percentage, after those that say what it is about."""
NARROWED = "of those with"
"""Says in a row's method that its base is only some of a breakdown: those whom a rule of the caller's holds for."""
PART_OF_YEAR = "part of the year, for performance management only"
"""Says in a row's method that it is a quarter's, or of another part of the wave's fieldwork."""
ALWAYS = (h.INDICATOR, h.SURVEY, h.WAVE, h.BY, h.AREA, *FIGURES)
ORDER = tuple(one.name for one in ALWAYS)
"""The columns that every table of estimates has, in order."""
PUBLISHED = h.figure("published", "in an outturn: the figure that was printed", h.IN_PERCENT)
NOTE = h.NOTE.as_("how little the row rests on, and by which rule it is unreliable, where either is to be said")
MAY_BE_ABSENT = ("area_name", "note")
"""Columns that are there only where some row has a text in them."""
AGREES = h.text("agrees", "in an outturn: whether ours rounds to the printed one", "yes or no")
IN_OUTTURNS = h.ID.as_("in an outturn: the row's id, by which its judgements speak of it")


@dataclass(frozen=True, eq=False, repr=False)
class Estimates(Crossable):
    """Estimates, a row for each indicator and area, in percent (0-100).

    `indicators` are those estimated, by id; `wave` is the one they were estimated from, unknown (None) for printed
    figures and saved estimates. `area_name`, `note`, `published`, `agrees` and `id` may be absent. A crossing
    ("region*sex") has the code of each of its parts in a column of its own, `by_region`, and where it has one its name,
    `by_region_name`; printed, it is a two-way table.
    """

    indicators: Mapping[str, Indicator]
    wave: Wave | None = None

    headings: ClassVar[tuple[Heading, ...]] = (*ALWAYS, h.AREA_NAME, NOTE, PUBLISHED, AGREES, IN_OUTTURNS)
    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "wave", "by", "area", "area_name"),
        *("value", "low", "high", "margin", "base", "deff", "marker", "note"),
    )
    if_any: ClassVar[tuple[str, ...]] = MAY_BE_ABSENT

    @property
    def wave_name(self) -> str:
        """What the survey's wave is called in an outturn: `place 2008`. There is at least one row."""
        return f"{self.columns['survey'][0]} {int(self.columns['wave'][0])}"

    def plot(self) -> Intervals:
        """Return the chart of one indicator by one breakdown: each estimate with its interval, everyone as a line.

        A notebook shows it; `.save("chart.svg")` writes it, and `.figure()` is matplotlib's. Raises OptionError where
        the rows make no one chart.
        """
        return areas_chart(self, self.indicators)

    def funnel(self) -> Funnel:
        """Return the chart of one indicator's areas by effective base, with the limits of chance around everyone.

        Raises OptionError where the rows are of several indicators or breakdowns, or none is everyone's.
        """
        return funnel_chart(self, self.indicators)

    def sentences(self) -> list[str]:
        """Return a plain sentence for each estimate: its value, where and when, its interval, how sure it is."""
        return [*sentences_of(self, self.indicators)]


@typed
def estimate(
    survey: Survey,
    indicators: Indicators | None = None,
    *,
    where: WrittenRule | None = None,
    by: By = None,
    level: float = LEVEL,
    interval: str = INTERVAL,
    df: str = DF,
    lonely_psu: str | None = None,
    populations: Mapping[str, float] | None = None,
) -> Estimates:
    """Return weighted percentages with design-based intervals, a row for each indicator and area.

    `indicators` is a set, an indicator, an id or a list of them; none means all shipped ones the wave measures. `where`
    is a rule, written as in a definition, that those in a base meet besides the definition's own, such as
    `where={"question": "sex", "in": ["female"]}`; the others stay in the design as zeros. `by` is an area kind, a
    question, several crossed ("region*sex") or a list of these; none means everyone. A percentage is 100 Y / X, ratio
    of weighted totals; its variance is linearised between PSUs within strata, with the domain's outsiders as zeros (or
    made from the wave's replicate weights); intervals use Student's t with the `df` of "strata", all PSUs of the design
    in the strata that hold the base less those strata (or the rank of the replicate weights, less 1), "domain", only
    those that hold the base, "design" or "normal". `interval` is logit, wald, wilson, beta or asin. A standard error is
    empty only where the "strata" df is 0; an interval also where the df asked for is: such a row is marked [u],
    as is one of fewer than 5 respondents or with one who has more than half of the weights, and one that the wave's
    reliability rule finds unreliable; its `note` says why. `lonely_psu` is the wave's unless given. `populations` (by
    area) are needed for levels above an area where the wave's weights sum within areas.

    Raises OptionError that lists every bad argument, DefinitionError (unknown indicator or breakdown), SurveyError
    (codes, weights) and DesignError (lonely PSUs, population counts, populations that are missing).

    An example is under this name on the documentation's page of examples (docs/examples.md).
    """
    of = asked(
        survey,
        where=where,
        by=by,
        level=level,
        interval=interval,
        df=df,
        lonely_psu=lonely_psu,
        populations=populations,
    )
    return estimated(of, asked_indicators(survey.wave, indicators))[0]


def estimated(of: Asked, indicators: Sequence[Indicator]) -> tuple[Estimates, AddedUp]:
    """Return the estimates of what is asked of a survey, and what was added up for them (see `estimate`)."""
    found = of.figures([share_of(one, of.wave.year, of.where) for one in indicators], share)
    columns = stacked(of.wave, {"indicator": [one.id for one in indicators]}, percentages(of, found))
    columns["method"] = _of_whom(columns, of)
    return Estimates(columns, {one.id: one for one in indicators}, of.wave, notes=found.notes), found.added


def _of_whom(columns: Mapping[str, Column], of: Asked) -> Column:
    """Return the method of each row, with whom it is of where that is not everyone, or not the whole year."""
    narrowed = [f"{NARROWED} {in_words(of.where)}"] if of.where else []
    asked_of = of.where.questions if of.where else frozenset()
    said = {
        by: [*narrowed, *([PART_OF_YEAR] if {*of.wave.part_year} & {*by.split("*"), *asked_of} else [])]
        for by in dict.fromkeys(columns["by"])
    }
    rows = zip(columns["method"], columns["by"], strict=True)
    return np.array(["; ".join([method, *said[by]]) for method, by in rows], dtype=object)


def of_whom(method: str) -> str:
    """Return what a row's method says of whom it is, where that is not everyone or not the whole year; else ""."""
    starts = [at for at in (method.find(NARROWED), method.find(PART_OF_YEAR)) if at >= 0]
    return method[min(starts) :] if starts else ""


def narrowing(method: str) -> str:
    """Return what a row's method says of whom it is, but for the part of the year; "" where it is of everyone."""
    return of_whom(method).removesuffix(PART_OF_YEAR).removesuffix("; ")


def estimate_ids(columns: Mapping[str, Column]) -> Column:
    """Return the id of each row of estimates: indicator, survey and wave, by, area and, where not everyone, of whom."""
    names = ("indicator", "survey", "wave", "by", "area", "method")
    rows = zip(*(columns[name].tolist() for name in names), strict=True)
    return np.array(
        [
            row_id(indicator, f"{survey} {wave}", by, area, *filter(None, [of_whom(method)]))
            for indicator, survey, wave, by, area, method in rows
        ],
        dtype=object,
    )


def share_of(indicator: Indicator, year: int, where: Rule | None = None) -> Share:
    """Return an indicator's base and numerator by the definition in force, for those whom a rule holds for."""
    definition = indicator.definition(year)
    return Share(both(definition.denominator, where), definition.numerator)


def measure(indicator: Indicator, sample: Sample) -> Measure:
    """Return who is in an indicator's base and who in its numerator, which counts only inside the base."""
    return sample.rows.measure(share_of(indicator, sample.wave.year))


def percentages(of: Asked, found: FiguresByBreakdown) -> list[dict[str, Column]]:
    """Return the columns of each breakdown's percentages, each of shape (I, D)."""
    return [
        interval_columns(block.figures, of.interval, of.level)
        | described(block)
        | told(block.figures, markers(block.figures), of.wave.reliability)
        for block in found.blocks
    ]


def interval_columns(one: Ratios, interval: str, level: float) -> dict[str, Column]:
    """Return the figures of proportions, in percent."""
    spread = Spread(one.value, one.v, one.df, one.answered.astype(float), one.base.astype(float), 1 - level / 100)
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
        "df": one.df,
        "deff": deff,
        "effective_base": effective,
    }


def described(block: Block) -> dict[str, Column]:
    """Return the columns that say what figures are about and rest on, each of shape (I, D)."""
    part, one = block.part, block.figures
    shape = one.value.shape
    names = part.names if part.names is not None else np.full(shape[1], "", dtype=object)
    parts = {name: np.broadcast_to(cells, shape) for name, cells in part_columns(part.parts).items()}
    return parts | {
        "by": np.full(shape, part.by, dtype=object),
        "area": np.broadcast_to(np.array(part.codes.values, dtype=object), shape),
        "base": one.base,
        "weighted_base": one.weighted_base,
        "strata": one.strata,
        "psus": one.psus,
        "method": np.full(shape, block.method, dtype=object),
        "marker": markers(one),
        "area_name": np.broadcast_to(names, shape),
    }


def markers(one: Ratios, unknown: NDArray[np.bool_] | bool = False) -> Column:
    """Return [x] where nobody is in the base, else [u] where no interval can be made or it is `unknown` or unsure."""
    unsure = np.isnan(one.v) | (one.df <= 0) | one.unsure | unknown
    return np.where(one.base == 0, "[x]", np.where(unsure, "[u]", "")).astype(object)


def _deff(one: Ratios) -> NDArray[np.float64]:
    """Return v (n - 1) / (p (1 - p)): the variance over that of simple random sampling with replacement."""
    with np.errstate(invalid="ignore", divide="ignore"):
        srs = one.value * (1 - one.value) / (one.base - 1)
        return np.where(srs > 0, one.v / srs, np.nan)


def stacked(
    wave: Wave, named: Mapping[str, Sequence[str]], blocks: Sequence[dict[str, Column]], order: Sequence[str] = ORDER
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
    order: Sequence[str] = ORDER,
) -> dict[str, Column]:
    """Return the blocks side by side as `stacked` does, under a survey's id and a wave's year."""
    named_in = dict.fromkeys(name for block in blocks for name in block)
    joined = {name: np.concatenate([_in_block(block, name) for block in blocks], axis=1) for name in named_in}
    n_figures, n_areas = joined["value"].shape
    of_wave: dict[str, Column] = {
        **{name: np.repeat(np.array(texts, dtype=object), n_areas) for name, texts in named.items()},
        "survey": np.full(n_figures * n_areas, survey, dtype=object),
        "wave": np.full(n_figures * n_areas, year),
    }
    flat = of_wave | {name: column.ravel() for name, column in joined.items()}
    told_of = [name for name in MAY_BE_ABSENT if name in flat and any(flat[name] != "")]
    return {name: flat[name] for name in (*order, *told_of, *part_names(flat))}


def _in_block(block: Mapping[str, Column], name: str) -> Column:
    """Return a column of a block; a part of a crossing that the block's breakdown has not is empty there."""
    return block[name] if name in block else np.full(block["value"].shape, "", dtype=object)
