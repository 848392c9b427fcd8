"""The coverage study: it draws what it says, estimates as the library does, and the page shows what was found."""

from __future__ import annotations

from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from tests.docs.studies import study_of
from tests.paths import ROOT

DOCS = ROOT / "docs"
ROUNDING = 1e-12
RUNS = 2000
ERRORS = 4
"""How many Monte Carlo errors a simulated figure may lie off an exact one: one test in 16,000 fails by chance."""

OTHER_NUMPY = 0.02
"""Four Monte Carlo errors of the difference of two shares near 85% of 10,000 runs."""

SET = """title = "One"
[one]
title = "One"
better = "higher"
reference = "none"
[one.since.2008]
denominator = { question = "q", in = ["yes", "no"] }
numerator = { question = "q", in = ["yes"] }
"""

WAVE = """survey = "drawn"
title = "Drawn"
[2008]
weight = "w"
stratum = "h"
psu = "k"
[2008.questions.q]
variable = "q"
answers = { yes = 1, no = 0 }
"""


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Any:
    return study_of("coverage", "drawing cells reporting simulate sparse", monkeypatch)


def design(study: Any, name: str) -> Any:
    return next(one for one in study.drawing.DESIGNS if one.name == name)


def frame(w: Any, y: Any) -> pd.DataFrame:
    """One survey's weights and answers, each (strata, PSUs, respondents), as rows."""
    h, k, _ = np.indices(w.shape)
    columns = {"w": w, "q": y.astype(int), "h": h, "k": k}
    return pd.DataFrame({name: values.ravel() for name, values in columns.items()})


@pytest.mark.parametrize("sigma", [0.0, 0.8])
@pytest.mark.parametrize("shape", [(1, 6, 5), (4, 3, 7), (3, 20, 1)])
def test_a_drawn_survey_has_the_estimate_and_standard_error_of_psa_estimate(
    study: Any, shape: tuple[int, int, int], sigma: float, tmp_path: Path
) -> None:
    rng = np.random.default_rng(7)
    w = np.exp(sigma * rng.standard_normal((2, *shape)))
    y = rng.random((2, *shape)) < 0.3
    ways = [study.drawing.sums_of_people(w, y).estimates()]
    if not sigma:
        ways.append(study.drawing.sums_of_counts(y.sum(axis=3), shape[2]).estimates())
    if not sigma and shape[2] == 1:
        ways.append(study.drawing.sums_of_respondents(y.sum(axis=(2, 3)), shape[1]).estimates())
    (tmp_path / "set.toml").write_text(SET)
    (tmp_path / "wave.toml").write_text(WAVE)
    for run in range(2):
        survey = psa.read_survey(frame(w[run], y[run]), psa.wave(str(tmp_path / "wave.toml"), 2008))
        row = psa.estimate(survey, psa.indicators(str(tmp_path / "set.toml"))).to_frame().iloc[0]
        for p, v in ways:
            assert 100 * p[run] == pytest.approx(row["value"], rel=ROUNDING)
            assert 100 * np.sqrt(v[run]) == pytest.approx(row["se"], rel=ROUNDING)


def binomial(n: int, p: float, counts: range) -> float:
    return sum(comb(n, x) * p**x * (1 - p) ** (n - x) for x in counts)


EXACT = [
    ("wilson", 10, 100, range(5, 16), 0.9364),
    ("beta", 10, 100, range(5, 17), 0.9557),
    ("plain_wald", 2, 30, range(1, 5), 0.4542),
]
"""Method, percentage, base, and the counts whose interval holds the percentage: coverage is a sum of binomial chances.

Newcombe's tables have the ends that decide: Wilson of 4/100 ends at 9.84% and of 16/100 begins at 10.1%. Wald of
0/30 has no width, that of 4/30 begins at 0.4% and that of 5/30 at 2.5%.
"""


@pytest.mark.parametrize(("method", "percent", "base", "counts", "coverage"), EXACT)
def test_coverage_of_simple_random_samples_is_a_sum_of_binomial_chances(
    study: Any, method: str, percent: int, base: int, counts: range, coverage: float
) -> None:
    exact = binomial(base, percent / 100, counts)
    assert exact == pytest.approx(coverage, abs=5e-5)
    found = study.simulate.simulate(design(study, "simple random"), percent, base, runs=10_000).held[method]
    assert found == pytest.approx(exact, abs=ERRORS * (exact * (1 - exact) / 10_000) ** 0.5)


@pytest.mark.parametrize("name", [
    "5 strata", "PSUs, icc 0.2", "5 strata, PSUs, icc 0.05", "related weights, sigma 1",
    "5 strata, PSUs, icc 0.05, related weights",
])  # fmt: skip
def test_the_truth_of_every_design_is_what_its_estimates_centre_on(study: Any, name: str) -> None:
    """Weights related to the answer: 0.3 / (0.3 + 0.7 x 1.6487) = 20.6% of respondents stand for 30% of people."""
    drawn = study.drawing.surveys(design(study, name), 30, 1000, runs=RUNS)
    assert drawn.p.mean() == pytest.approx(0.3, abs=ERRORS * drawn.p.std() / RUNS**0.5 + 1e-3)


