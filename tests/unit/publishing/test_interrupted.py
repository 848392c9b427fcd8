"""A folder replaced while every call fails or is interrupted in turn: after the next start, one whole set stands."""

from __future__ import annotations

import errno
import io
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import psaindicators as psa
from psaindicators.publishing import replacing
from psaindicators.publishing.folder import restore, write_folder
from psaindicators.publishing.names import ROOM
from psaindicators.publishing.replacing import AS_IT_WAS, HELD, IN_PLACE

OLD = {"estimates.csv": "old", "tables/a.txt": "old", "gone/only.txt": "old"}
NEW = {"estimates.csv": "new", "tables/a.txt": "new", "more/b.txt": b"\x00new"}
NOTES = {"notes.txt": b"by hand", "tables/mine.txt": b"by hand"}
CHANGING = [(os, name) for name in ("replace", "fsync", "open", "mkdir", "rmdir", "unlink")] + [(io, "open")]
LOOKING = [(os, name) for name in ("lstat", "listdir", "close")]


Calls = list[tuple[ModuleType, str]]


class Killed(BaseException):
    """Stands for SIGKILL where every call from then on fails."""


EIO = OSError(errno.EIO, "Input/output error")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Faults:
    """Counts the calls that change files or make them durable, and lets the k-th fail: before it is done, or after."""

    def __init__(
        self, at: int, error: BaseException, calls: Calls = CHANGING, *, after: bool = False, for_ever: bool = False
    ) -> None:
        self.at, self.error, self.calls, self.after, self.for_ever = at, error, calls, after, for_ever
        self.count = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            self.count += 1
            due = self.count == self.at or (self.for_ever and self.count > self.at)
            if due and not self.after:
                raise self.error
            result = call(*args, **options)
            if due:
                if isinstance(result, io.IOBase):
                    result.close()
                raise self.error
            return result

        return counted

    @property
    def happened(self) -> bool:
        return self.count >= self.at

    @contextmanager
    def injected(self) -> Iterator[Faults]:
        with pytest.MonkeyPatch.context() as patch:
            for module, name in self.calls:
                patch.setattr(module, name, self.around(getattr(module, name)))
            yield self


