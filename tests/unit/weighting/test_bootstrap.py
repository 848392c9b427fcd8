"""Rescaled bootstrap weights: what each replicate keeps exactly, and the linearised error within the draw's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.waves import Question, Wave
from tests.oracle.cases import data_set, indicator

ROUNDING = 1e-12
MANY = 4000
FOUR_ERRORS = 4 / np.sqrt(2 * MANY)
"""Four Monte Carlo errors of a standard error made from MANY replicates, relative: each is about 1/sqrt(2 R)."""

FRAME = pd.DataFrame(
    {"w": [3.0, 3, 3, 3, 5, 5, 5], "h": list("aaaabbb"), "u": [1, 1, 2, 3, 1, 2, 2], "N": [6.0] * 4 + [4.0] * 3}
)


OF_MICRO: dict[str, Any] = {"weight": "weight", "questions": {"y1": Question("y1", {"yes": 1, "no": 0})}}


def wave(**design: Any) -> Wave:
    return Wave("case", 2008, "A case", Path("case.toml"), "w", {"y": Question("y", {"yes": 1, "no": 0})}, **design)


def survey(**design: Any) -> psa.Survey:
    return psa.read_survey(FRAME.assign(y=1), wave(**design))


def test_a_psu_is_drawn_a_whole_number_of_times_and_n_less_one_are_drawn_of_a_stratum() -> None:
    """Factors are r n/(n - 1): of stratum a (3 PSUs) r is 0, 1 or 2 and adds to 2, of b (2 PSUs) 0 or 1, to 1."""
    made = psa.weighting.bootstrap_weights(survey(stratum="h", psu=("u",)), 50, seed=1)
    drawn = made.weights / FRAME["w"].to_numpy() / np.array([3 / 2] * 4 + [2] * 3)
    np.testing.assert_allclose(drawn, np.round(drawn), atol=ROUNDING)
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])  # one PSU
    np.testing.assert_array_equal(drawn[:, 5], drawn[:, 6])
    np.testing.assert_allclose(drawn[:, [0, 2, 3]].sum(axis=1), 2)
    np.testing.assert_allclose(drawn[:, [4, 5]].sum(axis=1), 1)


def test_every_replicate_keeps_the_sum_of_equal_weights_of_a_stratum() -> None:
    """Without PSUs each respondent is one: 4 x 3 = 12 and 3 x 5 = 15, with a population count as without."""
    for design in ({}, {"fpc": ("N",)}):
        made = psa.weighting.bootstrap_weights(survey(stratum="h", **design), 20, seed=1)
        np.testing.assert_allclose(made.weights[:, :4].sum(axis=1), 12, rtol=ROUNDING)
        np.testing.assert_allclose(made.weights[:, 4:].sum(axis=1), 15, rtol=ROUNDING)
        assert (made.weights >= 0).all()


def test_the_mean_of_the_replicates_is_the_weight() -> None:
    """A factor has the variance 1/n x (1 - 1/n) (n - 1) (n/(n - 1))^2 = 1, so its mean has 1/R."""
    made = psa.weighting.bootstrap_weights(survey(stratum="h"), MANY, seed=1)
    factors = made.weights / FRAME["w"].to_numpy()
    np.testing.assert_allclose(factors.mean(axis=0), 1, atol=4 / np.sqrt(MANY))
    np.testing.assert_allclose(factors.var(axis=0), 1, atol=0.2)  # (n - 1)/n, were m the same n


def test_a_population_count_shrinks_the_spread_by_the_share_not_drawn() -> None:
    """Stratum a draws 4 of 6, b 3 of 4: factors keep 1/3 and 1/4 of their variance."""
    without, with_count = (
        psa.weighting.bootstrap_weights(survey(stratum="h", **design), 30, seed=1).weights / FRAME["w"].to_numpy() - 1
        for design in ({}, {"fpc": ("N",)})
    )
    np.testing.assert_allclose(with_count[:, :4], np.sqrt(1 / 3) * without[:, :4], atol=ROUNDING)
    np.testing.assert_allclose(with_count[:, 4:], np.sqrt(1 / 4) * without[:, 4:], atol=ROUNDING)


def test_a_stratum_taken_whole_does_not_vary() -> None:
    frame = FRAME.assign(y=1, N=[4.0] * 4 + [30.0] * 3)
    made = psa.weighting.bootstrap_weights(psa.read_survey(frame, wave(stratum="h", fpc=("N",))), 10, seed=1)
    np.testing.assert_allclose(made.weights[:, :4], 3, rtol=ROUNDING)


def test_the_same_seed_makes_the_same_weights() -> None:
    first, again, other = (
        psa.weighting.bootstrap_weights(survey(stratum="h"), 5, seed=seed).weights for seed in (7, 7, 8)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def micro(**design: Any) -> tuple[pd.DataFrame, Wave]:
    """The strata of the data that have more than one PSU: all but the last two."""
    frame = data_set("micro").query("stratum < 11")[["stratum", "psu", "N_psu", "weight", "y1"]]
    return frame.reset_index(drop=True), replace(wave(stratum="stratum", psu=("psu",), **design), **OF_MICRO)


@pytest.mark.parametrize("fpc", [(), ("N_psu",)])
def test_standard_errors_are_the_linearised_ones_within_the_draws_error(fpc: tuple[str, ...]) -> None:
    """Of a total, whose bootstrap variance is the linearised one but for the draw; and of a percentage."""
    frame, design = micro(fpc=fpc)
    survey = psa.read_survey(frame, design)
    made = psa.weighting.bootstrap_weights(survey, MANY, seed=20081103)
    yes, answered = (made.weights @ held.to_numpy(dtype=float) for held in (frame["y1"] == 1, frame["y1"].notna()))
    total = psa.total(survey, where={"question": "y1", "in": ["yes"]})[0]
    assert np.std(yes, ddof=1) == pytest.approx(total.se, rel=FOUR_ERRORS)
    share = psa.estimate(survey, indicator("y1"))[0]
    assert np.std(100 * yes / answered, ddof=1) == pytest.approx(share.se, rel=FOUR_ERRORS)


def test_estimates_are_made_with_them() -> None:
    """400 replicates: the same percentage, df (PSUs less strata is the rank less 1) and, nearly, the same error."""
    frame, design = micro()
    taylor = psa.read_survey(frame, design)
    made = psa.weighting.bootstrap_weights(taylor, 400, seed=20081103)
    assert (made.scale, made.rscales.shape) == (1 / 399, (400,))
    declared = replace(made.declared, columns=("rw*",))
    replicated = psa.read_survey(
        pd.concat([frame, made.to_frame()], axis=1), replace(design, stratum=None, psu=(), replicates=declared)
    )
    linearised, resampled = (psa.estimate(one, indicator("y1"))[0] for one in (taylor, replicated))
    assert resampled.value == pytest.approx(linearised.value, rel=ROUNDING)
    assert resampled.df == linearised.df
    assert resampled.se == pytest.approx(linearised.se, rel=4 / np.sqrt(2 * 400))
    assert resampled.method == "replicate weights, bootstrap"


def test_what_cannot_be_resampled_is_told() -> None:
    with pytest.raises(psa.OptionError, match="from 2 to 100,000"):
        psa.weighting.bootstrap_weights(survey(stratum="h"), 1, seed=1)
    with pytest.raises(psa.DesignError, match="single PSU: 1"):
        psa.weighting.bootstrap_weights(
            psa.read_survey(FRAME.assign(y=1, h=[1, *"aaabbb"]), wave(stratum="h")), 10, seed=1
        )
    made = psa.weighting.bootstrap_weights(survey(stratum="h"), 10, seed=1)
    again = psa.read_survey(FRAME.assign(y=1).join(made.to_frame()), wave(replicates=made.declared))
    with pytest.raises(psa.DesignError, match="replicate weights already"):
        psa.weighting.bootstrap_weights(again, 10, seed=1)
