"""Replicate weights: scales, degrees of freedom, jackknife weights and messages, by hand and against R survey."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.wave_files import load_waves
from psaindicators.definitions.waves import Question, Replicates, Wave
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.replicates import (
    ReplicateRule,
    ReplicateWeights,
    replicate_df,
    replicate_variance as variance,
)
from psaindicators.survey.replication import replicate_rule
from psaindicators.weighting.jackknife import jackknife_weights
from tests.oracle.cases import FOLDER, data_set, indicator

HELD = 1e-8  # the replicate weights of the reference files are written to eight decimals
ROUNDING = 1e-12

PAIRS = pd.DataFrame(
    {"w": [1.0, 1.0, 1.0, 1.0], "h": ["a", "a", "b", "b"], "y": [1, 0, 1, 1]},
)


def wave(**design):
    questions = {"y": Question("y", {"yes": 1, "no": 0})}
    return Wave("case", 2008, "A case", Path("case.toml"), "w", questions, **design)


def rule(kind, n=4, **given):
    return replicate_rule(Replicates(("rw*",), kind, **given), np.ones(3), np.ones((n, 3)))


@pytest.mark.parametrize(
    ("kind", "scale"),
    [("BRR", 1 / 4), ("JK1", 3 / 4), ("bootstrap", 1 / 3), ("SDR", 4 / 4)],
)
def test_each_kind_has_its_scale(kind, scale):
    assert rule(kind).scale == scale
    assert rule(kind).rscales.tolist() == [1, 1, 1, 1]


def test_fay_divides_by_the_square_of_what_is_left_of_the_weight():
    assert rule("Fay", rho=0.5).scale == 1 / (4 * 0.25)  # BRR's 1/4 would be four times too small
    with pytest.raises(psa.DesignError, match="rho"):
        rule("Fay")


def test_a_stated_scale_stands():
    assert rule("bootstrap", scale=0.25).scale == 0.25
    assert rule("JKn", rscales=(0.5, 0.5, 0.5, 0.5)).scale == 1


def test_jkn_reads_its_rscales_off_the_weights():
    """Two strata, of two and of three PSUs: rscales 1/2, 1/2, 2/3, 2/3, 2/3."""
    weight = np.array([10.0, 10, 4, 4, 4])
    weights = weight * np.array(
        [[0, 2, 1, 1, 1], [2, 0, 1, 1, 1], [1, 1, 0, 1.5, 1.5], [1, 1, 1.5, 0, 1.5], [1, 1, 1.5, 1.5, 0]]
    )
    found = replicate_rule(Replicates(("rw*",), "JKn"), weight, weights)
    np.testing.assert_allclose(found.rscales, [1 / 2, 1 / 2, 2 / 3, 2 / 3, 2 / 3])
    weights[2, 4] *= 1.1
    with pytest.raises(psa.DesignError, match="JKn needs rscales"):
        replicate_rule(Replicates(("rw*",), "JKn"), weight, weights)


def test_rscales_are_as_many_as_the_replicates():
    with pytest.raises(psa.DesignError, match="4 replicate weights, but 2 rscales"):
        rule("JKn", rscales=(0.5, 0.5))


def test_the_mean_and_the_figure_are_different_centres():
    """Replicates 1, 2, 6 of a figure 2: about their mean 3 the squares add to 14, about the figure to 17."""
    thetas, figure = np.array([1.0, 2, 6]), np.array(2.0)
    ones = np.ones(3)
    assert variance(thetas, figure, ReplicateRule(0.5, ones, False)) == 7
    assert variance(thetas, figure, ReplicateRule(0.5, ones, True)) == 8.5


def test_a_replicate_with_no_rscale_stays_out_of_the_centre():
    """Replicates 1, 2, 6 with rscales 1, 1, 0: centre 1.5 (not 3), squares 0.25 + 0.25 (not 4 + 1)."""
    found = variance(np.array([1.0, 2, 6]), np.array(2.0), ReplicateRule(1.0, np.array([1.0, 1, 0]), False))
    assert found == 0.5


def test_what_a_replicate_without_the_domain_would_add_is_made_up_for():
    """(1 - 2)^2 + (3 - 2)^2 = 2 from two of three: 2 x 3/2 = 3. Left out, as in R, it is a third less."""
    thetas = np.array([1.0, np.nan, 3])
    assert variance(thetas, np.array(2.0), ReplicateRule(1.0, np.ones(3), False)) == 3
    assert variance(thetas, np.array(2.0), ReplicateRule(1.0, np.array([1.0, 0, 1]), False)) == 2  # it adds nothing
    assert math.isnan(variance(np.full(3, np.nan), np.array(2.0), ReplicateRule(1.0, np.ones(3), False)))


def test_a_figure_of_which_replicates_lose_more_than_a_tenth_is_marked():
    """Group a is PSU 1 alone, which one of four bootstrap replicates leaves out; the others are in every one."""
    psu, y = np.repeat([1, 2, 3], 5), [1, 0, 1, 0, 1] * 3  # five people each: fewer are marked for that
    frame = pd.DataFrame({"w": 1.0, "psu": psu, "y": y, "group": list("aaaaabbbbbbbbbb")})
    draws = {"rw1": [0, 2, 1], "rw2": [1, 0, 2], "rw3": [2, 1, 0], "rw4": [1, 1, 1]}
    columns = {name: np.repeat(drawn, 5).astype(float) for name, drawn in draws.items()}
    questions = {"y": Question("y", {"yes": 1, "no": 0})}
    declared = Replicates(("rw*",), "bootstrap")
    one = Wave("case", 2008, "A case", None, "w", questions, area={"group": "group"}, replicates=declared)
    found = psa.estimate(psa.read_survey(frame.assign(**columns), one), indicator("y"), by=["group", "all"])
    assert {row.area: row.marker for row in found} == {"a": "[u]", "b": "", "all": ""}
    assert found.where(area="a")[0].low > 0  # still shown


def paired(weight):
    """Two strata of a pair of PSUs, two people each: JK2 leaves one PSU of each pair out and doubles the other."""
    kept = np.array([[0, 0, 2, 2, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0, 2, 2]], dtype=float)
    return weight * kept


def test_one_replicate_for_a_pair_of_psus_is_jk2_and_not_jkn():
    """theta 4, 5, with one replicate a pair: JK2 adds each square, JKn (for two a pair) half of each: sqrt(2) less."""
    weight = np.array([1.0, 2, 1, 1, 3, 1, 1, 1])
    with pytest.raises(psa.DesignError) as told:
        replicate_rule(Replicates(("rw*",), "JKn"), weight, paired(weight))
    assert str(told.value) == (
        "JKn weights leave out each unit of a stratum in turn, but 2 of 2 strata have one replicate for a pair of "
        "units: say kind = 'JK2' where each stratum is such a pair, or give the rscales that the file's documents state"
    )
    found = replicate_rule(Replicates(("rw*",), "JK2"), weight, paired(weight))
    assert (found.scale, found.rscales.tolist()) == (1, [1, 1])
    assert variance(np.array([4.0, 5]), np.array(4.5), replace(found, mse=True)) == 0.5  # JKn's would be 0.25
    both = np.concatenate([paired(weight), weight * (2 - paired(weight) / weight)])
    assert replicate_rule(Replicates(("rw*",), "JKn"), weight, both).rscales.tolist() == [0.5] * 4
    stated = Replicates(("rw*",), "JKn", rscales=(1.0, 1.0))
    assert replicate_rule(stated, weight, paired(weight)).rscales.tolist() == [1, 1]


def test_a_stratum_of_three_with_two_replicates_is_refused():
    weight = np.ones(6)
    kept = np.array([[0, 0, 1.5, 1.5, 1.5, 1.5], [1.5, 1.5, 0, 0, 1.5, 1.5]])
    with pytest.raises(psa.DesignError, match=r"1 of 1 strata have 2 replicates for 3 units: give the rscales"):
        replicate_rule(Replicates(("rw*",), "JKn"), weight, kept)


def test_df_is_the_rank_less_one():
    """Four respondents in two PSUs have two distinct rows of replicate weights: rank 2, df 1 (not 4 - 1 or 3 - 1)."""
    weights = ReplicateWeights.of(np.array([[0.0, 0, 2, 2], [4, 6, 0, 0], [2, 3, 1, 1]]))
    everyone = Codes(("all",), np.zeros(4, dtype=np.intp))
    bases = np.array([[True, True, True, True], [True, True, False, False], [False] * 4])
    assert replicate_df(weights, bases, everyone)[:, 0].tolist() == [1, 0, 0]


def test_df_of_many_respondents_is_that_of_numpys_rank():
    """Full and short ranks, more and fewer respondents than replicates; the reference is numpy's own rank."""
    rng = np.random.default_rng(5)
    short = rng.uniform(0.5, 2, (300, 12)) @ rng.uniform(0.5, 2, (12, 40))
    weights = ReplicateWeights.of(np.vstack([short, rng.uniform(0.5, 2, (200, 40))]).T)
    domain = Codes(("short", "full", "few"), np.repeat([0, 1, 2], [300, 180, 20]))
    bases = rng.random((3, 500)) < 0.9
    found = replicate_df(weights, bases, domain)
    for i, base in enumerate(bases):
        for j in range(3):
            rows = base & (domain.positions == j)
            assert found[i, j] == np.linalg.matrix_rank(weights.weights[:, rows], rtol=1e-7) - 1