@pytest.fixture(scope="module", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Nothing here takes the power away, so nothing need reach the disk: waiting for it is most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="module")
def whole(no_power_cut: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What the folder holds before and after, with somebody's notes in it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    found = {}
    for name, files in (("old", OLD), ("new", NEW)):
        write_folder(out, files, {"title": name})
        found[name] = contents(out) | NOTES
    return found


@pytest.fixture
def out(tmp_path: Path, whole: dict[str, dict[str, bytes]]) -> Path:
    lay(tmp_path / "out", whole["old"])
    return tmp_path / "out"


def lay(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold these files and no other."""
    if folder.exists() and contents(folder) == files:
        return
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def every_place(error: BaseException, calls: Calls = CHANGING, *, step: int = 1, **how: bool) -> Iterator[Faults]:
    """Faults at the first call, the second, and so on, until one comes too late to happen."""
    for at in range(1, 1000, step):
        faults = Faults(at, error, calls, **how)
        yield faults
        if not faults.happened:
            assert at > 30, "the calls of a replacement are counted"
            return
    raise AssertionError("no end of calls")


def written_with(faults: Faults, out: Path) -> str:
    """Write the new set under faults, and return the message it ended with, if any."""
    try:
        with faults.injected():
            write_folder(out, NEW, {"title": "new"})
    except psa.OutputError as error:
        return str(error)
    except (KeyboardInterrupt, Killed):
        return "interrupted"
    return ""


@pytest.mark.parametrize(
    ("error", "calls", "after", "step"),
    [
        (KeyboardInterrupt(), CHANGING, True, 1),  # Ctrl-C is noticed when a call is done
        (EIO, CHANGING, False, 1),
        (EIO, CHANGING, True, 3),  # as a network's file system may answer
        (EIO, LOOKING, False, 3),
    ],
    ids=["interrupted", "failing", "failing when done", "failing to look"],
)
def test_one_fault_at_any_call_leaves_one_whole_set_at_once(
    out: Path, whole: dict[str, dict[str, bytes]], error: BaseException, calls: Calls, after: bool, step: int
) -> None:
    seen = set()
    for faults in every_place(error, calls, after=after, step=step):
        lay(out, whole["old"])
        told = written_with(faults, out)
        state = "old" if contents_but_room(out) == whole["old"] else "new"
        assert contents_but_room(out) == whole[state], (faults.at, told)
        if told == "":
            assert state == "new", faults.at
        elif told != "interrupted":
            assert "Input/output error" in told
            assert told.endswith(AS_IT_WAS) == (state == "old"), (faults.at, told)
            assert told.endswith(IN_PLACE) == (state == "new"), (faults.at, told)
        seen.add(state)
        restore(out)
        assert contents(out) == whole[state], "nothing is left behind, and nothing changed"
    assert seen == {"old", "new"}


def contents_but_room(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in contents(folder).items() if not name.startswith(ROOM)}


@pytest.mark.parametrize(
    ("error", "calls", "step"),
    [(Killed(), CHANGING, 1), (EIO, CHANGING, 3), (EIO, [*CHANGING, *LOOKING], 5)],
    ids=["killed", "no change", "nothing at all"],
)
def test_when_every_call_fails_from_one_on_the_next_start_makes_one_set_whole(
    out: Path, whole: dict[str, dict[str, bytes]], error: BaseException, calls: Calls, step: int
) -> None:
    """As a process that is killed, or a disk that is gone until somebody mounts it again."""
    seen = set()
    for faults in every_place(error, calls, for_ever=True, step=step):
        lay(out, whole["old"])
        told = written_with(faults, out)
        if told.endswith(AS_IT_WAS):
            assert contents_but_room(out) == whole["old"], faults.at
        if told.endswith(IN_PLACE):
            assert contents_but_room(out) == whole["new"], faults.at
        if HELD in told:
            assert (out / ROOM / replacing.JOURNAL).exists(), faults.at
        restore(out)
        left = contents(out)
        assert left in (whole["old"], whole["new"]), (faults.at, told)
        assert not (out / ROOM).exists()
        seen.add("old" if left == whole["old"] else "new")
    assert seen == {"old", "new"}


def test_the_way_back_may_be_killed_too(out: Path, whole: dict[str, dict[str, bytes]]) -> None:
    """Killed at every 13th call, then at every 5th of those that restore: the next start makes one set whole."""
    for faults in every_place(Killed(), for_ever=True, step=13):
        for again in range(1 + faults.at // 13 % 5, 200, 5):
            lay(out, whole["old"])
            written_with(Faults(faults.at, Killed(), for_ever=True), out)
            second = Faults(again, Killed(), for_ever=True)
            with suppress(Killed), second.injected():
                restore(out)
            restore(out)
            assert contents(out) in (whole["old"], whole["new"]), (faults.at, again)
            if not second.happened:
                break
        written_with(faults, out)


def test_a_first_outturn_that_is_killed_leaves_nothing_or_all_of_it(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    write_folder(out, NEW, {"title": "new"})
    whole = contents(out)
    for faults in every_place(Killed(), for_ever=True, step=4):
        shutil.rmtree(tmp_path / "new")
        written_with(faults, out)
        restore(out)
        assert not out.exists() or contents(out) in ({}, whole), faults.at
        write_folder(out, NEW, {"title": "new"})
        assert contents(out) == whole


def test_a_disk_that_is_full_in_the_middle_of_a_file_leaves_the_old_set(
    out: Path, whole: dict[str, dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = replacing._write
    for full_at in range(1, len(NEW) + 3):  # the new files, the manifest and the journal
        lay(out, whole["old"])
        count = 0

        def full(path: Path, content: bytes, full_at: int = full_at) -> None:
            nonlocal count
            count += 1
            write(path, content if count < full_at else content[: len(content) // 2])
            if count >= full_at:
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(replacing, "_write", full)
        with pytest.raises(psa.OutputError, match=f"cannot be written: No space left on device; {AS_IT_WAS}"):
            write_folder(out, NEW, {"title": "new"})
        assert contents(out) == whole["old"]
        assert not (out / ROOM).exists()


def test_a_journal_that_cannot_be_read_is_told_and_nothing_is_removed(out: Path) -> None:
    (out / ROOM / "old").mkdir(parents=True)
    (out / ROOM / "old" / "estimates.csv").write_text("old")
    for journal in ("{", '{"old": ["../x"], "new": []}', '{"old": 1, "new": []}'):
        (out / ROOM / "journal.json").write_text(journal)
        with pytest.raises(psa.OutputError, match=r"journal\.json cannot be read: move what you need .* then delete"):
            restore(out)
        assert (out / ROOM / "old" / "estimates.csv").exists()


def test_an_old_file_that_is_gone_from_both_places_stops_the_way_back(out: Path) -> None:
    """Otherwise the new set would be taken away for an old one that is not whole."""
    (out / ROOM / "old").mkdir(parents=True)
    (out / ROOM / "journal.json").write_text('{"old": ["estimates.csv"], "new": ["estimates.csv"]}')
    before = contents(out)
    with pytest.raises(psa.OutputError, match=r"cannot be restored: estimates\.csv can neither be found in it nor in"):
        restore(out)
    assert contents(out) == before


TURNS = """
import os, sys
from pathlib import Path
from psaindicators.publishing.folder import write_folder
old = {"estimates.csv": "old", "tables/a.txt": "old", "gone/only.txt": "old"}
new = {"estimates.csv": "new", "tables/a.txt": "new", "more/b.txt": b"\\x00new"}
os.fsync = lambda _: None  # no power cut
print("begun", flush=True)
for turn in range(int(sys.argv[2])):
    write_folder(Path(sys.argv[1]), *((old, {"title": "old"}) if turn % 2 else (new, {"title": "new"})))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_process_killed_at_a_random_moment_leaves_a_set_that_is_whole(
    out: Path, whole: dict[str, dict[str, bytes]]
) -> None:
    moments = random.Random(9)
    for _ in range(16):
        with subprocess.Popen([sys.executable, "-c", TURNS, str(out), "10000"], stdout=-1) as job:
            assert job.stdout is not None
            assert job.stdout.readline() == b"begun\n"
            time.sleep(moments.uniform(0, 0.05))
            job.kill()
        restore(out)
        assert contents(out) in (whole["old"], whole["new"])
        assert not (out / ROOM).exists()


def can_trace() -> bool:
    command = ["strace", "-f", "-e", "trace=rename", "-e", "inject=rename:error=EIO:when=99", "true"]
    return shutil.which("strace") is not None and subprocess.run(command, capture_output=True).returncode == 0


@pytest.mark.parametrize("fault", ["signal=SIGKILL", "signal=SIGINT", "error=EIO"])
def test_a_process_stopped_at_any_rename_by_the_system_leaves_a_set_that_is_whole(
    out: Path, whole: dict[str, dict[str, bytes]], fault: str
) -> None:
    if not can_trace():
        pytest.skip("strace is not installed, or may not trace here")
    ended = []
    for at in range(1, 30, 6):
        lay(out, whole["old"])
        inject = f"inject=/^rename:{fault}:when={at}"
        command = ["strace", "-f", "-o", "/dev/null", "-e", "trace=/^rename", "-e", inject]
        job = subprocess.run([*command, sys.executable, "-B", "-c", TURNS, str(out), "1"], capture_output=True)
        restore(out)
        assert contents(out) in (whole["old"], whole["new"]), (at, job.stderr)
        ended.append(job.returncode)
        if job.returncode == 0:
            break
    assert ended[0] != 0, "the first rename was hit"
    assert ended[-1] == 0, "and one came too late to be"
