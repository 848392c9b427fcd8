"""Did it move? The change between two waves against the smallest change that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.charts.intervals import Intervals
from psaindicators.definitions.indicators import Indicator
from psaindicators.errors import refuse, word_problems
from psaindicators.figures.charting import NATIONAL
from psaindicators.figures.estimates import NARROWED, Estimates, estimate_ids, of_whom
from psaindicators.figures.scale import PERCENT
from psaindicators.headings import Column, Heading
from psaindicators.judgements.charting import movements_chart
from psaindicators.judgements.counts import Counts, counts_of, in_words
from psaindicators.judgements.gaps import Gap, Side, gap
from psaindicators.judgements.pairing import Pairing, against_itself, area_names, left_out, paired
from psaindicators.judgements.regions import Regions, by_region
from psaindicators.judgements.sentences import of_movements
from psaindicators.judgements.verdicts import movement_verdicts, reaches
from psaindicators.kernel.freedom import satterthwaite
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.mover import least_significant, mover
from psaindicators.kernel.significance import PUBLISHED
from psaindicators.tables import Table
from psaindicators.words import row_id

INDEPENDENT = "independent waves"
ADJUSTMENT = "Benjamini-Hochberg"
FROM_ENDS = "a figure shows no sampling error, so the ends are made from those of both"
BORDERLINE = "borderline: significant by t x se, but no change lies within the ends that the two intervals make"
PUBLISHED_LEVEL = 95.0


@dataclass(frozen=True, eq=False, repr=False)
class Movements(Table):
    """Changes between two waves, a row for each indicator and area, in percentage points.

    `area_name`, `p_adjusted` and `adjustment` may be absent. `unmatched` lists the areas without counterpart: by, area,
    area_name, wave (earlier or later) and reason. `indicators` are those compared, `survey` the series ("place"; across
    a break "citizenship to community_life"), `interim` the survey of a wave that continues the series and is not of it.
    """

    survey: str = ""
    interim: str = ""
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    unmatched: Table = field(default_factory=lambda: Table({}))

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.INDICATOR, h.BY, h.AREA.as_("the area's code in the later wave"), h.AREA_NAME),
        *(h.whole(one, f"the {one} wave's year", "year") for one in ("earlier", "later")),
        *(h.figure(f"{one}_value", f"the {one} estimate", h.IN_PERCENT) for one in ("earlier", "later")),
        h.figure("change", "later less earlier", h.IN_POINTS),
        *(h.SE, h.LOW.as_("the lower end of its interval", h.IN_POINTS)),
        *(h.HIGH.as_("the upper end of its interval", h.IN_POINTS), h.LEVEL, h.DF, h.P_VALUE),
        h.figure("p_adjusted", "p_value adjusted for many rows", "share, 0-1", h.FOUR_DECIMALS),
        h.text("adjustment", "how it was adjusted", "words"),
        h.figure("minimum", "the smallest change that counts", h.IN_POINTS),
        h.text("minimum_source", "where the minimum came from", "words"),
        *(h.SIGNIFICANT, h.BETTER),
        h.VERDICT.as_("improved, declined or no reportable change; empty where it cannot be assessed"),
        *(h.MARKER, h.METHOD, h.NOTE, h.ID, h.RESTS_ON.as_("the ids of the two estimates")),
    )
    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "by", "area", "area_name", "earlier", "later", "earlier_value", "later_value"),
        *("change", "low", "high", "minimum", "verdict", "marker", "note"),
    )

    def sentences(self) -> list[str]:
        """Return a plain sentence for each movement, in the words of its verdict, with what they rest on."""
        return [*of_movements(self, self.indicators)]

    def plot(self) -> Intervals:
        """Return the chart of the changes with their intervals: of one indicator by area, or of everyone.

        A notebook shows it; `.save("chart.svg")` writes it, and `.figure()` is matplotlib's. Raises OptionError where
        the rows make no one chart.
        """
        return movements_chart(self, self.indicators)

    def counts(self) -> Counts:
        """Return how many areas moved which way, and how many would by chance alone: a row for each breakdown."""
        return counts_of(self)

    def by_region(self) -> Regions:
        """Return the authorities, counties and agreements' areas of each region by verdict."""
        return by_region(self)

    @property
    def footer(self) -> tuple[str, ...]:
        return *super().footer, *in_words(self.counts())


