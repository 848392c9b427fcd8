"""What a design costs: the variance of figures beside that of simple random samples, and what weights alone cost."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.figures.amounts import Distribution
from psaindicators.figures.asked import By, asked
from psaindicators.figures.estimates import Estimates
from psaindicators.headings import Column, Heading
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.significance import root
from psaindicators.survey.breakdowns import Breakdown
from psaindicators.survey.survey import Survey
from psaindicators.tables import Table

NAMED = (h.INDICATOR, h.QUESTION, h.ANSWER, h.SURVEY, h.WAVE, h.BY, h.AREA, h.AREA_NAME, h.VALUE, h.SE)
DEFF = h.DEFF.as_(h.DEFF.says, written=h.TWO_DECIMALS)
WITHOUT = h.figure("deff_without", "deff against a sample without replacement", "ratio", h.TWO_DECIMALS)


class DesignEffects(Table):
    """Design effects, a row for each estimate.

    The columns that say what a row is about are those that the estimates have.
    """

    headings: ClassVar[tuple[Heading, ...]] = (*NAMED, h.BASE, h.WEIGHTED_BASE, DEFF, WITHOUT, h.DEFT, h.EFFECTIVE_BASE)

    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "question", "answer", "wave", "by", "area", "area_name"),
        *("base", "deff", "deft", "effective_base"),
    )


class WeightEffects(Table):
    """Kish's design effects of weights, a row for each area; `area_name` may be absent."""

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.SURVEY, h.WAVE, h.BY, h.AREA, h.AREA_NAME, h.BASE.as_("respondents of positive weight"), h.WEIGHTED_BASE),
        *(DEFF.as_("n sum w^2 / (sum w)^2 over their weights"), h.DEFT, h.EFFECTIVE_BASE),
    )

    shown: ClassVar[tuple[str, ...]] = ("wave", "by", "area", "area_name", "base", "deff", "deft", "effective_base")


@typed
def design_effects(estimates: Estimates | Distribution) -> DesignEffects:
    """Return the design effects of estimates: how many times the variance is that of simple random sampling.

    deff = v (n - 1) / (p (1 - p)), with replacement: n is the base. deff_without = deff / (1 - n/N), without
    replacement from a population of N, the sum of weights of the base; missing where the weights sum to no more than
    n, and without meaning where they were not made to sum to the population. deft is the square root of deff. All are
    missing where the variance is, and at 0% and 100%. They are R's svymean with deff = "replace" and deff = TRUE. No
    error is raised: what is missing from the estimates is missing here.
    """
    of = estimates.columns
    deff, base, weighted = (of[name].astype(float) for name in ("deff", "base", "weighted_base"))
    with np.errstate(invalid="ignore", divide="ignore"):
        without = np.where(weighted > base, deff / (1 - base / weighted), np.nan)
    columns = {one.name: of[one.name] for one in (*NAMED, h.BASE, h.WEIGHTED_BASE) if one.name in of}
    effects = {"deff": deff, "deff_without": without, "deft": root(deff), "effective_base": of["effective_base"]}
    return DesignEffects(columns | effects)


@typed
def kish(survey: Survey, *, by: By = None) -> WeightEffects:
    """Return Kish's design effect of a survey's weights, by area: what unequal weights alone cost.

    deff = n sum w^2 / (sum w)^2 over the n respondents of positive weight whom the wave's figures are about: the
    variance of a mean that has nothing to do with the weights, beside that under equal weights. `by` is as for
    `estimate`. Rule: Kish (1965, Survey Sampling, 11.7). Raises DefinitionError and SurveyError as `estimate`, and
    DesignError where weights sum within areas and an area asked for holds several of them.
    """
    sample = asked(survey, by=by).open(())
    weights = sample.weight
    for part in sample.breakdowns:
        sample.refuse_several_areas(f"a design effect of weights by '{part.by}'", weights > 0, part.codes)
    blocks = [_of_weights(part, weights) for part in sample.breakdowns]
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    n = len(joined["base"])
    wave: dict[str, Column] = {
        "survey": np.full(n, sample.wave.survey, dtype=object),
        "wave": np.full(n, sample.wave.year),
    }
    if not any(joined["area_name"] != ""):
        del joined["area_name"]
    return WeightEffects(wave | joined, notes=sample.notes)


def _of_weights(part: Breakdown, weights: Floats) -> dict[str, Column]:
    """Return the columns of one breakdown, each of shape (D,)."""
    counted = (part.codes.positions >= 0) & (weights > 0)
    where, n_areas = part.codes.positions[counted], len(part.codes.values)
    base = np.bincount(where, minlength=n_areas)
    total, squares = (np.bincount(where, weights[counted] ** power, n_areas) for power in (1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        deff = np.where(base > 0, base * squares / total**2, np.nan)
    names = part.names if part.names is not None else np.full(n_areas, "", dtype=object)
    return {
        "by": np.full(n_areas, part.by, dtype=object),
        "area": np.array([str(value) for value in part.codes.values], dtype=object),
        "area_name": names,
        "base": base,
        "weighted_base": total,
        "deff": deff,
        "deft": root(deff),
        "effective_base": base / deff,
    }
