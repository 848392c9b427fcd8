"""What surveys are called in a batch job, as in its tables: the id that each declares, and its year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from psaindicators.definitions.waves import Wave
from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.outturns.configuration import Configuration


def survey_names(configuration: Configuration, previous: Sequence[str], waves: Sequence[Wave]) -> list[str]:
    """Return the names of a configuration's surveys, whose waves are given in their order.

    Raises DefinitionError with everything that is wrong at once: two surveys of one name, a name that neither a survey
    has nor a wave of earlier outturns (`previous`), two comparisons of the same surveys.
    """
    names = [wave.name for wave in waves]
    called = {f"{wave.path.stem} {wave.year}": wave.name for wave in waves if wave.path}
    problems = [
        *_twice(configuration, names),
        *_unknown(configuration, [*names, *previous], called),
        *_repeated(configuration),
        *_not_here(configuration, previous),
    ]
    if problems:
        raise DefinitionError("\n".join([f"{configuration.path.name}:", *(f"  - {line}" for line in problems)]))
    return names


def _twice(configuration: Configuration, names: list[str]) -> Iterator[str]:
    for i, (name, job) in enumerate(zip(names, configuration.surveys, strict=True)):
        first = names.index(name)
        if first != i:
            files = [Path(one.source.survey).name for one in (configuration.surveys[first], job)]
            yield (
                f"surveys[{i}]: is '{name}' (of {files[1]}), and so is surveys[{first}] (of {files[0]}): a survey is "
                "called by the id it declares and its year, so give one of them another id"
            )


def _not_here(configuration: Configuration, previous: Sequence[str]) -> Iterator[str]:
    for i, job in enumerate(configuration.comparisons):
        if job.shared_psus and {job.earlier, job.later} & set(previous):
            yield f"comparisons[{i}]: shared_psus needs the data of both waves, and a previous outturn has only figures"


def _unknown(configuration: Configuration, names: list[str], called: Mapping[str, str]) -> Iterator[str]:
    """Yield the names that no survey has; `called` are the declared names by the names of the files."""
    asked = {
        f"comparisons[{i}].{which}": getattr(job, which)
        for i, job in enumerate(configuration.comparisons)
        for which in ("earlier", "later")
    }
    targets = configuration.targets.outturns if configuration.targets else ()
    asked |= {
        "targets.outturns" if len(targets) == 1 else f"targets.outturns[{i}]": one for i, one in enumerate(targets)
    }
    for where, name in asked.items():
        if name not in names:
            near = f"; did you mean '{called[name]}'?" if name in called else did_you_mean(name, names)
            yield f"{where}: '{name}' is not a survey of this outturn{near} (the surveys are {', '.join(names)})"


def _repeated(configuration: Configuration) -> Iterator[str]:
    pairs = [(job.earlier, job.later) for job in configuration.comparisons]
    for i, pair in enumerate(pairs):
        if pair[0] == pair[1]:
            yield f"comparisons[{i}]: compares {pair[0]} with itself: name an earlier and a later survey"
        elif pairs.index(pair) != i:
            yield f"comparisons[{i}]: compares {pair[0]} with {pair[1]}, as comparisons[{pairs.index(pair)}] does"
