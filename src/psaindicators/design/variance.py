"""How a survey's design makes variances: linearised, from replicate weights, or linearised with calibrated weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from psaindicators.kernel.calibration_variables import Cells, Dense
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import Estimand
from psaindicators.kernel.figures import ByArea, Figures, InCells, OfAreas, Ratios, Tabled, by_domain
from psaindicators.kernel.freedom import STRATA, Held, held_by_psus
from psaindicators.kernel.keys import Bools, Floats
from psaindicators.kernel.linearise import covariance, variance
from psaindicators.kernel.overlap import Parts, ReplicateParts, factors, psus_of
from psaindicators.kernel.replicates import (
    HeldByReplicates,
    ReplicateRule,
    ReplicateWeights,
    replicate_covariance,
    replicate_variance,
)
from psaindicators.kernel.residuals import CalibratedFrame, residuals
from psaindicators.kernel.stages import check_stages
from psaindicators.kernel.totals import Frame, Measure, Totals
from psaindicators.survey.survey import Columns, frame_of


class Design(Protocol):
    """What makes the variance of any figures (see `Figures`) of a survey's rows."""

    @property
    def rows(self) -> Frame:
        """The survey's rows."""

    @property
    def how(self) -> str:
        """How variances are made, such as "linearised"."""

    def method(self, estimand: Estimand) -> str:
        """Return how figures and their variances are made, as a row's `method` says it."""

    def totals(self, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
        """Return the totals that the variances of measures follow from, in cells of these domains first of all."""

    def variances(self, figures: Tabled) -> Floats:
        """Return the variance of each figure, (I, D). Raises DesignError for lonely PSUs and population counts."""

    def covariance(self, figures: Figures) -> Floats:
        """Return the covariance matrix, (I, I), of figures of one domain that share their base."""

    def held(self, figures: Tabled) -> Held:
        """Return what holds the base of each figure, and their degrees of freedom."""

    def parts(self, figures: ByArea) -> Parts:
        """Return what the variance of figures is made of, which another sample may share: PSUs, or replicates."""


def by_area(
    design: Design, measures: Sequence[Measure], domains: tuple[Codes, ...], estimand: Estimand
) -> list[ByArea]:
    """Return the figures of each breakdown, the rows added up once."""
    totals = design.totals(measures, domains)
    return [ByArea(totals, i, estimand, measures, domain) for i, domain in enumerate(domains)]


def ratios(design: Design, figures: ByArea, df: str) -> Ratios:
    """Return figures of respondents with their variance and a policy's degrees of freedom (see `Held`).

    There is no variance where the strata that hold the base have no more PSUs than there are strata.
    """
    return _ratios(figures, design.held(figures), design.variances(figures), df)


def _ratios(figures: OfAreas, held: Held, v: Floats, df: str) -> Ratios:
    totals = figures.totals
    known = (held.df(STRATA) > 0) & np.isfinite(figures.value)
    return Ratios(
        value=figures.value,
        v=np.where(known, v, np.nan),
        base=by_domain(totals.base, figures.cells),
        answered=by_domain(totals.answered, figures.cells),
        weighted_base=figures.weight,
        strata=held.strata,
        psus=held.psus,
        df=held.df(df),
        unsure=held.unsure,
        largest_share=figures.largest_share,
    )


class _Taylor:
    """Taylor linearisation between PSUs within strata, for which totals of cells are enough; see `linearise`."""

    lonely_psu: str
    how = "linearised"

    def method(self, estimand: Estimand) -> str:
        return f"{estimand.words}, {self.how}"

    def variances(self, figures: InCells) -> Floats:
        totals = figures.totals
        check_stages(totals.keys, totals.stages, self.lonely_psu)
        parts = [figures.over(stage) for stage in totals.stages]
        return variance(parts, totals.stages, self.lonely_psu, len(figures.cells.values))

    def held(self, figures: InCells) -> Held:
        return held_by_psus(figures.totals, figures.cells)

    def ratios(self, figures: OfAreas, df: str) -> Ratios:
        """Return figures with their variance and a policy's degrees of freedom, as the function of this name."""
        return _ratios(figures, self.held(figures), self.variances(figures), df)

    def parts(self, figures: OfAreas) -> Parts:
        return psus_of(figures, self.lonely_psu)


@dataclass(frozen=True, eq=False)
class FromCells(_Taylor):
    """Taylor linearisation of what an engine added up: totals of cells, and no respondents."""

    lonely_psu: str


@dataclass(frozen=True, eq=False)
class Linearised(_Taylor):
    """Taylor linearisation of respondents in arrays, which give covariances too."""

    rows: Frame
    lonely_psu: str

    def totals(self, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
        return self.rows.totals(measures, domains)

    def covariance(self, figures: Figures) -> Floats:
        return _covariance(self.rows, self.lonely_psu, self.rows.weight * figures.z, figures.bases[0])


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Linearisation that allows for weights calibrated to population totals: u = g d e in place of w z.

    e is the residual of z on the calibration variables by least squares weighted by the initial weights d. Source:
    Deville and Sarndal (1992), as R's `calibrate`.
    """

    rows: Frame
    lonely_psu: str
    initial: Floats
    x: Cells | Dense
    how = "linearised, weights calibrated"

    def method(self, estimand: Estimand) -> str:
        return f"{estimand.words}, {self.how}"

    @cached_property
    def _calibrated(self) -> CalibratedFrame:
        return CalibratedFrame(self.rows, self.initial, self.x, self.lonely_psu)

    def totals(self, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
        return self._calibrated.totals(measures, domains)

    def variances(self, figures: Tabled) -> Floats:
        check_stages(self.rows.keys, self.rows.stages, self.lonely_psu)
        return self._calibrated.variances(figures, factors(figures, self.lonely_psu))

    def covariance(self, figures: Figures) -> Floats:
        u = self.rows.weight * residuals(figures.z.T, self.x, self.initial).T
        return _covariance(self.rows, self.lonely_psu, u, figures.bases[0])

    def held(self, figures: Tabled) -> Held:
        return held_by_psus(figures.totals, figures.cells)

    def parts(self, figures: ByArea) -> Parts:
        """Return the PSUs, every one of which adds to every area: outside it a respondent's residual is not 0."""
        plain = psus_of(figures, self.lonely_psu)
        shape = len(figures.value), len(figures.cells.values), len(plain.stage.units)
        z, base = np.zeros(shape), np.zeros(shape, dtype=np.intp)
        z[:, plain.domain, plain.unit], base[:, plain.domain, plain.unit] = plain.z, plain.base
        for one, explained in zip(z, self._calibrated.explained(figures), strict=True):
            one -= explained
        domain, unit = np.divmod(np.arange(shape[1] * shape[2]), shape[2])
        return replace(plain, domain=domain, unit=unit, z=z.reshape(shape[0], -1), base=base.reshape(shape[0], -1))


@dataclass(frozen=True, eq=False)
class Replicated:
    """Replicate weights, in place of strata, PSUs and population counts; see `replicates`."""

    rows: Frame
    replicates: ReplicateWeights
    rule: ReplicateRule
    kind: str

    @property
    def how(self) -> str:
        return f"replicate weights, {self.kind}"

    def method(self, estimand: Estimand) -> str:
        return self.how

    def totals(self, measures: Sequence[Measure], domains: tuple[Codes, ...]) -> Totals:
        return self.rows.totals(measures, domains)

    def variances(self, figures: Tabled) -> Floats:
        return replicate_variance(figures.under(self.replicates.weights), figures.value, self.rule)

    def covariance(self, figures: Figures) -> Floats:
        thetas = figures.under(self.replicates.weights)[:, :, 0]
        return replicate_covariance(thetas, figures.value[:, 0], self.rule)

    def held(self, figures: Tabled) -> HeldByReplicates:
        anybody = by_domain(figures.totals.base, figures.cells) > 0
        return HeldByReplicates(self.replicates, figures.bases, figures.domain, anybody)

    def parts(self, figures: ByArea) -> Parts:
        thetas = figures.under(self.replicates.weights)
        return ReplicateParts(thetas, figures.value, self.rule, self.kind, self.held(figures))


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


def _covariance(frame: Frame, lonely_psu: str, u: Floats, base: Bools) -> Floats:
    check_stages(frame.keys, frame.stages, lonely_psu)
    return covariance(u, frame.stages, lonely_psu, base)
