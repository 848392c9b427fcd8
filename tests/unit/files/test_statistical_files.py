"""SPSS and Stata files: the same answers as from text, missing codes kept, and clear errors for broken files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pyreadstat
import pytest

import psaindicators as psa
from tests.paths import SAMPLES

CITIZENSHIP = SAMPLES / "citizenship_2007.sav"
SAME = 1e-12  # the engines may add the same respondents in another order


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One file in seven formats: what .sav holds, its user-missing codes as plain codes where a format has none."""
    folder = tmp_path_factory.mktemp("copies")
    rows, meta = pyreadstat.read_sav(CITIZENSHIP, user_missing=True)
    paths = {ending: folder / f"copy.{ending}" for ending in ("zsav", "dta", "csv", "tab", "parquet")}
    pyreadstat.write_sav(
        rows,
        paths["zsav"],
        compress=True,
        missing_ranges=meta.missing_ranges,
        variable_value_labels=meta.variable_value_labels,
    )
    pyreadstat.write_dta(rows, paths["dta"])
    rows.to_csv(paths["csv"], index=False)
    rows.to_csv(paths["tab"], index=False, sep="\t")
    duckdb.from_df(rows).write_parquet(str(paths["parquet"]))
    return paths | {"sav": CITIZENSHIP}


def estimates(data: object) -> psa.Estimates:
    return psa.estimate(psa.read_survey(data, psa.wave("citizenship", 2007)), by=["all", "region"])


@pytest.mark.parametrize("ending", ["zsav", "dta", "csv", "tab", "parquet"])
def test_the_same_answers_from_every_format(copies: dict[str, Path], ending: str) -> None:
    ours, sav = estimates(copies[ending]), estimates(copies["sav"])
    for name in ("indicator", "area", "base", "strata", "psus", "df", "interval", "marker"):
        assert ours.columns[name].tolist() == sav.columns[name].tolist(), name
    for name in ("value", "se", "low", "high", "weighted_base", "deff"):
        assert ours.columns[name] == pytest.approx(sav.columns[name], rel=SAME), name


def test_user_missing_codes_are_kept_and_leave_the_base(tmp_path: Path) -> None:
    """Of 1, 2, 2, -9 (declared missing) and a blank, half of three would be 1/3; as answers -9 would make it 1/4.

    Read with the package's default, -9 would be lost as NaN and nobody could count the refusals.
    """
    rows = pd.DataFrame({"q": [1, 2, 2, -9, None], "w": 1.0})
    pyreadstat.write_sav(rows, tmp_path / "d.sav", missing_ranges={"q": [-9]})
    survey = psa.read_survey(tmp_path / "d.sav", own_wave(tmp_path, "yes = 1, no = 2"))
    assert psa.estimate(survey, own_indicator(tmp_path))[0].value == pytest.approx(100 / 3)
    assert psa.check(survey).questions[0].missing == 1


def test_an_answer_may_name_a_code_that_the_file_declares_missing(tmp_path: Path) -> None:
    rows = pd.DataFrame({"q": [1, 2, 2, -9], "w": 1.0})
    pyreadstat.write_sav(rows, tmp_path / "d.sav", missing_ranges={"q": [{"lo": -9, "hi": -1}]})
    survey = psa.read_survey(tmp_path / "d.sav", own_wave(tmp_path, "yes = 1, no = 2, refused = -9"))
    assert psa.estimate(survey, own_indicator(tmp_path))[0].value == pytest.approx(100 / 4)


def test_stata_s_extended_missing_values_leave_the_base_and_can_be_named(tmp_path: Path) -> None:
    rows = pd.DataFrame({"q": [1.0, 2.0, 2.0, "a", "b"], "w": 1.0})
    pyreadstat.write_dta(rows, tmp_path / "d.dta", missing_user_values={"q": ["a", "b"]})
    survey = psa.read_survey(tmp_path / "d.dta", own_wave(tmp_path, "yes = 1, no = 2"))
    assert psa.estimate(survey, own_indicator(tmp_path))[0].value == pytest.approx(100 / 3)
    named = psa.read_survey(tmp_path / "d.dta", own_wave(tmp_path, 'yes = 1, no = 2, not_asked = ".b"'))
    assert psa.estimate(named, own_indicator(tmp_path))[0].value == pytest.approx(100 / 4)


