"""Which indicators a job or a command asks for: the ids it names, or what the wave measures of those known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from psaindicators.definitions.indicators import Indicator, IndicatorSet, canonical_id
from psaindicators.definitions.shipped import find_indicator
from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError


def together(sets: Iterable[IndicatorSet]) -> dict[str, Indicator]:
    """Return the indicators of several sets by id. Raises DefinitionError for an id that two of them define unalike."""
    found: dict[str, Indicator] = {}
    holder: dict[str, IndicatorSet] = {}
    problems = []
    for one in sets:
        for name, indicator in one.by_id.items():
            if found.setdefault(name, indicator) != indicator:
                problems.append(f"{name} of {one.file} is not the {name} of {holder[name].file}")
            holder.setdefault(name, one)
    if problems:
        remedy = "an id means one thing in an outturn: rename one, or name for each survey its sets"
        raise DefinitionError("\n".join([*problems, remedy]))
    return found


def job_indicators(known: Mapping[str, Indicator], only: Iterable[str], of: Wave) -> list[Indicator]:
    """Return the indicators of some ids, or those that the wave measures where no id is named.

    Raises DefinitionError for an id that is not known, and for a wave that measures none.
    """
    asked = list(dict.fromkeys(map(canonical_id, only)))
    if asked:
        return [find_indicator(name, known.values()) for name in asked]
    measured = [one for one in known.values() if of.measures(one)]
    if not measured:
        raise DefinitionError(f"{of.name} measures none of {', '.join(known)}: it does not ask their questions")
    return measured
