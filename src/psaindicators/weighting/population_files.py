"""Population totals as they are written: a mapping, a frame, a CSV or a TOML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf
from os import PathLike
from pathlib import Path
from typing import Any

from psaindicators.errors import DefinitionError
from psaindicators.files.csv_lines import Line, raise_problems, read_lines
from psaindicators.files.strict_toml import TomlTable, read_toml
from psaindicators.words import listed

COLUMNS = ("variable", "category", "total")
FOR_THE_READER = ("label", "note", "source")
"""Columns that a file of population totals may have beside those that are read."""
ByVariable = Mapping[str, Mapping[Any, object]]
"""Total by category by variable; whether they are numbers that can be met is seen when they meet the respondents."""


@dataclass(frozen=True)
class PopulationTotals:
    """The population by category of each variable, as written; `where` is what a message calls them."""

    where: str
    by_variable: ByVariable


def read_populations(populations: object) -> PopulationTotals:
    """Return the population totals by variable and category.

    populations: {variable: {category: total}}; a frame with the columns variable, category and total; or the path of a
    CSV file or workbook with those columns (and label, note, source for the reader), or of a TOML file with a table a
    variable (`[populations.sex]`, `male = 9`). Raises MissingFileError, and DefinitionError with every problem of a
    file.
    """
    match populations:
        case str() | PathLike():
            path = Path(populations)
            return PopulationTotals(path.name, _of_file(path))
        case Mapping():
            totals: ByVariable = {str(variable): _by_category(variable, one) for variable, one in populations.items()}
        case _:
            totals = _of_frame(populations)
    return PopulationTotals("the population totals", totals)


def _of_file(path: Path) -> ByVariable:
    match path.suffix.lower():
        case ".toml":
            return read_toml(path, _of_toml)
        case ".csv" | ".xlsx" | ".xls" | ".ods":
            return _of_lines(path)
        case other:
            raise DefinitionError(f"{path.name}: population totals are read from .csv, .xlsx or .toml, not {other!r}")


def _of_toml(file: TomlTable) -> ByVariable:
    below = file.section("populations", required=True)
    found = {variable: below.numbers(variable) for variable in below.table}
    file.finish("a file of population totals, which has a table a variable such as [populations.sex]")
    return found


def _of_lines(path: Path) -> ByVariable:
    lines, problems = read_lines(path, COLUMNS, FOR_THE_READER)
    totals: dict[str, dict[object, object]] = {}
    for line in lines:
        _take(line, totals)
    raise_problems(path.name, problems)
    return totals


def _take(line: Line, totals: dict[str, dict[object, object]]) -> None:
    variable, category = (line.text(name, needed=True) for name in COLUMNS[:2])
    of_variable = totals.setdefault(variable, {})
    if category in of_variable:
        line.add(f"{variable} = {category} has a total already")
    of_variable[category] = line.number_in("total", -inf, inf, needed=True)


def _of_frame(frame: Any) -> ByVariable:
    totals: dict[str, dict[object, object]] = {}
    twice = []
    for variable, category, total in _rows(frame):
        of_variable = totals.setdefault(str(variable), {})
        twice += [f"{variable} = {category}"] if category in of_variable else []
        of_variable[category] = total
    if twice:
        raise DefinitionError(f"the population totals have more than one total for {listed(twice)}")
    return totals


def _rows(frame: Any) -> Iterable[tuple[object, ...]]:
    import narwhals as nw

    try:
        eager = nw.from_native(frame, eager_only=True)
    except TypeError:
        raise DefinitionError(
            f"population totals are a mapping, a frame, or the path of a CSV or TOML file, not {type(frame).__name__}"
        ) from None
    if not set(COLUMNS) <= set(eager.columns):
        raise DefinitionError(
            f"a frame of population totals has the columns {listed(COLUMNS)}; found {listed(eager.columns) or 'none'}"
        )
    rows: Iterable[tuple[object, ...]] = eager.select(COLUMNS).rows()
    return rows


def _by_category(variable: object, totals: object) -> Mapping[object, object]:
    try:
        return dict(totals.items())  # type: ignore[attr-defined]
    except AttributeError:
        raise DefinitionError(
            f"the population totals of {variable!r} are a total a category, such as {{'male': 20000}}, not {totals!r}"
        ) from None