def test_replicate_weights_take_the_place_of_the_design():
    """Two strata of two; JKn by hand: the stratum of the second pair does not vary.

    y = 1, 0 | 1, 1. Leaving out the first of stratum a: (2 x 0 + 1 + 1) / 4 = 1/2; the second: (2 + 2) / 4 = 1; either
    of stratum b: 3/4. About their mean 3/4: 1/2 x (1/16 + 1/16) = 1/16, so the standard error is 25 points. Columns
    r1 + r2 = r3 + r4, so the rank is 3 and df 2, PSUs less strata.
    """
    frame = PAIRS.assign(r1=[0, 2, 1, 1], r2=[2, 0, 1, 1], r3=[1, 1, 0, 2], r4=[1, 1, 2, 0])
    survey = psa.read_survey(frame, wave(replicates=Replicates(("r?",), "JKn")))
    row = psa.estimate(survey, indicator("y"))[0]
    assert (row.value, row.se, row.df) == (75, 25, 2)
    assert (row.strata, row.psus, row.method) == (0, 0, "replicate weights, JKn")


def test_jackknife_of_the_same_pairs_is_the_linearised_variance():
    """In a design of equal pairs the two agree: sqrt(1/16) again."""
    taylor = psa.read_survey(PAIRS, wave(stratum="h"))
    made = jackknife_weights(taylor)
    assert made.kind == "JKn"
    assert made.rscales.tolist() == [0.5] * 4
    survey = psa.read_survey(PAIRS.join(made.to_frame()), wave(replicates=made.declared))
    assert psa.estimate(survey, indicator("y"))[0].se == pytest.approx(25, rel=ROUNDING)
    assert psa.estimate(taylor, indicator("y"))[0].se == pytest.approx(25, rel=ROUNDING)


