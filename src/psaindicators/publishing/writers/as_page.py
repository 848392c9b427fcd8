"""A document as one page of HTML that asks for nothing else: readable without script, in print, on a phone."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from psaindicators.charts.chart import Chart
from psaindicators.figures.charting import NATIONAL
from psaindicators.publishing.document import Document, Page, Section, Sheet, View
from psaindicators.tables import Table
from psaindicators.words import visible, visible_lines

NAME = "outturn.html"
LAYOUT = Path(__file__).parent.parent / "page"
OPEN = 40
"""Rows up to which a table stands open; a longer one is opened by whoever wants it."""


@dataclass(frozen=True)
class Grid:
    """A table as a page has it: headers with whether they are numbers', rows of texts, and whose each row is."""

    label: str
    headers: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    footer: tuple[str, ...]

    @property
    def open(self) -> bool:
        return len(self.rows) <= OPEN


@dataclass(frozen=True)
class Picture:
    """A chart as a page has it: the data of its image, and what it shows in words."""

    chart: Chart

    @cached_property
    def source(self) -> str:
        return f"data:image/svg+xml;base64,{b64encode(self.chart.untitled_svg).decode()}"

    @property
    def says(self) -> str:
        return visible(self.chart.says)


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield the page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    around = Environment(loader=FileSystemLoader(LAYOUT), autoescape=True, undefined=StrictUndefined)
    around.trim_blocks = around.lstrip_blocks = True
    around.filters |= {"grid": _grid, "sheet": _sheet, "picture": Picture, "visible": visible, "anchor": _anchor}
    around.filters["lines"] = visible_lines
    around.tests |= {"view": _is_view}
    text = around.get_template("outturn.html.jinja").render(
        document=document,
        findings=_verdicts_first(document.pages[0]),
        indicators=document.pages[1:],
        places=_places(document.pages[1:]),
        sentences=Markup(_json(_by_area(document))),
        style=Markup((LAYOUT / "outturn.css").read_text(encoding="utf-8")),
        script=Markup((LAYOUT / "outturn.js").read_text(encoding="utf-8")),
    )
    yield NAME, text.encode()


def _verdicts_first(page: Page) -> list[Section]:
    """Return a page's sections with what was judged before the figures, the last judgement first."""
    judged = [one for one in page.sections if any("verdict" in view.table.columns for view in _in(one))]
    return [*reversed(judged), *(one for one in page.sections if one not in judged)]


def _in(section: Section) -> list[View]:
    return [block for block in section.blocks if isinstance(block, View)]


def _is_view(block: str | View) -> bool:
    return isinstance(block, View)


def _anchor(text: str) -> str:
    return re.sub(r"\W+", "-", text).strip("-").lower()


def _grid(view: View, label: str, sentences: Sequence[str] = ()) -> Grid:
    """Return a view's table; what its section's sentences say whole stands there alone."""
    named = f"{label}, {view.called}" if view.called else label
    told = view.table.told if sentences else ()
    names = [name for name in view.names or view.table.shown or view.table.columns if name not in told]
    return _as_grid(view.table, names, visible(named), view.table.footer)


def _sheet(sheet: Sheet) -> Grid:
    return _as_grid(sheet.table, sheet.table.shown, sheet.title, ())


def _as_grid(table: Table, names: Sequence[str], label: str, footer: Sequence[str]) -> Grid:
    kept = {visible(name): table.heading(name) for name in table.columns}
    printed = table.printed([name for name in names if name in table.columns] or list(table.columns))
    headings = [kept[name] for name in printed]
    headers = tuple((visible(one.label), one.is_number) for one in headings)
    return Grid(label, headers, tuple(zip(*printed.values(), strict=True)), tuple(map(visible, footer)))


def _views(pages: Sequence[Page]) -> Iterator[tuple[Page, Section, View]]:
    for page in pages:
        for section in page.sections:
            yield from ((page, section, view) for view in _in(section))


def _places(pages: Sequence[Page]) -> list[str]:
    """Return the areas that any table of an indicator has a row of, by name."""
    found = {name for _, _, view in _views(pages) for name, by in _whose(view.table) if by not in NATIONAL}
    return sorted(found, key=str.casefold)


def _whose(table: Table) -> Iterator[tuple[str, str]]:
    """Yield whose each row is, and of which breakdown."""
    if {"area", "by"} <= table.columns.keys():
        names = table.columns.get("area_name", table.columns["area"])
        cells = zip(names.tolist(), table.columns["area"].tolist(), table.columns["by"].tolist(), strict=True)
        yield from ((visible(str(name or code)), by) for name, code, by in cells)


def _by_area(document: Document) -> dict[str, list[tuple[str, str, str]]]:
    """Return the sentences of each area, and of everyone under the empty name, with indicator and section."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for page, section, view in _views(document.pages[1:]):
        for (name, by), sentence in zip(_whose(view.table), view.table.sentences(), strict=False):
            found.setdefault("" if by in NATIONAL else name, []).append((page.title, section.heading, sentence))
    for _, section, view in _views(document.pages[:1]):
        table = view.table
        if {"target", "area"} <= table.columns.keys() and "by" not in table.columns:
            names = table.columns["area_name"].tolist()
            for name, sentence in zip(names, table.sentences(), strict=False):
                found.setdefault(visible(str(name)), []).append((section.heading, "", sentence))
    return found


def _json(found: object) -> str:
    """Return JSON that may stand in a page's script: no `<` in it ends the script."""
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
