"""Everything that a configuration names, opened once: surveys, sets, what is set beside them, what they are judged by.

Opening reads and checks; computing and writing come after it, and take everything from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import inf
from pathlib import Path

from psaindicators.definitions.finding import find, shipped_ids
from psaindicators.definitions.indicator_files import Sets, load_indicators
from psaindicators.definitions.indicators import Indicator, IndicatorSet
from psaindicators.definitions.policies import NONE, Policy, read_policy
from psaindicators.definitions.reliability_files import read_reliability, rule_of_every_row
from psaindicators.definitions.shipped import find_indicator, wave_of
from psaindicators.definitions.wave_files import load_waves
from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError, SurveyError
from psaindicators.figures.earlier import Earlier
from psaindicators.figures.estimates import Estimates
from psaindicators.files.csv_lines import raise_problems, read_lines
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.files.written import check_is_a_file
from psaindicators.judgements.adopting import read_adopting
from psaindicators.judgements.reward import RewardRule, read_rule_of_reward, reward_rule_file
from psaindicators.judgements.targets import Targets, read_targets
from psaindicators.outturns.choosing import job_indicators, together
from psaindicators.outturns.configuration import Configuration, DataFile, PartJob, SurveyJob
from psaindicators.outturns.earlier_folders import earlier_releases, estimates_of
from psaindicators.outturns.published import Published, read_published
from psaindicators.outturns.saved import SavedOutturn, read_outturn
from psaindicators.outturns.survey_names import survey_names
from psaindicators.publishing.manifest import MANIFEST, sha256
from psaindicators.survey.survey import Survey, read_columns, read_survey

Populations = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class SurveyInput:
    """A survey of the batch job, opened: what is estimated of it, and what is set beside that."""

    job: SurveyJob
    survey: Survey
    indicators: tuple[Indicator, ...]
    populations: Populations | None
    published: Published | None


@dataclass(frozen=True, eq=False)
class PartInput:
    """A part of the index, opened; `indicator` is None where the part is a total."""

    job: PartJob
    survey: Survey
    indicator: Indicator | None
    populations: Populations | None


@dataclass(frozen=True, eq=False)
class IndexInput:
    """The indicator that declares the index, and its parts by name."""

    indicator: Indicator
    parts: Mapping[str, PartInput]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a batch job is made from; `surveys` are by declared id and year, in the order of the configuration.

    `previous` are the estimates of earlier outturns, by the same names, without those that are made again here;
    `earlier` is what their folders say of one that is, by its name; `folders` are they. `known` are the indicators of
    the sets that the surveys name, of which targets, index and assessment speak.
    `sha256` is that of every file that was read, taken before it was (of one that only a definition names, just after).
    """

    configuration: Configuration
    known: Mapping[str, Indicator]
    surveys: Mapping[str, SurveyInput]
    previous: Mapping[str, Estimates]
    earlier: Mapping[str, tuple[Earlier, ...]]
    folders: tuple[SavedOutturn, ...]
    index: IndexInput | None
    targets: Targets | None
    reward_rule: RewardRule | None
    adopting: Mapping[str, tuple[str, ...]] | None
    policy: Policy | None
    sha256: Mapping[Path, str]

    def check_unchanged(self) -> None:
        """Raise a SurveyError that lists the files that are no longer what they were before they were read."""
        changed = [path.name for path, before in self.sha256.items() if _sha256_or_none(path) != before]
        if changed:
            raise SurveyError(
                f"changed while the outturn was made: {', '.join(changed)}; so it cannot be said which figures come of "
                "what: run it again when nobody writes to them"
            )


@dataclass(frozen=True, eq=False)
class _Definitions:
    """The waves of every survey file and the indicators of every set that the configuration names, each read once.

    `others` are the files that it does not name: sets that definitions of these are from, and rules of the waves, which
    are in them as they are to be used.
    """

    waves: Mapping[Path, Mapping[int, Wave]]
    sets: Mapping[Path, IndicatorSet]
    others: tuple[Path, ...]

    def wave(self, source: DataFile) -> Wave:
        return wave_of(self.waves[find(source.survey, "surveys")], source.survey, source.wave)

    def of(self, job: SurveyJob) -> dict[str, Indicator]:
        return together(self.sets[path] for path in _set_files(job))


