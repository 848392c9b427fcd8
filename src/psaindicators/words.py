"""The one speller: headings, lists, counts and rows as messages and tables write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote
from typing import Any
from unicodedata import category

MOST = 12
"""Members of a list that a message names; the rest are counted."""
MOST_ROWS = 5
FEW, LONGEST_CODE, LONGEST_LABEL = 3, 12, 40
OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
HARMLESS = {"\u00ad", "\u200c", "\u200d"}


def underlined(text: str, line: str = "-") -> str:
    """Return a heading with a line under it."""
    shown = visible(text)
    return f"{shown}\n{line * len(shown)}"


def counted(number: int, one: str, several: str = "") -> str:
    """Return `1 row`, `1,204 rows`; `several` is a plural that does not just add an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def listed(members: Iterable[object], *, most: int = MOST, joint: str = ", ") -> str:
    """Return `a, b, c and 3 more`: as many as `most` members are named."""
    words = [str(member) for member in members]
    more = len(words) - most
    shown = joint.join(words[:most])
    return f"{shown} and {more:,} more" if more > 0 else shown


def joined(members: Iterable[object], last: str = "and") -> str:
    """Return `a, b and c`, each member once; `last` stands before the last of them."""
    *most, final = dict.fromkeys(map(str, members)) or [""]
    return f"{', '.join(most)} {last} {final}" if most else final


def row_id(*parts: object) -> str:
    """Return the id of a row, `ni4/place 2008/authority/E06000056`: its parts, with %2F for a slash in them.

    A semicolon is written %3B, for lists of ids have semicolons between them.
    """
    return "/".join(str(part).replace("%", "%25").replace("/", "%2F").replace(";", "%3B") for part in parts)


def id_parts(made: str) -> list[str]:
    """Return the parts that the id of a row was made of."""
    return [part.replace("%3B", ";").replace("%2F", "/").replace("%25", "%") for part in made.split("/")]


def rows(positions: Sequence[int] | Any) -> str:
    """Return `row 3`, or `rows 3, 8, 9, 12, 14 and 1,195 more`, for positions that count from 0; row 1 is the first."""
    numbers = (f"{int(position) + 1:,}" for position in positions)
    return f"{'row' if len(positions) == 1 else 'rows'} {listed(numbers, most=MOST_ROWS)}"


def visible(text: str) -> str:
    r"""Return a text with what a screen would obey rather than show written out, as \x1b, \n or \u202e.

    These are Unicode's control (Cc) and format (Cf) characters, among them those that turn the direction of writing,
    its separators of lines and paragraphs (Zl, Zp), and halves of surrogates (Cs). The joiners that some scripts are
    spelled with, and the soft hyphen, are left: they move nothing.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


def shortened(text: str, most: int = 60) -> str:
    """Return a text as a message shows it: written out, and cut where it is long."""
    shown = visible(text)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def code_text(value: object, respondents: int = FEW) -> str:
    """Return a code as a message shows it, but only the length of what may be somebody's own words.

    A number is a code, and so are a text of up to 12 characters and one of up to 40, such as "Neither agree nor
    disagree", that 3 or more `respondents` gave. What is longer or rarer may be somebody's own words.
    """
    text = str(value)
    most = LONGEST_LABEL if respondents >= FEW else LONGEST_CODE
    return f"a text of {len(text):,} characters" if isinstance(value, str) and len(text) > most else visible(text)


def code_shown(value: object, respondents: int = FEW) -> str:
    """Return a code as `code_text` does, a text in quotation marks."""
    text = code_text(value, respondents)
    return f"'{text}'" if isinstance(value, str) and text == visible(value) else text


def shell_command(*words: object) -> str:
    """Return a command of ours that can be pasted into a shell as it stands."""
    return " ".join(["psaindicators", *map(_shell_word, words)])


def _shell_word(word: object) -> str:
    """Return a word as a shell takes it: quoted where it must be, and what a screen would obey written out."""
    text = f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)
    if visible(text) == text:
        return quote(text)
    escaped = text.replace("\\", r"\\").replace("'", r"\'")
    return f"$'{visible(escaped)}'"


def visible_lines(text: str) -> str:
    """Return a text of several lines with what a screen would obey written out, but for the ends of its lines."""
    return "\n".join(map(visible, text.split("\n")))


def _shown(character: str) -> str:
    if category(character) not in OBEYED or character in HARMLESS:
        return character
    return character.encode("unicode_escape").decode("ascii")
