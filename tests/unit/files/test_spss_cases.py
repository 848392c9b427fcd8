"""The values of SPSS files, read as arrays: as the C reader has them, however they are stored, cut or ordered."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from psaindicators.files import spss_cases as module
from psaindicators.files.broken import BrokenFile
from psaindicators.files.spss_cases import spss_cases
from psaindicators.files.statistical import open_statistical
from tests.spss_by_hand import SYSTEM_MISSING, by_hand

STORED = {"plain.sav": {}, "rows.sav": {"row_compress": True}, "blocks.zsav": {"compress": True}}
ROWS = 240
LARGEST = 1.7976931348623157e308  # is "the highest number", and its negative system-missing: no data
BIG5 = 950  # a character code that Python knows by another name


def everything() -> pd.DataFrame:
    """Numbers that a byte stands for and others; short, long and very long texts, in several segments."""
    rng = np.random.default_rng(20081103)
    chosen = {
        "small": [-100.0, -99.0, 0.0, 1.0, 151.0, 152.0, np.nan],
        "amount": [0.1, 1e300, -1e300, np.inf, -np.inf, LARGEST, SYSTEM_MISSING],
        "code": ["E07000026", "W06000001", "", "é"],
        "letter": ["N", "Y"],
        "just_fits": ["x" * 255, "y"],
        "two_segments": ["x" * 256, "é" * 128, "y"],
        "open": ["it said " * 100 + "so", "日本語" * 90, "", "short"],
    }
    return pd.DataFrame({name: rng.choice(np.array(values), ROWS) for name, values in chosen.items()} | {"one": 1.0})


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("stored")
    for name, how in STORED.items():
        pyreadstat.write_sav(everything(), folder / name, **how)
    return {name: folder / name for name in STORED}


@pytest.mark.parametrize("name", STORED)
def test_every_value_is_what_the_c_reader_has(stored: dict[str, Path], name: str) -> None:
    file = open_statistical(stored[name])
    theirs, metadata = pyreadstat.read_sav(stored[name], user_missing=True, output_format="dict")
    ours = file.columns(metadata.column_names)
    assert file.rows == ROWS
    for variable, values in theirs.items():
        if metadata.readstat_variable_types[variable] == "string":
            assert ours[variable].tolist() == values, variable
        else:
            np.testing.assert_array_equal(ours[variable], np.array(values, dtype=float), variable)


@pytest.mark.parametrize("chunk", [104, 1000])
@pytest.mark.parametrize("name", STORED)
def test_where_the_file_is_parted_for_reading_does_not_matter(
    stored: dict[str, Path], name: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = spss_cases(stored[name]).columns([0, 1, 7], [2, 6], "utf-8")
    monkeypatch.setattr(module, "CHUNK", chunk)
    parted = spss_cases(stored[name]).columns([0, 1, 7], [2, 6], "utf-8")
    np.testing.assert_array_equal(whole[0], parted[0])
    assert [column.tolist() for column in whole[1]] == [column.tolist() for column in parted[1]]


@pytest.mark.parametrize("name", STORED)
def test_a_file_cut_anywhere_is_not_whole(tmp_path: Path, name: str) -> None:
    """Some 2,000 to 4,000 cuts: each leaves fewer cases than are declared, or none of what tells where they are."""
    pyreadstat.write_sav(everything()[["small", "amount", "code"]][:40], tmp_path / name, **STORED[name])
    data = (tmp_path / name).read_bytes()
    last = len(data) - 8 if name == "rows.sav" else len(data)  # the mark that ends the instructions may be lost
    for size in range(last):
        (tmp_path / f"cut_{name}").write_bytes(data[:size])
        with pytest.raises(BrokenFile):
            spss_cases(tmp_path / f"cut_{name}")


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_file_of_either_byte_order_written_by_hand(tmp_path: Path, order: str) -> None:
    """Cases (1.5, "ab") and (missing, "c"); and in instructions 7 = 107 - 100, a literal, missing, spaces, the end."""
    path = tmp_path / "hand.sav"
    one, none = struct.pack(f"{order}d", 1.5), struct.pack(f"{order}d", SYSTEM_MISSING)
    path.write_bytes(by_hand(order, declared=2, data=one + b"ab".ljust(8) + none + b"c".ljust(8)))
    columns = open_statistical(path).columns(["Q", "S"])
    np.testing.assert_array_equal(columns["Q"], [1.5, np.nan])
    assert columns["S"].tolist() == ["ab", "c"]
    codes = bytes([107, 253, 255, 254, 253, 253, 0, 252])
    path.write_bytes(by_hand(order, compression=1, data=codes + b"ab".ljust(8) + one + b"c".ljust(8)))
    file = open_statistical(path)
    columns = file.columns(["Q", "S"])
    np.testing.assert_array_equal(columns["Q"], [7, np.nan, 1.5])
    assert columns["S"].tolist() == ["ab", "", "c"]
    assert file.notes == ()  # the end is marked


def test_a_text_in_an_encoding_of_another_name_is_the_c_reader_s(tmp_path: Path) -> None:
    pyreadstat.write_sav(pd.DataFrame({"s": ["ab", "", "c"], "q": [1.0, 2.0, 3.0]}), tmp_path / "d.sav")
    data = bytearray((tmp_path / "d.sav").read_bytes())
    integers, named = data.index(struct.pack("<iiii", 7, 3, 4, 8)), data.index(struct.pack("<iii", 7, 20, 1))
    struct.pack_into("<i", data, integers + 16 + 28, BIG5)
    length = struct.unpack_from("<i", data, named + 12)[0]
    del data[named : named + 16 + length]  # the record that names the encoding
    (tmp_path / "d.sav").write_bytes(data)
    file = open_statistical(tmp_path / "d.sav")
    columns = file.columns(["q", "s"])
    assert (file.encoding, columns["s"].tolist(), columns["q"].tolist()) == ("BIG-5", ["ab", "", "c"], [1, 2, 3])
