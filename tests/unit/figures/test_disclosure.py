"""Estimates as a policy lets them out."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import psaindicators as psa
from psaindicators.definitions.policies import Policy, read_policy
from psaindicators.definitions.reliability_files import Reliability
from psaindicators.figures.disclosure import GIVING_AWAY, Released, linked_tables, released as released_tables
from psaindicators.figures.estimates import share_of
from psaindicators.kernel import protection
from psaindicators.survey.linked import LinkedCells
from tests.table_sets import INDICATORS, WAVE


def survey_of(*groups: tuple[int, int, int, int]) -> psa.Survey:
    """People of a district and a sex, of whom so many say yes and so many no, to both questions."""
    rows = [(district, sex, answer) for district, sex, yes, no in groups for answer in [1] * yes + [2] * no]
    frame = pd.DataFrame(rows, columns=["district", "sex", "tidy"], dtype=float).assign(age=1.0, calm=1.0)
    frame["calm"] = frame["tidy"]
    frame["county"], frame["region"] = (frame["district"] + 1) // 2, 1.0
    return psa.read_survey(frame.where(frame > 0), WAVE)


def policy(**changes: object) -> Policy:
    ten = read_policy("threshold_10")
    assert ten is not None
    return replace(ten, **changes)  # type: ignore[arg-type]


def linked(survey: psa.Survey, by: list[str]) -> LinkedCells:
    shares = [share_of(one, 2010) for one in INDICATORS.values()]
    return linked_tables(survey, shares, tuple(by))


def released(survey: psa.Survey, estimates: psa.Estimates, policy: Policy) -> Released:
    """The estimates as a policy lets them out."""
    shares = [share_of(one, survey.wave.year) for one in estimates.indicators.values()]
    by = tuple(dict.fromkeys(estimates.columns["by"].tolist()))
    return released_tables(estimates, linked_tables(survey, shares, by), policy)


def withheld(survey: psa.Survey, by: list[str], **changes: object) -> dict[str, str]:
    found = released(survey, psa.estimate(survey, INDICATORS["tidy"], by=by), policy(**changes))
    keys = zip(found.estimates.columns["by"], found.estimates.columns["area"], strict=True)
    return {f"{by} {area}": why for (by, area), why in zip(keys, found.reasons, strict=True) if why}


FOUR = survey_of((1, 1, 20, 30), (1, 2, 25, 35), (2, 1, 2, 3), (2, 2, 30, 40), (3, 1, 22, 33), (3, 2, 24, 36))
"""Sex 1 of district 2 is five people; everyone else is fifty or more, twenty or more on either side."""


def test_a_small_base_is_withheld_with_what_would_give_it_away() -> None:
    """5 follows from the district's 75 less the men's 70, and from the women's 110 less 50 and 55 elsewhere."""
    found = withheld(FOUR, ["all", "district", "sex", "district*sex"])
    assert found.pop("district*sex 2*female") == "small base"
    assert set(found.values()) == {"so that no other follows"}
    assert "district*sex 2*male" in found
    assert {"district*sex 1*female", "district*sex 3*female"} & found.keys()
    assert not {"all all", "sex female", "sex male"} & found.keys()


def test_alone_in_its_table_it_is_withheld_alone() -> None:
    """With no total and no other breakdown in print nothing follows from the other cells."""
    assert list(withheld(FOUR, ["district*sex"])) == ["district*sex 2*female"]


def test_a_margin_that_two_breakdowns_share_is_known_though_nobody_prints_it() -> None:
    """Everyone is 65 + 70 + 60 by district, so the women are these less the men: the fewest of the four hide them."""
    survey = survey_of((1, 1, 2, 3), (1, 2, 25, 35), (2, 2, 30, 40), (3, 2, 24, 36))
    assert withheld(survey, ["sex"]) == {"sex female": "small base"}
    found = withheld(survey, ["sex", "district"])
    assert found == {"sex female": "small base", "district 3": "so that no other follows"}


def test_the_one_who_did_not_say_is_a_cell_too() -> None:
    """191 people, 95 of them women and 95 men: the difference is one person's answer."""
    survey = survey_of((1, 1, 50, 45), (1, 2, 45, 50), (1, 0, 1, 0))
    cells = linked(survey, ["all", "sex"])
    assert cells.base[0].tolist() == [191, 95, 95, 1]
    assert cells.area.tolist() == ["all", "female", "male", ""]
    assert withheld(survey, ["all", "sex"])  # one of the three may not be shown
    assert not withheld(survey, ["sex"])


