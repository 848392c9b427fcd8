"""What every verb shares is written in one place: the limits of a level, and how a table's columns are declared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from psaindicators.figures import asked
from tests.shape.test_layering import FILES, ROOT, module_name, short, tree

LIMITS = {asked.LEAST_LEVEL, asked.UNREACHED_LEVEL}
NAMES = {"LEAST_LEVEL", "UNREACHED_LEVEL"}
OF_SAVED_ESTIMATES = "figures.saved"
"""It refuses a level that no estimate can have been made at, by the same two limits."""


def name_of(node: ast.AST) -> str:
    """The name at the end of `level`, `self.level` or `float(level)`; the text of `"level"`."""
    match node:
        case ast.Name(name) | ast.Attribute(attr=name) | ast.Constant(str(name)):
            return name
        case ast.Call(args=[inner]):
            return name_of(inner)
    return ""


def numbers(node: ast.AST) -> set[float]:
    constants = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return {float(value) for value in constants if isinstance(value, (int, float)) and not isinstance(value, bool)}


def limits_of_level(code: ast.AST) -> Iterator[int]:
    """The lines where a level is set against a number of its own: a comparison, or limits given with its name."""
    for node in ast.walk(code):
        match node:
            case ast.Compare(left, ops, others):
                ordered = any(isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) for op in ops)
                if ordered and "level" in map(name_of, (left, *others)) and numbers(node):
                    yield node.lineno
            case ast.Call(args=[ast.Constant("level"), *limits]):
                if any(numbers(one) & LIMITS for one in limits):
                    yield node.lineno
            case ast.Dict(keys, values):
                pairs = zip(keys, values, strict=True)
                if any(key is not None and name_of(key) == "level" and numbers(value) & LIMITS for key, value in pairs):
                    yield node.lineno


@pytest.mark.parametrize(
    "line",
    ["0 < level < 100", "if not 50 <= self.level: pass", "file.number_in('level', 1, 100)", "{'level': (1.0, 100.0)}"],
)
def test_a_limit_of_level_of_its_own_is_found(line: str) -> None:
    assert list(limits_of_level(ast.parse(line))) == [1]


@pytest.mark.parametrize("line", ["1 - level / 100", "level == 95", "{'level': (LEAST_LEVEL, UNREACHED_LEVEL)}"])
def test_arithmetic_with_a_level_is_no_limit(line: str) -> None:
    assert list(limits_of_level(ast.parse(line))) == []


@pytest.mark.parametrize("path", FILES, ids=short)
def test_no_limit_of_level_is_written_twice(path: Path) -> None:
    """Every verb asks `level_problems`, where they are written once."""
    assert list(limits_of_level(tree(path))) == []
    used = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)} & NAMES
    assert used == set() or module_name(path) in {"figures.asked", OF_SAVED_ESTIMATES}


def test_the_limits_of_level_stand_in_one_place() -> None:
    written = [
        (module_name(path), target.id)
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign)
        for target in ast.walk(node)
        if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store) and target.id in NAMES
    ]
    assert sorted(written) == [("figures.asked", "LEAST_LEVEL"), ("figures.asked", "UNREACHED_LEVEL")]


def test_no_table_is_made_of_columns_that_nobody_declared() -> None:
    """A table's columns are declared once, as headings: see `columns_of`."""
    undeclared = [
        (path.relative_to(ROOT).as_posix(), node.lineno)
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Table"
        if any(isinstance(one, (ast.Dict, ast.DictComp)) and ast.unparse(one) != "{}" for one in node.args)
    ]
    assert undeclared == []
