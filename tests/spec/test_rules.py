"""The kinds of rule that a definition may be made of, as a user writes them in an indicator set."""

from __future__ import annotations

from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.definitions.indicators import IndicatorSet
from tests.conftest import Respondents
from tests.spec.figures import figure

HEAD = """
title = "My indicators"

[mine]
title     = "A measure of our own"
better    = "higher"
reference = "by hand"
"""


def of_set(folder: Path, denominator: str, numerator: str) -> IndicatorSet:
    """An indicator set of one indicator, whose rules are the two lines of TOML."""
    path = folder / "my_set.toml"
    path.write_text(f"{HEAD}\n[mine.since.2008]\ndenominator = {denominator}\nnumerator = {numerator}\n")
    return psa.indicators(str(path))


ANSWERED = '{ any_answered = ["warm", "dry"] }'

HOMES = """
    weight | warm  | dry   | rooms | age
    -------+-------+-------+-------+----
      1    | yes   | yes   | 3     | 20
      1    | yes   | no    | 2     | 70
      2    | no    | yes   |       | 40
      2    |       | no    | 5     | 80
      4    |       |       | 9     | 90
    """


@pytest.mark.parametrize(
    ("denominator", "numerator", "value", "base"),
    [
        ('{ question = "warm", in = ["yes", "no"] }', '{ question = "warm", in = ["yes"] }', 50, 4),
        (ANSWERED, '{ question = "warm", in = ["yes"] }', 100 * 2 / 6, 6),
        ('{ all_answered = ["warm", "dry"] }', '{ question = "warm", in = ["yes"] }', 50, 4),
        (ANSWERED, '{ any_of = ["warm", "dry"], in = ["yes"] }', 100 * 4 / 6, 6),
        (ANSWERED, '{ question = "rooms", at_least = 3 }', 100 * 3 / 6, 6),
        ('{ all_answered = ["rooms"] }', '{ question = "rooms", at_least = 3 }', 100 * 7 / 8, 8),
        (ANSWERED, '{ questions = ["warm", "dry"], scores = { yes = 1, no = 0 }, at_least = 2 }', 100 / 6, 6),
        (ANSWERED, '{ questions = ["warm", "dry"], scores = { yes = 3, no = 2 }, at_least = 5 }', 100 * 4 / 6, 6),
        (
            ANSWERED,
            '{ at_least = 2, count_of = [{ question = "dry", in = ["yes"] }, { question = "rooms", at_least = 3 }] }',
            100 / 6,
            6,
        ),
        (
            ANSWERED,
            '[{ question = "dry", in = ["no"] }, { question = "age", at_least = 75 }]',
            100 * 2 / 6,
            6,
        ),
    ],
    ids=[
        "the answer is among those named",
        "no answer is not in",
        "every question answered",
        "any of several",
        "a number reaches a least, a blank does not",
        "a number answered",
        "points of several answers add up",
        "no answer scores nothing: 2 is not 5",
        "at least so many of several rules",
        "a list: all hold",
    ],
)
def test_a_rule_by_hand(
    respondents: Respondents, tmp_path: Path, denominator: str, numerator: str, value: float, base: float
) -> None:
    row = figure(respondents(HOMES), of_set(tmp_path, denominator, numerator))
    assert (row.value, row.weighted_base) == (pytest.approx(value), base)


def test_the_numerator_counts_only_inside_the_denominator(respondents: Respondents, tmp_path: Path) -> None:
    """The dry homes weigh 1 and 2, and of those the first alone is known to have three rooms: 1 of 3."""
    mine = of_set(tmp_path, '{ question = "dry", in = ["yes"] }', '{ question = "rooms", at_least = 3 }')
    row = figure(respondents(HOMES), mine)
    numerator_of_everyone = 100 * 7 / 3  # 1 + 2 + 4 have three rooms: above 100%
    assert row.value == pytest.approx(100 * 1 / 3) != numerator_of_everyone


def test_a_definition_holds_from_its_year_until_the_next(respondents: Respondents, tmp_path: Path) -> None:
    path = tmp_path / "my_set.toml"
    dated = [
        f"""
        [mine.since.{year}]
        denominator = {{ question = "warm", in = ["yes", "no"] }}
        numerator   = {{ question = "warm", in = ["{answer}"] }}
        """
        for year, answer in ((2012, "no"), (2008, "yes"))
    ]
    path.write_text(HEAD + "".join(dated))
    table = """
        weight | warm
        -------+-----
          3    | yes
          1    | no
        """
    found = {year: figure(respondents(table, year=year), psa.indicators(str(path))).value for year in range(2008, 2014)}
    assert found == {2008: 75, 2009: 75, 2010: 75, 2011: 75, 2012: 25, 2013: 25}


def test_a_set_of_ones_own_gives_what_the_wave_measures_of_it(respondents: Respondents) -> None:
    survey = respondents(
        """
        weight | satisfied_area  | influence_decisions
        -------+-----------------+--------------------
          1    | very_satisfied  | tend_to_agree
          1    | neither         | tend_to_agree
          2    | very_satisfied  | tend_to_disagree
        """,
        of=psa.wave("place", 2008),
    )
    table = psa.estimate(survey, ["ni5", "NI 4"])
    assert [(row.indicator, row.value) for row in table] == [("ni5", 75), ("ni4", 50)]
    assert {row.indicator for row in psa.estimate(survey)} >= {"ni4", "ni5", "psa21.4"}
    assert {row.indicator for row in psa.estimate(survey, psa.indicators("psa21"))} == {"psa21.1", "psa21.3", "psa21.4"}
