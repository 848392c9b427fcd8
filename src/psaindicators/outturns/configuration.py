"""The configuration of the batch job: surveys, then what is judged of them, then the folder to write."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from psaindicators.definitions.policies import DEFAULT as POLICY
from psaindicators.errors import word_problems
from psaindicators.figures.asked import DF, DFS, INTERVAL, LEVEL, WrittenRule, level_problems
from psaindicators.files.strict_toml import NUMBER, TomlTable, is_a, read_toml, shown
from psaindicators.kernel.intervals import METHODS
from psaindicators.kernel.lonely import LONELY
from psaindicators.outturns.weighting_jobs import METHODS as WEIGHTING_METHODS, WeightingJob
from psaindicators.publishing.formats import DEFAULT, FORMATS
from psaindicators.weighting.matching import BLANKS

AnyName = TypeVar("AnyName", str, str | None)


@dataclass(frozen=True)
class DataFile:
    """A data file and the wave it is read as; paths are already taken from the configuration's folder.

    `survey` is a shipped id or the path of a TOML file. `rows` and `sha256` hold a run to the file that was meant:
    they are what it must be, where the configuration says so. `weighting` says how weights are made in place of the
    wave's. Two sources are equal where they read the same.
    """

    data: Path
    survey: str
    wave: int
    weighting: WeightingJob | None = None
    rows: int | None = field(default=None, compare=False)
    sha256: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SurveyJob:
    """One survey of the batch job.

    `indicators` are shipped ids or paths of TOML files; none means all shipped ones that the wave measures.
    `published` is a CSV of printed figures (indicator, by, area, value) to stand beside ours. `where` is a rule that
    those in a base meet besides the definition's own.
    """

    source: DataFile
    indicators: tuple[str, ...]
    only: tuple[str, ...]
    by: tuple[str, ...]
    published: Path | None
    populations: Path | None
    where: WrittenRule | None = None


@dataclass(frozen=True)
class ComparisonJob:
    """Two surveys of the batch job, by declared id and year ("place 2008"), and how their changes are judged.

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

    source: DataFile
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
    """A targets file to be scored against surveys of the batch job, and how reward is worked out, if at all.

    `on` is the day whose revisions are in force, None for all; `shares` are those of the reward's partners.
    """

    file: Path
    outturns: tuple[str, ...]
    on: str | None
    reward_rule: str | None
    pot: float | None
    net_budget_requirement: float | None
    agreed_targets: int | None
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Configuration:
    """The batch job as its TOML file states it: `written` is what stood there, read once.

    `adopting` is a CSV of the authorities that adopted an indicator; `formats` are those that files are written in;
    `disclosure` is the policy that it is published under, a shipped name, the path of a TOML or "none"; `reliability`
    is a rule in place of the waves' own, likewise, None for theirs. `previous` are folders of earlier outturns, whose
    waves may be compared with, and be baselines and outturns of targets, as the surveys may.
    """

    path: Path
    written: Mapping[str, Any]
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
    previous: tuple[Path, ...] = ()
    formats: tuple[str, ...] = DEFAULT
    disclosure: str = POLICY
    reliability: str | None = None

    @property
    def parts(self) -> Mapping[str, PartJob]:
        """The parts of the index, by name; none where there is no index."""
        return self.index.parts if self.index else {}

    @property
    def sources(self) -> Mapping[str, DataFile]:
        """Every data file that is read, by where the configuration names it."""
        surveys = {f"surveys[{i}]": job.source for i, job in enumerate(self.surveys)}
        return surveys | {f"index.parts.{name}": part.source for name, part in self.parts.items()}


def read_configuration(path: Path) -> Configuration:
    """Return the batch job of a TOML file. Raises DefinitionError with every problem at once.

    Raises MissingFileError where the only problems are files that are not there, the configuration's own among them.
    """
    return read_toml(path, lambda file: _configuration(file, path))


def _configuration(file: TomlTable, path: Path) -> Configuration:
    folder = path.parent
    assessment = file.section("assessment")
    configuration = Configuration(
        path=path,
        written=file.table,
        title=file.take("title", str) or "",
        output=folder / (file.take("output", str) or ""),
        level=float(file.take("level", NUMBER, default=LEVEL)),
        interval=file.choice("interval", METHODS, default=INTERVAL),
        df=file.choice("df", DFS, default=DF),
        lonely_psu=file.choice("lonely_psu", LONELY, default=None),
        surveys=tuple(_survey_job(one, folder) for one in file.sections("surveys")),
        comparisons=tuple(map(_comparison, file.optional_sections("comparisons"))),
        index=file.made("index", lambda one: _index(one.section("index"), folder)),
        targets=file.made("targets", lambda one: _targets(one.section("targets"), folder)),
        assessment="assessment" in file.table,
        adopting=_file(assessment, "adopting", folder, needed=False),
        previous=tuple(_folder(file, name, folder) for name in file.texts("previous")),
        formats=_formats(file),
        disclosure=_beside(file.take("disclosure", str, default=POLICY), folder),
        reliability=_beside(file.take("reliability", str, default=None), folder),
    )
    for problem in level_problems(configuration.level):
        file.problems.add("", problem)
    assessment.finish("an assessment")
    file.finish("an outturn")
    return configuration


