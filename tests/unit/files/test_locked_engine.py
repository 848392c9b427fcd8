"""The engine that reads a file reads nothing else, loads nothing, and keeps what it puts on a disk to itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

import psaindicators as psa
from psaindicators.files.locked_engine import locked_engine
from psaindicators.files.private_folder import private_folder
from tests.unit.files.test_hostile_files import HALF, MINE, WAVE, write


@pytest.fixture
def engine(tmp_path: Path) -> Any:
    return locked_engine(str(write(HALF, tmp_path / "it's.parquet").resolve()))


FORBIDDEN = {
    "another file": "SELECT * FROM read_csv('{0}/other.csv')",
    "the system's files": "SELECT * FROM read_text('/etc/hostname')",
    "a folder": "SELECT * FROM glob('{0}/*')",
    "an address": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "writing": "COPY (SELECT 1) TO '{0}/new.csv'",
    "a database": "ATTACH '{0}/new.db'",
    "an extension": "INSTALL httpfs",
    "loading one": "LOAD httpfs",
    "a setting": "SET threads = 1",
    "the lock": "SET lock_configuration = false",
    "more files": "SET allowed_directories = ['/']",
    "the outside": "SET enable_external_access = true",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_an_engine_is_locked_once_its_file_is_open(what: str, engine: Any, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("secret\n1\n", encoding="utf-8")
    with pytest.raises(duckdb.Error, match=r"(?i)disabled by configuration|locked|permission|cannot"):
        engine.execute(FORBIDDEN[what].format(tmp_path)).fetchall()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it's.parquet", "other.csv"]


def test_an_engine_reads_its_file(engine: Any, tmp_path: Path) -> None:
    assert len(engine.read_parquet(str(tmp_path.resolve() / "it's.parquet")).fetchall()) == len(HALF)


def test_an_engine_prints_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """From two seconds on (here, from a thousandth) it drew a bar on standard output, in the midst of the JSON."""
    connect = duckdb.connect

    def impatient(config: dict[str, Any]) -> Any:
        connection = connect(config=config)
        connection.execute("SET progress_bar_time = 1")
        return connection

    def add_up(engine: Any) -> str:
        engine.sql("SELECT sum(hash(a.range * 7 + b.range) % 11) FROM range(8_000) a, range(8_000) b").fetchnumpy()
        return capfd.readouterr().out

    monkeypatch.setattr(duckdb, "connect", impatient)
    assert "%" in add_up(impatient({}))
    assert add_up(locked_engine(str(tmp_path / "d.csv"))) == ""


def test_the_engine_of_a_survey_read_from_a_path_is_locked(tmp_path: Path) -> None:
    for suffix in (".csv", ".parquet"):
        survey = psa.read_survey(write(HALF, tmp_path / f"d{suffix}"), WAVE)
        with survey.microdata.source.lent() as frame, pytest.raises(duckdb.Error, match=r"(?i)disabled by config"):
            frame.to_native().write_csv(str(tmp_path / "new.csv"))


def test_a_relation_of_the_users_own_is_not_touched(tmp_path: Path) -> None:
    connection = duckdb.connect()
    relation = connection.read_parquet(str(write(HALF, tmp_path / "d.parquet")))
    assert psa.estimate(psa.read_survey(relation, WAVE), MINE)[0].value == 50
    connection.execute("SET threads = 1")
    connection.execute(f"COPY (SELECT 1) TO '{tmp_path}/new.csv'")
    assert (tmp_path / "new.csv").exists()


def test_what_does_not_fit_into_memory_goes_to_a_private_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left to itself, the engine writes it into the folder it is started in, for all to read."""
    connect = duckdb.connect
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(duckdb, "connect", lambda config: connect(config=config | {"memory_limit": "60MB"}))
    engine = locked_engine(str(write(HALF, tmp_path / "d.parquet").resolve()))
    engine.execute("CREATE TEMP TABLE t AS SELECT range AS i, hash(range) AS h FROM range(10_000_000)")
    spilled = [path for path in private_folder().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in spilled) > 1_000_000
    assert private_folder().stat().st_mode & 0o777 == 0o700
    assert [path.name for path in tmp_path.iterdir()] == ["d.parquet"]
    engine.close()


