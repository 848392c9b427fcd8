"""Which row of the earlier estimates stands against which of the later, and which has no counterpart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.waves import DERIVED
from psaindicators.errors import ComparisonError, did_you_mean
from psaindicators.figures.estimates import Estimates
from psaindicators.geography.matching import match_areas
from psaindicators.headings import Column
from psaindicators.kernel.significance import PUBLISHED
from psaindicators.tables import Table, columns_of
from psaindicators.words import counted, listed

UNMATCHED = (
    *(h.BY, h.AREA, h.AREA_NAME),
    h.text("wave", "the wave that has the area: earlier or later", "word"),
    h.text("reason", "why it is not compared", "words"),
)
"""The columns of the areas that have no counterpart."""

GEOGRAPHIC = ("authority", *DERIVED)
"""The kinds of area whose codes the code history knows."""
FALLBACK = "beta"
"""What any interval gives way to at the ends of the scale: it does not show what was asked for."""


@dataclass(frozen=True, eq=False)
class Pairing:
    """Rows of two waves, the n-th of `earlier` against the n-th of `later`.

    `survey` names the series, `interim` the survey of a wave that continues it, `waves` the two ("place 2008").
    `breaks` says for each row what interrupts the series between them (nothing: ""), `code_notes` what became of its
    area's code, both of shape (rows,); `unmatched` lists by, area, wave ("earlier" or "later") and reason.
    """

    survey: str
    interim: str
    waves: tuple[str, str]
    earlier: Estimates
    later: Estimates
    breaks: NDArray[np.object_]
    redefined: NDArray[np.bool_]
    code_notes: NDArray[np.object_]
    unmatched: Table


def paired(earlier: Estimates, later: Estimates, *, across_break: bool) -> Pairing:
    """Return the rows that can be set against each other, matched by indicator, by and area.

    Codes are matched through the code history where both waves state a vintage, else as they are. Raises
    ComparisonError with everything that is wrong at once: waves in the wrong order or of different series or
    modes (unless `across_break`), indicators or breakdowns missing from one side, unlike levels or
    intervals; and where no area is in both.
    """
    problems = [*_mixed(earlier, "earlier"), *_mixed(later, "later")]
    if not problems:
        problems = [*_order(earlier, later), *_unlike(earlier, later), *_missing(earlier, later)]
        problems += [] if across_break else [_ask_for_it(reason) for reason in series_breaks(earlier, later)]
    if problems:
        raise ComparisonError("\n".join(problems))
    return _aligned(earlier, later)


def _mixed(table: Estimates, which: str) -> Iterator[str]:
    if not len(table):
        yield f"the {which} estimates have no row"
        return
    waves = list(dict.fromkeys(zip(table.columns["survey"], table.columns["wave"], strict=True)))
    if len(waves) > 1:
        found = ", ".join(f"{survey} {year}" for survey, year in waves)
        yield f"the {which} estimates are of {len(waves)} waves ({found}); compare one wave with one other"
    levels = sorted(set(table.columns["level"].tolist()))
    if len(levels) > 1:
        found = " and ".join(f"{level:g}%" for level in levels)
        yield f"the {which} estimates have intervals at {found}; use one level for both waves"
    keys = list(zip(*(table.columns[name] for name in ("indicator", "by", "area")), strict=True))
    twice = [key for key, n in _counted(keys).items() if n > 1]
    if twice:
        yield f"the {which} estimates have more than one row for {listed(' '.join(key) for key in twice)}"


def _order(earlier: Estimates, later: Estimates) -> Iterator[str]:
    if _year(later) < _year(earlier):
        yield (
            f"the waves are in the wrong order: the earlier estimates are of {earlier.wave_name}, the later ones of "
            f"{later.wave_name}; give the earlier wave first"
        )


def _unlike(earlier: Estimates, later: Estimates) -> Iterator[str]:
    one, other = (float(table.columns["level"][0]) for table in (earlier, later))
    if one != other:
        found = f"{one:g}% in {earlier.wave_name} and {other:g}% in {later.wave_name}"
        yield f"the intervals are at {found}; use one level for both waves"
    methods = [_methods(table) for table in (earlier, later)]
    if len(methods[0] | methods[1]) > 1:
        found = " and ".join(f"{', '.join(sorted(names))}" for names in methods)
        yield f"the intervals are made by different methods ({found}); use one method for both waves"


def _methods(table: Estimates) -> set[str]:
    """Return the interval methods that were asked for; printed figures come as they were printed."""
    return set(table.columns["interval"][table.columns["method"] != PUBLISHED]) - {FALLBACK, ""}


def _missing(earlier: Estimates, later: Estimates) -> Iterator[str]:
    for one, other in ((earlier, later), (later, earlier)):
        there = dict.fromkeys(other.columns["indicator"])
        for absent in dict.fromkeys(one.columns["indicator"]):
            if absent not in there:
                yield (
                    f"{absent} is estimated for {one.wave_name} but not for {other.wave_name}"
                    f"{did_you_mean(absent, there)}; estimate the same indicators for both"
                )
    divided = [list(dict.fromkeys(table.columns["by"])) for table in (earlier, later)]
    if not set(divided[0]) & set(divided[1]):
        yield (
            f"no breakdown is in both: {earlier.wave_name} is by {', '.join(divided[0])}, {later.wave_name} by "
            f"{', '.join(divided[1])}; estimate both by the same areas"
        )


def series_breaks(earlier: Estimates, later: Estimates) -> list[str]:
    """Return what interrupts the series between two waves: another survey, another coverage, another mode."""
    surveys = [_series(table) for table in (earlier, later)]
    facts = [table.wave for table in (earlier, later)]
    modes = [fact.mode if fact else None for fact in facts]
    coverages = [fact.coverage if fact else None for fact in facts]
    found = []
    if surveys[0] != surveys[1]:
        kinds = (
            f" ({coverages[0]} and {coverages[1]})" if None not in coverages and coverages[0] != coverages[1] else ""
        )
        found.append(f"{earlier.wave_name} and {later.wave_name} are of different series{kinds}")
    if None not in modes and modes[0] != modes[1]:
        found.append(f"{earlier.wave_name} was {modes[0]} and {later.wave_name} {modes[1]}: another mode")
    return found


def _ask_for_it(reason: str) -> str:
    return (
        f"{reason}, so a change may be the survey's and not people's; if it is to be compared all the same, say "
        "across_break=True: the rows are then marked [b]"
    )


def _aligned(earlier: Estimates, later: Estimates) -> Pairing:
    both = [by for by in dict.fromkeys(earlier.columns["by"]) if by in set(later.columns["by"])]
    codes = {by: _matched(by, earlier, later) for by in both}
    place = {
        (indicator, by, codes[by].earlier_of[area]): i
        for i, (indicator, by, area) in enumerate(_keys(later))
        if by in codes and area in codes[by].earlier_of
    }
    at = [(i, place[key]) for i, key in enumerate(_keys(earlier)) if key in place]
    unmatched = _unmatched(earlier, later, codes)
    if not at:
        told = "; ".join(left_out(unmatched))
        raise ComparisonError(f"no area of {earlier.wave_name} is one of {later.wave_name}: {told}")
    rows = [np.array([pair[side] for pair in at], dtype=np.intp) for side in (0, 1)]
    one, other = earlier.take(rows[0]), later.take(rows[1])
    redefined = _redefinitions(earlier, later)
    series = "; ".join(series_breaks(earlier, later))
    found = ["; ".join(filter(None, (series, redefined[name]))) for name in one.columns["indicator"]]
    notes = [codes[by].notes.get(area, "") for _, by, area in _keys(one)]
    surveys = dict.fromkeys(map(_series, (earlier, later)))
    return Pairing(
        " to ".join(surveys),
        _interim(earlier, later),
        (earlier.wave_name, later.wave_name),
        one,
        other,
        np.array(found, dtype=object),
        np.array([bool(redefined[name]) for name in one.columns["indicator"]], dtype=bool),
        np.array(notes, dtype=object),
        unmatched,
    )


def _series(table: Estimates) -> str:
    """Return the series that a table's wave belongs to: its survey, or the one that the wave continues."""
    return (table.wave.continues if table.wave else None) or str(table.columns["survey"][0])


