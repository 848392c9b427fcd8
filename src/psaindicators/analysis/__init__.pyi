from .associations import Association as Association, association as association
from .effects import (
    DesignEffects as DesignEffects,
    WeightEffects as WeightEffects,
    design_effects as design_effects,
    kish as kish,
)
from .narrowing import (
    GapChanges as GapChanges,
    compare_gaps as compare_gaps,
    compare_gaps_of_surveys as compare_gaps_of_surveys,
)
from .regression import Regression as Regression, TermTests as TermTests, logistic as logistic
