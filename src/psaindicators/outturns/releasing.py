"""What may leave: the one place between what was found and every file, page and printed line made of it."""

from __future__ import annotations

from collections.abc import Mapping

from psaindicators.figures.estimates import Estimates
from psaindicators.outturns.judging import Judgements


def released(estimates: Mapping[str, Estimates], judgements: Judgements) -> tuple[tuple[Estimates, ...], Judgements]:
    """Return the tables as they may be published; nothing that a reader sees is made of any others.

    Disclosure control stands here: a cell that it withholds (`Table.suppress`) is withheld from every format at once.
    """
    return tuple(estimates.values()), judgements
