"""Loaded by answering.py in a process of its own: an SPSS or Stata file, read by its library.

The reader of these files is written in C; some damaged files end the process that it runs in, or have it ask for all
the memory there is. This module imports nothing of the package, so that it starts fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LIBRARY = "pyreadstat"
ROWS = 100_000
"""Rows that are read at once, so that Python's objects for no more than these are held."""
SMALL = 1_000_000
"""Values of a Stata file of which all are sent with its dictionary: they take less than to start once more."""
SHOWN = {
    "column_labels": "column_names_to_labels",
    "variable_format": "original_variable_types",
    "variable_measure": "variable_measure",
    "variable_display_width": "variable_display_width",
}
"""How an SPSS file shows its variables: what its writer sets, by what it is called where it is read."""


def answer(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    """Return what a file says of itself or, where columns are asked for, these with the bytes of each."""
    import pyreadstat

    try:
        return _dictionary(asked) if asked["columns"] is None else _columns(asked)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        return {"error": str(error)}, []


def _read(asked: Mapping[str, Any], **options: Any) -> tuple[dict[str, list[Any]], Any]:
    import pyreadstat

    reader: Any = {"SPSS": pyreadstat.read_sav, "Stata": pyreadstat.read_dta}[asked["kind"]]
    how = {"user_missing": True, "output_format": "dict", "disable_datetime_conversion": True}
    return reader(asked["path"], **how, **options)  # type: ignore[no-any-return]


def _dictionary(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    """Return what a file says of itself; of a Stata file also its values, or at least its last row is seen."""
    _, metadata = _read(asked, metadataonly=True)
    variables, rows = metadata.column_names, metadata.number_rows
    found = {
        "variables": variables,
        "numbers": [name for name in variables if metadata.readstat_variable_types[name] != "string"],
        "labels": {
            name: [(_code(code, asked), label) for code, label in by.items()]
            for name, by in metadata.variable_value_labels.items()
        },
        "ranges": {name: [(one["lo"], one["hi"]) for one in given] for name, given in metadata.missing_ranges.items()},
        "shown": {option: getattr(metadata, name) for option, name in SHOWN.items()} if asked["kind"] == "SPSS" else {},
        "variable_labels": metadata.column_names_to_labels,
        "lost": sorted(set(metadata.variable_to_label.values()) - metadata.value_labels.keys()),
        "encoding": metadata.file_encoding,
        "label": metadata.file_label,
        "rows": rows,
    }
    if asked["kind"] != "Stata" or not rows:
        return found, []
    if rows * len(variables) > SMALL:
        _read(asked, usecols=variables[:1], row_offset=rows - 1, row_limit=1)
        return found, []
    values, columns = _columns({**asked, "columns": variables, "numbers": found["numbers"], "rows": rows})
    return {**found, **values}, columns


def _columns(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    """Return columns: numbers as they are, others as their distinct values and for each row the position of its one."""
    names, rows, numbers = asked["columns"], asked["rows"], set(asked["numbers"])
    parts: dict[str, list[Any]] = {name: [] for name in names}
    for begin in range(0, rows, ROWS):
        read, _ = _read(asked, usecols=names, row_offset=begin, row_limit=min(ROWS, rows - begin))
        for name in names:
            values = read.pop(name)
            parts[name].append(_numbers(values, asked) if name in numbers else _objects(values))
    columns = [_joined(parts[name]) for name in names]
    if any(len(column) != rows for column in columns):
        return {"error": "it holds another number of rows than it declares"}, []
    distinct = [None if column.dtype == float else list(dict.fromkeys(column)) for column in columns]
    return {"columns": names, "values": distinct, "rows": rows}, list(map(_positions, columns, distinct))


def _code(value: Any, asked: Mapping[str, Any]) -> Any:
    """Return a number, or the name of a Stata extended missing value as Stata has it: ".a" where the reader has "a"."""
    return f".{value}" if asked["kind"] == "Stata" and isinstance(value, str) else value


def _numbers(values: list[Any], asked: Mapping[str, Any]) -> Any:
    import numpy as np

    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        return _objects([_code(value, asked) for value in values])


def _objects(values: list[Any]) -> Any:
    import numpy as np

    return np.array(values, dtype=object)


def _joined(parts: list[Any]) -> Any:
    import numpy as np

    if any(part.dtype == object for part in parts):
        parts = [np.where(part != part, None, part) for part in parts]
    return np.concatenate(parts or [np.empty(0)])


def _positions(column: Any, values: list[Any] | None) -> Any:
    import numpy as np

    if values is None:
        return column
    at = {value: i for i, value in enumerate(values)}
    return np.fromiter(map(at.__getitem__, column), dtype=np.int32, count=len(column))
