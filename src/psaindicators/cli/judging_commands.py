"""Commands that judge figures or plan and weight a survey: compare, score, reward, index, plan, weight."""

from __future__ import annotations

from os.path import isdir
from pathlib import Path
from typing import Any

import click

from psaindicators.cli.options import as_format, at_level, of_set, print_table, say
from psaindicators.words import shell_command, visible


@click.command(epilog="Example: psaindicators compare before.json after.json --minimum computed")
@click.argument("earlier", type=click.Path(path_type=Path))
@click.argument("later", type=click.Path(path_type=Path))
@of_set
@click.option("--minimum", default="published", show_default=True, help="published, computed, or a number of points.")
@click.option("--across-break", is_flag=True, help="Compare across series, coverage or mode; such rows are marked [b].")
@click.option("--adjust-for-many", is_flag=True, help="Adjust p-values over areas (Benjamini and Hochberg).")
@click.option("--waves", type=(str, str), help='Of outturn folders with several: "place 2008" "place 2010".')
@as_format
def compare(earlier: Path, later: Path, sets: str | None, form: str, **options: Any) -> None:
    """Compare two saved estimates, EARLIER and LATER: changes, minimum movements, verdicts.

    Either is the JSON or CSV of `estimate`, or the folder of an outturn, which also keeps what decides whether two
    waves are of one series: their mode, coverage, areas and definitions.
    """
    import psaindicators as psa

    known = psa.indicators(sets) if sets else None
    minimum = _points_or_word(options.pop("minimum"))
    names = options.pop("waves") or (None, None)
    before, after = (_estimates(path, known, name) for path, name in zip((earlier, later), names, strict=True))
    moved = psa.compare(before, after, minimum=minimum, **options)
    print_table(moved, form)
    for row in moved.unmatched:
        say(visible(f"note: {row.by} {row.area} of the {row.wave} wave is not compared: {row.reason}"), err=True)


def _estimates(path: Path, known: Any, name: str | None = None) -> Any:
    """Return the estimates of a file, or those of one wave of an outturn's folder."""
    import psaindicators as psa

    if not isdir(path):
        return psa.read_estimates(path, known)
    found = psa.read_outturn(path).estimates
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name is None or name not in found:
        asked = f"'{name}' is none of them" if name else "say which by --waves"
        raise psa.DefinitionError(f"{path} holds the waves {', '.join(found)}: {asked}")
    return found[name]


def _points_or_word(minimum: str) -> str | float:
    try:
        return float(minimum)
    except ValueError:
        return minimum


def scored(targets: Path, estimates: tuple[Path, ...], sets: str | None, on: str | None) -> Any:
    """Return the scores of a targets file on saved estimates."""
    import psaindicators as psa

    known = psa.indicators(sets) if sets else None
    read = psa.read_targets(targets, indicators=known, on=on)
    for note in read.notes:
        say(visible(f"note: {note}"), err=True)
    tables = [_each(path, known) for path in estimates]
    return psa.score(read, *(table for several in tables for table in several))


def _each(path: Path, known: Any) -> list[Any]:
    """Return the estimates of a file, or those of every wave of an outturn's folder."""
    import psaindicators as psa

    return list(psa.read_outturn(path).estimates.values()) if isdir(path) else [psa.read_estimates(path, known)]


of_targets = click.argument("targets", type=click.Path(path_type=Path))
of_estimates = click.argument("estimates", type=click.Path(path_type=Path), nargs=-1)
on_day = click.option("--on", help="The day whose revisions are in force, such as 2010-03-31; none means all.")


@click.command(epilog="Example: psaindicators score targets.csv estimates.json")
@of_targets
@of_estimates
@of_set
@on_day
@as_format
def score(targets: Path, estimates: tuple[Path, ...], sets: str | None, on: str | None, form: str) -> None:
    """Score a TARGETS file (CSV: area, indicator, baseline, target, year) against saved ESTIMATES.

    These are JSON, CSV or folders of outturns, of as many surveys and waves as the targets need; none where the file
    holds every outturn.
    """
    print_table(scored(targets, estimates, sets, on), form)


@click.command(epilog="Example: psaindicators reward targets.csv estimates.json --net-budget-requirement 132993000")
@of_targets
@of_estimates
@of_set
@on_day
@click.option("--rule", default="local_psa", show_default=True, help="A shipped rule, or the path of a rule TOML.")
@click.option("--pot", type=float, help="What the whole agreement could earn.")
@click.option("--net-budget-requirement", type=float, help="Or what the rule takes its share of.")
@click.option("--targets", "agreed", type=int, help="How many targets the agreement has, if the file lacks some.")
@click.option("--share", "shares", type=(str, float), multiple=True, metavar="NAME SHARE", help="A partner's share.")
@as_format
def reward(targets: Path, estimates: tuple[Path, ...], sets: str | None, form: str, **options: Any) -> None:
    """Work out what the final targets of a TARGETS file earn on saved ESTIMATES, and how partners share it."""
    import psaindicators as psa

    scores = scored(targets, estimates, sets, options.pop("on"))
    agreed, shares = options.pop("agreed"), dict(options.pop("shares"))
    found = psa.reward(scores, options.pop("rule"), targets=agreed, shares=shares, **options)
    print_table(found, form)
    if form != "text" and len(found.shared):
        say(str(found.shared), err=True)


