"""The authorities of a region by verdict, the areas of agreements as rows, and what Central Bedfordshire is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import psaindicators as psa
from psaindicators.judgements.assessment import assess
from psaindicators.judgements.movements import Movements
from psaindicators.judgements.regions import region_of
from tests.paths import SAMPLES
from tests.unit.judgements.test_assessment import DOWN, STILL, UP, movements, national

EAST, LONDON = "E12000006", "E12000007"
BEDFORDSHIRE, CENTRAL, BEDFORD = "E10000001", "E06000056", "E06000055"


def test_the_areas_of_each_region_are_counted_by_verdict() -> None:
    """Bedford, Central Bedfordshire and Luton lie in the East of England, Camden and Barnet in London."""
    moved = movements(
        "ni4", {BEDFORD: UP, CENTRAL: UP, "E06000032": DOWN, "E09000007": STILL, "E09000003": "", "W01": UP}
    )
    found = Movements({**moved.columns, "level": np.full(len(moved), 95.0)}, "place").by_region()
    cells = [
        (row.region, row.region_name, row.improved, row.declined, row.no_reportable_change, row.not_assessed)
        for row in found
    ]
    assert cells == [(EAST, "East of England", 2, 1, 0, 0), (LONDON, "London", 0, 0, 1, 1)]
    assert (found[0].improved_areas, found[0].declined_areas) == (f"{BEDFORD}, {CENTRAL}", "E06000032")
    assert found.columns["by_chance"].tolist() == pytest.approx([0.05 * 3, 0.05 * 1])


@pytest.mark.parametrize(
    ("code", "region"),
    [(CENTRAL, EAST), ("00KC", EAST), (BEDFORDSHIRE, EAST), ("E06000057", "E12000001"), ("W01", ""), ("all", "")],
)
def test_an_areas_region_is_that_of_the_code_history(code: str, region: str) -> None:
    assert region_of(code) == region


@pytest.fixture(scope="module")
def waves() -> list[psa.Estimates]:
    return [
        psa.estimate(
            psa.read_survey(SAMPLES / f"place_{year}.parquet", psa.wave("place", year)), "ni4", by=["authority", "laa"]
        )
        for year in (2008, 2010)
    ]


def test_every_authority_and_every_agreements_area_is_in_one_region(waves: list[psa.Estimates]) -> None:
    """326 authorities on 1 April 2009, and 150 areas of Local Area Agreements."""
    moved = psa.compare(*waves)
    for by, areas in (("authority", 326), ("laa", 150)):
        assert len(moved.where(by=by)) == areas
        counts = moved.by_region().where(by=by)
        assert len(counts) == 9
        names = ("improved", "declined", "no_reportable_change", "not_assessed")
        assert sum(int(counts.columns[name].sum()) for name in names) == areas


def test_an_authority_that_is_an_agreements_area_too_counts_once(waves: list[psa.Estimates]) -> None:
    """Hartlepool's movement stands by authority and by laa, and the county of Kent's by laa alone."""
    moved = psa.compare(*waves)
    adopting = {"psa21.4": ["Hartlepool", "E10000016"]}
    assessed = assess(moved, national("psa21.4", STILL), adopting=adopting)
    row = assessed.where(indicator="psa21.4")[0]
    assert (row.adopting, row.unmeasured) == (2, 0)
    local = assessed.rests_on.where(indicator="psa21.4", level="local")
    assert sorted(local.columns["area"]) == ["E06000001", "E10000016"]
    twice = assessed.set_aside.where(area="E06000001")
    assert twice.columns["reason"].tolist() == ["the same movement by laa: it is counted by authority"]


def test_central_bedfordshires_targets_stand_on_its_own_figures(waves: list[psa.Estimates], tmp_path: Path) -> None:
    """Its agreement's area of June 2008 is Bedfordshire; its targets, and its baseline, are its own authority's."""
    before, after = waves
    assert len(before.where(by="laa", area=BEDFORDSHIRE)) == 1
    assert not len(before.where(by="laa", area=CENTRAL))
    path = tmp_path / "targets.csv"
    path.write_text(
        "area,indicator,baseline,baseline_from,target,year\nCentral Bedfordshire,NI 4,,place 2008,28,2010\n"
    )
    row = psa.score(psa.read_targets(path), before, after)[0]
    assert row.rests_on == f"ni4/place 2010/authority/{CENTRAL}; ni4/place 2008/authority/{CENTRAL}"
    theirs = before.where(by="authority", area=CENTRAL)[0].value
    assert row.baseline == theirs != before.where(by="laa", area=BEDFORDSHIRE)[0].value
