"""A proposed wave as the TOML that a person looks at, corrects and keeps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import tomlkit

from psaindicators.definitions.waves import Code, Question
from psaindicators.files.layout import Layout
from psaindicators.survey.recognising import as_code
from psaindicators.words import visible

ABOUT = (
    "Proposed from the file's own labels. Look at each line under [{year}.unsure]: correct what it speaks of, then",
    "delete the line; a survey is read only when none is left. Then:",
    "psaindicators check DATA --survey THIS.toml --wave {year}",
)


@dataclass(frozen=True)
class Part:
    """One thing that a wave says: a `question` of a name, or weight, stratum, psu, area or id.

    `codes` are those that the variable holds, with labels and counts, for a person to look at.
    """

    part: str
    name: str
    variable: str
    label: str
    evidence: str
    unsure: str
    question: Question | None = None
    codes: str = ""


def wave_text(survey: str, year: int, parts: Sequence[Part], layout: Layout) -> str:
    """Return the TOML of a wave of these parts, each with what the file says it is, and how the file is laid out."""
    file, wave, questions = tomlkit.document(), tomlkit.table(), tomlkit.table(is_super_table=True)
    for line in ABOUT:
        file.add(tomlkit.comment(line.format(year=year)))
    file.add("survey", survey)
    file.add("title", f"{survey} {year}")
    said = ((key, value) for key, value in asdict(layout).items() if value is not None)
    for key, value in (*said, *_design(parts)):
        wave.add(key, value)
    unsure = _unsure(parts)
    if unsure:
        wave.add("unsure", unsure)
    for one in parts:
        if one.question is not None:
            questions.add(one.name, _question(one))
    wave.add("questions", questions)
    file.add(str(year), wave)
    return tomlkit.dumps(file)


def _design(parts: Iterable[Part]) -> Iterable[tuple[str, Any]]:
    areas = {one.name: one.variable for one in parts if one.part == "area"}
    yield from ((one.part, one.variable) for one in parts if one.variable and one.part not in ("area", "question"))
    if areas:
        inline = tomlkit.inline_table()
        inline.update(areas)
        yield "area", inline


def _unsure(parts: Iterable[Part]) -> dict[str, Any]:
    """Return what is unsure of each part, those of questions in a table of their own."""
    doubtful = [one for one in parts if one.unsure]
    of_design = {one.part: one.unsure for one in doubtful if one.question is None}
    of_questions = {one.name: one.unsure for one in doubtful if one.question is not None}
    return of_design | ({"questions": of_questions} if of_questions else {})


def _question(part: Part) -> Any:
    table, question = tomlkit.table(), part.question or Question("", {})
    for said in filter(None, (part.label, part.codes)):
        table.add(tomlkit.comment(visible(" ".join(said.split()))))
    table.add("variable", question.variable)
    for key, value in (
        ("answers", _inline(question.codes)),
        ("bands", _bands(question)),
        ("missing", list(question.missing)),
    ):
        if value:
            table.add(key, value)
    return table


def _inline(codes: Any) -> Any:
    inline = tomlkit.inline_table()
    inline.update({name: some[0] if len(some) == 1 else list(some) for name, some in codes.items()})
    return inline


def _bands(question: Question) -> Any:
    inline = tomlkit.inline_table()
    inline.update({name: _ends(band.low, band.high) for name, band in question.bands.items()})
    return inline


def _ends(low: float, high: float) -> list[Code]:
    return [as_code(low)] if high == inf else [as_code(low), as_code(high)]
