"""The peer svy: means of 18 questions by district, region and everyone, with standard errors."""

from __future__ import annotations

import sys

import polars as pl
import svy

questions = [f"q{i}" for i in range(1, 19)]
frame = pl.read_parquet(sys.argv[1])
sample = svy.Sample(frame, svy.Design(stratum="district", wgt="weight"))
for area in ("district", "region", None):
    print(len(sample.estimation.mean(questions, drop_nulls=True, **({"by": area} if area else {}))))
