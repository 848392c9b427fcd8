"""Files by way of a process of their own: it may die or swell, and this one has a message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.files.broken import BrokenFile

PROGRAM = Path(__file__).with_name("answering.py")
WORKBOOK = "workbook"
ROOM = 512 * 1024**2
"""Bytes that reading may take beside four times the file's size, eight times what a workbook unpacks to, and `CELL` for
each value that is asked for."""
CELL = 100
PATIENCE = 60.0
"""Seconds that reading may take beside one for each `PACE` bytes, a tenth of what a busy machine reads in it."""
PACE = 1_000_000


@dataclass(frozen=True)
class Request:
    """What a process is to read: the columns named, of so many rows, or what the file says of itself where none are.

    `numbers` names the columns that are numbers; `unpacked` are the bytes that a workbook unpacks to, and `options`
    what its reader is told besides.
    """

    path: Path
    kind: str
    columns: Sequence[str] | None = None
    numbers: Sequence[str] = ()
    rows: int = 0
    unpacked: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reader(self) -> Path:
        """The module that reads such a file."""
        return PROGRAM.with_name("workbook_reader.py" if self.kind == WORKBOOK else "statistical_reader.py")


class ReadingApart:
    """A process that reads a file; `with` ends it. It starts when made: other work may be done before its answer."""

    def __init__(self, asked: Request) -> None:
        size = asked.path.stat().st_size
        self.asked, self.lasted = asked, True
        self.process = _started()
        self.timer = Timer(PATIENCE + size / PACE, self._give_up)
        self.timer.daemon = True
        self.timer.start()
        memory = ROOM + 4 * size + 8 * asked.unpacked + CELL * asked.rows * len(asked.columns or ())
        with suppress(BrokenPipeError), _pipe(self.process.stdin) as pipe:
            pipe.write(json.dumps(_told(asked) | {"memory": memory}).encode())

    def __enter__(self) -> ReadingApart:
        return self

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()
        self.process.kill()
        self.process.wait()
        _pipe(self.process.stdout).close()

    def answer(self) -> dict[str, Any]:
        """Return what was found. Raises BrokenFile where the file cannot be read, or ended its reader."""
        line = _pipe(self.process.stdout).readline()
        if not line.endswith(b"\n"):
            raise self._ended()
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise BrokenFile(found["error"])
        return found

    def columns(self, found: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return the columns that follow an answer: numbers with NaN, others as objects with None, where missing."""
        names, values, rows = found.get("columns", ()), found.get("values", ()), found["rows"]
        return {
            name: self._array(rows, np.float64) if by is None else _chosen(by, self._array(rows, np.int32))
            for name, by in zip(names, values, strict=True)
        }

    def _array(self, rows: int, dtype: type[np.generic]) -> NDArray[Any]:
        column = np.empty(rows, dtype=dtype)
        if _pipe(self.process.stdout).readinto(column.view(np.uint8)) < column.nbytes:  # type: ignore[attr-defined]
            raise self._ended()
        return column

    def _give_up(self) -> None:
        self.lasted = False
        self.process.kill()

    def _ended(self) -> BrokenFile:
        code = self.process.wait()
        if not self.lasted:
            return BrokenFile("reading it takes longer than a file of its size should, so that it seems to be damaged")
        return BrokenFile(f"reading it ended the process that read it (code {code}), so that it seems to be damaged")


def _chosen(values: Sequence[Any], positions: NDArray[Any]) -> NDArray[Any]:
    objects = np.empty(len(values), dtype=object)
    objects[:] = values
    chosen: NDArray[Any] = objects[positions]
    return chosen


def _told(asked: Request) -> dict[str, Any]:
    return {
        "reader": str(asked.reader),
        "path": str(asked.path.resolve()),
        "kind": asked.kind,
        "columns": asked.columns and list(asked.columns),
        "numbers": list(asked.numbers),
        "rows": asked.rows,
        "options": dict(asked.options),
        "sys_path": [entry or os.getcwd() for entry in sys.path],
    }


def _started() -> subprocess.Popen[bytes]:
    """Start the program with this Python and where this one finds packages, whatever is set in the environment."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # threads take room and are not needed
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
