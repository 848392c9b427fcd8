"""A file or a frame to columns of raw codes, with the labels and missing codes that the file declares."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import MissingFileError, SurveyError
from psaindicators.files.engines import EngineFile, EngineFrame, release_at_exit
from psaindicators.kernel.codes import Value

READERS = (".csv", ".tab", ".tsv", ".parquet", ".sav", ".zsav", ".dta")
SEPARATORS = (",", ";", "\t", "|")
FIRST_LINE = """
    SELECT line FROM read_csv(?, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '',
                              columns = {'line': 'VARCHAR'}) LIMIT 1
"""
SMALL = 1_000_000
"""Bytes of a file that is read as arrays more quickly than an engine plans to add it up."""
TELLING = ("Expected Number", "Invalid unicode", "Value with")
"""How those lines of DuckDB's message begin that say what is wrong; others repeat a respondent's answers."""


class Source(Protocol):
    """Where rows live: nothing is read before a column is asked for, where the engine allows."""

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables' names, in the order of the file."""

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays of shape (rows,); blanks are NaN, None or masked."""


@dataclass(frozen=True, eq=False)
class Microdata:
    """Respondents in rows, variables in columns.

    `labels` gives a variable's value labels by code, `user_missing` the (low, high) ranges of codes that the file
    declares missing, `file_label` what the file says it is, `notes` what a reader should know of the file.
    """

    name: str
    source: Source
    labels: Mapping[str, Mapping[Value, str]] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[tuple[Value, Value], ...]] = field(default_factory=dict)
    file_label: str = ""
    notes: tuple[str, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        return self.source.variables

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays of shape (rows,). Raises SurveyError where they cannot be read."""
        try:
            return self.source.columns(names)
        except SurveyError:
            raise
        except Exception as error:
            raise unreadable(self.name, error) from error


@dataclass(frozen=True, eq=False)
class FrameSource:
    """Rows in memory, held by a dataframe library, through narwhals."""

    frame: nw.DataFrame[Any]

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(self.frame.columns)

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays."""
        return {name: _array(self.frame[name]) for name in names}


def read_microdata(data: object, *, threads: int | None = None) -> Microdata:
    """Return microdata from a path (.csv, .tab, .parquet, .sav, .zsav, .dta) or a frame.

    Frames may be pandas, Polars, Arrow, a DuckDB relation or a Spark DataFrame. Raises MissingFileError for a path
    that leads nowhere and SurveyError for a file that cannot be read. A file's rows are added up by `threads`, every
    core unless told: one adds in one order, so that the same file gives the same bits on every run.
    """
    if isinstance(data, Microdata):
        return data
    if isinstance(data, (str, Path)):
        return _read_path(Path(data), {"threads": threads} if threads else {})
    try:
        return Microdata("the frame", _frame_source(data))
    except TypeError:
        raise SurveyError(
            "a survey is read from a path or from a pandas, Polars, Arrow, DuckDB or Spark frame, "
            f"not from {type(data)}"
        ) from None
    except nw.exceptions.DuplicateError as error:
        names = ", ".join(re.findall(r"'.+?'", str(error)))
        raise SurveyError(f"the frame has more than one variable named {names}") from None


def _frame_source(data: Any) -> FrameSource | EngineFrame:
    frame: Any = nw.from_native(data)
    if isinstance(frame, nw.LazyFrame) and not hasattr(data, "collect_schema"):
        release_at_exit()
        return EngineFrame(frame)
    return FrameSource(frame.collect() if isinstance(frame, nw.LazyFrame) else frame)


def _read_path(path: Path, options: Mapping[str, int]) -> Microdata:
    if not path.exists():
        raise MissingFileError(f"there is no file {path}")
    suffix = next((suffix for suffix in path.suffixes[::-1] if suffix.lower() in READERS), "").lower()
    match suffix:
        case ".csv" | ".tab" | ".tsv":
            return _from_engine(path, partial(_text_file, path.absolute(), suffix, options))
        case ".parquet":
            return _from_engine(path, partial(_parquet, path.absolute(), options))
        case ".sav" | ".zsav" | ".dta":
            return _statistical(path)
    raise SurveyError(f"{path.name} is not a kind of file that is read; the kinds are {', '.join(READERS)}")


def _from_engine(path: Path, opener: Callable[[], nw.LazyFrame[Any]]) -> Microdata:
    release_at_exit()
    return Microdata(path.name, EngineFile(opener, path.stat().st_size < SMALL, [opener()]))


def _text_file(path: Path, suffix: str, options: Mapping[str, int]) -> nw.LazyFrame[Any]:
    """Open a text file with every column as text, so that a code such as 09 keeps its zero.

    Nothing is guessed but the separator, and that from the first line: a guess from the rows may leave some out.
    """
    import duckdb

    engine = _engine(options)
    try:
        found = engine.execute(FIRST_LINE, [str(path)]).fetchall()
        if not found:
            raise SurveyError(f"{path.name} is empty: it has no line of variables' names")
        first = str(found[0][0])
        separator = max(SEPARATORS, key=first.count) if suffix == ".csv" else "\t"
        relation = engine.read_csv(
            str(path),
            auto_detect=False,
            header=True,
            delimiter=separator,
            quotechar='"',
            escapechar='"',
            columns=dict.fromkeys(_names(path.name, next(csv.reader([first], delimiter=separator))), "VARCHAR"),
        )
    except duckdb.Error as error:
        raise unreadable(path.name, error) from None
    opened: nw.LazyFrame[Any] = nw.from_native(relation)
    return opened


def _names(file: str, header: list[str]) -> list[str]:
    """Return the names in a header: a blank one is numbered, as is one that differs from another by case alone."""
    names = [name.strip() or f"column_{i}" for i, name in enumerate(header, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SurveyError(f"{file} has more than one variable named {', '.join(map(repr, twice))}")
    before = Counter[str]()
    distinct = []
    for name in names:
        distinct.append(f"{name}_{before[name.lower()]}" if before[name.lower()] else name)
        before[name.lower()] += 1
    return distinct


def _engine(options: Mapping[str, int]) -> Any:
    import duckdb

    return duckdb.connect(config=dict(options))


def _parquet(path: Path, options: Mapping[str, int]) -> nw.LazyFrame[Any]:
    import duckdb

    try:
        relation = _engine(options).read_parquet(str(path))
    except duckdb.Error as error:
        raise unreadable(path.name, error) from None
    opened: nw.LazyFrame[Any] = nw.from_native(relation)
    return opened


def _statistical(path: Path) -> Microdata:
    from psaindicators.files.statistical import open_statistical

    file = open_statistical(path)
    return Microdata(path.name, file, file.labels, file.user_missing, file.label, file.notes)


def unreadable(name: str, error: Exception) -> SurveyError:
    """Return the error of a file that its reader could not read, with what the reader says is wrong but no data."""
    first, *rest = str(error).splitlines() or [type(error).__name__]
    telling = [line for line in rest if line.startswith(TELLING)]
    return SurveyError("; ".join([f"{name} cannot be read: {first}", *telling]))


def _array(series: nw.Series[Any]) -> NDArray[Any]:
    dtype = series.dtype
    if dtype == nw.Boolean or dtype.is_numeric():
        column = series.to_numpy()
        plain = column.dtype.kind in "biuf" and not series.is_null().any()
        return column if plain else series.cast(nw.Float64).to_numpy()
    if dtype in (nw.Categorical, nw.Enum):
        series = series.cast(nw.String)
    return np.asarray(series.to_numpy(), dtype=object)
