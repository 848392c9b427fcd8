"""Design effects equal R survey 4.5's on every linearised case; Kish's by hand and against its other form."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave
from tests.oracle.cases import data_set, indicator, survey_of, wave_of
from tests.oracle.test_percentages_against_r import EXACT, PROP, PROP_BY, ZERO_SE, close

ROUNDING = 1e-12

FRAME = pd.DataFrame(
    {"w": [1.0, 1, 2, 4, 0, 5], "region": ["a", "a", "b", "b", "b", "c"], "y": [1, 0, 1, 0, 1, 1], "sex": [1, 2] * 3}
)


def wave(**more: Any) -> Wave:
    questions = {"y": Question("y", {"yes": 1, "no": 0}), "sex": Question("sex", {"men": 1, "women": 2})}
    return Wave("case", 2008, "A case", Path("case.toml"), "w", questions, area={"region": "region"}, **more)


def has_effect(expected: dict[str, Any]) -> bool:
    """Whether R's design effect rests on more than rounding: not where nobody or one answered, nor at 0% and 100%."""
    return expected["n"] > 1 and expected["se"] > ZERO_SE


def check(row: Any, expected: dict[str, Any]) -> None:
    if not has_effect(expected):
        assert math.isnan(row.deff) or row.deff < EXACT
        return
    assert close(row.deff, expected["deff_wr"])
    if expected["sumw"] > expected["n"]:
        assert close(row.deff_without, expected["deff"])
    else:
        assert math.isnan(row.deff_without)
    assert close(row.deft, math.sqrt(expected["deff_wr"]))
    assert close(row.effective_base, expected["n"] / expected["deff_wr"])


@pytest.mark.parametrize("case", PROP, ids=lambda case: case["id"])
def test_of_everyone_with_and_without_replacement(case: dict[str, Any]) -> None:
    y = case["args"]["y"]
    check(psa.analysis.design_effects(psa.estimate(survey_of(case, y), indicator(y)))[0], case["result"])


@pytest.mark.parametrize("case", PROP_BY, ids=lambda case: case["id"])
def test_of_domains_with_and_without_replacement(case: dict[str, Any]) -> None:
    y, by = case["args"]["y"], case["args"]["by"]
    rows = psa.analysis.design_effects(psa.estimate(survey_of(case, y, by), indicator(y), by=by))
    assert {row.area for row in rows} == case["result"]["levels"].keys()
    for row in rows:
        check(row, case["result"]["levels"][row.area])


def test_most_cases_have_a_design_effect_to_check() -> None:
    levels = [level for case in PROP_BY for level in case["result"]["levels"].values()]
    results = [case["result"] for case in PROP] + levels
    known = [one for one in results if has_effect(one)]
    assert len(results) == 330
    assert len(known) > 240
    assert all(one["deff"] > 0 and one["deff_wr"] > 0 for one in known)


def test_the_two_differ_by_the_share_of_the_population_asked() -> None:
    """Six of a population of 13 by weight, one without weight: n = 5, so without replacement is 13/8 times with."""
    row = psa.analysis.design_effects(psa.estimate(psa.read_survey(FRAME, wave()), indicator("y")))[0]
    assert (row.base, row.weighted_base) == (5, 13)
    assert row.deff_without == pytest.approx(row.deff * 13 / 8, rel=ROUNDING)
    assert row.deft == pytest.approx(math.sqrt(row.deff), rel=ROUNDING)


def test_a_distribution_has_them_too() -> None:
    table = psa.distribution(psa.read_survey(FRAME, wave()), "y")
    found = psa.analysis.design_effects(table)
    assert [row.answer for row in found] == ["yes", "no"]
    assert found[0].deff == psa.estimate(psa.read_survey(FRAME, wave()), indicator("y"))[0].deff


def test_kish_by_hand() -> None:
    """Region b: weights 2 and 4 (who weighs 0 is no respondent): 2 x 20 / 36 = 10/9. All: 5 x 47 / 169."""
    found = {(row.by, row.area): row for row in psa.analysis.kish(psa.read_survey(FRAME, wave()), by=["all", "region"])}
    assert found["region", "a"].deff == 1
    assert found["region", "b"].deff == pytest.approx(10 / 9, rel=ROUNDING)  # with the one of no weight it is 15/9
    assert found["region", "b"].base == 2
    assert found["all", "all"].deff == pytest.approx(5 * 47 / 169, rel=ROUNDING)
    assert found["all", "all"].effective_base == pytest.approx(169 / 47, rel=ROUNDING)
    assert found["all", "all"].deft == pytest.approx(math.sqrt(5 * 47 / 169), rel=ROUNDING)


def test_kish_is_about_whom_the_figures_are_about() -> None:
    men = wave(include=AnswerIn("sex", frozenset({"men"})))
    row = psa.analysis.kish(psa.read_survey(FRAME, men))[0]
    assert (row.base, row.weighted_base) == (2, 3)
    assert row.deff == pytest.approx(2 * 5 / 9, rel=ROUNDING)


def test_kish_is_one_plus_the_squared_variation_of_weights() -> None:
    """The other form of the rule: 1 + the variance of weights over their squared mean."""
    case = PROP[0]
    weight = data_set("micro")["weight"].to_numpy()
    weight = weight[weight > 0]
    row = psa.analysis.kish(psa.read_survey(data_set("micro"), wave_of(case, "y1")))[0]
    assert row.deff == pytest.approx(1 + np.var(weight) / weight.mean() ** 2, rel=ROUNDING)


def test_weights_that_sum_within_areas_have_a_design_effect_within_them_only() -> None:
    """Scaled within each of three areas of unlike samples, the weights of all would differ by area for no reason."""
    within = wave(weight_sums_to="area")
    survey = psa.read_survey(FRAME, within)
    with pytest.raises(
        psa.DesignError, match=r"a design effect of weights by 'all' over several .* take one region at"
    ):
        psa.analysis.kish(survey)
    with pytest.raises(psa.DesignError, match="by 'sex' over several would count each by its sample"):
        psa.analysis.kish(survey, by=["region", "sex"])
    plain = psa.analysis.kish(psa.read_survey(FRAME, wave()), by="region*sex")
    assert psa.analysis.kish(survey, by="region*sex") == plain
    alone = psa.analysis.kish(psa.read_survey(FRAME[FRAME["region"] == "b"], within))[0]
    assert alone.deff == pytest.approx(10 / 9, rel=ROUNDING)


def test_a_breakdown_that_is_not_there_is_told() -> None:
    with pytest.raises(psa.DefinitionError, match="did you mean 'region'"):
        psa.analysis.kish(psa.read_survey(FRAME, wave()), by="regin")
