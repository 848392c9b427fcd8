"""Microdata read as a wave: checked by name at the door, by value when a variable is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from psaindicators.data.codes import Codes, amounts_of, as_text, codes_of, numbers_of
from psaindicators.data.microdata import Microdata, read_microdata
from psaindicators.definitions.waves import Wave
from psaindicators.errors import SurveyError, did_you_mean

ROWS_SHOWN = 10


@dataclass(frozen=True, eq=False)
class Survey:
    """One wave's respondents, ready to be estimated from."""

    wave: Wave
    microdata: Microdata

    def __repr__(self) -> str:
        return f"Survey: {self.wave.title} from {self.microdata.name}"

    @property
    def where(self) -> str:
        return f"{self.microdata.name} (wave {self.wave.name})"


@dataclass(frozen=True, eq=False)
class Columns:
    """The variables that one question to a survey needs, as raw arrays of shape (rows,)."""

    survey: Survey
    raw: Mapping[str, NDArray[Any]]

    @property
    def rows(self) -> int:
        return len(self.raw[self.survey.wave.weight])

    def codes(self, name: str) -> Codes:
        """Return a variable's distinct values and their positions."""
        return codes_of(self.raw[name])


def read_survey(data: object, wave: Wave) -> Survey:
    """Return a survey: microdata with the wave that says what its variables mean.

    `data` is a path (.csv, .tab, .parquet, .sav, .zsav, .dta) or a frame (pandas, Polars, Arrow, a DuckDB relation, a
    Spark DataFrame). Every variable the wave names must be there. Raises MissingFileError and SurveyError.
    """
    survey = Survey(wave, read_microdata(data))
    present = survey.microdata.variables
    absent = [name for name in wave.variables if name not in present]
    if absent:
        lines = [
            f"{survey.microdata.name} has no variable '{name}', which wave {wave.name} reads as "
            f"{wave.variables[name]}{did_you_mean(name, present)}"
            for name in absent
        ]
        raise SurveyError("\n".join(lines))
    return survey


def read_columns(survey: Survey, variables: Iterable[str]) -> Columns:
    """Return some variables and the weight. Raises SurveyError where there is no row."""
    names = list(dict.fromkeys([survey.wave.weight, *variables]))
    raw = survey.microdata.columns(names)
    if len(raw[survey.wave.weight]) == 0:
        raise SurveyError(f"{survey.where} is empty: it has variables but no respondent")
    return Columns(survey, raw)


def weights_of(columns: Columns) -> NDArray[np.float64]:
    """Return the weights, shape (rows,). Raises SurveyError where one is missing, negative or not a number."""
    name = columns.survey.wave.weight
    weights = amounts_of(columns.raw[name])
    problems: list[str] = []
    if not np.isfinite(weights).all():
        problems += _not_numbers(columns.codes(name), np.isinf(weights))
    if (weights < 0).any():
        problems.append(_at_rows(weights < 0, "is negative", columns.codes(name)))
    if not problems and not (weights > 0).any():
        problems = ["is zero in every row, so nobody counts"]
    _raise(columns.survey, f"the weight '{name}'", problems)
    return weights


def _not_numbers(codes: Codes, infinite: NDArray[np.bool_]) -> list[str]:
    blank = codes.positions < 0
    strange = infinite | (~blank & np.isnan(codes.translate(numbers_of(codes), 0.0)))
    found = [_at_rows(blank, "is missing"), _at_rows(strange, "is not a number", codes)]
    return [problem for problem in found if problem]


def keys_of(columns: Columns, name: str, role: str) -> Codes:
    """Return a stratum's or PSU's codes. Raises SurveyError with row numbers where one is missing."""
    codes = columns.codes(name)
    missing = _at_rows(codes.positions < 0, "is missing")
    _raise(columns.survey, f"the {role} '{name}'", [missing] if missing else [])
    return codes


def population_counts(columns: Columns, name: str) -> NDArray[np.float64]:
    """Return an fpc variable as numbers, shape (rows,). Raises SurveyError where one is missing or not a number."""
    counts = amounts_of(columns.raw[name])
    problem = _at_rows(~np.isfinite(counts), "is missing or not a number", columns.codes(name))
    _raise(columns.survey, f"the fpc '{name}'", [problem] if problem else [])
    return counts


def area_codes(columns: Columns, name: str) -> Codes:
    """Return a variable's codes as texts of areas: "1", "09", "E06000001"."""
    codes = columns.codes(name)
    return codes.merged([as_text(value) for value in codes.values])


def _at_rows(wrong: NDArray[np.bool_], what: str, codes: Codes | None = None) -> str:
    rows = np.flatnonzero(wrong)
    if not len(rows):
        return ""
    listed = ", ".join(str(row + 1) for row in rows[:ROWS_SHOWN]) + (", ..." if len(rows) > ROWS_SHOWN else "")
    found = f" (found {_found(codes, rows)})" if codes is not None else ""
    return f"{what} in {len(rows):,} {'row' if len(rows) == 1 else 'rows'}: {listed}{found}"


def _found(codes: Codes, rows: NDArray[np.intp]) -> str:
    values = dict.fromkeys(repr(codes.values[p]) if p >= 0 else "blank" for p in codes.positions[rows[:ROWS_SHOWN]])
    return ", ".join(values)


def _raise(survey: Survey, what: str, problems: list[str]) -> None:
    if problems:
        raise SurveyError("\n".join(f"{survey.where}: {what} {problem}" for problem in problems))
