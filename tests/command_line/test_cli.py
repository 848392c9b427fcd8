"""The command line: a skin on the library, with the exit codes and messages of the contract."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

import psaindicators as psa
from psaindicators.cli.main import cli, main
from psaindicators.errors import exit_code
from tests.paths import SAMPLES

NAMCS = SAMPLES / "namcs"
OWN = ("--survey", str(NAMCS / "namcs.toml"), "--wave", "2019", "--indicators", str(NAMCS / "visits.toml"))


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def ended_by(*words: str) -> subprocess.CompletedProcess[str]:
    """What a process of these words would print and end with, without the start of one."""
    argv, form = patch.object(sys, "argv", ["psaindicators", *words]), patch.object(warnings, "formatwarning")
    out, err = io.StringIO(), io.StringIO()
    with argv, form, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return subprocess.CompletedProcess(words, end.value.code, out.getvalue(), err.getvalue())


def in_a_process(*words: str) -> subprocess.CompletedProcess[str]:
    script = "from psaindicators.cli.main import main; main()"
    return subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"psaindicators {name}" in result.output.split("Example:")[1]


def test_estimate_prints_the_frame_as_json_in_full_precision() -> None:
    result = run(
        "estimate", str(NAMCS / "namcs2019.csv.gz"), *OWN, "--only", "medicare", "--by", "sex", "--format", "json"
    )
    wave = psa.wave(str(NAMCS / "namcs.toml"), 2019)
    sets = psa.indicators(str(NAMCS / "visits.toml"))
    ours = psa.estimate(psa.read_survey(NAMCS / "namcs2019.csv.gz", wave), sets["medicare"], by="sex")
    assert json.loads(result.output) == ours.to_records()


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (["sex = female"], {"question": "sex", "in": ["female"]}),
        (["specialty=surgical, medical"], {"question": "specialty", "in": ["surgical", "medical"]}),
        (["{question = 'sex', in = ['female']}"], {"question": "sex", "in": ["female"]}),
        (
            ["sex = female", "metropolitan = yes"],
            [{"question": "sex", "in": ["female"]}, {"question": "metropolitan", "in": ["yes"]}],
        ),
    ],
)
def test_where_is_the_rule_that_python_takes(written: list[str], rule: object) -> None:
    options = [word for one in written for word in ("--where", one)]
    data = str(NAMCS / "namcs2019.csv.gz")
    result = run("estimate", data, *OWN, "--only", "medicare", *options, "--format", "json")
    wave, sets = psa.wave(str(NAMCS / "namcs.toml"), 2019), psa.indicators(str(NAMCS / "visits.toml"))
    ours = psa.estimate(psa.read_survey(data, wave), sets["medicare"], where=rule)
    assert json.loads(result.stdout) == ours.to_records()
    assert ours[0].base < psa.estimate(psa.read_survey(data, wave), sets["medicare"])[0].base
    assert "; of those with " in ours[0].method


@pytest.mark.parametrize(
    ("rule", "code", "said"),
    [
        ("sex", 2, "--where 'sex' is not a rule: write it such as \"sex = female\""),
        ("age >= old", 2, "--where 'age >= old': 'old' is not a number"),
        ("{question = }", 2, "is not a rule (Invalid value"),
        ("sexes = female", 4, "has no question 'sexes'; did you mean 'sex'?"),
        ("sex = femal", 4, "has no answer 'femal'; did you mean 'female'?"),
        ("sex >= 2", 4, "has named answers, so it cannot be at least a number"),
    ],
)
def test_a_where_that_is_no_rule_of_the_wave_is_refused(rule: str, code: int, said: str) -> None:
    ended = ended_by("estimate", str(NAMCS / "namcs2019.csv.gz"), *OWN, "--only", "medicare", "--where", rule)
    assert ended.returncode == code
    assert said in ended.stderr


def test_estimate_prints_csv_with_the_contract_s_columns() -> None:
    result = run("estimate", str(NAMCS / "namcs2019.csv.gz"), *OWN, "--format", "csv")
    header = next(csv.reader(io.StringIO(result.output)))
    assert " ".join(header[:21]) == (
        "indicator survey wave by area value se low high margin level interval df base weighted_base "
        "strata psus deff effective_base method marker"
    )


def test_what_a_file_cannot_settle_is_a_note_on_stderr(tmp_path: Path) -> None:
    with gzip.open(NAMCS / "namcs2019.csv.gz") as file:
        (tmp_path / "cut.csv").write_bytes(file.read().rstrip(b"\r\n"))
    ended = in_a_process("estimate", str(tmp_path / "cut.csv"), *OWN, "--only", "medicare", "--format", "json")
    assert (ended.returncode, len(json.loads(ended.stdout))) == (0, 1)
    assert ended.stderr == (
        "note: cut.csv does not end its last line: it may have been cut off there; compare the number of rows\n"
    )


def test_estimates_saved_as_json_come_back_equal(tmp_path: Path) -> None:
    words = ("estimate", str(SAMPLES / "citizenship_2007.sav"), "--survey", "citizenship", "--wave", "2007")
    (tmp_path / "saved.json").write_text(run(*words, "--by", "region", "--format", "json").output)
    survey = psa.read_survey(SAMPLES / "citizenship_2007.sav", psa.wave("citizenship", 2007))
    ours = psa.estimate(survey, by="region")
    back = psa.read_estimates(tmp_path / "saved.json")
    assert back.to_records() == ours.to_records()
    assert back.indicators == dict(ours.indicators)


@pytest.mark.parametrize("form", ["text", "csv", "json"])
def test_estimate_writes_to_a_file_what_it_prints(form: str, tmp_path: Path) -> None:
    words = ("estimate", str(NAMCS / "namcs2019.csv.gz"), *OWN, "--only", "medicare", "--format", form)
    written = tmp_path / "medicare.txt"
    written.write_text("last year's")
    said = run(*words, "--out", str(written))
    assert (said.stdout, said.stderr.splitlines()[-1]) == ("", f"written to {written}")
    assert written.read_bytes().decode() == run(*words).stdout


def test_estimate_writes_over_nothing_that_it_reads(tmp_path: Path) -> None:
    data = tmp_path / "mine.csv.gz"
    data.write_bytes((NAMCS / "namcs2019.csv.gz").read_bytes())
    ended = run("estimate", str(data), *OWN, "--out", str(data))
    assert (ended.exit_code, "nothing is written over what is read" in str(ended.exception)) == (1, True)
    assert data.read_bytes() == (NAMCS / "namcs2019.csv.gz").read_bytes()


def test_options_reach_the_estimate() -> None:
    words = ("estimate", str(NAMCS / "namcs2019.csv.gz"), *OWN, "--only", "medicare", "--format", "json")
    [row] = json.loads(run(*words, "--level", "90", "--interval", "logit", "--df", "normal").output)
    assert (row["level"], row["interval"], row["df"]) == (90, "logit", None)  # the normal has no finite df


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("estimate", "nowhere.csv", "--survey", "place", "--wave", "2008"), 2, "there is no file nowhere.csv"),
        (("plan", "--value", "28", "--movement", "4", "--level", "195"), 2, "level is a percentage"),
        (("outturn", "nowhere.toml"), 2, "there is no file nowhere.toml"),
        (("estimate", str(NAMCS / "README.md"), "--survey", "place", "--wave", "2008"), 3, "not a kind of file"),
        (("estimate", "x.csv", "--survey", "plaice", "--wave", "2008"), 4, "did you mean 'place'?"),
        (
            ("estimate", "x.csv", "--survey", "place", "--wave", "1999"),
            4,
            "its waves (the year fieldwork starts) are 2008",
        ),
        (("estimate", str(NAMCS / "namcs2019.csv.gz"), *OWN, "--only", "medicair"), 4, "did you mean 'medicare'?"),
        (
            ("estimate", str(SAMPLES / "place_2008.parquet"), "--survey", "place", "--wave", "2008", "--only", "3"),
            4,
            "ni3",
        ),
    ],
)
def test_errors_go_to_stderr_without_a_traceback(words: tuple[str, ...], code: int, part: str) -> None:
    result = ended_by(*words)
    assert result.returncode == code
    assert part in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_lonely_psu_exits_with_the_design_s_code(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        'survey = "s"\ntitle = "S"\n[2008]\nweight = "w"\nstratum = "h"\npsu = "c"\n'
        '[2008.questions.yes]\nvariable = "y"\nanswers = { yes = 1, no = 0 }\n'
    )
    (tmp_path / "i.toml").write_text(
        'title = "I"\n[yes]\ntitle = "Yes"\nbetter = "higher"\nreference = "none"\n[yes.since.2000]\n'
        'denominator = { all_answered = ["yes"] }\nnumerator = { question = "yes", in = ["yes"] }\n'
    )
    (tmp_path / "d.csv").write_text("h,c,w,y\n1,1,1,1\n1,2,1,0\n2,3,1,1\n")
    words = ("estimate", str(tmp_path / "d.csv"), "--survey", str(tmp_path / "s.toml"), "--wave", "2008")
    words += ("--indicators", str(tmp_path / "i.toml"))
    result = in_a_process(*words)
    assert result.returncode == 5
    assert "1 of 2 strata have a single PSU: 2" in result.stderr
    assert ended_by(*words, "--lonely-psu", "centre").returncode == 0


def test_what_it_knows_is_listed() -> None:
    shipped = json.loads(run("indicators", "--format", "json").output)
    sources = json.loads(run("indicators", "--sources", "--format", "json").output)
    assert [row["interval"] for row in sources if row["indicator"] == "psa21.4"] == ["39% ± 1 (2005)", "± 3 (2006)"]
    assert {row["indicator"] for row in shipped} >= {"psa21.1", "psa21.5", "psa21.6", "ni1", "ni7"}
    waves = json.loads(run("waves", "--format", "json").output)
    assert {(row["survey"], row["wave"]) for row in waves} >= {("place", 2008), ("citizenship", 2007)}
    areas = json.loads(run("areas", "--vintage", "2009-04-01", "--format", "json").output)
    assert len(areas) == 326


def test_check_counts_answers_weights_and_areas_by_hand(tmp_path: Path) -> None:
    """Five respondents: two answer, one gives a missing code, one a blank, one an unknown code."""
    (tmp_path / "s.toml").write_text(
        'survey = "s"\ntitle = "S"\n[2008]\nweight = "w"\narea = { ward = "a" }\n'
        '[2008.questions.agree]\nvariable = "q"\nanswers = { yes = 1, no = 2 }\nmissing = [-9]\n'
    )
    (tmp_path / "d.csv").write_text("a,w,q,extra\nN,1,1,x\nN,1,2,x\nS,2,-9,x\nS,0,,x\nS,2,7,x\n")
    found = psa.check(psa.read_survey(tmp_path / "d.csv", psa.wave(str(tmp_path / "s.toml"), 2008)))
    question = found.questions[0]
    assert (question.answered, question.missing, question.blank, question.unknown) == (2, 1, 1, 1)
    assert question.non_response == 40  # the missing code and the blank, of five
    weights = found.weights[0]
    assert (weights.rows, weights.zero, weights.least, weights.greatest, weights.sum) == (5, 1, 0, 2, 6)
    assert weights.kish_deff == pytest.approx(5 * (1 + 1 + 4 + 0 + 4) / 6**2)
    assert [(row.area, row.respondents, row.weighted) for row in found.areas] == [("N", 2, 2), ("S", 3, 4)]
    assert found.unnamed.columns["variable"].tolist() == ["extra"]
    printed = run("check", str(tmp_path / "d.csv"), "--survey", str(tmp_path / "s.toml"), "--wave", "2008").output
    assert all(word in printed for word in ("extra", "agree", "ward", "kish_deff"))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The two Place waves of the samples, estimated by authority and saved."""
    folder = tmp_path_factory.mktemp("saved")
    for wave in (2008, 2010):
        words = ("--survey", "place", "--wave", str(wave), "--by", "authority", "--format", "json")
        only = ("--only", "ni3", "--only", "ni4", "--only", "ni6")
        result = run("estimate", str(SAMPLES / f"place_{wave}.parquet"), *words, *only)
        (folder / f"{wave}.json").write_text(result.output)
    return {wave: folder / f"{wave}.json" for wave in (2008, 2010)}


