"""The pages that say where things live name rooms and modules that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.paths import ROOT
from tests.shape.test_layering import LAYERS, ROOT as SOURCE

PAGES = [*sorted(ROOT.glob("docs/*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
MODULE = re.compile(r"`((?:\w+/)*\w+\.py)`")
ROOM = re.compile(r"^\| `(\w+/?)`", re.MULTILINE)
PLACES = (SOURCE, ROOT, ROOT / "docs", ROOT / "benchmarks")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_module_that_a_page_names_is_there(page: Path) -> None:
    named = MODULE.findall(page.read_text(encoding="utf-8"))
    assert [name for name in named if not any((place / name).is_file() for place in PLACES)] == []


def test_modules_are_found_in_the_pages() -> None:
    text = (ROOT / "docs" / "estimation.md").read_text(encoding="utf-8")
    assert {"kernel/estimands.py", "kernel/lonely.py", "survey/engine.py"} <= set(MODULE.findall(text))


def test_the_rooms_stand_in_the_order_of_their_layers() -> None:
    text = (ROOT / "docs" / "estimation.md").read_text(encoding="utf-8")
    table = text[text.index("## The shape of the code") : text.index("**One seam each.**")]
    rooms = [room.rstrip("/") for room in ROOM.findall(table) if room.endswith("/")]
    assert rooms == [names[0] for names in LAYERS if (SOURCE / names[0]).is_dir()]
