"""A document as an OpenDocument workbook, of the same leaves as the Excel one.

It is written as XML: the libraries that make one cell after another take minutes for a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from psaindicators.publishing.book import GENERAL, LINE, Cell, Leaf, leaves, wrapped
from psaindicators.publishing.document import Document
from psaindicators.publishing.writers.as_xlsx import COVER, WRITTEN
from psaindicators.words import visible

NAME = "outturn.ods"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
VERSION = "1.3"
"""Of OpenDocument: programs of 2022 do not open a later one."""
MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
PAGE = (
    '<office:styles/><office:automatic-styles><style:page-layout style:name="wide"><style:page-layout-properties '
    'fo:page-width="29.7cm" fo:page-height="21cm" style:print-orientation="landscape" style:scale-to-X="1" '
    'style:scale-to-Y="0" fo:margin="1.5cm"/></style:page-layout></office:automatic-styles><office:master-styles>'
    '<style:master-page style:name="Default" style:page-layout-name="wide"/></office:master-styles>'
)
SHEET = '<style:style style:name="sheet" style:family="table" style:master-page-name="Default"/>'
META = "<dc:subject>Official statistics</dc:subject><dc:language>en-GB</dc:language>"
SPACES = {
    one: f"urn:oasis:names:tc:opendocument:xmlns:{of}:1.0"
    for one, of in {
        **{name: name for name in ("office", "style", "text", "table", "config")},
        **{"number": "datastyle", "fo": "xsl-fo-compatible"},
    }.items()
} | {"xlink": "http://www.w3.org/1999/xlink", "dc": "http://purl.org/dc/elements/1.1/"}
CENTIMETRES = 0.22
"""Of a character's width."""
HEADER, WRAPPED = 'fo:font-size="12pt" fo:font-weight="bold"', 'fo:wrap-option="wrap" style:vertical-align="top"'
TEXTS = {
    "title": ('fo:font-size="16pt" fo:font-weight="bold"', ""),
    "subtitle": ('fo:font-size="14pt" fo:font-weight="bold"', ""),
    "line": ('fo:font-size="12pt"', ""),
    "wrapped": ('fo:font-size="12pt"', WRAPPED),
    "heading": (HEADER, f'{WRAPPED} fo:border-bottom="0.5pt solid #000000"'),
    "number-heading": (HEADER, f'{WRAPPED} fo:border-bottom="0.5pt solid #000000"'),
}
LEFT = '<style:paragraph-properties fo:text-align="start" fo:margin-left="0.2cm"/>'
RIGHT = '<style:paragraph-properties fo:text-align="end"/>'
SIDES = {"heading": LEFT, "number-heading": RIGHT}


