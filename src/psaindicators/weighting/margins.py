"""Weights that meet population margins, from a frame of respondents: the public functions and their report.

The numbers are made in `weighting`; names become codes, and problems messages, in `margin_matching`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from psaindicators.errors import DesignError, did_you_mean
from psaindicators.kernel import calibration
from psaindicators.kernel.calibration import METHODS, Cells, Fitted, Floats
from psaindicators.tables import Table
from psaindicators.weighting.margin_matching import (
    SAME_TOTAL,
    Margin,
    Matched,
    initial_weights,
    matched,
    numbers_of,
    raise_any,
    rows_named,
    sums,
)

if TYPE_CHECKING:
    import pandas as pd

SLACK = 1e-9
"""A category may need a g this far beyond the bounds: the rounding of sums, no more."""
TINY_BASE = 30
"""Respondents below which a category is marked tiny: a house rule, to show where weights rest on few."""


class MarginReport(Table):
    """Each category: base, weighted totals initial and final, the total to meet, the difference (percent)."""


@dataclass(frozen=True, eq=False, repr=False)
class Weighting:
    """Weights in the order of the rows, how they were made, and how well they meet the margins.

    weights: (rows,) final weights, g times initial.
    initial: (rows,) the weights given (1 if none), scaled to add to the margins' total.
    g: (rows,) final over initial weight.
    cells: the calibration variables, for variances that allow for the calibration (`calibration.residuals`);
        None for weights that were only trimmed.
    sweeps: sweeps of raking, Newton steps of calibration.
    """

    weights: Floats
    initial: Floats
    g: Floats
    method: str
    sweeps: int
    margins: tuple[Margin, ...]
    cells: Cells | None

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
    def report(self) -> MarginReport:
        """Each category of each margin, in the order given."""
        used = self.initial > 0
        columns: dict[str, list[Any]] = {
            "variable": [m.variable for m in self.margins for _ in m.categories],
            "category": [name for m in self.margins for name in m.categories],
            "base": [total for m in self.margins for total in sums(m, used).astype(int)],
            "initial": [total for m in self.margins for total in sums(m, self.initial)],
            "total": [total for m in self.margins for total in m.totals],
            "final": [total for m in self.margins for total in sums(m, self.weights)],
        }
        arrays = {name: np.array(values) for name, values in columns.items()}
        arrays |= {name: arrays[name].astype(object) for name in ("variable", "category")}
        arrays["difference"] = 100 * (arrays["final"] / arrays["total"] - 1)
        arrays["note"] = np.where(arrays["base"] < TINY_BASE, "tiny", "").astype(object)
        return MarginReport(arrays)

    @property
    def facts(self) -> dict[str, Any]:
        """What to say with the weights: sweeps, worst margin, design effect, ranges, empty and tiny cells."""
        positive = self.initial > 0
        facts = {"method": self.method, "base": self.base, "sweeps": self.sweeps}
        if self.margins and self.cells is not None:
            worst, difference = _worst(self.report)
            crossings = int(np.prod([float(size) for size in self.cells.sizes]))
            facts |= {
                "worst_margin": worst,
                "worst_difference": difference,
                "tiny_categories": int((self.report.columns["note"] == "tiny").sum()),
                "crossings": crossings,
                "empty_crossings": crossings - self.cells.columns.shape[1],
            }
        return facts | {
            "deff": self.deff,
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
        return "\n".join(["Weighting", *lines, *([repr(self.report)] if self.margins else [])])

    def _repr_html_(self) -> str:
        rows = (
            f"<tr><th scope='row'>{escape(name.replace('_', ' '))}</th><td>{escape(_shown(value))}</td></tr>"
            for name, value in self.facts.items()
        )
        return f"<table>{''.join(rows)}</table>{self.report._repr_html_() if self.margins else ''}"


def rake(data: Any, margins: object, *, weight: str | None = None, sweeps: int = 1000) -> Weighting:
    """Return weights raked to the margins: each in turn is scaled to its totals until none moves by 1e-10.

    data: a frame of respondents (pandas, Polars, Arrow). margins: {variable: {category: total}}, a frame with
    the columns variable, category and total, or the path of such a CSV or of a TOML file. weight: the name of
    the initial weight; without it all start alike. One margin is post-stratification, in closed form. At most
    `sweeps` are run. Rule: iterative proportional fitting, Deming and Stephan (1940), as R's `rake`.
    Raises DesignError: weights that are none, margins and sample that do not match, totals that disagree, no
    convergence, naming the cell; DefinitionError or MissingFileError for the file of margins.
    """
    found = matched(data, margins, weight)
    if len(found.margins) == 1:
        return _fit(found, "post-stratification", calibration.post_stratify)
    return _fit(found, "raking", lambda d, cells, totals: calibration.rake(d, cells, totals, sweeps=sweeps))


def calibrate_weights(
    data: Any,
    margins: object,
    *,
    method: str = "linear",
    bounds: tuple[float, float] | None = None,
    weight: str | None = None,
) -> Weighting:
    """Return weights calibrated to the margins, nearest the initial ones by the distance of the method.

    data, margins, weight: as for `rake`. method: "linear", "raking" or "logit". bounds: lowest and highest g,
    the final weight over the initial (scaled to the margins' sum); "logit" needs them. Raking with no bounds
    gives the weights of `rake`; one margin without bounds is post-stratification.
    Rule: Deville and Sarndal (1992), as R's `calibrate`.
    Raises DesignError as `rake`, and for bounds that cannot hold or weights that come out negative.
    """
    low, high = _checked_bounds(method, bounds)
    found = matched(data, margins, weight)
    if len(found.margins) == 1 and bounds is None:
        return _fit(found, "post-stratification", calibration.post_stratify)
    beyond = [problem for m in found.margins for problem in _beyond(m, found.initial, low, high)]
    raise_any("bounds that cannot hold", beyond)
    made = _fit(
        found,
        f"{method} calibration" + (f", g from {low:g} to {high:g}" if bounds else ""),
        lambda d, cells, totals: calibration.calibrate(d, cells, totals, method=method, bounds=(low, high)),
    )
    _refuse_negative(made.weights)
    return made


def trim_weights(data: Any, weight: str, *, lower: float = 0.0, upper: float = inf, strict: bool = True) -> Weighting:
    """Return the weights with those beyond the bounds set to them and the excess shared by the others.

    Each of them gets the same amount, so the sum is kept. strict: those that this pushes beyond a bound are
    trimmed too, until none is; without it they stay there. Bounds are on the scale of the weight.
    Rule: R's `trimWeights`, whose default is not strict.
    Trimmed weights no longer meet their margins: rake again, or calibrate with bounds in the first place.
    Raises DesignError: weights that are none, bounds the wrong way round, or bounds that cannot keep the sum.
    """
    initial, problems = initial_weights(data, weight)
    if not lower < upper:
        problems.append(f"the lower bound {lower:g} is not below the upper bound {upper:g}")
    raise_any("weights that cannot be trimmed", problems)
    trimmed = calibration.trim(initial, lower, upper, strict=strict)
    lost = 1 - trimmed.sum() / initial.sum()
    if abs(lost) > SAME_TOTAL:
        raise DesignError(
            f"bounds {lower:g} to {upper:g} cannot keep the sum of {weight!r}: every weight ends at a bound "
            f"and {abs(lost):.1%} of the sum is {'left over' if lost > 0 else 'added'}; the mean weight is "
            f"{initial.mean():g}: widen the bounds around it"
        )
    g = np.divide(trimmed, initial, out=np.ones_like(initial), where=initial > 0)
    how = f"trimmed to {lower:g} to {upper:g}" + (", strict" if strict else "")
    return Weighting(trimmed, initial, g, how, 1, (), None)


def household_weights(adults: ArrayLike) -> Floats:
    """Return initial weights where one adult was drawn from each address: the number of adults, mean 1.

    adults: (rows,) adults living at each respondent's address. One of a is drawn with chance 1/a, so counts a
    times. There is no cap: none could be confirmed for the Place Survey, and a survey that has one caps the
    numbers first, as in `adults.clip(upper=4)`.
    Raises DesignError for an address with a missing number, or one that is not 1, 2, 3 ...
    """
    numbers = numbers_of(np.asarray(adults))
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 1) & (numbers == np.floor(numbers))))
    if len(wrong):
        raise DesignError(
            f"adults at the address is not a whole number of at least 1 in {rows_named(wrong)} "
            "(row 1 is the first respondent)"
        )
    return calibration.household_weights(numbers)


Fit = Callable[[Floats, Cells, Floats], Fitted]


def _fit(found: Matched, method: str, fit: Fit) -> Weighting:
    cells = Cells.of([m.codes for m in found.margins], [len(m.categories) for m in found.margins])
    done = fit(found.initial, cells, np.concatenate([m.totals for m in found.margins]))
    made = Weighting(found.initial * done.g, found.initial, done.g, method, done.sweeps, found.margins, cells)
    if not done.converged:
        worst, difference = _worst(made.report)
        raise DesignError(
            f"{method} did not meet {found.where} in {done.sweeps:,} sweeps: the worst is {worst}, "
            f"{abs(difference):.3g}% {'above' if difference > 0 else 'below'} its total; join small "
            "categories, drop a margin, or widen the bounds if there are any"
        )
    return made


def _worst(report: MarginReport) -> tuple[str, float]:
    row = report[int(np.argmax(np.abs(report.columns["difference"])))]
    return f"{row.variable} = {row.category}", row.difference


def _checked_bounds(method: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if method not in METHODS:
        raise DesignError(
            f"no calibration method {method!r}; there are {', '.join(METHODS)}{did_you_mean(method, METHODS)}"
        )
    low, high = bounds or (-inf, inf)
    if not low < 1 < high:
        raise DesignError(f"bounds on g lie either side of 1, such as (0.5, 2); found ({low:g}, {high:g})")
    if method == "logit" and not (isfinite(low) and isfinite(high)):
        raise DesignError("logit calibration needs a lower and an upper bound on g, such as bounds=(0.5, 2)")
    return low, high


def _beyond(margin: Margin, initial: Floats, low: float, high: float) -> list[str]:
    needed = margin.totals / sums(margin, initial)
    return [
        f"{margin.variable} = {name}: its total is {ratio:.3g} times its initial weight, outside the bounds "
        f"{low:g} to {high:g} on g; widen them, or join the category to another"
        for name, ratio in zip(margin.categories, needed, strict=True)
        if not low - SLACK <= ratio <= high + SLACK
    ]


def _refuse_negative(weights: Floats) -> None:
    below = np.flatnonzero(weights < 0)
    if len(below):
        raise DesignError(
            f"linear calibration gives a negative weight (lowest {weights.min():.3g}) to {rows_named(below)} "
            "(row 1 is the first respondent); give bounds such as bounds=(0.2, 5), or use method='raking'"
        )


def _shown(value: object) -> str:
    match value:
        case float():
            return f"{value:,.4g}"
        case int():
            return f"{value:,}"
        case _:
            return str(value)
