"""Make the sample files: `python data/samples/make_samples.py [--to FOLDER] [NAME...]`.

The same versions of NumPy, DuckDB and pyreadstat give the same bytes each time.
README.md says what is real.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from making.citizenship import make_citizenship  # noqa: E402
from making.council import make_council  # noqa: E402
from making.labour_force import make_labour_force  # noqa: E402
from making.own import make_own  # noqa: E402
from making.place import make_place  # noqa: E402
from making.taking_part import make_taking_part  # noqa: E402

MAKERS: dict[str, Callable[[Path], list[Path]]] = {
    "place": make_place,
    "citizenship": make_citizenship,
    "taking_part": make_taking_part,
    "labour_force": make_labour_force,
    "council": make_council,
    "own": make_own,
}


def main() -> None:
    """Make the named families of files, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE, help="folder to write to (default: this one)")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"families to make: {', '.join(MAKERS)} (default: all)"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in MAKERS]:
        parser.error(f"no family is called {', '.join(unknown)}; there are {', '.join(MAKERS)}")
    options.to.mkdir(parents=True, exist_ok=True)
    for name in options.names or MAKERS:
        start = time.perf_counter()
        files = MAKERS[name](options.to)
        sizes = ", ".join(f"{file.name} {file.stat().st_size / 1e6:.2f} MB" for file in files)
        print(f"{name}: {time.perf_counter() - start:.0f} s, {sizes}")


if __name__ == "__main__":
    main()