def test_counties_are_linked_to_the_districts_in_them() -> None:
    survey = survey_of((1, 1, 20, 30), (2, 1, 2, 3), (3, 1, 22, 33), (4, 1, 24, 36))
    cells = linked(survey, ["county", "district"])
    county = cells.by == "county"
    assert cells.base[0][county].tolist() == [55, 115]
    assert set(cells.sums.whole) >= set(np.flatnonzero(county))
    found = withheld(survey, ["county", "district"])
    assert found == {"district 2": "small base", "district 1": "so that no other follows"}


@pytest.mark.parametrize(("yes", "no", "why"), [(9, 60, "small numerator"), (60, 9, "small complement")])
def test_few_on_one_side_are_withheld_too(yes: int, no: int, why: str) -> None:
    survey = survey_of((1, 1, yes, no), (2, 1, 30, 30))
    assert withheld(survey, ["district"]) == {"district 1": why}
    assert not withheld(survey, ["district"], numerator=0, complement=0, class_disclosure=False)


@pytest.mark.parametrize(("yes", "no", "why"), [(0, 60, "small numerator"), (60, 0, "small complement")])
def test_all_alike_is_class_disclosure(yes: int, no: int, why: str) -> None:
    """0% and 100% say of everyone in the district what they answered."""
    survey = survey_of((1, 1, yes, no), (2, 1, 30, 30))
    assert withheld(survey, ["district"], numerator=0, complement=0) == {"district 1": why}


def test_a_breakdown_by_the_answer_itself_tells_nothing() -> None:
    """Those who say that it is tidy are at 100%, as everybody knows: what is withheld is small, or follows."""
    survey = survey_of((1, 1, 30, 40), (2, 1, 30, 40))
    assert not withheld(survey, ["all", "tidy"])


def test_a_withheld_cell_is_not_a_missing_one_and_holds_nothing() -> None:
    found = released(FOUR, psa.estimate(FOUR, INDICATORS["tidy"], by=["district*sex"]), policy()).estimates
    row = found.where(area="2*female")
    assert row[0].marker == "[c]"
    assert all(row.suppressed[name].tolist() == [True] for name in GIVING_AWAY)
    assert all(row.columns[name][0] in ("",) or np.isnan(row.columns[name][0]) for name in GIVING_AWAY)
    assert "[c]" in found.to_text()
    assert found.where(area="1*female")[0].value == 40.0
    assert "withheld" in row.sentences()[0]


def test_sums_of_weights_are_withheld_of_every_row_where_the_policy_says_so() -> None:
    """The base of one question less that of another, where they differ by one person, is that person's weight."""
    estimates = psa.estimate(FOUR, INDICATORS["tidy"], by=["all", "sex"])
    assert released(FOUR, estimates, policy()).estimates.suppressed["weighted_base"].all()
    shown = released(FOUR, estimates, policy(weighted_bases="shown"))
    assert shown.estimates == estimates
    assert shown.count == 0


def test_bases_are_rounded_with_all_that_they_can_be_read_from() -> None:
    survey = survey_of((1, 1, 21, 32), (2, 1, 30, 30))
    estimates = psa.estimate(survey, INDICATORS["tidy"], by="district")
    found = released(survey, estimates, policy(round_to=5)).estimates
    assert estimates.columns["base"].tolist() == estimates.columns["psus"].tolist() == [53, 60]
    assert found.columns["base"].tolist() == found.columns["psus"].tolist() == [55, 60]
    assert not np.mod(found.columns["df"], 5).any()
    assert found.columns["value"].tolist() == estimates.columns["value"].tolist()


def test_an_indicator_with_the_same_respondents_shows_no_cell_that_another_needs_withheld() -> None:
    estimates = psa.estimate(FOUR, INDICATORS, by=["all", "district", "sex", "district*sex"])
    found = released(FOUR, estimates, policy())
    of_each = [found.reasons[estimates.columns["indicator"] == name] for name in INDICATORS]
    assert (of_each[0] != "").tolist() == (of_each[1] != "").tolist()


