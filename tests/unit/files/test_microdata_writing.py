"""Microdata written and read back: the same values, names of any kind, nothing left behind where it fails."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from psaindicators.errors import OptionError, OutputError
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.files.microdata_writing import write_microdata
from psaindicators.files.placing import placed, refuse_inputs
from psaindicators.kernel.codes import codes_of
from tests.paths import SAMPLES

ANY_NAMES = ("Return ID", "class", "_id", "2008_q", "a,b", 'say "x"', "naïve", "weight")
COLUMNS: dict[str, Any] = {
    "numbers": np.array([1.5, np.nan, 1e300, -0.1]),
    "whole": np.array([1, 2, 3, 4]),
    "some": np.ma.MaskedArray([1, 2, 3, 2**60], mask=[False, True, False, False]),
    "texts": np.array(["09", None, "a\nb", " é"], dtype=object),
    "days": np.ma.MaskedArray(np.array(["2008-11-03"] * 2 + ["2009-01-02"] * 2, dtype="M8[s]"), mask=[0, 1, 0, 0]),
}
NOTHING = Microdata("the frame", None)  # type: ignore[arg-type]


def same(left: Any, right: Any) -> bool:
    one, other = codes_of(left), codes_of(right)
    pairs = zip(one.positions, other.positions, strict=True)
    return all((i < 0) == (j < 0) and (i < 0 or one.values[i] == other.values[j]) for i, j in pairs)


@pytest.mark.parametrize("kind", [".parquet", ".sav"])
def test_what_is_written_is_read_back(tmp_path: Path, kind: str) -> None:
    columns = {name: column for name, column in COLUMNS.items() if name != "days"}
    write_microdata(columns, NOTHING, tmp_path / f"out{kind}")
    read = read_microdata(tmp_path / f"out{kind}")
    found = read.columns(list(columns))
    assert read.variables == tuple(columns)
    assert [name for name in columns if not same(columns[name], found[name])] == []


def test_a_csv_is_text_in_full_precision_with_nothing_where_nothing_is(tmp_path: Path) -> None:
    write_microdata(COLUMNS, NOTHING, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == (
        "numbers,whole,some,texts,days\n"
        "1.5,1,1,09,2008-11-03\n"
        ",2,,,\n"
        '1e+300,3,3,"a\nb",2009-01-02\n'
        "-0.1,4,1152921504606846976, é,2009-01-02\n"
    )


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_a_variable_may_have_any_name(tmp_path: Path, kind: str) -> None:
    columns = {name: np.array([str(i), "x"], dtype=object) for i, name in enumerate(ANY_NAMES)}
    write_microdata(columns, NOTHING, tmp_path / f"out{kind}")
    read = pd.read_csv(tmp_path / "out.csv") if kind == ".csv" else pd.read_parquet(tmp_path / "out.parquet")
    assert list(read.columns) == list(ANY_NAMES)


def test_a_name_that_spss_does_not_take_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"out.sav cannot be written as SPSS: .*'Return ID'.*name a .csv"):
        write_microdata({"Return ID": np.array([1])}, NOTHING, tmp_path / "out.sav")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [".parquet", ".sav"])
def test_numbers_and_texts_in_one_variable_are_for_csv(tmp_path: Path, kind: str) -> None:
    with pytest.raises(OutputError, match=r"'q' holds numbers and texts, which only a \.csv can"):
        write_microdata({"q": np.array([1, "a"], dtype=object)}, NOTHING, tmp_path / f"out{kind}")


def test_spss_keeps_labels_missing_codes_formats_and_measures(tmp_path: Path) -> None:
    source = SAMPLES / "citizenship_2007.sav"
    microdata = read_microdata(source)
    columns = microdata.columns(list(microdata.variables)) | {"made": np.ones(15200)}
    write_microdata(columns, microdata, tmp_path / "out.sav")
    before, after = (pyreadstat.read_sav(path, user_missing=True) for path in (source, tmp_path / "out.sav"))
    pd.testing.assert_frame_equal(before[0], after[0].drop(columns="made"))
    for of in ("variable_value_labels", "missing_ranges", "file_label", "file_encoding"):
        assert getattr(before[1], of) == getattr(after[1], of), of
    for of in ("column_names_to_labels", "original_variable_types", "variable_measure"):
        kept = {name: one for name, one in getattr(after[1], of).items() if name != "made"}
        assert getattr(before[1], of) == kept, of


def test_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        OptionError, match=r"out.pdf: microdata are written as .csv, .xlsx, .parquet, .sav, not as '.pdf'"
    ):
        write_microdata(COLUMNS, NOTHING, tmp_path / "out.pdf")


# Put in place whole, or not at all


def test_a_planted_link_is_not_followed_and_nothing_but_the_file_is_left(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in (".out.csv.part", ".out.csv-", ".out.csv"):
        (tmp_path / name).symlink_to(victim)
    write_microdata(COLUMNS, NOTHING, tmp_path / "out.csv")
    assert victim.read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {
        *("out.csv", "victim", ".out.csv.part", ".out.csv-", ".out.csv")
    }


def test_while_it_is_written_nobody_else_may_look(tmp_path: Path) -> None:
    with placed(tmp_path / "out.csv") as part:
        part.write_text("a respondent")
        assert stat.S_IMODE(part.parent.stat().st_mode) == 0o700
        assert not (tmp_path / "out.csv").exists()
    assert (tmp_path / "out.csv").read_text() == "a respondent"


def test_the_mode_is_that_of_the_file_before_or_what_is_usual(tmp_path: Path) -> None:
    held = os.umask(0o027)
    try:
        with placed(tmp_path / "new.csv") as part:
            part.write_text("x")
    finally:
        os.umask(held)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640
    (tmp_path / "new.csv").chmod(0o604)
    with placed(tmp_path / "new.csv") as part:
        part.write_text("y")
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o604


def test_a_link_as_output_is_followed(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "out.csv").symlink_to(tmp_path / "far" / "real.csv")
    with placed(tmp_path / "out.csv") as part:
        part.write_text("x")
    assert (tmp_path / "out.csv").is_symlink()
    assert (tmp_path / "far" / "real.csv").read_text() == "x"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError, MemoryError])
def test_nothing_is_left_when_it_breaks_off(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "out.csv").write_text("last year's")

    def broken_off() -> None:
        with placed(tmp_path / "out.csv") as part:
            part.write_text("half")
            raise error

    with pytest.raises(error):
        broken_off()
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "last year's"


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from psaindicators.files.placing import placed
    with placed(Path(sys.argv[1])) as part:
        part.write_text("a respondent")
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """Respondents' answers would lie there for ever, in a hidden folder."""
    out = tmp_path / "out.csv"
    subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED), str(out)], check=False)
    [left] = tmp_path.iterdir()
    assert (left / "out.csv").read_text() == "a respondent"
    os.utime(left, (0, 0))  # a minute later
    (tmp_path / ".psaindicators-theirs").mkdir()
    os.utime(tmp_path / ".psaindicators-theirs", (0, 0))
    write_microdata(COLUMNS, NOTHING, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".psaindicators-theirs", "out.csv"]


