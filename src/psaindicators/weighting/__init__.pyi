from .bootstrap import Bootstrap as Bootstrap, bootstrap_weights as bootstrap_weights
from .jackknife import Jackknife as Jackknife, jackknife_weights as jackknife_weights
from .making import (
    calibrate_weights as calibrate_weights,
    household_weights as household_weights,
    rake as rake,
    trim_weights as trim_weights,
)
from .weights import Weighting as Weighting
