"""Movements: the annex's minima, a published verdict, R's two waves, what is marked, adjusted and refused."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st
from scipy import stats

import psaindicators as psa
from psaindicators.definitions.indicators import Definition
from psaindicators.definitions.rules import AnswerIn
from psaindicators.figures.printed import from_published
from psaindicators.judgements.movements import Movements, compare
from tests.comparing import EXACT, HIGHER, LOWER, ROUNDING, cases, figures, national, one, two_waves
from tests.oracle.cases import indicator
from tests.yes_no import yes_of

# The worked figures


@pytest.mark.parametrize(("margin", "points"), [(1.0, 1.4), (2.6, 3.7), (3.0, 4.2)])
def test_the_annex_s_minimum_movements_are_sqrt_2_times_its_margins(margin, points):
    """PSA Delivery Agreement 21, Annex A: the Citizenship Survey's margin of 1 with a minimum of 2 (1.4 rounded up);
    the Place Survey's 2.6 with "3-4", and 3 with "about 4"."""
    row = one((50, margin), (50, margin), minimum="computed")
    assert row.minimum == pytest.approx(sqrt(2) * margin, rel=ROUNDING)  # the margin itself would be too little
    assert round(row.minimum, 1) == points


def test_a_fall_of_1_7_where_2_2_was_needed_is_no_reportable_change():
    """Satisfied with the area: 81.5% (Citizenship Survey 2008-09), 79.8% (April-June 2009), 2.2 points needed as
    officials told Parliament: with a margin of 1, the quarter's must have been sqrt(2.2^2 - 1)."""
    quarter = sqrt(2.2**2 - 1)
    for minimum in (2.2, "computed"):
        row = one((81.5, 1.0), (79.8, quarter), minimum=minimum)
        assert row.change == pytest.approx(-1.7, rel=1e-9)
        assert row.minimum == pytest.approx(2.2, rel=ROUNDING)
        assert (row.verdict, row.significant) == ("no reportable change", False)
    assert one((81.5, 1.0), (79.8, 1.0), minimum="computed").verdict == "declined"  # as if the quarter were a year


def test_the_printed_minimum_is_for_the_national_row_only():
    """Two points are the annex's for the Citizenship Survey's national figure at 95%, and for no other row."""
    row = one((80, 1), (81.9, 1))
    assert (row.minimum, row.minimum_source) == (2.0, "published for the national row of citizenship")
    assert (row.significant, row.verdict) == (True, "no reportable change")
    region = compare(
        *(
            figures([("london", 80, 2.5)], of="psa21.1", survey="citizenship", wave=year, by="region")
            for year in (2007, 2008)
        )
    )[0]
    assert region.minimum == pytest.approx(2.5 * sqrt(2))
    assert region.minimum_source == (
        "computed from the standard error of the change: the published 2 points are for the national row of "
        "citizenship at 95%"
    )
    ninety = compare(*(replace_level(national(80, 1), 90) for _ in range(2)))[0]
    assert ninety.minimum_source.startswith("computed")
    own = compare(*(national(80, 1, survey="council", wave=year) for year in (2007, 2008)))[0]
    assert own.minimum_source == "computed from the standard error of the change"
    assert one((80, 1), (80, 1), minimum="computed").minimum_source == "computed from the standard error of the change"


def replace_level(table, level):
    return replace(table, columns={**table.columns, "level": np.full(len(table), float(level))})


def test_at_least_two_points_is_met_by_32_3_less_30_3():
    assert 32.3 - 30.3 < 2  # in floats
    assert one((30.3, 1), (32.3, 1)).verdict == "improved"
    assert one((30.3, 1), (32.29, 1)).verdict == "no reportable change"


def test_a_change_that_reaches_a_printed_minimum_without_being_significant_is_no_change():
    """80 +- 3 to 82 +- 3 reaches the printed 2 points, but 3 sqrt(2) = 4.24 are needed to be significant."""
    for earlier, later in (((80, 3), (82, 3)), ((82, 3), (80, 3))):
        row = one(earlier, later)
        assert (row.verdict, row.significant, row.minimum) == ("no reportable change", False, 2.0)
        assert row.note == "reaches the minimum but is not significant at 95%"
    given = one((80, 3), (82, 3), minimum=1.5)
    assert (given.verdict, given.note) == ("no reportable change", row.note)
    assert one((80, 3), (84.3, 3)).verdict == "improved"  # both
    assert one((80, 0.5), (81.9, 0.5)).significant  # significant, but under the printed 2 points
    assert one((80, 0.5), (81.9, 0.5)).verdict == "no reportable change"


