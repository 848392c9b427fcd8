"""One document, and its writers of text, CSV and JSON: each writes what the document holds, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import psaindicators as psa
from psaindicators.publishing.document import Document, Page, Section, Sheet, View
from psaindicators.publishing.formats import written
from psaindicators.tables import Table
from tests.paths import NAMCS

TABLE = Table({"area": np.array(["Leeds", "=1+1"], dtype=object), "value": np.array([30.25, np.nan])})
PAGE = Page("outturn", "Two areas", ("What it is.",), (Section("Figures", ("before", View(TABLE, ("area",)), "")),))
DOCUMENT = Document("Two areas", (PAGE,), (Sheet("figures", "Figures", TABLE, "Made up."),))


def test_the_formats_asked_for_are_written_and_no_others() -> None:
    assert written(DOCUMENT, ["csv"]).keys() == {"figures.csv"}
    assert written(DOCUMENT, ["json", "text"]).keys() == {"outturn.txt", "figures.json"}


def test_a_page_is_text_with_its_sections_under_headings() -> None:
    assert written(DOCUMENT, ["text"])["outturn.txt"].decode() == (
        "Two areas\n=========\nWhat it is.\n\nFigures\n-------\nbefore\narea\n-----\nLeeds\n=1+1\n\n"
    )


def test_a_sheet_is_written_whole_in_full_precision() -> None:
    files = written(DOCUMENT, ["csv", "json"])
    assert files["figures.csv"].decode() == "area,value\nLeeds,30.25\n'=1+1,\n"
    assert json.loads(files["figures.json"]) == [{"area": "Leeds", "value": 30.25}, {"area": "=1+1", "value": None}]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(NAMCS, tmp_path / "namcs")
    return tmp_path / "namcs" / "outturn.toml"


def test_a_configuration_chooses_the_formats(config: Path) -> None:
    config.write_text('formats = ["csv"]\n' + config.read_text())
    psa.outturn(config, out=config.parent / "out")
    assert {path.name for path in (config.parent / "out").iterdir()} == {
        *("estimates.csv", "waves.csv", "indicators.json", "manifest.json")
    }


def test_a_format_that_is_not_known_is_told(config: Path) -> None:
    config.write_text('formats = ["csv", "jsn"]\n' + config.read_text())
    with pytest.raises(psa.DefinitionError, match=r"formats: unknown format 'jsn': .* did you mean 'json'\?"):
        psa.outturn(config, out=config.parent / "out")
