"""Weighting from a file to a file: the respondents as they were, with a weight beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from psaindicators.definitions.waves import Wave
from psaindicators.errors import OptionError, SurveyError, did_you_mean
from psaindicators.files.microdata import Microdata, read_microdata
from psaindicators.files.microdata_writing import Columns, refuse_kind, write_microdata
from psaindicators.files.placing import refuse_inputs
from psaindicators.kernel.calibration import Floats
from psaindicators.kernel.codes import amounts_of
from psaindicators.survey.survey import Survey, read_survey
from psaindicators.weighting.making import calibrate_weights, household_weights, rake
from psaindicators.weighting.weights import Weighting

WEIGHT = "weight"


@dataclass(frozen=True)
class WeightingJob:
    """How weights are made: where they start, by which method, and what they may become.

    They start from the variable `initial`, or from the number of adults in the household (`household_size`, for one
    adult an address), or alike. `method` is raking, linear or logit; raking with `bounds` is a calibration. `trim`
    (with raking) and `blanks` are as for `rake`.
    """

    initial: str | None = None
    household_size: str | None = None
    method: str = "raking"
    bounds: tuple[float, float] | None = None
    trim: tuple[float, float] | None = None
    blanks: str = "refuse"

    def __post_init__(self) -> None:
        if self.initial and self.household_size:
            raise OptionError("an initial weight and the household size both say where weights start: name one")
        if self.trim and (self.bounds or self.method != "raking"):
            raise OptionError(
                "trimming goes with raking and without bounds, which hold weights in another way: give one"
            )

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that weights start from."""
        return tuple(one for one in (self.initial, self.household_size) if one)

    def made(self, held: Microdata, populations: object, wave: Wave | None = None) -> Weighting:
        """Return the weights of respondents by the codes of their columns, or by the answers and areas of their wave.

        Raises errors as `rake` and `calibrate_weights`, and SurveyError for data that are not the wave's.
        """
        start = next(name for i in range(len(held.variables) + 1) if (name := f"start_{i}") not in held.variables)
        columns = held.columns(list(held.variables))
        begun = replace(held, source=Held(columns | {start: self._start(columns)}))
        weight = self.initial or start
        data: Survey | Microdata = read_survey(begun, replace(wave, weight=weight)) if wave else begun
        if self.method == "raking" and self.bounds is None:
            return rake(data, populations, weight=weight, trim=self.trim, blanks=self.blanks)
        return calibrate_weights(
            data, populations, method=self.method, bounds=self.bounds, weight=weight, blanks=self.blanks
        )

    def _start(self, columns: Columns) -> Floats:
        if self.household_size:
            return household_weights(amounts_of(columns[self.household_size]))
        return np.ones(len(next(iter(columns.values()))))


@dataclass(frozen=True, eq=False)
class Held:
    """Rows held as arrays, in the order in which they were read."""

    held: Columns

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables' names."""
        return tuple(self.held)

    def columns(self, names: list[str]) -> dict[str, np.ndarray]:
        """Return raw columns as they are."""
        return {name: self.held[name] for name in names}


def write_weighted(
    data: Path,
    populations: Path,
    out: Path,
    *,
    job: WeightingJob,
    name: str | None = None,
    wave: Wave | None = None,
) -> Weighting:
    """Weight the respondents of a file to population totals and write them, with their weight, to another.

    The other is a .csv, .parquet or .sav; `name` is the weight's, that of the wave or `weight` if none is given. Raises
    OptionError for an output that is an input or of another kind, SurveyError for a variable that is not there,
    DesignError for totals that cannot be met, OutputError for a file that cannot be written; nothing is written then.
    """
    refuse_kind(out)
    refuse_inputs(out, [data, populations])
    microdata, called = read_microdata(data), name or (wave.weight if wave else WEIGHT)
    _check_names(microdata, called, job.variables)
    columns = microdata.columns(list(microdata.variables))
    weighting = job.made(replace(microdata, source=Held(columns)), populations, wave)
    write_microdata(columns | {called: weighting.weights}, microdata, out, like=data)
    return weighting


def _check_names(microdata: Microdata, name: str, needed: tuple[str, ...]) -> None:
    variables = microdata.variables
    problems = [
        f"{microdata.name} has no variable '{one}'{did_you_mean(one, variables)}"
        for one in needed
        if one not in variables
    ]
    if name in variables:
        problems.append(f"{microdata.name} has a variable '{name}' already: give the weight another name")
    if problems:
        raise SurveyError("\n".join(problems))
