"""Which variable of a file holds a question that a survey asks, by names, labels and codes, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from psaindicators.definitions.waves import Band, Code, Question
from psaindicators.definitions.wordings import is_answer, likeness, plain, question_phrases, strange_words
from psaindicators.files.microdata import Microdata
from psaindicators.kernel.codes import Value, as_text, matchable
from psaindicators.survey.codebook import ListedCode, listed_codes
from psaindicators.survey.likely import NO_ANSWER, ROLES, Seen, likely, odd_numbers
from psaindicators.words import listed

LEAST = 0.5
"""A label less like a question than this is none of it."""
ALIKE = 0.75
"""From this on a label is a question's, where no other comes near."""
NEAR = 0.15
"""Two likenesses that differ by less are not told apart."""
MOST_CODES = 12
BAND = re.compile(r"(?P<low>\d+)_(?:(?P<high>\d+)|(?:and_)?over)")
"""Answers that are bands of numbers by their names."""
NAMED = 3
"""A name of so many words says what the variable is."""
OF_ITS_NAME = 0.3
"""A variable of the survey's own name holds the question unless its label is less like it than this."""


@dataclass(frozen=True)
class Variable:
    """A variable of a file: what it holds (`kind`), what it may be (`role`), and its codes with labels and counts.

    `odd` are numbers without labels that perhaps stand for no answer; `each_ones_own` where no two respondents have
    the same whole number; `called` is the role that its name or label says, where its values are not of one.
    """

    name: str
    label: str
    kind: str
    role: str
    codes: tuple[ListedCode, ...]
    odd: tuple[ListedCode, ...] = ()
    each_ones_own: bool = False
    called: str = ""

    @property
    def says(self) -> str:
        """What the file says that the variable is: its label, or a name of several words, as a workbook's header."""
        return self.label or (self.name if len(self.name.split()) >= NAMED else "")

    @property
    def written(self) -> str:
        """Its codes with labels and counts, a few of them."""
        return listed((one.written for one in self.codes), most=MOST_CODES)

    def spelling(self, code: ListedCode) -> str:
        """Return the words of a code: its label, or itself where the file gives texts."""
        return code.label or ("" if isinstance(matchable(code.value), float) else as_text(code.value))


def variable_of(microdata: Microdata, seen: Seen) -> Variable:
    """Return a variable of a file, of which its rows are no longer held."""
    codes = tuple(listed_codes(microdata, seen))
    known = {matchable(one.value) for one in codes if one.label or one.is_missing}
    odd = odd_numbers(seen.numbers[np.isfinite(seen.numbers)]) if seen.kind != "text" else []
    counts = dict(zip(seen.numbers.tolist(), seen.codes.counts.tolist(), strict=True))
    strange = tuple(ListedCode(one, "", counts[one], False) for one in odd if one not in known)
    role = likely(seen)
    called = "" if role else next(filter(seen.is_called, ROLES), "")
    return Variable(seen.name, seen.label, seen.kind, role, codes, strange, seen.is_each_ones_own, called)


@dataclass(frozen=True)
class Match:
    """A variable taken for a question: what speaks for it, and what a person must look at before it counts."""

    variable: Variable
    question: Question
    evidence: tuple[str, ...]
    doubts: tuple[str, ...]


def recognise(questions: Mapping[str, Question], variables: Sequence[Variable]) -> dict[str, Match]:
    """Return for each question the variable that holds it most likely; a question that none is like is left out."""
    alike = {
        name: {one.name: _likeness(name, question, one) for one in variables} for name, question in questions.items()
    }
    by_name = {one.name: one for one in variables}
    found = {}
    for name, question in questions.items():
        likest, score = max(alike[name].items(), key=lambda item: item[1], default=("", 0.0))
        if score >= (LEAST if likest and _may_answer(question, by_name[likest]) else ALIKE):
            found[name] = _match(name, question, by_name[likest], alike)
    return found


def _may_answer(question: Question, variable: Variable) -> bool:
    """Whether any label of a variable is an answer of the question, or there is nothing to tell it by."""
    spelled = [variable.spelling(one) for one in variable.codes if not one.is_missing and variable.spelling(one)]
    return (
        not question.answers or not spelled or any(is_answer(one, name) for one in spelled for name in question.names)
    )


