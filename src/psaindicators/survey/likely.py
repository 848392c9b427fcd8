"""What a variable may be, by its name, its label and its values: suggestions for a person to look at."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes, as_text

NO_ANSWER = re.compile(
    r"\b(don['\u2019]?t know|do not know|dk|refus\w*|not applicable|inapplicable|does not apply|n/a|no answer"
    r"|not answered|not asked|prefer not|rather not|not stated|not known|unknown|missing|no response|no reply"
    r"|(can['\u2019]?t|cannot) (say|choose|remember|recall)|not available|not ascertained|not in universe|not sure"
    r"|unsure|no opinion|declined? to answer|skipped|not coded|uncoded)\b|^[\W\d]*(?-i:NA)\b"
    r"|^\W*(na|nap|iap|niu|ns|nr)\W*$",
    re.IGNORECASE,
)
"""Labels that mostly stand for no answer; the short ones only where they are the whole label."""
ROLES = {
    "weight": re.compile(r"weight(?!ed)|wgt|^wt|(^|[_\W])(wgh?ts?|wts?)(\d|$|[_\W])|^w\d*$|^w_", re.IGNORECASE),
    "stratum": re.compile(r"strat(a|um|if|$|[_\W\d])|stra$", re.IGNORECASE),
    "psu": re.compile(r"psu|cluster|primary sampl|sampling point|sample point", re.IGNORECASE),
    "area": re.compile(
        r"\b(ward|region|gor|county|district|authority|la|lad|laa|lsoa|msoa|postcode|constituency|area|country)"
        r"(s|code|name|cd|nm)?(\b|[_\d])",
        re.IGNORECASE,
    ),
    "id": re.compile(
        r"(^|[_\W])(id|serial|uniqid|respid|caseid|ref|reference|idno)(no|\d|$|[_\W])|^idcode|\bidentif\w+",
        re.IGNORECASE,
    ),
}
NEVER = {
    "stratum": re.compile(r"\bpost[- ]?strat", re.IGNORECASE),
    "weight": re.compile(
        r"\b(kgs?|kilos?|kilograms?|lbs?|pounds|stones?|body|birth|height)\b|birth_?weight", re.IGNORECASE
    ),
    "area": re.compile(r"\b(birth|born|origin|citizen\w*)\b", re.IGNORECASE),
}
"""Words of names and labels that are like a role's and of something else: a person's weight, a country of birth."""
NINES = re.compile(r"9+[6-9]")
FAR = 1.2
"""Nines that are so many times the greatest of the others stand by themselves."""
FEW_BELOW_ZERO, FEW_APART = 10, 3
MANY = 25
LABEL_WORDS = 5
"""A label that is longer, or a name as long, is a question about something, and does not name it."""
AREA_CODES = re.compile(r"[EWSNK]\d{8}|\d\d[A-Z]{2}")
"""Codes of the Office for National Statistics, newer and older."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What there is of a variable: `numbers` are its distinct values' amounts, NaN for a text."""

    name: str
    label: str
    codes: Codes
    numbers: NDArray[np.float64]
    kind: str
    labelled: bool = False

    @property
    def is_number(self) -> bool:
        return bool(len(self.numbers)) and not bool(np.isnan(self.numbers).any())

    @property
    def is_whole(self) -> bool:
        return self.is_number and bool((self.numbers == np.round(self.numbers)).all())

    @property
    def is_marking(self) -> bool:
        """Whether it holds 0 and 1 alone: whether something is so."""
        return self.is_number and {*self.numbers.tolist()} <= {0.0, 1.0}

    @property
    def is_each_ones_own(self) -> bool:
        """Whether each of the many who have a whole number has one that no other has, as with an id."""
        return int(self.codes.counts.sum()) == len(self.codes.values) >= MANY and self.is_whole

    def is_called(self, role: str) -> bool:
        if len(self.name.split()) >= LABEL_WORDS:
            return False
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name).replace("_", " ")
        label = self.label if len(self.label.split()) <= LABEL_WORDS else ""
        if role in NEVER and any(NEVER[role].search(one) for one in (words, label)):
            return False
        return any(ROLES[role].search(one) for one in (self.name, words, label))


def _may_weigh(seen: Seen) -> bool:
    amounts = seen.is_number and bool((seen.numbers >= 0).all()) and len(seen.numbers) > 1
    return amounts and not seen.labelled and not seen.is_called("stratum")


def odd_numbers(numbers: NDArray[np.float64]) -> list[float]:
    """Return numbers that perhaps stand for no answer: few below zero, and nines (97, 999) far above the others."""
    below = sorted(numbers[numbers < 0].tolist())
    above = sorted(numbers[numbers >= 0].tolist())
    nines = [one for one in above if NINES.fullmatch(as_text(one))]
    others = [one for one in above if one not in nines]
    kept = below if len(below) < min(FEW_BELOW_ZERO, len(above) + 1) else []
    return [*kept, *(one for one in nines if others and one > FAR * max(others))]


def set_apart(codes: NDArray[np.float64]) -> list[float]:
    """Return the few codes that stand beyond a gap above others that follow each other: 8 and 9 after 1 to 5."""
    held = np.unique(codes)
    gaps = np.flatnonzero(np.diff(held) != 1) + 1
    few = len(gaps) == 1 and gaps[0] > 1 and len(held) - gaps[0] <= FEW_APART
    return held[gaps[0] :].tolist() if few else []


def likely(seen: Seen) -> str:
    """Return weight, stratum, psu, area or id, or nothing: the first whose name and values fit."""
    rows, distinct = len(seen.codes.positions), len(seen.codes.values)
    everyone = int(seen.codes.counts.sum()) == rows
    fits = {
        "weight": _may_weigh(seen),
        "stratum": everyone and 1 < distinct <= max(2, rows // 2),
        "psu": everyone and 1 < distinct < rows,
        "id": everyone and distinct == rows > 1 and (seen.is_whole or not seen.is_number),
        "area": 1 < distinct < max(rows, 2) and (seen.is_whole or not seen.is_number) and not seen.is_marking,
    }
    named = next((role for role, fit in fits.items() if fit and seen.is_called(role)), "")
    if named or not distinct:
        return named
    texts = [value for value in seen.codes.values if isinstance(value, str)]
    return "area" if len(texts) == distinct and all(AREA_CODES.fullmatch(text) for text in texts) else ""
