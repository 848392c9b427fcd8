"""A council's own survey, set, targets, index and assessment in a folder, small enough to reckon by hand.

Two waves share four PSUs of four people, two PSUs in each of two authorities; every weight is 1. Answers "clean":

    PSU          1  2 | 3  4    of 16
    2008         0  2   1  3    6 = 37.5%
    2010         4  2   3  1   10 = 62.5%
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

CLEAN = {2008: (0, 2, 1, 3), 2010: (4, 2, 3, 1)}
AUTHORITIES = ("E06000055", "E06000055", "E06000056", "E06000056")

SURVEY = """
survey = "streets"
title  = "Street survey"
"""
WAVE = """
[{year}]
weight = "w"
psu    = "psu"
area   = {{ authority = "la" }}
[{year}.questions.clean]
variable = "clean"
answers  = {{ yes = 1, no = 0 }}
[{year}.questions.visits]
variable = "visits"
"""
OWN = """
title = "The council's own"
[tidy]
title     = "Streets are clean"
better    = "higher"
reference = "council minutes"
{more}[tidy.since.2000]
denominator = {{ all_answered = ["clean"] }}
numerator   = {{ question = "clean", in = ["yes"] }}
"""
SET = (
    OWN.format(more='success   = "local_majority"\nlocal     = "tidy_here"\n')
    + """
[town]
title     = "Clean and visited"
better    = "higher"
reference = "council minutes"
success   = "index_required"
[town.index]
parts    = { tidy = 37.5, visits = 16 }
baseline = 100
required = 106
"""
)
CONFIGURATION = """
title  = "Streets"
output = "out"
disclosure = "none"   # sixteen people, reckoned by hand: any policy would withhold every one of these figures

[[surveys]]
data       = "streets_2008.csv"
survey     = "council.toml"
wave       = 2008
indicators = "own.toml"
by         = ["all", "authority"]

[[surveys]]
data       = "streets_2010.csv"
survey     = "council.toml"
wave       = 2010
indicators = "own.toml"
by         = ["all", "authority"]
published  = "published.csv"
populations = "populations.csv"

[[comparisons]]
earlier     = "streets 2008"
later       = "streets 2010"
minimum     = 20
shared_psus = true

[index]
indicator = "town"
[index.parts.tidy]
data      = "streets_2010.csv"
survey    = "council.toml"
wave      = 2010
indicator = "tidy"
[index.parts.visits]
data   = "streets_2010.csv"
survey = "council.toml"
wave   = 2010
total  = "visits"

[targets]
file     = "targets.csv"
outturns = "streets 2010"
[targets.reward]
rule = "local_psa"
pot  = 1000

[assessment]
adopting = "adopting.csv"
"""
TABLES = {
    "targets.csv": "area,indicator,baseline,target,year,without\nE06000055,tidy,25,60,2010,20\n",
    "adopting.csv": "indicator,area\ntidy,E06000055\n",
    "published.csv": "indicator,by,area,value,source\ntidy,all,all,62.5,council minutes\n",
    "populations.csv": "area,population\nE06000055,160000\nE06000056,260000\n",
}


def write_council(folder: Path) -> Path:
    """Write the files into a folder and return the configuration."""
    waves = "".join(WAVE.format(year=year) for year in CLEAN)
    (folder / "council.toml").write_text(SURVEY + waves)
    (folder / "own.toml").write_text(SET)
    for name, text in TABLES.items():
        (folder / name).write_text(text)
    for year, clean in CLEAN.items():
        write_wave(folder / f"streets_{year}.csv", clean)
    (folder / "streets.toml").write_text(CONFIGURATION)
    return folder / "streets.toml"


def write_wave(path: Path, clean: Iterable[int]) -> None:
    """Write four people for each PSU, of whom so many find the streets clean."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["la", "psu", "w", "clean", "visits"])
        for psu, (area, yes) in enumerate(zip(AUTHORITIES, clean, strict=True), start=1):
            writer.writerows([area, psu, 1, int(i < yes), 1] for i in range(4))


def changed(config: Path, changes: Mapping[str, str]) -> Path:
    """Replace texts of a configuration, each of which must be there, and return it."""
    text = config.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    config.write_text(text)
    return config


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
