"""Bad inputs by what they are: how each is made, the command that meets it, its exit code, and a part of the message.

Both the tests and the page docs/quality.md are made of these: tests/docs/test_quality.py runs each, and holds the page
to what came of them.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import struct
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from psaindicators.cli import main as command_line
from tests.fuzzed import write_inputs
from tests.paths import SAMPLES, TESTS
from tests.unit.outturns.council import changed

ROWS = "la,psu,w,clean,visits\n"
ASKED = ("--survey", "council.toml", "--wave", "2008", "--indicators", "own.toml", "--only", "tidy")
SPSS = ("--survey", "citizenship", "--wave", "2007", "--only", "psa21.1")
LONG = "x" * 300


@dataclass(frozen=True)
class Bad:
    """A bad input: what it is, what makes it in a folder of good ones, and the words of the command that meets it.

    `says` is in the message. Words that begin with `|` or `>` are the shell's, which then runs them.
    """

    what: str
    code: int
    says: str
    words: Sequence[str]
    make: Callable[[Path], object] = lambda folder: None


@dataclass(frozen=True)
class Met:
    """How a command ended, and what it said on the standard error."""

    code: int
    said: str


def meet(bad: Bad, folder: Path) -> Met:
    """Make a bad input in a folder of good ones, and run the command there."""
    bad.make(folder)
    with contextlib.chdir(folder):
        return shelled(bad.words) if any(word[0] in ">|" for word in bad.words if word) else ran(bad.words)


def ran(words: Sequence[str]) -> Met:
    """Run a command in this process."""
    said = io.StringIO()
    with (
        patch.object(sys, "argv", ["psaindicators", *words]),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(said),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        code = command_line._ended()
    return Met(code, errors(said.getvalue()))


def shelled(words: Sequence[str]) -> Met:
    """Run a command as a shell does, with its exit code and not that of what reads it."""
    program = f'{sys.executable} -c "from psaindicators.cli.main import main; main()"'
    line = f"set -o pipefail; {program} {' '.join(words)}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    return Met(done.returncode, errors(done.stderr))


def errors(said: str) -> str:
    """Return a message without the notes before it."""
    return said[said.find("error: ") :].strip() if "error: " in said else said.strip()


def text(name: str, content: str | bytes) -> Callable[[Path], object]:
    """Return what writes a file."""
    data = content.encode("utf-8", errors="surrogateescape") if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def edited(source: str, name: str, changes: Mapping[str, str]) -> Callable[[Path], object]:
    """Return what writes a copy of a good text with texts in it replaced."""

    def make(folder: Path) -> None:
        (folder / name).write_bytes((folder / source).read_bytes())
        changed(folder / name, changes)

    return make


def part_of(source: str, name: str, size: int) -> Callable[[Path], object]:
    """Return what writes the first bytes of a good file, or where `size` is negative all but the last."""
    return lambda folder: (folder / name).write_bytes((folder / source).read_bytes()[:size])


def rows(name: str, *lines: str) -> Callable[[Path], object]:
    """Return what writes a CSV of respondents."""
    return text(name, ROWS + "".join(f"{line}\n" for line in lines))


def spss(name: str, damage: Callable[[bytearray], object]) -> Callable[[Path], object]:
    """Return what writes a sample in SPSS with damage done to it."""

    def make(folder: Path) -> None:
        data = bytearray((SAMPLES / "citizenship_2007.sav").read_bytes())
        damage(data)
        (folder / name).write_bytes(data)

    return make


def estimate(name: str) -> tuple[str, ...]:
    return ("estimate", name, *ASKED)


def bad_rows(what: str, says: str, *lines: str) -> Bad:
    return Bad(what, 3, says, estimate("rows_of.csv"), rows("rows_of.csv", *lines))


def bad_file(what: str, says: str, name: str, content: str | bytes) -> Bad:
    return Bad(what, 3, says, estimate(name), text(name, content))


def bad_sav(what: str, says: str, damage: Callable[[bytearray], object]) -> Bad:
    return Bad(what, 3, says, ("estimate", "other.sav", *SPSS), spss("other.sav", damage))


def bad_published(what: str, says: str, *lines: str) -> Bad:
    def make(folder: Path) -> None:
        edited("streets.toml", "judged.toml", {'"published.csv"': '"printed_here.csv"'})(folder)
        text("printed_here.csv", "indicator,by,area,value,source\n" + "\n".join([*lines, ""]))(folder)

    return Bad(what, 4, says, ("outturn", "judged.toml", "--out", "never"), make)


def bad_saved(what: str, says: str, changes: Mapping[str, str]) -> Bad:
    make = edited("saved.json", "other.json", changes)
    return Bad(what, 3, says, ("compare", "other.json", "saved.json", "--indicators", "own.toml"), make)


def bad_job(what: str, code: int, says: str, changes: Mapping[str, str]) -> Bad:
    make = edited("streets.toml", "other_job.toml", changes)
    return Bad(what, code, says, ("outturn", "other_job.toml", "--out", "never"), make)


def folder_with(name: str, files: Mapping[str, str]) -> Callable[[Path], object]:
    """Return what writes a folder of files."""

    def make(folder: Path) -> None:
        for one, content in files.items():
            (folder / name / one).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / one).write_text(content)

    return make


def bad_output(what: str, says: str, make: Callable[[Path], object]) -> Bad:
    return Bad(what, 3, says, ("outturn", "streets.toml", "--out", "web"), make)


def outturn_with(damage: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return what makes an outturn in the folder `web`, and then does something to it."""

    def make(folder: Path) -> None:
        with contextlib.chdir(folder):
            if not (folder / "web" / "outturn.txt").exists():
                ran(("outturn", "streets.toml", "--out", "web"))
        damage(folder / "web")

    return make


