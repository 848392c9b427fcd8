"""Hostile inputs by every way in that people write by hand or programs save: each gives a result or a PsaError.

    python -m tests.fuzzed [INPUTS] [SEED] [WAY]...      so many damaged files of each way (100 unless told)
    python -m tests.fuzzed keys                          every key of every shipped TOML changed to every other type

Anything else that is raised is kept, with the file, below the folder for temporary files, and told. The files of
statistical programs have a harness of their own, tests/mutated.py.
"""

from __future__ import annotations

import atexit
import csv
import gzip
import io
import json
import os
import random
import shutil
import sys
import tempfile
import tomllib
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import duckdb

import psaindicators as psa
from psaindicators.definitions.indicator_files import Sets, load_indicators
from psaindicators.definitions.wave_files import load_waves
from psaindicators.figures.saved import read_estimates
from psaindicators.judgements.adopting import read_adopting
from psaindicators.judgements.reward import read_rule_of_reward
from psaindicators.outturns.batch import compute, files_of
from psaindicators.outturns.configuration import read_configuration
from psaindicators.outturns.inputs import open_inputs, read_area_populations
from psaindicators.outturns.published import read_published
from psaindicators.publishing.writers.as_csv import to_csv
from tests.mutated import mutants
from tests.paths import ROOT
from tests.unit.outturns.council import write_council

NASTY: tuple[Any, ...] = (
    *(None, True, 0, 1, -1, 2008, 2010, 2**70, -(2**63), 1.5, -0.0, 1e308, float("inf"), float("nan")),
    *("", " ", "nan", "-9", "all", "all*all", "yes", "clean", "visits", "w", "tidy", "council.toml", "own.toml"),
    *(".", "../x", "*", "\x00", "\x1b[31m", "\u202ename", "a\nb", "=1+1", "x" * 300, "é" * 80),
    *([], {}, [[]], [{}], [1, "a"], ["a", "a"], [None], [2, 1], {"a": 1}, {"": ""}, [[[[[[]]]]]]),
    *({"question": "clean"}, {"in": []}, {"like": "tidy"}, {"count_of": [], "at_least": 0}),
    [{"question": "clean", "in": ["yes"]}],
)
"""Values of every type that TOML and JSON have, and some that they have not."""
PIECES = (
    *("\x00", "\x1b[2J", '"', "'", '""', "\r", "\n", "\r\n", ",", ";", "\t", "[", "]" * 40, "[" * 3_000, "{", "=", "#"),
    *("-", "1e999", "inf", "nan", "true", "2008-13-45", "\\u0000", "\ufeff", "\u202e", "\ud800"),
    *("9" * 5_000, "x" * 140_000),
)
"""Texts that are put somewhere in a file."""
CELLS = (
    *("", " ", "inf", "-inf", "nan", "-500", "150", "1e999", "9" * 5_000, "x" * 140_000, "1,5", "1_0", "٣", "\x00"),
    *('"', "a\nb", "\x1b[31m", "\u202e", "=cmd|' /C calc'!A0", "tidi", "0", "-0.3", "2010-12", "all", "None", "''"),
)


@dataclass(frozen=True)
class Way:
    """A way in: the file that is damaged, how, and what reads it."""

    file: str
    damage: Callable[[bytes, random.Random], bytes]
    read: Callable[[Path], object]


