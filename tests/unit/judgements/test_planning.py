"""Planning: the annex's minimum movements, the Place Survey's 1,100, and Central Bedfordshire's targets."""

from __future__ import annotations

from math import ceil, sqrt

import pytest
from hypothesis import given, strategies as st

import psaindicators as psa
from psaindicators.judgements.planning import plan

EXACT = 1e-9  # relative: a few operations and two normal quantiles
Z_975, Z_80 = 1.959963984540054, 0.8416212335729143  # any table of the normal: 1.9600, 0.8416


@pytest.mark.parametrize(("value", "points"), [(77, 3.5), (59, 4.1), (29, 3.8)])
def test_1100_a_wave_gives_the_annex_s_three_to_four_points(value, points):
    """PSA Delivery Agreement 21, Annex A: Place Survey "about 3-4"; 1.96 sqrt(2 p (1 - p) / 1100)."""
    assert round(plan(value=value, base=1100, power=50).movement, 1) == points


def test_1100_is_the_three_point_margin_at_50_percent_rounded_up():
    """1.96^2 x .25 / .03^2 = 1,067."""
    assert plan(value=50, base=1067).margin == pytest.approx(3.0, abs=0.0005)
    assert plan(value=50, base=1100).margin < 3


CENTRAL_BEDFORDSHIRE = [
    # NI, baseline, target, minimum at 1,100, power at 1,100, needed for 80% at 1,100, minimum at 2,828
    ("NI 3", 12.6, 16.2, 2.9, 67, 4.2, 1.8),
    ("NI 4", 23.8, 28.0, 3.7, 61, 5.2, 2.3),
    ("NI 6", 24.3, 27.1, 3.7, 32, 5.2, 2.3),
]


@pytest.mark.parametrize("case", CENTRAL_BEDFORDSHIRE, ids=lambda case: case[0])
def test_central_bedfordshire_s_targets(case):
    """Central Bedfordshire's engagement strategy (June 2010); the minimum is 1.96 sqrt((pq + p'q') / n)."""
    _, baseline, target, minimum, power, needed, minimum_2828 = case
    at_1100 = plan(value=baseline, movement=target - baseline, base=1100)
    spread = baseline * (100 - baseline) + target * (100 - target)
    assert at_1100.minimum == pytest.approx(Z_975 * sqrt(spread / 1100), rel=EXACT)
    assert (round(at_1100.minimum, 1), round(at_1100.power_reached), round(at_1100.detectable, 1)) == (
        minimum,
        power,
        needed,
    )
    assert round(plan(value=baseline, movement=target - baseline, base=2828).minimum, 1) == minimum_2828


def test_the_first_two_targets_exceed_the_minimum_at_1100_and_all_three_at_2828():
    reached = [
        [movement >= plan(value=value, movement=movement, base=base).minimum for value, movement in pairs]
        for base in (1100, 2828)
        for pairs in ([(12.6, 3.6), (23.8, 4.2), (24.3, 2.8)],)
    ]
    assert reached == [[True, True, False], [True, True, True]]


def test_the_base_for_a_movement_by_hand():
    """(1.96 + 0.84)^2 (20 x 80 + 25 x 75) / 5^2 = 7.849 x 3475 / 25 = 1091.0, so 1,091 (rounded up)."""
    found = plan(value=20, movement=5)
    assert found.base == ceil((Z_975 + Z_80) ** 2 * 3475 / 25) == 1091
    assert found.power_reached == pytest.approx(80, abs=0.05)
    # the threshold itself would be taken for enough: (1.96)^2 x 3475 / 25 = 534, and half of such changes are missed
    assert plan(value=20, movement=5, power=50).base == 534


def test_a_fall_is_planned_with_its_own_spread():
    """20% down to 15%: (1.96 + 0.84)^2 (1600 + 1275) / 25 = 902.6."""
    assert plan(value=20, movement=-5).base == 903
    assert "20% by 5.0 points down" in str(plan(value=20, movement=-5))


def test_the_design_factor_and_the_response_rate():
    plain, clustered = plan(value=20, movement=5), plan(value=20, movement=5, deft=1.2)
    assert clustered.base == ceil((Z_975 + Z_80) ** 2 * 3475 / 25 * 1.44) == 1572
    assert plan(value=20, base=1100, response_rate=40).post_out == 2750
    assert plan(value=20, base=1100, response_rate=35).post_out == 3143  # 3,142.9
    assert plain.post_out is None


@given(st.floats(5, 95), st.integers(50, 20_000), st.sampled_from([50, 80, 90]), st.floats(0.8, 2.5))
def test_base_and_movement_are_inverse(value, base, power, deft):
    found = plan(value=value, base=base, power=power, deft=deft)
    assert found.power_reached == pytest.approx(power)
    if 0 < value + found.movement < 100:
        again = plan(value=value, movement=found.movement, base=base, deft=deft)
        spread = value * (100 - value), (value + found.movement) * (100 - value - found.movement)
        assert again.minimum == pytest.approx(found.minimum * sqrt(sum(spread) / (2 * spread[0])))


