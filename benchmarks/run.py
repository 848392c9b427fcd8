"""Time the library beside floors and peers in one run, and write docs/performance.md.

    run.py [--hundred] [--peers] [FOLDER]

FOLDER gets the made-up files (place-bench by default). `--hundred` adds 54 million rows under a limit of 2 GB (it needs
0.6 GB of disk); `--peers` adds svy and R survey where they are installed (minutes). SVY_PYTHON may name an interpreter
that has svy.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import gettempdir
from time import perf_counter

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generate import QUESTIONS, ROWS, write_files  # noqa: E402
from page import Figures, page  # noqa: E402

RUNS = 5
LIMIT = 2 * 1024**3
PSA = str(Path(sys.executable).parent / "psaindicators")
AREAS = ("district", "region", "all")
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": str(Path(gettempdir()) / "psaindicators-bytecode")
}


@dataclass(frozen=True)
class Spent:
    """What a process took: wall seconds and peak memory in MB."""

    seconds: float
    megabytes: float


def once(command: list[str], *, limit: int | None = None) -> Spent:
    """Run a process to its end, perhaps under a limit of address space."""

    def limited() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    start = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT, preexec_fn=limited)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return Spent(perf_counter() - start, usage.ru_maxrss / 1024)


def side_by_side(*commands: list[str], runs: int = RUNS) -> list[Spent]:
    """Run several processes in turn, some times over, so that all meet the same machine; return their medians."""
    taken = [[once(command) for command in commands] for _ in range(runs)]
    return [
        Spent(median(one.seconds for one in column), max(one.megabytes for one in column))
        for column in zip(*taken, strict=True)
    ]


def estimate(folder: Path, data: str, indicators: int = QUESTIONS, areas: tuple[str, ...] = AREAS) -> list[str]:
    by = [word for area in areas for word in ("--by", area)]
    definitions = [
        "--survey",
        f"{folder}/place.toml",
        "--wave",
        "2008",
        "--indicators",
        f"{folder}/set{indicators}.toml",
    ]
    return [PSA, "estimate", f"{folder}/{data}", *definitions, *by, "--format", "json"]


def floor(folder: Path, data: str) -> list[str]:
    return [sys.executable, str(HERE / "floor.py"), f"{folder}/{data}", str(QUESTIONS), ",".join(AREAS)]


def into_pandas(folder: Path, data: str) -> list[str]:
    program = "import sys, pyreadstat; pyreadstat.read_sav(sys.argv[1])"
    return [sys.executable, "-c", program, f"{folder}/{data}"]


def in_process(folder: Path, task: str) -> float:
    command = [sys.executable, str(HERE / "in_process.py"), str(folder), task]
    said = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=True).stdout
    return float(said.split()[-1])


def peers(folder: Path) -> dict[str, Spent]:
    """Run svy and R survey once each, where they are installed."""
    svy = os.environ.get("SVY_PYTHON") or (sys.executable if find_spec("svy") else None)
    found = {}
    if svy:
        found["svy `mean`"] = once([svy, str(HERE / "svy_mean.py"), f"{folder}/place.parquet"])
    has_survey = ["Rscript", "--vanilla", "-e", "library(survey)"]
    if shutil.which("Rscript") and subprocess.run(has_survey, capture_output=True, check=False).returncode == 0:
        found["R `survey`, svyby and svymean"] = once(
            ["Rscript", "--vanilla", str(HERE / "survey.R"), f"{folder}/place.csv"]
        )
    return found


def measured(folder: Path, *, hundred: bool, with_peers: bool) -> Figures:
    write_files(folder, (2, 5, 10, *((100,) if hundred else ())))
    bare = [sys.executable, "-c", "pass"]
    by_areas = {1: ("all",), 9: ("region",), 353: ("district",), 706: ("district*q1",)}
    by_rows = {1: "place.parquet"} | {n: f"place_x{n}.parquet" for n in (2, 5, 10)}
    return Figures(
        start_up=side_by_side(bare, [sys.executable, "-c", "import psaindicators"], [PSA, "--help"]),
        place=side_by_side(estimate(folder, "place.parquet"), floor(folder, "place.parquet")),
        csv=side_by_side(estimate(folder, "place.csv"), floor(folder, "place.csv"), runs=3),
        spss=side_by_side(estimate(folder, "place.sav"), into_pandas(folder, "place.sav")),
        compressed=side_by_side(estimate(folder, "place_compressed.sav"), into_pandas(folder, "place_compressed.sav")),
        ten=side_by_side(
            estimate(folder, "place_x10.parquet"),
            floor(folder, "place_x10.parquet"),
            [sys.executable, str(HERE / "in_process.py"), str(folder), "one_thread"],
        ),
        hundred=once(estimate(folder, "place_x100.parquet"), limit=LIMIT) if hundred else None,
        clustered=in_process(folder, "clustered"),
        pandas=in_process(folder, "pandas"),
        spark=in_process(folder, "spark") if find_spec("pyspark") and shutil.which("java") else None,
        peers=peers(folder) if with_peers else {},
        rows=curve({n: estimate(folder, data) for n, data in by_rows.items()}),
        indicators=curve({n: estimate(folder, "place_x2.parquet", n) for n in (1, 6, 18, 36, 54)}),
        areas=curve({n: estimate(folder, "place_x2.parquet", QUESTIONS, by) for n, by in by_areas.items()}),
        bytes_a_row=(folder / "place.parquet").stat().st_size / ROWS,
    )


def curve(commands: dict[int, list[str]]) -> dict[int, Spent]:
    return dict(zip(commands, side_by_side(*commands.values(), runs=3), strict=True))


def main() -> None:
    options = {word for word in sys.argv[1:] if word.startswith("--")}
    folders = [word for word in sys.argv[1:] if not word.startswith("--")]
    folder = Path(folders[0]) if folders else HERE.parent / "place-bench"
    figures = measured(folder, hundred="--hundred" in options, with_peers="--peers" in options)
    text = page(figures)
    (HERE.parent / "docs" / "performance.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
