"""Which movements an agreement's verdicts may rest on: those of the data sets and baselines that it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.sources import Source
from psaindicators.figures.charting import NATIONAL
from psaindicators.figures.estimates import of_whom
from psaindicators.headings import Heading
from psaindicators.tables import Table, columns_of

NATIONALLY, LOCALLY = "national", "local"
NOT_ADOPTED = "of an area that is not listed as adopting it"


@dataclass(frozen=True, eq=False, repr=False)
class SetAside(Table):
    """Movements that are not evidence for an agreement's verdicts, a row each, with the reason."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.INDICATOR.as_("the indicator that is assessed"), h.text("moved", "the id of the movement's row", "id")),
        *(h.SURVEY, h.BY, h.AREA, h.whole("earlier", "the earlier wave's year", "year")),
        *(h.whole("later", "the later wave's year", "year"), h.VERDICT.as_("the verdict on the movement, not counted")),
        *(h.text("reason", "why it is not evidence", "words"), h.ID.as_("the id of the movement")),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Counted(Table):
    """The rows that an agreement's verdicts rest on, a row each: movements, and the parts of an index."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.INDICATOR.as_("the indicator that is assessed"),
        h.text("level", "national or local; `index` for the parts of an index", "word"),
        *(h.AREA, h.VERDICT.as_("the verdict on the movement; empty for a part of an index")),
        h.ID.as_("the id of the movement, or of the part's figure"),
    )


@dataclass(frozen=True)
class Evidence:
    """The movements that an indicator's verdict may rest on, those set aside, and in words what is left.

    `kept` are tables of movements; `aside` the cells of `SetAside`, a row each.
    """

    kept: tuple[Table, ...]
    aside: tuple[tuple[object, ...], ...]

    @property
    def words(self) -> str:
        found = {
            f"{_kind(row)}: {_series(table)} {row.earlier} to {row.later}": None for table in self.kept for row in table
        }
        return "; ".join(found)

    def only(self, areas: set[str], indicator: str) -> Evidence:
        """Return the evidence of some areas and of everyone, that of every other area set aside.

        An area that is of two kinds, as a unitary authority is an agreement's area too, has one movement in two rows:
        the second of them is set aside.
        """
        kept, aside, seen = [], list(self.aside), dict[tuple[object, ...], str]()
        for table in self.kept:
            why = ["" if _kind(row) == NATIONALLY else _not_counted(row, areas, seen) for row in table]
            kept.append(table.take(np.flatnonzero([not words for words in why])))
            rows = zip(table, why, strict=True)
            aside += [_aside(indicator, _survey(table), row, words) for row, words in rows if words]
        return Evidence(tuple(table for table in kept if len(table)), tuple(aside))

    def rows(self, indicator: str) -> Iterator[tuple[object, ...]]:
        """Yield the cells of `Counted`, a row for each movement kept."""
        for table in self.kept:
            yield from ((indicator, _kind(row), row.area, row.verdict, getattr(row, "id", "")) for row in table)


@dataclass(frozen=True)
class _Moved:
    """One movement: the table it is of, its place there, its cells, and the level that it is evidence for."""

    table: int
    place: int
    survey: str
    interim: str
    row: Any

    @property
    def level(self) -> str:
        return _kind(self.row)


def evidence_for(indicator: Indicator, movements: Sequence[Table]) -> Evidence:
    """Return the movements that an indicator's verdict may rest on, having set every other aside with the reason.

    Of an indicator whose agreement names its data sets (`measured`) those of the national source for everyone, and
    those of the local source for areas: the survey named, from the baseline named, not across a break, and of several
    such spans the one that ends last. Of any other indicator all of its movements.

    Source: PSA Delivery Agreement 21 (HM Treasury, October 2007), paragraph 2.2 and Annex A (data sets, baselines).
    """
    ids = {indicator.id, indicator.local or indicator.id}
    found = list(_moved(movements, ids))
    named = indicator.measured.sources if indicator.measured else ()
    sources: dict[str, Source] = {one.level: one for one in named if not one.part}
    if not sources:
        return _sorted_out(indicator, movements, found, {})
    why = {key: reason for key, one in enumerate(found) if (reason := _reason(one, indicator, sources))}
    fit = [(key, one) for key, one in enumerate(found) if key not in why]
    return _sorted_out(indicator, movements, found, why | dict(_outlived(fit, sources)))


def _moved(movements: Sequence[Table], ids: set[str]) -> Iterator[_Moved]:
    for number, table in enumerate(movements):
        places = np.flatnonzero([one in ids for one in table.columns["indicator"]])
        rows = zip(places.tolist(), table.take(places), strict=True)
        interim = getattr(table, "interim", "")
        yield from (_Moved(number, place, _survey(table), interim, row) for place, row in rows)


def _reason(one: _Moved, indicator: Indicator, sources: Mapping[str, Source]) -> str:
    """Return why a movement is not evidence, or "" where it is."""
    row, source = one.row, sources.get(one.level)
    if "[b]" in getattr(row, "marker", ""):
        return "across a break in the series [b]"
    if one.level == LOCALLY and (source is None or one.survey == _national_survey(sources) != source.survey):
        return f"by {row.by}: the movement that counts of this survey is everyone's, over whole waves"
    if source is None:
        return f"the agreement names no {one.level} data set"
    if whom := of_whom(getattr(row, "method", "")):
        return f"{whom}: the movement that counts is everyone's, over whole waves"
    if source.survey and one.survey != source.survey:
        of = f"of {one.survey}" if one.survey else "of a survey that is not named"
        return f"{of}: the {one.level} data set is {source.data}"
    if one.interim and not source.interim:
        return f"of {one.interim}, which continues {one.survey}: the agreement names no {one.level} interim measure"
    if one.level == NATIONALLY and row.indicator != indicator.id:
        return f"of {row.indicator}, under which authorities adopt it: the national figure is that of {indicator.id}"
    if source.baseline and row.earlier != source.baseline:
        return f"from {row.earlier}: the {one.level} baseline is {source.basis or source.baseline}"
    return ""


def _national_survey(sources: Mapping[str, Source]) -> str | None:
    return sources[NATIONALLY].survey if NATIONALLY in sources else None


def _outlived(fit: Sequence[tuple[int, _Moved]], sources: Mapping[str, Source]) -> Iterator[tuple[int, str]]:
    """Yield the movements from a baseline that another one from it outlasts, for the same area, and why."""
    last: dict[tuple[str, str], int] = {}
    for _, one in fit:
        key = one.level, one.row.area if one.level == LOCALLY else ""
        last[key] = max(last.get(key, 0), int(one.row.later))
    for number, one in fit:
        latest = last[one.level, one.row.area if one.level == LOCALLY else ""]
        if sources[one.level].baseline and one.row.later < latest:
            yield number, f"to {one.row.later}: there is an outturn of {latest}"


def _sorted_out(
    indicator: Indicator, movements: Sequence[Table], found: Sequence[_Moved], why: Mapping[int, str]
) -> Evidence:
    kept = [one for number, one in enumerate(found) if number not in why]
    tables = [
        table.take(np.array([one.place for one in kept if one.table == number], dtype=np.intp))
        for number, table in enumerate(movements)
    ]
    aside = [
        _aside(indicator.id, found[number].survey, found[number].row, words) for number, words in sorted(why.items())
    ]
    return Evidence(tuple(table for table in tables if len(table)), tuple(aside))


def _not_counted(row: Any, areas: set[str], seen: dict[tuple[object, ...], str]) -> str:
    """Return why an area's movement does not count, having noted it where it does."""
    if row.area not in areas:
        return NOT_ADOPTED
    key = (row.area, row.earlier, row.later, str(row.change), row.verdict)
    by = seen.setdefault(key, row.by)
    return "" if by == row.by else f"the same movement by {row.by}: it is counted by {by}"


def _aside(indicator: str, survey: str, row: Any, words: str) -> tuple[object, ...]:
    span = row.by, row.area, row.earlier, row.later
    return (indicator, row.indicator, survey, *span, row.verdict, words, getattr(row, "id", ""))


def set_aside(evidence: Sequence[Evidence]) -> SetAside:
    """Return what was set aside of several indicators as one table."""
    return SetAside(columns_of(SetAside.headings, [row for one in evidence for row in one.aside]))


def counted_rows(rows: Iterable[tuple[object, ...]]) -> Counted:
    """Return the rows that verdicts rest on as one table."""
    return Counted(columns_of(Counted.headings, rows))


def _kind(row: Any) -> str:
    return NATIONALLY if row.by in NATIONAL else LOCALLY


def _survey(table: Table) -> str:
    return str(getattr(table, "survey", ""))


def _series(table: Table) -> str:
    interim = getattr(table, "interim", "")
    return f"{_survey(table)} ({interim})" if interim else _survey(table)
