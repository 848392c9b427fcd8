"""docs/quality.md: every bad input that the tests try and what it gets, the suite on other versions, and the soak.

python docs/quality/page.py        after `make matrix`, `make soak` or a change of tests/bad_inputs.py
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
PAGE = HERE.with_suffix(".md")
sys.path.insert(0, str(HERE.parents[1]))

from tests.bad_inputs import Bad, Met, met  # noqa: E402

HEAD = """# What it withstands

Made by `python docs/quality/page.py` from `tests/bad_inputs.py`, of which a test runs every line, and from what came
of `make matrix` and `make soak`. What is promised of an outturn's folder is in [](outturn.md); how to report a
weakness, and what is not defended against, in [](security.md).

## Every bad input

Each is given to the command line in a folder of good files. It ends with its exit code and the message beside it, of
which a long one is cut short here, and writes nothing. [](outturn.md) says what the exit codes mean."""

MATRIX = """## Other versions

Every figure of the sample outturn agrees with that of the first line to the relative distance in the last column; 1e-9
is the most that `make matrix` lets pass. The lowest versions are those that `pyproject.toml` admits."""

NOT_RUN = """**Not run to the end** with the versions that `pyproject.toml` has now: they are those with which the
tests that failed below them pass."""

SOAK = """## For hours

What `make soak` found when it last ran. *Of* is what a scale of 1 is: where fewer were run, that is all there was time
for. Worse is a set that was not whole, a message that was not so, an error that is none of the package's, or a process
that died."""
LONGEST = 240


def page(found: Mapping[str, Sequence[tuple[Bad, Met]]]) -> str:
    """Return the page."""
    return "\n\n".join([HEAD, *(group(title, rows) for title, rows in found.items()), matrix(), soak()]) + "\n"


def group(title: str, rows: Sequence[tuple[Bad, Met]]) -> str:
    """Return the bad inputs that are met in one place."""
    cells = [(bad.what, code(told(one.said)), one.code) for bad, one in rows]
    return f"### {title}\n\n" + table(("input", "message", "exit code"), cells)


def told(said: str) -> str:
    """Return a message in one line, cut short, without the list of every field and the line that points to the help."""
    said = re.sub(r"(?m)^Try '.*' for help\.$", "", said.removeprefix("error: "))
    short = re.sub(r"\(the fields are \w[^)]*\)", "(the fields are ...)", said)
    line = " / ".join(part.strip() for part in short.splitlines() if part.strip())
    return line if len(line) <= LONGEST else line[: LONGEST - 4] + " ..."


def code(text: str) -> str:
    """Return a text as code in a cell of a table."""
    return f"`` {text} ``".replace("|", "\\|") if text else "(none)"


def matrix() -> str:
    """Return what came of the suite on other versions."""
    fields = ("python", "libraries", "versions", "passed", "failed", "skipped", "furthest")
    names = ("Python", *fields[1:-1], "furthest figure")
    rows = [[one[field] for field in fields] for one in read("matrix.csv")]
    return f"{MATRIX}\n\n" + (table(names, rows) if rows else NOT_RUN)


def soak() -> str:
    """Return what came of the soak."""
    rows = [
        (one["what"], f"{int(one['run']):,}", f"{int(one['whole']):,}", one["note"] or one["ended"], one["worse"])
        for one in read("soak.csv")
    ]
    return f"{SOAK}\n\n" + table(("what", "run", "of", "how they ended", "worse"), rows)


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a file of results."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in lines)


def main() -> None:
    """Write the page."""
    with TemporaryDirectory() as folder:
        PAGE.write_text(page(met(Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
