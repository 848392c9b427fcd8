"""Targets and scores: every fault of a file at once, the five verdicts by hand, Central Bedfordshire's real targets."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, strategies as st

import psaindicators as psa
from psaindicators.figures.printed import from_published
from psaindicators.judgements.scores import score
from psaindicators.judgements.targets import read_targets
from tests.workbook_by_hand import Percent, xlsx

ROUNDING = 1e-12
"""Relative: a few float operations."""
Z = 1.959963984540054
"""The normal quantile of 97.5%, which a t of infinite degrees of freedom is (printed in any table: 1.95996)."""

CENTRAL_BEDFORDSHIRE = """\
area,area_name,indicator,baseline,target,year,baseline_base
E06000056,Central Bedfordshire,NI 3,12.6,16.2,2010-11,{base}
E06000056,Central Bedfordshire,NI 4,23.8,28.0,2010-11,{base}
E06000056,Central Bedfordshire,NI 6,24.3,27.1,2010-11,{base}
"""


@pytest.fixture
def targets(tmp_path):
    def read(text, **options):
        path = tmp_path / "targets.csv"
        path.write_text(text, encoding="utf-8")
        return read_targets(path, **options)

    return read


def outturns(*rows, df=np.inf):
    """Outturns from (indicator, area, wave, value, se), with a normal interval at 95%."""
    indicator, area, wave, value, se = zip(*rows, strict=True)
    value, se = np.array(value, float), np.array(se, float)
    text = {"indicator": indicator, "area": area, "marker": [""] * len(rows)}
    of_all = {"survey": "place", "by": "authority", "method": "ratio"}
    return psa.Table(
        {name: np.array(column, dtype=object) for name, column in text.items()}
        | {name: np.full(len(rows), word, dtype=object) for name, word in of_all.items()}
        | {"wave": np.array(wave), "value": value, "se": se, "low": value - Z * se, "high": value + Z * se}
        | {"level": np.full(len(rows), 95.0), "df": np.full(len(rows), float(df))}
    )


def one(targets, line, value, se, *, df=np.inf):
    """The score of one target, given as the line's cells after the area, on an outturn."""
    read = targets(f"area,indicator,baseline,target,year,baseline_se,without\nX,{line}\n")
    return score(read, outturns((read[0].indicator, "X", read[0].year, value, se), df=df))[0]


# What is read


def test_a_file_is_read_with_its_years_stages_and_standard_errors(targets):
    read = targets(
        "area,indicator,baseline,target,year,baseline_margin,without\n"
        "00KC,NI 4,23.8,26,2009/10,1.96,\n"
        "\n"
        "00KC,ni4,23.8,28.0,2010-11,1.96,24.5\n"
    )
    assert [(row.line, row.indicator, row.year, row.stage) for row in read] == [
        (2, "ni4", 2009, "interim"),
        (4, "ni4", 2010, "final"),
    ]
    assert read[1].baseline_se == pytest.approx(1.0, rel=ROUNDING)
    assert np.isnan(read[0].without)
    assert read[1].without == 24.5
    assert read.source == "targets.csv"


def test_a_base_gives_the_standard_error_of_a_simple_random_sample_times_deft(targets):
    head = "area,indicator,baseline,target,year,baseline_base,baseline_deft\n"
    read = targets(f"{head}X,ni4,23.8,28,2010,1100,\nY,ni4,23.8,28,2010,1100,1.2\nZ,ni4,23.8,28,2010,,\n")
    by_hand = 100 * sqrt(0.238 * 0.762 / 1100)  # 1.284 points
    assert read.columns["baseline_se"][:2] == pytest.approx([by_hand, 1.2 * by_hand], rel=ROUNDING)
    assert np.isnan(read[2].baseline_se)


