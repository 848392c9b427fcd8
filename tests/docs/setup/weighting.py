"""A council's own frame, whose answers are words."""

import pandas as pd

SEX, AGE = {1: "male", 2: "female"}, {1: "18-34", 2: "18-34", 3: "35-64", 4: "35-64", 5: "35-64", 6: "65+", 7: "65+"}
read = pd.read_csv("data/samples/council_2009.csv")
respondents = pd.DataFrame(
    {"sex": read["sex"].map(SEX), "age_band": read["age_band"].map(AGE), "adults": read["household_size"]}
)
