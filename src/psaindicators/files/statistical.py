"""SPSS and Stata files: values with their labels, and the codes that the file declares missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import SurveyError
from psaindicators.kernel.codes import Value

FIRST_BYTES: dict[str, tuple[bytes, ...]] = {
    "SPSS": (b"$FL2", b"$FL3"),
    "Stata": (b"<stata_dta>", *(bytes([release]) for release in range(0x66, 0x77))),
}
ENCRYPTED = b"ENCRYPTEDSAV"
EXTENDED_MISSING = (".a", ".z")


@dataclass(frozen=True, eq=False)
class StatisticalFile:
    """An SPSS or Stata file: its variables and its metadata are known, its columns are read when asked for.

    A Stata extended missing value is kept as the text ".a" to ".z"; `user_missing` names it as declared missing.
    """

    path: Path
    kind: str
    metadata: Any

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(self.metadata.column_names)

    @property
    def labels(self) -> Mapping[str, Mapping[Value, str]]:
        """Value labels by variable and code."""
        given = self.metadata.variable_value_labels
        return {name: {self._value(code): label for code, label in by.items()} for name, by in given.items()}

    @property
    def user_missing(self) -> Mapping[str, tuple[tuple[Value, Value], ...]]:
        """The (low, high) ranges that each variable declares missing."""
        ranges = {
            name: tuple((_bound(one["lo"]), _bound(one["hi"])) for one in given)
            for name, given in self.metadata.missing_ranges.items()
        }
        if self.kind != "Stata":
            return ranges
        return {name: (EXTENDED_MISSING,) for name in self.variables if self._is_number(name)}

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays of shape (rows,): numbers with NaN where system-missing, else objects."""
        read = _read(self.path, self.kind, usecols=names)[0]
        return {name: self._array(name, read[name]) for name in names}

    def _array(self, name: str, values: list[Any]) -> NDArray[Any]:
        if not self._is_number(name):
            return np.array(values, dtype=object)
        try:
            return np.array(values, dtype=float)
        except (TypeError, ValueError):
            return np.array([self._value(value) for value in values], dtype=object)

    def _is_number(self, name: str) -> bool:
        return bool(self.metadata.readstat_variable_types[name] != "string")

    def _value(self, value: Any) -> Any:
        return f".{value}" if self.kind == "Stata" and isinstance(value, str) and len(value) == 1 else value


def open_statistical(path: Path) -> StatisticalFile:
    """Return an SPSS (.sav, .zsav) or Stata (.dta) file, read through once to see that it is whole.

    Raises SurveyError where it is truncated, encrypted, or not the kind of file its name says.
    """
    kind = "Stata" if path.suffix.lower() == ".dta" else "SPSS"
    _check_first_bytes(path, kind)
    metadata = _read(path, kind, metadataonly=True)[1]
    if metadata.column_names:
        _read(path, kind, usecols=metadata.column_names[:1])
    return StatisticalFile(path, kind, metadata)


def _read(path: Path, kind: str, **options: Any) -> tuple[dict[str, list[Any]], Any]:
    import pyreadstat

    reader: Callable[..., Any] = pyreadstat.read_dta if kind == "Stata" else pyreadstat.read_sav
    try:
        return reader(  # type: ignore[no-any-return]  # absolute, or "~" would be read as somebody's home
            str(path.absolute()), user_missing=True, output_format="dict", disable_datetime_conversion=True, **options
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise SurveyError(
            f"{path.name} cannot be read as {kind}: {error}; is it whole? (a copy that broke off reads like this)"
        ) from None


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
        raise SurveyError(f"{path.name} is no {kind} file, whatever its name says: {found}")


def _bound(bound: Any) -> Value:
    return bound if isinstance(bound, str) else float(bound)
