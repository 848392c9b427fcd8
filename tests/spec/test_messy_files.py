"""A council's file as it comes gives the figures of its copy cleaned by hand.

Ten postal returns: labels among codes, blanks, -9, trailing spaces, numbers stored as text, age in years, "Prefer not
to say", an accent in Windows-1252. Satisfied of those who answered, by weight:

    Abbey     returns 1 (2, satisfied), 2 (1, satisfied), 3 (1, satisfied), 9 (3, not)    4 / 7
    Château   returns 4 (3, satisfied), 5 (2, not), 10 (1, satisfied)                      4 / 6
    everyone                                                                               8 / 13
    18 to 44  returns 1, 2 and 4, all satisfied                                            6 / 6
    45 to 64  return 5                                                                     0 / 2
    65 on     return 3 (9 and 10 gave no age)                                              1 / 1

With -9 and "Prefer not to say" for answers everyone would be 8 / 18; with the labels' rows lost, 6 / 10.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import psaindicators as psa
from tests.workbook_by_hand import xlsx

HEADER = ["Return ID ", "Ward ", "Q2\nsatisfaction", "Age (years)", "Weight"]
MESSY: list[list[object]] = [
    [1, "Abbey", 1, 34, 2],
    [2, "Abbey ", "Very satisfied", "34 ", 1],
    [3, "Abbey", "Fairly satisfied ", 71, 1],
    [4, "Château", 2, 19, 3],
    [5, "Château", "Dissatisfied", 45, 2],
    [6, "Château ", -9, 80, 4],
    [7, "Abbey", None, 23, 1],
    [8, "Château", "Prefer not to say", 50, 1],
    [9, "Abbey", 3, None, 3],
    [10, " Château", "1", -9, 1],
]
CLEAN = pd.DataFrame(
    {
        "id": range(1, 11),
        "ward": ["Abbey", "Abbey", "Abbey", "Château", "Château", "Château", "Abbey", "Château", "Abbey", "Château"],
        "q2": [1, 1, 2, 2, 3, None, None, None, 3, 1],
        "age": [1, 1, 3, 1, 2, 3, 1, 2, None, None],
        "wt": [2, 1, 1, 3, 2, 4, 1, 1, 3, 1],
    }
)
AS_IT_COMES = {
    "weight": "Weight",
    "id": "Return ID",
    "area": {"ward": "Ward"},
    "questions": {
        "satisfied": {
            "variable": "Q2 satisfaction",
            "answers": {"very": [1, "Very satisfied"], "fairly": [2, "Fairly satisfied"], "not": [3, "Dissatisfied"]},
            "missing": [-9, "Prefer not to say"],
        },
        "age": {
            "variable": "Age (years)",
            "bands": {"18_44": [18, 44], "45_64": [45, 64], "65_on": [65]},
            "missing": [-9],
        },
    },
}
CLEANED = {
    "weight": "wt",
    "id": "id",
    "area": {"ward": "ward"},
    "questions": {
        "satisfied": {"variable": "q2", "answers": {"very": 1, "fairly": 2, "not": 3}},
        "age": {"variable": "age", "answers": {"18_44": 1, "45_64": 2, "65_on": 3}},
    },
}
ASKED = {"question": "satisfied", "in": ["very", "fairly", "not"]}
SATISFIED = psa.indicators(
    {
        "title": "Ours",
        "satisfied": {
            "title": "Satisfied with the area",
            "better": "higher",
            "reference": "ours",
            "since": {
                "2010": {
                    "denominator": ASKED,
                    "numerator": {"question": "satisfied", "in": ["very", "fairly"]},
                }
            },
        },
    }
)["satisfied"]
BY = ["all", "ward", "age"]


def text(encoding: str) -> Callable[[Path], Path]:
    def written(folder: Path) -> Path:
        lines = [['"Q2\nsatisfaction"' if "\n" in name else name for name in HEADER]]
        lines += [["" if cell is None else str(cell) for cell in row] for row in MESSY]
        path = folder / "returns.csv"
        path.write_bytes("".join(",".join(line) + "\r\n" for line in lines).encode(encoding))
        return path

    return written


def workbook(folder: Path) -> Path:
    title: list[list[object]] = [["Residents' survey 2010: postal returns"], []]
    return xlsx(folder / "returns.xlsx", {"Returns": [*title, HEADER, *MESSY], "Codes": [["1", "Very satisfied"]]})


def estimates(data: object, wave: dict[str, object]) -> psa.Estimates:
    own = psa.wave({"survey": "own", "title": "Our survey", "2010": wave}, 2010)
    return psa.estimate(psa.read_survey(data, own), SATISFIED, by=BY)


@pytest.mark.parametrize(
    "written",
    [text("utf-8"), text("cp1252"), text("utf-16"), workbook, lambda _: pd.DataFrame(MESSY, columns=HEADER)],
    ids=["UTF-8", "Windows-1252", "UTF-16", "workbook", "frame"],
)
def test_the_figures_are_those_of_the_clean_copy(written: Callable[[Path], object], tmp_path: Path) -> None:
    messy = estimates(written(tmp_path), AS_IT_COMES)
    by_hand = [8 / 13, 4 / 7, 4 / 6, 6 / 6, 0 / 2, 1 / 1]
    assert messy.columns["value"] == pytest.approx([100 * share for share in by_hand], rel=1e-14)
    assert messy.columns["base"].tolist() == [7, 4, 3, 3, 1, 1]
    assert messy.columns["area"].tolist() == ["all", "Abbey", "Château", "18_44", "45_64", "65_on"]
    assert messy == estimates(CLEAN, CLEANED)
