"""Every notebook runs from top to bottom and prints what it was committed with."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.paths import ROOT

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
WRITTEN = re.compile(r"<text[^>]*>([^<]*)</text>")


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::Warning")
def test_a_notebook_prints_what_it_shows(path: Path) -> None:
    committed = nbformat.read(path, as_version=4)
    run = copy.deepcopy(committed)
    NotebookClient(run, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}).execute()
    for shown, printed in zip(committed.cells, run.cells, strict=True):
        if shown.cell_type == "code":
            assert texts(printed) == texts(shown), f"{path.name}: {shown.source}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_charts_and_each_says_what_it_shows(path: Path) -> None:
    outputs = [(cell, one) for cell in nbformat.read(path, as_version=4).cells for one in cell.get("outputs", ())]
    charts = [(cell, one.data["image/svg+xml"]) for cell, one in outputs if "image/svg+xml" in one.get("data", {})]
    assert charts
    for cell, chart in charts:
        assert WRITTEN.findall(chart), cell.source
        assert cell.metadata.get("mystnb", {}).get("image", {}).get("alt"), f"no text alternative: {cell.source}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_was_committed_as_run(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def shown(data: Any) -> str:
    """Return what an output shows as text; of a chart what is written in it, its title and the names on its axes."""
    chart = data.get("image/svg+xml")
    return data["text/plain"] if chart is None else "\n".join(WRITTEN.findall(chart))


def texts(cell: Any) -> list[str]:
    """Return what a code cell printed and showed as text; what one stream printed in several pieces is one text."""
    found: list[str] = []
    last = None
    for output in cell.outputs:
        text = output.text if output.output_type == "stream" else shown(output.data)
        if output.output_type == "stream" and last == output.name:
            found[-1] += text
        else:
            found.append(text)
        last = output.get("name")
    return ["\n".join(line.rstrip() for line in text.strip().splitlines()) for text in found]
