"""Indicators written out and read back are the same, whatever rules they have."""

from __future__ import annotations

import json

import pytest

import psaindicators as psa
from psaindicators.definitions.finding import shipped_ids
from psaindicators.definitions.written import written_set

EVERY_RULE = {
    "title": "Every kind of rule",
    "all": {
        "title": "All",
        "better": "lower",
        "reference": "none",
        "since": {
            "2001": {
                "denominator": [{"all_answered": ["a"]}, {"any_answered": ["b", "c"]}],
                "numerator": {"question": "n", "at_least": 2},
            },
            "2005": {
                "denominator": {"scores": {"x": 1, "y": 2.5}, "questions": ["a", "b"], "at_least": 3},
                "numerator": {
                    "count_of": [{"any_of": ["a", "b"], "in": ["y", "x"]}, {"question": "a", "in": ["x"]}],
                    "at_least": 1,
                },
            },
        },
    },
}


@pytest.mark.parametrize(
    "which", [*shipped_ids("sets"), EVERY_RULE], ids=lambda one: one if isinstance(one, str) else "every rule"
)
def test_a_set_that_is_written_out_is_read_back_as_it_was(which: object) -> None:
    known = psa.indicators(which)  # type: ignore[arg-type]
    written = json.loads(json.dumps(written_set(known.title, known.values())))
    assert dict(psa.indicators(written)) == dict(known)
