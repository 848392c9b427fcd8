"""The documentation says what is so: its code runs and prints what it shows, and it leaves out nothing public.

A page is run from top to bottom in one namespace, in a folder that holds a copy of data/. A block with a file's name
after its language, or in a comment on its first line ("# own.toml"), is written there first. A ```python block, or
a `$ psaindicators` line of a ```console block, must print the ```text block that follows it, if one does; there, a line
of three dots stands for lines that were left out.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import shlex
import shutil
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import psaindicators as psa
from psaindicators.cli.main import cli
from tests.paths import ROOT
from tests.shape.test_public_names import PUBLIC

PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
SETUPS = ROOT / "tests" / "docs" / "setup"
"""What a page takes for granted before its first line, such as a frame of the reader's own: PAGE.py."""

BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^#\s+([\w.-]+\.toml)\b")
CONTINUED = re.compile(r"\s*\\\n\s*")
"""A command goes on in the next line after a backslash."""

IN_REWARD = {
    "reward_rule": "rule",
    "pot": "pot",
    "net_budget_requirement": "net_budget_requirement",
    "agreed_targets": "targets",
    "shares": "shares",
}
"""The fields of a targets job that its reward table fills, and their keys there."""


class Block(NamedTuple):
    line: int
    language: str
    file: str
    text: str


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reader")
    shutil.copytree(ROOT / "data", made / "data")
    return made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_pages_code_prints_what_the_page_shows(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = blocks(page)
    names: dict[str, object] = {"psa": psa}
    setup = SETUPS / f"{page.stem}.py"
    if setup.exists():
        exec(compile(setup.read_text(encoding="utf-8"), setup, "exec"), names)
    for block in found:
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
    for block, following in zip_longest(found, found[1:]):
        printed = run(block, page, names)
        if printed is not None and following is not None and following.language == "text" and not following.file:
            assert same(tidied(printed), tidied(following.text)), f"{page.name}, line {following.line}:\n{printed}"


def run(block: Block, page: Path, names: dict[str, object]) -> str | None:
    """Run a block of code and return what it prints; None for one that is no code."""
    if block.language == "python":
        code = "\n" * block.line + block.text
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, page, "exec"), names)
        return printed.getvalue()
    if block.language == "console":
        commands = re.findall(r"^\$ psaindicators (.*)$", CONTINUED.sub(" ", block.text), re.MULTILINE)
        return "".join(commanded(line) for line in commands) if commands else None
    return None


def commanded(line: str) -> str:
    result = CliRunner().invoke(cli, shlex.split(line), catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [block(text[: found.start()].count("\n") + 1, *found.groups()) for found in BLOCK.finditer(text)]


def block(line: int, language: str, file: str | None, text: str) -> Block:
    in_comment = FILE.match(text) if language == "toml" else None
    return Block(line, language, file or (in_comment[1] if in_comment else ""), text)


def same(printed: list[str], shown: list[str]) -> bool:
    """Whether lines are those shown; a line of three dots stands for any lines that were left out."""
    pattern = "".join("(?:.*\n)*" if line == "..." else re.escape(line) + "\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


def test_three_dots_stand_for_any_lines_and_nothing_else_does() -> None:
    assert same(["a", "b", "c"], ["a", "...", "c"])
    assert not same(["a", "b", "c"], ["a", "c"])
    assert not same(["a", "b"], ["a", "...", "c"])


def tidied(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def written() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_written_about(name: str) -> None:
    found = re.search(rf"psa\.{re.escape(name)}\b|`{name.rpartition('.')[2]}[`(]", written())
    assert found, f"no page of docs/ says what psa.{name} is for"


def test_every_public_name_has_an_example_that_prints() -> None:
    """The page itself is run above, like every other; generate.py weaves it into the reference."""
    page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    sections = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    shown = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert shown.keys() == PUBLIC.keys()
    prints = re.compile(r"\n\n```python\n[^`]+```\n\n```text\n\S[^`]*```\n+")
    assert [name for name, section in shown.items() if not prints.fullmatch(section)] == []


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_written_about_and_shows_an_example(name: str) -> None:
    shown = f"psaindicators {name}" in written()
    assert shown, f"no page of docs/ shows psaindicators {name}"
    command = cli.commands[name]
    assert command.help
    assert (command.epilog or "").startswith("Example: psaindicators "), f"{name} --help has no example"


def test_every_column_that_a_table_declares_is_told_with_its_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    page = importlib.import_module("generate").columns_page()
    assert "| marker | symbol | " in page
    for name, made in PUBLIC.items():
        for one in getattr(made, "headings", ()):
            assert "" not in (one.says, one.unit), f"{name}.{one.name}"
            assert f"`{one.name}` ({one.unit}): {one.says}" in (made.__doc__ or "")


def test_every_key_of_the_toml_files_is_explained() -> None:
    from dataclasses import fields

    from psaindicators.definitions.waves import Wave
    from psaindicators.outturns import configuration

    ours = {"path", "year", "written", "source"}
    definitions, outturn = (
        (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("definitions", "outturn")
    )
    assert [one.name for one in fields(Wave) if one.name not in ours and f"`{one.name}`" not in definitions] == []
    tables = {"Configuration", "Source"}
    jobs = [made for name, made in vars(configuration).items() if name.endswith("Job") or name in tables]
    keys = {one.name for made in jobs for one in fields(made)} - ours - set(IN_REWARD)
    assert sorted(key for key in keys if f"`{key}`" not in outturn) == []
    assert sorted(key for key in IN_REWARD.values() if f"`reward.{key}`" not in outturn) == []


def test_the_reference_is_made_of_everything_that_is_public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    generate = importlib.import_module("generate")
    generate.write_all(tmp_path, pictures=False)
    commands, indicators, measurement, waves, crosswalk = (
        (tmp_path / name).read_text(encoding="utf-8")
        for name in ("command-line.md", "indicators.md", "measurement.md", "waves.md", "crosswalk.inc")
    )
    topics = [page.read_text(encoding="utf-8") for page in sorted(tmp_path.glob("api-*.rst"))]
    at_a_glance = (tmp_path / "api.rst").read_text(encoding="utf-8")
    assert len(topics) > 8
    assert [name for name in PUBLIC if sum(f":: psaindicators.{name}\n" in page for page in topics) != 1] == []
    assert [name for name in PUBLIC if f"<psaindicators.{name}>`" not in at_a_glance] == []
    assert [name for name in cli.commands if f"## psaindicators {name}\n" not in commands] == []
    known = psa.definitions.indicator_table()
    assert [row.indicator for row in known if f"### {row.indicator}: {row.title}" not in indicators] == []
    assert [row.survey for row in psa.definitions.wave_table() if f"## {row.survey}, as in" not in waves] == []
    told = psa.definitions.source_table()
    assert [row.indicator for row in told if f"### {row.indicator}: " not in measurement] == []
    assert [row.interval for row in told if f"| {row.interval} |" not in measurement.replace("\n", " |")] == []
    assert "| belong to the neighbourhood | psa21.3 | ni2 |" in crosswalk
