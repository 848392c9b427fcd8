"""The command line: one thin command a verb, a skin on the library."""

from __future__ import annotations

import sys
import warnings

import click

from psaindicators.cli import figure_commands, judging_commands
from psaindicators.errors import PsaError, exit_code


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="psaindicators")
def cli() -> None:
    """Turn survey microdata into official figures: PSA 21 and National Indicators, with their intervals.

    Exit codes: 0 done; 1 a bug; 2 unreadable options or no such file; 3 the contents of a data file, or an output that
    cannot be written; 4 a TOML or targets file, an unknown indicator, survey or wave; 5 a design; 6 a comparison.
    """


for command in (*figure_commands.COMMANDS, *judging_commands.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line; an error that a user can put right goes to stderr without a traceback."""
    warnings.formatwarning = lambda message, *_, **__: f"note: {message}\n"
    try:
        cli(standalone_mode=True)
    except PsaError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(exit_code(error))
