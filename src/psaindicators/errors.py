"""Every error raised on purpose: something the user can put right, and its exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher, get_close_matches

from psaindicators.words import joined, shortened, visible, visible_lines


class PsaError(Exception):
    """Base of every error that a user can put right; the message says where, what, and what would be right.

    Control characters in it are written out, such as \\x1b: names in files are anybody's.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(visible_lines(str(message)))


class OptionError(PsaError, ValueError):
    """A bad argument: an unknown word, a number outside its range, such as a level of 0.95 percent."""


class MissingFileError(PsaError):
    """A file that was named does not exist."""


class SurveyError(PsaError):
    """The contents of a data file: a missing variable, an unknown code, an invalid weight."""


class SurveyWarning(UserWarning):
    """Something in a data file that may be wrong, and that the file alone cannot settle."""

    def __init__(self, message: object = "") -> None:
        super().__init__(visible_lines(str(message)))


class OutputError(PsaError):
    """The results cannot be written where they were asked for, or may not be published as they were."""


class DefinitionError(PsaError):
    """A TOML file, a targets file, or the name of an indicator, survey, wave or area."""


class DesignError(PsaError):
    """The sampling design or the weighting: lonely PSUs, population counts, population totals that cannot be met."""


class ComparisonError(PsaError):
    """Two sets of estimates that cannot be compared."""


def exit_code(error: BaseException) -> int:
    """Return the exit code of a command that ended in `error` (1 is a bug: not ours to explain)."""
    match error:
        case OptionError() | MissingFileError():
            return 2
        case SurveyError() | OutputError():
            return 3
        case DefinitionError():
            return 4
        case DesignError():
            return 5
        case ComparisonError():
            return 6
        case _:
            return 1


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest known word, or nothing where none is near."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(str(word).lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean '{visible(by_lower[near[0]])}'?" if near else ""


def nearest_first(word: str, known: Iterable[str]) -> list[str]:
    """Return known words, those that are most like a word first; those alike keep their order."""
    like = SequenceMatcher(b=word.lower())

    def unlike(name: str) -> float:
        like.set_seq1(name.lower())
        return -like.ratio()

    return sorted(dict.fromkeys(known), key=unlike)


def word_problems(what: str, word: object, known: Iterable[str], *others: str) -> Iterator[str]:
    """Yield what is wrong with an option that must be one of a few words (or one of `others`, described)."""
    words = tuple(known)
    if not isinstance(word, str) or word not in words:
        near = did_you_mean(str(word), words)
        yield f"unknown {what} {shortened(repr(word))}: use {joined((*words, *others), 'or')}{near}"


def refuse(problems: Iterable[str]) -> None:
    """Raise one OptionError that lists the bad arguments, where there are any."""
    found = list(problems)
    if found:
        raise OptionError("\n".join(found))
