"""The first stage of a survey's design, whose units a replicate leaves out or draws again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from psaindicators.errors import DesignError
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.lonely import FAIL
from psaindicators.kernel.stages import Stage, check_stages
from psaindicators.survey.survey import Survey, design_variables, frame_of, read_columns


@dataclass(frozen=True, eq=False)
class FirstStageRows:
    """A survey's respondents: their weights and units, each (rows,), and the stage that the units belong to."""

    weight: Floats
    unit: NDArray[np.intp]
    stage: Stage


def first_stage_rows(survey: Survey) -> FirstStageRows:
    """Return a survey's respondents with their PSUs, each its own where there are none.

    Raises DesignError for a survey that has replicate weights already and for strata with a single PSU.
    """
    if survey.wave.replicates is not None:
        raise DesignError(f"{survey.wave.name} has replicate weights already: estimates are made with them")
    columns = read_columns(survey, design_variables(survey))
    frame = frame_of(columns)
    check_stages(frame.keys, frame.stages, FAIL)
    stage = frame.stages[0]
    return FirstStageRows(frame.weight, np.arange(columns.rows) if stage.unit is None else stage.unit, stage)
