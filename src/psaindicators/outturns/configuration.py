"""The configuration of the batch job: which surveys, which indicators, which breakdowns, to which folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from psaindicators.definitions.reading import NUMBER, Section, read_toml
from psaindicators.definitions.waves import LONELY_PSU
from psaindicators.design.intervals import METHODS
from psaindicators.estimates import DF


@dataclass(frozen=True)
class SurveyJob:
    """One survey of the batch job; paths are already taken from the configuration's folder.

    `survey` and `indicators` are shipped ids or paths of TOML files; no indicators means all that the wave measures.
    `published` is a CSV of printed figures (indicator, by, area, value) to stand beside ours.
    """

    data: Path
    survey: str
    wave: int
    indicators: tuple[str, ...]
    only: tuple[str, ...]
    by: tuple[str, ...]
    published: Path | None
    populations: Path | None


@dataclass(frozen=True)
class Configuration:
    """The batch job as its TOML file states it."""

    path: Path
    title: str
    output: Path
    level: float
    interval: str
    df: str
    lonely_psu: str | None
    surveys: tuple[SurveyJob, ...]


def read_configuration(path: Path) -> Configuration:
    """Return the batch job of a TOML file. Raises MissingFileError and DefinitionError with every problem at once."""
    return read_toml(path, lambda file: _configuration(file, path))


def _configuration(file: Section, path: Path) -> Configuration:
    configuration = Configuration(
        path=path,
        title=file.take("title", str) or "",
        output=path.parent / (file.take("output", str) or ""),
        level=float(file.take("level", NUMBER, default=95)),
        interval=file.choice("interval", METHODS, default="wald"),
        df=file.choice("df", DF, default="domain"),
        lonely_psu=file.choice("lonely_psu", LONELY_PSU, default=None),
        surveys=tuple(_survey_job(one, path.parent) for one in file.sections("surveys")),
    )
    if not 0 < configuration.level < 100:
        file.add("level", f"must be a percentage between 0 and 100, such as 95, got {configuration.level:g}")
    file.finish("an outturn")
    return configuration


def _survey_job(section: Section, folder: Path) -> SurveyJob:
    job = SurveyJob(
        data=folder / (section.take("data", str) or ""),
        survey=_beside(section.take("survey", str) or "", folder),
        wave=section.take("wave", int) or 0,
        indicators=tuple(_beside(name, folder) for name in section.texts("indicators")),
        only=section.texts("only"),
        by=section.texts("by") or ("all",),
        published=_optional(section.take("published", str, default=None), folder),
        populations=_optional(section.take("populations", str, default=None), folder),
    )
    for key, path in (("data", job.data), ("published", job.published), ("populations", job.populations)):
        if section.table.get(key) and path is not None and not path.exists():
            section.add(key, f"there is no file {section.table[key]} beside the configuration")
    section.finish("a survey of an outturn")
    return job


def _beside(name: str, folder: Path) -> str:
    return str(folder / name) if name.endswith(".toml") else name


def _optional(name: str | None, folder: Path) -> Path | None:
    return None if name is None else folder / name
