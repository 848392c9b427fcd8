"""Variances with calibrated weights are those of residuals spread out over every respondent, area by area.

The library adds up each area's own respondents and one matrix of the calibration variables; here every respondent's
residual is formed for every area, its slopes by least squares with a dense matrix, and its variance by loops.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from psaindicators.design.covariance import contrast
from psaindicators.design.variance import Calibrated, by_area
from psaindicators.kernel.calibration_variables import Cells, Dense
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.estimands import mean, share, total
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.totals import Frame, Measure

ROUNDING = 1e-10
"""Relative to the squares that a variance is added up from, before any of them cancel."""

Floats = NDArray[np.float64]
Counts = NDArray[np.intp]


@dataclass(frozen=True)
class Kind:
    """A design: whether PSUs and population counts of each stage are named, and what a lonely PSU does."""

    psus: bool
    counts: int
    lonely_psu: str


KINDS = [
    Kind(psus, counts, lonely)
    for psus in (False, True)
    for counts in range(3 if psus else 2)
    for lonely in ("centre", "average", "certainty")
]


@dataclass(frozen=True)
class Drawn:
    """A random survey: strata of PSUs of people, two weighting variables, an answer, an amount, overlapping areas."""

    stratum: Counts
    psu: Counts
    margins: tuple[Counts, Counts]
    initial: Floats
    weight: Floats
    base: NDArray[np.bool_]
    yes: NDArray[np.bool_]
    amount: Floats
    area: Counts

    @classmethod
    def of(cls, seed: int) -> Drawn:
        rng = np.random.default_rng(seed)
        rows = int(rng.integers(12, 60))
        stratum = np.sort(np.append(np.arange(4), rng.integers(0, 4, rows - 4)))
        psu = 5 * stratum + rng.integers(0, 1 + stratum, rows)  # the first stratum has one PSU
        initial = rng.lognormal(0, 0.5, rows) * (rng.random(rows) < 0.95)
        return cls(
            *(stratum, psu, (rng.integers(0, 2, rows), rng.integers(0, 3, rows))),
            *(initial, initial * rng.uniform(0.5, 2, rows)),
            *(rng.random(rows) < 0.9, rng.random(rows) < 0.5, rng.normal(3, 1, rows)),
            rng.integers(-1, 3, rows),
        )

    @property
    def x(self) -> Floats:
        return np.column_stack([margin == k for margin in self.margins for k in range(margin.max() + 1)]).astype(float)

    def keys(self, kind: Kind) -> Keys:
        units = (Codes(tuple(range(20)), self.psu),) if kind.psus else ()
        sizes = [[40 + h for h in range(4)], [90 + k for k in range(20)]]
        places = [self.stratum, self.psu]
        counts = [Codes(tuple(sizes[i]), places[i]) for i in range(kind.counts)]
        return Keys(Codes((0, 1, 2, 3), self.stratum), units, tuple(counts))

    def design(self, kind: Kind, *, dense: bool = False) -> Calibrated:
        cells = Cells.of(self.margins, [int(margin.max()) + 1 for margin in self.margins])
        frame = Frame(self.weight, self.keys(kind))
        return Calibrated(frame, kind.lonely_psu, self.initial, Dense(self.x) if dense else cells)

    def residual(self, z: Floats) -> Floats:
        """u = w (z - x'B), B by least squares weighted by the initial weights."""
        root = np.sqrt(self.initial)
        slopes = np.linalg.lstsq(self.x * root[:, None], z * root, rcond=1e-12)[0]
        return np.asarray(self.weight * (z - self.x @ slopes))

    def variance(self, z: Floats, inside: NDArray[np.bool_], kind: Kind) -> float:
        """The variance of the total of u by the letter: strata, PSUs within them, people within those."""
        u = self.residual(z)
        unit = self.psu if kind.psus else np.arange(len(u))
        units = len(np.unique(unit))
        first = second = 0.0
        lonely = set()
        for h in np.unique(self.stratum):
            here = [np.flatnonzero((self.stratum == h) & (unit == k)) for k in np.unique(unit[self.stratum == h])]
            totals, n = np.array([u[rows].sum() for rows in here]), len(here)
            f = n / (40 + h) if kind.counts else 0.0
            if n > 1:
                first += (1 - f) * n / (n - 1) * ((totals - totals.mean()) ** 2).sum()
            else:
                lonely.add(h)
                first += (1 - f) * (totals[0] - u.sum() / units) ** 2 if kind.lonely_psu == "centre" else 0.0
            for rows in here if kind.counts == 2 else []:
                m, of = len(rows), len(rows) / (90 + self.psu[rows[0]])
                second += f * (1 - of) * m / (m - 1) * ((u[rows] - u[rows].mean()) ** 2).sum() if m > 1 else 0.0
        holding = {int(h) for h in np.unique(self.stratum[inside & self.base])}
        alone = len(holding & lonely)
        if kind.lonely_psu == "average" and alone:
            first = first * len(holding) / (len(holding) - alone) if len(holding) > alone else np.nan
        return first + second


def z_of(drawn: Drawn, inside: NDArray[np.bool_], what: str) -> Floats:
    """The linearised variable of one area: (y - p) / X, (y - mean) / X or y, 0 for those outside the base."""
    held = inside & drawn.base
    y = drawn.yes.astype(float) if what == "share" else drawn.amount
    if what == "total":
        return np.where(held, y, 0.0)
    whole = drawn.weight[held].sum()
    return np.where(held, (y - drawn.weight[held] @ y[held] / whole) / whole, 0.0)


ESTIMANDS = {"share": share, "mean": mean, "total": total}


def measure(drawn: Drawn, what: str) -> Measure:
    return Measure(drawn.base, drawn.yes if what == "share" else drawn.amount)


def scale(drawn: Drawn, inside: NDArray[np.bool_], what: str) -> float:
    """The sum of (w y / X)^2, or of (w y)^2 for a total."""
    held = inside & drawn.base
    y = np.ones(len(held)) if what == "share" else drawn.amount
    return float(((drawn.weight * y)[held] ** 2).sum()) / (1 if what == "total" else drawn.weight[held].sum() ** 2)


def agree(ours: float, theirs: float, size: float) -> bool:
    return bool(np.isnan(ours) and np.isnan(theirs)) or abs(ours - theirs) <= ROUNDING * size


@pytest.mark.parametrize("kind", KINDS, ids=str)
@settings(max_examples=25)
@given(seed=st.integers(0, 10**9), what=st.sampled_from(sorted(ESTIMANDS)), dense=st.booleans())
def test_sums_by_area_give_the_variance_of_residuals_of_everyone(kind: Kind, seed: int, what: str, dense: bool) -> None:
    drawn = Drawn.of(seed)
    design = drawn.design(kind, dense=dense)
    areas = Codes(("a", "b", "c"), drawn.area), Codes.constant("all", len(drawn.area))
    found = by_area(design, [measure(drawn, what)], areas, ESTIMANDS[what])
    for codes, figures in zip(areas, found, strict=True):
        v = design.variances(figures)[0]
        for area in range(len(codes.values)):
            inside = codes.positions == area
            if (drawn.weight * (inside & drawn.base)).sum() > 0:
                z = z_of(drawn, inside, what)
                assert agree(v[area], drawn.variance(z, inside, kind), scale(drawn, inside, what))


@pytest.mark.parametrize("kind", KINDS, ids=str)
@settings(max_examples=25)
@given(seed=st.integers(0, 10**9))
def test_a_difference_of_areas_has_the_residuals_of_both(kind: Kind, seed: int) -> None:
    """An area against everyone: people of the area lie on both sides."""
    drawn = Drawn.of(seed)
    inside, everyone = drawn.area == 0, np.ones(len(drawn.area), dtype=bool)
    if (drawn.weight * (inside & drawn.base)).sum() == 0:
        return
    sides = Codes(("pair",), np.where(inside, 0, -1)), Codes(("pair",), np.zeros(len(inside), dtype=np.intp))
    found = contrast(drawn.design(kind), [measure(drawn, "share")], sides, "strata")
    z = z_of(drawn, inside, "share") - z_of(drawn, everyone, "share")
    if not np.isnan(found.v[0, 0]):
        assert agree(found.v[0, 0], drawn.variance(z, everyone, kind), scale(drawn, inside, "share"))


@settings(max_examples=25)
@given(seed=st.integers(0, 10**9))
def test_the_parts_of_psus_are_their_sums_of_residuals(seed: int) -> None:
    drawn, kind = Drawn.of(seed), Kind(True, 0, "centre")
    design, areas = drawn.design(kind), Codes(("a", "b", "c"), drawn.area)
    (figures,) = by_area(design, [measure(drawn, "mean")], (areas,), mean)
    parts = design.parts(figures)
    for area in range(3):
        inside = areas.positions == area
        if (drawn.weight * (inside & drawn.base)).sum() > 0:
            u = drawn.residual(z_of(drawn, inside, "mean"))
            theirs = [u[drawn.psu == psu].sum() for psu in np.unique(drawn.psu)]
            ours = parts.z[0, parts.domain == area][np.argsort(parts.unit[parts.domain == area])]  # type: ignore[attr-defined]
            np.testing.assert_allclose(ours, theirs, atol=ROUNDING)


def test_a_share_that_the_weights_were_made_to_meet_has_no_sampling_error() -> None:
    """The men's share of a survey post-stratified by sex: every residual is 0, and rounding does not show."""
    rng = np.random.default_rng(1)
    man = rng.random(500) < 0.4
    cells = Cells.of([man.astype(np.intp)], [2])
    weight = np.where(man, 480 / man.sum(), 520 / (~man).sum())
    frame = Frame(weight, Keys(Codes.constant("all", 500)))
    design = Calibrated(frame, "fail", np.ones(500), cells)
    (figures,) = by_area(design, [Measure(np.ones(500, dtype=bool), man)], (Codes.constant("all", 500),), share)
    assert figures.value[0, 0] == pytest.approx(0.48, rel=ROUNDING)
    assert design.variances(figures)[0, 0] == 0.0  # 0.00049 as if the weights were fixed