def _interim(earlier: Estimates, later: Estimates) -> str:
    """Return the surveys of those waves that continue another series than their own."""
    of = dict.fromkeys(str(one.columns["survey"][0]) for one in (earlier, later) if one.wave and one.wave.continues)
    return " and ".join(of)


def _redefinitions(earlier: Estimates, later: Estimates) -> dict[str, str]:
    """Return for each indicator that its definition changed between the waves, or "" where it did not."""
    years = _year(earlier), _year(later)
    found = {}
    for name in dict.fromkeys(earlier.columns["indicator"]):
        one, other = (_rules(t.indicators.get(name), y) for t, y in zip((earlier, later), years, strict=True))
        changed = one is not None and other is not None and one != other
        found[name] = f"the definition of {name} changed between {years[0]} and {years[1]}" if changed else ""
    return found


def _rules(indicator: Indicator | None, year: int) -> tuple[object, object] | None:
    in_force = [one for one in indicator.definitions if one.since <= year] if indicator else []
    if not in_force:
        return None
    definition = max(in_force, key=lambda one: one.since)
    return definition.numerator, definition.denominator


@dataclass(frozen=True)
class _Matched:
    """One breakdown: the earlier area of each later one, notes by earlier area, the rest as (area, wave, reason)."""

    earlier_of: Mapping[str, str]
    notes: Mapping[str, str]
    unmatched: Sequence[tuple[str, str, str]]


