"""Respondents and population totals brought together: names become codes, and all problems are reported at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import DesignError, did_you_mean, refuse, word_problems
from psaindicators.kernel.calibration_variables import Ints
from psaindicators.kernel.codes import Value, amounts_of, as_text, plain
from psaindicators.kernel.keys import Floats, numbered
from psaindicators.weighting.population_files import read_populations
from psaindicators.weighting.respondents import Part, Respondents, respondents_of
from psaindicators.words import MOST, code_text, rows

SAME_TOTAL = 1e-6
"""Totals of two variables whose sums differ by no more than this, relative, are one population rounded differently."""
BLANK, UNKNOWN = -1, -2
"""Codes of a row that has no category, and of one whose category has no total."""
BLANKS = ("refuse", "own_category")
OWN_CATEGORY = "(blank)"

RowsKept = NDArray[np.bool_] | slice


@dataclass(frozen=True, eq=False)
class WeightingVariable:
    """One variable of a weighting: its categories, their population totals, and each respondent's category."""

    variable: str
    categories: tuple[str, ...]
    totals: Floats
    codes: Ints

    def sums(self, values: NDArray[Any]) -> Floats:
        """Return the sum of (rows,) values over each category."""
        return np.asarray(np.bincount(self.codes, values, len(self.categories)))

    @property
    def is_sound(self) -> bool:
        """Whether every total is a number above zero."""
        return bool(len(self.totals) and (self.totals > 0).all() and np.isfinite(self.totals).all())


@dataclass(frozen=True, eq=False)
class Matched:
    """Weighting variables whose categories all occur among the respondents, and initial weights that add to them."""

    where: str
    initial: Floats
    variables: tuple[WeightingVariable, ...]


def matched(data: object, populations: object, *, weight: str | None, blanks: str) -> Matched:
    """Return the population totals in codes and the initial weights, or raise one DesignError with every problem.

    Totals that add to the same within 1e-6 are scaled to those of the first variable. A respondent of weight zero
    needs no category. `blanks`: "refuse", or "own_category", which then holds its weighted share of the population.
    """
    refuse(word_problems("blanks", blanks, BLANKS))
    written = read_populations(populations)
    respondents = respondents_of(data, written.by_variable, weight)
    problems, found = [*respondents.problems, *_outside(respondents)], []
    for name, parts in respondents.parts.items():
        variable, wrong = _variable(name, written.by_variable[name], parts, respondents, blanks)
        found.append(variable)
        problems += wrong
    if not written.by_variable:
        problems.append(f"{written.where} name no variable")
    raise_any(f"{written.where} and {respondents.where} do not fit", problems + _disagreements(found))
    return _scaled(written.where, respondents.initial, found)


def raise_any(what: str, problems: Sequence[str]) -> None:
    """Raise a DesignError that lists every problem under what they have in common, if there are any."""
    if problems:
        by_row = any(" row" in problem for problem in problems)
        heading = f"{what} (row 1 is the first respondent):" if by_row else f"{what}:"
        raise DesignError("\n  ".join([heading, *problems]))


def _scaled(where: str, initial: Floats, found: Sequence[WeightingVariable]) -> Matched:
    """Return variables whose totals all add to the first's, and initial weights that do so too."""
    population = found[0].totals.sum()
    start = initial * (population / initial.sum())
    scaled = (replace(one, totals=one.totals * (population / one.totals.sum())) for one in found)
    return Matched(where, start, tuple(_with_blanks(one, start) for one in scaled))


def _with_blanks(one: WeightingVariable, start: Floats) -> WeightingVariable:
    """Return a variable whose blanks are a category: the sum of their initial weights, the others having the rest."""
    if one.codes.min() >= 0:
        return one
    without = one.codes < 0
    theirs = start[without].sum()
    if theirs == 0:
        return replace(one, codes=np.where(without, 0, one.codes))
    totals = np.append(one.totals * (1 - theirs / one.totals.sum()), theirs)
    codes = np.where(without, len(one.categories), one.codes)
    return WeightingVariable(one.variable, (*one.categories, OWN_CATEGORY), totals, codes)


