"""How many questionnaires: the base that two waves need to show a movement, and what a base can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from math import ceil, isfinite, sqrt
from typing import TYPE_CHECKING

import numpy as np

from psaindicators.errors import refuse
from psaindicators.figures.asked import LEVEL, level_problems
from psaindicators.tables import Table

if TYPE_CHECKING:
    import pandas as pd

PERCENT = 100.0
EVEN = 50.0
SHORT_OF_WHOLE = 1e-9
"""Rounding that would turn a base of exactly 400 into 401."""


@dataclass(frozen=True)
class Plan:
    """Two waves of the same base and what they can show; percent (0-100), percentage points and respondents.

    `movement` is the change asked about (or, where only a base was given, the one detectable), `base` the respondents
    needed in each wave (or given). `margin` is the plus or minus of the earlier wave, `minimum` the smallest change
    that is significant (a true movement of that size is found half the time), `detectable` the true movement found
    with `power`, and `power_reached` the power for `movement`. `post_out` is the questionnaires to send in each wave.
    """

    value: float
    movement: float
    base: int
    level: float
    power: float
    power_reached: float
    margin: float
    minimum: float
    detectable: float
    deft: float
    response_rate: float | None
    post_out: int | None

    @property
    def note(self) -> str:
        """What the figures mean, in a sentence."""
        half = "a true change of that size is significant in half of all pairs of waves"
        if self.power == EVEN:
            return f"At 50% power the detectable movement is the minimum movement, {self.minimum:.1f} points: {half}."
        return (
            f"The minimum movement, {self.minimum:.1f} points, is the 50%-power figure: {half}. "
            f"For {self.power:g}% power the change must be {self.detectable:.1f} points."
        )

    def to_table(self) -> Table:
        """Return the plan as a table of one row, a column for each field and the note."""
        cells = {one.name: getattr(self, one.name) for one in fields(self)} | {"note": self.note}
        return Table({name: _cell(cell) for name, cell in cells.items()})

    def to_frame(self) -> pd.DataFrame:
        """Return the plan as a pandas frame of one row."""
        return self.to_table().to_frame()

    def __str__(self) -> str:
        post = f"; post out {self.post_out:,} in each" if self.post_out is not None else ""
        return (
            f"From {self.value:g}% by {abs(self.movement):.1f} points {'up' if self.movement > 0 else 'down'}: "
            f"{self.base:,} respondents in each wave{post}.\n"
            f"Power {self.power_reached:.0f}% at {self.level:g}%; one wave is within {self.margin:.1f} points.\n"
            f"{self.note}"
        )

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()


def plan(
    *,
    value: float,
    movement: float | None = None,
    base: int | None = None,
    power: float = 80,
    level: float = LEVEL,
    deft: float = 1.0,
    response_rate: float | None = None,
) -> Plan:
    """Return the base that each of two waves needs to show a movement, or what a base can show, or both.

    `value` is the earlier percentage and `movement` the change in points (negative for a fall): the base is
    n = deft^2 (z_level + z_power)^2 (p q + p' q') / movement^2, rounded up, with p' = p + movement. With `base` alone
    the detectable movement is deft (z_level + z_power) sqrt(2 p q / n). With both, the power is that of the one at
    the other. z are normal quantiles, level two-sided. `power`, `level` and `response_rate` are percentages, `deft`
    the design factor (standard error over that of simple random sampling). The minimum movement is the case of 50%
    power. Raises OptionError with everything that is wrong at once.
    """
    refuse([*_problems(value, movement, base, (power, deft, response_rate)), *level_problems(level)])
    z_level, z_power = _z(0.5 + level / 200), _z(power / PERCENT)
    one = _spread(value)
    two = one if movement is None else _spread(value + movement)
    if base is None:
        assert movement is not None
        base = ceil((deft * (z_level + z_power) / movement) ** 2 * (one + two) - SHORT_OF_WHOLE)
    se = deft * sqrt((one + two) / base)
    detectable = (z_level + z_power) * se
    asked = detectable if movement is None else movement
    return Plan(
        value=float(value),
        movement=float(asked),
        base=int(base),
        level=float(level),
        power=float(power),
        power_reached=PERCENT * _chance(abs(asked) / se - z_level),
        margin=z_level * deft * sqrt(one / base),
        minimum=z_level * se,
        detectable=detectable,
        deft=float(deft),
        response_rate=response_rate,
        post_out=None if response_rate is None else ceil(base * PERCENT / response_rate - SHORT_OF_WHOLE),
    )


def _problems(
    value: float, movement: float | None, base: int | None, rest: tuple[float, float, float | None]
) -> Iterator[str]:
    power, deft, response_rate = rest
    if not 0 < value < PERCENT:
        yield f"value is the earlier percentage, above 0 and below 100; got {value}"
    if movement is None and base is None:
        yield "a plan needs a movement (to find the base), a base (to find the movement), or both; got neither"
    if movement is not None and not (isfinite(movement) and movement != 0):
        yield f"movement is a change in percentage points, not 0; got {movement}"
    elif movement is not None and not 0 < value + movement < PERCENT:
        reached = f"takes {value:g}% to {value + movement:g}%"
        yield f"a movement of {movement:+g} points {reached}; it must stay above 0 and below 100"
    if base is not None and (base < 1 or base != int(base)):
        yield f"base is the respondents in each wave, a whole number; got {base}"
    if not EVEN <= power < PERCENT:
        yield f"power is a percentage from 50 (the minimum movement) to below 100, such as 80; got {power}"
    if response_rate is not None and not 0 < response_rate <= PERCENT:
        yield f"response_rate is a percentage above 0, such as 40; got {response_rate}"
    if not deft > 0:
        yield f"deft is the design factor, above 0 (1 is simple random sampling); got {deft}"


def _spread(value: float) -> float:
    """Return the variance of one answer, in squared points."""
    return value * (PERCENT - value)


def _z(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))


def _chance(z: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(z))


def _cell(cell: object) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    return np.array([np.nan if cell is None else cell], dtype=object if isinstance(cell, str) else None)
