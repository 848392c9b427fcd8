"""The page: in itself whole, read without script, on a phone, by keyboard and by a screen reader."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

import psaindicators as psa
from psaindicators.outturns.background import Known
from psaindicators.outturns.documents import documented
from psaindicators.outturns.judging import Judgements
from psaindicators.outturns.pages import indicator_page
from psaindicators.outturns.waves import waves_table
from psaindicators.publishing.document import Document, Page, Section, View
from psaindicators.publishing.formats import written
from tests.browser import LACKING, chromium

NEEDS_A_BROWSER = pytest.mark.skipif(bool(LACKING), reason=LACKING)
AREAS = ("Leeds", "York & <script>alert(1)</script>", "</script><b>", "$x$", "=1+1", "A" * 70)


def estimates(wave: int, values: list[float], areas: tuple[str, ...]) -> psa.Estimates:
    """NI 4 for England, 30% of 100,000, and for areas of 1,000 each."""
    row = [{"area": "E", "area_name": "England", "value": 30.0, "base": 100_000}]
    england = psa.from_published(row, indicator="ni4", survey="place", wave=wave, by="england")
    local = [{"area": f"E{i:03}", "area_name": name, "value": value, "base": 1000}
             for i, (name, value) in enumerate(zip(areas, values, strict=False))]  # fmt: skip
    if not local:
        return england
    found = psa.from_published(local, indicator="ni4", survey="place", wave=wave)
    columns = {name: np.concatenate([england.columns[name], found.columns[name]]) for name in england.columns}
    return psa.Estimates(columns, england.indicators)


def page(areas: tuple[str, ...] = AREAS) -> str:
    """Every second area rises by 10 points, which 1,000 and 1,000 respondents show; the others stay."""
    before = estimates(2008, [30.0] * len(areas), areas)
    after = estimates(2010, [40.0 if i % 2 == 0 else 30.5 for i in range(len(areas))], areas)
    judged = Judgements({"place 2008 to place 2010": psa.compare(before, after)})
    made = documented(
        "Outturn & <b>", [before, after], judged, Known(waves_table([]), ["A <i>note</i>."], {"a.csv": "0f" * 32})
    )
    return written(made, ["page"])["outturn.html"].decode()


class Assessed(psa.Table):
    """A table whose sentences say one of its columns whole, as an assessment's do."""

    told = ("reason",)


class Parsed(HTMLParser):
    """What a test asks of a page: its tags with their attributes, and whether they close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "input", "link", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_is_whole_in_itself_and_its_tags_close() -> None:
    found = Parsed(page())
    assert found.open == []
    assert not found.all("link")
    assert all("src" not in one for one in found.all("script"))
    assert all(str(one["src"]).startswith("data:image/svg+xml;base64,") for one in found.all("img"))
    assert all(str(one["href"]).startswith("#") for one in found.all("a"))
    ids = [str(one["id"]) for _, one in found.tags if "id" in one]
    assert len(set(ids)) == len(ids)
    assert {str(one["href"])[1:] for one in found.all("a")} <= set(ids)


def test_the_page_is_the_same_bytes_each_time() -> None:
    assert page() == page()


def test_names_are_texts_and_end_no_script() -> None:
    text = page()
    assert "<script>alert(1)" not in text
    assert "Outturn &amp; &lt;b&gt;" in text
    assert len(re.findall("</script>", text)) == 2  # the sentences', and the script's own


def test_every_chart_says_in_words_what_it_shows_and_every_table_has_headers() -> None:
    found = Parsed(page())
    alts = [str(one["alt"]) for one in found.all("img")]
    assert len(alts) == 4  # everyone's change, the series, the areas of the last wave, and the areas' changes
    assert any("of 6 areas, 3 have their interval wholly above and 0 wholly below" in alt for alt in alts)
    assert any("3 improved, 3 no reportable change" in alt for alt in alts)
    assert all(one.get("scope") == "col" for one in found.all("th"))


def test_a_chart_s_title_stands_over_it_as_text_and_not_in_the_picture_too() -> None:
    found = Parsed(page())
    pictures = [b64decode(str(one["src"]).partition("base64,")[2]).decode() for one in found.all("img")]
    titles = re.findall("<figcaption>(.*?)</figcaption>", page())
    assert len(titles) == len(pictures) == 4
    for title, picture in zip(titles, pictures, strict=True):
        root = ElementTree.fromstring(picture)
        assert not [one for one in root.iter() if one.get("id") == "title"]
        assert " ".join(unescape(title).split()[:4]) not in picture
        width, height = (float(root.get(name, "").removesuffix("pt")) for name in ("width", "height"))
        _, top, *size = map(float, root.get("viewBox", "").split())
        assert (size, top > 20) == ([width, height], True)


def test_what_sentences_say_whole_is_in_no_column_beside_them() -> None:
    """An assessment's reason is a sentence, and would make each row of its table a screen tall."""
    rows = {"indicator": ["ni4"], "verdict": ["improved"], "reason": ["as the sentence has it"]}
    table = Assessed({name: np.array(cells, dtype=object) for name, cells in rows.items()})
    section = Section("Assessment", (View(table),), ("NI 4 is assessed as improved: as the sentence has it.",))
    for told, count in ((section, 1), (replace(section, sentences=()), 1)):
        text = written(Document("A", (Page("outturn", "A", (), (told,)),), ()), ["page"])["outturn.html"].decode()
        assert text.count("as the sentence has it") == count
        assert ("Reason" in text) is not bool(told.sentences)