def test_in_a_notebook_it_is_one_word() -> None:
    estimates = psa.estimate(FOUR, INDICATORS["tidy"], by="district*sex")
    assert psa.figures.publishable(FOUR, estimates, "none") is estimates
    found = psa.figures.publishable(FOUR, estimates)
    assert (
        found
        == psa.figures.publishable(FOUR, estimates, "threshold_10")
        == released(FOUR, estimates, policy()).estimates
    )
    assert (found.columns["marker"] == "[c]").sum() == 1


def test_estimates_of_some_of_the_respondents_are_refused() -> None:
    """The women's rows differ from the tables of everyone that they would be judged by."""
    estimates = psa.estimate(FOUR, INDICATORS["tidy"], where={"question": "sex", "in": ["female"]})
    with pytest.raises(psa.OptionError, match="of whole tables: these estimates are not of all of drawn 2010"):
        psa.figures.publishable(FOUR, estimates)


def test_what_was_done_is_told_in_words() -> None:
    found = released(FOUR, psa.estimate(FOUR, INDICATORS["tidy"], by=["district*sex"]), policy())
    assert found.words == "1 of 6 rows withheld [c]: 1 small base"


def test_unreliable_figures_are_withheld_where_the_policy_says_so() -> None:
    """Of 4 yes and 6 no the base of 10 is shown, and says why; the others have 20. Nothing else goes for its sake."""
    rule = Reliability("eleven", "T", "1", "S", Path("eleven.toml"), base=11)
    survey = survey_of((1, 1, 4, 6), (2, 1, 10, 10), (3, 1, 0, 10))
    survey = replace(survey, wave=replace(survey.wave, reliability=rule))
    estimates = psa.estimate(survey, INDICATORS["tidy"], by="district")
    loose = {"base": 1, "numerator": 0, "complement": 0, "class_disclosure": False, "range": 1}
    found = released(survey, estimates, policy(**loose, unreliable="withheld"))
    one, two, three = found.estimates
    assert [math.isnan(row.value) for row in (one, two, three)] == [True, False, True]
    assert [(row.base, row.marker) for row in (one, two, three)] == [(10, "[u]"), (20, ""), (10, "[u]")]
    assert (one.note, three.note) == ("eleven: fewer than 11 respondents",) * 2  # "0%" would give the figure away
    assert estimates[2].note == "0%: nobody in the base counts; eleven: fewer than 11 respondents"
    assert found.estimates.printed()["value"] == ["[u]", "50.0", "[u]"]
    assert found.estimates.printed(["weighted_base"])["weighted_base"] == ["[c]"] * 3  # as of every row
    assert "is withheld for district 1 in 2010, as unreliable" in found.estimates.sentences()[0]
    assert (found.count, found.count_unsure) == (0, 2)
    assert found.words == "0 of 3 rows withheld [c]; 2 withheld as unreliable [u]"
    assert released(survey, estimates, policy(**loose)).estimates[0].value == pytest.approx(40)


def test_what_is_confidential_and_unreliable_is_confidential() -> None:
    """One of two: marked [u] in the estimates, and nothing of it is shown, its base least of all."""
    survey = survey_of((1, 1, 1, 1), (2, 1, 20, 20))
    estimates = psa.estimate(survey, INDICATORS["tidy"], by=["district*sex"])
    found = released(survey, estimates, policy(unreliable="withheld"))
    assert estimates[0].marker == "[u]"
    assert found.estimates[0].marker == "[c]"
    assert found.estimates.printed()["base"][0] == "[c]"
    assert found.count_unsure == 0


def test_a_cell_that_cannot_be_protected_stops_the_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no other table is found the five women of district 2 would follow from 75 less 70: nothing may leave."""
    monkeypatch.setattr(protection, "_least_move", lambda movable, hidden, targets: np.zeros(len(targets)))
    estimates = psa.estimate(FOUR, INDICATORS["tidy"], by=["all", "district", "sex", "district*sex"])
    with pytest.raises(psa.OutputError) as stopped:
        psa.figures.publishable(FOUR, estimates)
    assert str(stopped.value) == (
        "drawn 2010: 1 cell cannot be protected as the policy threshold_10 asks, so nothing may be published: tidy by "
        "district*sex 2*female. Publish fewer breakdowns, or coarser ones, or name a policy with a smaller range"
    )
