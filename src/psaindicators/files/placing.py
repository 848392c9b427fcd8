"""One file put in place whole: written aside where nobody else can look, and never left half written or behind."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from psaindicators.errors import OptionError, OutputError
from psaindicators.files.private_folder import PREFIX, make_held, remove_held
from psaindicators.words import visible


def refuse_inputs(out: Path, inputs: Iterable[Path]) -> None:
    """Raise OptionError where `out` is one of the files that are read, by whatever name or link."""
    for path in inputs:
        if os.path.exists(out) and os.path.exists(path) and os.path.samefile(out, path):
            raise OptionError(
                f"{out} is the input {path.name}: nothing is written over what is read; name another file"
            )


@contextmanager
def placed(out: Path) -> Iterator[Path]:
    """Yield a path to write to; when all is written it takes the place of `out`, on any failure nothing is left of it.

    It lies beside `out` in a folder of its own that only this user may enter and nobody can have planted, is put on the
    disk before it takes the place, and keeps the mode and the owner of the file that was there. What a process that was
    killed left of one is removed by the next. Where `out` is a symbolic link, the file that it leads to is replaced.
    Raises OutputError where it cannot be written.
    """
    try:
        target = Path(os.path.realpath(out))
    except ValueError as error:
        raise OutputError(f"'{visible(str(out))}' cannot be the name of a file: {error}") from None
    if os.path.exists(target) and not os.path.isfile(target):
        raise OutputError(f"{out} is not a file: name one to write to")
    try:
        aside, handle = make_held(f".{PREFIX}", target.parent)
    except OSError as error:
        raise _unwritable(out, error) from None
    try:
        yield aside / target.name
        _settle(aside / target.name, target)
        os.replace(aside / target.name, target)
        _to_disk(target.parent)
    except OSError as error:
        raise _unwritable(out, error) from None
    finally:
        remove_held(aside, handle)


def _settle(part: Path, target: Path) -> None:
    if target.exists():
        held = target.stat()
        with suppress(PermissionError):
            os.chown(part, held.st_uid, held.st_gid)
        part.chmod(held.st_mode & 0o777)
    _to_disk(part)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(out: Path, error: OSError) -> OutputError:
    return OutputError(f"{out} cannot be written: {error.strerror or error}; what was there is as it was")
