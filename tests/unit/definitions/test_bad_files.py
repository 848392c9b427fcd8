"""One file a mistake, beside the whole message that a user sees: bad/NAME.toml and bad/NAME.txt.

Only the list of fields that a table may have is cut short, since it grows.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import psaindicators as psa
from psaindicators.definitions.indicator_files import load_indicators
from psaindicators.definitions.wave_files import load_waves
from psaindicators.errors import exit_code

FOLDER = Path(__file__).parent
BAD = sorted((FOLDER / "bad").glob("*.toml"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_message_names_every_mistake_and_where_it_is(path: Path) -> None:
    load = load_waves if path.stem.startswith("wave") else load_indicators
    with pytest.raises(psa.DefinitionError) as raised:
        load(path)
    shown = re.sub(r"\(the fields are \w[^)]*\)", "(the fields are ...)", str(raised.value))
    assert shown == path.with_suffix(".txt").read_text(encoding="utf-8").rstrip("\n")
    assert exit_code(raised.value) == 4


def test_every_mistake_has_its_message_and_every_message_its_mistake() -> None:
    messages = {path.stem for path in (FOLDER / "bad").glob("*.txt")}
    assert messages == {path.stem for path in BAD}
    assert len(BAD) > 30


def test_an_inline_table_broken_over_lines_is_explained() -> None:
    with pytest.raises(psa.DefinitionError, match=r"line 10.*inline table .* may not break over lines"):
        load_indicators(FOLDER / "not_toml" / "inline_table_over_lines.toml")


def test_what_is_not_toml_is_said_with_its_line_and_without_a_wrong_hint() -> None:
    with pytest.raises(psa.DefinitionError, match=r"text_without_quotes\.toml is not valid TOML.*line 1") as raised:
        load_indicators(FOLDER / "not_toml" / "text_without_quotes.toml")
    assert "inline" not in str(raised.value)


def test_a_file_that_is_not_text_is_not_toml(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(psa.DefinitionError, match=r"mine\.toml is not UTF-8 text: save it as 'UTF-8'"):
        load_waves(path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "None"\n', encoding="utf-8-sig")
    with pytest.raises(psa.DefinitionError, match="holds no indicator"):
        load_indicators(path)
