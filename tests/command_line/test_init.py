"""`init`: a first outturn that runs as it is, written over nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.errors import OutputError
from psaindicators.outturns import starting


def init(folder: Path) -> list[str]:
    result = CliRunner().invoke(cli, ["init", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output.splitlines()


def test_it_runs_at_once_by_the_command_of_the_last_lines(tmp_path: Path) -> None:
    said = init(tmp_path / "mine")
    assert said[-2] == f"next: psaindicators outturn {tmp_path / 'mine' / 'outturn.toml'}"
    made = psa.outturn(said[-2].rpartition(" ")[2])
    out = tmp_path / "mine" / "outturn"
    assert {"outturn.html", "outturn.xlsx", "estimates.csv", "estimates.json", "outturn.txt"} <= {
        file.name for file in out.iterdir()
    }
    scores = made.judgements.scores
    assert scores is not None
    assert len(scores) == 2
    assert [name for name, one in made.indicators.items() if one.status == "unconfirmed"] == ["satisfied", "influence"]


def test_its_figures_are_those_of_its_rows(tmp_path: Path) -> None:
    """Satisfied: codes 1 and 2 of those who answered, each counting their weight."""
    init(tmp_path)
    _, *lines = (tmp_path / "residents_2011.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines]
    answered = [(float(row[5]), row[3] in ("1", "2")) for row in rows if row[3] != "-9"]
    expected = 100 * sum(weight for weight, counts in answered if counts) / sum(weight for weight, _ in answered)
    wave = psa.wave(tmp_path / "survey.toml", 2011)
    survey = psa.read_survey(tmp_path / "residents_2011.csv", wave)
    [found] = psa.estimate(survey, psa.indicators(tmp_path / "indicators.toml")["satisfied"])
    assert (found.base, found.value) == (len(answered), pytest.approx(expected))
    assert len(answered) < len(rows) == starting.RESPONDENTS


def test_the_same_files_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    init(first)
    init(second)
    assert {one.name: one.read_bytes() for one in first.iterdir()} == {
        one.name: one.read_bytes() for one in second.iterdir()
    }


@pytest.mark.parametrize("name", ["targets.csv", "mine.txt"])
def test_a_folder_with_anything_in_it_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("corrected by hand")
    with pytest.raises(OutputError, match="holds files already, and none is written over: name a new or empty folder"):
        starting.write_start(tmp_path)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["corrected by hand"]


def test_what_was_begun_is_removed_where_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "start_files", lambda: {"one.toml": "one", "no such folder/two.toml": "two"})
    with pytest.raises(OutputError, match=r"cannot be made a folder with files in it: .*No such file or directory"):
        starting.write_start(tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a file")
    with pytest.raises(OutputError, match=r"mine cannot be made a folder with files in it: .*File exists"):
        starting.write_start(tmp_path / "mine")
