"""Damaged SPSS and Stata files: a message, whatever their reader does, and no figure of half a file without a word."""

from __future__ import annotations

import pickle
import random
import struct
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

import psaindicators as psa
from psaindicators.files import reading_apart, statistical
from psaindicators.files.microdata import read_microdata
from psaindicators.files.spss_cases import spss_cases
from tests.mutated import main, mutants, whole_files
from tests.paths import SAMPLES
from tests.spss_by_hand import by_hand

CITIZENSHIP = SAMPLES / "citizenship_2007.sav"
TAKING_PART = SAMPLES / "taking_part_2007.dta"
CASES = 80  # the byte of an SPSS header where the number of cases begins


def read(path: Path) -> dict[str, object]:
    data = read_microdata(path)
    return data.columns(list(data.variables))


def changed(path: Path, at: int, new: bytes, source: Path = CITIZENSHIP) -> Path:
    data = bytearray(source.read_bytes())
    data[at : at + len(new)] = new
    path.write_bytes(data)
    return path


def reader(monkeypatch: pytest.MonkeyPatch, path: Path, program: str) -> None:
    """Let another program stand in the reader's place."""
    path.write_text(program, encoding="utf-8")
    monkeypatch.setattr(reading_apart, "PROGRAM", path)


def test_a_byte_that_ends_the_c_reader_with_a_fault_ends_nothing_else(tmp_path: Path) -> None:
    """Read in this process, this file ended Python without a message (signal 11)."""
    with pytest.raises(psa.SurveyError, match=r"fatal\.sav cannot be read as SPSS"):
        read(changed(tmp_path / "fatal.sav", 180, bytes([211])))


def test_a_reader_that_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader(monkeypatch, tmp_path / "dies.py", "import os; os._exit(3)")
    with pytest.raises(psa.SurveyError, match=r"2007\.sav cannot be read as SPSS: .* ended the process that read it"):
        read_microdata(CITIZENSHIP)


def test_a_reader_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader(monkeypatch, tmp_path / "sleeps.py", "import time; time.sleep(60)")
    monkeypatch.setattr(reading_apart, "PATIENCE", 0.1)
    monkeypatch.setattr(reading_apart, "PACE", 1e9)
    with pytest.raises(psa.SurveyError, match=r"2007\.sav cannot be read as SPSS: .* takes longer than a file of its"):
        read_microdata(CITIZENSHIP)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system has no such limit")
def test_a_reader_that_swells_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_apart, "ROOM", -4 * TAKING_PART.stat().st_size)
    with pytest.raises(
        psa.SurveyError, match=r"2007\.dta cannot be read as Stata: it asks for more memory than a file"
    ):
        read_microdata(TAKING_PART)


def test_the_c_reader_is_never_loaded_here() -> None:
    program = (
        "import sys; from pathlib import Path; from psaindicators.files.microdata import read_microdata as read\n"
        "for path in sys.argv[1:]: data = read(path); data.columns(list(data.variables))\n"
        "sys.exit('pyreadstat' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, CITIZENSHIP, TAKING_PART], check=False).returncode == 0


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (2_000_000_000, "it declares 2,000,000,000 cases and holds 15,200"),
        (500_000_000, "it declares 500,000,000 cases and holds 15,200"),  # four bytes that asked for 4 GB
        (240, "it declares 240 cases and holds more"),
    ],
)
def test_another_number_of_cases_than_declared(tmp_path: Path, declared: int, told: str) -> None:
    path = changed(tmp_path / "d.sav", CASES, struct.pack("<i", declared))
    with pytest.raises(psa.SurveyError, match=rf"d\.sav cannot be read as SPSS: {told}; is it whole\?"):
        read_microdata(path)


def test_an_undeclared_number_of_cases_is_noted_and_half_a_case_is_refused(tmp_path: Path) -> None:
    """Two cases of 16 bytes; cut between them, nothing shows, cut within the second, it does."""
    path, data = tmp_path / "d.sav", struct.pack("<d8sd8s", 1.0, b"ab", 2.0, b"c")
    path.write_bytes(by_hand("<", data=data))
    assert read_microdata(path).notes == (
        "d.sav does not say how many respondents it holds (2 found); a copy that broke off between two of them would "
        "read like this",
    )
    path.write_bytes(by_hand("<", data=data[:16]))
    assert "(1 found)" in read_microdata(path).notes[0]
    for size in (17, 24, 31):
        path.write_bytes(by_hand("<", data=data[:size]))
        with pytest.raises(psa.SurveyError, match=r"d\.sav cannot be read as SPSS: it breaks off within case 2"):
            read_microdata(path)


def test_instructions_that_break_off(tmp_path: Path) -> None:
    """Eight codes, then the words of those that are 253: without the last it is not whole, whatever was declared."""
    path, one = tmp_path / "d.sav", b"ab".ljust(8)
    codes = bytes([101, 253, 102, 253, 103, 254, 252, 0])
    path.write_bytes(by_hand("<", compression=1, data=codes + one + one))
    assert (read_microdata(path).source.rows, read_microdata(path).notes) == (3, ())  # type: ignore[attr-defined]
    for size in (4, 8, 12, 16, 23):
        path.write_bytes(by_hand("<", compression=1, data=(codes + one + one)[:size]))
        with pytest.raises(psa.SurveyError, match="it breaks off within an instruction"):
            read_microdata(path)


