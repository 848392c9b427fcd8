"""How many questionnaires: the base that two waves need to show a movement, and what a base can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, inf, isfinite, sqrt
from typing import TYPE_CHECKING

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.errors import OptionError, refuse
from psaindicators.figures.asked import LEVEL, level_problems
from psaindicators.figures.scale import PERCENT
from psaindicators.tables import Table, columns_of

if TYPE_CHECKING:
    import pandas as pd

EVEN = 50.0
MOST_DEFT = 100
SHORT_OF_WHOLE = 1e-9
"""Rounding that would turn a base of exactly 400 into 401."""
SIMPLE = "as if a simple random sample: give deft, which a council's survey usually has at 1.15 to 1.3"

HEADINGS = (
    *(h.figure(name, "", h.IN_POINTS if name == "movement" else h.IN_PERCENT) for name in ("value", "movement")),
    *(h.whole("base", "", h.RESPONDENTS), h.LEVEL, h.figure("power", "", "percent")),
    *(h.figure(name, "", h.IN_POINTS) for name in ("power_reached", "margin", "minimum", "detectable")),
    *(h.figure("deft", "", "ratio", h.TWO_DECIMALS), h.whole("areas", ""), h.whole("population", "", "people")),
    *(h.figure("earlier_se", "", h.IN_POINTS, h.TWO_DECIMALS), h.figure("response_rate", "", "percent")),
    *(h.whole("post_out", "", "questionnaires"), h.NOTE),
)
"""The columns of a plan as a table, in the order of the fields of `Plan`, which says what each is."""


@dataclass(frozen=True)
class Plan:
    """Two waves and what they can show; percent (0-100), percentage points and respondents.

    `movement` is the change asked about (or, where only a base was given, the one detectable), `base` the respondents
    needed in each wave to come (or given), in each of `areas` areas. `margin` is the plus or minus of a wave of that
    base at `value`, `minimum` the smallest change that is significant (a true movement of that size is found half the
    time), `detectable` the true movement found with `power`, and `power_reached` the power for `movement`. `post_out`
    is the questionnaires to send in each wave, over all areas. `earlier_se`, in percentage points, is that of a first
    wave already taken, `population` the people of each area, each none where it was not given.
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
    areas: int
    population: float | None
    earlier_se: float | None
    response_rate: float | None
    post_out: int | None
    note: str

    def to_table(self) -> Table:
        """Return the plan as a table of one row, a column for each field."""
        return Table(columns_of(HEADINGS, [[getattr(self, one.name) for one in HEADINGS]]))

    def to_frame(self) -> pd.DataFrame:
        """Return the plan as a pandas frame of one row."""
        return self.to_table().to_frame()

    def __str__(self) -> str:
        post = f"; post out {self.post_out:,} in each" if self.post_out is not None else ""
        which = "each wave" if self.earlier_se is None else "the later wave"
        where = f" and each of {self.areas} areas, {self.areas * self.base:,} in all" if self.areas > 1 else ""
        return (
            f"From {self.value:g}% by {abs(self.movement):.1f} points {'up' if self.movement > 0 else 'down'}: "
            f"{self.base:,} respondents in {which}{where}{post}.\n"
            f"Power {self.power_reached:.0f}% at {self.level:g}%; one wave is within {self.margin:.1f} points.\n"
            f"{self.note}"
        )

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()


@dataclass(frozen=True)
class _Waves:
    """Two waves whose later percentage is `value` + `movement`: what their standard errors come from.

    The population N of an area makes the variance smaller by 1 - n/N (Cochran 1977, Sampling Techniques, 2.6).
    """

    value: float
    movement: float
    deft: float
    population: float
    earlier_se: float | None

    @property
    def spread(self) -> float:
        """The squared standard error of one respondent, in points, of the waves still to come."""
        later = _spread(self.value + self.movement)
        return self.deft**2 * (later if self.earlier_se is not None else later + _spread(self.value))

    def variance(self, base: float) -> float:
        """Return the variance of the change with so many respondents in each wave to come."""
        return (self.earlier_se or 0.0) ** 2 + self.spread * (1 / base - 1 / self.population)

    def base(self, variance: float) -> int:
        """Return the least base with which the change has no more than this variance.

        Raises OptionError where a wave already taken leaves none to spare.
        """
        left = variance - (self.earlier_se or 0.0) ** 2
        if left <= 0:
            raise OptionError(
                f"no base is enough: the wave already taken has a standard error of {self.earlier_se:.2f} points, and "
                f"the change may have {sqrt(variance):.2f} at most; plan for a larger movement or a smaller power"
            )
        return ceil(1 / (left / self.spread + 1 / self.population) - SHORT_OF_WHOLE)


