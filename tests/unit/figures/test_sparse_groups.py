"""A group found in few PSUs: a standard error wherever the design gives one, and whose degrees of freedom it has."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import psaindicators as psa
from psaindicators.definitions.waves import Question, Wave
from tests.oracle.cases import indicator

ROUNDING = 1e-12
QUESTIONS = {"y": Question("y", {"yes": 1, "no": 0}), "group": Question("group", {"in": 1, "out": 0})}
WAVE = Wave("case", 2008, "A case", Path("case.toml"), "w", QUESTIONS, stratum="h", psu=("psu",))
FRAME = pd.DataFrame(
    {
        "h": np.repeat([1, 2], [8, 4]),
        "psu": [1, 1, 2, 2, 3, 3, 4, 4, 1, 1, 2, 2],
        "group": [1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0],
        "y": [1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1],
        "w": 1.0,
    }
)
"""Two strata of 4 and 2 PSUs; the group of four lies in two PSUs of the first and one of the second."""


def row(df: str, **more: object):
    table = psa.estimate(psa.read_survey(FRAME, WAVE), indicator("y"), by="group", df=df, **more)
    return table.where(area="in")[0]


def test_the_standard_error_by_hand_is_the_same_whosever_the_df() -> None:
    """2 of 4 say yes. z = (y - 1/2) / 4 of a PSU: 0, 1/8 | -1/8, others 0: 4/3 (1/64 - 1/256) + 2 (1/64 - 1/128)."""
    v = 4 / 3 * (1 / 64 - 1 / 256) + 2 * (1 / 64 - 1 / 128)
    for df, expected in (("domain", 1), ("strata", 4), ("design", 4), ("normal", math.inf)):
        found = row(df, interval="logit")
        assert (found.value, found.df, found.marker) == (50, expected, "[u]")  # of four
        assert found.se == pytest.approx(100 * math.sqrt(v), rel=ROUNDING)
        reach = stats.t.ppf(0.975, expected) * math.sqrt(v) / 0.25  # log odds are 0
        assert found.high == pytest.approx(100 / (1 + math.exp(-reach)), rel=1e-9)


def test_where_the_base_has_no_df_of_its_own_it_has_those_of_its_strata() -> None:
    """One in each stratum, a yes and a no: z = +-1/4, v = 4/3 (1/16 - 1/64) + 2 (1/16 - 1/32); 2 PSUs less 2 strata."""
    survey = psa.read_survey(FRAME.assign(group=np.isin(np.arange(12), [0, 8]).astype(int)), WAVE)
    asked = {
        df: psa.estimate(survey, indicator("y"), by="group", df=df).where(area="in")[0] for df in ("domain", "strata")
    }
    v = 4 / 3 * (1 / 16 - 1 / 64) + 2 * (1 / 16 - 1 / 32)
    assert asked["domain"].se == asked["strata"].se == pytest.approx(100 * math.sqrt(v), rel=ROUNDING)
    assert (asked["domain"].df, asked["domain"].marker) == (0, "[u]")
    assert math.isnan(asked["domain"].low)
    assert (asked["strata"].df, asked["strata"].low > 0) == (4, True)


def test_no_standard_error_where_the_bases_strata_have_no_more_psus_than_they_are() -> None:
    lone = psa.read_survey(FRAME[FRAME["psu"] == 1], replace(WAVE, lonely_psu="certainty"))
    found = psa.estimate(lone, indicator("y"), df="normal")[0]
    assert (found.value, found.df, found.marker) == (pytest.approx(100 / 2), 0, "[u]")
    assert math.isnan(found.se)


def test_the_total_of_a_group_has_the_df_of_its_strata() -> None:
    """20 strata of 2 PSUs of ten people, five of them of one PSU of each stratum in the group: 100 people.

    PSU totals 5 and 0: v = 20 x 2 (25 - 12.5) = 500. The strata have 40 - 20 = 20 df; the base's own PSUs none.
    """
    frame = pd.DataFrame({"h": np.repeat(np.arange(20), 20), "psu": np.tile(np.repeat([1, 2], 10), 20), "w": 1.0})
    frame["group"] = np.tile(np.r_[np.ones(5), np.zeros(15)], 20).astype(int)
    survey = psa.read_survey(frame.assign(y=1), WAVE)
    found = {df: psa.total(survey, where={"question": "group", "in": ["in"]}, df=df)[0] for df in ("domain", "strata")}
    assert found["strata"].value == 100
    assert found["strata"].se == found["domain"].se == pytest.approx(math.sqrt(500), rel=ROUNDING)
    assert found["strata"].margin == pytest.approx(stats.t.ppf(0.975, 20) * math.sqrt(500), rel=ROUNDING)
    assert math.isnan(found["domain"].margin)


def test_a_total_of_one_psu_and_a_few_more_is_not_six_times_too_wide() -> None:
    """Two of ten PSUs hold the group, 10 people each: v = 10/9 (200 - 40) = 177.8, so 20 +- 30 on 9 df.

    The base's own two PSUs have 1 df: +- 169, for a group of which a fifth of the PSUs were found to have ten each.
    """
    frame = pd.DataFrame({"h": 1, "psu": np.repeat(np.arange(10), 10), "w": 1.0, "y": 1})
    survey = psa.read_survey(frame.assign(group=(frame["psu"] < 2).astype(int)), WAVE)
    found = {df: psa.total(survey, where={"question": "group", "in": ["in"]}, df=df)[0] for df in ("domain", "strata")}
    se = math.sqrt(10 / 9 * (200 - 40))
    assert found["strata"].value == 20
    assert found["strata"].margin == pytest.approx(stats.t.ppf(0.975, 9) * se, rel=ROUNDING)
    assert round(found["strata"].margin) == 30
    assert round(found["domain"].margin) == 169


def test_the_mean_of_a_base_in_one_psu_shows_no_spread() -> None:
    """z adds to 0 in that PSU whoever answered what: an interval of no width would be a false certainty."""
    frame = FRAME.assign(hours=[3.0, 5, *[np.nan] * 10])
    survey = psa.read_survey(frame, replace(WAVE, questions=QUESTIONS | {"hours": Question("hours", {})}))
    found = psa.mean(survey, "hours")[0]
    assert (found.value, found.base, found.se, found.marker) == (4, 2, 0, "[u]")  # 0 is what the design gives
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert psa.total(survey, "hours")[0].se > 0  # but a total varies with whether that PSU is drawn
