"""Population margins as they are written: a mapping, a frame, a CSV or a TOML file."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from psaindicators.errors import DefinitionError, MissingFileError

COLUMNS = ("variable", "category", "total")
Totals = dict[str, dict[object, object]]
"""Total by category by variable, as written: matching the names and numbers comes later."""


def read_margins(margins: object) -> tuple[str, Totals]:
    """Return what to call the margins in a message, and the totals by variable and category.

    margins: {variable: {category: total}}; a frame with the columns variable, category and total; or the path
    of a CSV file with those columns, or of a TOML file with a table a variable (`[margins.sex]`, `male = 9`).
    Raises MissingFileError, or DefinitionError for a file or frame that is not such.
    """
    match margins:
        case str() | PathLike():
            path = Path(margins)
            return path.name, _from_file(path)
        case Mapping():
            return "the margins", {str(name): _inner(name, totals) for name, totals in margins.items()}
        case _:
            return "the margins", _from_rows("the margins", _rows_of_frame(margins))


def _from_file(path: Path) -> Totals:
    if not path.is_file():
        raise MissingFileError(f"there is no file of margins {str(path)!r}")
    match path.suffix.lower():
        case ".toml":
            return _from_toml(path)
        case ".csv":
            return _from_rows(path.name, _rows_of_csv(path))
        case other:
            raise DefinitionError(f"{path.name}: margins are read from .csv or .toml, not {other!r}")


def _from_toml(path: Path) -> Totals:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{path.name} is not TOML: {error}") from error
    margins = tables.pop("margins", None)
    if tables or not isinstance(margins, dict):
        found = ", ".join(repr(key) for key in tables) or "none"
        raise DefinitionError(
            f"{path.name}: expected one table a variable, such as [margins.sex], and no more; found {found}"
        )
    return {name: _inner(name, totals) for name, totals in margins.items()}


def _rows_of_csv(path: Path) -> Iterable[tuple[object, ...]]:
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{path.name} is not UTF-8 text: save it as CSV UTF-8") from error
    header = tuple(name.strip().lower() for name in lines[0]) if lines else ()
    _expect_columns(path.name, header)
    rows = [(number, line) for number, line in enumerate(lines[1:], start=2) if any(line)]
    short = [number for number, line in rows if len(line) != len(header)]
    if short:
        raise DefinitionError(f"{path.name}: line {short[0]} has not {len(header)} cells like the header")
    return [tuple(line[header.index(name)].strip() for name in COLUMNS) for _, line in rows]


def _rows_of_frame(frame: Any) -> Iterable[tuple[object, ...]]:
    import narwhals as nw

    try:
        eager = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise DefinitionError(
            f"margins are a mapping, a frame, or the path of a CSV or TOML file, not {type(frame).__name__}"
        ) from error
    _expect_columns("the margins", tuple(eager.columns))
    rows: Iterable[tuple[object, ...]] = eager.select(COLUMNS).rows()
    return rows


def _expect_columns(where: str, found: tuple[str, ...]) -> None:
    if not set(COLUMNS) <= set(found):
        wanted, got = ", ".join(COLUMNS), ", ".join(found)
        raise DefinitionError(f"{where}: expected the columns {wanted}; found {got or 'none'}")


def _from_rows(where: str, rows: Iterable[tuple[object, ...]]) -> Totals:
    margins: Totals = {}
    twice = []
    for variable, category, total in rows:
        margin = margins.setdefault(str(variable), {})
        if category in margin:
            twice.append(f"{variable} = {category}")
        margin[category] = total
    if twice:
        raise DefinitionError(f"{where}: more than one total for {', '.join(twice)}")
    return margins


def _inner(variable: object, totals: object) -> dict[object, object]:
    try:
        return dict(totals.items())  # type: ignore[attr-defined]
    except AttributeError as error:
        raise DefinitionError(
            f"margin {variable!r}: expected a total a category, such as {{'male': 20000}}, not {totals!r}"
        ) from error
