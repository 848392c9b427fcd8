"""Pairs of waves in which nothing changed (or by so much), drawn over and over, and what the library says of them.

A draw is an area: 1,000 pairs of surveys are one pair of microdata files with 1,000 areas, each with strata of its own,
so that the library's public functions judge them all at once. For `difference`, which is asked of one pair of areas, a
draw is an indicator; for `combine_areas` it is a county and an indicator.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

import psaindicators as psa
from psaindicators.geography.vintages import areas
from psaindicators.kernel.mover import Ends, mover

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ASKED = {"interval": "logit", "df": "strata"}
"""The library's defaults, by name."""
VINTAGE = "2009-04-01"
COUNTY_DRAWS, COUNTY_SIZE, COUNTY_ICC = 40, 10, 0.05
"""Indicators of the districts that make up counties, respondents in each PSU, and their correlation."""
AIM = 15.0
"""How far above its baseline a target is set, in points."""


@dataclass(frozen=True)
class Side:
    """How one wave is drawn: `psus` of `size` respondents each, or, with 0 psus, `size` respondents one by one.

    `strata` are pairs of PSUs of which each holds the group that is asked with chance `held`.
    """

    size: int
    psus: int = 0
    strata: int = 1
    held: float = 1.0

    @property
    def df(self) -> int:
        """The design's PSUs (respondents, where there are none) less strata."""
        return (self.psus or self.size) - self.strata

    @property
    def base(self) -> int:
        return self.size * (self.psus or 1)