def test_lower_is_better_where_the_indicator_says_so():
    before, after = (figures([("a", value, 2)], of=LOWER, wave=year) for value, year in ((30, 2008), (25, 2010)))
    row = compare(before, after)[0]
    assert (row.better, row.change, row.verdict) == ("lower", -5, "improved")
    assert compare(replace_year(after, 2008), replace_year(before, 2010))[0].verdict == "declined"


def replace_year(table, year):
    return replace(table, columns={**table.columns, "wave": np.full(len(table), year)})


def test_published_figures_take_1_96_and_estimates_student_s_t():
    row = one((30, 1.96), (33, 1.96))
    assert (row.se, row.low, row.high, row.df) == (
        pytest.approx(sqrt(2)),
        pytest.approx(3 - 1.96 * sqrt(2)),
        pytest.approx(3 + 1.96 * sqrt(2)),
        inf,
    )
    assert row.p_value == pytest.approx(2 * stats.norm.sf(3 / sqrt(2)), rel=1e-9)
    estimated = [
        replace(
            national(30, 1.96, wave=year),
            columns={
                **national(30, 1.96, wave=year).columns,
                "df": np.array([df]),
                "method": np.array(["linearised"], dtype=object),
            },
        )
        for year, df in ((2007, 5.0), (2008, 5.0))
    ]
    moved = compare(*estimated, minimum="computed")[0]
    assert moved.df == pytest.approx(10)  # two alike: twice the df of one
    assert moved.minimum == pytest.approx(2.228138851964938 * sqrt(2))  # t(10) of any table: 2.228


def test_the_df_of_a_change_are_satterthwaite_s_and_not_the_sum():
    """A wave of 3 PSUs and one of 300: v = 4 and 1 on 2 and 299 df, 25 / (16/2 + 1/299) = 3.12; 301 says 1.97 for 3.11.

    So a change of 5 with a standard error of 2.24 (2.24 times it) is no movement.
    """
    few, many = (
        replace(
            national(value, 1.96 * se, wave=year),
            columns=national(value, 1.96 * se, wave=year).columns
            | {"df": np.array([df]), "method": np.array(["linearised"], dtype=object)},
        )
        for value, se, year, df in ((50, 2.0, 2007, 2.0), (55, 1.0, 2008, 299.0))
    )
    moved = compare(few, many, minimum="computed")[0]
    assert moved.df == pytest.approx(25 / (16 / 2 + 1 / 299))
    assert moved.minimum == pytest.approx(stats.t.ppf(0.975, moved.df) * sqrt(5))
    assert (moved.verdict, moved.change > 1.97 * moved.se) == ("no reportable change", True)
    printed = compare(few, national(55, 1.96, wave=2008), minimum="computed")[0]
    assert printed.df == pytest.approx(25 / (16 / 2))  # printed figures have no df to tell: theirs are infinite


@pytest.mark.parametrize("case", cases("two_wave") + cases("two_wave_separate"), ids=lambda case: case["id"])
def test_two_independent_waves_are_r_s(case):
    y, expected = case["args"]["y"], case["result"]
    row = compare(*(psa.estimate(survey, indicator(y), df="domain") for survey in two_waves(y)))[0]
    assert row.change == pytest.approx(100 * expected["diff"], rel=EXACT)
    assert row.se == pytest.approx(100 * expected["se_diff"], rel=EXACT)
    one, other = np.square(expected.get("se", [expected.get("se1"), expected.get("se2")]))
    welch = (one + other) ** 2 / (one**2 / expected["df1"] + other**2 / expected["df2"])
    assert row.df == pytest.approx(welch, rel=EXACT)
    assert row.df < expected["df1"] + expected["df2"]  # R's svyttest on the stacked waves adds them
    if "df" in expected:
        assert row.change / row.se == pytest.approx(expected["ttest_t"], rel=EXACT)
        assert row.p_value == pytest.approx(2 * stats.t.sf(abs(expected["ttest_t"]), welch), rel=EXACT)


