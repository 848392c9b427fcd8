"""Pages made from what the package holds, at each build, so that they cannot go stale."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.definitions.finding import shipped_ids

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"

GROUPS = {
    "definitions": "Definitions: indicators and waves",
    "geography": "Geography",
    **dict.fromkeys(("kernel", "survey", "weighting", "design"), "Reading a survey and weighting it"),
    **dict.fromkeys(("figures", "analysis"), "Estimates"),
    "judgements": "Judgements: movements, index, targets, plans",
    "outturns": "Outturns",
    "tables": "Tables",
    "errors": "Errors",
}


MORE = "More"


def write_all(folder: Path) -> None:
    """Write every generated page into a folder, in place of what was there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = {
        "indicators.md": indicators_page(),
        "measurement.md": measurement_page(),
        "waves.md": waves_page(),
        "crosswalk.inc": crosswalk_table(),
        "estimates.inc": columns_table(psa.Estimates),
        "columns.md": columns_page(),
        "command-line.md": command_page(),
        "api.rst": api_page(),
        "more.inc": more_pages(),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
        text = notebook.read_text(encoding="utf-8").replace("](../docs/", "](../")
        (folder / notebook.name).write_text(text, encoding="utf-8")


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in lines) + "\n"


def _cell(cell: object) -> str:
    return str(cell).replace("|", "\\|").replace("_", "\\_").replace("*", "\\*").replace("\n", " ")


def indicators_page() -> str:
    """Return the indicators of every shipped set: a table at a glance, then each in words."""
    parts = ["# The shipped indicators\n", "Made from the TOML files of the package at each build.\n"]
    for name in shipped_ids("sets"):
        known, rows = psa.indicators(name), list(psa.definitions.indicator_table(name))
        first = {row.indicator: row for row in reversed(rows)}
        glance = [(first[i].indicator, first[i].title, first[i].better, first[i].status) for i in known]
        parts += [f"## {name}: {known.title}\n", table(("id", "title", "better", "how sure"), glance)]
        parts += [_indicator(one.id, rows) for one in known.values()]
    return "\n".join(parts)


def _indicator(name: str, rows: Sequence[Any]) -> str:
    dated = [row for row in rows if row.indicator == name]
    one, lines = dated[0], []
    for row in dated:
        when = _since(row)
        lines += [(f"base{when}", row.base), (f"numerator{when}", row.numerator)]
    smallest = one.minimum_movement or ("none was printed: computed" if one.since else "to the points required")
    lines += [("minimum movement", smallest), ("reference", one.reference)]
    lines += [("how sure", one.status), ("note", one.note)]
    return f"### {name}: {one.title}\n\n" + table(("", ""), [line for line in lines if line[1]])


def _since(row: Any) -> str:
    return f" (since {row.since})" if row.since else ""


def measurement_page() -> str:
    """Return how the agreement of each shipped set has its indicators measured, a table each."""
    parts = [
        "# How each indicator is measured\n",
        "What the agreement prints of each indicator, made from the TOML files of the package at each build. A cell",
        'says "not found" where no document at hand gives it: a gap in what we could read, not in the agreement.\n',
    ]
    for name in shipped_ids("sets"):
        told = [one for one in psa.indicators(name).values() if one.measured]
        parts += [f"## {name}: {psa.indicators(name).title}\n"] if told else []
        parts += [_measured(one) for one in told]
    return "\n".join(parts)


def _measured(one: Any) -> str:
    columns = [dict(source.cells()) for source in one.measured.sources]
    rows = [(name, *(column[name] for column in columns)) for name in columns[0]]
    terms = table(("", ""), one.measured.cells())
    return f"### {one.id}: {one.title}\n\n{table(('', *(x.level for x in one.measured.sources)), rows)}\n{terms}"


def waves_page() -> str:
    """Return the shipped waves and, of each survey's latest one, the variable and answers of every question."""
    waves = psa.definitions.wave_table()
    names = ("survey", "wave", "title", "weight", "stratum", "psu", "areas", "vintage")
    glance = table(names, [tuple(getattr(row, name) for name in names) for row in waves])
    measured = table(("wave", "indicators"), [(f"{row.survey} {row.wave}", row.indicators or "none") for row in waves])
    last = {row.survey: row.wave for row in waves}
    parts = ["# The shipped waves\n", "Made from the TOML files of the package at each build.\n", glance]
    parts += ["Which shipped indicators each wave measures:\n", measured]
    return "\n".join([*parts, *(_questions(survey, year) for survey, year in last.items())])


