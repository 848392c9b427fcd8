"""What the batch job judges of its estimates: movements, the index, scores and reward, the assessment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from psaindicators.definitions.indicators import Indicator
from psaindicators.errors import DefinitionError
from psaindicators.figures.amounts import total
from psaindicators.figures.estimates import Estimates, estimate
from psaindicators.judgements.assessment import Assessment, assess
from psaindicators.judgements.index import Figure, Index, IndexParts, calibrated_index
from psaindicators.judgements.movements import Movements, compare
from psaindicators.judgements.reward import RewardRule, Rewards, reward
from psaindicators.judgements.scores import Scores, score
from psaindicators.judgements.shared_psus import Estimated, compare_estimated
from psaindicators.outturns.configuration import ComparisonJob, TargetsJob
from psaindicators.outturns.inputs import IndexInput, Inputs, PartInput
from psaindicators.tables import Table, columns_of
from psaindicators.words import row_id


@dataclass(frozen=True, eq=False)
class Judged:
    """A table that was judged: the name of its files, what a document calls it and says of it.

    `at_a_glance` is whether it stands on the page of the whole outturn.
    """

    name: str
    table: Table
    heading: str
    says: str
    at_a_glance: bool = False


@dataclass(frozen=True, eq=False)
class Judgements:
    """What was judged; each part is absent where the configuration does not ask for it.

    `movements` are by the two waves compared, such as "place 2008 to place 2010".
    """

    movements: Mapping[str, Movements] = field(default_factory=dict)
    index: Index | None = None
    parts: IndexParts | None = None
    scores: Scores | None = None
    rewards: Rewards | None = None
    assessment: Assessment | None = None

    def tables(self) -> Iterator[Judged]:
        """Yield each table with what it is called, and those that say more of it after it."""
        for waves, movements in self.movements.items():
            yield from _of_movements(waves, movements)
        if self.index is not None:
            yield Judged("index", self.index, "Index (points)", "The reading of the index, in points.", True)
        if self.scores is not None:
            yield Judged("scores", self.scores, "Targets and scores", "Targets against outturns, a row each.", True)
        if self.rewards is not None:
            yield Judged("rewards", self.rewards, "Reward", "What each target earns.", True)
        if self.assessment is not None:
            says = "The agreement's indicators assessed, a row each."
            yield Judged("assessment", self.assessment, "Assessment", says, True)
        if self.rewards is not None and len(self.rewards.shared):
            yield Judged("shared_reward", self.rewards.shared, "Shared reward", "What each partner has of the reward.")
        if self.parts is not None:
            yield Judged("index_parts", self.parts, "Index parts", "The parts that the index is made of.")
        if self.assessment is not None:
            yield from _beneath_assessment(self.assessment)


def _of_movements(waves: str, movements: Movements) -> Iterator[Judged]:
    says = "Changes between two waves, a row for each indicator and area, in percentage points."
    yield Judged(f"movements_{waves}".replace(" ", "_"), movements, f"Movements, {waves}", says)
    if len(regions := movements.by_region()):
        says = "The areas of each region by verdict on their movement."
        yield Judged(f"regions_{waves}".replace(" ", "_"), regions, f"Regions, {waves}", says)
    if len(movements.unmatched):
        says = "Areas of one wave that the other has no counterpart of."
        yield Judged(f"unmatched_{waves}".replace(" ", "_"), movements.unmatched, f"Unmatched, {waves}", says)


def _beneath_assessment(one: Assessment) -> Iterator[Judged]:
    yield Judged("rests_on", one.rests_on, "Rests on", "The movements that each assessment rests on.")
    if len(one.set_aside):
        says = "Movements that are not evidence for the assessment, with the reason."
        yield Judged("set_aside", one.set_aside, "Set aside", says)


def judge(inputs: Inputs, estimates: Mapping[str, Estimates]) -> Judgements:
    """Return the judgements that a configuration asks for, from what was opened and estimated, by the surveys' names.

    Raises every kind of PsaError.
    """
    configuration = inputs.configuration
    movements = {
        f"{job.earlier} to {job.later}": _movements(job, inputs, estimates) for job in configuration.comparisons
    }
    parts = _index_parts(inputs.index, configuration.lonely_psu) if inputs.index else None
    index = _index(inputs.index.indicator, parts) if inputs.index and parts is not None else None
    job = configuration.targets
    scores = _scores(job, inputs, estimates) if job else None
    return Judgements(
        movements=movements,
        index=index,
        parts=parts,
        scores=scores,
        rewards=_rewards(job, inputs.reward_rule, scores) if job else None,
        assessment=assess(*movements.values(), adopting=inputs.adopting, index=index, indicators=inputs.known)
        if configuration.assessment
        else None,
    )


def _movements(job: ComparisonJob, inputs: Inputs, estimates: Mapping[str, Estimates]) -> Movements:
    earlier, later = estimates[job.earlier], estimates[job.later]
    if not job.shared_psus:
        return compare(
            earlier, later, minimum=job.minimum, across_break=job.across_break, adjust_for_many=job.adjust_for_many
        )
    if any(inputs.surveys[name].job.where is not None for name in (job.earlier, job.later)):
        raise DefinitionError(
            f"{inputs.configuration.path.name}: comparisons of {job.earlier} with {job.later}: shared_psus compares "
            "the surveys for everyone, and where leaves respondents out of one of them: give the one or the other"
        )
    return compare_estimated(
        Estimated(inputs.surveys[job.earlier].survey, earlier),
        Estimated(inputs.surveys[job.later].survey, later),
        df=inputs.configuration.df,
        lonely_psu=inputs.configuration.lonely_psu,
        minimum=job.minimum,
        across_break=job.across_break,
        adjust_for_many=job.adjust_for_many,
    )


def _index_parts(index: IndexInput, lonely_psu: str | None) -> IndexParts:
    tables = {name: _part(part, lonely_psu) for name, part in index.parts.items()}
    rows = [_part_row(name, index.parts[name], table[0]) for name, table in tables.items()]
    notes = tuple(note for table in tables.values() for note in table.notes)
    return IndexParts(columns_of(IndexParts.headings, rows), notes=notes)


def _part_row(name: str, part: PartInput, row: Any) -> tuple[object, ...]:
    what = part.indicator.id if part.indicator else f"{name}: total of {part.job.total}"
    made = row_id(what, f"{row.survey} {row.wave}", row.by, row.area)
    return made, name, row.survey, row.wave, row.value, row.se, row.method


def _index(indicator: Indicator, parts: IndexParts) -> Index:
    figures = {row.part: Figure(row.value, row.se) for row in parts}
    made = calibrated_index(indicator, figures)
    rests_on = np.array(["; ".join(parts.columns["id"].tolist())], dtype=object)
    return replace(made, columns={**made.columns, "rests_on": rests_on}, notes=parts.notes)


def _part(part: PartInput, lonely_psu: str | None) -> Table:
    """Return one part for everyone: an indicator's percentage, or a weighted total."""
    job, survey = part.job, part.survey
    if part.indicator:
        return estimate(survey, part.indicator, lonely_psu=lonely_psu, populations=part.populations)
    return total(survey, job.total, where=job.where, per=job.per, lonely_psu=lonely_psu)


def _scores(job: TargetsJob, inputs: Inputs, estimates: Mapping[str, Estimates]) -> Scores | None:
    """Return the targets scored against the surveys that are named, or all of them."""
    if inputs.targets is None:
        return None
    found = score(inputs.targets, *(estimates[name] for name in job.outturns or estimates))
    return replace(found, notes=(*found.notes, *inputs.targets.notes))


def _rewards(job: TargetsJob, rule: RewardRule | None, scores: Scores | None) -> Rewards | None:
    if rule is None or scores is None:
        return None
    return reward(
        scores,
        rule,
        pot=job.pot,
        net_budget_requirement=job.net_budget_requirement,
        targets=job.agreed_targets,
        shares=job.shares,
    )
