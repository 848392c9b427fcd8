"""Commands that make figures or say what is known: init, outturn, estimate, check, indicators, waves, areas."""

from __future__ import annotations

from os.path import lexists, relpath
from pathlib import Path
from shlex import quote
from typing import Any

import click

from psaindicators.cli.options import (
    DFS,
    INTERVALS,
    LONELY,
    as_format,
    at_level,
    of_layout,
    of_set,
    of_survey,
    of_year,
    print_table,
    say,
    say_by_the_screen,
    to_file,
)
from psaindicators.cli.written_rules import written_rules
from psaindicators.screen import screen_width
from psaindicators.words import shell_command, visible


@click.command(epilog="Example: psaindicators init my-outturn")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write a first outturn into DIR, a new or empty folder: a commented configuration and a small invented sample.

    It runs as it is; then put your own files in place of the sample's.
    """
    from psaindicators.outturns.starting import write_start

    files, where = write_start(folder), visible(str(folder))
    say(f"written to {where}:\n  " + "\n  ".join(files))
    say(f"next: psaindicators outturn {visible(quote(str(folder / files[0])))}")
    say(f"then put your own files in place of the invented ones: the comments in {files[0]} say what is what")


@click.command(epilog="Example: psaindicators outturn data/samples/outturn.toml --out /tmp/outturn")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write, instead of the configuration's.")
@click.option("--check", is_flag=True, help="Read and check all, say what the policy would withhold, write nothing.")
def outturn(config: Path, out: Path | None, *, check: bool) -> None:
    """Run the batch job of CONFIG, a TOML file: every estimate, a table for each indicator, and a manifest.

    The folder is written only when everything is computed; a failed run leaves the last outturn as it was.
    """
    from psaindicators.cli.progress import watched
    from psaindicators.outturns.batch import carried_out, checked
    from psaindicators.publishing.writers.as_text import page_text

    if check:
        return _say_checked(checked(config, watched))
    found = carried_out(config, out, watched)
    say(page_text(found.document.pages[0], screen_width()))
    for warning in (*found.warnings, *found.release.why):
        say(f"note: {visible(warning)}", err=True)
    folder = relpath(found.configuration.output)
    say(f"\nwritten to {visible(folder)}:\n  " + "\n  ".join(found.files))
    say(f"open {visible(folder)}/{found.first} first")


def _say_checked(found: Any) -> None:
    """Say what a batch job would publish and withhold, and what its reader would be warned of."""
    rows, name = sum(map(len, found.estimates)), visible(found.configuration.path.name)
    say(f"{name} can be run: {rows:,} rows of estimates, and nothing was written")
    for line in found.release.why:
        say(f"would be withheld: {visible(line)}" if "withheld [c]" in line else visible(line))
    for warning in found.warnings:
        say(f"note: {visible(warning)}", err=True)


@click.command(epilog="Example: psaindicators verify outturn --config data/samples/outturn.toml --again")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--config", type=click.Path(path_type=Path), help="The configuration: inputs are looked for beside it.")
@click.option(
    "--again", is_flag=True, help="Make the outturn again, in memory, and compare every file; needs --config."
)
@as_format
def verify(folder: Path, config: Path | None, again: bool, form: str) -> None:
    """Hold an outturn's folder DIR to its manifest: files present and unchanged, and what they were made from.

    What a run that died left in the folder is put right first. Where a file was changed or is missing the exit code is
    3; an input that is not found is reported, and is not a fault.
    """
    from psaindicators.errors import OutputError
    from psaindicators.outturns.verification import verify as verified

    found = verified(folder, config=config, again=again)
    print_table(found, form)
    if found.faults:
        raise OutputError(f"{folder} is not as it was: {', '.join(found.faults)}")


@click.command(epilog="Example: psaindicators estimate place.parquet --survey place --wave 2008 --only ni4 --by region")
@click.argument("data", type=click.Path(path_type=Path))
@of_survey
@of_year
@of_set
@click.option("--only", multiple=True, metavar="ID", help="An indicator's id; may be repeated.")
@click.option("--by", multiple=True, metavar="KIND", help='An area kind, a question, or "region*sex"; may be repeated.')
@click.option("--where", multiple=True, metavar="RULE", help='Only those who meet it, "sex = female"; may be repeated.')
@at_level
@click.option("--interval", type=INTERVALS, default="logit", show_default=True)
@click.option("--df", type=DFS, default="strata", show_default=True)
@click.option("--lonely-psu", type=LONELY, help="Strata with one PSU; the wave's policy unless given.")
@click.option("--disclosure", default="none", show_default=True, help="The policy to publish by, such as threshold_10.")
@as_format
@to_file
def estimate(data: Path, survey: str, year: int, sets: str | None, form: str, out: Path | None, **options: Any) -> None:
    """Estimate indicators from DATA (text, a workbook, .parquet, .sav, .zsav or .dta), in percent with intervals.

    Large files are added up on every core, in no fixed order: from run to run the last digits of CSV and JSON may
    differ, by 1e-15 of a figure. For the same bytes each time use `outturn`, which adds on one.
    """
    import psaindicators as psa
    from psaindicators.definitions.shipped import all_shipped
    from psaindicators.files.placing import refuse_inputs
    from psaindicators.outturns.choosing import job_indicators

    if out is not None:
        refuse_inputs(out, (data, *map(Path, filter(None, (survey, sets)))))
    wave, disclosure = psa.wave(survey, year), options.pop("disclosure")
    only, by, where = options.pop("only"), options.pop("by"), written_rules(options.pop("where"))
    known = psa.indicators(sets) if sets else all_shipped()
    asked = job_indicators(known, only, wave)
    opened = psa.read_survey(data, wave)
    found = psa.estimate(opened, asked, where=where, by=by or None, **options)
    print_table(psa.figures.publishable(opened, found, disclosure, where=where), form, out=out)


@click.command(epilog="Example: psaindicators codebook returns.xlsx")
@click.argument("data", type=click.Path(path_type=Path))
@of_layout
@as_format
def codebook(data: Path, form: str, **layout: Any) -> None:
    """Say what DATA holds, with no wave: variables, labels, codes, counts, ranges, what is declared missing.

    What a variable may be (weight, stratum, psu, area, id) is a suggestion.
    """
    import psaindicators as psa

    print_table(psa.codebook(data, **layout), form)


@click.command(epilog="Example: psaindicators bind survey.sav --survey place --year 2010 --out mine.toml")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--survey", help='Look for the questions of this one: a shipped id or a TOML file; "place".')
@click.option("--wave", "year", type=int, help="The survey's wave whose questions they are; its last unless given.")
@click.option("--year", "when", type=int, help="The year in which the file's fieldwork started.")
@of_layout
@click.option("--out", type=click.Path(path_type=Path), help="The wave file to write, a new one; else it is printed.")
def bind(data: Path, survey: str | None, year: int | None, out: Path | None, **options: Any) -> None:
    """Propose a wave file for DATA from its own labels, with what is unsure marked for a person to look at.

    Without --survey every variable with labels is a question. A wave is read only when nothing unsure is left in it.
    """
    import psaindicators as psa
    from psaindicators.definitions.shipped import wave_of, waves

    known = waves(survey) if survey else {}
    wave = wave_of(known, survey, year or max(known)) if survey else None
    found = psa.bind(data, wave, year=options.pop("when"), **options)
    if out is None:
        say(found.to_toml())
        return
    _write_new(out, found.to_toml())
    say(found.to_text(width=screen_width()))
    unsure = sum(bool(one.unsure) for one in found.parts)
    say(f"\nwritten to {visible(str(out))}; {unsure:,} of {len(found):,} parts are unsure: look at them there, then")
    say(shell_command("check", data, "--survey", out, "--wave", found.year))


def _write_new(out: Path, text: str) -> None:
    """Write a file that is not there yet: what a person corrected in one of that name is not lost."""
    from psaindicators.errors import OutputError
    from psaindicators.files.placing import placed

    if lexists(out):
        raise OutputError(f"{out} is there already, and may have been corrected by hand: name a new file")
    with placed(out) as part:
        part.write_text(text, encoding="utf-8")


@click.command(epilog="Example: psaindicators check survey.sav --survey citizenship --wave 2007")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--survey", help="A shipped survey's id, or the path of a survey TOML; none: the file's own labels.")
@click.option("--wave", "year", type=int, help="The year in which fieldwork started; goes with --survey.")
def check(data: Path, survey: str | None, year: int | None) -> None:
    """Look at DATA before making figures, also before it has weights: what `estimate` will refuse, what stands out.

    Without a survey DATA is held to its own labels alone. Exit code 3 where something blocks: unknown codes, repeated
    ids, missing weights, strata or PSUs, lonely PSUs.
    """
    import psaindicators as psa
    from psaindicators.survey.check import check_alone
    from psaindicators.survey.survey import open_survey

    if survey is not None and year is not None:
        found = psa.check(open_survey(data, psa.wave(survey, year)))
    elif survey is None and year is None:
        found = check_alone(data)
    else:
        raise click.UsageError("--survey and --wave go together: a wave is a survey in a year")
    say_by_the_screen(repr(found))
    if found.findings.blocks:
        raise SystemExit(3)


@click.command(epilog="Example: psaindicators indicators --format csv")
@of_set
@click.option("--sources", is_flag=True, help="List what each is measured by, as its agreement prints it, instead.")
@as_format
def indicators(sets: str | None, sources: bool, form: str) -> None:
    """List indicators: id, title, which direction is better, how sure the definition is, base and numerator."""
    from psaindicators.definitions.listing import indicator_table, source_table

    if sources:
        shown = ("indicator", "level", "data_set", "baseline", "interval", "minimum_movement")
        return print_table(source_table(sets), form, shown)
    print_table(indicator_table(sets), form, ("indicator", "title", "better", "status", "since"))


@click.command(epilog="Example: psaindicators waves --survey place")
@click.option("--survey", help="A shipped survey's id, or the path of a survey TOML; none means all shipped ones.")
@as_format
def waves(survey: str | None, form: str) -> None:
    """List waves: survey, year, title, design variables, area kinds and the shipped indicators they measure."""
    from psaindicators.definitions.listing import wave_table

    print_table(wave_table(survey), form, ("survey", "wave", "title", "areas", "indicators"))


@click.command(epilog="Example: psaindicators areas --vintage 2009-04-01 --format csv")
@click.option("--vintage", help="A day such as 2009-04-01; none means every code since 1998.")
@as_format
def areas(vintage: str | None, form: str) -> None:
    """List the authorities of England: code, name, tier, county, region, LAA area, old code, dates, successor."""
    from psaindicators.geography.vintages import area_history, areas as in_force

    print_table(in_force(vintage).to_table() if vintage else area_history(), form)


COMMANDS = (init, outturn, verify, estimate, codebook, bind, check, indicators, waves, areas)
