"""The outturn of the samples, made once: it takes as long as many other tests together."""

from __future__ import annotations

from pathlib import Path

import pytest

import psaindicators as psa
from tests.paths import SAMPLES


@pytest.fixture(scope="session")
def of_samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[psa.Outturn, Path]:
    """What `psa.outturn` gives for the samples, and the folder that it wrote."""
    out = tmp_path_factory.mktemp("samples") / "out"
    return psa.outturn(SAMPLES / "outturn.toml", out=out), out
