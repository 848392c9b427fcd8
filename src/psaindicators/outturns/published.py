"""Published figures to stand beside ours."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from psaindicators.definitions.indicators import canonical_id
from psaindicators.errors import DefinitionError
from psaindicators.estimates import Estimates

Key = tuple[str, str, str]
COLUMNS = ("indicator", "by", "area", "value")


def with_published(estimates: Estimates, path: Path) -> Estimates:
    """Return the estimates with a column `published`, in percent, NaN where no figure was printed.

    `path` is a CSV with the columns indicator, by, area and value (others, such as a source, are left alone). Raises
    DefinitionError that lists every line which is no figure, or is for a row that the estimates do not have.
    """
    figures = _figures(path)
    keys = list(zip(*(estimates.columns[name].tolist() for name in COLUMNS[:3]), strict=True))
    absent = figures.keys() - set(keys)
    indicators, breakdowns = ({key[i] for key in keys} for i in (0, 1))
    unknown = sorted(key for key in absent if key[0] in indicators and key[1] in breakdowns)
    if unknown:
        listed = ", ".join("/".join(key) for key in unknown[:10])
        raise DefinitionError(f"{path.name} has {len(unknown)} figures for areas that the estimates lack: {listed}")
    published = np.array([figures.get(key, np.nan) for key in keys])
    return replace(estimates, columns=dict(estimates.columns) | {"published": published})


def _figures(path: Path) -> dict[Key, float]:
    figures: dict[Key, float] = {}
    problems = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        absent = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if absent:
            raise DefinitionError(f"{path.name} lacks the columns {', '.join(absent)} of published figures")
        for row in reader:
            try:
                figures[canonical_id(row["indicator"]), row["by"], row["area"]] = float(row["value"])
            except ValueError:
                problems.append(f"  - line {reader.line_num}: value must be a number, got {row['value']!r}")
    if problems:
        raise DefinitionError("\n".join([f"{path.name}:", *problems]))
    return figures
