"""The folder of an outturn: whose files are replaced, which folders are refused, and which names are written."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.publishing.folder import make_ready, restore, write_folder
from psaindicators.publishing.manifest import read_manifest
from psaindicators.publishing.names import ROOM

FIRST = {"estimates.csv": "a\n1\n", "tables/one.txt": "one\n", "tables/two.txt": "two\n", "scores.csv": "s\n"}
SECOND = {"estimates.csv": "a\n2\n", "tables/one.txt": "uno\n", "book.xlsx": b"\x00\xff\r\n"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a first outturn."""
    write_folder(tmp_path / "out", FIRST, {"title": "First"})
    return tmp_path / "out"


def test_text_and_bytes_are_written_as_they_are_and_the_manifest_lists_them(tmp_path: Path) -> None:
    write_folder(tmp_path / "a" / "out", SECOND | {"text.txt": "Pâté\r\n"}, {"title": "One", "warnings": []})
    found = contents(tmp_path / "a" / "out")
    manifest = json.loads(found.pop("manifest.json"))
    assert found == {
        "estimates.csv": b"a\n2\n",
        "tables/one.txt": b"uno\n",
        "book.xlsx": b"\x00\xff\r\n",
        "text.txt": "Pâté\r\n".encode(),
    }
    assert [*manifest] == ["made_by", "manifest", "title", "warnings", "files"]
    assert (manifest["made_by"], manifest["manifest"]) == ("psaindicators outturn", 1)
    assert {one["file"]: one["sha256"] for one in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items()
    }


def test_what_the_manifest_lists_goes_and_everything_else_stays(out: Path) -> None:
    (out / "notes.txt").write_text("what the committee said")
    (out / "tables" / "mine.xlsx").write_text("by hand")
    (out / "empty").mkdir()
    (out / "estimates.csv").chmod(0o600)  # a mode is no change of what is in it
    write_folder(out, SECOND, {})
    left = contents(out)
    assert left.keys() == {*SECOND, "manifest.json", "notes.txt", "tables/mine.xlsx"}
    assert (left["notes.txt"], left["tables/mine.xlsx"]) == (b"what the committee said", b"by hand")
    assert (out / "empty").is_dir()


def test_a_subfolder_that_is_empty_now_goes_too(out: Path) -> None:
    write_folder(out, {"outturn.txt": ""}, {})
    assert {path.name for path in out.iterdir()} == {"outturn.txt", "manifest.json"}


def test_a_listed_file_that_somebody_removed_is_no_reason_to_refuse(out: Path) -> None:
    (out / "scores.csv").unlink()
    write_folder(out, SECOND, {})
    assert contents(out).keys() == {*SECOND, "manifest.json"}


@pytest.mark.parametrize("change", ["edited", "a link", "a folder"])
def test_a_file_that_was_changed_since_is_not_taken_away(out: Path, change: str) -> None:
    scores = out / "scores.csv"
    scores.unlink()
    if change == "edited":
        scores.write_text("s\n1, see the minutes\n")
    elif change == "a link":
        (out / "elsewhere.csv").write_text("s\n")
        scores.symlink_to(out / "elsewhere.csv")
    else:
        scores.mkdir()
    before = contents(out)
    for attempt in (lambda: make_ready(out), lambda: write_folder(out, SECOND, {})):
        with pytest.raises(psa.OutputError, match=r"changed since the outturn was written \(scores\.csv\).*move them"):
            attempt()
    assert contents(out) == before


@pytest.mark.parametrize(
    "manifest",
    [
        "{}",
        "[]",
        "not JSON",
        "[" * 100_000,
        '{"made_by": "psaindicators outturn", "manifest": 1}',
        '{"made_by": "psaindicators outturn", "manifest": 2, "files": []}',
        '{"made_by": "webpack", "manifest": 1, "files": []}',
        '{"made_by": "psaindicators outturn", "manifest": 1, "files": [{"file": "src/main.js"}]}',
        '{"made_by": "psaindicators outturn", "manifest": 1, "files": [{"file": "src/main.js", "sha256": "x"}]}',
        json.dumps(
            {"made_by": "psaindicators outturn", "manifest": 1, "files": [{"file": "../x", "sha256": "0" * 64}]}
        ),
        # as the version before wrote it, which listed no files
        '{"title": "T", "configuration": {}, "inputs": [], "versions": {"psaindicators": "0.1.0"}, "warnings": []}',
    ],
)
def test_a_folder_with_a_manifest_that_is_none_of_ours_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "web" / "src").mkdir(parents=True)
    (tmp_path / "web" / "manifest.json").write_text(manifest)
    (tmp_path / "web" / "src" / "main.js").write_text("x")
    for attempt in (lambda: make_ready(tmp_path / "web"), lambda: write_folder(tmp_path / "web", SECOND, {})):
        with pytest.raises(psa.OutputError, match=r"manifest\.json is not one .* name another folder, or move"):
            attempt()
    assert contents(tmp_path / "web") == {"manifest.json": manifest.encode(), "src/main.js": b"x"}
    assert {path.name for path in (tmp_path / "web").iterdir()} == {"manifest.json", "src"}


