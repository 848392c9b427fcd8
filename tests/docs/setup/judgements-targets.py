"""Estimates saved from the Place samples, as a reader of the page has them."""

from pathlib import Path

import psaindicators as psa

for year in (2008, 2010):
    survey = psa.read_survey(f"data/samples/place_{year}.parquet", psa.wave("place", year))
    found = psa.estimate(survey, ["ni3", "ni4", "ni6"], by="authority")
    Path(f"place_{year}.json").write_text(found.to_json(), encoding="utf-8")