def open_inputs(configuration: Configuration) -> Inputs:
    """Return everything that a configuration names, opened and checked: nothing is estimated yet.

    Every data file is read as a wave once, by one thread, so that its sums are made in one order; every set and survey
    TOML once. Raises SurveyError for a file that is not the one its `sha256` or `rows` holds it to, DefinitionError for
    two surveys of one name and for names that no survey has, and what the readers raise.
    """
    digests = {path: _sha256(path) for path in dict.fromkeys(files_read(configuration))}
    _check_sha256(configuration, digests)
    definitions = _definitions(configuration)
    digests |= {path: _sha256(path) for path in definitions.others}
    waves = [definitions.wave(job.source) for job in configuration.surveys]
    folders = tuple(map(read_outturn, configuration.previous))
    previous = estimates_of(folders, configuration.path.name, [wave.name for wave in waves])
    names = survey_names(configuration, list(previous), waves)
    known = together(definitions.sets.values())
    opened = _opened(configuration, definitions)
    _check_rows(configuration, opened)
    surveys = {
        name: _survey_input(job, opened[job.source], definitions.of(job), known)
        for name, job in zip(names, configuration.surveys, strict=True)
    }
    targets, adopting = configuration.targets, configuration.adopting
    return Inputs(
        configuration=configuration,
        known=known,
        surveys=surveys,
        previous=previous,
        earlier={name: earlier_releases(folders, name) for name in names},
        folders=folders,
        index=_index_input(configuration, opened, known, surveys.values()),
        targets=read_targets(targets.file, indicators=known, on=targets.on) if targets else None,
        reward_rule=read_rule_of_reward(targets.reward_rule) if targets and targets.reward_rule else None,
        adopting=read_adopting(adopting, indicators=known) if adopting else None,
        policy=read_policy(configuration.disclosure),
        sha256=digests,
    )


def files_read(configuration: Configuration) -> Iterator[Path]:
    """Yield every file that will be read."""
    for job in configuration.surveys:
        yield from (job.source.data, find(job.source.survey, "surveys"), *_set_files(job))
        yield from (path for path in (job.published, job.populations) if path)
    for part in configuration.parts.values():
        yield from (part.source.data, find(part.source.survey, "surveys"))
    yield from (one.weighting.populations for one in configuration.sources.values() if one.weighting)
    if configuration.targets:
        yield configuration.targets.file
        if configuration.targets.reward_rule:
            yield reward_rule_file(configuration.targets.reward_rule)
    if configuration.adopting:
        yield configuration.adopting
    if configuration.disclosure != NONE:
        yield find(configuration.disclosure, "policies")
    if configuration.reliability is not None and configuration.reliability != NONE:
        yield find(configuration.reliability, "reliability")
    yield from (folder / MANIFEST for folder in configuration.previous)


def _set_files(job: SurveyJob) -> list[Path]:
    return [find(name, "sets") for name in job.indicators or shipped_ids("sets")]


def _definitions(configuration: Configuration) -> _Definitions:
    surveys = dict.fromkeys(find(source.survey, "surveys") for source in configuration.sources.values())
    sets = dict.fromkeys(path for job in configuration.surveys for path in _set_files(job))
    read: Sets = {}
    named = {path: load_indicators(path, read) for path in sets}
    waves = {path: _held_to(load_waves(path), configuration.reliability) for path in surveys}
    read_for_waves = [waves[find(one.survey, "surveys")].get(one.wave) for one in configuration.sources.values()]
    rules = {wave.reliability.path for wave in read_for_waves if wave and wave.reliability} | {rule_of_every_row().path}
    others = read.keys() - {path.resolve() for path in named}
    return _Definitions(waves, named, tuple(sorted(others | rules)))


