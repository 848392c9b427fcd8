"""Names that a spreadsheet would run, and names that a terminal would obey: written safely, shown, and read back.

Areas, answers and titles come from files that anybody may have written.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

import psaindicators as psa
from psaindicators.files.csv_lines import read_lines
from psaindicators.files.microdata import read_microdata
from psaindicators.files.microdata_writing import write_microdata
from psaindicators.files.spreadsheet import original, safe
from psaindicators.publishing.writers.as_csv import to_csv
from psaindicators.words import visible, visible_lines

FORMULAS = (
    *("=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0"),
    *("\t=1+1", "\r=1+1", "\n=1+1", "'=1+1", "''@x", "\uff1d1+1", '=HYPERLINK("http://example.org")', "-", "+44 20"),
)
NUMBERS = ("-9", "-0.3", "+5", "-1e5", "E06000055", "12", "01")
OBEYED = (
    *("\x1b[31mred", "\x1b]0;title\x07", "\u202etxt.exe", "a\nb", "a\rb", "\x9b31m", "a\u2028b"),
    *("\u2066x", "\x00", "\ufeffx"),
)


def cells_of(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text, newline="")):
        yield from row


def is_run(cell: str) -> bool:
    """Whether a spreadsheet would take a cell for a formula."""
    number = re.fullmatch(r"[-+]?[0-9.]+(e[-+]?[0-9]+)?", cell, re.IGNORECASE)
    return cell[:1] in tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20") and not number


def is_obeyed(text: str) -> bool:
    """Whether a terminal would do more with a text than to show it, but for the ends of its lines."""
    return any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and one != "\n" for one in text)


@given(st.text() | st.sampled_from(FORMULAS + NUMBERS) | st.text("='+-@\t19.", max_size=6))
def test_what_is_made_safe_is_given_back(text: str) -> None:
    assert original(safe(text)) == text
    assert not is_run(safe(text))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_stays_one(number: str) -> None:
    assert safe(number) == number


def printed(areas: tuple[str, ...]) -> psa.Estimates:
    return psa.from_published(
        {"area": list(areas), "area_name": list(areas), "value": [40] * len(areas), "margin": [3] * len(areas)},
        **{"indicator": "ni4", "survey": "=1+1", "wave": 2008, "by": "@ward"},  # type: ignore[arg-type]
    )


class TestSpreadsheets:
    def test_no_cell_of_a_csv_is_a_formula_and_every_name_comes_back(self, tmp_path: Path) -> None:
        table = printed(tuple(name.strip() for name in FORMULAS if name.strip() not in {"=1+1"}) + NUMBERS)
        text = to_csv(table)
        assert not any(map(is_run, cells_of(text)))
        (tmp_path / "saved.csv").write_text(text, encoding="utf-8", newline="")
        back = psa.read_estimates(tmp_path / "saved.csv")
        for name in ("area", "area_name", "survey", "by"):
            assert back.columns[name].tolist() == table.columns[name].tolist()

    @pytest.mark.parametrize("name", ["a\rb", "a\nb", 'a"b', "a\r\nb,c"], ids=ascii)
    def test_a_name_of_several_lines_is_one_cell(self, name: str, tmp_path: Path) -> None:
        """Python's csv.writer leaves a carriage return without quotes, where it would be read as the row's end."""
        table = printed((name, "B"))
        (tmp_path / "saved.csv").write_text(to_csv(table), encoding="utf-8", newline="")
        assert psa.read_estimates(tmp_path / "saved.csv") == table
        write_microdata(
            {"q": np.array([1, 2]), "open": np.array([name, "b"], object)},
            read_microdata(pd.DataFrame({"q": [1]})),
            tmp_path / "w.csv",
        )
        assert read_microdata(tmp_path / "w.csv").columns(["open"])["open"].tolist() == [name, "b"]

    def test_a_negative_figure_is_a_number(self) -> None:
        before, after = (
            psa.from_published(
                {"area": ["A"], "value": [value], "margin": [1.96]},
                **{"indicator": "ni4", "survey": "place", "wave": wave, "by": "ward"},  # type: ignore[arg-type]
            )
            for value, wave in ((40.0, 2008), (39.7, 2010))
        )
        [row] = csv.DictReader(io.StringIO(to_csv(psa.compare(before, after, minimum=1.0))))
        assert float(row["change"]) == pytest.approx(-0.3)
        assert row["change"].startswith("-0.")

    def test_targets_of_areas_as_our_csv_names_them(self, tmp_path: Path) -> None:
        names = [name for name in FORMULAS if name == name.strip()]
        text = io.StringIO()
        csv.writer(text).writerows([["area"], *([safe(name)] for name in names)])
        (tmp_path / "t.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
        lines, problems = read_lines(tmp_path / "t.csv", ["area"])
        assert [line.text("area") for line in lines] == names
        assert problems == []

    def test_printed_figures_of_areas_as_our_csv_names_them(self, tmp_path: Path) -> None:
        names = [name for name in FORMULAS if name == name.strip()]
        frame = pd.DataFrame({"area": map(safe, names), "value": 40, "base": 500})
        frame.to_csv(tmp_path / "p.csv", index=False)
        back = psa.from_published(tmp_path / "p.csv", indicator="ni4", survey="place", wave=2008)
        assert back.columns["area"].tolist() == names


class TestScreens:
    @pytest.mark.parametrize("name", OBEYED, ids=ascii)
    def test_a_table_shows_what_a_screen_would_obey(self, name: str) -> None:
        table = printed((name, "<script>alert(1)</script>"))
        for text in (repr(table), table.to_text(), table._repr_html_()):
            assert not is_obeyed(text)
            assert name not in text
        assert "<script>" not in table._repr_html_()
        assert len(table.to_text().splitlines()) == 4  # names, rule, two rows

    @pytest.mark.parametrize("name", OBEYED, ids=ascii)
    def test_json_gives_the_name_without_sending_it(self, name: str) -> None:
        written = printed((name,)).to_json()
        assert not is_obeyed(written)
        assert json.loads(written)[0]["area_name"] == name

    @pytest.mark.parametrize("name", OBEYED, ids=ascii)
    def test_an_error_shows_it(self, name: str) -> None:
        assert not is_obeyed(str(psa.OptionError(f"no {name} here")))

    def test_what_is_written_out_is_unicodes_and_nothing_else_is(self) -> None:
        assert visible("\x1b[31m \u202e \n \x9b \ud800") == r"\x1b[31m \u202e \n \x9b \ud800"
        assert visible_lines("a\nb\r") == "a\nb\\r"
        for text in (
            "Ynys Môn",
            "Caf\u00e9 \u2013 \u2018x\u2019",
            "日本",
            "e\u0301",
            "soft\u00adhyphen",
            "\u06a9\u200c\u06af",
            "👩\u200d👧",
        ):
            assert visible(text) == text

    def test_a_bar_of_progress_takes_no_markup(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from psaindicators.cli import progress

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        screen = Terminal()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(progress, "PATIENCE", 0.0)
        for _ in progress.watched(["[red]\x1b[5mname[/red]"]):
            pass
        assert "\x1b[5m" not in screen.getvalue()


WAVE = """
survey = "=s"
title = "\\u001b[31mS\\u202e"
[2010]
weight = "w"
area = { ward = "ward" }
[2010.questions.q]
variable = "q"
answers = { "=1+1" = 1, "\\u001b[2Jno" = 2 }
"""
SET = """
title = "Own"
[own]
title = "=\\u001b[31mtitle\\nover two lines"
better = "higher"
reference = "\\u202ereference"
note = "\\u009b31m"
[own.since.2000]
denominator = { all_answered = ["q"] }
numerator = { question = "q", in = ["=1+1"] }
"""
CONFIGURATION = """
title = "\\u001b]0;owned\\u0007Title"
output = "out"
[[surveys]]
data = "rows.csv"
survey = "s.toml"
wave = 2010
indicators = "i.toml"
by = ["all", "ward", "q"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wards = [*FORMULAS, *OBEYED, "<b>&"]
    rows = [(1, 1 + i % 2, ward) for ward in wards for i in range(4)]
    frame = pd.DataFrame(rows, columns=["w", "q", "ward"])
    frame["ward"] = frame["ward"].str.replace("\x00", "\x01")  # DuckDB ends a text at a null character
    frame.to_csv(tmp_path / "rows.csv", index=False, quoting=csv.QUOTE_NONNUMERIC)
    for name, text in {"s.toml": WAVE, "i.toml": SET, "c.toml": CONFIGURATION}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_an_outturn_of_hostile_names_is_safe_to_open_and_to_read(folder: Path) -> None:
    ended = run("outturn", "c.toml", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    assert not is_obeyed(ended.stdout + ended.stderr)
    out = folder / "out"
    for path in (*out.glob("*.txt"), *out.glob("tables/*.txt"), *out.glob("*.json")):
        if path.name != "manifest.json":
            assert not is_obeyed(path.read_text(encoding="utf-8")), path
    tables = sorted(out.glob("*.csv"))
    assert tables
    for path in tables:
        assert not any(map(is_run, cells_of(path.read_bytes().decode()))), path


def run(*words: str, cwd: Path) -> Any:
    command = [sys.executable, "-c", "from psaindicators.cli.main import main; main()", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
