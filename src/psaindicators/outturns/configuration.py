"""The configuration of the batch job: surveys, then what is judged of them, then the folder to write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psaindicators.definitions.waves import LONELY_PSU
from psaindicators.figures.asked import DF, DFS, INTERVAL, LEVEL, level_problems
from psaindicators.files.strict_toml import NUMBER, Section, read_toml
from psaindicators.kernel.intervals import METHODS


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

    @property
    def name(self) -> str:
        """The survey's id and wave, as comparisons and targets name it."""
        return f"{Path(self.survey).stem} {self.wave}"


@dataclass(frozen=True)
class ComparisonJob:
    """Two surveys of the batch job, by id and wave ("place 2008"), and how their changes are judged.

    Waves that share PSUs are compared from the surveys themselves, with their covariance.
    """

    earlier: str
    later: str
    minimum: str | float
    across_break: bool
    adjust_for_many: bool
    shared_psus: bool


@dataclass(frozen=True)
class PartJob:
    """One part of an index: an indicator's estimate for everyone, or a weighted total, from one survey's file."""

    data: Path
    survey: str
    wave: int
    indicator: str | None
    total: str | None
    where: Mapping[str, Any] | None
    per: float


@dataclass(frozen=True)
class IndexJob:
    """An index: the indicator that declares it, and where the figure of each part comes from."""

    indicator: str
    parts: Mapping[str, PartJob]


@dataclass(frozen=True)
class TargetsJob:
    """A targets file to be scored against a survey of the batch job, and how reward is worked out, if at all."""

    file: Path
    outturns: str
    reward_rule: str | None
    pot: float | None
    net_budget_requirement: float | None
    agreed_targets: int | None


@dataclass(frozen=True)
class Configuration:
    """The batch job as its TOML file states it; `adopting` is a CSV of the authorities that adopted an indicator."""

    path: Path
    title: str
    output: Path
    level: float
    interval: str
    df: str
    lonely_psu: str | None
    surveys: tuple[SurveyJob, ...]
    comparisons: tuple[ComparisonJob, ...] = ()
    index: IndexJob | None = None
    targets: TargetsJob | None = None
    assessment: bool = False
    adopting: Path | None = None


def read_configuration(path: Path) -> Configuration:
    """Return the batch job of a TOML file. Raises MissingFileError and DefinitionError with every problem at once."""
    return read_toml(path, lambda file: _configuration(file, path))


def _configuration(file: Section, path: Path) -> Configuration:
    folder = path.parent
    surveys = tuple(_survey_job(one, folder) for one in file.sections("surveys"))
    names = {job.name for job in surveys}
    assessment = file.section("assessment")
    configuration = Configuration(
        path=path,
        title=file.take("title", str) or "",
        output=folder / (file.take("output", str) or ""),
        level=float(file.take("level", NUMBER, default=LEVEL)),
        interval=file.choice("interval", METHODS, default=INTERVAL),
        df=file.choice("df", DFS, default=DF),
        lonely_psu=file.choice("lonely_psu", LONELY_PSU, default=None),
        surveys=surveys,
        comparisons=tuple(_comparison(one, names) for one in file.optional_sections("comparisons")),
        index=file.made("index", lambda one: _index(one.section("index"), folder)),
        targets=file.made("targets", lambda one: _targets(one.section("targets"), folder, names)),
        assessment="assessment" in file.table,
        adopting=_file(assessment, "adopting", folder, needed=False),
    )
    for problem in level_problems(configuration.level):
        file.problems.add("", problem)
    assessment.finish("an assessment")
    file.finish("an outturn")
    return configuration


def _survey_job(section: Section, folder: Path) -> SurveyJob:
    job = SurveyJob(
        data=_file(section, "data", folder) or folder,
        survey=_beside(section.take("survey", str) or "", folder),
        wave=section.take("wave", int) or 0,
        indicators=tuple(_beside(name, folder) for name in section.texts("indicators")),
        only=section.texts("only"),
        by=section.texts("by") or ("all",),
        published=_file(section, "published", folder, needed=False),
        populations=_file(section, "populations", folder, needed=False),
    )
    section.finish("a survey of an outturn")
    return job


def _comparison(section: Section, names: set[str]) -> ComparisonJob:
    job = ComparisonJob(
        earlier=_survey_name(section, "earlier", names),
        later=_survey_name(section, "later", names),
        minimum=section.take("minimum", (str, int, float), default="published"),
        across_break=section.take("across_break", bool, default=False),
        adjust_for_many=section.take("adjust_for_many", bool, default=False),
        shared_psus=section.take("shared_psus", bool, default=False),
    )
    section.finish("a comparison")
    return job


def _index(section: Section, folder: Path) -> IndexJob:
    parts = section.section("parts", required=True)
    job = IndexJob(
        section.take("indicator", str) or "", {name: _part(parts.section(name), folder) for name in parts.table}
    )
    section.finish("an index")
    return job


def _part(section: Section, folder: Path) -> PartJob:
    job = PartJob(
        data=_file(section, "data", folder) or folder,
        survey=_beside(section.take("survey", str) or "", folder),
        wave=section.take("wave", int) or 0,
        indicator=section.take("indicator", str, default=None),
        total=section.take("total", str, default=None),
        where=section.take("where", dict, default=None),
        per=float(section.take("per", NUMBER, default=1)),
    )
    if (job.indicator is None) == (job.total is None):
        section.problems.add(section.where, "needs either an indicator or the question whose total is the part")
    section.finish("a part of an index")
    return job


def _targets(section: Section, folder: Path, names: set[str]) -> TargetsJob:
    reward = section.section("reward")
    job = TargetsJob(
        file=_file(section, "file", folder) or folder,
        outturns=_survey_name(section, "outturns", names),
        reward_rule=_beside(reward.take("rule", str, default="local_psa"), folder) if reward.table else None,
        pot=reward.take("pot", NUMBER, default=None),
        net_budget_requirement=reward.take("net_budget_requirement", NUMBER, default=None),
        agreed_targets=reward.take("targets", int, default=None),
    )
    reward.finish("a reward")
    section.finish("targets")
    return job


def _survey_name(section: Section, key: str, names: set[str]) -> str:
    name: str = section.take(key, str) or ""
    if name and name not in names:
        section.add(key, f"'{name}' is no survey of this outturn; they are {', '.join(sorted(names))}")
    return name


def _file(section: Section, key: str, folder: Path, *, needed: bool = True) -> Path | None:
    name: str | None = section.take(key, str) if needed else section.take(key, str, default=None)
    if not name:
        return None
    if not (folder / name).exists():
        section.add(key, f"there is no file {name} beside the configuration")
    return folder / name


def _beside(name: str, folder: Path) -> str:
    return str(folder / name) if name.endswith(".toml") else name
