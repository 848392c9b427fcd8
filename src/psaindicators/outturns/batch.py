"""The batch job: everything that one configuration asks for, computed first and written last."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path
from platform import python_version
from typing import Any

import numpy as np

from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.written import written_set
from psaindicators.figures.asked import asked, asked_indicators
from psaindicators.figures.disclosure import estimated_tables
from psaindicators.figures.estimates import Estimates
from psaindicators.outturns.background import Known
from psaindicators.outturns.configuration import Configuration, read_configuration
from psaindicators.outturns.documents import documented, indicators_of
from psaindicators.outturns.inputs import Inputs, SurveyInput, open_inputs
from psaindicators.outturns.judging import Judgements, judge
from psaindicators.outturns.published import with_published
from psaindicators.outturns.quality import Made, quality
from psaindicators.outturns.releasing import Release, released
from psaindicators.outturns.saved import DEFINITIONS
from psaindicators.outturns.waves import waves_table
from psaindicators.publishing.document import Document
from psaindicators.publishing.folder import make_ready, write_folder
from psaindicators.publishing.formats import opened_first, written
from psaindicators.publishing.manifest import MANIFEST
from psaindicators.publishing.writers.as_text import page_text
from psaindicators.survey.linked import LinkedCells
from psaindicators.survey.survey import read_columns

Watch = Callable[[Sequence[str]], Iterator[str]]
"""Yields the surveys' names as they are, and looks on."""
PACKAGE = "psaindicators"
ALONE = {MANIFEST, DEFINITIONS}
"""JSON that no CSV goes with."""
FOLDERS = {"tables/": "one for each indicator", "charts/": "each as .svg and .png"}


@dataclass(frozen=True, eq=False)
class Outturn:
    """What one batch job found: the estimates of each survey, what was judged of them, and what to know.

    `document` is what is published of them, under the disclosure policy that `release` names: the estimates and what
    was judged are as they may be published. `known` are the indicators that its judgements speak of, by id; `sha256`
    is that of every file that was read. `files` says what the folder got, a line each: a CSV and its JSON together, and
    the tables of indicators; `first` is the one to open first.
    """

    configuration: Configuration
    estimates: tuple[Estimates, ...]
    judgements: Judgements
    document: Document
    release: Release
    warnings: tuple[str, ...]
    known: Mapping[str, Indicator]
    sha256: Mapping[Path, str]
    files: tuple[str, ...] = ()
    first: str = ""

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        return indicators_of(self.estimates)

    @property
    def text(self) -> str:
        """The outturn at a glance, as it is printed."""
        return page_text(self.document.pages[0])


@typed
def outturn(config: str | Path, *, out: str | Path | None = None) -> Outturn:
    """Run the batch job of a configuration file, write its folder, and return what it found.

    The folder (the configuration's `output`, or `out`) gets, in the `formats` of the configuration, estimates.csv and
    estimates.json (every estimate, full precision), a CSV and a JSON of what was judged (movements, index, scores,
    rewards, assessment), outturn.txt and tables/INDICATOR.txt, the page outturn.html, the workbooks outturn.xlsx and
    outturn.ods, and charts; and manifest.json (SHA-256 of inputs and of the files written, versions, configuration,
    warnings). The same input gives the same bytes. Nothing is written before everything is computed; a failed run
    leaves the last outturn untouched. Raises every kind of PsaError.
    """
    return carried_out(config, out)


def carried_out(config: str | Path, out: str | Path | None, watch: Watch = iter) -> Outturn:
    """Run the batch job as `outturn` does, with `watch` to look on as one survey follows another."""
    configuration = read_configuration(Path(config))
    if out is not None:
        configuration = replace(configuration, output=Path(out))
    make_ready(configuration.output)
    found = compute(open_inputs(configuration), watch)
    files = files_of(found)
    write_folder(configuration.output, files, about(found), inputs=[configuration.path, *found.sha256])
    lines = dict.fromkeys(map(_together, [*files, MANIFEST]))
    return replace(found, files=tuple(lines), first=opened_first([*files, MANIFEST]))


def checked(config: str | Path, watch: Watch = iter) -> Outturn:
    """Return what the batch job of a configuration file would find and withhold: all is read, and nothing written.

    Raises every kind of PsaError that the job itself would before it writes.
    """
    return compute(open_inputs(read_configuration(Path(config))), watch)


