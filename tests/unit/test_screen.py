"""Tables on a screen: nothing is wider than it and nothing is cut; a file or a pipe has a line for every row."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators import headings as h
from psaindicators.screen import screen_width
from psaindicators.tables import Table, columns_of
from tests.paths import SAMPLES

LONG = "a note that goes on and on, about what a reader must know of the row beside its figures"


class Rows(Table):
    """Rows with a year, a text, figures and a long text."""

    headings = (
        *(h.text("survey", "the survey"), h.YEAR, h.AREA, h.VALUE, h.whole("weighted_respondents_there", "how many")),
        *(h.NOTE, h.MARKER),
    )


def rows(*cells: tuple[object, ...]) -> Rows:
    return Rows(columns_of(Rows.headings, cells))


TWO = rows(
    ("place", 2008, "Barking", 12.5, 1234, LONG, ""),
    ("place", 2008, "Barnet", 7.25, 56, "short", ""),
)


def test_without_a_width_every_row_is_a_line_with_all_its_columns() -> None:
    lines = TWO.to_text().splitlines()
    assert len(lines) == 4
    assert lines[0].split() == ["survey", "year", "area", "value", "weighted_respondents_there", "note", "marker"]
    assert lines[2].startswith("place   2008  Barking   12.5")
    assert lines[2].endswith(LONG)


def test_what_is_the_same_in_every_row_stands_once_above_and_long_texts_go_on_below() -> None:
    text = TWO.to_text(width=60)
    lines = text.splitlines()
    assert lines[0] == "survey: place; year: 2008"  # and no marker: it is blank throughout
    assert max(map(len, lines)) <= 60
    assert [line.split()[0] for line in lines if line.startswith("Bar")] == ["Barking", "Barnet"]
    assert " ".join(text.split()).count("weighted_") == 1  # the name is broken at underscores, and there once
    for word in [*LONG.split(), "12.5", "7.2", "1234", "56", "short"]:
        assert word in text


def test_columns_without_room_follow_below_with_what_names_the_rows() -> None:
    wide = rows(*((f"survey{i}", 2000 + i, f"area{i}", float(i), i, LONG, "[u]") for i in (1, 2)))
    blocks = wide.to_text(["area", *(name for name in Rows.names() if name != "area")], width=40).split("\n\n")
    assert len(blocks) == 2
    assert all(block.splitlines()[-1].lstrip()[:1] for block in blocks)
    assert [sum(line.startswith("area1") for line in block.splitlines()) for block in blocks] == [1, 1]
    together = " ".join(" ".join(blocks).split())
    for word in ("survey1", "survey2", "2001", "2002", "1.0", "2.0", *LONG.split()):
        assert word in together


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_no_shipped_table_is_wider_than_the_screen_nor_loses_a_word(width: int) -> None:
    for table in (psa.definitions.indicator_table(), psa.definitions.wave_table()):
        whole, fitted = table.to_text(), table.to_text(width=width)
        assert max(map(len, fitted.splitlines())) <= width
        assert {word for word in whole.split() if word.strip("-")} - {*table.columns} <= pieces(fitted)


def pieces(text: str) -> set[str]:
    """The words of a text; a caption's have a colon or a semicolon after them."""
    return {piece for word in text.split() for piece in (word, word.strip(";:"))}


def test_the_width_is_the_terminals_or_that_of_columns_and_a_pipe_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert screen_width() is None
    monkeypatch.setenv("COLUMNS", "132")
    assert screen_width() == 132
    monkeypatch.setenv("COLUMNS", "20")
    assert screen_width() == 60  # nothing fits in less


def test_a_suppressed_figure_stays_to_the_right() -> None:
    held = TWO.suppress(np.array([True, False]), ["value"])
    line = next(line for line in held.to_text(["area", "value"]).splitlines() if line.startswith("Barking"))
    assert line == "Barking    [c]"


@pytest.fixture(scope="module")
def citizenship() -> psa.Survey:
    return psa.read_survey(SAMPLES / "citizenship_2007.sav", psa.wave("citizenship", 2007))


