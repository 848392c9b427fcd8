"""The files of a folder replaced, all or none, whatever call is interrupted or fails.

The folder itself stays where it is, with its mode, its owner and whatever else lies in it. Everything happens in a
hidden room inside it, so on its own file system: new files are written to `new` and synced; a journal that lists old
and new files is put beside them; the old files are moved to `old` and the new ones to their places; and the journal is
renamed to say that all is done. That one rename decides: as long as the journal stands under its first name, `recover`
moves every file back to where it was; after it, or before there is a journal, there is nothing to do but to clear the
room. Every step back may be interrupted too, and repeated, because a file is always in exactly one of two places.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from psaindicators.errors import OutputError
from psaindicators.publishing.names import ROOM, check_names, folders_of

OLD, NEW, JOURNAL, DONE, PART = "old", "new", "journal.json", "done.json", "journal.part"

AS_IT_WAS = "what was there is as it was"
HELD = f"what was there is kept, some of it in {ROOM} inside it, and the next run puts it together again"
UNKNOWN = "how it stands there cannot be seen now: the next run makes it whole"
IN_PLACE = "the new files are in place, but the disk did not confirm them"


class NotReplacedError(Exception):
    """Files that could not be replaced: why, and what stands in the folder now (one of four sentences)."""

    def __init__(self, error: OSError, state: str) -> None:
        super().__init__(error, state)
        self.error, self.state = error, state


def replace_files(folder: Path, old: Sequence[str], new: Mapping[str, bytes]) -> None:
    """Take the old files of a folder away and put the new ones in, all or none.

    Names are relative to the folder; files leave and come in the order given. To be called with the room's lock held
    and after `recover`. Raises NotReplacedError; when interrupted, one set or the other is whole.
    """
    try:
        _stage(folder / ROOM, new)
        _write_journal(folder / ROOM, {"old": list(old), "new": list(new)})
        for name in old:
            _move(folder / name, folder / ROOM / OLD / name)
        for name in new:
            _move(folder / ROOM / NEW / name, folder / name)
        _finish(folder, [*old, *new])
    except OSError as error:
        raise NotReplacedError(error, _settled(folder)) from error
    except BaseException:
        with suppress(OSError, OutputError):
            recover(folder)
        raise
    _remove_empty(folder, old)
    _clear(folder / ROOM)


def recover(folder: Path) -> None:
    """Make whole what an interrupted replacement left in a folder, and take its leftovers away.

    To be called with the room's lock held. Raises OSError, or OutputError where the journal cannot be read; then
    everything stays where it is.
    """
    room = folder / ROOM
    if kind_of(room / JOURNAL):
        journal = _read_journal(room / JOURNAL)
        _put_back(folder, journal["old"], journal["new"])
    elif kind_of(room / DONE):
        sync_folder(room)
        (room / DONE).unlink()
    _clear(room)


def unrestored(folder: Path) -> str:
    """Return what stands in a folder where `recover` failed."""
    try:
        return HELD if kind_of(folder / ROOM / JOURNAL) else AS_IT_WAS
    except OSError:
        return UNKNOWN


def kind_of(path: Path) -> int:
    """Return what is at a path, as stat.S_IFMT has it (links are not followed), or 0 where there is nothing.

    Raises OSError where that cannot be seen: what cannot be seen must not count as not there.
    """
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _settled(folder: Path) -> str:
    """Put back what was moved, and return what stands in the folder then."""
    try:
        if kind_of(folder / ROOM / DONE):
            return IN_PLACE  # the old files stay in the room until the disk has confirmed it
        recover(folder)
    except (OSError, OutputError):
        return unrestored(folder)
    return AS_IT_WAS


def _stage(room: Path, new: Mapping[str, bytes]) -> None:
    (room / NEW).mkdir()
    for name, content in new.items():
        (room / NEW / name).parent.mkdir(parents=True, exist_ok=True)
        _write(room / NEW / name, content)
    for name in new:  # only now: the first makes most of the others durable too
        _sync_file(room / NEW / name)
    _sync_folders(room / NEW, new)


def _write_journal(room: Path, journal: Mapping[str, list[str]]) -> None:
    (room / OLD).mkdir()
    _write(room / PART, json.dumps(journal).encode())
    _sync_file(room / PART)
    os.replace(room / PART, room / JOURNAL)
    sync_folder(room)


def _read_journal(path: Path) -> dict[str, list[str]]:
    try:
        found: Any = json.loads(path.read_bytes())
        journal = {key: [str(name) for name in found[key]] for key in ("old", "new")}
        check_names(journal["old"])
        check_names(journal["new"])
    except (ValueError, KeyError, TypeError, RecursionError, OutputError):
        raise OutputError(
            f"{path.parent.parent} holds an interrupted outturn whose {ROOM}/{JOURNAL} cannot be read: move what you "
            f"need out of {ROOM}/{OLD} (the files before) or {ROOM}/{NEW} (those after), then delete {ROOM}"
        ) from None
    return journal


def _finish(folder: Path, names: Iterable[str]) -> None:
    """Make every move durable, then say that all is done, and make that durable."""
    room = folder / ROOM
    _sync_moves(folder, names)
    os.replace(room / JOURNAL, room / DONE)
    sync_folder(room)


def _put_back(folder: Path, old: Sequence[str], new: Sequence[str]) -> None:
    room = folder / ROOM
    if lost := [name for name in old if _is_lost(folder, name, new)]:
        raise FileNotFoundError(errno.ENOENT, f"{', '.join(lost)} can neither be found in it nor in {ROOM}")
    if theirs := [name for name in old if _was_put_there(folder, name, new)]:
        raise FileExistsError(errno.EEXIST, f"{', '.join(theirs)} was put there by somebody since: move it away")
    for name in new:
        if not kind_of(room / NEW / name) and kind_of(folder / name):
            _move(folder / name, room / NEW / name)
    for name in old:
        if kind_of(room / OLD / name):
            _move(room / OLD / name, folder / name)
    _remove_empty(folder, new)
    _sync_moves(folder, [*old, *new])
    (room / JOURNAL).unlink()
    sync_folder(room)


def _is_lost(folder: Path, name: str, new: Sequence[str]) -> bool:
    """Return whether an old file is in neither of its two places: what stands under its name may be the new one."""
    replaced = name in new and not kind_of(folder / ROOM / NEW / name)
    return not kind_of(folder / ROOM / OLD / name) and (replaced or not kind_of(folder / name))


def _was_put_there(folder: Path, name: str, new: Sequence[str]) -> bool:
    """Return whether what stands under an old file's name is neither that file, which lies aside, nor the new one."""
    waiting = name not in new or kind_of(folder / ROOM / NEW / name)
    return bool(kind_of(folder / ROOM / OLD / name) and kind_of(folder / name) and waiting)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def _clear(room: Path) -> None:
    """Take away what no journal needs any more; what cannot be is left to the next run."""
    for part in (OLD, NEW):
        shutil.rmtree(room / part, ignore_errors=True)  # a folder, and never what a link leads to
    for one in (OLD, NEW, PART, DONE):
        with suppress(OSError):
            (room / one).unlink()


def _remove_empty(folder: Path, names: Iterable[str]) -> None:
    """Take away the subfolders that files lay in, where nothing lies in them now."""
    for one in folders_of(names):
        with suppress(OSError):
            (folder / one).rmdir()


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_moves(folder: Path, names: Iterable[str]) -> None:
    names = list(names)
    for root in (folder, folder / ROOM / OLD, folder / ROOM / NEW):
        _sync_folders(root, names)


def _sync_folders(root: Path, names: Iterable[str]) -> None:
    for one in [*folders_of(names), ""]:
        if kind_of(root / one) == stat.S_IFDIR:
            sync_folder(root / one)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system has such a thing. Raises OSError."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(opened)