def test_answers_bind_by_value_label(tmp_path: Path) -> None:
    rows = pd.DataFrame({"q": [1, 2, 2], "w": 1.0})
    labels = {"q": {1: "Yes, often", 2: "No"}}
    for name, write in (("d.sav", pyreadstat.write_sav), ("d.dta", pyreadstat.write_dta)):
        write(rows, tmp_path / name, variable_value_labels=labels)
        survey = psa.read_survey(tmp_path / name, own_wave(tmp_path, 'yes = "Yes, often", no = "No"'))
        assert psa.estimate(survey, own_indicator(tmp_path))[0].value == pytest.approx(100 / 3)


def test_labelled_strings_lose_their_padding(tmp_path: Path) -> None:
    rows = pd.DataFrame({"q": ["Y", "N   ", "N"], "w": 1.0})
    pyreadstat.write_sav(rows, tmp_path / "d.sav", variable_value_labels={"q": {"Y": "Yes", "N": "No"}})
    for answers in ('yes = "Y", no = "N"', 'yes = "Yes", no = "No"'):
        survey = psa.read_survey(tmp_path / "d.sav", own_wave(tmp_path, answers))
        assert psa.estimate(survey, own_indicator(tmp_path))[0].value == pytest.approx(100 / 3)


def test_areas_of_a_labelled_file_have_names() -> None:
    regions = {row.area: row.area_name for row in estimates(CITIZENSHIP).where(by="region", indicator="ni1")}
    assert regions["1"] == "North East"
    assert "10" not in regions  # Wales is in the file and not in the figures


def test_a_truncated_file_is_told_at_the_door(tmp_path: Path) -> None:
    (tmp_path / "half.sav").write_bytes(CITIZENSHIP.read_bytes()[:400_000])
    with pytest.raises(psa.SurveyError, match=r"half\.sav cannot be read as SPSS: .*is it whole\?"):
        psa.read_survey(tmp_path / "half.sav", psa.wave("citizenship", 2007))


def test_an_encrypted_file_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "locked.sav").write_bytes(b"\x1c\0\0\0\0\0\0\0ENCRYPTEDSAV\x15" + bytes(200))
    with pytest.raises(psa.SurveyError, match=r"locked\.sav is encrypted with a password; save it .* without one"):
        psa.read_survey(tmp_path / "locked.sav", psa.wave("citizenship", 2007))


def test_a_file_of_another_kind_under_the_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "wrong.sav").write_bytes((SAMPLES / "taking_part_2007.dta").read_bytes())
    with pytest.raises(psa.SurveyError, match=r"wrong\.sav is not of the kind SPSS.*it looks like a Stata file"):
        psa.read_survey(tmp_path / "wrong.sav", psa.wave("citizenship", 2007))


def test_the_file_of_another_year_is_noticed() -> None:
    with pytest.raises(psa.SurveyError, match=r"citizenship_2008\.sav.*'survyear' holds 2008 \(15,200\).*2007"):
        psa.read_survey(SAMPLES / "citizenship_2008.sav", psa.wave("citizenship", 2007))


def own_wave(folder: Path, answers: str) -> object:
    path = folder / "own.toml"
    path.write_text(
        'survey = "own"\ntitle = "Own"\n[2008]\nweight = "w"\n'
        f'[2008.questions.asked]\nvariable = "q"\nanswers = {{ {answers} }}\n'
    )
    return psa.wave(str(path), 2008)


def own_indicator(folder: Path) -> object:
    path = folder / "set.toml"
    path.write_text(
        'title = "Own"\n[yes]\ntitle = "Yes"\nbetter = "higher"\nreference = "none"\n[yes.since.2000]\n'
        'denominator = { all_answered = ["asked"] }\nnumerator = { question = "asked", in = ["yes"] }\n'
    )
    return psa.indicators(str(path))["yes"]
