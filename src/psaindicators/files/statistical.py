"""SPSS and Stata files: values with their labels, and the codes that the file declares missing.

What a file says of itself is read by pyreadstat in a process of its own, which a damaged file may end without ending
this one. An SPSS file's values are then read here, as arrays; a Stata file's come from such a process too.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import SurveyError
from psaindicators.files.broken import BrokenFile, refused
from psaindicators.files.reading_apart import ReadingApart, Request
from psaindicators.files.spss_cases import SpssCases, spss_cases
from psaindicators.files.unreadable import raise_alone
from psaindicators.kernel.codes import Value
from psaindicators.words import listed

FIRST_BYTES: dict[str, tuple[bytes, ...]] = {
    "SPSS": (b"$FL2", b"$FL3"),
    "Stata": (b"<stata_dta>", *(bytes([release]) for release in range(0x66, 0x77))),
}
STATA_END = b"</stata_dta>"
ENCRYPTED = b"ENCRYPTEDSAV"
EXTENDED_MISSING = (".a", ".z")
LABELS_SHOWN = 3
MEMORY_SHARE = 4
"""Columns may take this part of the memory: adding them up takes as much again, and there are other programs."""


@dataclass(frozen=True, eq=False)
class StatisticalFile:
    """An SPSS or Stata file: what it says of itself is known, its columns are read when asked for.

    `numbers` are the variables that hold numbers, `labels` the value labels by variable and code, `user_missing` the
    (low, high) ranges that each variable declares missing, `label` what the file calls itself, `encoding` that of its
    texts, `notes` what a reader should know of it. `cases` are an SPSS file's values, `held` the columns that came with
    the dictionary, those of a small Stata file. A Stata extended missing value is kept as the text ".a" to ".z";
    `user_missing` names it as declared missing. `shown` is how an SPSS file shows its variables, and
    `variable_labels` what each is, in words.
    """

    path: Path
    kind: str
    variables: tuple[str, ...]
    numbers: frozenset[str]
    labels: Mapping[str, Mapping[Value, str]]
    user_missing: Mapping[str, tuple[tuple[Value, Value], ...]]
    label: str
    encoding: str
    rows: int
    cases: SpssCases | None
    held: Mapping[str, NDArray[Any]]
    notes: tuple[str, ...]
    shown: Mapping[str, Mapping[str, Any]]
    variable_labels: Mapping[str, str]

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays of shape (rows,): numbers with NaN where missing, else objects.

        Raises SurveyError where the file cannot be read any more, or not into this machine's memory.
        """
        needed = [name for name in names if name not in self.held]
        here = [name for name in needed if self._is_read_here(name)]
        apart = [name for name in needed if name not in here]
        self._check_memory(len(needed))
        try:
            read = {**self.held, **self._from_cases(here), **self._from_reader(apart)}
        except UnicodeDecodeError:
            raise_alone(
                SurveyError(
                    f"{self.path.name} holds texts that are not in the encoding that it declares, {self.encoding}; "
                    "save it again from the program that wrote it"
                )
            )
        except BrokenFile as error:
            raise refused(self.path, self.kind, error) from None
        return {name: read[name] for name in names}

    def _is_read_here(self, name: str) -> bool:
        return self.cases is not None and (name in self.numbers or _is_known(self.encoding))

    def _from_cases(self, names: list[str]) -> dict[str, NDArray[Any]]:
        if self.cases is None or not names:
            return {}
        at = {name: i for i, name in enumerate(self.variables)}
        numbers, texts = self._parted(names)
        values, objects = self.cases.columns(
            [at[name] for name in numbers], [at[name] for name in texts], self.encoding
        )
        return dict(zip([*numbers, *texts], [*values, *objects], strict=True))

    def _from_reader(self, names: list[str]) -> dict[str, NDArray[Any]]:
        if not names:
            return {}
        with ReadingApart(Request(self.path, self.kind, names, self._parted(names)[0], self.rows)) as reading:
            return reading.columns(reading.answer())

    def _parted(self, names: list[str]) -> tuple[list[str], list[str]]:
        """Return the numbers and the texts among some variables."""
        return [name for name in names if name in self.numbers], [name for name in names if name not in self.numbers]

    def _check_memory(self, columns: int) -> None:
        """Refuse what does not fit: a small file may hold many rows that are all alike, or say so."""
        needed, there = self.rows * columns * np.dtype(float).itemsize, _memory()
        if there is not None and needed > there / MEMORY_SHARE:
            raise SurveyError(
                f"{self.path.name} holds {self.rows:,} rows, of which {columns} variables take {needed / 1e9:,.1f} GB "
                f"of memory; this machine has {there / 1e9:,.1f} GB; is the file what it should be?"
            )


