"""What is kept of each cell of the study, and the two files that hold it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from psaindicators.kernel.intervals import METHODS

RUNS = 10_000
REDRAWN = 200_000
ERROR = (0.94 * 0.06 / RUNS) ** 0.5
"""The Monte Carlo error of a coverage of 94%."""
BAR = 0.94 - 2 * ERROR
METHODS_WITH_A_BAR = ("beta", "logit", "wilson")
NAMES = (*METHODS, "plain_wald")


@dataclass(frozen=True)
class Cell:
    """One design, percentage and base: how often each method's interval held the truth, and its mean width over beta's.

    `held` and `width` go by the names of METHODS and "plain_wald", Wald without its fallback; `gave_way` is the share
    of runs in which Wald gave way to beta.
    """

    design: str
    percent: int
    base: int
    strata: int
    psus: int
    df: int
    effective_base: float
    equal_weights: bool
    icc: float
    held: Mapping[str, float]
    width: Mapping[str, float]
    gave_way: float

    @property
    def fewer(self) -> float:
        """Effective base x min(p, 1 - p): how many respondents the smaller side is worth."""
        return self.effective_base * min(self.percent, 100 - self.percent) / 100

    def barred(self, method: str) -> bool:
        """Whether the method must hold the truth in 94% of runs, less two Monte Carlo errors."""
        ordinary = self.equal_weights and self.icc <= 0.05 and self.df >= 5
        return ordinary and (method == "beta" or (method in ("logit", "wilson") and round(self.fewer, 6) >= 10))

    def missed(self, method: str) -> bool:
        return self.barred(method) and self.held[method] < BAR


@dataclass(frozen=True)
class Redrawn:
    """A barred cell that fell short, drawn again on other streams: shares of `REDRAWN` runs.

    `truth_above` and `truth_below` are how often the interval lay wholly below or above the truth; `known_deff` is the
    coverage had the design effect been known and not estimated from the PSUs.
    """

    method: str
    design: str
    percent: int
    base: int
    df: int
    coverage: float
    held: float
    truth_above: float
    truth_below: float
    known_deff: float


COLUMNS = ("design", "percent", "base", "strata", "psus", "df", "effective_base", "equal_weights", "icc")


def write_cells(cells: Sequence[Cell], path: Path) -> None:
    """Write every cell as a row: what it is, whether it is barred, then coverage and relative width by method."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        barred = [f"barred_{name}" for name in METHODS_WITH_A_BAR]
        measured = [f"{what}_{name}" for what in ("coverage", "width") for name in NAMES]
        out.writerow([*COLUMNS, *barred, *measured, "wald_gave_way"])
        for cell in cells:
            flags = [int(cell.barred(name)) for name in METHODS_WITH_A_BAR]
            figures = [f"{of[name]:.4f}" for of in (cell.held, cell.width) for name in NAMES]
            out.writerow([*map(_plain, (getattr(cell, c) for c in COLUMNS)), *flags, *figures, f"{cell.gave_way:.4f}"])


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else f"{value:.7g}" if isinstance(value, float) else value


def read_cells(path: Path) -> list[Cell]:
    """Return the cells that were written."""
    with path.open(newline="", encoding="utf-8") as file:
        return [_cell(row) for row in csv.DictReader(file)]


def _cell(row: Mapping[str, str]) -> Cell:
    strata, psus, df = (int(row[name]) for name in ("strata", "psus", "df"))
    held, width = ({name: float(row[f"{what}_{name}"]) for name in NAMES} for what in ("coverage", "width"))
    return Cell(
        design=row["design"],
        percent=int(row["percent"]),
        base=int(row["base"]),
        strata=strata,
        psus=psus,
        df=df,
        effective_base=float(row["effective_base"]),
        equal_weights=row["equal_weights"] == "1",
        icc=float(row["icc"]),
        held=held,
        width=width,
        gave_way=float(row["wald_gave_way"]),
    )


def write_redrawn(redrawn: Sequence[Redrawn], path: Path) -> None:
    """Write every barred cell that fell short as a row."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        names = [field.name for field in fields(Redrawn)]
        out.writerow(names)
        out.writerows([_plain(getattr(one, name)) for name in names] for one in redrawn)


def read_redrawn(path: Path) -> list[Redrawn]:
    """Return the cells that fell short, as they were written."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [list(row.values()) for row in csv.DictReader(file)]
    return [Redrawn(row[0], row[1], *map(int, row[2:5]), *map(float, row[5:])) for row in rows]