@dataclass(frozen=True)
class MovementRule:
    """How changes are judged: by which minimum, whether across breaks, with p-values adjusted for many rows or not."""

    minimum: str | float
    across_break: bool
    adjust_for_many: bool


@typed
def compare(
    earlier: Estimates,
    later: Estimates,
    *,
    minimum: str | float = "published",
    across_break: bool = False,
    adjust_for_many: bool = False,
) -> Movements:
    """Return the change of each indicator and area between two independent waves, with its verdict.

    The change is later less earlier in percentage points; se = sqrt(se_1^2 + se_2^2), df is Satterthwaite's,
    (v_1 + v_2)^2 / (v_1^2 / df_1 + v_2^2 / df_2) with v = se^2, and the interval and p-value are Student's t (1.96
    where both waves are published figures). The sum df_1 + df_2 would call a quarter of unchanged pairs moved where
    one wave has two PSUs. Where a wave shows no sampling error (0%, 100%, no variance) there is no se: the ends are
    made from those of the two estimates (see `mover`), and the note says so. A note says `borderline` of a significant
    change whose ends made that way hold 0: with a small wave beside a large one, far from 50%, read it with care.

    A change is improved or declined where it is significant and at least the minimum. `minimum` is the smallest change
    that counts: "published" takes the figure printed for the survey's national row at 95%, and computes every other:
    t x se, or the distance from the change to its end on the side of 0; "computed" computes all; a number of points
    is taken as it is. `across_break` allows waves of different series, coverage or mode, and rows whose definition
    changed: they are marked [b]. `adjust_for_many` adjusts the p-values of each indicator and breakdown
    (Benjamini-Hochberg); `significant` and the verdict then go by them. Waves that share PSUs are for
    `compare_surveys`.

    Source: PSA Delivery Agreement 21 (HM Treasury, October 2007), Annex A; Satterthwaite (1946); Zou and Donner (2008).
    Raises OptionError for an invalid minimum, and ComparisonError with everything about the waves that is wrong at
    once.

    An example is under this name on the documentation's page of examples (docs/examples.md).
    """
    rule = checked_rule(minimum, across_break=across_break, adjust_for_many=adjust_for_many)
    pairing = paired(earlier, later, across_break=across_break)
    one, other = pairing.earlier.columns, pairing.later.columns
    ses = np.stack([one["se"], other["se"]])
    df = satterthwaite(ses**2, np.stack([one["df"], other["df"]]))
    return judged(np.hypot(*ses), df, pairing, rule)


def checked_rule(minimum: str | float, *, across_break: bool, adjust_for_many: bool) -> MovementRule:
    """Return how changes are judged. Raises OptionError for an invalid minimum."""
    if isinstance(minimum, str):
        refuse(word_problems("minimum", minimum, ("published", "computed"), "a number of points"))
    elif not (isinstance(minimum, Real) and 0 < minimum <= PERCENT):
        refuse([f"a minimum movement is a number of points above 0 and at most 100; got {minimum!r}"])
    return MovementRule(minimum if isinstance(minimum, str) else float(minimum), across_break, adjust_for_many)


