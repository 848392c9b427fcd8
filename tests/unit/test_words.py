"""How messages write lists, rows and counts."""

from __future__ import annotations

import numpy as np

from psaindicators.words import counted, joined, listed, rows, underlined


def test_lists_name_as_many_as_asked_and_count_the_rest() -> None:
    assert listed([]) == ""
    assert listed(["a", 2]) == "a, 2"
    assert listed(range(1215), most=3) == "0, 1, 2 and 1,212 more"


def test_rows_count_from_one() -> None:
    assert rows(np.array([2])) == "row 3"
    assert rows(np.array([2, 7, 8, 11, 13])) == "rows 3, 8, 9, 12, 14"
    assert rows(range(999, 2199)) == "rows 1,000, 1,001, 1,002, 1,003, 1,004 and 1,195 more"


def test_counts_and_headings() -> None:
    assert [counted(1, "row"), counted(1204, "row"), counted(2, "county", "counties")] == [
        *("1 row", "1,204 rows", "2 counties")
    ]
    assert underlined("Figures", "=") == "Figures\n======="


def test_members_joined_by_a_word_stand_once() -> None:
    assert [joined([]), joined(["a"]), joined(["a", "b", "a"]), joined(["a", 2, "c"], "or")] == [
        *("", "a", "a and b", "a, 2 or c")
    ]
