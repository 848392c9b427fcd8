"""The batch job: everything that one configuration asks for, computed first and written last."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.shipped import indicators, wave
from psaindicators.errors import DefinitionError
from psaindicators.figures.estimates import COLUMNS, Estimates, estimate
from psaindicators.files.microdata import read_microdata
from psaindicators.files.strict_toml import parse
from psaindicators.outturns.agreement import with_published
from psaindicators.outturns.asked import job_indicators
from psaindicators.outturns.configuration import Configuration, SurveyJob, read_configuration
from psaindicators.outturns.judging import Judgements, judge
from psaindicators.outturns.reports import indicator_report, summary
from psaindicators.outturns.writing import MANIFEST, sha256, to_csv, write_folder
from psaindicators.survey.survey import read_survey
from psaindicators.tables import Table

PUBLISHED = "published"
Watch = Callable[[Sequence[SurveyJob]], Iterator[SurveyJob]]
LIBRARIES = ("psaindicators", "numpy", "scipy", "narwhals", "duckdb", "pyreadstat")


@dataclass(frozen=True, eq=False)
class Outturn:
    """What one batch job found: the estimates of each survey, what was judged of them, and what to know.

    `files` says what the folder got, a line each: a CSV and its JSON together, and the tables of indicators.
    """

    configuration: Configuration
    estimates: tuple[Estimates, ...]
    judgements: Judgements
    warnings: tuple[str, ...]
    files: tuple[str, ...] = ()

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        return {name: one for table in self.estimates for name, one in table.indicators.items()}

    @property
    def text(self) -> str:
        """The outturn at a glance, as it is printed."""
        return summary(self.configuration.title, self.estimates, self.judgements)


def outturn(config: str | Path, *, out: str | Path | None = None) -> Outturn:
    """Run the batch job of a configuration file, write its folder, and return what it found.

    The folder (the configuration's `output`, or `out`) gets estimates.csv and estimates.json (every estimate, full
    precision), tables/INDICATOR.txt, a CSV and a JSON of what was judged (movements, index, scores, rewards,
    assessment), outturn.txt and manifest.json (SHA-256 of inputs, versions, configuration, warnings). The same input
    gives the same bytes. Nothing is written before everything is computed; a failed run leaves the last outturn
    untouched. Raises every kind of PsaError.
    """
    return carried_out(config, out)


def carried_out(config: str | Path, out: str | Path | None, watch: Watch = iter) -> Outturn:
    """Run the batch job as `outturn` does, with `watch` to look on as one survey follows another."""
    configuration = read_configuration(Path(config))
    if out is not None:
        configuration = replace(configuration, output=Path(out))
    found = compute(configuration, watch)
    files = files_of(found)
    write_folder(configuration.output, files)
    return replace(found, files=tuple(dict.fromkeys(map(_together, files))))


def compute(configuration: Configuration, watch: Watch = iter) -> Outturn:
    """Return what the batch job finds, without writing anything."""
    estimates = tuple(_estimates(job, configuration) for job in watch(configuration.surveys))
    warnings = tuple(line for one in estimates for line in _warnings(one))
    return Outturn(configuration, estimates, judge(configuration, estimates), warnings)


def _estimates(job: SurveyJob, configuration: Configuration) -> Estimates:
    survey = read_survey(read_microdata(job.data, threads=1), wave(job.survey, job.wave))
    found = estimate(
        survey,
        job_indicators(job.indicators, job.only, survey.wave),
        by=job.by,
        level=configuration.level,
        interval=configuration.interval,
        df=configuration.df,
        lonely_psu=configuration.lonely_psu,
        populations=read_populations(job.populations) if job.populations else None,
    )
    return with_published(found, job.published) if job.published else found


def read_populations(path: Path) -> dict[str, float]:
    """Return populations by area from a CSV with the columns area and population."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return {row["area"]: float(row["population"]) for row in csv.DictReader(file)}
    except (KeyError, ValueError) as error:
        raise DefinitionError(f"{path.name} must have the columns area and population, a number: {error}") from None


def _warnings(one: Estimates) -> list[str]:
    where = f"{one.columns['survey'][0]} {one.columns['wave'][0]}"
    unsure = [name for name, indicator in one.indicators.items() if indicator.status != "confirmed"]
    lines = [f"{where}: the definition of {', '.join(unsure)} is not confirmed"] if unsure else []
    lines += [f"{where}: {note}" for note in one.notes]
    for marker, what in (("[u]", "have no standard error"), ("[x]", "have no respondent")):
        count = int(np.sum(one.columns["marker"] == marker))
        lines += [f"{where}: {count:,} of {len(one):,} rows {what} {marker}"] if count else []
    return lines


def files_of(found: Outturn) -> dict[str, str]:
    """Return the files of an outturn by name: estimates, a table for each indicator, judgements, the manifest."""
    everything = stacked(found.estimates)
    files = {"estimates.csv": to_csv(everything), "estimates.json": everything.to_json() + "\n"}
    for name, indicator in found.indicators.items():
        measured = [one.where(indicator=name) for one in found.estimates if name in one.indicators]
        files[f"tables/{name}.txt"] = indicator_report(indicator, measured)
    for name, table in found.judgements.tables():
        files |= {f"{name}.csv": to_csv(table), f"{name}.json": table.to_json() + "\n"}
    files["outturn.txt"] = found.text + "\n"
    return files | {MANIFEST: _manifest(found)}


def stacked(tables: tuple[Estimates, ...]) -> Table:
    """Return the estimates of all surveys as one table, with every column that any of them has."""
    names = dict.fromkeys([*COLUMNS, *(name for one in tables for name in one.columns)])
    return Table({name: np.concatenate([_or_missing(one, name) for one in tables]) for name in names})


def _or_missing(one: Estimates, name: str) -> Any:
    if name in one.columns:
        return one.columns[name]
    return np.full(len(one), np.nan) if name == PUBLISHED else np.full(len(one), "", dtype=object)


def _together(name: str) -> str:
    if name.startswith("tables/"):
        return "tables/ (one for each indicator)"
    stem, _, ending = name.rpartition(".")
    return f"{stem}.csv, .json" if ending in {"csv", "json"} and name != MANIFEST else name


def _manifest(found: Outturn) -> str:
    configuration = found.configuration
    folder = configuration.path.parent
    inputs = [path for job in configuration.surveys for path in _inputs(job)] + _judged_inputs(configuration)
    return (
        json.dumps(
            {
                "title": configuration.title,
                "configuration": parse(configuration.path),
                "inputs": [{"file": _relative(path, folder), "sha256": sha256(path)} for path in dict.fromkeys(inputs)],
                "versions": {name: version(name) for name in LIBRARIES},
                "warnings": list(found.warnings),
            },
            indent=2,
            ensure_ascii=False,
            default=str,
        )
        + "\n"
    )


def _inputs(job: SurveyJob) -> list[Path]:
    definitions = [wave(job.survey, job.wave).path, *(indicators(name).path for name in job.indicators)]
    return [path for path in (job.data, *definitions, job.published, job.populations) if path is not None]


def _judged_inputs(configuration: Configuration) -> list[Path]:
    parts = configuration.index.parts.values() if configuration.index else ()
    files = [configuration.targets.file if configuration.targets else None, configuration.adopting]
    return [*(part.data for part in parts), *(path for path in files if path is not None)]


def _relative(path: Path, folder: Path) -> str:
    """Return a path as the configuration would write it; a shipped file by its name alone."""
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.name