def test_compare_and_score_answer_from_saved_estimates(saved: dict[int, Path]) -> None:
    """Central Bedfordshire, NI 4: 23.8 in 2008 is published, and 27.0 was drawn for 2010; its target is 28.0."""
    moved = json.loads(run("compare", str(saved[2008]), str(saved[2010]), "--format", "json").output)
    [row] = [one for one in moved if (one["indicator"], one["area"]) == ("ni4", "E06000056")]
    assert (round(row["earlier_value"], 1), round(row["change"], 1), row["verdict"]) == (23.8, 3.2, "improved")
    scores = json.loads(run("score", str(SAMPLES / "targets.csv"), str(saved[2010]), "--format", "json").output)
    assert [(one["indicator"], one["verdict"]) for one in scores] == [
        ("ni3", "target met"),
        ("ni4", "target within the interval"),
        ("ni6", "no reportable change"),
    ]
    assert scores[1]["progress"] == pytest.approx((row["later_value"] - 23.8) / (28.0 - 23.8))


def test_compare_adjusts_for_many_areas_and_counts_those_that_moved(saved: dict[int, Path]) -> None:
    waves = [str(saved[year]) for year in (2008, 2010)]
    plain, adjusted = (
        json.loads(run("compare", *waves, *more, "--format", "json").output) for more in ([], ["--adjust-for-many"])
    )
    assert [one["p_value"] for one in adjusted] == [one["p_value"] for one in plain]
    assert {one["adjustment"] for one in adjusted} == {"Benjamini-Hochberg"}
    assert "p_adjusted" not in plain[0]
    assert " would by chance alone" in run("compare", *waves).stdout


