"""A short run of the harnesses of hostile inputs: each gives a result or a PsaError that says something.

Longer runs: `python -m tests.fuzzed 10000`, `python -m tests.fuzzed keys`, `python -m tests.fuzzed_calls`,
`python -m tests.fuzzed_commands`.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from psaindicators.cli.main import cli
from tests import fuzzed_commands
from tests.fuzzed import WAYS, changed_keys, damaged
from tests.fuzzed_calls import calls, fuzzed
from tests.paths import ROOT

COMMANDS = sorted(cli.commands)
REFUSED = {"init": 10}
"""More words than these are refused, 20 unless said: `init` has one word, which names a folder, as most words may."""


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_input_is_read_or_refused(way: str) -> None:
    found = damaged(way, 20, seed=1)
    assert found.worse == []
    assert set(found.counts) <= {"read", "refused"}
    assert found.counts["refused"] > 5


def test_every_key_of_a_shipped_toml_holds_another_value_or_is_refused() -> None:
    found = changed_keys(every=120)
    assert found.worse == []
    assert found.counts["refused"] > 100


@pytest.mark.parametrize("name", sorted(calls()))
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_an_argument_that_is_none_is_refused_in_words(name: str) -> None:
    found = fuzzed(name)
    assert found.worse == []
    assert set(found.counts) <= {"read", "refused"}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_word_that_nobody_should_type_is_refused_and_not_sent_to_the_screen(command: str) -> None:
    found = fuzzed_commands.fuzzed(command)
    assert found.worse == []
    assert found.counts["refused"] > REFUSED.get(command, 20)


def test_every_public_function_is_among_those_that_are_called() -> None:
    names = subprocess.run(
        [sys.executable, "-c", PUBLIC], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert set(names) - set(calls()) == {"area_history", "assess"}  # no argument; any number of tables


PUBLIC = """
import inspect
import psaindicators as psa
modules = (psa, psa.analysis, psa.definitions, psa.figures, psa.geography, psa.judgements, psa.weighting)
found = {name for one in modules for name in dir(one) if inspect.isfunction(getattr(one, name))}
print(*sorted(found))
"""
