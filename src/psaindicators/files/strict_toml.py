"""A strict reader of TOML: every key is asked for by name, every problem is kept with its path."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from psaindicators.errors import DefinitionError, MissingFileError, did_you_mean
from psaindicators.files.written import read_written
from psaindicators.words import visible

Made = TypeVar("Made")
Kind = type | tuple[type, ...]
NUMBER: Kind = (int, float)
MAPPING = "the mapping"
DEEPEST = 32
"""Tables and lists may stand in each other so deep; what a rule needs is under ten."""
MOST = 2**63
"""What is below it is a whole number of TOML's."""
CODE: Kind = (int, float, str)
WORDS = {
    **{str: "text", dict: "a table", list: "a list", date: "a date", bool: "true or false"},
    **{int: "a whole number", float: "a number"},
}


@dataclass
class Problems:
    """The problems of one file or mapping, gathered to be reported together under its name."""

    name: str
    found: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        self.found.append(f"{where}: {what}" if where else what)

    def add_absent(self, where: str, name: str, kind: str = "file") -> None:
        """Report a file, or a folder, that is named and is not there."""
        self.absent.append(f"{where}: there is no {kind} {name}")

    def raise_any(self) -> None:
        """Raise a DefinitionError that lists every problem; a MissingFileError where all are files not there."""
        lines = [*self.found, *self.absent]
        if lines:
            kind = DefinitionError if self.found else MissingFileError
            raise kind("\n".join([f"{self.name}:", *(f"  - {line}" for line in lines)]))


@dataclass
class TomlTable:
    """A table of the file: its keys are taken one at a time, and a key that nobody took is a problem."""

    table: dict[str, Any]
    where: str
    problems: Problems
    taken: set[str] = field(default_factory=set)

    def at(self, key: str) -> str:
        quoted = f'"{visible(key)}"' if "." in key else visible(key)
        return f"{self.where}.{quoted}" if self.where else quoted

    def add(self, key: str, what: str) -> None:
        self.problems.add(self.at(key), what)

    def take(self, key: str, kind: Kind, *, default: Any = ...) -> Any:
        """Return a key's value; a missing or wrong one is a problem and gives the default (or None)."""
        self.taken.add(key)
        fallback = None if default is ... else default
        if key not in self.table:
            if default is ...:
                self.add(key, "is missing")
            return fallback
        value = self.table[key]
        if not is_a(value, kind):
            self.add(key, f"must be {kinds_in_words(kind)}, got {shown(value)}")
            return fallback
        return value

    def choice(self, key: str, among: Iterable[str], *, default: Any = ...) -> Any:
        """Return a key's value, which must be one of a few words."""
        value = self.take(key, str, default=default)
        if value is not None and value != default and value not in (words := list(among)):
            self.add(key, f"must be {' or '.join(map(repr, words))}, got {shown(value)}")
        return value

    def section(self, key: str, *, required: bool = False) -> TomlTable:
        """Return a table below this one, empty where there is none."""
        table = self.take(key, dict, default=... if required else {})
        return TomlTable(table or {}, self.at(key), self.problems)

    def sections(self, key: str) -> list[TomlTable]:
        """Return the tables of a list that must not be empty, such as [[surveys]]."""
        tables = self.take(key, list) or []
        if key in self.table and not all(isinstance(table, dict) for table in tables):
            self.add(key, f"must be tables, written [[{key}]], got {shown(tables)}")
        return [
            TomlTable(t, f"{self.at(key)}[{i}]", self.problems) for i, t in enumerate(tables) if isinstance(t, dict)
        ]

    def optional_sections(self, key: str) -> list[TomlTable]:
        """Return the tables of a list that may be absent."""
        return self.made(key, lambda one: one.sections(key)) or []

    def texts(self, key: str) -> tuple[str, ...]:
        """Return one text or a list of them, empty where there is none."""
        value = self.take(key, (str, list), default=None)
        if isinstance(value, list):
            return self.names(key)
        return () if value is None else (value,)

    def names(self, key: str, *, default: Any = ...) -> tuple[str, ...]:
        """Return a list of texts that must not be empty."""
        value = self.take(key, list, default=default)
        if value is None or value == default:
            return tuple(value or ())
        if not value or not all(isinstance(item, str) for item in value):
            self.add(key, f"must be a list of texts, got {shown(value)}")
        return tuple(item for item in value if isinstance(item, str))

    def numbers(self, key: str) -> dict[str, float]:
        """Return a table whose values are all numbers."""
        below = self.section(key)
        return {name: float(below.take(name, NUMBER) or 0) for name in below.table}

    def made(self, key: str, make: Callable[[TomlTable], Made]) -> Made | None:
        """Return what `make` builds of this table where it has a key that may be absent, else None."""
        self.taken.add(key)
        return make(self) if key in self.table else None

    def is_year(self, key: str) -> bool:
        """Whether a key is a year of four digits; one that is not is a problem."""
        if re.fullmatch(r"\d{4}", key):
            return True
        self.taken.add(key)
        self.add(key, "must be a year of four digits")
        return False

    def finish(self, what: str) -> None:
        """Report the keys that nobody asked for, with the nearest that exist."""
        for key in [key for key in self.table if key not in self.taken]:
            known = ", ".join(sorted(self.taken))
            self.add(key, f"is not a field of {what}{did_you_mean(key, self.taken)} (the fields are {known})")


