"""The one table type: rows of results, held as read-only columns."""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from html import escape
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from psaindicators.headings import Column, Heading, guessed
from psaindicators.screen import Panel, panel_lines, screen_width
from psaindicators.words import counted, visible

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 30
SAID_ONCE = (str, bool)
"""Kinds of columns that a screen has once, above the table, where they say the same in every row; years too."""
SUPPRESSED, UNRELIABLE = "[c]", "[u]"
"""What is written in place of a cell that is withheld for confidentiality, and of one withheld as unreliable."""
WITHHELD = ("", SUPPRESSED, UNRELIABLE)
"""What stands in a cell by why it is withheld: not at all, for confidentiality, as unreliable."""
Reasons = NDArray[np.int8]
"""Why each cell of a column is withheld, as a place in `WITHHELD`."""


def bears(markers: Column, marker: str) -> NDArray[np.bool_]:
    """Return which rows bear a marker, by themselves or beside another: `[u]` and `[u] [b]`."""
    return np.array([marker in one.split() for one in markers.tolist()], dtype=bool)


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Rows of results. Immutable; two tables are equal where every cell is (a missing value equals itself).

    `columns` maps a name to a read-only array of shape (rows,): text as objects, counts as integers, figures as
    floats with NaN for missing. Iterating gives one named row after another; `table[3]` is one of them. `suppressed`
    says of a column which cells were withheld, and why (0 not, 1 for confidentiality, 2 as unreliable): they hold
    nothing, and are written [c] or [u], which is not the same as missing.
    """

    columns: Mapping[str, Column]
    suppressed: Mapping[str, Reasons] = field(default_factory=dict, kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    """What a reader should know of how the rows were made; printed under them, and no part of them."""

    headings: ClassVar[tuple[Heading, ...]] = ()
    """The columns that the table declares, in order; the last of them may be absent."""
    shown: ClassVar[tuple[str, ...]] = ()
    """The columns that a printed table shows; none means all."""
    if_any: ClassVar[tuple[str, ...]] = ()
    """The columns that are printed only where some row has a text in them."""
    told: ClassVar[tuple[str, ...]] = ()
    """The columns that its sentences say whole."""

    def __init_subclass__(cls) -> None:
        """Tell of a table's columns in its docstring, as they are declared."""
        if cls.headings and "headings" in vars(cls):
            columns = "; ".join(f"`{one.name}` ({one.unit}): {one.says}" for one in cls.headings)
            cls.__doc__ = f"{cls.__doc__ or ''}\n\n    Columns: {columns}.\n"

    def __post_init__(self) -> None:
        frozen = {name: _read_only(column) for name, column in self.columns.items()}
        withheld = {name: _read_only(cells) for name, cells in self.suppressed.items() if cells.any()}
        object.__setattr__(self, "columns", MappingProxyType(frozen))
        object.__setattr__(self, "suppressed", MappingProxyType(withheld))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the columns that the table declares, in order."""
        return tuple(one.name for one in cls.headings)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"columns": dict(self.columns), "suppressed": dict(self.suppressed)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __getitem__(self, position: int) -> Any:
        return self._row_type()(*(_plain(column[position]) for column in self.columns.values()))

    def __iter__(self) -> Iterator[Any]:
        return map(self._row_type()._make, zip(*(c.tolist() for c in self.columns.values()), strict=True))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or list(other.columns) != list(self.columns):
            return False
        same = all(_same(self.columns[name], other.columns[name]) for name in self.columns)
        withheld = {name: cells.tolist() for name, cells in self.suppressed.items()}
        return same and withheld == {name: cells.tolist() for name, cells in other.suppressed.items()}

    __hash__ = None  # type: ignore[assignment]

    def where(self, **equal: object) -> Self:
        """Return the rows in which each named column equals the value given, such as `area="all"`."""
        keep = np.ones(len(self), dtype=bool)
        for name, value in equal.items():
            keep &= np.asarray(self.columns[name] == value)
        return self.take(np.flatnonzero(keep))

    def take(self, positions: NDArray[np.intp]) -> Self:
        """Return the rows at `positions`, in that order."""
        columns, suppressed = (
            {name: cells[positions] for name, cells in held.items()} for held in (self.columns, self.suppressed)
        )
        return replace(self, columns=columns, suppressed=suppressed)

    def suppress(self, rows: NDArray[np.bool_], names: Iterable[str], marker: str = SUPPRESSED) -> Self:
        """Return the table with some columns' cells withheld in the rows given: what they held is gone from it.

        They are written as the `marker`, one of `WITHHELD`, but for those that were withheld before.
        """
        if not rows.any():
            return self
        reason = WITHHELD.index(marker)
        before = {name: self.suppressed.get(name, np.zeros(len(self), dtype=np.int8)) for name in names}
        held = {name: np.where((cells == 0) & rows, reason, cells).astype(np.int8) for name, cells in before.items()}
        emptied = {name: _emptied(self.columns[name], cells > 0, self.heading(name)) for name, cells in held.items()}
        return replace(self, columns={**self.columns, **emptied}, suppressed={**self.suppressed, **held})

    def written(self, name: str) -> Column:
        """Return a column as files have it: the whole numbers of a count that has gaps without a decimal point."""
        column = self.columns[name]
        if self.heading(name).kind is not int or column.dtype.kind != "f":
            return column
        return np.array([int(cell) if np.isfinite(cell) else cell for cell in column.tolist()], dtype=object)

    def heading(self, name: str) -> Heading:
        """Return what a column is declared to be, or what its cells show where nothing is declared."""
        return self._declared().get(name) or guessed(name, self.columns[name])

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a new pandas frame, a column each; a suppressed cell is missing there."""
        import pandas as pd

        return pd.DataFrame({name: column.copy() for name, column in self.columns.items()})

    def to_records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries ready for JSON: full precision, missing and infinite as None."""
        ready = [[_finite(cell) for cell in column.tolist()] for column in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*ready, strict=True)]

    def to_json(self) -> str:
        """Return the rows as a JSON list of objects, as `to_records` has them, written column by column for speed."""
        columns = [_json_cells(self.written(name)) for name in self.columns]
        row = "{" + ", ".join(f"{json.dumps(name).replace('%', '%%')}: %s" for name in self.columns) + "}"
        return "[" + ", ".join(row % cells for cells in zip(*columns, strict=True)) + "]"

    def sentences(self) -> list[str]:
        """Return a plain sentence for each row, which may be quoted; none where the table has none to say."""
        return []

    @property
    def footer(self) -> tuple[str, ...]:
        """What is said under the table, a line each: its notes, and what else it has to say."""
        return tuple(f"note: {visible(note)}" for note in self.notes)

    def __repr__(self) -> str:
        head = f"{type(self).__name__}: {counted(len(self), 'row')}"
        return f"{head}\n{self.to_text(most=SHOWN_ROWS, width=screen_width())}"

    def to_text(self, names: Sequence[str] = (), *, most: int | None = None, width: int | None = None) -> str:
        """Return the rows as aligned text, with what is said under them.

        Of the columns those named, or those that a printed table shows; of the rows at most so many, all unless given,
        and the others counted. With a `width`, that of a screen, in characters, nothing is wider: what is the same in
        every row stands once above the table, long texts go on in the next line, and columns for which there is no
        room follow below. Without one every row is a line.
        """
        blocks = [[*panel_lines(one, width), *_more(one.more)] for one in self.panels(names, most)]
        return "\n".join(["\n\n".join("\n".join(lines) for lines in blocks), *self.footer])

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in self.footer)
        return "".join(map(_html, self.panels((), SHOWN_ROWS))) + said

    def panels(self, names: Sequence[str] = (), most: int | None = None) -> list[Panel]:
        """Return the tables that the rows are printed as: one, of the columns named or those shown, of `most` rows."""
        return [self.panel(names, most)]

    def panel(self, names: Sequence[str] = (), most: int | None = None) -> Panel:
        """Return the rows as one printed table, of the columns named or those that are shown, of `most` rows."""
        columns = self.printed(names, most)
        declared = {visible(name): self.heading(name) for name in self.columns}
        right = frozenset(
            name for name, cells in columns.items() if declared[name].is_number or all(map(_is_number, cells))
        )
        same = frozenset(name for name, cells in columns.items() if _said_once(declared[name], cells))
        keys = sum(1 for _ in takewhile(lambda name: not declared[name].is_number, columns))
        more = 0 if most is None else max(0, len(self) - most)
        return Panel(columns, right, keys, frozenset() if len(same) == len(columns) else same, more=more)

    def printed(self, names: Sequence[str] = (), most: int | None = None) -> dict[str, list[str]]:
        """Return the columns named, or those that a printed table shows, as texts, of the first `most` rows."""
        asked = [name for name in (names or self.shown) if name in self.columns] or list(self.columns)
        present = [name for name in asked if name not in self.if_any or self._says(name)]
        top = {name: column[:most] for name, column in self.columns.items()}
        return {visible(name): self._texts(name, top) for name in present}

    def _says(self, name: str) -> bool:
        """Whether a column of texts has one in some row, or is withheld in one."""
        return name in self.suppressed or any(self.columns[name].tolist())

    def _texts(self, name: str, columns: Mapping[str, Column]) -> list[str]:
        texts = self.heading(name).cells(columns[name], columns)
        held = self.suppressed.get(name)
        if held is None:
            return texts
        return [WITHHELD[one] or text for text, one in zip(texts, held.tolist(), strict=False)]

    @classmethod
    @cache
    def _declared(cls) -> dict[str, Heading]:
        return {one.name: one for one in cls.headings}

    def _row_type(self) -> Any:
        return namedtuple(type(self).__name__.removesuffix("s"), list(self.columns), rename=True)


def column_of(heading: Heading, cells: Iterable[object]) -> Column:
    """Return the array of a column from plain cells, None where there is nothing.

    Whole numbers with a gap become floats, for an integer cannot be missing.
    """
    held = [heading.empty if cell is None else cell for cell in cells]
    gap = heading.kind is int and any(cell != cell for cell in held)
    return np.array(held, dtype=object if heading.kind is str else float if gap else heading.kind)


def columns_of(headings: Sequence[Heading], rows: Iterable[Sequence[object]]) -> dict[str, Column]:
    """Return the columns of rows whose cells stand in the order of the headings."""
    cells = list(zip(*rows, strict=True)) or [()] * len(headings)
    return {one.name: column_of(one, column) for one, column in zip(headings, cells, strict=True)}


def left_out(rows: int, most: int | None) -> list[str]:
    """Return what is said of the rows beyond the first `most`, nothing where there are none."""
    return _more(0 if most is None else rows - most)


def _more(rows: int) -> list[str]:
    return [f"... and {rows:,} more; to_frame() has all columns"] if rows > 0 else []


def _said_once(heading: Heading, cells: Sequence[str]) -> bool:
    """Whether a column says the same in each of several rows, or nothing in any, and is no figure."""
    alike = len(set(cells)) == 1 and (len(cells) > 1 or not cells[0])
    return alike and (heading.kind in SAID_ONCE or heading.unit == "year")


def _html(panel: Panel) -> str:
    """Return a printed table as a notebook shows it, with how many rows were left out."""
    right = [" style='text-align: right'" if name in panel.right else "" for name in panel.columns]
    title = f"<caption>{escape(panel.title)}</caption>" if panel.title else ""
    named = zip(panel.columns, right, strict=True)
    head = "".join(f"<th scope='col'{at}>{escape(name)}</th>" for name, at in named)
    rows = (
        "".join(f"<td{at}>{escape(cell)}</td>" for cell, at in zip(row, right, strict=True))
        for row in zip(*panel.columns.values(), strict=True)
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    more = "".join(f"<p>{escape(line)}</p>" for line in _more(panel.more))
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _is_number(cell: str) -> bool:
    return not cell.strip("-+0123456789.,%") or cell in {"inf", "nan"}


def _emptied(column: Column, cells: NDArray[np.bool_], heading: Heading) -> Column:
    kept: Column = column.astype(float) if column.dtype.kind in "iu" else column.copy()
    kept[cells] = heading.empty
    return kept


def _read_only(column: Column) -> Column:
    frozen = np.asarray(column).view()
    frozen.flags.writeable = False
    return frozen


def _same(left: Column, right: Column) -> bool:
    if left.shape != right.shape or left.dtype.kind != right.dtype.kind:
        return False
    return bool(np.array_equal(left, right, equal_nan=left.dtype.kind == "f"))


def _plain(cell: Any) -> Any:
    return cell.item() if isinstance(cell, np.generic) else cell


def _json_cells(column: Column) -> list[str]:
    """Return each cell in JSON; columns of texts repeat a few, so each is written once."""
    if column.dtype.kind in "iuf" and len(column):
        written = json.dumps(column.tolist())[1:-1]
        for not_json in ("NaN", "-Infinity", "Infinity"):
            written = written.replace(not_json, "null")
        return written.split(", ")
    known = cache(_json_text)
    return [known(cell) if isinstance(cell, str) else json.dumps(_finite(cell)) for cell in column.tolist()]


def _json_text(text: str) -> str:
    """Return a text in JSON: in its own letters, but for what a screen would obey, which is written as \\uXXXX."""
    return json.dumps(text, ensure_ascii=visible(text) != text)


def _finite(cell: Any) -> Any:
    return None if isinstance(cell, float) and not np.isfinite(cell) else cell
