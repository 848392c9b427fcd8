"""PSA 21, indicator by indicator: who is counted, out of whom, and the mistakes that are easy to make.

Each table is a handful of people. "Numerator" and "base" are sums of the weights drawn.
"""

from __future__ import annotations

import pytest

import psaindicators as psa
from tests.conftest import Respondents
from tests.spec.figures import figure

CITIZENSHIP = psa.wave("citizenship", 2007)


def test_psa21_1_is_of_those_with_an_opinion(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | get_on_well
        -------+--------------------
          2    | definitely_agree
          1    | tend_to_agree
          1    | tend_to_disagree
          3    | dont_know
          2    | too_few
          2    | all_same
          1    | -9
          4    |
        """,
        of=CITIZENSHIP,
    )
    row = figure(survey, "psa21.1")
    assert (row.value, row.weighted_base, row.base) == (75, 4, 3)  # numerator 2 + 1, base 2 + 1 + 1
    dont_knows_in_the_base = 100 * 3 / 7
    everyone_in_the_base = 100 * 3 / 16
    assert row.value not in (dont_knows_in_the_base, everyone_in_the_base)


def test_psa21_1_does_not_count_heads_where_weights_differ(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | get_on_well
        -------+--------------------
          1    | definitely_agree
          3    | definitely_disagree
        """,
        of=CITIZENSHIP,
    )
    counting_heads = 50
    assert figure(survey, "psa21.1").value == 25 != counting_heads


def test_a_figure_of_the_citizenship_survey_is_englands(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | region     | get_on_well
        -------+------------+--------------------
          1    | london     | definitely_agree
          1    | north_east | definitely_disagree
          2    | wales      | definitely_disagree
        """,
        of=CITIZENSHIP,
    )
    row = figure(survey, "psa21.1")
    with_wales = 25
    assert (row.value, row.base) == (50, 2)
    assert row.value != with_wales


MIXING = """
    weight | mix_work       | mix_pub    | mix_home
    -------+----------------+------------+----------
      1    | daily          | never      | never
      1    | less_often     | monthly    | never
      1    | never          | never      | daily
      2    | not_applicable | less_often | weekly
      3    |                |            | daily
    """


def test_psa21_2_is_mixing_once_a_month_in_any_sphere_but_the_home(respondents: Respondents) -> None:
    row = figure(respondents(MIXING, of=CITIZENSHIP), "psa21.2")
    assert (row.value, row.weighted_base, row.base) == (40, 5, 4)  # numerator 1 + 1, base 1 + 1 + 1 + 2
    home_counted_as_a_sphere = 100 * 8 / 8
    home_answers_put_in_the_base = 100 * 2 / 8
    assert row.value not in (home_counted_as_a_sphere, home_answers_put_in_the_base)


def test_psa21_2_keeps_those_to_whom_a_sphere_does_not_apply(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | mix_work | mix_childcare | mix_shops
        -------+----------+---------------+----------
          1    | -1       | -1            | weekly
          1    | -1       | -1            | never
          2    | -1       | -1            | -1
        """,
        of=CITIZENSHIP,
    )
    row = figure(survey, "psa21.2")
    not_applicable_read_as_missing = 50
    assert (row.value, row.base) == (25, 3)  # numerator 1, base 1 + 1 + 2
    assert row.value != not_applicable_read_as_missing


def test_psa21_3_is_belonging_very_or_fairly_strongly_to_the_neighbourhood(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | belong_neighbourhood | belong_local_area
        -------+----------------------+--------------------
          1    | very_strongly        | not_at_all_strongly
          1    | fairly_strongly      | not_at_all_strongly
          3    | not_very_strongly    | very_strongly
          3    | not_at_all_strongly  | very_strongly
          2    | -8                   | very_strongly
        """,
        of=CITIZENSHIP,
    )
    row = figure(survey, "psa21.3")
    dont_knows_in_the_base, the_wider_local_area = 20, 80
    assert (row.value, row.weighted_base) == (25, 8)  # numerator 1 + 1, base 1 + 1 + 3 + 3
    assert row.value not in (dont_knows_in_the_base, the_wider_local_area)


def test_psa21_4_is_agreeing_that_one_can_influence_decisions(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | influence_decisions
        -------+--------------------
          1    | definitely_agree
          2    | tend_to_agree
          1    | tend_to_disagree
          1    | definitely_disagree
          5    | -8
        """,
        of=CITIZENSHIP,
    )
    row = figure(survey, "psa21.4")
    dont_knows_in_the_base, only_those_who_definitely_agree = 30, 20
    assert (row.value, row.weighted_base) == (60, 5)  # numerator 1 + 2, base 1 + 2 + 1 + 1
    assert row.value not in (dont_knows_in_the_base, only_those_who_definitely_agree)


def test_psa21_5_is_an_index_and_not_a_percentage_of_one_survey(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | volunteering_frequency
        -------+-----------------------
          1    | weekly
        """,
        of=CITIZENSHIP,
    )
    with pytest.raises(psa.DefinitionError, match=r"psa21\.5 is an index"):
        figure(survey, "psa21.5")


def test_psa21_6_was_at_first_nine_or_more_types_of_activity(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | activity_types
        -------+---------------
          1    | 9
          1    | 12
          1    | 8
          1    | 0
          4    |
        """,
        of=psa.wave("taking_part", 2007),
    )
    row = figure(survey, "psa21.6")
    more_than_nine, blank_read_as_none = 25, 25
    assert (row.value, row.base) == (50, 4)  # numerator 1 + 1, base 1 + 1 + 1 + 1
    assert row.value not in (more_than_nine, blank_read_as_none)


CULTURE = """
    weight | activity_types | sport_days | arts_times | museum_times | heritage_times | library_times
    -------+----------------+------------+------------+--------------+----------------+--------------
      1    | 2              | 3          | 3          | 0            | 0              | 0
      1    | 2              | 0          | 0          | 1            | 0              | 1
      1    | 9              | 2          | 2          | 1            | 1              | 0
      1    | 9              | 0          | 0          | 0            | 1              | 1
      1    | 9              | 7          | 0          | 0            | 0              | 0
      2    | 9              |            | 3          | 1            | 2              | 1
    """


def test_psa21_6_became_two_sectors_at_the_frequency_each_requires(respondents: Respondents) -> None:
    """Sport on 3 days of the week, the arts 3 times a year, heritage twice, a museum once, a library once.

    The first two people reach two sectors. The third and the fourth took part in several, and reached the required
    frequency in one (the museum; the library); the fifth in sport alone. The last was not asked about sport.
    """
    row = figure(respondents(CULTURE, of=psa.wave("taking_part", 2009)), "psa21.6")
    assert (row.value, row.base) == (40, 5)  # numerator 1 + 1, base 5 people of weight 1
    any_attendance_in_two_sectors = 80  # the first four
    the_first_definition = 100 * 5 / 7
    part_of_the_block_is_enough = 100 * 4 / 7
    assert row.value not in (any_attendance_in_two_sectors, the_first_definition, part_of_the_block_is_enough)


def test_psa21_6_of_an_earlier_wave_keeps_the_definition_then_in_force(respondents: Respondents) -> None:
    row = figure(respondents(CULTURE, of=psa.wave("taking_part", 2007)), "psa21.6")
    assert row.value == 100 * 5 / 7  # numerator 1 + 1 + 1 + 2 with nine types, base 7
