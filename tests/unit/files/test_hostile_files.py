"""A file is read as what it is under whatever name, or refused: never another file, never figures of a damaged one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pandas as pd
import pyreadstat
import pytest

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave
from psaindicators.files.microdata import read_microdata

WAVE = Wave(
    survey="mine",
    year=2010,
    title="By hand",
    path=Path(__file__),
    weight="wt",
    area={"ward": "ward"},
    questions={"agree": Question("q", {"yes": 1, "no": 2})},
)
YES, BOTH = (AnswerIn("agree", frozenset(answers)) for answers in (("yes",), ("yes", "no")))
MINE = Indicator("mine", "Mine", "higher", "by hand", "confirmed", {}, (Definition(2000, YES, BOTH),))
HALF = pd.DataFrame({"wt": [1.0, 1], "q": [1.0, 2], "ward": ["A", "B"]})  # 50%
ALL = HALF.assign(q=1.0)  # 100%, the classic wrong number where another file is read

WRITERS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    ".csv": lambda frame, path: frame.astype({"q": int}).to_csv(path, index=False),
    ".parquet": lambda frame, path: frame.to_parquet(path),
    ".sav": lambda frame, path: pyreadstat.write_sav(frame, str(path)),
    ".dta": lambda frame, path: pyreadstat.write_dta(frame, str(path)),
}
NAMES = {  # a name, and another file that it would stand for as a pattern, a template or an address
    "wave[1]": "wave1",
    "2008*": "2008b",
    "a?b": "acb",
    "[!x]": "y",
    "**": "z",
    "back\\*": "back*",
    "it's": "its",
    'q"q': "qq",
    "~": "home",
    "-x": "x",
    "http:x": "xx",
    "two\nlines": "two",
    "%20": " ",
    "%d": "1",
    "a,b": "a",
    "{a,b}": "b",
    "q=1": "q",
    "bad\udcff": "bad",
}


def write(frame: pd.DataFrame, path: Path) -> Path:
    """Write through a plain name: writers too have their views on names."""
    with TemporaryDirectory() as folder:
        plain = Path(folder) / f"plain{path.suffix}"
        WRITERS[path.suffix](frame, plain)
        path.write_bytes(plain.read_bytes())
    return path


def value(path: Path) -> float:
    return float(psa.estimate(psa.read_survey(path, WAVE), MINE)[0].value)


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_path_is_a_name_and_never_a_pattern(name: str, suffix: str, tmp_path: Path) -> None:
    path = write(HALF, tmp_path / f"{name}{suffix}")
    write(ALL, tmp_path / f"{NAMES[name]}{suffix}")
    assert value(path) == 50 != value(tmp_path / f"{NAMES[name]}{suffix}") == 100


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_folder_is_a_name_and_never_a_pattern(name: str, suffix: str, tmp_path: Path) -> None:
    for folder in (name, NAMES[name]):
        (tmp_path / folder).mkdir()
    path = write(HALF, tmp_path / name / f"d{suffix}")
    write(ALL, tmp_path / NAMES[name] / f"d{suffix}")
    assert value(path) == 50


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("name", ["~/d", "s3:/bucket/d", "http:/host/d", "-d", "a/../d", "./d"])
def test_a_relative_path_is_read_from_here(
    name: str, suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"{name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "a").mkdir(exist_ok=True)
    write(HALF, path)
    monkeypatch.chdir(tmp_path)
    assert value(Path(f"{name}{suffix}")) == 50


@pytest.mark.parametrize("compression", ["gzip", "none"])
@pytest.mark.parametrize("name", ["d.csv", "d[1].csv", "d.csv.gz"])
def test_what_a_link_leads_to_is_read_whatever_either_is_called(name: str, compression: str, tmp_path: Path) -> None:
    rows = duckdb.from_df(HALF.astype({"q": int}))
    rows.write_csv(str(tmp_path / "1f3870be"), compression=compression)
    (tmp_path / name).symlink_to(tmp_path / "1f3870be")
    assert value(tmp_path / name) == 50


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("folder", ["q=1", "ward=X", "wt=9", "filename=d", "new=1"])
def test_no_answer_is_read_from_a_folder(folder: str, suffix: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    path = write(HALF, tmp_path / folder / f"d{suffix}")
    data = read_microdata(path)
    assert data.variables == ("wt", "q", "ward")
    assert value(path) == 50  # and 100 where everybody has q = 1
    table = psa.estimate(psa.read_survey(path, WAVE), MINE, by="ward")
    assert table.columns["area"].tolist() == ["A", "B"]