def _variable(
    name: str, written: Mapping[object, object], parts: Sequence[Part], respondents: Respondents, blanks: str
) -> tuple[WeightingVariable, list[str]]:
    """Return a variable with each respondent's category (or BLANK, UNKNOWN), and what does not fit."""
    given = [plain(category) for category in written]
    keys = [_keys(category, parts) for category in given]
    found = _combinations(parts)
    places = _places(keys, parts, found)
    variable = WeightingVariable(
        name,
        tuple(map(as_text, given)),
        amounts_of(np.array(list(written.values()), dtype=object)),
        np.append(places, BLANK)[found.positions],
    )
    weighted = respondents.weighted
    unknown, blank, *counts = _counts(places, found, len(keys), weighted)
    strays = _strays(variable, parts, found, weighted) if unknown else {}
    return variable, [
        *_bad_totals(variable, list(written.values())),
        *_bad_categories(variable, keys, len(parts)),
        *(_blanks(variable, weighted) if blank and blanks == "refuse" else []),
        *_untotalled(name, strays),
        *_unmet(variable, [not key or count for key, count in zip(keys, counts, strict=True)], strays),
    ]


def _keys(category: Value, parts: Sequence[Part]) -> tuple[Value, ...]:
    """Return what each part of a category is matched by ("18_24*male" has two), nothing where it has not as many."""
    ones: list[Value] = [category] if len(parts) == 1 else list(str(category).split("*"))
    return tuple(part.key(one) for part, one in zip(parts, ones, strict=True)) if len(ones) == len(parts) else ()


@dataclass(frozen=True, eq=False)
class _Combinations:
    """Combinations of the values of some parts: `at` (parts, combinations), and each respondent's (-1: blank)."""

    at: Ints
    positions: Ints


def _combinations(parts: Sequence[Part]) -> _Combinations:
    codes = [part.codes for part in parts]
    if len(codes) == 1:
        return _Combinations(np.arange(len(codes[0].values))[None, :], codes[0].positions)
    ids, first = numbered([one.positions for one in codes])
    at = np.array([one.positions[first] for one in codes])
    whole = (at >= 0).all(axis=0)
    return _Combinations(at[:, whole], np.where(whole, np.cumsum(whole) - 1, -1)[ids])


def _places(keys: Sequence[tuple[Value, ...]], parts: Sequence[Part], found: _Combinations) -> Ints:
    """Return each combination's place among the categories, UNKNOWN where it has none."""
    distinct = [list(dict.fromkeys(key[number] for key in keys if key)) for number in range(len(parts))]
    numbers = [{key: place for place, key in enumerate(ones)} for ones in distinct]
    category = {tuple(of[one] for of, one in zip(numbers, key, strict=True)): i for i, key in enumerate(keys) if key}
    places = [part.places(ones)[at] for part, ones, at in zip(parts, distinct, found.at, strict=True)]
    return np.array([category.get(one, UNKNOWN) for one in zip(*(of.tolist() for of in places), strict=True)], np.intp)


def _counts(places: Ints, found: _Combinations, categories: int, weighted: RowsKept) -> list[int]:
    """Return the respondents above weight zero of no known category, of none at all, and of each category."""
    positions = found.positions[weighted]
    inside = positions if positions.min(initial=0) >= 0 else positions[positions >= 0]
    by_place = np.bincount(places - UNKNOWN, np.bincount(inside, minlength=len(places)), categories - UNKNOWN)
    by_place[BLANK - UNKNOWN] = len(positions) - len(inside)
    return [int(count) for count in by_place]


