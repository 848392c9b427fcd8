"""Whom an estimate is about: the areas of each breakdown, and which of them each respondent lies in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.waves import AUTHORITY, DERIVED, Wave
from psaindicators.errors import DefinitionError, OptionError, SurveyError, did_you_mean, nearest_first, refuse
from psaindicators.geography.vintages import areas
from psaindicators.kernel.codes import Codes, as_number, as_text
from psaindicators.kernel.keys import Counts, numbered
from psaindicators.survey.answers import ArrayAnswers, Places
from psaindicators.survey.survey import Columns, area_codes
from psaindicators.words import listed

EVERYONE = "all"
HOW_BANDS = (
    """bands = { "18_44" = [18, 44], "45_on" = [45] } in the wave, in a question of their own, would divide it"""
)


@dataclass(frozen=True, eq=False)
class Breakdown:
    """One way of dividing the respondents: `by` as it was asked, the areas in order, and each respondent's (-1: none).

    `codes.values` are the areas' texts; `names` are their names where a vintage or the file's labels know them.
    `parts` has of a crossing each area's code and name in every part, shape (D,), the name empty where none is known.
    """

    by: str
    codes: Codes
    names: NDArray[np.object_] | None = None
    parts: Mapping[str, tuple[NDArray[np.object_], NDArray[np.object_]]] = field(default_factory=dict)

    def over(self, codes: Codes) -> Breakdown:
        """Return the breakdown of other rows, or cells, by the same areas."""
        return replace(self, codes=codes)


def parts_of(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the breakdowns asked for: one or a list, everyone where there is none. An empty list is an OptionError."""
    parts = (EVERYONE,) if by is None else (by,) if isinstance(by, str) else tuple(by)
    if not parts:
        raise OptionError("by is an empty list: name an area kind or a question, or leave it out for everyone")
    refuse(f"by asks for '{one}' twice: name it once" for one in dict.fromkeys(parts) if parts.count(one) > 1)
    refuse(
        f"by asks for '{one}', which crosses '{part}' with itself: name it once"
        for one in parts
        for part in dict.fromkeys(one.split("*"))
        if one.split("*").count(part) > 1
    )
    return parts


def questions_of(wave: Wave, by: Iterable[str]) -> set[str]:
    """Return the questions that breakdowns divide by. Raises DefinitionError for an unknown area kind or question."""
    kinds = {EVERYONE, *wave.all_kinds}
    asked = {part for one in by for part in one.split("*")} - kinds
    for name in sorted(asked):
        if name not in wave.questions:
            raise DefinitionError(_no_breakdown(wave, name, kinds))
        if wave.questions[name].is_number:
            raise DefinitionError(
                f"'{name}' of {wave.name} is a number, without named answers to break down by; {_banded(wave, name)}"
            )
    return asked


def _no_breakdown(wave: Wave, name: str, kinds: Iterable[str]) -> str:
    """Return what is said of a breakdown that is neither: both kinds that there are, the nearest first."""
    divide = [question for question in wave.questions if not wave.questions[question].is_number]
    near = did_you_mean(name, [*sorted(kinds), *divide])
    return (
        f"{wave.name} has no area kind or question '{name}' to break down by{near} (area kinds: "
        f"{listed(nearest_first(name, sorted(kinds)))}; questions: {listed(nearest_first(name, divide)) or 'none'})"
    )


def _banded(wave: Wave, name: str) -> str:
    """Return which question has bands of a number, or how one is written."""
    read = wave.read_from(wave.questions)
    ours = [f"'{one}'" for one in read if read[one].bands and read[one].variable == read[name].variable]
    return f"{' and '.join(ours)} {'have' if len(ours) > 1 else 'has'} bands of it" if ours else HOW_BANDS