def compute(inputs: Inputs, watch: Watch = iter) -> Outturn:
    """Return what the batch job finds of its opened inputs, without writing anything.

    Raises SurveyError where a file is no longer what it was before it was opened.
    """
    found = {name: _tables(inputs.surveys[name], inputs.configuration) for name in watch(tuple(inputs.surveys))}
    estimates = {name: one for name, (one, _) in found.items()}
    judgements = judge(inputs, {**inputs.previous, **estimates})
    inputs.check_unchanged()
    release = released(inputs.policy, found, judgements)
    shown = release.estimates, release.judgements
    warnings = [line for one in release.estimates for line in _warnings(one)]
    warnings += [f"{one.name}: {note}" for one in release.judgements.tables() for note in one.table.notes]
    sources = {_relative(path, inputs.configuration.path.parent): digest for path, digest in inputs.sha256.items()}
    waves = waves_table(one.wave for one in (*inputs.previous.values(), *estimates.values()) if one.wave)
    known = Known(waves, warnings, sources, versions(), quality(*shown, _made(inputs, release)))
    document = documented(inputs.configuration.title, *shown, known)
    return Outturn(inputs.configuration, *shown, document, release, tuple(warnings), inputs.known, inputs.sha256)


def _made(inputs: Inputs, release: Release) -> Made:
    rows = {name: read_columns(one.survey, []).rows for name, one in inputs.surveys.items()}
    policy = release.policy.words if release.policy else "none: every cell is published"
    return Made(rows, policy, len(inputs.sha256), inputs.configuration.formats)


def files_of(found: Outturn) -> dict[str, bytes]:
    """Return the files of an outturn by name, in the formats that its configuration asks for; in JSON its definitions.

    JSON is what `read_outturn` reads.
    """
    formats = found.configuration.formats
    definitions = written_set(found.configuration.title, {**found.known, **found.indicators}.values())
    text = json.dumps(definitions, indent=1).replace("\x7f", r"\u007f") + "\n"
    return written(found.document, formats) | ({DEFINITIONS: text.encode()} if "json" in formats else {})


def _tables(one: SurveyInput, configuration: Configuration) -> tuple[Estimates, LinkedCells]:
    """Return the estimates of a survey, with every cell that they show or give away."""
    of = asked(
        one.survey,
        where=one.job.where,
        by=one.job.by,
        level=configuration.level,
        interval=configuration.interval,
        df=configuration.df,
        lonely_psu=configuration.lonely_psu,
        populations=one.populations,
    )
    found, linked = estimated_tables(of, asked_indicators(one.survey.wave, one.indicators))
    return with_published(found, one.published) if one.published else found, linked


def _warnings(one: Estimates) -> list[str]:
    where = one.wave_name
    unsure = [name for name, indicator in one.indicators.items() if indicator.status != "confirmed"]
    lines = [f"{where}: the definition of {', '.join(unsure)} is not confirmed"] if unsure else []
    lines += [f"{where}: {note}" for note in one.notes]
    for marker, what in (("[c]", "are withheld"), ("[u]", "are unreliable"), ("[x]", "have no respondent")):
        count = int(np.sum(one.columns["marker"] == marker))
        lines += [f"{where}: {count:,} of {len(one):,} rows {what} {marker}"] if count else []
    return lines


def _together(name: str) -> str:
    for folder, holds in FOLDERS.items():
        if name.startswith(folder):
            return f"{folder} ({holds})"
    stem, _, ending = name.rpartition(".")
    return f"{stem}.csv, .json" if ending in {"csv", "json"} and name not in ALONE else name


def about(found: Outturn) -> dict[str, Any]:
    """Return what the manifest says of an outturn beside its files: what went in, by which versions, and warnings."""
    folder = found.configuration.path.parent
    return {
        "title": found.configuration.title,
        "configuration": found.configuration.written,
        "inputs": [{"file": _relative(path, folder), "sha256": digest} for path, digest in found.sha256.items()],
        "versions": versions(),
        "disclosure": found.release.about,
        "warnings": list(found.warnings),
    }


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of Python, of this package and of every library that it cannot do without."""
    needed = [one for one in requires(PACKAGE) or () if "extra ==" not in one]
    names = [PACKAGE, *(re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in sorted(needed))]
    return {"python": python_version()} | {name: version(name) for name in names}


def _relative(path: Path, folder: Path) -> str:
    """Return a path as the configuration would write it; a shipped file by its name alone."""
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.name
