"""The one table type: immutable, comparable, printed to be read."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from psaindicators import headings as h
from psaindicators.headings import shown_cell
from psaindicators.tables import Table, columns_of


def table(**columns: list[object]) -> Table:
    made = {
        name: np.array(c, dtype=object if any(isinstance(x, str) for x in c) else None) for name, c in columns.items()
    }
    return Table(made)


THREE = table(area=["north", "south", "all"], value=[25.0, np.nan, 50.0], base=[4, 0, 8])


def test_a_row_is_read_by_name_and_by_position() -> None:
    assert (THREE[0].area, THREE[0].value, THREE[2].base) == ("north", 25.0, 8)
    assert [row.area for row in THREE] == ["north", "south", "all"]
    assert len(THREE) == 3


def test_cells_are_plain_numbers_and_not_numpys() -> None:
    assert [type(cell) for cell in THREE[0]] == [str, float, int]


def test_where_keeps_the_rows_that_equal_all_the_values_given() -> None:
    assert [row.area for row in THREE.where(area="south")] == ["south"]
    assert len(THREE.where(area="south", base=4)) == 0
    assert THREE.where() == THREE


def test_tables_are_equal_where_every_cell_is_and_a_missing_one_equals_itself() -> None:
    again = table(area=["north", "south", "all"], value=[25.0, np.nan, 50.0], base=[4, 0, 8])
    assert again == THREE
    assert table(area=["north", "south", "all"], value=[25.0, 0.0, 50.0], base=[4, 0, 8]) != THREE
    assert THREE.take(np.array([1, 0, 2])) != THREE
    assert THREE.where(area="north") != THREE
    assert table(value=[1.0]) != table(percent=[1.0])


def test_a_table_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        THREE.columns["value"][0] = 99
    with pytest.raises(TypeError):
        THREE.columns["value"] = np.zeros(3)  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        THREE.columns = {}  # type: ignore[misc]


def test_a_frame_is_a_copy_that_may_be_changed() -> None:
    frame = THREE.to_frame()
    frame.loc[0, "value"] = 99.0
    assert THREE[0].value == 25.0
    assert frame.columns.tolist() == ["area", "value", "base"]


def test_records_are_json_with_full_precision_and_null_for_missing() -> None:
    third = table(value=[100 / 3, np.nan, np.inf], base=[3, 0, 1])
    assert third.to_records() == [
        {"value": 100 / 3, "base": 3},
        {"value": None, "base": 0},
        {"value": None, "base": 1},
    ]
    assert json.loads(json.dumps(third.to_records(), allow_nan=False))[0]["value"] == 100 / 3


def test_json_is_that_of_the_records_whatever_the_cells() -> None:
    mixed = np.array(["a,b", 'the "%s" of Ynys Môn', None, True, 1, 1.5, np.nan, "NaN"], dtype=object)
    odd = Table(
        {
            "mixed, 100%": mixed,
            "value": np.array([1 / 3, np.nan, np.inf, -np.inf, 0.0, 1e-300, 5e22, -1.0]),
            "base": np.arange(8),
            "met": np.arange(8) > 3,
        }
    )
    for some in (odd, odd.take(np.array([0])), odd.take(np.array([], dtype=np.intp))):
        assert some.to_json() == json.dumps(some.to_records(), ensure_ascii=False)
    assert "Infinity" not in odd.to_json()


def test_printed_figures_have_one_decimal_and_missing_ones_are_blank() -> None:
    printed = repr(THREE).splitlines()
    assert printed[0] == "Table: 3 rows"
    assert printed[1].split() == ["area", "value", "base"]
    assert printed[3].split() == ["north", "25.0", "4"]
    assert printed[4].split() == ["south", "0"]


def test_a_long_table_prints_its_first_rows_and_says_how_many_more() -> None:
    printed = repr(table(base=list(range(1031)))).splitlines()
    assert printed[0] == "Table: 1,031 rows"
    assert printed[-1] == "... and 1,001 more; to_frame() has all columns"
    assert repr(table(base=[1])).startswith("Table: 1 row\n")


def test_in_a_notebook_the_texts_are_escaped() -> None:
    html = table(area=["<b>Tyne & Wear</b>"])._repr_html_()
    assert "&lt;b&gt;Tyne &amp; Wear&lt;/b&gt;" in html
    assert "<b>" not in html


def test_cells_as_a_person_reads_them() -> None:
    shown = [shown_cell(cell) for cell in (None, True, False, 1234567.25, float("nan"), "[u]")]
    assert shown == ["", "yes", "no", "1,234,567.2", "", "[u]"]


def test_what_rounds_to_0_has_no_sign() -> None:
    """A share of the way of -0.0001 is no way back: it had been printed as -0%."""
    assert [shown_cell(-0.04), shown_cell(-0.0001, h.SHARE), shown_cell(-0.06)] == ["0.0", "0%", "-0.1"]


def test_a_table_without_rows_prints_and_compares() -> None:
    nothing = THREE.where(area="nowhere")
    assert repr(nothing).startswith("Table: 0 rows")
    assert nothing == THREE.where(area="elsewhere")
    assert nothing.to_records() == []


class Means(Table):
    """Means, in the question's own unit."""

    headings = (
        h.text("area", "where"),
        h.figure("value", "the mean", "hours", h.AS_NEEDED),
        h.figure("se", "its standard error", "hours", h.AS_NEEDED),
        h.whole("base", "respondents", "respondents"),
        h.figure("p_value", "the chance", "share, 0-1", h.FOUR_DECIMALS),
    )


