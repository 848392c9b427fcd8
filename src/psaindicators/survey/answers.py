"""Named answers from raw codes: what a wave promises about a question, kept on arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from psaindicators.definitions.waves import Band, Cross, Question, Wave
from psaindicators.errors import SurveyError, did_you_mean
from psaindicators.files.microdata import Microdata
from psaindicators.kernel.codes import Value, matchable, matches, numbers_of
from psaindicators.survey.survey import Columns
from psaindicators.words import code_shown, listed, visible

UNKNOWN = -1


@dataclass(frozen=True)
class Places:
    """How the areas of a kind are spelled in a file: each code by itself and by its name, without regard to case."""

    where: str
    kind: str
    codes: Mapping[str, str]

    def named(self, spelled: Iterable[str]) -> frozenset[str]:
        """Return the codes of areas. Raises SurveyError for one that there is not."""
        known = {one: self.codes.get(one.strip().casefold()) for one in spelled}
        absent = sorted(one for one, code in known.items() if code is None)
        if absent:
            near = did_you_mean(absent[0].casefold(), self.codes)
            there = listed(dict.fromkeys(self.codes.values())) or "none"
            what = listed(f"'{visible(one)}'" for one in absent)
            raise SurveyError(f"{self.where}: there is no {self.kind} {what}{near} (there are: {there})")
        return frozenset(code for code in known.values() if code is not None)


@dataclass(frozen=True, eq=False)
class ArrayAnswers:
    """The answers of one survey's respondents, kept as arrays (see `Answers` in definitions/rules.py).

    `position` holds for each question with named answers the position of the answer given (0 is none), shape
    (rows,); `numbers` holds for each question that is a number its amount (NaN is none). `places` are the kinds of area
    among the questions.
    """

    names: Mapping[str, tuple[str, ...]]
    position: Mapping[str, NDArray[np.signedinteger]]
    numbers: Mapping[str, NDArray[np.float64]]
    places: Mapping[str, Places] = field(default_factory=dict)

    def is_in(self, question: str, answers: frozenset[str]) -> NDArray[np.bool_]:
        if question in self.places:
            answers = self.places[question].named(answers)
        table = np.array([False, *(name in answers for name in self.names[question])])
        return np.asarray(table[self.position[question]])

    def is_answered(self, question: str) -> NDArray[np.bool_]:
        if question in self.numbers:
            return ~np.isnan(self.numbers[question])
        return self.position[question] > 0

    def reaches(self, question: str, least: float) -> NDArray[np.bool_]:
        return self.numbers[question] >= least

    def points(self, question: str, scores: Mapping[str, float]) -> NDArray[np.float64]:
        table = np.array([0.0, *(float(scores.get(name, 0.0)) for name in self.names[question])])
        return np.asarray(table[self.position[question]])

    def tally(self, truth: NDArray[np.bool_]) -> NDArray[np.int16]:
        return truth.astype(np.int16)


def named_answers(columns: Columns, questions: Iterable[str]) -> ArrayAnswers:
    """Return the named answers to some questions.

    Raises SurveyError that lists, for every question at once, the codes that neither an answer nor `missing` names.
    """
    wave, microdata = columns.survey.wave, columns.survey.microdata
    wanted = sorted(questions)
    position, numbers, problems = {}, {}, []
    for name, question in sorted(wave.read_from(wanted).items()):
        codes = columns.codes(question.variable)
        entries = entry_of_each(codes.values, question, microdata)
        if (entries == UNKNOWN).any():
            counts = np.where(entries == UNKNOWN, codes.counts, 0)
            problems.append(_unknown(name, question, codes.values, counts, microdata))
        elif question.is_number:
            amounts = np.where(entries > 0, numbers_of(codes), np.nan)
            numbers[name] = codes.translate(amounts, np.nan)
        else:
            position[name] = codes.translate(entries.astype(np.int16), 0)
    if problems:
        raise SurveyError("\n".join(f"{columns.survey.where}: {problem}" for problem in problems))
    position |= _crossed(wave, wanted, position)
    return ArrayAnswers({name: wave.answers(name) for name in position}, position, numbers)


def _crossed(
    wave: Wave, wanted: Iterable[str], position: Mapping[str, NDArray[np.int16]]
) -> dict[str, NDArray[np.int16]]:
    """Return the positions of questions made of others: none where any part has none."""
    crosses = {name: one for name in wanted if isinstance(one := wave.question(name), Cross)}
    return {name: _cross(wave, cross, position) for name, cross in crosses.items()}


def _cross(wave: Wave, cross: Cross, position: Mapping[str, NDArray[np.int16]]) -> NDArray[np.int16]:
    sizes = [len(wave.answers(part)) for part in cross.parts]
    given = np.stack([position[part] for part in cross.parts])
    answered = (given > 0).all(axis=0)
    cell = np.ravel_multi_index(tuple(np.where(answered, given - 1, 0)), sizes)
    return np.where(answered, cell + 1, 0).astype(np.int16)


def entry_of_each(values: tuple[Value, ...], question: Question, microdata: Microdata) -> NDArray[np.intp]:
    """Return for each raw value the position of its answer from 1, 0 where it is missing, -1 where it is unknown.

    A number's values are all position 1, and those in no band are missing. A code that the file declares user-missing
    is missing unless an answer names it; a value matches an answer by its amount or text, or else by its value label.
    """
    labels = microdata.labels.get(question.variable, {})
    missing = matches(values, dict.fromkeys(question.missing, 0), labels) == 0
    declared = np.array([is_declared(value, microdata, question.variable) for value in values], dtype=bool)
    if question.holds_numbers:
        return np.where(missing | declared, 0, _bands_of(values, question)).astype(np.intp)
    answers = {code: i for i, codes in enumerate(question.codes.values(), start=1) for code in codes}
    entries = matches(values, answers, labels)
    return np.where((entries == UNKNOWN) & (missing | declared), 0, entries).astype(np.intp)


def _bands_of(values: tuple[Value, ...], question: Question) -> NDArray[np.intp]:
    """Return for each value the position of its band from 1, 0 where it is in none, -1 where it is not a number.

    A number without bands is all of one band.
    """
    keys = [matchable(value) for value in values]
    amounts = np.array([key if isinstance(key, float) and isfinite(key) else np.nan for key in keys])
    bands = [*question.bands.values()] or [Band(-np.inf)]
    inside = [(band.low <= amounts) & (amounts <= band.high) for band in bands]
    return np.select([*inside, ~np.isnan(amounts)], [*range(1, len(bands) + 1), 0], UNKNOWN)


def is_declared(value: Value, microdata: Microdata, variable: str) -> bool:
    """Return whether the file declares a code of a variable missing."""
    for low, high in microdata.user_missing.get(variable, ()):
        if isinstance(value, str) and isinstance(low, str) and isinstance(high, str):
            if low <= value <= high:
                return True
        elif not any(isinstance(one, str) for one in (value, low, high)) and low <= value <= high:  # type: ignore[operator]
            return True
    return False


def code_with_label(value: Value, count: int, labels: Mapping[Value, str]) -> str:
    """Return a code as a message tells it: the code, its label in the file if there is one, and how many gave it."""
    label = next((text for code, text in labels.items() if matchable(code) == matchable(value)), "")
    called = f" labelled '{visible(label)}'" if label else ""
    return f"{code_shown(value, count)}{called} ({count:,})"


def _unknown(name: str, question: Question, values: tuple[Value, ...], counts: NDArray[np.intp], of: Microdata) -> str:
    unknown = sorted((i for i in range(len(values)) if counts[i]), key=lambda i: -counts[i])
    labels = of.labels.get(question.variable, {})
    found = listed(code_with_label(values[i], int(counts[i]), labels) for i in unknown)
    if question.holds_numbers:
        return f"'{question.variable}' ('{name}') is a number, but holds {found} (code and respondents)"
    known = ", ".join(f"{answer} = {' or '.join(map(repr, codes))}" for answer, codes in question.codes.items())
    return (
        f"'{question.variable}' ('{name}') holds codes that no answer and no missing list names: {found} "
        f"(code and respondents); the answers are {known}; name the codes as answers or list them in missing"
    )
