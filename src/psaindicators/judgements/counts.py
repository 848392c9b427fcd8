"""How many areas moved which way, and how many would by chance alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from psaindicators import headings as h
from psaindicators.headings import Heading
from psaindicators.judgements.verdicts import MOVEMENTS
from psaindicators.tables import Table, columns_of

VERDICTS = (*MOVEMENTS, "")


class Counts(Table):
    """Areas by verdict, a row for each breakdown and indicator, with how many would have moved by chance alone."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.BY, h.INDICATOR, h.whole("improved", "areas that improved"), h.whole("declined", "areas that declined")),
        h.whole("no_reportable_change", "areas without a reportable change"),
        h.whole("not_assessed", "areas that cannot be assessed"),
        h.figure("by_chance", "how many would move by chance alone, either way", "areas", h.TWO_DECIMALS),
    )


def counts_of(movements: Table) -> Counts:
    """Return the areas by verdict of each breakdown and indicator.

    `by_chance` is (100 - level)% of the areas that were assessed (5% of 326 is 16), the most that a test at the level
    calls moved where none is. Where p-values were adjusted for many areas it is that share of those that moved:
    Benjamini and Hochberg hold the false ones among them to it.
    """
    groups = dict.fromkeys(zip(movements.columns["by"], movements.columns["indicator"], strict=True))
    return Counts(columns_of(Counts.headings, [_row(by, one, movements) for by, one in groups]))


def in_words(counts: Counts) -> Iterator[str]:
    """Yield a line for each breakdown and indicator of which more areas than one were assessed."""
    for row in counts:
        moved, assessed = row.improved + row.declined, row.improved + row.declined + row.no_reportable_change
        if assessed > 1:
            yield (
                f"{row.indicator} by {row.by}: {moved:,} of {assessed:,} moved ({row.improved:,} improved, "
                f"{row.declined:,} declined), {row.by_chance:,.1f} would by chance alone"
            )


def _row(by: str, indicator: str, movements: Table) -> Sequence[object]:
    table = movements.where(by=by, indicator=indicator)
    verdicts = table.columns["verdict"].tolist()
    improved, declined, still, unknown = (verdicts.count(word) for word in VERDICTS)
    tested = improved + declined + (0 if "p_adjusted" in table.columns else still)
    return by, indicator, improved, declined, still, unknown, tested * (1 - float(table.columns["level"][0]) / 100)
