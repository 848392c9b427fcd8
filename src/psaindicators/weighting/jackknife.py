"""Jackknife replicate weights from a design of strata and PSUs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from psaindicators.arguments import typed
from psaindicators.definitions.waves import Replicates
from psaindicators.kernel.keys import Floats
from psaindicators.survey.survey import Survey
from psaindicators.weighting.first_stage import first_stage_rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Jackknife:
    """Jackknife weights: `weights` of shape (R, rows), a replicate for each PSU, which it leaves out.

    `kind` is JK1 (one stratum) or JKn; `scale` and `rscales`, of shape (R,), are those of the variance
    scale x sum rscale (theta_r - centre)^2.
    """

    weights: Floats
    kind: str
    scale: float
    rscales: Floats

    def to_frame(self) -> pd.DataFrame:
        """Return the replicate weights as a new pandas frame, a row for each respondent, columns rw1, rw2, ..."""
        import pandas as pd

        return pd.DataFrame(self.weights.T, columns=list(self.declared.columns))

    @property
    def declared(self) -> Replicates:
        """How a wave declares these weights: its `replicates`, in place of stratum, psu and fpc."""
        names = tuple(f"rw{number}" for number in range(1, len(self.weights) + 1))
        return Replicates(names, self.kind, self.scale, tuple(self.rscales.tolist()))

    def __repr__(self) -> str:
        n, rows = self.weights.shape
        return f"Jackknife: {n:,} {self.kind} replicate weights of {rows:,} respondents"


@typed
def jackknife_weights(survey: Survey) -> Jackknife:
    """Return jackknife weights of a survey's design: JK1 where it has one stratum, JKn where it has several.

    Each replicate leaves out one PSU (one respondent where there are none) and scales the others of its stratum by
    n_h/(n_h - 1). JK1: scale (n - 1)/n, rscales 1; JKn: scale 1, rscales (n_h - 1)/n_h; with a population count, times
    1 - f_h. Stages below the first are not seen. Rule: R's as.svrepdesign. Raises DesignError for a survey that has
    replicate weights already and for strata with a single PSU, which no replicate can leave out.
    """
    rows = first_stage_rows(survey)
    stage, unit = rows.stage, rows.unit
    first = np.unique(unit, return_index=True)[1]
    stratum, kept = stage.stratum[first], stage.n / np.maximum(stage.n - 1, 1)
    factors = np.where(stratum[:, None] == stage.stratum, kept[stratum][:, None], 1.0)
    factors[unit, np.arange(len(unit))] = 0.0
    whole = stage.n[stratum] == 1
    shares = (1 - stage.f[stratum]) / kept[stratum]
    weights = (rows.weight * factors)[~whole]
    if survey.wave.stratum is None:
        return Jackknife(weights, "JK1", float(shares[0]), np.ones(len(weights)))
    return Jackknife(weights, "JKn", 1.0, shares[~whole])
