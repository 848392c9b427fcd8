"""Rules as they are written on a command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from psaindicators.errors import OptionError

SHORT = re.compile(r"\s*([^<>={}]+?)\s*(>=|=)\s*(.+?)\s*")
HOW = """such as "sex = female", "age_band = 18_24, 25_34", "children >= 1", or as in a definition, {any_of = [...]}"""


def written_rules(texts: Sequence[str]) -> list[Mapping[str, Any]] | None:
    """Return rules that all hold, as a definition writes them; None where there is none.

    A rule is `QUESTION = ANSWER, ANSWER`, `QUESTION >= NUMBER`, or a table of TOML in braces. Raises OptionError for
    what is neither; whether the wave has the question and its answers is seen when it is asked.
    """
    return [_rule(text) for text in texts] or None


def _rule(text: str) -> Mapping[str, Any]:
    if text.strip().startswith("{"):
        try:
            rule: Mapping[str, Any] = tomllib.loads(f"rule = {text.strip()}")["rule"]
        except tomllib.TOMLDecodeError as error:
            raise OptionError(f"--where {text!r} is not a rule ({error}): write it {HOW}") from None
        return rule
    found = SHORT.fullmatch(text)
    if found is None:
        raise OptionError(f"--where {text!r} is not a rule: write it {HOW}")
    question, sign, rest = found.groups()
    if sign == "=":
        return {"question": question, "in": [answer.strip() for answer in rest.split(",")]}
    try:
        return {"question": question, "at_least": float(rest)}
    except ValueError:
        raise OptionError(f"--where {text!r}: {rest!r} is not a number") from None
