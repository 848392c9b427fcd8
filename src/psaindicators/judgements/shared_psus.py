"""Differences that share PSUs: two waves of a panel, two areas of one survey, an area and everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.waves import Wave
from psaindicators.design.covariance import Contrast, WaveSide, contrast, shared
from psaindicators.design.sample import Sample
from psaindicators.errors import ComparisonError, DefinitionError, did_you_mean
from psaindicators.figures.asked import DF, INTERVAL, LEVEL, Asked, By, Indicators, asked, asked_indicators
from psaindicators.figures.estimates import Estimates, estimate, interval_columns, measure
from psaindicators.figures.scale import in_percent, in_points_squared
from psaindicators.headings import Column, Heading
from psaindicators.judgements.gaps import Side, gap
from psaindicators.judgements.movements import Movements, checked_rule, judged
from psaindicators.judgements.pairing import Pairing, paired
from psaindicators.judgements.verdicts import reaches
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.freedom import satterthwaite
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.significance import root
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.survey.survey import Survey
from psaindicators.tables import Table
from psaindicators.words import listed

SHARED = "shared PSUs, with their covariance"
NO_COVARIANCE = "the waves' covariance leaves no variance, so it is not taken off"
NOTHING_LEFT = 1e-9
"""What is left of v_1 + v_2 once 2 c is taken off counts as nothing below this share of it."""


@dataclass(frozen=True, eq=False, repr=False)
class Differences(Table):
    """Differences between two areas of one survey, a row for each indicator, in percentage points."""

    indicators: Mapping[str, Indicator]

    headings: ClassVar[tuple[Heading, ...]] = (
        *(h.INDICATOR, h.SURVEY, h.WAVE, h.BY, h.AREA, h.text("other", "the other area", "code"), h.VALUE),
        h.figure("other_value", "the other area's estimate", h.IN_PERCENT),
        h.figure("difference", "area less other", h.IN_POINTS),
        h.SE.as_("its standard error, with the covariance of the two"),
        h.LOW.as_("the lower end of its interval", h.IN_POINTS),
        h.HIGH.as_("the upper end of its interval", h.IN_POINTS),
        *(h.LEVEL, h.DF, h.P_VALUE, h.SIGNIFICANT, h.MARKER),
    )

    shown: ClassVar[tuple[str, ...]] = (
        *("indicator", "by", "area", "other", "value", "other_value"),
        *("difference", "low", "high", "p_value", "significant", "marker"),
    )


@typed
def compare_surveys(
    earlier: Survey,
    later: Survey,
    indicators: Indicators | None = None,
    *,
    by: By = None,
    level: float = LEVEL,
    df: str = DF,
    lonely_psu: str | None = None,
    minimum: str | float = "published",
    across_break: bool = False,
    adjust_for_many: bool = False,
) -> Movements:
    """Return the changes between two waves that share PSUs (a panel, or the same sampled places), as `compare` does.

    v = v_1 + v_2 - 2 c: a PSU with the same stratum and code in both is one, and with n_c of them in a stratum of n_1
    and n_2, c = n_c / (n_c - 1) S_c (z_1 - mean_c z_1)(z_2 - mean_c z_2) over the common ones, times 1 - n_1 n_2 /
    (n_c N) with a population count N (Tam 1984, The American Statistician 38, 288-289). Where all are common this is
    R's contrast of the two waves stacked; where half are, to take the union as one sample would overstate the standard
    error by half. Calibrated weights have residuals in place of z; replicate weights of one kind and number are taken
    to correspond, the r-th of either wave leaving out the same PSUs. Where v would not be above 0, c is 0 and the
    row's note says so. df is Satterthwaite's (see `compare`), at most that of the union. Such a change cannot be made
    of saved estimates.

    Raises ComparisonError for waves without PSUs or with none in common, of unlike design, and as `compare` does;
    DesignError for lonely PSUs.
    """
    checked_rule(minimum, across_break=across_break, adjust_for_many=adjust_for_many)
    of = [asked(survey, by=by, level=level, df=df, lonely_psu=lonely_psu) for survey in (earlier, later)]
    _check_designs(*of)
    one, other = (
        Estimated(x.survey, estimate(x.survey, indicators, by=by, level=level, df=df, lonely_psu=x.lonely_psu))
        for x in of
    )
    return compare_estimated(
        one,
        other,
        df=df,
        lonely_psu=lonely_psu,
        minimum=minimum,
        across_break=across_break,
        adjust_for_many=adjust_for_many,
    )


@dataclass(frozen=True, eq=False)
class Estimated:
    """A survey with what was estimated of it."""

    survey: Survey
    estimates: Estimates

    @property
    def by(self) -> tuple[str, ...]:
        """The breakdowns that were estimated."""
        return tuple(dict.fromkeys(self.estimates.columns["by"].tolist()))


def compare_estimated(
    earlier: Estimated,
    later: Estimated,
    *,
    df: str = DF,
    lonely_psu: str | None = None,
    minimum: str | float = "published",
    across_break: bool = False,
    adjust_for_many: bool = False,
) -> Movements:
    """Return the changes that `compare_surveys` does, of surveys whose estimates are made already.

    What is compared is what both were estimated for, as in `compare`. The same errors are raised.
    """
    rule = checked_rule(minimum, across_break=across_break, adjust_for_many=adjust_for_many)
    of = [asked(one.survey, by=one.by, df=df, lonely_psu=lonely_psu) for one in (earlier, later)]
    _check_designs(*of)
    pairing = paired(earlier.estimates, later.estimates, across_break=across_break)
    indicators = list(earlier.estimates.indicators.values())
    made = _with_covariance(of, indicators, pairing)
    found = judged(made.se, made.df, pairing, rule, method=SHARED, notes=made.notes)
    return replace(found, notes=tuple(note for one in of for note in one.noted()))


def _check_designs(earlier: Asked, later: Asked) -> None:
    problems = list(_unlike_designs(earlier, later))
    if problems:
        raise ComparisonError("\n".join(problems))


def _unlike_designs(earlier: Asked, later: Asked) -> Iterator[str]:
    waves = earlier.wave, later.wave
    for wave in waves:
        if not wave.psu and wave.replicates is None:
            yield f"{wave.name} names no psu, so it shares none; compare() the estimates of independent waves"
        if wave.weight_sums_to == "area":
            yield f"the weights of {wave.name} sum within areas; waves that share PSUs need them to gross up"
    for what in ("stratum", "psu", "fpc"):
        one, other = (_stages(getattr(wave, what)) for wave in waves)
        if one != other:
            counts = f"{waves[0].name} has {one or 'no'} {what} and {waves[1].name} {other or 'no'}"
            yield f"{counts}; waves that share PSUs have one design"
    if earlier.lonely_psu != later.lonely_psu:
        found = f"'{earlier.lonely_psu}' and '{later.lonely_psu}'"
        yield f"the waves treat a lonely PSU as {found}; say lonely_psu for both"


def _stages(names: str | tuple[str, ...] | None) -> int:
    return len([names] if isinstance(names, str) else names or ())


def _questions(wave: Wave, wanted: Sequence[Indicator]) -> frozenset[str]:
    return frozenset().union(*(one.definition(wave.year).questions for one in wanted))


@dataclass(frozen=True, eq=False)
class _Changes:
    """The standard error (in points), the df and a note for the change of each paired row."""

    se: Floats
    df: Floats
    notes: Column


def _with_covariance(of: Sequence[Asked], wanted: Sequence[Indicator], pairing: Pairing) -> _Changes:
    """Return the changes of paired rows of two waves, with the covariance of the PSUs they share."""
    tables = pairing.earlier, pairing.later
    by = list(dict.fromkeys(pairing.earlier.columns["by"]))
    waves = [_side(one, wanted, table, by) for one, table in zip(of, tables, strict=True)]
    covariance, most = np.full(len(tables[0]), np.nan), np.full(len(tables[0]), np.nan)
    for name, found in zip(by, shared(waves[0], waves[1], of[0].df), strict=True):
        rows = tables[0].columns["by"] == name
        covariance[rows], most[rows] = in_points_squared(found.covariance).ravel(), found.df.ravel()
    return _changes(pairing, covariance, most)


def _changes(pairing: Pairing, covariance: Floats, most: Floats) -> _Changes:
    """Return v_1 + v_2 - 2 c, without c where that is not above 0, and its df, at most those of the union."""
    one, other = pairing.earlier.columns, pairing.later.columns
    variances, dfs = np.stack([one["se"], other["se"]]) ** 2, np.stack([one["df"], other["df"]])
    apart = variances.sum(axis=0)
    v = apart - 2 * covariance
    gone = v <= NOTHING_LEFT * apart
    df = satterthwaite(variances, dfs)
    notes = np.where(gone & (apart > 0), NO_COVARIANCE, "").astype(object)
    return _Changes(root(np.where(gone, apart, v)), np.minimum(df, most), notes)


def _side(of: Asked, wanted: Sequence[Indicator], table: Estimates, by: Sequence[str]) -> WaveSide:
    sample = of.open(_questions(of.wave, wanted))
    pairs = tuple(_pairs(sample, table.where(by=name)) for name in by)
    return WaveSide(of.wave.name, sample.design, [measure(one, sample) for one in wanted], pairs)


def _pairs(sample: Sample, paired: Estimates) -> Codes:
    """Return the number of the pair that each respondent's area of one breakdown belongs to."""
    by, indicator = (paired.columns[name] for name in ("by", "indicator"))
    areas = list(paired.columns["area"][indicator == indicator[0]])
    (codes,) = (part.codes for part in sample.breakdowns if part.by == by[0])
    number = {area: i for i, area in enumerate(areas)}
    known = np.array([number.get(str(value), -1) for value in codes.values], dtype=np.intp)
    return Codes(tuple(areas), codes.translate(known, -1))


