"""Which further cells are withheld, on tables small enough to reason about."""

from __future__ import annotations

import numpy as np
import pytest

from psaindicators.kernel.protection import Movable, protected
from psaindicators.kernel.sums import Sums
from tests.attacker import placed


def crossed(table: list[list[int]]) -> tuple[Sums, np.ndarray]:
    """A table of rows by columns with its margins: the inner cells row by row, row totals, column totals, the total."""
    inner = np.array(table, dtype=float)
    r, c = inner.shape
    cells = np.arange(r * c).reshape(r, c)
    rows, columns, total = r * c + np.arange(r), r * c + r + np.arange(c), r * c + r + c
    parts = [*cells, *cells.T, rows, columns]
    whole = np.array([*rows, *columns, total, total])
    relation = np.repeat(np.arange(len(parts)), [len(one) for one in parts])
    counts = np.concatenate([inner.ravel(), inner.sum(axis=1), inner.sum(axis=0), [inner.sum()]])
    return Sums(len(counts), whole, relation, np.concatenate(parts)), counts


def withheld(sums: Sums, counts: np.ndarray, least: int, **more: bool) -> tuple[np.ndarray, np.ndarray]:
    small = (counts > 0) & (counts < least)
    movable = Movable(sums.matrix, counts, np.where(counts > 0, np.inf, 0), 1 + counts)
    found = protected(movable, small, small, least, **more)
    assert not found.exposed.any()
    return small, found.hidden


def test_cells_add_up() -> None:
    sums, counts = crossed([[3, 40], [50, 60]])
    assert counts.tolist() == [3, 40, 50, 60, 43, 110, 53, 100, 153]
    assert sums.gaps(counts).tolist() == [0] * 6
    counts[0] += 1
    assert sums.gaps(counts).tolist() == [1, 0, 1, 0, 0, 0]  # the row and the column of the cell


def test_a_small_cell_alone_follows_from_its_row() -> None:
    """43 - 40 = 3: withholding the small cell and no other withholds nothing."""
    sums, counts = crossed([[3, 40], [50, 60]])
    small = counts < 10
    assert placed(sums, counts, ~small, [0]).tolist() == [[3, 3]]


def test_the_cheapest_cells_that_protect_it_are_those_of_the_rectangle() -> None:
    """In a table of two by two they are all four inner cells; totals, which hold more people, stay."""
    sums, counts = crossed([[3, 40], [50, 60]])
    _, hidden = withheld(sums, counts, 10)
    assert np.flatnonzero(hidden).tolist() == [0, 1, 2, 3]
    # 0 to 43: the row has 43 people and the column 53
    assert placed(sums, counts, ~hidden, [0]) == pytest.approx(np.array([[0, 43]]))


def test_two_small_cells_in_a_row_that_add_up_to_little_are_not_enough() -> None:
    """3 and 2 of a row of 105: both are known to be 5 at most, so a third is withheld."""
    sums, counts = crossed([[3, 2, 100], [50, 60, 70], [30, 40, 90]])
    small, hidden = withheld(sums, counts, 10)
    assert np.flatnonzero(small).tolist() == [0, 1]
    assert hidden[2]
    low, high = placed(sums, counts, ~hidden, [0, 1]).T
    assert (high - low >= 10 - 1e-6).all()


def test_an_empty_cell_protects_nothing() -> None:
    """Everybody may know that nobody is there: of 4, 0 and 60 it is the 60 that is withheld beside the 4."""
    sums, counts = crossed([[4, 0, 60], [50, 60, 70]])
    _, hidden = withheld(sums, counts, 10)
    assert hidden[:3].tolist() == [True, False, True]


def test_what_moves_is_protected_as_well_where_that_is_asked() -> None:
    sums, counts = crossed([[9, 12, 100], [50, 60, 70], [30, 40, 90]])
    _, hidden = withheld(sums, counts, 10, whatever_moves=True)
    low, high = placed(sums, counts, ~hidden, np.flatnonzero(hidden).tolist()).T
    assert (high - low >= 10 - 1e-6).all()


def test_what_was_published_before_cannot_be_withheld_and_what_it_exposes_is_told() -> None:
    """Every other cell of the row is fixed, as one that was printed last year is: 43 - 40 = 3 whatever else is done."""
    sums, counts = crossed([[3, 40], [50, 60]])
    fixed = np.isin(np.arange(len(counts)), [1, 4])
    small = counts < 10
    room = np.where(fixed, 0, np.inf)
    found = protected(Movable(sums.matrix, np.where(fixed, 0, counts), room, 1 + counts), small, small, 10)
    assert np.flatnonzero(found.exposed).tolist() == [0]


def test_the_solver_says_nothing_on_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    """A program that pipes JSON from it would choke on a line of the solver's."""
    sums, counts = crossed([[3, 40], [50, 60]])
    withheld(sums, counts, 10)
    assert capfd.readouterr() == ("", "")
