"""What a row rests on, said in its note, and figures that a named rule calls unreliable.

Printed figures and their flags: tables of the National Ambulatory Medical Care Survey 2019 and of the Residential Care
Community Services User survey 2018, public use files, made and flagged by the National Center for Health Statistics'
own program for its presentation standards (CDCgov/surveytable, articles "Example: NAMCS tables" and "Example: RCC SU
report"). "Px" there is suppress, "Pc" a footnote on the complement, "" neither.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.reliability_files import read_reliability, rule_of_every_row
from psaindicators.figures.reliability import Precision, to_be_said, unreliable
from tests.paths import NAMCS
from tests.table_sets import INDICATORS, WAVE

PRINTED = [  # what, respondents in the base, percent, se, low, high, flag
    ("no insurance, no", 8250, 96.0, 2.2, 89.1, 99.1, "Pc"),
    ("no insurance, yes", 8250, 4.0, 2.2, 0.9, 10.9, "Px"),
    ("workers' compensation, no", 8250, 95.9, 3.2, 84.1, 99.7, "Pc"),
    ("workers' compensation, yes", 8250, 4.1, 3.2, 0.3, 15.9, "Px"),
    ("new patients, unknown if primary care", 1479, 7.0, 2.6, 2.8, 14.0, "Px"),
    ("new patients, primary care", 1479, 14.0, 2.6, 9.2, 20.0, ""),
    ("new patients, no primary care", 1479, 79.0, 3.2, 71.8, 85.1, ""),
    ("preventive care under 15, primary care", 300, 98.6, 1.2, 93.3, 99.9, "Pc"),
    ("preventive care under 15, surgical", 300, 0.3, 0.2, 0.0, 1.8, ""),
    ("preventive care under 15, medical", 300, 1.1, 1.2, 0.0, 7.0, "Px"),
    ("Medicaid under 65, no", 66, 49.8, 9.5, 30.3, 69.4, "Px"),
    ("Medicaid under 65, yes", 66, 50.2, 9.5, 30.6, 69.7, "Px"),
    ("Medicaid 65 to 74, no", 83, 62.0, 7.6, 45.4, 76.7, "Px"),
]


def precision(base: float, value: float, se: float, low: float, high: float, df: float = 100) -> Precision:
    effective = min(base, value * (100 - value) / se**2) if se else base
    return Precision(*(np.array([float(one)]) for one in (base, effective, df, value, se, low, high, 1 / base)))


def reasons(found: Precision, rule: str) -> list[str]:
    return [why for rows, why in unreliable(found, read_reliability(rule)) if rows.any()]


@pytest.mark.parametrize(("what", "base", "value", "se", "low", "high", "flag"), PRINTED)
def test_printed_figures_are_flagged_as_their_publisher_flagged_them(
    what: str, base: float, value: float, se: float, low: float, high: float, flag: str
) -> None:
    """No insurance: 10 points are 250% of 4%, but 10% of 96%; a rule of relative width alone would pass the 96%."""
    found = precision(base, value, se, low, high)
    assert bool(reasons(found, "nchs_2017")) == (flag == "Px"), what
    noted = any(rows.any() for rows, _ in to_be_said(found, read_reliability("nchs_2017")))
    assert noted == (flag == "Pc"), what


@pytest.mark.parametrize(
    ("base", "value", "se", "low", "high", "df", "why"),
    [
        (29, 50, 9.3, 31, 69, 100, ["fewer than 30 respondents", "interval of 30 points or more"]),
        (60, 50, 9.3, 36, 64, 100, ["effective base under 30"]),  # 2500 / 86.5 is 28.9
        (400, 2, 1, 0.5, 5.5, 100, []),  # 5.0 points are 250% of 2%, and narrow
        (400, 4, 1.3, 1.6, 6.8, 100, []),  # 5.2 points are 130% of 4%, which is not more
        (400, 4, 1.3, 1.6, 6.81, 100, ["interval of more than 130% of the estimate"]),
        (200, 50, 6.8, 35.5, 64.5, 100, []),  # 29 points
        (200, 50, 7.6, 35, 65, 100, ["interval of 30 points or more"]),
        (200, 50, 3.5, 43, 57, 7, ["fewer than 8 degrees of freedom"]),
        (200, 0, 0, 0, 1.8, 100, []),  # nobody of 200: the widths say nothing
    ],
)
def test_each_part_of_the_standards(
    base: float, value: float, se: float, low: float, high: float, df: float, why: list[str]
) -> None:
    assert reasons(precision(base, value, se, low, high, df), "nchs_2017") == why


@pytest.mark.parametrize(("base", "bad"), [(49, True), (50, False)])
def test_fifty_respondents(base: int, bad: bool) -> None:
    assert bool(reasons(precision(base, 50, 7, 36, 64), "base_50")) == bad


@pytest.mark.parametrize(("se", "bad"), [(7.9, False), (8.0, True)])
def test_a_coefficient_of_variation_of_a_fifth(se: float, bad: bool) -> None:
    """8 of 40 is 20%, which "should be used with caution" (Nomis, Business Register and Employment Survey)."""
    assert bool(reasons(precision(500, 40, se, 20, 60), "cv_20")) == bad


def survey_of(*groups: tuple[int, int, int]) -> psa.Survey:
    """Of a district so many say yes and so many no."""
    rows = [(district, answer) for district, yes, no in groups for answer in [1] * yes + [2] * no]
    frame = pd.DataFrame(rows, columns=["district", "tidy"], dtype=float)
    return psa.read_survey(frame.assign(county=1.0, region=1.0, sex=1.0, age=1.0, calm=1.0), WAVE)


def test_a_row_says_what_it_does_not_rest_on() -> None:
    """One of two is 50.0%, with an interval of nearly everything: printed alone it looks like any other figure."""
    found = psa.estimate(survey_of((1, 1, 1), (2, 0, 20), (3, 20, 0), (4, 10, 10)), INDICATORS["tidy"], by="district")
    rows = zip(found.columns["area"], found.columns["marker"], found.columns["note"], strict=True)
    assert list(rows) == [
        ("1", "[u]", "fewer than 5 respondents"),
        ("2", "", "0%: nobody in the base counts"),
        ("3", "", "100%: everybody in the base counts"),
        ("4", "", ""),
    ]
    assert "fewer than 5 respondents" in found.to_text()
    assert found.sentences()[0].count("and is unreliable") == 1


DISTRICTS = {  # the weight of each respondent, and of those who did not answer
    "a half": ([0.1, 0.1, 0.1, 0.1, 0.1, 0.5], []),  # 0.5 of 1.0
    "more than half": ([1, 1, 1, 1, 1, 5.1], []),  # 5.1 of 10.1; six respondents, and Kish's effective base is 3.3
    "outside the base": ([1, 1, 1, 1, 1, 1], [100]),  # the 100 are of somebody who is in no base
    "few": ([1, 1, 9], []),
}
DOMINATED = "one respondent has more than 50% of the weights"


def weighted_districts() -> tuple[pd.DataFrame, psa.Wave]:
    """Return respondents whose answers alternate, so that every district has both, and their wave."""
    rows = [
        (district, weight, answer)
        for district, (answered, others) in DISTRICTS.items()
        for weight, answer in [*((w, 1 + i % 2) for i, w in enumerate(answered)), *((w, None) for w in others)]
    ]
    frame = pd.DataFrame(rows, columns=["district", "weight", "q"])
    questions = {"tidy": {"variable": "q", "answers": {"yes": 1, "no": 2}}}
    wave = {"weight": "weight", "area": {"district": "district"}, "questions": questions}
    return frame, psa.wave({"survey": "s", "title": "S", "2010": wave}, 2010)


@pytest.mark.parametrize("held", ["arrays", "an engine"])
def test_weights_that_one_respondent_dominates_are_said(
    held: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Effective bases do not tell: deff at six respondents is itself an estimate. Half of the weights is not more."""
    frame, wave = weighted_districts()
    if held == "an engine":
        monkeypatch.setattr("psaindicators.files.parquet.SMALL", 0)
        monkeypatch.setattr("psaindicators.figures.asked.open_sample", None)
        frame.to_parquet(tmp_path / "rows.parquet")
    survey = psa.read_survey(frame if held == "arrays" else tmp_path / "rows.parquet", wave)
    found = psa.estimate(survey, INDICATORS["tidy"], by=["all", "district"])
    columns = (found.columns[name] for name in ("area", "marker", "note"))
    assert {area: (marker, note) for area, marker, note in zip(*columns, strict=True)} == {
        "all": ("", ""),  # 9 of 28.1
        "a half": ("", ""),
        "more than half": ("[u]", DOMINATED),
        "outside the base": ("", ""),
        "few": ("[u]", "fewer than 5 respondents"),
    }


