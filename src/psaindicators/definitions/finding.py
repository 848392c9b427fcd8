"""Where the shipped files are, and how a name or a path leads to one."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from psaindicators.errors import DefinitionError, did_you_mean

FOLDER = Path(__file__).parent
KINDS = {
    "sets": "indicator set",
    "surveys": "survey",
    "policies": "disclosure policy",
    "reliability": "reliability rule",
}
"""The folders of shipped files, and what each of their files is."""


def shipped_ids(folder: str) -> tuple[str, ...]:
    """Return the ids of the shipped "sets" of indicators, "surveys", "policies" or "reliability" rules."""
    return tuple(sorted(path.stem for path in (FOLDER / folder).glob("*.toml")))


def find(name: str | PathLike[str], folder: str, *, beside: Path | None = None) -> Path:
    """Return the path of a shipped file by its id, or a path that ends in .toml, read from the folder of `beside`.

    Raises DefinitionError where nothing shipped has that id.
    """
    name = fspath(name)
    if name.endswith(".toml"):
        return beside.parent / name if beside else Path(name)
    known = shipped_ids(folder)
    if name.lower() not in known:
        raise DefinitionError(
            f"there is no shipped {KINDS[folder]} '{name}'{did_you_mean(name, known)} (shipped: {', '.join(known)}; "
            "a path must end in .toml)"
        )
    return FOLDER / folder / f"{name.lower()}.toml"
