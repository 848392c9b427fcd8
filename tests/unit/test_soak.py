"""A short run of the soak, of what no other test does, and what it is to find is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import soak
from tests.fuzzed import WAYS
from tests.soak import DAMAGED, HARNESS, PARTS, Part, soaked, write

SHORT = {"swap": 4, "calls": 6, "row": 1}


@pytest.mark.parametrize("name", SHORT)
def test_a_short_run_finds_nothing_worse(name: str) -> None:
    part = soaked(name, SHORT[name] / PARTS[name][1], seed=1)
    if part.note:
        pytest.skip(part.note)
    assert part.worse == 0
    assert part.run >= SHORT[name]


def test_the_damaged_inputs_of_a_way_are_counted() -> None:
    part = Part("damaged", 4)
    soak._harassed(part, "tests.fuzzed", ["4", "1", "reward TOML"])
    assert (part.run, part.ended.total(), part.worse) == (4, 4, 0)
    soak._harassed(part, "tests.fuzzed", ["4", "1", "no such way"])
    assert (part.run, part.worse) == (4, 1)


def test_a_million_damaged_files_are_shared_among_all_ways_in() -> None:
    assert sum(DAMAGED.values()) == 1_000_000
    assert DAMAGED.keys() == {*WAYS, *HARNESS}


def test_a_folder_that_is_neither_set_is_worse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where nothing were put right after a kill: half of the files had been moved."""
    monkeypatch.setattr(soak, "restore", lambda out: (out / "estimates.csv").unlink(missing_ok=True))
    part = soaked("swap", 0.002, seed=1)
    assert (part.run, part.worse) == (2, 2)


def test_what_a_message_says_of_the_folder_is_held_to_what_is_there() -> None:
    assert soak._is_told("old", 3, "out cannot be written: no; what was there is as it was")
    assert not soak._is_told("new", 3, "out cannot be written: no; what was there is as it was")
    assert not soak._is_told("old", 0, "")
    assert not soak._is_told("", 3, "whatever it says")
    assert soak._is_told("", -9, "")


def test_each_part_keeps_its_line(tmp_path: Path) -> None:
    first, last = (PARTS[name][0] for name in ("swap", "rows CSV"))
    for what, run in ((last, 5), (first, 7), (last, 9)):
        part = Part(what, 10)
        for _ in range(run):
            part.count("read")
        write(part, tmp_path / "soak.csv")
    assert (tmp_path / "soak.csv").read_text(encoding="utf-8").splitlines() == [
        "what,whole,run,ended,worse,seconds,note",
        f"{first},10,7,read: 7,0,0,",
        f"{last},10,9,read: 9,0,0,",
    ]