@typed
def difference(
    survey: Survey,
    indicators: Indicators,
    area: str,
    other: str = EVERYONE,
    *,
    by: str,
    level: float = LEVEL,
    df: str = DF,
    lonely_psu: str | None = None,
) -> Differences:
    """Return the difference between two areas of one survey, or between an area and everyone ("all").

    `by` is what they are areas of: a kind of area or a question. In percentage points, area less other; the variance
    is that of the sum of z_area - z_other over the PSUs of the whole design, which holds the covariance of areas that
    share PSUs or people; df is PSUs less strata of those that hold the base of either. Where an area shows no sampling
    error (0%, 100%, no variance) there is no se: the ends are made from those of the two (see `mover`).

    Raises DefinitionError for an unknown area, ComparisonError for an area against itself and for everyone where
    weights sum within areas.
    """
    of = asked(survey, by=(by, EVERYONE), level=level, df=df, lonely_psu=lonely_psu)
    wanted = asked_indicators(survey.wave, indicators)
    sample = of.open(_questions(survey.wave, wanted))
    sides = _area(area, sample), _area(other, sample)
    if area == other:
        raise ComparisonError(f"'{area}' is compared with itself; name another {by}, or 'all'")
    if sample.within is not None and (EVERYONE in (area, other) or sample.within.by not in by.split("*")):
        raise ComparisonError(
            f"the weights of {survey.wave.name} sum within each {sample.within.by}, so only areas within one kind of "
            f"{sample.within.by} can be set against each other from the survey"
        )
    measures = [measure(one, sample) for one in wanted]
    found = contrast(sample.design, measures, sides, of.df)
    columns = {"area": area, "other": other, "by": by, "survey": survey.wave.survey}
    texts = {name: np.full(len(wanted), text, dtype=object) for name, text in columns.items()}
    whole = {"wave": np.full(len(wanted), survey.wave.year), "level": np.full(len(wanted), of.level)}
    ids = {"indicator": np.array([one.id for one in wanted], dtype=object)}
    made = ids | texts | whole | _judged(found, of.level)
    found_columns = {name: made[name] for name in Differences.names()}
    return Differences(found_columns, {one.id: one for one in wanted}, notes=sample.notes)


