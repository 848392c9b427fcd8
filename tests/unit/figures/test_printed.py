"""Printed figures as estimates: the published grids they must give back, and every row that cannot be."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.figures.printed import from_published
from psaindicators.judgements.movements import compare
from tests.paths import TABLES as DATA

EXACT = 1e-12  # a handful of float operations, relative


def place(indicator: str, table: pd.DataFrame, **more: object) -> psa.Estimates:
    figures = {"area": table["area"], "area_name": table["area_name"], "value": table[indicator], **more}
    return from_published(figures, indicator=indicator, survey="place", wave=2008)


@pytest.fixture(scope="module")
def authorities() -> pd.DataFrame:
    """Place Survey 2008 (revised), Communities and Local Government, April 2009 authorities."""
    return pd.read_csv(DATA / "place_survey_2008_published.csv")


def test_the_scottish_household_survey_grid_of_margins_is_given_back():
    """Scottish Household Survey 2020 (Scottish Government, Open Government Licence): design factor 1.34."""
    grid = pd.read_csv(DATA / "shs_margin_of_error_grid_2020.csv")
    figures = {
        "area": [f"cell {i}" for i in range(len(grid))],
        "value": grid["estimate_pct"],
        "base": grid["sample_size"],
    }
    table = from_published(figures, indicator="ni5", survey="shs", wave=2020, deft=1.34)
    assert len(table) == 646
    np.testing.assert_allclose(table.columns["margin"], grid["moe_95_pct_points"], rtol=EXACT)
    # the exact normal quantile, 1.959964, would be out by 2 in 100,000
    assert not np.allclose(1.959964 * table.columns["se"], grid["moe_95_pct_points"], rtol=1e-6)


def test_value_and_base_by_hand():
    row = from_published([{"area": "a", "value": 20, "base": 400}], indicator="ni4", survey="place", wave=2008)[0]
    assert row.se == pytest.approx(2.0, rel=EXACT)  # 100 sqrt(.2 x .8 / 400)
    assert (row.low, row.high, row.margin) == pytest.approx((16.08, 23.92, 3.92), rel=EXACT)
    assert (row.base, row.deff, row.effective_base) == (400, pytest.approx(1), pytest.approx(400))
    assert (row.method, row.interval, row.df, row.marker) == ("published", "wald", np.inf, "")


def test_the_design_factor_multiplies_the_standard_error_and_its_square_divides_the_base():
    figures = [{"area": "a", "value": 20, "base": 400, "deft": 1.5}, {"area": "b", "value": 20, "base": 400}]
    rows = list(from_published(figures, indicator="ni4", survey="place", wave=2008, deft=2))
    assert [row.se for row in rows] == pytest.approx([3.0, 4.0], rel=EXACT)
    assert [row.effective_base for row in rows] == pytest.approx([400 / 2.25, 100], rel=EXACT)


def test_value_and_margin_by_hand():
    row = from_published({"value": 80, "margin": 1}, indicator="psa21.1", survey="citizenship", wave=2005, by="all")[0]
    assert (row.area, row.low, row.high, row.margin) == ("all", 79, 81, 1)
    assert row.se == pytest.approx(1 / 1.96, rel=EXACT)
    assert np.isnan(row.base)


def test_a_margin_with_a_base_tells_the_design_effect():
    row = from_published(
        [{"area": "a", "value": 50, "base": 100, "margin": 19.6}], indicator="ni4", survey="p", wave=1
    )[0]
    assert (row.se, row.deff, row.effective_base) == pytest.approx((10, 4, 25), rel=EXACT)  # simple: 5 points


def test_an_interval_stays_within_the_scale_but_the_margin_is_as_printed():
    row = from_published([{"area": "a", "value": 5, "base": 50}], indicator="ni4", survey="place", wave=2008)[0]
    margin = 196 * sqrt(0.05 * 0.95 / 50)  # 6.04, so that 5 - 6.04 would be below 0
    assert (row.low, row.high, row.margin) == pytest.approx((0, 5 + margin, margin), rel=EXACT)


def test_none_of_fifty_is_not_an_interval_of_no_width():
    figures = {"area": ["none", "all of them"], "value": [0, 100], "base": [50, 50]}
    none, every = from_published(figures, indicator="ni4", survey="place", wave=2008)
    bound = 100 * (1 - 0.025 ** (1 / 50))  # (1 - p)^50 = 2.5%
    assert (none.low, none.high) == (0, pytest.approx(bound, rel=EXACT))
    assert (every.low, every.high) == (pytest.approx(100 - bound, rel=EXACT), 100)
    assert (none.interval, none.margin) == ("beta", pytest.approx(bound / 2))


def test_rows_that_say_too_little_are_marked():
    figures = {"area": ["a", "b"], "value": [20, None], "base": [None, 300]}
    unsure, absent = from_published(figures, indicator="ni4", survey="place", wave=2008)
    assert (unsure.value, unsure.marker) == (20, "[u]")
    assert absent.marker == "[x]"
    assert np.isnan([unsure.se, unsure.low, absent.value, absent.se, absent.high, absent.df]).all()


def test_another_level_uses_the_normal_quantile():
    figures = [{"area": "a", "value": 20, "base": 400}]
    row = from_published(figures, indicator="ni4", survey="place", wave=2008, level=90)[0]
    assert row.margin == pytest.approx(2 * 1.6448536269514722, rel=EXACT)  # the 95th centile of the normal, any table


@pytest.mark.parametrize("kind", ["pandas", "polars", "csv", "rows", "columns"])
def test_a_table_is_read_from_whatever_holds_it(kind, tmp_path, authorities):
    import polars as pl

    frame = authorities[["area", "ni1"]].rename(columns={"ni1": "value"}).assign(base=1100).head(5)
    path = tmp_path / "place.csv"
    frame.to_csv(path, index=False)
    figures = {
        "pandas": frame,
        "polars": pl.from_pandas(frame),
        "csv": str(path),
        "rows": frame.to_dict("records"),
        "columns": {name: frame[name].tolist() for name in frame},
    }[kind]
    table = from_published(figures, indicator="ni1", survey="place", wave=2008)
    assert table == from_published(frame, indicator="ni1", survey="place", wave=2008)
    assert table[0].area == "E09000001"
    assert table[0].value == 91.6  # City of London


def test_the_352_published_authorities(authorities):
    """At the 1,100 returns an authority had to achieve, the average margin is near the 2.6 that the annex prints."""
    table = place("ni1", authorities, base=[1100] * len(authorities))
    assert len(table) == 352
    assert (table.columns["marker"] == "").all()
    assert 2.3 < table.columns["margin"].mean() < 2.6
    moved = compare(table, table)
    assert set(moved.columns["verdict"]) == {"no reportable change"}
    assert moved.where(area="E09000001")[0].area_name == "City of London"


def test_the_published_authorities_themselves_have_no_base_so_nothing_is_judged(authorities):
    table = place("ni1", authorities, base=[None] * len(authorities))
    assert set(table.columns["marker"]) == {"[u]"}
    assert set(compare(table, table).columns["verdict"]) == {""}


WRONG = {
    "a mistyped column": (
        {"area": ["a"], "val": [5], "bases": [3]},
        [
            "the published figures have no column 'value'; did you mean 'val'? (found: area, val, bases)",
            "the published figures have neither 'base' (respondents) nor 'margin' (the plus or minus); "
            "did you mean 'bases'? (found: area, val, bases); one of them is needed to know what could be chance",
        ],
    ),
    "no area": ({"value": [5], "base": [3]}, ["the published figures have no column 'area' (found: value, base)"]),
    "a marker for a value": (
        {"area": ["a", "b"], "value": ["[c]", 5], "base": [3, 3]},
        ["the published figures' 'value' is not a number: '[c]'; leave an unknown figure blank"],
    ),
    "rows that cannot be": (
        {"area": ["a", "a", None], "value": [5, 101, -1], "base": [0, 3, 2.5], "deft": [1, 0, 1], "margin": [0, 1, 1]},
        [
            "the published figures of ni1: no area in row 3",
            "the published figures of ni1: an area that stands there already in row 2",
            "the published figures of ni1: a value outside 0 to 100 in rows 2, 3",
            "the published figures of ni1: a base that is not a number of respondents in rows 1, 3",
            "the published figures of ni1: a margin that is not above 0 in row 1",
            "the published figures of ni1: a design factor (deft) that is not above 0 in row 2",
        ],
    ),
    "no rows": ({"area": [], "value": [], "base": []}, ["the published figures of ni1 have no row"]),
    "columns of unlike lengths": (
        {"area": ["a"], "value": [5, 6], "base": [3]},
        ["the published figures' columns are of unlike lengths: {'area': 1, 'value': 2, 'base': 1}"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_every_problem_of_a_table_is_told_at_once(case):
    figures, lines = WRONG[case]
    with pytest.raises(psa.SurveyError) as told:
        from_published(figures, indicator="ni1", survey="place", wave=2008)
    assert str(told.value).splitlines() == lines


def test_an_impossible_level_and_an_unknown_indicator_are_told():
    figures = [{"area": "a", "value": 5, "base": 300}]
    with pytest.raises(psa.OptionError, match=r"level is a percentage from 1 to below 100, .* not a share; got 0"):
        from_published(figures, indicator="ni1", survey="place", wave=2008, level=0)
    with pytest.raises(psa.DefinitionError, match="there is no indicator 'ni99'"):
        from_published(figures, indicator="ni99", survey="place", wave=2008)


def test_at_nought_percent_the_design_factor_divides_the_base():
    """0 of 100 with deft 2 is as wide as 0 of 25: 1 - 0.025^(1/25) = 13.7%; 0 of 100 would be 3.6%."""
    row = from_published([{"area": "a", "value": 0, "base": 100}], indicator="ni4", survey="place", wave=2008, deft=2)[
        0
    ]
    assert (row.low, row.high) == (0, pytest.approx(100 * (1 - 0.025 ** (1 / 25)), rel=1e-9))
    assert row.high > 100 * (1 - 0.025 ** (1 / 100))


def test_figures_that_look_like_shares_are_refused_unless_the_unit_is_given():
    """38.1% typed as 0.381 would else be 0.4%."""
    figures, of = [{"area": "a", "value": 0.381, "base": 400}], {"indicator": "ni4", "survey": "place", "wave": 2008}
    with pytest.raises(psa.SurveyError, match=r"all under 1 \(the greatest is 0.381\), so they look like shares"):
        from_published(figures, **of)
    assert from_published(figures, unit="share", **of)[0].value == pytest.approx(38.1)
    assert from_published(figures, unit="percent", **of)[0].value == 0.381
    margins = [{"area": "a", "value": 0.381, "margin": 0.0196}]
    assert from_published(margins, unit="share", **of)[0].se == pytest.approx(1.0)
    with pytest.raises(psa.OptionError, match="unknown unit 'shares': use percent or share; did you mean 'share'"):
        from_published(figures, unit="shares", **of)