def open_statistical(path: Path) -> StatisticalFile:
    """Return an SPSS (.sav, .zsav) or Stata (.dta) file, whose cases are counted to see that it is whole.

    Raises SurveyError where it is truncated, damaged, encrypted, or not the kind of file its name says.
    """
    kind = "Stata" if path.suffix.lower() == ".dta" else "SPSS"
    _check_first_bytes(path, kind)
    try:
        _check_stata_end(path)
        with ReadingApart(Request(path, kind)) as reading:
            cases = spss_cases(path) if kind == "SPSS" else None
            found = reading.answer()
            held = reading.columns(found)
        if cases is not None and not cases.layout.fits([name in found["numbers"] for name in found["variables"]]):
            raise BrokenFile("its dictionary does not say where its variables are")
    except BrokenFile as error:
        raise refused(path, kind, error) from None
    return StatisticalFile(
        path,
        kind,
        tuple(found["variables"]),
        frozenset(found["numbers"]),
        {name: dict(by) for name, by in found["labels"].items()},
        _user_missing(kind, found),
        found["label"] or "",
        found["encoding"] or "utf-8",
        found["rows"] if cases is None else cases.rows,
        cases,
        held,
        tuple(f"{path.name} {note}" for note in _notes(found, cases)),
        found["shown"],
        {name: label for name, label in found["variable_labels"].items() if label},
    )


def _notes(found: Mapping[str, Any], cases: SpssCases | None) -> Iterator[str]:
    """Yield what shows that a file may have broken off where nothing says how long it is."""
    if cases is not None and not cases.ends:
        yield (
            f"does not say how many respondents it holds ({cases.rows:,} found); a copy that broke off between two of "
            "them would read like this"
        )
    if found["lost"]:
        yield (
            f"does not hold the value labels that its variables name ({listed(found['lost'], most=LABELS_SHOWN)}); a "
            "copy that broke off after the last respondent would read like this"
        )


def _user_missing(kind: str, found: Mapping[str, Any]) -> dict[str, tuple[tuple[Value, Value], ...]]:
    if kind == "Stata":
        return dict.fromkeys(found["numbers"], (EXTENDED_MISSING,))
    return {name: tuple((low, high) for low, high in given) for name, given in found["ranges"].items()}


def _check_stata_end(path: Path) -> None:
    """Notice a file of Stata 13 or later that does not end as these do; older ones have no mark at their end."""
    with path.open("rb") as file:
        start = file.read(len(FIRST_BYTES["Stata"][0]))
        file.seek(max(0, path.stat().st_size - 64))
        if start in FIRST_BYTES["Stata"] and not file.read().rstrip().endswith(STATA_END):
            raise BrokenFile("it does not have the mark that ends such a file")


def _check_first_bytes(path: Path, kind: str) -> None:
    with path.open("rb") as file:
        start = file.read(64)
    if ENCRYPTED in start:
        raise SurveyError(f"{path.name} is encrypted with a password; save it from SPSS without one")
    if not start:
        raise SurveyError(f"{path.name} is empty: it holds no byte")
    if not start.startswith(FIRST_BYTES[kind]):
        other = next((one for one, marks in FIRST_BYTES.items() if start.startswith(marks)), None)
        found = f"it looks like a {other} file" if other else f"it starts with {start[:12]!r}"
        raise SurveyError(f"{path.name} is not of the kind {kind}, whatever its name says: {found}")


def _is_known(encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)
    except LookupError:
        return False
    return True


def _memory() -> int | None:
    """Return the bytes of this machine's memory, where the system says."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
