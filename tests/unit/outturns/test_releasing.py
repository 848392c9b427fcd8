"""What leaves a batch job: no cell that its policy withholds, in any file, and no judgement that rests on one."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.figures.disclosure import GIVING_AWAY
from tests.paths import NAMCS
from tests.unit.outturns.council import changed, write_council, write_wave

FIVE = "age_band*sex*metropolitan*specialty*physician_type"
BY = '"all", "age_band", "sex", "metropolitan", "age_band*sex"'


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outturn of visits by five crossed questions, published as a batch job publishes where nobody says how."""
    folder = tmp_path_factory.mktemp("five") / "namcs"
    shutil.copytree(NAMCS, folder)
    changed(folder / "outturn.toml", {BY: f'"all", "sex", "{FIVE}"'})
    text = (folder / "outturn.toml").read_text().replace('published  = "published.csv"', 'only = ["medicare"]')
    (folder / "outturn.toml").write_text(text)
    psa.outturn(folder / "outturn.toml", out=folder / "out")
    return folder


def test_nothing_of_a_withheld_cell_is_in_any_file(five: Path) -> None:
    """128 crossed cells, 59 of them of one or two people: every figure of a withheld row is null, and marked."""
    rows = json.loads((five / "out" / "estimates.json").read_text())
    held = [row for row in rows if row["marker"] == "[c]"]
    assert len(held) > 59
    assert all(row[name] in (None, "") for row in held for name in GIVING_AWAY)
    assert min(row["base"] for row in rows if row["marker"] != "[c]") >= 10
    with (five / "out" / "estimates.csv").open(newline="") as file:
        assert [row["area"] for row in csv.DictReader(file) if row["base"] == ""] == [row["area"] for row in held]
    for row in held:
        page = (five / "out" / "tables" / "medicare.txt").read_text()
        lines = [one for one in page.splitlines() if f"  {row['area']}  " in one]
        assert len(lines) == 1
        assert lines[0].split().count("[c]") >= 5


def test_what_is_withheld_is_what_a_notebook_withholds_on_request(five: Path) -> None:
    """Off in a notebook; the attack in tests/unit/figures/test_attack.py is on what this returns."""
    survey = psa.read_survey(five / "namcs2019.csv.gz", psa.wave(str(five / "namcs.toml"), 2019))
    visits = psa.indicators(str(five / "visits.toml"))
    whole = psa.estimate(survey, visits["medicare"], by=["all", "sex", FIVE], interval="beta")
    assert not whole.suppressed
    held = psa.figures.publishable(survey, whole).columns["marker"] == "[c]"
    rows = json.loads((five / "out" / "estimates.json").read_text())
    assert held.tolist() == [row["marker"] == "[c]" for row in rows]


def test_the_manifest_says_which_policy_and_how_many_cells_and_not_why(five: Path) -> None:
    """Which cell is withheld for itself would bring a reader nearer to what it holds."""
    manifest = json.loads((five / "out" / "manifest.json").read_text())
    rows = json.loads((five / "out" / "estimates.json").read_text())
    told = manifest["disclosure"]
    assert (told["policy"], told["version"]) == ("threshold_10", "1")
    assert told["cells_withheld"] == {"namcs 2019": sum(row["marker"] == "[c]" for row in rows)}
    written = "".join(path.read_text() for path in (five / "out").rglob("*") if path.is_file())
    assert "small base" not in written


def test_saved_estimates_with_withheld_rows_can_be_read_back(five: Path) -> None:
    for ending in ("json", "csv"):
        read = psa.read_estimates(five / "out" / f"estimates.{ending}", psa.indicators(str(five / "visits.toml")))
        assert np.isnan(read.columns["value"][read.columns["marker"] == "[c]"]).all()


