"""What the commands share: their options, and how a table is printed."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import click

from psaindicators.screen import screen_width
from psaindicators.words import visible, visible_lines

if TYPE_CHECKING:
    from psaindicators.tables import Table

FORMATS = ("text", "csv", "json")


class Words(click.Choice[str]):
    """The words that the library knows for an option, looked up when they are needed: start-up is short."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name_there = module, name
        self.case_sensitive = True

    @property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(getattr(import_module(f"psaindicators.{self.module}"), self.name_there))


INTERVALS = Words("kernel.intervals", "METHODS")
DFS = Words("figures.asked", "DFS")
LONELY = Words("kernel.lonely", "LONELY")

of_survey = click.option("--survey", required=True, help="A shipped survey's id, or the path of a survey TOML.")
of_year = click.option("--wave", "year", required=True, type=int, help="The year in which fieldwork started.")
of_set = click.option("--indicators", "sets", help="A shipped set's id, or the path of a set TOML; none: all shipped.")
at_level = click.option("--level", type=float, default=95, show_default=True, help="Of intervals, in percent.")
as_format = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How rows are printed."
)
to_file = click.option("--out", type=click.Path(path_type=Path), help="The file to write, instead of printing.")


def of_layout(command: Any) -> Any:
    """Add to a command the options that say how a file is laid out, in the words of a wave."""
    row = click.option("--header-row", type=int, help="Of a workbook: the row of its names, counted from 1.")
    sheet = click.option("--sheet", help="Of a workbook: the sheet to read.")
    encoding = click.option("--encoding", help="Of a text file: utf-8, utf-16, windows-1252.")
    return encoding(sheet(row(command)))


def say(text: str, *, err: bool = False) -> None:
    """Print lines of text, in which what a terminal would obey is written out."""
    click.echo(visible_lines(text), err=err)


def print_table(table: Table, form: str, names: tuple[str, ...] = (), *, out: Path | None = None) -> None:
    """Print a table whole, or write it to a file: aligned text of the columns named (or shown), CSV or JSON of all.

    Its notes stand under the text; beside CSV and JSON they go to the standard error.
    """
    for note in table.notes if form != "text" else ():
        say(f"note: {visible(note)}", err=True)
    text = _written(table, form, names, screen_width() if out is None else None)
    if out is not None:
        _put(text, out)
    elif form == "text":
        say_by_the_screen(text.removesuffix("\n"))
    else:
        click.echo(visible_lines(text) if form == "csv" and sys.stdout.isatty() else text, nl=False)


def _written(table: Table, form: str, names: tuple[str, ...], width: int | None) -> str:
    match form:
        case "csv":
            from psaindicators.publishing.writers.as_csv import to_csv

            return to_csv(table)
        case "json":
            return table.to_json() + "\n"
        case _:
            return visible_lines(table.to_text(names, width=width)) + "\n"


def _put(text: str, out: Path) -> None:
    from psaindicators.files.placing import placed

    with placed(out) as part:
        part.write_text(text, encoding="utf-8", newline="")
    say(f"written to {visible(str(out))}", err=True)


def say_by_the_screen(text: str) -> None:
    """Print lines of text as `say` does; on a terminal that they do not fit, by the page."""
    if sys.stdout.isatty() and text.count("\n") >= get_terminal_size().lines:
        click.echo_via_pager(visible_lines(text) + "\n")
    else:
        say(text)
