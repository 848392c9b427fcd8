"""An outturn's folder held to its manifest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.outturns import verification
from psaindicators.outturns.verification import Verification, verify
from psaindicators.publishing.names import ROOM
from tests.paths import SAMPLES
from tests.unit.outturns.council import write_council

CONFIGURATION = "outturn.toml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample of visits, with its outturn beside it."""
    here = tmp_path_factory.mktemp("made") / "visits"
    shutil.copytree(SAMPLES / "namcs", here)
    psa.outturn(here / CONFIGURATION, out=here / "outturn")
    return here


@pytest.fixture
def visits(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "visits"))


def states(found: Verification, what: str) -> dict[str, str]:
    return {row.file: row.state for row in found if row.what == what}


def manifest_with(**changed: object) -> str:
    held = {"made_by": "psaindicators outturn", "manifest": 1, "inputs": [], "files": []}
    return json.dumps(held | {"versions": {}, "configuration": {}} | changed)


def test_what_nobody_touched_is_unchanged_and_comes_out_the_same_again(visits: Path) -> None:
    found = verify(visits / "outturn", config=visits / CONFIGURATION, again=True)
    assert set(found.columns["state"]) == {"unchanged"}
    assert states(found, "again") == states(found, "output")
    assert states(found, "input").keys() == {
        *(CONFIGURATION, "namcs2019.csv.gz", "namcs.toml", "visits.toml", "published.csv"),
        *("threshold_10.toml", "nchs_2017.toml", "every_row.toml"),
    }
    assert (found.faults, found.notes) == ((), ())


def test_every_file_that_is_not_as_it_was_is_told(visits: Path) -> None:
    out = visits / "outturn"
    (out / "estimates.csv").write_bytes((out / "estimates.csv").read_bytes() + b" ")
    (out / "tables" / "medicare.txt").unlink()
    (out / "outturn.txt").unlink()
    (out / "outturn.txt").mkdir()
    (out / "notes.txt").write_text("ours")
    (visits / "published.csv").write_text("other")
    (visits / "visits.toml").unlink()
    found = verify(out)
    outputs, inputs = states(found, "output"), states(found, "input")
    assert {name: state for name, state in outputs.items() if state != "unchanged"} == {
        "estimates.csv": "changed", "tables/medicare.txt": "missing", "outturn.txt": "changed",
    }  # fmt: skip
    assert (inputs["published.csv"], inputs["visits.toml"]) == ("changed", "not found here")
    assert found.faults == (
        "estimates.csv (changed)", "outturn.txt (changed)", "tables/medicare.txt (missing)", "published.csv (changed)",
    )  # fmt: skip
    assert found.notes == (f"1 other files lie in {out}, which no outturn wrote",)


def test_another_input_gives_another_outturn(visits: Path) -> None:
    """The wave's policy for missing answers is not looked at: what counts is the bytes of every file that comes out."""
    configuration = (visits / CONFIGURATION).read_text()
    (visits / CONFIGURATION).write_text(configuration.replace('interval = "beta"', 'interval = "wilson"'))
    found = verify(visits / "outturn", config=visits / CONFIGURATION, again=True)
    assert states(found, "input")[CONFIGURATION] == "changed"
    assert set(states(found, "output").values()) == {"unchanged"}
    assert states(found, "again")["estimates.json"] == "changed"


def test_a_library_of_another_version_is_told(visits: Path) -> None:
    path = visits / "outturn" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["versions"]["numpy"] = "1.0"
    path.write_text(json.dumps(manifest))
    [note] = verify(visits / "outturn").notes
    assert note.startswith("versions have changed since: numpy ")
    assert note.endswith("(1.0 then)")


def test_what_a_dead_run_left_is_put_right_first(visits: Path) -> None:
    """It had moved one file aside when it died."""
    out = visits / "outturn"
    room = out / ROOM
    (room / "old").mkdir(parents=True)
    (room / "new").mkdir()
    (room / "journal.json").write_text(json.dumps({"old": ["manifest.json", "estimates.csv"], "new": []}))
    (out / "manifest.json").rename(room / "old" / "manifest.json")
    assert set(states(verify(out), "output").values()) == {"unchanged"}
    assert not room.exists()


