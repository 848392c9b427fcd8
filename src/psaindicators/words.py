"""The one speller: headings, lists, counts and rows as messages and tables write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

MOST = 12
"""Members of a list that a message names; the rest are counted."""
MOST_ROWS = 5


def underlined(text: str, line: str = "-") -> str:
    """Return a heading with a line under it."""
    return f"{text}\n{line * len(text)}"


def counted(number: int, one: str, several: str = "") -> str:
    """Return `1 row`, `1,204 rows`; `several` is a plural that does not just add an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def listed(members: Iterable[object], *, most: int = MOST, joint: str = ", ") -> str:
    """Return `a, b, c and 3 more`: as many as `most` members are named."""
    words = [str(member) for member in members]
    more = len(words) - most
    shown = joint.join(words[:most])
    return f"{shown} and {more:,} more" if more > 0 else shown


def joined(members: Iterable[object], last: str = "and") -> str:
    """Return `a, b and c`, each member once; `last` stands before the last of them."""
    *most, final = dict.fromkeys(map(str, members)) or [""]
    return f"{', '.join(most)} {last} {final}" if most else final


def rows(positions: Sequence[int] | Any) -> str:
    """Return `row 3`, or `rows 3, 8, 9, 12, 14 and 1,195 more`, for positions that count from 0; row 1 is the first."""
    numbers = (f"{int(position) + 1:,}" for position in positions)
    return f"{'row' if len(positions) == 1 else 'rows'} {listed(numbers, most=MOST_ROWS)}"