def test_who_moved_is_said_by_name_and_who_did_not_is_not() -> None:
    """Every second of the six areas rises by 10 points; the others by half of one."""
    text = page()
    assert "<p>improved by authority (3): &lt;/script&gt;&lt;b&gt;; =1+1; Leeds</p>" in text
    assert "declined by authority" not in text


def test_how_the_agreement_measures_is_folded_and_keeps_its_lines() -> None:
    indicator = psa.indicators("psa21")["psa21.4"]
    document = Document("A", (Page("outturn", "A", (), ()), indicator_page(indicator, [])), ())
    text = written(document, ["page"])["outturn.html"].decode()
    folded = text.split("<summary>As the agreement has it measured</summary>")[1].split("</details>")[0]
    assert "national\n  data set: Citizenship Survey\n" in folded


def test_a_page_of_one_area_and_of_none_are_written() -> None:
    assert "My area" in page(("Leeds",))
    assert "My area" not in page(())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def opened(browser: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page in a browser, at the width and with the colours asked for; what it says or asks for is a failure."""
    width, colours, script = getattr(request, "param", (1280, "light", True))
    (tmp_path / "outturn.html").write_text(page(), encoding="utf-8")
    view = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=colours, java_script_enabled=script)
    told: list[str] = []
    view.on("console", lambda message: told.append(message.text))
    view.on("pageerror", lambda error: told.append(str(error)))
    view.on("request", lambda request: None if request.url.startswith(("data:", "file:")) else told.append(request.url))
    view.goto((tmp_path / "outturn.html").as_uri())
    yield view
    assert told == []
    view.close()


SHAPES = [(width, colours, True) for width in (1280, 320) for colours in ("light", "dark")]


@NEEDS_A_BROWSER
@pytest.mark.parametrize("opened", SHAPES, indirect=True, ids=str)
def test_axe_finds_no_violation(opened: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened.select_option("#place", "Leeds")
    found = Axe().run(opened).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


@NEEDS_A_BROWSER
@pytest.mark.parametrize("opened", [(320, "light", True), (320, "light", False)], indirect=True, ids=str)
def test_at_320_pixels_the_page_scrolls_one_way(opened: Any) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth") == 320


@NEEDS_A_BROWSER
@pytest.mark.parametrize("opened", [(320, "light", True)], indirect=True, ids=str)
def test_at_320_pixels_a_chart_scrolls_in_its_own_box_and_its_letters_stay_readable(opened: Any) -> None:
    """A chart is 648 points wide and its letters 9 to 12 points: at the 270 pixels of the box they would be under 5."""
    for chart in opened.locator("figure img").all():
        assert chart.evaluate("image => image.getBoundingClientRect().width") >= 648
        assert chart.evaluate("image => image.parentElement.getBoundingClientRect().width") < 320
        assert chart.evaluate("image => getComputedStyle(image.parentElement).overflowX") == "auto"


@NEEDS_A_BROWSER
@pytest.mark.parametrize("opened", [(1280, "light", False)], indirect=True, ids=str)
def test_without_script_every_figure_is_there_and_nothing_that_would_not_work(opened: Any) -> None:
    assert opened.locator("#indicators tbody tr").first.is_visible()
    assert not opened.locator("#place").is_visible()
    assert not opened.locator("#search").is_visible()
    assert "look an area up in the tables" in opened.inner_text("#area")


@NEEDS_A_BROWSER
def test_an_area_is_shown_at_a_glance_by_keyboard_alone(opened: Any) -> None:
    for _ in range(40):
        opened.keyboard.press("Tab")
        if opened.evaluate("document.activeElement.id") == "place":
            break
    opened.keyboard.type("Leeds")
    opened.keyboard.press("Enter")
    glance = opened.inner_text("#glance")
    assert "was 40.0% in Leeds in 2010" in glance
    assert "improved in Leeds from 30.0% in 2008 to 40.0% in 2010, a rise of 10.0 percentage points" in glance
    assert "was 30.0% in England in 2010" in glance
    assert "York" not in glance


@NEEDS_A_BROWSER
def test_tables_are_searched_and_sorted(opened: Any) -> None:
    opened.fill("#search", "leeds")
    shown = opened.locator("#indicators tbody tr:visible")
    assert {"Leeds"} == {row.split("\t")[2] for row in shown.all_inner_texts()}
    assert opened.inner_text("#hits") == f"{shown.count()} rows found"
    opened.fill("#search", "")
    table = opened.locator("#indicators table").nth(1)
    head = table.locator("th", has_text="Value")
    head.locator("button").focus()
    opened.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    values = [float(row.split("\t")[3]) for row in table.locator("tbody tr").all_inner_texts()]
    assert values == sorted(values) == [30.0, 30.5, 30.5, 30.5, 40.0, 40.0, 40.0]
    opened.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
