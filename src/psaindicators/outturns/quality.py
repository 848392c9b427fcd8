"""The quality report of an outturn: what a reader must know of how good the figures are, each number from the run.

It is made of what is published alone, so it tells nothing that disclosure control withheld. Its headings are the five
dimensions of quality of the European Statistics Code of Practice (2017, principles 11 to 15) and the three pillars of
the Code of Practice for Statistics (Office for Statistics Regulation, edition 3.0, 2025).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.rules import in_words
from psaindicators.figures.charting import in_whole
from psaindicators.figures.estimates import Estimates
from psaindicators.headings import Heading
from psaindicators.outturns.judging import Judgements
from psaindicators.publishing.markers import NOT_APPLICABLE
from psaindicators.tables import SUPPRESSED, UNRELIABLE, WITHHELD, Reasons, Table, columns_of
from psaindicators.words import counted, listed

RELEVANCE, ACCURACY, TIMELINESS = "Relevance", "Accuracy and reliability", "Timeliness and punctuality"
COHERENCE, ACCESS = "Coherence and comparability", "Accessibility and clarity"
TRUST, VALUE = "Code of Practice: trustworthiness", "Code of Practice: value"
SMALL = 50
"""Respondents below which many publishers call a base small."""
HIDDEN = 10
"""Respondents outside a base who are not told of by their number, where fewer: they could be known by it."""
OUTTURN = "the outturn"


class Quality(Table):
    """What is known of the quality of an outturn's figures, a row for each thing measured or said."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("dimension", "the dimension of quality, or the pillar of the Code of Practice"),
        h.text("about", "the survey's wave, or the outturn"),
        h.text("measure", "what was measured"),
        replace(h.figure("value", "the figure, in the row's unit", "in the row's unit", "g"), blank=NOT_APPLICABLE),
        h.text("unit", "of the figure"),
        h.text("says", "what a reader should know of it"),
    )


@dataclass(frozen=True)
class Line:
    """A row of the report; `value` is missing where there is nothing to count."""

    dimension: str
    about: str
    measure: str
    value: float = float("nan")
    unit: str = ""
    says: str = ""

    @property
    def cells(self) -> tuple[object, ...]:
        return self.dimension, self.about, self.measure, self.value, self.unit, self.says


@dataclass(frozen=True)
class Made:
    """What the report says beside the tables: the rows of each survey's file, and what the release was made with."""

    rows: Mapping[str, int]
    policy: str
    inputs: int
    formats: Sequence[str]


def quality(estimates: Sequence[Estimates], judgements: Judgements, made: Made) -> Quality:
    """Return the quality report of what is published."""
    lines = [line for one in estimates for line in _of_survey(one, made)]
    lines += [*_of_definitions(estimates), *_of_movements(judgements), *_of_release(estimates, made)]
    order = {name: i for i, name in enumerate((RELEVANCE, ACCURACY, TIMELINESS, COHERENCE, ACCESS, TRUST, VALUE))}
    ranked = sorted(lines, key=lambda one: order[one.dimension])
    return Quality(columns_of(Quality.headings, (one.cells for one in ranked)))


def _of_survey(one: Estimates, made: Made) -> Iterator[Line]:
    about = one.wave_name
    yield from _whom(one, about)
    yield from _response(one, about, made.rows.get(about))
    yield from _precision(one, about)
    yield from _marked(one, about)
    says = f"{one.columns['wave'][0]}; on which day the figures are released is not known here"
    yield Line(TIMELINESS, about, "year in which fieldwork started", says=says)


def _whom(one: Estimates, about: str) -> Iterator[Line]:
    wave = one.wave
    if wave is None:
        return
    whom = in_words(wave.include) if wave.include else "everyone in the file"
    yield Line(RELEVANCE, about, "whom the figures are about", says=whom)
    known = {"mode": wave.mode, "coverage": wave.coverage, "stands in for": wave.continues, "areas of": wave.vintage}
    if said := [f"{name} {word}" for name, word in known.items() if word]:
        yield Line(COHERENCE, about, "how the wave was made", says="; ".join(said))


def _response(one: Estimates, about: str, rows: int | None) -> Iterator[Line]:
    says = "a data file holds those who answered: the survey's publisher knows how many were asked"
    yield Line(ACCURACY, about, "response to the survey", says=f"not known: {says}")
    whole = np.flatnonzero(in_whole(one) & ~np.isnan(_shown(one, "base")))
    if rows is None or not len(whole):
        return
    base, names = _shown(one, "base")[whole], one.columns["indicator"][whole]
    least, what = int(np.argmin(base)), "respondents of the file who are in a base"
    why = "outside it are those who gave no valid answer, were not asked, or whom the figures are not about"
    if 0 < rows - base[least] < HIDDEN:
        yield Line(ACCURACY, about, what, says=f"all but fewer than {HIDDEN} in each; {why}")
        return
    said = f"{names[least]}, the lowest; the median indicator has {np.median(100 * base / rows):.0f}%; {why}"
    yield Line(ACCURACY, about, what, round(100 * base[least] / rows), "percent", said)