def _held_to(waves: Mapping[int, Wave], reliability: str | None) -> Mapping[int, Wave]:
    """Return waves with the reliability rule that the configuration names, where it names one."""
    if reliability is None:
        return waves
    rule = None if reliability == NONE else read_reliability(reliability)
    return {year: replace(wave, reliability=rule) for year, wave in waves.items()}


def _opened(configuration: Configuration, definitions: _Definitions) -> dict[DataFile, Survey]:
    """Return one survey for each data file and wave."""
    waves = {source: definitions.wave(source) for source in configuration.sources.values()}
    read = cache(lambda path, layout: read_microdata(path, layout=layout, threads=1))
    return {source: _read(source, read(source.data, wave.layout), wave) for source, wave in waves.items()}


def _read(source: DataFile, microdata: Microdata, wave: Wave) -> Survey:
    weighting = source.weighting.made(microdata, wave) if source.weighting else None
    return read_survey(microdata, wave, weighting=weighting)


def _survey_input(
    job: SurveyJob, survey: Survey, of: Mapping[str, Indicator], known: Mapping[str, Indicator]
) -> SurveyInput:
    return SurveyInput(
        job,
        survey,
        tuple(job_indicators(of, job.only, survey.wave)),
        read_area_populations(job.populations) if job.populations else None,
        read_published(job.published, known, survey.wave) if job.published else None,
    )


def _index_input(
    configuration: Configuration,
    opened: Mapping[DataFile, Survey],
    known: Mapping[str, Indicator],
    surveys: Iterable[SurveyInput],
) -> IndexInput | None:
    if configuration.index is None:
        return None
    populations = {one.job.source: one.populations for one in surveys}
    parts = {
        name: PartInput(
            job,
            opened[job.source],
            find_indicator(job.indicator, known.values()) if job.indicator else None,
            populations.get(job.source),
        )
        for name, job in configuration.parts.items()
    }
    return IndexInput(find_indicator(configuration.index.indicator, known.values()), parts)


def read_area_populations(path: Path) -> dict[str, float]:
    """Return populations by area from a CSV with the columns area and population; others are left alone.

    Raises MissingFileError, and DefinitionError with the line of every fault: an invalid population, an area twice.
    """
    lines, problems = read_lines(path, ("area", "population"), None)
    found: dict[str, float] = {}
    first: dict[str, int] = {}
    for line in lines:
        area = line.text("area", needed=True)
        found.setdefault(area, line.number_in("population", 0, inf, needed=True))
        if area and first.setdefault(area, line.number) != line.number:
            line.add(f"{area} has a population on line {first[area]} already")
    raise_problems(path.name, problems)
    return found


def _check_sha256(configuration: Configuration, digests: Mapping[Path, str]) -> None:
    _raise_not_the_file(
        configuration,
        [
            f"{where}: {source.data.name} has the SHA-256 {digests[source.data]}, and should have {source.sha256}"
            for where, source in configuration.sources.items()
            if source.sha256 not in (None, digests[source.data])
        ],
    )


def _check_rows(configuration: Configuration, opened: Mapping[DataFile, Survey]) -> None:
    stated = {where: source for where, source in configuration.sources.items() if source.rows is not None}
    rows = {source: read_columns(opened[source], []).rows for source in dict.fromkeys(stated.values())}
    _raise_not_the_file(
        configuration,
        [
            f"{where}: {source.data.name} has {rows[source]:,} rows, and should have {source.rows:,}"
            for where, source in stated.items()
            if rows[source] != source.rows
        ],
    )


def _raise_not_the_file(configuration: Configuration, problems: list[str]) -> None:
    if problems:
        raise SurveyError(
            "\n".join([f"{configuration.path.name} means another file:", *(f"  - {p}" for p in problems)])
        )


def _sha256(path: Path) -> str:
    kind = DefinitionError if path.suffix == ".toml" else SurveyError
    check_is_a_file(path, kind)
    try:
        return sha256(path)
    except OSError as error:
        raise kind(f"{path} cannot be read: {error.strerror}") from None


def _sha256_or_none(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None
