"""What is in a file before any wave is written for it: its variables, their codes and labels, and what they may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.errors import SurveyError
from psaindicators.files.layout import stated
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.headings import Heading
from psaindicators.kernel.codes import Codes, Value, as_number, as_text, codes_of, matchable, numbers_of
from psaindicators.screen import screen_width, text_width, wrapped
from psaindicators.survey.answers import is_declared
from psaindicators.survey.breakdowns import area_order
from psaindicators.survey.likely import NO_ANSWER, Seen, likely, odd_numbers
from psaindicators.tables import SHOWN_ROWS, Table, columns_of, left_out
from psaindicators.words import counted, listed, underlined

MOST_CODES = 25
"""Distinct values without labels that are listed one by one; more of them are a number or a text."""
CODES_PRINTED = 12
AT_ONCE = 4
"""Variables whose values are held in memory together."""
RANGE = ",.6g"


@dataclass(frozen=True, eq=False, repr=False)
class Codebook(Table):
    """A file's variables, a row each, in the order of the file.

    `name` is the file's, `respondents` how many rows it has.
    """

    name: str = "the file"
    respondents: int = 0

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("variable", "the variable's name"),
        h.text("label", "what the file says it is"),
        h.text("kind", "codes, number, text, or number and text", "word"),
        h.text("likely", "what it may be, by its name, label and values: weight, stratum, psu, area or id", "word"),
        h.text("codes", "each code with its label and, in brackets, the respondents who gave it", "code label (count)"),
        h.whole("blank", "respondents without a value", h.RESPONDENTS),
        h.whole("distinct", "distinct values"),
        h.figure("least", "the smallest number, none where it holds texts alone", "the variable's own unit", RANGE),
        h.figure("greatest", "the greatest number", "the variable's own unit", RANGE),
        h.text("missing", "codes that the file declares missing, with those who gave them", "code label (count)"),
        h.text("note", "codes that look like no answer, and that the file does not declare missing", "words"),
    )
    shown: ClassVar[tuple[str, ...]] = ("variable", "label", "kind", "likely", "blank", "least", "greatest", "codes")

    def to_text(self, names: Sequence[str] = (), *, most: int | None = None, width: int | None = None) -> str:
        """Return the codebook as text, a paragraph a variable; or of the columns named the table."""
        if names:
            return super().to_text(names, most=most, width=width)
        head = f"{self.name}: {counted(self.respondents, 'respondent')}, {counted(len(self), 'variable')}"
        across = text_width() if width is None else width
        lines = [line for row in self.take(np.arange(len(self))[:most]) for line in _paragraph(row, across)]
        return "\n".join([underlined(head, "="), *lines, *left_out(len(self), most), *self.footer])

    def __repr__(self) -> str:
        return self.to_text(most=SHOWN_ROWS, width=screen_width())


@typed
def codebook(
    data: object, *, encoding: str | None = None, sheet: str | None = None, header_row: int | None = None
) -> Codebook:
    """Return what a file or a frame holds, without any wave: a row for each variable.

    `data` is what `read_survey` takes; `encoding` (of a text file), `sheet` and `header_row` (of a workbook, its row
    of names, counted from 1) are found in the file unless stated, as in a wave. Values are listed where they have
    labels or there are at most 25 of them; else there is their range. A code that is labelled like no answer ("Don't
    know", "Refused", "Not applicable"), or that is negative among codes that are not, is pointed at where the file
    does not declare it missing. What a variable may be (weight, stratum, psu, area, id) is a suggestion from its name,
    label and values, and no finding. Raises MissingFileError, SurveyError where the data cannot be read, and
    OptionError for an unknown encoding or row.
    """
    microdata = read_microdata(data, layout=stated(encoding, sheet, header_row))
    rows, respondents = [], 0
    for seen in seen_in(microdata):
        respondents = len(seen.codes.positions)
        rows.append(_row(microdata, seen))
    columns = columns_of(Codebook.headings, rows)
    return Codebook(columns, notes=microdata.notes, name=microdata.name, respondents=respondents)


def seen_in(microdata: Microdata) -> Iterator[Seen]:
    """Yield what there is of each variable, in the order of the file. Raises SurveyError where one holds no codes."""
    names = list(microdata.variables)
    for at in range(0, len(names), AT_ONCE):
        for name, column in microdata.columns(names[at : at + AT_ONCE]).items():
            codes = _codes(microdata, name, column)
            numbers = numbers_of(codes)
            known = {matchable(code) for code in microdata.labels.get(name, {})}
            labelled = bool(known) and known.issuperset(map(matchable, codes.values))
            kind = "codes" if labelled else _kind(len(codes.values), int(np.isfinite(numbers).sum()), bool(known))
            yield Seen(name, microdata.variable_labels.get(name) or "", codes, numbers, kind, bool(known))


def _codes(microdata: Microdata, name: str, column: NDArray[Any]) -> Codes:
    try:
        return codes_of(column)
    except TypeError:
        raise SurveyError(f"{microdata.name}: '{name}' holds lists or records, and no codes") from None


@dataclass(frozen=True)
class ListedCode:
    """A code with its label and how many gave it; `is_missing` where the file declares it so."""

    value: Value
    label: str
    count: int
    is_missing: bool

    @property
    def written(self) -> str:
        label = f" {self.label}" if self.label else ""
        return f"{as_text(self.value)}{label} ({self.count:,})"


def _row(microdata: Microdata, seen: Seen) -> tuple[object, ...]:
    codes, known = seen.codes, seen.numbers[np.isfinite(seen.numbers)]
    every = listed_codes(microdata, seen)
    given = [one for one in every if not one.is_missing]
    return (
        seen.name,
        seen.label,
        seen.kind,
        likely(seen),
        ", ".join(one.written for one in given),
        len(codes.positions) - int(codes.counts.sum()),
        len(codes.values),
        float(known.min()) if len(known) else None,
        float(known.max()) if len(known) else None,
        ", ".join(one.written for one in every if one.is_missing),
        "; ".join(_notes(given, _undeclared(microdata, seen.name, known))),
    )


def _undeclared(microdata: Microdata, name: str, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    if name not in microdata.user_missing:
        return numbers
    return numbers[[not is_declared(one, microdata, name) for one in numbers.tolist()]]


def _kind(distinct: int, numbers: int, has_labels: bool) -> str:
    if distinct <= MOST_CODES:
        return "codes"
    if numbers == distinct:
        return "number"
    if numbers * 2 > distinct:
        return "number and text"
    return "codes" if has_labels else "text"


def listed_codes(microdata: Microdata, seen: Seen) -> list[ListedCode]:
    """Return the codes that are listed, in order: all that were given or have a label.

    Of a number or a text those that have a label, are declared missing, or are texts among numbers.
    """
    labels = microdata.labels.get(seen.name, {})
    label_of = {matchable(code): label for code, label in labels.items()}
    given = dict(_given(microdata, seen))
    keys = {matchable(code) for code in given}
    counts = dict.fromkeys((code for code in labels if matchable(code) not in keys), 0) | given
    return [
        ListedCode(code, label_of.get(matchable(code), ""), counts[code], is_declared(code, microdata, seen.name))
        for code in sorted(counts, key=lambda code: area_order(as_text(code)))
    ]


def _given(microdata: Microdata, seen: Seen) -> Iterator[tuple[Value, int]]:
    """Yield the values that are listed among those given, with their counts."""
    counted_values = zip(seen.codes.values, seen.codes.counts.tolist(), strict=True)
    if seen.kind == "codes":
        yield from counted_values
        return
    labelled = {matchable(code) for code in microdata.labels.get(seen.name, {})}
    declared, texts = seen.name in microdata.user_missing, seen.kind == "number and text"
    for code, count in counted_values if labelled or declared or texts else ():
        is_text = texts and isinstance(code, str) and as_number(code) is None
        if is_text or matchable(code) in labelled or (declared and is_declared(code, microdata, seen.name)):
            yield code, count


def _notes(codes: Sequence[ListedCode], numbers: NDArray[np.float64]) -> Iterator[str]:
    """Yield what looks like no answer among codes that the file does not declare missing."""
    like = [one for one in codes if NO_ANSWER.search(one.label or str(one.value))]
    if like:
        yield f"labelled like no answer, and not declared missing: {listed(one.written for one in like)}"
    known = {matchable(code.value) for code in codes if code.label}
    odd = [one for one in odd_numbers(numbers) if one not in known]
    below, nines = [one for one in odd if one < 0], [one for one in odd if one > 0]
    if below:
        yield f"below zero among numbers that are not, perhaps no answer: {listed(as_text(one) for one in below)}"
    if nines:
        yield f"nines far above the other numbers, perhaps no answer: {listed(as_text(one) for one in nines)}"


def _paragraph(row: Any, width: int) -> list[str]:
    """Return the lines of a variable's part of the printed codebook."""
    kind = f"{row.kind}, likely the {row.likely}" if row.likely else row.kind
    of = {name: getattr(row, name) for name in Codebook.names()}
    facts = [kind, *([f"{of['blank']:,} blank"] if of["blank"] else [])]
    if of["kind"] != "codes":
        facts.append(f"{of['distinct']:,} distinct")
        facts += [f"{of['least']:{RANGE}} to {of['greatest']:{RANGE}}"] if of["least"] == of["least"] else []
    lines = [f"{of['variable']}{': ' + of['label'] if of['label'] else ''} [{'; '.join(facts)}]"]
    codes = of["codes"].split("), ")
    cut = "), ".join(codes[:CODES_PRINTED]) + (
        f") and {len(codes) - CODES_PRINTED:,} more" * (len(codes) > CODES_PRINTED)
    )
    lines += [f"    {cut}"] if of["codes"] else []
    lines += [f"    declared missing: {of['missing']}"] if of["missing"] else []
    lines += [f"    ! {of['note']}"] if of["note"] else []
    return [part for line in lines for part in wrapped(line, width)]
