"""What a batch run leaves is read back, compared and scored next year, from the folders alone.

A council's own survey and set, as in council.py: 37.5% found the streets clean in 2008, and 62.5% in 2010.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from tests.unit.outturns.council import changed, write_council

YEAR = """
title  = "Streets {year}"
output = "{year}"
disclosure = "none"   # sixteen people, reckoned by hand
[[surveys]]
data       = "streets_{year}.csv"
survey     = "council.toml"
wave       = {year}
indicators = "own.toml"
by         = ["all", "authority"]
"""
SECOND = """
[[comparisons]]
earlier = "streets 2008"
later   = "streets 2010"
minimum = 20
[targets]
file = "targets.csv"
[assessment]
adopting = "adopting.csv"
"""
TARGETS = "area,indicator,baseline,baseline_from,target,year\nBedford,Tidy,,streets 2008,60,2010\n"


@pytest.fixture
def years(tmp_path: Path) -> Path:
    """A folder with the first year's outturn, its inputs gone, and all that the second year needs."""
    write_council(tmp_path)
    (tmp_path / "2008.toml").write_text(YEAR.format(year=2008))
    psa.outturn(tmp_path / "2008.toml")
    (tmp_path / "streets_2008.csv").unlink()
    (tmp_path / "targets.csv").write_text(TARGETS)
    second = YEAR.format(year=2010).replace("[[surveys]]", 'previous = "2008"\n[[surveys]]', 1)
    (tmp_path / "2010.toml").write_text(second + SECOND)
    return tmp_path


def test_the_second_year_compares_scores_and_assesses_with_the_first_years_folder(years: Path) -> None:
    found = psa.outturn(years / "2010.toml").judgements
    [moved] = found.movements.values()
    everyone = moved.where(by="all")[0]
    assert (everyone.earlier_value, everyone.later_value, everyone.change) == pytest.approx((37.5, 62.5, 25.0))
    assert everyone.rests_on == "tidy/streets 2008/all/all; tidy/streets 2010/all/all"
    assert found.scores is not None
    row = found.scores[0]
    assert (row.baseline, row.outturn, row.verdict) == (25.0, 75.0, "target met")  # Bedford: 2 of 8, then 6 of 8
    assert row.baseline_se > 0
    assert found.assessment is not None
    assert found.assessment.where(indicator="tidy")[0].adopting == 1
    manifest = json.loads((years / "2010" / "manifest.json").read_text())
    assert "2008/manifest.json" in {one["file"] for one in manifest["inputs"]}


