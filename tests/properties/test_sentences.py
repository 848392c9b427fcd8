"""No sentence asserts a change, an order or a target met that its row does not hold.

What may be said is worked out here by hand from the figures drawn, with the arithmetic of official tables: a standard
error is 100 sqrt(p (1 - p) / n), a change is significant at 1.96 standard errors, a target is met at or past it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import hypot, sqrt

import pytest
from hypothesis import assume, given, strategies as st

import psaindicators as psa

CHANGE = re.compile(r"\b(improved|declined|rise|fall|rose|fell|grew|dropped|increased?|decreased?|gain(ed)?|lost)\b")
ORDER = re.compile(r"\b(higher|highest|lower|lowest|above|below|better|worse|best|worst|most|more than|ahead|behind)\b")
NEAR = 1e-6
values = st.floats(1, 99).map(lambda value: round(value, 3))
bases = st.integers(30, 5000)
betters = st.sampled_from(["higher", "lower"])


def se(value: float, base: int) -> float:
    return 100 * sqrt(value / 100 * (1 - value / 100) / base)


def said(sentence: str) -> str:
    """A sentence without the indicator's title, which may say anything."""
    return re.sub(r'"[^"]*"', "", sentence)


def printed(value: float, base: int, wave: int, better: str) -> psa.Estimates:
    indicator = replace(psa.indicators("nis")["ni4"], better=better)
    row = {"area": "E1", "area_name": "Lee", "value": value, "base": base}
    return psa.from_published([row], indicator=indicator, survey="place", wave=wave, unit="percent")


@given(values, values, bases, bases, betters, st.one_of(st.just("computed"), st.floats(0.5, 10)))
def test_a_change_is_asserted_where_it_is_significant_and_reaches_the_minimum_alone(
    before: float, after: float, n1: int, n2: int, better: str, minimum: str | float
) -> None:
    change = after - before
    least = 1.96 * hypot(se(before, n1), se(after, n2))
    needed = least if isinstance(minimum, str) else minimum
    assume(abs(abs(change) - least) > NEAR * 1000 and abs(abs(change) - needed) > NEAR * 1000)
    moved = psa.compare(printed(before, n1, 2008, better), printed(after, n2, 2010, better), minimum=minimum)
    [sentence] = map(said, moved.sentences())
    holds = abs(change) >= least and abs(change) >= needed
    assert bool(CHANGE.search(sentence)) == holds
    assert not ORDER.search(sentence)
    if holds:
        assert ("a rise of" in sentence, "a fall of" in sentence) == (change > 0, change < 0)
        assert ("improved" in sentence) == ((change > 0) == (better == "higher"))
    else:
        assert "no reportable change" in sentence
        assert "chance alone" in sentence or "that count" in sentence


@given(values, values, values, bases, bases, betters)
def test_a_target_is_met_and_an_improvement_asserted_where_they_are_alone(
    baseline: float, target: float, outturn: float, n1: int, n2: int, better: str
) -> None:
    way = 1 if better == "higher" else -1
    assume(way * (target - baseline) > 0.01)
    towards = way * (outturn - baseline)
    least = 1.96 * hypot(se(baseline, n1), se(outturn, n2))
    worse = outturn - way * 1.96 * se(outturn, n2)
    assume(min(abs(abs(towards) - least), abs(outturn - target), abs(worse - target)) > NEAR * 1000)
    known = {"ni4": replace(psa.indicators("nis")["ni4"], better=better)}
    csv = f"area,indicator,baseline,target,year,baseline_base\nE1,ni4,{baseline},{target},2010,{n1}\n"
    [sentence] = map(said, psa.score(_targets(csv, known), printed(outturn, n2, 2010, better)).sentences())
    met = way * (outturn - target) >= 0
    assert ("was met" in sentence) == met
    assert (", by the whole of the interval" in sentence) == (met and way * (worse - target) >= 0)
    if not met:
        assert ("it improved" in sentence) <= (towards >= least)
        assert ("it declined" in sentence) == (towards <= -least)
        assert ("no reportable change" in sentence) == (abs(towards) < least)
    assert not ORDER.search(sentence)


def _targets(csv: str, known: dict[str, psa.definitions.Indicator]) -> object:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = f"{folder}/targets.csv"
        with open(path, "w", encoding="utf-8") as file:
            file.write(csv)
        return psa.read_targets(path, indicators=known)


@given(values, bases, betters)
def test_an_estimate_asserts_no_change_and_no_order_and_says_about_where_it_rounds(
    value: float, base: int, better: str
) -> None:
    [sentence] = map(said, printed(value, base, 2008, better).sentences())
    assert not CHANGE.search(sentence)
    assert not ORDER.search(sentence)
    shown = re.search(r"was (about )?([\d.]+)% in Lee in 2008", sentence)
    assert shown is not None
    assert abs(float(shown[2]) - value) <= 0.05 + NEAR
    assert bool(shown[1]) == (abs(float(shown[2]) - value) > NEAR)


def test_what_is_not_sure_is_said() -> None:
    """The definition of NI 4 is shipped as unconfirmed; a value without base or margin has no interval."""
    rows = [
        {"area": "E1", "area_name": "Lee", "value": 30.0, "base": None},
        {"area": "E2", "area_name": "Moor", "value": None, "base": 9},
    ]
    shaky, gone = psa.from_published(rows, indicator="ni4", survey="place", wave=2008).sentences()
    assert shaky.endswith(
        "was 30.0% in Lee in 2008, without a confidence interval, and is unreliable; its definition is unconfirmed."
    )
    assert "is not available in Moor in 2008" in gone


def test_a_withheld_value_is_not_told_nor_its_change() -> None:
    before, after = printed(30.0, 900, 2008, "higher"), printed(50.0, 900, 2010, "higher")
    [sentence] = after.suppress(after.columns["base"] > 0, ["value", "low", "high"]).sentences()
    assert "withheld in Lee in 2010, for confidentiality" in sentence
    assert "50" not in sentence
    moved = psa.compare(before, after)
    [sentence] = map(said, moved.suppress(moved.columns["change"] > 0, ["change"]).sentences())
    assert "withheld in Lee between 2008 and 2010" in sentence
    assert not CHANGE.search(sentence)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0.0%"), (100.0, "100.0%"), (0.02, "under 0.1%"), (99.97, "over 99.9%"), (12.34, "about 12.3%")],
)
def test_a_figure_near_an_end_is_not_rounded_into_it(value: float, shown: str) -> None:
    from psaindicators.figures.sentences import about

    assert about(value) == shown