def means(value: list[float], se: list[float]) -> Means:
    n = len(value)
    cells = (["a"] * n, value, se, [9] * n, [0.0215] * n)
    return Means(columns_of(Means.headings, zip(*cells, strict=True)))


def test_figures_are_printed_with_as_many_decimals_as_they_need() -> None:
    """With one decimal a mean of -0.27 would be -0.3 with a margin of 0.0, and a p-value of 0.0215 would be 0.0."""
    small, great = means([-0.27, -0.312], [0.012, 0.031]), means([41234567.0, 1.0], [120000.0, 95000.0])
    assert small.printed()["value"] == ["-0.270", "-0.312"]
    assert small.printed()["se"] == ["0.012", "0.031"]
    assert great.printed()["value"] == ["41,234,567", "1"]
    assert small.printed()["p_value"] == ["0.0215", "0.0215"]
    assert means([2.5, 0.125], [np.nan, np.nan]).printed()["value"] == ["2.500", "0.125"]


def test_a_tables_docstring_tells_its_columns() -> None:
    assert "`value` (hours): the mean; `se` (hours): its standard error" in (Means.__doc__ or "")


def test_in_a_notebook_numbers_are_to_the_right_and_rows_left_out_are_counted() -> None:
    html = means([1.0] * 42, [0.5] * 42)._repr_html_()
    assert "<td>a</td><td style='text-align: right'>1.00</td>" in html
    assert html.endswith("<p>... and 12 more; to_frame() has all columns</p>")
    assert "more" not in means([1.0], [0.5])._repr_html_()


def test_a_suppressed_cell_is_gone_and_is_not_a_missing_one() -> None:
    whole = means([1.0, 2.0, np.nan], [0.1, 0.1, 0.1])
    held = whole.suppress(np.array([False, True, False]), ["value", "base"])
    assert held.printed()["value"] == ["1.00", "[c]", ""]
    assert held.printed()["base"] == ["9", "[c]", "9"]
    assert [row["value"] for row in held.to_records()] == [1.0, None, None]
    assert "2.0" not in held.to_json()
    assert whole.suppress(np.array([False, False, True]), ["value"]) != whole
    assert held.take(np.array([1])).printed()["value"] == ["[c]"]
    assert held.where(area="a").suppressed["value"].tolist() == [False, True, False]


def test_headers_of_any_kind_make_rows() -> None:
    odd = table(**{"Return ID": ["x"], "class": ["y"], "_id": ["z"], "2008_q": [1]})
    assert tuple(odd[0]) == ("x", "y", "z", 1)
    assert [tuple(row) for row in odd] == [("x", "y", "z", 1)]
