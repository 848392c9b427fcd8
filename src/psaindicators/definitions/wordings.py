"""The words by which questions and answers are known in another's file, and how alike two of them are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from psaindicators.definitions.finding import FOLDER
from psaindicators.files.strict_toml import TomlTable, read_toml

FILE = FOLDER / "wordings.toml"
LABELS = 10_000
"""Labels whose telling words are kept: each is held against every question."""
UNSAID = frozenset({"a", "and", "the", "years", "aged", "to", "of"})
"""Words that make no other answer of one."""
REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
NUMBERED = re.compile(r"^\s*(\(?[a-z]?\d+[a-z]?[.):]|\d+\s*[-=]\s(?=\D)|q\d+[a-z]?\s)\s*", re.IGNORECASE)
"""What numbers a label: `3.`, `Q3:`, `Q3 `, `(a1)`, `1 = `."""
ENDINGS = re.compile(r"(ations?|ions?|ings?|ied|ies|ed|es|ly|s|y|e)$")
LEAST_STEM = 3


@dataclass(frozen=True)
class Wordings:
    """Other words for questions and answers, by the names that the shipped surveys give them.

    `little` are the words that tell no question from another.
    """

    little: frozenset[str]
    questions: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, tuple[str, ...]]


@cache
def wordings() -> Wordings:
    """Return the shipped wordings."""
    return read_toml(FILE, _wordings)


def _wordings(file: TomlTable) -> Wordings:
    little = frozenset((file.take("little", str) or "").split())
    made = Wordings(little, *(_phrases(file.section(key)) for key in ("questions", "answers")))
    file.finish("the wordings")
    return made


def _phrases(section: TomlTable) -> dict[str, tuple[str, ...]]:
    return {name: section.texts(name) for name in section.table}


def plain(label: str) -> str:
    """Return a label in lower case, without accents, marks, numbering and remarks in brackets."""
    letters = unicodedata.normalize("NFKD", NUMBERED.sub("", REMARK.sub(" ", label) or label)).casefold()
    spelled = "".join(one for one in letters if not unicodedata.combining(one)).replace("'", "").replace("\u2019", "")
    return " ".join(re.findall(r"[a-z0-9]+", spelled))


@lru_cache(maxsize=LABELS)
def stems(text: str) -> frozenset[str]:
    """Return the words of a label that tell, each without its ending."""
    return frozenset(_stem(word) for word in plain(text).split() if word not in wordings().little)


def _stem(word: str) -> str:
    stem = ENDINGS.sub("", word)
    return stem if len(stem) >= LEAST_STEM else word


def likeness(label: str, phrases: Iterable[str]) -> float:
    """Return how alike a label is to the nearest of some phrases, 0 to 1: twice the stems in both over those of each.

    Dice (1945, Ecology 26, 297-302).
    """
    words = stems(label)
    return max((_dice(words, stems(phrase)) for phrase in phrases), default=0.0)


def strange_words(label: str, phrases: Iterable[str]) -> list[str]:
    """Return the telling words of a label that none of the phrases has, in its order."""
    known = frozenset().union(*map(stems, phrases))
    return [word for word in plain(label).split() if word not in wordings().little and _stem(word) not in known]


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def question_phrases(name: str) -> tuple[str, ...]:
    """Return the words for a question: those on file, or else its name's."""
    return wordings().questions.get(name, (spoken(name),))


@cache
def answer_phrases(name: str) -> frozenset[str]:
    """Return the words for an answer, plain: its name's and those on file."""
    return frozenset(map(_told, (spoken(name), *wordings().answers.get(name, ()))))


def is_answer(label: str, name: str) -> bool:
    """Whether a label is an answer's, but for little words."""
    return _told(label) in answer_phrases(name)


def _told(text: str) -> str:
    words = plain(text).split()
    return " ".join(word for word in words if word not in UNSAID) or plain(text)


def spoken(name: str) -> str:
    """Return a name in words."""
    return name.replace("_", " ")
