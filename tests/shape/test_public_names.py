"""What `import psaindicators as psa` offers is documented: what a number is, on which scale, and what may go wrong."""

from __future__ import annotations

import inspect
import re
from importlib.resources import files
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.cli.main import cli
from tests.paths import ROOT

MODULES = {name: getattr(psa, name) for name in psa.__all__ if inspect.ismodule(getattr(psa, name))}
TOP = {name: getattr(psa, name) for name in psa.__all__ if name not in MODULES}
PUBLIC = TOP | {f"{name}.{one}": getattr(module, one) for name, module in MODULES.items() for one in module.__all__}
FUNCTIONS = {name: one for name, one in PUBLIC.items() if inspect.isfunction(one)}
CLASSES = {name: one for name, one in PUBLIC.items() if inspect.isclass(one)}


def may_be_asked_wrongly(function: object) -> bool:
    """Whether the function takes an argument, which may be wrong."""
    return bool(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_the_public_names_are_there_and_in_order() -> None:
    assert {"estimate", "read_survey", "wave", "indicators", "crosswalk", "PsaError", "Survey"} <= TOP.keys()
    assert {"weighting", "geography", "analysis"} <= MODULES.keys()
    assert len(TOP) <= 40, "what fewer than the three people of the README need lives in a named module"
    assert PUBLIC.keys() == FUNCTIONS.keys() | CLASSES.keys()


def test_looking_into_the_package_shows_the_public_names_alone() -> None:
    assert dir(psa) == sorted(psa.__all__)
    assert all(dir(module) == sorted(module.__all__) for module in MODULES.values())


def test_each_public_name_is_declared_once() -> None:
    """In a stub, from which it is also imported when it is first asked for."""
    stubs = [path.read_text(encoding="utf-8") for path in Path(psa.__file__).parent.rglob("__init__.pyi")]
    names = [name for stub in stubs for name in re.findall(r"\bas (\w+)", stub)]
    assert sorted(names) == sorted([*MODULES, *(name.rpartition(".")[2] for name in PUBLIC)])


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_has_a_docstring_of_its_own(name: str) -> None:
    written = PUBLIC[name].__dict__.get("__doc__") if name in CLASSES else PUBLIC[name].__doc__
    assert written
    assert not written.startswith(f"{name}("), "a dataclass made this one"
    assert len(written.split()) >= 5


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_says_what_it_returns_and_what_it_raises(name: str) -> None:
    written = inspect.getdoc(FUNCTIONS[name]) or ""
    assert "Return" in written.splitlines()[0] or "Write" in written.splitlines()[0] or "\n" in written
    said = re.search(r"Error|error is raised|errors are raised|as for `\w+`", written)
    assert said or not may_be_asked_wrongly(FUNCTIONS[name])


@pytest.mark.parametrize("name", CLASSES)
def test_the_public_members_of_a_class_are_documented(name: str) -> None:
    members = vars(CLASSES[name]).items()
    methods = [(key, one) for key, one in members if inspect.isfunction(one) and not key.startswith("_")]
    assert [key for key, one in methods if not one.__doc__] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_is_typed_and_takes_at_most_four_things_by_position(name: str) -> None:
    signature = inspect.signature(FUNCTIONS[name])
    by_position = [p for p in signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert len(by_position) <= 4
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    assert signature.return_annotation is not signature.empty


@pytest.mark.parametrize(("option", "default"), [("level", 95), ("interval", "logit"), ("df", "strata")])
def test_an_option_has_one_default_in_every_verb_and_command(option: str, default: object) -> None:
    found = [inspect.signature(function).parameters.get(option) for function in FUNCTIONS.values()]
    defaults = {one.default for one in found if one is not None} - {inspect.Parameter.empty}
    commanded = {one.default for command in cli.commands.values() for one in command.params if one.name == option}
    assert defaults == commanded == {default}


def test_every_error_is_one_kind_of_the_same_base() -> None:
    kinds = [one for name, one in CLASSES.items() if name.endswith("Error")]
    assert len(kinds) >= 6
    assert all(issubclass(one, psa.PsaError) for one in kinds)


def test_types_are_shipped() -> None:
    assert files("psaindicators").joinpath("py.typed").is_file()


@pytest.mark.parametrize("name", ["read_survey", "estimate", "distribution", "compare", "score", "outturn"])
def test_the_help_of_a_main_verb_leads_to_its_example(name: str) -> None:
    assert "page of examples (docs/examples.md)" in (getattr(psa, name).__doc__ or "")
    assert f"\n## {name}\n" in (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
