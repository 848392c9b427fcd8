"""TOML to waves, every problem of a file at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from psaindicators.definitions.likeness import circles, in_a_circle, models_first
from psaindicators.definitions.question_files import read_questions
from psaindicators.definitions.reliability_files import Reliability, read_reliability
from psaindicators.definitions.rule_files import read_rule
from psaindicators.definitions.waves import AUTHORITY, Identity, Replicates, Wave, rule_problems
from psaindicators.errors import DefinitionError, MissingFileError, did_you_mean
from psaindicators.files.layout import ENCODING, ROW, encoding_named
from psaindicators.files.strict_toml import NUMBER, TomlTable, is_a, read_mapping, read_toml, shown
from psaindicators.geography.vintages import areas
from psaindicators.kernel.lonely import LONELY

Made = TypeVar("Made")
REPLICATE_KINDS = ("JK1", "JKn", "JK2", "BRR", "Fay", "bootstrap", "SDR")
OPTIONAL = (
    *("weight", "weight_sums_to", "missing_weight", "stratum", "psu", "fpc", "lonely_psu", "area", "authority"),
    *("vintage", "include", "replicates", "id", "mode", "encoding", "sheet", "header_row", "part_year", "continues"),
    "reliability",
)
"""The keys that a wave may take from the one it is like or do without; its title and identity are its own."""


def load_waves(path: Path) -> dict[int, Wave]:
    """Return the waves of a survey's TOML file by year. Raises DefinitionError with every problem and its path."""
    return read_toml(path, lambda file: _waves(file, path))


def waves_of(mapping: Mapping[Any, Any]) -> dict[int, Wave]:
    """Return the waves of a mapping that holds what a survey's TOML file would, by year; see `load_waves`."""
    return read_mapping(mapping, lambda file: _waves(file, None))


def _waves(file: TomlTable, path: Path | None) -> dict[int, Wave]:
    blank = Wave(
        survey=file.take("survey", str) or "",
        year=0,
        title=file.take("title", str) or "",
        path=path,
        weight=None,
        questions={},
        coverage=file.take("coverage", str, default=None),
    )
    sections = {int(key): file.section(key) for key in file.table if key not in file.taken and file.is_year(key)}
    if not sections:
        file.problems.add("", "holds no wave: a wave is a table named by its year, such as [2008]")
    like = _likeness(sections)
    made: dict[int, Wave] = {}
    for year in models_first(like):
        made[year] = _wave(sections[year], replace(blank, year=year), made.get(like[year] or 0))
    return dict(sorted(made.items()))


def _likeness(sections: dict[int, TomlTable]) -> dict[int, int | None]:
    """Return for each wave the one it is like, or None; an unknown year and a circle are problems."""
    like = {year: section.take("like", int, default=None) for year, section in sections.items()}
    for section in [section for section in sections.values() if "like" not in section.table]:
        for key in [key for key in ("variables", "without") if key in section.table]:
            section.add(key, "goes with like: it changes what another wave says")
    for year in [year for year, of in like.items() if of is not None and of not in sections]:
        known = ", ".join(str(one) for one in sections if one != year) or "none"
        sections[year].add("like", f"there is no wave {like[year]} here (the others are {known})")
        like[year] = None
    for circle in circles(like):
        sections[circle[0]].add("like", in_a_circle(circle))
    return like


