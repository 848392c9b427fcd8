"""Folders of this process's own, which nobody else may look into; those of killed processes are removed by the next."""

from __future__ import annotations

import atexit
import os
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

PREFIX = "psaindicators-"
MARK = ".held-by-psaindicators"
"""The file by which a folder is known as a process's own: one without it is somebody's, whatever it is called."""
OLD = 60.0
"""Seconds after which a folder that no process holds is a dead one's: a living one holds its own at once."""


@cache
def private_folder() -> Path:
    """Return this process's folder in the system's temporary one, for links and for what an engine must spill.

    It is removed when the process ends.
    """
    folder, handle = make_held(PREFIX)
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # a child made by a fork ends before the process whose folder it is
            remove_held(folder, handle)

    atexit.register(remove)
    return folder


def make_held(prefix: str, parent: Path | None = None) -> tuple[Path, int | None]:
    """Return a new folder and what it is held by, until `remove_held` or the end of the process.

    Those under the same prefix that this user's processes left when they were killed are removed. Raises OSError.
    """
    folder = Path(mkdtemp(prefix=prefix, dir=parent))
    if os.name != "posix":
        return folder, None
    try:
        handle = _hold(folder, os.O_CREAT | os.O_EXCL)
    except OSError:
        return folder, None  # where nothing can be held nothing is taken for dead
    _remove_the_dead(folder.parent, prefix)
    return folder, handle


def remove_held(folder: Path, handle: int | None) -> None:
    """Remove a folder that `make_held` made."""
    rmtree(folder, ignore_errors=True)
    if handle is not None:
        os.close(handle)


def _remove_the_dead(parent: Path, prefix: str) -> None:
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > OLD:
                remove_held(folder, _hold(folder))


def _hold(folder: Path, how: int = 0) -> int:
    """Hold a folder by its mark. Raises FileNotFoundError where it has none, BlockingIOError where another holds it."""
    import fcntl

    handle = os.open(folder / MARK, os.O_RDWR | os.O_NOFOLLOW | how, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle
