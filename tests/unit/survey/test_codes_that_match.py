"""Codes match by value, however a file stores them: strata and PSUs of mixed spellings, whole numbers beyond floats."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import polars as pl
import pytest

import psaindicators as psa
from psaindicators.definitions.waves import Question, Wave
from tests.oracle.cases import indicator

QUESTIONS = {"y": Question("y", {"yes": 1, "no": 0})}
FRAME = pd.DataFrame({"w": 1.0, "y": [1, 0, 0, 1, 1, 1, 0, 0, 1, 1], "h": [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]})
PSUS = [1, 1, 2, 2, 1, 3, 3, 4, 4, 3]


def estimated(frame: object, **design: object) -> psa.Estimates:
    wave = Wave("case", 2008, "A case", None, "w", QUESTIONS, **design)  # type: ignore[arg-type]
    return psa.estimate(psa.read_survey(frame, wave), indicator("y"), by=None if "psu" in design else "authority")


@pytest.mark.parametrize(
    "spelled",
    [
        lambda i, code: str(code) if i % 2 else code,
        lambda i, code: float(code) if i % 3 else f" {code} ",
        lambda i, code: f"{code}.0" if i % 2 else str(code),
    ],
    ids=["1 and '1'", "1.0 and ' 1 '", "'1.0' and '1'"],
)
def test_a_psu_spelled_in_two_ways_is_one(spelled: Callable[[int, int], object]) -> None:
    """Four PSUs in two strata, however each row writes them; by spelling there would be up to eight in four."""
    plain = estimated(FRAME.assign(psu=PSUS), stratum="h", psu=("psu",))[0]
    mixed = FRAME.assign(
        psu=pd.Series([spelled(i, code) for i, code in enumerate(PSUS)], dtype=object),
        h=pd.Series([spelled(i + 1, code) for i, code in enumerate(FRAME["h"])], dtype=object),
    )
    found = estimated(mixed, stratum="h", psu=("psu",))[0]
    assert (found.psus, found.strata, found.df) == (plain.psus, plain.strata, plain.df) == (4, 2, 2)
    assert found.se == plain.se


def test_a_psu_with_a_leading_zero_is_one_of_its_own() -> None:
    codes = [str(code) if i % 2 else f"0{code}" for i, code in enumerate(PSUS)]
    assert estimated(FRAME.assign(psu=codes), stratum="h", psu=("psu",))[0].psus > 4


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame], ids=["pandas", "Polars"])
def test_whole_numbers_beyond_floats_stay_apart_beside_a_blank(made: Callable[..., object]) -> None:
    """2^53 and 2^53 + 1 are one float: as floats the two areas of two people would be one of four."""
    codes: object = [2**53, 2**53 + 1, 2**53, 2**53 + 1, None]
    codes = pd.array(codes, dtype="Int64") if made is pd.DataFrame else codes
    found = estimated(made({"w": [1.0] * 5, "y": [1, 0, 1, 0, 1], "la": codes}), area={"authority": "la"})
    assert [(row.area, row.base, row.value) for row in found] == [
        ("9007199254740992", 2, 100),
        ("9007199254740993", 2, 0),
    ]
