"""Microdata read as a wave: checked by name at the door, by value when a variable is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import filter as matching
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from psaindicators.arguments import typed
from psaindicators.definitions.waves import Replicates, Wave
from psaindicators.errors import DefinitionError, DesignError, SurveyError, did_you_mean
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.files.parquet import NOT_CODES
from psaindicators.kernel.calibration_variables import Cells
from psaindicators.kernel.codes import Codes, amounts_of, as_text, by_value, codes_of, numbers_of
from psaindicators.kernel.keys import Keys
from psaindicators.kernel.replicates import ReplicateWeights
from psaindicators.kernel.totals import Frame
from psaindicators.survey.identity import check_identity
from psaindicators.survey.replication import Replication, replicate_rule
from psaindicators.words import code_shown, counted, listed, rows, visible, visible_lines

EVERYWHERE = "(one stratum)"
FEW = 5
"""Names of a file that are told where none is the wave's."""
LEFT_OUT = """; missing_weight = "exclude" in the wave leaves such rows out"""


class OwnWeights(Protocol):
    """Weights made of a survey's own respondents, in the order of its rows, and what they were calibrated to.

    `weights` and `initial` have shape (rows,); `cells` are the calibration variables, none where there are none.
    """

    @property
    def weights(self) -> NDArray[np.float64]:
        """The final weights."""

    @property
    def initial(self) -> NDArray[np.float64]:
        """The weights before calibration."""

    @property
    def cells(self) -> Cells | None:
        """The calibration variables."""


@dataclass(frozen=True, eq=False)
class Survey:
    """One wave's respondents, ready to be estimated from.

    `weighting` stands in place of the wave's weight; `replicates` are the weights in the wave's replicate columns.
    """

    wave: Wave
    microdata: Microdata
    weighting: OwnWeights | None = None
    replicates: Replication | None = None

    def __repr__(self) -> str:
        held = counted(len(self.microdata.variables), "variable")
        made = "; weights made here" if self.weighting is not None else ""
        head = f"Survey: {self.wave.title} from {self.microdata.name}, {held}{made}"
        return visible_lines("\n".join([head, *(f"  {one}" for one in self.wave.facts)]))

    @property
    def where(self) -> str:
        return f"{self.microdata.name} (wave {self.wave.name})"


@dataclass(frozen=True, eq=False)
class Columns:
    """The variables that one question to a survey needs, as raw arrays of shape (rows,).

    `kept` are the rows of the file that these are, from 0; None where they are all of them.
    """

    survey: Survey
    raw: Mapping[str, NDArray[Any]]
    kept: NDArray[np.intp] | None = None

    @property
    def rows(self) -> int:
        weighting = self.survey.weighting
        return len(next(iter(self.raw.values()))) if weighting is None else len(weighting.weights)

    def codes(self, name: str) -> Codes:
        """Return a variable's distinct values and their positions. Raises SurveyError where they are not codes."""
        try:
            return codes_of(self.raw[name])
        except TypeError:
            raise SurveyError(f"{self.survey.where}: {NOT_CODES.format(name)}") from None


@typed
def read_survey(data: object, wave: Wave, *, weighting: OwnWeights | None = None) -> Survey:
    """Return a survey: microdata with the wave that says what its variables mean.

    `data` is a path (.csv, .tab, .xlsx, .xls, .ods, .parquet, .sav, .zsav, .dta) or a frame (pandas, Polars, Arrow,
    a DuckDB relation, a Spark DataFrame). A variable that the wave names may be absent: it is missed when something
    that is asked for needs it. A `weighting` (of `rake` or `calibrate_weights`, its rows in the order of the
    data's) takes the place of the wave's weight, and variances then allow for the calibration; weights in a column
    are taken as fixed, as official practice mostly has it. Raises MissingFileError, SurveyError (also for a file
    with none of the wave's variables), DefinitionError for a wave that is still unsure of something, and
    DesignError for a weighting or for scales of replicate weights that cannot be used.

    An example is under this name on the documentation's page of examples (docs/examples.md).
    """
    _refuse_unsure(wave)
    survey = open_survey(data, wave, weighting=weighting)
    present = survey.microdata.variables
    anything = survey.wave.variables.keys() & {*present}
    require(survey, ([wave.id] if wave.id else []) if anything else survey.wave.variables, present)
    check_identity(wave, survey.microdata)
    if weighting is not None:
        _check_weighting(wave, weighting)
    return survey if wave.replicates is None else replace(survey, replicates=replication_of(survey, wave.replicates))


def _refuse_unsure(wave: Wave) -> None:
    """Raise DefinitionError for a wave of which `bind` left something for a person to look at."""
    if wave.unsure:
        lines = "\n".join(f"  {part}: {doubt}" for part, doubt in wave.unsure.items())
        raise DefinitionError(
            f"{wave.path or wave.survey}: wave {wave.year} has {counted(len(wave.unsure), 'unsure part')}. Look at "
            f"each, correct it, and delete its line under [{wave.year}.unsure]:\n{lines}"
        )


