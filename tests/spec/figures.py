"""What a spec test asks of a survey."""

from __future__ import annotations

from typing import Any

import psaindicators as psa
from psaindicators.definitions.indicators import IndicatorSet


def figure(survey: psa.Survey, indicator: str | IndicatorSet) -> Any:
    """The one row of an indicator for everyone; interviews of a few people need no interval."""
    return psa.estimate(survey, indicator)[0]