def test_every_fault_of_a_file_is_told_with_its_line(targets):
    with pytest.raises(psa.DefinitionError) as caught:
        targets(
            "area,indicator,baseline,target,year,baseline_se,baseline_base,baseline_deft,without\n"
            "A,ni4,23.8,23.8,2010,,,,\n"
            "A,ni2,60,55,2010,,,,\n"
            "A,ni44,23.8,28,2010,,,,\n"
            "A,3,12.6,16.2,2010,,,,\n"
            ",ni6,24%,127.1,,,,,\n"
            "B,ni4,20,30,2010,1,1100,,\n"
            "B,ni6,20,30,2010-12,,,1.2,31\n"
            "C,ni4,20,30,2010,,,,\n"
            "C,ni4,20,31,2010,,,,\n"
            "C,ni4,21,32,2011,,0,,\n"
            "C,ni4,20\n"
            "D,ni4,nan,inf,2010,,,,\n"
        )
    lines = str(caught.value).splitlines()
    assert lines[0] == "targets.csv:"
    found = [line.removeprefix("  - ") for line in lines[1:] if line.startswith("  - line")]
    assert found == [
        "line 2: the target is equal to the baseline, 23.8",
        "line 3: the target 55 is under the baseline 60, but for ni2 higher is better",
        "line 4: there is no indicator 'ni44'; did you mean 'ni4'?",
        "line 5: '3' alone does not say which numbering scheme it belongs to; it could be",
        "line 6: area is missing",
        "line 6: baseline must be a number, such as 23.8, got '24%'",
        "line 6: year is missing",
        "line 6: target must be a number from 0 to 100, got 127.1",
        "line 7: baseline_se and baseline_base say the same thing: give one",
        "line 8: baseline_deft needs baseline_base",
        "line 8: year must be a year such as 2010 or 2010-11, got '2010-12'",
        "line 8: without the agreement 31 is expected, which already meets the target 30",
        "line 10: ni4 in C has a target for 2010 on line 9 already",
        "line 11: baseline_base must be a number of at least 1, got 0",
        "line 11: ni4 in C has another baseline, or another se of it, on line 9",
        "line 12: has 3 cells where the header has 9",
        "line 13: baseline must be a number, such as 23.8, got 'nan'",
        "line 13: target must be a number, such as 23.8, got 'inf'",
    ]
    assert "psa21.3: People feel that they belong to their neighbourhood" in str(caught.value)


def test_the_side_of_a_target_follows_what_is_better(targets, tmp_path):
    (tmp_path / "mine.toml").write_text(
        'title = "Mine"\n[ni41]\ntitle = "Drunk or rowdy behaviour a problem"\nbetter = "lower"\nreference = "Ours"\n'
        '[ni41.since.2008]\ndenominator = { all_answered = ["rowdy"] }\n'
        'numerator = { question = "rowdy", in = ["yes"] }\n'
    )
    mine = psa.indicators(str(tmp_path / "mine.toml"))
    head = "area,indicator,baseline,target,year\n"
    assert targets(f"{head}A,NI 41,30,25,2010\n", indicators=mine)[0].better == "lower"
    with pytest.raises(
        psa.DefinitionError, match="the target 35 is over the baseline 30, but for ni41 lower is better"
    ):
        targets(f"{head}A,NI 41,30,35,2010\n", indicators=mine)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "targets.csv holds no rows; its columns are area, indicator, target, year"),
        ("area,indicator,baseline,target,year\n", "targets.csv holds no rows"),
        (
            "area,indicator,base_line,target\nA,ni4,1,2\n",
            "'base_line' is not a column of such a file; did you mean 'baseline'?",
        ),
        ("area,indicator,base_line,target\nA,ni4,1,2\n", "there is no column 'year'"),
        ("area,indicator,baseline,target,year,year\nA,ni4,1,2,2010,2010\n", "the column 'year' is here twice"),
    ],
)
def test_a_file_without_the_columns_is_refused(targets, text, message):
    with pytest.raises(psa.DefinitionError) as caught:
        targets(text)
    assert message in str(caught.value)


def test_a_file_that_is_absent_or_no_text_is_refused(tmp_path):
    with pytest.raises(psa.MissingFileError, match=r"there is no file .*nothing\.csv"):
        read_targets(tmp_path / "nothing.csv")
    (tmp_path / "old.csv").write_bytes(b"area\nC\x81te")
    with pytest.raises(psa.DefinitionError, match="neither UTF-8 nor Windows-1252"):
        read_targets(str(tmp_path / "old.csv"))