@pytest.mark.parametrize(("kind", "stratum"), [("JK1", None), ("JKn", "stratum")])
def test_jackknife_weights_equal_those_of_r(kind, stratum):
    design = replace(wave(psu=("psu",), stratum=stratum), weight="weight", questions={})
    made = jackknife_weights(psa.read_survey(data_set("brr"), design))
    theirs = pd.read_csv(FOLDER / f"rep_{kind}.csv").to_numpy().T
    assert made.kind == kind
    assert made.weights.shape == theirs.shape
    order, their_order = (np.lexsort(np.round(weights, 4).T) for weights in (made.weights, theirs))
    np.testing.assert_allclose(made.weights[order], theirs[their_order], rtol=HELD)
    n = len(theirs)
    expected = ((n - 1) / n, 1.0) if kind == "JK1" else (1.0, 0.5)
    assert (made.scale, made.rscales[0]) == expected


def test_jackknife_with_a_population_count_is_smaller_by_what_was_sampled():
    """Two of eight in stratum a, two of two in b: (1 - 1/4) / 2, and 0."""
    frame = PAIRS.assign(N=[8, 8, 2, 2])
    made = jackknife_weights(psa.read_survey(frame, wave(stratum="h", fpc=("N",))))
    assert made.rscales.tolist() == [0.375, 0.375, 0, 0]


def test_jackknife_needs_two_psus_in_each_stratum():
    lonely = PAIRS.assign(h=["a", "a", "b", "c"])
    with pytest.raises(psa.DesignError, match="2 of 3 strata have a single PSU"):
        jackknife_weights(psa.read_survey(lonely, wave(stratum="h")))


def test_replicate_columns_that_are_not_there_are_named():
    with pytest.raises(psa.SurveyError, match=r"no variable 'rw\*', named as a replicate weight"):
        psa.read_survey(PAIRS, wave(replicates=Replicates(("rw*",), "BRR")))


def test_a_missing_replicate_weight_is_told_with_its_row():
    frame = PAIRS.assign(rw1=[1.0, np.nan, 1, 1], rw2=1.0)
    with pytest.raises(psa.SurveyError, match=r"'rw1' is missing or not a number in row 2"):
        psa.read_survey(frame, wave(replicates=Replicates(("rw*",), "BRR")))


def test_a_wave_declares_them_in_toml(tmp_path):
    text = """
    survey = "case"
    title = "A case"
    [2008]
    weight = "w"
    replicates = { columns = "rw*", kind = "Fay", rho = 0.3, mse = true }
    [2008.questions.y]
    variable = "y"
    answers = { yes = 1, no = 0 }
    """
    path = tmp_path / "case.toml"
    path.write_text(text)
    assert load_waves(path)[2008].replicates == Replicates(("rw*",), "Fay", rho=0.3, mse=True)
    path.write_text(text.replace("rho = 0.3", "rscales = [1, 'x'], rho = 2, scale = -1"))
    with pytest.raises(psa.DefinitionError) as told:
        load_waves(path)
    for part in ("rscales: must be a list of numbers", "scale: must be above 0", "rho: must be from 0 to below 1"):
        assert f"2008.replicates.{part}" in str(told.value)
    path.write_text(text.replace("rho = 0.3, ", ""))
    with pytest.raises(psa.DefinitionError, match="Fay's method needs rho"):
        load_waves(path)