def two_surveys(folder: Path) -> None:
    for one in ("a", "b"):
        (folder / one).mkdir(exist_ok=True)
        for name in ("council.toml", "streets_2008.csv"):
            (folder / one / name).write_bytes((folder / name).read_bytes())
    job = '[[surveys]]\ndata = "{0}/streets_2008.csv"\nsurvey = "{0}/council.toml"\nwave = 2008\n'
    (folder / "two.toml").write_text('title = "t"\noutput = "never"\n' + job.format("a") + job.format("b"))


def linked(target: str) -> Callable[[Path], object]:
    def make(web: Path) -> None:
        (web / target).symlink_to(web.parent / "elsewhere")

    return make


def flipped(folder: Path) -> None:
    data = bytearray(gzip.compress((folder / "rows.csv").read_bytes(), mtime=0))
    data[-8] ^= 1
    (folder / "flipped.csv.gz").write_bytes(data)


GOOD = "E06000055,1,1,1,1"

BAD: Mapping[str, Sequence[Bad]] = {
    "Folders and names": [
        Bad(
            "an output folder with another program's manifest.json",
            3,
            "holds what this version cannot know as an outturn",
            ("outturn", "streets.toml", "--out", "site"),
            folder_with("site", {"manifest.json": "{}", "src/main.js": "x"}),
        ),
        Bad(
            "an output folder with files and no manifest",
            3,
            "holds files that no outturn wrote (minutes.doc) and no manifest.json",
            ("outturn", "streets.toml", "--out", "minutes"),
            folder_with("minutes", {"minutes.doc": "years of work"}),
        ),
        Bad(
            "a file where the output folder should be", 3, "is a file", ("outturn", "streets.toml", "--out", "rows.csv")
        ),
        Bad(
            "an output whose name is too long",
            3,
            "cannot be written: File name too long",
            ("outturn", "streets.toml", "--out", LONG),
        ),
        Bad("a configuration whose name is too long", 2, "cannot be the name", ("outturn", LONG)),
        Bad("a pattern for a path", 2, "there is no file streets_*.csv", estimate("streets_*.csv")),
        Bad("a folder for a data file", 3, "is a folder, not a file", estimate("."), lambda folder: None),
        Bad(
            "a folder for a configuration",
            4,
            "is a folder, not a file",
            ("outturn", "folder.toml"),
            lambda folder: (folder / "folder.toml").mkdir(exist_ok=True),
        ),
        bad_job(
            "a path with a null character",
            2,
            "there is no file streets\\x00.csv",
            {'data       = "streets_2008.csv"': 'data = "streets\\u0000.csv"'},
        ),
        Bad(
            "an indicator's id that leads outside",
            4,
            '"../../../notes": an id has the letters',
            ("indicators", "--indicators", "outside.toml"),
            edited(
                "own.toml", "outside.toml", {"[tidy]": '["../../../notes"]', "[tidy.since": '["../../../notes".since'}
            ),
        ),
        Bad(
            "two surveys of one name",
            4,
            "is 'streets 2008' (of council.toml), and so is",
            ("outturn", "two.toml"),
            two_surveys,
        ),
        Bad(
            "an output of `weight` that is its input",
            2,
            "nothing is written over what is read",
            ("weight", "rows.csv", "totals.csv", "--out", "rows.csv"),
        ),
        Bad(
            "an output of `weight` of another kind",
            2,
            "microdata are written as",
            ("weight", "rows.csv", "totals.csv", "--out", "rows.pdf"),
        ),
    ],
    "Outturns that were made before": [
        bad_output(
            "a file of the outturn that was edited since",
            "changed since the outturn was written (scores.csv)",
            outturn_with(lambda web: (web / "scores.csv").write_text("mine")),
        ),
        Bad(
            "the same, by `verify`",
            3,
            "scores.csv (changed)",
            ("verify", "web"),
            outturn_with(lambda web: (web / "scores.csv").write_text("mine")),
        ),
        Bad(
            "a file of the outturn that is gone, by `verify`",
            3,
            "scores.csv (missing)",
            ("verify", "web"),
            outturn_with(lambda web: (web / "scores.csv").unlink()),
        ),
        Bad("`verify` of a folder that is not there", 2, "there is no folder nowhere", ("verify", "nowhere")),
        Bad(
            "`verify` of a folder without an outturn",
            3,
            "holds no manifest.json, so no outturn",
            ("verify", "bare"),
            lambda folder: (folder / "bare").mkdir(exist_ok=True),
        ),
        Bad("`verify --again` without a configuration", 2, "needs config", ("verify", "web", "--again")),
        Bad(
            "a planted link in place of the hidden room",
            3,
            "is a symbolic link",
            ("outturn", "streets.toml", "--out", "plot"),
            lambda folder: (
                (folder / "plot").mkdir(exist_ok=True),
                (folder / "else").mkdir(exist_ok=True),
                (folder / "plot" / ".psaindicators-outturn").symlink_to(folder / "else"),
            ),
        ),
    ],
    "Text files": [
        bad_rows("a row that is too short", "line 2: it has 3 cells where there are 5 names", "E06000055,1,1"),
        bad_rows("a row that is too long", "line 3: it has 6 cells", GOOD, f"{GOOD},2,3"),
        bad_rows(
            "a quotation mark that is not closed", "quotation mark that is not closed", GOOD, 'E06000055,"2,1,0,1'
        ),
        bad_file("a file cut in the middle of a row", "where there are 5 names", "cut.csv", f"{ROWS}{GOOD}\nE0600"),
        bad_file("an empty file", "is empty", "other.csv", ""),
        bad_file("a file of names alone", "no respondent", "other.csv", ROWS),
        bad_file("two columns of one name", "more than one", "other.csv", "la,psu,w,clean,clean\n1,1,1,1,1\n"),
        bad_file("a text that is called .xlsx", "is no workbook, whatever its name says", "other.xlsx", ROWS),
        bad_file("a kind of file that is not read", "is not a kind of file that is read", "other.doc", "x"),
        Bad(
            "one changed bit in a .csv.gz",
            3,
            "is compressed, and breaks off or is damaged",
            estimate("flipped.csv.gz"),
            flipped,
        ),
        Bad(
            "a .csv.gz that breaks off",
            3,
            "is compressed, and breaks off or is damaged",
            estimate("half.csv.gz"),
            part_of("rows.csv.gz", "half.csv.gz", -20),
        ),
        Bad(
            "a .parquet that breaks off",
            3,
            "is not a Parquet file, or one that broke off",
            estimate("half.parquet"),
            part_of("rows.parquet", "half.parquet", 300),
        ),
        bad_job(
            "fewer rows than `rows` says",
            3,
            "has 16 rows, and should have 99",
            {'data       = "streets_2008.csv"': 'rows = 99\ndata = "streets_2008.csv"'},
        ),
        bad_job(
            "another file than `sha256` says",
            3,
            "has the SHA-256",
            {'data       = "streets_2008.csv"': f'sha256 = "{"0" * 64}"\ndata = "streets_2008.csv"'},
        ),
    ],
    "Answers and designs": [
        bad_rows(
            "a code that no answer names",
            "holds codes that no answer and no missing list names: '7' (1)",
            GOOD,
            "E06000055,2,1,7,1",
        ),
        bad_rows(
            "somebody's own words where a code should be",
            "a text of 25 characters (1)",
            GOOD,
            "E06000055,2,1,told us something private,1",
        ),
        bad_rows("a weight that is no number", "the weight 'w' is not a number", GOOD, "E06000055,2,heavy,1,1"),
        bad_rows("a negative weight", "weight 'w'", GOOD, "E06000055,2,-1,1,1"),
        bad_rows("a missing weight", "weight 'w'", GOOD, "E06000055,2,,1,1"),
        bad_rows("a missing PSU", "psu", GOOD, "E06000055,,1,1,1"),
        Bad("one PSU in a stratum", 5, "strata have a single PSU", estimate("one.csv"), rows("one.csv", GOOD, GOOD)),
        Bad(
            "a variable that is not there",
            3,
            "has no variable 'psu', which wave streets 2008 reads as the psu",
            estimate("few.csv"),
            text("few.csv", "la,w,clean\nE06000055,1,1\n"),
        ),
        Bad(
            "population totals that do not fit",
            5,
            "do not fit",
            ("weight", "rows.csv", "totals.csv", "--out", "never.csv"),
        ),
    ],
    "SPSS and Stata files": [
        bad_sav(
            "an .sav cut to half its bytes", "breaks off", lambda data: data.__delitem__(slice(len(data) // 2, None))
        ),
        bad_sav(
            "an .sav that declares 2,000,000,000 cases",
            "declares 2,000,000,000 cases and holds 15,200",
            lambda data: data.__setitem__(slice(80, 84), struct.pack("<i", 2_000_000_000)),
        ),
        bad_sav(
            "byte 180 of an .sav set to 211, which ends its reader with a fault",
            "ended the process that read it",
            lambda data: data.__setitem__(180, 211),
        ),
        Bad("an empty .sav", 3, "is empty", ("estimate", "empty.sav", *SPSS), text("empty.sav", "")),
        Bad(
            "a text file that is called .dta",
            3,
            "cannot be read as Stata",
            estimate("words.dta"),
            text("words.dta", ROWS),
        ),
    ],
    "TOML and JSON": [
        Bad(
            "a configuration that is not TOML",
            4,
            "is not valid TOML",
            ("outturn", "no.toml"),
            text("no.toml", "title = x"),
        ),
        Bad(
            "lists nested without end",
            4,
            "more than 32 deep",
            ("outturn", "deep.toml"),
            text("deep.toml", "a=" + "[" * 9_999),
        ),
        Bad(
            "a number of 5,000 digits",
            4,
            "more digits",
            ("outturn", "long.toml"),
            text("long.toml", "title=" + "9" * 5_000),
        ),
        bad_job("a misspelt key", 4, "output", {"output": "ouput"}),
        Bad(
            "`vintage = 2008`",
            4,
            "vintage: must be text or a date, got 2008",
            ("estimate", "rows.csv", "--survey", "vintage.toml", "--wave", "2008"),
            edited("council.toml", "vintage.toml", {"[2008]\n": "[2008]\nvintage = 2008\n"}),
        ),
        Bad(
            "an empty `since`",
            4,
            "needs a definition",
            ("indicators", "--indicators", "since.toml"),
            text("since.toml", 'title="t"\n[a]\ntitle="t"\nbetter="higher"\nreference="r"\n[a.since]\n'),
        ),
        Bad(
            "JSON nested without end",
            3,
            "nests without end",
            ("compare", "deep.json", "saved.json", "--indicators", "own.toml"),
            text("deep.json", "[" * 99_999),
        ),
        Bad(
            "saved estimates that are no JSON",
            3,
            "is not JSON",
            ("compare", "no.json", "saved.json", "--indicators", "own.toml"),
            text("no.json", "{"),
        ),
    ],
    "Printed and saved figures": [
        bad_published(
            "a published value of -500", "value must be a number from 0 to 100, got -500", "tidy,all,all,-500,x"
        ),
        bad_published("a published value of infinity", "value must be a number", "tidy,all,all,inf,x"),
        bad_published(
            "a figure published twice, unalike",
            "is 62.5 on line 2 already, and 61 here",
            "tidy,all,all,62.5,x",
            "tidy,all,all,61,x",
        ),
        bad_published(
            "a figure of an indicator that is not there", "there is no indicator 'tidi'", "tidi,all,all,62.5,x"
        ),
        bad_published("a figure of an unknown breakdown", "'wards'", "tidy,wards,all,62.5,x"),
        bad_published("a figure of an area without estimate", "have no such area", "tidy,authority,E0,62.5,x"),
        bad_saved(
            "a saved value of 250", "value must be a number from 0 to 100, got 250", {'"value": 37.5': '"value": 250'}
        ),
        bad_saved("a saved base of 2.9", "base must be a whole number, got 2.9", {'"base": 16': '"base": 2.9'}),
        Bad(
            "estimates of two series",
            6,
            "streets",
            ("compare", "saved.json", "theirs.json", "--indicators", "own.toml"),
            edited(
                "saved.json",
                "theirs.json",
                {'"survey": "streets"': '"survey": "roads"', '"wave": 2008': '"wave": 2010'},
            ),
        ),
    ],
    "Options": [
        Bad("a level that is a share", 2, "level", (*estimate("rows.csv"), "--level", "0.95")),
        Bad("an interval that is not there", 2, "'--interval'", (*estimate("rows.csv"), "--interval", "walt")),
        Bad("a breakdown that is not there", 4, "wards", (*estimate("rows.csv"), "--by", "wards")),
        Bad("an indicator that is not there", 4, "tydi", (*estimate("rows.csv"), "--only", "tydi")),
        Bad(
            "an id that is two indicators'",
            4,
            "3",
            ("estimate", "rows.csv", "--survey", "place", "--wave", "2008", "--only", "3"),
        ),
        Bad("a wave that is not there", 4, "1066", ("estimate", "rows.csv", "--survey", "place", "--wave", "1066")),
    ],
    "From outside": [
        Bad(
            "a full standard output",
            3,
            "the standard output cannot be written: No space left on device",
            ("areas", ">", "/dev/full"),
        ),
        Bad("a reader that has seen enough", 141, "", ("areas", "--format", "csv", "|", "true")),
    ],
}
"""Bad inputs by where they are met."""


def definitions() -> list[Bad]:
    """Return one bad input for each faulty definition of tests/unit/definitions/bad."""
    found = []
    for path in sorted((TESTS / "unit" / "definitions" / "bad").glob("*.toml")):
        kind, _, what = path.stem.partition("_")
        words = ("waves", "--survey", str(path)) if kind == "wave" else ("indicators", "--indicators", str(path))
        found.append(Bad(f"{kind}: {what.replace('_', ' ')}", 4, path.name, words))
    return found


def everything() -> dict[str, Sequence[Bad]]:
    """Return all bad inputs by where they are met."""
    return {**BAD, "Definitions": definitions()}


def met(folder: Path) -> dict[str, list[tuple[Bad, Met]]]:
    """Return what becomes of every bad input, in a folder with every good one."""
    write_inputs(folder)
    return {title: [(bad, meet(bad, folder)) for bad in group] for title, group in everything().items()}
