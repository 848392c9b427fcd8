"""Figures of larger areas from those of the areas in them, where weights were scaled within each area."""

from __future__ import annotations

import numpy as np

from psaindicators.kernel.codes import Codes
from psaindicators.kernel.combining import combined_areas
from psaindicators.kernel.figures import Ratios
from psaindicators.kernel.keys import Floats
from psaindicators.survey.breakdowns import containing


def combined(areas: Ratios, smaller: Codes, larger: Codes, populations: Floats) -> Ratios:
    """Return the larger areas' figures from the smaller ones' with respondents, as `combined_areas`.

    `populations` W has shape (smaller areas,). One of the areas without a value leaves the larger one without.
    """
    inside_of = containing(smaller, larger)
    present = np.bincount(smaller.positions[smaller.positions >= 0], minlength=len(smaller.values)) > 0
    members = [np.flatnonzero((inside_of == i) & present) for i in range(len(larger.values))]
    return combined_areas(areas, members, np.broadcast_to(populations, areas.value.shape))
