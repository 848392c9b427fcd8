"""TOML to rules: a rule's kind is known from its keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psaindicators.definitions.rules import (
    AllAnswered,
    AllOf,
    AnswerIn,
    AnyAnswered,
    AnyOf,
    AtLeast,
    CountOf,
    Rule,
    ScoreAtLeast,
)
from psaindicators.files.strict_toml import NUMBER, TomlTable, shown

NOTHING = AllAnswered(())
"""What stands for a rule that could not be read, until the problems are raised."""


def read_rule(section: TomlTable, key: str) -> Rule:
    """Return the rule under a key: a table is one rule, a list of tables means all hold."""
    value = section.take(key, (dict, list))
    return NOTHING if value is None else _rule(value, section.at(key), section)


def _rule(value: Any, where: str, section: TomlTable) -> Rule:
    if isinstance(value, list):
        return AllOf(_rules(value, where, section))
    if not isinstance(value, dict):
        section.problems.add(where, f"must be a rule, got {shown(value)}")
        return NOTHING
    table = TomlTable(value, where, section.problems)
    for keys, make in KINDS.items():
        if set(keys) <= value.keys():
            rule = make(table)
            table.finish(f"a rule with {' and '.join(keys)}")
            return rule
    kinds = "; ".join(" + ".join(keys) for keys in KINDS)
    section.problems.add(where, f"is not a rule: {shown(value)} (a rule has one of these sets of keys: {kinds})")
    return NOTHING


def _rules(values: list[Any], where: str, section: TomlTable) -> tuple[Rule, ...]:
    if not values:
        section.problems.add(where, "must hold at least one rule")
    return tuple(_rule(value, f"{where}[{i}]", section) for i, value in enumerate(values))


def _answer_in(table: TomlTable) -> Rule:
    return AnswerIn(table.take("question", str) or "", frozenset(table.names("in")))


def _at_least(table: TomlTable) -> Rule:
    return AtLeast(table.take("question", str) or "", float(table.take("at_least", NUMBER) or 0))


def _any_of(table: TomlTable) -> Rule:
    return AnyOf(table.names("any_of"), frozenset(table.names("in")))


def _scores(table: TomlTable) -> Rule:
    asked, scores = table.names("questions"), table.numbers("scores")
    return ScoreAtLeast(asked, scores, float(table.take("at_least", NUMBER) or 0))


def _count_of(table: TomlTable) -> Rule:
    rules = _rules(table.take("count_of", list) or [], table.at("count_of"), table)
    least = table.take("at_least", int) or 0
    if rules and not 0 < least <= len(rules):
        table.add("at_least", f"must be from 1 to the {len(rules)} rules counted, got {least}")
    return CountOf(rules, least)


KINDS: dict[tuple[str, ...], Callable[[TomlTable], Rule]] = {
    ("question", "in"): _answer_in,
    ("question", "at_least"): _at_least,
    ("any_of", "in"): _any_of,
    ("all_answered",): lambda table: AllAnswered(table.names("all_answered")),
    ("any_answered",): lambda table: AnyAnswered(table.names("any_answered")),
    ("scores", "questions", "at_least"): _scores,
    ("count_of", "at_least"): _count_of,
}