def read_toml(path: Path, make: Callable[[TomlTable], Made]) -> Made:
    """Return what `make` builds from a TOML file, having reported every problem in it at once.

    Raises MissingFileError and DefinitionError.
    """
    return _read(parse(path), path.name, make)


def read_mapping(mapping: Mapping[Any, Any], make: Callable[[TomlTable], Made]) -> Made:
    """Return what `make` builds from a mapping that holds what a TOML file would; years may be whole numbers.

    Raises DefinitionError with every problem.
    """
    return _read(_as_toml(mapping), MAPPING, make)


def _read(table: dict[str, Any], name: str, make: Callable[[TomlTable], Made]) -> Made:
    section = TomlTable(table, "", Problems(visible(name)))
    _check_numbers(table, section)
    made = make(section)
    section.problems.raise_any()
    return made


def _check_numbers(table: dict[str, Any], section: TomlTable) -> None:
    """Report numbers that TOML does not have (beyond 64 bits) or that no count and no percentage is (inf, nan).

    Raises DefinitionError at once, for nothing can be reckoned with them.
    """
    for where, number in _numbers(table, section):
        if isinstance(number, float) and not isfinite(number):
            section.problems.add(where, f"must be a finite number, got {number}")
        elif isinstance(number, int) and not -MOST <= number < MOST:
            section.problems.add(where, f"must be a number of at most 64 bits, got one of {number.bit_length():,}")
    section.problems.raise_any()


def _numbers(value: Any, section: TomlTable, where: str = "") -> Iterator[tuple[str, int | float]]:
    """Yield every number below a value, with its path."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _numbers(one, section, TomlTable(value, where, section.problems).at(key))
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from _numbers(one, section, f"{where}[{i}]")
    elif isinstance(value, (int, float)):
        yield where, value


def _as_toml(value: Any, depth: int = 0) -> Any:
    """Return a mapping as TOML would give it: keys are texts, sequences lists. Raises DefinitionError past DEEPEST."""
    if depth > DEEPEST:
        raise DefinitionError(f"{MAPPING} nests tables or lists more than {DEEPEST} deep")
    if isinstance(value, Mapping):
        return {str(key): _as_toml(one, depth + 1) for key, one in value.items()}
    return [_as_toml(one, depth + 1) for one in value] if isinstance(value, (list, tuple)) else value


def parse(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises MissingFileError, and DefinitionError where it is not TOML."""
    text = read_written(path, DefinitionError).replace("\r\n", "\n").replace("\r", "\n")
    try:
        table = tomllib.loads(text)
        _check_depth(table)
    except RecursionError:
        raise DefinitionError(f"{path.name} nests tables or lists more than {DEEPEST} deep") from None
    except ValueError as error:  # not a TOMLDecodeError for a number of thousands of digits
        said = "a number has more digits than any number needs" if "integer string" in str(error) else str(error)
        raise DefinitionError(f"{path.name} is not valid TOML: {said}{_inline_hint(said, text)}") from None
    return table


def _check_depth(value: Any, depth: int = 0) -> None:
    """Raise RecursionError where tables or lists stand in each other more than DEEPEST deep."""
    if depth > DEEPEST:
        raise RecursionError
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in below:
        _check_depth(one, depth + 1)


def is_a(value: Any, kind: Kind) -> bool:
    """Whether a TOML value is of a kind; true and false are not numbers."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind)


def kinds_in_words(kind: Kind) -> str:
    """Return a kind of TOML value as a reader of the file would call it."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    words = [WORDS[one] for one in kinds if not (one is int and float in kinds)]
    return " or ".join(words)


def shown(value: Any) -> str:
    """Return a value as it is shown in a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _inline_hint(message: str, text: str) -> str:
    at = re.search(r"line (\d+)", message)
    lines = text.splitlines()[int(at[1]) - 1 :] if at else []
    if lines and lines[0].count("{") > lines[0].count("}"):
        return " (an inline table { ... } may not break over lines: give a long one a [table] of its own)"
    return ""
