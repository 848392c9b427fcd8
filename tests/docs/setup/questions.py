"""Estimates that were saved by `psaindicators estimate --format json`."""

from pathlib import Path

import psaindicators as psa

CENTRAL_BEDFORDSHIRE = "E06000056"


def saved(name: str, data: str, survey: tuple[str, int], ids: list[str], by: str) -> None:
    found = psa.estimate(psa.read_survey(f"data/samples/{data}", psa.wave(*survey)), ids, by=by)
    kept = found if by == "all" else found.where(area=CENTRAL_BEDFORDSHIRE)
    Path(name).write_text(kept.to_json(), encoding="utf-8")


saved("before.json", "citizenship_2007.sav", ("citizenship", 2007), ["psa21.1", "psa21.4"], "all")
saved("after.json", "citizenship_2008.sav", ("citizenship", 2008), ["psa21.1", "psa21.4"], "all")
saved("place.json", "place_2010.parquet", ("place", 2010), ["ni3", "ni4", "ni6"], "authority")
