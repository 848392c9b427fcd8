"""What the batch job judges of its estimates: movements, the index, scores and reward, the assessment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from psaindicators.definitions.shipped import all_shipped, find_indicator, wave
from psaindicators.figures.amounts import total
from psaindicators.figures.estimates import Estimates, estimate
from psaindicators.files.microdata import read_microdata
from psaindicators.judgements.assessment import Assessment, assess, read_adopting
from psaindicators.judgements.index import Figure, Index, calibrated_index
from psaindicators.judgements.movements import Movements, compare
from psaindicators.judgements.reward import Rewards, reward
from psaindicators.judgements.scores import Scores, score
from psaindicators.judgements.shared_psus import compare_surveys
from psaindicators.judgements.targets import read_targets
from psaindicators.outturns.configuration import ComparisonJob, Configuration, IndexJob, PartJob, TargetsJob
from psaindicators.survey.survey import read_survey
from psaindicators.tables import Table


@dataclass(frozen=True, eq=False)
class Judgements:
    """What was judged; each part is absent where the configuration does not ask for it.

    `movements` are by the two waves compared, such as "place 2008 to place 2010".
    """

    movements: Mapping[str, Movements] = field(default_factory=dict)
    index: Index | None = None
    scores: Scores | None = None
    rewards: Rewards | None = None
    assessment: Assessment | None = None

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield each table with the name of its files."""
        for waves, movements in self.movements.items():
            yield f"movements_{waves}".replace(" ", "_"), movements
            if len(movements.unmatched):
                yield f"unmatched_{waves}".replace(" ", "_"), movements.unmatched
        named = {"index": self.index, "scores": self.scores, "rewards": self.rewards, "assessment": self.assessment}
        yield from ((name, table) for name, table in named.items() if table is not None)


def judge(configuration: Configuration, estimates: Sequence[Estimates]) -> Judgements:
    """Return the judgements that a configuration asks for. Raises every kind of PsaError."""
    by_name = {job.name: one for job, one in zip(configuration.surveys, estimates, strict=True)}
    movements = {
        f"{job.earlier} to {job.later}": _movements(job, configuration, by_name) for job in configuration.comparisons
    }
    index = _index(configuration.index) if configuration.index else None
    scores = _scores(configuration.targets, by_name) if configuration.targets else None
    return Judgements(
        movements=movements,
        index=index,
        scores=scores,
        rewards=_rewards(configuration.targets, scores),
        assessment=_assessment(configuration.adopting, [*movements.values()], index)
        if configuration.assessment
        else None,
    )


def _movements(job: ComparisonJob, configuration: Configuration, by_name: Mapping[str, Estimates]) -> Movements:
    earlier, later = by_name[job.earlier], by_name[job.later]
    if job.shared_psus:
        return _from_surveys(job, configuration, earlier)
    return compare(
        earlier, later, minimum=job.minimum, across_break=job.across_break, adjust_for_many=job.adjust_for_many
    )


def _from_surveys(job: ComparisonJob, configuration: Configuration, earlier: Estimates) -> Movements:
    """Return the movements between waves that share PSUs, for what was estimated of the earlier one."""
    jobs = {one.name: one for one in configuration.surveys}
    one, other = (read_survey(jobs[n].data, wave(jobs[n].survey, jobs[n].wave)) for n in (job.earlier, job.later))
    return compare_surveys(
        one,
        other,
        list(earlier.indicators.values()),
        by=jobs[job.earlier].by,
        level=configuration.level,
        lonely_psu=configuration.lonely_psu,
        minimum=job.minimum,
        across_break=job.across_break,
        adjust_for_many=job.adjust_for_many,
    )


def _index(job: IndexJob) -> Index:
    indicator = find_indicator(job.indicator, all_shipped().values())
    return calibrated_index(indicator, {name: _part(part) for name, part in job.parts.items()})


def _part(job: PartJob) -> Figure:
    """Return one part's figure for everyone: an indicator's percentage, or a weighted total."""
    survey = read_survey(read_microdata(job.data, threads=1), wave(job.survey, job.wave))
    table: Table = (
        estimate(survey, job.indicator) if job.indicator else total(survey, job.total, where=job.where, per=job.per)
    )
    return Figure(float(table.columns["value"][0]), float(table.columns["se"][0]))


def _scores(job: TargetsJob, by_name: Mapping[str, Estimates]) -> Scores:
    return score(read_targets(job.file), by_name[job.outturns])


def _rewards(job: TargetsJob | None, scores: Scores | None) -> Rewards | None:
    if job is None or scores is None or job.reward_rule is None:
        return None
    return reward(
        scores,
        job.reward_rule,
        pot=job.pot,
        net_budget_requirement=job.net_budget_requirement,
        targets=job.agreed_targets,
    )


def _assessment(adopting: Path | None, movements: Sequence[Movements], index: Index | None) -> Assessment:
    return assess(*movements, adopting=read_adopting(adopting) if adopting else None, index=index)