def test_a_folder_with_files_and_no_manifest_is_refused_by_the_names_of_the_first_few(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.doc").write_text("years of work")
    with pytest.raises(psa.OutputError, match=r"no outturn wrote \(0\.doc, 1\.doc, .*4\.doc and 3 more\)"):
        write_folder(tmp_path, FIRST, {})
    assert len(contents(tmp_path)) == 8


@pytest.mark.parametrize("name", ["book.xlsx", "new", "new/table.txt"])
def test_a_strange_file_under_a_name_that_is_needed_is_a_reason_to_refuse(out: Path, name: str) -> None:
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_text("theirs")
    before = contents(out)
    with pytest.raises(psa.OutputError, match=rf"no outturn wrote, under names .*\({name}\): move or rename"):
        write_folder(out, SECOND | {"new/table.txt": ""}, {})
    assert contents(out) == before


def test_what_the_outturn_is_made_from_is_never_replaced_or_removed(out: Path) -> None:
    (out / "data.csv").write_text("w\n1\n")
    write_folder(out, FIRST, {}, inputs=[out / "data.csv", out / "gone.csv"])
    assert (out / "data.csv").read_text() == "w\n1\n"
    before = contents(out)
    for one in ("scores.csv", "estimates.csv"):  # the one would be removed, the other replaced
        (out.parent / "link.csv").unlink(missing_ok=True)
        (out.parent / "link.csv").symlink_to(out / one)
        with pytest.raises(psa.OutputError, match=rf"made from \({one}\).*copy them elsewhere"):
            write_folder(out, SECOND, {}, inputs=[out.parent / "link.csv"])
    assert contents(out) == before


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../notes.txt", "under the output"),
        ("tables/../../notes.txt", "under the output"),
        ("./notes.txt", "under the output"),
        ("/tmp/notes.txt", "under the output"),
        ("C:/notes.txt", "not allowed"),
        ("..\\notes.txt", "not allowed"),
        ("a\x00b", "not allowed"),
        ("a\nb", "not allowed"),
        ("tables//x", "may be empty"),
        ("", "may be empty"),
        ("notes.", "end with a dot"),
        ("notes ", "with a space"),
        ("tables/con.txt", "reserved on Windows"),
        ("LPT1/x", "reserved on Windows"),
        ("x" * 256, "longer than 255"),
        ("é" * 128, "longer than 255"),
        ("\ud800", "not valid text"),
        ("ESTIMATES.csv", "one name"),
        ("Manifest.json", "one name"),
        (".psaindicators-outturn/old/x", "made ready"),
        ("estimates.csv/x", "a file and a folder"),
    ],
)
def test_a_name_that_leads_outside_or_that_some_system_cannot_hold_is_refused(out: Path, name: str, why: str) -> None:
    before = contents(out.parent)
    with pytest.raises(psa.OutputError, match=why):
        write_folder(out, {**FIRST, name: "x"}, {})
    assert contents(out.parent) == before


def test_ordinary_names_in_other_languages_are_written(tmp_path: Path) -> None:
    names = ["movements_Tŷ_2008.csv", "tables/.hidden", "a b.c-d", "console.txt", "é" * 127]
    write_folder(tmp_path / "out", dict.fromkeys(names, "x"), {})
    assert contents(tmp_path / "out").keys() == {*names, "manifest.json"}


def test_a_subfolder_that_is_a_link_is_refused(out: Path) -> None:
    """Files of ours in it would be written, and removed, elsewhere."""
    (out / "tables").rename(out.parent / "elsewhere")
    (out / "tables").symlink_to(out.parent / "elsewhere")
    before = contents(out.parent / "elsewhere")
    with pytest.raises(psa.OutputError, match="tables is a symbolic link"):
        write_folder(out, SECOND, {})
    with pytest.raises(psa.OutputError, match="tables is a symbolic link"):
        write_folder(out, {"outturn.txt": ""}, {})
    assert contents(out.parent / "elsewhere") == before


def test_a_link_in_place_of_a_subfolder_that_is_new_is_refused(out: Path) -> None:
    (out.parent / "elsewhere").mkdir()
    (out / "new").symlink_to(out.parent / "elsewhere")
    with pytest.raises(psa.OutputError, match="new is a symbolic link"):
        write_folder(out, FIRST | {"new/x.txt": ""}, {})
    assert contents(out.parent / "elsewhere") == {}


