"""A folder of this process's own in the system's temporary folder, for links and for what an engine must spill."""

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
OLD = 60.0
"""Seconds after which a folder that no process holds is a dead one's: a living one holds its own at once."""


@cache
def private_folder() -> Path:
    """Return this process's own folder, which nobody else may look into; it is removed when the process ends.

    Those of this user's processes that were killed are removed here.
    """
    folder, owner = Path(mkdtemp(prefix=PREFIX)), os.getpid()
    if os.name == "posix":
        _hold(folder)
        _remove_the_dead(folder.parent)

    def remove() -> None:
        if os.getpid() == owner:  # a child made by a fork ends before the process whose folder it is
            rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _remove_the_dead(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > OLD:
                handle = _hold(folder)
                rmtree(folder, ignore_errors=True)
                os.close(handle)


def _hold(folder: Path) -> int:
    """Hold a folder until its handle is closed or the process ends. Raises BlockingIOError where another holds it."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    return handle