def test_a_council_s_own_workbook_of_targets_is_read(tmp_path):
    """With a title over its header, capitals and blanks in it, a sheet of notes beside it, and whole numbers."""
    rows = [["Our targets"], [], ["Area ", "Indicator", "Baseline", "Baseline base", "Target", "Year"]]
    rows += [["Abbey", "NI 4", 33.2, 600, 36, 2010], [], ["Château", "NI 4", "30", None, 31.5, "2010-11"]]
    path = xlsx(tmp_path / "targets.xlsx", {"Notes": [["see below"]], "Targets": rows})
    first, second = read_targets(path)
    assert (first.line, first.area, first.indicator, first.baseline, first.target, first.year) == (
        *(4, "Abbey", "ni4", 33.2, 36.0, 2010),
    )
    assert first.baseline_se == pytest.approx(1.9226, abs=5e-5)  # sqrt(33.2 x 66.8 / 600)
    assert (second.line, second.area, second.baseline, second.target) == (6, "Château", 30, 31.5)
    for sheets, said in (
        ({"One": rows, "Two": rows}, "has several sheets (One, Two) with the columns area, indicator"),
        ({"One": rows[:2], "Two": rows[:1]}, "has no sheet (One, Two) with the columns area, indicator"),
        ({"One": rows[:3]}, "holds no rows"),
    ):
        with pytest.raises(psa.DefinitionError) as caught:
            read_targets(xlsx(tmp_path / "targets.xlsx", sheets))
        assert said in str(caught.value)


def test_shares_are_noticed_also_where_a_workbook_shows_them_in_percent(tmp_path):
    """Taken as they are, a baseline of 33.2% would be one of 0.3 percent, and any outturn would meet the target."""
    rows = [["area", "indicator", "baseline", "target", "year"], ["A", "ni4", Percent(0.332), Percent(0.36), 2010]]
    path = xlsx(tmp_path / "targets.xlsx", {"Sheet1": rows})
    with pytest.raises(psa.DefinitionError, match=r"all under 1 \(the greatest is 0.36\), .* multiply them by 100"):
        read_targets(path)


def test_one_area_under_two_names_is_one_area(targets):
    head = "area,indicator,baseline,target,year\n"
    stages = targets(f"{head}00KC,ni4,20,24,2009\nCentral Bedfordshire,ni4,20,30,2010\n").columns["stage"]
    assert stages.tolist() == ["interim", "final"]
    with pytest.raises(psa.DefinitionError, match="ni4 in E06000056 has a target for 2010 on line 2 already"):
        targets(f"{head}00KC,ni4,20,30,2010\nE06000056,ni4,20,31,2010\n")


# What is scored


@pytest.mark.parametrize(
    ("outturn", "se", "verdict", "certain"),
    [
        # baseline 40 (se 1), target 50; m = 1.96 sqrt(1 + se^2): 2.77 for se 1, 6.20 for se 3
        (50, 1, "target met", False),  # at least: exactly there; the interval reaches down to 48.04
        (52, 1, "target met", True),  # 52 - 1.96 = 50.04
        (37.22, 1, "declined", False),  # -2.78
        (37.24, 1, "no reportable change", False),  # -2.76
        (42.7, 1, "no reportable change", False),
        (46.3, 3, "target within the interval", False),  # +6.3, interval 40.4 to 52.2
        (45, 3, "no reportable change", False),  # +5.0: the target is within 39.1 to 50.9, but nothing moved
        (47, 1, "improved but short", False),  # interval 45.0 to 49.0
    ],
)
def test_the_first_verdict_that_holds(targets, outturn, se, verdict, certain):
    row = one(targets, "ni4,40,50,2010,1,", outturn, se)
    assert (row.verdict, row.met_certain) == (verdict, certain)
    reflected = _reflected(targets, outturn, se)
    assert (reflected.verdict, reflected.met_certain) == (verdict, certain)
    assert reflected.progress == pytest.approx(row.progress)


def _reflected(targets, outturn, se, baseline=40.0, target=50.0):
    """The same target for the share that does not agree: 100 - p, and lower is better."""
    read = targets(f"area,indicator,baseline,target,year,baseline_se\nX,ni4,{baseline},{target},2010,1\n")
    flipped = {"better": np.array(["lower"], dtype=object)} | {
        name: 100 - read.columns[name] for name in ("baseline", "target")
    }
    return score(type(read)(dict(read.columns) | flipped), outturns(("ni4", "X", 2010, 100 - outturn, se)))[0]


