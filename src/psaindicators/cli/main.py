"""The command line: one thin command a verb, a skin on the library."""

from __future__ import annotations

import os
import sys
import warnings

import click

from psaindicators.cli import figure_commands, judging_commands
from psaindicators.errors import OutputError, PsaError, exit_code
from psaindicators.words import visible_lines

INTERRUPTED, NOT_READ = 130, 141
"""What a shell says of a program that an interrupt, or a reader that went away, has ended."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="psaindicators")
def cli() -> None:
    """Turn survey microdata into official figures: PSA 21 and National Indicators, with their intervals.

    Exit codes: 0 done; 1 a bug; 2 unreadable options or no such file; 3 the contents of a data file, or an output that
    cannot be written; 4 a TOML or targets file, an unknown indicator, survey or wave; 5 a design; 6 a comparison; 130
    an interrupt; 141 whoever read the output went away.
    """


for command in (*figure_commands.COMMANDS, *judging_commands.COMMANDS):
    cli.add_command(command)


def indented(message: str) -> str:
    """Return a message whose further lines stand in: a name with a line end in it begins no line of its own."""
    return message.replace("\n", "\n  ")


def main() -> None:
    """Run the command line; an error that a user can put right goes to stderr without a traceback."""
    warnings.formatwarning = lambda message, *_, **__: f"note: {indented(visible_lines(str(message)))}\n"
    sys.exit(_ended())


def _ended() -> int:
    """Run the command that was asked for, say what stopped it, and return the exit code."""
    try:
        with cli.make_context("psaindicators", sys.argv[1:]) as context:
            cli.invoke(context)
        sys.stdout.flush()
        return 0
    except click.exceptions.Exit as done:  # after --help
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except PsaError as error:
        click.echo(f"error: {indented(str(error))}", err=True)
        return exit_code(error)
    except KeyboardInterrupt:
        click.echo("error: interrupted", err=True)
        return INTERRUPTED
    except OSError as error:
        if error.filename is not None:
            raise
        return _unprinted(error)


def _unprinted(error: OSError) -> int:
    """Say why the standard output took no more; a reader that has seen enough, such as `head`, is not a fault."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left to print goes nowhere
    if isinstance(error, BrokenPipeError):
        return NOT_READ
    click.echo(f"error: the standard output cannot be written: {error.strerror}", err=True)
    return exit_code(OutputError())
