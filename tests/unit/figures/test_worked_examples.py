"""Policies held to worked examples that others published: their numbers, and which cells they call unsafe.

Handbook: "Handbook on Statistical Disclosure Control" (Eurostat's centre of excellence), section 5.2, at
sdctools.github.io/HandbookSDC; its example of two geographies is the United Kingdom's, output areas of 2001 and
enumeration districts of 1991. ACRO: the checker of outputs that UK data services use, by a threshold of 10, in its
demonstration on the nursery data (AI-SDC/ACRO, notebooks/acro_demo_v2.ipynb).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.policies import Policy, read_policy
from psaindicators.figures.disclosure import linked_tables, released
from psaindicators.figures.earlier import Earlier, EarlierRow
from psaindicators.figures.estimates import Estimates, share_of
from psaindicators.survey.linked import LinkedCells
from tests.table_sets import INDICATORS, WAVE

TIDY = INDICATORS["tidy"]


def people(groups: Iterable[tuple[float, float, int, int]]) -> psa.Survey:
    """People of a code of age and of sex (nan: neither), of whom so many say yes and so many no; all of one region."""
    rows = [(age, sex, answer) for age, sex, yes, no in groups for answer in [1.0] * yes + [2.0] * no]
    frame = pd.DataFrame(rows, columns=["age", "sex", "tidy"], dtype=float)
    return psa.read_survey(frame.assign(calm=1.0, early=1.0, district=1.0, county=1.0, region=1.0), WAVE)


def policy(least: int, answers: int, **changes: object) -> Policy:
    ten = read_policy("threshold_10")
    assert ten is not None
    counts = {"base": least, "numerator": answers, "complement": answers, "range": least}
    return replace(ten, **{**counts, "class_disclosure": bool(answers), **changes})  # type: ignore[arg-type]


def tables(survey: psa.Survey, by: list[str], before: Iterable[str] = ()) -> tuple[Estimates, LinkedCells]:
    """The estimates of some breakdowns, with the cells of theirs and of those that were published `before`."""
    cells = linked_tables(survey, [share_of(TIDY, 2010)], tuple(dict.fromkeys((*by, *before))))
    published = np.array([one in by for one in cells.by.tolist()])
    return psa.estimate(survey, TIDY, by=by), replace(cells, published=published)


def withheld(survey: psa.Survey, by: list[str], by_policy: Policy) -> dict[str, str]:
    found = released(*tables(survey, by), by_policy)
    areas = zip(found.estimates.columns["area"].tolist(), found.reasons.tolist(), strict=True)
    return {area: why for area, why in areas if why}


def test_the_one_woman_who_is_single() -> None:
    """Handbook, marital status by sex: 38 and 17 married, 7 and 4 divorced, 3 and 1 single, with all totals in print.

    The 1 is the unsafe cell; it would follow from its row (4 less 3) and from its column (22 less 17 and 4), so one
    more cell goes in each, and a fourth where these two meet.
    """
    counts = {(1, 1): 17, (1, 2): 38, (2, 1): 4, (2, 2): 7, (3, 1): 1, (3, 2): 3}
    survey = people((age, sex, n, 0) for (age, sex), n in counts.items())
    found = withheld(survey, ["all", "age", "sex", "age*sex"], policy(2, 0))
    assert found.pop("old*female") == "small base"
    assert set(found.values()) == {"so that no other follows"}
    assert "old*male" in found
    assert sorted(found) == [
        "middle*female",
        "middle*male",
        "old*male",
    ]  # 4, 7 and 3: 17 and 38 married would cost more


def test_a_group_that_all_answered_alike_and_one_of_whom_one_did_not() -> None:
    """Handbook, marital status by hours: full and part time 6 and 0 married, 5 and 1 divorced, 2 and 2 single.

    All who are married work full time, which tells of the group; the one divorced who does not knows of the other five.
    """
    survey = people([(1, 1, 6, 0), (2, 1, 5, 1), (3, 1, 2, 2)])
    assert withheld(survey, ["age"], policy(3, 2)) == {"young": "small complement", "middle": "small complement"}
    assert withheld(survey, ["age"], policy(3, 0, class_disclosure=True)) == {"young": "small complement"}


HOURS = {"male": (50, 128 + 39, 2, 2), "female": (54, 140 + 49, 1, 0)}
"""By output area of 2001: at more than 30 hours, and at fewer; then the others of the enumeration district of 1991."""


@pytest.mark.parametrize("at_once", [True, False])
def test_two_geographies_of_one_area_leave_three_men_and_one_woman(at_once: bool) -> None:
    """Handbook, hours of single households: 52, 130, 39 men less 50, 128, 39 leave 4; 244 women less 243 leave one.

    In one release, and in two of which the second has the first before it; alone, either is safe.
    """
    code = {"female": 1.0, "male": 2.0}
    groups = [
        (age, code[sex], yes, no)
        for sex, (yes, no, more, fewer) in HOURS.items()
        for age, yes, no in ((1.0, yes, no), (np.nan, more, fewer))
    ]
    survey = people(groups)
    ten = policy(10, 10)
    assert withheld(survey, ["region*sex"], ten) == {}
    assert withheld(survey, ["age*sex"], ten) == {}
    if at_once:
        assert len(withheld(survey, ["region*sex", "age*sex"], ten)) == 2
        return
    first = psa.estimate(survey, TIDY, by="region*sex")
    rows = zip(*(first.columns[name].tolist() for name in ("by", "area", "base")), strict=True)
    earlier = Earlier(
        "1991", tuple(EarlierRow("tidy", by, area, "", base, True) for by, area, base in rows), INDICATORS
    )
    found = released(*tables(survey, ["age*sex"], ["region*sex"]), ten, earlier=[earlier])
    held = found.estimates.columns["marker"] == "[c]"
    assert found.estimates.columns["area"][held].tolist() == ["young*female", "young*male"]
    assert found.more == 2


NURSERY = {
    "not_recom": (1440, 1440, 1440),
    "priority": (858, 1484, 1924),
    "recommend": (0, 0, 2),
    "spec_prior": (2022, 1264, 758),
    "very_recom": (0, 132, 196),
}
UNSAFE = {"recommend": ["young", "middle", "old"], "very_recom": ["young"]}
"""The four cells that ACRO suppresses by its threshold of 10, of 15."""


@pytest.mark.parametrize("answer", NURSERY)
def test_the_cells_under_ten_are_those_that_the_checker_of_the_data_services_suppresses(answer: str) -> None:
    """Each column of the nursery data has 4,320 children: a recommendation's share of them stands on two counts."""
    ten = read_policy("threshold_10")
    assert ten is not None
    survey = people((age, 1.0, n, 4320 - n) for age, n in enumerate(NURSERY[answer], start=1))
    assert withheld(survey, ["age"], ten) == dict.fromkeys(UNSAFE.get(answer, []), "small numerator")
