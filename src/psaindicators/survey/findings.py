"""What stands out in a survey's file: what `estimate` will refuse, and what a person should look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.definitions.finding import FOLDER as SHIPPED
from psaindicators.definitions.shipped import all_shipped
from psaindicators.definitions.waves import AUTHORITY, Question
from psaindicators.errors import PsaError, did_you_mean
from psaindicators.headings import Heading
from psaindicators.kernel.codes import Codes, as_text, codes_of, matchable
from psaindicators.kernel.keys import numbered
from psaindicators.kernel.stages import check_stages
from psaindicators.kernel.totals import Measure, psu_totals
from psaindicators.survey.answers import UNKNOWN, ArrayAnswers, code_with_label, entry_of_each
from psaindicators.survey.breakdowns import area_variables, breakdown
from psaindicators.survey.identity import check_identity
from psaindicators.survey.survey import (
    Columns,
    Survey,
    area_codes,
    frame_of,
    is_weighted,
    key_variables,
    read_columns,
    replication_of,
)
from psaindicators.tables import Table
from psaindicators.words import code_shown, counted, listed, shell_command, visible

BLOCKS, LOOK = "blocks", "look"
MANY, TIMES, SMALLEST = 20.0, 2.0, 5.0
"""Non-response stands out from this per cent on, or from so many times the median question's and this per cent."""
CELLS = 30_000_000
"""Cells that are compared at most to find rows that are the same."""
AT_ONCE = 50
"""Variables that are read at once where all are compared: a text file is gone through for each such reading."""


@dataclass(frozen=True, eq=False, repr=False)
class Findings(Table):
    """What stands out in a survey's file, a row each, what blocks first."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("weighs", "blocks: `estimate` refuses the file for it; look: a person should look at it", "word"),
        h.text("subject", "the question, area, design variable or row that it is about"),
        h.text("finding", "what was found", "words"),
    )

    @property
    def blocks(self) -> bool:
        """Whether `estimate` will refuse something of the file."""
        return bool((self.columns["weighs"] == BLOCKS).any())


@dataclass(frozen=True)
class Finding:
    """One row of the findings."""

    weighs: str
    subject: str
    finding: str


def findings(survey: Survey, columns: Columns) -> list[Finding]:
    """Return what stands out, what blocks first; `columns` are the wave's variables that the file has."""
    of_survey = (_unsure, _absent, _identity, _weight_and_design, _replicates)
    of_columns = (_codes, _numbers, _non_response, _areas, _geography, _units, _repeats)
    found = [one for look in of_survey for one in look(survey)] + [*_weightless(survey, columns)]
    found += [one for look in of_columns for one in look(columns)]
    return sorted(found, key=lambda one: one.weighs)


def _unsure(survey: Survey) -> Iterator[Finding]:
    """Yield what `bind` proposed and nobody has looked at yet."""
    for part, doubt in survey.wave.unsure.items():
        yield Finding(BLOCKS, part.removeprefix("question "), f"is unsure ({doubt}): look, then delete its line")


def _absent(survey: Survey) -> Iterator[Finding]:
    wave, present = survey.wave, survey.microdata.variables
    about = sorted(wave.include.questions) if wave.include else []
    universe = {question.variable for question in wave.read_from(about).values()}
    always = {wave.id, *key_variables(wave), *universe, *area_variables(wave, wave.places(about))}
    for name, read_as in wave.variables.items():
        if name not in present and (name != wave.weight or survey.weighting is None):
            near = did_you_mean(name, present)
            said = f"there is no variable '{name}'{near}"
            later = "" if name in always else "; what needs it is refused"
            yield Finding(BLOCKS if name in always else LOOK, read_as.strip("'"), said + later)


def _identity(survey: Survey) -> Iterator[Finding]:
    if survey.wave.id in {None, *survey.microdata.variables}:
        yield from _refused("the id", lambda: check_identity(survey.wave, survey.microdata), survey)


def _weight_and_design(survey: Survey) -> Iterator[Finding]:
    """Yield what the design refuses: weights, strata, PSUs and population counts, as `estimate` does."""
    wave, present = survey.wave, survey.microdata.variables
    design = key_variables(wave)
    if not set(design) <= set(present) or wave.replicates:
        return
    unweighted = wave.weight is None or wave.weight not in present
    alone = replace(wave, weight=None, missing_weight="fail") if unweighted else wave
    seen = replace(survey, wave=alone)

    def refuse() -> None:
        frame = frame_of(read_columns(seen, design))
        everyone = np.ones(len(frame.weight), dtype=bool)
        totals = psu_totals(frame, [Measure(everyone, everyone)], ())
        check_stages(totals.keys, totals.stages, wave.lonely_psu)

    yield from _refused("the design", refuse, survey)


