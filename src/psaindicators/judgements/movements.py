"""Did it move? The change between two waves against the smallest change that counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.definitions.indicators import Indicator
from psaindicators.errors import refuse, word_problems
from psaindicators.figures.estimates import Estimates
from psaindicators.headings import Column, Heading
from psaindicators.judgements.pairing import Pairing, area_names, paired
from psaindicators.judgements.verdicts import movement_verdicts, multipliers, reaches
from psaindicators.kernel.freedom import satterthwaite
from psaindicators.kernel.significance import PUBLISHED, Floats, p_value
from psaindicators.tables import Table

INDEPENDENT = "independent waves"
ADJUSTMENT = "Benjamini-Hochberg"
NATIONAL = ("all", "england")
"""The breakdowns of one row, everyone's, which a published minimum movement is printed for."""
PUBLISHED_LEVEL = 95.0


@dataclass(frozen=True, eq=False, repr=False)
class Movements(Table):
    """Changes between two waves, a row for each indicator and area, in percentage points.

    `area_name`, `p_adjusted` and `adjustment` may be absent. `unmatched` lists the areas without counterpart: by, area,
    area_name, wave (earlier or later) and reason. `indicators` are those compared, `survey` the series ("place"; across
    a break "citizenship to community_life").
    """

    survey: str = ""
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
        *(h.MARKER, h.METHOD, h.NOTE),
    )
    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "by", "area", "area_name", "earlier", "later", "earlier_value", "later_value"),
        *("change", "low", "high", "minimum", "verdict", "marker", "note"),
    )


@dataclass(frozen=True)
class MovementRule:
    """How changes are judged: the minimum movement asked for, and whether p-values are adjusted for many rows."""

    minimum: str | float
    adjust_for_many: bool


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
    one wave has two PSUs. `minimum` is the smallest
    change that counts: "published" takes the figure printed for the survey's national row at 95% and computes every
    other as t x se; "computed" computes all; a number of points is taken as it is. `across_break` allows waves of
    different series, coverage or mode, and rows whose definition changed: they are marked [b]. `adjust_for_many`
    adjusts the p-values of each indicator and breakdown (Benjamini-Hochberg); `significant`, and the verdict where
    the minimum is computed, then go by them. Waves that share PSUs are for `compare_surveys`.

    Source: PSA Delivery Agreement 21 (HM Treasury, October 2007), Annex A; Satterthwaite (1946). Raises OptionError
    for an invalid minimum, and ComparisonError with everything about the waves that is wrong at once.
    """
    rule = checked_rule(minimum, adjust_for_many)
    pairing = paired(earlier, later, across_break=across_break)
    one, other = pairing.earlier.columns, pairing.later.columns
    ses = np.stack([one["se"], other["se"]])
    df = satterthwaite(ses**2, np.stack([one["df"], other["df"]]))
    return judged(withheld(pairing, np.hypot(*ses), across_break), df, pairing, rule)


def checked_rule(minimum: str | float, adjust_for_many: bool) -> MovementRule:
    """Return how changes are judged. Raises OptionError for an invalid minimum."""
    if isinstance(minimum, str):
        refuse(word_problems("minimum", minimum, ("published", "computed"), "a number of points"))
    elif not (isinstance(minimum, Real) and 0 < minimum < np.inf):
        refuse([f"a minimum movement is a number of points above 0; got {minimum!r}"])
    return MovementRule(minimum if isinstance(minimum, str) else float(minimum), adjust_for_many)


def withheld(pairing: Pairing, se: Floats, across_break: bool) -> Floats:
    """Return the standard errors, NaN (so: not assessed) where a definition changed and no break was asked for."""
    return se if across_break else np.where(pairing.redefined, np.nan, se)


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

    `notes` say more of each row (nothing: "").
    """
    one, other = pairing.earlier.columns, pairing.later.columns
    known = np.isfinite(se) & (df > 0)
    se = np.where(known, se, np.nan)
    change = np.where(known, other["value"] - one["value"], np.nan)
    printed = (one["method"] == PUBLISHED) & (other["method"] == PUBLISHED)
    t = multipliers(other["level"], np.where(known, df, np.nan), printed)
    indicators = pairing.later.indicators
    columns: dict[str, Column] = {
        **{name: other[name] for name in ("indicator", "by", "area")},
        **_named(pairing),
        "earlier": one["wave"],
        "later": other["wave"],
        "earlier_value": one["value"],
        "later_value": other["value"],
        "change": change,
        "se": se,
        "low": change - t * se,
        "high": change + t * se,
        "level": other["level"],
        "df": np.where(known, df, np.nan),
        "p_value": p_value(change, se, df),
    }
    columns |= _adjusted(columns) if rule.adjust_for_many else {}
    columns["minimum"], columns["minimum_source"] = _minima(rule.minimum, pairing, t * se)
    columns["significant"] = _significant(columns, t * se)
    columns["better"] = np.array([indicators[name].better for name in other["indicator"]], dtype=object)
    columns["verdict"] = _verdicts(columns)
    columns["marker"] = _markers(pairing, columns["verdict"])
    columns["method"] = np.full(len(se), method, dtype=object)
    columns["note"] = _notes(columns, pairing, np.full(len(se), "", dtype=object) if notes is None else notes)
    return Movements(columns, pairing.survey, indicators, pairing.unmatched)


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
    if by in NATIONAL and level == PUBLISHED_LEVEL and not pairing.breaks[row]:
        return printed, f"published for the national row of {survey}"
    meant = "an unbroken series" if pairing.breaks[row] else f"the national row of {survey} at {PUBLISHED_LEVEL:g}%"
    return None, f"computed from the standard error of the change: the published {printed:g} points are for {meant}"


