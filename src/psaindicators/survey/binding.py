"""A wave proposed from what a file says of itself, with what speaks for each part and what a person must look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.waves import AUTHORITY, Code, Question, Wave
from psaindicators.definitions.wordings import plain
from psaindicators.errors import OptionError
from psaindicators.files.layout import FOUND, Layout, stated
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.headings import Heading
from psaindicators.kernel.codes import matchable
from psaindicators.survey.binding_files import Part, wave_text
from psaindicators.survey.codebook import ListedCode, seen_in
from psaindicators.survey.likely import NO_ANSWER, odd_numbers, set_apart
from psaindicators.survey.recognising import Match, Variable, as_code, recognise, variable_of
from psaindicators.tables import Table, columns_of
from psaindicators.words import listed

ROLES = ("weight", "stratum", "psu", "area", "id")
AS_IT_IS = ("weight_sums_to", "missing_weight", "lonely_psu", "vintage", "mode")
"""What a survey's wave says of itself that holds for another file of it."""
CODES = re.compile(r"\bcodes?\b|\bnumber$|_(code|no|nr)\b", re.IGNORECASE)
"""Names and labels of what is written in digits and is no amount."""
END = re.compile(
    r"\b(or|and) (more|over|older|above|less|fewer|under)\b|\d\s*\+|^\W*(over|under|less than|more than)\b",
    re.IGNORECASE,
)
"""Labels of the last number of a count."""
OTHER_LETTERS = re.compile(r"[^\W\d_\u0000-\u024f]")
"""Letters that are not Latin."""
FEW = 3
TO_LOOK_AT = "look whether it is so"


@dataclass(frozen=True, eq=False, repr=False)
class Binding(Table):
    """What a wave of a file would say, a row for each part; `unsure` says what a person must look at.

    `survey` and `year` name the wave, `parts` are what the rows are made of, `layout` what was stated of the file's.
    """

    survey: str = ""
    year: int = 0
    parts: tuple[Part, ...] = ()
    layout: Layout = FOUND

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("part", "what of the wave it is: question, weight, stratum, psu, area, id or another key", "word"),
        h.text("name", "the question's name, or the kind of area"),
        h.text("variable", "the variable of the file; empty where none was found"),
        h.text("label", "what the file says the variable is"),
        h.text("evidence", "what speaks for it", "words"),
        h.text("unsure", "what a person must look at before it counts", "words"),
    )
    shown: ClassVar[tuple[str, ...]] = ("part", "name", "variable", "evidence", "unsure")

    def to_toml(self) -> str:
        """Return the wave file that is proposed, to be looked at, corrected and kept.

        What is unsure stands under `[YEAR.unsure]`; `read_survey` refuses the wave until those lines are deleted.
        """
        parts = [one for one in self.parts if one.variable or one.unsure]
        return wave_text(self.survey, self.year, parts, self.layout)


@typed
def bind(
    data: object,
    wave: Wave | None = None,
    *,
    year: int | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
) -> Binding:
    """Return a wave proposed for a file: for the questions of a survey's `wave`, or for whatever the file holds.

    With a wave, each of its questions is looked for by the names, labels and codes of the file's variables (likeness of
    words: Dice's coefficient of their stems), and its answers by the labels; without one, each variable with labels is
    a question and its answers go by the labels. A part that is not beyond doubt says why under `unsure`, and weights,
    strata, PSUs and areas always do, unless they have the survey's own names. `data` is what `read_survey` takes;
    `year` is the new wave's: unless given the one in the file's name, or else that of `wave`. The `encoding` (of a text
    file), `sheet` and `header_row` (of a workbook, its row of names, counted from 1) that are stated stand in the new
    wave. Raises MissingFileError, SurveyError where the data cannot be read, and OptionError where no year is known,
    and for an unknown encoding or row.
    """
    layout = stated(encoding, sheet, header_row)
    microdata = read_microdata(data, layout=layout)
    variables = [variable_of(microdata, seen) for seen in seen_in(microdata)]
    design = [*_design(variables, wave)]
    own = _of_survey(wave, design) if wave else ()
    parts = (*design, *own, *(_asked(variables, wave) if wave else _held(variables, design)))
    rows = [(one.part, one.name, one.variable, one.label, one.evidence, one.unsure) for one in parts]
    survey = wave.survey if wave else _name(Path(microdata.name).stem) or "survey"
    when = year or _year(microdata.name, wave)
    columns = columns_of(Binding.headings, rows)
    return Binding(columns, notes=microdata.notes, survey=survey, year=when, parts=parts, layout=layout)