def open_survey(data: object, wave: Wave, *, weighting: OwnWeights | None = None) -> Survey:
    """Return a survey as `read_survey` does, before anything in its file is judged."""
    return Survey(wave, read_microdata(data, layout=wave.layout), weighting)


def require(survey: Survey, variables: Iterable[str], present: Collection[str]) -> None:
    """Raise SurveyError that names every variable which is needed and not present, with the nearest that is."""
    read_as = survey.wave.variables
    lines = [
        f"{survey.microdata.name} has no variable '{name}', which wave {survey.wave.name} reads as "
        f"{read_as[name]}{did_you_mean(name, present)}"
        for name in variables
        if name not in present
    ]
    if lines and not {*read_as} & {*present}:
        names = listed((f"'{visible(one)}'" for one in present), most=FEW)
        lines.append(
            f"it has {counted(len(present), 'variable')}: {names}; is it this wave's, and a table of names and rows?"
        )
    if lines:
        raise SurveyError("\n".join(lines))


def _check_weighting(wave: Wave, weighting: OwnWeights) -> None:
    if wave.replicates is not None:
        raise DesignError(
            f"{wave.name} has replicate weights: weight each of them to the population totals, as columns; a weighting "
            "stands in place of one weight only"
        )
    if weighting.cells is None:
        raise DesignError(
            "trimmed weights meet no population totals, so variances cannot allow for them: put them in a column of "
            "the data, where they count as fixed"
        )


def _replicate_names(wave: Wave) -> tuple[str, ...]:
    return wave.replicates.columns if wave.replicates else ()


def replicate_variables(survey: Survey) -> list[str]:
    """Return the variables that hold replicate weights, patterns spelled out in the order of the file."""
    present = [name for name in survey.microdata.variables if name != survey.wave.weight]
    known = set(present)
    found = dict.fromkeys(
        name
        for pattern in _replicate_names(survey.wave)
        for name in ([pattern] if pattern in known else matching(present, pattern))
    )
    return list(found)


def design_variables(survey: Survey) -> list[str]:
    """Return the variables of the design but for the weight: stratum, psu and fpc."""
    wave = survey.wave
    return [*([wave.stratum] if wave.stratum else []), *wave.psu, *wave.fpc]


def is_weighted(survey: Survey) -> bool:
    """Whether respondents have weights; without them everyone counts the same."""
    return survey.weighting is not None or survey.wave.weight is not None


def read_columns(survey: Survey, variables: Iterable[str]) -> Columns:
    """Return some variables and the weight, of the rows that count.

    Raises SurveyError where one of them is not there, and where there is no row.
    """
    weight = [survey.wave.weight] if survey.weighting is None and survey.wave.weight is not None else []
    names = list(dict.fromkeys([*weight, *variables])) or list(survey.microdata.variables[:1])
    require(survey, names, survey.microdata.variables)
    columns = Columns(survey, survey.microdata.columns(names))
    lengths = {len(raw) for raw in columns.raw.values()}
    if lengths == {0} or columns.rows == 0:
        raise SurveyError(f"{survey.where} is empty: it has variables but no respondent")
    if survey.weighting is not None and lengths - {columns.rows}:
        raise DesignError(f"the weighting has {columns.rows:,} rows but {survey.where} has {lengths.pop():,}")
    return _weighted(columns, weight[0]) if weight and survey.wave.missing_weight == "exclude" else columns


def _weighted(columns: Columns, weight: str) -> Columns:
    """Return columns without the rows that have no weight: they are no part of the survey."""
    kept = np.flatnonzero(columns.codes(weight).positions >= 0)
    if not len(kept):
        raise SurveyError(f"{columns.survey.where}: the weight '{weight}' is missing in every row, so nobody counts")
    if len(kept) == columns.rows:
        return columns
    return Columns(columns.survey, {name: raw[kept] for name, raw in columns.raw.items()}, kept)


def frame_of(columns: Columns) -> Frame:
    """Return the design of every respondent, checked: one stratum where none is named, each a PSU where none is."""
    return Frame(weights_of(columns), design_keys(columns))


def design_keys(columns: Columns) -> Keys:
    """Return the stratum of every row, its unit at each stage and the population counts, checked."""
    wave = columns.survey.wave
    one_stratum = Codes.constant(EVERYWHERE, columns.rows)
    return Keys(
        keys_of(columns, wave.stratum, "stratum") if wave.stratum else one_stratum,
        tuple(keys_of(columns, name, "psu") for name in unit_variables(wave)),
        tuple(codes_of(population_counts(columns, name)) for name in wave.fpc),
    )


def unit_variables(wave: Wave) -> tuple[str, ...]:
    """Return the variables of the sampling units that the variance needs: the first stage's, or one for each fpc."""
    return wave.psu[: max(1, len(wave.fpc))]


