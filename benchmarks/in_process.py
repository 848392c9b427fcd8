"""Time estimation alone, in this process and without start-up: the median of some runs, in seconds.

in_process.py FOLDER clustered | pandas | spark | one_thread (once, for the time of the whole process)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psaindicators as psa

RUNS = 7


def clustered(folder: Path) -> Any:
    survey = psa.read_survey(folder / "clustered.parquet", psa.wave(str(folder / "clustered.toml"), 2008))
    asked = psa.indicators(str(folder / "set7.toml"))
    return lambda: psa.estimate(survey, asked, by=["region", "all"])


def pandas(folder: Path) -> Any:
    import duckdb

    frame = duckdb.sql(f"SELECT * FROM '{folder}/place.parquet'").df()
    return _place(folder, frame)


def spark(folder: Path) -> Any:
    from pyspark.sql import SparkSession

    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    loopback = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    options = loopback | {"spark.ui.enabled": "false", "spark.sql.codegen.hugeMethodLimit": "8000"}
    session = SparkSession.builder.master("local[2]").config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return _place(folder, session.read.parquet(str(folder / "place_x2.parquet")))


def _place(folder: Path, data: object) -> Any:
    survey = psa.read_survey(data, psa.wave(str(folder / "place.toml"), 2008))
    asked = psa.indicators(str(folder / "set18.toml"))
    return lambda: psa.estimate(survey, asked, by=["district", "region", "all"])


def one_thread(folder: Path) -> Any:
    from psaindicators.files.microdata import read_microdata

    return _place(folder, read_microdata(folder / "place_x10.parquet", threads=1))


def timed(run: Any) -> float:
    start = perf_counter()
    run()
    return perf_counter() - start


if __name__ == "__main__":
    task = {"clustered": clustered, "pandas": pandas, "spark": spark, "one_thread": one_thread}[sys.argv[2]](
        Path(sys.argv[1])
    )
    runs = {"spark": 3, "one_thread": 0}.get(sys.argv[2], RUNS)
    taken = [timed(task) for _ in range(1 + runs)]
    print(median(taken[1:] or taken))
