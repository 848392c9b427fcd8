"""Parquet files that swell, that hold no codes, or that are damaged: judged by their rows, refused in words."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import psaindicators as psa
from psaindicators.files.microdata import read_microdata
from tests.unit.files.test_hostile_files import HALF, MINE, WAVE, value, write

NO_CODES: dict[str, Any] = {
    "list": pa.array([[1], [2]]),
    "structure": pa.array([{"a": 1}, {"a": 2}]),
    "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
    "bytes": pa.array([b"1", b"\xff"]),
}


def table(**columns: Any) -> pa.Table:
    return pa.table({name: columns.get(name, pa.array(HALF[name])) for name in HALF})


def refused(path: Path, by: str | None = None) -> str:
    with pytest.raises(psa.SurveyError) as raised:
        psa.estimate(psa.read_survey(path, WAVE), MINE, by=by)
    return str(raised.value)


def test_a_file_is_judged_by_its_rows_and_variables_and_not_by_its_bytes(tmp_path: Path) -> None:
    """A million rows of one value are a few hundred bytes; read as arrays, such a file of 858 KB took 6.3 GB."""
    many, few = tmp_path / "many.parquet", tmp_path / "few.parquet"
    pq.write_table(pa.table({name: np.ones(1_000_000) for name in ("wt", "q", "ward")}), many)
    noise = np.random.default_rng(1).random((3, 100_000))
    pq.write_table(pa.table(dict(zip(("wt", "q", "ward"), noise, strict=True))), few, compression="none")
    assert many.stat().st_size < 100_000 < 1_000_000 < few.stat().st_size
    assert not read_microdata(many).source.small
    assert read_microdata(few).source.small


@pytest.mark.parametrize("variable", ["q", "ward"])
def test_a_long_text_that_stands_for_many_rows_is_refused_before_it_is_read(variable: str, tmp_path: Path) -> None:
    """Written once, it takes 50 KB; for 6,000 rows it is 6 GB."""
    rows, long = 6_000, "A" * 1_000_000
    columns: dict[str, Any] = {"wt": np.ones(rows), "q": np.ones(rows), "ward": np.ones(rows)}
    columns[variable] = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), [long])
    pq.write_table(pa.table(columns), tmp_path / "d.parquet")
    assert (tmp_path / "d.parquet").stat().st_size < 100_000
    assert refused(tmp_path / "d.parquet", by="ward") == (
        f"d.parquet: '{variable}' holds texts of 1,000,000 characters on average, 6,000 MB in all, which are not "
        "codes; leave it out"
    )


def test_a_name_with_quotation_marks_is_looked_at_as_well(tmp_path: Path) -> None:
    pq.write_table(pa.table({'a "b"': ["x", "y"]}), tmp_path / "d.parquet")
    assert read_microdata(tmp_path / "d.parquet").columns(['a "b"'])['a "b"'].tolist() == ["x", "y"]


@pytest.mark.parametrize("small", [0, 10**9], ids=["engine", "arrays"])
@pytest.mark.parametrize("variable", ["wt", "q", "ward"])
@pytest.mark.parametrize("kind", NO_CODES)
def test_what_is_no_code_is_refused_by_name(
    kind: str, variable: str, small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psaindicators.files.parquet.SMALL", small)
    pq.write_table(table(**{variable: NO_CODES[kind]}), tmp_path / "d.parquet")
    message = refused(tmp_path / "d.parquet", by="ward")
    assert message.endswith(f": '{variable}' holds lists, structures or bytes, which are not codes; leave it out")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda whole: whole[:-30], "it is not a Parquet file, or one that broke off when it was copied"),
        (lambda whole: whole[:6], "it is not a Parquet file, or one that broke off when it was copied"),
        (
            lambda whole: b"wt,q,ward\n" + whole[10:-4],
            "it is not a Parquet file, or one that broke off when it was copied",
        ),
        (lambda whole: whole[:-4] + b"PARE", "it is encrypted; save it without a password"),
        (lambda whole: whole[:-8] + b"\xff\xff\xff\x7f" + whole[-4:], "d.parquet cannot be read: "),
    ],
)
def test_a_damaged_file_is_refused_in_words(spoil: Any, said: str, tmp_path: Path) -> None:
    path = write(HALF, tmp_path / "d.parquet")
    path.write_bytes(spoil(path.read_bytes()))
    assert said in refused(path)


def test_mutated_files_are_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = write(HALF, tmp_path / "d.parquet").read_bytes()
    rng = random.Random(20081)
    refusals = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for at in rng.choices(range(len(whole)), k=3):
            damaged[at] = rng.randrange(256)
        (tmp_path / "d.parquet").write_bytes(damaged)
        monkeypatch.setattr("psaindicators.files.parquet.SMALL", rng.choice((0, 10**9)))
        try:
            assert 0 <= value(tmp_path / "d.parquet") <= 100
        except psa.PsaError:
            refusals += 1
    assert refusals > 10
