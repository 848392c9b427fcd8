"""Setting the areas of two waves against each other through the code history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from psaindicators.arguments import typed
from psaindicators.geography.code_history import RE_CODED, SAME_GROUND, first_code, match_key, record
from psaindicators.words import joined


class Pair(NamedTuple):
    """A code of the earlier wave and the same area's in the later; `reason` is "" where they are equal."""

    earlier: str
    later: str
    reason: str


class Unmatched(NamedTuple):
    """A code of one wave ("earlier" or "later") that has no single counterpart in the other, and why."""

    code: str
    wave: str
    reason: str


@dataclass(frozen=True)
class Matching:
    """The areas of two waves: `pairs` may be compared, `unmatched` not directly."""

    pairs: tuple[Pair, ...]
    unmatched: tuple[Unmatched, ...]


@typed
def match_areas(earlier_codes: Sequence[str], later_codes: Sequence[str]) -> Matching:
    """Pair the codes of two waves through the code history, in the order of the earlier wave.

    Equal text always pairs, known or not. Then codes of one area pair (re-coded, another coding, or a new
    authority with the same boundary) where each wave has one. An area merged or divided in between is left
    out, with what it went to or was made from. No error is raised.
    """
    equal = set(earlier_codes) & set(later_codes)
    before = _by_ground(code for code in earlier_codes if code not in equal)
    after = _by_ground(code for code in later_codes if code not in equal)
    pairs = {code: Pair(code, code, "") for code in equal}
    for ground in before.keys() & after.keys():
        if len(before[ground]) == len(after[ground]) == 1:
            (one,), (other,) = before[ground], after[ground]
            pairs[one] = Pair(one, other, _same_reason(one, other))
    paired = {pair.later for pair in pairs.values()}
    lost = _unmatched((code for code in earlier_codes if code not in pairs), "earlier", later_codes)
    new = _unmatched((code for code in later_codes if code not in paired), "later", earlier_codes)
    return Matching(tuple(pairs[code] for code in dict.fromkeys(earlier_codes) if code in pairs), lost + new)


def _by_ground(codes: Iterable[str]) -> dict[str, list[str]]:
    grounds: dict[str, list[str]] = {}
    for code in dict.fromkeys(codes):
        grounds.setdefault(_ground(code), []).append(code)
    return grounds


def _ground(code: str) -> str:
    known = record().by_code.get(match_key(code))
    return first_code(known[0].code, SAME_GROUND) if known else code


def _same_reason(earlier: str, later: str) -> str:
    one, other = (record().by_code[match_key(code)] for code in (earlier, later))
    if set(one) & set(other):
        return "another coding of the same area"
    replaced = first_code(one[0].code, RE_CODED) != first_code(other[0].code, RE_CODED)
    return "a new authority with the same boundary" if replaced else "re-coded"


def _unmatched(codes: Iterable[str], wave: str, others: Sequence[str]) -> tuple[Unmatched, ...]:
    grounds = {_ground(other) for other in others}
    return tuple(Unmatched(code, wave, _reason(code, wave, grounds)) for code in dict.fromkeys(codes))


def _reason(code: str, wave: str, grounds: set[str]) -> str:
    known = record().by_code.get(match_key(code))
    is_earlier = wave == "earlier"
    absent = f"not in the {'later' if is_earlier else 'earlier'} wave"
    if not known:
        return f"no area has this code, and it is {absent}"
    if _ground(code) in grounds:
        return f"{known[-1]} stands under two codes in one wave"
    step = record().later if is_earlier else record().earlier
    kin = [record().area(near) for near in _reach(known[0].code, step) if _ground(near) in grounds]
    verb = "its area went to" if is_earlier else "made from"
    return f"{verb} {joined(kin)}: not comparable directly" if kin else f"{known[-1]} is {absent}"


def _reach(code: str, step: Callable[[str], list[str]]) -> list[str]:
    return [far for near in step(code) for far in (near, *_reach(near, step))]