def test_everything_of_two_years_follows_from_the_folders_alone(
    years: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both folders are carried elsewhere, without data, survey or set: the same movements, scores and assessment."""
    made = psa.outturn(years / "2010.toml").judgements
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for year in ("2008", "2010"):
        shutil.copytree(years / year, elsewhere / year)
    shutil.copy(years / "targets.csv", elsewhere)
    first, second = (psa.read_outturn(elsewhere / year) for year in ("2008", "2010"))
    moved = psa.compare(first.estimates["streets 2008"], second.estimates["streets 2010"], minimum=20)
    [written] = made.movements.values()
    assert moved == written == second.movements[0]
    assert (second.movements[0].survey, second.movements[0].interim) == ("streets", "")
    targets = psa.read_targets(elsewhere / "targets.csv", indicators=second.indicators)
    assert psa.score(targets, *first.estimates.values(), *second.estimates.values()) == second.tables["scores"]
    assessed = psa.assess(moved, adopting={"tidy": ["Bedford"]}, indicators=second.indicators)
    assert assessed == second.assessment == made.assessment
    assert assessed.set_aside == second.assessment.set_aside
    assert assessed.rests_on == second.assessment.rests_on


def test_every_table_is_read_back_as_it_was_made(tmp_path: Path) -> None:
    found = psa.outturn(write_council(tmp_path))
    saved = psa.read_outturn(tmp_path / "out")
    for one in found.estimates:
        assert one.wave is not None
        assert saved.estimates[one.wave.name].columns["value"].tolist() == one.columns["value"].tolist()
        assert saved.estimates[one.wave.name] == replace(one, notes=())
    for name, table in ((one.name, one.table) for one in found.judgements.tables()):
        read = saved.tables[name]
        assert read.to_records() == table.to_records()
        assert read == table or name == "rewards"  # of rewards the rule and the pot are the configuration's
    assert dict(saved.indicators) == dict(found.known)


def test_the_commands_take_folders(years: Path) -> None:
    psa.outturn(years / "2010.toml")
    arguments = [str(years / "2008"), str(years / "2010")]
    compared = CliRunner().invoke(cli, ["compare", *arguments, "--minimum", "20", "--format", "json"])
    assert [row["change"] for row in json.loads(compared.stdout) if row["by"] == "all"] == pytest.approx([25.0])
    own = ["--indicators", str(years / "own.toml")]
    scored = CliRunner().invoke(cli, ["score", str(years / "targets.csv"), *arguments, *own, "--format", "json"])
    assert [row["verdict"] for row in json.loads(scored.stdout)] == ["target met"]
    shutil.rmtree(years / "2010")
    both = psa.outturn(changed(write_council(years), {'output = "out"': 'output = "both"'})).configuration.output
    for words, message in (
        ([], "holds the waves streets 2008, streets 2010: say which by --waves"),
        (["--waves", "streets 2009", "streets 2010"], "'streets 2009' is none of them"),
    ):
        refused = CliRunner().invoke(cli, ["compare", str(both), str(both), *words])
        assert message in str(refused.exception)
    named = CliRunner().invoke(cli, ["compare", str(both), str(both), "--waves", "streets 2008", "streets 2010"])
    assert "37.5" in named.stdout


def test_a_definition_or_a_mode_that_changed_is_a_break_next_year(years: Path) -> None:
    """Next year's set has another rule: the folder kept the old one, so the row is left without a verdict."""
    (years / "own.toml").write_text(
        (years / "own.toml").read_text()
        + '[tidy.since.2009]\ndenominator = { all_answered = ["clean"] }\n'
        + 'numerator = { question = "clean", in = ["no"] }\n'
    )
    [moved] = psa.outturn(years / "2010.toml").judgements.movements.values()
    assert set(moved.columns["verdict"]) == {""}
    assert "the definition of tidy changed between 2008 and 2010" in moved[0].note
    waves = (years / "council.toml").read_text().replace("[2010]\n", '[2010]\nmode = "web"\n')
    (years / "council.toml").write_text(waves.replace("[2008]\n", '[2008]\nmode = "postal"\n'))
    shutil.rmtree(years / "2008")
    write_council_2008(years)
    with pytest.raises(psa.ComparisonError, match="streets 2008 was postal and streets 2010 web: another mode"):
        psa.outturn(years / "2010.toml")


def write_council_2008(years: Path) -> None:
    text = (years / "council.toml").read_text()
    write_council(years)
    (years / "council.toml").write_text(text)
    (years / "targets.csv").write_text(TARGETS)
    psa.outturn(years / "2008.toml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({'previous = "2008"': 'previous = "2007"'}, "previous: there is no folder 2007 beside the configuration"),
        (
            {'previous = "2008"': 'previous = ["2008", "2008"]'},
            "previous: streets 2008 is in 2008 and in a folder before",
        ),
        (
            {"minimum = 20": "shared_psus = true"},
            "shared_psus needs the data of both waves, and a previous outturn has",
        ),
    ],
)
def test_what_cannot_be_done_with_a_previous_folder_is_told(years: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(psa.PsaError) as caught:
        psa.outturn(changed(years / "2010.toml", changes))
    assert message in str(caught.value)


def test_a_folder_that_is_not_as_it_was_written_is_refused(years: Path) -> None:
    with pytest.raises(psa.MissingFileError, match="there is no folder"):
        psa.read_outturn(years / "nothing")
    with pytest.raises(psa.OutputError, match=r"holds no manifest\.json, so no outturn"):
        psa.read_outturn(years)
    estimates = years / "2008" / "estimates.json"
    estimates.write_text(estimates.read_text().replace("37.5", "38.5", 1))
    with pytest.raises(psa.OutputError, match=r"is not as it was written: estimates\.json \(changed\)"):
        psa.read_outturn(years / "2008")
    estimates.unlink()
    with pytest.raises(psa.OutputError, match=r"estimates\.json \(missing\)"):
        psa.outturn(years / "2010.toml")
