"""A wave proposed from a file's labels: what it finds, what it marks, and that nobody's guess is estimated from.

The files are the Citizenship Survey's sample under other names, labels and codes; the truth is the shipped wave.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.definitions.waves import Question
from psaindicators.survey.binding_files import Part
from tests.paths import SAMPLES
from tests.workbook_by_hand import xlsx

CITIZENSHIP = SAMPLES / "citizenship_2007.sav"
ROWS = 2_000
REFUSALS = [{"lo": -9, "hi": -8}]


@dataclass(frozen=True)
class Labelled:
    """A labelled file: rows, variable labels and value labels."""

    rows: pd.DataFrame
    labels: Mapping[str, str]
    values: Mapping[str, Mapping[float, str]]
    declared: bool = True

    def renamed(self, name: Callable[[str], str]) -> Labelled:
        return replace(
            self,
            rows=self.rows.rename(columns=name),
            labels={name(one): label for one, label in self.labels.items()},
            values={name(one): labels for one, labels in self.values.items()},
        )

    def write(self, path: Path) -> Path:
        missing = {one: REFUSALS for one, labels in self.values.items() if self.declared and -9.0 in labels}
        pyreadstat.write_sav(
            self.rows,
            path,
            column_labels=dict(self.labels),
            variable_value_labels={name: dict(labels) for name, labels in self.values.items()},
            missing_ranges=missing,
        )
        return path


@pytest.fixture(scope="module")
def sample() -> Labelled:
    rows, meta = pyreadstat.read_sav(CITIZENSHIP, user_missing=True, row_limit=ROWS)
    return Labelled(rows, meta.column_names_to_labels, meta.variable_value_labels)


def citizenship() -> psa.Wave:
    return psa.wave("citizenship", 2007)


def numbered(name: str) -> str:
    """A name that tells nothing and is always the same."""
    return f"v{sha256(name.encode()).hexdigest()[:7]}"


def questions(found: psa.survey.Binding) -> list[Part]:
    return [one for one in found.parts if one.part == "question"]


def shuffled(one: Labelled) -> Labelled:
    """Other codes for the same labels."""
    random, rows, values = Random(1), one.rows.copy(), {}
    for name, labels in one.values.items():
        codes = [code for code in labels if code >= 0]
        other = dict(zip(codes, random.sample(codes, len(codes)), strict=True))
        rows[name] = rows[name].map(lambda code, other=other: other.get(code, code))
        values[name] = {other.get(code, code): label for code, label in labels.items()}
    return replace(one, rows=rows, values=values)


def shouted(one: Labelled) -> Labelled:
    """Labels in capitals, numbered as questionnaires are."""
    return replace(
        one,
        labels={name: f"Q{i}. {label.upper()}" for i, (name, label) in enumerate(one.labels.items())},
        values={
            name: {code: f"{int(code)} = {label.upper()}" for code, label in labels.items()}
            for name, labels in one.values.items()
        },
    )


def cut(one: Labelled) -> Labelled:
    """Labels as old programs cut them."""
    return replace(
        one,
        labels={name: label[:40] for name, label in one.labels.items()},
        values={name: {code: label[:20] for code, label in labels.items()} for name, labels in one.values.items()},
    )


LIKE = {
    "satcncl": ("locsat", "Satisfaction with the way the council runs things"),
    "sat5": ("locsat", "Satisfaction with local area as a place to live, five years ago"),
    "psex": ("sex", "Sex of partner"),
    "sbegb": ("sbeloc", "How strongly belongs to Great Britain"),
    "inflgb": ("paffloc", "Can influence decisions affecting Great Britain"),
    "chage": ("dvage", "Age of youngest child"),
    "funoft2": ("funoft", "How often gave unpaid help to individuals, last 12 months"),
    "hgroup": ("ethnic6", "Ethnic group of household reference person"),
    "civparty": ("civact11", "Last 12 months: member of a political party"),
    "stog2": ("stogeth", "Local area: people treat each other with respect"),
}
"""Variables that are nearly a question of the survey: their answers are another's, and what they are of."""


def with_others_like(one: Labelled) -> Labelled:
    """Beside each question one that is nearly it."""
    rows = one.rows.assign(**{name: one.rows[source] for name, (source, _) in LIKE.items()})
    labels = {**one.labels, **{name: label for name, (_, label) in LIKE.items()}}
    values = {name: one.values[source] for name, (source, _) in LIKE.items() if source in one.values}
    return replace(one, rows=rows, labels=labels, values={**one.values, **values})


def undeclared(one: Labelled) -> Labelled:
    """No code declared missing."""
    return replace(one, declared=False)