def write(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield the workbook: a cover, contents, what the tables are read by, and one table a sheet."""
    made = leaves(document)
    parts = {
        "content.xml": _content(document, made),
        "settings.xml": _settings(made),
        "meta.xml": _meta(document),
        "styles.xml": _root("document-styles", PAGE),
    }
    yield NAME, _packed(parts)


def _packed(parts: Mapping[str, str]) -> bytes:
    """Return the package of an OpenDocument file, the same bytes each time; what it is stands first, uncompressed."""
    file = BytesIO()
    with ZipFile(file, "w") as packed:
        packed.writestr(_info("mimetype"), MIMETYPE, ZIP_STORED)
        for name, part in {**parts, "META-INF/manifest.xml": _manifest(parts)}.items():
            packed.writestr(_info(name), part.encode(), ZIP_DEFLATED)
    return file.getvalue()


def _info(name: str) -> ZipInfo:
    return ZipInfo(name, WRITTEN.timetuple()[:6])


def _manifest(parts: Iterable[str]) -> str:
    files = {"/": MIMETYPE} | dict.fromkeys(parts, "text/xml")
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
        for name, kind in files.items()
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return (
        f'{XML}<manifest:manifest xmlns:manifest="{space}" manifest:version="{VERSION}">{entries}</manifest:manifest>'
    )


def _root(name: str, body: str) -> str:
    spaces = " ".join(f'xmlns:{prefix}="{of}"' for prefix, of in SPACES.items())
    return f'{XML}<office:{name} {spaces} office:version="{VERSION}">{body}</office:{name}>'


def _meta(document: Document) -> str:
    title = escape(visible(document.title))
    return _root("document-meta", f"<office:meta><dc:title>{title}</dc:title>{META}</office:meta>")


def _content(document: Document, made: tuple[Leaf, ...]) -> str:
    formats = list(dict.fromkeys(one for leaf in made for one in leaf.formats))
    widths = sorted({COVER, *(width for leaf in made for width in leaf.widths)})
    lines = sorted(
        {
            1,
            *(wrapped(text, COVER) for text in document.about),
            *(n for leaf in made for n in (leaf.head_lines, *leaf.lines)),
        }
    )
    shapes = [*map(_number_style, formats), *map(_column_style, widths), *map(_row_style, lines)]
    styles = "".join([SHEET, *map(_text_style, TEXTS), *shapes])
    sheets = "".join([_cover(document), *map(_sheet, made)])
    ranges = "".join(map(_range, made))
    body = f"{sheets}<table:database-ranges>{ranges}</table:database-ranges>"
    return _root(
        "document-content",
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>",
    )


def _text_style(name: str) -> str:
    letters, cell = TEXTS[name]
    return _cell_style(f'style:name="{name}"', cell, SIDES.get(name, ""), letters)


def _cell_style(named: str, cell: str, side: str, letters: str) -> str:
    return (
        f'<style:style {named} style:family="table-cell"><style:table-cell-properties {cell}/>{side}'
        f'<style:text-properties style:font-name="Arial" fo:font-family="Arial" {letters}/></style:style>'
    )


def _number_style(written: str) -> str:
    """Return the style of a column's numbers: their decimals, and whether thousands are parted."""
    letters, cell = TEXTS["wrapped"]
    name, data = _styled(written), ""
    if written != GENERAL:
        decimals = len(written.rstrip("%").partition(".")[2])
        parted = ' number:grouping="true"' if "," in written else ""
        kind = "percentage-style" if written.endswith("%") else "number-style"
        sign = "<number:text>%</number:text>" if written.endswith("%") else ""
        data = (
            f'<number:{kind} style:name="of-{name}"><number:number number:decimal-places="{decimals}" '
            f'number:min-decimal-places="{decimals}" number:min-integer-digits="1"{parted}/>{sign}</number:{kind}>'
        )
    held = f' style:data-style-name="of-{name}"' if data else ""
    return data + _cell_style(f'style:name="{name}"{held}', cell, RIGHT if data else LEFT, letters)


def _styled(written: str) -> str:
    """Return the name of a number format's style: what a name may not hold, spelled out."""
    return "n" + "".join(one if one.isalnum() else f"{ord(one):x}" for one in written)


def _column_style(width: int) -> str:
    return (
        f'<style:style style:name="w{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * CENTIMETRES:.2f}cm"/></style:style>'
    )


def _row_style(lines: int) -> str:
    return (
        f'<style:style style:name="r{lines}" style:family="table-row">'
        f'<style:table-row-properties style:row-height="{lines * LINE}pt"/></style:style>'
    )


def _cover(document: Document) -> str:
    lines = [
        ("title", document.title),
        ("subtitle", "Introductory information"),
        *(("wrapped", x) for x in document.about),
    ]
    return _table("Cover", [COVER], (_row([_text(text, style)], wrapped(text, COVER)) for style, text in lines))


def _sheet(leaf: Leaf) -> str:
    above = [("title", leaf.title), *(("line", line) for line in leaf.above)]
    heads = (_row([_text(text, style)]) for style, text in above)
    kinds = ("heading" if one == GENERAL else "number-heading" for one in leaf.formats)
    header = _row(map(_text, leaf.headers, kinds), leaf.head_lines)
    styles = [_styled(one) for one in leaf.formats]
    first = _linked if leaf.label == "Contents" else _cell
    rows = (
        _row([first(row[0], styles[0]), *map(_cell, row[1:], styles[1:])], lines)
        for row, lines in zip(zip(*leaf.columns, strict=True), leaf.lines, strict=True)
    )
    return _table(
        leaf.label, leaf.widths, [*heads, f"<table:table-header-rows>{header}</table:table-header-rows>", *rows]
    )


def _table(label: str, widths: Iterable[int], rows: Iterable[str]) -> str:
    columns = "".join(f'<table:table-column table:style-name="w{width}"/>' for width in widths)
    start = f'<table:table table:style-name="sheet" table:name={quoteattr(label)}>'
    return f"{start}{columns}{''.join(rows)}</table:table>"


def _row(cells: Iterable[str], lines: int = 1) -> str:
    return f'<table:table-row table:style-name="r{lines}">{"".join(cells)}</table:table-row>'


def _cell(cell: Cell, style: str) -> str:
    if isinstance(cell, str):
        return _text(cell, style)
    return f'<table:table-cell table:style-name="{style}" office:value-type="float" office:value="{cell!r}"/>'


@cache
def _text(text: str, style: str) -> str:
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="string"><text:p>{_spaced(text)}</text:p>'
        "</table:table-cell>"
    )


def _linked(label: Cell, style: str) -> str:
    """Return a cell that leads to the sheet it names."""
    link = f'<text:a xlink:type="simple" xlink:href={quoteattr(f"#{label}.A1")}>{escape(str(label))}</text:a>'
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="string"><text:p>{link}</text:p>'
        "</table:table-cell>"
    )


def _spaced(text: str) -> str:
    """Return a text as a paragraph holds it; spaces that follow one another would else be read as one."""
    shown = escape(visible(text))
    return shown.replace("  ", ' <text:s text:c="1"/>')


def _range(leaf: Leaf) -> str:
    last = f"{_letters(len(leaf.headers))}{leaf.first_row + leaf.rows}"
    where = f"'{leaf.label}'.A{leaf.first_row}:'{leaf.label}'.{last}"
    return f'<table:database-range table:name="{leaf.name}" table:target-range-address={quoteattr(where)}/>'


def _letters(column: int) -> str:
    """Return the letters of a column, counted from 1: 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _settings(made: tuple[Leaf, ...]) -> str:
    """Return what an opened workbook shows: the first sheet, and in each the header that stays in sight."""
    views = "".join(_view(leaf) for leaf in made)
    return _root(
        "document-settings",
        '<office:settings><config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        f'<config:config-item-map-named config:name="Tables">{views}</config:config-item-map-named>'
        '<config:config-item config:name="ActiveTable" config:type="string">Cover</config:config-item>'
        "</config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set></office:settings>",
    )


def _view(leaf: Leaf) -> str:
    frozen = {"VerticalSplitMode": ("short", 2), "VerticalSplitPosition": ("int", leaf.first_row)}
    frozen |= {"PositionBottom": ("int", leaf.first_row), "ActiveSplitRange": ("short", 2)}
    items = "".join(
        f'<config:config-item config:name="{name}" config:type="{kind}">{value}</config:config-item>'
        for name, (kind, value) in frozen.items()
    )
    return f"<config:config-item-map-entry config:name={quoteattr(leaf.label)}>{items}</config:config-item-map-entry>"