@dataclass(frozen=True)
class Answers:
    """The answers and weights of a wave: (draws, PSUs, respondents in each), one PSU where there are none."""

    yes: Bools
    weight: Floats
    asked: Bools
    side: Side

    def frame(self, first_psu: int = 0) -> pd.DataFrame:
        """Return the microdata: an area for each draw, with PSUs numbered from one on, so that waves can share them."""
        area, psu, _ = (index.ravel() for index in np.indices(self.yes.shape))
        per = self.yes.shape[1] // self.side.strata
        answer = np.where(self.asked, self.yes, np.nan).ravel()
        columns = {"area": area, "stratum": area * self.side.strata + psu // per, "y": answer}
        return pd.DataFrame(columns | {"weight": self.weight.ravel(), "psu": psu + first_psu})

    @property
    def totals(self) -> tuple[Floats, Floats]:
        """The weighted numerator and base of each PSU, (draws, PSUs)."""
        return (self.weight * self.yes).sum(axis=2), self.weight.sum(axis=2)


def answers(rng: np.random.Generator, side: Side, chance: Floats, *, sigma: float = 0.0) -> Answers:
    """Draw answers, yes with `chance` (draws, PSUs); log weights are normal with standard deviation `sigma`."""
    shape = (*chance.shape, side.size)
    yes = rng.random(shape) < chance[..., None]
    weight = np.exp(sigma * rng.standard_normal(shape)) if sigma else np.ones(shape)
    asked = np.broadcast_to((rng.random(chance.shape) < side.held)[..., None], shape)
    return Answers(yes, weight, asked, side)


def chances(rng: np.random.Generator, p: float, icc: float, shape: tuple[int, int]) -> Floats:
    """Draw PSUs' chances of a yes, beta with mean p and this intra-cluster correlation; p everywhere with none."""
    if not icc:
        return np.full(shape, p)
    return rng.beta(p * (1 - icc) / icc, (1 - p) * (1 - icc) / icc, shape)


def definition(question: str) -> dict[str, object]:
    """Return the declaration of the percentage who said yes to a question."""
    rule = {
        "denominator": {"question": question, "in": ["yes", "no"]},
        "numerator": {"question": question, "in": ["yes"]},
    }
    return {"title": question, "better": "higher", "reference": "drawn at random", "since": {"2000": rule}}


def set_of(ids: list[str]) -> dict[str, object]:
    """Return an indicator set of such percentages."""
    return {"title": "Drawn"} | {one: definition(one) for one in ids}


def wave_of(year: int, ids: list[str], *, psus: bool, kind: str = "area") -> psa.Wave:
    """Return a wave whose questions are columns of the same names and whose areas are of a kind."""
    questions = {one: {"variable": one, "answers": {"no": 0, "yes": 1}} for one in ids}
    design = {"stratum": "stratum", "weight": "weight", "area": {kind: "area"}, "questions": questions}
    return psa.wave({"survey": "drawn", "title": "Drawn", str(year): design | ({"psu": "psu"} if psus else {})}, year)


def read(frame: pd.DataFrame, year: int, *, psus: bool) -> psa.Survey:
    """Return microdata read as a wave with one question."""
    return psa.read_survey(frame, wave_of(year, ["y"], psus=psus))


def estimated(wave: Answers, year: int) -> psa.Estimates:
    """Return the estimates of every draw, an area each."""
    survey = read(wave.frame(), year, psus=wave.side.psus > 0)
    return psa.estimate(survey, psa.indicators(set_of(["y"]))["y"], by="area", **ASKED)


@dataclass(frozen=True)
class Said:
    """What was said of each draw: whether it `moved`, and whether other rules would have had it so; (draws,).

    `before` is the rule that the library had, `by_ends` MOVER from the intervals of both sides, wherever they are.
    """

    moved: Bools
    before: Bools | None = None
    by_ends: Bools | None = None


def compared(earlier: Answers, later: Answers) -> Said:
    """Judge independent waves by `compare`; before, the two df were added."""
    one, other = estimated(earlier, 2008), estimated(later, 2009)
    found = psa.compare(one, other)
    se = np.hypot(one.columns["se"], other.columns["se"])
    change = np.abs(other.columns["value"] - one.columns["value"])
    with np.errstate(invalid="ignore"):
        before = (change >= student.ppf(0.975, one.columns["df"] + other.columns["df"]) * se) & (change > 0)
    return Said(moves(found), before, mover(ends_of(one), ends_of(other)).without_zero)


def ends_of(one: psa.Estimates) -> Ends:
    """Return figures with the ends of their intervals."""
    return Ends(*(np.asarray(one.columns[name], dtype=float) for name in ("value", "low", "high")))


def moves(found: psa.Movements) -> Bools:
    """Return which rows improved or declined."""
    return np.isin(found.columns["verdict"], ["improved", "declined"])


def shared(earlier: Answers, later: Answers, overlap: int) -> Said:
    """Judge waves that share so many PSUs by `compare_surveys`; before, the union counted as one sample."""
    first = earlier.side.psus - overlap
    surveys = read(earlier.frame(), 2008, psus=True), read(later.frame(first), 2009, psus=True)
    found = psa.compare_surveys(*surveys, psa.indicators(set_of(["y"]))["y"], by="area", df="strata")
    return Said(moves(found), union(earlier, later, first))


def union(earlier: Answers, later: Answers, first: int) -> Bools:
    """Return where the change is significant with the union of the PSUs taken as one sample."""
    draws, k = earlier.yes.shape[:2]
    z = np.zeros((draws, first + k))
    p = []
    for wave, start, sign in ((earlier, 0, -1), (later, first, 1)):
        y, x = wave.totals
        p.append(y.sum(axis=1) / x.sum(axis=1))
        z[:, start : start + k] += sign * (y - p[-1][:, None] * x) / x.sum(axis=1, keepdims=True)
    n = first + k
    se = np.sqrt(n / (n - 1) * ((z - z.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    return (np.abs(p[1] - p[0]) >= student.ppf(0.975, n - 1) * se) & (p[1] != p[0])


def differing(one: Answers, other: Answers) -> Said:
    """Judge two areas of one survey by `difference`: a draw is an indicator, and PSUs cross the areas."""
    draws = len(one.yes)
    ids = [f"y{i}" for i in range(draws)]
    frames = []
    for name, side in (("a", one), ("b", other)):
        psu = np.indices(side.yes.shape)[1][0].ravel()
        columns = {"area": name, "stratum": 1, "psu": psu, "weight": side.weight[0].ravel()}
        yes = pd.DataFrame(side.yes.reshape(draws, -1).T.astype(float), columns=ids)
        frames.append(pd.concat([pd.DataFrame(columns, index=yes.index), yes], axis=1))
    wave = wave_of(2008, ids, psus=one.side.psus > 0)
    survey = psa.read_survey(pd.concat(frames, ignore_index=True), wave)
    found = psa.difference(survey, psa.indicators(set_of(ids)), "a", "b", by="area", df="strata")
    return Said(np.asarray(found.columns["significant"], dtype=bool))


def scored(earlier: Answers, later: Answers) -> Said:
    """Score an outturn against a target that is set above its baseline: a verdict that says that it moved.

    "target met" says where the outturn lies and not that it moved: it counts where the change is significant too.
    """
    found, usable = _scores(earlier, later)
    verdict, change = found.columns["verdict"], np.abs(found.columns["change"])
    still = (verdict == "no reportable change") | (verdict == "target met") & (change < found.columns["movement"])
    return Said(_placed(~still, usable))


def reached(earlier: Answers, later: Answers) -> Said:
    """Score likewise: the verdict "target met", which asks nothing of significance."""
    found, usable = _scores(earlier, later)
    return Said(_placed(found.columns["verdict"] == "target met", usable))


def _scores(earlier: Answers, later: Answers) -> tuple[psa.Scores, Bools]:
    """Return the scores, and which draws they are of: those whose baseline has an error and leaves room."""
    one, other = estimated(earlier, 2008), estimated(later, 2009)
    baseline = one.columns["value"]
    aims = pd.DataFrame({"area": one.columns["area"], "indicator": "y", "year": 2009})
    aims["baseline"], aims["baseline_se"] = baseline, one.columns["se"]
    aims["target"] = np.minimum(baseline + AIM, 100.0)
    usable = (one.columns["se"] > 0) & (baseline < 100)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "targets.csv"
        aims[usable].to_csv(path, index=False)
        return psa.score(psa.read_targets(path, indicators=psa.indicators(set_of(["y"]))), other), usable


def _placed(moved: Bools, usable: Bools) -> Bools:
    """Return which of all draws moved, from which of the usable ones did."""
    every = np.zeros(len(usable), dtype=bool)
    every[usable] = moved
    return every


def pooled(earlier: Answers, later: Answers, together: int) -> Said:
    """Assess an agreement by `assess`, so many areas each: whether their pooled change is told from 0.

    `before` is the rule of the majority: more than half of the areas improved.
    """
    found = psa.compare(estimated(earlier, 2008), estimated(later, 2009))
    declared = {"success": "local_majority", "local": "y_local"}
    chosen = psa.indicators({"title": "Drawn", "y": {**definition("y"), **declared}})
    said = []
    for start in range(0, len(found), together):
        part = found.take(np.arange(start, start + together))
        adopting = {"y": [str(area) for area in part.columns["area"]]}
        row = psa.assess(part, adopting=adopting, indicators=chosen)[0]
        outside = bool(row.pooled_low > 0 or row.pooled_high < 0)
        said.append((outside, 2 * row.improved > together))
    outside, majority = (np.array(column) for column in zip(*said, strict=True))
    return Said(outside, majority)


def combined(rng: np.random.Generator, few: int, many: int, p: float) -> Said:
    """Compare counties made of their districts by `combine_areas`, the first district of each with `few` PSUs.

    A draw is a county and an indicator. `before`, the df of all districts and both waves were added.
    """
    day = areas(VINTAGE)
    codes = day.codes("authority")
    county = day.levels(codes)["county"].tolist()
    members = [code for code, of in zip(codes, county, strict=True) if of]
    of = [one for one in county if one]
    psus = [few if one not in of[:i] else many for i, one in enumerate(of)]
    ids = [f"y{i}" for i in range(COUNTY_DRAWS)]
    waves = [_districts(rng, members, psus, ids, year, p) for year in (2008, 2009)]
    found = psa.compare(*waves)
    added = {name: 2 * sum(k - 1 for k, one in zip(psus, of, strict=True) if one == name) for name in set(of)}
    df = np.array([added[area] for area in found.columns["area"]])
    change = np.abs(found.columns["change"])
    return Said(moves(found), change >= student.ppf(0.975, df) * found.columns["se"])


def _districts(
    rng: np.random.Generator, codes: list[str], psus: list[int], ids: list[str], year: int, p: float
) -> psa.Estimates:
    area = np.repeat(codes, [k * COUNTY_SIZE for k in psus])
    psu = np.repeat(np.concatenate([np.arange(k) for k in psus]), COUNTY_SIZE)
    effects = np.repeat(chances(rng, p, COUNTY_ICC, (len(ids), sum(psus))), COUNTY_SIZE, axis=1)
    yes = (rng.random(effects.shape) < effects).astype(float)
    frame = pd.DataFrame({"area": area, "stratum": area, "psu": psu, "weight": 1.0} | dict(zip(ids, yes, strict=True)))
    survey = psa.read_survey(frame, wave_of(year, ids, psus=True, kind="authority"))
    local = psa.estimate(survey, psa.indicators(set_of(ids)), by="authority", **ASKED)
    return psa.combine_areas(local, "county", vintage=VINTAGE, populations=dict.fromkeys(codes, 1.0))
