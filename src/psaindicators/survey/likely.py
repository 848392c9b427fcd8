"""What a variable may be, by its name, its label and its values: suggestions for a person to look at."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.codes import Codes

NO_ANSWER = re.compile(
    r"\b(don['\u2019]?t know|do not know|dk|refus\w*|not applicable|inapplicable|does not apply|n/a|no answer"
    r"|not answered|not asked|prefer not|rather not|not stated|not known|unknown|missing|no response|no reply"
    r"|can['\u2019]?t say|not available|not ascertained|not in universe|declined? to answer|skipped)\b"
    r"|^\W*(na|nap|iap|niu|ns|nr)\W*$",
    re.IGNORECASE,
)
"""Labels that mostly stand for no answer; the short ones only where they are the whole label."""
ROLES = {
    "weight": re.compile(r"weight(?!ed)|wgt|^wt|(^|[_\W])w(gh?ts?|ts?)?(\d|$|[_\W])", re.IGNORECASE),
    "stratum": re.compile(r"strat(a|um|if|$|[_\W\d])", re.IGNORECASE),
    "psu": re.compile(r"psu|cluster|primary sampl|sampling point|sample point", re.IGNORECASE),
    "area": re.compile(
        r"\b(ward|region|gor|county|district|authority|la|lad|laa|lsoa|msoa|postcode|constituency|area|country)"
        r"(s|code|name|cd|nm)?(\b|[_\d])",
        re.IGNORECASE,
    ),
    "id": re.compile(r"(^|[_\W])(id|serial|uniqid|respid|caseid|ref|reference|idno)(no|\d|$|[_\W])", re.IGNORECASE),
}
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

    @property
    def is_number(self) -> bool:
        return bool(len(self.numbers)) and not bool(np.isnan(self.numbers).any())

    @property
    def is_whole(self) -> bool:
        return self.is_number and bool((self.numbers == np.round(self.numbers)).all())

    def is_called(self, role: str) -> bool:
        if len(self.name.split()) >= LABEL_WORDS:
            return False
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name).replace("_", " ")
        label = self.label if len(self.label.split()) <= LABEL_WORDS else ""
        return any(ROLES[role].search(one) for one in (self.name, words, label))


def likely(seen: Seen) -> str:
    """Return weight, stratum, psu, area or id, or nothing: the first whose name and values fit."""
    rows, distinct = len(seen.codes.positions), len(seen.codes.values)
    everyone = int(seen.codes.counts.sum()) == rows
    fits = {
        "weight": seen.is_number and bool((seen.numbers >= 0).all()) and distinct > 1 and not seen.is_called("stratum"),
        "stratum": everyone and 1 < distinct <= max(2, rows // 2),
        "psu": everyone and 1 < distinct < rows,
        "id": everyone and distinct == rows > 1 and (seen.is_whole or not seen.is_number),
        "area": 1 < distinct < max(rows, 2) and (seen.is_whole or not seen.is_number),
    }
    named = next((role for role, fit in fits.items() if fit and seen.is_called(role)), "")
    if named or not distinct:
        return named
    texts = [value for value in seen.codes.values if isinstance(value, str)]
    return "area" if len(texts) == distinct and all(AREA_CODES.fullmatch(text) for text in texts) else ""
