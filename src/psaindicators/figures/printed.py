"""Printed figures as estimates, so that every judgement also runs on published tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.shipped import find_shipped
from psaindicators.errors import SurveyError, did_you_mean, refuse, word_problems
from psaindicators.figures.asked import LEVEL, level_problems
from psaindicators.figures.estimates import ORDER, Estimates
from psaindicators.figures.scale import PERCENT, in_percent, in_proportions
from psaindicators.files.microdata import read_microdata
from psaindicators.files.spreadsheet import original
from psaindicators.headings import Column
from psaindicators.kernel.codes import amounts_of, as_text, codes_of, numbers_of
from psaindicators.kernel.intervals import Spread, exact
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.significance import PUBLISHED, published_multiplier
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.words import listed, rows

NUMBERS = ("value", "base", "deft", "margin")
KNOWN = ("area", "area_name", *NUMBERS)
UNITS = ("percent", "share")


@dataclass(frozen=True, eq=False)
class _PrintedRows:
    """Printed rows, each array of shape (rows,): areas as text, the rest as numbers with NaN where blank."""

    area: NDArray[np.object_]
    area_name: NDArray[np.object_] | None
    value: Floats
    base: Floats
    deft: Floats
    margin: Floats


@typed
def from_published(
    figures: object,
    *,
    indicator: Indicator | str,
    survey: str,
    wave: int,
    by: str = "authority",
    level: float = LEVEL,
    deft: float = 1.0,
    unit: str | None = None,
) -> Estimates:
    """Return estimates made from printed figures of one indicator, in percent.

    `figures` is a frame, a file, a mapping of columns or a list of rows, with `area` (not needed where `by` is "all"),
    `value`, and either `base` (respondents; with `deft`, the design factor, where it differs by row) or `margin` (the
    printed plus or minus). se = 100 deft sqrt(p (1 - p) / n), or margin / 1.96; the interval is value -+ 1.96 se
    within 0 to 100, margin = 1.96 se, df is infinite, method "published". A value of 0 or 100 with a base has the
    exact (Korn-Graubard) interval of base / deft^2 respondents. A row with a value but neither base nor margin is
    marked [u], one without a value [x]. At another level than 95 the multiplier is the normal quantile. Source: the
    arithmetic of official tables; Scottish Household Survey 2020, margins of error with a design factor of 1.34.

    Values and margins are percentages, 0-100; with `unit="share"` they are shares, 0-1. Values that are all under 1 are
    refused unless the unit is given: they look like shares.

    Raises OptionError for an invalid level or unit, SurveyError with every row that cannot be, and DefinitionError for
    an unknown indicator.
    """
    refuse([*level_problems(level), *word_problems("unit", unit or UNITS[0], UNITS)])
    one = indicator if isinstance(indicator, Indicator) else find_shipped(indicator)
    printed = _checked(_in_percent(_read(figures, by, deft), unit), f"the published figures of {one.id}")
    rows = len(printed.value)
    columns: dict[str, Column] = {
        "indicator": np.full(rows, one.id, dtype=object),
        "survey": np.full(rows, survey, dtype=object),
        "wave": np.full(rows, int(wave)),
        "by": np.full(rows, by, dtype=object),
        "area": printed.area,
        **_arithmetic(printed, level),
        "method": np.full(rows, PUBLISHED, dtype=object),
    }
    named = {} if printed.area_name is None else {"area_name": printed.area_name}
    return Estimates({name: columns[name] for name in ORDER} | named, {one.id: one})


def _in_percent(printed: _PrintedRows, unit: str | None) -> _PrintedRows:
    """Return figures as percentages. Raises SurveyError where the unit is not given and all look like shares."""
    if unit == "share":
        return replace(printed, value=in_percent(printed.value), margin=in_percent(printed.margin))
    refuse_shares(printed.value, "the published figures", unit)
    return printed


def refuse_shares(values: Floats, where: str, unit: str | None = None) -> None:
    """Raise SurveyError where percentages that were typed in are all under 1, and nobody said they are percentages."""
    known = values[~np.isnan(values)]
    if unit is None and len(known) and (known < 1).all() and (known > 0).any():
        raise SurveyError(
            f"the values of {where} are all under 1 (the greatest is {known.max():g}), so they look like shares, and "
            "percentages run from 0 to 100: multiply them by 100, or say unit='share' (or unit='percent', if they are)"
        )


def _read(figures: object, by: str, deft: float) -> _PrintedRows:
    columns = _columns(figures)
    problems = [*_absent(columns, by), *_not_numbers(columns)]
    if problems:
        raise SurveyError("\n".join(problems))
    rows = len(columns["value"])
    blank = np.full(rows, np.nan)
    area = codes_of(columns["area"]) if "area" in columns else codes_of(np.full(rows, EVERYONE, dtype=object))
    texts = np.array([as_text(value) for value in area.values], dtype=object)
    numbers = {name: amounts_of(columns[name]) if name in columns else blank for name in NUMBERS}
    names = columns.get("area_name")
    return _PrintedRows(
        area=area.translate(texts, ""),
        area_name=None if names is None else np.array([str(name) for name in names], dtype=object),
        **numbers | {"deft": np.where(np.isnan(numbers["deft"]), deft, numbers["deft"])},
    )


def _columns(figures: object) -> dict[str, NDArray[Any]]:
    """Return the columns we know of a frame or file, a mapping of columns or a list of rows."""
    if isinstance(figures, Mapping):
        table = {str(name): _column(cells) for name, cells in figures.items()}
    elif isinstance(figures, Sequence) and all(isinstance(row, Mapping) for row in figures):
        names = dict.fromkeys(name for row in figures for name in row if isinstance(name, str))
        table = {name: _column([row.get(name) for row in figures]) for name in names}
    else:
        read = read_microdata(figures)
        table = dict.fromkeys(read.variables, np.empty(0)) | read.columns([n for n in KNOWN if n in read.variables])
        if isinstance(figures, (str, Path)):
            table |= {name: _originals(table[name]) for name in KNOWN[:2] if name in table}
    return table


def _originals(column: NDArray[Any]) -> NDArray[Any]:
    """Return a file's texts as they were before they were made safe to open in a spreadsheet."""
    return np.array([original(cell) if isinstance(cell, str) else cell for cell in column.tolist()], dtype=object)


