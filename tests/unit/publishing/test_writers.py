"""One document, and its writers of text, CSV and JSON: each writes what the document holds, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.publishing.document import Document, Page, Section, Sheet, View
from psaindicators.publishing.formats import FORMATS, opened_first, written
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
        "estimates.csv",
        "waves.csv",
        "manifest.json",
    }
    with pytest.raises(psa.OutputError, match=r"lacks estimates\.json, .*make it again, with json among its formats"):
        psa.read_outturn(config.parent / "out")


RUN = """
import sys
import psaindicators as psa
psa.outturn(sys.argv[1], out=sys.argv[2])
print(sorted({"gptables", "xlsxwriter", "matplotlib", "afcharts", "jinja2"} & set(sys.modules)))
"""


@pytest.mark.parametrize(("formats", "loaded"), [("", []), ('formats = "xlsx"\n', ["gptables", "xlsxwriter"])])
def test_a_run_imports_the_libraries_of_its_formats_alone(config: Path, formats: str, loaded: list[str]) -> None:
    config.write_text(formats + config.read_text())
    command = [sys.executable, "-c", RUN, str(config), str(config.parent / "out")]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    assert told.stdout.splitlines()[-1] == str(loaded)


def test_every_format_is_written_the_same_twice_and_the_page_is_to_be_opened_first(config: Path) -> None:
    config.write_text(f"formats = {list(FORMATS)}\n" + config.read_text())
    runs = [psa.outturn(config, out=config.parent / f"out{i}") for i in (1, 2)]
    one, other = ({p.relative_to(f): p.read_bytes() for p in f.rglob("*") if p.is_file()}
                  for f in (config.parent / "out1", config.parent / "out2"))  # fmt: skip
    assert one == other
    assert {path.suffix for path in one} >= {".csv", ".json", ".txt", ".html", ".xlsx", ".ods", ".svg", ".png"}
    assert [run.first for run in runs] == ["outturn.html"] * 2
    assert opened_first(["manifest.json", "outturn.ods", "outturn.txt"]) == "outturn.ods"
    assert opened_first(["estimates.csv", "manifest.json"]) == "estimates.csv"


def test_the_command_ends_by_saying_which_file_to_open_first(config: Path) -> None:
    told = CliRunner().invoke(cli, ["outturn", str(config), "--out", str(config.parent / "out")])
    assert told.stdout.splitlines()[-1].endswith("out/outturn.txt first")


def test_a_format_that_is_not_known_is_told(config: Path) -> None:
    config.write_text('formats = ["csv", "jsn"]\n' + config.read_text())
    with pytest.raises(psa.DefinitionError, match=r"formats: unknown format 'jsn': .* did you mean 'json'\?"):
        psa.outturn(config, out=config.parent / "out")
