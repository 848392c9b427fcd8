"""A file or a frame to columns of raw codes, with the labels and missing codes that the file declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import SurveyError
from psaindicators.files.encodings import encoding_of
from psaindicators.files.engines import EngineFile, EngineFrame, release_at_exit
from psaindicators.files.header import plain_name, refuse_repeats
from psaindicators.files.layout import FOUND, TEXTS, WORKBOOKS, Layout
from psaindicators.files.parquet import NOT_CODES, open_parquet, refuse_what_swells
from psaindicators.files.text import SEPARATORS, open_text, refuse_no_text
from psaindicators.files.unreadable import raise_alone, unreadable
from psaindicators.files.written import check_is_a_file
from psaindicators.kernel.codes import Value

OF_KIND = {
    "encoding": "text files",
    "sheet": "workbooks",
    "header_row": "workbooks (a text's first line has its names)",
}
READERS = (*TEXTS, *WORKBOOKS, ".parquet", ".sav", ".zsav", ".dta")
WHOLE_IN_FLOATS = 2**53
"""The whole numbers up to this, and from its negative, are each a float of their own."""


class ColumnSource(Protocol):
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
    declares missing, `file_label` what the file says it is, `notes` what a reader should know of the file,
    `shown` how an SPSS file shows its variables (labels, formats, measures), as a writer of such a file takes it,
    `variable_labels` what a variable is, in words, and `path` the file, None for a frame.
    """

    name: str
    source: ColumnSource
    labels: Mapping[str, Mapping[Value, str]] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[tuple[Value, Value], ...]] = field(default_factory=dict)
    file_label: str = ""
    notes: tuple[str, ...] = ()
    shown: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variable_labels: Mapping[str, str] = field(default_factory=dict)
    path: Path | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        return self.source.variables

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays of shape (rows,). Raises SurveyError where they cannot be read."""
        try:
            columns = self.source.columns(names)
        except SurveyError:
            raise
        except Exception as error:
            if type(error).__name__ == "InterruptException":
                raise KeyboardInterrupt from None
            raise_alone(unreadable(self.name, error))
        for name in (name for name, column in columns.items() if not _is_of_codes(column)):
            raise SurveyError(f"{self.name}: {NOT_CODES.format(name)}")
        return columns


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


def read_microdata(data: object, *, layout: Layout = FOUND, threads: int | None = None) -> Microdata:
    """Return microdata from a path (.csv, .tab, .xlsx, .xls, .ods, .parquet, .sav, .zsav, .dta) or a frame.

    `layout` says how a text file or a workbook is laid out, where the file alone cannot tell.

    Frames may be pandas, Polars, Arrow, a DuckDB relation or a Spark DataFrame. Raises MissingFileError for a path
    that leads nowhere and SurveyError for a file that cannot be read. A file's rows are added up by `threads`, every
    core unless limited: one adds in one order, so that the same file gives the same bits on every run.
    """
    if isinstance(data, Microdata):
        return data
    if isinstance(data, (str, Path)):
        read = _read_path(Path(data), layout, threads)
        return replace(read, path=Path(data), notes=(*read.notes, *_unused(Path(data), layout)))
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
    frame: Any = _plainly_named(nw.from_native(data))
    if isinstance(frame, nw.LazyFrame) and not frame.implementation.is_polars():
        release_at_exit()
        return EngineFrame(frame)
    return FrameSource(frame.collect() if isinstance(frame, nw.LazyFrame) else frame)


def _plainly_named(frame: Any) -> Any:
    """Return a frame with its variables' names as a file's would be read. Raises SurveyError for one name twice."""
    names = {name: plain_name(name) for name in frame.collect_schema().names()}
    refuse_repeats("the frame", names.values())
    changed = {name: plain for name, plain in names.items() if name != plain}
    return frame.rename(changed) if changed else frame


def _read_path(path: Path, layout: Layout, threads: int | None) -> Microdata:
    check_is_a_file(path, SurveyError)
    suffix = next((suffix for suffix in path.suffixes[::-1] if suffix.lower() in READERS), "").lower()
    try:
        match suffix:
            case ".csv" | ".tab" | ".tsv":
                return _text(path, SEPARATORS if suffix == ".csv" else ("\t",), layout.encoding, threads)
            case ".xlsx" | ".xls" | ".ods":
                return _workbook(path, layout)
            case ".parquet":
                return _parquet(path, threads)
            case ".sav" | ".zsav" | ".dta":
                return _statistical(path)
    except OSError as error:
        raise SurveyError(f"{path.name} cannot be read: {error.strerror or error}") from None
    raise SurveyError(f"{path.name} is not a kind of file that is read; the kinds are {', '.join(READERS)}")


def _unused(path: Path, layout: Layout) -> Iterator[str]:
    """Yield a note for each thing that was stated of a file's layout and that a file of its kind has not."""
    suffixes = {suffix.lower() for suffix in path.suffixes}
    is_text, is_workbook = not suffixes.isdisjoint(TEXTS), not suffixes.isdisjoint(WORKBOOKS)
    has = {"encoding": is_text, "sheet": is_workbook, "header_row": is_workbook}
    for key in (key for key, known in has.items() if not known and getattr(layout, key) is not None):
        yield f"{path.name}: {key} was not used: it is of {OF_KIND[key]}"


