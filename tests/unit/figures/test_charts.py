"""Charts: titles say the finding, uncertainty is always drawn, the bytes are the same, whatever areas are called."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

import psaindicators as psa
from psaindicators.charts.chart import Chart
from psaindicators.figures.charting import series_chart

NAMES = ("Leeds", "York & <b>", "$x^2$ and $", "a\x1b[31mb", "=1+1", "É" * 60)


def estimates(values: list[float | None], names: tuple[str, ...] = NAMES, *, wave: int = 2008) -> psa.Estimates:
    """NI 4 for everyone, 30% of 10,000, and for areas of 400 each."""
    rows = [{"area": "E", "area_name": "England", "value": 30.0, "base": 10_000}]
    england = psa.from_published(rows, indicator="ni4", survey="place", wave=wave, by="england")
    local = [{"area": f"E{i}", "area_name": name, "value": value, "base": 400}
             for i, (name, value) in enumerate(zip(names, values, strict=False))]  # fmt: skip
    return joined(england, psa.from_published(local, indicator="ni4", survey="place", wave=wave)) if local else england


def joined(one: psa.Estimates, other: psa.Estimates) -> psa.Estimates:
    columns = {name: np.concatenate([one.columns[name], other.columns[name]]) for name in one.columns}
    return psa.Estimates(columns, one.indicators)


def segments(chart: Chart) -> NDArray[np.float64]:
    """The ends of the intervals that are drawn, sorted."""
    axes = chart.figure().axes[0]
    lines = [line for one in axes.collections if isinstance(one, LineCollection) for line in one.get_segments()]
    at = 0 if getattr(chart, "named", False) else 1
    return np.array(sorted((float(line[0][at]), float(line[1][at])) for line in lines))


def ends(table: psa.Table) -> NDArray[np.float64]:
    return np.array(sorted(zip(table.columns["low"].tolist(), table.columns["high"].tolist(), strict=True)))


def test_areas_beside_everyone_are_counted_by_the_side_their_interval_is_on() -> None:
    """30% and 400 respondents: -+ 1.96 x 2.29 = 4.5 points; of 20, 28, 40% only 28% has 30 in its interval."""
    chart = estimates([20.0, 28.0, 40.0]).plot()
    assert chart.title == (
        '"People who feel they can influence decisions in their locality" (ni4) in 2008: of 3 areas, 1 has its '
        "interval wholly above and 1 wholly below everyone's 30.0%"
    )
    assert chart.title.rpartition(": ")[2] in chart.says


def test_groups_are_not_called_areas() -> None:
    """30 has its interval above 28.4, the figure of one like everyone; a breakdown by age has no areas."""
    ages = psa.from_published(
        {"area": ["young", "old"], "area_name": ["Young", "Old"], "value": [20.0, 40.0], "base": [400, 400]},
        indicator="ni4", survey="place", wave=2008, by="age_band",
    )  # fmt: skip
    chart = joined(estimates([]), ages).plot()
    assert "of 2 groups by age band, 1 has its interval wholly above and 1 wholly below" in chart.title
    assert joined(estimates([]), ages.where(area="old")).plot().title.count("of 1 group by age band, 1 has its") == 1


def hollow(chart: Chart) -> list[float]:
    """The values that are drawn hollow, but for the legend's own point."""
    found = [line for line in chart.figure().axes[0].lines if line.get_markerfacecolor() == "white"]
    at = "get_xdata" if getattr(chart, "named", False) else "get_ydata"
    return sorted(float(value) for line in found for value in getattr(line, at)())


@pytest.mark.parametrize("count", [3, 60])
def test_an_unreliable_figure_is_hollow_and_the_legend_says_so(count: int) -> None:
    """Named rows and, from 41 on, rows side by side; of the areas those of 20 and 40% are marked."""
    values = [float(one) for one in np.linspace(20, 40, count)]
    table = estimates(values, tuple(f"Area {i}" for i in range(count)))
    marked = np.isin(table.columns["value"], [20.0, 40.0])
    unsure = psa.Estimates({**table.columns, "marker": np.where(marked, "[u]", "").astype(object)}, table.indicators)
    for chart in (unsure.plot(), unsure.funnel()):
        assert hollow(chart) == [20.0, 40.0]
        assert "hollow: unreliable [u]" in chart.svg.decode()
        assert chart.says.endswith("2 of them are unreliable [u], and drawn hollow.")
    assert hollow(table.plot()) == []
    assert "hollow" not in table.plot().says + table.plot().svg.decode()


def test_an_unreliable_wave_of_a_series_is_hollow() -> None:
    first, second = (estimates([], wave=year) for year in (2008, 2010))
    second = psa.Estimates({**second.columns, "marker": np.array(["[u]"], dtype=object)}, second.indicators)
    chart = series_chart([first, second], first.indicators)
    assert hollow(chart) == [30.0]
    assert chart.says.endswith("1 of them is unreliable [u], and drawn hollow.")


def test_long_names_that_differ_at_the_end_stay_apart() -> None:
    """Cut at the end, "Metropolitan Borough of Something upon Tees, North" and ", South" would be one name."""
    names = tuple(f"Metropolitan Borough of Something upon Tees, {side}" for side in ("North", "South"))
    ticks = estimates([20.0, 40.0], names).plot().figure().axes[0].get_yticklabels()
    shown = [one.get_text() for one in ticks]
    assert len(set(shown)) == 2
    assert all(len(one) <= 45 and one.startswith("Metropolitan Borough") for one in shown)


