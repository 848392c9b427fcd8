"""National Indicators 1 to 7: who is counted, out of whom, and the mistakes that are easy to make.

Each table is a handful of people. "Numerator" and "base" are sums of the weights drawn.
"""

from __future__ import annotations

import pytest

import psaindicators as psa
from tests.conftest import Respondents
from tests.spec.figures import figure

PLACE = psa.wave("place", 2008)


def test_ni1_leaves_out_those_without_an_opinion(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | get_on_well
        -------+--------------------
          1    | definitely_agree
          1    | tend_to_agree
          1    | tend_to_disagree
          1    | definitely_disagree
          2    | dont_know
          1    | too_few
          1    | all_same
        """,
        of=PLACE,
    )
    row = figure(survey, "ni1")
    dont_knows_in_the_base = 100 * 2 / 6
    everyone_in_the_base = 25
    assert (row.value, row.base) == (50, 4)  # numerator 1 + 1, base 1 + 1 + 1 + 1
    assert row.value not in (dont_knows_in_the_base, everyone_in_the_base)


def test_ni2_is_belonging_and_is_indicator_3_of_psa_21(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | belong_neighbourhood | role_councillor
        -------+----------------------+----------------
          2    | very_strongly        | no
          1    | fairly_strongly      | no
          1    | not_very_strongly    | yes
          4    | dont_know            | no
        """,
        of=PLACE,
    )
    row = figure(survey, "ni2")
    dont_knows_in_the_base, the_other_schemes_number_2 = 100 * 3 / 8, 100 * 1 / 8
    assert row.value == 75  # numerator 2 + 1, base 2 + 1 + 1
    assert row.value not in (dont_knows_in_the_base, the_other_schemes_number_2)
    assert figure(survey, "psa21.3").value == row.value
    assert figure(survey, "ni3").value == the_other_schemes_number_2


CIVIC = """
    weight | role_councillor | group_health | group_education | signed_petition
    -------+-----------------+--------------+-----------------+----------------
      1    | yes             | no           | no              | no
      1    | no              |              | yes             | no
      1    | no              |              |                 | yes
      1    |                 | no           | no              | yes
      4    |                 |              |                 | yes
    """


def test_ni3_is_membership_of_a_group_that_decides_and_not_signing_a_petition(respondents: Respondents) -> None:
    """The Citizenship Survey calls this civic activism; its "civic participation" counts petitions and is far wider."""
    row = figure(respondents(CIVIC, of=PLACE), "ni3")
    the_wider_civic_participation = 100  # everybody who answered the block, and everybody else too
    assert (row.value, row.base) == (50, 4)  # numerator 1 + 1, base 1 + 1 + 1 + 1
    assert row.value != the_wider_civic_participation


def test_ni3_reads_a_blank_as_no_where_part_of_the_block_was_answered(respondents: Respondents) -> None:
    row = figure(respondents(CIVIC, of=PLACE), "ni3")
    blank_block_read_as_no = 25  # 2 of 8: the last row ticked nothing at all and is out
    every_line_answered = 100  # only the first person answered all that is drawn
    assert row.weighted_base == 4
    assert row.value not in (blank_block_read_as_no, every_line_answered)


def test_ni3_counts_a_group_deciding_on_education(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | group_education
        -------+----------------
          1    | yes
          3    | no
        """,
        of=PLACE,
    )
    assert figure(survey, "ni3").value == 25


def test_ni4_leaves_out_those_who_do_not_know(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | influence_decisions
        -------+--------------------
          1    | definitely_agree
          1    | tend_to_agree
          3    | tend_to_disagree
          3    | definitely_disagree
          2    | dont_know
        """,
        of=PLACE,
    )
    row = figure(survey, "ni4")
    dont_knows_in_the_base = 20
    assert row.value == 25 != dont_knows_in_the_base  # numerator 1 + 1, base 1 + 1 + 3 + 3
    assert figure(survey, "psa21.4").value == row.value


def test_ni5_keeps_those_who_are_neither_satisfied_nor_dissatisfied(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | satisfied_area
        -------+------------------
          1    | very_satisfied
          2    | fairly_satisfied
          1    | neither
          1    | fairly_dissatisfied
          1    | very_dissatisfied
          2    | -9
        """,
        of=PLACE,
    )
    row = figure(survey, "ni5")
    neither_left_out, no_answer_in_the_base = 60, 100 * 3 / 8
    assert (row.value, row.weighted_base) == (50, 6)  # numerator 1 + 2, base 1 + 2 + 1 + 1 + 1
    assert row.value not in (neither_left_out, no_answer_in_the_base)


def test_ni6_keeps_those_who_give_no_help(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | volunteering_frequency
        -------+-----------------------
          1    | weekly
          1    | monthly
          2    | less_often
          4    | no_help
          2    |
        """,
        of=PLACE,
    )
    row = figure(survey, "ni6")
    of_volunteers_only, blank_read_as_no_help = 50, 20
    assert row.value == 25  # numerator 1 + 1, base 1 + 1 + 2 + 4
    assert row.value not in (of_volunteers_only, blank_read_as_no_help)


def test_ni6_reads_not_asked_because_gave_no_help_as_no(respondents: Respondents) -> None:
    """In the Citizenship Survey those who helped no group were not asked how often: code -1 is a "no", not a gap."""
    survey = respondents(
        """
        weight | volunteering_frequency
        -------+-----------------------
          1    | weekly
          1    | less_often
          2    | -1
          4    | -8
        """,
        of=psa.wave("citizenship", 2007),
    )
    row = figure(survey, "ni6")
    not_asked_read_as_missing = 50
    assert (row.value, row.weighted_base) == (25, 4)  # numerator 1, base 1 + 1 + 2
    assert row.value != not_asked_read_as_missing


def test_ni7_is_of_organisations_and_is_not_the_index_of_psa_21(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | statutory_bodies_influence
        -------+---------------------------
          1    | very_positive
          1    | positive
          3    | neither
          3    | negative
          2    |
        """
    )
    row = figure(survey, "ni7")
    only_very_positive, blank_in_the_base = 12.5, 20
    assert row.value == 25  # numerator 1 + 1, base 1 + 1 + 3 + 3
    assert row.value not in (only_very_positive, blank_in_the_base)


def test_a_respondent_of_weight_zero_counts_in_no_base(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | get_on_well
        -------+------------------
          1    | definitely_agree
          1    | tend_to_disagree
          0    | definitely_agree
        """,
        of=PLACE,
    )
    row = figure(survey, "ni1")
    assert (row.value, row.base, row.weighted_base) == (50, 2, 2)


def test_an_area_where_nobody_answered_has_a_row_without_a_value(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | area  | get_on_well
        -------+-------+-----------------
          1    | north | definitely_agree
          1    | north | tend_to_disagree
          1    | south | dont_know
        """,
        of=PLACE,
    )
    south = psa.estimate(survey, "ni1", by="area").where(area="south")[0]
    assert (south.base, south.marker) == (0, "[x]")
    assert south.value != south.value  # no value, and not 0


def test_a_breakdown_by_a_question_that_nobody_answered_is_refused(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | get_on_well      | sex
        -------+------------------+----
          1    | definitely_agree |
          1    | tend_to_disagree |
        """,
        of=PLACE,
    )
    assert [row.value for row in psa.estimate(survey, "ni1")] == [50]
    for by in ("sex", ["all", "sex"]):
        with pytest.raises(psa.SurveyError, match="nobody whom the figures are about has a value of 'sex'"):
            psa.estimate(survey, "ni1", by=by)
