"""Progress of a batch job on stderr: only on a terminal, and only where the work takes longer than a second."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from threading import Timer

from psaindicators.words import visible

PATIENCE = 1.0
"""Seconds before a bar is shown."""


def watched(surveys: Sequence[str]) -> Iterator[str]:
    """Yield the surveys' names one after another, with a bar that says which one is at work."""
    if not sys.stderr.isatty():
        yield from surveys
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    later = Timer(PATIENCE, bar.start)
    later.start()
    try:
        task = bar.add_task("", total=len(surveys))
        for name in surveys:
            bar.update(task, description=escape(visible(name)))
            yield name
            bar.advance(task)
    finally:
        later.cancel()
        bar.stop()
