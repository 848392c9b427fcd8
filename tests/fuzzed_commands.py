"""Every option and argument of every command with what nobody should type: a result, a PsaError or click's own refusal.

python -m tests.fuzzed_commands [COMMAND]...
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from functools import partial
from itertools import product

import click
from click.testing import CliRunner

from psaindicators.cli.main import cli, indented
from psaindicators.errors import PsaError
from tests.fuzzed import Found, copied_inputs

TYPED = (
    *("", " ", "-1", "0", "1e999", "nan", "inf", "9" * 5_000, "2.5", "nothing", "all", "*", "a*b", "ward*"),
    *("\x1b[31mred", "a\nerror: forged", "\u202etxt", "x" * 300, "é" * 300, "/dev/null", ".", "..", "/", "~"),
    *("nothing.toml", "nothing.csv", "council.toml", "rows.csv", "saved.json", "'; drop table", "--", "[red]"),
)


def lines() -> Mapping[str, Sequence[str]]:
    """Return a good line of words for every command, in a folder with every input."""
    wave, own = ("--survey", "council.toml", "--wave", "2008"), ("--indicators", "own.toml")
    return {
        "init": ("fresh",),
        "verify": ("made", "--config", "streets.toml", "--again", "--format", "text"),
        "outturn": ("streets.toml", "--out", "out"),
        "estimate": (
            *("rows.csv", *wave, *own, "--only", "tidy", "--by", "authority", "--level", "95"),
            *("--interval", "wald", "--df", "domain", "--lonely-psu", "centre", "--format", "text"),
        ),
        "codebook": ("rows.csv", "--format", "text"),
        "bind": ("rows.csv", "--survey", "council.toml", "--wave", "2008", "--year", "2009", "--out", "mine.toml"),
        "check": ("rows.csv", *wave),
        "indicators": (*own, "--format", "text"),
        "waves": ("--survey", "council.toml", "--format", "text"),
        "areas": ("--vintage", "2009-04-01", "--format", "text"),
        "compare": ("saved.json", "saved.csv", *own, "--minimum", "1", "--format", "text"),
        "score": ("targets.csv", "saved.json", *own, "--format", "text"),
        "reward": (
            *("targets.csv", "saved.json", *own, "--on", "2010-03-31", "--rule", "local_psa", "--pot", "1000"),
            *("--targets", "3", "--share", "us", "1", "--format", "text"),
        ),
        "index": (*own, "--part", "tidy", "37", "1", "--part", "visits", "16", "1", "--format", "text"),
        "plan": (
            *("--value", "28", "--movement", "4", "--base", "900", "--power", "80", "--level", "95", "--deft", "1"),
            *("--population", "90000", "--earlier-base", "800", "--areas", "3", "--response-rate", "36"),
            *("--format", "text"),
        ),
        "weight": (
            *("rows.csv", "totals.csv", "--out", "weighted.csv", "--name", "new", *wave, "--weight", "w"),
            *("--method", "raking", "--trim", "0.3", "3", "--blanks", "refuse"),
        ),
    }


def fuzzed(command: str) -> Found:
    """Run a command with each of its words in turn replaced by each of TYPED, in a folder with every input."""
    found, good = Found(), lines()[command]
    with copied_inputs() as folder, chdir(folder):
        for i, typed in product([i for i, word in enumerate(good) if not word.startswith("--")], TYPED):
            words = [command, *good[:i], typed, *good[i + 1 :]]
            found.attempt(f"{command} {good[i]} -> {typed!a}"[:90], partial(_run, words))
    return found


def _run(words: Sequence[str]) -> None:
    """Run the command line. Raises a PsaError for what it or click refuses, anything else as it is."""
    ran = CliRunner().invoke(cli, list(words))
    shown = ran.output
    if isinstance(ran.exception, SystemExit):
        if ran.exit_code != click.UsageError.exit_code:
            raise AssertionError(f"exit code {ran.exit_code}")
        raise PsaError(shown)
    if ran.exception is not None:
        _check_shown(f"{shown}error: {indented(str(ran.exception))}")
        raise ran.exception
    _check_shown(shown)


def _check_shown(shown: str) -> None:
    if "\x1b" in shown or "\u202e" in shown or "\nerror: forged" in shown:
        raise AssertionError(f"sent to the screen: {shown!r}"[:300])


def main(names: list[str]) -> int:
    """Tell what became of the commands; return 1 where one was worse than refused."""
    founds = {name: fuzzed(name) for name in names or lines()}
    for name, found in founds.items():
        print(f"{name}: {dict(found.counts)}; worse: {len(found.worse)}")
        print("\n".join(one.splitlines()[0] + " -> " + one.splitlines()[-2][:200] for one in found.worse[:400]))
    return int(any(found.worse for found in founds.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
