"""`respondents`: a few people's answers, drawn as a table, become a survey that can be estimated from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import settings

import psaindicators as psa
from psaindicators.definitions.waves import Question, Wave
from psaindicators.kernel.codes import as_number

settings.register_profile("quick", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("quick")
os.environ.pop("COLUMNS", None)  # no test rests on the terminal that it was started in, but those that set it

DESIGN = ("weight", "stratum", "psu", "fpc")
Respondents = Callable[..., psa.Survey]
MADE_ONCE = "of_samples"
"""The fixture that takes longest: the tests of it run in one process, wherever they stand."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file together where several processes share the suite, so that each fixture is made once."""
    for item in items:
        together = MADE_ONCE if MADE_ONCE in getattr(item, "fixturenames", ()) else item.path.as_posix()
        item.add_marker(pytest.mark.xdist_group(together))


@pytest.fixture
def respondents() -> Respondents:
    """Return a function that reads a drawn table of answers.

    The columns are questions by name, and `weight` (1 where it is not drawn), `stratum`, `psu`, `fpc` or `area`. An
    answer is written by its name, or as the code in the file; an empty cell is a blank. `of` is the shipped wave
    whose codes are used: the answers are turned into them, and the questions that are not drawn are blank. A column
    that the wave does not know is a question of its own, whose answers are the texts in it.
    """
    return _respondents


def _respondents(table: str, *, of: Wave | None = None, year: int = 2008) -> psa.Survey:
    columns = _drawn(table)
    rows = len(next(iter(columns.values())))
    shipped = dict(of.questions) if of else {}
    questions = shipped | {name: _own(name, cells) for name, cells in columns.items() if _is_new(name, shipped)}
    wave = replace(
        of or Wave("drawn", year, "Drawn", __file__, "weight", {}),  # type: ignore[arg-type]
        weight="weight",
        questions=questions,
        stratum="stratum" if "stratum" in columns else None,
        psu=("psu",) if "psu" in columns else (),
        fpc=("fpc",) if "fpc" in columns else (),
        area={"area": "area"} if "area" in columns else {},
        vintage=None,
        include=of.include if of and of.include and of.include.questions <= columns.keys() else None,
    )
    answers = {q.variable: _codes(q, columns.get(name, [""] * rows)) for name, q in questions.items()}
    design = {name: columns[name] for name in (*DESIGN, "area") if name in columns}
    return psa.read_survey(pd.DataFrame({"weight": ["1"] * rows} | design | answers), wave)


def _drawn(table: str) -> dict[str, list[str]]:
    header, _, *rows = [line for line in table.splitlines() if line.strip()]
    cells = [[cell.strip() for cell in row.split("|")] for row in (header, *rows)]
    return {name: list(column) for name, *column in zip(*cells, strict=True)}


def _is_new(name: str, shipped: dict[str, Question]) -> bool:
    return name not in shipped and name not in (*DESIGN, "area")


def _own(name: str, cells: list[str]) -> Question:
    texts = [cell for cell in dict.fromkeys(cells) if cell]
    named = {} if texts and all(as_number(cell) is not None for cell in texts) else {text: text for text in texts}
    return Question(name, named)


def _codes(question: Question, cells: list[str]) -> list[object]:
    """The code of each answer drawn; what is no answer's name is taken for a code."""
    return [question.answers.get(cell, cell) if cell else None for cell in cells]