def test_what_a_file_does_not_say_is_noted_under_its_figures(tmp_path: Path) -> None:
    """Of weights 1 for yes and 2 for no, a third says yes; whether a third respondent was lost, nobody knows."""
    path, wave, indicators = (tmp_path / name for name in ("d.sav", "wave.toml", "set.toml"))
    path.write_bytes(by_hand("<", data=struct.pack("<d8sd8s", 1.0, b"y".ljust(8), 2.0, b"n".ljust(8))))
    wave.write_text(
        'survey = "own"\ntitle = "Own"\n[2008]\nweight = "Q"\n'
        '[2008.questions.asked]\nvariable = "S"\nanswers = { yes = "y", no = "n" }\n'
    )
    indicators.write_text(
        'title = "Own"\n[yes]\ntitle = "Yes"\nbetter = "higher"\nreference = "none"\n[yes.since.2000]\n'
        'denominator = { all_answered = ["asked"] }\nnumerator = { question = "asked", in = ["yes"] }\n'
    )
    survey = psa.read_survey(path, psa.wave(str(wave), 2008))
    estimates = psa.estimate(survey, psa.indicators(str(indicators)))
    assert estimates[0].value == pytest.approx(100 / 3)
    for said in (estimates, psa.check(survey)):
        assert "note: d.sav does not say how many respondents it holds (2 found)" in str(said)


@pytest.mark.parametrize("version", [8, 12, 13, 14, 15])
def test_a_stata_file_that_breaks_off(tmp_path: Path, version: int) -> None:
    """Up to Stata 12 a file has no mark at its end: one that lost only labels, which come last, may pass."""
    path, rows = tmp_path / "d.dta", pd.DataFrame({"q": [1.0, 2.0] * 200, "w": 1.0})
    pyreadstat.write_dta(rows, path, version=version)
    data = path.read_bytes()
    for size in (len(data) - 1, len(data) // 2, 200) if version > 12 else (len(data) // 2, 200):
        path.write_bytes(data[:size])
        with pytest.raises(psa.SurveyError, match=r"d\.dta cannot be read as Stata: .*; is it whole\?"):
            read_microdata(path)


def test_an_older_stata_file_that_lost_its_labels_is_noted(tmp_path: Path) -> None:
    """They come last, and nothing marks the end: q's table is cut through, r's is gone."""
    path, rows = tmp_path / "d.dta", pd.DataFrame({"q": [1.0, 2.0], "r": [1.0, 2.0]})
    labels = {"q": {1: "Yes", 2: "No"}, "r": {1: "North", 2: "South"}}
    pyreadstat.write_dta(rows, path, version=12, variable_value_labels=labels)
    assert read_microdata(path).notes == ()
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"Yes") + 1])
    (note,) = read_microdata(path).notes
    assert note.startswith("d.dta does not hold the value labels that its variables name (")


def test_a_zsav_that_breaks_off(tmp_path: Path) -> None:
    path = tmp_path / "d.zsav"
    pyreadstat.write_sav(pd.DataFrame({"q": [1.0, 2.0] * 50}), path, compress=True)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(psa.SurveyError, match=r"d\.zsav cannot be read as SPSS: it does not end with the table of its"):
        read_microdata(path)


def test_many_rows_in_a_small_file_are_judged_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100,000 missing values take 12.5 KB as instructions, a few bytes as blocks, and 0.8 MB as numbers."""
    path = tmp_path / "d.zsav"
    pyreadstat.write_sav(pd.DataFrame({"q": [None] * 100_000}, dtype=float), path, compress=True)
    assert path.stat().st_size < 2_000
    monkeypatch.setattr(statistical, "_memory", lambda: 3_000_000)
    with pytest.raises(
        psa.SurveyError, match=r"d\.zsav holds 100,000 rows, of which 1 variables take 0\.0 GB of memory"
    ):
        read(path)


def test_no_message_holds_what_a_respondent_said(tmp_path: Path) -> None:
    path = tmp_path / "d.sav"
    path.write_bytes(by_hand("<", declared=1, data=struct.pack("<d8s", 1.0, b"\x81 SECRE")))
    with pytest.raises(
        psa.SurveyError, match=r"d\.sav holds texts that are not in the encoding that it declares"
    ) as told:
        read(path)
    assert "SECRE" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "d.sav"
    path.write_bytes(by_hand("<", declared=2, data=struct.pack("<d8sd8s", 1.0, b"ab", 2.0, b"c")))
    data = read_microdata(path)
    path.write_bytes(path.read_bytes()[:-16])
    with pytest.raises(psa.SurveyError, match=r"d\.sav cannot be read as SPSS: it was changed while it was read"):
        data.columns(["Q"])


def test_a_statistical_file_can_be_sent_to_another_process() -> None:
    data = pickle.loads(pickle.dumps(read_microdata(CITIZENSHIP)))
    assert len(data.columns(["survyear"])["survyear"]) == 15_200


def test_damage_to_cases_is_read_or_refused(tmp_path: Path) -> None:
    """A short run of `python -m tests.mutated`, of the part that is read in this process."""
    chosen = random.Random(1)
    whole = [(path.suffix, path.read_bytes()) for path in whole_files(tmp_path) if "sav" in path.suffix]
    outcomes = set()
    for suffix, data in whole:
        for damaged in mutants(data, chosen, 200):
            (tmp_path / f"damaged{suffix}").write_bytes(damaged)
            try:
                cases = spss_cases(tmp_path / f"damaged{suffix}")
                everything = list(range(len(cases.layout.places)))
                cases.columns(everything, everything, "latin-1")
                outcomes.add("read")
            except statistical.BrokenFile:
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_damaged_files_are_read_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A short run of `python -m tests.mutated`, two files of each kind; it also says where a file was too large."""
    assert main(14, 2) == 0
    assert capsys.readouterr().out.startswith("14 damaged files: ")
