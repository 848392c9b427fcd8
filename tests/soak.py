"""What the tests do for seconds, done for hours: kills, faults at every system call, many runs, damaged inputs.

    python -m tests.soak [--scale SHARE] [--seed SEED] [PART]...       as `make soak SOAK_ARGS="--scale 0.01"`

A scale of 1 is 1,000 kills of the folder's replacement and 100 of the whole command, three faults at every system call
of the replacement, 100 runs in a row and 200 by eights at once, and 1,000,000 damaged inputs over all ways in. Whatever
comes out otherwise than whole, or with an error that is none of the package's, is told and counted as worse.
docs/quality/soak.csv keeps what came of each part that was run; a part that cannot be run here says why.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from psaindicators.errors import OutputError
from psaindicators.outturns.verification import verify
from psaindicators.publishing.folder import restore, write_folder
from psaindicators.publishing.names import ROOM
from psaindicators.publishing.replacing import AS_IT_WAS, IN_PLACE
from tests.fuzzed_calls import calls
from tests.fuzzed_commands import lines
from tests.paths import ROOT
from tests.unit.outturns.council import changed, write_council

RESULTS = ROOT / "docs" / "quality" / "soak.csv"
COMMAND = [sys.executable, "-c", "from psaindicators.cli.main import main; main()"]
LONG = 600
"""Seconds after which a process is given up, and counted as worse."""
OLD = {"estimates.csv": "old", "tables/a.txt": "old", "gone/only.txt": "old"}
NEW = {"estimates.csv": "new", "tables/a.txt": "new", "more/b.txt": "new"}
NOTES = {"notes.txt": b"by hand", "tables/mine.txt": b"by hand"}
TURN = f"""
import os, sys
from pathlib import Path
from psaindicators.publishing.folder import write_folder
old, new = {OLD!r}, {NEW!r}
out, turns = Path(sys.argv[1]), int(sys.argv[2])
print("begun", flush=True)
if turns == 1 and sys.stdin.readline() == "":
    sys.exit(9)
try:
    for turn in range(turns):
        write_folder(out, *((old, {{"title": "old"}}) if turn % 2 else (new, {{"title": "new"}})))
except Exception as error:
    print(error, flush=True)
    sys.exit(3)
"""
"""Replaces a folder so many times; once only when it is told to."""


@dataclass
class Part:
    """What came of a part: how many of `whole` were run, how each ended, how many were worse than they may be."""

    what: str
    whole: int
    run: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    worse: int = 0
    seconds: int = 0
    note: str = ""

    def count(self, how: str, fault: str = "") -> None:
        """Count one that was run, and tell of a fault."""
        self.run += 1
        self.ended[how] += 1
        if fault:
            self.worse += 1
            print(f"WORSE {self.what}: {fault}", flush=True)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def lay(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold these files and no other."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def both_sets(place: Path) -> dict[str, dict[str, bytes]]:
    """Return what a folder holds before and after, with somebody's notes in it."""
    found = {}
    for name, files in (("old", OLD), ("new", NEW)):
        write_folder(place / "whole", files, {"title": name})
        found[name] = contents(place / "whole") | NOTES
    return found


def state(folder: Path, sets: dict[str, dict[str, bytes]]) -> str:
    """Return which set a folder holds, its hidden room apart; nothing where it is neither."""
    held = {name: content for name, content in contents(folder).items() if not name.startswith(ROOM)}
    return next((name for name, files in sets.items() if files == held), "")


def swap_kills(part: Part, count: int, seed: int, place: Path) -> None:
    """Kill a process that replaces a folder over and over, at a random moment."""
    sets, moments, out = both_sets(place), random.Random(seed), place / "out"
    lay(out, sets["old"])
    for i in range(count):
        with subprocess.Popen([sys.executable, "-c", TURN, str(out), "100000"], stdout=-1) as job:
            assert job.stdout is not None
            job.stdout.readline()
            time.sleep(moments.uniform(0, 0.1))
            job.kill()
        part.count(*_restored(out, sets, f"kill {i}"))


def _restored(out: Path, sets: dict[str, dict[str, bytes]], what: str) -> tuple[str, str]:
    """Restore a folder, and return which set it holds then, and a fault where it is neither or something is left."""
    try:
        restore(out)
    except OutputError as error:
        return "lost", f"{what}: {error}"
    found = state(out, sets)
    left = f"{ROOM} is left" if (out / ROOM).exists() else ""
    return found or "lost", left if found else f"{what}: {sorted(contents(out))}"


def command_kills(part: Part, count: int, seed: int, place: Path) -> None:
    """Kill the whole command at a random moment of its time, while two configurations take turns in one folder."""
    first, second, sets = _two_jobs(place)
    out, moments = place / "out", random.Random(seed)
    started = time.monotonic()
    _run(first, out)
    lasts = time.monotonic() - started
    for i in range(count):
        config = (second, first)[i % 2]
        job = subprocess.Popen([*COMMAND, "outturn", str(config), "--out", str(out)], stdout=-3, stderr=-3)
        try:
            job.wait(moments.uniform(0, lasts))
        except subprocess.TimeoutExpired:
            job.kill()
            job.wait()
        part.count(*_restored(out, sets, f"kill {i}"))
        if verify(out).faults:
            part.count("unverified", f"kill {i}: {verify(out).faults}")


