"""The command line: one thin command a verb, a skin on the library."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from psaindicators.errors import PsaError, exit_code

if TYPE_CHECKING:
    from psaindicators.tables import Table

FORMATS = ("text", "csv", "json")
INTERVALS = ("wald", "logit", "wilson", "beta", "asin")
LONELY = ("fail", "certainty", "centre", "average")
of_survey = click.option("--survey", required=True, help="A shipped survey's id, or the path of a survey TOML.")
of_year = click.option("--wave", "year", required=True, type=int, help="The year in which fieldwork started.")
of_set = click.option("--indicators", "sets", help="A shipped set's id, or the path of a set TOML; none: all shipped.")
as_format = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How rows are printed."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="psaindicators")
def cli() -> None:
    """Turn survey microdata into official figures: PSA 21 and National Indicators, with their intervals.

    Exit codes: 0 done; 1 a bug; 2 unreadable options or no such file; 3 the contents of a data file, or an output that
    cannot be written; 4 a TOML or targets file, an unknown indicator, survey or wave; 5 a design; 6 a comparison.
    """


def main() -> None:
    """Run the command line; an error that a user can put right goes to stderr without a traceback."""
    try:
        cli(standalone_mode=True)
    except PsaError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(exit_code(error))


@cli.command(epilog="Example: psaindicators outturn data/samples/outturn.toml --out /tmp/outturn")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write, instead of the configuration's.")
def outturn(config: Path, out: Path | None) -> None:
    """Run the batch job of CONFIG, a TOML file: every estimate, a table for each indicator, and a manifest.

    The folder is written only when everything is computed; a failed run leaves the last outturn as it was.
    """
    from psaindicators.outturns.batch import outturn as run

    found = run(config, out=out)
    click.echo(found.text)
    for warning in found.warnings:
        click.echo(f"note: {warning}", err=True)
    click.echo(f"\nwritten to {found.configuration.output}: {', '.join(found.files)}")


@cli.command(epilog="Example: psaindicators estimate place.parquet --survey place --wave 2008 --only ni4 --by region")
@click.argument("data", type=click.Path(path_type=Path))
@of_survey
@of_year
@of_set
@click.option("--only", multiple=True, metavar="ID", help="An indicator's id; may be repeated.")
@click.option("--by", multiple=True, metavar="KIND", help='An area kind, a question, or "region*sex"; may be repeated.')
@click.option("--level", type=click.FloatRange(0, 100, min_open=True, max_open=True), default=95, show_default=True)
@click.option("--interval", type=click.Choice(INTERVALS), default="wald", show_default=True)
@click.option("--df", type=click.Choice(("domain", "design", "normal")), default="domain", show_default=True)
@click.option("--lonely-psu", type=click.Choice(LONELY), help="Strata with one PSU; the wave's policy unless given.")
@as_format
def estimate(data: Path, survey: str, year: int, sets: str | None, form: str, **options: Any) -> None:
    """Estimate indicators from DATA (.csv, .tab, .parquet, .sav, .zsav or .dta), in percent with intervals."""
    import psaindicators as psa
    from psaindicators.outturns.batch import job_indicators

    wave = psa.wave(survey, year)
    only, by = options.pop("only"), options.pop("by")
    asked = job_indicators((sets,) if sets else (), only, wave)
    found = psa.estimate(psa.read_survey(data, wave), asked, by=by or None, **options)
    _print(found, form, found.shown)


@cli.command(epilog="Example: psaindicators check survey.sav --survey citizenship --wave 2007")
@click.argument("data", type=click.Path(path_type=Path))
@of_survey
@of_year
def check(data: Path, survey: str, year: int) -> None:
    """Look at DATA before making figures: weights, item non-response, unknown codes, areas, unnamed variables."""
    import psaindicators as psa

    click.echo(repr(psa.check(psa.read_survey(data, psa.wave(survey, year)))))


@cli.command(epilog="Example: psaindicators indicators --format csv")
@of_set
@as_format
def indicators(sets: str | None, form: str) -> None:
    """List indicators: id, title, which direction is better, how sure the definition is, base and numerator."""
    from psaindicators.definitions.listing import indicator_table

    _print(indicator_table(sets), form, ("indicator", "title", "better", "status", "since"))


@cli.command(epilog="Example: psaindicators waves --survey place")
@click.option("--survey", help="A shipped survey's id, or the path of a survey TOML; none means all shipped ones.")
@as_format
def waves(survey: str | None, form: str) -> None:
    """List waves: survey, year, title, design variables, area kinds and the shipped indicators they measure."""
    from psaindicators.definitions.listing import wave_table

    _print(wave_table(survey), form, ("survey", "wave", "title", "areas", "indicators"))


@cli.command(epilog="Example: psaindicators areas --vintage 2009-04-01 --format csv")
@click.option("--vintage", help="A day such as 2009-04-01; none means every code since 1998.")
@as_format
def areas(vintage: str | None, form: str) -> None:
    """List the authorities of England: code, name, tier, county, region, LAA area, old code, dates, successor."""
    from psaindicators.data.areas import area_history
    from psaindicators.data.areas import areas as in_force

    _print(in_force(vintage).to_table() if vintage else area_history(), form, ())


def _print(table: Table, form: str, shown: tuple[str, ...]) -> None:
    """Print a table whole: aligned text of the columns shown, CSV or JSON of all columns."""
    from psaindicators.outturns.writing import to_csv
    from psaindicators.tables import shown_cell, text_lines

    match form:
        case "csv":
            click.echo(to_csv(table), nl=False)
        case "json":
            click.echo(json.dumps(table.to_records(), ensure_ascii=False))
        case _:
            names = [name for name in shown or table.columns if name in table.columns]
            cells = {name: [shown_cell(cell) for cell in table.columns[name].tolist()] for name in names}
            click.echo("\n".join(text_lines(cells)))
