"""The PSA assessed: the three success rules by hand, the rating against printed ones, what is refused.

The rules: PSA Delivery Agreement 21 (HM Treasury, October 2007), paragraphs 2.1 and 2.2 and Annex A.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import psaindicators as psa
from psaindicators.figures.printed import from_published
from psaindicators.judgements.adopting import read_adopting
from psaindicators.judgements.assessment import assess, rating
from psaindicators.judgements.index import Figure, third_sector_index
from psaindicators.judgements.movements import Movements, compare

UP, DOWN, STILL = "improved", "declined", "no reportable change"
FIVE = ["E06000056", "E06000055", "E06000014", "E08000003", "E09000001"]


def movements(indicator, verdicts, by="authority", *, survey="place", earlier=2008, later=2010, marker="", interim=""):
    """Movements of one indicator from {area: verdict}, of 5 points where something moved."""
    change = [{UP: 5.0, DOWN: -5.0, STILL: 1.0}.get(verdict, np.nan) for verdict in verdicts.values()]
    text = {"area": list(verdicts), "verdict": list(verdicts.values())}
    same = {"indicator": indicator, "by": by, "note": "", "better": "higher", "marker": marker}
    rows = len(verdicts)
    return Movements(
        {name: np.array(column, dtype=object) for name, column in text.items()}
        | {name: np.full(rows, word, dtype=object) for name, word in same.items()}
        | {"earlier": np.full(rows, earlier), "later": np.full(rows, later)}
        | {"change": np.array(change), "minimum": np.full(rows, 2.0)},
        survey,
        interim,
    )


def national(indicator, verdict, **of):
    """The annex's national movement: the Citizenship Survey's (Taking Part's for psa21.6), from 2007-08."""
    survey = "taking_part" if indicator == "psa21.6" else "citizenship"
    return movements(
        indicator, {"all": verdict}, **{"by": "all", "survey": survey, "earlier": 2007, "later": 2009} | of
    )


def of(assessment, indicator):
    return assessment.where(indicator=indicator)[0]


@pytest.mark.parametrize(
    ("local", "nationally", "verdict"),
    [
        ([UP, UP, UP, STILL, DOWN], STILL, "improved"),  # 3 of 5
        ([UP, UP, STILL, STILL, DOWN], UP, "not improved"),  # 2 of 5
        ([UP, UP, UP, UP, UP], DOWN, "not improved"),  # a national decline undoes it
        ([UP, UP, UP, "", ""], STILL, "improved"),  # 3 of 5 whatever the other two did
        ([UP, UP, STILL, "", ""], STILL, "not yet assessed"),  # 2 of 5; of the measured 2 of 3 would be a majority
        ([UP, STILL, STILL, STILL, ""], STILL, "not improved"),  # 2 of 5 at the most
        ([UP, UP, STILL, "", ""], DOWN, "not improved"),  # the unmeasured cannot change the answer
        ([UP, UP, UP, STILL, STILL], "", "not yet assessed"),  # the national movement could
        ([STILL, STILL, STILL, STILL, STILL], "", "not improved"),
    ],
)
def test_a_local_indicator_needs_most_of_its_adopters_and_no_national_decline(local, nationally, verdict):
    moved = movements("ni4", dict(zip(FIVE, local, strict=True)))
    row = of(assess(moved, national("psa21.4", nationally), adopting={"psa21.4": FIVE}), "psa21.4")
    assert row.verdict == verdict
    assert (row.adopting, row.improved, row.declined) == (5, local.count(UP), local.count(DOWN))
    unmeasured = [area for area, one in zip(FIVE, local, strict=True) if not one]
    assert (row.unmeasured, row.unmeasured_areas) == (len(unmeasured), ", ".join(unmeasured))


def test_half_is_not_a_majority():
    moved = movements("ni1", dict(zip(FIVE[:4], [UP, UP, STILL, STILL], strict=True)))
    still = national("psa21.1", STILL)
    assert of(assess(moved, still, adopting={"psa21.1": FIVE[:4]}), "psa21.1").verdict == "not improved"


def test_an_adopting_authority_without_a_row_stays_in_the_denominator():
    moved = movements("ni2", dict.fromkeys(FIVE[:2], UP))
    row = of(assess(moved, national("psa21.3", STILL), adopting={"psa21.3": FIVE}), "psa21.3")
    assert (row.verdict, row.adopting, row.unmeasured) == ("not yet assessed", 5, 3)
    assert "improved in 2 of 5 adopting authorities, 3 without a movement" in row.reason


def test_authorities_that_did_not_adopt_it_do_not_count():
    moved = movements("ni2", dict(zip(FIVE, [UP, UP, DOWN, DOWN, DOWN], strict=True)))
    row = of(assess(moved, national("psa21.3", STILL), adopting={"psa21.3": FIVE[:2]}), "psa21.3")
    assert (row.verdict, row.adopting) == ("improved", 2)


def test_the_local_indicator_is_ni_2_and_not_ni_3_for_psa21_3():
    wrong = movements("ni3", dict.fromkeys(FIVE, UP))
    row = of(assess(wrong, national("psa21.3", STILL), adopting={"psa21.3": FIVE}), "psa21.3")
    assert (row.improved, row.unmeasured) == (0, 5)


def test_adopters_may_be_given_by_local_id_old_code_or_name_and_count_once():
    moved = movements("ni4", {"E06000056": UP, "E06000055": STILL, "E06000014": UP})
    adopting = {"NI 4": ["00KC", "Bedford Borough", "York"], "psa21.4": ["Central Bedfordshire"]}
    with pytest.raises(psa.DefinitionError, match="no area of England has these codes or names\n  - 'Bedford Borough'"):
        assess(moved, adopting=adopting)
    adopting["NI 4"][1] = "00KB"
    row = of(assess(moved, national("psa21.4", STILL), adopting=adopting), "psa21.4")
    assert (row.adopting, row.improved, row.unmeasured, row.verdict) == (3, 2, 0, "improved")


@pytest.mark.parametrize(
    ("nationally", "verdict"),
    [(UP, "improved"), (STILL, "not improved"), (DOWN, "not improved"), ("", "not yet assessed")],
)
def test_a_national_indicator_needs_its_minimum_movement(nationally, verdict):
    row = of(assess(national("psa21.6", nationally)), "psa21.6")
    assert (row.verdict, row.national, row.adopting) == (verdict, nationally, 0)


@pytest.mark.parametrize(("staff", "verdict"), [(419_000 * 1.06, "improved"), (430_000, "not improved")])
def test_the_index_needs_106(staff, verdict):
    index = third_sector_index(Figure(29, 0.1), Figure(staff, 1_000))
    row = of(assess(index=index), "psa21.5")
    assert row.verdict == verdict
    assert "106 required; reconstructed" in row.reason


def test_an_index_that_reaches_106_with_a_wide_interval_says_so():
    row = of(assess(index=third_sector_index(Figure(29, 1), Figure(445_000, 23_000))), "psa21.5")
    assert row.verdict == "improved"
    assert "its interval reaches the baseline" in row.reason


@pytest.mark.parametrize(
    ("improved", "not_improved", "unknown", "expected"),
    [
        (12, 5, 0, "strong progress"),  # 12 of 17, printed
        (8, 9, 0, "some progress"),  # 8 of 17, printed
        (3, 4, 0, "some progress"),  # 3 of 7, printed
        (1, 0, 8, "not yet assessed"),  # 1 of 9, printed: tested before "some"; how many were unknown is ours
        (2, 2, 5, "not yet assessed"),  # 2 of 9, printed
        (3, 3, 0, "some progress"),  # half is not more than half
        (3, 0, 3, "not yet assessed"),  # half without an outturn
        (4, 0, 2, "strong progress"),
        (0, 4, 2, "no progress"),
    ],
)
def test_the_rating_fits_the_printed_ones(improved, not_improved, unknown, expected):
    verdicts = ["improved"] * improved + ["not improved"] * not_improved + ["not yet assessed"] * unknown
    assert rating(verdicts) == expected


@given(st.lists(st.sampled_from(["improved", "not improved", "not yet assessed"]), min_size=1), st.data())
def test_one_more_improvement_never_lowers_the_rating(verdicts, data):
    order = ["no progress", "some progress", "strong progress"]
    better = [*verdicts]
    better[data.draw(st.integers(0, len(verdicts) - 1))] = "improved"
    before, after = rating(verdicts), rating(better)
    if before in order:
        assert order.index(after) >= order.index(before)


def test_the_whole_agreement():
    local = [movements(one, dict.fromkeys(FIVE, UP)) for one in ("ni1", "ni2", "ni4")]
    country = [national(one, STILL) for one in ("psa21.1", "psa21.3")] + [national("psa21.2", UP)]
    found = assess(
        *local,
        *country,
        national("psa21.4", DOWN),
        national("psa21.6", STILL),
        adopting=dict.fromkeys(["psa21.1", "psa21.3", "psa21.4"], FIVE),
        index=third_sector_index(Figure(27, 0.5), Figure(430_000, 10_000)),
    )
    assert found.columns["indicator"].tolist() == [f"psa21.{i}" for i in range(1, 7)]
    yes, no = "improved", "not improved"
    assert found.columns["verdict"].tolist() == [yes, yes, yes, no, no, no]
    assert found.rating == "some progress"  # 3 of 6: half, not more
    assert "some progress (of 6 indicators 3 improved, 3 not improved, 0 not yet assessed" in repr(found)
    assert "as recalled" in repr(found)
    assert len(found.to_frame()) == 6


def test_nothing_given_is_not_yet_assessed():
    assert assess().rating == "not yet assessed"
    assert set(assess().columns["verdict"]) == {"not yet assessed"}


def test_movements_of_printed_figures_are_assessed():
    """81.5 to 79.8 is 1.7 down, under the printed 2 points: no reportable change, so no decline."""
    waves = [
        from_published({"value": [v], "margin": [1.0]}, indicator="psa21.1", survey="citizenship", wave=year, by="all")
        for v, year in ((81.5, 2007), (79.8, 2009))
    ]
    row = of(assess(compare(*waves), movements("ni1", {FIVE[0]: UP}), adopting={"ni1": FIVE[:1]}), "psa21.1")
    assert (row.national, row.verdict) == ("no reportable change", "improved")
    assert "-1.7 points from 2007 to 2009, minimum 2.0" in row.reason


def test_contradictions_are_refused():
    with pytest.raises(psa.ComparisonError, match=r"psa21\.2 has national movements that contradict each other"):
        assess(national("psa21.2", UP), national("psa21.2", STILL))
    both = [movements("ni1", {FIVE[0]: one}, by) for one, by in ((UP, "authority"), (DOWN, "laa"))]
    with pytest.raises(psa.ComparisonError, match="E06000056 has movements that contradict each other"):
        assess(*both, adopting={"psa21.1": FIVE})
    other = third_sector_index(Figure(29, 1), Figure(419_000, 1))
    renamed = type(other)(dict(other.columns) | {"indicator": np.array(["mine"], dtype=object)})
    with pytest.raises(psa.ComparisonError, match=r"no index is required of mine, it is of psa21\.5"):
        assess(index=renamed)


@pytest.mark.parametrize(
    ("adopting", "message"),
    [
        ({"psa21.2": FIVE}, "psa21.2 is not assessed by the authorities that adopt it; psa21.1 (ni1), psa21.3 (ni2)"),
        ({"psa21.44": FIVE}, "there is no indicator 'psa21.44'; did you mean 'psa21.4'?"),
        ({"3": FIVE}, "'3' alone does not say which numbering scheme it belongs to"),
        ({"psa21.1": ["E0600056", "Nowhere"]}, "'Nowhere'"),
    ],
)
def test_adopting_lists_are_checked(adopting, message):
    with pytest.raises(psa.DefinitionError) as caught:
        assess(adopting=adopting)
    assert message in str(caught.value)


def test_adopting_areas_are_read_from_a_file(tmp_path):
    path = tmp_path / "adopting.csv"
    path.write_text("indicator,area,area_name\nNI 4,E06000056,Central Bedfordshire\npsa21.4,York,\nni1,E06000056,\n")
    assert read_adopting(path) == {"psa21.4": ("E06000056", "York"), "psa21.1": ("E06000056",)}
    path.write_text("indicator,area\nNI 4,00KC\nni4,E06000056\nni6,X\n,Y\nni44,Z\nni1,\n")
    with pytest.raises(psa.DefinitionError) as caught:
        read_adopting(path)
    assert [line[4:] for line in str(caught.value).splitlines() if line.startswith("  - ")] == [
        "line 3: E06000056 is on line 2 already as adopting psa21.4",
        "line 4: ni6 is not assessed by the authorities that adopt it; psa21.1 (ni1), psa21.3 (ni2), psa21.4 (ni4) are",
        "line 5: indicator is missing",
        "line 6: there is no indicator 'ni44'; did you mean 'ni4'?",
        "line 7: area is missing",
    ]


def test_a_success_rule_that_lacks_what_it_needs_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    indicator = 'title = "T"\nbetter = "higher"\nreference = "R"\nsuccess = "{}"\n'
    definition = 'denominator = { all_answered = ["q"] }\nnumerator = { question = "q", in = ["yes"] }\n'
    rules = ("local_majority", "index_required", "majority")
    parts = [f"[a{i}]\n{indicator.format(rule)}[a{i}.since.2008]\n{definition}" for i, rule in enumerate(rules)]
    path.write_text('title = "Mine"\n' + "".join(parts))
    with pytest.raises(psa.DefinitionError) as caught:
        psa.indicators(str(path))
    message = str(caught.value)
    assert "a0.success: is 'local_majority', which needs local" in message
    assert "a1.success: is 'index_required', but the indicator declares no index" in message
    assert "a2.success: must be 'local_majority' or 'national_improvement' or 'index_required'" in message


def test_a_set_of_ones_own_is_assessed_by_the_rules_it_declares(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\n[litter]\ntitle = "T"\nbetter = "lower"\nreference = "R"\nsuccess = "national_improvement"\n'
        '[litter.since.2008]\ndenominator = { all_answered = ["q"] }\nnumerator = { question = "q", in = ["yes"] }\n'
    )
    found = assess(national("litter", UP), indicators=psa.indicators(str(path)))
    assert (found.columns["indicator"].tolist(), found.rating) == (["litter"], "strong progress")
    with pytest.raises(psa.DefinitionError, match="none of the indicators declares success"):
        assess(indicators=psa.indicators("nis"))


def test_adopting_authorities_are_a_list_and_not_a_text():
    with pytest.raises(psa.OptionError, match="adopting must be a mapping from text to a list of text or None"):
        assess(adopting={"psa21.1": "E06000056"})