def _area(area: str, sample: Sample) -> Codes:
    """Return who is in an area, or in "all": position 0 inside, -1 outside."""
    part, everyone = sample.breakdowns
    codes = everyone.codes if area == EVERYONE else part.codes
    if area not in codes.values:
        known = [str(value) for value in codes.values]
        near = did_you_mean(area, known)
        raise DefinitionError(f"{sample.wave.name} has no {part.by} '{area}'{near} (there are {listed(known)})")
    return Codes(("difference",), np.where(codes.positions == codes.values.index(area), 0, -1))


def _judged(found: Contrast, level: float) -> dict[str, Column]:
    columns = [interval_columns(side, INTERVAL, level) | {"base": side.base} for side in (found.one, found.other)]
    one, other = (Side.of({name: cells[:, 0] for name, cells in of_side.items()}) for of_side in columns)
    none = np.zeros(len(one.value), dtype=bool)
    made = gap(other, one, in_percent(root(found.v[:, 0])), found.df[:, 0], printed=none)
    empty = (one.base == 0) | (other.base == 0)
    return {
        "value": one.value,
        "other_value": other.value,
        "difference": one.value - other.value,
        **{name: getattr(made, name) for name in ("se", "low", "high", "df", "p_value")},
        "significant": reaches(made.value, made.least),
        "marker": np.select([empty, np.isnan(made.least)], ["[x]", "[u]"], "").astype(object),
    }
