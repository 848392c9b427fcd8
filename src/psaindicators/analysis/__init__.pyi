from .associations import Association as Association, association as association
from .effects import (
    DesignEffects as DesignEffects,
    WeightEffects as WeightEffects,
    design_effects as design_effects,
    kish as kish,
)
from .regression import Regression as Regression, TermTests as TermTests, logistic as logistic