@typed
def plan(
    *,
    value: float,
    movement: float | None = None,
    base: int | None = None,
    power: float = 80,
    level: float = LEVEL,
    deft: float | None = None,
    population: float | None = None,
    earlier_base: int | None = None,
    earlier_se: float | None = None,
    areas: int = 1,
    response_rate: float | None = None,
) -> Plan:
    """Return the base that each of two waves needs to show a movement, or what a base can show, or both.

    `value` is the earlier percentage and `movement` the change in points (negative for a fall): the base is
    n = deft^2 (z_level + z_power)^2 (p q + p' q') / movement^2, rounded up, with p' = p + movement. With `base` alone
    the detectable movement is deft (z_level + z_power) sqrt(2 p q / n). With both, the power is that of the one at
    the other. z are normal quantiles, level two-sided. `power`, `level` and `response_rate` are percentages, `deft`
    the design factor (standard error over that of simple random sampling), 1 unless given. The minimum movement is
    the case of 50% power.

    `population` is the people of the area: each wave's variance is then multiplied by 1 - n/N (Cochran 1977). Where
    the first wave is taken already, `earlier_base` (respondents) or `earlier_se` (points) says how well it is known,
    and the base is the later wave's: n = deft^2 p' q' / (movement^2 / (z_level + z_power)^2 - se_1^2). `areas` is how
    many areas of one kind, such as wards, are each to show it: base and movement are of each, questionnaires of all.

    Raises OptionError with everything that is wrong at once, and where no base would be enough.
    """
    given = (value, movement, base, earlier_base, earlier_se)
    refuse(
        [
            *_problems(*given),
            *_design_problems(power, deft, population, (areas, response_rate)),
            *level_problems(level),
            *_population_problems(population, base, earlier_base),
        ]
    )
    z_level, z_power = _z(0.5 + level / 200), _z(power / PERCENT)
    factor = 1.0 if deft is None else float(deft)
    people = inf if population is None else float(population)
    taken = _earlier_se(value, earlier_base, earlier_se, (factor, people))
    waves = _Waves(value, movement or 0.0, factor, people, taken)
    if base is None:
        assert movement is not None
        base = waves.base((movement / (z_level + z_power)) ** 2)
        refuse(_population_problems(population, base))
    se = sqrt(waves.variance(base))
    detectable = (z_level + z_power) * se
    asked = detectable if movement is None else movement
    return Plan(
        value=float(value),
        movement=float(asked),
        base=int(base),
        level=float(level),
        power=float(power),
        power_reached=PERCENT * _chance(abs(asked) / se - z_level),
        margin=z_level * factor * sqrt(_spread(value) * (1 / base - 1 / people)),
        minimum=z_level * se,
        detectable=detectable,
        deft=factor,
        areas=int(areas),
        population=population,
        earlier_se=taken,
        response_rate=response_rate,
        post_out=None if response_rate is None else areas * ceil(base * PERCENT / response_rate - SHORT_OF_WHOLE),
        note=_note(power, z_level * se, detectable, simple=deft is None),
    )


def _earlier_se(value: float, base: int | None, se: float | None, design: tuple[float, float]) -> float | None:
    deft, people = design
    if base is None:
        return se
    return deft * sqrt(_spread(value) * (1 / base - 1 / people))


def _note(power: float, minimum: float, detectable: float, *, simple: bool) -> str:
    """Return what the figures mean, in a sentence or two."""
    half = "a true change of that size is significant in half of all pairs of waves"
    meant = (
        f"At 50% power the detectable movement is the minimum movement, {minimum:.1f} points: {half}."
        if power == EVEN
        else f"The minimum movement, {minimum:.1f} points, is the 50%-power figure: {half}. "
        f"For {power:g}% power the change must be {detectable:.1f} points."
    )
    return f"{meant} Planned {SIMPLE}." if simple else meant


def _problems(
    value: float, movement: float | None, base: int | None, earlier_base: int | None, earlier_se: float | None
) -> Iterator[str]:
    if not 0 < value < PERCENT:
        yield f"value is the earlier percentage, above 0 and below 100; got {value}"
    elif value < 1:
        yield f"value is a percentage (0-100), and {value:g} looks like a share: {value * PERCENT:g}?"
    if movement is None and base is None:
        yield "a plan needs a movement (to find the base), a base (to find the movement), or both; got neither"
    if movement is not None and not (isfinite(movement) and movement != 0):
        yield f"movement is a change in percentage points, not 0; got {movement}"
    elif movement is not None and not 0 < value + movement < PERCENT:
        reached = f"takes {value:g}% to {value + movement:g}%"
        yield f"a movement of {movement:+g} points {reached}; it must stay above 0 and below 100"
    for name, one in (("base", base), ("earlier_base", earlier_base)):
        if one is not None and (one < 1 or one != int(one)):
            which = "each" if name == "base" else "the first"
            yield f"{name} is the respondents in {which} wave, a whole number; got {one}"
    if earlier_base is not None and earlier_se is not None:
        yield "earlier_base and earlier_se say the same thing: give one"
    if earlier_se is not None and not 0 < earlier_se < PERCENT:
        yield f"earlier_se is a standard error in percentage points, above 0; got {earlier_se}"


def _design_problems(
    power: float, deft: float | None, population: float | None, rest: tuple[int, float | None]
) -> Iterator[str]:
    areas, response_rate = rest
    if not EVEN <= power < PERCENT:
        yield f"power is a percentage from 50 (the minimum movement) to below 100, such as 80; got {power}"
    if response_rate is not None and not 0 < response_rate <= PERCENT:
        yield f"response_rate is a percentage above 0, such as 40; got {response_rate}"
    if deft is not None and not 0 < deft <= MOST_DEFT:
        yield f"deft is the design factor, above 0 (1 is simple random sampling) and at most {MOST_DEFT}; got {deft}"
    if areas < 1 or areas != int(areas):
        yield f"areas is how many areas are planned for, a whole number; got {areas}"
    if population is not None and not (population >= 1 and isfinite(population)):
        yield f"population is the people of the area, at least 1; got {population}"


def _population_problems(population: float | None, *bases: int | None) -> Iterator[str]:
    for base in bases:
        if population is not None and base is not None and base >= population:
            yield f"a base of {base:,} is not below the population of {population:,.0f}: everybody would be asked"


def _spread(value: float) -> float:
    """Return the variance of one answer, in squared points."""
    return value * (PERCENT - value)


def _z(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))


def _chance(z: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(z))
