"""The manifest of an outturn: what went in, and every file that came out, by which its folder is known as ours."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psaindicators.errors import OutputError
from psaindicators.publishing.names import check_names

MANIFEST = "manifest.json"
KIND = {"made_by": "psaindicators outturn", "manifest": 1}
"""What every manifest begins with; another version of its shape has another number."""


def manifest_text(about: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Return a manifest as JSON: its kind, what is known about the outturn, and the SHA-256 of each of its files."""
    listed = [{"file": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()]
    return json.dumps({**KIND, **about, "files": listed}, indent=2, ensure_ascii=False, default=str) + "\n"


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read: what it says `about` the outturn, and the SHA-256 of each of its `files` by name.

    The manifest itself is not among them.
    """

    about: Mapping[str, Any]
    files: Mapping[str, str]


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an outturn's folder.

    Raises OutputError where there is no manifest of an outturn, and OSError where it cannot be read.
    """
    path = folder / MANIFEST
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise ValueError
        found = json.loads(path.read_bytes())
        if {key: found[key] for key in KIND} != KIND:
            raise ValueError
        listed = hashed(found["files"])
        check_names([MANIFEST, *(name for name, _ in listed)])
    except (ValueError, KeyError, TypeError, RecursionError, OutputError):
        raise OutputError(f"{MANIFEST} is not one that this version writes for an outturn") from None
    return Manifest(found, dict(listed))


def hashed(listed: Sequence[Mapping[str, object]]) -> list[tuple[str, str]]:
    """Return the name and SHA-256 of each file that a manifest lists. Raises ValueError, KeyError and TypeError.

    Two inputs from two folders may have one name.
    """
    found = [(str(one["file"]), str(one["sha256"])) for one in listed]
    if not all(re.fullmatch("[0-9a-f]{64}", digest) for _, digest in found):
        raise ValueError
    return found


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
