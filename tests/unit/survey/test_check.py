"""What `check` points at in a file that is spoiled by hand, one fault at a time, and what it says to do next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Replicates
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.survey.survey import open_survey
from psaindicators.words import shell_command

TOML = """
survey = "own"
title  = "Our survey"

[2010]
weight  = "wt"
stratum = "town"
psu     = "street"
id      = "id"
area    = { ward = "ward" }

[2010.questions.satisfied]
variable = "q2"
answers  = { very = [1, "Very satisfied"], not = [2, "Not satisfied"] }
missing  = [-9]

[2010.questions.age]
variable = "age"
missing  = [-9]
"""
GOOD = pd.DataFrame(
    {
        "id": range(1, 13),
        "wt": [1.0, 2.0] * 6,
        "town": ["n"] * 6 + ["s"] * 6,
        "street": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
        "ward": ["A", "B", "C"] * 4,
        "q2": [1, 2, 1, "Very satisfied", 2, 1, 1, 2, 1, 2, 1, 1],
        "age": range(20, 32),
    }
)


@pytest.fixture
def wave(tmp_path: Path) -> psa.definitions.Wave:
    (tmp_path / "own.toml").write_text(TOML)
    return psa.wave(str(tmp_path / "own.toml"), 2010)


def found(data: pd.DataFrame | Microdata, wave: psa.definitions.Wave) -> list[tuple[str, str, str]]:
    return [tuple(row) for row in psa.check(open_survey(data, wave)).findings]


def refused(data: pd.DataFrame, wave: psa.definitions.Wave) -> str:
    """Return what `estimate` says of a file, by ward and in full."""
    with pytest.raises(psa.PsaError) as caught:
        psa.total(psa.read_survey(data, wave), "age", by="satisfied")
    return str(caught.value)


def test_a_good_file_has_nothing_that_stands_out(wave: psa.definitions.Wave) -> None:
    check = psa.check(psa.read_survey(GOOD, wave))
    assert len(check.findings) == 0
    assert check.next == (
        "nothing blocks; look at the rest, write what to estimate as an indicator set (SET.toml), then:\n"
        "psa.estimate(survey)"
    )


def test_codes_that_nothing_names_are_told_with_count_and_nearest_answer(wave: psa.definitions.Wave) -> None:
    data = GOOD.assign(q2=["Very satisfyed"] * 3 + ["Very satisfied, so", 7, *GOOD["q2"][5:]])
    assert found(data, wave) == [
        (
            "blocks",
            "satisfied",
            "'q2' holds codes that nothing names: 'Very satisfyed' (3), near 'Very satisfied'; "
            "a text of 18 characters (1), near 'Very satisfied'; 7 (1)",
        )
    ]
    assert "'Very satisfyed' (3), a text of 18 characters (1), 7 (1)" in refused(data, wave)
    labelled = replace(read_microdata(GOOD.assign(q2=[8] + [1] * 11)), labels={"q2": {8: "Not satisfied at all"}})
    assert found(labelled, wave)[0][2].endswith("8 labelled 'Not satisfied at all' (1), near 'Not satisfied'")


def test_labelled_codes_among_the_numbers_are_pointed_at(wave: psa.definitions.Wave) -> None:
    """With the 999 of two who did not say the mean age is 186.5, without it 24.5; nothing else would tell."""
    ages = [*range(20, 30), 999, 999]
    data = replace(read_microdata(GOOD.assign(age=ages)), labels={"age": {999: "Not stated", -9: "Refused"}})
    assert found(data, wave) == [
        (
            "look",
            "age",
            "'age' is read as numbers, and labels some of them: 999 'Not stated' (2); "
            "list in missing what is no amount",
        )
    ]


def test_non_response_that_stands_out(wave: psa.definitions.Wave) -> None:
    ages = [None, -9, None, *range(20, 29)]
    assert found(GOOD.assign(age=ages), wave) == [
        ("look", "age", "25.0% did not answer, where the median question has 12.5%")
    ]


def test_blanks_in_areas(wave: psa.definitions.Wave) -> None:
    assert found(GOOD.assign(ward=[" ", None, *GOOD["ward"][2:]]), wave) == [
        ("look", "ward", "'ward' is blank for 2 respondents, who are in no area's figures")
    ]
    assert found(GOOD.assign(ward=None), wave) == [
        ("look", "ward", "'ward' is blank throughout: there is no area to break down by")
    ]


def test_a_file_appended_to_itself(wave: psa.definitions.Wave) -> None:
    """Its standard errors would be too small by the square root of 2, and nothing would refuse it without an id."""
    twice = pd.concat([GOOD, GOOD])
    blocks, look = found(twice, wave)
    assert blocks[:2] == ("blocks", "the id")
    assert "12 values of the id 'id' are there more than once: rows 1, 13; rows 2, 14" in blocks[2]
    assert look == (
        *("look", "rows"),
        "12 rows the same as an earlier one in all 7 variables, the first of them row 13; "
        "a file put together twice would have such",
    )
    assert found(twice, replace(wave, id=None)) == [look]


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("wt", [None, -1.0, *[1.0] * 10], "the weight 'wt' is missing in row 1"),
        ("town", [None, *["n"] * 11], "the stratum 'town' is missing in row 1"),
        ("street", [None, *range(11)], "the psu 'street' is missing in row 1"),
        ("town", ["n"] * 10 + ["s"] * 2, "1 of 2 strata have a single PSU: s"),
    ],
)
def test_what_the_design_refuses_is_told_before_it_does(
    column: str, cells: list[object], said: str, wave: psa.definitions.Wave
) -> None:
    data = GOOD.assign(**{column: cells})
    (blocks,) = [one for one in found(data, wave) if one[0] == "blocks"]
    assert blocks[1] == "the design"
    assert said in blocks[2]
    assert blocks[2].splitlines()[0] in refused(data, wave)


def test_psus_in_two_strata_and_lonely_ones_that_a_policy_lets_pass(wave: psa.definitions.Wave) -> None:
    data = GOOD.assign(street=[1, 1, 2, 2, 3, 3, 1, 1, 1, 1, 1, 1])
    told = found(data, replace(wave, lonely_psu="centre"))
    assert told == [
        ("look", "the psu", "1 code of 'street' in more than one stratum: 1; each counts as a PSU in each of them"),
        ("look", "the stratum", "1 stratum with a single PSU: s; lonely_psu is 'centre'"),
    ]


def test_it_works_before_weights_exist_and_says_to_make_them(wave: psa.definitions.Wave) -> None:
    check = psa.check(open_survey(GOOD.drop(columns=["wt", "age"]), wave))
    assert [tuple(row) for row in check.findings] == [
        ("look", "age", "there is no variable 'age'; what needs it is refused"),
        ("look", "the weight", "there is no variable 'wt'; what needs it is refused"),
    ]
    assert check.next == "make the weights:\npsa.weighting.rake(frame, populations)"
    assert check.questions[0].answered == 12
    absent = found(GOOD.drop(columns="street"), wave)
    assert absent == [("blocks", "the psu", "there is no variable 'street'")]


def test_rows_that_the_wave_leaves_out_for_want_of_a_weight(wave: psa.definitions.Wave) -> None:
    told = found(GOOD.assign(wt=[None, 2.0, *GOOD["wt"][2:]]), replace(wave, missing_weight="exclude"))
    assert told == [("look", "the weight", "'wt' is missing in 1 row, which are left out")]


def test_authorities_that_the_vintage_does_not_know(wave: psa.definitions.Wave) -> None:
    english = replace(wave, vintage="2009-04-01", area={"authority": "ward"})
    assert found(GOOD.assign(ward=["E06000001", "E06000002"] * 6), english) == []
    (blocks,) = found(GOOD.assign(ward=["E06000001", "E99999999"] * 6), english)
    assert blocks[:2] == ("blocks", "authority")
    assert "'ward': " in blocks[2]
    assert "E99999999" in blocks[2]
    with pytest.raises(psa.SurveyError, match="E99999999"):
        psa.total(psa.read_survey(GOOD.assign(ward=["E06000001", "E99999999"] * 6), english), "age", by="region")


def test_the_universe_is_needed_for_every_figure(wave: psa.definitions.Wave) -> None:
    rule = AnswerIn("satisfied", frozenset({"very"}))
    (blocks,) = found(GOOD.drop(columns="q2"), replace(wave, include=rule))
    assert blocks == ("blocks", "satisfied", "there is no variable 'q2'")


def test_replicate_weights_that_are_no_numbers(wave: psa.definitions.Wave) -> None:
    replicated = replace(wave, stratum=None, psu=(), replicates=Replicates(columns=("r*",), kind="JK1"))
    data = GOOD.assign(r1=1.0, r2=[None, *[1.0] * 11])
    (blocks,) = found(data, replicated)
    assert blocks[:2] == ("blocks", "the replicates")
    assert "the replicate weight 'r2' is missing or not a number in row 1" in blocks[2]
    with pytest.raises(psa.SurveyError, match="the replicate weight 'r2' is missing or not a number in row 1"):
        psa.read_survey(data, replicated)
    (absent,) = found(GOOD, replicated)
    assert absent[2] == "the frame has no variable 'r*', named as a replicate weight of wave own 2010"


def test_the_command_ends_with_3_where_something_blocks_and_fits_the_terminal(
    tmp_path: Path, wave: psa.definitions.Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert wave.path is not None
    words = ["check", str(tmp_path / "d.csv"), "--survey", str(wave.path), "--wave", "2010"]
    extra = pd.DataFrame([range(300)] * len(GOOD), columns=[f"extra_{i}" for i in range(300)])
    pd.concat([GOOD, extra], axis=1).to_csv(tmp_path / "d.csv", index=False)
    good = CliRunner().invoke(cli, words)
    assert good.exit_code == 0
    assert "extra_39 and 260 more" in " ".join(good.output.split())
    pd.concat([GOOD, GOOD]).to_csv(tmp_path / "d.csv", index=False)
    blocked = CliRunner().invoke(cli, words)
    assert blocked.exit_code == 3
    assert "blocks: the id: 12 values of the id 'id' are there more than once" in blocked.output
    assert blocked.output.rstrip().splitlines()[-2:] == [
        "put right what blocks, in the file or in the wave, then:",
        shell_command(*words),  # whole on one line, however long: it is to be pasted
    ]
    assert max(map(len, blocked.output.rstrip().splitlines()[:-1])) <= 80


def test_a_file_is_held_to_its_own_labels_where_no_survey_is_named(tmp_path: Path) -> None:
    """Ten answers and two blanks of twelve: 2 / 12 is 16.7%; the wave that would say which is the weight is to come."""
    data = GOOD.assign(q2=["Very satisfied", "Not satisfied"] * 5 + [None, None])
    data.to_csv(tmp_path / "d 1.csv", index=False)
    found = CliRunner().invoke(cli, ["check", str(tmp_path / "d 1.csv")])
    assert found.exit_code == 0
    [asked] = [line.split() for line in found.output.splitlines() if line.startswith("q2")]
    assert asked == ["q2", "q2", "10", "0", "2", "0", "16.7"]
    weights = next(line for line in found.output.splitlines() if line.startswith("  12"))
    assert weights.split()[:3] == ["12", "0", "0"]
    assert found.output.splitlines()[0] == "d 1.csv"
    assert found.output.splitlines()[-1] == shell_command("bind", tmp_path / "d 1.csv", "--out", "WAVE.toml")


@pytest.mark.parametrize("half", [("--survey", "place"), ("--wave", "2008")])
def test_a_survey_and_its_year_go_together(tmp_path: Path, half: tuple[str, str]) -> None:
    found = CliRunner().invoke(cli, ["check", str(tmp_path / "d.csv"), *half])
    assert (found.exit_code, "--survey and --wave go together" in found.output) == (2, True)
