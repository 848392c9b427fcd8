"""Differences that share PSUs: two waves of a panel, two areas of one survey, an area and everyone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from psaindicators import headings as h
from psaindicators.definitions.indicators import Indicator
from psaindicators.definitions.waves import Wave
from psaindicators.design.covariance import Contrast, WaveSide, contrast, contrast_of_waves, shared_units
from psaindicators.design.sample import Sample
from psaindicators.errors import ComparisonError, DefinitionError, did_you_mean
from psaindicators.figures.asked import DF, LEVEL, Asked, By, Indicators, asked, asked_indicators
from psaindicators.figures.estimates import Estimates, estimate, measure
from psaindicators.figures.scale import in_percent
from psaindicators.headings import Column, Heading
from psaindicators.judgements.movements import Movements, checked_rule, judged, withheld
from psaindicators.judgements.pairing import Pairing, paired
from psaindicators.judgements.verdicts import reaches
from psaindicators.kernel.codes import Codes
from psaindicators.kernel.intervals import t_quantile
from psaindicators.kernel.keys import Floats
from psaindicators.kernel.significance import p_value, root
from psaindicators.survey.breakdowns import EVERYONE
from psaindicators.survey.survey import Survey
from psaindicators.tables import Table

SHARED = "shared PSUs, with their covariance"
AREAS_SHOWN = 12


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

    The waves count as one design: a PSU with the same stratum and code in both is one unit, and the variance of a
    change is that of the sum of z_later - z_earlier over the union of the PSUs, so it holds their covariance. df is
    PSUs less strata of those that hold the base in either wave. Such a change cannot be made of saved estimates.

    Raises ComparisonError for waves without PSUs or with none in common, of unlike design, and as `compare` does;
    DesignError for lonely PSUs of the two taken together.
    """
    checked_rule(minimum, adjust_for_many)
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
    rule = checked_rule(minimum, adjust_for_many)
    of = [asked(one.survey, by=one.by, df=df, lonely_psu=lonely_psu) for one in (earlier, later)]
    _check_designs(*of)
    pairing = paired(earlier.estimates, later.estimates, across_break=across_break)
    indicators = list(earlier.estimates.indicators.values())
    se, freedom = _with_covariance(of, indicators, pairing)
    found = judged(withheld(pairing, se, across_break), freedom, pairing, rule, method=SHARED)
    return replace(found, notes=tuple(note for one in of for note in one.noted()))


def _check_designs(earlier: Asked, later: Asked) -> None:
    problems = list(_unlike_designs(earlier, later))
    if problems:
        raise ComparisonError("\n".join(problems))


def _unlike_designs(earlier: Asked, later: Asked) -> Iterator[str]:
    waves = earlier.wave, later.wave
    for survey in (earlier.survey, later.survey):
        if not survey.wave.psu:
            yield f"{survey.wave.name} names no psu, so it shares none; compare() the estimates of independent waves"
        if survey.wave.replicates is not None or survey.weighting is not None:
            yield f"{survey.wave.name} has replicate or calibrated weights; shared PSUs are only for weights as read"
        if survey.wave.weight_sums_to == "area":
            yield f"the weights of {survey.wave.name} sum within areas; waves that share PSUs need them to gross up"
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


def _with_covariance(of: Sequence[Asked], wanted: Sequence[Indicator], pairing: Pairing) -> tuple[Floats, Floats]:
    """Return the standard error (in points) and the df of the change of each paired row."""
    samples = [one.open(_questions(one.wave, wanted)) for one in of]
    measures = [[measure(one, sample) for one in wanted] for sample in samples]
    if not shared_units(samples[0].design, samples[1].design):
        raise ComparisonError(
            f"{of[0].wave.name} and {of[1].wave.name} have no PSU in common (the same stratum and code in both): if "
            "they are independent, compare() their estimates; if not, give the PSUs the same codes in both files"
        )
    se, df = np.full(len(pairing.earlier), np.nan), np.full(len(pairing.earlier), np.nan)
    by = pairing.earlier.columns["by"]
    for name in dict.fromkeys(by):
        rows = np.flatnonzero(by == name)
        earlier, later = (
            WaveSide(sample.design, measured, _pairs(sample, table.where(by=name)))
            for sample, measured, table in zip(samples, measures, (pairing.earlier, pairing.later), strict=True)
        )
        found = contrast_of_waves(later, earlier, of[0].lonely_psu, of[0].df)
        se[rows], df[rows] = in_percent(root(found.v)).ravel(), found.df.ravel()
    return se, df


def _pairs(sample: Sample, paired: Estimates) -> Codes:
    """Return the number of the pair that each respondent's area of one breakdown belongs to."""
    by, indicator = (paired.columns[name] for name in ("by", "indicator"))
    areas = list(paired.columns["area"][indicator == indicator[0]])
    (codes,) = (part.codes for part in sample.breakdowns if part.by == by[0])
    number = {area: i for i, area in enumerate(areas)}
    known = np.array([number.get(str(value), -1) for value in codes.values], dtype=np.intp)
    return Codes(tuple(areas), codes.translate(known, -1))


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
    share PSUs or people; df is PSUs less strata of those that hold the base of either. Raises DefinitionError for an
    unknown area, ComparisonError for an area against itself and for everyone where weights sum within areas.
    """
    of = asked(survey, by=(by, EVERYONE), level=level, df=df, lonely_psu=lonely_psu)
    wanted = asked_indicators(survey.wave, indicators)
    sample = of.open(_questions(survey.wave, wanted))
    sides = _side(area, sample), _side(other, sample)
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


def _side(area: str, sample: Sample) -> Codes:
    """Return who is in an area, or in "all": position 0 inside, -1 outside."""
    part, everyone = sample.breakdowns
    codes = everyone.codes if area == EVERYONE else part.codes
    if area not in codes.values:
        known = [str(value) for value in codes.values]
        listed = ", ".join(known[:AREAS_SHOWN]) + (", ..." if len(known) > AREAS_SHOWN else "")
        near = did_you_mean(area, known)
        raise DefinitionError(f"{sample.wave.name} has no {part.by} '{area}'{near} (there are {listed})")
    return Codes(("difference",), np.where(codes.positions == codes.values.index(area), 0, -1))


def _judged(found: Contrast, level: float) -> dict[str, Column]:
    figures = found.one.value, found.other.value, root(found.v)
    one, other, se = (in_percent(figure[:, 0]) for figure in figures)
    df = np.where(np.isnan(se), np.nan, found.df[:, 0])
    half = t_quantile(0.5 + level / 200, np.where(np.isnan(se), np.inf, df)) * se
    gap = one - other
    empty = (found.one.base[:, 0] == 0) | (found.other.base[:, 0] == 0)
    return {
        "value": one,
        "other_value": other,
        "difference": gap,
        "se": se,
        "low": gap - half,
        "high": gap + half,
        "df": df,
        "p_value": p_value(gap, se, df),
        "significant": reaches(gap, half),
        "marker": np.select([empty, np.isnan(half)], ["[x]", "[u]"], "").astype(object),
    }
