"""Every verdict of an outturn can be traced to rows by their ids, and every row set aside has its reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.definitions.shipped import all_shipped

Rows = list[dict[str, str]]


@pytest.fixture
def folder(of_samples: tuple[psa.Outturn, Path]) -> Path:
    return of_samples[1]


def rows(folder: Path, name: str) -> Rows:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def movements(folder: Path) -> Rows:
    return [row for path in sorted(folder.glob("movements_*.csv")) for row in rows(folder, path.stem)]


def test_no_two_rows_have_one_id(folder: Path) -> None:
    for found in (rows(folder, "estimates"), movements(folder)):
        assert len({row["id"] for row in found}) == len(found) > 1_000


def test_every_movement_names_the_two_estimates_that_it_is_made_of(folder: Path) -> None:
    estimates = {row["id"]: row for row in rows(folder, "estimates")}
    for row in movements(folder):
        earlier, later = (estimates[one] for one in row["rests_on"].split("; "))
        assert (earlier["wave"], later["wave"]) == (row["earlier"], row["later"])
        assert (earlier["value"], later["value"]) == (row["earlier_value"], row["later_value"])
    some = next(row for row in movements(folder) if row["area"] == "E06000056" and row["indicator"] == "ni4")
    assert some["id"] == "ni4/place 2008 to place 2010/authority/E06000056"
    assert some["rests_on"] == "ni4/place 2008/authority/E06000056; ni4/place 2010/authority/E06000056"


def test_every_movement_of_an_assessed_indicator_is_counted_or_set_aside_with_its_reason(folder: Path) -> None:
    """The ids that an indicator is assessed under are its own and its local one (psa21.4 and ni4)."""
    counted = [(row["indicator"], row["id"]) for row in rows(folder, "rests_on")]
    aside = [(row["indicator"], row["id"]) for row in rows(folder, "set_aside")]
    assessed = [one for one in all_shipped().values() if one.success and one.index is None]
    expected = [
        (one.id, row["id"]) for one in assessed for row in movements(folder) if row["indicator"] in (one.id, one.local)
    ]
    assert sorted(counted + aside) == sorted([*expected, *((a, b) for a, b in counted if a == "psa21.5")])
    assert all(row["reason"] for row in rows(folder, "set_aside"))
    reasons = {row["reason"] for row in rows(folder, "set_aside")}
    assert "of an area that is not listed as adopting it" in reasons


def test_the_counts_of_an_assessment_are_those_of_the_rows_that_it_rests_on(folder: Path) -> None:
    counted = rows(folder, "rests_on")
    for row in rows(folder, "assessment"):
        local = [one["verdict"] for one in counted if one["indicator"] == row["indicator"] and one["level"] == "local"]
        assert len(local) + int(row["unmeasured"]) == int(row["adopting"])
        assert (local.count("improved"), local.count("declined")) == (int(row["improved"]), int(row["declined"]))


def test_the_index_names_the_figures_that_it_is_made_of(folder: Path) -> None:
    parts = rows(folder, "index_parts")
    [index] = rows(folder, "index")
    assert index["rests_on"] == "; ".join(row["id"] for row in parts)
    assert [row["id"] for row in rows(folder, "rests_on") if row["level"] == "index"] == [row["id"] for row in parts]
    volunteering, staff = parts
    [estimate] = [row for row in rows(folder, "estimates") if row["id"] == volunteering["id"]]
    assert (volunteering["value"], estimate["value"]) == (index["volunteering"], index["volunteering"])
    assert staff["id"] == "staff: total of usual_hours/labour_force 2008/all/all"


def test_an_id_cannot_be_another_rows_for_a_slash_in_a_name() -> None:
    printed = [{"area": "all/x", "value": 20, "base": 400}]
    table = psa.from_published(printed, indicator="ni4", survey="own", wave=2008, by="ward")
    moved = psa.compare(table, psa.from_published(printed, indicator="ni4", survey="own", wave=2009, by="ward"))
    assert moved[0].id == "ni4/own 2008 to own 2009/ward/all%2Fx"
