"""What is like what: an order in which each comes after its model, and the circles that have none."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def models_first(model_of: Mapping[Name, Name | None]) -> list[Name]:
    """Return names in an order in which each comes after its model; those of a circle are in no order."""
    return sorted(model_of, key=lambda name: len(_line(name, model_of)))


def circles(model_of: Mapping[Name, Name | None]) -> list[list[Name]]:
    """Return every circle of names, each the model of the one before, from the name that comes first in `model_of`."""
    found: dict[frozenset[Name], list[Name]] = {}
    for name in model_of:
        line = _line(name, model_of)
        if model_of[line[-1]] == name:
            found.setdefault(frozenset(line), line)
    return list(found.values())


def in_a_circle(circle: Sequence[Name]) -> str:
    """Return what is wrong with a circle, for a message."""
    around = ", which is like ".join(map(str, [*circle, circle[0]]))
    return f"goes round in a circle: {around}; one of them must stand by itself"


def _line(name: Name, model_of: Mapping[Name, Name | None]) -> list[Name]:
    """Return a name, its model, that one's model and so on, each once."""
    line = [name]
    while (model := model_of[line[-1]]) is not None and model not in line:
        line.append(model)
    return line