def test_a_rule_may_be_stricter_of_weights(tmp_path: Path) -> None:
    """9 of 28.1 are 32%."""
    (tmp_path / "own.toml").write_text('title = "T"\nversion = "1"\nsource = "ours"\n[most]\nweight = 30\n')
    frame, wave = weighted_districts()
    held = replace(wave, reliability=read_reliability(str(tmp_path / "own.toml")))
    found = psa.estimate(psa.read_survey(frame, held), INDICATORS["tidy"])
    assert found[0].note == "own: one respondent has more than 30% of the weights"


def test_every_row_is_held_to_a_rule_that_is_data() -> None:
    rule = rule_of_every_row()
    assert (rule.base, rule.weight) == (5, 50)
    assert "Australian Bureau of Statistics" in rule.source


def test_a_table_with_nothing_to_say_has_no_note() -> None:
    assert "note" not in psa.estimate(survey_of((1, 10, 10)), INDICATORS["tidy"]).columns


def test_one_psu_is_said() -> None:
    frame = pd.DataFrame({"q": [1, 2] * 8, "psu": [1] * 8 + [2, 2, 3, 3, 4, 4, 5, 5], "half": [1] * 8 + [2] * 8})
    wave = {"questions": {"tidy": {"variable": "q", "answers": {"yes": 1, "no": 2}}}, "area": {"half": "half"}}
    survey = psa.read_survey(frame, psa.wave({"survey": "s", "title": "S", "2010": {**wave, "psu": ["psu"]}}, 2010))
    found = psa.estimate(survey, INDICATORS["tidy"], by="half")
    assert found.columns["note"].tolist() == ["one PSU", ""]
    assert found.columns["marker"].tolist() == ["", ""]  # the strata's other PSUs give it a standard error


