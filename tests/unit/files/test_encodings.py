"""Text files that are not UTF-8 are read, and it is said as what; an encoding that is stated settles it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.errors import SurveyWarning
from psaindicators.files.layout import Layout
from psaindicators.files.microdata import read_microdata

TEXT = "wt,q,ward\n1,1,Château\n1,2,d\u2019Or\n"
WINDOWS = "d.csv is not UTF-8 and was read as Windows-1252; an encoding that is stated settles it"


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("cp1252", WINDOWS),
        ("utf-16", "d.csv was read as UTF-16"),
        ("utf-16-le", "d.csv was read as UTF-16"),
        ("utf-16-be", "d.csv was read as UTF-16"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("small", [True, False])
def test_wards_are_spelled_as_they_were_written(
    small: bool, suffix: str, encoding: str, note: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In arrays and where the engine adds up. DuckDB has Latin-1 of its own, whose 0x92 is a control character."""
    if not small:
        monkeypatch.setattr("psaindicators.files.text.SMALL", 0)
    path = tmp_path / f"d.csv{suffix}"
    content = TEXT.encode(encoding)
    path.write_bytes(gzip.compress(content) if suffix else content)
    data = read_microdata(path)
    assert data.notes == ((note.replace("d.csv", path.name),) if note else ())
    assert data.columns(["ward"])["ward"].tolist() == ["Château", "d\u2019Or"]
    wave = psa.wave({"survey": "own", "title": "Own", "2010": OWN}, 2010)
    found = psa.estimate(psa.read_survey(path, wave), AGREE, by="ward")
    assert [(row.area, row.value) for row in found] == [("Château", 100), ("d\u2019Or", 0)]
    assert found.notes == data.notes


OWN = {
    "weight": "wt",
    "area": {"ward": "ward"},
    "questions": {"q": {"variable": "q", "answers": {"yes": 1, "no": 2}}},
}
AGREE = psa.indicators(
    {
        "title": "Own",
        "agree": {
            "title": "Agree",
            "better": "higher",
            "reference": "own",
            "since": {
                "2010": {
                    "denominator": {"question": "q", "in": ["yes", "no"]},
                    "numerator": {"question": "q", "in": ["yes"]},
                }
            },
        },
    }
)["agree"]


def test_an_encoding_in_the_wave_settles_it(tmp_path: Path) -> None:
    """As Windows-1252 the ward would be Krakšw, and it would be said so."""
    path = tmp_path / "d.csv"
    path.write_bytes("wt,q,ward\n1,1,Kraków\n1,2,Kraków\n".encode("cp852"))
    assert read_microdata(path).notes == (WINDOWS,)
    settled = read_microdata(path, layout=Layout(encoding="cp852"))
    assert settled.columns(["ward"])["ward"].tolist() == ["Kraków"] * 2
    assert settled.notes == ()
    wave = psa.wave({"survey": "own", "title": "Own", "2010": OWN | {"encoding": "cp852"}}, 2010)
    assert psa.estimate(psa.read_survey(path, wave), AGREE, by="ward")[0].area == "Kraków"


def test_the_wave_is_told_of_an_encoding_or_a_row_that_cannot_be() -> None:
    with pytest.raises(psa.DefinitionError) as caught:
        psa.wave({"survey": "own", "title": "Own", "2010": OWN | {"encoding": "ansi-2", "header_row": 0}}, 2010)
    assert "2010.encoding: must be an encoding such as utf-8, utf-16 or windows-1252, got 'ansi-2'" in str(caught.value)
    assert "2010.header_row: is the number of a row, counted from 1, got 0" in str(caught.value)


def test_a_file_is_read_anew_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    for ward in ("Château", "Bön"):
        path.write_bytes(f"wt,q,ward\n1,1,{ward}\n".encode("cp1252"))
        assert read_microdata(path).columns(["ward"])["ward"].tolist() == [ward]


def test_targets_in_windows_1252_are_read_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_bytes("area,indicator,baseline,target,year\nChâteau,ni4,30,33,2010\n".encode("cp1252"))
    with pytest.warns(SurveyWarning, match="targets.csv is not UTF-8 and was read as Windows-1252"):
        assert psa.read_targets(path)[0].area == "Château"


def test_a_frame_s_names_are_read_as_a_file_s(tmp_path: Path) -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=["wt ", " Q2\n satisfaction", 2008])
    frame.to_csv(tmp_path / "d.csv", index=False)
    assert read_microdata(tmp_path / "d.csv").variables == ("wt", "Q2 satisfaction", "2008")
    assert read_microdata(frame).variables == ("wt", "Q2 satisfaction", "2008")
    assert read_microdata(frame).columns(["2008"])["2008"].tolist() == [3]
    with pytest.raises(psa.SurveyError, match="the frame has more than one variable named 'wt'"):
        read_microdata(pd.DataFrame([[1, 2]], columns=["wt", "wt "]))
