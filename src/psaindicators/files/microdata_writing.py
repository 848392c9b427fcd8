"""Microdata to a file: text, a workbook, Parquet, or SPSS with the labels and missing codes that were read."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import OptionError, OutputError
from psaindicators.files.microdata import Microdata
from psaindicators.files.placing import placed
from psaindicators.files.spreadsheet import csv_writer
from psaindicators.files.workbook_writing import write_sheet
from psaindicators.words import listed

RawColumns = Mapping[str, NDArray[Any]]


def refuse_kind(out: Path) -> None:
    """Raise OptionError where a file's name is of no kind that is written."""
    if out.suffix.lower() not in WRITERS:
        raise OptionError(f"{out.name}: microdata are written as {listed(WRITERS)}, not as {out.suffix or 'no kind'!r}")


def write_microdata(columns: RawColumns, microdata: Microdata, out: Path) -> None:
    """Write raw columns, arrays of shape (rows,), to a file of the kind that its name says, in place of what was there.

    An SPSS file has what `microdata` has: value labels and missing codes, and the variables' labels, formats and
    measures where it was read from an SPSS file. Raises OptionError for another kind of file, and OutputError where it
    cannot be written; what was there is then as it was.
    """
    refuse_kind(out)
    with placed(out) as part:
        match out.suffix.lower():
            case ".csv":
                _write_csv(columns, part)
            case ".xlsx":
                write_sheet({name: _cells(column) for name, column in columns.items()}, part)
            case ".parquet":
                _write_parquet(columns, part)
            case ".sav":
                _write_sav(columns, part, _described(columns, microdata))


WRITERS = (".csv", ".xlsx", ".parquet", ".sav")
ERRNO = re.compile(r'"errno":"(\d+)"')
"""Where DuckDB says why the system wrote no more."""
MORE = 100_000
"""Bytes that no full disk takes after the file that filled it."""


def _write_csv(columns: RawColumns, part: Path) -> None:
    with part.open("w", encoding="utf-8", newline="") as file:
        cells = {name: _cells(column) for name, column in columns.items()}
        texts = (cells[name] for name, column in columns.items() if column.dtype == object)
        writer = csv_writer(file, chain(columns, *texts))
        writer.writerow(columns)
        writer.writerows(zip(*cells.values(), strict=True))


def _cells(column: NDArray[Any]) -> list[Any]:
    """Return the cells of a column in full precision, None where there is none."""
    if column.dtype.kind == "M":
        written = np.datetime_as_string(_filled(column), unit="auto").tolist()
        return [None if text == "NaT" else text for text in written]
    if column.dtype.kind == "f":
        return [None if cell != cell else cell for cell in _filled(column).tolist()]
    cells: list[Any] = column.tolist()
    return cells


def _filled(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column whose masked cells are NaN, or no time."""
    nothing = np.datetime64("NaT") if column.dtype.kind == "M" else np.nan
    return np.ma.filled(column, nothing) if isinstance(column, np.ma.MaskedArray) else column


def _write_parquet(columns: RawColumns, part: Path) -> None:
    import duckdb
    import pandas as pd

    frame = pd.DataFrame({name: _nullable(name, column) for name, column in columns.items()}, copy=False)
    path = str(part).replace("'", "''")
    try:
        with duckdb.connect(config={"temp_directory": str(part.parent)}) as engine:
            engine.register("written", frame)
            engine.execute(f"COPY written TO '{path}' (FORMAT parquet, USE_TMP_FILE false)")
    except duckdb.Error as error:
        if code := ERRNO.search(str(error)):
            raise OSError(int(code[1]), os.strerror(int(code[1]))) from None
        raise OutputError(f"{part.name} cannot be written as Parquet: {str(error).splitlines()[0]}") from None


def _nullable(name: str, column: NDArray[Any]) -> Any:
    import pandas as pd

    if column.dtype.kind == "O":
        return _of_one_kind(name, column)
    if isinstance(column, np.ma.MaskedArray) and column.dtype.kind in "iub":
        mask = np.ma.getmaskarray(column)
        data = np.asarray(column.data)
        return pd.arrays.BooleanArray(data, mask) if data.dtype.kind == "b" else pd.arrays.IntegerArray(data, mask)
    return _filled(column)


def _of_one_kind(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """Return a column of objects. Raises OutputError where it holds numbers and texts."""
    from pandas.api.types import infer_dtype

    if infer_dtype(column, skipna=True).startswith("mixed"):
        raise OutputError(f"the variable {name!r} holds numbers and texts, which only a .csv can: name one to write to")
    return column


def _write_sav(columns: RawColumns, part: Path, described: Mapping[str, Any]) -> None:
    import pandas as pd
    import pyreadstat

    frame = pd.DataFrame({name: _spss(name, column) for name, column in columns.items()}, copy=False)
    try:
        pyreadstat.write_sav(frame, str(part), **described)
    except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError) as error:
        _write_on(part)
        raise OutputError(f"{part.name} cannot be written as SPSS: {error}; name a .csv or a .parquet") from None


def _write_on(part: Path) -> None:
    """Write a little more to a file. Raises OSError where that cannot be: the writer that stopped does not say why."""
    with part.open("ab") as file:
        file.write(bytes(MORE))
        file.flush()
        os.fsync(file.fileno())


def _spss(name: str, column: NDArray[Any]) -> Any:
    """Return a column as SPSS has it: numbers with NaN where there is none, or texts with an empty one."""
    if column.dtype.kind in "biuf":
        return _filled(np.ma.asarray(column).astype(float))
    if column.dtype.kind != "O":
        return column
    return np.array(["" if cell is None or cell != cell else cell for cell in _of_one_kind(name, column)], dtype=object)


def _described(columns: RawColumns, microdata: Microdata) -> dict[str, Any]:
    """Return what a .sav says of its variables, as pyreadstat takes it."""
    missing = {
        name: [low if low == high else {"lo": low, "hi": high} for low, high in ranges]
        for name, ranges in microdata.user_missing.items()
    }
    found: dict[str, Any] = {
        "file_label": microdata.file_label,
        "variable_value_labels": {name: dict(of) for name, of in microdata.labels.items()},
        "missing_ranges": missing,
        **microdata.shown,
    }
    return {
        option: {name: one for name, one in of.items() if name in columns} if isinstance(of, dict) else of
        for option, of in found.items()
    }