def wave_of_labels(microdata: Microdata) -> Wave:
    """Return a wave that asks what a file's own labels say, each question named as its variable is.

    It has no weight, stratum, PSU, area or id, for no label settles which they are.
    """
    variables = [variable_of(microdata, seen) for seen in seen_in(microdata)]
    held = _held(variables, [*_design(variables, None)])
    questions = {one.variable: one.question for one in held if one.question is not None}
    named = Path(microdata.name).stem
    return Wave(named, 0, named, None, None, questions)


def _year(name: str, wave: Wave | None) -> int:
    """Return the year in a file's name, or else the wave's."""
    found = re.search(r"(?<!\d)(19|20)\d\d(?!\d)", name)
    if found is not None:
        return int(found[0])
    if wave is None:
        raise OptionError(f"{name} tells no year: give the year in which the fieldwork started (year=2008, or --year)")
    return wave.year


def _design(variables: Sequence[Variable], wave: Wave | None) -> Iterator[Part]:
    """Yield the weight, stratum, PSU, areas and id that a file may have."""
    own = _own(wave) if wave else {}
    for role in ROLES:
        likely_ones = [one for one in variables if one.role == role]
        given = own.get(role, {})
        taken = []
        for kind, called in given.items():
            by_name = next((one for one in variables if one.name.casefold() == called.casefold()), None)
            others = [one for one in likely_ones if role != "area" or _is_called(one, kind)]
            taken += [by_name, *others]
            yield _design_part(role, kind, by_name, others)
        left = [one for one in likely_ones if one not in taken]
        if role == "area" and wave is None:
            yield from (_design_part(role, _name(one.name), None, [one]) for one in left)
            continue
        for one in left[:1] if role == "area" or not given else ():
            yield _design_part(role, _name(one.name) if role == "area" else role, None, left)


def _is_called(variable: Variable, kind: str) -> bool:
    """Whether a variable's name or label names a kind of area."""
    return kind in plain(f"{variable.name} {variable.label}".replace("_", " ")).split()


def _of_survey(wave: Wave, design: Sequence[Part]) -> Iterator[Part]:
    """Yield what a survey's wave says of itself, where that is not what any wave says.

    A vintage needs the authorities that it is of.
    """
    found = {one.name for one in design if one.part == "area" and one.variable}
    for key in AS_IT_IS:
        if (key != "vintage" or AUTHORITY in found) and getattr(wave, key) != getattr(Wave, key, None):
            yield Part(key, "", str(getattr(wave, key)), "", "the survey's own wave says so", "")
    if wave.include is not None:
        doubt = "the survey's own figures are about some respondents only: say here whom these are about"
        yield Part("include", "", "", "", "the survey's own wave has one", doubt)


def _own(wave: Wave) -> Mapping[str, Mapping[str, str]]:
    """Return the variables of the survey's own wave, by role and name."""
    single = {"weight": wave.weight, "stratum": wave.stratum, "id": wave.id, "psu": wave.psu[0] if wave.psu else None}
    return {role: {role: one} for role, one in single.items() if one} | ({"area": wave.area} if wave.area else {})


def _design_part(role: str, name: str, own: Variable | None, others: Sequence[Variable]) -> Part:
    if own is not None:
        rivals = [one.name for one in others if one is not own]
        doubts = [] if own.role == role and not rivals else [f"may also be {listed(rivals)}" if rivals else TO_LOOK_AT]
        return Part(role, name, own.name, own.label, "its name is the survey's own", "; ".join(doubts))
    if not others:
        return Part(role, name, "", "", "none found", "")
    first, *rest = others
    doubt = f"may also be {listed(one.name for one in rest)}" if rest else TO_LOOK_AT
    evidence = "its name, label and values are like one"
    return Part(role, name, first.name, first.label, evidence, "" if role == "id" and not rest else doubt)


def _asked(variables: Sequence[Variable], wave: Wave) -> Iterator[Part]:
    """Yield a part for each question of a survey, those without a variable too."""
    questions = {name: one for name, one in wave.questions.items() if isinstance(one, Question)}
    found = recognise(questions, variables)
    for name in questions:
        yield _of_match(name, found[name]) if name in found else Part("question", name, "", "", "none found", "")


def _of_match(name: str, match: Match) -> Part:
    said = "; ".join(match.evidence), "; ".join(match.doubts)
    return Part(
        "question", name, match.variable.name, match.variable.label, *said, match.question, match.variable.written
    )


