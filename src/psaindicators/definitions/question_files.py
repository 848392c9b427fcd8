"""TOML to the questions of a wave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from math import inf
from typing import Any

from psaindicators.definitions.waves import Band, Code, Cross, Question
from psaindicators.errors import did_you_mean
from psaindicators.files.strict_toml import CODE, NUMBER, TomlTable, is_a, shown
from psaindicators.kernel.codes import matchable

Questions = Mapping[str, Question | Cross]


def read_questions(wave: TomlTable, inherited: Questions) -> Questions:
    """Return a wave's questions: those inherited, in the columns named by `variables`, and those that stand here."""
    below = wave.section("questions", required="like" not in wave.table)
    moved = _moved(wave.section("variables"), inherited, below.table)
    questions = {**inherited, **moved, **{name: _question(below.section(name)) for name in below.table}}
    return {name: _whole(one, questions, below.section(name)) for name, one in questions.items()}


def _moved(variables: TomlTable, inherited: Questions, given: Mapping[str, Any]) -> dict[str, Question]:
    """Return the inherited questions that are in other columns."""
    columns = {name: variables.take(name, str) or "" for name in variables.table}
    moved = {}
    for name in columns if inherited else ():
        one = inherited.get(name)
        if name in given:
            variables.add(name, "is given again under questions: name its variable there")
        elif one is None:
            near = did_you_mean(name, inherited)
            variables.add(name, f"is not a question of the wave that this one is like{near}")
        elif isinstance(one, Cross):
            variables.add(name, "is made of other questions, so it is in no column of its own")
        else:
            moved[name] = replace(one, variable=columns[name])
    return moved


def _question(section: TomlTable) -> Question | Cross:
    if "cross" in section.table:
        crossed = Cross(section.names("cross"))
        section.finish("a question made of others")
        return crossed
    answers, bands = section.section("answers"), section.section("bands")
    codes = {name: _codes(answers, name) for name in answers.table}
    missing = section.take("missing", list, default=[])
    if not all(is_a(code, CODE) for code in missing):
        section.add("missing", f"must be a list of codes, got {shown(missing)}")
    question = Question(
        section.take("variable", str) or "",
        codes,
        tuple(code for code in missing if is_a(code, CODE)),
        {name: _band(bands, name) for name in bands.table},
    )
    _report_shared_codes(section, question)
    _report_overlaps(section, question)
    section.finish("a question")
    return question


def _codes(answers: TomlTable, name: str) -> Code | tuple[Code, ...]:
    """Return the code of an answer or, from a list, its several codes and spellings."""
    value = answers.take(name, (int, float, str, list))
    if not isinstance(value, list):
        return () if value is None else value
    if not value or not all(is_a(code, CODE) for code in value):
        answers.add(name, f"must be a code or a list of codes, got {shown(value)}")
    return tuple(code for code in value if is_a(code, CODE))


def _band(bands: TomlTable, name: str) -> Band:
    ends = bands.take(name, list) or []
    if len(ends) in {1, 2} and all(is_a(end, NUMBER) for end in ends) and ends[0] <= ends[-1]:
        return Band(*map(float, ends))
    if name in bands.table and isinstance(bands.table[name], list):
        bands.add(name, f"must be [LOWEST, HIGHEST], or [LOWEST] for all from there on, got {shown(ends)}")
    return Band(inf, -inf)


def _report_shared_codes(section: TomlTable, question: Question) -> None:
    """Report codes that are matched alike, such as 1 and "1"."""
    by_code: dict[Any, str] = {}
    absent = {matchable(code) for code in question.missing}
    for name, code in [(name, code) for name, codes in question.codes.items() for code in codes]:
        key = matchable(code)
        if by_code.get(key, name) != name:
            section.add("answers", f"'{by_code[key]}' and '{name}' have the same code {shown(code)}")
        by_code[key] = name
        if key in absent:
            section.add("missing", f"{shown(code)} is also the code of the answer '{name}'")


def _report_overlaps(section: TomlTable, question: Question) -> None:
    if question.answers and question.bands:
        section.add("bands", "stand in place of answers: give the one or the other")
    known = {name: band for name, band in question.bands.items() if band.low <= band.high}
    for one, other in combinations(sorted(known, key=lambda name: known[name].low), 2):
        if known[other].low <= known[one].high:
            both = f"{known[other].low:g} is in both, for a band holds both its ends"
            section.add("bands", f"'{one}' and '{other}' overlap: {both}")


def _whole(one: Question | Cross, questions: Questions, section: TomlTable) -> Question | Cross:
    """Return a question, having reported parts that cannot be crossed; such a cross is left without any."""
    problems = list(_cross_problems(one, questions)) if isinstance(one, Cross) and one.parts else []
    for problem in problems:
        section.add("cross", problem)
    return Cross(()) if problems else one


def _cross_problems(cross: Cross, questions: Questions) -> Iterator[str]:
    if len(set(cross.parts)) < max(2, len(cross.parts)):
        yield f"must name two questions or more, each once, got {shown(list(cross.parts))}"
    for name in dict.fromkeys(cross.parts):
        part = questions.get(name)
        if part is None:
            yield f"'{name}' is not a question of the wave{did_you_mean(name, questions)}"
        elif isinstance(part, Cross):
            yield f"'{name}' is itself made of others: name those"
        elif part.is_number:
            yield f"'{name}' is a number, without named answers to cross"