def _wave(section: TomlTable, blank: Wave, model: Wave | None) -> Wave:
    """Return a wave: all that its model says (or a blank one, where it is like none), but for what stands here."""
    whole = replace(model or blank, year=blank.year)
    of = _without(section, whole, blank)
    wave = replace(
        of,
        title=section.take("title", str, default=f"{blank.title} {blank.year}"),
        weight=section.take("weight", str, default=of.weight),
        weight_sums_to=section.choice("weight_sums_to", ("population", "area"), default=of.weight_sums_to),
        missing_weight=section.choice("missing_weight", ("fail", "exclude"), default=of.missing_weight),
        stratum=section.take("stratum", str, default=of.stratum),
        psu=_given(section, "psu", TomlTable.texts, of.psu),
        fpc=_given(section, "fpc", TomlTable.texts, of.fpc),
        lonely_psu=section.choice("lonely_psu", LONELY, default=of.lonely_psu),
        area=_given(section, "area", _texts, of.area),
        authority=section.take("authority", str, default=of.authority),
        vintage=_given(section, "vintage", _vintage, of.vintage),
        questions=read_questions(section, of.questions),
        include=_given(section, "include", read_rule, of.include),
        replicates=_given(section, "replicates", _replicates, of.replicates),
        identified_by=_given(section, "identified_by", _identity, None),
        id=section.take("id", str, default=of.id),
        mode=section.take("mode", str, default=of.mode),
        encoding=_given(section, "encoding", _encoding, of.encoding),
        sheet=section.take("sheet", str, default=of.sheet),
        header_row=_given(section, "header_row", _row, of.header_row),
        part_year=section.names("part_year", default=of.part_year),
        unsure={**of.unsure, **_unsure(section.section("unsure"))},
        continues=section.take("continues", str, default=of.continues),
        reliability=_given(section, "reliability", lambda one, key: _reliability(one, key, blank), of.reliability),
    )
    known = set(_contradictions(whole))
    for key, what in [one for one in _contradictions(wave) if one not in known]:
        section.add(key, what)
    section.finish("a wave")
    return wave


def _unsure(section: TomlTable) -> dict[str, str]:
    """Return the doubts that `bind` left, those of questions by `question NAME`."""
    questions = section.section("questions")
    of_questions = {f"question {name}": questions.take(name, str) or "" for name in questions.table}
    parts = {name: section.take(name, str) or "" for name in section.table if name != "questions"}
    return parts | of_questions


def _given(section: TomlTable, key: str, read: Callable[[TomlTable, str], Made], inherited: Made) -> Made:
    """Return what stands under a key, or what the model says where nothing does."""
    made = section.made(key, lambda one: read(one, key))
    return inherited if made is None else made


def _without(section: TomlTable, model: Wave, blank: Wave) -> Wave:
    """Return a model less the questions and the optional keys that a wave like it does without."""
    names = section.names("without", default=())
    unknown = [name for name in names if name not in model.questions and name not in OPTIONAL]
    for name in unknown if model.questions else []:
        near = did_you_mean(name, [*model.questions, *OPTIONAL])
        section.add("without", f"'{name}' is neither a question nor an optional key of the wave it is like{near}")
    kept = {name: question for name, question in model.questions.items() if name not in names}
    gone = {name: getattr(blank, name) for name in names if name in OPTIONAL and name not in model.questions}
    return replace(model, questions=kept, **gone)


def _contradictions(wave: Wave) -> Iterator[tuple[str, str]]:
    """Yield the keys of a wave that do not go together with others of it, and why."""
    if wave.include is not None:
        for name in sorted(name for name in wave.include.questions if not wave.asks(name)):
            yield "include", f"'{name}' is neither a question nor an area kind of the wave"
        for problem in rule_problems(wave, wave.include):
            yield "include", problem
    for name in [one.removeprefix("question ") for one in wave.unsure if one.startswith("question ")]:
        if name not in wave.questions:
            yield "unsure", f"'{name}' is not a question of the wave{did_you_mean(name, wave.questions)}"
    for name in [name for name in wave.part_year if name not in wave.questions]:
        yield "part_year", f"'{name}' is not a question of the wave{did_you_mean(name, wave.questions)}"
    if wave.continues and wave.continues == wave.survey:
        yield "continues", f"is the series that the wave is of anyway, {wave.survey}"
    yield from _area_contradictions(wave)
    yield from _design_contradictions(wave)