def _matched(by: str, earlier: Estimates, later: Estimates) -> _Matched:
    before, after = (list(dict.fromkeys(table.where(by=by).columns["area"])) for table in (earlier, later))
    known = _has_vintage(earlier) and _has_vintage(later)
    if by in GEOGRAPHIC and known:
        found = match_areas(before, after)
        notes = {one: f"{one} in the earlier wave ({reason})" for one, other, reason in found.pairs if reason}
        return _Matched({pair.later: pair.earlier for pair in found.pairs}, notes, found.unmatched)
    spoken = _crossed(by, before, after) if known else {area: area for area in after}
    earlier_of = {area: spoken[area] for area in after if spoken[area] in set(before)}
    lost = [(area, "earlier", "not in the later wave") for area in before if area not in set(earlier_of.values())]
    new = [(area, "later", "not in the earlier wave") for area in after if area not in earlier_of]
    notes = {old: f"{old} in the earlier wave (re-coded)" for area, old in earlier_of.items() if area != old}
    return _Matched(earlier_of, notes, lost + new)


def _crossed(by: str, before: Sequence[str], after: Sequence[str]) -> dict[str, str]:
    """Return each later area of a crossed breakdown ("region*sex") in the earlier wave's codes."""
    names = by.split("*")
    old, new = ([area.split("*") for area in areas] for areas in (before, after))
    if any(len(parts) != len(names) for parts in (*old, *new)):
        return {area: area for area in after}
    table: list[dict[str, str]] = [{} for _ in names]
    for i, name in enumerate(names):
        if name in GEOGRAPHIC:
            found = match_areas([parts[i] for parts in old], [parts[i] for parts in new])
            table[i] = {pair.later: pair.earlier for pair in found.pairs}
    return {
        area: "*".join(codes.get(part, part) for codes, part in zip(table, parts, strict=True))
        for area, parts in zip(after, new, strict=True)
    }


def _unmatched(earlier: Estimates, later: Estimates, codes: Mapping[str, _Matched]) -> Table:
    rows = [(by, *row) for by, one in codes.items() for row in one.unmatched]
    for table, which, other in ((earlier, "earlier", "later"), (later, "later", "earlier")):
        for by, area in dict.fromkeys((by, area) for _, by, area in _keys(table) if by not in codes):
            rows.append((by, area, which, f"the {other} estimates are not broken down by {by}"))
    names = _names(earlier) | _names(later)
    named = [(by, area, names.get((by, area), ""), which, reason) for by, area, which, reason in rows]
    return Table(columns_of(UNMATCHED, named))


def left_out(unmatched: Table) -> list[str]:
    """Return how many areas of each breakdown are not compared, and which, a note each; none where all are."""
    notes = []
    for by in dict.fromkeys(unmatched.columns["by"]):
        rows = unmatched.where(by=by)
        areas = listed(f"{row.area_name or row.area} ({row.wave})" for row in rows)
        notes.append(f"{counted(len(rows), 'area')} by {by} not compared: {areas}")
    return notes


def against_itself(pairing: Pairing) -> list[str]:
    """Return a note where both sides are of one wave."""
    one, other = pairing.earlier, pairing.later
    same = one.wave_name == other.wave_name and [*one.columns["method"]] == [*other.columns["method"]]
    return [f"both estimates are of {other.wave_name}: a wave is set against itself"] if same else []


def _names(table: Estimates) -> dict[tuple[str, str], str]:
    if "area_name" not in table.columns:
        return {}
    rows = zip(*(table.columns[name] for name in ("by", "area", "area_name")), strict=True)
    return {(by, area): name for by, area, name in rows}


def area_names(pairing: Pairing) -> Column | None:
    """Return the names of the rows' areas, the later wave's before the earlier's, or None where neither knows."""
    named = [table.columns["area_name"] for table in (pairing.later, pairing.earlier) if "area_name" in table.columns]
    if not named:
        return None
    return np.where(named[0] != "", named[0], named[-1])


def _year(table: Estimates) -> int:
    return int(table.columns["wave"][0])


def _has_vintage(table: Estimates) -> bool:
    return table.wave is not None and table.wave.vintage is not None


def _keys(table: Estimates) -> Iterator[tuple[str, str, str]]:
    return zip(*(table.columns[name] for name in ("indicator", "by", "area")), strict=True)


def _counted(keys: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], int]:
    counts: dict[tuple[str, ...], int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return counts