def _significant(columns: Mapping[str, Column], half: Floats) -> NDArray[np.bool_]:
    if "p_adjusted" in columns:
        return np.asarray(columns["p_adjusted"] <= 1 - columns["level"] / 100) & reaches(columns["change"], 0)
    return reaches(columns["change"], half)


def _reaches(columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Return where a change is at least its minimum; a computed one is also asked to be significant once adjusted."""
    reached = reaches(columns["change"], columns["minimum"])
    if "p_adjusted" not in columns:
        return reached
    computed = np.array([source.startswith("computed") for source in columns["minimum_source"]], dtype=bool)
    return np.where(computed, columns["significant"], reached)


def _verdicts(columns: Mapping[str, Column]) -> Column:
    """Return improved or declined where the change reaches the minimum the better or the worse way."""
    toward = np.where(columns["better"] == "higher", columns["change"], -columns["change"])
    return movement_verdicts(np.where(np.isnan(columns["se"]), np.nan, toward), _reaches(columns))


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
        if columns["verdict"][row] and _at_an_end(row, pairing):
            notes.append("a figure of 0% or 100% shows no sampling error, so the minimum is too small")
        notes += [more[row], pairing.code_notes[row], pairing.breaks[row]]
        found.append("; ".join(note for note in notes if note))
    return np.array(found, dtype=object)


def _not_assessed(row: int, pairing: Pairing) -> str:
    one, other = pairing.earlier.columns, pairing.later.columns
    lacking = [f"no {what} in {table['wave'][row]}" for table in (one, other) if (what := _lacking(table, row))]
    if lacking:
        return f"not assessed: {' and '.join(lacking)}"
    return "not assessed (across_break=True compares all the same)" if pairing.redefined[row] else "not assessed"


def _lacking(table: Mapping[str, Column], row: int) -> str:
    if np.isnan(table["value"][row]):
        return "value"
    if np.isnan(table["se"][row]):
        return "standard error"
    return "" if table["df"][row] > 0 else "degrees of freedom"


def _at_an_end(row: int, pairing: Pairing) -> bool:
    return any(table.columns["se"][row] == 0 for table in (pairing.earlier, pairing.later))