def test_a_chart_is_named_by_its_title_in_a_terminal() -> None:
    chart = estimates([20.0], names=("a\x1b[31mb",)).plot()
    assert repr(chart) == f"Intervals: {chart.title}"
    assert repr(estimates([20.0, 25.0]).funnel()).startswith("Funnel: ")


@pytest.mark.parametrize("count", [1, 9, 326])
def test_every_value_is_drawn_with_its_interval(count: int) -> None:
    values = [float(v) for v in np.linspace(20, 40, count)]
    table = estimates(values, tuple(f"Area {i}" for i in range(count)))
    rows = table.where(by="authority")
    assert segments(table.plot()) == pytest.approx(ends(rows))


def test_an_area_without_a_value_is_named_and_not_drawn() -> None:
    chart = estimates([20.0, None, 40.0]).plot()
    assert len(segments(chart)) == 2
    assert "of 2 areas" in chart.title
    assert len(chart.figure().axes[0].get_yticklabels()) == 3


def test_a_funnel_counts_those_outside_the_limits_of_chance() -> None:
    """At 400 the limits are 30 -+ 1.96 x 100 sqrt(.3 x .7 / 400) = 25.5 to 34.5; chance puts 5% of 4 areas outside."""
    chart = estimates([25.4, 25.6, 34.4, 34.6]).funnel()
    assert chart.title.endswith("2 of 4 areas lie outside the limits, where 0.2 would by chance alone")


def test_changes_are_drawn_in_the_band_that_does_not_count() -> None:
    before, after = estimates([30.0, 30.0, 30.0]), estimates([40.0, 31.0, 20.0], wave=2010)
    moved = psa.compare(before, after)
    chart = moved.plot()
    assert chart.title.endswith("between 2008 and 2010: 1 improved, 1 declined, 1 no reportable change")
    local = moved.where(by="authority")
    assert segments(chart) == pytest.approx(ends(local))
    assert chart.band == pytest.approx(local.columns["minimum"])


def test_a_series_is_not_joined_across_a_break() -> None:
    """Civic participation is defined since 2007 and its waves here are of one survey, then of another."""
    waves = [estimates([], wave=year) for year in (2008, 2010)]
    assert not series_chart(waves, waves[0].indicators).breaks.any()
    other = psa.from_published({"value": [33.0], "base": [900]}, indicator="ni4", survey="x", wave=2012, by="all")
    chart = series_chart([*waves, other], waves[0].indicators)
    assert chart.breaks.tolist() == [False, False, True]
    assert chart.title.endswith("in 2010; 33.0% in 2012, measured otherwise")
    lines = [line.get_xdata() for line in chart.figure().axes[0].lines if line.get_linestyle() == "-"]
    assert [list(line) for line in lines] == [[2008, 2010], [2012]]
    assert len(segments(chart)) == 3


def test_a_series_has_what_was_printed_of_its_survey() -> None:
    """PSA 21, Annex A, indicator 4: the Citizenship Survey's 39% in 2005, +-1. Of another survey nothing is printed."""
    indicator = psa.indicators("psa21")["psa21.4"]

    def wave(year: int, value: float | None, survey: str = "citizenship") -> psa.Estimates:
        row = {"value": [value], "margin": [1.0 if value else None]}
        return psa.from_published(row, indicator="psa21.4", survey=survey, wave=year, by="all")

    chart = series_chart([wave(2008, 39.0), wave(2007, 38.0)], {"psa21.4": indicator})
    assert (chart.years.tolist(), chart.value.tolist()) == ([2007, 2008], [38, 39])
    printed = chart.printed
    assert (printed.years.tolist(), printed.value.tolist(), printed.margin.tolist()) == ([2005], [39], [1])
    assert chart.says.endswith("joined where it was measured alike. As printed: 39% in 2005.")
    assert (38, 40) in [tuple(ends) for ends in segments(chart)]
    assert not len(series_chart([wave(2007, 38.0, "x"), wave(2008, 39.0, "x")], {"psa21.4": indicator}).printed.years)


@pytest.mark.parametrize("form", ["svg", "png"])
@pytest.mark.parametrize("count", [0, 3, 6])
def test_a_chart_is_the_same_bytes_each_time(form: str, count: int) -> None:
    one = estimates([25.0, 30.0, 35.0, 28.0, 31.0, 45.0][:count]).plot()
    assert one.to_bytes(form) == one.to_bytes(form)


def test_an_svg_keeps_its_text_and_shows_names_as_they_are() -> None:
    svg = estimates([25.0, 30.0, 35.0, 28.0, 31.0, 45.0]).plot().to_bytes("svg").decode()
    texts = ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"Leeds", "York & <b>", "$x^2$ and $", "a\\x1b[31mb", "=1+1"} <= {text.strip() for text in texts}
    assert "http:" not in svg.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creative", ""
    )


def test_what_no_one_chart_can_show_is_refused() -> None:
    two = psa.Estimates({**estimates([20.0]).columns, "wave": np.array([2008, 2010])}, {})
    with pytest.raises(psa.OptionError, match=r"a chart shows one wave: keep one, as with \.where\(wave=\.\.\.\)"):
        two.plot()
    with pytest.raises(psa.OptionError, match="a funnel needs a row of everyone and rows of areas"):
        estimates([]).funnel()
    with pytest.raises(psa.OptionError, match="a chart is written as svg or png, not as 'gif'"):
        estimates([20.0]).plot().save("chart.gif")
