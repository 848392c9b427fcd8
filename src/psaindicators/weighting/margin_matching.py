"""Respondents and margins brought together: names become codes, and whatever does not fit is told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import DesignError, did_you_mean
from psaindicators.kernel.calibration import Floats, Ints
from psaindicators.weighting.margin_files import read_margins

SAME_TOTAL = 1e-6
"""Margins whose sums differ by no more than this, relative, are the same population rounded differently."""
SHOWN_ROWS = 5
BLANK, UNKNOWN = -1, -2
"""Codes of a row that has no category, and of one whose category no margin names."""

Column = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Margin:
    """One variable: its categories, their population totals, and the category number of each respondent."""

    variable: str
    categories: tuple[str, ...]
    totals: Floats
    codes: Ints


@dataclass(frozen=True, eq=False)
class Matched:
    """Margins whose categories all occur in the sample, and initial weights that add to their total."""

    where: str
    initial: Floats
    margins: tuple[Margin, ...]


def matched(data: Any, margins: object, weight: str | None) -> Matched:
    """Return the margins in codes and the initial weights, or raise one DesignError with every problem.

    Margins that add to the same total within 1e-6 are scaled to that of the first.
    """
    where, written = read_margins(margins)
    frame = frame_of(data)
    initial, problems = initial_weights(frame, weight)
    found = []
    for variable, totals in written.items():
        margin, wrong = _margin(frame, variable, totals, initial)
        problems += wrong
        found += [margin] if margin else []
    if not written:
        problems.append(f"{where} name no variable")
    raise_any(f"{where} and the sample do not fit", problems + _disagreements(found))
    population = found[0].totals.sum()
    scaled = tuple(replace(m, totals=m.totals * (population / m.totals.sum())) for m in found)
    return Matched(where, initial * (population / initial.sum()), scaled)


def initial_weights(data: Any, weight: str | None) -> tuple[Floats, list[str]]:
    """Return the weights of the rows, 1 each where no variable is named, and what is wrong with them."""
    frame = frame_of(data)
    if weight is None:
        return np.ones(len(frame)), []
    if weight not in frame.columns:
        return np.ones(len(frame)), [_no_variable(frame, weight, "weight")]
    values = frame[weight].to_numpy()
    numbers, blank = numbers_of(values), _blank(values)
    wrong = {
        "missing": blank,
        "not a number": ~np.isfinite(numbers) & ~blank,
        "negative": numbers < 0,
    }
    problems = [
        f"weight {weight!r} is {what} in {rows_named(np.flatnonzero(rows))}"
        for what, rows in wrong.items()
        if rows.any()
    ]
    if not problems and not numbers.sum() > 0:
        problems = [f"weight {weight!r} is above zero for nobody"]
    return (np.ones(len(frame)) if problems else numbers), problems


def frame_of(data: Any) -> Any:
    """Return the data as a narwhals frame; rows have to be in hand and in order, as the weights will be."""
    import narwhals as nw

    try:
        return nw.from_native(data, eager_only=True, pass_through=False)
    except TypeError as error:
        raise DesignError(
            "respondents to weight are a frame with its rows in order (pandas, Polars, Arrow), "
            f"not {type(data).__name__}"
        ) from error


def numbers_of(values: Column) -> Floats:
    """Return values as floats, NaN where one is not a number."""
    if values.dtype.kind in "iufb":
        return values.astype(np.float64)
    import pandas as pd

    return np.asarray(pd.to_numeric(pd.Series(values), errors="coerce"), dtype=np.float64)


def sums(margin: Margin, values: Column) -> Floats:
    """Return the sum of (rows,) values over each category of the margin."""
    return np.asarray(np.bincount(margin.codes, values, len(margin.categories)))


def rows_named(positions: NDArray[np.integer]) -> str:
    """Return `rows 3, 8, 9, 12, 14 and 2 more`, row 1 being the first, for positions that count from 0."""
    shown = ", ".join(f"{position + 1:,}" for position in positions[:SHOWN_ROWS].tolist())
    more = len(positions) - SHOWN_ROWS
    rest = f" and {more:,} more" if more > 0 else ""
    return f"{'row' if len(positions) == 1 else 'rows'} {shown}{rest}"


def raise_any(what: str, problems: Sequence[str]) -> None:
    """Raise a DesignError that lists every problem under what they have in common, if there are any."""
    if problems:
        rows = any(" row" in problem for problem in problems)
        heading = f"{what} (row 1 is the first respondent):" if rows else f"{what}:"
        raise DesignError("\n  ".join([heading, *problems]))


def _margin(
    frame: Any, variable: str, written: dict[object, object], initial: Floats
) -> tuple[Margin | None, list[str]]:
    if variable not in frame.columns:
        return None, [_no_variable(frame, variable, "margin")]
    values = frame[variable].to_numpy()
    names = [_label(name, values.dtype.kind) for name in written]
    totals = numbers_of(np.array(list(written.values()), dtype=object))
    codes, unknown = _codes(values, names)
    margin = Margin(variable, tuple(names), totals, codes)
    strays = [f"{variable} = {name}: in {rows}, but has no total" for name, rows in unknown.items()]
    return margin, _bad_totals(margin, list(written.values())) + _blanks(margin) + strays + _unmet(margin, initial)


def _codes(values: Column, names: Sequence[str]) -> tuple[Ints, dict[str, str]]:
    """Return each row's place in `names`, BLANK or UNKNOWN, and the rows of categories that are not there."""
    import pandas as pd

    numbers, found = pd.factorize(values)
    labels = [_label(value, values.dtype.kind) for value in found.tolist()]
    place = {name: position for position, name in enumerate(names) if name.strip()}
    places = [place.get(label, UNKNOWN if label.strip() else BLANK) for label in labels]
    lookup = np.array([*places, BLANK], dtype=np.intp)  # factorize numbers a missing value -1, the last
    unknown = {
        label: rows_named(np.flatnonzero(numbers == number))
        for number, label in enumerate(labels)
        if places[number] == UNKNOWN
    }
    return lookup[numbers], unknown