@pytest.mark.parametrize("name", ["simple random", "5 strata", "PSUs, icc 0.05", "6 PSUs, icc 0.2"])
def test_the_effective_base_is_that_of_the_spread_of_estimates(study: Any, name: str) -> None:
    """6 PSUs of 167 with icc 0.2 have a design effect of 1 + 166 x 0.2 = 34.2: 1,002 are worth 29.3."""
    one = design(study, name)
    p = study.drawing.surveys(one, 30, 1000, runs=10_000).p
    spread_of_a_variance = (2 / 10_000) ** 0.5
    assert 0.3 * 0.7 / p.var() == pytest.approx(one.effective_base(0.3, 1000), rel=ERRORS * spread_of_a_variance + 0.01)
    if name == "6 PSUs, icc 0.2":
        assert one.effective_base(0.3, 1000) == pytest.approx(1002 / 34.2)


BARRED = [
    *((name, percent, base) for name in ("simple random", "5 strata", "PSUs, icc 0.01", "PSUs, icc 0.05",
      "5 strata, PSUs, icc 0.05", "6 PSUs, icc 0") for percent, base in ((2, 100), (10, 300), (50, 30), (95, 1000))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "percent", "base"), BARRED)
def test_the_bar_is_met_in_ordinary_cells(study: Any, name: str, percent: int, base: int) -> None:
    cell = study.simulate.simulate(design(study, name), percent, base, runs=RUNS)
    assert cell.barred("beta")
    error = (0.94 * 0.06 / RUNS) ** 0.5
    for method in study.cells.METHODS_WITH_A_BAR:
        if cell.barred(method):
            assert cell.held[method] >= 0.94 - 2 * error, method


def test_an_interval_known_to_fail_is_seen_to_fail(study: Any) -> None:
    """Else the study could not fail. Wald is said to hold the truth in 95% here too; no cell of icc 0.2 has a bar."""
    cell = study.simulate.simulate(design(study, "PSUs, icc 0.2"), 2, 300, runs=RUNS)
    assert cell.held["plain_wald"] < 0.85
    assert not any(map(cell.barred, study.cells.METHODS_WITH_A_BAR))


def test_the_same_seed_draws_the_same_surveys_and_another_stream_others(study: Any) -> None:
    one = design(study, "PSUs, icc 0.05")
    first, again = (study.drawing.surveys(one, 10, 300, runs=50).p for _ in range(2))
    assert (first == again).all()
    assert (first != study.drawing.surveys(one, 10, 300, runs=50, stream=1).p).any()


def test_the_file_has_every_cell_and_which_are_barred(study: Any) -> None:
    found = study.cells.read_cells(DOCS / "coverage" / "cells.csv")
    assert len(found) == len(study.drawing.DESIGNS) * 9 * 5
    for cell in found:
        ordinary = "weights" not in cell.design and "icc 0.2" not in cell.design
        assert cell.barred("beta") == ordinary
        assert cell.barred("logit") == (ordinary and cell.fewer >= 10 - 1e-6)
    edge = next(cell for cell in found if (cell.design, cell.percent, cell.base) == ("simple random", 10, 100))
    assert edge.barred("wilson")  # 100 x 10% is 10, and 10 is enough
    assert not replace(edge, df=4).barred("beta")


def test_the_files_cell_is_drawn_again_from_the_seed(study: Any) -> None:
    """Exactly so with the same NumPy; another may draw other numbers from the same seed."""
    found = study.cells.read_cells(DOCS / "coverage" / "cells.csv")
    written = next(cell for cell in found if (cell.design, cell.percent, cell.base) == ("20 PSUs, icc 0.05", 2, 3000))
    drawn = study.simulate.simulate(design(study, written.design), 2, 3000)
    assert drawn.held == pytest.approx(written.held, abs=OTHER_NUMPY)


def test_the_pages_tables_are_those_of_the_files(study: Any) -> None:
    page = (DOCS / "coverage.md").read_text(encoding="utf-8")
    cells, redrawn = (
        study.cells.read_cells(DOCS / "coverage" / "cells.csv"),
        study.cells.read_redrawn(DOCS / "coverage" / "short.csv"),
    )
    made = study.reporting.tables(cells, redrawn) | {"sparse": study.sparse.table(study.sparse.read())}
    assert page.count("<!-- table:") == len(made)
    assert study.reporting.with_tables(page, made) == page
    short = {(one.method, one.design, one.percent, one.base) for one in redrawn}
    barred = study.cells.METHODS_WITH_A_BAR
    assert short == {(m, c.design, c.percent, c.base) for c in cells for m in barred if c.missed(m)}


def test_few_psus_with_a_group_leave_an_interval_by_the_strata_that_holds_the_truth(study: Any) -> None:
    of_strata, of_domain = study.sparse.simulate(60, 0.15, 50, 400)
    error = (0.95 * 0.05 / 400) ** 0.5
    assert of_strata.none == 0
    assert of_strata.kept == pytest.approx(0.95, abs=ERRORS * error)
    assert of_domain.none > 0.1
    assert of_domain.width > 1.5 * of_strata.width