def _text(path: Path, separators: tuple[str, ...], encoding: str | None, threads: int | None) -> Microdata:
    refuse_no_text(path)
    note = encoding_of(path.absolute(), encoding).note
    read = _from_engine(path, partial(open_text, path.absolute(), separators, threads, encoding))
    return replace(read, notes=(note,)) if note else read


def _workbook(path: Path, layout: Layout) -> Microdata:
    from psaindicators.files.workbook import open_sheet

    sheet = open_sheet(path, layout)
    return Microdata(path.name, sheet, notes=sheet.notes)


def _parquet(path: Path, threads: int | None) -> Microdata:
    return _from_engine(path, partial(open_parquet, path.absolute(), threads), partial(refuse_what_swells, path.name))


def _from_engine(
    path: Path, opener: Callable[[], tuple[Any, bool]], refuse: Callable[[Any, list[str]], None] | None = None
) -> Microdata:
    relation, small = opener()
    release_at_exit()
    return Microdata(path.name, EngineFile(opener, small, refuse, [nw.from_native(relation)]))


def _statistical(path: Path) -> Microdata:
    from psaindicators.files.statistical import open_statistical

    file = open_statistical(path)
    return Microdata(
        path.name,
        file,
        file.labels,
        file.user_missing,
        file.label,
        file.notes,
        file.shown,
        file.variable_labels,
    )


def _array(series: nw.Series[Any]) -> NDArray[Any]:
    dtype = series.dtype
    if dtype == nw.Boolean or dtype.is_numeric():
        if dtype.is_integer() and series.is_null().any():
            return _whole_with_blanks(series)
        column = series.to_numpy()
        plain = column.dtype.kind in "biuf" and not series.is_null().any()
        return column if plain else series.cast(nw.Float64).to_numpy()
    if dtype in (nw.Categorical, nw.Enum):
        series = series.cast(nw.String)
    return np.asarray(series.to_numpy(), dtype=object)


def _whole_with_blanks(series: nw.Series[Any]) -> NDArray[Any]:
    """Return whole numbers, some missing, as floats with NaN; masked where floats would make one of two."""
    held = series.fill_null(0).to_numpy()
    if held.min() >= -WHOLE_IN_FLOATS and held.max() <= WHOLE_IN_FLOATS:
        return series.cast(nw.Float64).to_numpy()
    return np.ma.MaskedArray(held, mask=series.is_null().to_numpy())


def _is_of_codes(column: NDArray[Any]) -> bool:
    """Whether a column's first value that is not blank can be a code: all are of one type where a file declares it."""
    if column.dtype != object:
        return True
    present = column.compressed() if isinstance(column, np.ma.MaskedArray) else column
    return isinstance(next((value for value in present if value is not None), None), Hashable)