def _held(variables: Sequence[Variable], design: Sequence[Part]) -> Iterator[Part]:
    """Yield a question for each variable that holds codes with labels or texts, or numbers, and has no other part."""
    taken = {one.variable for one in design}
    for one in variables:
        if one.name not in taken and one.kind != "text":
            made = _question_of(one)
            instead = [f"may be the {one.role} instead"] if one.role else []
            instead += [f"called like the {one.called}, which its values are not"] if one.called else []
            yield replace(made, unsure="; ".join([*instead, *filter(None, [made.unsure])]))


def _question_of(variable: Variable) -> Part:
    given = [one for one in variable.codes if not one.is_missing]
    bare = [one for one in given if not variable.spelling(one)]
    named = variable.kind == "codes" and len(bare) < len(given) and not _is_counted(variable, given, bare)
    question, evidence, doubts = (_coded if named else _amount)(variable, given)
    of = ("question", _name(variable.name) or "question", variable.name, variable.label)
    return Part(*of, evidence, "; ".join(doubts), question, variable.written)


def _is_counted(variable: Variable, given: Sequence[ListedCode], bare: Sequence[ListedCode]) -> bool:
    """Whether most codes are bare numbers and the labels say the end of a count ("8 or more"), or no answer."""
    numbers = all(isinstance(matchable(one.value), float) for one in given)
    labels = [variable.spelling(one) for one in given if one not in bare]
    return numbers and 2 * len(bare) > len(given) and all(END.search(one) or NO_ANSWER.search(one) for one in labels)


def _amount(variable: Variable, given: Sequence[ListedCode]) -> tuple[Question, str, list[str]]:
    """Return a number, whose labelled codes are no amounts but for the end of a count."""
    ends = [one for one in given if one.label and END.search(one.label) and not NO_ANSWER.search(one.label)]
    absent = [*(one for one in given if one.label and one not in ends), *variable.odd]
    doubts = [f"taken for no answer: {listed(one.written for one in absent)}"] if absent else []
    doubts += [f"taken for an amount: {listed(one.written for one in ends)}"] if ends else []
    is_code = variable.kind == "codes" or CODES.search(f"{variable.label} {variable.name}")
    doubts += ["codes without labels, or a number?"] if is_code else []
    doubts += ["no two respondents have the same: is it an id?"] if variable.each_ones_own else []
    return Question(variable.name, {}, tuple(as_code(one.value) for one in absent)), "a number", doubts


def _coded(variable: Variable, given: Sequence[ListedCode]) -> tuple[Question, str, list[str]]:
    """Return a question whose answers are named by their labels."""
    absent = [one for one in given if NO_ANSWER.search(variable.spelling(one))]
    answers, doubts = _named_answers(variable, [one for one in given if one not in absent])
    doubts += [f"taken for no answer: {listed(one.written for one in absent)}"] if absent else []
    doubts += _unread(variable, [one for one in given if one not in absent])
    question = Question(variable.name, answers, tuple(as_code(one.value) for one in absent))
    return question, f"{len(answers)} answers named by their labels", doubts


def _unread(variable: Variable, answers: Sequence[ListedCode]) -> Iterator[str]:
    """Yield doubts about answers that by their codes or for their letters may be no answers, whatever they say."""
    numbers = np.array([code for one in answers if isinstance(code := matchable(one.value), float)])
    odd = {*odd_numbers(numbers), *set_apart(numbers)}
    strange = [one for one in answers if matchable(one.value) in odd]
    if strange:
        yield f"by its number perhaps no answer: {listed(one.written for one in strange)}"
    foreign = [one for one in answers if OTHER_LETTERS.search(variable.spelling(one))]
    if foreign:
        yield f"in letters that are not read, perhaps no answer: {listed((one.written for one in foreign), most=FEW)}"


def _named_answers(
    variable: Variable, codes: Sequence[ListedCode]
) -> tuple[dict[str, Code | tuple[Code, ...]], list[str]]:
    """Return the answers that codes stand for, named by their labels, and what is doubtful of them."""
    named: dict[str, list[ListedCode]] = {}
    for one in codes:
        named.setdefault(_name(variable.spelling(one)) or f"code_{_name(str(one.value))}", []).append(one)
    unlabelled = [one for one in codes if not variable.spelling(one)]
    twice = [name for name, some in named.items() if len(some) > 1]
    doubts = [f"codes without a label: {listed(one.written for one in unlabelled)}"] if unlabelled else []
    doubts += [f"several codes for {listed(twice)}"] if twice else []
    codes_of = {name: tuple(as_code(one.value) for one in some) for name, some in named.items()}
    return {name: some[0] if len(some) == 1 else some for name, some in codes_of.items()}, doubts


def _name(text: str) -> str:
    """Return a name made of a label: lower case letters, digits and underscores."""
    return "_".join(plain(text).split())