def judged(
    se: Floats,
    df: Floats,
    pairing: Pairing,
    rule: MovementRule,
    *,
    method: str = INDEPENDENT,
    notes: Column | None = None,
) -> Movements:
    """Return the movements of paired rows from the standard error and the degrees of freedom of each change.

    A row whose definition changed is not assessed unless breaks were asked for. `notes` say more of each row (nothing:
    "").
    """
    one, other = pairing.earlier.columns, pairing.later.columns
    found = _gap(se, df, pairing, rule)
    indicators = pairing.later.indicators
    columns: dict[str, Column] = {
        **{name: other[name] for name in ("indicator", "by", "area")},
        **_named(pairing),
        "earlier": one["wave"],
        "later": other["wave"],
        "earlier_value": one["value"],
        "later_value": other["value"],
        "change": found.value,
        "se": found.se,
        "low": found.low,
        "high": found.high,
        "level": other["level"],
        "df": found.df,
        "p_value": found.p_value,
    }
    columns |= _adjusted(columns) if rule.adjust_for_many else {}
    columns["minimum"], columns["minimum_source"] = _minima(rule.minimum, pairing, found.least)
    columns["significant"] = _significant(columns, found.least)
    columns["better"] = np.array([indicators[name].better for name in other["indicator"]], dtype=object)
    columns["verdict"] = _verdicts(columns)
    columns["marker"] = _markers(pairing, columns["verdict"])
    columns["method"] = _methods(method, pairing)
    made = np.where(found.flat, FROM_ENDS, "" if notes is None else notes).astype(object)
    if method == INDEPENDENT:
        made[_borderline(found, pairing) & columns["significant"]] = BORDERLINE
    columns["note"] = _notes(columns, pairing, made)
    return Movements(
        columns | _ids(columns, pairing),
        pairing.survey,
        pairing.interim,
        indicators,
        pairing.unmatched,
        notes=(*against_itself(pairing), *left_out(pairing.unmatched)),
    )


def _borderline(found: Gap, pairing: Pairing) -> NDArray[np.bool_]:
    """Return where no change lies within the ends that MOVER makes from the intervals of two independent figures.

    |change| >= t se calls up to 11% of unchanged pairs moved where a small wave stands beside a large one far from 50%:
    too few found is too small a variance too. These ends call 3 to 7% of the same pairs moved (docs/verdicts.md).
    """
    ends = mover(*(Side.of(table.columns).ends for table in (pairing.earlier, pairing.later)))
    return np.isfinite(ends.low) & np.isfinite(ends.high) & ~reaches(found.value, least_significant(ends)) & ~found.flat


def _methods(method: str, pairing: Pairing) -> Column:
    """Return how each change was made, with of whom it is where that is not everyone."""
    sides = zip(*(one.columns["method"].tolist() for one in (pairing.earlier, pairing.later)), strict=True)
    found = [(of_whom(one), of_whom(other)) for one, other in sides]
    whom = [one if one == other else f"{one or 'everyone'}, then {other or 'everyone'}" for one, other in found]
    return np.array(["; ".join(filter(None, (method, words))) for words in whom], dtype=object)


def _ids(columns: Mapping[str, Column], pairing: Pairing) -> dict[str, Column]:
    """Return the ids of the movements, and those of the estimates that they are made of."""
    one, other = (estimate_ids(table.columns) for table in (pairing.earlier, pairing.later))
    span = " to ".join(pairing.waves)
    whom = [of_whom(method) for method in columns["method"]]
    keys = zip(*(columns[name] for name in ("indicator", "by", "area")), whom, strict=True)
    ids = [row_id(indicator, span, by, area, *filter(None, [words])) for indicator, by, area, words in keys]
    rests = [f"{before}; {after}" for before, after in zip(one, other, strict=True)]
    return {"id": np.array(ids, dtype=object), "rests_on": np.array(rests, dtype=object)}


def _gap(se: Floats, df: Floats, pairing: Pairing, rule: MovementRule) -> Gap:
    one, other = pairing.earlier.columns, pairing.later.columns
    printed = (one["method"] == PUBLISHED) & (other["method"] == PUBLISHED)
    found = gap(Side.of(one), Side.of(other), se, df, printed=printed)
    return found if rule.across_break else found.without(pairing.redefined)


def _named(pairing: Pairing) -> dict[str, Column]:
    names = area_names(pairing)
    return {} if names is None else {"area_name": names}


