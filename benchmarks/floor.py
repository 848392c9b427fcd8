"""The floor: plain weighted percentages by DuckDB, by district, region and everyone, with no standard error."""

from __future__ import annotations

import sys

import duckdb

FILE, QUESTIONS = sys.argv[1], int(sys.argv[2])
AREAS = sys.argv[3].split(",")
means = ", ".join(
    f"sum(weight * q{i}) / sum(weight) FILTER (q{i} IS NOT NULL) AS q{i}" for i in range(1, QUESTIONS + 1)
)
engine = duckdb.connect()
for area in AREAS:
    if area == "all":
        rows = engine.execute(f"SELECT {means} FROM '{FILE}'").fetchall()
    else:
        rows = engine.execute(f"SELECT {area}, {means} FROM '{FILE}' GROUP BY {area} ORDER BY {area}").fetchall()
    print(len(rows))
