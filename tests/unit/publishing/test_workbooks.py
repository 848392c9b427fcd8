"""Workbooks: conforming, the same bytes each time, alike in both formats and the same figures as the CSV."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

import psaindicators as psa
from psaindicators import headings as h
from psaindicators.files.spreadsheet import original
from psaindicators.outturns.documents import AllEstimates
from psaindicators.publishing.document import Document, Page, Sheet
from psaindicators.publishing.formats import written
from psaindicators.tables import Table
from psaindicators.words import visible
from tests.conformance import cells_of, faults, read
from tests.paths import NAMCS

BOTH = ("xlsx", "ods")
HOSTILE = ("=1+1", "+1", "-2+3", "@SUM(A1)", "[a](b) [c](d)", "$$note$$", "***", "a\x1b[31mb", "<b>&amp;</b>",
           "two  spaces", " ", "x" * 40_000, "É\u202eabc", "007", "1e5", "https://example.org/a")  # fmt: skip
OFFICE = shutil.which("soffice")


def document(texts: tuple[str, ...] = HOSTILE) -> Document:
    size = len(texts)
    columns = {
        "area": np.array(texts, dtype=object),
        "value": 100 / 3 + np.arange(size),
        "se": np.full(size, np.nan),
        "df": np.full(size, np.inf),
        "base": 7 * np.arange(size),
        "marker": np.full(size, "[u]", dtype=object),
    }
    table = AllEstimates(columns)
    moved = Table({"area": np.array(texts, dtype=object), "change": np.arange(len(texts)) / 7})
    sheets = (Sheet("estimates", "Estimates", table, "Made up."), Sheet("m", "Movements, a to b", moved, "Made up."))
    more = Sheet("n", "Movements, b to c", moved, "Made up.")
    return Document("=Hostile", (Page("outturn", "x", (), ()),), (*sheets, more), about=("What it is.",))


@pytest.fixture(scope="module")
def namcs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbooks") / "namcs"
    shutil.copytree(NAMCS, folder)
    config = folder / "outturn.toml"
    config.write_text('formats = ["csv", "xlsx", "ods"]\n' + config.read_text())
    psa.outturn(config, out=folder / "out")
    return folder / "out"


def saved(made: Document, folder: Path) -> dict[str, Path]:
    for name, content in written(made, BOTH).items():
        (folder / name).write_bytes(content)
    return {kind: folder / f"outturn.{kind}" for kind in BOTH}


@pytest.mark.parametrize("kind", BOTH)
def test_an_outturn_breaks_no_rule_of_the_guidance(namcs: Path, kind: str) -> None:
    assert faults(read(namcs / f"outturn.{kind}")) == []


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("texts", [HOSTILE, (), ("Leeds",)], ids=["hostile", "no rows", "one row"])
def test_whatever_areas_are_called_no_rule_is_broken(tmp_path: Path, kind: str, texts: tuple[str, ...]) -> None:
    assert faults(read(saved(document(texts), tmp_path)[kind])) == []


@pytest.mark.parametrize("kind", BOTH)
def test_the_same_document_gives_the_same_bytes(kind: str) -> None:
    assert written(document(), [kind]) == written(document(), [kind])


def test_both_workbooks_hold_the_same_cells(tmp_path: Path) -> None:
    files = saved(document(), tmp_path)
    xlsx, ods = (read(files[kind]).sheets for kind in BOTH)
    assert list(xlsx) == list(ods)
    assert list(xlsx)[2:] == ["Estimates", "Movements 1", "Movements 2", "Columns"]
    for name, grid in xlsx.items():
        assert_same(grid, ods[name])


def assert_same(left: list[list[object]], right: list[list[object]]) -> None:
    """Cells are the same; numbers as far as 16 figures go, which is what an Excel file holds."""
    assert [len(row) for row in left] == [len(row) for row in right]
    for one, other in zip(*map(chain.from_iterable, (left, right)), strict=True):
        assert one == (pytest.approx(other, rel=1e-14) if isinstance(one, float) else other)


@pytest.mark.parametrize("kind", BOTH)
def test_a_sheet_has_the_figures_of_the_csv(namcs: Path, kind: str) -> None:
    assert_as_csv(read(namcs / f"outturn.{kind}").sheets["Estimates"], (namcs / "estimates.csv").read_text())


def assert_as_csv(grid: list[list[object]], text: str) -> None:
    """Each cell of the sheet is the CSV's: a number to 16 figures, a text as it is shown, a marker for nothing."""
    rows = list(csv.DictReader(io.StringIO(text)))
    labels = {one.label: one.name for one in AllEstimates.headings} | {"By age band": "by_age_band", "By sex": "by_sex"}
    top = next(i for i, row in enumerate(grid) if row[0] == h.INDICATOR.label)
    assert len(grid) - top - 1 == len(rows) > 100
    for cells, row in zip(grid[top + 1 :], rows, strict=True):
        for label, cell in zip(grid[top], cells, strict=True):
            there = row[labels[str(label)]]
            if isinstance(cell, float | int):
                assert float(there) == pytest.approx(cell, rel=1e-14)
            else:
                assert cell == visible(original(there)) if there else cell in {"[x]", "[z]"}