def _precision(one: Estimates, about: str) -> Iterator[Line]:
    deff, everyone = _shown(one, "deff"), in_whole(one)
    known = deff[everyone & ~np.isnan(deff)]
    if len(known):
        says = f"median over indicators, of everyone; from {known.min():.2f} to {known.max():.2f}"
        yield Line(ACCURACY, about, "design effect", round(float(np.median(known)), 2), "ratio", says)
    margin = _shown(one, "margin")
    for by in dict.fromkeys(one.columns["by"].tolist()):
        of = margin[(one.columns["by"] == by) & ~np.isnan(margin)]
        if len(of):
            says = f"the widest of {counted(len(of), 'figure')}; the median is {np.median(of):.1f}"
            yield Line(
                ACCURACY, about, f"margin of error by {by}", round(float(of.max()), 1), "percentage points", says
            )


def _marked(one: Estimates, about: str) -> Iterator[Line]:
    marker, base = one.columns["marker"], _shown(one, "base")
    small = int(np.sum((base > 0) & (base < SMALL)))
    rows = counted(len(one), "row")
    yield Line(ACCURACY, about, f"rows with a base under {SMALL}", small, "rows", f"of {rows}")
    if held := int(np.sum(_reasons(one, "value") == WITHHELD.index(UNRELIABLE))):
        yield Line(
            ACCURACY, about, f"figures that are withheld as unreliable {UNRELIABLE}", held, "figures", f"of {rows}"
        )
    for mark, what in ((UNRELIABLE, "unreliable"), (SUPPRESSED, "withheld"), ("[x]", "without a respondent")):
        found = int(np.sum(marker == mark))
        if found:
            yield Line(ACCURACY, about, f"rows that are {what} {mark}", found, "rows", f"of {rows}")
    agrees = Counter(one.columns["agrees"].tolist()) if "agrees" in one.columns else Counter()
    if compared := agrees["yes"] + agrees["no"]:
        says = f"of {compared:,} published figures, to the printed decimal"
        yield Line(COHERENCE, about, "published figures that agree", agrees["yes"], "figures", says)


def _of_definitions(estimates: Sequence[Estimates]) -> Iterator[Line]:
    known: dict[str, Indicator] = {name: one for table in estimates for name, one in table.indicators.items()}
    by_status: dict[str, list[str]] = {}
    for name, one in known.items():
        by_status.setdefault(one.status, []).append(name)
    for status, names in sorted(by_status.items()):
        says = f"{listed(names)}; the sheet of definitions says what each rests on"
        yield Line(RELEVANCE, OUTTURN, f"definitions that are {status}", len(names), "indicators", says)


def _of_movements(judgements: Judgements) -> Iterator[Line]:
    for waves, table in judgements.movements.items():
        breaks = int(np.sum(table.columns["marker"] == "[b]"))
        says = f"of {counted(len(table), 'movement')} from {waves}"
        yield Line(COHERENCE, OUTTURN, "movements across a break [b]", breaks, "movements", says)
        if unmatched := len(table.unmatched):
            says = f"from {waves}: an area of one wave without a counterpart in the other"
            yield Line(COHERENCE, OUTTURN, "areas that are not compared", unmatched, "areas", says)


def _of_release(estimates: Sequence[Estimates], made: Made) -> Iterator[Line]:
    intervals = Counter(name for one in estimates for name in one.columns["interval"].tolist() if name)
    yield Line(ACCESS, OUTTURN, "formats", len(made.formats), "formats", ", ".join(made.formats))
    says = "by its SHA-256, in the manifest: the same input gives the same figures"
    yield Line(TRUST, OUTTURN, "input files that are known", made.inputs, "files", says)
    yield Line(TRUST, OUTTURN, "disclosure policy", says=made.policy)
    shown = sum(int(np.sum(~np.isnan(_shown(one, "value")))) for one in estimates)
    says = ", ".join(f"{count:,} by {name}" for name, count in intervals.most_common())
    yield Line(VALUE, OUTTURN, "figures that are published with an interval", sum(intervals.values()), "figures", says)
    yield Line(VALUE, OUTTURN, "figures that are published", shown, "figures")


def _shown(one: Estimates, name: str) -> NDArray[np.float64]:
    """Return a column of numbers, missing where it is withheld."""
    return np.where(_reasons(one, name) > 0, np.nan, one.columns[name].astype(float))


def _reasons(one: Estimates, name: str) -> Reasons:
    """Return why each cell of a column is withheld."""
    return one.suppressed.get(name, np.zeros(len(one), dtype=np.int8))