def _two_jobs(place: Path) -> tuple[Path, Path, dict[str, dict[str, bytes]]]:
    first = write_council(place)
    second = place / "other.toml"
    second.write_text(first.read_text())
    changed(second, {'title  = "Streets"': 'title  = "Others"'})
    sets = {}
    for name, config in (("old", first), ("new", second)):
        _run(config, place / name)
        sets[name] = contents(place / name)
    return first, second, sets


def _run(config: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "outturn", str(config), "--out", str(out)], capture_output=True, text=True, check=False, timeout=LONG
    )


FAULTS = {"killed": "signal=SIGKILL", "interrupted": "signal=SIGINT", "failing": "error=EIO"}
FILES = "%file,%desc"
"""System calls that take a file's name, or an open file."""


def system_calls(part: Part, count: int, seed: int, place: Path) -> None:
    """Stop, interrupt or fail a replacement at each of its system calls, or at so many of them, by strace."""
    if why := cannot_trace():
        part.note = why
        return
    sets, out = both_sets(place), place / "out"
    places = list(_every_call(out, sets, place))
    part.whole = len(places)
    for fault, call, at in sorted(random.Random(seed).sample(places, min(count, len(places)))):
        lay(out, sets["old"])
        inject = f"inject={call}:{FAULTS[fault]}:when={at}"
        code, said = _traced(out, ["-e", f"trace={call}", "-e", inject, "-o", os.devnull])
        told = _is_told(state(out, sets), code, said)
        found, worse = _restored(out, sets, f"{fault} at {call} {at}")
        part.count(f"{fault}, {found}", worse or ("" if told else f"{fault} at {call} {at}: {code} {said}"))


