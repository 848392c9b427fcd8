"""Rows that a query engine holds: a frame that was handed over, or a file, opened as often as it is needed.

A connection of DuckDB answers one query at a time, and in the process that opened it alone. A frame is therefore lent
to one thread after another; a file is opened again for a thread that would have to wait, and in a process made by a
fork or sent the survey by pickle.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import RLock
from typing import Any, Protocol
from weakref import WeakSet

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import SurveyError

ENGINES = ("duckdb", "pyspark", "py4j", "narwhals")
"""The packages whose errors are an engine's."""
STAYS = (
    "a survey of a frame that an engine holds stays in the process that read it: in another, read it from a file's "
    "path or from a frame in memory"
)


class Lender(Protocol):
    """Rows in a query engine."""

    @property
    def small(self) -> bool:
        """Whether arrays are quicker than the engine."""

    def lent(self) -> AbstractContextManager[nw.LazyFrame[Any]]:
        """Lend the rows to one thread, for as long as it takes to ask something of them."""


@dataclass(frozen=True, eq=False)
class EngineFrame:
    """A DuckDB relation or a Spark DataFrame that was handed over, through narwhals."""

    frame: nw.LazyFrame[Any]
    process: int = field(default_factory=os.getpid)
    lock: Any = field(default_factory=RLock, repr=False)
    small = False

    @contextmanager
    def lent(self) -> Iterator[nw.LazyFrame[Any]]:
        """Lend the frame, to one thread at a time. Raises SurveyError in a process made by a fork."""
        if os.getpid() != self.process:
            raise SurveyError(STAYS)
        with self.lock:
            yield self.frame

    def __reduce__(self) -> Any:
        raise SurveyError(STAYS)

    @property
    def variables(self) -> tuple[str, ...]:
        return _variables(self)

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays; only these are fetched."""
        return _columns(self, names)


@dataclass(frozen=True, eq=False)
class EngineFile:
    """A file that an engine reads; `open` opens it, and `small` says that arrays are quicker.

    `refuse` looks at columns before they are fetched, and raises SurveyError where they should not be. `idle` are the
    frames, each with a connection of its own, that nobody is asking anything.
    """

    open: Callable[[], tuple[Any, bool]]
    small: bool
    refuse: Callable[[Any, list[str]], None] | None = None
    idle: list[nw.LazyFrame[Any]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        _watch_for_forks()
        _FILES.add(self)

    @contextmanager
    def lent(self) -> Iterator[nw.LazyFrame[Any]]:
        """Lend a frame that is idle, or open the file once more."""
        try:
            frame = self.idle.pop()
        except IndexError:
            frame = nw.from_native(self.open()[0])
        try:
            yield frame
        finally:
            self.idle.append(frame)

    def __reduce__(self) -> Any:
        return EngineFile, (self.open, self.small, self.refuse)

    @property
    def variables(self) -> tuple[str, ...]:
        return _variables(self)

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays; only these are read."""
        with self.lent() as frame:
            if self.refuse is not None:
                self.refuse(nw.to_native(frame), names)
            return fetched(frame.select(names))


_FILES: WeakSet[EngineFile] = WeakSet()


@cache
def _watch_for_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forget_connections)


def _forget_connections() -> None:
    """Leave the parent's connections alone: their threads are not in this process, and closing them would wait for it.

    They are held for ever, also while the interpreter ends.
    """
    from ctypes import py_object, pythonapi

    for file in list(_FILES):
        for frame in file.idle:
            pythonapi.Py_IncRef(py_object(frame))
        file.idle.clear()


def _variables(rows: Lender) -> tuple[str, ...]:
    with rows.lent() as frame:
        return tuple(frame.collect_schema().names())


def _columns(rows: Lender, names: list[str]) -> dict[str, NDArray[Any]]:
    with rows.lent() as frame:
        return fetched(frame.select(names))


def fetched(frame: nw.LazyFrame[Any]) -> dict[str, NDArray[Any]]:
    """Return what an engine computes, a column each: arrays, masked where null. An interrupt is a KeyboardInterrupt."""
    if not frame.implementation.is_duckdb():
        return {column.name: column.to_numpy() for column in frame.collect("pandas").iter_columns()}
    try:
        return {name: _unmasked(column) for name, column in nw.to_native(frame).fetchnumpy().items()}
    except Exception as error:
        if type(error).__name__ == "InterruptException" or str(error) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise


def _unmasked(column: NDArray[Any]) -> NDArray[Any]:
    whole = isinstance(column, np.ma.MaskedArray) and not np.ma.getmaskarray(column).any()
    return np.asarray(column) if whole else column


@cache
def release_at_exit() -> None:
    """See to it that DuckDB's types are let go before the interpreter ends, or it prints a page of "leaked ...".

    A cache of narwhals holds the namespace of the last engine used, and with it DuckDB's types.
    """
    import atexit
    import gc

    def release() -> None:
        from narwhals import _namespace

        clear = getattr(getattr(_namespace, "_builtin_namespace", None), "cache_clear", None)
        if clear is not None:
            clear()
        gc.collect()

    atexit.register(release)
