"""TOML to the questions of a wave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psaindicators.definitions.waves import Question
from psaindicators.errors import did_you_mean
from psaindicators.files.strict_toml import CODE, Section, is_a, shown
from psaindicators.kernel.codes import matchable


def read_questions(wave: Section, inherited: Mapping[str, Question]) -> dict[str, Question]:
    """Return a wave's questions: those inherited, in the columns named by `variables`, and those that stand here."""
    below = wave.section("questions", required="like" not in wave.table)
    moved = _moved(wave.section("variables"), inherited, below.table)
    return {**inherited, **moved, **{name: _question(below.section(name)) for name in below.table}}


def _moved(variables: Section, inherited: Mapping[str, Question], given: Mapping[str, Any]) -> dict[str, Question]:
    """Return the inherited questions that are in other columns."""
    columns = {name: variables.take(name, str) or "" for name in variables.table}
    for name in columns if inherited else ():
        if name in given:
            variables.add(name, "is given again under questions: name its variable there")
        elif name not in inherited:
            near = did_you_mean(name, inherited)
            variables.add(name, f"is not a question of the wave that this one is like{near}")
    return {name: replace(inherited[name], variable=column) for name, column in columns.items() if name in inherited}


def _question(section: Section) -> Question:
    answers = section.section("answers")
    codes = {name: answers.take(name, CODE) for name in answers.table}
    missing = section.take("missing", list, default=[])
    if not all(is_a(code, CODE) for code in missing):
        section.add("missing", f"must be a list of codes, got {shown(missing)}")
    _report_shared_codes(section, codes, missing)
    question = Question(section.take("variable", str) or "", codes, tuple(missing))
    section.finish("a question")
    return question


def _report_shared_codes(section: Section, codes: dict[str, Any], missing: list[Any]) -> None:
    """Report codes that are matched alike, such as 1 and "1"; those of a wrong type are problems already."""
    by_code: dict[Any, str] = {}
    absent = {matchable(code) for code in missing if is_a(code, CODE)}
    for name, code in codes.items():
        if code is None:
            continue
        key = matchable(code)
        if key in by_code:
            section.add("answers", f"'{by_code[key]}' and '{name}' have the same code {shown(code)}")
        by_code[key] = name
        if key in absent:
            section.add("missing", f"{shown(code)} is also the code of the answer '{name}'")