@dataclass
class Found:
    """What became of damaged inputs: how many were read and refused, and each that was worse."""

    counts: Counter[str] = field(default_factory=Counter)
    worse: list[str] = field(default_factory=list)

    def attempt(self, what: str, read: Callable[[], object], keep: bytes = b"") -> None:
        """Count whether something is read or refused; anything else is worse."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", psa.errors.SurveyWarning)
                read()
        except psa.PsaError as error:
            self.counts["refused" if str(error).strip() else "refused without a word"] += 1
        except Exception:
            self.worse.append(f"{what}\n{traceback.format_exc(limit=-4)}{_kept(what, keep)}")
        else:
            self.counts["read"] += 1


def _kept(what: str, keep: bytes) -> str:
    folder = Path(tempfile.gettempdir()) / "psaindicators-fuzzed"
    folder.mkdir(exist_ok=True)
    path = folder / what.replace("/", "-")[:100]
    path.write_bytes(keep)
    return f"kept as {path}\n"


def damaged_text(data: bytes, chosen: random.Random) -> bytes:
    """Return a text with pieces put in, taken out or doubled, or with bytes of no encoding in it."""
    text = data.decode()
    for _ in range(chosen.choice((1, 1, 1, 3))):
        at, to = sorted((chosen.randrange(len(text) + 1), chosen.randrange(len(text) + 1)))
        match chosen.randrange(6):
            case 0 | 1 | 2:
                text = text[:at] + chosen.choice(PIECES) + text[at:]
            case 3:
                text = text[:at] + text[min(to, at + 20) :]
            case 4:
                text = text[:to] + text[at:]
            case _:
                text = text[:at]
    encoding = chosen.choice(("utf-8", "utf-8", "utf-8", "utf-16", "latin-1", "utf-8-sig"))
    return text.encode(encoding, errors="surrogatepass" if encoding.startswith("utf-8") else "replace")


def damaged_csv(data: bytes, chosen: random.Random) -> bytes:
    """Return a CSV with other cells, rows too short, too long or twice, or damaged as a text."""
    if chosen.random() < 0.3:
        return damaged_text(data, chosen)
    rows = list(csv.reader(io.StringIO(data.decode())))
    for _ in range(chosen.choice((1, 1, 2))):
        row = chosen.choice(rows)
        match chosen.randrange(7):
            case 0:
                row.append(chosen.choice(CELLS))
            case 1:
                row[-1:] = []
            case 2:
                rows.append([*row])
            case _ if row:
                row[chosen.randrange(len(row))] = chosen.choice(CELLS)
    text = io.StringIO()
    csv.writer(text, lineterminator=chosen.choice(("\n", "\r\n"))).writerows(rows)
    return text.getvalue().encode()


def damaged_toml(data: bytes, chosen: random.Random) -> bytes:
    """Return a TOML with another value or key somewhere, or damaged as a text."""
    if chosen.random() < 0.3:
        return damaged_text(data, chosen)
    table = tomllib.loads(data.decode())
    return toml(_damaged(table, chosen)).encode(errors="surrogatepass")


def damaged_json(data: bytes, chosen: random.Random) -> bytes:
    """Return a JSON with another value or key somewhere, or damaged as a text."""
    if chosen.random() < 0.3:
        return damaged_text(data, chosen)
    return json.dumps(_damaged(json.loads(data), chosen)).encode()


def damaged_bytes(data: bytes, chosen: random.Random) -> bytes:
    """Return a file with bytes and numbers changed, lost, doubled or zeroed."""
    return next(mutants(data, chosen, 1))


def _damaged(tree: Any, chosen: random.Random) -> Any:
    """Return nested tables and lists with a value or two replaced, more often than not by one of the same type."""
    for _ in range(chosen.choice((1, 1, 1, 2))):
        way = chosen.choice([*paths(tree)])
        there = _at(tree, way)
        same = [one for one in NASTY if type(one) is type(there)] if chosen.random() < 0.6 else []
        tree = replaced(tree, way, chosen.choice(same or NASTY))
    return tree


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    return _at(tree[path[0]], path[1:]) if path else tree


def paths(tree: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of nested tables and lists."""
    below = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in below:
        yield (key,)
        yield from ((key, *rest) for rest in paths(value))