def _strays(
    variable: WeightingVariable, parts: Sequence[Part], found: _Combinations, weighted: RowsKept
) -> dict[str, str]:
    """Return each category that has no total, by its text, and the rows it is in (of the first few)."""
    wrong = _rows_with(variable, UNKNOWN, weighted)
    numbers = found.positions[wrong]

    def text(number: int) -> str:
        pairs = zip(parts, found.at[:, number], strict=True)
        return "*".join(as_text(part.codes.values[position]) for part, position in pairs)

    distinct = list(dict.fromkeys(numbers.tolist()))
    where = {text(number): rows(wrong[numbers == number]) for number in distinct[:MOST]}
    return where | dict.fromkeys(map(text, distinct[MOST:]), "")


def _untotalled(name: str, strays: Mapping[str, str]) -> list[str]:
    more = len(strays) - MOST
    return [
        *(f"{name} = {code_text(stray)}: in {where}, but has no total" for stray, where in list(strays.items())[:MOST]),
        *([f"{name}: {more:,} more categories have no total"] if more > 0 else []),
    ]


def _outside(respondents: Respondents) -> list[str]:
    if not respondents.outside.any():
        return []
    out = np.flatnonzero(respondents.outside & (respondents.initial > 0))
    remedy = "leave them out of the data, or give them a weight of zero"
    return [f"the wave's figures are not about {rows(out)} (its `include`); {remedy}"] if len(out) else []


def _rows_with(variable: WeightingVariable, code: int, weighted: RowsKept) -> Ints:
    """Return the rows above weight zero with a code."""
    return np.asarray(np.arange(len(variable.codes))[weighted][variable.codes[weighted] == code])


def _blanks(variable: WeightingVariable, weighted: RowsKept) -> list[str]:
    blank = _rows_with(variable, BLANK, weighted)
    remedy = "give them one, leave them out, or let the blank be a category of its own (blanks own_category)"
    return [f"{variable.variable} has no category in {rows(blank)}; {remedy}"]


def _bad_totals(variable: WeightingVariable, written: Sequence[object]) -> list[str]:
    wrong = [
        f"{variable.variable} = {name}: its total is {given!r}; it has to be a number above zero"
        for name, given, total in zip(variable.categories, written, variable.totals, strict=True)
        if not (np.isfinite(total) and total > 0)
    ]
    return wrong if written else [f"{variable.variable} has population totals, but for no category"]


def _bad_categories(variable: WeightingVariable, keys: Sequence[tuple[Value, ...]], parts: int) -> list[str]:
    times = Counter(key for key in keys if key)
    twice = {key: name for name, key in zip(variable.categories, keys, strict=True) if times[key] > 1}
    return [
        *(
            f"{variable.variable} = {name}: is not {parts} categories joined by a star"
            for name, key in zip(variable.categories, keys, strict=True)
            if not key
        ),
        *(f"{variable.variable} = {name}: given more than one total" for name in twice.values()),
    ]


def _unmet(variable: WeightingVariable, found: Sequence[object], strays: Iterable[str]) -> list[str]:
    return [
        f"{variable.variable} = {name}: has a total of {total:,.10g} but "
        + (
            "only respondents of weight zero; join it to another"
            if (variable.codes == place).any()
            else f"nobody in the sample{did_you_mean(name, strays) or '; join it to another'}"
        )
        for place, (name, total, one) in enumerate(zip(variable.categories, variable.totals, found, strict=True))
        if not one
    ]


def _disagreements(variables: Sequence[WeightingVariable]) -> list[str]:
    """Return the variables whose totals do not add to the first's; those with a bad total are not judged."""
    sound = [one for one in variables if one.is_sound]
    if not sound:
        return []
    first, *others = sound
    population = first.totals.sum()
    return [
        f"{other.variable} adds to {total:,.10g} but {first.variable} to {population:,.10g}, "
        f"{100 * abs(total / population - 1):.3g}% apart; scale them to one total"
        for other in others
        if abs((total := other.totals.sum()) / population - 1) > SAME_TOTAL
    ]
