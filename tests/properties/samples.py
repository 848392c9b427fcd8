"""Small random surveys: strata of PSUs, weights (some zero), a yes or no with gaps, areas that cut across PSUs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave

WAVE = Wave(
    survey="drawn",
    year=2008,
    title="Drawn at random",
    path=Path(__file__),
    weight="weight",
    stratum="stratum",
    psu=("psu",),
    lonely_psu="centre",
    area={"area": "area"},
    questions={"agree": Question("agree", {"yes": 1, "no": 2, "dont_know": 3})},
)

REAL = ("value", "se", "low", "high", "margin", "deff", "effective_base")
COUNTS = ("base", "df", "strata", "psus", "interval", "marker")

ROWS = st.tuples(
    st.integers(1, 3),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.25, 1.0, 1.5, 3.0, 7.0]),
    st.sampled_from([1, 2, 3, None]),
    st.sampled_from(["north", "south", "west"]),
)


@st.composite
def frames(draw: st.DrawFn, least: int = 3, most: int = 40) -> pd.DataFrame:
    """Respondents with at least one positive weight."""
    rows = draw(st.lists(ROWS, min_size=least, max_size=most).filter(lambda rows: any(row[2] for row in rows)))
    return pd.DataFrame(rows, columns=["stratum", "psu", "weight", "agree", "area"]).astype({"agree": "Int64"})


def indicator(*numerator: str) -> Indicator:
    """The percentage who gave one of these answers, of those who said yes or no."""
    yes_or_no = AnswerIn("agree", frozenset({"yes", "no"}))
    definition = Definition(2000, AnswerIn("agree", frozenset(numerator)), yes_or_no)
    return Indicator("agree", "Agree", "higher", "by hand", "confirmed", {}, (definition,))


YES, NO = indicator("yes"), indicator("no")


def estimated(frame: pd.DataFrame, one: Indicator = YES, **options: object) -> psa.Estimates:
    return psa.estimate(psa.read_survey(frame, WAVE), one, **options)  # type: ignore[arg-type]


def same(left: object, right: object, tolerance: float) -> bool:
    """Whether two columns of figures are equal, a missing one to a missing one; absolute, in points."""
    return bool(np.allclose(left, right, rtol=tolerance, atol=100 * tolerance, equal_nan=True))  # type: ignore[arg-type]