def _likeness(name: str, question: Question, variable: Variable) -> float:
    """Return how like a question a variable is, 0 to 1; the survey's own name is enough unless its label is unlike."""
    if not _fits(question, variable):
        return 0.0
    words = likeness(variable.says, question_phrases(name))
    if variable.name.casefold() == question.variable.casefold() and (not variable.label or words >= OF_ITS_NAME):
        return max(words, ALIKE)
    return max(words, likeness(_spaced(variable.name), question_phrases(name)) if not variable.says else 0.0)


def _fits(question: Question, variable: Variable) -> bool:
    """Whether a variable has what a question needs: codes for named answers, amounts for a number or its bands."""
    if question.answers and not (variable.kind.startswith("number") and bands_named(question)):
        return variable.kind == "codes"
    labels = [one.label for one in variable.codes if one.label and not one.is_missing]
    return variable.kind != "text" and all(NO_ANSWER.search(one) for one in labels)


def _spaced(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")


def _match(name: str, question: Question, variable: Variable, alike: Mapping[str, Mapping[str, float]]) -> Match:
    bands = bands_named(question) if variable.kind.startswith("number") else {}
    if bands:
        bound = _banded(Question(question.variable, {}, (), bands), variable)
    elif question.is_number or question.bands:
        bound = _numbers(question, variable)
    else:
        bound = _answers(question, variable)
    doubts = (*_rivals(name, variable, alike), *bound.doubts)
    return Match(variable, bound.question, (_said(name, question, variable, alike), *bound.evidence), doubts)


def _said(name: str, question: Question, variable: Variable, alike: Mapping[str, Mapping[str, float]]) -> str:
    own = "its name is the survey's own" if variable.name.casefold() == question.variable.casefold() else ""
    words = f"its label {variable.label!r}" if variable.label else f"its name {variable.name!r}"
    return own or f"{words} is like the question ({alike[name][variable.name]:.2f})"


def _rivals(name: str, variable: Variable, alike: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """Yield the doubts that other variables and other questions leave."""
    ours = alike[name][variable.name]
    if not variable.says:
        yield "the file says nothing of what the variable is"
    elif ours < ALIKE:
        yield f"it is only somewhat like the question ({ours:.2f}): {variable.says!r}"
    foreign = strange_words(variable.says, question_phrases(name))
    if foreign:
        yield f"words that the question has not: {listed(foreign)}"
    others = [one for one, score in alike[name].items() if one != variable.name and score >= ours - NEAR]
    if others:
        yield f"as like it: {listed(others)}"
    questions = [one for one in alike if one != name and alike[one][variable.name] >= ours - NEAR]
    if questions:
        yield f"as like another question: {listed(questions)}"


def bands_named(question: Question) -> dict[str, Band]:
    """Return the bands that the names of a question's answers say (18_24, 75_over); none where one does not."""
    found = {name: BAND.fullmatch(name) for name in question.answers}
    if not all(found.values()):
        return {}
    ends = {name: (one["low"], one["high"]) for name, one in found.items() if one}
    return {name: Band(float(low), float(high) if high else inf) for name, (low, high) in ends.items()}


@dataclass(frozen=True)
class _Bound:
    question: Question
    evidence: tuple[str, ...]
    doubts: tuple[str, ...]


def _numbers(question: Question, variable: Variable) -> _Bound:
    """Return a number, or bands of numbers, from a variable whose labelled codes are no amounts."""
    labelled = [one for one in variable.codes if one.label and not one.is_missing]
    absent = (*labelled, *variable.odd)
    doubts = [f"taken for no answer: {listed(one.written for one in absent)}"] if absent else []
    if variable.kind not in ("number", "codes"):
        doubts.append("it holds texts")
    taken = tuple(as_code(one.value) for one in absent)
    return _Bound(Question(variable.name, {}, taken, question.bands), ("numbers",), tuple(doubts))


def _banded(question: Question, variable: Variable) -> _Bound:
    """Return bands of a number in which an answer's name says them; a person looks whether it is in years."""
    bound = _numbers(question, variable)
    said = "the survey's answers are bands, and the file has numbers: are they of the same unit?"
    return _Bound(bound.question, ("bands by the answers' names",), (said, *bound.doubts))


def _answers(question: Question, variable: Variable) -> _Bound:
    """Return a question's answers with the file's own codes, by their labels; or the survey's codes without any."""
    if not any(variable.spelling(one) for one in variable.codes):
        return _unlabelled(question, variable)
    codes = {
        name: [one for one in variable.codes if is_answer(variable.spelling(one), name)] for name in question.names
    }
    own = _own_codes(question, variable, codes)
    codes = {name: [*some, *own.get(name, [])] for name, some in codes.items()}
    taken = {matchable(one.value) for some in codes.values() for one in some}
    rest = [one for one in variable.codes if matchable(one.value) not in taken and not one.is_missing]
    absent = [one for one in rest if NO_ANSWER.search(variable.spelling(one)) or _is_negative(one.value)]
    unknown = [one for one in rest if one not in absent]
    bound = Question(variable.name, {name: _code(some) for name, some in codes.items() if some}, _missing(absent))
    mixed = [one for some in own.values() for one in some]
    doubts = (
        [f"beside labels, taken for the survey's own codes: {listed(one.written for one in mixed)}"] if mixed else []
    )
    return _Bound(bound, _of_labels(codes), (*doubts, *_doubts(codes, unknown, absent)))


def _own_codes(
    question: Question, variable: Variable, labelled: Mapping[str, Sequence[ListedCode]]
) -> dict[str, list[ListedCode]]:
    """Return the survey's own codes of each answer, where a file gives codes without labels beside labels."""
    bare = [one for one in variable.codes if not one.is_missing and not variable.spelling(one)]
    known = {name: {matchable(code) for code in codes} for name, codes in question.codes.items()}
    found = {name: [one for one in bare if matchable(one.value) in some] for name, some in known.items()}
    return {name: some for name, some in found.items() if labelled.get(name) and some}


def _of_labels(codes: Mapping[str, Sequence[ListedCode]]) -> tuple[str, ...]:
    found = sum(bool(some) for some in codes.values())
    return (f"{found} of {len(codes)} answers by their labels",)


def _doubts(
    codes: Mapping[str, Sequence[ListedCode]], unknown: Sequence[ListedCode], absent: Sequence[ListedCode]
) -> Iterator[str]:
    without = [name for name, some in codes.items() if not some]
    if without:
        yield f"no label for {listed(without)}"
    twice = {name: some for name, some in codes.items() if len({plain(one.label) for one in some}) > 1}
    if twice:
        yield f"several labels for {listed(twice)}"
    if unknown:
        yield f"no answer of the question: {listed(one.written for one in unknown)}"
    odd = [one for one in absent if not NO_ANSWER.search(one.label or str(one.value))]
    if odd:
        yield f"taken for no answer: {listed(one.written for one in odd)}"


def _unlabelled(question: Question, variable: Variable) -> _Bound:
    """Return the survey's own codes, where a file gives codes without labels and no others than these."""
    known = {matchable(code) for codes in question.codes.values() for code in codes}
    absent = {matchable(code) for code in question.missing}
    given = [one for one in variable.codes if not one.is_missing]
    others = [one for one in given if matchable(one.value) not in known | absent]
    doubts = ["the file has no labels: the codes are the survey's own"]
    if others:
        doubts.append(f"no codes of the survey's: {listed(one.written for one in others)}")
    return _Bound(
        Question(variable.name, question.answers, question.missing),
        ("its codes are among the survey's own",),
        tuple(doubts),
    )


def _is_negative(value: Value) -> bool:
    amount = matchable(value)
    return isinstance(amount, float) and amount < 0


def _code(some: Sequence[ListedCode]) -> Code | tuple[Code, ...]:
    codes = tuple(as_code(one.value) for one in some)
    return codes[0] if len(codes) == 1 else codes


def _missing(absent: Sequence[ListedCode]) -> tuple[Code, ...]:
    return tuple(as_code(one.value) for one in absent)


def as_code(value: Value) -> Code:
    """Return a value as a wave writes it: a whole number without a point, a text as it stands."""
    if isinstance(value, str):
        return value
    return int(value) if float(value).is_integer() else float(value)
