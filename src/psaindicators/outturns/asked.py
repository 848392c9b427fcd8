"""Which indicators a job or a command asks for: the sets and ids it names, or what the wave measures."""

from __future__ import annotations

from psaindicators.definitions.indicators import Indicator, canonical_id
from psaindicators.definitions.shipped import all_shipped, find_indicator, indicators
from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError


def job_indicators(sets: tuple[str, ...], only: tuple[str, ...], of: Wave) -> list[Indicator]:
    """Return the indicators of some sets (all shipped ones where none is named), or only some of their ids.

    Where no id is named, those that the wave measures. Raises DefinitionError for an id that none of the sets has.
    """
    known = [one for name in sets for one in indicators(name).values()] if sets else list(all_shipped().values())
    if only:
        return [find_indicator(name, known) for name in dict.fromkeys(map(canonical_id, only))]
    measured = [one for one in known if of.measures(one)]
    if not measured:
        raise DefinitionError(f"{of.name} measures no indicator of {', '.join(sets) or 'the shipped sets'}")
    return measured