def test_a_link_in_place_of_the_hidden_room_is_refused(out: Path) -> None:
    (out.parent / "elsewhere" / "old").mkdir(parents=True)
    (out.parent / "elsewhere" / "old" / "thesis.doc").write_text("years of work")
    (out / ROOM).symlink_to(out.parent / "elsewhere")
    with pytest.raises(psa.OutputError, match=f"{re.escape(ROOM)} in it is a symbolic link"):
        write_folder(out, SECOND, {})
    assert (out.parent / "elsewhere" / "old" / "thesis.doc").exists()


@pytest.mark.parametrize("there", [True, False])
def test_a_link_given_as_the_folder_is_followed(tmp_path: Path, there: bool) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real" / "out")
    if there:
        write_folder(tmp_path / "real" / "out", FIRST, {})
    write_folder(tmp_path / "link", SECOND, {})
    assert (tmp_path / "link").is_symlink()
    assert contents(tmp_path / "real" / "out").keys() == {*SECOND, "manifest.json"}
    assert [path.name for path in tmp_path.iterdir() if path.name != "real"] == ["link"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_the_folder_stays_the_same_folder_with_its_mode_and_owner(out: Path) -> None:
    out.chmod(0o2750)
    if os.geteuid() == 0:
        os.chown(out, 12345, 54321)
    before = out.stat()
    write_folder(out, SECOND, {})
    after = out.stat()
    assert stat.S_IMODE(after.st_mode) == 0o2750
    assert (after.st_ino, after.st_uid, after.st_gid) == (before.st_ino, before.st_uid, before.st_gid)
    assert (out / "estimates.csv").stat().st_gid == before.st_gid  # as the setgid bit asks


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_folder_that_may_not_be_written_is_told_and_stays_as_it_was(out: Path) -> None:
    before = contents(out)
    out.chmod(0o500)
    try:
        if os.access(out, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(psa.OutputError, match=r"cannot be written: Permission denied; what was there is as it was"):
            write_folder(out, SECOND, {})
    finally:
        out.chmod(0o700)
    assert contents(out) == before


def test_what_was_made_for_a_folder_that_came_to_nothing_is_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(psa.OutputError, match="No space left on device; what was there is as it was"):
        write_folder(tmp_path / "a" / "b" / "out", FIRST, {})
    assert not [*tmp_path.iterdir()]


HOLDER = """
import sys
from pathlib import Path
from psaindicators.publishing.lock import locked
from psaindicators.publishing.names import ROOM
out = Path(sys.argv[1])
with locked(out / ROOM, out):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_run_is_told_who_writes_there_and_a_dead_one_holds_nobody_up(out: Path) -> None:
    before = contents(out)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(out)], stdin=-1, stdout=-1, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        busy = rf"another run \(process {holder.pid}\) is writing to {re.escape(str(out))}: wait until it ends"
        for attempt in (lambda: write_folder(out, SECOND, {}), lambda: make_ready(out), lambda: restore(out)):
            with pytest.raises(psa.OutputError, match=busy):
                attempt()
        holder.kill()
    assert (out / ROOM / "lock").exists()
    restore(out)
    assert contents(out) == before
    assert not (out / ROOM).exists()


def test_many_runs_at_once_write_one_after_the_other_or_are_told(out: Path) -> None:
    """Eight writers in one folder, 8 times each: only the clear message, and one whole set in the end."""
    program = (
        "import sys\nfrom pathlib import Path\nimport psaindicators as psa\n"
        "from psaindicators.publishing.folder import write_folder\n"
        "for turn in range(8):\n"
        "    try: write_folder(Path(sys.argv[1]), {'a': sys.argv[2], 'tables/b': sys.argv[2]}, {})\n"
        "    except psa.OutputError as error: assert 'writing to' in str(error), error\n"
    )
    jobs = [subprocess.Popen([sys.executable, "-c", program, str(out), str(i)], stderr=-1) for i in range(8)]
    assert {job.communicate()[1].decode() for job in jobs} == {""}
    left = contents(out)
    assert left.keys() == {"a", "tables/b", "manifest.json"}
    assert left["a"] == left["tables/b"]
    assert read_manifest(out).files == {name: hashlib.sha256(left[name]).hexdigest() for name in ("a", "tables/b")}


def test_restoring_what_needs_no_restoring_does_nothing(out: Path, tmp_path: Path) -> None:
    before = contents(out)
    restore(out)
    restore(tmp_path / "nowhere")
    assert contents(out) == before
    assert not (tmp_path / "nowhere").exists()