# Properties

shares = st.floats(1, 99)
margins = st.floats(0.1, 10)


@given(shares, margins, shares, margins)
def test_swapping_the_waves_negates_the_change(p, m, q, n):
    there = one((p, m), (q, n), minimum="computed")
    back = one((q, n), (p, m), minimum="computed")
    assert (back.change, back.low, back.se, back.p_value) == (-there.change, -there.high, there.se, there.p_value)
    opposite = {"improved": "declined", "declined": "improved"}
    assert back.verdict == opposite.get(there.verdict, there.verdict)


@given(shares, margins, shares, margins, st.sampled_from(["computed", 2, 5.5]))
def test_reflecting_the_scale_and_turning_better_round_gives_the_same_verdict(p, m, q, n, minimum):
    verdicts = [
        compare(
            *(
                figures([("a", value, margin)], of=which, wave=year)
                for value, margin, year in ((turn(p), m, 2008), (turn(q), n, 2010))
            ),
            minimum=minimum,
        )[0].verdict
        for which, turn in ((HIGHER, lambda x: x), (replace(HIGHER, better="lower"), lambda x: 100 - x))
    ]
    assert verdicts[0] == verdicts[1]


@given(shares, margins, shares, margins)
def test_without_a_printed_minimum_the_verdict_is_the_significance(p, m, q, n):
    row = one((p, m), (q, n), minimum="computed")
    assert row.significant == (row.verdict != "no reportable change") == (not row.low < 0 < row.high or row.low == 0)


# What is not assessed, marked, adjusted


def test_rows_without_a_standard_error_are_not_assessed():
    before = figures([("a", 60, 2), ("b", None, None), ("c", 50, 2)])
    after = figures([("a", 70, None), ("b", 50, 2), ("c", 60, 2)], wave=2010)
    rows = list(compare(before, after))
    assert [row.verdict for row in rows] == ["", "", "improved"]
    assert [row.marker for row in rows] == ["[u]", "[x]", ""]
    assert rows[0].note == "not assessed: no standard error in 2010"
    assert rows[1].note == "not assessed: no value in 2008"
    assert isnan(rows[0].change)
    assert not rows[0].significant


def of_base(earlier, later, **how):
    """The movement of two printed figures of some respondents, (value, base)."""
    tables = (
        from_published({"value": v, "base": n}, indicator="ni1", survey="place", wave=year, by="all", **how)
        for (v, n), year in zip((earlier, later), (2008, 2010), strict=True)
    )
    return compare(*tables)[0]


def test_4_of_4_against_880_of_1100_has_not_declined():
    """Of 4 of 4 the exact interval is from 0.025^(1/4) = 39.8% to 100%; of 880 of 1,100 it is 80 -+ 1.96 x 1.206.

    d = -20; d + sqrt((u_2 - p_2)^2 + (p_1 - l_1)^2) = -20 + sqrt(2.364^2 + 60.24^2) = 40.3. The other wave's standard
    error alone gives z = 16.6 and p = 7e-62; Fisher's exact p is 1.0. Half the p-value is about P(4 of 4 | 80%) = 0.41.
    """
    row = of_base((100, 4), (80, 1100))
    low, half = 100 * 0.025**0.25, 1.96 * 100 * sqrt(0.8 * 0.2 / 1100)
    assert (row.change, row.verdict, row.significant) == (-20, "no reportable change", False)
    assert row.high == pytest.approx(-20 + sqrt(half**2 + (100 - low) ** 2), rel=1e-9)
    assert row.low == pytest.approx(-20 - half, rel=1e-9)
    assert row.minimum == pytest.approx(20 + row.high, rel=1e-9)
    assert row.p_value == pytest.approx(2 * 0.8**4, abs=0.03)
    assert isnan(row.se)
    assert isnan(row.df)
    assert row.note == "a figure shows no sampling error, so the ends are made from those of both"


