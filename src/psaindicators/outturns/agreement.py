"""Published figures to stand beside ours."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from psaindicators.definitions.indicators import canonical_id
from psaindicators.errors import DefinitionError
from psaindicators.figures.estimates import Estimates

Key = tuple[str, str, str]
COLUMNS = ("indicator", "by", "area", "value")
ROUNDING = 1e-9


def with_published(estimates: Estimates, path: Path) -> Estimates:
    """Return the estimates with the columns `published`, in percent (NaN where none was printed), and `agrees`.

    `agrees` is yes where our value rounds to the printed one at the printed decimals, no where it does not, else empty.

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
    published = np.array([float(figures.get(key, "nan")) for key in keys])
    tolerance = np.array([0.5 * 10.0 ** -_decimals(figures.get(key, "")) for key in keys])
    near = np.abs(estimates.columns["value"] - published) <= tolerance + ROUNDING
    agrees = np.where(np.isnan(published), "", np.where(near, "yes", "no")).astype(object)
    return replace(estimates, columns=dict(estimates.columns) | {"published": published, "agrees": agrees})


def _decimals(printed: str) -> int:
    return len(printed.partition(".")[2])


def _figures(path: Path) -> dict[Key, str]:
    figures: dict[Key, str] = {}
    problems = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        absent = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if absent:
            raise DefinitionError(f"{path.name} lacks the columns {', '.join(absent)} of published figures")
        for row in reader:
            try:
                float(row["value"])
                figures[canonical_id(row["indicator"]), row["by"], row["area"]] = row["value"].strip()
            except ValueError:
                problems.append(f"  - line {reader.line_num}: value must be a number, got {row['value']!r}")
    if problems:
        raise DefinitionError("\n".join([f"{path.name}:", *problems]))
    return figures
