"""Statistical files with damage done to them, and what becomes of reading them: for a short test and for a long soak.

    python -m tests.mutated [MUTANTS] [SEED]

reads so many damaged files (1,000 unless told) of every kind, in processes of their own, and says how many were read,
refused, or worse. Worse is an error that is none of the package's, a process that ends, or one that swells.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyreadstat

from psaindicators.errors import PsaError
from psaindicators.files.microdata import read_microdata
from tests.paths import ROOT

BATCH = 250
TELLING = (0, 1, 2, 7, 127, 128, 211, 252, 253, 254, 255)
"""Bytes that mean something in these formats, or are the ends of a range."""
NUMBERS = (0, 1, -1, 255, 2**15, 2**24, 2**31 - 1, -(2**31), 2_000_000_000)
LARGEST = 500
"""MB that reading a small file may take, in this process or in the one that reads it."""


def whole_files(folder: Path) -> list[Path]:
    """Write small files of every kind: numbers, texts short and long, labels, missing codes of each sort."""
    rows = pd.DataFrame(
        {
            "q": [1.0, 2.0, -9.0, None, 151.5] * 12,
            "w": [0.25 * i for i in range(60)],
            "s": ["E07", "", "W06 é"] * 20,
            "open": ["said " * 80, "", "short"] * 20,
        }
    )
    labels = {"q": {1: "Yes", 2: "No", -9: "Refused"}}
    for name, how in (("plain.sav", {}), ("rows.sav", {"row_compress": True}), ("blocks.zsav", {"compress": True})):
        pyreadstat.write_sav(
            rows, folder / name, missing_ranges={"q": [-9], "s": ["W06 é"]}, variable_value_labels=labels, **how
        )
    stata = rows.assign(q=[1.0, 2.0, "a", None, 3.0] * 12, i=list(range(60)))
    for version in (8, 12, 13, 15):
        texts = stata if version > 12 else stata.assign(s="E07", open="short")
        pyreadstat.write_dta(
            texts.astype({"i": "int16"}),
            folder / f"v{version}.dta",
            version=version,
            missing_user_values={"q": ["a"]},
            variable_value_labels={"q": {1: "Yes", 2: "No"}},
        )
    return sorted(folder.iterdir())


def mutants(data: bytes, random: random.Random, count: int) -> Iterator[bytes]:
    """Yield damaged copies: bytes and numbers changed, most in the dictionary, bytes lost, doubled or zeroed."""
    for _ in range(count):
        damaged = bytearray(data)
        for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
            _damage(damaged, random)
        yield bytes(damaged)


def _damage(data: bytearray, random: random.Random) -> None:
    at = random.randrange(random.choice((200, 2_000, max(1, len(data)))))
    at = min(at, max(0, len(data) - 1))
    match random.randrange(8):
        case 0 | 1:
            data[at : at + 1] = bytes([random.choice(TELLING)])
        case 2:
            data[at : at + 1] = bytes([random.randrange(256)])
        case 3 | 4:
            at -= at % 4
            order = random.choice(("little", "little", "big"))
            data[at : at + 4] = random.choice(NUMBERS).to_bytes(4, order, signed=True)  # type: ignore[arg-type]
        case 5:
            del data[at:]
        case 6:
            del data[at : at + random.choice((1, 4, 8, 100))]
        case _:
            stretch = data[at : at + random.choice((1, 8, 64))]
            data[at:at] = random.choice((stretch, bytes(len(stretch))))


def outcome(path: Path) -> str:
    """Return "read" or "refused" for a file of which everything is read; any error that is not the package's passes."""
    try:
        data = read_microdata(path)
        data.columns(list(data.variables))
    except PsaError as error:
        return "refused" if path.name in str(error) else f"refused without its name ({error})"
    return "read"


def batch(seed: int, count: int) -> Counter[str]:
    """Read so many damaged files in this process, each named on the standard error before it is read."""
    chosen, found = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        whole = [(path.suffix, path.read_bytes()) for path in whole_files(Path(name))]
        for i in range(count):
            suffix, data = whole[i % len(whole)]
            path = Path(name) / f"damaged{suffix}"
            path.write_bytes(next(mutants(data, chosen, 1)))
            print(json.dumps([seed, i, suffix]), file=sys.stderr, flush=True)
            try:
                found[f"{suffix} {outcome(path)}"] += 1
            except Exception as error:
                found[f"{suffix} {type(error).__name__}"] += 1
                _keep(path, f"{seed}-{i}")
    found["largest MB"] = _largest()
    return found


def _largest() -> int:
    """Return the most memory that this process or one that it started has had, in MB; 0 where nothing tells.

    Its own comes from the system's account of it since its program began: `ru_maxrss` also holds what the process that
    started it had.
    """
    try:
        import resource

        own = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    except (ImportError, OSError):
        return 0
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(own[1]) if own else 0, started) // 1024


def _keep(path: Path, name: str) -> None:
    folder = Path(tempfile.gettempdir()) / "psaindicators-mutants"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}{path.suffix}").write_bytes(path.read_bytes())


def main(count: int = 1_000, first: int = 1) -> int:
    """Read damaged files in batches, each in a process of its own; return 1 where one was worse than refused."""
    found, worse, largest = Counter[str](), 0, 0
    for seed in range(first, first + -(-count // BATCH)):
        command = [sys.executable, "-m", "tests.mutated", "--batch", str(seed), str(min(BATCH, count))]
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if run.returncode:
            print(f"ended with {run.returncode} at {run.stderr.splitlines()[-1:]}")
            worse += 1
            continue
        counts = Counter(json.loads(run.stdout))
        largest = max(largest, counts.pop("largest MB"))
        found += counts
    worse += sum(n for what, n in found.items() if what.split()[1] not in ("read", "refused"))
    print(f"{found.total():,} damaged files: {dict(sorted(found.items()))}; worse: {worse}; largest {largest} MB")
    return int(worse > 0 or largest > LARGEST)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--batch"]:
        print(json.dumps(batch(int(sys.argv[2]), int(sys.argv[3]))))
    else:
        sys.exit(main(*map(int, sys.argv[1:])))
