"""The closed set of rules that say who counts, given a respondent's answers.

A rule knows questions and answers by name, and nothing of files or engines: it is evaluated against anything that
keeps the `Answers` promise, be it NumPy arrays or the expressions of a database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_
from typing import Any, Protocol

from psaindicators.words import joined

Truth = Any
"""A column of true and false, a respondent each, with &, | and ~: an array or an expression, never null."""


class Answers(Protocol):
    """What respondents answered, by question name; a respondent without an answer is false in every method."""

    def is_in(self, question: str, answers: frozenset[str]) -> Truth:
        """Whether the answer is one of `answers`."""

    def is_answered(self, question: str) -> Truth:
        """Whether there is a valid answer: not blank, not a missing code."""

    def reaches(self, question: str, least: float) -> Truth:
        """Whether the number answered is at least `least`."""

    def points(self, question: str, scores: Mapping[str, float]) -> Any:
        """The points the answer scores; none where there is no answer."""

    def tally(self, truth: Truth) -> Any:
        """1 where true and 0 where false, to be added up."""


@dataclass(frozen=True)
class AnswerIn:
    """The answer to one question is among those named."""

    question: str
    answers: frozenset[str]

    @property
    def questions(self) -> frozenset[str]:
        return frozenset({self.question})

    def holds(self, answers: Answers) -> Truth:
        return answers.is_in(self.question, self.answers)


@dataclass(frozen=True)
class AtLeast:
    """The number answered to one question reaches a least."""

    question: str
    least: float

    @property
    def questions(self) -> frozenset[str]:
        return frozenset({self.question})

    def holds(self, answers: Answers) -> Truth:
        return answers.reaches(self.question, self.least)


@dataclass(frozen=True)
class AnyOf:
    """At least one of several questions has an answer among those named; no answer counts as not."""

    asked: tuple[str, ...]
    answers: frozenset[str]

    @property
    def questions(self) -> frozenset[str]:
        return frozenset(self.asked)

    def holds(self, answers: Answers) -> Truth:
        return reduce(or_, (answers.is_in(question, self.answers) for question in self.asked))


@dataclass(frozen=True)
class AllAnswered:
    """Every one of several questions has a valid answer."""

    asked: tuple[str, ...]

    @property
    def questions(self) -> frozenset[str]:
        return frozenset(self.asked)

    def holds(self, answers: Answers) -> Truth:
        return reduce(and_, map(answers.is_answered, self.asked))


@dataclass(frozen=True)
class AnyAnswered:
    """At least one of several questions has a valid answer."""

    asked: tuple[str, ...]

    @property
    def questions(self) -> frozenset[str]:
        return frozenset(self.asked)

    def holds(self, answers: Answers) -> Truth:
        return reduce(or_, map(answers.is_answered, self.asked))


@dataclass(frozen=True)
class ScoreAtLeast:
    """The points of several answers add up to a least; no answer scores nothing."""

    asked: tuple[str, ...]
    scores: Mapping[str, float]
    least: float

    @property
    def questions(self) -> frozenset[str]:
        return frozenset(self.asked)

    def holds(self, answers: Answers) -> Truth:
        return reduce(add, (answers.points(question, self.scores) for question in self.asked)) >= self.least


@dataclass(frozen=True)
class CountOf:
    """At least so many of several rules hold, such as two or more sectors."""

    rules: tuple[Rule, ...]
    least: int

    @property
    def questions(self) -> frozenset[str]:
        return frozenset().union(*(rule.questions for rule in self.rules))

    def holds(self, answers: Answers) -> Truth:
        return reduce(add, (answers.tally(rule.holds(answers)) for rule in self.rules)) >= self.least


@dataclass(frozen=True)
class AllOf:
    """Every one of several rules holds."""

    rules: tuple[Rule, ...]

    @property
    def questions(self) -> frozenset[str]:
        return frozenset().union(*(rule.questions for rule in self.rules))

    def holds(self, answers: Answers) -> Truth:
        return reduce(and_, (rule.holds(answers) for rule in self.rules))


Rule = AnswerIn | AtLeast | AnyOf | AllAnswered | AnyAnswered | ScoreAtLeast | CountOf | AllOf


def answers_named(rule: Rule) -> Iterable[tuple[str, str]]:
    """Yield every (question, answer) that a rule names, so that a wave can be asked whether it knows them."""
    match rule:
        case AnswerIn(question, answers):
            yield from ((question, answer) for answer in sorted(answers))
        case AnyOf(asked, answers):
            yield from ((question, answer) for question in asked for answer in sorted(answers))
        case ScoreAtLeast(asked, scores, _):
            yield from ((question, answer) for question in asked for answer in scores)
        case CountOf(rules, _) | AllOf(rules):
            for part in rules:
                yield from answers_named(part)


def numbers_asked(rule: Rule) -> Iterable[str]:
    """Yield every question whose answer a rule reads as a number."""
    match rule:
        case AtLeast(question, _):
            yield question
        case CountOf(rules, _) | AllOf(rules):
            for part in rules:
                yield from numbers_asked(part)


def in_words(rule: Rule) -> str:
    """Return a rule as a sentence fragment for tables and documentation."""
    match rule:
        case AnswerIn(question, answers):
            return f"{question} is {joined(sorted(answers), 'or')}"
        case AtLeast(question, least):
            return f"{question} is at least {least:g}"
        case AnyOf(asked, answers):
            return f"any of {joined(asked, 'or')} is {joined(sorted(answers), 'or')}"
        case AllAnswered(asked):
            return f"{joined(asked, 'and')} answered"
        case AnyAnswered(asked):
            return f"any of {joined(asked, 'or')} answered"
        case ScoreAtLeast(asked, scores, least):
            points = ", ".join(f"{answer} {points:g}" for answer, points in scores.items())
            return f"the scores of {joined(asked, 'and')} ({points}) add up to at least {least:g}"
        case CountOf(rules, least):
            return f"at least {least} of: " + "; ".join(map(in_words, rules))
        case AllOf(rules):
            return "; and ".join(map(in_words, rules))
