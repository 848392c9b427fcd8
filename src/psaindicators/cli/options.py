"""What the commands share: their options, and how a table is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from psaindicators.tables import Table

FORMATS = ("text", "csv", "json")
INTERVALS = ("wald", "logit", "wilson", "beta", "asin")
LONELY = ("fail", "certainty", "centre", "average")

of_survey = click.option("--survey", required=True, help="A shipped survey's id, or the path of a survey TOML.")
of_year = click.option("--wave", "year", required=True, type=int, help="The year in which fieldwork started.")
of_set = click.option("--indicators", "sets", help="A shipped set's id, or the path of a set TOML; none: all shipped.")
percent = click.FloatRange(0, 100, min_open=True, max_open=True)
at_level = click.option("--level", type=percent, default=95, show_default=True, help="Of intervals, in percent.")
as_format = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How rows are printed."
)


def print_table(table: Table, form: str, names: tuple[str, ...] = ()) -> None:
    """Print a table whole: aligned text of the columns named (or those it shows), CSV or JSON of all columns."""
    match form:
        case "csv":
            from psaindicators.outturns.writing import to_csv

            click.echo(to_csv(table), nl=False)
        case "json":
            click.echo(table.to_json())
        case _:
            click.echo(table.to_text(names))
