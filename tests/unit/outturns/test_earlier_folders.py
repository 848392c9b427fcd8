"""What an earlier outturn of the same wave shows and withholds counts when the wave is published again.

The people of three authorities by sex, as they say that it is tidy or not, each of one weight:

    authority   1 female  1 male  2 female  2 male  3 female  3 male
    yes / no    20 / 30   25 / 35  2 / 3    30 / 40  22 / 33  24 / 36
    base        50        60       5        70       55       60
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.outturns.earlier_folders import earlier_releases
from tests.unit.outturns.council import OWN, changed, digest

PEOPLE = {
    (1, 1): (20, 30),
    (1, 2): (25, 35),
    (2, 1): (2, 3),
    (2, 2): (30, 40),
    (3, 1): (22, 33),
    (3, 2): (24, 36),
}
WAVE = """
[{year}]
area = {{ authority = "la" }}
[{year}.questions.sex]
variable = "sex"
answers  = {{ female = 1, male = 2 }}
[{year}.questions.clean]
variable = "clean"
answers  = {{ yes = 1, no = 2 }}
"""
JOB = """
title  = "Streets"
output = "{out}"
{more}
[[surveys]]
data       = "{year}.csv"
survey     = "streets.toml"
wave       = {year}
indicators = "own.toml"
by         = {by}
"""
POLICY = 'title="T"\nversion="1"\nsource="S"\nclass_disclosure=true\nrange={0}\nweighted_bases="withheld"\nround_to=1\n'
LEAST = "[least]\nbase={0}\nnumerator={1}\ncomplement={1}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "streets.toml").write_text(
        'survey = "streets"\ntitle = "Streets"\n' + "".join(WAVE.format(year=year) for year in (2008, 2010))
    )
    (tmp_path / "own.toml").write_text(OWN.format(more=""))
    for name, least, answers in (("five", 5, 2), ("sixty", 61, 10)):
        (tmp_path / f"{name}.toml").write_text(POLICY.format(5) + LEAST.format(least, answers))
    for year in (2008, 2010):
        write_people(tmp_path, year, PEOPLE)
    return tmp_path


def write_people(folder: Path, year: int, people: Mapping[tuple[int, int], tuple[int, int]]) -> None:
    with (folder / f"{year}.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["la", "sex", "clean"])
        for (area, sex), (yes, no) in people.items():
            writer.writerows([[area, sex, 1]] * yes + [[area, sex, 2]] * no)


def publish(folder: Path, out: str, by: str, more: str = "", year: int = 2008) -> dict[str, str]:
    """Run an outturn and return the marker of each of its rows, "authority 1" and so on."""
    config = folder / f"{out}.toml"
    config.write_text(JOB.format(out=out, by=by, more=more, year=year))
    psa.outturn(config)
    rows = json.loads((folder / out / "estimates.json").read_text())
    return {f"{row['by']} {row['area']}": row["marker"] for row in rows}


def held(markers: Mapping[str, str]) -> list[str]:
    return [row for row, marker in markers.items() if marker == "[c]"]


def about(folder: Path, out: str) -> dict[str, object]:
    return json.loads((folder / out / "manifest.json").read_text())["disclosure"]


def test_other_crossings_of_a_published_wave_withhold_what_its_totals_would_give_away(folder: Path) -> None:
    """The women of authority 2 are five: 75, as the first outturn shows, less 70 men."""
    assert held(publish(folder, "first", '["authority"]')) == []
    assert held(publish(folder, "blind", '["authority*sex"]')) == ["authority*sex 2*female"]
    second = publish(folder, "second", '["authority*sex"]', 'previous = "first"')
    assert held(second) == ["authority*sex 2*female", "authority*sex 2*male"]


def test_the_manifest_names_the_earlier_outturn_by_its_hash_and_counts_what_it_cost(folder: Path) -> None:
    publish(folder, "first", '["authority"]')
    publish(folder, "second", '["authority*sex"]', 'previous = "first"')
    told = about(folder, "second")
    assert told["previous"] == [{"folder": "first", "sha256": digest(folder / "first" / "manifest.json")}]
    assert told["cells_withheld"] == {"streets 2008": 2}
    assert told["cells_more_for_previous"] == {"streets 2008": 1}
    assert told["least"] == {"base": 10, "numerator": 10, "complement": 10}


def test_the_same_again_costs_nothing(folder: Path) -> None:
    by = '["all", "authority", "sex", "authority*sex"]'
    first = publish(folder, "first", by)
    assert len(held(first)) >= 4
    assert publish(folder, "second", by, 'previous = "first"') == first
    assert about(folder, "second")["cells_more_for_previous"] == {"streets 2008": 0}


def test_what_the_last_outturn_withheld_stays_withheld_under_another_policy(folder: Path) -> None:
    """By the first policy every base of 60 or fewer is withheld; the second would show all but the five women's two."""
    by = '["authority*sex"]'
    first = publish(folder, "first", by, 'disclosure = "sixty.toml"')
    assert held(first) == [row for row in first if row != "authority*sex 2*male"]
    assert held(publish(folder, "blind", by, 'disclosure = "five.toml"')) == []
    assert publish(folder, "second", by, 'disclosure = "five.toml"\nprevious = "first"') == first


