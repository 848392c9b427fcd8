"""A file or a frame to columns of raw codes, with the labels and missing codes that the file declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from psaindicators.data.codes import Value
from psaindicators.errors import MissingFileError, SurveyError

READERS = (".csv", ".tab", ".tsv", ".parquet", ".sav", ".zsav", ".dta")


@dataclass(frozen=True, eq=False)
class Microdata:
    """Respondents in rows, variables in columns, as some engine holds them.

    `labels` gives a variable's value labels by code, `user_missing` the (low, high) ranges of codes that the file
    declares missing. Nothing is read before a column is asked for, where the engine allows.
    """

    name: str
    frame: nw.DataFrame[Any] | nw.LazyFrame[Any]
    labels: Mapping[str, Mapping[Value, str]] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[tuple[Value, Value], ...]] = field(default_factory=dict)
    file_label: str = ""

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(self.frame.collect_schema().names())

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays of shape (rows,); blanks are NaN, None or masked."""
        if isinstance(self.frame, nw.DataFrame):
            return {name: _array(self.frame[name]) for name in names}
        return {name: _thawed(column) for name, column in self._fetch(names).items()}

    def _fetch(self, names: list[str]) -> dict[str, NDArray[Any]]:
        native: Any = nw.to_native(self.frame.select(names))
        try:
            if hasattr(native, "fetchnumpy"):
                fetched: dict[str, NDArray[Any]] = native.fetchnumpy()
                return fetched
            return {name: column.to_numpy() for name, column in native.toPandas().items()}
        except Exception as error:
            raise unreadable(self.name, error) from error


def read_microdata(data: object) -> Microdata:
    """Return microdata from a path (.csv, .tab, .parquet, .sav, .zsav, .dta) or a frame.

    Frames may be pandas, Polars, Arrow, a DuckDB relation or a Spark DataFrame. Raises MissingFileError for a path
    that leads nowhere and SurveyError for a file that cannot be read.
    """
    if isinstance(data, Microdata):
        return data
    if isinstance(data, (str, Path)):
        return _read_path(Path(data))
    try:
        return Microdata("the frame", _eager_or_lazy(data))
    except TypeError:
        raise SurveyError(
            f"a survey is read from a path or from a pandas, Polars, Arrow, DuckDB or Spark frame, "
            f"not from {type(data)}"
        ) from None


def _eager_or_lazy(data: Any) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    frame: Any = nw.from_native(data)
    if isinstance(frame, nw.LazyFrame) and hasattr(data, "lazy") and hasattr(data, "collect_schema"):
        return frame.collect()
    return frame  # type: ignore[no-any-return]


def _read_path(path: Path) -> Microdata:
    if not path.exists():
        raise MissingFileError(f"there is no file {path}")
    suffix = next((suffix for suffix in path.suffixes[::-1] if suffix.lower() in READERS), "").lower()
    match suffix:
        case ".csv" | ".tab" | ".tsv":
            return Microdata(path.name, _text_file(path, suffix))
        case ".parquet":
            return Microdata(path.name, _parquet(path))
        case ".sav" | ".zsav" | ".dta":
            from psaindicators.data.statistical import read_statistical

            return read_statistical(path, suffix)
    raise SurveyError(f"{path.name} is not a kind of file that is read; the kinds are {', '.join(READERS)}")


def _text_file(path: Path, suffix: str) -> nw.LazyFrame[Any]:
    """Open a text file with every column as text, so that a code such as 09 keeps its zero."""
    import duckdb

    separator = None if suffix == ".csv" else "\t"
    try:
        relation = duckdb.connect().read_csv(str(path), header=True, all_varchar=True, delimiter=separator)
    except duckdb.Error as error:
        raise unreadable(path.name, error) from None
    return nw.from_native(relation)


def _parquet(path: Path) -> nw.LazyFrame[Any]:
    import duckdb

    try:
        relation = duckdb.connect().read_parquet(str(path))
    except duckdb.Error as error:
        raise unreadable(path.name, error) from None
    return nw.from_native(relation)


def unreadable(name: str, error: Exception) -> SurveyError:
    """Return the error of a file that its reader could not read, with the reader's first line."""
    return SurveyError(f"{name} cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}")


def _array(series: nw.Series[Any]) -> NDArray[Any]:
    dtype = series.dtype
    if dtype == nw.Boolean or dtype.is_numeric():
        has_null = series.is_null().any()
        return series.cast(nw.Float64).to_numpy() if has_null or dtype.is_decimal() else _plain(series.to_numpy())
    if dtype in (nw.Categorical, nw.Enum):
        series = series.cast(nw.String)
    return np.asarray(series.to_numpy(), dtype=object)


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    return column if column.dtype.kind in "biuf" else column.astype(float)


def _thawed(column: NDArray[Any]) -> NDArray[Any]:
    unmasked = isinstance(column, np.ma.MaskedArray) and not np.ma.getmaskarray(column).any()
    return np.asarray(column) if unmasked else column
