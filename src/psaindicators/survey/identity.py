"""Whether a file is the wave's own: of no other wave, and with nobody in it twice."""

from __future__ import annotations

import numpy as np

from psaindicators.definitions.waves import Identity, Wave
from psaindicators.errors import SurveyError
from psaindicators.files.microdata import Microdata
from psaindicators.kernel.codes import Codes, codes_of, matchable
from psaindicators.words import MOST_ROWS, code_shown, counted, listed, rows


def check_identity(wave: Wave, microdata: Microdata) -> None:
    """Refuse the file of another wave and repeated ids, where the wave names the variables that show them.

    Raises SurveyError that lists the other wave's codes, or the rows of repeated ids, but not the ids themselves. A
    file without the variable that identifies the wave is taken at its word; a blank id repeats nobody's.
    """
    where = f"{microdata.name} (wave {wave.name})"
    known = wave.identified_by
    if known is not None and known.variable in microdata.variables:
        _check_wave(wave, known, _codes(microdata, known.variable), where)
    if wave.id is not None:
        _check_repeats(wave.id, _codes(microdata, wave.id), where)


def _codes(microdata: Microdata, variable: str) -> Codes:
    return codes_of(microdata.columns([variable])[variable])


def _check_wave(wave: Wave, known: Identity, codes: Codes, where: str) -> None:
    others = [
        f"{code_shown(value, count)} ({count:,})"
        for value, count in zip(codes.values, codes.counts, strict=True)
        if matchable(value) != matchable(known.code)
    ]
    if others:
        raise SurveyError(
            f"{where} looks like the file of another wave: '{known.variable}' holds {listed(others)} "
            f"(code and respondents), and in {wave.name} it holds {known.code!r} throughout"
        )


def _check_repeats(variable: str, codes: Codes, where: str) -> None:
    repeated = np.flatnonzero(codes.counts > 1)
    if not len(repeated):
        return
    shown = listed((_repeat(codes, int(i)) for i in repeated), most=MOST_ROWS, joint="; ")
    raise SurveyError(
        f"{where}: {counted(len(repeated), 'value')} of the id '{variable}' "
        f"{'is' if len(repeated) == 1 else 'are'} there more than once: {shown}; keep one row of each respondent"
    )


def _repeat(codes: Codes, position: int) -> str:
    return rows(np.flatnonzero(codes.positions == position))
