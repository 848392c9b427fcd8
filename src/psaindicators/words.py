"""The one speller: headings, lists, counts and rows as messages and tables write them."""

from __future__ import annotations


def underlined(text: str, line: str = "-") -> str:
    """Return a heading with a line under it."""
    return f"{text}\n{line * len(text)}"
