"""TOML to waves, every problem of a file at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from psaindicators.definitions.rule_files import read_rule
from psaindicators.definitions.rules import Rule
from psaindicators.definitions.waves import LONELY_PSU, Identity, Question, Replicates, Wave, rule_problems
from psaindicators.files.strict_toml import CODE, NUMBER, Section, is_a, read_toml, shown
from psaindicators.kernel.codes import matchable

REPLICATE_KINDS = ("JK1", "JKn", "BRR", "Fay", "bootstrap", "SDR")


def load_waves(path: Path) -> dict[int, Wave]:
    """Return the waves of a survey's TOML file by year. Raises DefinitionError with every problem and its path."""
    return read_toml(path, lambda file: _waves(file, path))


def _waves(file: Section, path: Path) -> dict[int, Wave]:
    survey, title = file.take("survey", str) or "", file.take("title", str) or ""
    coverage = file.take("coverage", str, default=None)
    years = [key for key in file.table if key not in file.taken and file.is_year(key)]
    if not years:
        file.problems.add("", "holds no wave: a wave is a table named by its year, such as [2008]")
    return {int(key): _wave(file.section(key), int(key), (survey, title, coverage, path)) for key in sorted(years)}


def _wave(section: Section, year: int, of: tuple[str, str, str | None, Path]) -> Wave:
    survey, title, coverage, path = of
    wave = Wave(
        survey=survey,
        year=year,
        title=section.take("title", str, default=f"{title} {year}"),
        path=path,
        weight=section.take("weight", str) or "",
        weight_sums_to=section.choice("weight_sums_to", ("population", "area"), default="population"),
        stratum=section.take("stratum", str, default=None),
        psu=section.texts("psu"),
        fpc=section.texts("fpc"),
        lonely_psu=section.choice("lonely_psu", LONELY_PSU, default="fail"),
        area=_texts(section, "area"),
        vintage=_vintage(section),
        questions=_questions(section),
        include=section.made("include", lambda one: read_rule(one, "include")),
        replicates=section.made("replicates", _replicates),
        identified_by=section.made("identified_by", _identity),
        mode=section.take("mode", str, default=None),
        coverage=coverage,
    )
    _check_wave(section, wave)
    section.finish("a wave")
    return wave


def _check_wave(section: Section, wave: Wave) -> None:
    if wave.include is not None:
        _check_include(section, wave, wave.include)
    if wave.vintage and "authority" not in wave.area:
        section.add("vintage", "needs an area kind named authority, from which the other kinds are derived")
    if wave.weight_sums_to == "area" and not wave.area:
        section.add("weight_sums_to", "is 'area', but the wave names no area")
    if wave.fpc and len(wave.fpc) not in {max(len(wave.psu), 1), len(wave.psu) + 1}:
        section.add("fpc", f"has {len(wave.fpc)} stages and psu has {len(wave.psu)}: give one fpc for each stage")
    if wave.replicates and (wave.stratum or wave.psu or wave.fpc):
        section.add("replicates", "stand in place of stratum, psu and fpc: give the one or the other")


def _check_include(section: Section, wave: Wave, include: Rule) -> None:
    for name in sorted(include.questions - wave.questions.keys()):
        section.add("include", f"'{name}' is not a question of the wave")
    for problem in rule_problems(wave, include):
        section.add("include", problem)


def _identity(section: Section) -> Identity:
    below = section.section("identified_by")
    made = Identity(below.take("variable", str) or "", below.take("code", (int, float, str)))
    below.finish("what identifies a wave")
    return made


def _texts(section: Section, key: str) -> dict[str, str]:
    below = section.section(key)
    return {name: below.take(name, str) or "" for name in below.table}


def _vintage(section: Section) -> str | None:
    value = section.take("vintage", (str, date), default=None)
    if value is None or isinstance(value, date):
        return value.isoformat() if value else None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        section.add("vintage", f"must be a date such as 2009-04-01, got {shown(value)}")
        return None


def _questions(section: Section) -> dict[str, Question]:
    below = section.section("questions", required=True)
    return {name: _question(below.section(name)) for name in below.table}


def _question(section: Section) -> Question:
    answers = section.section("answers")
    codes = {name: answers.take(name, CODE) for name in answers.table}
    missing = section.take("missing", list, default=[])
    if not all(is_a(code, CODE) for code in missing):
        section.add("missing", f"must be a list of codes, got {shown(missing)}")
    _report_shared_codes(section, codes, missing)
    question = Question(section.take("variable", str) or "", codes, tuple(missing))
    section.finish("a question")
    return question


def _report_shared_codes(section: Section, codes: dict[str, Any], missing: list[Any]) -> None:
    """Report codes that are matched alike, such as 1 and "1"; those of a wrong type are problems already."""
    by_code: dict[Any, str] = {}
    absent = {matchable(code) for code in missing if is_a(code, CODE)}
    for name, code in codes.items():
        if code is None:
            continue
        key = matchable(code)
        if key in by_code:
            section.add("answers", f"'{by_code[key]}' and '{name}' have the same code {shown(code)}")
        by_code[key] = name
        if key in absent:
            section.add("missing", f"{shown(code)} is also the code of the answer '{name}'")


def _replicates(section: Section) -> Replicates:
    below = section.section("replicates")
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


def _check_replicates(section: Section, made: Replicates, rscales: list[Any]) -> None:
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
