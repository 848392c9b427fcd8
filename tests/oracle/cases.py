"""The reference cases of R survey 4.5 (r_survey/cases.json.gz, made by r_survey/oracle.R), read as our designs."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import psaindicators as psa
from psaindicators.definitions.indicators import Definition, Indicator
from psaindicators.definitions.rules import AnswerIn
from psaindicators.definitions.waves import Question, Wave

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
    frame = data_set(case["design"]["data"])
    if "weights" not in case["design"]:  # R then weights by N / n from the population count
        frame = frame.assign(equal=frame[case["design"]["fpc"]] / len(frame))
    return psa.read_survey(frame, wave_of(case, y, by))