def _adjusted(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return Benjamini and Hochberg's adjusted p-values, taken over the areas of each indicator and breakdown."""
    from statsmodels.stats.multitest import multipletests

    p = columns["p_value"]
    adjusted = np.full(p.shape, np.nan)
    family = [*zip(columns["indicator"], columns["by"], strict=True)]
    for one in dict.fromkeys(family):
        rows = np.array([member == one for member in family]) & np.isfinite(p)
        if rows.any():
            adjusted[rows] = multipletests(p[rows], method="fdr_bh")[1]
    return {"p_adjusted": adjusted, "adjustment": np.full(p.shape, ADJUSTMENT, dtype=object)}


def _minima(asked: str | float, pairing: Pairing, computed: Floats) -> tuple[Floats, Column]:
    """Return the minimum movement of each row and, in words, where it came from."""
    if not isinstance(asked, str):
        return np.full(computed.shape, asked), np.full(computed.shape, "given", dtype=object)
    found = [_minimum(asked, row, pairing) for row in range(len(computed))]
    minima = np.array([np.nan if printed is None else printed for printed, _ in found], dtype=float)
    return np.where(np.isnan(minima), computed, minima), np.array([words for _, words in found], dtype=object)


def _minimum(asked: str, row: int, pairing: Pairing) -> tuple[float | None, str]:
    one, other = pairing.earlier.columns, pairing.later.columns
    survey, by, level = other["survey"][row], other["by"][row], other["level"][row]
    printed = pairing.later.indicators[other["indicator"][row]].minimum_movement.get(survey)
    if asked == "computed" or printed is None or one["survey"][row] != survey:
        return None, "computed from the standard error of the change"
    whole = by in NATIONAL and not any(NARROWED in columns["method"][row] for columns in (one, other))
    if whole and level == PUBLISHED_LEVEL and not pairing.breaks[row]:
        return printed, f"published for the national row of {survey}"
    meant = "an unbroken series" if pairing.breaks[row] else f"the national row of {survey} at {PUBLISHED_LEVEL:g}%"
    return None, f"computed from the standard error of the change: the published {printed:g} points are for {meant}"


def _significant(columns: Mapping[str, Column], least: Floats) -> NDArray[np.bool_]:
    if "p_adjusted" in columns:
        return np.asarray(columns["p_adjusted"] <= 1 - columns["level"] / 100) & reaches(columns["change"], 0)
    return reaches(columns["change"], least)


def _verdicts(columns: Mapping[str, Column]) -> Column:
    """Return improved or declined where the change is significant and reaches the minimum, whoever set it."""
    toward = np.where(columns["better"] == "higher", columns["change"], -columns["change"])
    return movement_verdicts(toward, columns["significant"] & reaches(toward, columns["minimum"]))


def _markers(pairing: Pairing, verdict: Column) -> Column:
    """Return [x] or [u] of either estimate, and [b] for a row compared across a break."""
    marks = [pairing.earlier.columns["marker"], pairing.later.columns["marker"]]
    broken = (pairing.breaks != "") & ((verdict != "") | ~pairing.redefined)
    rows = zip(*marks, broken, strict=True)
    return np.array([" ".join(_marks({one, other}, cut)) for one, other, cut in rows], dtype=object)


def _marks(marks: set[str], broken: bool) -> list[str]:
    worst = next((mark for mark in ("[x]", "[u]") if mark in marks), "")
    return [mark for mark in (worst, "[b]" if broken else "") if mark]


def _notes(columns: Mapping[str, Column], pairing: Pairing, more: Column) -> Column:
    reached = reaches(columns["change"], columns["minimum"])
    adjusted = f" after {ADJUSTMENT} adjustment for many rows" if "p_adjusted" in columns else ""
    level = f"{columns['level'][0]:g}%" if len(reached) else ""
    found = []
    for row in range(len(reached)):
        notes = [_not_assessed(row, pairing) if columns["verdict"][row] == "" else ""]
        if reached[row] and not columns["significant"][row]:
            notes.append(f"reaches the minimum but is not significant at {level}{adjusted}")
        notes += [more[row], pairing.code_notes[row], pairing.breaks[row]]
        found.append("; ".join(note for note in notes if note))
    return np.array(found, dtype=object)


def _not_assessed(row: int, pairing: Pairing) -> str:
    one, other = pairing.earlier.columns, pairing.later.columns
    lacking = [f"no {what} in {table['wave'][row]}" for table in (one, other) if (what := _lacking(table, row))]
    if lacking:
        return f"not assessed: {' and '.join(lacking)}"
    return "not assessed (its definition changed)" if pairing.redefined[row] else "not assessed"


def _lacking(table: Mapping[str, Column], row: int) -> str:
    if np.isnan(table["value"][row]):
        return "value"
    if np.isnan(table["se"][row]):
        return "standard error"
    return "" if table["df"][row] > 0 else "degrees of freedom"
