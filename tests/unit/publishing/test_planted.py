"""What somebody else may have put into an output folder, or done to it: nothing is followed, lost or run into."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.publishing.folder import restore, state_of, write_folder
from psaindicators.publishing.manifest import MANIFEST, read_manifest
from psaindicators.publishing.names import ROOM

FILES = {"estimates.csv": "old", "tables/a.txt": "old"}
pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and pipes are those of a Unix")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    write_folder(tmp_path / "out", FILES, {})
    return tmp_path / "out"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    (tmp_path / "victim").write_text("years of work")
    return tmp_path / "victim"


@pytest.mark.parametrize("planted", ["a symbolic link", "a hard link", "a pipe", "a folder"])
def test_a_lock_that_was_planted_is_refused_and_what_it_leads_to_stays(out: Path, victim: Path, planted: str) -> None:
    """It was opened, emptied, and signed with the number of the process; a pipe was waited for without end."""
    lock = out / ROOM / "lock"
    lock.parent.mkdir()
    {
        "a symbolic link": lambda: lock.symlink_to(victim),
        "a hard link": lambda: lock.hardlink_to(victim),
        "a pipe": lambda: os.mkfifo(lock),
        "a folder": lock.mkdir,
    }[planted]()
    for attempt in (lambda: write_folder(out, {"estimates.csv": "new"}, {}), lambda: restore(out)):
        with pytest.raises(psa.OutputError, match=r"out cannot be written: .*; what was there is as it was"):
            attempt()
    assert victim.read_text() == "years of work"
    assert (out / "estimates.csv").read_text() == "old"


@pytest.mark.parametrize("name", ["new", "old", "done.json", "journal.part"])
def test_a_link_in_the_room_is_taken_away_and_what_it_leads_to_stays(out: Path, victim: Path, name: str) -> None:
    (out / ROOM).mkdir()
    (out / ROOM / name).symlink_to(victim.parent if name in ("new", "old") else victim)
    write_folder(out, {"estimates.csv": "new"}, {})
    assert (out / "estimates.csv").read_text() == "new"
    assert victim.read_text() == "years of work"
    assert not (out / ROOM).exists()


def test_a_journal_nested_without_end_is_told_and_nothing_is_removed(out: Path) -> None:
    (out / ROOM / "old").mkdir(parents=True)
    (out / ROOM / "old" / "estimates.csv").write_text("older")
    (out / ROOM / "journal.json").write_text("[" * 100_000)
    with pytest.raises(psa.OutputError, match=r"journal\.json cannot be read: move what you need"):
        restore(out)
    assert (out / ROOM / "old" / "estimates.csv").exists()


def test_what_somebody_put_where_an_old_file_was_is_not_overwritten(out: Path) -> None:
    """A run that was killed had moved it aside; whoever missed it put another there. Both are kept."""
    room = out / ROOM
    (room / "old").mkdir(parents=True)
    (room / "new").mkdir()
    (room / "new" / "estimates.csv").write_text("new")
    (room / "journal.json").write_text(json.dumps({"old": [MANIFEST, "estimates.csv"], "new": ["estimates.csv"]}))
    (out / MANIFEST).rename(room / "old" / MANIFEST)
    (out / "estimates.csv").rename(room / "old" / "estimates.csv")
    (out / "estimates.csv").write_text("from the backup, with notes")
    with pytest.raises(psa.OutputError, match=r"estimates\.csv was put there by somebody since: move it away"):
        restore(out)
    assert (out / "estimates.csv").read_text() == "from the backup, with notes"
    assert (room / "old" / "estimates.csv").read_text() == "old"
    (out / "estimates.csv").rename(out / "notes.csv")
    restore(out)
    assert (out / "estimates.csv").read_text() == "old"
    assert (out / "notes.csv").read_text() == "from the backup, with notes"


def test_a_file_beyond_a_link_is_not_the_one_that_was_written(out: Path) -> None:
    digest = read_manifest(out).files["tables/a.txt"]
    assert state_of(out, "tables/a.txt", digest) == "unchanged"
    (out / "tables").rename(out.parent / "elsewhere")
    (out / "tables").symlink_to(out.parent / "elsewhere")
    assert state_of(out, "tables/a.txt", digest) == "changed"


def test_a_clock_that_was_set_back_or_forward_changes_nothing(out: Path) -> None:
    for when in (0, 2**32):
        for path in (out, *out.rglob("*")):
            os.utime(path, (when, when))
        write_folder(out, FILES, {})
        assert (out / "estimates.csv").read_text() == "old"