def with_places(answers: ArrayAnswers, columns: Columns, kinds: Sequence[str]) -> ArrayAnswers:
    """Return answers with some kinds of area among the questions, answered by each respondent's area."""
    everyone = np.ones(columns.rows, dtype=bool)
    parts = {kind: _part(kind, columns, answers, everyone) for kind in kinds}
    return replace(
        answers,
        names={**answers.names, **{kind: tuple(map(str, part.codes.values)) for kind, part in parts.items()}},
        position={**answers.position, **{kind: part.codes.positions + 1 for kind, part in parts.items()}},
        places={kind: _places(part, columns) for kind, part in parts.items()},
    )


def _places(part: Breakdown, columns: Columns) -> Places:
    """Return how the areas of a kind are spelled: by code or by name, also those of the labels that nobody lives in."""
    labels = columns.survey.microdata.labels.get(columns.survey.wave.area.get(part.by, ""), {})
    codes = {as_text(code): label for code, label in labels.items()}
    names = part.names if part.names is not None else [""] * len(part.codes.values)
    codes |= dict(zip(map(str, part.codes.values), map(str, names), strict=True))
    called = [name.casefold() for name in codes.values() if name]
    named = {name.casefold(): code for code, name in codes.items() if called.count(name.casefold()) == 1}
    return Places(columns.survey.where, part.by, named | {code.casefold(): code for code in codes})


def area_variables(wave: Wave, by: Iterable[str]) -> list[str]:
    """Return the variables that areas are read from for some breakdowns."""
    kinds = {part for one in by for part in one.split("*")}
    derived = {AUTHORITY} if wave.vintage and kinds & set(DERIVED) else set()
    return [variable for kind, variable in wave.area.items() if kind in kinds | derived]


def breakdown(by: str, columns: Columns, answers: ArrayAnswers, included: NDArray[np.bool_]) -> Breakdown:
    """Return the breakdown of the respondents by an area kind, a question, or several crossed with a star.

    Raises SurveyError where it would have no row at all.
    """
    parts = [_part(name, columns, answers, included) for name in by.split("*")]
    found = parts[0] if len(parts) == 1 else _crossed(by, parts)
    if not found.codes.values:
        raise SurveyError(f"{columns.survey.where}: {_nobody(parts)}")
    return found


def _nobody(parts: Sequence[Breakdown]) -> str:
    """Return why a breakdown has no row."""
    empty = [f"'{part.by}'" for part in parts if not part.codes.values]
    what = f"of {listed(empty)}" if empty else f"of each of {listed(repr(part.by) for part in parts)}"
    return f"nobody whom the figures are about has a value {what}, so there is nothing to break down by"


def _part(name: str, columns: Columns, answers: ArrayAnswers, included: NDArray[np.bool_]) -> Breakdown:
    wave = columns.survey.wave
    if name == EVERYONE:
        return Breakdown(name, Codes((EVERYONE,), np.where(included, 0, -1)))
    if name in wave.all_kinds:
        found = _areas(name, columns)
        kept = _within(found.codes, included, keep_all=found.names is not None)
        return _labelled(Breakdown(name, kept, found.names), columns)
    positions = answers.position[name].astype(np.intp) - 1
    return Breakdown(name, _within(Codes(answers.names[name], positions), included))


def _areas(kind: str, columns: Columns) -> Breakdown:
    wave = columns.survey.wave
    if wave.vintage and (kind == AUTHORITY or kind not in wave.area):
        return _geographic(kind, columns, wave.vintage)
    codes = area_codes(columns, kind)
    order = sorted(range(len(codes.values)), key=lambda i: area_order(str(codes.values[i])))
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return Breakdown(kind, Codes(tuple(codes.values[i] for i in order), codes.translate(rank, -1)))


def _labelled(part: Breakdown, columns: Columns) -> Breakdown:
    """Return a breakdown by an area kind with the file's value labels as the areas' names, where it has them."""
    wave, microdata = columns.survey.wave, columns.survey.microdata
    labels = microdata.labels.get(wave.area.get(part.by, ""), {})
    name_of = {as_text(code): label for code, label in labels.items()}
    if part.names is not None or not name_of:
        return part
    return replace(part, names=np.array([name_of.get(str(area), "") for area in part.codes.values], dtype=object))


