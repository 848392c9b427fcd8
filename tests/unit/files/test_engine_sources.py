"""A survey whose rows an engine holds, asked by several threads, after a fork, through pickle, and interrupted."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest

import psaindicators as psa
from psaindicators.definitions.waves import Question, Wave
from psaindicators.figures.amounts import distribution, total
from tests.oracle.cases import indicator
from tests.paths import SAMPLES

PLACE = SAMPLES / "place_2008.parquet"
THREADS, TIMES = 8, 5
STAYS = "a survey of a frame that an engine holds stays in the process that read it"
WAVE = Wave("mine", 2010, "Mine", Path("mine.toml"), "wt", {"club": Question("club", {"yes": 1, "no": 0})})


@pytest.fixture(autouse=True)
def no_file_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("psaindicators.files.text.SMALL", 0)
    monkeypatch.setattr("psaindicators.files.parquet.SMALL", 0)


def place(data: object = PLACE) -> psa.Survey:
    return psa.read_survey(data, psa.wave("place", 2008))


def ni4(survey: psa.Survey) -> psa.Estimates:
    return psa.estimate(survey, "ni4", by="region")


def same(one: psa.Estimates, other: psa.Estimates) -> None:
    """Equal but for the last digits, which an engine's threads add up in any order."""
    assert one.notes == other.notes == ()
    names = ["area", "value", "se", "base"]
    pd.testing.assert_frame_equal(one.to_frame()[names], other.to_frame()[names], rtol=1e-12)


@pytest.mark.parametrize("opened", [lambda: PLACE, lambda: duckdb.connect().read_parquet(str(PLACE))])
def test_eight_threads_may_ask_one_survey(opened: Callable[[], object]) -> None:
    """A connection serves one query at a time: 39 of 40 were refused once ("connection is busy")."""
    survey = place(opened())
    expected = ni4(survey)
    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(ni4, [survey] * THREADS * TIMES))
    for one in found:
        same(one, expected)


@pytest.mark.parametrize("what", ["estimates", "amounts", "distribution", "survey"])
def test_estimates_and_surveys_of_files_go_through_pickle(what: str) -> None:
    survey = place()
    made: Any = {
        "estimates": lambda: ni4(survey),
        "amounts": lambda: total(survey, by="region"),
        "distribution": lambda: distribution(survey, "get_on_well", by="region"),
        "survey": lambda: survey,
    }[what]()
    back = pickle.loads(pickle.dumps(made))
    if what == "survey":
        same(ni4(back), ni4(survey))
    else:
        assert (back, back.notes) == (made, made.notes)
        assert not back.columns["area"].flags.writeable
        with pytest.raises(TypeError):
            back.columns["area"] = made.columns["area"]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_survey_of_a_frame_in_memory_goes_through_pickle(frame: Callable[[Any], object]) -> None:
    survey = psa.read_survey(frame({"wt": [1.0, 2.0, 3.0], "club": [1, 0, 1]}), WAVE)
    assert psa.estimate(pickle.loads(pickle.dumps(survey)), indicator("club"))[0].value == pytest.approx(100 * 4 / 6)


@pytest.mark.parametrize("moved", [pickle.dumps, deepcopy])
def test_a_survey_of_a_relation_says_that_it_stays(moved: Callable[[object], object]) -> None:
    survey = place(duckdb.connect().read_parquet(str(PLACE)))
    with pytest.raises(psa.SurveyError, match=STAYS):
        moved(survey)


FORKED = """
import multiprocessing, os, sys, warnings
import duckdb, psaindicators as psa
warnings.simplefilter("ignore")
import psaindicators.files.microdata
psaindicators.files.text.SMALL = psaindicators.files.parquet.SMALL = 0

survey = psa.read_survey({opened}, psa.wave("place", 2008))
def value(_):
    try:
        return round(psa.estimate(survey, "ni4")[0].value, 9)
    except psa.PsaError as error:
        return str(error)
before = value(0) if {asked} else None
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(*pool.map_async(value, range(4)).get(timeout=60), sep="\\n")
child = os.fork()
if child == 0:
    sys.exit(0)  # the interpreter ends in the child, and lets go of what the parent opened
print(os.waitpid(child, 0)[1])
print(value(0))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("asked", [True, False])
def test_a_survey_that_was_read_before_a_fork_answers_after_it(asked: bool) -> None:
    """The child would wait for the parent's threads, which are not in it, and end with SIGSEGV (status 11)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = str(round(psa.estimate(place(), "ni4")[0].value, 9))
    assert forked(repr(str(PLACE)), asked) == [*[expected] * 4, "0", expected]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_survey_of_a_relation_says_after_a_fork_what_to_do() -> None:
    lines = forked(f"duckdb.connect().read_parquet({str(PLACE)!r})", True)
    assert all(line.startswith(STAYS) for line in lines[:4])
    assert "read it from a file's path" in lines[0]


def forked(opened: str, asked: bool) -> list[str]:
    script = FORKED.format(opened=opened, asked=asked)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    return ended.stdout.splitlines()


ENDLESS = "SELECT 1.0 AS wt, (sqrt(i) % 2 > 1)::INT AS club FROM range(200_000_000_000) AS t(i)"


def test_weights_with_underscores_are_numbers_nowhere(tmp_path: Path) -> None:
    """DuckDB takes "1_000" for 1000; Python's own `float` would too."""
    people = pd.DataFrame({"wt": ["1_000", "1", "1"], "club": ["1", "0", "1_0"], "age": ["30", "4_0", "50"]})
    wave = replace(WAVE, questions=WAVE.questions | {"ten": Question("club", {"ten": 10, "one": 1}, missing=(0,))})
    wave = replace(wave, questions=wave.questions | {"age": Question("age", {})})
    cases: dict[str, tuple[str, Callable[[psa.Survey], object]]] = {
        "wt": (r"the weight 'wt' is not a number in row 1 \(found '1_000'\)", total),
        "club": (r"'club' \('ten'\) holds codes .* '1_0' \(1\)", lambda one: distribution(one, "ten")),
        "age": (r"'age' \('age'\) is a number, but holds '4_0' \(1\)", lambda one: total(one, "age")),
    }
    for wrong, (message, ask) in cases.items():
        frame = people.assign(**{name: "1" for name in people if name != wrong})
        frame.to_csv(tmp_path / "people.csv", index=False)
        for data in (frame, tmp_path / "people.csv"):
            with pytest.raises(psa.SurveyError, match=message):
                ask(psa.read_survey(data, wave))
