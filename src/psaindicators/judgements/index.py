"""A calibrated index: several figures in one reading, in points, with its interval and its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import hypot, isfinite, prod
from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.charts.intervals import Intervals
from psaindicators.definitions.indicators import IndexDeclaration, Indicator
from psaindicators.definitions.shipped import all_shipped
from psaindicators.errors import ComparisonError, DefinitionError, did_you_mean
from psaindicators.headings import Column, Heading
from psaindicators.judgements.charting import index_chart
from psaindicators.judgements.sentences import of_index
from psaindicators.judgements.verdicts import at_least, movement_verdicts, reaches
from psaindicators.kernel.significance import published_multiplier
from psaindicators.tables import Table

LEVEL = 95.0


@dataclass(frozen=True)
class Figure:
    """A figure and its standard error, both in the figure's own units (percent, staff)."""

    value: float
    se: float


@dataclass(frozen=True, eq=False, repr=False)
class Index(Table):
    """A reading of a calibrated index: one row, in points; each part and its `_se` stand between verdict and method.

    `indicators` holds the one that declares it.
    """

    indicators: Mapping[str, Indicator] = field(default_factory=dict)

    headings: ClassVar[tuple[Heading, ...]] = (
        h.INDICATOR,
        *(one.as_(one.says, "points") for one in (h.VALUE, h.SE, h.LOW, h.HIGH, h.MARGIN)),
        h.LEVEL,
        h.figure("baseline", "the points at the baseline", "points"),
        h.figure("required", "the points required", "points"),
        h.figure("change", "value less baseline", "points"),
        h.figure("minimum", "required less baseline: the change that counts", "points"),
        h.SIGNIFICANT.as_("whether the change reaches the margin"),
        h.VERDICT.as_("improved, declined or no reportable change"),
        h.METHOD.as_("how the reading was made, and how sure the formula is"),
        *(h.NOTE, h.RESTS_ON.as_("the ids of the figures that it is made of, in an outturn")),
    )
    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "value", "low", "high", "margin", "required", "verdict", "method", "note"),
    )

    def plot(self) -> Intervals:
        """Return the chart of the reading with its interval, beside the baseline and what is required.

        A notebook shows it; `.save("chart.svg")` writes it, and `.figure()` is matplotlib's. Raises OptionError where
        the rows make no one chart.
        """
        return index_chart(self, self.indicators)

    def sentences(self) -> list[str]:
        """Return the sentence of the reading: what it is, what is required, the verdict, how it was made."""
        return [*of_index(self, self.indicators)]


class IndexParts(Table):
    """The figures that an index is made of, a row each, in their own units."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.ID, h.text("part", "the part of the index", "id"), h.SURVEY, h.WAVE),
        *(h.figure("value", "the figure", h.OWN_UNIT, h.AS_NEEDED), h.figure("se", "its standard error", h.OWN_UNIT)),
        h.METHOD,
    )


@typed
def third_sector_index(
    volunteering: Figure | Table,
    staff: Figure | Table,
    *,
    indicator: Indicator | None = None,
    baseline_se: Mapping[str, float] | None = None,
) -> Index:
    """Return the thriving third sector index from formal volunteering (percent) and staff (full-time equivalents).

    I = 100 (v / 29) (s / 419,000), se by the delta method, margin 1.96 se; improved at 106 or more. Each part is a
    `Figure`, or a table of one row with `value` and `se`, such as an estimate. `indicator` is one of your own that
    declares an index of these two parts (with other exponents, say) in place of the shipped one; `baseline_se` is as
    in `calibrated_index`. No formula was published: this one is reconstructed from the annex's row (baseline 100,
    margin 6, 106 required). Source: PSA Delivery Agreement 21 (HM Treasury, October 2007), Annex A, indicator 5.

    Raises ComparisonError for a table that is not one row with a standard error, and DefinitionError for a figure
    that is not above 0.
    """
    parts = {"volunteering": _figure(volunteering, "volunteering"), "staff": _figure(staff, "staff")}
    return calibrated_index(indicator or declaring(parts, all_shipped().values()), parts, baseline_se=baseline_se)


@typed
def calibrated_index(
    indicator: Indicator,
    parts: Mapping[str, Figure],
    *,
    baseline_se: Mapping[str, float] | None = None,
) -> Index:
    """Return the reading, in points, of the index that an indicator declares, from the figures of its parts.

    I = baseline x product of (part / part at the baseline) ^ exponent. By the delta method, for independent parts,
    se = I sqrt(sum of (exponent x se / part)^2). The baseline counts as exact; `baseline_se`, a standard error for
    the baseline of each part, adds (exponent x se_0 / part_0)^2, to see what a sampled baseline would do. The verdict
    is "improved" from `required` points on, and "declined" as far on the other side of the baseline.

    Raises DefinitionError with everything that is wrong at once.
    """
    sampled = baseline_se or {}
    declared = _checked(indicator, parts, sampled)
    exponents, at_baseline = declared.exponents, declared.parts
    value = declared.baseline * prod((parts[n].value / at_baseline[n]) ** exponents[n] for n in at_baseline)
    now = (exponents[name] * parts[name].se / parts[name].value for name in at_baseline)
    then = (exponents[name] * se / at_baseline[name] for name, se in sampled.items())
    reading = Figure(value, value * hypot(*now, *then))
    method = f"product of the parts relative to {'a sampled' if sampled else 'an exact'} baseline"
    columns = _columns(indicator.id, declared, reading) | _of_parts(parts) | _how(indicator, declared, method)
    return Index(columns, {indicator.id: indicator})


def _columns(indicator_id: str, declared: IndexDeclaration, reading: Figure) -> dict[str, Column]:
    margin = published_multiplier(LEVEL) * reading.se
    change, minimum = reading.value - declared.baseline, declared.required - declared.baseline
    return _one_row(
        indicator=indicator_id,
        value=reading.value,
        se=reading.se,
        low=reading.value - margin,
        high=reading.value + margin,
        margin=margin,
        level=LEVEL,
        baseline=declared.baseline,
        required=declared.required,
        change=change,
        minimum=abs(minimum),
        significant=bool(at_least(abs(change), margin)),
        verdict=str(movement_verdicts(change * np.sign(minimum), reaches(change, abs(minimum)))),
    )


def _of_parts(parts: Mapping[str, Figure]) -> dict[str, Column]:
    cells = {f"{name}{end}": of for name, one in parts.items() for end, of in (("", one.value), ("_se", one.se))}
    return _one_row(**cells)


def _how(indicator: Indicator, declared: IndexDeclaration, method: str) -> dict[str, Column]:
    raised = {name: power for name, power in declared.exponents.items() if power != 1}
    note = "; ".join(f"{name} to the power {power:g}" for name, power in raised.items())
    return _one_row(method=f"{method}, {indicator.status}", note=note)


def _one_row(**cells: object) -> dict[str, Column]:
    return {name: np.array([cell], dtype=object if isinstance(cell, str) else None) for name, cell in cells.items()}


def _figure(source: Figure | Table, name: str) -> Figure:
    """Return the value and standard error of a figure or of a table's only row."""
    if isinstance(source, Figure):
        return source
    if len(source) != 1:
        raise ComparisonError(
            f"{name} is one figure, but the table has {len(source):,} rows: keep one, as with .where(area='all')"
        )
    value, se = (float(source.columns[column][0]) for column in ("value", "se"))
    if not isfinite(se):
        raise ComparisonError(f"{name} has no standard error, so the index would have no interval")
    return Figure(value, se)


