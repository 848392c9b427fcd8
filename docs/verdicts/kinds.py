"""The cells of the study: which pairs of waves are drawn, what is asked of them, and what is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import product
from pathlib import Path

from pairs import Side

DRAWS = 2_000
MOST_PEOPLE = 700_000
"""How many respondents of one wave are drawn for a cell."""
ENOUGH_DF = 10
"""From so many degrees of freedom in both waves on, the bar holds."""
LEVEL, WORST = 0.05, 0.12
REACHED = "score: target met by chance"
"""Says where the outturn lies and not that it moved, so that no bar is set for it."""


@dataclass(frozen=True)
class Cell:
    """One kind of pair: what is asked, of which waves, with `icc` within PSUs and log weights of deviation `sigma`.

    `overlap` is the share of PSUs in both waves, `together` the areas that are assessed at once.
    """

    asked: str
    earlier: Side
    later: Side
    percent: float
    icc: float = 0.0
    sigma: float = 0.0
    overlap: int = 0
    together: int = 1

    @property
    def df(self) -> int:
        """The lesser of the two waves' df."""
        return min(self.earlier.df, self.later.df)

    @property
    def has_power(self) -> bool:
        """Whether a true change is drawn too: where the answer is no mirror image of another cell's."""
        return self.percent <= 50 and self.asked in ("movement", "movement, sparse group", "shared PSUs")

    @property
    def name(self) -> str:
        return "; ".join(
            [
                f"{_words(self.earlier)} and {_words(self.later)}",
                f"{self.percent:g}%",
                *([f"icc {self.icc:g}"] if self.icc else []),
                *([f"weights sigma {self.sigma:g}"] if self.sigma else []),
                *([f"overlap {self.overlap}%"] if self.overlap else []),
                *([f"{self.together} areas"] if self.together > 1 else []),
            ]
        )

    @property
    def draws(self) -> int:
        """How many pairs are drawn: fewer where each is large."""
        most = max(self.earlier.base, self.later.base)
        return max(200, min(DRAWS, MOST_PEOPLE // most // self.together * self.together))


def _words(side: Side) -> str:
    held = f", of which {100 * side.held:g}% hold the group" if side.held < 1 else ""
    strata = f" in {side.strata} strata" if side.strata > 1 else ""
    return f"{side.psus} PSUs of {side.size}{strata}{held}" if side.psus else f"{side.size} people"


PEOPLE = ((4, 4), (4, 1100), (10, 10), (30, 30), (100, 100), (100, 1100), (300, 300), (1100, 1100), (3000, 3000))
PSUS = ((2, 2), (2, 20), (3, 3), (3, 20), (6, 6), (6, 50), (11, 11), (11, 50), (20, 20), (50, 50))


def cells() -> Iterator[Cell]:
    """Yield every cell, verdict by verdict."""
    for (one, other), percent in product(PEOPLE, (1, 5, 20, 50, 80, 95, 99)):
        yield Cell("movement", Side(one), Side(other), percent)
    for n, percent, sigma in product((30, 100, 300, 1100), (5, 20, 50), (0.5, 1.0)):
        yield Cell("movement", Side(n), Side(n), percent, sigma=sigma)
    for (one, other), percent, icc in product(PSUS, (5, 50), (0.05, 0.2)):
        yield Cell("movement", Side(10, one), Side(10, other), percent, icc=icc)
    yield from (Cell("movement", Side(150, 20), Side(150, 20), percent, icc=0.05) for percent in (1, 5, 50, 99))
    for h, held, percent in product((30, 60), (0.15, 0.4), (20, 50)):
        sparse = Side(5, 2 * h, h, held)
        yield Cell("movement, sparse group", sparse, sparse, percent, icc=0.05)
    for k, overlap, percent, sigma in product((4, 6, 12, 30), (25, 50, 75, 100), (5, 50), (0.0, 0.5)):
        yield Cell("shared PSUs", Side(10, k), Side(10, k), percent, icc=0.1, sigma=sigma, overlap=overlap)
    for k, percent in product((4, 12, 30), (5, 50, 95)):
        yield Cell("difference", Side(10, k), Side(10, k), percent, icc=0.1)
    yield from (Cell("difference", Side(n), Side(n), percent) for n, percent in product((10, 100, 300), (5, 50, 95)))
    for n, percent in product((10, 30, 100, 300, 1100), (5, 20, 50, 80)):
        yield Cell("score", Side(n), Side(n), percent)
    yield from (Cell("score", Side(10, k), Side(10, k), 50, icc=0.05) for k in (2, 3, 6, 12, 30))
    yield from (Cell(REACHED, Side(n), Side(n), percent) for n, percent in product((30, 100, 300, 1100), (20, 50)))
    for together, n in product((10, 50), (30, 100, 300)):
        yield Cell("assessment", Side(n), Side(n), 50, together=together)
    for few in (2, 3, 6, 12):
        yield Cell("combined areas", Side(10, few), Side(10, 20), 50, icc=0.05)


@dataclass(frozen=True)
class Found:
    """A cell's outcome: the share of draws that `moved` though nothing had changed, and by the other rules of Said.

    Those of `power` are where there was a true change of `change` points; NaN where none was drawn.
    """

    asked: str
    name: str
    df: int
    draws: int
    moved: float
    before: float
    by_ends: float
    change: float
    power: float
    power_before: float
    power_by_ends: float

    @property
    def error(self) -> float:
        """The Monte Carlo error of 5% of the draws."""
        return float((LEVEL * (1 - LEVEL) / self.draws) ** 0.5)

    @property
    def barred(self) -> bool:
        return self.df >= ENOUGH_DF and self.asked != REACHED

    @property
    def missed(self) -> bool:
        """Whether the share is above 5% plus two errors where the bar holds, above 12% plus two elsewhere."""
        if self.asked == REACHED:
            return False
        if self.barred:
            return self.moved > LEVEL + 2 * self.error
        return self.moved > WORST + 2 * float((WORST * (1 - WORST) / self.draws) ** 0.5)


def write(found: Sequence[Found], path: Path) -> None:
    """Write every cell as a row."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([field.name for field in fields(Found)])
        out.writerows([f"{one:.4f}" if isinstance(one, float) else one for one in astuple(cell)] for cell in found)


def read(path: Path) -> list[Found]:
    """Return the cells that were written."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [list(row.values()) for row in csv.DictReader(file)]
    return [Found(row[0], row[1], int(row[2]), int(row[3]), *map(float, row[4:])) for row in rows]
