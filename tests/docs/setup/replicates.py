"""A survey with strata and PSUs, and the frame it was read from."""

import pandas as pd

import psaindicators as psa

survey = psa.read_survey("data/samples/taking_part_2007.dta", psa.wave("taking_part", 2007))
frame = pd.DataFrame(survey.microdata.columns(list(survey.microdata.variables)))
