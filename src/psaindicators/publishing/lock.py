"""One run at a time in a folder: a lock that ends with the process that holds it, however it ends."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from psaindicators.errors import OutputError

LOCK = "lock"
TRIES = 100


@contextmanager
def locked(room: Path, shown: Path) -> Iterator[None]:
    """Make a room, hold its lock, and take both away in the end (the room only where nothing else is left in it).

    The lock is the operating system's, on an open file, so that of a dead process holds nobody up. Raises OutputError,
    with the folder as it is to be shown, where another run holds it, and OSError where it cannot be made.
    """
    file = _taken(room, shown)
    try:
        yield
    finally:
        with suppress(OSError):
            _release(file, room / LOCK)
            room.rmdir()


def _taken(room: Path, shown: Path) -> FileIO:
    for _ in range(TRIES):
        _make(room)
        try:
            file = _hold(room / LOCK)
        except FileNotFoundError:
            continue  # a run that ended took the room away
        except BlockingIOError:
            raise OutputError(f"another run{_process(room / LOCK)} is writing to {shown}: wait until it ends") from None
        if file is not None:
            return file
    raise OutputError(f"other runs are writing to {shown}: wait until they end")


def _make(room: Path) -> None:
    if os.path.islink(room):
        raise NotADirectoryError(errno.ENOTDIR, f"{room.name} in it is a symbolic link")
    room.mkdir(mode=0o700, exist_ok=True)


def _process(lock: Path) -> str:
    """Return ` (process 123)` where the holder has written its number."""
    with suppress(OSError, ValueError):
        return f" (process {int(lock.read_bytes())})"
    return ""


if sys.platform == "win32":  # an open file cannot be removed there: what can be removed was a dead run's

    def _hold(lock: Path) -> FileIO | None:
        try:
            lock.unlink(missing_ok=True)
            return lock.open("xb", buffering=0)
        except (PermissionError, FileExistsError) as error:
            raise BlockingIOError(errno.EAGAIN, error.strerror) from None

    def _release(file: FileIO, lock: Path) -> None:
        file.close()
        lock.unlink()

else:
    import fcntl

    def _hold(lock: Path) -> FileIO | None:
        """Return the file with its lock held, or None where another run took it away in the meantime."""
        file = _opened(lock)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(file, lock):
                _sign(file)
                return file
        except BaseException:
            file.close()
            raise
        file.close()
        return None

    def _opened(lock: Path) -> FileIO:
        """Open the lock to write to it. Raises OSError for anything planted that leads, or is, elsewhere."""
        if lock.is_symlink():
            raise FileExistsError(errno.EEXIST, f"{lock.name} in {lock.parent.name} is a symbolic link")
        how = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        file = FileIO(os.open(lock, how, 0o600), "ab")
        found = os.fstat(file.fileno())
        if stat.S_ISREG(found.st_mode) and found.st_nlink <= 1:
            return file
        file.close()
        raise FileExistsError(errno.EEXIST, f"{lock.name} in {lock.parent.name} is no file of its own")

    def _sign(file: FileIO) -> None:
        """Write the process's number, for messages alone: a full disk is no reason to stop."""
        with suppress(OSError):
            file.truncate(0)
            file.write(b"%d\n" % os.getpid())

    def _is(file: FileIO, lock: Path) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), lock.lstat())
        except FileNotFoundError:
            return False

    def _release(file: FileIO, lock: Path) -> None:
        with file:  # removed while it is held, so that nobody else's is
            lock.unlink()