def test_waves_in_the_wrong_order_exit_with_the_comparison_s_code(saved: dict[int, Path]) -> None:
    result = ended_by("compare", str(saved[2010]), str(saved[2008]))
    assert result.returncode == 6
    assert "give the earlier wave first" in result.stderr


def test_a_target_for_an_area_that_is_not_there_is_told_with_its_line(saved: dict[int, Path], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("area,indicator,baseline,target,year\nE06000099,ni4,20,25,2010\n")
    result = ended_by("score", str(tmp_path / "t.csv"), str(saved[2010]))
    assert result.returncode == 4
    assert "line 2" in result.stderr


def test_index_from_printed_figures() -> None:
    """27% with margin 1 and the baseline's 419,000 with 23,000: 100 x 27/29, and 1/27 and 23/419 in quadrature."""
    [row] = json.loads(
        run(
            "index", "--part", "volunteering", "27", "1", "--part", "staff", "419000", "23000", "--format", "json"
        ).output
    )
    assert row["value"] == pytest.approx(100 * 27 / 29)
    assert row["margin"] == pytest.approx(100 * 27 / 29 * ((1 / 27) ** 2 + (23 / 419) ** 2) ** 0.5)


def test_plan_for_the_place_survey_s_1100() -> None:
    """At 50% the margin of 1,100 is 1.96 x sqrt(.25 / 1100) = 2.95 points, and two waves must differ by 4.2."""
    [row] = json.loads(run("plan", "--value", "50", "--base", "1100", "--format", "json").output)
    assert (round(row["margin"], 2), round(row["minimum"], 1)) == (2.95, 4.2)


def test_a_council_weights_its_raw_returns_and_estimates_from_them(tmp_path: Path) -> None:
    raw, populations = SAMPLES / "council_2009.csv", SAMPLES / "council_populations.csv"
    weighted = tmp_path / "weighted.csv"
    options = ("--out", str(weighted), "--name", "wt", "--household-size", "household_size")
    assert "rak" in run("weight", str(raw), str(populations), *options).output
    with weighted.open(newline="") as file:
        people = list(csv.DictReader(file))
    with populations.open(newline="") as file:
        for known in csv.DictReader(file):
            there = [float(row["wt"]) for row in people if row[known["variable"]] == known["category"]]
            assert sum(there) == pytest.approx(float(known["total"]), rel=1e-8)
    survey = ("--survey", str(SAMPLES / "council_survey.toml"), "--wave", "2009")
    figures = json.loads(run("estimate", str(weighted), *survey, "--indicators", "nis", "--format", "json").output)
    assert [row["indicator"] for row in figures] == ["ni1", "ni2", "ni3", "ni4", "ni5", "ni6"]
    assert {row["base"] <= len(people) for row in figures} == {True}


def test_a_category_that_the_sample_lacks_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("variable,category,total\nsex,1,100\nsex,2,100\nsex,3,100\n")
    words = ("weight", str(SAMPLES / "council_2009.csv"), str(tmp_path / "p.csv"), "--out", str(tmp_path / "w.csv"))
    result = ended_by(*words)
    assert result.returncode == 5
    assert "sex = 3" in result.stderr
    assert not (tmp_path / "w.csv").exists()


def test_help_says_every_exit_code() -> None:
    text = run("--help").output
    assert all(f" {code} " in text.replace("\n", " ") for code in range(7))
    assert [exit_code(kind("x")) for kind in KINDS] == [2, 3, 3, 4, 5, 6]
    assert exit_code(KeyError("a bug")) == 1


KINDS = (
    *(psa.MissingFileError, psa.SurveyError, psa.OutputError),
    *(psa.DefinitionError, psa.DesignError, psa.ComparisonError),
)
