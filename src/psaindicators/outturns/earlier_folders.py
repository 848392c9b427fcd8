"""What the folders of earlier outturns say of the waves of this one, which a reader has beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from psaindicators.errors import DefinitionError, OutputError
from psaindicators.figures.earlier import NO_LEAST, Earlier, EarlierRow
from psaindicators.figures.estimates import Estimates, estimate_ids, narrowing
from psaindicators.judgements.movements import Movements
from psaindicators.outturns.saved import SavedOutturn
from psaindicators.publishing.manifest import MANIFEST
from psaindicators.tables import SUPPRESSED
from psaindicators.words import id_parts, listed

LEAST = ("base", "numerator", "complement")
MOST = 1_000_000
"""Beyond it no policy's count or multiple is."""
Key = tuple[str, str, str, str, str]
"""The indicator, wave, breakdown and area of a cell, and of whom it is."""


def estimates_of(folders: Iterable[SavedOutturn], config: str, made_again: Iterable[str]) -> dict[str, Estimates]:
    """Return the estimates of earlier outturns by survey and year, without those that are `made_again`.

    Raises DefinitionError where two folders hold one wave, which is not: which of them counts cannot be said.
    """
    found: dict[str, Estimates] = {}
    for one in folders:
        held = {name: table for name, table in one.estimates.items() if name not in made_again}
        if twice := [name for name in held if name in found]:
            raise DefinitionError(
                f"{config}: previous: {listed(twice)} is in {one.folder.name} and in a folder before it: name one of "
                "them"
            )
        found |= held
    return found


def earlier_releases(folders: Iterable[SavedOutturn], wave: str) -> tuple[Earlier, ...]:
    """Return what each of some folders says of a wave ("place 2008"), of those that say anything.

    Raises OutputError where a manifest does not say how its policy withheld.
    """
    said = [(one, tuple(_rows(one, wave))) for one in folders]
    return tuple(Earlier(one.folder.name, rows, one.indicators, *_policy(one)) for one, rows in said if rows)


def _policy(one: SavedOutturn) -> tuple[tuple[int, int, int], int]:
    """Return the least counts that an outturn showed, and the multiple that it rounded bases to."""
    told = one.disclosure if isinstance(one.disclosure, Mapping) else {}
    if told.get("policy") == "none":
        return NO_LEAST, 1
    least = told.get("least")
    stated = [least.get(name) if isinstance(least, Mapping) else None for name in LEAST]
    counts = [count for count in stated if type(count) is int and 0 <= count <= MOST]
    round_to = told.get("round_to")
    if len(counts) < len(LEAST) or type(round_to) is not int or not 1 <= round_to <= MOST:
        raise OutputError(
            f"{one.folder.name}/{MANIFEST} does not say how the outturn's policy withheld (least, round_to): make it "
            "again with this version"
        )
    base, numerator, complement = counts
    return (base, numerator, complement), round_to


def _rows(one: SavedOutturn, wave: str) -> Iterator[EarlierRow]:
    """Yield what an outturn says of the cells of a wave: in its estimates, or in its movements alone."""
    told = {key for movements in one.movements for key in _told(movements) if key[1] == wave}
    bases = dict(_estimated(one.estimates[wave])) if wave in one.estimates else {}
    for key in dict.fromkeys((*bases, *sorted(told))):
        indicator, _, by, area, among = key
        base, shows = bases.get(key, (np.nan, False))
        yield EarlierRow(indicator, by, area, among, base, shows or key in told)


def _estimated(estimates: Estimates) -> Iterator[tuple[Key, tuple[float, bool]]]:
    """Yield each cell of some estimates with its base and whether its figures are shown."""
    columns = estimates.columns
    rows = zip(estimate_ids(columns), columns["base"].astype(float), columns["marker"] != SUPPRESSED, strict=True)
    yield from ((_key(made), (base, bool(shows))) for made, base, shows in rows)


def _told(movements: Movements) -> Iterator[Key]:
    """Yield the cells whose estimates some movements show."""
    columns = movements.columns
    names = ("rests_on", "earlier_value", "later_value")
    for rests_on, *values in zip(*(columns[name].tolist() for name in names), strict=True):
        yield from (_key(made) for made, value in zip(rests_on.split("; ", 1), values, strict=True) if value == value)


def _key(made: str) -> Key:
    indicator, wave, by, area, *whom = id_parts(made)
    return indicator, wave, by, area, narrowing(whom[0]) if whom else ""


def about_folders(folders: Iterable[SavedOutturn], digests: Mapping[Any, str]) -> list[dict[str, str]]:
    """Return what a manifest says of earlier outturns: their folders, and the SHA-256 of their own manifests."""
    return [{"folder": one.folder.name, "sha256": digests[one.folder / MANIFEST]} for one in folders]