def key_variables(wave: Wave) -> tuple[str, ...]:
    """Return the variables that the design's keys are read from: the stratum, the units and the population counts."""
    return (*([wave.stratum] if wave.stratum else []), *unit_variables(wave), *wave.fpc)


def respondents_are_units(survey: Survey) -> bool:
    """Whether respondents themselves are the last stage's units."""
    return len(unit_variables(survey.wave)) < max(1, len(survey.wave.fpc))


def replication_of(survey: Survey, declared: Replicates) -> Replication:
    """Return the replicate weights and their rule. Raises SurveyError where one is missing or not a number."""
    absent = [name for name in declared.columns if not matching(survey.microdata.variables, name)]
    if absent:
        where, wave = survey.microdata.name, survey.wave.name
        what = [f"{where} has no variable '{name}', named as a replicate weight of wave {wave}" for name in absent]
        raise SurveyError("\n".join(what))
    names = replicate_variables(survey)
    columns = read_columns(survey, names)
    weight = weights_of(columns)
    weights = np.stack([amounts_of(columns.raw[name]) for name in names])
    if not np.isfinite(weights.sum()):
        wrong = {
            name: _at_rows(columns, ~np.isfinite(one), "is missing or not a number")
            for name, one in zip(names, weights, strict=True)
        }
        raise SurveyError(
            "\n".join(f"{survey.where}: the replicate weight '{name}' {what}" for name, what in wrong.items() if what)
        )
    return Replication(ReplicateWeights.of(weights), replicate_rule(declared, weight, weights), declared.kind)


def weights_of(columns: Columns) -> NDArray[np.float64]:
    """Return the weights, shape (rows,), 1 for everyone where the wave names none.

    Raises SurveyError where one is missing, negative or not a number.
    """
    name = columns.survey.wave.weight
    if columns.survey.weighting is not None:
        return columns.survey.weighting.weights
    if name is None:
        return np.ones(columns.rows)
    weights = amounts_of(columns.raw[name])
    problems: list[str] = []
    if not np.isfinite(weights).all():
        problems += _not_numbers(columns, name, np.isinf(weights))
    if (weights < 0).any():
        problems.append(_at_rows(columns, weights < 0, "is negative", columns.codes(name)))
    if not problems and not (weights > 0).any():
        problems = ["is zero in every row, so nobody counts"]
    _raise(columns.survey, f"the weight '{name}'", problems)
    return weights


def _not_numbers(columns: Columns, name: str, infinite: NDArray[np.bool_]) -> list[str]:
    codes = columns.codes(name)
    blank = codes.positions < 0
    strange = infinite | (~blank & np.isnan(codes.translate(numbers_of(codes), 0.0)))
    missing = _at_rows(columns, blank, "is missing")
    found = [missing and f"{missing}{LEFT_OUT}", _at_rows(columns, strange, "is not a number", codes)]
    return [problem for problem in found if problem]


def keys_of(columns: Columns, name: str, role: str) -> Codes:
    """Return a stratum's or PSU's codes. Raises SurveyError with row numbers where one is missing."""
    codes = by_value(columns.codes(name))
    missing = _at_rows(columns, codes.positions < 0, "is missing")
    _raise(columns.survey, f"the {role} '{name}'", [missing] if missing else [])
    return codes


def population_counts(columns: Columns, name: str) -> NDArray[np.float64]:
    """Return an fpc variable as numbers, shape (rows,). Raises SurveyError where one is missing or not a number."""
    counts = amounts_of(columns.raw[name])
    problem = _at_rows(columns, ~np.isfinite(counts), "is missing or not a number", columns.codes(name))
    _raise(columns.survey, f"the fpc '{name}'", [problem] if problem else [])
    return counts


def area_codes(columns: Columns, kind: str) -> Codes:
    """Return the codes of a kind of area as texts: "1", "09", "E06000001"; the wave's own where it has but one."""
    wave = columns.survey.wave
    if kind not in wave.area:
        return Codes.constant(wave.authority or "", columns.rows)
    codes = columns.codes(wave.area[kind])
    return codes.merged([as_text(value) for value in codes.values])


def _at_rows(columns: Columns, wrong: NDArray[np.bool_], what: str, codes: Codes | None = None) -> str:
    at = np.flatnonzero(wrong)
    if not len(at):
        return ""
    in_file = at if columns.kept is None else columns.kept[at]
    found = f" (found {_found(codes, at)})" if codes is not None else ""
    return f"{what} in {rows(in_file)}{found}"


def _found(codes: Codes, at: NDArray[np.intp]) -> str:
    counts, places = codes.counts, dict.fromkeys(codes.positions[at].tolist())
    return listed(code_shown(codes.values[p], counts[p]) if p >= 0 else "blank" for p in places)


def _raise(survey: Survey, what: str, problems: list[str]) -> None:
    if problems:
        raise SurveyError("\n".join(f"{survey.where}: {what} {problem}" for problem in problems))
