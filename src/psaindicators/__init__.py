"""psaindicators: survey microdata in, official figures out.

Read a survey, estimate PSA 21 indicators and National Indicators with design-based 95% intervals, judge movements,
targets and the index, and publish the outturn. Percentages run from 0 to 100.
"""

from __future__ import annotations

from psaindicators.data.areas import area_history, areas
from psaindicators.definitions.listing import indicator_table, wave_table
from psaindicators.definitions.shipped import crosswalk, indicators, wave
from psaindicators.design.margins import (
    Weighting,
    calibrate_weights,
    household_weights,
    rake,
    trim_weights,
)
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
from psaindicators.outturns.batch import Outturn, outturn
from psaindicators.outturns.checking import Check, check
from psaindicators.saved import read_estimates
from psaindicators.tables import Table

__all__ = [
    "Check",
    "ComparisonError",
    "DefinitionError",
    "DesignError",
    "Estimates",
    "MissingFileError",
    "OutputError",
    "Outturn",
    "PsaError",
    "Survey",
    "SurveyError",
    "Table",
    "Weighting",
    "area_history",
    "areas",
    "calibrate_weights",
    "check",
    "crosswalk",
    "estimate",
    "household_weights",
    "indicator_table",
    "indicators",
    "outturn",
    "rake",
    "read_estimates",
    "read_survey",
    "trim_weights",
    "wave",
    "wave_table",
]
