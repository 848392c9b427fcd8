"""Text files as programs and accidents leave them: read right, or refused with a message that repeats no answer."""

from __future__ import annotations

import csv
import gzip
import os
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

import psaindicators as psa
from psaindicators.errors import SurveyWarning
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.files.text import open_text
from tests.unit.files.test_hostile_files import HALF, MINE, WAVE, value

TEXT = "wt,q,ward\n1,1,A\n1,2,B\n"
LINE_ENDS = ["\n", "\r\n", "\r"]


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes | str, name: str = "d.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def refused(path: Path, kind: type[psa.PsaError] = psa.SurveyError) -> str:
    with pytest.raises(kind) as raised:
        psa.estimate(psa.read_survey(path, WAVE), MINE, by="ward")
    return str(raised.value)


@pytest.mark.parametrize("inner", LINE_ENDS, ids=ascii)
@pytest.mark.parametrize("end", LINE_ENDS, ids=ascii)
class TestLineEnds:
    def test_of_any_kind_inside_quotes_are_part_of_the_text(
        self, end: str, inner: str, file: Callable[..., Path]
    ) -> None:
        path = file(end.join(["wt,q,ward", "1,1,A", f'1,2,"B{inner}C"', ""]))
        assert value(path) == 50
        assert read_microdata(path).columns(["ward"])["ward"].tolist() == ["A", f"B{inner}C"]

    @pytest.mark.parametrize("at", range(3))
    def test_of_any_kind_may_stand_in_a_quoted_name(
        self, at: int, end: str, inner: str, file: Callable[..., Path]
    ) -> None:
        """With the engine left to find the line ends, such a file had no respondent, or its name for one."""
        names = ["wt", "q", "ward"]
        names.insert(at, f"in{inner}two")
        quoted = ",".join(f'"{name}"' for name in names)
        rows = [",".join([*row[:at], "x", *row[at:]]) for row in (["1", "1", "A"], ["1", "2", "B"])]
        path = file(end.join([quoted, *rows, ""]))
        assert read_microdata(path).variables == tuple(name.replace(f"in{inner}two", "in two") for name in names)
        assert value(path) == 50

    def test_before_the_names_are_blank_lines(self, end: str, inner: str, file: Callable[..., Path]) -> None:
        path = file(TEXT.replace("\n", end).join([end + " " + end, ""]))
        assert value(path) == 50
        other = file(inner + TEXT.replace("\n", end))
        if inner == end:
            assert value(other) == 50
        else:
            assert "its line of names" in refused(other)

    def test_of_two_kinds_between_rows_are_refused(self, end: str, inner: str, file: Callable[..., Path]) -> None:
        path = file(end.join(["wt,q,ward", "1,1,A", "1,2,B", f"1,1,A{inner}1,2,B", ""]))
        if inner == end:
            assert value(path) == 50
        else:
            assert "its rows end in more than one way" in refused(path)


def test_a_line_end_in_the_first_name_behind_a_byte_order_mark_is_refused(file: Callable[..., Path]) -> None:
    """The engine would take the name's second half for a respondent."""
    assert "the name of its first variable holds a line end" in refused(file('\ufeff"w\nt",q,ward\n1,1,A\n'))
    assert value(file('\ufeff"wt",q,ward\n1,1,A\n1,2,B\n')) == 50


TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.text(st.sampled_from('ab1é ,;\t|"\n\r'), max_size=5), min_size=width, max_size=width), max_size=4
    )
)