@given(st.floats(5, 90), st.floats(0.5, 4.9), st.sampled_from([60, 80, 95]))
def test_one_respondent_less_would_not_reach_the_power(value, movement, power):
    found = plan(value=value, movement=movement, power=power)
    assert found.power_reached >= power - 1e-6
    assert plan(value=value, movement=movement, base=found.base - 1).power_reached < power


def test_the_minimum_movement_is_said_to_be_the_50_percent_case():
    at_half = plan(value=29, base=1100, power=50)
    assert at_half.detectable == at_half.minimum == at_half.movement
    assert at_half.note.startswith("At 50% power the detectable movement is the minimum movement, 3.8 points")
    assert "The minimum movement, 3.8 points, is the 50%-power figure" in plan(value=29, base=1100).note


def test_a_plan_is_a_table_too():
    found = plan(value=29, base=1100)
    frame = found.to_frame()
    assert (frame.loc[0, "base"], frame.loc[0, "minimum"], frame.loc[0, "note"]) == (1100, found.minimum, found.note)
    assert found == plan(value=29, base=1100)
    assert ">1100</td>" in found._repr_html_()


def test_a_population_makes_the_base_smaller():
    """Cochran: n = n0 / (1 + n0 / N). 20% to 25% needs n0 = 1,091.0 a wave; of 2,000 people 1091 / 1.5455 = 706."""
    n0 = (Z_975 + Z_80) ** 2 * 3475 / 25
    found = plan(value=20, movement=5, population=2000)
    assert found.base == ceil(n0 / (1 + n0 / 2000)) == 706
    assert found.power_reached == pytest.approx(80, abs=0.05)
    assert plan(value=20, movement=5, population=1e12).base == 1091  # the wrong number for a ward of 2,000
    assert found.margin == pytest.approx(Z_975 * sqrt(1600 * (1 / 706 - 1 / 2000)), rel=EXACT)


def test_a_first_wave_already_taken_leaves_its_variance_to_the_second():
    """1,100 at 20%: v1 = 1600 / 1100 = 1.4545; (5 / 2.8016)^2 = 3.1852; n = 1875 / (3.1852 - 1.4545) = 1083.4."""
    found = plan(value=20, movement=5, earlier_base=1100)
    left = (5 / (Z_975 + Z_80)) ** 2 - 1600 / 1100
    assert found.base == ceil(1875 / left) == 1084
    assert plan(value=20, movement=5, earlier_se=sqrt(1600 / 1100)).base == 1084
    assert "1,084 respondents in the later wave" in str(found)
    # both waves to come, planned anew, would ask for 1,091 in each


def test_a_first_wave_that_is_too_small_is_told():
    with pytest.raises(psa.OptionError, match=r"no base is enough: .* 2.00 points, and the change may have 1.78"):
        plan(value=20, movement=5, earlier_se=2.0)


def test_several_areas_multiply_the_questionnaires_and_not_the_base():
    found = plan(value=20, movement=5, areas=12, response_rate=40)
    assert (found.base, found.post_out) == (1091, 12 * 2728)  # 1,091 / 0.4 = 2,727.5
    assert "1,091 respondents in each wave and each of 12 areas, 13,092 in all" in str(found)


def test_without_a_design_factor_the_plan_says_so():
    assert plan(value=20, base=1100).note.endswith(
        "Planned as if a simple random sample: give deft, which a council's survey usually has at 1.15 to 1.3."
    )
    assert "simple random" not in plan(value=20, base=1100, deft=1.2).note


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"value": 0.332, "movement": 4}, r"0.332 looks like a share: 33.2\?"),
        ({"value": 20, "base": 100, "population": 90}, "a base of 100 is not below the population of 90"),
        ({"value": 20, "base": 100, "earlier_base": 9, "earlier_se": 1}, "say the same thing: give one"),
        ({"value": 20, "base": 100, "areas": 0}, "areas is how many areas are planned for"),
    ],
)
def test_what_no_plan_is_made_of(asked, message):
    with pytest.raises(psa.OptionError, match=message):
        plan(**asked)


def test_every_problem_is_told_at_once():
    with pytest.raises(psa.OptionError) as told:
        plan(value=98, movement=4, base=0, power=0, level=101, deft=0, response_rate=0)
    assert str(told.value).splitlines() == [
        "a movement of +4 points takes 98% to 102%; it must stay above 0 and below 100",
        "base is the respondents in each wave, a whole number; got 0",
        "power is a percentage from 50 (the minimum movement) to below 100, such as 80; got 0",
        "response_rate is a percentage above 0, such as 40; got 0",
        "deft is the design factor, above 0 (1 is simple random sampling) and at most 100; got 0",
        "level is a percentage from 1 to below 100, such as 95, not a share; got 101",
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"value": 0, "base": 10}, "value is the earlier percentage, above 0 and below 100; got 0"),
        ({"value": 20}, "a plan needs a movement .* a base .* or both; got neither"),
        ({"value": 20, "movement": 0}, "movement is a change in percentage points, not 0; got 0"),
    ],
)
def test_what_no_plan_can_be_made_of(asked, message):
    with pytest.raises(psa.OptionError, match=message):
        plan(**asked)
