"""An outturn's folder held to its manifest: the files that it lists, those that it was made from, and the run again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePath

from psaindicators.definitions.finding import FOLDER, KINDS
from psaindicators.errors import MissingFileError, OptionError, OutputError
from psaindicators.headings import text
from psaindicators.outturns.batch import compute, files_of, versions
from psaindicators.outturns.configuration import Configuration, read_configuration
from psaindicators.outturns.inputs import files_read, open_inputs
from psaindicators.publishing.folder import CHANGED, LOOKS, MISSING, UNCHANGED, restore, state_of
from psaindicators.publishing.manifest import MANIFEST, Manifest, hashed, read_manifest, sha256
from psaindicators.publishing.names import ROOM
from psaindicators.tables import Table, column_of
from psaindicators.words import visible

OUTPUT, INPUT, AGAIN = "output", "input", "again"
NOT_FOUND, ADDED = "not found here", "not made before"
FINE = {UNCHANGED, NOT_FOUND}
"""States that are not a fault: an input may be kept elsewhere."""
Row = tuple[str, str, str]


class Verification(Table):
    """What became of an outturn's files, a row each."""

    headings = (
        text("what", "an `output` of the outturn, an `input` that it was made from, or an output made `again`"),
        text("file", "its name: an output's in the folder, an input's beside the configuration"),
        text("state", "`unchanged`, `changed`, `missing`, `not made before`, or `not found here` (an input)"),
    )

    @property
    def faults(self) -> tuple[str, ...]:
        """The files that are not as they were, each with its state."""
        return tuple(f"{row.file} ({row.state})" for row in self if row.state not in FINE)


def verify(folder: str | Path, *, config: str | Path | None = None, again: bool = False) -> Verification:
    """Return whether an outturn's folder is as it was written, and its inputs as they were read.

    What a run that died left in the folder is first put right. Inputs are looked for beside the configuration
    `config`, or without one beside the folder. With `again` the outturn is made once more, in memory, and every file
    set against the one that the manifest lists. Raises MissingFileError where there is no folder, OutputError where it
    holds no outturn of this version, OptionError for `again` without `config`, and with it what `outturn` raises.
    """
    folder = Path(folder)
    if again and config is None:
        raise OptionError("again needs config, the configuration that the outturn was made of")
    if not os.path.isdir(folder):  # false too for a name that no folder can have
        raise MissingFileError(f"there is no folder {visible(str(folder))}")
    configuration = None if config is None else read_configuration(Path(config))
    try:
        manifest, rows = _held(folder)
        rows += _inputs(folder, manifest, configuration)
    except OSError as error:
        raise OutputError(f"{error.filename or folder} cannot be read: {error.strerror or error}") from None
    if again and configuration is not None:
        rows += _again(manifest, configuration)
    cells = enumerate(Verification.headings)
    columns = {heading.name: column_of(heading, [row[i] for row in rows]) for i, heading in cells}
    return Verification(columns, notes=tuple(_notes(folder, manifest)))


def _held(folder: Path) -> tuple[Manifest, list[Row]]:
    """Return the manifest of a folder and the states of its files; what is amiss is looked at again before it is told.

    It may have been half of a run that has just ended; one that is still writing is told.
    """
    for _ in range(LOOKS):
        restore(folder)
        with suppress(OutputError):
            manifest = _manifest(folder)
            rows = list(_outputs(folder, manifest))
            if {state for *_, state in rows} <= FINE:
                return manifest, rows
    restore(folder)
    manifest = _manifest(folder)
    return manifest, list(_outputs(folder, manifest))


def _manifest(folder: Path) -> Manifest:
    try:
        found = read_manifest(folder)
        hashed(found.about["inputs"])
        if not all(isinstance(found.about[key], dict) for key in ("versions", "configuration")):
            raise ValueError
        return found
    except FileNotFoundError:
        raise OutputError(f"{folder} holds no {MANIFEST}, so no outturn") from None
    except (OutputError, ValueError, KeyError, TypeError):
        raise OutputError(f"{folder} holds a {MANIFEST} that is not one that this version writes") from None


def _outputs(folder: Path, manifest: Manifest) -> Iterator[Row]:
    for name, digest in manifest.files.items():
        yield OUTPUT, name, state_of(folder, name, digest)


def _inputs(folder: Path, manifest: Manifest, configuration: Configuration | None) -> Iterator[Row]:
    beside = folder.resolve().parent if configuration is None else configuration.path.parent
    if configuration is not None:
        written = json.loads(json.dumps(configuration.written, default=str))
        same = written == manifest.about["configuration"]
        yield INPUT, configuration.path.name, UNCHANGED if same else CHANGED
    read = [] if configuration is None else list(files_read(configuration))
    for name, digest in hashed(manifest.about["inputs"]):
        places = [path for path in read if path.name == name]
        if _is_inside(name):
            places += [beside / name, *(FOLDER / kind / name for kind in KINDS)]
        found = {sha256(path) for path in places if path.is_file()}
        yield INPUT, name, UNCHANGED if digest in found else CHANGED if found else NOT_FOUND


def _is_inside(name: str) -> bool:
    """Return whether a name leads to a place inside the folder that it is looked for in."""
    path = PurePath(name)
    return not path.anchor and ".." not in path.parts


def _again(manifest: Manifest, configuration: Configuration) -> Iterator[Row]:
    files = files_of(compute(open_inputs(configuration)))
    made = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    for name in dict.fromkeys((*manifest.files, *made)):
        yield AGAIN, name, _state_again(manifest.files.get(name), made.get(name))


def _state_again(before: str | None, now: str | None) -> str:
    if before is None:
        return ADDED
    if now is None:
        return MISSING
    return UNCHANGED if now == before else CHANGED


def _notes(folder: Path, manifest: Manifest) -> Iterator[str]:
    others = [name for name in _files(folder) if name not in {*manifest.files, MANIFEST}]
    if others:
        yield f"{len(others):,} other files lie in {folder}, which no outturn wrote"
    then: Mapping[str, str] = manifest.about.get("versions", {})
    changed = [f"{name} {now} ({then.get(name)} then)" for name, now in versions().items() if then.get(name) != now]
    if changed:
        yield f"versions have changed since: {', '.join(changed)}"


def _files(folder: Path) -> Iterator[str]:
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ROOM]
        yield from ((Path(path) / name).relative_to(folder).as_posix() for name in names)
