"""Names of files that lie under their folder wherever it is copied to: Linux, macOS or Windows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from psaindicators.errors import OutputError

ROOM = ".psaindicators-outturn"
"""The hidden folder in which files are made ready."""

RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\]')
LONGEST = 255


def check_names(names: Iterable[str]) -> None:
    """Raise OutputError for a name that leads outside its folder, or that not every system can hold.

    A name is a relative path with forward slashes, such as `tables/one.txt`. The names reserved by Windows are those
    of Microsoft's "Naming Files, Paths, and Namespaces".
    """
    names = list(names)
    for name in names:
        if reason := _fault(name):
            raise OutputError(f"no file may be named {name!r}: {reason}")
    _check_alike(names)


def folders_of(names: Iterable[str]) -> list[str]:
    """Return the subfolders that files lie in, the deepest first: `tables/a/b.txt` lies in tables/a and tables."""
    found = {parent.as_posix() for name in names for parent in PurePosixPath(name).parents} - {"."}
    return sorted(found, key=lambda folder: (-folder.count("/"), folder))


def _fault(name: str) -> str:
    parts = name.split("/")
    if FORBIDDEN.search(name):
        return 'control characters and < > : " | ? * \\ are not allowed'
    if name.startswith("/") or {"..", "."} & set(parts):
        return "it must lie under the output"
    if parts[0].casefold() == ROOM:
        return f"{ROOM} is where files are made ready"
    if "" in parts or any(part != part.strip() or part.endswith(".") for part in parts):
        return "no part of it may be empty, begin or end with a space, or end with a dot"
    if reserved := [part for part in parts if RESERVED.fullmatch(part.split(".")[0].strip())]:
        return f"{reserved[0]} is reserved on Windows"
    return _unwritable_text(name)


def _unwritable_text(name: str) -> str:
    try:
        longest = max(len(part.encode("utf-8")) for part in name.split("/"))
    except UnicodeEncodeError:
        return "it is not valid text"
    return f"it is longer than {LONGEST} bytes" if longest > LONGEST else ""


def _check_alike(names: list[str]) -> None:
    counts = Counter(map(_folded, names))
    alike = [name for name in names if counts[_folded(name)] > 1]
    if alike:
        raise OutputError(f"these files would have one name: {', '.join(map(repr, alike))}")
    for folder in sorted(set(map(_folded, folders_of(names))) & counts.keys()):
        raise OutputError(f"'{folder}' cannot be a file and a folder at once")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
