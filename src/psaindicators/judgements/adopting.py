"""The areas that adopted each indicator of an agreement, as a file lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator, canonical_id
from psaindicators.definitions.shipped import all_shipped, find_indicator
from psaindicators.errors import DefinitionError
from psaindicators.files.csv_lines import raise_problems, read_lines
from psaindicators.judgements.places import ground


@typed
def read_adopting(path: str | Path, *, indicators: Mapping[str, Indicator] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the areas that adopted each indicator, from a CSV with columns indicator and area (a code or a name).

    The indicator may be given by its local id; area_name is an optional column. Raises MissingFileError, and
    DefinitionError with the line of every fault.
    """
    file = Path(path)
    lines, problems = read_lines(file, ("indicator", "area"), ("area_name",))
    known = list((all_shipped() if indicators is None else indicators).values())
    found: dict[str, list[str]] = {}
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        area, wanted = line.text("area", needed=True), line.text("indicator", needed=True)
        try:
            adopted = adopted_as(wanted, known).id if wanted else ""
        except DefinitionError as problem:
            line.add(str(problem).replace("\n", "\n    "))
            continue
        first = seen.setdefault((adopted, ground(area)), line.number)
        if first != line.number:
            line.add(f"{area} is on line {first} already as adopting {adopted}")
        found.setdefault(adopted, []).append(area)
    raise_problems(file.name, problems)
    return {adopted: tuple(areas) for adopted, areas in found.items()}


def adopted_as(wanted: str, known: Sequence[Indicator]) -> Indicator:
    """Return the indicator that authorities adopt under an id of its own or its local one."""
    local = {one.local: one for one in known if one.success == "local_majority"}
    indicator = local.get(canonical_id(wanted)) or find_indicator(wanted, known)
    if indicator not in local.values():
        ids = ", ".join(f"{one.id} ({one.local})" for one in local.values())
        raise DefinitionError(f"{indicator.id} is not assessed by the authorities that adopt it; {ids} are")
    return indicator
