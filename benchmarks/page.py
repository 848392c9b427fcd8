"""The page docs/performance.md, from measured figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ROWS = 543_713
BILLION = 1_000_000_000


@dataclass(frozen=True)
class Figures:
    """What was measured: processes with `seconds` and `megabytes`, or seconds in a process that was running."""

    start_up: list[Any]
    place: list[Any]
    csv: list[Any]
    spss: list[Any]
    compressed: list[Any]
    ten: list[Any]
    hundred: Any | None
    clustered: float
    pandas: float
    spark: float | None
    peers: Mapping[str, Any]
    rows: Mapping[int, Any]
    indicators: Mapping[int, Any]
    areas: Mapping[int, Any]
    bytes_a_row: float


def page(of: Figures) -> str:
    return "\n\n".join([HEAD, tasks(of), peers(of), HOW, curves(of), a_billion(of)]) + "\n"


HEAD = """# Performance

Made by `make bench` (`benchmarks/run.py`), which generates the files, runs every process beside its floor in one run on
one machine, and writes this page. Quote the ratios; the seconds are those of two shared cores, and move by a third. The
**floor** is DuckDB's plain weighted percentage of the same indicators by the same areas, with no standard error,
interval, design effect or check: three queries on every core; that of an SPSS file, which DuckDB does not read, is
pyreadstat reading all of it into pandas. Ours is the whole command `psaindicators estimate` with all of these, and the
full table as JSON. Medians of three or five, highest peak memory."""


def tasks(of: Figures) -> str:
    bare, imported, helped = of.start_up
    rows = [
        "| task | ours | floor | ratio | our peak memory |",
        "|---|---|---|---|---|",
        beside("543,713 rows, 18 indicators x (353 districts + 9 regions + England), Parquet", of.place),
        beside("the same from CSV", of.csv),
        beside("the same from .sav (27 variables, 117 MB); the floor is reading it into pandas", of.spss),
        beside("the same from .sav as SPSS compresses it (29 MB); the floor likewise", of.compressed),
        beside("ten times the rows (5.4 million), Parquet", of.ten[:2]),
        beside("the same with one thread, as in the batch job", [of.ten[2], of.ten[1]]),
    ]
    if of.hundred:
        rows.append(
            f"| a hundred times (54 million), address space limited to 2 GB | {of.hundred.seconds:.0f} s | - | "
            f"{of.hundred.seconds / of.ten[0].seconds:.1f} x the time of ten times | {of.hundred.megabytes:.0f} MB |"
        )
    rows += [
        f"| clustered: 700 PSUs, 7 x (9 regions + all), without start-up | {1000 * of.clustered:.0f} ms | - | - | - |",
        f"| pandas frame in memory, 543,713 x 18 x 363, without start-up | {of.pandas:.2f} s | - | - | - |",
        f"| `import psaindicators` (an empty Python: {bare.seconds:.2f} s) | {imported.seconds:.2f} s | - | - | - |",
        f"| `psaindicators --help` | {helped.seconds:.2f} s | - | - | - |",
    ]
    return "\n".join(rows)


def beside(task: str, pair: list[Any]) -> str:
    ours, floor = pair
    return (
        f"| {task} | {ours.seconds:.2f} s | {floor.seconds:.2f} s | **{ours.seconds / floor.seconds:.2f}** | "
        f"{ours.megabytes:.0f} MB |"
    )


def peers(of: Figures) -> str:
    if not of.peers:
        return "No peer was installed when this page was made (`make bench BENCH_ARGS=--peers` runs svy and R survey)."
    rows = [
        f"| {name} | {one.seconds:.0f} s | {one.seconds / of.place[0].seconds:.0f} x | {one.megabytes:.0f} MB |"
        for name, one in of.peers.items()
    ]
    return "\n".join(
        [
            "Peers on the 543,713 rows, the same 6,534 estimates with standard errors, one run each:",
            "",
            "| peer | time | over ours | peak memory |",
            "|---|---|---|---|",
            *rows,
        ]
    )


HOW = """## How it is done

- **The rows stay where they are.** The rules become expressions that run in the engine that holds the rows (DuckDB for
  Parquet and text files, the connection of a DuckDB relation, Spark), with one pass for every indicator and breakdown.
  Only a table of cells (stratum or PSU, by combination of areas) comes back, and NumPy makes the statistics of it. The
  tests hold every engine to the same reference cases, to 1e-12, with the rows parted in several ways.
- **Same file, same bits, where it is official.** Sums of floats depend on the order of adding, and several threads add
  in another order on each run: the last digits may differ, by 1e-15 of the figure. The batch job (`outturn`) therefore
  adds with one thread, so that the same input gives the same bytes; `estimate` and `read_survey` use every core.
- **Arrays where they are quicker.** A frame in memory, a text file under 1 MB (as unpacked), a Parquet file under 2.5
  million cells, a wave with replicate weights or a weighting, and rows that do not pass the checks are read as arrays;
  then a message can name rows.
- **SPSS files are read as arrays.** A C reader calls back for every value (14.7 million here). What the file says of
  itself is read by it, in a process of its own that a damaged file may end; the values are taken from the file as they
  stand there, a few thousand cases at a time and only the variables that are asked for.
- **In Spark** a variable's name may not hold a dot, which Spark takes for a part of a structure."""


def curves(of: Figures) -> str:
    return "\n\n".join(
        [
            "## What the cost grows with",
            "Whole processes. The rows are those of the Place-sized file, some times over; the other two tables have "
            "twice its rows, the last with 18 indicators.",
            curve("rows", {f"{n * ROWS:,}": one for n, one in of.rows.items()}),
            curve("indicators", of.indicators),
            curve("areas", of.areas),
        ]
    )


def curve(what: str, points: Mapping[Any, Any]) -> str:
    rows = [f"| {n} | {one.seconds:.2f} s | {one.megabytes:.0f} MB |" for n, one in points.items()]
    return "\n".join([f"| {what} | time | peak memory |", "|---|---|---|", *rows])


def a_billion(of: Figures) -> str:
    if of.spark is None:
        return "## A billion rows on Spark\n\nNot worked out: Spark was not installed when this page was made."
    per_core = 2 * ROWS / of.spark / 2
    minutes = BILLION / per_core / 100 / 60
    cells = 353 * (8 * 5 * 18 + 50) / 1e6
    read, hours = BILLION * of.bytes_a_row / 1e9, BILLION / per_core / 3600
    rate = 100 * per_core * of.bytes_a_row / 1e6
    return f"""## A billion rows on Spark, on paper

Measured with Spark on two cores of one machine (18 indicators, 363 areas, 1.1 million rows, warm):
{of.spark:.1f} s, which is {per_core:,.0f} rows a second a core; the Parquet file has {of.bytes_a_row:.1f} bytes a row.
One pass over a billion rows therefore reads {read:.0f} GB and takes {hours:.1f} core-hours: about {minutes:.0f} minutes
on 100 cores, if reading keeps up ({rate:.0f} MB a second over the cluster). Each task sends at most one row a cell:
with 353 strata, each in one district and region, {cells:.1f} MB a task, and as little comes back. With PSUs a cell is
a PSU in an area: some tens of thousands of rows. Nobody has run this; it assumes that time is linear in rows, as the
first table above has it for DuckDB.

The session has `spark.sql.codegen.hugeMethodLimit = 8000`: Java does not compile a longer method, and Spark would write
one of a pass of this size (measured at twice the time)."""
