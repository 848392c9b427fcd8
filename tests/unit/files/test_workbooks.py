"""Workbooks as microdata: which sheet, which line of names, each kind of cell, and files that are meant to harm."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlwt

import psaindicators as psa
from psaindicators.files import workbook
from psaindicators.files.layout import FOUND, Layout
from psaindicators.files.microdata import read_microdata
from tests.workbook_by_hand import Error, Percent, Rows, ods, sheet_xml, xlsx

TABLE: Rows = [["wt", "q"], [1, "a"], [2, None]]


def columns(path: Path, layout: Layout = FOUND) -> dict[str, list[object]]:
    data = read_microdata(path, layout=layout)
    return {
        name: [None if cell != cell else cell for cell in column.tolist()]
        for name, column in data.columns(list(data.variables)).items()
    }


def refused(path: Path, layout: Layout = FOUND) -> str:
    with pytest.raises(psa.SurveyError) as caught:
        read_microdata(path, layout=layout)
    assert str(caught.value).startswith(path.name)
    return str(caught.value)


def test_every_kind_of_cell(tmp_path: Path) -> None:
    """A column of numbers is numbers; one that mixes them with texts is what a text file of it would hold."""
    rows = [
        ["Return ID", " Q2\nsatisfaction ", "sent", "share", "yes", "mixed", "wrong"],
        [1, 3, date(2010, 3, 1), Percent(0.25), True, 1, Error("#N/A")],
        [2, 2.5, None, Percent(1.0), False, "1", "x"],
        ["03", None, date(2010, 3, 2), None, None, True, " "],
        [4, "  ", None, None, None, " Very satisfied ", 7],
    ]
    assert columns(xlsx(tmp_path / "a.xlsx", {"Data": rows})) == {
        "Return ID": ["1", "2", "03", "4"],
        "Q2 satisfaction": [3, 2.5, None, None],
        "sent": ["2010-03-01", None, "2010-03-02", None],
        "share": [0.25, 1, None, None],
        "yes": [1, 0, None, None],
        "mixed": ["1", "1", "TRUE", " Very satisfied "],
        "wrong": [None, "x", None, "7"],
    }


def test_the_three_kinds_of_workbook_read_alike(tmp_path: Path) -> None:
    old = xlwt.Workbook()
    sheet = old.add_sheet("Data")
    cells: Rows = [["wt", "q", "on"], [1, "a", True], [2.5, None, False]]
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            if cell is not None:
                sheet.write(i, j, cell)
    sheet.write(0, 3, "day")
    sheet.write(1, 3, datetime(2010, 3, 1), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    old.save(str(tmp_path / "a.xls"))
    wanted = {"wt": [1, 2.5], "q": ["a", None], "on": [1, 0]}
    assert columns(tmp_path / "a.xls") == wanted | {"day": ["2010-03-01", None]}
    assert columns(xlsx(tmp_path / "a.xlsx", {"Data": cells})) == wanted
    assert columns(ods(tmp_path / "a.ods", {"Data": cells})) == wanted


def test_the_first_sheet_that_holds_something_is_read_and_said_unless_one_is_named(tmp_path: Path) -> None:
    sheets = {"Front": [], "Data": TABLE, "Codes": [["code", "label"], [1, "x"]], "Old": [["wt"], [9]]}
    path = xlsx(tmp_path / "a.xlsx", sheets, hidden=["Old"])
    assert columns(path) == {"wt": [1, 2], "q": ["a", None]}
    assert read_microdata(path).notes == ("a.xlsx: the sheet 'Data' was read, not Codes (sheet says which)",)
    named = read_microdata(path, layout=Layout(sheet="Codes"))
    assert (named.variables, named.notes) == (("code", "label"), ())
    assert columns(path, Layout(sheet="Old")) == {"wt": [9]}
    assert refused(path, Layout(sheet="data")) == (
        "a.xlsx has no sheet 'data'; did you mean 'Data'? (its sheets: Front, Data, Codes, Old)"
    )


def test_the_line_of_names_is_found_under_titles_or_given(tmp_path: Path) -> None:
    titled = [[], ["Place survey, postal returns"], ["as of", date(2010, 3, 1)], [], ["wt", "q", "r"], [1, 2, 3]]
    titled += [[], [4, 5, 6], [None, " "]]
    path = xlsx(tmp_path / "a.xlsx", {"Data": titled})
    assert columns(path) == {"wt": [1, 4], "q": [2, 5], "r": [3, 6]}
    assert read_microdata(path).notes == (
        "a.xlsx: row 5 was taken for the line of names (header_row says which)",
        "a.xlsx: 1 blank row between others left out",
    )
    assert columns(path, Layout(header_row=2))["Place survey, postal returns"] == ["as of", "wt", "1", "4"]
    assert "row 30 has no line of variables' names" in refused(path, Layout(header_row=30))
    assert "row 1, where it should be, holds numbers; header_row says where" in refused(
        xlsx(tmp_path / "none.xlsx", {"Data": [[1, 2, 3], [4, 5, 6]]})
    )


def test_names_are_as_in_a_text_file(tmp_path: Path) -> None:
    """A column without name is numbered; one that has neither a name nor a cell is none."""
    rows = [["wt", None, "q18", "Q18", None], [1, 2, 3, 4, None]]
    path = xlsx(tmp_path / "a.xlsx", {"Data": rows})
    assert columns(path) == {"wt": [1], "column_2": [2], "q18": [3], "Q18_1": [4]}
    twice = xlsx(tmp_path / "b.xlsx", {"Data": [["wt", "wt "], [1, 2]]})
    assert refused(twice) == "b.xlsx, sheet 'Data' has more than one variable named 'wt'"


def with_sheet(path: Path, xml: str) -> Path:
    """Write a workbook whose sheet is what is given."""
    whole = xlsx(path.with_name("whole.xlsx"), {"Data": TABLE})
    with ZipFile(whole) as file, ZipFile(path, "w", ZIP_DEFLATED) as changed:
        for name in file.namelist():
            changed.writestr(name, xml if name.startswith("xl/worksheets/") else file.read(name))
    return path


def test_a_cell_at_the_far_end_of_a_sheet_ends_no_process_of_ours(tmp_path: Path) -> None:
    """A table that reaches to it has 17 thousand million cells."""
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = with_sheet(tmp_path / "far.xlsx", sheet_xml(TABLE).replace("</sheetData>", far))
    assert "is no cell filled far outside its table? (delete the rows and columns beyond it" in refused(path)


def test_empty_rows_without_end_are_left_out(tmp_path: Path) -> None:
    formatted = "".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in range(4, 1_000_000))
    path = with_sheet(tmp_path / "long.xlsx", sheet_xml(TABLE).replace("</sheetData>", f"{formatted}</sheetData>"))
    assert columns(path) == {"wt": [1, 2], "q": ["a", None]}


def test_what_a_workbook_unpacks_to_is_judged_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = with_sheet(tmp_path / "bomb.xlsx", sheet_xml(TABLE) + " " * 30_000_000)
    assert path.stat().st_size < 40_000
    monkeypatch.setattr(workbook, "UNPACKED", 20_000_000)
    monkeypatch.setattr(workbook, "ReadingApart", None)  # nothing is read
    assert "more than a workbook has use for" in refused(path)


def test_a_sheet_that_unpacks_to_more_than_it_says_ends_no_process_of_ours(tmp_path: Path) -> None:
    """Its directory says 3,000 bytes where 300 million follow, of texts that all have to be held."""
    text = '<c r="A1" t="inlineStr"><is><t>' + "x" * 50 + "</t></is></c>"
    path = with_sheet(tmp_path / "lies.xlsx", sheet_xml(TABLE) + text * 100)
    raw = path.read_bytes()
    with ZipFile(path) as file:
        info = file.getinfo("xl/worksheets/sheet1.xml")
    lying = raw.replace(info.file_size.to_bytes(4, "little"), (3000).to_bytes(4, "little"))
    assert lying != raw
    path.write_bytes(lying)
    assert "cannot be read as a workbook" in refused(path)


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_what_is_no_workbook_is_told(suffix: str, tmp_path: Path) -> None:
    write = xlsx if suffix == ".xlsx" else ods
    whole = write(tmp_path / f"whole{suffix}", {"Data": TABLE}).read_bytes()
    path = tmp_path / f"a{suffix}"
    encrypted = workbook.COMPOUND + bytes(600) + workbook.ENCRYPTED
    with ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("survey.csv", "wt,q\n1,1\n")
    for content, said in (
        (b"", "is empty: if it holds text, call it .csv"),
        (b"wt\tq\n1\t1\n", "is no workbook, whatever its name says: if it holds text, call it .csv"),
        (whole[: len(whole) // 2], "breaks off or is damaged"),
        (encrypted, "is encrypted with a password; save it without one"),
        (workbook.COMPOUND + bytes(600), "is an older workbook, whatever its name says; call it .xls"),
        ((tmp_path / "other.zip").read_bytes(), "is a zip archive, and no workbook; unpack it"),
    ):
        path.write_bytes(content)
        assert said in refused(path)
    other_suffix = ".ods" if suffix == ".xlsx" else ".xlsx"
    swapped = tmp_path / f"b{other_suffix}"
    swapped.write_bytes(whole)
    assert f"is a {suffix} workbook, whatever its name says; call it {suffix}" in refused(swapped)
    assert "is empty: none of its sheets holds anything" in refused(write(path, {"Data": [], "More": []}))


def test_a_damaged_workbook_gives_a_message_wherever_it_is_damaged(tmp_path: Path) -> None:
    whole = xlsx(tmp_path / "whole.xlsx", {"Data": TABLE}).read_bytes()
    path = tmp_path / "a.xlsx"
    refusals = 0
    for at in range(0, len(whole), len(whole) // 20):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with suppress(psa.SurveyError):
            read_microdata(path)
            refusals -= 1
        refusals += 1
    assert refusals > 10


def test_population_totals_from_a_workbook(tmp_path: Path) -> None:
    rows = [["Variable", "Category", "Total"], ["sex", "m", 30], ["sex", "f", 50]]
    path = xlsx(tmp_path / "totals.xlsx", {"Mid-2009": rows})
    sample = xlsx(tmp_path / "sample.xlsx", {"Data": [["sex"], ["m"], ["m"], ["f"]]})
    assert psa.weighting.rake(sample, path).weights.tolist() == [15, 15, 50]