def test_who_runs_it_is_told_what_was_withheld_and_why(five: Path) -> None:
    found = CliRunner().invoke(cli, ["outturn", str(five / "outturn.toml"), "--out", str(five / "again")])
    assert found.exit_code == 0
    [line] = [one for one in found.stderr.splitlines() if "withheld" in one]
    assert line.startswith("note: namcs 2019: ")
    assert "small base" in line
    assert line.endswith("by the policy threshold_10, version 1: Ten respondents")


def test_check_says_what_would_be_withheld_and_writes_nothing(five: Path) -> None:
    found = CliRunner().invoke(cli, ["outturn", str(five / "outturn.toml"), "--out", str(five / "no"), "--check"])
    assert found.exit_code == 0
    first, second = found.stdout.splitlines()
    assert first.startswith("outturn.toml can be run: ")
    assert second.startswith("would be withheld: namcs 2019: ")
    assert "small base" in second
    assert not (five / "no").exists()


def test_check_finds_what_would_stop_the_run(five: Path, tmp_path: Path) -> None:
    shutil.copytree(five, tmp_path / "namcs")
    config = changed(tmp_path / "namcs" / "outturn.toml", {'only = ["medicare"]': 'only = ["medicine"]'})
    found = CliRunner().invoke(cli, ["outturn", str(config), "--check"])
    assert isinstance(found.exception, psa.DefinitionError)
    assert "medicine" in str(found.exception)


@pytest.fixture
def council(tmp_path: Path) -> Path:
    """The council of sixteen, with a policy of three: of E06000055 one of eight is clean in 2008, and all in 2010."""
    config = write_council(tmp_path)
    write_wave(tmp_path / "streets_2008.csv", (0, 1, 3, 3))
    write_wave(tmp_path / "streets_2010.csv", (2, 2, 3, 1))
    policy = 'title="T"\nversion="1"\nsource="S"\nclass_disclosure=true\nrange=2\nweighted_bases="shown"\nround_to=1\n'
    least = "[least]\nbase=3\nnumerator=2\ncomplement=2\n"
    (tmp_path / "three.toml").write_text(policy + least)
    return changed(config, {'disclosure = "none"': 'disclosure = "three.toml"'})


def test_a_judgement_that_rests_on_a_withheld_estimate_is_withheld_with_it(council: Path) -> None:
    """1 of 8 in E06000055 in 2008 is withheld; the other authority and everyone would give it away by subtraction."""
    found = psa.outturn(council)
    before = found.estimates[0]
    assert before.where(area="E06000055")[0].marker == "[c]"
    assert sorted(before.columns["marker"].tolist())[-2:] == ["[c]", "[c]"]
    [movements] = found.judgements.movements.values()
    held = movements.columns["marker"] == "[c]"
    assert held.sum() == 2
    for name in ("earlier_value", "later_value", "change", "se", "low", "high", "minimum", "verdict", "note"):
        assert movements.suppressed[name].tolist() == held.tolist()
    rests = found.judgements.assessment.rests_on
    assert rests.suppressed["verdict"].any()
    assert found.judgements.assessment.where(indicator="tidy")[0].verdict == ""
    assert found.judgements.assessment.rating == "withheld for confidentiality"


def test_a_score_and_a_reward_on_a_withheld_outturn_are_withheld(council: Path) -> None:
    write_wave(council.parent / "streets_2010.csv", (0, 1, 3, 3))
    found = psa.outturn(council).judgements
    assert found.scores.suppressed["outturn"].all()
    assert found.scores.suppressed["verdict"].all()
    assert found.scores[0].target == 60
    assert found.rewards.suppressed["reward"].all()
    assert "withheld" in found.scores.sentences()[0]