def cannot_trace() -> str:
    """Return why faults cannot be injected here, or nothing."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else ""


def _every_call(out: Path, sets: dict[str, dict[str, bytes]], place: Path) -> Iterator[tuple[str, str, int]]:
    """Yield each fault at each call that one replacement makes: the first of its name, the second, and so on."""
    for faults, traced in ((("killed", "interrupted"), "all"), (("failing",), FILES)):
        lay(out, sets["old"])
        _traced(out, ["-e", f"trace={traced}", "-o", str(place / "log")])
        named = re.findall(r"^(?:\d+ +)?(\w+)\(", (place / "log").read_text(errors="replace"), re.MULTILINE)
        for call, times in Counter(named).items():
            if call not in ("exit_group", "restart_syscall"):
                yield from ((fault, call, at) for fault in faults for at in range(1, times + 1))


def _traced(out: Path, options: Sequence[str]) -> tuple[int, str]:
    """Replace a folder once under strace, which looks on from just before; return how it ended and what it said."""
    pipes = {"stdin": -1, "stdout": -1, "stderr": -3, "text": True}
    job = subprocess.Popen([sys.executable, "-B", "-c", TURN, str(out), "1"], **pipes)  # type: ignore[call-overload]
    assert job.stdout.readline() == "begun\n"
    tracer = subprocess.Popen(["strace", *options, "-p", str(job.pid)], stderr=-1, text=True)
    assert tracer.stderr is not None
    tracer.stderr.readline()  # it is attached
    said = job.communicate("go\n", timeout=LONG)[0]
    tracer.communicate(timeout=LONG)
    return job.returncode, said.strip()


def _is_told(found: str, code: int, said: str) -> bool:
    """Return whether what a replacement said of the folder is so, and a whole set stands there unless it was killed."""
    if code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return True
    claims = {"old": AS_IT_WAS in said, "new": IN_PLACE in said or code == 0}
    return found != "" and not any(claim and found != name for name, claim in claims.items())


def in_a_row(part: Part, count: int, seed: int, place: Path) -> None:
    """Run the command over and over: the same bytes, nothing left behind anywhere."""
    config, out, kept = write_council(place), place / "out", place / "kept"
    kept.mkdir()
    _run(config, out)
    first = contents(out)
    for i in range(count):
        ran = subprocess.run(
            [*COMMAND, "outturn", str(config), "--out", str(out)],
            **{"capture_output": True, "text": True, "check": False, "timeout": LONG},
            env=os.environ | {"TMPDIR": str(kept)},
        )
        same = ran.returncode == 0 and contents(out) == first and not [*kept.iterdir()]
        part.count("the same" if same else "other", "" if same else f"run {i}: {ran.returncode} {ran.stderr}")


def at_once(part: Part, count: int, seed: int, place: Path) -> None:
    """Run the command eight times at once in one folder, with two configurations: whole sets, or a clear message."""
    first, second, sets = _two_jobs(place)
    out = place / "out"
    for i in range(-(-count // 8)):
        commands = [[*COMMAND, "outturn", str((first, second)[j % 2]), "--out", str(out)] for j in range(8)]
        jobs = [subprocess.Popen(one, stdout=-3, stderr=-1, text=True) for one in commands]
        for j, one in enumerate(jobs):
            said = one.communicate(timeout=LONG)[1]
            busy = "writing to" in said
            fine = one.returncode == 0 or (one.returncode == 3 and busy)
            part.count("told of another" if busy else f"exit {one.returncode}", "" if fine else f"{i} {j}: {said}")
        found, worse = _restored(out, sets, f"round {i}")
        part.ended[f"left {found}"] += 1
        part.worse += bool(worse)


def damaged_inputs(way: str) -> Work:
    """Return what reads so many damaged files of one way in."""

    def read(part: Part, count: int, seed: int, place: Path) -> None:
        module, *named = HARNESS.get(way, ("tests.fuzzed", way))
        _harassed(part, module, [str(count), str(seed), *named])

    return read


def changed_keys(part: Part, count: int, seed: int, place: Path) -> None:
    """Read every shipped TOML with each of its values, or one of so many, replaced by what it is not."""
    _harassed(part, "tests.fuzzed", ["keys", str(max(1, part.whole // count)), str(seed)])


def wrong_words(part: Part, count: int, seed: int, place: Path) -> None:
    """Call every function and run every command, or so many, with each argument replaced by what it is not."""
    every = [("tests.fuzzed_calls", name) for name in calls()] + [("tests.fuzzed_commands", name) for name in lines()]
    for module, name in random.Random(seed).sample(every, min(len(every), count)):
        _harassed(part, module, [name])


COUNTED = re.compile(r"'(?:\S+ )?(\w+)': (\d+)")


def _harassed(part: Part, module: str, words: Sequence[str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", module, *words], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
    )
    counts = Counter[str]()
    for how, times in COUNTED.findall(ran.stdout):
        counts[how] += int(times)
    worse = sum(map(int, re.findall(r"worse: (\d+)", ran.stdout)))
    part.run += counts.total() + worse
    part.ended += counts
    if worse or ran.returncode:
        part.worse += max(1, worse)
        print(f"WORSE {module} {words}: {ran.stdout}{ran.stderr}"[:3000], flush=True)


Work = Callable[[Part, int, int, Path], None]
HARNESS = {"statistical files": ("tests.mutated",)}
DAMAGED = {
    **{"adopting CSV": 303_000, "saved CSV": 150_000, "saved JSON": 120_000, "populations CSV": 90_000},
    **{"published CSV": 90_000, "reward TOML": 80_000, "rows gzip": 50_000, "targets CSV": 45_000},
    **{"wave TOML": 12_000, "batch TOML": 11_000, "set TOML": 10_000, "printed CSV": 8_000, "rows Parquet": 8_000},
    **{"rows CSV": 7_000, "rows TSV": 7_000, "totals CSV": 7_000, "statistical files": 2_000},
}
"""How many of a million damaged files each way in gets: as many as it reads in some minutes, so that none is missed."""
PARTS: dict[str, tuple[str, int, Work]] = {
    "swap": ("the folder's replacement killed at a random moment", 1_000, swap_kills),
    "command": ("the whole command killed at a random moment", 100, command_kills),
    "calls": ("a kill, an interrupt and EIO at every system call of the replacement", 100_000, system_calls),
    "row": ("runs in a row", 100, in_a_row),
    "at_once": ("runs by eights at once in one folder", 200, at_once),
    "words": ("every argument of every function and command replaced", 100, wrong_words),
    "keys": ("every key of every shipped TOML changed to every other type", 80_000, changed_keys),
    **{way: (f"damaged inputs: {way}", many, damaged_inputs(way)) for way, many in DAMAGED.items()},
}
"""Each part by name: what it is, how much of it a scale of 1 is, and what does it."""


def soaked(name: str, scale: float, seed: int) -> Part:
    """Run a part at a scale, in a folder of its own."""
    what, whole, work = PARTS[name]
    part, started = Part(what, whole), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        work(part, max(1, round(whole * scale)), seed, Path(place))
    part.seconds = round(time.monotonic() - started)
    return part


COLUMNS = tuple(one.name for one in fields(Part))


def write(part: Part, path: Path = RESULTS) -> None:
    """Write what came of a part in its line of the results, and leave the other lines."""
    held = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            held = {row["what"]: row for row in csv.DictReader(file)}
    ended = ", ".join(f"{how}: {times:,}" for how, times in sorted(part.ended.items()))
    held[part.what] = asdict(part) | {"ended": ended}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(held[what] for what, _, _ in PARTS.values() if what in held)


def main(words: Sequence[str]) -> int:
    """Run the parts that are named, all where none is, and return 1 where anything was worse."""
    asked = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").split("\n\n")[0])
    asked.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all unless named")
    asked.add_argument("--scale", type=float, default=1.0, help="the share of each that is run (1)")
    asked.add_argument("--seed", type=int, default=1, help="of moments and damages (1)")
    given = asked.parse_args(words)
    if unknown := set(given.parts) - PARTS.keys():
        asked.error(f"unknown part {', '.join(sorted(unknown))}")
    worse = 0
    for name in given.parts or PARTS:
        part = soaked(name, given.scale, given.seed)
        write(part)
        print(part, flush=True)
        worse += part.worse
    return int(worse > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
