"""How the weights of a file are made, as a configuration or a command states it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from psaindicators.definitions.waves import Wave
from psaindicators.errors import SurveyError, did_you_mean
from psaindicators.files.microdata import ColumnSource, Microdata
from psaindicators.kernel.codes import amounts_of
from psaindicators.kernel.keys import Floats
from psaindicators.survey.survey import Survey, read_survey
from psaindicators.weighting.making import calibrate_weights, household_weights, rake
from psaindicators.weighting.matching import BLANKS
from psaindicators.weighting.weights import Weighting

METHODS = ("raking", "linear", "logit")


@dataclass(frozen=True)
class WeightingJob:
    """How weights are made: the file of population totals, where they start, by which method, what they may become.

    They start from the variable `weight`, or from the number of adults in the household (`household_size`, for one
    adult an address); without either from the wave's weight where the file has it, or alike. `method` is raking,
    linear or logit; raking with `bounds` is a calibration. `trim` (with raking) and `blanks` are as for `rake`.
    """

    populations: Path
    weight: str | None = None
    household_size: str | None = None
    method: str = METHODS[0]
    bounds: tuple[float, float] | None = None
    trim: tuple[float, float] | None = None
    blanks: str = BLANKS[0]

    @property
    def problems(self) -> Iterator[str]:
        """What of it cannot be together."""
        if self.weight and self.household_size:
            yield "an initial weight and the household size both say where weights start: name one"
        if self.trim and (self.bounds or self.method != METHODS[0]):
            yield "trimming goes with raking and without bounds, which hold weights in another way: give one"

    def made(self, microdata: Microdata, wave: Wave | None = None) -> Weighting:
        """Return the weights of respondents by the codes of their columns, or by the answers and areas of their wave.

        Raises errors as `rake` and `calibrate_weights`, and SurveyError for a variable that is not there.
        """
        data, weight = self._begun(microdata, wave)
        if self.method == METHODS[0] and self.bounds is None:
            return rake(data, self.populations, weight=weight, trim=self.trim, blanks=self.blanks)
        return calibrate_weights(
            data, self.populations, method=self.method, bounds=self.bounds, weight=weight, blanks=self.blanks
        )

    def _begun(self, microdata: Microdata, wave: Wave | None) -> tuple[Survey | Microdata, str | None]:
        """Return the respondents with the variable that their weights start from, none where they start alike."""
        held, weight = microdata, self.weight
        if self.household_size is not None:
            adults = _column(microdata, _variable(self.household_size, wave))
            held, weight = _beside(microdata, household_weights(amounts_of(adults)))
        return (held if wave is None else read_survey(held, wave)), weight


@dataclass(frozen=True, eq=False)
class Beside:
    """Rows with a column more, in their order."""

    rows: ColumnSource
    name: str
    column: Floats

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables' names, the new one last."""
        return (*self.rows.variables, self.name)

    def columns(self, names: list[str]) -> dict[str, NDArray[Any]]:
        """Return raw columns as arrays of shape (rows,)."""
        others = [name for name in names if name != self.name]
        raw = self.rows.columns(others) if others else {}
        return {name: self.column if name == self.name else raw[name] for name in names}


def _beside(microdata: Microdata, start: Floats) -> tuple[Microdata, str]:
    known = microdata.variables
    name = next(name for number in range(len(known) + 1) if (name := f"start_{number}") not in known)
    return replace(microdata, source=Beside(microdata.source, name, start)), name


def _variable(name: str, wave: Wave | None) -> str:
    """Return the variable of a number that the wave asks for, by the question's name, or the name itself."""
    return getattr(wave.questions.get(name) if wave else None, "variable", name)


def _column(microdata: Microdata, name: str) -> NDArray[Any]:
    if name not in microdata.variables:
        near = did_you_mean(name, microdata.variables)
        raise SurveyError(f"{microdata.name} has no variable '{name}'{near}")
    return microdata.columns([name])[name]
