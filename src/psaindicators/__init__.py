"""psaindicators: survey microdata in, official figures out.

Read a survey, estimate PSA 21 indicators and National Indicators with design-based 95% intervals, judge movements,
targets and the index, and publish the outturn. Percentages run from 0 to 100.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psaindicators.analysis.association import Association, association
    from psaindicators.analysis.effects import DesignEffects, WeightEffects, design_effects, kish
    from psaindicators.analysis.regression import Regression, TermTests, logistic
    from psaindicators.definitions.listing import indicator_table, wave_table
    from psaindicators.definitions.shipped import crosswalk, indicators, wave
    from psaindicators.design.bootstrap import Bootstrap, bootstrap_weights
    from psaindicators.design.jackknife import Jackknife, jackknife_weights
    from psaindicators.errors import (
        ComparisonError,
        DefinitionError,
        DesignError,
        MissingFileError,
        OptionError,
        OutputError,
        PsaError,
        SurveyError,
    )
    from psaindicators.figures.amounts import Amounts, Distribution, distribution, mean, ratio, total
    from psaindicators.figures.estimates import Estimates, estimate
    from psaindicators.figures.larger_areas import combine_areas
    from psaindicators.figures.printed import from_published
    from psaindicators.figures.saved import read_estimates
    from psaindicators.geography.areas import area_history, areas
    from psaindicators.geography.code_history import predecessors, successors
    from psaindicators.geography.matching import match as match_areas
    from psaindicators.judgements.assessment import Assessment, assess, read_adopting
    from psaindicators.judgements.index import Figure, Index, calibrated_index, third_sector_index
    from psaindicators.judgements.movements import Movements, compare
    from psaindicators.judgements.planning import Plan, plan
    from psaindicators.judgements.reward import Rewards, reward
    from psaindicators.judgements.scores import Scores, score
    from psaindicators.judgements.shared_psus import Differences, compare_surveys, difference
    from psaindicators.judgements.targets import Targets, read_targets
    from psaindicators.kernel.combining import population_weighted
    from psaindicators.outturns.batch import Outturn, outturn
    from psaindicators.survey.check import Check, check
    from psaindicators.survey.survey import Survey, read_survey
    from psaindicators.tables import Table
    from psaindicators.weighting.margins import Weighting, calibrate_weights, household_weights, rake, trim_weights

__all__ = [
    "Amounts",
    "Assessment",
    "Association",
    "Bootstrap",
    "Check",
    "ComparisonError",
    "DefinitionError",
    "DesignEffects",
    "DesignError",
    "Differences",
    "Distribution",
    "Estimates",
    "Figure",
    "Index",
    "Jackknife",
    "MissingFileError",
    "Movements",
    "OptionError",
    "OutputError",
    "Outturn",
    "Plan",
    "PsaError",
    "Regression",
    "Rewards",
    "Scores",
    "Survey",
    "SurveyError",
    "Table",
    "Targets",
    "TermTests",
    "WeightEffects",
    "Weighting",
    "area_history",
    "areas",
    "assess",
    "association",
    "bootstrap_weights",
    "calibrate_weights",
    "calibrated_index",
    "check",
    "combine_areas",
    "compare",
    "compare_surveys",
    "crosswalk",
    "design_effects",
    "difference",
    "distribution",
    "estimate",
    "from_published",
    "household_weights",
    "indicator_table",
    "indicators",
    "jackknife_weights",
    "kish",
    "logistic",
    "match_areas",
    "mean",
    "outturn",
    "plan",
    "population_weighted",
    "predecessors",
    "rake",
    "ratio",
    "read_adopting",
    "read_estimates",
    "read_survey",
    "read_targets",
    "reward",
    "score",
    "successors",
    "third_sector_index",
    "total",
    "trim_weights",
    "wave",
    "wave_table",
]

_NAMES_OF_MODULES = {
    "figures.amounts": "Amounts Distribution distribution mean ratio total",
    "analysis.association": "Association association",
    "geography.matching": "match_areas",
    "geography.areas": "area_history areas",
    "geography.code_history": "predecessors successors",
    "definitions.listing": "indicator_table wave_table",
    "definitions.shipped": "crosswalk indicators wave",
    "design.bootstrap": "Bootstrap bootstrap_weights",
    "kernel.combining": "population_weighted",
    "design.jackknife": "Jackknife jackknife_weights",
    "weighting.margins": "Weighting calibrate_weights household_weights rake trim_weights",
    "survey.survey": "Survey read_survey",
    "analysis.effects": "DesignEffects WeightEffects design_effects kish",
    "errors": "ComparisonError DefinitionError DesignError MissingFileError OptionError OutputError PsaError "
    "SurveyError",
    "figures.estimates": "Estimates estimate",
    "judgements.assessment": "Assessment assess read_adopting",
    "judgements.index": "Figure Index calibrated_index third_sector_index",
    "judgements.movements": "Movements compare",
    "judgements.planning": "Plan plan",
    "figures.printed": "from_published",
    "judgements.reward": "Rewards reward",
    "judgements.scores": "Scores score",
    "judgements.shared_psus": "Differences compare_surveys difference",
    "judgements.targets": "Targets read_targets",
    "figures.larger_areas": "combine_areas",
    "outturns.batch": "Outturn outturn",
    "survey.check": "Check check",
    "analysis.regression": "Regression TermTests logistic",
    "figures.saved": "read_estimates",
    "tables": "Table",
}
_MODULE_OF = {name: module for module, names in _NAMES_OF_MODULES.items() for name in names.split()}
_NAMED_OTHERWISE = {"match_areas": "match"}


def __getattr__(name: str) -> Any:
    """Return a public name, whose module is imported when it is first asked for: start-up is short."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    module = import_module(f"{__name__}.{_MODULE_OF[name]}")
    globals()[name] = found = getattr(module, _NAMED_OTHERWISE.get(name, name))
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