def test_two_inputs_of_one_name_are_each_held_to_their_own(tmp_path: Path) -> None:
    """From outside the configuration's folder only the name is kept: the first of the two was not looked at."""
    for year in (2008, 2010):
        (tmp_path / str(year)).mkdir()
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    config = write_council(jobs)
    for year in (2008, 2010):
        (jobs / f"streets_{year}.csv").rename(tmp_path / str(year) / "streets.csv")
        config.write_text(config.read_text().replace(f'"streets_{year}.csv"', f'"../{year}/streets.csv"'))
    psa.outturn(config)
    found = [row.state for row in verify(jobs / "out", config=config) if row.file == "streets.csv"]
    assert found == ["unchanged", "unchanged"]
    for year in (2008, 2010):
        path = tmp_path / str(year) / "streets.csv"
        whole = path.read_text()
        path.write_text(whole.replace("E06000055,1,1,0", "E06000055,1,2,0", 1) if year == 2008 else whole + " ")
        assert len([row for row in verify(jobs / "out", config=config) if row.state == "changed"]) == 1
        path.write_text(whole)


def test_an_outturn_of_nothing_is_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(manifest_with())
    assert len(verify(tmp_path)) == 0


@pytest.mark.parametrize("name", ["/etc/hostname", "../victim", "a/../../victim"])
def test_a_manifest_cannot_have_files_elsewhere_looked_at(visits: Path, name: str) -> None:
    """Whoever wrote it would learn whether they are there, and what they are not."""
    (visits.parent / "victim").write_text("x")
    path = visits / "outturn" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["inputs"].append({"file": name, "sha256": "0" * 64})
    path.write_text(json.dumps(manifest))
    assert states(verify(visits / "outturn"), "input")[name] == "not found here"


def test_a_file_that_cannot_be_read_is_told(visits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(path: Path) -> str:
        raise OSError(5, "Input/output error", str(path))

    for where in ("psaindicators.publishing.folder.sha256", "psaindicators.outturns.verification.sha256"):
        with monkeypatch.context() as patch:
            patch.setattr(where, failing)
            with pytest.raises(psa.OutputError, match=r"/[\w.]+ cannot be read: Input/output error"):
                verify(visits / "outturn")


def test_a_run_that_comes_between_is_no_change(visits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had taken a file away when it was looked for, and put it back a moment later."""
    out, whole = visits / "outturn", verification._outputs

    def between(*given: Any) -> list[Any]:
        (out / "estimates.csv").rename(visits / "aside")
        seen = list(whole(*given))
        (visits / "aside").rename(out / "estimates.csv")
        monkeypatch.undo()
        return seen

    monkeypatch.setattr(verification, "_outputs", between)
    assert verify(out).faults == ()


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (None, "holds no manifest.json, so no outturn"),
        ("{}", "holds a manifest.json that is not one that this version writes"),
        ('{"made_by": "psaindicators outturn", "manifest": 1, "files": []}', "is not one that this version writes"),
        ("[" * 100_000, "is not one that this version writes"),
        (manifest_with(versions=[]), "is not one that this version writes"),
        (manifest_with(configuration="none"), "is not one that this version writes"),
        (manifest_with(files=[{"file": "a", "sha256": "0" * 64}] * 2), "is not one that this version writes"),
    ],
)
def test_a_folder_without_an_outturn_is_refused(tmp_path: Path, left: str | None, told: str) -> None:
    if left is not None:
        (tmp_path / "manifest.json").write_text(left)
    with pytest.raises(psa.OutputError, match=told):
        verify(tmp_path)


def test_no_folder_and_no_configuration_are_told(tmp_path: Path) -> None:
    with pytest.raises(psa.MissingFileError, match="there is no folder"):
        verify(tmp_path / "absent")
    with pytest.raises(psa.OptionError, match="again needs config, the configuration"):
        verify(tmp_path, again=True)


def test_the_command_prints_the_files_and_ends_with_3_where_one_is_not_as_it_was(visits: Path) -> None:
    out = visits / "outturn"
    well = CliRunner().invoke(cli, ["verify", str(out), "--format", "csv"])
    assert well.exit_code == 0
    assert well.output.splitlines()[:2] == ["what,file,state", "output,estimates.csv,unchanged"]
    (out / "estimates.csv").unlink()
    ill = CliRunner().invoke(cli, ["verify", str(out)])
    assert isinstance(ill.exception, psa.OutputError)
    assert str(ill.exception) == f"{out} is not as it was: estimates.csv (missing)"
