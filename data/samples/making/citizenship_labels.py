"""Names and labels of the Citizenship Survey samples. Which names are known is said in README.md."""

from __future__ import annotations

NAMES = {2007: "Citizenship Survey 2007-08", 2008: "Citizenship Survey 2008-09"}
MISSING_RANGES = [-9, -8]
MISSING = {-9: "Refused", -8: "Don't know"}
AGREEMENT = {1: "Definitely agree", 2: "Tend to agree", 3: "Tend to disagree", 4: "Definitely disagree"}
STRENGTH = {1: "Very strongly", 2: "Fairly strongly", 3: "Not very strongly", 4: "Not at all strongly"}
SATISFACTION = {
    1: "Very satisfied",
    2: "Fairly satisfied",
    3: "Neither satisfied nor dissatisfied",
    4: "Fairly dissatisfied",
    5: "Very dissatisfied",
}
FREQUENCY = {1: "Daily", 2: "At least once a week", 3: "At least once a month", 4: "Less often", 5: "Never"}
ACTIVISM = {  # how usual each is among those with any
    "civact11": 0.05,
    "civact12": 0.16,
    "civact13": 0.03,
    "civact14": 0.03,
    "civact21": 0.14,
    "civact22": 0.15,
    "civact23": 0.18,
    "civact24": 0.13,
    "civact25": 0.18,
    "civact26": 0.17,
    "civact27": 0.26,
}
SPHERES = {
    "mixwork": "Mixes socially: at work, school or college",
    "mixchild": "Mixes socially: at a child's creche, nursery or school",
    "mixpub": "Mixes socially: in pubs, clubs, cafes or restaurants",
    "mixgroup": "Mixes socially: in a group, club or organisation",
    "mixshop": "Mixes socially: at the shops",
    "mixworsh": "Mixes socially: at a place of worship",
    "mixvol": "Mixes socially: through volunteering",
    "mixhome": "Mixes socially: at home, own or theirs (no part of the indicator)",
}
VARIABLE_LABELS = {
    "serial": "Serial number (invented name)",
    "survyear": "Year in which the fieldwork started (invented name)",
    "quarter": "Quarter of the interview (invented name)",
    "gor": "Government Office Region",
    "sampletype": "Core or boost (invented name)",
    "psu": "Primary sampling unit (invented name)",
    "stratum": "Stratum of PSUs (invented name)",
    "wtfinds": "Individual weight, core and boosts together, mean 1 (invented name)",
    "sex": "Sex",
    "dvage": "Age",
    "agegrp": "Age in seven bands (invented name)",
    "ethnic6": "Ethnic group, six categories",
    "disab": "Long-term limiting illness or disability (invented name)",
    "imd5": "Deprivation of the area, fifths of England's (invented name)",
    "stogeth": "Local area: people from different backgrounds get on well together (invented name)",
    "sbeneigh": "How strongly belongs to immediate neighbourhood",
    "sbeloc": "How strongly belongs to local area",
    "paffloc": "Can influence decisions affecting local area",
    "locsat": "Satisfaction with local area as a place to live",
    "funoft": "How often gave unpaid help to groups, last 12 months (invented name)",
    "civact11": "Last 12 months: local councillor",
    "civact12": "Last 12 months: school governor",
    "civact13": "Last 12 months: special constable",
    "civact14": "Last 12 months: magistrate",
    "civact21": "Group deciding on: local health services",
    "civact22": "Group deciding on: regeneration of the local area",
    "civact23": "Group deciding on: local crime problems",
    "civact24": "Group deciding on: tenants' matters",
    "civact25": "Group deciding on: local education services",
    "civact26": "Group deciding on: services for young people",
    "civact27": "Group deciding on: other local services",
    **{name: f"{label} (invented name)" for name, label in SPHERES.items()},
}
REGIONS = {
    1: "North East",
    2: "North West",
    3: "Yorkshire and The Humber",
    4: "East Midlands",
    5: "West Midlands",
    6: "East of England",
    7: "London",
    8: "South East",
    9: "South West",
}
VALUE_LABELS: dict[str, dict[int | float, str]] = {
    "gor": {**REGIONS, 10: "Wales"},
    "quarter": {1: "April to June", 2: "July to September", 3: "October to December", 4: "January to March"},
    "sampletype": {1: "Core", 2: "Ethnic minority boost", 3: "Muslim boost"},
    "sex": {1: "Male", 2: "Female"},
    "agegrp": {1: "16-24", 2: "25-34", 3: "35-44", 4: "45-54", 5: "55-64", 6: "65-74", 7: "75 and over"},
    "ethnic6": {1: "White", 2: "Asian", 3: "Black", 4: "Mixed", 5: "Chinese", 6: "Other"},
    "disab": {1: "Yes", 2: "No"} | MISSING,
    "imd5": {1: "Most deprived fifth", 2: "Second", 3: "Third", 4: "Fourth", 5: "Least deprived fifth"},
    "stogeth": AGREEMENT | {5: "Too few people in local area", 6: "All the same background"} | MISSING,
    "sbeneigh": STRENGTH | MISSING,
    "sbeloc": STRENGTH | MISSING,
    "paffloc": AGREEMENT | MISSING,
    "locsat": SATISFACTION | MISSING,
    "funoft": {
        1: "At least once a week",
        2: "Less often, but at least once a month",
        3: "Less often than once a month",
        -1: "Not asked: gave no help",
    }
    | MISSING,
    **{name: {0: "Not mentioned", 1: "Mentioned"} | MISSING for name in ACTIVISM},
    **{name: FREQUENCY | {-1: "Does not apply"} | MISSING for name in SPHERES},
}