SCRIPT = """
import sys
from psaindicators.files.microdata import read_microdata
from psaindicators.files.private_folder import private_folder
read_microdata(sys.argv[1])
(private_folder() / "spilled").touch()
print(private_folder(), flush=True)
"""


def run(script: str, path: Path, kept: Path) -> subprocess.CompletedProcess[str]:
    """Run a script on a file, with a folder to keep temporary files in."""
    return subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env=os.environ | {"TMPDIR": str(kept)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def folder_of(script: str, path: Path, kept: Path) -> tuple[Path, int]:
    """The private folder of a process that reads a file and goes on with a script, and how it ended."""
    ended = run(SCRIPT + script, path, kept)
    return Path(ended.stdout.strip()), ended.returncode


@pytest.mark.parametrize(
    ("script", "code"),
    [("", 0), ("sys.exit(3)", 3), ("raise ValueError", 1), ("import os; os.fork() or sys.exit(); os.wait()", 0)],
    ids=["done", "refused", "failed", "forked"],
)
def test_the_private_folder_is_removed_when_its_process_ends(script: str, code: int, tmp_path: Path) -> None:
    path = write(HALF, tmp_path / "d[1].csv")
    (tmp_path / "kept").mkdir()
    folder, ended = folder_of(script, path, tmp_path / "kept")
    assert (folder.parent, ended) == (tmp_path / "kept", code)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_childs_end_leaves_its_parents_folder(tmp_path: Path) -> None:
    path = write(HALF, tmp_path / "d[1].csv")
    still = "import os; os.fork() or sys.exit(); os.wait(); sys.exit(not private_folder().exists())"
    (tmp_path / "kept").mkdir()
    assert folder_of(still, path, tmp_path / "kept")[1] == 0


def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    path = write(HALF, tmp_path / "d[1].csv")
    kept = tmp_path / "kept"
    kept.mkdir()
    killed, code = folder_of("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", path, kept)
    assert code == -signal.SIGKILL
    assert (killed / "spilled").exists()
    folder_of("", path, kept)
    assert killed.exists()  # it may be that of a process which has just made it
    os.utime(killed, (0, 0))
    folder_of("", path, kept)
    assert list(kept.iterdir()) == []


def test_the_folder_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    path = write(HALF, tmp_path / "d[1].csv")
    kept = tmp_path / "kept"
    kept.mkdir()
    old = "import os; os.utime(private_folder(), (0, 0)); "
    other = f"import subprocess; subprocess.run([sys.executable, '-c', {SCRIPT!r}, sys.argv[1]], capture_output=True); "
    assert folder_of(old + other + "sys.exit(not private_folder().exists())", path, kept)[1] == 0


def test_a_persons_folder_is_left_alone_whatever_it_is_called(tmp_path: Path) -> None:
    """Until it was told by a mark in it, any old folder of this user's that began so was removed with all it held."""
    path = write(HALF, tmp_path / "d[1].csv")
    theirs = tmp_path / "kept" / "psaindicators-my_notes"
    theirs.mkdir(parents=True, mode=0o700)
    (theirs / "minutes.txt").write_text("years of work")
    os.utime(theirs, (0, 0))
    folder_of("", path, tmp_path / "kept")
    assert [one.name for one in (tmp_path / "kept").rglob("*")] == ["psaindicators-my_notes", "minutes.txt"]


def test_a_temporary_folder_that_is_a_pattern_is_refused_where_a_link_is_needed(tmp_path: Path) -> None:
    kept = tmp_path / "a[b]"
    kept.mkdir()
    read = "import sys, psaindicators.files.microdata as m; m.read_microdata(sys.argv[1])"
    refused = run(read, write(HALF, tmp_path / "d[1].csv"), kept)
    assert f"the folder for temporary files, {kept}, has *, ?, [ or ] in its name: set TMPDIR" in refused.stderr
    assert run(read, write(HALF, tmp_path / "d.csv"), kept).returncode == 0