def asked(yes, people, year):
    """The percentage of people who said yes, with Wilson's interval: an unweighted sample of its own."""
    wave = {"title": "Drawn", "weight": "w", "questions": {"y": {"variable": "y", "answers": {"no": 0, "yes": 1}}}}
    frame = {"y": [1] * yes + [0] * (people - yes), "w": [1.0] * people}
    survey = psa.read_survey(
        pd.DataFrame(frame), psa.wave({"survey": "drawn", "title": "Drawn", str(year): wave}, year)
    )
    return psa.estimate(survey, yes_of(["y"]), interval="wilson")


def test_a_small_wave_beside_a_large_one_far_from_50_is_borderline():
    """1 of 100, then 55 of 1,100: 4 points, where 1.98 x sqrt(0.01 x 0.99 / 99 + 0.05 x 0.95 / 1099) = 2.4 are needed.

    But 1 of 100 is from 0.18 to 5.45% by Wilson, 55 of 1,100 from 3.86 to 6.45%: the lower end is
    4 - sqrt((5 - 3.86)^2 + (5.45 - 1)^2) = -0.6. Chance alone gives 1 of 100 or fewer of 5% in 3.7%, not in 0.1%.
    Of 30 of 100 and 500 of 1,100 both say the same.
    """
    row = compare(asked(1, 100, 2008), asked(55, 1100, 2009))[0]
    assert (row.verdict, row.low > 1.5) == ("improved", True)
    assert row.note == (
        "borderline: significant by t x se, but no change lies within the ends that the two intervals make"
    )
    assert compare(asked(30, 100, 2008), asked(500, 1100, 2009))[0].note == ""
    assert compare(asked(30, 100, 2008), asked(330, 1100, 2009))[0].note == ""  # no verdict, nothing to say
    assert of_base((30, 100), (45, 100)).note == ""  # printed figures: both rules are one


def test_0_of_2_to_2_of_2_is_no_certainty():
    """Each side is known to 1 - sqrt(0.025) = 84.2 points: 100 - sqrt(2) x 84.2 = -19.1. From 100 to 100 is wrong.

    sqrt(2) (1 - sqrt(p / 2)) = 1 gives p = 2 (1 - 1 / sqrt(2))^2 = 0.172.
    """
    row = of_base((0, 2), (100, 2))
    assert (row.change, row.verdict, row.significant) == (100, "no reportable change", False)
    assert row.low == pytest.approx(100 - 100 * sqrt(2) * (1 - sqrt(0.025)), rel=1e-9)
    assert row.high == 100
    assert row.p_value == pytest.approx(2 * (1 - 1 / sqrt(2)) ** 2, rel=1e-9)


@pytest.mark.parametrize(("base", "verdict"), [(30, "no reportable change"), (40, "improved")])
def test_the_verdict_the_p_value_and_the_ends_of_a_row_at_0_agree(base, verdict):
    """Nobody of 30 is up to 11.57%, of 40 up to 8.81%; then 11 of 100, which is 11 -+ 6.13.

    The minima are sqrt(6.13^2 + 11.57^2) = 13.1 and sqrt(6.13^2 + 8.81^2) = 10.7 points. The other wave's standard
    error alone would ask for 6.13 of both.
    """
    row = of_base((0, base), (11, 100))
    half, up = 1.96 * sqrt(11 * 89 / 100), 100 * (1 - 0.025 ** (1 / base))
    assert row.minimum == pytest.approx(sqrt(half**2 + up**2), rel=1e-9)
    assert row.verdict == verdict
    assert row.significant == (row.low > 0) == (row.p_value < 0.05) == (verdict == "improved")


def test_a_design_factor_widens_the_exact_interval_of_a_printed_0():
    """deft 2: 400 respondents are worth 100."""
    assert of_base((0, 400), (5, 1000), deft=2).p_value == pytest.approx(of_base((0, 100), (5, 250)).p_value, rel=1e-9)


def test_a_wave_without_sampling_error_is_adjusted_for_many_like_others():
    tables = [
        from_published(
            {"area": ["a", "b"], "value": values, "base": [50, 1000]}, indicator="ni1", survey="place", wave=year
        )
        for values, year in (([0, 20], 2008), ([9, 30], 2010))
    ]
    first, second = compare(*tables, adjust_for_many=True)
    assert first.p_adjusted == pytest.approx(first.p_value, rel=1e-9)
    assert second.p_adjusted == pytest.approx(2 * second.p_value, rel=1e-9)