CHANGES: dict[str, Callable[[Labelled], Labelled]] = {
    "renamed": lambda one: one,
    "recoded": shuffled,
    "in capitals": shouted,
    "cut": cut,
    "nothing declared missing": undeclared,
    "with others like them": with_others_like,
}


def labels_of(question: Question, labels: Mapping[float, str]) -> dict[str, set[str]]:
    """The labels that each answer stands for, however they are coded."""
    told = {float(code): label for code, label in labels.items()}
    found = {name: {told[float(one)] for one in codes if float(one) in told} for name, codes in question.codes.items()}
    return {name: some for name, some in found.items() if some}


@pytest.mark.parametrize("change", CHANGES)
def test_nine_bindings_in_ten_are_right_and_every_wrong_one_is_marked(
    sample: Labelled, change: str, tmp_path: Path
) -> None:
    changed = CHANGES[change](sample).renamed(numbered)
    found = questions(psa.bind(changed.write(tmp_path / "survey_2007.sav"), citizenship()))
    wave, right = citizenship(), 0
    for one in found:
        own = wave.questions[one.name]
        assert isinstance(own, Question)
        same = one.variable == numbered(own.variable) and one.question is not None
        if same and one.question is not None and own.answers:
            theirs = labels_of(one.question, changed.values[one.variable])
            plain = {name: {label.split(" = ")[-1].casefold() for label in some} for name, some in theirs.items()}
            ours = labels_of(
                own,
                CHANGES[change](sample).values[own.variable] if change != "recoded" else sample.values[own.variable],
            )
            expected = {name: {label.split(" = ")[-1].casefold() for label in some} for name, some in ours.items()}
            same = plain == expected or bool(one.unsure)
        right += same
        assert same or one.unsure, f"{one.name} is bound to {one.variable} ({one.label}) and not marked"
    assert right >= 0.9 * len(found)


def test_what_is_only_nearly_the_question_is_marked(sample: Labelled, tmp_path: Path) -> None:
    """The right variables are gone: each of the others is the best there is, and none counts."""
    gone = {source for source, _ in LIKE.values()}
    others = with_others_like(sample)
    alone = replace(
        others,
        rows=others.rows.drop(columns=[*gone]),
        labels={name: label for name, label in others.labels.items() if name not in gone},
        values={name: labels for name, labels in others.values.items() if name not in gone},
    ).renamed(numbered)
    found = questions(psa.bind(alone.write(tmp_path / "survey_2007.sav"), citizenship()))
    wanted = {
        name for name, one in citizenship().questions.items() if isinstance(one, Question) and one.variable in gone
    }
    assert [one.name for one in found if one.name in wanted and one.variable and not one.unsure] == []


def test_a_file_of_the_surveys_own_names_is_bound_without_doubt_but_for_whom_it_is_about(tmp_path: Path) -> None:
    found = psa.bind(CITIZENSHIP, citizenship())
    doubtful = [one.part for one in found.parts if one.unsure]
    assert doubtful == ["include"]  # the survey's own figures are about England, and the file is of Wales too
    path = tmp_path / "mine.toml"
    path.write_text(found.to_toml())
    with pytest.raises(psa.DefinitionError, match=r"mine\.toml: wave 2007 has 1 unsure part\. Look at each"):
        psa.read_survey(CITIZENSHIP, psa.wave(path, 2007))


def test_a_bound_file_has_the_survey_s_own_figures_once_a_person_has_looked(sample: Labelled, tmp_path: Path) -> None:
    """Renamed and recoded, it gives the figures of the file that it was made from."""
    other = shuffled(sample).renamed(numbered).write(tmp_path / "survey_2007.sav")
    own = sample.write(tmp_path / "own.sav")
    looked = tomllib.loads(psa.bind(other, citizenship()).to_toml())
    looked["2007"].pop("unsure")
    wave = psa.wave(looked, 2007)
    assert len(wave.questions) >= 30
    theirs = psa.estimate(psa.read_survey(other, unweighted(wave)), psa.indicators("nis")["ni2"])
    ours = psa.estimate(
        psa.read_survey(own, unweighted(replace(citizenship(), include=None))), psa.indicators("nis")["ni2"]
    )
    assert theirs.columns["value"].tolist() == pytest.approx(ours.columns["value"].tolist(), abs=1e-12)
    assert theirs.columns["base"].tolist() == ours.columns["base"].tolist()


def unweighted(wave: psa.Wave) -> psa.Wave:
    """A wave in which everyone counts the same: the design is not what is tested."""
    return replace(wave, weight=None, stratum=None, psu=(), unsure={}, lonely_psu="fail")