def test_a_wave_carries_its_publishers_rule() -> None:
    wave = psa.wave(str(NAMCS / "namcs.toml"), 2019)
    assert wave.reliability is not None
    assert wave.reliability.base == 30
    survey = psa.read_survey(NAMCS / "namcs2019.csv.gz", wave)
    found = psa.estimate(survey, psa.indicators(str(NAMCS / "visits.toml")), by=["all", "age_band*specialty"])
    marked = found.columns["marker"] == "[u]"
    assert 0 < marked.sum() < len(found)
    assert all(note.startswith("nchs_2017: ") for note in found.columns["note"][marked])


def test_an_unknown_rule_is_a_problem_of_the_wave_file(tmp_path: Path) -> None:
    text = (NAMCS / "namcs.toml").read_text().replace("nchs_2017", "nchs")
    (tmp_path / "namcs.toml").write_text(text)
    said = "there is no shipped reliability rule 'nchs'; did you mean 'nchs_2017'"
    with pytest.raises(psa.DefinitionError, match=said):
        psa.wave(str(tmp_path / "namcs.toml"), 2019)


def test_every_fault_of_a_rule_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('title = "T"\nversion = "1"\n[least]\nbase = -1\nbases = 2\n')
    with pytest.raises(psa.DefinitionError) as told:
        read_reliability(str(tmp_path / "own.toml"))
    for one in ("source", "base: must be at least 0, got -1", "bases"):
        assert one in str(told.value)


def test_a_withheld_row_says_nothing_of_what_it_rests_on() -> None:
    survey = survey_of((1, 1, 1), (2, 20, 20))
    found = psa.figures.publishable(survey, psa.estimate(survey, INDICATORS["tidy"], by="district"))
    assert found.where(area="1")[0].note == ""
    assert found.suppressed["note"].tolist() == [True, False]
