"""Nobody asks a design for its type: what differs between designs stands behind one promise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from inspect import getmembers, isclass
from pathlib import Path

import pytest

from psaindicators.design import variance
from tests.shape.test_layering import FILES, module_name, short, tree

DESIGNS = {
    name for name, one in getmembers(variance, isclass) if hasattr(one, "covariance") and hasattr(one, "held")
} - {"Design"}
INSIDES = {f"kernel.{name}" for name in ("figures", "linearise", "overlap", "replicates", "stages", "totals")}
"""What a variance is made of, which judgements do not see."""


def asked_for(node: ast.AST) -> Iterator[ast.AST]:
    """The types that an `isinstance`, an `issubclass` or a `case` asks for, and what `type` is asked of."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in ("isinstance", "issubclass") and len(node.args) == 2:
            yield node.args[1]
        elif node.func.id == "type":
            yield from node.args
    elif isinstance(node, ast.MatchClass):
        yield node.cls


def words(path: Path) -> set[str]:
    found = {name for node in ast.walk(tree(path)) for one in asked_for(node) for name in ast.walk(one)}
    names = {node.id for node in found if isinstance(node, ast.Name)}
    return names | {node.attr for node in found if isinstance(node, ast.Attribute)}


def test_the_designs_are_found() -> None:
    assert {"Linearised", "Calibrated", "Replicated"} == DESIGNS


@pytest.mark.parametrize("path", FILES, ids=short)
def test_no_design_is_asked_for_its_type(path: Path) -> None:
    assert words(path) & {*DESIGNS, "Design", "design"} == set()


@pytest.mark.parametrize("path", FILES, ids=short)
def test_nothing_is_left_for_some_design_to_refuse(path: Path) -> None:
    assert not any(isinstance(node, ast.Name) and node.id == "NotImplementedError" for node in ast.walk(tree(path)))


@pytest.mark.parametrize("path", [path for path in FILES if module_name(path).startswith("judgements.")], ids=short)
def test_judgements_do_not_know_what_a_variance_is_made_of(path: Path) -> None:
    modules = {node.module for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)}
    assert modules & {f"psaindicators.{name}" for name in INSIDES} == set()
