"""What each bad input gets, by the command line; and the page that lists them, held to that."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tests.bad_inputs import Bad, Met, everything, met
from tests.paths import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="some are the shell's, and devices of a Unix")
Found = Mapping[str, Sequence[tuple[Bad, Met]]]
EVERY = [(title, i) for title, group in everything().items() for i in range(len(group))]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    return met(tmp_path_factory.mktemp("good"))


@pytest.fixture
def quality(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "docs" / "quality")
    return importlib.import_module("page")


@pytest.mark.parametrize(("title", "i"), EVERY, ids=[everything()[title][i].what for title, i in EVERY])
def test_a_bad_input_gets_its_exit_code_and_its_message(found: Found, title: str, i: int) -> None:
    bad, one = found[title][i]
    assert one.code == bad.code, one.said
    assert bad.says in one.said
    assert "Traceback" not in one.said


def test_the_page_lists_them_as_they_are(found: Found, quality: ModuleType) -> None:
    """Where this fails: `python docs/quality/page.py`."""
    assert (ROOT / "docs" / "quality.md").read_text(encoding="utf-8") == quality.page(found)


def test_a_message_on_the_page_is_one_line_cut_short(quality: ModuleType) -> None:
    assert (
        quality.told("error: a.toml:\n    - b: is missing\n    - c: has 2") == "a.toml: / - b: is missing / - c: has 2"
    )
    assert quality.told("x (the fields are a, b)") == "x (the fields are ...)"
    assert quality.told("Usage: p\nTry 'p -h' for help.\n\nError: no") == "Usage: p / Error: no"  # --help, elsewhere
    assert len(quality.told("y" * 500)) == quality.LONGEST
    assert quality.code("a|b") == "`` a\\|b ``"


def test_nothing_was_written_by_what_was_refused(found: Found, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Path(str(tmp_path_factory.getbasetemp())) / "good0"
    assert folder.is_dir()
    assert [one.name for one in folder.iterdir() if one.name in {"never", "never.csv", "nowhere"}] == []
