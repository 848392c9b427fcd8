"""The tables of an outturn as a person reads them: what stands above the figures."""

from __future__ import annotations

import psaindicators as psa
from psaindicators.outturns.pages import indicator_page
from psaindicators.publishing.writers.as_text import page_text


def test_a_table_says_how_the_agreement_has_its_indicator_measured() -> None:
    """PSA 21, Annex A, indicator 6: Taking Part, an interval likely to be under 1, a minimum of about 2 points."""
    lines = page_text(indicator_page(psa.indicators("psa21")["psa21.6"], [])).splitlines()
    start = lines.index("As the agreement has it measured")
    assert lines[start + 2 : start + 6] == [
        "national",
        "  data set: Taking Part",
        "  provider: not found",
        "  baseline: indicative 60%; to be finalised in March 2008",
    ]
    assert "  minimum movement: approximately 2 percentage points" in lines
    assert "data quality officer: not found" in lines


def test_a_table_of_an_indicator_without_sources_says_nothing_of_them() -> None:
    assert "agreement has it measured" not in page_text(indicator_page(psa.indicators("nis")["ni3"], []))
