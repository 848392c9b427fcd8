"""A survey opened for one request: its rows, its breakdowns and its design, ready to make figures of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from psaindicators.definitions.rules import Rule
from psaindicators.definitions.waves import DERIVED, Wave
from psaindicators.design.combined import combined
from psaindicators.design.variance import Design, FromCells, by_area, design_of, ratios
from psaindicators.errors import DesignError
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Estimand
from psaindicators.kernel.figures import OfAreas, Ratios
from psaindicators.kernel.keys import Bools, Floats, numbered
from psaindicators.survey.answers import ArrayAnswers
from psaindicators.survey.breakdowns import EVERYONE, Breakdown, parts_of
from psaindicators.survey.engine import Engine, EngineRows
from psaindicators.survey.quantities import Amount, Quantity
from psaindicators.survey.rows import AddedUp, ArrayRows, NotAddedUpError, Rows, added_up, array_rows
from psaindicators.survey.survey import Survey, is_weighted
from psaindicators.words import listed

COMBINED = "population-weighted mean of areas"
UNWEIGHTED = ", unweighted (all weights 1)"


@dataclass(frozen=True, eq=False)
class Block:
    """The figures of one breakdown, arrays of shape (I, D), and how they were made, as a row's `method` says it."""

    part: Breakdown
    figures: Ratios
    method: str


@dataclass(frozen=True, eq=False)
class FiguresByBreakdown:
    """The figures of each breakdown, and what was added up for them, also by breakdowns that have no figures.

    `notes` say what a reader should know of how they were made.
    """

    blocks: Sequence[Block]
    added: AddedUp
    notes: tuple[str, ...] = ()


