"""The one table type: rows of results, held as read-only columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Column = NDArray[Any]
SHOWN_ROWS = 30
ONE_DECIMAL = ",.1f"


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Rows of results. Immutable; two tables are equal where every cell is (a missing value equals itself).

    `columns` maps a name to a read-only array of shape (rows,): text as objects, counts as integers, figures as
    floats with NaN for missing. Iterating gives one named row after another; `table[3]` is one of them.
    """

    columns: Mapping[str, Column]
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    """What a reader should know of how the rows were made; printed under them, and no part of them."""

    shown: ClassVar[tuple[str, ...]] = ()
    """The columns that a printed table shows; none means all."""
    written: ClassVar[Mapping[str, str]] = {}
    """How the figures of a column are written where one decimal will not do, such as ".0%"."""

    def __post_init__(self) -> None:
        frozen = {name: _read_only(column) for name, column in self.columns.items()}
        object.__setattr__(self, "columns", MappingProxyType(frozen))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"columns": dict(self.columns)}

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
        return all(_same(self.columns[name], other.columns[name]) for name in self.columns)

    __hash__ = None  # type: ignore[assignment]

    def where(self, **equal: object) -> Self:
        """Return the rows in which each named column equals the value given, such as `area="all"`."""
        keep = np.ones(len(self), dtype=bool)
        for name, value in equal.items():
            keep &= np.asarray(self.columns[name] == value)
        return self.take(np.flatnonzero(keep))

    def take(self, positions: NDArray[np.intp]) -> Self:
        """Return the rows at `positions`, in that order."""
        return replace(self, columns={name: column[positions] for name, column in self.columns.items()})

    def to_frame(self) -> pd.DataFrame:
        """Return the rows as a new pandas frame, a column each."""
        import pandas as pd

        return pd.DataFrame({name: column.copy() for name, column in self.columns.items()})

    def to_records(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries ready for JSON: full precision, missing and infinite as None."""
        ready = [[_finite(cell) for cell in column.tolist()] for column in self.columns.values()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*ready, strict=True)]

    def to_json(self) -> str:
        """Return the rows as a JSON list of objects, as `to_records` has them, written column by column for speed."""
        columns = [_json_cells(column) for column in self.columns.values()]
        row = "{" + ", ".join(f"{json.dumps(name).replace('%', '%%')}: %s" for name in self.columns) + "}"
        return "[" + ", ".join(row % cells for cells in zip(*columns, strict=True)) + "]"

    def __repr__(self) -> str:
        head = f"{type(self).__name__}: {len(self):,} {'row' if len(self) == 1 else 'rows'}"
        more = len(self) - SHOWN_ROWS
        lines = [head, *text_lines(self._printed(self.shown, SHOWN_ROWS))]
        cut = [f"... and {more:,} more; to_frame() has all columns"] if more > 0 else []
        return "\n".join([*lines, *cut, *self._noted()])

    def to_text(self, names: Sequence[str] = ()) -> str:
        """Return every row as aligned text: the columns named, or those that a printed table shows."""
        return "\n".join([*text_lines(self._printed(names or self.shown, len(self))), *self._noted()])

    def _repr_html_(self) -> str:
        printed = self._printed(self.shown, SHOWN_ROWS)
        head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in printed)
        rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in zip(*printed.values(), strict=True))
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        notes = "".join(f"<p>{escape(line)}</p>" for line in self._noted())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def _noted(self) -> list[str]:
        return [f"note: {note}" for note in self.notes]

    def _printed(self, names: Sequence[str], rows: int) -> dict[str, list[str]]:
        present = [name for name in names if name in self.columns] or list(self.columns)
        return {
            name: [shown_cell(cell, self.written.get(name, ONE_DECIMAL)) for cell in self.columns[name][:rows].tolist()]
            for name in present
        }

    def _row_type(self) -> Any:
        return NamedTuple(type(self).__name__.removesuffix("s"), [(name, Any) for name in self.columns])


def shown_cell(cell: object, written: str = ONE_DECIMAL) -> str:
    """Return a cell as a person reads it: one decimal for figures unless said, nothing where missing."""
    match cell:
        case None:
            return ""
        case bool():
            return "yes" if cell else "no"
        case float():
            return "" if cell != cell else format(cell, written)
        case _:
            return str(cell)


def text_lines(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """Return columns of text as aligned lines: a header, a rule, the rows; numbers to the right."""
    widths = {name: max([len(name), *map(len, cells)]) for name, cells in columns.items()}
    right = {name: all(_is_number(cell) for cell in cells) for name, cells in columns.items()}

    def line(cells: Sequence[str]) -> str:
        pairs = zip(columns, cells, strict=True)
        return "  ".join(c.rjust(widths[n]) if right[n] else c.ljust(widths[n]) for n, c in pairs).rstrip()

    rows = zip(*columns.values(), strict=True)
    return [line(list(columns)), "  ".join("-" * w for w in widths.values()), *map(line, rows)]


def _is_number(cell: str) -> bool:
    return not cell.strip("-+0123456789.,%") or cell in {"inf", "nan"}


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
    known = cache(partial(json.dumps, ensure_ascii=False))
    return [known(cell) if isinstance(cell, str) else json.dumps(_finite(cell)) for cell in column.tolist()]


def _finite(cell: Any) -> Any:
    return None if isinstance(cell, float) and not np.isfinite(cell) else cell
