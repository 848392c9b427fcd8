"""The reference cases of R survey 4.5 (r_survey/cases.json.gz, made by r_survey/oracle.R), read as our designs."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Replicates, Wave

FOLDER = Path(__file__).parent / "r_survey"
LONELY = {"fail": "fail", "remove": "certainty", "certainty": "certainty", "adjust": "centre", "average": "average"}


@cache
def all_cases() -> list[dict[str, Any]]:
    with gzip.open(FOLDER / "cases.json.gz", "rt") as file:
        return json.load(file)["cases"]


@cache
def data_set(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv")


def stages(design: dict[str, Any]) -> tuple[str, ...]:
    """The named units of each stage: R's ids without its "1", which says that each row is a unit."""
    return tuple(name for name in str(design.get("ids", "1")).split("+") if name != "1")


def wave_of(case: dict[str, Any], y: str, by: str | None = None) -> Wave:
    design = case["design"]
    fpc = tuple(design["fpc"].split("+")) if design.get("fpc") else ()
    return Wave(
        survey="case",
        year=2008,
        title=case["id"],
        path=FOLDER,
        weight=design.get("weights", "equal"),
        stratum=design.get("strata"),
        psu=stages(design),
        fpc=fpc[:1] if case.get("ultimate_cluster") else fpc,
        lonely_psu=LONELY[case["lonely"]],
        area={by: by} if by else {},
        questions={y: Question(y, {"yes": 1, "no": 0})},
    )


def indicator(y: str) -> Indicator:
    """The percentage of "yes" among those who answered."""
    both = frozenset({"yes", "no"})
    definition = Definition(2000, AnswerIn(y, frozenset({"yes"})), AnswerIn(y, both))
    return Indicator(y.lower(), y, "higher", "R survey", "confirmed", {}, (definition,))


def survey_of(case: dict[str, Any], y: str, by: str | None = None) -> psa.Survey:
    return psa.read_survey(weighted_data(case), wave_of(case, y, by))


def weighted_data(case: dict[str, Any]) -> pd.DataFrame:
    """The case's data; where it names no weight R makes it, N / n at each stage, from the population counts."""
    design, frame = case["design"], data_set(case["design"]["data"])
    if "weights" in design:
        return frame
    weight, above = 1.0, []
    for unit, count in zip(str(design["ids"]).split("+"), design["fpc"].split("+"), strict=True):
        row = frame.assign(row=range(len(frame)))["row" if unit == "1" else unit]
        sampled = row.groupby([frame[name] for name in above]).transform("nunique") if above else row.nunique()
        weight, above = weight * frame[count] / sampled, [*above, unit]
    return frame.assign(equal=weight)


def replicate_survey_of(case: dict[str, Any], y: str, by: str | None = None) -> psa.Survey:
    """The case's survey by its replicate weights, without the scales R was given (BRR, Fay and the others' own)."""
    return psa.read_survey(_with_replicates(case), replace(wave_of(case, y, by), replicates=declared(case)))


def number_survey_of(case: dict[str, Any], *questions: str, by: str | None = None) -> psa.Survey:
    """The case's survey with questions that are numbers, by its design or its replicate weights."""
    wave = number_wave_of(case, *questions, by=by)
    if "repweights" in case["design"]:
        return psa.read_survey(_with_replicates(case), replace(wave, replicates=declared(case)))
    return psa.read_survey(weighted_data(case), wave)


def number_wave_of(case: dict[str, Any], *questions: str, by: str | None = None) -> Wave:
    """The case's wave with questions that are numbers."""
    return replace(wave_of(case, questions[0], by), questions={name: Question(name, {}) for name in questions})


def declared(case: dict[str, Any]) -> Replicates:
    design = case["design"]
    return Replicates(("rw*",), design["type"], rho=design.get("rho"), mse=design["mse"])


def _with_replicates(case: dict[str, Any]) -> pd.DataFrame:
    return data_set(case["design"]["data"]).join(data_set(case["design"]["repweights"].removesuffix(".csv")))
