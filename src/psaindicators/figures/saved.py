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
from psaindicators.figures.estimates import ORDER, Estimates
from psaindicators.headings import Heading, guessed
from psaindicators.tables import column_of


def read_estimates(path: str | Path, indicators: IndicatorSet | None = None) -> Estimates:
    """Return estimates saved as JSON, with the indicators they name from a set or from the shipped ones.

    A null df is that of the normal quantile where the row has an interval. Raises MissingFileError, SurveyError for
    anything but a list of estimates, and DefinitionError for an indicator that is not known.
    """
    rows = _rows(Path(path))
    known = indicators.by_id if indicators is not None else all_shipped()
    names = list(dict.fromkeys(row["indicator"] for row in rows))
    found: Mapping[str, Indicator] = {name: find_indicator(name, known.values()) for name in names}
    columns = {name: column_of(_heading(name, rows), [row.get(name) for row in rows]) for name in rows[0]}
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
    absent = [name for name in ORDER if name not in rows[0]]
    if absent:
        near = did_you_mean(absent[0], rows[0])
        raise SurveyError(f"{path.name} lacks the columns {', '.join(absent)} of an estimate{near}")
    return rows


def _heading(name: str, rows: list[dict[str, Any]]) -> Heading:
    """Return what a column of estimates is declared to be; of any other what its cells show."""
    declared = {one.name: one for one in Estimates.headings}
    cells = [row.get(name) for row in rows if row.get(name) is not None]
    return declared.get(name) or guessed(name, np.array(cells) if cells else np.array([], dtype=object))
