"""Disclosure policies: data, named, versioned, strictly read."""

from __future__ import annotations

from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.definitions.finding import shipped_ids
from psaindicators.definitions.policies import DEFAULT, NONE, read_policy

MINE = """
title   = "Ours"
version = "2"
source  = "council minutes"
class_disclosure = true
range            = 5
weighted_bases   = "shown"
round_to         = 1
[least]
base       = 5
numerator  = 0
complement = 0
"""


@pytest.mark.parametrize("name", shipped_ids("policies"))
def test_a_shipped_policy_is_named_versioned_and_sourced(name: str) -> None:
    policy = read_policy(name)
    assert policy is not None
    assert policy.name == name
    assert policy.version
    assert len(policy.source) > 40
    assert policy.range <= policy.base


def test_the_default_is_the_rule_of_ten() -> None:
    """UK LLC and the Longitudinal Study: no count under 10, nor a percentage of fewer than 10."""
    policy = read_policy(DEFAULT)
    assert policy is not None
    assert (policy.base, policy.numerator, policy.complement, policy.range) == (10, 10, 10, 10)


def test_none_is_no_policy() -> None:
    assert read_policy(NONE) is None


def test_a_policy_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    policy = read_policy(str(tmp_path / "mine.toml"))
    assert policy is not None
    assert (policy.name, policy.words) == ("mine", "mine, version 2: Ours")
    assert policy.least_numerator == policy.least_complement == 1  # class disclosure: 0 of them, or all


def test_unreliable_figures_are_shown_unless_a_policy_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(f'unreliable = "withheld"\n{MINE}')
    policy = read_policy(str(tmp_path / "mine.toml"))
    assert policy is not None
    assert policy.unreliable == "withheld"
    assert {shipped.unreliable for name in shipped_ids("policies") if (shipped := read_policy(name))} == {"shown"}


def test_every_problem_of_a_policy_is_told_at_once(tmp_path: Path) -> None:
    wrong = MINE.replace("range            = 5", "range = 0").replace('"shown"', '"show"', 1).replace("base ", "bases ")
    (tmp_path / "mine.toml").write_text(wrong)
    with pytest.raises(psa.DefinitionError) as caught:
        read_policy(str(tmp_path / "mine.toml"))
    assert str(caught.value) == (
        "mine.toml:\n"
        "  - least.base: is missing\n"
        "  - range: must be a whole number of at least 1, got 0\n"
        "  - weighted_bases: must be 'shown' or 'withheld', got 'show'\n"
        "  - least.bases: is not a field of the least counts of a disclosure policy; did you mean 'base'? "
        "(the fields are base, complement, numerator)"
    )


def test_an_unknown_policy_is_refused_with_the_nearest() -> None:
    with pytest.raises(psa.DefinitionError, match="no shipped disclosure policy 'threshold10'; did you mean 'thresh"):
        read_policy("threshold10")
