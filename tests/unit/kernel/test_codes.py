"""How a value finds its entry: by amount, by text less outer blanks, or by its value label without regard to case."""

from __future__ import annotations

import numpy as np

from psaindicators.kernel.codes import codes_of, matches


def test_a_value_label_matches_without_regard_to_case_and_a_text_does_not() -> None:
    labels = {1.0: "Very SATISFIED", 2.0: "other"}
    assert matches((1, 2, 3), {"very satisfied": 7, "Other": 8}, labels).tolist() == [7, 8, -1]
    assert matches(("very satisfied", "Very satisfied"), {"very satisfied": 7}, {}).tolist() == [7, -1]


def test_a_label_spelled_just_so_comes_before_one_of_another_case() -> None:
    assert matches((1,), {"no": 0, "NO": 1}, {1: "NO"}).tolist() == [1]
    assert matches((1,), {"no": 0, "NO": 1}, {1: "No"}).tolist() == [0]


def test_numbers_match_by_value_however_they_are_written() -> None:
    codes = codes_of(np.array([1, 1.0, "1", "01", " 1 ", "1.0", "x"], dtype=object))
    entries = matches(codes.values, {"1": 4}, {})
    assert codes.translate(entries, -1).tolist() == [4, 4, 4, 4, 4, 4, -1]