def _label(value: object, kind: str) -> str:
    """Return a category as text; in a column of numbers (dtype kind i, u, f) "1", 1 and 1.0 are one."""
    if isinstance(value, np.generic):
        value = value.item()
    if kind in "iuf" and isinstance(value, str):
        value = _number_or_text(value)
    if isinstance(value, bool) or kind == "b":
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _blank(values: Column) -> NDArray[np.bool_]:
    import pandas as pd

    missing = np.asarray(pd.isna(values), dtype=bool)
    if values.dtype.kind not in "OUT":
        return missing
    empty = np.array([isinstance(value, str) and not value.strip() for value in values], dtype=bool)
    return np.asarray(missing | empty)


def _blanks(margin: Margin) -> list[str]:
    rows = np.flatnonzero(margin.codes == BLANK)
    remedy = "everyone weighted needs a category: impute it, or leave them out"
    return [f"{margin.variable} is blank in {rows_named(rows)}; {remedy}"] if len(rows) else []


def _bad_totals(margin: Margin, written: Sequence[object]) -> list[str]:
    names = margin.categories
    wrong = [
        f"{margin.variable} = {name}: its total is {given!r}; it has to be a number above zero"
        for name, given, total in zip(names, written, margin.totals, strict=True)
        if not (np.isfinite(total) and total > 0)
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    return wrong + [f"{margin.variable} = {name}: given more than one total" for name in twice]


def _unmet(margin: Margin, initial: Floats) -> list[str]:
    weight = np.bincount(margin.codes - UNKNOWN, initial, len(margin.categories) - UNKNOWN)[-UNKNOWN:]
    empty = np.flatnonzero(weight == 0)
    heads = {code: np.count_nonzero(margin.codes == code) for code in empty.tolist()}
    return [
        f"{margin.variable} = {margin.categories[code]}: has a total of {margin.totals[code]:,.10g} but "
        f"{'only respondents of weight zero' if count else 'nobody in the sample'}; join it to another"
        for code, count in heads.items()
    ]


def _disagreements(margins: Sequence[Margin]) -> list[str]:
    """Return the margins that do not add to the same as the first; those with a bad total are not judged."""
    sound = [margin for margin in margins if (margin.totals > 0).all() and np.isfinite(margin.totals).all()]
    if not sound:
        return []
    first, *others = sound
    one = first.totals.sum()
    return [
        f"{other.variable} adds to {total:,.10g} but {first.variable} to {one:,.10g}, "
        f"{100 * abs(total / one - 1):.3g}% apart; scale them to one total"
        for other in others
        if abs((total := other.totals.sum()) / one - 1) > SAME_TOTAL
    ]


def _no_variable(frame: Any, name: str, role: str) -> str:
    return f"the sample has no variable {name!r}, named as a {role}{did_you_mean(name, frame.columns)}"