class Opened(Protocol):
    """A survey opened by some breakdowns, the last of them the areas that weights were scaled within, if they were."""

    @property
    def wave(self) -> Wave:
        """The wave it is read as."""

    @property
    def rows(self) -> Rows:
        """Its respondents."""

    def made(self, quantities: Sequence[Quantity], estimand: Estimand, df: str) -> FiguresByBreakdown:
        """Return the figures of some quantities by every breakdown, with a policy's degrees of freedom."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The respondents of a survey in arrays, with the breakdowns asked for, and their design.

    `within` is the kind of area that weights were scaled within, where they were; `beside` are breakdowns that are
    added up without figures; `notes` say why the rows are here and not added up where they live.
    """

    rows: ArrayRows
    breakdowns: tuple[Breakdown, ...]
    within: Breakdown | None
    design: Design
    beside: tuple[Breakdown, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def wave(self) -> Wave:
        return self.rows.columns.survey.wave

    @property
    def weight(self) -> Floats:
        """Every respondent's weight, shape (rows,)."""
        return self.design.rows.weight

    @property
    def answers(self) -> ArrayAnswers:
        return self.rows.answers

    @property
    def included(self) -> Bools:
        return self.rows.included

    def where(self, rule: Rule | None) -> Bools:
        """Return whom a rule holds for, shape (rows,); no rule holds for everyone."""
        return self.rows.where(rule)

    def refuse_several_areas(self, what: str, base: Bools, domain: Codes | None = None) -> None:
        """Raise DesignError where weights sum within areas and the base of some domain, (rows,), lies in several.

        Each area would count by its sample and not by its people. No `domain` is everyone.
        """
        if self.within is None:
            return
        rows = np.flatnonzero(base if domain is None else base & (domain.positions >= 0))
        where = np.zeros(len(rows), dtype=np.intp) if domain is None else domain.positions[rows]
        _, first = numbered([where, self.within.codes.positions[rows]])
        if np.bincount(where[first]).max(initial=0) > 1:
            by = self.within.by
            raise DesignError(
                f"the weights of {self.wave.name} sum within each {by}, not to the population, so {what} over several "
                f"would count each by its sample; take one {by} at a time"
            )

    def made(self, quantities: Sequence[Quantity], estimand: Estimand, df: str) -> FiguresByBreakdown:
        """Return the figures of some quantities by every breakdown, with a policy's degrees of freedom."""
        parts = (*self.breakdowns, *([self.within] if self.within else []))
        measures = [self.rows.measure(quantity) for quantity in quantities]
        every = (*parts, *self.beside)
        found = by_area(self.design, measures, tuple(part.codes for part in every), estimand)
        method = _method(self.design, self.rows.columns.survey, estimand)
        blocks = [Block(part, ratios(self.design, one, df), method) for part, one in zip(parts, found, strict=False)]
        return FiguresByBreakdown(blocks, added_up(found[0].totals, every))


@dataclass(frozen=True, eq=False)
class EngineSample:
    """The respondents of a survey in an engine, whose variances follow from the totals they add up to."""

    rows: EngineRows
    by: tuple[str, ...]
    design: FromCells
    beside: tuple[str, ...] = ()

    @property
    def wave(self) -> Wave:
        return self.rows.survey.wave

    def made(self, quantities: Sequence[Quantity], estimand: Estimand, df: str) -> FiguresByBreakdown:
        """Return the figures of some quantities by every breakdown, with a policy's degrees of freedom."""
        cells = self.rows.totals(quantities, (*self.by, *self.beside))
        made = [self.design.ratios(OfAreas(cells.totals, i, estimand), df) for i in range(len(self.by))]
        method = _method(self.design, self.rows.survey, estimand)
        blocks = [Block(part, one, method) for part, one in zip(cells.breakdowns, made, strict=False)]
        return FiguresByBreakdown(blocks, cells)


def _method(design: Design | FromCells, survey: Survey, estimand: Estimand) -> str:
    """Return how figures and their variances are made, and that everyone counts the same where there is no weight."""
    return design.method(estimand) + ("" if is_weighted(survey) else UNWEIGHTED)


def open_sample(
    survey: Survey,
    questions: Iterable[str],
    *,
    by: str | Sequence[str] | None,
    lonely_psu: str,
    beside: Sequence[str] = (),
) -> Sample:
    """Return a survey opened as arrays for some questions and breakdowns; every fault of the data is raised here.

    What is `beside` the breakdowns asked for is added up by, and has no figures.

    Raises DefinitionError for a breakdown the wave does not have, SurveyError for codes, weights and keys.
    """
    names = parts_of(by)
    kind = survey.wave.scaled_within
    rows = array_rows(survey, questions, (*names, *([kind] if kind else []), *beside))
    return Sample(
        rows,
        tuple(rows.breakdown(name) for name in names),
        rows.breakdown(kind) if kind else None,
        design_of(rows.columns, lonely_psu),
        tuple(rows.breakdown(name) for name in beside),
    )


def open_in_engine(
    survey: Survey, engine: Engine, *, by: str | Sequence[str] | None, lonely_psu: str, beside: Sequence[str] = ()
) -> EngineSample:
    """Return a survey opened in the engine that holds its rows; `beside` as for `open_sample`.

    Raises NotAddedUpError where its variances need each respondent.
    """
    if survey.replicates is not None:
        raise NotAddedUpError("replicate weights need each respondent")
    if survey.weighting is not None:
        raise NotAddedUpError("weights calibrated here need each respondent")
    kind = survey.wave.scaled_within
    within = (kind,) if kind else ()
    return EngineSample(EngineRows(survey, engine), (*parts_of(by), *within), FromCells(lonely_psu), tuple(beside))


def figures(
    opened: Opened,
    quantities: Sequence[Quantity],
    estimand: Estimand,
    *,
    df: str,
    populations: Mapping[str, float] | None = None,
) -> FiguresByBreakdown:
    """Return each breakdown's figures of some quantities, with the degrees of freedom of a policy.

    Those above the areas that weights sum within are combined with stated populations; DesignError without them. Means
    are measured from a centre, which is added up first, so that they keep their precision.
    """
    if not estimand.moves_along:
        return _direct_or_combined(opened.wave, opened.made(quantities, estimand, df), estimand, populations)
    amounts = [one for one in quantities if isinstance(one, Amount)]
    centres = _centres(opened.rows, amounts)
    measured = [replace(one, about=centre) for one, centre in zip(amounts, centres.tolist(), strict=True)]
    found = _direct_or_combined(opened.wave, opened.made(measured, estimand, df), estimand, populations)
    return replace(found, blocks=[_moved(block, centres) for block in found.blocks])


def _moved(block: Block, centres: Floats) -> Block:
    return replace(block, figures=replace(block.figures, value=block.figures.value + centres[:, None]))


def _centres(rows: Rows, amounts: Sequence[Amount]) -> Floats:
    """Return the mean of each amount in all its base, 0 where nobody is in it; shape (I,)."""
    totals = rows.totals(amounts, ()).totals
    y, weight = totals.y.sum(axis=1), totals.weight.sum(axis=1)
    return np.where(weight > 0, y / np.where(weight > 0, weight, 1.0), 0.0)


def _direct_or_combined(
    wave: Wave, found: FiguresByBreakdown, estimand: Estimand, populations: Mapping[str, float] | None
) -> FiguresByBreakdown:
    if wave.scaled_within is None:
        return found
    *asked, within = found.blocks
    blocks = [
        block
        if within.part.by in block.part.by.split("*")
        else Block(block.part, _combined(wave, block.part, within, estimand, populations), COMBINED)
        for block in asked
    ]
    return replace(found, blocks=blocks)


def _combined(
    wave: Wave,
    part: Breakdown,
    areas: Block,
    estimand: Estimand,
    populations: Mapping[str, float] | None,
) -> Ratios:
    within = areas.part
    if not estimand.of_people:
        raise DesignError(
            f"the weights of {wave.name} sum within each {within.by}, not to the population, so there is no total or "
            f"ratio of totals by '{part.by}'"
        )
    if part.by not in {*wave.area_kinds, *DERIVED, EVERYONE}:
        raise DesignError(
            f"the weights of {wave.name} sum within each {within.by}, so there is no figure by '{part.by}' over all "
            f"of them: ask by '{within.by}*{part.by}'"
        )
    return combined(areas.figures, within.codes, part.codes, _stated(within, part, populations))


def _stated(within: Breakdown, part: Breakdown, populations: Mapping[str, float] | None) -> Floats:
    """Return the population of each area. Raises DesignError where one is missing or the breakdown is not by area."""
    need = f"the weights sum within each {within.by}, so '{part.by}' can only be combined from them with populations"
    if populations is None:
        raise DesignError(f"{need}: give populations by {within.by}")
    absent = [str(area) for area in within.codes.values if str(area) not in populations]
    if absent:
        raise DesignError(f"{need}; there is none for {listed(absent)}")
    return np.array([float(populations[str(area)]) for area in within.codes.values])
