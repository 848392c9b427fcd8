"""Names under which an engine that takes file names for patterns opens the one file that was named."""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path

from psaindicators.errors import SurveyError
from psaindicators.files.private_folder import private_folder

PLAIN = re.compile(r"[^*?\[\]\ud800-\udfff]+")
"""A name that no engine takes for a pattern, and that can be written in UTF-8."""
_numbers = count(1)


def literal_name(path: Path) -> str:
    """Return a name that stands for this file and for no other: its own, or that of a link to it in a private folder.

    The name is absolute, so that none such as "s3://..." or "~" is read as anything but a file here. Raises SurveyError
    where a link cannot be made.
    """
    whole = path.resolve(strict=True)
    if PLAIN.fullmatch(str(whole)):
        return str(whole)
    link = private_folder() / f"{os.getpid()}-{next(_numbers)}"
    try:
        link.symlink_to(whole)
    except OSError as error:
        raise SurveyError(
            f"{path.name!r} cannot be opened under a name without *, ?, [ and ] ({error.strerror}); rename it"
        ) from None
    if not PLAIN.fullmatch(str(link)):
        raise SurveyError(
            f"the folder for temporary files, {link.parents[1]}, has *, ?, [ or ] in its name: set TMPDIR"
        )
    return str(link)
