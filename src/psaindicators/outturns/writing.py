"""Files of an outturn, all or none: written aside, then put in place of the last good ones."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from psaindicators.errors import OutputError
from psaindicators.tables import Table

MANIFEST = "manifest.json"


def to_csv(table: Table) -> str:
    """Return a table as CSV with a header: full precision, missing as nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(cell) for cell in row] for row in table)
    return text.getvalue()


def _cell(cell: Any) -> Any:
    return "" if isinstance(cell, float) and cell != cell else repr(cell) if isinstance(cell, float) else cell


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write files of text into a folder, in place of the outturn that was there; on any failure it stays as it was.

    Raises OutputError where the folder cannot be written, or holds what no outturn wrote.
    """
    _refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        for name, text in files.items():
            (aside / "new" / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / "new" / name).write_text(text, encoding="utf-8", newline="\n")
        _swap(aside, folder)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _swap(aside: Path, folder: Path) -> None:
    if folder.exists():
        folder.rename(aside / "old")
    try:
        (aside / "new").rename(folder)
    except OSError:
        if (aside / "old").exists():
            (aside / "old").rename(folder)
        raise


def _refuse_foreign(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file: the outturn needs a folder to write to")
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise OutputError(f"{folder} holds files that no outturn wrote (it has no {MANIFEST}): name another folder")


def _unwritable(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"{folder} cannot be written: {error.strerror or error}; what was there is as it was")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
