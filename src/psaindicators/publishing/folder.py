"""The folder of an outturn: only files that its own manifest lists are replaced or removed, all or none."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from psaindicators.errors import OutputError
from psaindicators.publishing.lock import locked
from psaindicators.publishing.manifest import MANIFEST, manifest_text, read_manifest, sha256
from psaindicators.publishing.names import ROOM, check_names, folders_of
from psaindicators.publishing.replacing import (
    NotReplacedError,
    kind_of,
    recover,
    replace_files,
    sync_folder,
    unrestored,
)
from psaindicators.words import listed, visible

SHOWN = 5
LOOKS = 2
"""Times that a folder is looked at again before it is refused."""
UNCHANGED, CHANGED, MISSING = "unchanged", "changed", "missing"


def write_folder(
    folder: Path, files: Mapping[str, str | bytes], about: Mapping[str, Any], *, inputs: Sequence[Path] = ()
) -> None:
    """Write files and their manifest into a folder, in place of the outturn that was there; anything else in it stays.

    `about` is what the manifest says beside the list of files. A symbolic link given as the folder is followed. Raises
    OutputError where the folder cannot be written, where another run is writing to it, where one of `inputs` would be
    replaced, and where it holds what no outturn wrote: see `make_ready`.
    """
    check_names([*files, MANIFEST])
    content = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
    content |= {MANIFEST: manifest_text(about, content).encode()}
    restore(folder)
    where = _followed(folder)
    with _explained(folder):
        _refuse_file(folder)
        with _made(where), locked(where / ROOM, folder):
            _recover(where, folder)
            ours = _files_of_ours(folder)
            _refuse_in_the_way(folder, ours, content, inputs)
            replace_files(where, ours, content)


def make_ready(folder: Path) -> None:
    """Restore a folder, then refuse it where an outturn cannot be written to it, before anything is computed.

    Raises OutputError where the folder is a file; holds files and no manifest of an outturn; or holds files of an
    outturn that were changed since, which a new one would take away.
    """
    with _explained(folder):
        for _ in range(LOOKS):
            restore(folder)  # refuses while another run writes
            try:
                _files_of_ours(folder)
                return
            except OutputError:
                continue  # what was seen may have been half of a run that has just ended
        _files_of_ours(folder)


def restore(folder: Path) -> None:
    """Make whole what a run that died left in a folder, and take its leftovers away; without any, do nothing.

    Raises OutputError where another run is writing to it, or where it cannot be restored.
    """
    where = _followed(folder)
    with _explained(folder):
        if kind_of(where / ROOM):
            with locked(where / ROOM, folder):
                _recover(where, folder)


def state_of(folder: Path, name: str, digest: str) -> str:
    """Return whether a file of an outturn is `unchanged`, `changed`, or `missing`; one beyond a link is `changed`."""
    if any(kind_of(folder / one) == stat.S_IFLNK for one in folders_of([name])):
        return CHANGED
    if not kind_of(folder / name):
        return MISSING
    return UNCHANGED if _is_as_written(folder / name, digest) else CHANGED


def _recover(where: Path, shown: Path) -> None:
    try:
        recover(where)
    except OSError as error:
        raise OutputError(f"{shown} cannot be restored: {_reason(error)}; {unrestored(where)}") from None


def _followed(folder: Path) -> Path:
    """Return where a folder is, links followed. Raises OutputError for a name that none can have."""
    try:
        return Path(os.path.realpath(folder))
    except ValueError as error:
        raise OutputError(f"'{visible(str(folder))}' cannot be the name of a folder: {error}") from None


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except NotReplacedError as failed:
        raise OutputError(f"{folder} cannot be written: {_reason(failed.error)}; {failed.state}") from None
    except OSError as error:
        state = unrestored(_followed(folder))
        raise OutputError(f"{folder} cannot be written: {_reason(error)}; {state}") from None


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and those above it where they are not there; take them away again where nothing came of it."""
    missing = [one for one in (folder, *folder.parents) if not kind_of(one)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in missing:
            sync_folder(one.parent)
        yield
    except BaseException:
        for one in missing:
            with suppress(OSError):
                one.rmdir()  # only where it is empty
        raise


def _files_of_ours(folder: Path) -> list[str]:
    """Return the files that the outturn in a folder lists and that are still there, its manifest first."""
    found = sorted(name for name in os.listdir(folder) if name != ROOM) if _refuse_file(folder) else []
    if not found:
        return []
    if MANIFEST not in found:
        raise OutputError(
            f"{folder} holds files that no outturn wrote ({_some(found)}) and no {MANIFEST}: name another folder, or "
            "move them away"
        )
    ours = _listed(folder)
    _refuse_links(folder, ours)
    there = [name for name in ours if kind_of(folder / name)]
    if changed := [name for name in there if not _is_as_written(folder / name, ours[name])]:
        raise OutputError(
            f"{folder} holds files that were changed since the outturn was written ({_some(changed)}) and would be "
            "lost: move them away, or delete them"
        )
    return [MANIFEST, *there]


def _refuse_file(folder: Path) -> bool:
    """Return whether there is a folder; refuse anything else that is there."""
    kind = kind_of(_followed(folder))
    if kind not in {0, stat.S_IFDIR}:
        raise OutputError(f"{folder} is a file: the outturn needs a folder to write to")
    return bool(kind)


def _listed(folder: Path) -> dict[str, str]:
    try:
        return dict(read_manifest(folder).files)
    except OutputError as error:
        raise OutputError(
            f"{folder} holds what this version cannot know as an outturn: its {error}. It may be another program's, or "
            "an earlier version's: name another folder, or move what is there away"
        ) from None


def _is_as_written(path: Path, digest: str) -> bool:
    return kind_of(path) == stat.S_IFREG and sha256(path) == digest


def _refuse_links(folder: Path, names: Iterable[str]) -> None:
    """Refuse subfolders that lead elsewhere: what lies there is not in the folder."""
    for one in folders_of(names):
        if kind_of(folder / one) == stat.S_IFLNK:
            raise OutputError(
                f"{folder / one} is a symbolic link: the files of an outturn must lie under {folder}; remove the link"
            )


def _refuse_in_the_way(folder: Path, ours: list[str], new: Iterable[str], inputs: Sequence[Path]) -> None:
    """Refuse to replace what the outturn in the folder did not write, and what this one was made from."""
    new = list(new)
    _refuse_links(folder, new)
    blocked = [one for one in folders_of(new) if kind_of(folder / one) not in {0, stat.S_IFDIR}]
    strange = [*blocked, *(name for name in new if name not in ours and kind_of(folder / name))]
    if strange:
        raise OutputError(
            f"{folder} holds files that no outturn wrote, under names that this one needs ({_some(strange)}): move or "
            "rename them"
        )
    read = [_identity(path) for path in inputs if path.exists()]
    if replaced := [name for name in ours if _identity(folder / name) in read]:
        raise OutputError(
            f"{folder} holds files that this outturn is made from ({_some(replaced)}), and it would replace them: copy "
            "them elsewhere and name the copies, or name another folder"
        )


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _some(names: list[str]) -> str:
    return listed(names, most=SHOWN)