def test_totals_that_would_give_away_what_the_last_outturn_withheld_are_withheld(folder: Path) -> None:
    """By authority alone nothing is small; with the men of the first outturn 75 would leave the five women."""
    first = publish(folder, "first", '["authority*sex"]')
    assert held(first) == ["authority*sex 2*female"]
    assert held(publish(folder, "second", '["authority"]', 'previous = "first"')) == ["authority 2"]


def test_what_is_out_cannot_be_withheld_and_stops_the_job(folder: Path) -> None:
    publish(folder, "first", '["authority*sex"]', 'disclosure = "none"')
    with pytest.raises(psa.OutputError) as caught:
        publish(folder, "second", '["authority*sex"]', 'previous = "first"')
    assert "streets 2008: 1 cell to be withheld can be read in first: tidy by authority*sex 2*female" in str(
        caught.value
    )
    assert not (folder / "second").exists()


def test_a_row_to_which_few_were_added_since_is_withheld(folder: Path) -> None:
    """110 people of authority 1, then 113, of whom 48 say yes and not 45: all three who came late said yes."""
    publish(folder, "first", '["authority"]')
    write_people(folder, 2008, PEOPLE | {(1, 1): (23, 30)})
    assert held(publish(folder, "blind", '["authority"]')) == []
    assert held(publish(folder, "second", '["authority"]', 'previous = "first"')) == ["authority 1"]
    write_people(folder, 2008, PEOPLE | {(1, 1): (35, 45)})  # thirty: who they are is told of no fewer
    assert held(publish(folder, "third", '["authority"]', 'previous = "first"')) == []


def test_the_sum_of_rows_to_one_of_which_few_were_added_is_withheld_with_it(folder: Path) -> None:
    """Everyone is 300, then 303; authority 1 would follow from everyone less the others, and everyone from the sum."""
    publish(folder, "first", '["all", "authority"]')
    write_people(folder, 2008, PEOPLE | {(1, 1): (23, 30)})
    second = publish(folder, "second", '["all", "authority"]', 'previous = "first"')
    assert held(second) == ["all all", "authority 1"]


def test_of_two_folders_both_count(folder: Path) -> None:
    publish(folder, "first", '["authority"]')
    publish(folder, "second", '["sex"]', 'previous = "first"')
    third = publish(folder, "third", '["authority*sex"]', 'previous = ["first", "second"]')
    alone = publish(folder, "alone", '["authority*sex"]', 'previous = "first"')
    assert set(held(alone)) < set(held(third))
    assert [one["folder"] for one in about(folder, "third")["previous"]] == ["first", "second"]  # type: ignore[attr-defined]


def test_a_movement_from_an_estimate_that_the_last_outturn_withheld_is_withheld(folder: Path) -> None:
    publish(folder, "first", '["authority*sex"]')
    write_people(folder, 2010, PEOPLE | {(2, 1): (30, 20)})
    config = folder / "second.toml"
    job = JOB.format(out="second", by='["authority*sex"]', more='previous = "first"', year=2010)
    config.write_text(job + '[[comparisons]]\nearlier = "streets 2008"\nlater = "streets 2010"\n')
    [moved] = psa.outturn(config).judgements.movements.values()
    [row] = moved.where(area="2*female")
    assert (row.marker, row.note) == ("[c]", "")
    assert all(moved.where(area="2*female").suppressed[name].all() for name in ("earlier_value", "change", "verdict"))
    assert not moved.where(area="2*male").suppressed
    assert "cells_more_for_previous" in about(folder, "second")


