"""Indicators for drawn surveys: the percentage who said yes, of all who answered, a question each."""

from __future__ import annotations

from collections.abc import Iterable

import psaindicators as psa
from psaindicators.definitions.indicators import IndicatorSet


def yes_of(questions: Iterable[str]) -> IndicatorSet:
    """Return a set with an indicator of each question's name, whose answers are `yes` and others."""
    return psa.indicators({"title": "Drawn", **{name: _share(name) for name in questions}})


def _share(question: str) -> dict[str, object]:
    rule = {"denominator": {"all_answered": [question]}, "numerator": {"question": question, "in": ["yes"]}}
    return {"title": question, "better": "higher", "reference": "drawn", "since": {"2000": rule}}
