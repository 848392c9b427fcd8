"""How a survey's design makes variances: linearised, from replicate weights, or linearised with calibrated weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from psaindicators.kernel.calibration import Cells, Columns as CalibrationColumns, residuals
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Estimand, Linear, mean, ratio, share, total
from psaindicators.kernel.linearise import (
    Ratios,
    Stage,
    design_df,
    design_stages,
    point,
    ratios as linearised,
    with_variance,
)
from psaindicators.kernel.linearised_rows import covariances, row_stages, variances
from psaindicators.kernel.replicates import (
    ReplicateRule,
    ReplicateWeights,
    replicate_covariance,
    replicate_df,
    replicate_variance,
    replicated,
)
from psaindicators.kernel.totals import Floats, Frame, Measure, Totals, psu_totals
from psaindicators.survey.survey import Columns, frame_of

WORDS: dict[Estimand, str] = {
    share: "ratio of weighted totals",
    ratio: "ratio of weighted totals",
    mean: "weighted mean",
    total: "weighted total",
}
COLUMNS_AT_ONCE = 32
"""Linearised variables held by respondent at one time."""


class Design(Protocol):
    """What makes the figures of measures, by area of each breakdown, with their variances."""

    def method(self, estimand: Estimand) -> str:
        """Return how figures and their variances are made, as a row's `method` says it."""

    def ratios(self, measures: Sequence[Measure], domains: tuple[Codes, ...], estimand: Estimand) -> list[Ratios]:
        """Return the figures of each breakdown, arrays of shape (I, D)."""

    def covariance(self, measures: Sequence[Measure], estimand: Estimand) -> Floats:
        """Return the covariance matrix of everyone's figures, (I, I); the measures share their base."""

    def df(self) -> int:
        """Return the degrees of freedom of the whole design."""


@dataclass(frozen=True, eq=False)
class Linearised:
    """Taylor linearisation between PSUs within strata; see `linearise`."""

    frame: Frame
    lonely_psu: str

    def method(self, estimand: Estimand) -> str:
        return f"{WORDS[estimand]}, linearised"

    def ratios(self, measures: Sequence[Measure], domains: tuple[Codes, ...], estimand: Estimand) -> list[Ratios]:
        totals = psu_totals(self.frame, measures, domains)
        return [linearised(totals, i, self.lonely_psu, estimand) for i in range(len(domains))]

    def covariance(self, measures: Sequence[Measure], estimand: Estimand) -> Floats:
        z = _linearised_variables(self.frame, measures, estimand)
        stages = row_stages(self.frame, self.lonely_psu)
        return covariances(self.frame.weight[:, None] * z, stages, self.lonely_psu, measures[0].base)

    def df(self) -> int:
        return design_df(psu_totals(self.frame, (), ()), self.lonely_psu)


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Linearisation that allows for weights calibrated to margins: u = g d e in place of w z; see `linearised_rows`.

    e is the residual of z on the calibration variables by least squares weighted by the initial weights d.
    """

    frame: Frame
    lonely_psu: str
    initial: Floats
    x: Cells | CalibrationColumns

    def method(self, estimand: Estimand) -> str:
        return f"{WORDS[estimand]}, linearised, weights calibrated"

    def ratios(self, measures: Sequence[Measure], domains: tuple[Codes, ...], estimand: Estimand) -> list[Ratios]:
        totals = psu_totals(self.frame, measures, domains)
        stages = row_stages(self.frame, self.lonely_psu)
        made = []
        for i, domain in enumerate(domains):
            linear = point(totals, i, estimand)
            columns = [self._variances(measure, domain, _row(linear, j), stages) for j, measure in enumerate(measures)]
            made.append(with_variance(totals, i, (linear, np.stack(columns)), _stage(totals)))
        return made

    def _variances(self, measure: Measure, domain: Codes, linear: Linear, stages: Sequence[Stage]) -> Floats:
        """Return the variance of one measure's figures in the areas of a breakdown, shape (D,)."""
        y, q = measure.parts
        found = []
        for start in range(0, len(domain.values), COLUMNS_AT_ONCE):
            areas = np.arange(start, min(start + COLUMNS_AT_ONCE, len(domain.values)))
            inside = domain.positions[:, None] == areas
            with np.errstate(invalid="ignore"):
                z = np.where(inside, np.outer(y, linear.a[areas]) + np.outer(q, linear.b[areas]), 0.0)
            holding = inside & measure.base[:, None]
            found.append(variances(self._spread(np.nan_to_num(z)), stages, self.lonely_psu, holding))
        return np.concatenate(found)

    def _spread(self, z: Floats) -> Floats:
        return self.frame.weight[:, None] * residuals(z, self.x, self.initial)

    def covariance(self, measures: Sequence[Measure], estimand: Estimand) -> Floats:
        u = self._spread(_linearised_variables(self.frame, measures, estimand))
        return covariances(u, row_stages(self.frame, self.lonely_psu), self.lonely_psu, measures[0].base)

    def df(self) -> int:
        return design_df(psu_totals(self.frame, (), ()), self.lonely_psu)