@pytest.fixture
def unsure(council: Path) -> Path:
    """The council's outturn by a rule of nine respondents: each authority has eight, and everyone is sixteen."""
    folder = council.parent
    (folder / "nine.toml").write_text('title="T"\nversion="1"\nsource="S"\n[least]\nbase=9\n')
    loose = 'title="T"\nversion="1"\nsource="S"\nclass_disclosure=false\nrange=1\nweighted_bases="shown"\nround_to=1\n'
    least = "[least]\nbase=1\nnumerator=0\ncomplement=0\n"
    (folder / "three.toml").write_text(f'{loose}unreliable = "withheld"\n{least}')
    return changed(council, {'title  = "Streets"': 'title = "Streets"\nreliability = "nine.toml"'})


def test_an_unreliable_figure_is_withheld_with_every_judgement_that_rests_on_it(unsure: Path) -> None:
    found = psa.outturn(unsure)
    before = found.estimates[0]
    assert before.columns["marker"].tolist() == ["", "[u]", "[u]"]
    assert np.isnan(before.columns["value"]).tolist() == [False, True, True]
    assert before.columns["base"].tolist() == [16, 8, 8]
    [movements] = found.judgements.movements.values()
    of_areas = movements.columns["by"] == "authority"
    assert np.isnan(movements.columns["change"][of_areas]).all()
    assert (movements.columns["marker"][of_areas] == "[u]").all()
    assert np.isfinite(movements.columns["change"][~of_areas]).all()
    sentence = next(one for one, held in zip(movements.sentences(), of_areas, strict=True) if held)
    assert sentence.endswith("between 2008 and 2010, as unreliable; its definition is unstated.")
    assert found.judgements.assessment.rating == "withheld as unreliable"
    assert "for confidentiality" not in found.text


def test_unreliable_figures_are_counted_apart_from_confidential_ones(unsure: Path) -> None:
    found = psa.outturn(unsure)
    told = json.loads((unsure.parent / "out" / "manifest.json").read_text())
    assert told["disclosure"]["cells_withheld"] == {"streets 2008": 0, "streets 2010": 0}
    assert told["disclosure"]["unreliable"] == "withheld"
    assert told["disclosure"]["unreliable_withheld"] == {"streets 2008": 2, "streets 2010": 2}
    assert "nine.toml" in {one["file"] for one in told["inputs"]}
    assert found.release.why[0].startswith(
        "streets 2008: 0 of 3 rows withheld [c]; 2 withheld as unreliable [u], by the"
    )
    [quality] = [one.table for one in found.document.background if one.name == "quality"]
    assert [row.value for row in quality if row.measure == "figures that are withheld as unreliable [u]"] == [2, 2]
    psa.read_outturn(unsure.parent / "out")


def test_the_configuration_may_do_without_a_rule(five: Path, tmp_path: Path) -> None:
    """The wave of the visits names the Center's own rule."""
    shutil.copytree(five, tmp_path / "namcs")
    config = tmp_path / "namcs" / "outturn.toml"
    config.write_text(f'reliability = "none"\n{config.read_text()}')
    by_rule = [one for one in psa.outturn(five / "outturn.toml").estimates[0].columns["note"] if "nchs_2017" in one]
    assert by_rule
    assert not [one for one in psa.outturn(config).estimates[0].columns["note"] if "nchs_2017" in one]


def test_an_unknown_rule_stops_the_run(council: Path) -> None:
    config = changed(council, {'title  = "Streets"': 'title = "Streets"\nreliability = "nchs"'})
    with pytest.raises(psa.DefinitionError, match="no shipped reliability rule 'nchs'; did you mean 'nchs_2017'"):
        psa.outturn(config)


def test_none_is_a_policy_that_must_be_named(council: Path) -> None:
    found = psa.outturn(changed(council, {'"three.toml"': '"none"'}))
    assert found.release.about == {"policy": "none"}
    assert not any(table.suppressed for table in found.estimates)


def test_an_unknown_policy_stops_the_job_before_anything_is_estimated(council: Path) -> None:
    with pytest.raises(psa.DefinitionError, match="no shipped disclosure policy 'secret'"):
        psa.outturn(changed(council, {'"three.toml"': '"secret"'}))
    assert not (council.parent / "out").exists()
