"""A statistical file that is damaged or not whole: found in several ways, reported in one."""

from __future__ import annotations

from pathlib import Path

from psaindicators.errors import SurveyError


class BrokenFile(Exception):
    """What is wrong with a file, as half a sentence that names neither the file nor what is in it."""


def refused(path: Path, kind: str, why: object) -> SurveyError:
    """Return the error of a file that is not read."""
    return SurveyError(
        f"{path.name} cannot be read as {kind}: {why}; is it whole? (a copy that broke off reads like this)"
    )
