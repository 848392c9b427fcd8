"""Tables as lines of text: whole, or as wide as the screen that they are printed to, with nothing cut."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from shutil import get_terminal_size
from textwrap import wrap

NARROWEST = 60
"""Columns of a terminal that a table takes at least."""
GAP = "  "
LEAST_TEXT, LONGEST_WORD = 14, 28
"""How narrow a column of texts may be made, and from which length on a word in it may be broken."""


@dataclass(frozen=True)
class Panel:
    """A table as it is printed: its columns as texts, and which of them stand to the right, as numbers do.

    The first `keys` of them name the rows. `same` are the columns that say the same in every row, which a screen has
    once, above the table; `title` is what it is a table of, and `more` the rows that were left out.
    """

    columns: Mapping[str, Sequence[str]]
    right: frozenset[str]
    keys: int = 1
    same: frozenset[str] = frozenset()
    title: str = ""
    more: int = 0


def text_width() -> int:
    """Return how wide running text is: as the terminal, or the variable COLUMNS, says; else 80."""
    return max(NARROWEST, get_terminal_size().columns)


def screen_width() -> int | None:
    """Return how wide tables may be: as the terminal that is printed to, or the variable COLUMNS, says.

    None where the output is a file, a pipe or a notebook: there every row keeps a line of its own, however long.
    """
    return text_width() if os.environ.get("COLUMNS") or sys.stdout.isatty() else None


def panel_lines(panel: Panel, width: int | None) -> list[str]:
    """Return a panel as lines: its title, a header, a rule, the rows.

    With a `width` what is the same in every row stands above, long texts go on in the next line, and columns that
    still do not fit follow below, with what names the rows repeated.
    """
    head = [panel.title] if panel.title else []
    if width is None:
        return [*head, *_block(panel.columns, panel.right, _natural(panel.columns))]
    same = {name: cells[0] for name, cells in panel.columns.items() if name in panel.same}
    caption = "; ".join(f"{name}: {cell}" for name, cell in same.items() if cell)
    left = {name: cells for name, cells in panel.columns.items() if name not in same}
    keys = [name for name in [*panel.columns][: panel.keys] if name in left]
    blocks = (_block(some, panel.right, widths) for some, widths in _blocks(left, keys, panel.right, width))
    return [*wrapped("; ".join([*head, *([caption] if caption else [])]), width), *_apart(blocks)]


def wrapped(text: str, width: int) -> list[str]:
    """Return a text in lines of at most so many characters, none where it is empty."""
    return wrap(text, width, break_on_hyphens=False, subsequent_indent="    ")


def _apart(blocks: Iterable[Sequence[str]]) -> Iterator[str]:
    for i, block in enumerate(blocks):
        yield from ([""] if i else [])
        yield from block


def _natural(columns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {name: max([len(name), *map(len, cells)]) for name, cells in columns.items()}


def _total(widths: Iterable[int]) -> int:
    known = [*widths]
    return sum(known) + len(GAP) * (len(known) - 1)


def _blocks(
    columns: Mapping[str, Sequence[str]], keys: Sequence[str], right: frozenset[str], width: int
) -> Iterator[tuple[dict[str, Sequence[str]], dict[str, int]]]:
    """Yield the columns in blocks that fit, with their widths; in each after the first what names the rows again."""
    least = {name: _least(name, cells, is_right=name in right) for name, cells in columns.items()}
    repeated = [name for i, name in enumerate(keys) if _total(least[one] for one in keys[: i + 1]) <= width // 2]
    first: list[str] = []
    left = list(columns)
    while left:
        names = [*first, *_those_that_fit(first, left, least, width)]
        some = {name: columns[name] for name in names}
        yield some, _narrowed(some, least, width)
        left = [name for name in left if name not in names]
        first = repeated


def _those_that_fit(keys: Sequence[str], left: Sequence[str], least: Mapping[str, int], width: int) -> list[str]:
    """Return as many columns as fit beside the keys, one at least."""
    fit: list[str] = []
    for name in left:
        if fit and _total(least[one] for one in (*keys, *fit, name)) > width:
            break
        fit.append(name)
    return fit


def _least(name: str, cells: Sequence[str], *, is_right: bool) -> int:
    """Return how narrow a column may be: a number is never broken, a text between words, a name at underscores."""
    header, longest = max(map(len, _broken(name))), max(map(len, cells), default=0)
    if is_right:
        return max(header, longest)
    words = (len(word) for cell in set(cells) for word in cell.split())
    return max(header, min(longest, max(LEAST_TEXT, min(LONGEST_WORD, max(words, default=0)))))


def _broken(name: str) -> list[str]:
    """Return the parts that a column's name may be broken into."""
    return name.replace("_", "_ ").split() or [""]


def _narrowed(columns: Mapping[str, Sequence[str]], least: Mapping[str, int], width: int) -> dict[str, int]:
    """Return widths that fit, if any do: first the names are broken, then the cells, of the widest column first."""
    widths = _natural(columns)
    cells = {name: max([least[name], *map(len, some)]) for name, some in columns.items()}
    for bound in (cells, least):
        while _total(widths.values()) > width:
            loose = [name for name in widths if widths[name] > bound[name]]
            if not loose:
                break
            widths[max(loose, key=lambda name: widths[name])] -= 1
    return widths


def _block(columns: Mapping[str, Sequence[str]], right: frozenset[str], widths: Mapping[str, int]) -> list[str]:
    headers = [_folded(_broken(name), widths[name]) for name in columns]
    rows = zip(*columns.values(), strict=True)
    order = list(columns)

    def lines(cells: Sequence[Sequence[str]]) -> Iterator[str]:
        for i in range(max(map(len, cells), default=0)):
            at = zip(order, (cell[i] if i < len(cell) else "" for cell in cells), strict=True)
            yield GAP.join(
                one.rjust(widths[name]) if name in right else one.ljust(widths[name]) for name, one in at
            ).rstrip()

    def row(cells: Sequence[str]) -> list[list[str]]:
        return [
            [cell] if len(cell) <= widths[name] else wrap(cell, widths[name], break_on_hyphens=False)
            for name, cell in zip(order, cells, strict=True)
        ]

    rule = GAP.join("-" * widths[name] for name in order)
    return [*lines(headers), rule, *(line for cells in rows for line in lines(row(cells)))]


def _folded(parts: Sequence[str], width: int) -> list[str]:
    """Return the parts of a name in lines: as many as fit in each."""
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return lines