@given(outturn=st.floats(10, 90), se=st.floats(0.1, 5), baseline=st.floats(20, 60), gain=st.floats(0.5, 30))
def test_reflecting_the_percentages_gives_the_same_verdict(tmp_path_factory, outturn, se, baseline, gain):
    def read(text):
        path = tmp_path_factory.mktemp("targets") / "targets.csv"
        path.write_text(text)
        return read_targets(path)

    outturn, baseline, target = round(outturn, 3), round(baseline, 3), round(baseline + gain, 3)
    row = one(read, f"ni4,{baseline},{target},2010,1,", outturn, se)
    assert _reflected(read, outturn, se, baseline, target).verdict == row.verdict


def test_the_baseline_scores_0_and_the_target_scores_1(targets):
    at_baseline, at_target = (one(targets, "ni4,40,50,2010,1,", value, 1) for value in (40, 50))
    assert (at_baseline.progress, at_baseline.share, at_baseline.verdict) == (0, 0, "no reportable change")
    assert (at_target.progress, at_target.share, at_target.verdict) == (1, 1, "target met")
    # At the target only the outturn's variance counts; at the baseline both: sqrt(1 + 1) / 10
    assert at_target.progress_se == pytest.approx(1 / 10, rel=ROUNDING)
    assert at_baseline.progress_se == pytest.approx(sqrt(2) / 10, rel=ROUNDING)


def test_the_delta_method_for_progress_agrees_with_a_simulation(targets):
    random = np.random.default_rng(6)
    out, base = random.normal(47, 1.5, 400_000), random.normal(40, 1, 400_000)
    simulated = ((out - base) / (50 - base)).std()
    row = one(targets, "ni4,40,50,2010,1,", 47, 1.5)
    by_hand = sqrt(1.5**2 + (0.7 - 1) ** 2 * 1**2) / 10  # 0.153
    assert row.progress_se == pytest.approx(by_hand, rel=ROUNDING)
    assert row.progress_se == pytest.approx(simulated, rel=0.03)  # first order: the fourth moments are left out


def test_progress_is_not_the_share_of_the_enhancement(targets):
    row = one(targets, "ni4,40,50,2010,,44", 47, 1)
    assert row.progress == pytest.approx(0.70, rel=ROUNDING)  # (47 - 40) / (50 - 40)
    assert row.share == pytest.approx(0.50, rel=ROUNDING)  # (47 - 44) / (50 - 44)
    assert row.note == "baseline exact"
    assert "without: the baseline, assumed" in one(targets, "ni4,40,50,2010,1,", 47, 1).note


def test_an_exact_baseline_leaves_the_outturns_own_interval(targets):
    row = one(targets, "ni4,40,50,2010,,", 42, 1)
    assert row.movement == pytest.approx(Z, rel=ROUNDING)
    assert (row.verdict, row.note.split("; ")[0]) == ("improved but short", "baseline exact")
    sampled = one(targets, "ni4,40,50,2010,1,", 42, 1)
    assert sampled.movement == pytest.approx(Z * sqrt(2), rel=ROUNDING)
    assert sampled.verdict == "no reportable change"


def test_a_printed_outturn_takes_the_multiplier_of_official_tables(targets):
    read = targets("area,indicator,baseline,target,year,baseline_margin\nX,ni5,81.5,85,2009,1\n")
    printed = {"area": ["X"], "value": [79.8], "margin": [2.0]}
    row = score(read, from_published(printed, indicator="ni5", survey="citizenship", wave=2009))[0]
    assert row.movement == pytest.approx(sqrt(1**2 + 2**2), rel=ROUNDING)  # 1.96 / 1.96: the margins themselves
    assert (row.verdict, round(row.change, 9)) == ("no reportable change", -1.7)


def test_few_degrees_of_freedom_need_a_larger_movement(targets):
    row = one(targets, "ni4,40,50,2010,1,", 43, 1, df=10)
    assert row.movement == pytest.approx(2.228138852 * sqrt(2), rel=1e-9)  # t of 97.5%, 10 df, from tables
    assert row.verdict == "no reportable change"  # 3.0 is under 3.15; the normal's 2.77 would call it moved


