"""The shipped indicators and waves as tables, for the command line and the documentation."""

from __future__ import annotations

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.finding import shipped_ids
from psaindicators.definitions.rules import in_words
from psaindicators.definitions.shipped import all_shipped, indicators, waves
from psaindicators.definitions.sources import NOT_FOUND, Measurement, Source
from psaindicators.definitions.waves import Wave
from psaindicators.tables import Table, columns_of

INDICATORS = (
    *(h.INDICATOR, h.TITLE, h.BETTER, h.text("status", "how sure the definition is", "word")),
    h.text("since", "the year from which the definition is in force; empty for an index", "year"),
    *(h.text("base", "the denominator's rule, in words"), h.text("numerator", "the numerator's rule, in words")),
    h.text("minimum_movement", "percentage points, by the survey they were printed for"),
    *(h.text("reference", "where the definition is from"), h.NOTE),
)
SOURCES = (
    *(h.INDICATOR, h.text("level", "national or local", "word"), h.text("data_set", "what the figures are from")),
    *(h.text("part", "which part of an index"), h.text("survey", "the series that holds the figures", "id")),
    h.text("baseline_year", "the year in which the baseline's fieldwork starts; empty where it is not found", "year"),
    *(h.text("provider", "who provides the data"), h.text("baseline", "what the baseline rests on")),
    *(h.text("frequency", "how often it is measured"), h.text("interval", "the printed value and its 95% margin")),
    h.text("minimum_movement", "the smallest movement that counts, as printed"),
    h.text("interim_measure", "what is watched between two measurements"),
    h.text("quality_officer", "the role that answers for the data's quality"),
    h.text("terms", "what the agreement means by its words"),
)
WAVES = (
    *(h.SURVEY, h.WAVE, h.text("title", "the wave's title")),
    *(h.text(name, "its variable", "variable") for name in ("weight", "stratum", "psu")),
    h.text("areas", "the kinds of area that the file names"),
    h.text("vintage", "the day by which other kinds of area are derived", "date"),
    h.whole("questions", "how many it asks"),
    h.text("indicators", "the shipped ones that it measures", "ids"),
)


@typed
def indicator_table(which: str | None = None) -> Table:
    """Return a row for each definition of the indicators of a set (an id or a path), or of all shipped ones.

    Columns: indicator, title, better, status (how sure), since (a year as text, empty for an index), base and
    numerator in words, minimum_movement (percentage points by survey), reference, note. Raises DefinitionError for an
    unknown set and for the problems of a file.
    """
    known = all_shipped().values() if which is None else indicators(which).values()
    rows = []
    for one in known:
        movement = ", ".join(f"{survey} {points:g}" for survey, points in one.minimum_movement.items())
        ends = (movement, one.reference, one.note)
        for part in one.definitions:
            words = (in_words(part.denominator), in_words(part.numerator))
            rows.append((one.id, one.title, one.better, one.status, str(part.since), *words, *ends))
        if one.index is not None:
            parts = " and ".join(f"{name} {value:g}" for name, value in one.index.parts.items())
            words = (f"{parts} are {one.index.baseline:g}", f"{one.index.required:g} points are required")
            rows.append((one.id, one.title, one.better, one.status, "", *words, *ends))
    return Table(columns_of(INDICATORS, rows))


@typed
def source_table(which: str | None = None) -> Table:
    """Return a row for each data set that the indicators of a set (an id or a path), or all shipped ones, are from.

    It holds what the agreement prints of how an indicator is measured. Columns: indicator, level (national or local),
    data_set, part (of an index), survey (its id here), baseline_year (in which its fieldwork starts), the printed
    cells in words (provider, baseline, frequency, interval, minimum_movement, interim_measure, quality_officer), each
    "not found" where no document at hand gives it, and terms. Indicators of which nothing is said have no row. Raises
    DefinitionError for an unknown set and for the problems of a file.
    """
    known = all_shipped().values() if which is None else indicators(which).values()
    rows = [
        (one.id, *_source_row(source), one.measured.quality_officer or NOT_FOUND, _terms(one.measured))
        for one in known
        if one.measured
        for source in one.measured.sources
    ]
    return Table(columns_of(SOURCES, rows))


def _source_row(source: Source) -> tuple[object, ...]:
    year = str(source.baseline) if source.baseline else ""
    _, *printed = (cell for _, cell in source.cells())
    return (source.level, source.data, source.part, source.survey or "", year, *printed)


def _terms(measured: Measurement) -> str:
    return "; ".join(f"{term}: {meaning}" for term, meaning in measured.terms.items())


@typed
def wave_table(survey: str | None = None) -> Table:
    """Return a row for each wave of a survey (an id or a path), or of all shipped ones.

    Columns: survey, wave (the year fieldwork starts), title, weight, stratum, psu, areas, vintage, questions (how
    many), indicators (the shipped ones it measures). Raises DefinitionError for an unknown survey and for the problems
    of a file.
    """
    names = (survey,) if survey else shipped_ids("surveys")
    return Table(columns_of(WAVES, [_wave_row(wave) for name in names for wave in waves(name).values()]))


def _wave_row(wave: Wave) -> tuple[object, ...]:
    measured = " ".join(one.id for one in all_shipped().values() if wave.measures(one))
    design = (wave.weight or "", wave.stratum or "", " ".join(wave.psu), " ".join(wave.area_kinds), wave.vintage or "")
    return (wave.survey, wave.year, wave.title, *design, len(wave.questions), measured)