@pytest.mark.parametrize("kind", BOTH)
def test_a_text_stays_a_text(tmp_path: Path, kind: str) -> None:
    grid = read(saved(document(), tmp_path)[kind]).sheets["Movements 1"]
    shown = [row[0] for row in grid[-len(HOSTILE) :]]
    assert shown[:3] == ["=1+1", "+1", "-2+3"]
    assert "a\\x1b[31mb" in shown  # what a screen would obey is written out
    assert {"[a](b) [c](d)", "$$note$$", "***", "007", "1e5", "<b>&amp;</b>", "two  spaces"} <= set(shown)


@pytest.mark.parametrize("kind", BOTH)
def test_what_is_withheld_is_a_marker_and_nothing_of_it_is_in_the_file(tmp_path: Path, kind: str) -> None:
    made = document(("Leeds", "York"))
    table = made.sheets[1].table
    held = table.suppress(table.columns["area"] == "York", ["change"])
    files = saved(Document("t", made.pages, (Sheet("m", "Movements", held, "x"),)), tmp_path)
    grid = read(files[kind]).sheets["Movements"]
    assert [row[1] for row in grid[-2:]] == [0.0, "[c]"]
    assert any(str(row[0]).startswith("[c] confidential") for row in grid)


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", BOTH)
def test_libreoffice_opens_it_and_reads_the_same_cells(namcs: Path, tmp_path: Path, kind: str) -> None:
    """Opened there and saved as the other format, then read again by a third program."""
    other = BOTH[1 - BOTH.index(kind)]
    asked = [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", other]
    subprocess.run(
        [*asked, "--outdir", tmp_path, namcs / f"outturn.{kind}"], check=True, timeout=180, capture_output=True
    )
    before, after = cells_of(namcs / f"outturn.{kind}"), cells_of(tmp_path / f"outturn.{other}")
    assert list(before) == list(after)
    for name, grid in before.items():
        assert_same(grid, [row[: len(grid[0])] for row in after[name]])
    assert_as_csv(after["Estimates"], (namcs / "estimates.csv").read_text())


def test_the_checker_sees_what_breaks_a_rule(tmp_path: Path) -> None:
    """A workbook that breaks none is taken, and one thing after another is broken in it."""
    good = read(saved(document(("Leeds", "York")), tmp_path)["xlsx"])
    assert faults(good) == []
    grid, [area] = good.sheets["Estimates"], good.tables["Estimates"]
    without_legend = [["Estimates"], *([""] for _ in grid[1 : area.top]), *grid[area.top :]]
    broken = {
        "document information": replace(good, properties={"title": "t"}),
        "formula": replace(good, formulas=1),
        "merged": replace(good, merged=1),
        "hiding": replace(good, hidden=1),
        "first worksheet": replace(good, opened_at="Columns"),
        "mark up tables": replace(good, tables=good.tables | {"Estimates": []}),
        "all of it": replace(good, tables=good.tables | {"Estimates": [replace(area, bottom=area.bottom - 1)]}),
        "meaningful names": replace(good, tables=good.tables | {"Estimates": [replace(area, name="NI4")]}),
        "left-hand edge": replace(good, tables=good.tables | {"Estimates": [replace(area, left=1)]}),
        "no cell empty": replace(good, sheets=good.sheets | {"Estimates": [*grid[:-1], ["", *grid[-1][1:]]]}),
        "header row": replace(good, tables=good.tables | {"Estimates": [replace(area, top=0)]}),
        "shorthand": replace(good, sheets=good.sheets | {"Estimates": without_legend}),
        "cover sheet": replace(good, sheets={name: good.sheets[name] for name in reversed(good.sheets)}),
    }
    for rule, book in broken.items():
        assert any(rule in fault for fault in faults(book)), rule