def _questions(survey: str, year: int) -> str:
    wave = psa.wave(survey, year)
    rows = [
        (name, one.variable, _answers(one), ", ".join(map(str, one.missing))) for name, one in wave.questions.items()
    ]
    return f"## {survey}, as in {year}\n\n" + table(("question", "variable", "answers", "missing"), rows)


def _answers(question: Any) -> str:
    return ", ".join(f"{name} = {code}" for name, code in question.answers.items()) or "a number"


def crosswalk_table() -> str:
    """Return the crosswalk of the two numbering schemes as a table, to be included in a page."""
    rows = [[cell or "-" for cell in row] for row in psa.crosswalk()]
    return table(("concept", "PSA 21", "National Indicator", "national source", "local source", "note"), rows)


def columns_table(of: type[psa.Table]) -> str:
    """Return the columns that a table declares, to be included in a page."""
    return table(("column", "unit", "what it says"), [(one.name, one.unit, one.says) for one in of.headings])


def columns_page() -> str:
    """Return the columns of every table of results."""
    tables = [(name, made) for name, made in public_names().items() if inspect.isclass(made) and _declares(made)]
    parts = [
        "# The columns of every table\n",
        "As the package declares them. Empty is what is missing.\n",
    ]
    return "\n".join([*parts, *(f"## {name}\n\n{columns_table(made)}" for name, made in tables)])


def _declares(made: type) -> bool:
    return issubclass(made, psa.Table) and bool(made.headings)


def more_pages() -> str:
    """Return a table of contents with the pages that index.md does not place: none is lost, nor an error."""
    index = (HERE / "index.md").read_text(encoding="utf-8")
    placed = re.findall(r"^[\w/*-]+$", index, re.MULTILINE)
    written = [path.relative_to(HERE).with_suffix("").as_posix() for path in sorted(HERE.rglob("*.md"))]
    names = [name for name in written if name != "index" and not name.startswith("_")]
    more = [name for name in names if not any(fnmatch(name, pattern) for pattern in placed)]
    return "\n".join(["```{toctree}", ":maxdepth: 1", *more, "```", ""]) if more else "\n"


def command_page() -> str:
    """Return what every command's --help says."""
    parts = [
        "# The command line\n",
        "What each command's `--help` prints, made at each build.\n",
        _help(("psaindicators",), cli),
    ]
    return "\n".join([*parts, *_commands(("psaindicators",), cli)])


def _commands(path: tuple[str, ...], group: click.Group) -> list[str]:
    pages = []
    for name, command in sorted(group.commands.items()):
        pages += [f"## {' '.join((*path, name))}\n", _help((*path, name), command)]
        pages += _commands((*path, name), command) if isinstance(command, click.Group) else []
    return pages


def _help(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=" ".join(path), max_content_width=100, terminal_width=100)
    return f"```text\n{command.get_help(context)}\n```\n"


def api_page() -> str:
    """Return a reference page with every public name, grouped by where it lives."""
    groups: dict[str, list[str]] = {title: [] for title in (*GROUPS.values(), MORE)}
    for name, made in public_names().items():
        groups[GROUPS.get(made.__module__.split(".")[1], MORE)].append(_documented(name, made))
    titled = [_heading(title, "-") + "\n".join(sorted(entries)) for title, entries in groups.items() if entries]
    start = "Every public name, from ``import psaindicators as psa``. Percentages run from 0 to 100.\n"
    return "\n".join([_heading("Python reference", "="), start, ".. py:currentmodule:: psaindicators\n", *titled])


def public_names() -> dict[str, Any]:
    """Return every public function and class by its name after ``psa.``, those of the named modules too."""
    names = {name: getattr(psa, name) for name in psa.__all__}
    modules = {name: made for name, made in names.items() if inspect.ismodule(made)}
    below = {f"{name}.{one}": getattr(made, one) for name, made in modules.items() for one in made.__all__}
    return {name: made for name, made in names.items() if name not in modules} | below


def _documented(name: str, made: Any) -> str:
    if inspect.isclass(made):
        kind = "exception" if issubclass(made, Exception) else "class"
        return f".. auto{kind}:: psaindicators.{name}\n" + ("" if kind == "exception" else "   :members:\n")
    return f".. autofunction:: psaindicators.{name}\n"


def _heading(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}\n\n"
