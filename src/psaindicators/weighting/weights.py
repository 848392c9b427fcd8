"""Weights made for respondents: how they were made, what they cost, and how well they meet the population."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.headings import Heading
from psaindicators.kernel import calibration
from psaindicators.kernel.calibration_variables import Cells
from psaindicators.kernel.keys import Floats
from psaindicators.tables import Table
from psaindicators.weighting.matching import WeightingVariable
from psaindicators.words import visible

if TYPE_CHECKING:
    import pandas as pd

TINY_BASE = 30
"""Respondents below which a category is marked tiny: a house rule, to show where weights rest on few."""


class CategoryReport(Table):
    """Each category of each weighting variable: who is in it, and how far the weights meet its total."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("variable", "the weighting variable", "id"),
        h.text("category", "its category, as the population totals have it"),
        h.BASE.as_("respondents of weight above 0"),
        h.figure("initial", "the sum of their initial weights, scaled to the population", "people"),
        h.figure("total", "the population total to meet", "people"),
        h.figure("final", "the sum of their final weights", "people"),
        h.figure("difference", "final over total, less 1", "percent"),
        h.text("note", f"tiny where the base is under {TINY_BASE}", "word"),
    )

    @property
    def worst(self) -> tuple[str, float]:
        """The category that is furthest from its total, and by how many percent."""
        row = self[int(np.argmax(np.abs(self.columns["difference"])))]
        return f"{row.variable} = {row.category}", row.difference


@dataclass(frozen=True)
class Trimming:
    """What raked weights were held between, how many respondents stand at a bound, and Kish's deff without it."""

    lower: float
    upper: float
    at_bound: int
    untrimmed_deff: float


@dataclass(frozen=True, eq=False, repr=False)
class Weighting:
    """Weights in the order of the rows, how they were made, and how well they meet the population totals.

    weights: (rows,) final weights, g times initial.
    initial: (rows,) the weights given (1 if none), scaled to add to the population.
    g: (rows,) final over initial weight.
    cells: the calibration variables, for variances that allow for the calibration (`kernel.residuals`);
        None for weights that were only trimmed.
    sweeps: sweeps of raking, Newton steps of calibration.
    trimming: what raked weights were held between, None where they were not.
    """

    weights: Floats
    initial: Floats
    g: Floats
    method: str
    sweeps: int
    variables: tuple[WeightingVariable, ...]
    cells: Cells | None
    trimming: Trimming | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Weighting) or self.method != other.method:
            return False
        return np.array_equal(self.weights, other.weights) and self.report == other.report

    __hash__ = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for array in (self.weights, self.initial, self.g):
            array.flags.writeable = False

    @property
    def deff(self) -> float:
        """Kish's design effect of unequal weights: n sum w^2 / (sum w)^2."""
        return calibration.kish_deff(self.weights)

    @property
    def base(self) -> int:
        """Respondents with a weight above zero."""
        return int(np.count_nonzero(self.weights))

    @property
    def effective_base(self) -> float:
        """The base over the design effect: (sum w)^2 / sum w^2."""
        return self.base / self.deff

    @property
    def report(self) -> CategoryReport:
        """Each category of each weighting variable, in the order given."""
        used = self.initial > 0
        columns: dict[str, list[Any]] = {
            "variable": [one.variable for one in self.variables for _ in one.categories],
            "category": [name for one in self.variables for name in one.categories],
            "base": [total for one in self.variables for total in one.sums(used).astype(int)],
            "initial": [total for one in self.variables for total in one.sums(self.initial)],
            "total": [total for one in self.variables for total in one.totals],
            "final": [total for one in self.variables for total in one.sums(self.weights)],
        }
        arrays = {name: np.array(values) for name, values in columns.items()}
        arrays |= {name: arrays[name].astype(object) for name in ("variable", "category")}
        arrays["difference"] = 100 * (arrays["final"] / arrays["total"] - 1)
        arrays["note"] = np.where(arrays["base"] < TINY_BASE, "tiny", "").astype(object)
        return CategoryReport(arrays)

    @property
    def facts(self) -> dict[str, Any]:
        """What to say with the weights: sweeps, worst category, design effect, ranges, empty and tiny cells.

        `efficiency_lost` is what unequal weights cost, in percent of the base: 100 (1 - 1 / deff).
        """
        positive = self.initial > 0
        facts = {"method": self.method, "base": self.base, "sweeps": self.sweeps}
        if self.variables and self.cells is not None:
            worst, difference = self.report.worst
            crossings = int(np.prod([float(size) for size in self.cells.sizes]))
            facts |= {
                "worst_category": worst,
                "worst_difference": difference,
                "tiny_categories": int((self.report.columns["note"] == "tiny").sum()),
                "crossings": crossings,
                "empty_crossings": crossings - self.cells.columns.shape[1],
            }
        facts["initial_deff"] = calibration.kish_deff(self.initial)
        if self.trimming is not None:
            facts |= {"untrimmed_deff": self.trimming.untrimmed_deff, "at_a_bound": self.trimming.at_bound}
        return facts | {
            "deff": self.deff,
            "efficiency_lost": 100 * (1 - 1 / self.deff),
            "effective_base": self.effective_base,
            "lowest_weight": float(self.weights[positive].min()),
            "highest_weight": float(self.weights.max()),
            "lowest_g": float(self.g[positive].min()),
            "highest_g": float(self.g[positive].max()),
        }

    def to_frame(self) -> pd.DataFrame:
        """Return initial, g and weight of every row, in order, as a new pandas frame."""
        import pandas as pd

        return pd.DataFrame({"initial": self.initial, "g": self.g, "weight": self.weights})

    def __repr__(self) -> str:
        lines = [f"  {name.replace('_', ' ')}: {_shown(value)}" for name, value in self.facts.items()]
        return "\n".join(["Weighting", *lines, *([repr(self.report)] if self.variables else [])])

    def _repr_html_(self) -> str:
        rows = (
            f"<tr><th scope='row'>{escape(name.replace('_', ' '))}</th><td>{escape(_shown(value))}</td></tr>"
            for name, value in self.facts.items()
        )
        return f"<table>{''.join(rows)}</table>{self.report._repr_html_() if self.variables else ''}"


def _shown(value: object) -> str:
    match value:
        case float():
            return f"{value:,.4g}"
        case int():
            return f"{value:,}"
        case _:
            return visible(str(value))
