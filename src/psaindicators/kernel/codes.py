"""Raw columns to distinct values and their positions: the form in which codes are checked, matched and counted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Value = int | float | str


@dataclass(frozen=True, eq=False)
class Codes:
    """A column as its distinct values and, for each row, the position of its value (-1 where blank).

    `values` are numbers or stripped texts, in no promised order; `positions` has shape (rows,).
    """

    values: tuple[Value, ...]
    positions: NDArray[np.intp]

    @classmethod
    def constant(cls, value: Value, rows: int) -> Codes:
        """Return a column that holds one value in every row."""
        return cls((value,), np.zeros(rows, dtype=np.intp))

    @property
    def counts(self) -> NDArray[np.intp]:
        """Rows of each value, shape (values,)."""
        return np.bincount(self.positions[self.positions >= 0], minlength=len(self.values))

    def translate(self, table: NDArray[Any], blank: Any) -> NDArray[Any]:
        """Return for each row the entry of `table` (shape (values,)) for its value, or `blank`."""
        return np.append(table, np.array([blank], dtype=table.dtype))[self.positions]

    def at(self, rows: NDArray[Any]) -> Codes:
        """Return the column of some rows, in that order, with the same values."""
        return Codes(self.values, self.positions[rows])

    def merged(self, new_values: list[str]) -> Codes:
        """Return the column with each value replaced by a text; values with the same text become one."""
        distinct = {text: i for i, text in enumerate(dict.fromkeys(new_values))}
        table = np.array([distinct[text] for text in new_values], dtype=np.intp)
        return Codes(tuple(distinct), self.translate(table, -1))


def codes_of(column: NDArray[Any]) -> Codes:
    """Return the codes of a raw column: null, NaN and empty text are blank, texts are stripped."""
    if isinstance(column, np.ma.MaskedArray):
        return _masked(column)
    if column.dtype.kind in "biu":
        return _whole(column)
    if column.dtype.kind == "f":
        return _floats(column)
    return _objects(column)


def _masked(column: np.ma.MaskedArray[Any, Any]) -> Codes:
    present = codes_of(column.compressed())
    positions = np.full(len(column), -1, dtype=np.intp)
    positions[~np.ma.getmaskarray(column)] = present.positions
    return Codes(present.values, positions)


def _whole(column: NDArray[Any]) -> Codes:
    if len(column) == 0:
        return Codes((), np.empty(0, dtype=np.intp))
    low, high = int(column.min()), int(column.max())
    if high - low > 4 * len(column) + 1000:
        values, positions = np.unique(column, return_inverse=True)
        return Codes(tuple(values.tolist()), positions)
    positions = column.astype(np.intp) - low
    used = np.bincount(positions, minlength=high - low + 1) > 0
    held = tuple((np.flatnonzero(used) + low).tolist())
    return Codes(held, positions if used.all() else (np.cumsum(used) - 1)[positions])


def _floats(column: NDArray[Any]) -> Codes:
    blank = np.isnan(column)
    some = blank.any()
    if some and blank.all():
        return Codes((), np.full(len(column), -1, dtype=np.intp))
    filled = np.where(blank, column[blank.argmin()], column) if some else column
    with np.errstate(invalid="ignore"):
        whole = filled.astype(np.int64)
    if (whole == filled).all():
        found = _whole(whole)
    else:
        values, inverse = np.unique(filled, return_inverse=True)
        found = Codes(tuple(values.tolist()), inverse)
    return Codes(found.values, np.where(blank, -1, found.positions) if some else found.positions)


def _objects(column: NDArray[Any]) -> Codes:
    import pandas as pd

    positions, raw = pd.factorize(column, use_na_sentinel=True)
    values = [plain(value) for value in raw]
    distinct = {value: i for i, value in enumerate(dict.fromkeys(value for value in values if value != ""))}
    table = np.array([distinct.get(value, -1) for value in values], dtype=np.intp)
    return Codes(tuple(distinct), Codes((), positions).translate(table, -1))


def plain(value: Any) -> Value:
    """Return a cell as a number or a stripped text; true and false are 1 and 0."""
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    if isinstance(value, (int, float, np.integer, np.floating)):
        return value.item() if isinstance(value, np.generic) else value
    return str(value).strip()


def matchable(value: Value) -> Value:
    """Return what a value is matched by: numbers by their amount, whether stored as 1, 1.0 or "1"; else the text."""
    if isinstance(value, str):
        number = as_number(value)
        return value.strip() if number is None else number
    return float(value)


def as_number(text: str) -> float | None:
    """Return the amount of a text that is a plain number, or None."""
    return float(text) if re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", text) else None


def as_text(value: Value) -> str:
    """Return a value as an area's text: a whole number has no ".0", a text keeps its leading zeros."""
    if isinstance(value, str):
        return re.sub(r"^(\d+)\.0+$", r"\1", value)
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def by_value(codes: Codes) -> Codes:
    """Return codes of which 1, 1.0 and "1" are one, as `as_text` has them; "01" is a text of its own."""
    texts = [value for value in codes.values if isinstance(value, str)]
    of_one_spelling = not texts or (len(texts) == len(codes.values) and not any("." in text for text in texts))
    return codes if of_one_spelling else codes.merged([as_text(value) for value in codes.values])


def matches(values: tuple[Value, ...], table: Mapping[Value, int], labels: Mapping[Value, str]) -> NDArray[np.intp]:
    """Return for each value its entry in `table`, by its amount or text or else by its value label; -1 where none.

    A label matches without regard to case, unless the table has one spelled just so.
    """
    by_key = {matchable(key): place for key, place in table.items()}
    by_label = {_folded(key): place for key, place in [*table.items()][::-1]}
    label_of = {matchable(code): label for code, label in labels.items()}

    def entry(value: Value) -> int:
        key = matchable(value)
        if key in by_key or key not in label_of:
            return by_key.get(key, -1)
        label = label_of[key]
        return by_key.get(matchable(label), by_label.get(_folded(label), -1))

    return np.array([entry(value) for value in values], dtype=np.intp)


def _folded(label: Value) -> Value:
    return matchable(label.casefold() if isinstance(label, str) else label)


def numbers_of(codes: Codes) -> NDArray[np.float64]:
    """Return the amount of each distinct value, NaN for a text that is not a number; shape (values,)."""
    if str not in set(map(type, codes.values)):
        return np.array(codes.values, dtype=float)
    amounts = [as_number(value) if isinstance(value, str) else float(value) for value in codes.values]
    return np.array([np.nan if amount is None else amount for amount in amounts], dtype=float)


def amounts_of(column: NDArray[Any]) -> NDArray[np.float64]:
    """Return a raw column as numbers, NaN where blank or not a number; shape (rows,)."""
    if column.dtype.kind in "biuf":
        whole = np.ma.filled(column.astype(float), np.nan) if isinstance(column, np.ma.MaskedArray) else column
        return np.asarray(whole, dtype=float)
    codes = codes_of(column)
    return codes.translate(numbers_of(codes), np.nan)
