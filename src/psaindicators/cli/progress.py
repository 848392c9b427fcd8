"""Progress of a batch job on stderr: only on a terminal, and only where the work takes longer than a second."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from threading import Timer

from psaindicators.outturns.configuration import SurveyJob

PATIENCE = 1.0
"""Seconds before a bar is shown."""


def watched(jobs: Sequence[SurveyJob]) -> Iterator[SurveyJob]:
    """Yield the surveys one after another, with a bar that says which one is at work."""
    if not sys.stderr.isatty():
        yield from jobs
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(stderr=True), transient=True)
    later = Timer(PATIENCE, bar.start)
    later.start()
    try:
        task = bar.add_task("", total=len(jobs))
        for job in jobs:
            bar.update(task, description=f"{job.survey} {job.wave}")
            yield job
            bar.advance(task)
    finally:
        later.cancel()
        bar.stop()
