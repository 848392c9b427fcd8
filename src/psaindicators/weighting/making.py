"""Weights made to meet a population: raking, calibration, trimming, household size.

The numbers are made in `kernel.calibration`; names become codes, and problems messages, in `matching`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from psaindicators.arguments import shown_argument, typed
from psaindicators.errors import DesignError, OptionError, refuse, word_problems
from psaindicators.kernel import calibration
from psaindicators.kernel.calibration import METHODS, Fitted
from psaindicators.kernel.calibration_variables import Cells
from psaindicators.kernel.codes import amounts_of
from psaindicators.kernel.keys import Floats
from psaindicators.weighting.matching import SAME_TOTAL, Matched, WeightingVariable, matched, raise_any
from psaindicators.weighting.respondents import in_order, starting_weights
from psaindicators.weighting.weights import Trimming, Weighting
from psaindicators.words import counted, rows

SLACK = 1e-9
"""A category may need a g this far beyond the bounds: the rounding of sums, no more."""
ROUNDING = 1e-12
"""A weight this near to a bound, relative, stands at it."""
ROW_1 = "(row 1 is the first respondent)"


@typed
def rake(
    data: Any,
    populations: object,
    *,
    weight: str | None = None,
    trim: tuple[float, float] | None = None,
    blanks: str = "refuse",
    sweeps: int = 1000,
) -> Weighting:
    """Return weights raked to population totals: each variable in turn is scaled to them until none moves by 1e-10.

    data: a survey, whose questions and area kinds have population totals by answer and area; or a frame (pandas,
    Polars, Arrow) or file, whose columns have them by code. "age_band*sex" is a crossing, its categories "18_24*male".
    populations: {variable: {category: total}}, a frame with the columns variable, category and total, or the path of
    such a CSV or of a TOML file. weight: the variable of the initial weights; without it a survey starts from the
    wave's weight where the file has it, and others from rows all alike. trim: least and greatest weight in times the
    mean weight, such as (0.3, 3); totals and trimming then both hold (kernel.calibration.rake_within). blanks:
    "refuse", or "own_category" for respondents of no category to be one, which keeps its weighted share of the
    population. At most `sweeps` are run. One variable is post-stratification, in closed form. Rule: iterative
    proportional fitting, Deming and Stephan (1940), as R's `rake`.
    Raises DesignError: invalid weights, population totals and respondents that do not match, totals that disagree, no
    convergence, naming the category; OptionError; SurveyError for a survey's weights and codes; DefinitionError or
    MissingFileError for the file of totals.
    """
    limits = None if trim is None else _checked_trim(trim)
    found = matched(data, populations, weight=weight, blanks=blanks)
    made = (
        _fit(found, "post-stratification", calibration.post_stratify)
        if len(found.variables) == 1
        else _fit(found, "raking", lambda d, cells, totals: calibration.rake(d, cells, totals, sweeps=sweeps))
    )
    return made if limits is None else _within(found, made, *limits)


@typed
def calibrate_weights(
    data: Any,
    populations: object,
    *,
    method: str = "linear",
    bounds: tuple[float, float] | None = None,
    weight: str | None = None,
    blanks: str = "refuse",
) -> Weighting:
    """Return weights calibrated to population totals, nearest the initial ones by the distance of the method.

    data, populations, weight, blanks: as for `rake`. method: "linear", or "raking" or "logit", which need bounds
    (raking without them is `rake`). bounds: lowest and highest g, the final weight over the initial (scaled to the
    population). One variable without bounds is post-stratification.
    Rule: Deville and Sarndal (1992), as R's `calibrate`.
    Raises errors as `rake`, and DesignError for bounds that cannot hold or weights that come out negative.
    """
    low, high = _checked_bounds(method, bounds)
    found = matched(data, populations, weight=weight, blanks=blanks)
    if len(found.variables) == 1 and bounds is None:
        return _fit(found, "post-stratification", calibration.post_stratify)
    beyond = [problem for one in found.variables for problem in _beyond(one, found.initial, low, high)]
    raise_any("bounds that cannot hold", beyond)
    made = _fit(
        found,
        f"{method} calibration" + (f", g from {low:g} to {high:g}" if bounds else ""),
        lambda d, cells, totals: calibration.calibrate(d, cells, totals, method=method, bounds=(low, high)),
    )
    _refuse_negative(made.weights)
    return made


@typed
def trim_weights(data: Any, weight: str, *, lower: float = 0.0, upper: float = inf, strict: bool = True) -> Weighting:
    """Return the weights with those beyond the bounds set to them and the excess shared by the others.

    Each of them gets the same amount, so the sum is kept; a weight of 0 stays 0. strict: those that this pushes beyond
    a bound are trimmed too, until none is; without it they stay there. Bounds are on the scale of the weight.
    Rule: R's `trimWeights`, whose default is not strict.
    Trimmed weights no longer meet their population totals: `rake` with `trim` gives weights that do.
    Raises OptionError for bounds the wrong way round, DesignError for invalid weights or bounds that cannot keep the
    sum.
    """
    if not lower < upper:
        raise OptionError(f"the lower bound {lower:g} is not below the upper bound {upper:g}")
    given, problems = starting_weights(in_order(data), weight)
    raise_any("weights that cannot be trimmed", problems)
    assert given is not None
    initial = given.copy()
    trimmed = calibration.trim(initial, lower, upper, strict=strict)
    lost = 1 - trimmed.sum() / initial.sum()
    if abs(lost) > SAME_TOTAL:
        raise DesignError(
            f"bounds {lower:g} to {upper:g} cannot keep the sum of {weight!r}: every weight ends at a bound "
            f"and {abs(lost):.1%} of the sum is {'left over' if lost > 0 else 'added'}; the mean weight is "
            f"{initial[initial > 0].mean():g}: widen the bounds around it"
        )
    g = np.divide(trimmed, initial, out=np.ones_like(initial), where=initial > 0)
    how = f"trimmed to {lower:g} to {upper:g}" + (", strict" if strict else "")
    return Weighting(trimmed, initial, g, how, 1, (), None)


@typed
def household_weights(adults: ArrayLike) -> Floats:
    """Return initial weights where one adult was drawn from each address: the number of adults, mean 1.

    adults: (rows,) adults living at each respondent's address. One of a is drawn with chance 1/a, so counts a
    times. There is no cap: none could be confirmed for the Place Survey, and a survey that has one caps the
    numbers first, as in `adults.clip(upper=4)`.
    Raises DesignError for an address with a missing number, or one that is not 1, 2, 3 ...
    """
    listed = np.asarray(adults)
    if listed.ndim != 1 or not len(listed):
        raise OptionError(f"adults is a list of numbers, one for each respondent; got {shown_argument(adults)}")
    numbers = amounts_of(listed)
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 1) & (numbers == np.floor(numbers))))
    if len(wrong):
        raise DesignError(f"adults at the address is not a whole number of at least 1 in {rows(wrong)} {ROW_1}")
    return calibration.household_weights(numbers)


Fit = Callable[[Floats, Cells, Floats], Fitted]


def _fit(found: Matched, method: str, fit: Fit) -> Weighting:
    cells = Cells.of([one.codes for one in found.variables], [len(one.categories) for one in found.variables])
    done = fit(found.initial, cells, np.concatenate([one.totals for one in found.variables]))
    made = Weighting(found.initial * done.g, found.initial, done.g, method, done.sweeps, found.variables, cells)
    if not done.converged:
        worst, difference = made.report.worst
        raise DesignError(
            f"{method} did not meet {found.where} in {done.sweeps:,} sweeps: the worst is {worst}, "
            f"{abs(difference):.3g}% {'above' if difference > 0 else 'below'} its total; join small "
            "categories, drop a variable, or widen the bounds or the trimming if there are any"
        )
    return made


def _checked_trim(trim: tuple[float, float]) -> tuple[float, float]:
    low, high = trim
    if not 0 <= low < 1 < high:
        raise OptionError(
            f"trim is the least and the greatest weight in times the mean, such as (0.3, 3); found {trim}"
        )
    return low, high


def _within(found: Matched, raked: Weighting, low: float, high: float) -> Weighting:
    """Return the weights raked with each from low to high times the mean weight; none moves that need not."""
    mean = found.variables[0].totals.sum() / raked.base
    lower, upper = low * mean, high * mean
    raise_any(
        "trimming that cannot hold", [line for one in found.variables for line in _too_few(one, raked, lower, upper)]
    )
    counts = raked.weights > 0
    method = f"{raked.method}, trimmed to {low:g} to {high:g} times the mean weight"
    if not ((raked.weights < lower) | (raked.weights > upper))[counts].any():
        return replace(raked, method=method, trimming=Trimming(lower, upper, 0, raked.deff))
    made = _fit(
        found,
        method,
        lambda d, cells, totals: calibration.rake_within(d, cells, totals, lower=lower, upper=upper),
    )
    low_ones, high_ones = made.weights <= lower * (1 + ROUNDING), made.weights >= upper * (1 - ROUNDING)
    weights = np.where(counts, np.select([low_ones, high_ones], [lower, upper], made.weights), 0.0)
    at_bound = int(np.count_nonzero(counts & (low_ones | high_ones)))
    return replace(made, weights=weights, trimming=Trimming(lower, upper, at_bound, raked.deff))


def _too_few(variable: WeightingVariable, raked: Weighting, lower: float, upper: float) -> list[str]:
    heads = variable.sums(raked.weights > 0)
    return [
        f"{variable.variable} = {name}: its total is {total:,.10g}, but its {counted(int(n), 'respondent')} can stand "
        f"for {n * lower:,.4g} to {n * upper:,.4g}; widen the trimming, or join the category to another"
        for name, total, n in zip(variable.categories, variable.totals, heads, strict=True)
        if not n * lower * (1 - SLACK) <= total <= n * upper * (1 + SLACK)
    ]


def _checked_bounds(method: str, bounds: tuple[float, float] | None) -> tuple[float, float]:
    refuse(word_problems("method", method, METHODS))
    if method == "raking" and bounds is None:
        raise OptionError("calibration by raking needs bounds on g, such as bounds=(0.5, 2); without them it is `rake`")
    low, high = bounds or (-inf, inf)
    if not low < 1 < high:
        raise OptionError(f"bounds on g lie either side of 1, such as (0.5, 2); found ({low:g}, {high:g})")
    if method == "logit" and not (isfinite(low) and isfinite(high)):
        raise OptionError("logit calibration needs a lower and an upper bound on g, such as bounds=(0.5, 2)")
    return low, high


def _beyond(variable: WeightingVariable, initial: Floats, low: float, high: float) -> list[str]:
    needed = variable.totals / variable.sums(initial)
    return [
        f"{variable.variable} = {name}: its total is {ratio:.3g} times its initial weight, outside the bounds "
        f"{low:g} to {high:g} on g; widen them, or join the category to another"
        for name, ratio in zip(variable.categories, needed, strict=True)
        if not low - SLACK <= ratio <= high + SLACK
    ]


def _refuse_negative(weights: Floats) -> None:
    below = np.flatnonzero(weights < 0)
    if len(below):
        raise DesignError(
            f"linear calibration gives a negative weight (lowest {weights.min():.3g}) to {rows(below)} "
            f"{ROW_1}; give bounds such as bounds=(0.2, 5), or use `rake`"
        )
