"""Weighting from a file to a file: the respondents as they were, with a weight beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from psaindicators.errors import DesignError, OutputError, SurveyError, did_you_mean
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.headings import Column
from psaindicators.kernel.codes import amounts_of
from psaindicators.outturns.writing import to_csv
from psaindicators.tables import Table
from psaindicators.weighting.making import calibrate_weights, household_weights, rake
from psaindicators.weighting.weights import Weighting

START = "_start"


def write_weighted(
    data: Path,
    populations: Path,
    out: Path,
    *,
    name: str = "weight",
    initial: str | None = None,
    household_size: str | None = None,
    method: str = "raking",
    bounds: tuple[float, float] | None = None,
) -> Weighting:
    """Weight the respondents of a file to population totals and write them as CSV with their weight.

    They start from the column `initial`, or from the number of adults in the household (`household_size`, for one
    adult an address), or alike. `method` is raking, linear or logit, with `bounds` a calibration. Raises
    SurveyError for a variable that is not there, DesignError for totals that cannot be met, OutputError for a file
    that cannot be written; nothing is written then.
    """
    microdata = read_microdata(data)
    respondents = _respondents(microdata, name, [one for one in (initial, household_size) if one])
    start = _start(respondents, initial, household_size)
    frame = replace(respondents, columns=dict(respondents.columns) | ({START: start} if start is not None else {}))
    begun = START if start is not None else None
    weighting = (
        rake(frame.to_frame(), populations, weight=begun)
        if method == "raking" and bounds is None
        else calibrate_weights(frame.to_frame(), populations, method=method, bounds=bounds, weight=begun)
    )
    _write(replace(respondents, columns=dict(respondents.columns) | {name: weighting.weights}), out)
    return weighting


def _respondents(microdata: Microdata, name: str, needed: list[str]) -> Table:
    variables = microdata.variables
    missing = [variable for variable in needed if variable not in variables]
    absent = [f"{microdata.name} has no variable '{one}'{did_you_mean(one, variables)}" for one in missing]
    if name in variables:
        absent.append(f"{microdata.name} has a variable '{name}' already: give the weight another name")
    if absent:
        raise SurveyError("\n".join(absent))
    columns = microdata.columns(list(variables))
    return Table({variable: _unmasked(column) for variable, column in columns.items()})


def _unmasked(column: Column) -> Column:
    """Return a column whose masked cells are None."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    cells = np.array(column.data, dtype=object)
    cells[np.ma.getmaskarray(column)] = None
    return cells


def _start(respondents: Table, initial: str | None, household_size: str | None) -> Column | None:
    if initial and household_size:
        raise DesignError("an initial weight and the household size both say where weights start: name one")
    if household_size:
        return household_weights(amounts_of(respondents.columns[household_size]))
    return amounts_of(respondents.columns[initial]) if initial else None


def _write(table: Table, out: Path) -> None:
    try:
        part = out.with_name(f".{out.name}.part")
        part.write_text(to_csv(table), encoding="utf-8", newline="")
        part.replace(out)
    except OSError as error:
        raise OutputError(f"{out} cannot be written: {error.strerror or error}") from None