def test_a_score_does_not_tell_of_a_baseline_that_is_withheld(folder: Path) -> None:
    """Two of the five women say yes, 40%: the target file takes it from the wave, and the score would print it."""
    write_people(folder, 2010, PEOPLE | {(2, 1): (30, 20)})
    (folder / "targets.csv").write_text(
        "area,indicator,baseline,baseline_from,target,year\n2,tidy,,streets 2008,60,2010\n"
    )
    write_people(folder, 2008, PEOPLE | {(2, 2): (0, 0)})
    config = folder / "both.toml"
    first = JOB.format(out="both", by='["authority"]', more="", year=2008)
    config.write_text(
        first
        + first[first.index("[[surveys]]") :].replace("2008", "2010")
        + '[targets]\nfile = "targets.csv"\n[targets.reward]\nrule = "local_psa"\npot = 1000\n'
    )
    found = psa.outturn(config).judgements
    assert found.scores is not None
    assert found.rewards is not None
    assert all(found.scores.suppressed[name].all() for name in ("baseline", "without", "outturn", "progress"))
    assert all(found.rewards.suppressed[name].all() for name in ("without", "share", "reward"))
    assert "40" not in found.scores.to_text().split()


def test_an_estimate_that_movements_alone_show_counts_as_shown(folder: Path) -> None:
    publish(folder, "first", '["authority"]')
    config = folder / "second.toml"
    job = JOB.format(out="second", by='["authority"]', more='previous = "first"', year=2010)
    config.write_text(job + '[[comparisons]]\nearlier = "streets 2008"\nlater = "streets 2010"\n')
    psa.outturn(config)
    [found] = earlier_releases([psa.read_outturn(folder / "second")], "streets 2008")
    assert [(row.by, row.area, row.shows) for row in found.rows] == [("authority", area, True) for area in "123"]
    third = publish(folder, "third", '["authority*sex"]', 'previous = "second"')
    assert held(third) == ["authority*sex 2*female", "authority*sex 2*male"]


def test_who_runs_it_is_told_what_the_earlier_outturn_cost(folder: Path) -> None:
    publish(folder, "first", '["authority"]')
    config = folder / "second.toml"
    config.write_text(JOB.format(out="second", by='["authority*sex"]', more='previous = "first"', year=2008))
    told = CliRunner().invoke(cli, ["outturn", str(config), "--check"]).stdout
    assert "streets 2008: 1 row of these would not be withheld but for earlier outturns" in told


def test_nothing_is_opened_again_by_naming_no_policy(folder: Path) -> None:
    publish(folder, "first", '["authority*sex"]')
    with pytest.raises(psa.OutputError, match="first withholds 1 cell of it, which this outturn would show"):
        publish(folder, "second", '["authority*sex"]', 'disclosure = "none"\nprevious = "first"')


def test_a_folder_of_other_areas_is_refused(folder: Path) -> None:
    publish(folder, "first", '["authority"]')
    write_people(folder, 2008, {(area + 10, sex): answers for (area, sex), answers in PEOPLE.items()})
    with pytest.raises(psa.OutputError, match="first holds another streets 2008: none of its areas is among those"):
        publish(folder, "second", '["authority"]', 'previous = "first"')


def test_a_folder_by_what_the_wave_no_longer_has_is_refused(folder: Path) -> None:
    publish(folder, "first", '["sex"]')
    wave = changed(folder / "streets.toml", {"questions.sex]": "questions.gender]"})
    assert wave.exists()
    with pytest.raises(psa.DefinitionError) as caught:
        publish(folder, "second", '["authority"]', 'previous = "first"')
    assert "first shows streets 2008 by what its wave no longer has" in str(caught.value)
    assert "no area kind or question 'sex'" in str(caught.value)


@pytest.mark.parametrize(
    "edited",
    [
        {'"least"': '"most"'},
        {'"round_to": 1': '"round_to": 0'},  # by which bases were divided: nothing was withheld then
        {'"round_to": 1': '"round_to": Infinity'},
        {'"base": 10': '"base": true'},
        {'"base": 10': '"base": -5'},
    ],
    ids=str,
)
def test_a_manifest_that_does_not_say_how_it_withheld_is_refused(folder: Path, edited: dict[str, str]) -> None:
    publish(folder, "first", '["authority"]')
    changed(folder / "first" / "manifest.json", edited)
    with pytest.raises(psa.OutputError, match=r"first/manifest\.json does not say how the outturn's policy withheld"):
        publish(folder, "second", '["authority"]', 'previous = "first"')
