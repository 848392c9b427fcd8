"""What a stratum with a single PSU does to a variance: each policy there is, declared once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from psaindicators.kernel.keys import Floats


@dataclass(frozen=True)
class LonelyPolicy:
    """What is done about the strata of the first stage with one PSU.

    `refused` says that such a design has no variance. `centred` adds the lonely PSU's squared distance from the mean of
    all PSUs. `factor` is what the other strata's variances are multiplied by, given how many strata hold a figure's
    base and how many of them are not lonely, arrays of one shape. `offered` is what a message says of the policy where
    a design is refused.
    """

    offered: str = ""
    refused: bool = False
    centred: bool = False
    factor: Callable[[Floats, Floats], Floats] | None = None


def _all_over_others(strata: Floats, not_lonely: Floats) -> Floats:
    """Return what makes the lonely strata's variances the mean of the others'; NaN where there are no others."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(strata == not_lonely, 1.0, np.where(not_lonely > 0, strata / not_lonely, np.nan))


LONELY = {
    "fail": LonelyPolicy(refused=True),
    "certainty": LonelyPolicy("no variance: it was sure to be drawn"),
    "centre": LonelyPolicy("about the overall mean", centred=True),
    "average": LonelyPolicy("as the other strata", factor=_all_over_others),
}
"""R's `survey.lonely.psu`: fail; certainty and remove; adjust; average."""
FAIL, BELOW = "fail", "certainty"
"""The policy where nothing is said, and that of every stage below the first."""


def of_stages(lonely_psu: str, stages: Sequence[object]) -> list[LonelyPolicy]:
    """Return the policy of each stage of sampling."""
    return [LONELY[lonely_psu], *[LONELY[BELOW]] * (len(stages) - 1)]


def remedies() -> str:
    """Return what may be said in place of refusing, for a message."""
    return ", ".join(f"'{name}' ({one.offered})" for name, one in LONELY.items() if one.offered)