def _area_contradictions(wave: Wave) -> Iterator[tuple[str, str]]:
    if wave.authority and AUTHORITY in wave.area:
        yield "authority", "is the one area of the whole file, but area names a variable for it too"
    if wave.vintage and AUTHORITY not in wave.area_kinds:
        yield "vintage", "needs an area kind named authority, from which the other kinds are derived"
    elif wave.vintage and wave.authority:
        try:
            areas(wave.vintage).levels([wave.authority])
        except DefinitionError as problem:
            yield AUTHORITY, str(problem).splitlines()[-1].strip()
    if wave.weight_sums_to == "area" and not wave.area_kinds:
        yield "weight_sums_to", "is 'area', but the wave names no area"


def _design_contradictions(wave: Wave) -> Iterator[tuple[str, str]]:
    if wave.fpc and len(wave.fpc) not in {max(len(wave.psu), 1), len(wave.psu) + 1}:
        yield "fpc", f"has {len(wave.fpc)} stages and psu has {len(wave.psu)}: give one fpc for each stage"
    if wave.replicates and (wave.stratum or wave.psu or wave.fpc):
        yield "replicates", "stand in place of stratum, psu and fpc: give the one or the other"
    if wave.weight is None:
        asked = {
            "weight_sums_to": wave.weight_sums_to == "area",
            "missing_weight": wave.missing_weight == "exclude",
            "replicates": wave.replicates is not None,
        }
        for key in [key for key, is_asked in asked.items() if is_asked]:
            yield key, "needs a weight, and the wave names none"


def _reliability(section: TomlTable, key: str, wave: Wave) -> Reliability | None:
    name: str | None = section.take(key, str, default=None)
    try:
        return None if name is None else read_reliability(name, wave.path)
    except (DefinitionError, MissingFileError) as problem:
        section.add(key, str(problem))
        return None


def _identity(section: TomlTable, key: str) -> Identity:
    below = section.section(key)
    made = Identity(below.take("variable", str) or "", below.take("code", (int, float, str)))
    below.finish("what identifies a wave")
    return made


def _texts(section: TomlTable, key: str) -> dict[str, str]:
    below = section.section(key)
    return {name: below.take(name, str) or "" for name in below.table}


def _vintage(section: TomlTable, key: str) -> str | None:
    value = section.take(key, (str, date), default=None)
    if value is None or isinstance(value, date):
        return value.isoformat() if value else None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        section.add(key, f"must be a date such as 2009-04-01, got {shown(value)}")
        return None


def _encoding(section: TomlTable, key: str) -> str | None:
    value = section.take(key, str, default=None)
    known = None if value is None else encoding_named(value)
    if value is not None and known is None:
        section.add(key, ENCODING.format(shown(value)))
    return known


def _row(section: TomlTable, key: str) -> int | None:
    value: int | None = section.take(key, int, default=None)
    if value is not None and value < 1:
        section.add(key, ROW.format(value))
        return None
    return value


def _replicates(section: TomlTable, key: str) -> Replicates:
    below = section.section(key)
    rscales = below.take("rscales", list, default=None)
    made = Replicates(
        columns=below.texts("columns"),
        kind=below.choice("kind", REPLICATE_KINDS) or "",
        scale=below.take("scale", NUMBER, default=None),
        rscales=tuple(one for one in rscales if is_a(one, NUMBER)) if rscales else None,
        rho=below.take("rho", NUMBER, default=None),
        mse=below.take("mse", bool, default=False),
    )
    _check_replicates(below, made, rscales or [])
    below.finish("replicate weights")
    return made


def _check_replicates(section: TomlTable, made: Replicates, rscales: list[Any]) -> None:
    if not made.columns:
        section.add("columns", "is missing: name the replicate weights, as a list or a pattern such as 'rw*'")
    if made.scale is not None and not made.scale > 0:
        section.add("scale", f"must be above 0, got {shown(made.scale)}")
    if not all(is_a(one, NUMBER) and one >= 0 for one in rscales):
        section.add("rscales", f"must be a list of numbers, none below 0, got {shown(rscales)}")
    if made.kind == "Fay" and made.rho is None and made.scale is None:
        section.add("rho", "is missing: Fay's method needs rho (or a scale)")
    if made.rho is not None and not 0 <= made.rho < 1:
        section.add("rho", f"must be from 0 to below 1, got {shown(made.rho)}")
