"""Every next step that a command prints can be pasted into a shell as it stands, whatever the names have in them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from psaindicators.cli.main import cli
from psaindicators.words import shell_command
from tests.paths import SAMPLES

RETURNS = "our file/it's 5% of $HOME.csv"
WAVE = """survey = "own"
title = "Own"
[2009]
weight = "wt"
[2009.questions.sex]
variable = "sex"
answers = {male = 1, female = 2}
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def pasted(line: str) -> list[str]:
    """The words of a line as a shell hands them on."""
    script = 'psaindicators() { printf "%s\\0" "$@"; }; ' + line
    found = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout
    return found.decode().split("\0")[:-1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "our file").mkdir()
    shutil.copy(SAMPLES / "council_2009.csv", tmp_path / RETURNS)
    (tmp_path / "my wave.toml").write_text(WAVE, encoding="utf-8")
    return tmp_path


def test_the_way_from_a_proposal_to_an_estimate_is_pasted_line_by_line(folder: Path) -> None:
    bound = run("bind", RETURNS, "--survey", "place", "--year", "2009", "--out", "a proposal.toml")
    check = pasted(bound.stdout.splitlines()[-1])
    assert check == ["check", RETURNS, "--survey", "a proposal.toml", "--wave", "2009"]
    checked = run(*check)
    assert checked.exit_code == 3  # much is unsure
    assert pasted(checked.stdout.splitlines()[-1]) == check
    weight = pasted(run("check", RETURNS, "--survey", "my wave.toml", "--wave", "2009").stdout.splitlines()[-1])
    of_wave = ["--survey", "my wave.toml", "--wave", "2009"]
    assert weight == ["weight", RETURNS, "POPULATIONS.csv", "--out", "WEIGHTED.csv", *of_wave]
    (folder / "POPULATIONS.csv").write_text("variable,category,total\nsex,male,60000\nsex,female,63000\n")
    weighted = run(*weight)
    assert weighted.exit_code == 0, weighted.output
    check = pasted(weighted.stdout.splitlines()[-1])
    assert check == ["check", "WEIGHTED.csv", *of_wave]
    estimate = pasted(run(*check).stdout.splitlines()[-1])
    assert estimate == ["estimate", "WEIGHTED.csv", "--indicators", "SET.toml", *of_wave]


def test_a_shipped_survey_is_named_by_its_id_and_the_file_with_its_folder() -> None:
    data = str(SAMPLES / "taking_part_2007.dta")
    checked = run("check", data, "--survey", "taking_part", "--wave", "2007")
    estimate = pasted(checked.stdout.splitlines()[-1])
    assert estimate == ["estimate", data, "--survey", "taking_part", "--wave", "2007"]
    assert run(*estimate).exit_code == 0


@pytest.mark.parametrize("name", ["a\nb.csv", "\x1b[2Jit's\\n.csv", "\u202egnp.csv", "a b", "", "*"])
def test_what_a_screen_would_obey_is_written_out_and_still_is_the_name(name: str) -> None:
    line = shell_command("check", name)
    assert line.isprintable()
    assert pasted(line) == ["check", name]


def test_a_file_whose_name_begins_with_a_dash_is_no_option() -> None:
    assert shell_command("check", Path("-x.csv")) == "psaindicators check ./-x.csv"