def test_a_crossing_keeps_the_code_and_the_name_of_each_part(citizenship: psa.Survey) -> None:
    found = psa.estimate(citizenship, "psa21.4", by=["all", "region*sex"]).to_frame()
    assert found["by_region"].tolist()[:3] == ["", "1", "1"]
    assert found["by_region_name"].tolist()[:3] == ["", "North East", "North East"]
    assert found["by_sex"].tolist()[:3] == ["", "male", "female"]
    assert "by_sex_name" not in found
    assert found["area"].tolist()[1] == "1*male"
    assert found["area_name"].tolist()[1] == "North East, male"


def test_a_crossing_is_printed_as_two_way_tables_of_values_and_of_bases(citizenship: psa.Survey) -> None:
    found = psa.estimate(citizenship, "psa21.4", by=["all", "region*sex"])
    everyone, values, bases = found.to_text().split("\n\n")
    assert everyone.splitlines()[-1].split()[:4] == ["psa21.4", "2007", "all", "all"]
    assert values.splitlines()[0] == "psa21.4, 2007, region*sex: value \u00b1 margin"
    assert values.splitlines()[1].split() == ["region", "male", "female"]
    men = found.where(area="1*male")[0]
    assert f"North East  {men.value:.1f} \u00b1 {men.margin:.1f}" in " ".join(values.split()).replace("East ", "East  ")
    assert bases.splitlines()[3].split()[:3] == ["North", "East", str(men.base)]
    assert found._repr_html_().count("<table>") == 3


def test_a_crossing_saved_and_read_back_is_the_same(citizenship: psa.Survey, tmp_path: Path) -> None:
    from psaindicators.publishing.writers.as_csv import to_csv

    found = psa.estimate(citizenship, "psa21.4", by=["all", "region*sex"])
    for name, text in (("e.json", found.to_json()), ("e.csv", to_csv(found))):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert psa.read_estimates(tmp_path / name) == found


def test_answers_stand_across_in_their_order_though_a_row_lacks_one_and_names_are_told_apart() -> None:
    """By first sight the first row, without 18_24, would put it last; and two wards of one name would be one row."""
    data = pd.DataFrame(
        {
            "ward": [1, 1, 1, 2, 2, 2, 2],
            "age": [2, 3, 3, 1, 2, 2, 3],
            "q": [1, 2, 1, 1, 2, 1, 1],
        }
    )
    questions = {
        "age": {"variable": "age", "answers": {"18_24": 1, "25_64": 2, "65_over": 3}},
        "q": {"variable": "q", "answers": {"yes": 1, "no": 2}},
    }
    wave = psa.wave(
        {"survey": "s", "title": "S", "2020": {"area": {"ward": "ward"}, "questions": questions}},
        2020,
    )
    found = psa.distribution(psa.read_survey(data, wave), "q", by="ward*age")
    values = found.to_text().split("\n\n")[0].splitlines()
    assert values[0] == "q, yes, 2020, ward*age: value \u00b1 margin"
    assert values[1].split() == ["ward", "18_24", "25_64", "65_over"]
    alike = found.columns | {"by_ward_name": found.columns["by_ward"] * 0 + "Town"}
    named = psa.figures.Distribution(alike).to_text().split("\n\n")[0]
    assert [line.split("  ")[0] for line in named.splitlines()[3:]] == ["1 Town", "2 Town"]


def test_waves_sets_indicators_and_surveys_say_what_they_are(citizenship: psa.Survey) -> None:
    wave = repr(psa.wave("place", 2008)).splitlines()
    assert wave[0] == "Wave: place 2008, Place Survey 2008 (the sample's own names)"
    assert wave[1:3] == ["  weight: wt, stratum: la_code", "  areas: authority (la_code), of 2009-04-01"]
    assert wave[3].startswith("  18 questions: satisfied_area, belong_neighbourhood, ")
    nis = repr(psa.indicators("nis")).splitlines()
    assert nis[0] == "IndicatorSet: nis, National Indicators (the Local Area Agreement set), 7 indicators"
    assert nis[4] == "  ni4: People who feel they can influence decisions in their locality"
    assert repr(psa.indicators("nis")["ni6"]).splitlines() == [
        "Indicator: ni6, Participation in regular volunteering (higher is better; definition unconfirmed)",
        "  since 2005: volunteering_frequency is monthly or weekly; of those with volunteering_frequency answered",
    ]
    survey = repr(citizenship).splitlines()
    assert survey[0] == "Survey: Citizenship Survey 2007-08 from citizenship_2007.sav, 39 variables"
    assert survey[1] == "  weight: wtfinds, stratum: stratum, psu: psu"
