"""Two waves to compare: printed figures of one or more areas, and the two surveys of the reference cases."""

from __future__ import annotations

from dataclasses import replace

import psaindicators as psa
from psaindicators.definitions.indicators import Indicator
from psaindicators.figures.printed import from_published
from psaindicators.judgements.movements import compare
from tests.oracle.cases import all_cases, data_set, wave_of

EXACT = 1e-10  # relative, as far as R itself supports
ROUNDING = 1e-12  # a handful of float operations, relative
LOWER = Indicator("ni42", "Drug use is a problem", "lower", "NI 42", "confirmed", {}, ())
HIGHER = replace(LOWER, id="ni1", better="higher")


def figures(rows, *, of="ni1", survey="place", wave=2008, by="authority", level=95.0):
    """Published figures of (area, value, margin)."""
    table = [dict(zip(("area", "value", "margin"), row, strict=True)) for row in rows]
    return from_published(table, indicator=of, survey=survey, wave=wave, by=by, level=level)


def national(value, margin, *, of="psa21.1", survey="citizenship", wave=2007, by="all"):
    return figures([("all", value, margin)], of=of, survey=survey, wave=wave, by=by)


def one(earlier, later, **how):
    """The only movement of two national figures (value, margin)."""
    return compare(national(*earlier), national(*later, wave=2008), **how)[0]


def two_waves(y, lonely_psu="centre"):
    """The oracle's two waves as two surveys of the same design, years apart."""
    case = {"design": {"ids": "psu", "strata": "stratum", "weights": "weight"}, "lonely": "adjust", "id": "two_wave"}
    wave = replace(wave_of(case, y, "area"), lonely_psu=lonely_psu)
    return [
        psa.read_survey(data_set(name), replace(wave, year=year)) for name, year in (("micro", 2008), ("wave2", 2010))
    ]


def cases(op):
    return [case for case in all_cases() if case["op"] == op]
