# The public names, each declared here and nowhere else; a module is imported when a name of it is first asked for.
from . import (
    analysis as analysis,
    definitions as definitions,
    figures as figures,
    geography as geography,
    judgements as judgements,
    survey as survey,
    weighting as weighting,
)
from .definitions.shipped import crosswalk as crosswalk, indicators as indicators, wave as wave
from .errors import (
    ComparisonError as ComparisonError,
    DefinitionError as DefinitionError,
    DesignError as DesignError,
    MissingFileError as MissingFileError,
    OptionError as OptionError,
    OutputError as OutputError,
    PsaError as PsaError,
    SurveyError as SurveyError,
)
from .figures.amounts import distribution as distribution, mean as mean, ratio as ratio, total as total
from .figures.estimates import Estimates as Estimates, estimate as estimate
from .figures.larger_areas import combine_areas as combine_areas
from .figures.printed import from_published as from_published
from .figures.saved import read_estimates as read_estimates
from .judgements.adopting import read_adopting as read_adopting
from .judgements.assessment import assess as assess
from .judgements.index import third_sector_index as third_sector_index
from .judgements.movements import compare as compare
from .judgements.planning import plan as plan
from .judgements.reward import reward as reward
from .judgements.scores import score as score
from .judgements.shared_psus import compare_surveys as compare_surveys, difference as difference
from .judgements.targets import read_targets as read_targets
from .outturns.batch import Outturn as Outturn, outturn as outturn
from .outturns.saved import SavedOutturn as SavedOutturn, read_outturn as read_outturn
from .survey.check import check as check
from .survey.codebook import codebook as codebook
from .survey.survey import Survey as Survey, read_survey as read_survey
from .tables import Table as Table
