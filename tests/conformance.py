"""A workbook held to the Analysis Function's guidance on spreadsheets, whatever wrote it.

Each rule is named as in "Making spreadsheets accessible: a brief checklist of the basics" [basics], "Releasing
statistics in spreadsheets" [releasing] or "Using symbols and shorthand" [symbols], all of the Analysis Function.
Its advice against freeze panes, which is not essential there, is set aside: see docs/assumptions.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

from python_calamine import CalamineWorkbook

MARK = re.compile(r"\[[a-z]+\]")
CELL = re.compile(r"[A-Za-z]{1,3}\d+|[RrCc]\d*|[Rr]\d+[Cc]\d+")
WIDEST = 100
FRONT = ("Cover", "Contents")
Grid = list[list[object]]


@dataclass(frozen=True)
class Area:
    """Where a marked table lies: its name, first row (the header's, from 0), first column, and last of both."""

    name: str
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Workbook:
    """What is read of a workbook: sheets as cells, tables by sheet, and what a rule looks at besides."""

    sheets: dict[str, Grid]
    tables: dict[str, list[Area]]
    properties: dict[str, str]
    formulas: int
    merged: int
    hidden: int
    pictures: int
    widths: list[float]
    opened_at: str


def read(path: Path) -> Workbook:
    return _xlsx(path) if path.suffix == ".xlsx" else _ods(path)


def faults(book: Workbook) -> list[str]:
    """Return every rule that a workbook breaks, with where."""
    return [f"{rule}: {where}" for rule, where in _faults(book)]


def _faults(book: Workbook) -> Iterator[tuple[str, str]]:
    names = list(book.sheets)
    if tuple(names[:2]) != FRONT:
        yield "a cover sheet, then a table of contents [releasing]", str(names[:2])
    if len({name.casefold() for name in names}) < len(names) or any(len(name) > 31 for name in names):
        yield "give worksheets unique names [basics]", str(names)
    if listed := {row[0] for row in book.sheets["Contents"]}.symmetric_difference(names) & {*names[2:]}:
        yield "the contents list every sheet [releasing]", str(listed)
    if book.opened_at != names[0]:
        yield "the cursor is in the first worksheet [basics]", book.opened_at
    if not {"title", "language"} <= {name for name, value in book.properties.items() if value}:
        yield "add document information [basics]", str(book.properties)
    for rule, count in (
        ("no cell becomes a formula [releasing: values, not formulas]", book.formulas),
        ("remove merged and split cells [basics]", book.merged),
        ("avoid hiding rows, columns or sheets [basics]", book.hidden),
        ("avoid images, macros, headers and footers, floating boxes [basics]", book.pictures),
        ("columns should be a sensible width [basics]", sum(not 5 <= width <= WIDEST for width in book.widths)),
    ):
        if count:
            yield rule, f"{count} times"
    areas = [area for found in book.tables.values() for area in found]
    if len({area.name for area in areas}) < len(areas) or any(CELL.fullmatch(area.name) for area in areas):
        yield "give tables meaningful names, which no program reads as a cell [basics]", str([a.name for a in areas])
    for name in names:
        yield from ((rule, f"{name}: {where}") for rule, where in _sheet_faults(name, book))


def _sheet_faults(name: str, book: Workbook) -> Iterator[tuple[str, str]]:
    grid, found = book.sheets[name], book.tables.get(name, [])
    if not (grid and grid[0] and str(grid[0][0]).strip()):
        yield "all worksheets have a descriptive title, in the first cell [basics]", str(grid[:1])
    if name == FRONT[0]:
        return
    if len(found) != 1:
        yield "mark up tables; avoid worksheets with several [basics]", f"{len(found)} tables"
        return
    [area] = found
    if area.left != 0:
        yield "position tables against the left-hand edge [basics]", f"column {area.left}"
    if area.bottom != len(grid) - 1:
        yield "avoid putting content below a table; mark up all of it [basics]", f"{area.bottom} of {len(grid) - 1}"
    header = grid[area.top][: area.right + 1]
    if len(set(header)) < len(header) or not all(isinstance(one, str) and one.strip() for one in header):
        yield "one tagged header row, its names unique [basics]", str(header)
    body = [row[: area.right + 1] for row in grid[area.top + 1 : area.bottom + 1]]
    if blank := sum(not str(cell).strip() for row in body for cell in row):
        yield "leave no cell empty, no row or column blank within a table [basics]", f"{blank} cells"
    if any(cell != "" for row in grid for cell in row[area.right + 1 :]):
        yield "nothing stands beside a table [basics: use column A wisely]", name
    above = " ".join(str(row[0]) for row in grid[: area.top] if row)
    used = {cell for row in body for cell in row if isinstance(cell, str) and MARK.fullmatch(cell)}
    if unexplained := {mark for mark in used if f"{mark} " not in above}:
        yield "explain shorthand above the table, in words [symbols]", str(sorted(unexplained))
    if "one table" not in above:
        yield "say how many tables a sheet holds [releasing]", above


def cells_of(path: Path) -> dict[str, Grid]:
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _xlsx(path: Path) -> Workbook:
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    link = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    with ZipFile(path) as zipped:
        parts = {name: zipped.read(name) for name in zipped.namelist()}
    workbook = ElementTree.fromstring(parts["xl/workbook.xml"])
    names = [one.attrib["name"] for one in workbook.iter(f"{main}sheet")]
    view = next(workbook.iter(f"{main}workbookView")).attrib
    tables, sheets = {}, []
    for number, name in enumerate(names, 1):
        sheet = ElementTree.fromstring(parts[f"xl/worksheets/sheet{number}.xml"])
        sheets.append(sheet)
        relations = parts.get(f"xl/worksheets/_rels/sheet{number}.xml.rels", b"<a/>")
        where = {one.get("Id"): one.get("Target") for one in ElementTree.fromstring(relations)}
        held = [str(where[one.attrib[link]]).replace("..", "xl") for one in sheet.iter(f"{main}tablePart")]
        tables[name] = [_table(ElementTree.fromstring(parts[one]).attrib) for one in held]
    core = ElementTree.fromstring(parts["docProps/core.xml"])
    properties = {one.tag.rpartition("}")[2]: one.text or "" for one in core}
    properties["language"] = "en-GB" if b"en-GB" in parts.get("docProps/custom.xml", b"") else ""

    def count(*tags: str) -> int:
        return sum(1 for sheet in sheets for tag in tags for _ in sheet.iter(main + tag))

    hidden = [
        one
        for sheet in [workbook, *sheets]
        for one in sheet.iter()
        if one.get("hidden") or one.get("state") == "hidden"
    ]
    media = [name for name in parts if re.search(r"media/|drawing|vbaProject|comments", name)]
    return Workbook(
        cells_of(path), tables, properties, count("f"), count("mergeCell"), len(hidden),
        len(media) + count("headerFooter", "drawing", "legacyDrawing"),
        [float(one.attrib["width"]) for sheet in sheets for one in sheet.iter(f"{main}col")],
        names[int(view.get("activeTab", 0))],
    )  # fmt: skip


def _table(about: dict[str, str]) -> Area:
    first, _, last = about["ref"].partition(":")
    (top, left), (bottom, right) = map(_place, (first, last or first))
    return Area(about["displayName"], top, left, bottom, right)


def _place(address: str) -> tuple[int, int]:
    letters, digits = re.fullmatch(r"\$?([A-Z]+)\$?(\d+)", address).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(digits) - 1, column - 1


def _ods(path: Path) -> Workbook:
    table = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    style = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
    with ZipFile(path) as zipped:
        content = ElementTree.fromstring(zipped.read("content.xml"))
        meta = ElementTree.fromstring(zipped.read("meta.xml"))
        settings = zipped.read("settings.xml").decode()
        files = zipped.namelist()
    tables: dict[str, list[Area]] = {}
    for one in content.iter(f"{table}database-range"):
        sheet, first, last = re.fullmatch(
            r"'(.+)'\.(\w+):'.+'\.(\w+)", one.attrib[f"{table}target-range-address"]
        ).groups()  # type: ignore[union-attr]
        (top, left), (bottom, right) = _place(first), _place(last)
        tables.setdefault(sheet, []).append(Area(one.attrib[f"{table}name"], top, left, bottom, right))
    elements = list(content.iter())
    widths = [one.get(f"{style}column-width") for one in elements if one.get(f"{style}column-width")]
    opened = re.search(r'name="ActiveTable"[^>]*>([^<]+)<', settings)
    return Workbook(
        cells_of(path),
        tables,
        {one.tag.rpartition("}")[2]: one.text or "" for one in next(iter(meta))},
        sum(f"{table}formula" in one.attrib for one in elements),
        sum(any("spanned" in name for name in one.attrib) for one in elements),
        sum(one.get(f"{table}visibility") in {"collapse", "filter"} for one in elements),
        len([name for name in files if "Pictures" in name or "Basic" in name])
        + sum("frame" in one.tag for one in elements),
        [float(str(width).removesuffix("cm")) / 0.2 for width in widths],
        opened[1] if opened else "",
    )
