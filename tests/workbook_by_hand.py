"""Workbooks written by hand, cell by cell: a cell is there because a test put it there.

A cell is None (nothing), a text, a number, true or false, a date, a `Percent` (a share that is shown in percent), or an
`Error` such as #N/A. A row of the sheet is a list of cells; the first row of the list is row 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

Rows = Sequence[Sequence[object]]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DAY_0 = date(1899, 12, 30)
"""Day 0 of a workbook's days, after February 1900."""


@dataclass(frozen=True)
class Percent:
    share: float


@dataclass(frozen=True)
class Error:
    text: str = "#N/A"


def xlsx(path: Path, sheets: Mapping[str, Rows], *, hidden: Sequence[str] = ()) -> Path:
    """Write an .xlsx and return its path."""
    numbered = list(enumerate(sheets.items(), start=1))
    state = {name: "hidden" if name in hidden else "visible" for name in sheets}
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="rId{i}" state="{state[name]}"/>'
        for i, (name, _) in numbered
    )
    related = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATION}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i, _ in numbered
    )
    related += f'<Relationship Id="styles" Type="{RELATION}/styles" Target="styles.xml"/>'
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", _types(len(sheets)))
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>{listed}</sheets></workbook>'
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
        )
        file.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{MAIN}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/>'
            "</cellXfs></styleSheet>",
        )
        for i, (_, rows) in numbered:
            file.writestr(f"xl/worksheets/sheet{i}.xml", sheet_xml(rows))
    return path


def sheet_xml(rows: Rows) -> str:
    """Return a sheet of an .xlsx."""
    written = "".join(
        f'<row r="{number}">{"".join(_cell(number, at, cell) for at, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{written}</sheetData></worksheet>'


def column(at: int) -> str:
    """Return a column's letters: A for 0, AA for 26."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _cell(row: int, at: int, cell: object) -> str:
    where = f'r="{column(at)}{row}"'
    match cell:
        case None:
            return ""
        case bool():
            return f'<c {where} t="b"><v>{int(cell)}</v></c>'
        case Percent(share):
            return f'<c {where} s="2"><v>{share!r}</v></c>'
        case Error(text):
            return f'<c {where} t="e"><v>{text}</v></c>'
        case date():
            return f'<c {where} s="1"><v>{(cell - DAY_0).days}</v></c>'
        case int() | float():
            return f"<c {where}><v>{cell!r}</v></c>"
    return f'<c {where} t="inlineStr"><is><t xml:space="preserve">{escape(str(cell))}</t></is></c>'


def _types(sheets: int) -> str:
    parts = [("/xl/workbook.xml", "sheet.main"), ("/xl/styles.xml", "styles")]
    parts += [(f"/xl/worksheets/sheet{i}.xml", "worksheet") for i in range(1, sheets + 1)]
    listed = "".join(f'<Override PartName="{name}" ContentType="{SHEET_TYPE}.{kind}+xml"/>' for name, kind in parts)
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def ods(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write an .ods of texts, numbers and true or false, and return its path."""
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    with ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
        file.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
            f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
            "</office:body></office:document-content>",
        )
    return path


def _ods_cell(cell: object) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case bool():
            said = str(cell).lower()
            return f'<table:table-cell office:value-type="boolean" office:boolean-value="{said}"/>'
        case int() | float():
            return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
    text = escape(str(cell))
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
