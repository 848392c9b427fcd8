"""The line of names, alike in files and frames: outer and repeated blanks and line ends are no part of a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from psaindicators.errors import SurveyError


def plain_name(name: object) -> str:
    """Return a variable's name with single blanks between its words and none around them."""
    return " ".join(str(name).split())


def distinct_names(file: str, header: Iterable[object]) -> list[str]:
    """Return the names in a header: a blank one is numbered, as is one that differs from another by case alone.

    Raises SurveyError where two are the same.
    """
    names = [plain_name(name) or f"column_{i}" for i, name in enumerate(header, start=1)]
    refuse_repeats(file, names)
    before = Counter[str]()
    distinct = []
    for name in names:
        distinct.append(f"{name}_{before[name.lower()]}" if before[name.lower()] else name)
        before[name.lower()] += 1
    return distinct


def refuse_repeats(where: str, names: Iterable[str]) -> None:
    """Raise SurveyError where two variables have the same name."""
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise SurveyError(f"{where} has more than one variable named {', '.join(map(repr, twice))}")