FULL_DISK = """
    import resource, signal, sys
    import numpy as np
    from pathlib import Path
    from psaindicators.files.microdata import Microdata
    from psaindicators.files.microdata_writing import write_microdata
    out = Path(sys.argv[1])
    import duckdb, pyreadstat, pandas  # their own files come before the limit
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    columns = {"x": np.random.default_rng(0).normal(size=100_000)}
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        write_microdata(columns, Microdata("the frame", None), out)
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize("kind", [".csv", ".parquet", ".sav"])
def test_nothing_is_left_where_the_disk_takes_no_more(tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"out{kind}"
    out.write_text("last year's")
    code = textwrap.dedent(FULL_DISK)
    done = subprocess.run([sys.executable, "-c", code, str(out)], capture_output=True, text=True, check=False)
    assert done.stdout == f"OutputError {out} cannot be written: File too large; what was there is as it was\n", done
    assert out.read_text() == "last year's"
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_where_it_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file or directory"):
        write_microdata(COLUMNS, NOTHING, tmp_path / "nowhere" / "out.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match="is not a file: name one to write to"):
        write_microdata(COLUMNS, NOTHING, tmp_path / "folder.csv")


def test_an_input_is_never_written_over_whatever_it_is_called(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("x\n1\n")
    (tmp_path / "soft.csv").symlink_to(data)
    (tmp_path / "hard.csv").hardlink_to(data)
    for name in ("data.csv", "soft.csv", "hard.csv", "./data.csv"):
        with pytest.raises(OptionError, match="nothing is written over what is read"):
            refuse_inputs(tmp_path / name, [tmp_path / "populations.csv", data])
    refuse_inputs(tmp_path / "new.csv", [data])