def test_a_baseline_of_0_percent_is_no_certainty(targets):
    """Nobody of 200 is up to 1 - 0.025^(1/200) = 1.83%, and 2% with se 0.8 from 0.43%.

    So m = sqrt(1.57^2 + 1.83^2) = 2.41. The outturn's standard error alone gives 1.57: 2 points would be an
    improvement.
    """
    read = targets("area,indicator,baseline,target,year,baseline_base\nX,ni4,0,10,2010,200\n")
    found = score(read, outturns(("ni4", "X", 2010, 2.0, 0.8)))[0]
    assert found.movement == pytest.approx(sqrt((Z * 0.8) ** 2 + (100 * (1 - 0.025 ** (1 / 200))) ** 2), rel=1e-9)
    assert (found.verdict, found.progress) == ("no reportable change", pytest.approx(0.2))
    assert np.isnan(found.progress_se)
    worth = targets("area,indicator,baseline,target,year,baseline_base,baseline_deft\nX,ni4,0,10,2010,800,2\n")
    assert score(worth, outturns(("ni4", "X", 2010, 2.0, 0.8)))[0].movement == pytest.approx(found.movement, rel=1e-12)


def test_an_outturn_of_0_percent_from_a_few_is_no_certainty(targets):
    """None of 4 is up to 60.2%: so many points are needed to tell it from an exact baseline, not none."""
    read = targets("area,indicator,baseline,target,year\nX,ni4,20,30,2010\n")
    few = outturns(("ni4", "X", 2010, 0.0, 0.0))
    found = score(read, psa.Table({**few.columns, "high": np.array([100 - 100 * 0.025**0.25])}))[0]
    assert found.movement == pytest.approx(100 - 100 * 0.025**0.25, rel=1e-12)
    assert found.verdict == "no reportable change"  # with a movement of 0 it would have declined


def test_an_outturn_without_variance_or_value_has_no_verdict_it_cannot_have(targets):
    assert one(targets, "ni4,40,50,2010,1,", 45, np.nan).verdict == ""
    met = one(targets, "ni4,40,50,2010,1,", 55, np.nan)
    assert (met.verdict, met.met_certain) == ("target met", False)
    assert "outturn has no standard error" in met.note
    nobody = one(targets, "ni4,40,50,2010,1,", np.nan, np.nan)
    assert nobody.verdict == ""
    assert "outturn has no value" in nobody.note


@pytest.mark.parametrize(
    ("base", "movements", "reached"),
    [(1_100, (2.9, 3.7, 3.7), ("ni3", "ni4")), (2_828, (1.8, 2.3, 2.3), ("ni3", "ni4", "ni6"))],
)
def test_central_bedfordshires_targets_against_what_two_waves_can_tell(targets, base, movements, reached):
    """The targets: Central Bedfordshire's engagement strategy (June 2010), whose 2008 survey had 2,828 responses.

    m = 1.96 sqrt(2 p (1 - p) / base) at the baseline p: 2.77, 3.56, 3.59 for 1,100 from baselines alone; with the
    later wave at the target, 2.95, 3.66, 3.67.
    """
    read = targets(CENTRAL_BEDFORDSHIRE.format(base=base))
    at_target = [(row.indicator, row.area, 2010, row.target, _srs(row.target, base)) for row in read]
    scores = score(read, outturns(*at_target))
    by_hand = [Z * sqrt(_srs(row.baseline, base) ** 2 + _srs(row.target, base) ** 2) for row in read]
    assert scores.columns["movement"] == pytest.approx(by_hand, rel=ROUNDING)
    assert np.round(scores.columns["movement"], 1).tolist() == list(movements)
    moved = scores.columns["change"] >= scores.columns["movement"]
    assert tuple(scores.columns["indicator"][moved]) == reached
    assert set(scores.columns["verdict"]) == {"target met"}  # met, though for NI 6 at 1,100 not known to have moved


def _srs(percent, base):
    return sqrt(percent * (100 - percent) / base)


