"""Published figures beside ours: what agrees, what is no figure, and what is of nothing that we have."""

from __future__ import annotations

from pathlib import Path

import pytest

import psaindicators as psa
from tests.unit.outturns.council import changed, write_council

HEADER = "indicator,by,area,value\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_council(tmp_path)


def published(config: Path, text: str) -> psa.Outturn:
    (config.parent / "published.csv").write_text(text)
    return psa.outturn(config)


@pytest.mark.parametrize(
    ("printed", "agrees"),
    [("62.5", "yes"), ("62.50", "yes"), ("62", "yes"), ("63", "yes"), ("62.4", "no"), ("64", "no")],
)
def test_ours_agrees_where_it_rounds_to_what_was_printed(config: Path, printed: str, agrees: str) -> None:
    """Ours is 10 of 16, 62.5: either way of rounding a half is agreement, at the decimals that were printed."""
    one = published(config, f"{HEADER}Tidy,all,all,{printed}\n").estimates[1]
    assert one.where(by="all")[0].agrees == agrees
    assert set(one.where(by="authority").columns["agrees"]) == {""}


def test_every_fault_is_told_with_its_line(config: Path) -> None:
    lines = [
        *("tidy,all,all,-500", "tidy,authority,E06000055,inf", "tidy,authority,E06000056,many"),
        *("tidi,all,all,62.5", "tidy,autority,E06000055,75", "tidy,all,all,62.5", "tidy,all,all", "tidy,all,,5"),
    ]
    with pytest.raises(psa.DefinitionError) as raised:
        published(config, HEADER + "\n".join(lines) + "\n")
    assert str(raised.value).splitlines() == [
        "published.csv:",
        "  - line 2: value must be a number from 0 to 100, got -500",
        "  - line 3: value must be a number, such as 23.8, got 'inf'",
        "  - line 4: value must be a number, such as 23.8, got 'many'",
        "  - line 5: there is no indicator 'tidi'; did you mean 'tidy'?",
        "  - line 6: streets 2010 has no area kind or question 'autority' to break down by; did you mean 'authority'? "
        "(area kinds: authority, all; questions: clean)",
        "  - line 7: tidy/all/all is -500 on line 2 already, and 62.5 here: keep one",
        "  - line 8: has 3 cells where the header has 4",
        "  - line 9: area is missing",
    ]


def test_a_second_figure_for_one_row_is_refused(config: Path) -> None:
    with pytest.raises(psa.DefinitionError, match=r"line 3: tidy/all/all is 62.5 on line 2 already, and 63 here"):
        published(config, f"{HEADER}tidy,all,all,62.5\nTIDY,all,all,63\n")


def test_a_header_without_a_column_is_told(config: Path) -> None:
    with pytest.raises(psa.DefinitionError, match=r"published\.csv:\n  - there is no column 'value'"):
        published(config, "indicator,by,area,percent\ntidy,all,all,62.5\n")


def test_areas_that_the_estimates_lack_are_told_with_their_lines(config: Path) -> None:
    with pytest.raises(psa.DefinitionError) as raised:
        published(config, f"{HEADER}tidy,all,all,62.5\ntidy,authority,E06000065,3\ntidy,authority,Bedford,4\n")
    assert str(raised.value).splitlines() == [
        "published.csv:",
        "  - line 3: tidy/authority/E06000065 is published, but the estimates have no such area",
        "  - line 4: tidy/authority/Bedford is published, but the estimates have no such area",
    ]


def test_a_breakdown_that_is_not_asked_for_is_left_aside(config: Path) -> None:
    """A file of published figures serves a run by everyone and a run by authority."""
    text = changed(config, {'["all", "authority"]': '"all"'}).read_text()
    config.write_text(text[: text.index("[index]")])
    found = published(config, f"{HEADER}tidy,all,all,62.5\ntidy,authority,E06000065,3\n")
    assert found.estimates[1].columns["agrees"].tolist() == ["yes"]
