"""The authorities of each region, which a Government Office looked after, by what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.geography.code_history import record
from psaindicators.headings import Heading
from psaindicators.judgements.counts import counts_of
from psaindicators.judgements.verdicts import DECLINED, IMPROVED
from psaindicators.tables import Table, columns_of

LOCAL = ("authority", "county", "laa")
"""The breakdowns whose areas lie in a region each."""


class Regions(Table):
    """The areas of each region by verdict, a row for each breakdown, indicator and region.

    The nine regions are those of the Government Offices.
    """

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.BY, h.INDICATOR, h.text("region", "the region's code", "code"), h.text("region_name", "its name")),
        *(h.whole("improved", "areas that improved"), h.whole("declined", "areas that declined")),
        h.whole("no_reportable_change", "areas without a reportable change"),
        h.whole("not_assessed", "areas that cannot be assessed"),
        h.figure("by_chance", "how many would move by chance alone, either way", "areas", h.TWO_DECIMALS),
        h.text("improved_areas", "the names or codes of those that improved"),
        h.text("declined_areas", "the names or codes of those that declined"),
    )


def by_region(movements: Table) -> Regions:
    """Return the movements of authorities, counties and agreements' areas, counted by region.

    An area's region is that of the code history; an area that it does not know, such as a ward, is in none and is left
    out, as is one whose codes lie in several.
    """
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, row in enumerate(movements):
        region = region_of(row.area) if row.by in LOCAL else ""
        if region:
            groups.setdefault((row.by, row.indicator, region), []).append(place)
    ids = list(dict.fromkeys(movements.columns["indicator"].tolist()))
    order = sorted(groups, key=lambda one: (LOCAL.index(one[0]), ids.index(one[1]), one[2]))
    return Regions(columns_of(Regions.headings, [_row(one, movements, groups[one]) for one in order]))


def region_of(code: str) -> str:
    """Return the code of the region that an area lies in, "" where it lies in none or its code is not known."""
    regions = {area.region for area in record().under(code)} - {""}
    return regions.pop() if len(regions) == 1 else ""


def _row(key: tuple[str, str, str], movements: Table, places: Sequence[int]) -> tuple[object, ...]:
    by, indicator, region = key
    theirs = movements.take(np.array(places, dtype=np.intp))
    (found,) = counts_of(theirs)
    counts = found.improved, found.declined, found.no_reportable_change, found.not_assessed, found.by_chance
    lists = (", ".join(_name(row) for row in theirs if row.verdict == word) for word in (IMPROVED, DECLINED))
    return (by, indicator, region, record().area(region).name, *counts, *lists)


def _name(row: Any) -> str:
    return str(getattr(row, "area_name", "") or row.area)