def declaring(parts: Iterable[str], known: Iterable[Indicator]) -> Indicator:
    """Return the indicator that declares an index of these parts. Raises DefinitionError where none does."""
    names = set(parts)
    declared = {one.id: one for one in known if one.index is not None}
    for one in declared.values():
        if one.index is not None and set(one.index.parts) == names:
            return one
    indexes = "; ".join(f"{one.id}: {', '.join(one.index.parts)}" for one in declared.values() if one.index)
    raise DefinitionError(f"no indicator declares an index of {', '.join(sorted(names))}; the indexes are {indexes}")


def published_figure(value: float, margin: float) -> Figure:
    """Return a figure as it is printed, with its 95% margin (1.96 standard errors)."""
    return Figure(value, margin / published_multiplier(LEVEL))


def _checked(indicator: Indicator, parts: Mapping[str, Figure], baseline_se: Mapping[str, float]) -> IndexDeclaration:
    if indicator.index is None:
        raise DefinitionError(f"{indicator.id} declares no index: its figures are estimated from a survey")
    declared = indicator.index
    problems = [
        *_scale_problems(declared),
        *(f"the part '{name}' is missing" for name in declared.parts if name not in parts),
        *_strangers(parts, declared),
        *_strangers(baseline_se, declared),
        *(problem for name, one in parts.items() for problem in _figure_problems(name, one)),
        *(f"the baseline of {n} cannot have standard error {se}" for n, se in baseline_se.items() if not se >= 0),
    ]
    if problems:
        raise DefinitionError("\n".join([f"{indicator.id}:", *(f"  - {line}" for line in problems)]))
    return declared


def _scale_problems(declared: IndexDeclaration) -> list[str]:
    at_zero = [name for name, value in declared.parts.items() if not value > 0]
    return [
        *(f"the baseline of {name} must be above 0, got {declared.parts[name]:g}" for name in at_zero),
        *([] if declared.baseline > 0 else [f"the baseline must be above 0 points, got {declared.baseline:g}"]),
        *(["as many points are required as the baseline has"] if declared.required == declared.baseline else []),
    ]


def _strangers(names: Iterable[str], declared: IndexDeclaration) -> list[str]:
    known = ", ".join(declared.parts)
    strange = [name for name in names if name not in declared.parts]
    return [f"'{name}' is not one of the parts {known}{did_you_mean(name, declared.parts)}" for name in strange]


def _figure_problems(name: str, one: Figure) -> list[str]:
    return [
        *([] if one.value > 0 and isfinite(one.value) else [f"{name} must be above 0, got {one.value:,g}"]),
        *([] if one.se >= 0 and isfinite(one.se) else [f"the standard error of {name} cannot be {one.se:,g}"]),
    ]
