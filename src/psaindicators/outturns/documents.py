"""The document of an outturn: its pages and its tables, made from what may be released."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.figures.crossings import Crossable, part_heading, part_names
from psaindicators.figures.estimates import Estimates, estimate_ids
from psaindicators.headings import Column, Heading
from psaindicators.outturns.background import Known, background
from psaindicators.outturns.judging import Judgements
from psaindicators.outturns.pages import at_a_glance, indicator_page
from psaindicators.publishing.document import Document, Page, Sheet
from psaindicators.tables import column_of

WAVES = "The waves that are spoken of, with what decides whether another may be compared with them."


class AllEstimates(Crossable):
    """The estimates of every survey, a row for each survey, indicator and area, in percent (0-100)."""

    headings: ClassVar[tuple[Heading, ...]] = Estimates.headings
    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "survey", "wave", "by", "area", "area_name", "value", "se", "low", "high", "margin", "level"),
        *("base", "effective_base", "deff", "published", "agrees", "marker", "note"),
    )


ABOUT = (
    "Estimates are percentages from a sample survey, so each has a confidence interval: over many samples, as many "
    "intervals as the level says would hold the figure that asking everybody would give. Areas whose intervals overlap "
    "are not to be ranked.",
    "Where a figure is an area's, it is for the people who live there; the base is how many of them answered, and the "
    "fewer they are the wider is the interval.",
    "An area is called different from everyone where everyone's figure lies outside the area's interval; where it lies "
    "within, no difference is shown, which does not mean that there is none.",
    "A change is called improved or declined where it is statistically significant and at least the minimum movement; "
    "any other is no reportable change, which does not mean that nothing changed.",
)


def documented(title: str, estimates: Sequence[Estimates], judgements: Judgements, known: Known) -> Document:
    """Return what is published of an outturn, from tables that may be released and what else is known of it."""
    pages = (at_a_glance(title, estimates, judgements), *_indicator_pages(estimates, judgements))
    index = judgements.index.indicators if judgements.index else {}
    return Document(
        title,
        pages,
        sheets=(*_sheets(estimates, judgements), Sheet("waves", "Waves", known.waves, WAVES)),
        about=ABOUT,
        background=background(pages[:1], {**indicators_of(estimates), **index}, known),
    )


def indicators_of(estimates: Sequence[Estimates]) -> Mapping[str, Indicator]:
    """Return the indicators that any of the tables measures, by id."""
    return {name: one for table in estimates for name, one in table.indicators.items()}


def _indicator_pages(estimates: Sequence[Estimates], judgements: Judgements) -> Iterator[Page]:
    for name, indicator in indicators_of(estimates).items():
        measured = [one.where(indicator=name) for one in estimates if name in one.indicators]
        moved = {waves: one.where(indicator=name) for waves, one in judgements.movements.items()}
        yield indicator_page(indicator, measured, {waves: one for waves, one in moved.items() if len(one)})


def _sheets(estimates: Sequence[Estimates], judgements: Judgements) -> Iterator[Sheet]:
    yield Sheet("estimates", "Estimates", _stacked(estimates), "Every estimate of every survey, in percent (0-100).")
    yield from (Sheet(one.name, one.heading, one.table, one.says) for one in judgements.tables())


def _stacked(tables: Sequence[Estimates]) -> AllEstimates:
    """Return the estimates of all surveys as one table, with every column that any of them has and each row's id."""
    declared = [one for one in Estimates.headings if any(one.name in table.columns for table in tables)]
    parts = dict.fromkeys(name for table in tables for name in part_names(table.columns))
    held = [*declared, *map(part_heading, parts)]
    columns = {one.name: np.concatenate([_or_missing(table, one) for table in tables]) for one in held}
    return AllEstimates(columns | {"id": estimate_ids(columns)})


def _or_missing(table: Estimates, heading: Heading) -> Column:
    missing = column_of(heading, [None] * len(table))
    return table.columns.get(heading.name, missing)
