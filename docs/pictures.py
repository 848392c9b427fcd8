"""Pictures of what comes out, made at each build by the code that stands on the page beside them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

import psaindicators as psa
from psaindicators.charts.chart import Chart

HERE = Path(__file__).parent
PAGES = ("index.md", "gallery.md")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONFIGURATION = re.compile(r"^```toml\n(# gallery\.toml\n.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN, ROWS = "outturn.html", 6
"""What of an outturn is shown within the page, and how many rows of a sheet."""


def draw(folder: Path, extra: Path) -> None:
    """Write each chart of the pages' code, with a file that includes it, and the gallery's outturn."""
    folder.mkdir()
    for page in PAGES:
        text = (HERE / page).read_text(encoding="utf-8")
        with reader_of_a_clone():
            names: dict[str, Any] = {"psa": psa}
            with contextlib.redirect_stdout(io.StringIO()):
                exec("\n".join(PYTHON.findall(text)), names)
            for configuration in CONFIGURATION.findall(text):
                (folder / "outturn.inc").write_text(_outturn(configuration, extra), encoding="utf-8")
        for name, chart in names.items():
            if isinstance(chart, Chart):
                (folder / f"{name}.svg").write_bytes(chart.svg)
                (folder / f"{name}.inc").write_text(_included(name, chart), encoding="utf-8")


@contextlib.contextmanager
def reader_of_a_clone() -> Iterator[None]:
    """Work in a folder that has the samples where a clone has them."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as made:
        (Path(made) / "data").symlink_to(HERE.parent / "data")
        os.chdir(made)
        try:
            yield
        finally:
            os.chdir(before)


def _included(name: str, chart: Chart) -> str:
    """Return the picture, with what it shows for those who do not see it, in a box that scrolls on a narrow screen."""
    alternative = json.dumps(" ".join(chart.says.split()), ensure_ascii=False)
    return f"````{{container}} picture\n```{{image}} /_generated/pictures/{name}.svg\n:alt: {alternative}\n```\n````\n"


def _outturn(configuration: str, extra: Path) -> str:
    """Run the outturn, put its page and its workbooks with the site, and return what shows them."""
    Path("gallery.toml").write_text(configuration, encoding="utf-8")
    made = psa.outturn("gallery.toml")
    extra.mkdir(parents=True)
    for name in (SHOWN, "outturn.xlsx", "outturn.ods", "estimates.csv"):
        shutil.copy(Path("members") / name, extra / name)
    links = ", ".join(f'<a href="members/{one.name}">{one.name}</a>' for one in sorted(extra.iterdir()))
    return (
        f"```text\n{made.text}\n```\n\n```{{raw}} html\n<p>Here they are: {links}. The page, as it opens in a browser:</p>\n"
        f'<iframe class="outturn" src="members/{SHOWN}" title="The page that the outturn wrote" loading="lazy">'
        f"</iframe>\n```\n\nThe workbook, sheet by sheet: {_sheets(extra / 'outturn.xlsx')}\n"
    )


def _sheets(workbook: Path) -> str:
    """Return the names of a workbook's sheets, and the first rows of its figures."""
    book = CalamineWorkbook.from_path(workbook)
    return ", ".join(f"*{name}*" for name in book.sheet_names) + "."