def _replicates(survey: Survey) -> Iterator[Finding]:
    """Yield what is wrong with the weight where there are replicates of it, and with them."""
    declared, weight = survey.wave.replicates, survey.wave.weight
    if declared is not None and weight in {None, *survey.microdata.variables}:
        yield from _refused("the replicates", lambda: replication_of(survey, declared), survey)


def _refused(subject: str, look: Callable[[], object], survey: Survey) -> Iterator[Finding]:
    try:
        look()
    except PsaError as error:
        yield Finding(BLOCKS, subject, str(error).replace(f"{survey.where}: ", ""))


def _codes(columns: Columns) -> Iterator[Finding]:
    """Yield the codes that nothing names, each with its count, its label and the nearest answer."""
    for name, question, codes, entries in _questions(columns):
        unknown = [int(i) for i in np.argsort(-codes.counts, kind="stable") if entries[i] == UNKNOWN]
        if unknown:
            said = listed((_unknown(columns, question, codes, i) for i in unknown), joint="; ")
            yield Finding(BLOCKS, name, f"'{question.variable}' holds codes that nothing names: {said}")


def _unknown(columns: Columns, question: Question, codes: Codes, at: int) -> str:
    value = codes.values[at]
    labels = columns.survey.microdata.labels.get(question.variable, {})
    label = {matchable(code): text for code, text in labels.items()}.get(matchable(value), "")
    spelled = [code for some in question.codes.values() for code in some if isinstance(code, str)]
    near = did_you_mean(label or str(value), [*spelled, *question.names]).removesuffix("?") if label or spelled else ""
    said = code_with_label(value, int(codes.counts[at]), labels)
    return said + near.replace("; did you mean", ", near")


def _numbers(columns: Columns) -> Iterator[Finding]:
    """Yield the labelled codes that a number takes for amounts."""
    for name, question, codes, entries in _questions(columns):
        labels = columns.survey.microdata.labels.get(question.variable, {}) if question.holds_numbers else {}
        label_of = {matchable(code): label for code, label in labels.items()}
        counts = codes.counts
        taken = [
            f"{code_shown(value)} '{visible(label_of[matchable(value)])}' ({counts[i]:,})"
            for i, value in enumerate(codes.values)
            if entries[i] > 0 and matchable(value) in label_of
        ]
        if taken:
            said = f"is read as numbers, and labels some of them: {listed(taken)}; list in missing what is no amount"
            yield Finding(LOOK, name, f"'{question.variable}' {said}")


def _non_response(columns: Columns) -> Iterator[Finding]:
    rates = {
        name: 100 * (1 - float(codes.counts[entries != 0].sum()) / columns.rows)
        for name, _, codes, entries in _questions(columns)
    }
    usual = float(np.median(list(rates.values()))) if rates else 0.0
    for name, rate in rates.items():
        if rate >= MANY or rate >= max(SMALLEST, TIMES * usual):
            said = f"{rate:.1f}% did not answer, where the median question has {usual:.1f}%"
            yield Finding(LOOK, name, said)


def _weightless(survey: Survey, columns: Columns) -> Iterator[Finding]:
    """Yield how many have no weight, where the wave leaves them out."""
    weight = survey.wave.weight or ""
    if survey.wave.missing_weight == "exclude" and weight in columns.raw:
        missing = columns.rows - int(columns.codes(weight).counts.sum())
        if missing:
            yield Finding(LOOK, "the weight", f"'{weight}' is missing in {counted(missing, 'row')}, which are left out")


def _geography(columns: Columns) -> Iterator[Finding]:
    """Yield the authorities that the vintage does not know: no county, region or agreement's area is made of them."""
    wave = columns.survey.wave
    if wave.vintage and wave.area.get(AUTHORITY) in columns.raw:
        nothing, everyone = ArrayAnswers({}, {}, {}), np.ones(columns.rows, dtype=bool)
        yield from _refused(AUTHORITY, lambda: breakdown(AUTHORITY, columns, nothing, everyone), columns.survey)


def _areas(columns: Columns) -> Iterator[Finding]:
    wave = columns.survey.wave
    for kind, variable in wave.area.items():
        if variable in columns.raw:
            blank = columns.rows - int(area_codes(columns, kind).counts.sum())
            if blank == columns.rows:
                yield Finding(LOOK, kind, f"'{variable}' is blank throughout: there is no area to break down by")
            elif blank:
                said = f"'{variable}' is blank for {counted(blank, 'respondent')}, who are in no area's figures"
                yield Finding(LOOK, kind, said)


