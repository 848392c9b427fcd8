"""Four people, one of each sex and age, and the population they are weighted to."""

from __future__ import annotations

import pandas as pd
import pytest

from psaindicators.errors import DesignError
from psaindicators.weighting.making import rake

SAMPLE = pd.DataFrame({"sex": ["male", "male", "female", "female"], "age": [1, 2, 1, 2], "w": [1.0, 1.0, 1.0, 1.0]})
TOTALS = {"sex": {"male": 40, "female": 60}, "age": {1: 30, 2: 70}}
BY_HAND = [12, 28, 18, 42]
"""40 x 30 / 100 and so on: one person a crossing, so sex and age stay independent."""
RAKED = 1e-9
"""Raking stops when no correction is above 1e-10."""


def told(*args, of=rake, error=DesignError, **options):
    """The message of the error that a call ends in."""
    with pytest.raises(error) as caught:
        of(*args, **options)
    return str(caught.value)