def replaced(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return nested tables and lists with one value replaced, or left out where it is None."""
    key, *rest = path
    new = replaced(tree[key], tuple(rest), value) if rest else value
    if isinstance(tree, dict):
        return {k: new if k == key else v for k, v in tree.items() if k != key or new is not None}
    return [new if i == key else v for i, v in enumerate(tree)]


def toml(table: Mapping[str, Any]) -> str:
    """Return a table as TOML, everything below it inline."""
    return "".join(f"{json.dumps(key)} = {_inline(value)}\n" for key, value in table.items())


def _inline(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {_inline(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case bool() | int():
            return json.dumps(value)
        case None:
            return '"none"'
        case _:
            return str(value)


def outturn(folder: Path) -> object:
    """Return the files of the council's outturn, with everything that its configuration names read."""
    return files_of(compute(open_inputs(read_configuration(folder / "streets.toml"))))


def _waves(folder: Path) -> object:
    load_waves(folder / "council.toml")
    return outturn(folder)


def _sets(folder: Path) -> object:
    psa.indicators(folder / "own.toml")
    return outturn(folder)


def _targets(folder: Path) -> object:
    known = psa.indicators(folder / "own.toml")
    repr(psa.read_targets(folder / "targets.csv", indicators=known))
    return outturn(folder)


def _adopting(folder: Path) -> object:
    return read_adopting(folder / "adopting.csv", indicators=psa.indicators(folder / "own.toml"))


def _published(folder: Path) -> object:
    known, wave = psa.indicators(folder / "own.toml"), psa.wave(folder / "council.toml", 2010)
    return read_published(folder / "published.csv", known, wave)


def _printed(folder: Path) -> object:
    known = psa.indicators(folder / "own.toml")
    return repr(psa.from_published(folder / "printed.csv", indicator=known["tidy"], survey="s", wave=2010))


def _saved(name: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        saved = read_estimates(folder / name, psa.indicators(folder / "own.toml"))
        return repr(saved), to_csv(saved), psa.compare(saved, saved, across_break=True)

    return read


def _weighted(folder: Path) -> object:
    wave = psa.wave(folder / "council.toml", 2008)
    return psa.weighting.rake(psa.read_survey(folder / "streets_2008.csv", wave), folder / "totals.csv")


def _rows(name: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        survey = psa.read_survey(folder / name, psa.wave(folder / "council.toml", 2008))
        repr(psa.check(survey))
        tidy = psa.indicators(folder / "own.toml")["tidy"]
        return repr(psa.estimate(survey, tidy, by=["all", "authority"]))

    return read


WAYS = {
    "wave TOML": Way("council.toml", damaged_toml, _waves),
    "set TOML": Way("own.toml", damaged_toml, _sets),
    "batch TOML": Way("streets.toml", damaged_toml, outturn),
    "reward TOML": Way("reward.toml", damaged_toml, lambda folder: read_rule_of_reward(str(folder / "reward.toml"))),
    "targets CSV": Way("targets.csv", damaged_csv, _targets),
    "adopting CSV": Way("adopting.csv", damaged_csv, _adopting),
    "published CSV": Way("published.csv", damaged_csv, _published),
    "printed CSV": Way("printed.csv", damaged_csv, _printed),
    "populations CSV": Way(
        "populations.csv", damaged_csv, lambda folder: read_area_populations(folder / "populations.csv")
    ),
    "totals CSV": Way("totals.csv", damaged_csv, _weighted),
    "saved JSON": Way("saved.json", damaged_json, _saved("saved.json")),
    "saved CSV": Way("saved.csv", damaged_csv, _saved("saved.csv")),
    "rows CSV": Way("rows.csv", damaged_csv, _rows("rows.csv")),
    "rows TSV": Way("rows.tsv", damaged_text, _rows("rows.tsv")),
    "rows gzip": Way("rows.csv.gz", damaged_bytes, _rows("rows.csv.gz")),
    "rows Parquet": Way("rows.parquet", damaged_bytes, _rows("rows.parquet")),
}


TABLES = {
    "printed.csv": ("area,area_name,value,base,deft", "A,Ash,40,500,1.3", "B,Beck,0,50,", "C,Coombe,,20,"),
    "totals.csv": (
        *("variable,category,total,note", "clean,yes,600,x", "clean,no,400,"),
        *("authority,E06000055,500,", "authority,E06000056,500,"),
    ),
}


def write_inputs(folder: Path) -> None:
    """Write a good file of every way in."""
    write_council(folder)
    (folder / "reward.toml").write_bytes((ROOT / "src/psaindicators/judgements/rules/local_psa.toml").read_bytes())
    for name, lines in TABLES.items():
        (folder / name).write_text("\n".join([*lines, ""]))
    rows = (folder / "streets_2008.csv").read_bytes()
    (folder / "rows.csv").write_bytes(rows)
    (folder / "rows.tsv").write_bytes(rows.replace(b",", b"\t"))
    (folder / "rows.csv.gz").write_bytes(gzip.compress(rows))
    duckdb.read_csv(str(folder / "rows.csv")).write_parquet(str(folder / "rows.parquet"))
    wave, tidy = psa.wave(folder / "council.toml", 2008), psa.indicators(folder / "own.toml")["tidy"]
    saved = psa.estimate(psa.read_survey(folder / "rows.csv", wave), tidy, by=["all", "authority"])
    (folder / "saved.json").write_text(saved.to_json())
    (folder / "saved.csv").write_text(to_csv(saved))


@cache
def inputs() -> Path:
    """Return a folder with a good file of every way in and an outturn; this process takes it away again at its end."""
    folder, owner = Path(tempfile.mkdtemp(prefix="psaindicators-inputs-")), os.getpid()
    write_inputs(folder)
    psa.outturn(folder / "streets.toml", out=folder / "made")

    def remove() -> None:
        if os.getpid() == owner:  # not in one that a fork made
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


@contextmanager
def copied_inputs() -> Iterator[Path]:
    """Give a folder of its own with a copy of `inputs`, whose files may be damaged."""
    with tempfile.TemporaryDirectory() as place:
        yield shutil.copytree(inputs(), Path(place), dirs_exist_ok=True)


def damaged(name: str, count: int, seed: int) -> Found:
    """Read so many damaged files of one way in."""
    way, found = WAYS[name], Found()
    with copied_inputs() as folder:
        good = (folder / way.file).read_bytes()
        way.read(folder)
        for i in range(count):
            data = way.damage(good, random.Random(f"{seed} {i}"))
            (folder / way.file).write_bytes(data)
            found.attempt(f"{name} {seed} {i} {way.file}", partial(way.read, folder), data)
    return found


@cache
def shipped_sets() -> Sets:
    """Return every shipped set by its path: a changed one may be like them, and they are not read again for it."""
    read: Sets = {}
    for file in sorted((ROOT / "src/psaindicators/definitions/sets").glob("*.toml")):
        load_indicators(file, read)
    return read


KEYED: dict[str, Callable[[Path], object]] = {
    "src/psaindicators/definitions/surveys/*.toml": load_waves,
    "src/psaindicators/definitions/sets/*.toml": lambda path: load_indicators(path, {**shipped_sets()}),
    "src/psaindicators/judgements/rules/*.toml": lambda path: read_rule_of_reward(str(path)),
    "data/samples/**/outturn.toml": read_configuration,
}
"""The TOML files that come with the project, and what reads them."""


def changed_keys(every: int = 1, seed: int = 1) -> Found:
    """Read every TOML file of KEYED with each of its values replaced by each of NASTY, one in `every` of them."""
    found, chosen = Found(), random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "changed.toml"
        for file, read in [(file, read) for glob, read in KEYED.items() for file in sorted(ROOT.glob(glob))]:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
            for way, value in product(paths(table), NASTY):
                if chosen.randrange(every) == 0:
                    path.write_text(toml(replaced(table, way, value)), encoding="utf-8", errors="surrogatepass")
                    what = f"{file.stem} {'.'.join(map(str, way))} = {value!r}"
                    found.attempt(what, partial(read, path), path.read_bytes())
    return found


def main(words: list[str]) -> int:
    """Tell what became of damaged inputs; return 1 where one was worse than refused."""
    if words[:1] == ["keys"]:
        founds = {"keys": changed_keys(*map(int, words[1:]))}
    else:
        count, seed, *names = [*words, *("100", "1")[len(words) :]]
        founds = {name: damaged(name, int(count), int(seed)) for name in names or WAYS}
    for name, found in founds.items():
        print(f"{name}: {dict(found.counts)}; worse: {len(found.worse)}")
        print("\n".join(found.worse[:20]))
    return int(any(found.worse for found in founds.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
