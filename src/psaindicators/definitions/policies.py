"""What may be published of a table of estimates: a policy of disclosure control, which is data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from psaindicators.definitions.finding import find
from psaindicators.files.strict_toml import TomlTable, read_toml

NONE = "none"
"""The name under which nothing is withheld."""
DEFAULT = "threshold_10"
"""What an outturn is published under where its configuration names no other."""
Shown = Literal["shown", "withheld"]


@dataclass(frozen=True)
class Policy:
    """What is withheld of estimates, in respondents: the least base, numerator and complement that are shown.

    `class_disclosure`: whether 0% and 100% are withheld, which tell of everyone in a cell what they answered. `range`
    is how near, in respondents, a reader may at most place a withheld count. Bases are rounded to a multiple of
    `round_to`. `unreliable` is whether figures marked [u] are published. `name`, `version` and `source` are what the
    outturn says of it.
    """

    name: str
    title: str
    version: str
    source: str
    base: int
    numerator: int
    complement: int
    class_disclosure: bool
    range: int
    weighted_bases: Shown
    round_to: int
    unreliable: Shown = "shown"

    @property
    def least_numerator(self) -> int:
        return max(self.numerator, int(self.class_disclosure))

    @property
    def least_complement(self) -> int:
        return max(self.complement, int(self.class_disclosure))

    @property
    def words(self) -> str:
        """The policy as the outturn names it."""
        return f"{self.name}, version {self.version}: {self.title}"


def read_policy(name: str) -> Policy | None:
    """Return a policy by its shipped name or the path of a TOML; "none" is no policy.

    Raises DefinitionError for an unknown name and for every problem of a file at once, and MissingFileError.
    """
    if name == NONE:
        return None
    path = find(name, "policies")
    return read_toml(path, lambda file: _policy(file, path.stem))


def _policy(file: TomlTable, name: str) -> Policy:
    least = file.section("least", required=True)
    policy = Policy(
        name=name,
        title=file.take("title", str) or "",
        version=file.take("version", str) or "",
        source=file.take("source", str) or "",
        base=_count(least, "base", 0),
        numerator=_count(least, "numerator", 0),
        complement=_count(least, "complement", 0),
        class_disclosure=bool(file.take("class_disclosure", bool)),
        range=_count(file, "range", 1),
        weighted_bases=file.choice("weighted_bases", get_args(Shown)),
        round_to=_count(file, "round_to", 1),
        unreliable=file.choice("unreliable", get_args(Shown), default="shown"),
    )
    least.finish("the least counts of a disclosure policy")
    file.finish("a disclosure policy")
    return policy


def _count(section: TomlTable, key: str, least: int) -> int:
    count: int | None = section.take(key, int)
    if count is not None and count < least:
        section.add(key, f"must be a whole number of at least {least}, got {count}")
    return least if count is None else count
