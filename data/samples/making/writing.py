"""Files whose bytes depend on their contents alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyreadstat

from making.drawing import BLANK

SAV_DATE, SAV_STAMP = 92, b"01 Jan 0900:00:00"  # offset in the .sav header; its creation date and time
DTA_STAMP = b"01 Jan 2009 00:00"


def write_parquet(rows: pd.DataFrame, path: Path, note: str) -> None:
    """Write Parquet through DuckDB (one thread settles the order of the bytes); BLANK becomes null."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("rows", rows)
        columns = ", ".join(_column(name, rows[name]) for name in rows)
        connection.execute(
            f"COPY (SELECT {columns} FROM rows) TO '{path}' "
            f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, KV_METADATA {{note: '{note}'}})"
        )


def _column(name: str, values: pd.Series) -> str:
    return f'nullif("{name}", {BLANK}) AS "{name}"' if values.dtype == "int8" else f'"{name}"'


def write_sav(rows: pd.DataFrame, path: Path, **options: Any) -> None:
    """Write .sav; the creation date and time in its header are overwritten with fixed ones."""
    pyreadstat.write_sav(rows, path, row_compress=True, **options)
    content = bytearray(path.read_bytes())
    content[SAV_DATE : SAV_DATE + len(SAV_STAMP)] = SAV_STAMP
    path.write_bytes(content)


def write_dta(rows: pd.DataFrame, path: Path, **options: Any) -> None:
    """Write .dta; the timestamp element of its header is overwritten with a fixed one of the same length."""
    pyreadstat.write_dta(rows, path, **options)
    stamp = rb"(<timestamp>.)[^<]{%d}(</timestamp>)" % len(DTA_STAMP)
    fixed = rb"\g<1>" + DTA_STAMP + rb"\g<2>"
    content, found = re.subn(stamp, fixed, path.read_bytes(), count=1, flags=re.DOTALL)
    if not found:
        raise ValueError(f"{path} has no timestamp of {len(DTA_STAMP)} characters to fix")
    path.write_bytes(content)


def write_csv(rows: pd.DataFrame, path: Path) -> None:
    """Write CSV with blanks where a cell is BLANK, and line feeds on every machine."""
    rows.astype(object).where(rows != BLANK, None).to_csv(path, index=False, lineterminator="\n")
