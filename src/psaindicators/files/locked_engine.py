"""An engine that can read one file and nothing else, and keeps what it must put on a disk to itself."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

from psaindicators.files.private_folder import private_folder

_numbers = count(1)


def quoted(text: str) -> str:
    """Return a text as it stands in SQL."""
    return "'" + text.replace("'", "''") + "'"


def locked_engine(name: str, threads: int | None = None) -> Any:
    """Return a DuckDB connection that may read the file of this absolute name, and whose settings cannot be changed.

    It loads no extension, opens no other file, and draws no progress among what a command prints. What does not fit
    into memory it puts into this process's private folder. It takes every core, or as many `threads` as are given.
    """
    import duckdb

    spill = private_folder() / f"spill-{os.getpid()}-{next(_numbers)}"
    settings: dict[str, Any] = {
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    engine = duckdb.connect(config=settings | ({"threads": threads} if threads else {}))
    [(draws,)] = engine.execute("SELECT current_setting('enable_progress_bar')").fetchall()
    if draws:  # in a notebook without widgets it is off, and to set it is an error there
        engine.execute("SET enable_progress_bar = false")
    engine.execute(f"""
        SET allowed_paths = [{quoted(name)}];
        SET enable_external_access = false;
        SET lock_configuration = true;
    """)
    return engine
