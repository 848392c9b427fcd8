"""Saved estimates read back from JSON, in full precision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from psaindicators.definitions.indicators import Indicator, IndicatorSet
from psaindicators.definitions.shipped import all_shipped, find_indicator
from psaindicators.errors import MissingFileError, SurveyError, did_you_mean
from psaindicators.figures.estimates import COLUMNS, Estimates
from psaindicators.tables import Column

WHOLE = ("wave", "base", "strata", "psus")
TEXT = ("indicator", "survey", "by", "area", "interval", "method", "marker", "area_name")


def read_estimates(path: str | Path, indicators: IndicatorSet | None = None) -> Estimates:
    """Return estimates saved as JSON, with the indicators they name from a set or from the shipped ones.

    A null df is that of the normal quantile where the row has an interval. Raises MissingFileError, SurveyError for
    what is no list of estimates, and DefinitionError for an indicator that is not known.
    """
    rows = _rows(Path(path))
    known = indicators.by_id if indicators is not None else all_shipped()
    names = list(dict.fromkeys(row["indicator"] for row in rows))
    found: Mapping[str, Indicator] = {name: find_indicator(name, known.values()) for name in names}
    columns = {name: _column(name, [row.get(name) for row in rows]) for name in rows[0]}
    normal = np.isnan(columns["df"]) & (columns["interval"] != "")
    return Estimates(columns | {"df": np.where(normal, np.inf, columns["df"])}, found)


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFileError(f"there is no file {path}") from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise SurveyError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise SurveyError(f"{path.name} is not a list of estimates (the JSON that psaindicators estimate writes)")
    absent = [name for name in COLUMNS if name not in rows[0]]
    if absent:
        near = did_you_mean(absent[0], rows[0])
        raise SurveyError(f"{path.name} lacks the columns {', '.join(absent)} of an estimate{near}")
    return rows


def _column(name: str, cells: list[Any]) -> Column:
    if name in WHOLE and None not in cells:
        return np.array(cells, dtype=int)
    if name in TEXT:
        return np.array(["" if cell is None else cell for cell in cells], dtype=object)
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=float)