@click.command(epilog="Example: psaindicators index --part volunteering 27 1 --part staff 419000 23000")
@of_set
@click.option(
    "--part",
    "parts",
    type=(str, float, float),
    multiple=True,
    required=True,
    metavar="NAME VALUE MARGIN",
    help="A part's figure and its 95% margin; once for each part.",
)
@as_format
def index(sets: str | None, parts: tuple[tuple[str, float, float], ...], form: str) -> None:
    """Read a calibrated index, such as the third sector's, from the figures of its parts; in points.

    It is the index that declares these parts. The formula is reconstructed (see the documentation).
    """
    import psaindicators as psa
    from psaindicators.definitions.shipped import all_shipped
    from psaindicators.judgements.index import declaring, published_figure

    figures = {name: published_figure(value, margin) for name, value, margin in parts}
    known = psa.indicators(sets) if sets else all_shipped()
    found = psa.judgements.calibrated_index(declaring(figures, known.values()), figures)
    print_table(found, form)


@click.command(epilog="Example: psaindicators plan --value 28 --movement 4 --response-rate 36")
@click.option("--value", type=float, required=True, help="The percentage now, 0-100.")
@click.option("--movement", type=float, help="The change to detect, in percentage points (negative for a fall).")
@click.option("--base", type=int, help="Respondents in each wave; asks what they could detect.")
@click.option("--power", type=float, default=80, show_default=True, help="Chance of detecting it, in percent.")
@at_level
@click.option("--deft", type=float, help="The design factor; none: as if a simple random sample.")
@click.option("--population", type=float, help="The people of each area: a sample of many of them shows more.")
@click.option("--earlier-base", type=int, help="Respondents of a first wave already taken.")
@click.option("--earlier-se", type=float, help="Or its standard error, in percentage points.")
@click.option("--areas", type=int, default=1, show_default=True, help="How many areas, such as wards, are to show it.")
@click.option("--response-rate", type=float, help="Percent of questionnaires that come back.")
@as_format
def plan(form: str, **options: Any) -> None:
    """Plan two waves: the base needed to detect a movement, or the movement that a base could detect."""
    import psaindicators as psa

    planned = psa.plan(**options)
    if form == "text":
        say(str(planned))
    else:
        print_table(planned.to_table(), form)


@click.command(epilog="Example: psaindicators weight raw.csv populations.csv --out weighted.csv --weight start")
@click.argument("data", type=click.Path(path_type=Path))
@click.argument("populations", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The .csv, .xlsx, .parquet or .sav to write."
)
@click.option("--name", help="The weight's variable in it; none: the wave's, or weight.")
@click.option("--survey", help="Whose answers and areas the totals are by (an id or a TOML); none: the file's codes.")
@click.option("--wave", "year", type=int, help="The year in which fieldwork started, with --survey.")
@click.option("--weight", help="A variable of initial weights; none: the wave's, or everyone counts the same.")
@click.option("--household-size", help="A variable of adults in the household, for one adult an address.")
@click.option("--method", type=click.Choice(("raking", "linear", "logit")), default="raking", show_default=True)
@click.option("--bounds", type=(float, float), help="Least and greatest factor that a weight may change by.")
@click.option("--trim", type=(float, float), help="Least and greatest weight, in times the mean: 0.3 3.")
@click.option("--blanks", type=click.Choice(("refuse", "own_category")), default="refuse", show_default=True)
def weight(data: Path, populations: Path, out: Path, **options: Any) -> None:
    """Weight DATA to POPULATIONS, a CSV, workbook or TOML of population totals, and say how it went."""
    import psaindicators as psa
    from psaindicators.outturns.weighting_files import write_weighted
    from psaindicators.outturns.weighting_jobs import WeightingJob

    survey, year, name = (options.pop(one) for one in ("survey", "year", "name"))
    if (survey is None) != (year is None):
        raise psa.OptionError("--survey and --wave are given together: the survey, and the year of its wave")
    wave = psa.wave(survey, year) if survey else None
    say(repr(write_weighted(data, out, WeightingJob(populations, **options), name=name, wave=wave)))
    say(f"\nwritten to {visible(str(out))}" + ("; then" if wave else ""))
    if wave:
        say(shell_command("check", out, "--survey", survey, "--wave", year))


COMMANDS = (compare, score, reward, index, plan, weight)
