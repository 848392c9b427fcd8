"""The small files that people write, as text: what is none, nested without end, or of another encoding."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.definitions.indicator_files import load_indicators
from psaindicators.definitions.wave_files import load_waves
from psaindicators.errors import SurveyWarning, exit_code
from psaindicators.files.csv_lines import read_lines
from psaindicators.outturns.configuration import read_configuration
from psaindicators.weighting.population_files import read_populations

READERS: dict[str, Callable[[Path], object]] = {
    "wave.toml": load_waves,
    "set.toml": load_indicators,
    "batch.toml": read_configuration,
    "targets.csv": psa.read_targets,
    "adopting.csv": psa.read_adopting,
    "totals.csv": read_populations,
    "saved.json": psa.read_estimates,
    "saved.csv": psa.read_estimates,
}


def said_by(path: Path) -> tuple[str, int]:
    """Return what is said of a file, and the exit code."""
    with pytest.raises(psa.PsaError) as raised:
        READERS[path.name](path)
    return str(raised.value), exit_code(raised.value)


def code_of_contents(name: str) -> int:
    return 3 if name.startswith("saved") else 4


@pytest.mark.parametrize("name", READERS)
class TestWhatIsNoFile:
    def test_a_folder(self, name: str, tmp_path: Path) -> None:
        (tmp_path / name).mkdir()
        assert said_by(tmp_path / name) == (f"{name} is a folder, not a file", code_of_contents(name))

    def test_a_pipe_is_not_waited_for(self, name: str, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / name)
        assert said_by(tmp_path / name) == (f"{name} is a pipe or a device, not a file", code_of_contents(name))

    def test_a_device_is_not_read(self, name: str, tmp_path: Path) -> None:
        (tmp_path / name).symlink_to("/dev/zero")
        assert said_by(tmp_path / name) == (f"{name} is a pipe or a device, not a file", code_of_contents(name))

    def test_nothing(self, name: str, tmp_path: Path) -> None:
        assert said_by(tmp_path / name) == (f"there is no file {tmp_path / name}", 2)

    def test_a_file_in_a_file(self, name: str, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert said_by(tmp_path / "file" / name) == (f"there is no file {tmp_path / 'file' / name}", 2)

    @pytest.mark.parametrize("folder", ["\0", "x" * 300], ids=["nul", "300 characters"])
    def test_a_name_that_no_file_can_have(self, name: str, folder: str, tmp_path: Path) -> None:
        said, code = said_by(tmp_path / folder / name)
        assert "cannot be the name of a file: " in said
        assert code == 2
        assert "\0" not in said


@pytest.mark.parametrize("name", [name for name in READERS if not name.endswith(".csv")])
@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding(name: str, encoding: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes('title = "Café"'.encode(encoding))
    assert said_by(tmp_path / name) == (f"{name} is not UTF-8 text: save it as 'UTF-8'", code_of_contents(name))


@pytest.mark.parametrize(("encoding", "called"), [("utf-16", "UTF-16"), ("cp1252", "Windows-1252")])
def test_a_csv_of_another_encoding_is_read_and_the_encoding_told(encoding: str, called: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("value,area\n3,Café Süd\n".encode(encoding))
    with pytest.warns(SurveyWarning, match=rf"t\.csv .*was read as {called}"):
        [line], problems = read_lines(tmp_path / "t.csv", ["value", "area"])
    assert (line.cells, problems) == ({"value": "3", "area": "Café Süd"}, [])


@pytest.mark.parametrize("name", [name for name in READERS if name.endswith(".csv")])
def test_a_csv_that_is_in_no_encoding_known(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"value\nCaf\x81\n")
    said, code = said_by(tmp_path / name)
    assert (said, code) == (f"{name} is neither UTF-8 nor Windows-1252; save it as CSV UTF-8", code_of_contents(name))


@pytest.mark.parametrize("name", ["wave.toml", "set.toml", "batch.toml"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = " + "[" * 100_000, "nests tables or lists more than 32 deep"),
        ("a = " + "[" * 40 + "]" * 40, "nests tables or lists more than 32 deep"),
        ("a" + ".a" * 40 + " = 1", "nests tables or lists more than 32 deep"),
        ("a = " + "9" * 5_000, "is not valid TOML: a number has more digits than any number needs"),
        ("a = 1\nb = " + "9" * 30, "  - b: must be a number of at most 64 bits, got one of 100"),
        ("a = [{ b = -inf }]", "  - a[0].b: must be a finite number, got -inf"),
    ],
    ids=lambda text: text[:20],
)
def test_a_toml_without_end(name: str, text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    said, code = said_by(tmp_path / name)
    assert told in said
    assert code == 4
    assert len(said) < 500


def test_a_mapping_that_holds_itself_is_refused() -> None:
    endless: dict[str, object] = {"title": "T"}
    endless["a"] = endless
    with pytest.raises(psa.DefinitionError, match="the mapping nests tables or lists more than 32 deep"):
        psa.indicators(endless)


def test_a_cell_of_140_kb_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "targets.csv").write_text(f"area,indicator,baseline,target,year\n{'x' * 140_000},ni4,1,2,2010\n")
    said, code = said_by(tmp_path / "targets.csv")
    assert said == "targets.csv cannot be read: line 2: field larger than field limit (131072)"
    assert code == 4


@pytest.mark.parametrize("cell", ["9" * 5_000, "x" * 5_000, "\x1b[31m" * 100], ids=["digits", "letters", "escapes"])
def test_a_long_cell_is_shown_cut_and_written_out(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"value\n{cell}\n")
    [line], problems = read_lines(path, ["value"])
    line.number_in("value", 0, 100)
    [(number, said)] = problems
    assert number == 2
    assert len(said) < 120
    assert said.isprintable()


@pytest.mark.parametrize("name", [name for name in READERS if name.endswith(".csv")])
@pytest.mark.parametrize("content", [b"i\0n", b"\0", b"\xff\xfeabc"], ids=["three bytes", "one byte", "cut"])
def test_a_csv_that_looks_like_utf_16_and_breaks_off(name: str, content: bytes, tmp_path: Path) -> None:
    """Met once in some 50,000 damaged files: it ended in an error that was none of the package's."""
    (tmp_path / name).write_bytes(content)
    assert said_by(tmp_path / name) == (f"{name} is not in the encoding UTF-16", code_of_contents(name))
