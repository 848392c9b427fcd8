"""psaindicators: survey microdata in, official figures out.

Read a survey, estimate PSA 21 indicators and National Indicators with design-based 95% intervals, judge movements,
targets and the index, and publish the outturn. Percentages run from 0 to 100.
"""

from __future__ import annotations

from psaindicators.data.areas import areas
from psaindicators.definitions.shipped import crosswalk, indicators, wave
from psaindicators.design.survey import Survey, read_survey
from psaindicators.errors import (
    ComparisonError,
    DefinitionError,
    DesignError,
    MissingFileError,
    OutputError,
    PsaError,
    SurveyError,
)
from psaindicators.estimates import Estimates, estimate
from psaindicators.tables import Table

__all__ = [
    "ComparisonError",
    "DefinitionError",
    "DesignError",
    "Estimates",
    "MissingFileError",
    "OutputError",
    "PsaError",
    "Survey",
    "SurveyError",
    "Table",
    "areas",
    "crosswalk",
    "estimate",
    "indicators",
    "read_survey",
    "wave",
]
