"""What a row's reader must know of how little it rests on: said in its note, and marked [u] where it is unreliable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from psaindicators.definitions.reliability_files import Reliability, rule_of_every_row
from psaindicators.figures.scale import in_percent
from psaindicators.headings import Column
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.intervals import Spread, interval
from psaindicators.kernel.keys import Bools, Floats
from psaindicators.kernel.significance import root

NOBODY, EVERYBODY = "0%: nobody in the base counts", "100%: everybody in the base counts"
ONE_PSU = "one PSU"
ROUNDING = 1e-12
METHOD, LEVEL = "beta", 0.05
"""Widths are those of the 95% interval of Korn and Graubard, as the NCHS standards have it, whatever a row shows."""


@dataclass(frozen=True, eq=False)
class Precision:
    """How sure percentages are: base, effective base, df, and value, se and ends of the interval in percent.

    `largest_share` is the part of the base's weights that one respondent has.
    """

    base: Floats
    effective_base: Floats
    df: Floats
    value: Floats
    se: Floats
    low: Floats
    high: Floats
    largest_share: Floats

    @property
    def extreme(self) -> Bools:
        """Which are 0% or 100%: their intervals have no width that could be set against the estimate."""
        return np.asarray((self.value <= 0) | (self.value >= 100))


def precision_of(one: Ratios) -> Precision:
    """Return how sure proportions are; an effective base is p (1 - p) / v, at most the base, which it is at 0 and 1."""
    base = one.base.astype(float)
    spread = Spread(one.value, one.v, one.df, one.answered.astype(float), base, LEVEL)
    low, high, _ = interval(METHOD, spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = np.where(one.v > 0, one.value * (1 - one.value) / one.v, base)
    return Precision(
        base,
        np.minimum(effective, base),
        one.df,
        in_percent(one.value),
        in_percent(root(one.v)),
        in_percent(low),
        in_percent(high),
        np.broadcast_to(one.largest_share, base.shape),
    )


def unreliable(found: Precision, rule: Reliability) -> Iterator[tuple[Bools, str]]:
    """Yield which percentages a rule finds unreliable, and for which reason.

    At 0% and 100% the widths and the variation say nothing, and the bases decide.
    """
    width, inside = found.high - found.low, ~found.extreme
    with np.errstate(invalid="ignore", divide="ignore"):
        relative, cv = 100 * width / found.value, 100 * found.se / found.value
    yield from _too_few(found.base, found.largest_share, rule)
    yield (
        (found.base >= rule.base) & (found.effective_base < rule.effective_base),
        (f"effective base under {rule.effective_base:g}"),
    )
    yield inside & (width > rule.narrow) & (width >= rule.wide), f"interval of {rule.wide:g} points or more"
    yield (
        inside & (width > rule.narrow) & (width < rule.wide) & (relative > rule.relative),
        (f"interval of more than {rule.relative:g}% of the estimate"),
    )
    yield found.df < rule.df, f"fewer than {rule.df:g} degrees of freedom"
    yield inside & (cv >= rule.cv), f"coefficient of variation of {rule.cv:g}% or more"


def _too_few(base: Floats, largest_share: Floats, rule: Reliability) -> Iterator[tuple[Bools, str]]:
    """Yield which percentages rest on too few respondents for a rule, or on one of them."""
    yield base < rule.base, f"fewer than {rule.base:g} respondents"
    alone = (base >= rule.base) & (largest_share > rule.weight / 100 + ROUNDING)
    yield alone, f"one respondent has more than {rule.weight:g}% of the weights"


def to_be_said(found: Precision, rule: Reliability) -> Iterator[tuple[Bools, str]]:
    """Yield what a rule has said of percentages that it finds reliable: an interval that is wide for the complement."""
    if rule.complement:
        width = found.high - found.low
        with np.errstate(invalid="ignore", divide="ignore"):
            of_others = 100 * width / (100 - found.value)
        wide = ~found.extreme & (width > rule.narrow) & (width < rule.wide) & (of_others > rule.relative)
        yield wide, f"interval of more than {rule.relative:g}% of 100% less the estimate"


def told(one: Ratios, marker: Column, rule: Reliability | None) -> dict[str, Column]:
    """Return the columns `marker` and `note` of proportions, (I, D), by what they rest on and by a rule, if any."""
    with_base, every_row = one.base > 0, rule_of_every_row()
    share = np.broadcast_to(one.largest_share, one.base.shape)
    too_few = [(rows & with_base, why) for rows, why in _too_few(one.base.astype(float), share, every_row)]
    one_psu = (one.psus == 1) & (one.base >= every_row.base)
    said = [*too_few, (one_psu, ONE_PSU), (one.value == 0, NOBODY), (one.value == 1, EVERYBODY)]
    unsure = np.any([rows for rows, _ in too_few], axis=0)
    if rule is not None:
        found = precision_of(one)
        failed = [(rows & with_base, f"{rule.name}: {why}") for rows, why in unreliable(found, rule)]
        unsure = unsure | np.any([rows for rows, _ in failed], axis=0)
        noted = [(rows & with_base & ~unsure, f"{rule.name}: {why}") for rows, why in to_be_said(found, rule)]
        said += [*failed, *noted]
    return {"marker": np.where((marker == "") & unsure, "[u]", marker).astype(object), "note": _joined(said)}


def _joined(said: list[tuple[Bools, str]]) -> Column:
    """Return the texts that hold for each row, one after another."""
    notes = np.full(said[0][0].shape, "", dtype=object)
    for rows, text in said:
        notes[rows] = [f"{before}; {text}" if before else text for before in notes[rows]]
    return notes


def without_extremes(notes: Column) -> Column:
    """Return notes less what they say of 0% and 100%, from which the figure could be read."""
    kept = [[part for part in note.split("; ") if part not in (NOBODY, EVERYBODY)] for note in notes.tolist()]
    return np.array(["; ".join(parts) for parts in kept], dtype=object)