def _formats(file: TomlTable) -> tuple[str, ...]:
    asked = file.texts("formats")
    for one in asked:
        for problem in word_problems("format", one, FORMATS):
            file.add("formats", problem)
    return asked or DEFAULT


def _survey_job(section: TomlTable, folder: Path) -> SurveyJob:
    job = SurveyJob(
        source=_source(section, folder),
        indicators=tuple(_beside(name, folder) for name in section.texts("indicators")),
        only=section.texts("only"),
        by=section.texts("by") or ("all",),
        published=_file(section, "published", folder, needed=False),
        populations=_file(section, "populations", folder, needed=False),
        where=section.take("where", (dict, list), default=None),
    )
    section.finish("a survey of an outturn")
    return job


def _source(section: TomlTable, folder: Path) -> DataFile:
    return DataFile(
        data=_file(section, "data", folder) or folder,
        survey=_beside(section.take("survey", str) or "", folder),
        wave=section.take("wave", int) or 0,
        weighting=section.made("weighting", lambda one: _weighting(one.section("weighting"), folder)),
        rows=section.take("rows", int, default=None),
        sha256=_sha256(section),
    )


def _weighting(section: TomlTable, folder: Path) -> WeightingJob:
    job = WeightingJob(
        populations=_file(section, "populations", folder) or folder,
        weight=section.take("weight", str, default=None),
        household_size=section.take("household_size", str, default=None),
        method=section.choice("method", WEIGHTING_METHODS, default=WEIGHTING_METHODS[0]),
        bounds=_pair(section, "bounds"),
        trim=_pair(section, "trim"),
        blanks=section.choice("blanks", BLANKS, default=BLANKS[0]),
    )
    for problem in job.problems:
        section.problems.add(section.where, problem)
    section.finish("a weighting")
    return job


def _pair(section: TomlTable, key: str) -> tuple[float, float] | None:
    given = section.take(key, list, default=None)
    if given is None:
        return None
    if len(given) != 2 or not all(is_a(one, NUMBER) for one in given):
        section.add(key, f"must be two numbers, the least and the greatest, got {shown(given)}")
        return None
    return float(given[0]), float(given[1])


def _sha256(section: TomlTable) -> str | None:
    given: str | None = section.take("sha256", str, default=None)
    if given is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", given):
        section.add("sha256", f"must be the 64 hexadecimal digits of a file's SHA-256, got {shown(given)}")
    return given.lower() if given else None


def _comparison(section: TomlTable) -> ComparisonJob:
    job = ComparisonJob(
        earlier=section.take("earlier", str) or "",
        later=section.take("later", str) or "",
        minimum=section.take("minimum", (str, int, float), default="published"),
        across_break=section.take("across_break", bool, default=False),
        adjust_for_many=section.take("adjust_for_many", bool, default=False),
        shared_psus=section.take("shared_psus", bool, default=False),
    )
    section.finish("a comparison")
    return job


def _index(section: TomlTable, folder: Path) -> IndexJob:
    parts = section.section("parts", required=True)
    job = IndexJob(
        section.take("indicator", str) or "", {name: _part(parts.section(name), folder) for name in parts.table}
    )
    section.finish("an index")
    return job


def _part(section: TomlTable, folder: Path) -> PartJob:
    job = PartJob(
        source=_source(section, folder),
        indicator=section.take("indicator", str, default=None),
        total=section.take("total", str, default=None),
        where=section.take("where", dict, default=None),
        per=float(section.take("per", NUMBER, default=1)),
    )
    if (job.indicator is None) == (job.total is None):
        section.problems.add(section.where, "needs either an indicator or the question whose total is the part")
    section.finish("a part of an index")
    return job


def _targets(section: TomlTable, folder: Path) -> TargetsJob:
    reward = section.section("reward")
    job = TargetsJob(
        file=_file(section, "file", folder) or folder,
        outturns=section.texts("outturns"),
        on=_day(section, "on"),
        reward_rule=_beside(reward.take("rule", str, default="local_psa"), folder) if reward.table else None,
        pot=reward.take("pot", NUMBER, default=None),
        net_budget_requirement=reward.take("net_budget_requirement", NUMBER, default=None),
        agreed_targets=reward.take("targets", int, default=None),
        shares=reward.numbers("shares"),
    )
    reward.finish("a reward")
    section.finish("targets")
    return job


def _day(section: TomlTable, key: str) -> str | None:
    given = section.take(key, (str, date), default=None)
    try:
        return given if given is None else date.fromisoformat(str(given)).isoformat()
    except ValueError:
        section.add(key, f"must be a day such as 2010-03-31, got {shown(given)}")
        return None


def _file(section: TomlTable, key: str, folder: Path, *, needed: bool = True) -> Path | None:
    name: str | None = section.take(key, str) if needed else section.take(key, str, default=None)
    if not name:
        return None
    if not os.path.exists(folder / name):
        section.problems.add_absent(section.at(key), f"{name} beside the configuration")
    elif os.path.isdir(folder / name):
        section.add(key, f"must be a file, and {name} is a folder")
    return folder / name


def _folder(section: TomlTable, name: str, folder: Path) -> Path:
    if not os.path.isdir(folder / name):
        section.problems.add_absent(section.at("previous"), f"{name} beside the configuration", "folder")
    return folder / name


def _beside(name: AnyName, folder: Path) -> AnyName:
    return str(folder / name) if name and name.endswith(".toml") else name
