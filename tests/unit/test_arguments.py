"""Arguments held to their annotations: what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import psaindicators as psa
from psaindicators.arguments import typed


@typed
def asked(name: str, count: int | None = None, *, shares: tuple[float, float] = (0, 1), path: Path | str = "") -> str:
    return f"{name} {count} {shares} {path}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"name": 4}, "name must be text, got 4"),
        ({"name": None, "count": 2.5}, "name must be text, got None\ncount must be a whole number or None, got 2.5"),
        ({"name": "a", "count": True}, "count must be a whole number or None, got True"),
        ({"name": "a", "count": 10**400}, "count must be a whole number or None, got a number of more than 300 digits"),
        ({"name": "a", "shares": [1]}, "shares must be 2 values, each a number, got list of 1"),
        ({"name": "a", "shares": "01"}, "shares must be 2 values, each a number, got '01'"),
        ({"name": "a", "path": b"x"}, "path must be a path or text, got b'x'"),
        ({"name": b"\x1b" * 100}, "name must be text, got b'\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b\\x1b..."),
    ],
)
def test_what_is_of_another_type_is_told_all_at_once(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(psa.OptionError) as raised:
        asked(**arguments)
    assert [line[:60] for line in str(raised.value).splitlines()] == [line[:60] for line in told.splitlines()]


def test_numbers_and_lists_of_any_library_are_taken() -> None:
    assert asked("a", np.int64(3), shares=np.array([0.5, 1.0]), path=Path("x"))  # type: ignore[arg-type]


def test_an_argument_that_is_not_there_is_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="missing a required argument: 'name'"):
        asked()  # type: ignore[call-arg]


def test_a_true_or_false_is_not_a_text() -> None:
    """`across_break="no"` had been taken for yes."""
    table = psa.from_published(
        {"area": ["A"], "value": [40], "base": [500]}, indicator="ni4", survey="place", wave=2008, by="ward"
    )
    with pytest.raises(psa.OptionError, match="across_break must be true or false, got 'no'"):
        psa.compare(table, table, across_break="no")  # type: ignore[arg-type]
