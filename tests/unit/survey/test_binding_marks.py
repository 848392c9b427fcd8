"""What public files showed that `bind` took for what it is not: each kind is right now, or marked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.files.microdata import read_microdata
from psaindicators.survey.binding_files import Part

N = 40
ROWS = np.arange(N)


def part(name: str, values: Any, label: str = "", labels: dict[float, str] | None = None, **beside: Any) -> Part:
    """Return what a file of one variable, and of those beside it, is bound as; of the variable named."""
    frame = pd.DataFrame({name: values, **beside})
    file = replace(read_microdata(frame), labels={name: labels or {}}, variable_labels={name: label})
    [found] = [one for one in psa.bind(file, year=2010).parts if one.variable == name]
    return found


def missing(found: Part) -> tuple[object, ...]:
    assert found.question is not None
    return found.question.missing


def test_numbers_below_zero_and_nines_are_taken_for_no_answer_and_marked() -> None:
    """Ages of 20 to 56, a -8 and a 999: an average with them would be of nobody's age."""
    found = part("age", [20, *range(20, 57), -8, 999], "Age of respondent")
    assert missing(found) == (-8, 999)
    assert found.unsure == "taken for no answer: -8 (1), 999 (1)"
    old = part("age", [20, *range(20, 58), 97], "Age of respondent")  # somebody may be 97: a person looks
    assert (missing(old), old.unsure) == ((97,), "taken for no answer: 97 (1)")
    assert part("age", [20, *range(20, 58), 69], "Age of respondent").unsure == ""
    below = part("balance", [*range(-20, 20)], "Balance of the account")
    assert (missing(below), below.unsure.startswith("no two respondents")) == ((), True)


def test_numbers_of_which_each_has_another_may_be_an_id() -> None:
    found = part("sampl", ROWS + 1400, "number of the card")
    assert found.part == "question"
    assert "no two respondents have the same: is it an id?" in found.unsure
    some = [*(ROWS[:30] + 1400.0), *[None] * 10]
    assert "is it an id?" in part("sampl", some, "of the second round").unsure
    assert part("idcode", ROWS + 1400).part == part("c", ROWS + 1400, "unique case identifier").part == "id"


def test_what_is_called_an_id_and_repeats_is_marked() -> None:
    """As in a file of several years, of which each counts from 1."""
    found = part("id", [*range(30), *range(10)], "respondent id number")
    assert (found.part, found.unsure) == ("question", "called like the id, which its values are not")


def test_a_count_whose_last_number_has_a_label_stays_a_count() -> None:
    found = part("childs", ROWS % 9, "number of children", {8: "eight or more"})
    assert found.question is not None
    assert found.question.is_number
    assert missing(found) == ()
    assert found.unsure.startswith("taken for an amount: 8 eight or more (4)")


@pytest.mark.parametrize("label", ["Not sure", "Can't remember", "Uncoded", "No opinion", "9. NA how often"])
def test_more_labels_that_are_no_answers(label: str) -> None:
    found = part("q", ROWS % 3 + 1, "A question", {1: "Yes", 2: "No", 3: label})
    assert missing(found) == (3,)
    assert found.unsure.startswith("taken for no answer: 3 ")


def test_a_label_with_na_inside_is_an_answer() -> None:
    assert missing(part("q", ROWS % 2, "", {0: "Every week or NA if more", 1: "Never"})) == ()


@pytest.mark.parametrize(
    ("labels", "mark"),
    [
        ({1: "Nein", 2: "Eher nein", 3: "Ja", 8: "Kann ich nicht beurteilen"}, "by its number perhaps no answer: 8 "),
        ({1: "Sim", 2: "Talvez", 3: "Outro", 99: "Sem resposta"}, "by its number perhaps no answer: 99 "),
        ({1: "예", 2: "아니오", 3: "모름"}, "in letters that are not read, perhaps no answer: 1 예"),
    ],
)
def test_answers_in_another_language_are_marked_by_their_numbers_or_letters(
    labels: dict[float, str], mark: str
) -> None:
    codes = [[*labels][i % len(labels)] for i in range(N)]
    assert part("q", codes, "", labels).unsure.startswith(mark)


def test_answers_that_follow_each_other_are_not_marked() -> None:
    assert part("q", ROWS % 5 + 1, "", {i: f"answer {i}" for i in range(1, 6)}).unsure == ""


def test_a_persons_weight_is_none_and_a_second_weight_is_marked() -> None:
    heavy = part("weight", ROWS + 40.5, "weight (kg)", finalwgt=ROWS % 7 + 1.5)
    assert (heavy.part, heavy.unsure) == ("question", "")
    file = pd.DataFrame({"finalwgt": ROWS % 7 + 1.5, "lead_wt": ROWS % 5 + 1.5})
    one, two = psa.bind(file, year=2010).parts
    assert (one.part, one.variable, one.unsure) == ("weight", "finalwgt", "may also be lead_wt")
    assert (two.part, two.variable) == ("question", "lead_wt")
    assert two.unsure.startswith("may be the weight instead")
    assert part("W1_WEIGHT1", ROWS % 7 + 1.5, "Post-stratification weight: all cases").part == "weight"


@pytest.mark.parametrize("name", ["W.Hnd", "W1_ORDER"])
def test_codes_with_labels_and_names_that_begin_with_w_are_no_weights(name: str) -> None:
    assert part(name, ROWS % 2 + 1, "", {1: "Left", 2: "Right"}).part == "question"
    assert part("region", ROWS % 2 + 3, "3=S, 4=W", {3: "S", 4: "W"}).part == "area"


def test_each_kind_of_area_is_bound_but_not_a_country_of_birth_or_a_mark() -> None:
    beside = {"pcon": ROWS % 8 + 1}
    assert (
        part("country", ROWS % 3 + 1, "Country", {1: "England", 2: "Scotland", 3: "Wales"}, **beside).name == "country"
    )
    frame = pd.DataFrame({"region": ROWS % 3 + 1, "ward": ROWS % 8 + 1})
    assert [(one.part, one.name) for one in psa.bind(frame, year=2010).parts] == [("area", "region"), ("area", "ward")]
    assert part("born", ROWS % 2 + 1, "Country of birth", {1: "UK", 2: "Elsewhere"}).part == "question"
    assert part("south", ROWS % 2, "region==S").part == "question"


def test_the_codebook_points_at_nines_far_above_the_others() -> None:
    [row] = psa.codebook(pd.DataFrame({"hours": [*range(2, 41), 999]}))
    assert row.note == "nines far above the other numbers, perhaps no answer: 999"
