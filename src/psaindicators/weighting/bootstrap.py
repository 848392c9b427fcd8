"""Bootstrap replicate weights from a design of strata and PSUs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from psaindicators.arguments import typed
from psaindicators.definitions.waves import Replicates
from psaindicators.errors import OptionError
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.stages import Stage
from psaindicators.survey.survey import Survey
from psaindicators.weighting.first_stage import first_stage_rows

if TYPE_CHECKING:
    import pandas as pd

MOST_REPLICATES = 100_000
KIND = "bootstrap"


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Bootstrap weights: `weights` of shape (R, rows), each replicate a resample of every stratum's PSUs.

    `scale` is 1/(R - 1) and `rscales`, of shape (R,), are 1: those of the variance scale x sum rscale (theta_r -
    centre)^2. `seed` makes the same weights again.
    """

    weights: Floats
    seed: int

    @property
    def scale(self) -> float:
        """What sums of squares are multiplied by: 1/(R - 1)."""
        return 1 / (len(self.weights) - 1)

    @property
    def rscales(self) -> Floats:
        """What each replicate's square is multiplied by: 1, shape (R,)."""
        return np.ones(len(self.weights))

    def to_frame(self) -> pd.DataFrame:
        """Return the replicate weights as a new pandas frame, a row for each respondent, columns rw1, rw2, ..."""
        import pandas as pd

        return pd.DataFrame(self.weights.T, columns=list(self.declared.columns))

    @property
    def declared(self) -> Replicates:
        """How a wave declares these weights: its `replicates`, in place of stratum, psu and fpc."""
        return Replicates(tuple(f"rw{number}" for number in range(1, len(self.weights) + 1)), KIND, self.scale)

    def __repr__(self) -> str:
        n, rows = self.weights.shape
        return f"Bootstrap: {n:,} replicate weights of {rows:,} respondents, seed {self.seed}"


@typed
def bootstrap_weights(survey: Survey, replicates: int, *, seed: int) -> Bootstrap:
    """Return rescaled bootstrap weights of a survey's design.

    Each replicate draws m_h = n_h - 1 of a stratum's n_h PSUs (respondents where there are none) with replacement; a
    PSU drawn r times has its weight times 1 - L + L r n_h/(n_h - 1) with L = sqrt(1 - f_h), which without a population
    count is r n_h/(n_h - 1). So the expected weight is the weight, a stratum's factors add to n_h in each replicate,
    and the expected variance of a total is the linearised one. Stages below the first are not seen. Rule: Rao and Wu
    (1988, Journal of the American Statistical Association 83, 231-241), with m_h as Rao, Wu and Yue (1992, Survey
    Methodology 18, 209-217); without population counts R's as.svrepdesign with "subbootstrap". Raises OptionError for
    fewer than 2 replicates, and DesignError for a survey that has replicate weights already and for strata with a
    single PSU.
    """
    if not 2 <= replicates <= MOST_REPLICATES:
        limits = f"from 2 to {MOST_REPLICATES:,}, and better some hundreds"
        raise OptionError(f"replicates is a whole number {limits}; got {replicates:,}")
    if seed < 0:
        raise OptionError(f"seed is a whole number of at least 0; got {seed}")
    rows = first_stage_rows(survey)
    factors = _factors(rows.stage, rows.unit, replicates, np.random.default_rng(seed))
    return Bootstrap(rows.weight * factors[:, rows.unit], seed)


def _factors(stage: Stage, unit: NDArray[np.intp], replicates: int, rng: np.random.Generator) -> Floats:
    """Return what each PSU's weight is multiplied by in each replicate, (R, PSUs)."""
    stratum = stage.stratum[np.unique(unit, return_index=True)[1]]
    factors = np.ones((replicates, len(stratum)))
    for h, n in enumerate(stage.n.tolist()):
        if n > 1:
            drawn = rng.multinomial(n - 1, np.full(n, 1 / n), size=replicates)
            share = np.sqrt(1 - stage.f[h])
            factors[:, stratum == h] = 1 - share + share * drawn * n / (n - 1)
    return factors
