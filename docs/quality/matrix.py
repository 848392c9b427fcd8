"""The suite on several Pythons, with the lowest versions of the libraries that pyproject.toml admits and the newest.

    python docs/quality/matrix.py PYTHON[:SET] [PYTHON[:SET] ...]

The set is `lowest` or `newest`; both, where none is named. Each pair of a Python and a set gets an environment of its
own; the suite runs there, and the sample outturn, whose figures are set against those of the first pair. matrix.csv,
beside this file, keeps what came of it.
"""

from __future__ import annotations

import csv
import json
import math
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = HERE / "matrix.csv"
AGREE = 1e-9
"""How near, relative, every figure of the outturn must come to that of the first pair."""
SETS = ("lowest", "newest")


@dataclass(frozen=True)
class Result:
    """What came of one pair: versions, tests by how they ended, the furthest relative distance of a figure."""

    python: str
    libraries: str
    versions: str
    passed: int
    failed: int
    skipped: int
    furthest: float
    seconds: int
    note: str = ""


def main(named: Sequence[str]) -> int:
    """Run every pair, write matrix.csv and return 0 where all passed and agreed."""
    results: list[Result] = []
    first: list[Any] | None = None
    try:
        for python, libraries in pairs(named):
            with TemporaryDirectory(prefix="matrix-") as folder:
                result, figures = tried(python, libraries, Path(folder), first)
            first = first or figures
            results.append(result)
            print(result, flush=True)
    finally:
        write(results)  # and not before: a test of the suite holds docs/quality.md to this file
    return int(any(one.failed or not one.furthest <= AGREE for one in results))


def pairs(named: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each Python with each set of versions that it is to be tried with."""
    for one in named:
        python, _, libraries = one.partition(":")
        yield from ((python, each) for each in SETS if libraries in ("", each))


def tried(python: str, libraries: str, folder: Path, first: list[Any] | None) -> tuple[Result, list[Any] | None]:
    """Return what came of one pair, and the figures of its outturn."""
    started = time.monotonic()
    own = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    version = output(own, "-c", "import platform; print(platform.python_version())")
    asked = [f"{ROOT}[test]", *(lowest() if libraries == "lowest" else [])]
    installed = subprocess.run([own, "-m", "pip", "install", "-q", *asked], capture_output=True, text=True, check=False)
    if installed.returncode:
        why = installed.stderr.strip().splitlines()[-1]
        return Result(version, libraries, "", 0, 0, 0, math.nan, 0, f"cannot be installed: {why}"), None
    counts = suite(own)
    figures = outturn(own, folder)
    furthest = distance(figures, first or figures) if figures else math.nan
    seconds = round(time.monotonic() - started)
    return Result(version, libraries, versions(own), *counts, furthest, seconds), figures


def lowest() -> list[str]:
    """Return the libraries of pyproject.toml at the lowest versions that it admits."""
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return [one.replace(">=", "==") for one in needed]


def suite(own: Path) -> tuple[int, int, int]:
    """Return how many tests passed, failed (errors too) and were skipped, against the installed package."""
    said = subprocess.run(
        [own, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--tb=short"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        errors="replace",  # a test that fails on a hostile file may show its bytes
        check=False,
    ).stdout
    (HERE / "matrix.log").write_text(said, encoding="utf-8")
    last = said.splitlines()[-1] if said else ""
    by_end = {end: int(count) for count, end in re.findall(r"(\d+) (passed|failed|errors?|skipped)", last)}
    failed = by_end.get("failed", 0) + by_end.get("error", 0) + by_end.get("errors", 0)
    return by_end.get("passed", 0), failed, by_end.get("skipped", 0)


def outturn(own: Path, folder: Path) -> list[Any] | None:
    """Return the estimates of the sample outturn, row by row."""
    made = [own.with_name("psaindicators"), "outturn", ROOT / "data/samples/outturn.toml", "--out", folder / "out"]
    if subprocess.run(made, capture_output=True, check=False).returncode:
        return None
    rows: list[Any] = json.loads((folder / "out" / "estimates.json").read_text(encoding="utf-8"))
    return rows


def distance(rows: Sequence[dict[str, Any]], first: Sequence[dict[str, Any]]) -> float:
    """Return the furthest relative distance of a figure from the first pair's; infinite where a cell differs else."""
    if len(rows) != len(first):
        return math.inf
    return max(apart for one, other in zip(rows, first, strict=True) for apart in _apart(one, other))


def _apart(one: dict[str, Any], other: dict[str, Any]) -> Iterator[float]:
    for name, cell in one.items():
        there = other.get(name)
        if isinstance(cell, float) and isinstance(there, float):
            yield abs(cell - there) / max(abs(there), 1.0)
        else:
            yield 0.0 if cell == there else math.inf


def versions(own: Path) -> str:
    """Return the versions of the libraries that figures rest on."""
    names = [re.split(r"[>=]", one)[0] for one in lowest()]
    code = f"from importlib.metadata import version as v; print(' '.join(f'{{n}} {{v(n)}}' for n in {names!r}))"
    return output(own, "-c", code)


def output(*command: str | Path) -> str:
    """Return what a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(results: Sequence[Result]) -> None:
    """Write what came of the pairs so far."""
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [one.name for one in fields(Result)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(one) for one in results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [sys.executable]))
