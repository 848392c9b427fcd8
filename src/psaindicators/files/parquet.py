"""Parquet files: columns that are read when asked for, and what the footer says of their size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from psaindicators.errors import SurveyError
from psaindicators.files.literal import literal_name
from psaindicators.files.locked_engine import locked_engine, quoted
from psaindicators.files.unreadable import raise_alone, unreadable

SMALL = 2_500_000
"""Cells (rows times variables) of a file that is read as arrays more quickly than an engine plans to add it up."""
NO_CODES = {"blob", "list", "array", "struct", "map", "union", "variant", "bit", "geometry"}
NOT_CODES = "'{}' holds lists, structures or bytes, which are not codes; leave it out"
LONG, MUCH = 1_000, 100_000_000
"""Bytes of a text on average, and of all of a variable's texts, beyond which they are not codes."""


def open_parquet(path: Path, threads: int | None) -> tuple[Any, bool]:
    """Return a Parquet file as a DuckDB relation, and whether it is small, by the rows that its footer declares.

    Its size in bytes says nothing: a variable that holds one value takes the same few bytes for a million rows. Raises
    SurveyError for a Parquet file that is not whole.
    """
    name = literal_name(path)
    try:
        engine = locked_engine(name, threads)
        relation = engine.read_parquet(name, hive_partitioning=False)
        [(rows,)] = engine.execute(f"SELECT num_rows FROM parquet_file_metadata({quoted(name)})").fetchall()
    except Exception as error:  # a name that is not UTF-8 is a RuntimeError
        raise_alone(unreadable(path.name, error))
    return relation, rows * len(relation.columns) < SMALL


def refuse_what_swells(file: str, relation: Any, names: list[str]) -> None:
    """Raise SurveyError where variables hold no codes: lists, structures, bytes, or texts too long for codes.

    One text of a megabyte is written once and stands for all rows that hold it: a file of 50 KB can be gigabytes when
    it is read.
    """
    kinds = {name: kind.id for name, kind in zip(relation.columns, relation.types, strict=True) if name in names}
    for name in (name for name, kind in kinds.items() if kind in NO_CODES):
        raise SurveyError(f"{file}: {NOT_CODES.format(name)}")
    texts = [name for name, kind in kinds.items() if kind == "varchar"]
    sums = [f"avg({length}), sum({length})" for length in map(_length, texts)]
    [found] = relation.aggregate(", ".join(sums)).fetchall() if sums else [()]
    for name, mean, total in zip(texts, found[::2], found[1::2], strict=True):
        if (mean or 0) > LONG and total > MUCH:
            raise SurveyError(
                f"{file}: '{name}' holds texts of {mean:,.0f} characters on average, {total / 1e6:,.0f} MB in all, "
                "which are not codes; leave it out"
            )


def _length(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'strlen("{escaped}")'
