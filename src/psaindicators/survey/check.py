"""What a data file holds against what its wave says: a first look before any figure is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.waves import Question
from psaindicators.files.microdata import read_microdata
from psaindicators.kernel.codes import amounts_of
from psaindicators.screen import screen_width, text_width, wrapped
from psaindicators.survey.answers import UNKNOWN, entry_of_each
from psaindicators.survey.binding import wave_of_labels
from psaindicators.survey.breakdowns import area_order
from psaindicators.survey.findings import Findings, findings, next_step
from psaindicators.survey.survey import Columns, Survey, area_codes, read_columns, require
from psaindicators.tables import Table, columns_of
from psaindicators.words import listed, shell_command, underlined, visible

UNNAMED = 40
"""Variables that the wave does not name which are printed."""

VARIABLE = h.text("variable", "the column of the file", "variable")
QUESTIONS = (
    *(h.QUESTION, VARIABLE, h.whole("answered", "who answered", h.RESPONDENTS)),
    h.whole("missing", "who gave a code that counts as missing", h.RESPONDENTS),
    h.whole("blank", "who left a blank", h.RESPONDENTS),
    h.whole("unknown", "whose code no answer and no missing list names", h.RESPONDENTS),
    h.figure("non_response", "item non-response: missing or blank", h.IN_PERCENT),
)
WEIGHTS = (
    *(h.whole("rows", "rows of the file", "rows"), h.whole("zero", "those of weight zero", "rows")),
    h.whole("not_a_weight", "those with an invalid weight: missing, negative or not a number", "rows"),
    h.figure("least", "the least weight", "weight"),
    h.figure("greatest", "the greatest weight", "weight"),
    h.figure("sum", "the sum of the weights", "sum of weights"),
    h.figure("kish_deff", "Kish's design effect of unequal weights", "ratio"),
)
AREAS = (
    *(h.text("kind", "the kind of area", "id"), h.text("area", "the area's code", "code")),
    h.whole("respondents", "who lives there", h.RESPONDENTS),
    h.figure("weighted", "the sum of their weights", "sum of weights"),
)


@dataclass(frozen=True)
class Check:
    """What was found in a survey's file, in five tables, and what to do next.

    `findings`: what `estimate` will refuse, and what a person should look at. `questions`: respondents who answered,
    who gave a missing code, who left a blank, and whose code is unknown, with item non-response in percent (0-100).
    `weights`: rows, zeros, invalid weights, range, sum, and Kish's design effect of weighting. `areas`: respondents
    and sum of weights of each area. `unnamed`: the variables that the wave does not name. `notes` are what a reader
    should know of the file, `next` is the next step.
    """

    name: str
    findings: Findings
    questions: Table
    weights: Table
    areas: Table
    unnamed: Table
    notes: tuple[str, ...] = ()
    next: str = ""

    def __repr__(self) -> str:
        parts = {"Weights": self.weights, "Questions (respondents)": self.questions, "Areas": self.areas}
        notes = ["\n".join(f"note: {visible(note)}" for note in self.notes)] if self.notes else []
        tables = [_section(title, one) for title, one in parts.items()]
        found = [f"{one.weighs}: {one.subject}: {one.finding}" for one in self.findings] or ["nothing"]
        said, _, command = self.next.partition("\n")
        unnamed = [listed(self.unnamed.columns["variable"], most=UNNAMED) or "none"]
        return "\n\n".join(
            [
                underlined(self.name, "="),
                *notes,
                *tables,
                _wrapped(f"Variables that the wave does not name ({len(self.unnamed):,})", unnamed),
                _wrapped("What stands out", found),
                _wrapped("Next", [said]) + f"\n{command}",
            ]
        )


@typed
def check(survey: Survey) -> Check:
    """Return what a survey's file holds against what its wave says; unknown codes are counted, not refused.

    Every row of the file is in it, rows without a weight among them; the weight may be still to be made, and other
    variables may be absent. Raises SurveyError where the file cannot be read, is empty, or has none of the wave's
    variables.
    """
    whole = replace(survey, wave=replace(survey.wave, missing_weight="fail"), replicates=None)
    present = [name for name in survey.wave.variables if name in survey.microdata.variables]
    if not present:
        require(survey, survey.wave.variables, survey.microdata.variables)
    if survey.wave.weight not in present:
        whole = replace(whole, wave=replace(whole.wave, weight=None))
    columns = read_columns(whole, present)
    weights = _raw_weights(columns)
    named = {*survey.wave.variables, *([survey.wave.identified_by.variable] if survey.wave.identified_by else [])}
    found = Findings(
        columns_of(Findings.headings, [(o.weighs, o.subject, o.finding) for o in findings(survey, columns)])
    )
    return Check(
        survey.where,
        found,
        Table(columns_of(QUESTIONS, _questions(columns))),
        Table(columns_of(WEIGHTS, [_weights(weights)])),
        Table(columns_of(AREAS, _areas(columns, weights))),
        Table(columns_of([VARIABLE], [(name,) for name in survey.microdata.variables if name not in named])),
        survey.microdata.notes,
        next_step(survey, found),
    )


def check_alone(data: object) -> Check:
    """Return what a file holds against its own labels, where no wave says yet what it is. Raises what `check` does."""
    microdata = read_microdata(data)
    found = check(Survey(wave_of_labels(microdata), microdata))
    named = microdata.path or "DATA"
    command = shell_command("bind", named, "--out", "WAVE.toml")
    return replace(
        found, name=microdata.name, next=f"write down what the file is, which its own labels do not settle:\n{command}"
    )


def _wrapped(title: str, lines: Sequence[str]) -> str:
    """Return a section of texts, as wide as the terminal."""
    texts = [part for line in lines for one in line.splitlines() for part in wrapped(one, text_width())]
    return "\n".join([underlined(title), *texts])


def _section(title: str, table: Table) -> str:
    return "\n".join([underlined(title), table.to_text(width=screen_width()) if len(table) else "none"])


def _questions(columns: Columns) -> list[tuple[object, ...]]:
    survey = columns.survey
    asked = survey.wave.read_from(survey.wave.questions)
    there = {name: question for name, question in asked.items() if question.variable in columns.raw}
    return [(name, question.variable, *_answered(columns, question)) for name, question in there.items()]


def _answered(columns: Columns, question: Question) -> tuple[object, ...]:
    codes = columns.codes(question.variable)
    entries = entry_of_each(codes.values, question, columns.survey.microdata)
    counts = codes.counts
    answered, missing = int(counts[entries > 0].sum()), int(counts[entries == 0].sum())
    unknown = int(counts[entries == UNKNOWN].sum())
    blank = columns.rows - int(counts.sum())
    return answered, missing, blank, unknown, 100 * (missing + blank) / columns.rows


def _raw_weights(columns: Columns) -> NDArray[np.float64]:
    survey = columns.survey
    if survey.weighting is not None:
        return survey.weighting.weights
    return np.ones(columns.rows) if survey.wave.weight is None else amounts_of(columns.raw[survey.wave.weight])


def _weights(weights: NDArray[np.float64]) -> tuple[object, ...]:
    usable = weights[np.isfinite(weights) & (weights >= 0)]
    kish = len(usable) * float(usable @ usable) / float(usable.sum()) ** 2 if usable.sum() > 0 else float("nan")
    least, greatest = (float(usable.min()), float(usable.max())) if len(usable) else (float("nan"),) * 2
    wrong = len(weights) - len(usable)
    return len(weights), int((usable == 0).sum()), wrong, least, greatest, float(usable.sum()), kish


def _areas(columns: Columns, weights: NDArray[np.float64]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    wave = columns.survey.wave
    for kind in [kind for kind in wave.area_kinds if wave.area.get(kind) in {None, *columns.raw}]:
        codes = area_codes(columns, kind)
        sums = np.bincount(codes.positions + 1, np.nan_to_num(weights), len(codes.values) + 1)[1:]
        counts = codes.counts
        for i in sorted(range(len(codes.values)), key=lambda i: area_order(str(codes.values[i]))):
            rows.append((kind, codes.values[i], int(counts[i]), float(sums[i])))
    return rows
