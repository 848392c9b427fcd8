"""Finding an area that a person named among the areas of a table of results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from psaindicators.errors import did_you_mean
from psaindicators.geography.code_history import SAME_GROUND, first_code, nearest, record
from psaindicators.geography.matching import match_areas
from psaindicators.words import joined


def codes_present(
    wanted: Iterable[str], present: Sequence[str], names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return, for each area wanted, the code under which it is present; one that is not there is left out.

    An area is wanted by the very text, by that or a name of `names` (the areas' names by code) in any case, or by any
    GSS code, old ONS code or name that the code history gives the same ground. A name of two areas that are both
    present finds neither.
    """
    there = set(present)
    spelled = _spelled(present, names or {})
    found = {
        text: text if text in there else spelled.get(text.casefold()) or _through_history(text, present)
        for text in dict.fromkeys(wanted)
    }
    return {text: code for text, code in found.items() if code}


def _spelled(present: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return codes by their text and their name without case, where only one area has it."""
    found: dict[str, set[str]] = {}
    for code in present:
        for text in {code, names.get(code, "")} - {""}:
            found.setdefault(text.casefold(), set()).add(code)
    return {text: codes.pop() for text, codes in found.items() if len(codes) == 1}


def ground(text: str) -> str:
    """Return the first code of an area that is named by any code or name, or the text where no area is."""
    known = record().under(text)
    return first_code(known[0].code, SAME_GROUND) if known else text


def named(text: str, present: Iterable[str]) -> str:
    """Return an area that is not present as a message speaks of it: its name, or the nearest that there are."""
    known = record().under(text)
    if known:
        return joined(known)
    return f"'{text}'{did_you_mean(text, present) or nearest(text, record().areas)}"


def _through_history(text: str, present: Sequence[str]) -> str:
    codes = dict.fromkeys(area.code for area in record().under(text))
    hits = {pair.later for code in codes for pair in match_areas((code,), present).pairs}
    return hits.pop() if len(hits) == 1 else ""