def test_other_series_and_modes_are_compared_only_when_asked_and_then_marked():
    before, after = national(80, 1), national(70, 1, survey="community_life", wave=2012)
    with pytest.raises(psa.ComparisonError) as told:
        compare(before, after)
    assert str(told.value) == (
        "citizenship 2007 and community_life 2012 are of different series, so a change may be the survey's and not "
        "people's; if it is to be compared all the same, say across_break=True: the rows are then marked [b]"
    )
    row = compare(before, after, across_break=True)[0]
    assert (row.verdict, row.marker) == ("declined", "[b]")
    assert compare(before, after, across_break=True).survey == "citizenship to community_life"
    assert row.note == "citizenship 2007 and community_life 2012 are of different series"
    assert row.minimum_source == "computed from the standard error of the change"


def test_national_with_local_and_another_mode_are_breaks():
    before = replace(national(80, 1), wave=psa.wave("citizenship", 2007))
    after = replace(national(80, 1, survey="place", wave=2008), wave=psa.wave("place", 2008))
    with pytest.raises(psa.ComparisonError) as told:
        compare(before, after)
    lines = str(told.value).splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "citizenship 2007 and place 2008 are of different series (national and local)",
        "citizenship 2007 was face-to-face and place 2008 postal: another mode",
    ]


def test_an_indicator_that_was_redefined_is_not_assessed_unless_asked_for():
    """psa21.6: nine or more types of activity to begin with, two or more of five sectors in the final definition."""
    yes, no = (AnswerIn("q", frozenset({answer})) for answer in ("yes", "no"))
    changed = replace(HIGHER, definitions=(Definition(2000, yes, yes), Definition(2009, no, yes)))
    before, after = (figures([("a", v, 2)], of=changed, wave=year) for v, year in ((60, 2008), (70, 2010)))
    row = compare(before, after)[0]
    assert (row.verdict, row.marker) == ("", "")
    assert row.note == ("not assessed (its definition changed); the definition of ni1 changed between 2008 and 2010")
    row = compare(before, after, across_break=True)[0]
    assert (row.verdict, row.marker) == ("improved", "[b]")


def test_a_printed_minimum_is_for_an_unbroken_series():
    """psa21.6 had an indicative definition until 2008: 60% by it and 66% by the final one is no rise of 6 points."""
    before, after = (national(v, 1, of="psa21.6", survey="taking_part", wave=y) for v, y in ((60, 2007), (66, 2009)))
    row = compare(before, after)[0]
    assert (row.verdict, row.change) == ("", pytest.approx(np.nan, nan_ok=True))
    row = compare(before, after, across_break=True)[0]
    assert row.minimum == pytest.approx(sqrt(2))
    assert row.minimum_source.endswith("the published 2 points are for an unbroken series")


def test_many_areas_are_adjusted_by_benjamini_and_hochberg_by_hand():
    """Changes of 5, 3, 2.1, 0.5 with se 1: p = 5.7e-7, .0027, .0357, .617; x 4/1, 4/2, 4/3, 4/4: .0357 becomes .0476.
    With a fifth area that does not move it becomes .0357 x 5/3 = .0596."""
    m = 1.96 / sqrt(2)  # so that the change's se is 1
    changes = {"a": 5, "b": 3, "c": 2.1, "d": 0.5}
    for extra, expected, verdict in (({}, 4 / 3, "improved"), ({"e": 0}, 5 / 3, "no reportable change")):
        moves = changes | extra
        tables = (figures([(area, 50 + i * c, m) for area, c in moves.items()], wave=2008 + i) for i in (0, 1))
        moved = compare(*tables, adjust_for_many=True)
        row = moved.where(area="c")[0]
        assert row.p_value == pytest.approx(2 * stats.norm.sf(2.1), rel=1e-9)
        assert row.p_adjusted == pytest.approx(row.p_value * expected, rel=1e-9)
        assert (row.adjustment, row.verdict) == ("Benjamini-Hochberg", verdict)
        assert row.significant == (verdict == "improved")
    assert (
        row.note
        == "reaches the minimum but is not significant at 95% after Benjamini-Hochberg adjustment for many rows"
    )
    assert "p_adjusted" not in one((50, 1), (51, 1))._fields