@given(rows=TABLES, end=st.sampled_from(LINE_ENDS), separator=st.sampled_from(",;\t|"))
@settings(max_examples=25, deadline=None)
def test_what_is_read_is_what_the_csv_library_reads(
    rows: list[list[str]], end: str, separator: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("texts") / "d.csv"
    names = [f"name {i}" for i in range(len(rows[0]) if rows else 1)]
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([names, *rows])
    relation, _ = open_text(path, (separator,), None)
    found = [[cell or "" for cell in row] for row in relation.fetchall()]
    with path.open(encoding="utf-8", newline="") as text:
        assert [relation.columns, *found] == list(csv.reader(text, delimiter=separator))


class TestDamage:
    def test_a_flipped_bit_of_a_compressed_file_is_told_or_changes_nothing(self, file: Callable[..., Path]) -> None:
        """The engine compares no checksum: it took 35 of 400 such files, 11 with other figures."""
        whole = gzip.compress(TEXT.encode() + b"1,1,A\n1,2,B\n" * 20, mtime=0)
        told, bits = 0, range(0, 8 * len(whole), 3)
        for bit in bits:
            damaged = bytearray(whole)
            damaged[bit // 8] ^= 1 << bit % 8
            path = file(bytes(damaged), "d.csv.gz")
            try:
                assert value(path) == 50, bit
            except psa.SurveyError:
                told += 1
        in_the_header = 8 * 10 / 3  # signature, flags, time and system: most of them mean nothing for the text
        assert told > len(bits) - in_the_header

    def test_a_compressed_file_cut_anywhere_is_refused(self, file: Callable[..., Path]) -> None:
        whole = gzip.compress(TEXT.encode())
        for length in range(3, len(whole)):
            assert "is compressed, and breaks off or is damaged" in refused(file(whole[:length], "d.csv.gz"))

    def test_several_compressed_parts_are_one_file(self, file: Callable[..., Path]) -> None:
        names, row, *rows = TEXT.splitlines(keepends=True)
        parts = [gzip.compress(part.encode()) for part in (names + row, *rows)]
        assert value(file(b"".join(parts), "d.csv.gz")) == 50
        assert "breaks off or is damaged" in refused(file(b"".join([*parts, b"more"]), "d.csv.gz"))

    @pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
    def test_a_text_cut_anywhere_is_refused_or_told_but_at_the_end_of_a_line(
        self, compress: Callable[[bytes], bytes], file: Callable[..., Path]
    ) -> None:
        whole = TEXT.encode()
        accepted = {}
        for length in range(1, len(whole)):
            path = file(compress(whole[:length]), "d.csv.gz")
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                try:
                    read_microdata(path).columns(["wt", "q", "ward"])
                    accepted[length] = [one.category for one in told]
                except psa.SurveyError:
                    continue
        ends = {at + 1 for at, sign in enumerate(TEXT) if sign == "\n"}
        assert {length for length, told in accepted.items() if told == []} == ends - {len(whole)}
        assert {length for length, told in accepted.items() if told == [SurveyWarning]} == (
            {TEXT.index("\n")}  # the names alone, whole
            | {TEXT.index("1,1,") + len("1,1,"), TEXT.index("1,1,A") + len("1,1,A")}
            | {TEXT.index("1,2,") + len("1,2,"), TEXT.index("1,2,B") + len("1,2,B")}
        )

    def test_a_last_line_without_end_is_read_and_told(self, file: Callable[..., Path]) -> None:
        path = file(TEXT.rstrip("\n"))
        with pytest.warns(SurveyWarning, match=r"d\.csv does not end its last line: it may have been cut off there"):
            assert value(path) == 50
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert value(file(TEXT)) == 50

    def test_a_last_line_with_fewer_cells_is_refused(self, file: Callable[..., Path]) -> None:
        path = file(TEXT + "1,1")
        with pytest.warns(SurveyWarning):
            assert "line 4: it has 2 cells where there are 3 names" in refused(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (
            "wt,q,ward\n1,1,Café\n".encode() + "1,1,Café\n".encode("latin-1"),
            "is UTF-8 in some places and not in others",
        ),
        (b"wt,q,ward\n1,1,Caf\x81\n", "is neither UTF-8 nor Windows-1252; an encoding that is stated settles it"),
        ("\ufeffwt,q,ward\n".encode() + b"1,1,Caf\xe9\n", "says that it is UTF-8, and is not throughout"),
        (b"PK\x03\x04" + bytes(50), "is not a text file but a zip archive or a workbook"),
        (b"\x28\xb5\x2f\xfd" + bytes(50), "is not a text file but compressed by zstd"),
        (b"wt,q,ward\n1,1\n1,2,B\n", "line 2: it has 2 cells where there are 3 names"),
        (b"wt,q,ward\n1,1,A\n1,2,B,9\n", "line 3: it has 4 cells where there are 3 names"),
        (b'wt,q,ward\n1,1,"A\n1,2,B\n', "a quotation mark that is not closed"),
        (b'wt,"q,ward\n1,1,A\n1,2,B\n', "its line of names does not end, or misplaces a quotation mark"),
        (b"wt,q," + b"w" * 140_000 + b"\n1,1,A\n", "its line of names does not end, or misplaces a quotation mark"),
        (b"wt,q," + b"w,x" * 700_000 + b"\n1,1,A\n", "its line of names does not end, or misplaces a quotation mark"),
        (b"wt,q,ward\n1,1," + b"A" * 3_000_000 + b"\n", "it is longer than 2 MB"),
        (bytes(range(256)) * 20, "d.csv"),
    ],
    ids=range(16),
)
def test_what_is_no_text_with_names_is_refused_in_words(
    content: bytes, said: str, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    message = refused(file(content))
    assert message.startswith("d.csv")
    assert said in message
    monkeypatch.setattr("psaindicators.files.text.SMALL", 0)  # and where the engine adds up
    with pytest.raises(psa.SurveyError) as raised:
        psa.estimate(psa.read_survey(file(content), WAVE), MINE, by="ward")
    assert str(raised.value) == message


def test_a_cell_of_140_kb_is_read(file: Callable[..., Path]) -> None:
    """More than the csv library takes."""
    long = "x" * 140_000
    path = file(f"wt,q,ward,said\n1,1,A,{long}\n1,2,B,\n")
    assert value(path) == 50
    assert read_microdata(path).columns(["said"])["said"][0] == long


class TestPaths:
    @pytest.mark.parametrize("name", ["x" * 300 + ".csv", "a\0b.csv"], ids=["long", "NUL"])
    def test_a_name_that_no_file_can_have_is_that_of_no_file(self, name: str) -> None:
        assert "cannot be the name of a file" in refused(Path(name), psa.MissingFileError)

    @pytest.mark.parametrize("suffix", [".csv", ".tab", ".parquet", ".sav", ".dta"])
    def test_a_folder_is_no_file(self, suffix: str, tmp_path: Path) -> None:
        (tmp_path / f"d{suffix}").mkdir()
        assert refused(tmp_path / f"d{suffix}") == f"d{suffix} is a folder, not a file"

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "d.csv")
        assert refused(tmp_path / "d.csv") == "d.csv is a pipe or a device, not a file"

    def test_a_file_inside_a_file_is_no_file(self, file: Callable[..., Path]) -> None:
        assert "there is no file" in refused(file(TEXT) / "d.csv", psa.MissingFileError)

    def test_a_file_that_may_not_be_read(self, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
        def denied(*_: Any, **__: Any) -> Any:
            raise PermissionError(13, "Permission denied")

        path = file(TEXT)
        monkeypatch.setattr(Path, "open", denied)
        assert refused(path) == "d.csv cannot be read: Permission denied"


class TestConfidentiality:
    @pytest.mark.parametrize(
        "line", ["1,1,Hermione,9", "Hermione", '1,1,"Hermione', '1,1,"Hermione"x', "1,1,Hermione\r1,1,A"], ids=ascii
    )
    def test_no_traceback_repeats_a_line(self, line: str, file: Callable[..., Path]) -> None:
        path = file(f"wt,q,ward\n1,1,A\n{line}\n")
        with pytest.raises(psa.SurveyError) as raised:
            value(path)
        assert "Hermione" not in "".join(traceback.format_exception(raised.value))

    def test_no_message_repeats_what_a_users_own_engine_could_not_read(self) -> None:
        relation = duckdb.connect().sql("SELECT CAST(name AS INTEGER) AS wt FROM (VALUES ('Hermione')) AS t (name)")
        with pytest.raises(psa.SurveyError, match="the frame cannot be read: ConversionException") as raised:
            read_microdata(relation).columns(["wt"])
        assert "Hermione" not in "".join(traceback.format_exception(raised.value))


class Interrupted:
    variables = ("wt",)

    def columns(self, names: list[str]) -> Any:
        raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")


def test_an_interrupt_during_a_query_is_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt):
        Microdata("d.csv", Interrupted()).columns(["wt"])


def test_memory_that_is_not_there_is_told() -> None:
    class Large(Interrupted):
        def columns(self, names: list[str]) -> Any:
            raise MemoryError("Unable to allocate 6.30 GiB for an array")

    with pytest.raises(psa.SurveyError, match="it takes more memory than there is; ask for fewer variables"):
        Microdata("d.csv", Large()).columns(["wt"])


def test_a_compressed_file_is_judged_by_what_it_unpacks_to(file: Callable[..., Path]) -> None:
    row = b"1,1,A\n"
    path = file(gzip.compress(b"wt,q,ward\n" + row * 200_000), "d.csv.gz")
    assert path.stat().st_size < 10_000  # of 1.2 million
    assert not read_microdata(path).source.small
    assert read_microdata(file(gzip.compress(TEXT.encode()), "d.csv.gz")).source.small


def test_a_list_in_a_frame_is_no_code() -> None:
    frame = HALF.assign(q=pd.Series([[1], [2]], dtype=object))
    with pytest.raises(psa.SurveyError, match="the frame: 'q' holds lists, structures or bytes, which are not codes"):
        psa.estimate(psa.read_survey(frame, WAVE), MINE)
