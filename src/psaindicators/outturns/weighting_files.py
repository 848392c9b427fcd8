"""Weighting from a file to a file: the respondents as they were, with a weight beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from psaindicators.definitions.waves import Wave
from psaindicators.errors import OptionError, SurveyError
from psaindicators.files.layout import FOUND
from psaindicators.files.microdata import read_microdata
from psaindicators.files.microdata_writing import RawColumns, refuse_kind, write_microdata
from psaindicators.files.placing import refuse_inputs
from psaindicators.outturns.weighting_jobs import WeightingJob
from psaindicators.weighting.weights import Weighting

WEIGHT = "weight"


@dataclass(frozen=True, eq=False)
class InMemory:
    """Rows held as arrays, in the order in which they were read."""

    held: RawColumns

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables' names."""
        return tuple(self.held)

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as they are."""
        return {name: self.held[name] for name in names}


def write_weighted(
    data: Path, out: Path, job: WeightingJob, *, name: str | None = None, wave: Wave | None = None
) -> Weighting:
    """Weight the respondents of a file to population totals and write them, with their weight, to another.

    The other is a .csv, .xlsx, .parquet or .sav; `name` is the weight's, that of the wave or `weight` if none is given.
    Raises OptionError for an output that is an input or of another kind, SurveyError for a variable that is not there,
    DesignError for totals that cannot be met, OutputError for a file that cannot be written; nothing is written then.
    """
    for problem in job.problems:
        raise OptionError(problem)
    refuse_kind(out)
    refuse_inputs(out, [data, job.populations])
    microdata = read_microdata(data, layout=wave.layout if wave else FOUND)
    called = name or (wave.weight if wave else None) or WEIGHT
    if called in microdata.variables:
        raise SurveyError(f"{microdata.name} has a variable '{called}' already: give the weight another name")
    columns = microdata.columns(list(microdata.variables))
    weighting = job.made(replace(microdata, source=InMemory(columns)), wave)
    write_microdata(columns | {called: weighting.weights}, microdata, out)
    return weighting
