"""`bind` on files in others' words: the questions as a postal questionnaire prints them, and as archives label them.

The truth stands beside each variable; None is a variable that is nearly a question of the survey, and none of it.
"""

from __future__ import annotations

from itertools import cycle, islice, product
from pathlib import Path

import pandas as pd
import pyreadstat

import psaindicators as psa

Labels = dict[float, str]
Asked = dict[str, tuple[str, Labels, str | None]]


def coded(*labels: str) -> Labels:
    return {float(i): label for i, label in enumerate(labels, start=1)}


SATISFIED = coded("Very satisfied", "Fairly satisfied", "Neither", "Fairly dissatisfied", "Very dissatisfied", "DK")
STRONGLY = coded("Very strongly", "Fairly strongly", "Not very strongly", "Not at all strongly", "Don't know")
AGREE = coded("Definitely agree", "Tend to agree", "Tend to disagree", "Definitely disagree", "Don't know")
TOGETHER = AGREE | {6.0: "Too few people in local area", 7.0: "All same backgrounds"}
OFTEN = coded("At least once a week", "Less than once a week but at least once a month", "Less often", "No unpaid help")
YES, SEX = coded("Yes", "No"), coded("Male", "Female")
BANDS = coded("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+")

POSTAL: Asked = {
    "Q3": (
        "Overall, how satisfied or dissatisfied are you with your local area as a place to live?",
        SATISFIED,
        "satisfied_area",
    ),
    "Q4": ("How strongly do you feel you belong to your immediate neighbourhood?", STRONGLY, "belong_neighbourhood"),
    "Q5": ("How satisfied or dissatisfied are you with the way your council runs things?", SATISFIED, None),
    "Q13": (
        "Do you agree that you can influence decisions in your local area?",
        AGREE,
        "influence_decisions",
    ),
    "Q14": ("Would you like to be more involved in the decisions that affect your local area?", YES, None),
    "Q17": (
        "About how often over the last 12 months have you given unpaid help to any group(s), club(s)?",
        OFTEN,
        "volunteering_frequency",
    ),
    "Q18": (
        "To what extent do you agree that your local area is a place where people from different backgrounds get on "
        "well together?",
        TOGETHER,
        "get_on_well",
    ),
    "Q31": ("Are you male or female?", SEX, "sex"),
    "Q15_1": ("In the past 12 months have you been a local councillor", YES, "role_councillor"),
    "Q15_2": ("In the past 12 months have you been a school governor", YES, "role_school_governor"),
    "Q15_3": ("In the past 12 months have you been a magistrate", YES, "role_magistrate"),
    "Q16": ("How satisfied are you with refuse collection", SATISFIED, None),
}
ARCHIVE: Asked = {
    "SLocSat": ("Overall satisfaction with local area as a place to live", SATISFIED, "satisfied_area"),
    "SBeNgh": ("How strongly feel belong to immediate neighbourhood", STRONGLY, "belong_neighbourhood"),
    "SBeGB": ("How strongly feel belong to Britain", STRONGLY, None),
    "PAffLc": ("Agree can influence decisions affecting local area", AGREE, "influence_decisions"),
    "PAffGB": ("Agree can influence decisions affecting Britain", AGREE, None),
    "PInfl": ("Importance of influencing decisions in local area", coded("Very important", "Not important"), None),
    "STogL": ("People from different backgrounds get on well together in local area", TOGETHER, "get_on_well"),
    "FVolOft": ("Frequency of formal volunteering in last 12 months", OFTEN, "volunteering_frequency"),
    "IVolOft": ("Frequency of informal volunteering in last 12 months", OFTEN, None),
    "RSex": ("Sex of respondent", SEX, "sex"),
    "PSex": ("Sex of partner", SEX, None),
    "RAge": ("Age of respondent (banded)", BANDS, "age_band"),
}


def written(asked: Asked, path: Path) -> Path:
    rows = pd.DataFrame({name: list(islice(cycle(codes), 60)) for name, (_, codes, _) in asked.items()})
    labels = {name: label for name, (label, _, _) in asked.items()}
    pyreadstat.write_sav(
        rows, path, column_labels=labels, variable_value_labels={name: c for name, (_, c, _) in asked.items()}
    )
    return path


SURVEYS = (("place", 2008), ("citizenship", 2007), ("community_life", 2024))


def test_every_question_is_found_nine_in_ten_are_right_and_every_wrong_one_is_marked(tmp_path: Path) -> None:
    right = proposed = 0
    for (name, year), asked in product(SURVEYS, (POSTAL, ARCHIVE)):
        wave = psa.wave(name, year)
        truth = {question: variable for variable, (_, _, question) in asked.items() if question in wave.questions}
        found = psa.bind(written(asked, tmp_path / "others.sav"), wave)
        bound = {one.name: one for one in found.parts if one.part == "question" and one.variable}
        ours = {question for question, one in bound.items() if truth.get(question) == one.variable}
        assert ours == set(truth)
        assert [question for question in bound if question not in ours and not bound[question].unsure] == []
        right, proposed = right + len(ours), proposed + len(bound)
    assert right >= 0.9 * proposed


def test_no_answers_in_few_letters_and_codes_that_look_like_amounts_are_marked(tmp_path: Path) -> None:
    """A file of the United States' General Social Survey labels them so; "na" had become an answer without a word."""
    asked: Asked = {
        "wrkstat": ("Labour force status", {0.0: "NAP", 1.0: "Working", 2.0: "Retired", 9.0: "NA"}, None),
        "netcat": ("Internet use", {1.0: "None", 2.0: "Some", 9.0: "Not available"}, None),
        "isle": ("Council", {1.0: "Na h-Eileanan Siar", 2.0: "Orkney"}, None),
    }
    data, _ = pyreadstat.read_sav(written(asked, tmp_path / "others.sav"))
    meta = {"ProvCode": "HLM Code - Province", "weeks": "Weeks worked"}
    for name in meta:
        data[name] = [float(i % 50) for i in range(60)]
    pyreadstat.write_sav(
        data,
        tmp_path / "more.sav",
        column_labels={**{name: label for name, (label, _, _) in asked.items()}, **meta},
        variable_value_labels={name: codes for name, (_, codes, _) in asked.items()},
    )
    parts = {one.variable: one for one in psa.bind(tmp_path / "more.sav", year=2008).parts if one.question}
    assert parts["wrkstat"].unsure == "taken for no answer: 0 NAP (15), 9 NA (15)"
    assert parts["netcat"].unsure == "taken for no answer: 9 Not available (20)"
    assert not parts["isle"].unsure
    assert parts["ProvCode"].unsure == "codes without labels, or a number?"
    assert not parts["weeks"].unsure


def test_many_codes_that_are_all_labelled_are_no_number(tmp_path: Path) -> None:
    """Of 27 bands of income every one had been taken for no answer, as the labelled codes of a number are."""
    asked: Asked = {"income": ("Income", {float(i): f"Band {chr(96 + i)}" for i in range(1, 27)}, None)}
    (part,) = [one for one in psa.bind(written(asked, tmp_path / "others.sav"), year=2008).parts if one.question]
    assert part.question is not None
    assert (len(part.question.answers), part.question.missing, part.unsure) == (26, (), "")