@dataclass(frozen=True, eq=False)
class Replicated:
    """Replicate weights, in place of strata, PSUs and population counts; see `replicates`."""

    frame: Frame
    replicates: ReplicateWeights
    rule: ReplicateRule
    kind: str

    def method(self, estimand: Estimand) -> str:
        return f"replicate weights, {self.kind}"

    def ratios(self, measures: Sequence[Measure], domains: tuple[Codes, ...], estimand: Estimand) -> list[Ratios]:
        totals = psu_totals(self.frame, measures, domains)
        bases = np.stack([measure.base for measure in measures])
        made = []
        for i, domain in enumerate(domains):
            linear = point(totals, i, estimand)
            thetas = replicated(self.replicates, measures, domain, estimand)
            v = replicate_variance(thetas, linear.value, self.rule)
            plain = with_variance(totals, i, (linear, v), _stage(totals))
            made.append(_replicate_df(plain, v, replicate_df(self.replicates, bases, domain)))
        return made

    def covariance(self, measures: Sequence[Measure], estimand: Estimand) -> Floats:
        everyone = Codes(("all",), np.zeros(len(self.frame.weight), dtype=np.intp))
        figure = point(psu_totals(self.frame, measures, (everyone,)), 0, estimand).value[:, 0]
        thetas = replicated(self.replicates, measures, everyone, estimand)[:, :, 0]
        return replicate_covariance(thetas, figure, self.rule)

    def df(self) -> int:
        everyone = Codes(("all",), np.zeros(len(self.frame.weight), dtype=np.intp))
        return int(replicate_df(self.replicates, np.ones((1, len(everyone.positions)), dtype=bool), everyone)[0, 0])


def design_of(columns: Columns, lonely_psu: str) -> Design:
    """Return what a survey's design is: replicate weights where its wave has them, calibrated where it was weighted.

    Raises SurveyError for weights and keys that are not such.
    """
    survey, frame = columns.survey, frame_of(columns)
    if survey.replicates is not None:
        return Replicated(frame, survey.replicates.weights, survey.replicates.rule, survey.replicates.kind)
    weighting = survey.weighting
    if weighting is not None:
        assert weighting.cells is not None
        return Calibrated(frame, lonely_psu, weighting.initial, weighting.cells)
    return Linearised(frame, lonely_psu)


def _linearised_variables(frame: Frame, measures: Sequence[Measure], estimand: Estimand) -> Floats:
    """Return z = a y + b q of each respondent for everyone's figure of each measure, (rows, I)."""
    parts = [measure.parts for measure in measures]
    linear = estimand(*(np.array([frame.weight @ one[i] for one in parts]) for i in (0, 1)))
    return np.stack([a * y + b * q for (y, q), a, b in zip(parts, linear.a, linear.b, strict=True)], axis=1)


def _replicate_df(plain: Ratios, v: Floats, df: NDArray[np.intp]) -> Ratios:
    """Return ratios that rest on replicate weights: these tell their df, but not the strata and PSUs behind them."""
    untold = np.zeros_like(plain.psus)
    return replace(plain, v=np.where((df > 0) & np.isfinite(plain.p), v, np.nan), strata=untold, psus=untold, df=df)


def _row(linear: Linear, j: int) -> Linear:
    return Linear(linear.value[j], linear.a[j], linear.b[j], linear.weight[j])


def _stage(totals: Totals) -> Stage:
    return design_stages(totals, "certainty")[0]