def area_order(text: str) -> tuple[int, float, str]:
    """Return the key that sorts areas' texts: whole numbers by amount, before texts by letter."""
    amount = as_number(text)
    return (1, 0.0, text) if amount is None else (0, amount, text)


def _geographic(kind: str, columns: Columns, vintage: str) -> Breakdown:
    """Return the areas of a kind in force on the vintage's day, from the authority codes of the file.

    They are all of the vintage's, but in the file of one authority those alone that it lies in.
    """
    geography = areas(vintage)
    authority = area_codes(columns, AUTHORITY)
    try:
        found = geography.levels([str(value) for value in authority.values])[kind]
    except DefinitionError as problem:
        raise SurveyError(f"{columns.survey.where}: '{columns.survey.wave.area.get(AUTHORITY)}': {problem}") from None
    of_the_file = tuple(sorted({*found} - {""}))
    known = of_the_file if columns.survey.wave.authority else geography.codes(kind)
    place = {code: i for i, code in enumerate(known)}
    table = np.array([place.get(code, -1) for code in found], dtype=np.intp)
    return Breakdown(kind, Codes(known, authority.translate(table, -1)), geography.names(kind, known))


def _within(codes: Codes, included: NDArray[np.bool_], *, keep_all: bool = False) -> Codes:
    """Return codes that are blank outside those included, with only the areas that remain (or all of them)."""
    positions = np.where(included, codes.positions, -1)
    if keep_all:
        return Codes(codes.values, positions)
    used = np.bincount(positions[positions >= 0], minlength=len(codes.values)) > 0
    table = np.where(used, np.cumsum(used) - 1, -1)
    values = tuple(value for value, one in zip(codes.values, used, strict=True) if one)
    return Codes(values, Codes((), positions).translate(table, -1))


def _crossed(by: str, parts: Sequence[Breakdown]) -> Breakdown:
    """Return the crossing of several breakdowns: the combinations that occur, in the order of the parts."""
    inside = np.flatnonzero(np.all([part.codes.positions >= 0 for part in parts], axis=0))
    ids, first = numbered([part.codes.positions[inside] for part in parts])
    at = [part.codes.positions[inside][first] for part in parts]
    order = np.lexsort(at[::-1])
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    positions = np.full(len(parts[0].codes.positions), -1, dtype=np.intp)
    positions[inside] = rank[ids]
    of_parts = {part.by: _called(part, one[order]) for part, one in zip(parts, at, strict=True)}
    values = tuple("*".join(codes) for codes in zip(*(codes for codes, _ in of_parts.values()), strict=True))
    return Breakdown(by, Codes(values, positions), _joint_names(of_parts.values()), of_parts)


def _called(part: Breakdown, at: NDArray[np.intp]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return the codes and the names of some areas of a breakdown."""
    codes = np.array([str(value) for value in part.codes.values], dtype=object)
    names = np.full(len(codes), "", dtype=object) if part.names is None else np.asarray(part.names)
    return codes[at], names[at]


def _joint_names(parts: Collection[tuple[NDArray[np.object_], NDArray[np.object_]]]) -> NDArray[np.object_] | None:
    """Return the names of crossed areas, `North East, male`; None where no part has any."""
    called = [np.where(names == "", codes, names) for codes, names in parts]
    if not any((names != "").any() for _, names in parts):
        return None
    return np.array([", ".join(one) for one in zip(*called, strict=True)], dtype=object)


def containing(smaller: Codes, larger: Codes) -> Counts:
    """Return for each smaller area the position of the larger one it lies in (-1: none).

    Raises DefinitionError where a smaller area lies in more than one.
    """
    _, first = numbered([smaller.positions, larger.positions])
    pairs = [(smaller.positions[i], larger.positions[i]) for i in first]
    found = np.full(len(smaller.values), -1, dtype=np.intp)
    for small, large in pairs:
        if small >= 0 and large >= 0:
            if found[small] not in (-1, large):
                raise DefinitionError(f"area {smaller.values[small]} lies in more than one larger area")
            found[small] = large
    return found