def test_interim_years_are_scored_on_their_own_waves(targets):
    read = targets("area,indicator,baseline,target,year\nX,ni4,20,24,2009\nX,ni4,20,30,2010\n")
    scores = score(read, outturns(("ni4", "X", 2010, 25, 1), ("ni4", "X", 2009, 24, 1)))
    assert [(row.year, row.stage, row.progress) for row in scores] == [(2009, "interim", 1.0), (2010, "final", 0.5)]


@pytest.mark.parametrize("named", ["00KC", "E06000056", "Central Bedfordshire", "e06000056"])
def test_an_area_is_found_by_any_of_its_codes_and_names(targets, named):
    read = targets(f"area,indicator,baseline,target,year\n{named},ni4,23.8,28,2010\n")
    row = score(read, outturns(("ni4", "E06000056", 2010, 26, 1)))[0]
    assert row.area == "E06000056"
    assert (f"{named} found as E06000056" in row.note) == (named != "E06000056")


def test_targets_without_an_outturn_are_told_together(targets):
    read = targets(
        "area,indicator,baseline,target,year,survey\nE06000056,ni4,20,30,2010,\nBedfrod,ni4,20,30,2008,\n"
        "E06000056,ni6,20,30,2008,\n00KB,ni4,20,30,2008,\nE06000057,ni4,20,30,2008,\nE06000001,ni4,20,30,2008,Own\n"
    )
    twice = ("ni4", "E06000057", 2008, 22, 1), ("ni4", "E06000057", 2008, 23, 1)
    later = outturns(("ni4", "E06000056", 2008, 22, 1), ("ni4", "E06000001", 2008, 22, 1), *twice)
    with pytest.raises(psa.DefinitionError) as caught:
        score(read, later)
    assert str(caught.value).splitlines() == [
        "targets.csv:",
        "  - line 3: no outturn is of the area 'Bedfrod'; the nearest are Bedford (E07000002), "
        "Bradford (E08000032) and Bedfordshire (E10000001)",
        "  - line 4: there is no outturn of ni6; the outturns are of ni4",
        "  - line 5: no outturn is of the area Bedford (E06000055)",
        "  - line 6: there are 2 outturns (place by authority, place by authority): keep one, as with .where(by=...), "
        "or name its survey",
        "  - line 7: ni4 in E06000001 has no outturn of own of any year",
    ]


def test_scores_print_progress_as_a_percentage_of_the_way_and_give_a_frame(targets):
    read = targets(CENTRAL_BEDFORDSHIRE.format(base=1_100))
    scores = score(read, outturns(*((row.indicator, row.area, 2010, row.baseline + 1.8, 1.0) for row in read)))
    assert "50%" in repr(scores)  # NI 3: 1.8 of 3.6
    assert "Central Bedfordshire" in repr(scores)
    assert scores.to_frame()["progress"].tolist() == pytest.approx([0.5, 1.8 / 4.2, 1.8 / 2.8])


# What is drawn


def test_a_chart_of_targets_has_those_in_percent_and_says_how_many_others_there_are(targets):
    """1,400 homes on the axis of the 26% would leave no room to tell 26 from 28."""
    read = targets(
        "area,indicator,title,better,baseline,target,year,unit\n"
        "X,ni4,,,23.8,26,2010,percent\n"
        "X,ni154,Homes,higher,1200,1400,2010,count\n"
    )
    found = score(read, outturns(("ni4", "X", 2010, 25.0, 1.0)))
    chart = found.plot()
    assert chart.names == ("X, ni4, 2010",)
    assert "Outturns against targets, 1 target in percent (1 target in other units not drawn): 1 " in chart.title
    both = targets("area,indicator,baseline,target,year\nX,ni4,23.8,26,2010\nX,ni4,23.8,27,2011\n")
    later = score(both, outturns(("ni4", "X", 2010, 25.0, 1.0)))
    assert later.plot().names == ("ni4, 2010", "ni4, 2011")
    assert later.plot().title.startswith("Outturns against targets in X, 2 targets in percent: ")
    homes = found.where(unit="count").plot()
    assert (homes.names, homes.axis) == (("X, ni154, 2010",), "count")
    assert "not drawn" not in homes.title
