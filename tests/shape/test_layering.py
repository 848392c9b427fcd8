"""The shape of the code: imports point one way, files and functions are small, start-up is light, rules are data."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import psaindicators
from psaindicators.definitions.finding import shipped_ids
from psaindicators.definitions.shipped import all_shipped

ROOT = Path(psaindicators.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

LAYERS = (
    ("arguments", "errors", "headings", "screen", "tables", "words"),
    ("charts",),
    ("kernel",),
    ("geography",),
    ("files",),
    ("definitions",),
    ("survey",),
    ("design",),
    ("weighting",),
    ("figures",),
    ("judgements",),
    ("analysis",),
    ("publishing",),
    ("outturns",),
    ("cli",),
    ("__init__",),  # the public names
)
"""A module imports from layers above its own in this list, or from its own layer without going round in a circle."""

LONGEST_FILE = 350
LONGEST_FUNCTION = 60
HEAVY = {"pandas", "scipy", "statsmodels", "duckdb", "pyreadstat", "polars", "pyarrow", "pyspark", "matplotlib"} | {
    "gptables",
    "jinja2",
    "afcharts",
}
COMMAND_LINE = {"click", "rich"}
NAMED_IN_CODE = re.compile(r"\b(ni\s?\d+|psa\s?21(\.\d)?)\b", re.IGNORECASE)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def short(path: object) -> str:
    return module_name(path) if isinstance(path, Path) else str(path)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def layer(module: str) -> int:
    """The number of the layer of `kernel.codes` or `errors`."""
    found = [i for i, names in enumerate(LAYERS) if module.split(".")[0] in names]
    assert found, f"{module} is in no layer: say in which it belongs"
    return found[0]


def imported(path: Path) -> set[str]:
    """The modules of this package that a file imports anywhere in it, such as `kernel.codes`."""
    found = set()
    for node in ast.walk(tree(path)):
        names = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        ours = [name.removeprefix("psaindicators.") for name in names if name.startswith("psaindicators.")]
        found |= {name for name in ours if (ROOT / name.replace(".", "/")).with_suffix(".py").exists()}
    return found


def at_the_top(node: ast.AST) -> Iterator[ast.stmt]:
    """The import statements that run when a module is imported: not those in functions or for types alone."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        elif not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from at_the_top(child)


def packages(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.ImportFrom):
        return {(statement.module or "").split(".")[0]}
    assert isinstance(statement, ast.Import)
    return {alias.name.split(".")[0] for alias in statement.names}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, less its docstring."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def docstrings(path: Path) -> set[int]:
    """The texts that stand alone: docstrings of anything, and of a name."""
    alone = (n for n in ast.walk(tree(path)) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
    return {id(node.value) for node in alone}


def texts(path: Path) -> Iterator[str]:
    """The texts in the code, docstrings apart."""
    documentation = docstrings(path)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def is_command_line(path: Path) -> bool:
    return re.fullmatch(r"cli\.\w+", module_name(path)) is not None


def test_the_files_are_found() -> None:
    assert len(FILES) > 30
    assert {"errors", "kernel.codes", "kernel.linearise", "figures.estimates"} <= set(map(module_name, FILES))


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_module_imports_only_from_lower_layers_or_its_own(path: Path) -> None:
    here = layer(module_name(path))
    assert {name for name in imported(path) if layer(name) > here} == set()


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module_name(path): imported(path) - {module_name(path)} for path in FILES}
    assert len(list(TopologicalSorter(graph).static_order())) >= len(FILES)  # raises CycleError


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", FILES, ids=short)
def test_a_function_is_short_enough_to_be_one_sentence(path: Path) -> None:
    assert {one.name: length(one) for one in functions(path) if length(one) > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", FILES, ids=short)
def test_what_is_slow_to_import_is_imported_where_it_is_used(path: Path) -> None:
    at_start = set().union(*map(packages, at_the_top(tree(path))), set())
    assert at_start & HEAVY == set()


@pytest.mark.parametrize("path", FILES, ids=short)
def test_only_the_command_line_knows_of_the_command_line(path: Path) -> None:
    everywhere = [n for n in ast.walk(tree(path)) if isinstance(n, (ast.Import, ast.ImportFrom))]
    used = set().union(*map(packages, everywhere), set())
    assert is_command_line(path) or used & COMMAND_LINE == set()


@pytest.mark.parametrize("path", FILES, ids=short)
def test_the_code_names_no_indicator_and_no_survey(path: Path) -> None:
    """Definitions are data. The command line may show an id in an example."""
    known = {*all_shipped(), *shipped_ids("sets"), *shipped_ids("surveys")}
    assert {text for text in texts(path) if text.lower() in known} == set()
    if not is_command_line(path):
        assert [text for text in texts(path) if NAMED_IN_CODE.search(text)] == []