def test_a_printed_minimum_is_not_adjusted_but_what_must_be_significant_is():
    row = one((30, 2), (32.5, 2), adjust_for_many=True)
    assert (row.verdict, row.significant, row.minimum) == ("no reportable change", False, 2.0)
    assert "after Benjamini-Hochberg" in row.note


# What cannot be compared


def test_every_reason_is_told_at_once():
    survey, later = two_waves("y1")
    before = psa.estimate(later, indicator("y1"), by="all", interval="wilson", level=90)
    after = replace(psa.estimate(survey, indicator("y1"), by="area"), wave=None)
    with pytest.raises(psa.ComparisonError) as told:
        compare(before, after)
    assert str(told.value).splitlines() == [
        "the waves are in the wrong order: the earlier estimates are of case 2010, the later ones of case 2008; give "
        "the earlier wave first",
        "the intervals are at 90% in case 2010 and 95% in case 2008; use one level for both waves",
        "the intervals are made by different methods (wilson and logit); use one method for both waves",
        "no breakdown is in both: case 2010 is by all, case 2008 by area; estimate both by the same areas",
    ]


def test_an_indicator_of_one_wave_only_is_told():
    with pytest.raises(psa.ComparisonError) as told:
        compare(national(80, 1), national(80, 1, of="psa21.3", wave=2008))
    assert str(told.value).splitlines() == [
        "psa21.1 is estimated for citizenship 2007 but not for citizenship 2008; did you mean 'psa21.3'?; estimate the "
        "same indicators for both",
        "psa21.3 is estimated for citizenship 2008 but not for citizenship 2007; did you mean 'psa21.1'?; estimate the "
        "same indicators for both",
    ]


def joined(*tables):
    columns = {name: np.concatenate([table.columns[name] for table in tables]) for name in tables[0].columns}
    return replace(tables[0], columns=columns)


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        (joined(national(80, 1), national(81, 1, wave=2008)),
         "the earlier estimates are of 2 waves (citizenship 2007, citizenship 2008); compare one wave with one other"),
        (joined(national(80, 1), replace_level(national(81, 1, by="x"), 90)),
         "the earlier estimates have intervals at 90% and 95%; use one level for both waves"),
        (joined(national(80, 1), national(80, 1)), "the earlier estimates have more than one row for psa21.1 all all"),
        (national(80, 1).where(area="nowhere"), "the earlier estimates have no row"),
    ],
)  # fmt: skip
def test_a_side_that_is_no_single_wave_is_told(earlier, message):
    with pytest.raises(psa.ComparisonError) as told:
        compare(earlier, national(80, 1, wave=2009))
    assert message in str(told.value).splitlines()


@pytest.mark.parametrize(
    ("minimum", "message"),
    [
        (
            "publishd",
            "unknown minimum 'publishd': use published, computed or a number of points; did you mean 'published'?",
        ),
        (-2, "a minimum movement is a number of points above 0 and at most 100; got -2"),
        (101, "a minimum movement is a number of points above 0 and at most 100; got 101"),
        (None, "minimum must be text or a number, got None"),
    ],
)
def test_a_minimum_that_is_none_is_told(minimum, message):
    with pytest.raises(psa.OptionError) as told:
        compare(national(80, 1), national(80, 1, wave=2008), minimum=minimum)
    assert str(told.value) == message


def test_movements_are_a_table_that_keeps_what_it_knows():
    moved = compare(national(80, 1), national(85, 1, wave=2008))
    assert isinstance(moved, Movements)
    assert list(moved.to_frame().columns[:8]) == [
        *("indicator", "by", "area", "earlier", "later", "earlier_value", "later_value", "change")
    ]
    assert moved.take(np.array([0])).indicators["psa21.1"].better == "higher"
    assert moved == compare(national(80, 1), national(85, 1, wave=2008))
    assert moved.to_records()[0]["df"] is None
    assert "improved" in repr(moved)
