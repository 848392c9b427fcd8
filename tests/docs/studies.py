"""The studies that stand beside their figures in docs/, and not in the package."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from tests.paths import ROOT


def study_of(folder: str, names: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the modules of a study, by their names, as attributes."""
    monkeypatch.syspath_prepend(ROOT / "docs" / folder)
    return SimpleNamespace(**{name: import_module(name) for name in names.split()})
