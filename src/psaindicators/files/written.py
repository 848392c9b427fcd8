"""The text of a small file that a person or a program wrote: TOML, CSV or JSON, read whole."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISDIR, S_ISREG

from psaindicators.errors import MissingFileError, PsaError
from psaindicators.words import visible


def read_written(path: Path, kind: type[PsaError]) -> str:
    """Return the text of a file with its line ends as they are.

    Raises MissingFileError for a path that leads nowhere, and an error of `kind` for what is not a file of UTF-8.
    """
    check_is_a_file(path, kind)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        form = "CSV UTF-8" if path.suffix.lower() == ".csv" else "UTF-8"
        raise kind(f"{visible(path.name)} is not UTF-8 text: save it as '{form}'") from None
    except OSError as error:
        raise kind(f"{visible(path.name)} cannot be read: {error.strerror or error}") from None


def check_is_a_file(path: Path, kind: type[PsaError]) -> None:
    """Raise MissingFileError for a path that leads nowhere, an error of `kind` for a folder, a pipe or a device."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise MissingFileError(f"there is no file {visible(str(path))}") from None
    except PermissionError as error:
        raise kind(f"{visible(str(path))} cannot be read: {error.strerror}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise MissingFileError(f"'{visible(str(path))}' cannot be the name of a file: {why}") from None
    if not S_ISREG(mode):
        raise kind(
            f"{visible(path.name or str(path))} is {'a folder' if S_ISDIR(mode) else 'a pipe or a device'}, not a file"
        )