def _not_numbers(columns: Mapping[str, NDArray[Any]]) -> Iterator[str]:
    for name in NUMBERS:
        codes = codes_of(columns.get(name, np.empty(0)))
        strange = [repr(v) for v, n in zip(codes.values, numbers_of(codes), strict=True) if not np.isfinite(n)]
        if strange:
            yield f"the published figures' '{name}' is not a number: {listed(strange)}; leave an unknown figure blank"


def _column(cells: Any) -> NDArray[Any]:
    listed = [cells] if isinstance(cells, (str, int, float)) or cells is None else list(cells)
    return np.array(listed, dtype=object)


def _absent(columns: Mapping[str, Any], by: str) -> Iterator[str]:
    strange = [name for name in columns if name not in KNOWN]
    found = f"(found: {', '.join(map(str, columns)) or 'nothing'})"
    needed = ("value",) if by == EVERYONE else ("area", "value")
    for name in needed:
        if name not in columns:
            yield f"the published figures have no column '{name}'{did_you_mean(name, strange)} {found}"
    if "base" not in columns and "margin" not in columns:
        near = did_you_mean("base", strange) or did_you_mean("margin", strange)
        yield (
            f"the published figures have neither 'base' (respondents) nor 'margin' (the plus or minus){near} {found}; "
            "one of them is needed to know what could be chance"
        )
    lengths = {name: len(columns[name]) for name in KNOWN if name in columns}
    if len(set(lengths.values())) > 1:
        yield f"the published figures' columns are of unlike lengths: {lengths}"


def _checked(printed: _PrintedRows, where: str) -> _PrintedRows:
    """Return the figures. Raises SurveyError with every row that cannot be."""
    repeated = np.array([name in set(printed.area[:i]) for i, name in enumerate(printed.area)], dtype=bool)
    wrong = {
        "no area": printed.area == "",
        "an area that stands there already": repeated & (printed.area != ""),
        "a value outside 0 to 100": (printed.value < 0) | (printed.value > 100),
        "a base that is not a number of respondents": (printed.base < 1)
        | (printed.base != np.trunc(printed.base)) & ~np.isnan(printed.base),
        "a margin that is not above 0": printed.margin <= 0,
        "a design factor (deft) that is not above 0": printed.deft <= 0,
    }
    problems = [f"{where}: {what} in {rows(np.flatnonzero(bad))}" for what, bad in wrong.items() if bad.any()]
    if not len(printed.value):
        problems.append(f"{where} have no row")
    if problems:
        raise SurveyError("\n".join(problems))
    return printed


def _arithmetic(printed: _PrintedRows, level: float) -> dict[str, Column]:
    times = published_multiplier(level)
    share = in_proportions(printed.value)
    se = np.where(
        np.isnan(printed.margin),
        in_percent(printed.deft * np.sqrt(share * (1 - share) / printed.base)),
        printed.margin / times,
    )
    se = np.where(np.isnan(printed.value), np.nan, se)
    low, high, method = _ends(printed, times * se, 1 - level / 100)
    deff = _deff(share, se, printed.base)
    missing = np.full(share.shape, np.nan)
    return {
        "value": printed.value,
        "se": se,
        "low": low,
        "high": high,
        "margin": np.where(method == "beta", (high - low) / 2, times * se),
        "level": np.full(share.shape, float(level)),
        "interval": method,
        "df": np.where(np.isnan(se), np.nan, np.inf),
        "base": printed.base.astype(int) if not np.isnan(printed.base).any() else printed.base,
        "weighted_base": missing,
        "strata": missing,
        "psus": missing,
        "deff": deff,
        "effective_base": printed.base / deff,
        "marker": np.select([np.isnan(printed.value), np.isnan(se)], ["[x]", "[u]"], "").astype(object),
    }


def _ends(printed: _PrintedRows, half: Floats, alpha: float) -> tuple[Floats, Floats, NDArray[np.object_]]:
    """Return value -+ half within 0 to 100; the exact interval where the value is 0 or 100 and says no more."""
    low, high = np.maximum(printed.value - half, 0), np.minimum(printed.value + half, PERCENT)
    flat = half == 0
    if flat.any():
        p, n = in_proportions(printed.value[flat]), (printed.base / printed.deft**2)[flat]
        low[flat], high[flat] = (in_percent(end) for end in exact(Spread(p, 0 * p, 0 * p, n, n, alpha)))
    method = np.where(np.isnan(half), "", np.where(flat, "beta", "wald")).astype(object)
    return low, high, method


def _deff(share: Floats, se: Floats, base: Floats) -> Floats:
    """Return the variance over p (1 - p) / n: deft squared, where the standard error came from it."""
    simple = share * (1 - share) / base
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(simple > 0, in_proportions(se) ** 2 / simple, np.nan)
