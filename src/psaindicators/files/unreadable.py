"""What a reader says is wrong with a file, in our words and without what a respondent answered."""

from __future__ import annotations

import re
from typing import NoReturn

from psaindicators.errors import SurveyError

WHERE = re.compile(r"CSV Error on Line: (?P<line>\d+)")
KNOWN = {
    r"Expected Number of Columns: (\d+) Found: (\d+)": "it has {1} cells where there are {0} names",
    r"Invalid unicode|not utf-8": "it is not UTF-8; save the file as CSV UTF-8",
    r"unterminated quote": "it has a quotation mark that is not closed, or stands where none can be",
    r"Maximum line size": "it is longer than 2 MB, which no respondent's answers are",
    r"state machine reached an invalid state": (
        "its rows end in more than one way (line feed, carriage return, both), or a quotation mark stands where none "
        "can be; save it with one kind of line end"
    ),
    r"GZIP": "it is compressed, and breaks off or is damaged; copy it again",
    r"MemoryError|OutOfMemory": "it takes more memory than there is; ask for fewer variables at a time",
    r"No magic bytes|too small to be a Parquet": "it is not a Parquet file, or one that broke off when it was copied",
    r"[Ee]ncrypt": "it is encrypted; save it without a password",
}
"""What DuckDB says (a pattern) and what we say."""
SAY_NO_DATA = {
    "IOException",
    "CatalogException",
    "BinderException",
    "ConnectionException",
    "AnalysisException",
}
"""Kinds of errors that are about files, names and connections; others, as of a cast, repeat what a cell holds."""


def raise_alone(error: SurveyError) -> NoReturn:
    """Raise an error without the one that it was made of, which may repeat what a respondent said, in its chain."""
    try:
        raise error from None
    finally:
        error.__context__ = None


def unreadable(name: str, error: Exception) -> SurveyError:
    """Return the error of a file that its reader could not read: where and what is wrong, but nothing of the data.

    Raise it by `raise_alone`: the reader's own error may repeat a respondent's line.
    """
    text, kind = str(error), type(error).__name__
    at = WHERE.search(text)
    line = f"line {int(at['line']):,}: " if at else ""
    for pattern, meaning in KNOWN.items():
        if found := re.search(pattern, f"{kind}: {_said(text)}"):
            return SurveyError(f"{name} cannot be read: {line}{meaning.format(*found.groups())}")
    said = (text.splitlines() or [kind])[0] if kind in SAY_NO_DATA else kind
    return SurveyError(f"{name} cannot be read: {line}{said}; is it whole? (a damaged copy reads like this)")


def _said(text: str) -> str:
    """Return a message less the lines that repeat the file, and less what it advises."""
    lines = text.split("Possible", maxsplit=1)[0].splitlines()
    return "\n".join(line for line in lines if not line.startswith("Original Line"))