def test_any_labelled_file_becomes_questions_named_by_its_labels(sample: Labelled, tmp_path: Path) -> None:
    path = sample.write(tmp_path / "wave_2007.sav")
    found = psa.bind(path)
    assert (found.survey, found.year) == ("wave_2007", 2007)
    by_name = {one.name: one for one in questions(found)}
    satisfied = by_name["locsat"].question
    assert satisfied is not None
    assert satisfied.answers == {
        "very_satisfied": 1,
        "fairly_satisfied": 2,
        "neither_satisfied_nor_dissatisfied": 3,
        "fairly_dissatisfied": 4,
        "very_dissatisfied": 5,
    }
    assert not by_name["locsat"].unsure
    unsure = {one.part for one in found.parts if one.unsure}
    assert {"weight", "stratum", "psu", "area"} <= unsure  # by their names alone: never a silent guess


RETURNS = pd.DataFrame({"Return": [1, 2, 3], "q1": ["Yes", "No", "Don't know"], "q2": [1, 2, 2]})


def test_no_answers_and_codes_without_labels_are_marked() -> None:
    found = psa.bind(RETURNS, year=2009)
    doubts = {one.name: one.unsure for one in questions(found)}
    assert doubts["q1"].startswith("taken for no answer: Don't know")
    assert doubts["q2"] == "codes without labels, or a number?"
    q1 = next(one.question for one in questions(found) if one.name == "q1")
    assert q1 is not None
    assert (q1.answers, q1.missing) == ({"yes": "Yes", "no": "No"}, ("Don't know",))


def test_a_file_that_tells_no_year_asks_for_one() -> None:
    with pytest.raises(psa.OptionError, match="tells no year: give the year in which the fieldwork started"):
        psa.bind(RETURNS)


def test_the_command_writes_a_new_file_and_says_what_is_next(tmp_path: Path) -> None:
    RETURNS.to_csv(tmp_path / "returns_2009.csv", index=False)
    words = ["bind", str(tmp_path / "returns_2009.csv"), "--out", str(tmp_path / "mine.toml")]
    said = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert "parts are unsure: look at them there, then" in said.stdout
    checked = CliRunner().invoke(
        cli, ["check", str(tmp_path / "returns_2009.csv"), "--survey", str(tmp_path / "mine.toml"), "--wave", "2009"]
    )
    assert checked.exit_code == 3
    assert "blocks: q2: is unsure" in checked.stdout
    written = (tmp_path / "mine.toml").read_text()
    again = CliRunner().invoke(cli, words)
    assert isinstance(again.exception, psa.OutputError)
    assert "is there already" in str(again.exception)
    assert (tmp_path / "mine.toml").read_text() == written


def test_what_is_stated_of_the_layout_stands_in_the_wave(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "returns_2009.xlsx",
        {"Codes": [["code"], *[[one] for one in range(40)]], "Returns": [["Postal returns", "of"], ["q", "r"], [1, 2]]},
    )
    words = ["bind", str(path), "--sheet", "Returns", "--header-row", "2"]
    said = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert 'sheet = "Returns"\nheader_row = 2\n' in said.stdout
    mine = tmp_path / "mine.toml"
    mine.write_text("\n".join(one for one in said.stdout.splitlines() if "codes without labels" not in one))
    assert psa.read_survey(path, psa.wave(str(mine), 2009)).microdata.variables == ("q", "r")


def test_a_doubt_about_no_question_of_the_wave_is_refused() -> None:
    mine: dict[str, Any] = {"survey": "s", "title": "S", "2009": {"questions": {"q": {"variable": "q"}}}}
    mine["2009"]["unsure"] = {"questions": {"r": "look"}}
    with pytest.raises(psa.DefinitionError, match="unsure: 'r' is not a question of the wave"):
        psa.wave(mine, 2009)


ANSWERS = ["Very satisfied", "Fairly satisfied", "Neither", "Fairly dissatisfied", "Very dissatisfied"]


@pytest.mark.parametrize(
    ("header", "doubt"),
    [
        ("Q3 Satisfaction with local area as a place to live", ""),
        ("Satisfaction with local area as a place to live, five years ago", "words that the question has not: five"),
        ("Satisfaction Area", "the file says nothing of what the variable is"),
    ],
)
def test_a_header_in_words_says_what_the_variable_is(header: str, doubt: str) -> None:
    """As a workbook of returns has it, where nothing else does; two words say too little."""
    rows = pd.DataFrame({"Return ID": range(1, 51), header: ANSWERS * 10})
    found = psa.bind(rows, psa.wave("place", 2008), year=2011).to_frame().set_index("name")
    assert found.loc["satisfied_area", "variable"] == header
    assert found.loc["satisfied_area", "unsure"].startswith(doubt)
    assert bool(found.loc["satisfied_area", "unsure"]) == bool(doubt)
