"""How a command ends that is stopped from outside: one message, its exit code, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import SAMPLES

COMMAND = [sys.executable, "-c", "from psaindicators.cli.main import main; main()"]
LONG = 120
"""Seconds after which a test gives up on a process: far more than any takes, however busy the machine."""
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and devices are those of a Unix")


def test_an_output_that_is_full_is_an_output_that_cannot_be_written() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no device that is always full")
    with full.open("w") as output:
        run = subprocess.run([*COMMAND, "indicators"], stdout=output, stderr=subprocess.PIPE, text=True, timeout=LONG)
    assert (run.returncode, run.stderr) == (
        3,
        "error: the standard output cannot be written: No space left on device\n",
    )


@pytest.mark.parametrize("words", [("areas", "--format", "csv"), ("indicators",), ("--help",)])
def test_a_reader_that_has_seen_enough_is_no_fault(words: tuple[str, ...]) -> None:
    """As in `psaindicators areas | head -1`; nobody reads here."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as output:
        run = subprocess.run([*COMMAND, *words], stdout=output, stderr=subprocess.PIPE, text=True, timeout=LONG)
    assert (run.returncode, run.stderr) == (141, "")


INTERRUPTING = """
import os, signal, sys
from psaindicators.survey import engine
from psaindicators.cli.main import main

whole = engine.{step}

def interrupted(*given):
    signal.raise_signal(signal.SIGINT)
    return whole(*given)

engine.{step} = interrupted
main()
"""


@pytest.mark.parametrize("step", ["_request", "_cells", "_sums", "_added", "fetched", "_totals", "_filled"])
def test_an_interrupt_ends_a_command_wherever_it_comes(tmp_path: Path, step: str) -> None:
    """It is never taken for an engine's failure, after which arrays would be asked: that would print the figures."""
    data, survey = SAMPLES / "place_2008.parquet", ("--survey", "place", "--wave", "2008")
    program = INTERRUPTING.format(step=step)
    run = subprocess.run(
        [sys.executable, "-c", program, "estimate", str(data), *survey, "--only", "ni4", "--by", "authority"],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "error: interrupted\n")
    assert not list(tmp_path.iterdir())


ASKING = """
import duckdb, os, signal, sys, threading, time
import psaindicators as psa

questions = {"q": {"variable": "q", "answers": {"no": 0, "yes": 1}}}
wave = psa.wave({"survey": "t", "title": "t", "2008": {"weight": "wt", "questions": questions}}, 2008)
rule = {"denominator": {"all_answered": ["q"]}, "numerator": {"question": "q", "in": ["yes"]}}
one = {"title": "t", "better": "higher", "reference": "r", "since": {"2000": rule}}
asked = psa.indicators({"title": "t", "q": one})
engine = duckdb.connect()
engine.execute("SET enable_progress_bar = false")
rows = "SELECT 1.0 AS wt, (sqrt(i) % 2 > 1)::INT AS q FROM range(20_000_000) AS t(i)"
survey = psa.read_survey(engine.sql(rows), wave)
started = threading.Event()

def signalled():
    started.wait()
    time.sleep(float(sys.argv[1]))
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=signalled, daemon=True).start()
try:
    started.set()
    psa.estimate(survey, asked)
    time.sleep(100)  # the machine was so quick that the signal is yet to come
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("after", ["0", "0.05", "0.3"])
def test_an_interrupt_while_an_engine_adds_up_is_an_interrupt(after: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ASKING, after], capture_output=True, text=True, timeout=LONG, check=False
    )
    assert (run.stdout, run.stderr) == ("interrupted\n", "")


def test_an_outturn_that_is_told_to_end_leaves_no_half(tmp_path: Path) -> None:
    """SIGTERM, as of a machine that shuts down: the next run finds the folder whole, and cleans up."""
    configuration, out = SAMPLES / "namcs" / "outturn.toml", tmp_path / "out"
    first = subprocess.Popen([*COMMAND, "outturn", str(configuration), "--out", str(out)], stdout=subprocess.DEVNULL)
    try:
        first.wait(0.5)
    except subprocess.TimeoutExpired:
        first.send_signal(signal.SIGTERM)
    first.wait(LONG)
    again = subprocess.run(
        [*COMMAND, "outturn", str(configuration), "--out", str(out)], capture_output=True, timeout=LONG
    )
    assert again.returncode == 0
    assert sorted(one.name for one in out.iterdir() if one.name.startswith(".")) == []