def _units(columns: Columns) -> Iterator[Finding]:
    """Yield PSUs of one code in two strata, and lonely ones where a policy lets them pass."""
    wave = columns.survey.wave
    if not wave.stratum or not wave.psu or not {wave.stratum, wave.psu[0]} <= columns.raw.keys():
        return
    stratum, unit = columns.codes(wave.stratum), columns.codes(wave.psu[0])
    _, first = numbered([stratum.positions, unit.positions])
    pairs = first[(stratum.positions[first] >= 0) & (unit.positions[first] >= 0)]
    strata_of = np.bincount(unit.positions[pairs], minlength=len(unit.values))
    several = [as_text(unit.values[i]) for i in np.flatnonzero(strata_of > 1)]
    if several:
        said = f"{counted(len(several), 'code')} of '{wave.psu[0]}' in more than one stratum: {listed(several)}; each "
        yield Finding(LOOK, "the psu", f"{said}counts as a PSU in each of them")
    alone = np.bincount(stratum.positions[pairs], minlength=len(stratum.values)) == 1
    if alone.any() and wave.lonely_psu != "fail":
        named = listed(as_text(stratum.values[i]) for i in np.flatnonzero(alone))
        said = f"{counted(int(alone.sum()), 'stratum', 'strata')} with a single PSU: {named}; lonely_psu is "
        yield Finding(LOOK, "the stratum", f"{said}'{wave.lonely_psu}'")


def _repeats(columns: Columns) -> Iterator[Finding]:
    """Yield rows that are the same as an earlier one in every variable, unless most are, as where there are few."""
    data = columns.survey.microdata
    names = list(data.variables)
    if columns.rows * len(names) > CELLS or len(names) < 2:
        return
    ids = np.zeros(columns.rows, dtype=np.intp)
    for begin in range(0, len(names), AT_ONCE):
        some = names[begin : begin + AT_ONCE]
        more = [name for name in some if name not in columns.raw]
        read = {**columns.raw, **(data.columns(more) if more else {})}
        for name in some:
            ids, first = numbered([ids, codes_of(read[name]).positions])
    again = columns.rows - len(first)
    if 0 < again <= len(first):
        at = np.setdiff1d(np.arange(columns.rows), first)
        said = f"{counted(again, 'row')} the same as an earlier one in all {len(names)} variables"
        where = f"the first of them row {at[0] + 1}; a file put together twice would have such"
        yield Finding(LOOK, "rows", f"{said}, {where}")


def _questions(columns: Columns) -> Iterator[tuple[str, Question, Codes, NDArray[np.intp]]]:
    """Yield each question that the file has with its codes and, for each, the position of its answer."""
    survey = columns.survey
    for name, question in survey.wave.read_from(survey.wave.questions).items():
        if question.variable in columns.raw:
            codes = columns.codes(question.variable)
            yield name, question, codes, entry_of_each(codes.values, question, survey.microdata)


def next_step(survey: Survey, found: Findings) -> str:
    """Return what to do next: a sentence and, on the next line, a command that can be pasted as it stands."""
    wave = survey.wave
    if found.blocks:
        return f"put right what blocks, in the file or in the wave, then:\n{_command(survey, 'check')}"
    if wave.weight is not None and not is_there(survey):
        return f"make the weights:\n{_command(survey, 'weight', 'POPULATIONS.csv', '--out', 'WEIGHTED.csv')}"
    if any(map(wave.measures, all_shipped().values())):
        return f"nothing blocks; look at the rest, then:\n{_command(survey, 'estimate')}"
    said = "nothing blocks; look at the rest, write what to estimate as an indicator set (SET.toml), then:"
    return f"{said}\n{_command(survey, 'estimate', '--indicators', 'SET.toml')}"


IN_PYTHON = {
    "check": "psa.check(survey)",
    "weight": "psa.weighting.rake(frame, populations)",
    "estimate": "psa.estimate(survey)",
}


def _command(survey: Survey, verb: str, *more: str) -> str:
    """Return a command on the survey's file and wave; the call in Python where they are in no file."""
    wave, data = survey.wave, survey.microdata.path
    named = wave.survey if wave.path is not None and wave.path.is_relative_to(SHIPPED) else wave.path
    if data is None or named is None:
        return IN_PYTHON[verb]
    return shell_command(verb, data, *more, "--survey", named, "--wave", wave.year)


def is_there(survey: Survey) -> bool:
    """Whether the weights are, in the file or beside it."""
    return is_weighted(survey) and (survey.weighting is not None or survey.wave.weight in survey.microdata.variables)
