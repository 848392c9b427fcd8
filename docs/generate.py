"""Pages made from what the package holds, at each build, so that they cannot go stale."""

from __future__ import annotations

import inspect
import re
import shutil
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import click
from pictures import draw

import psaindicators as psa
from psaindicators.cli.main import cli
from psaindicators.definitions.finding import shipped_ids

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parent / "notebooks"
EXTRA = "extra"
"""Beside the pages: what is put with the site as it is."""

TOPICS = {
    "definitions": ("Definitions: indicators and waves", ("definitions",)),
    "geography": ("Geography", ("geography",)),
    "survey": ("A survey read and looked over", ("survey", "kernel")),
    "weighting": ("Weighting, replicate weights", ("weighting", "design", "kernel.calibration", "kernel.replicates")),
    "figures": ("Estimates", ("figures",)),
    "analysis": ("Analysis: association, regression, design effects, gaps", ("analysis",)),
    "movements": (
        "Movements, differences and planning",
        tuple(f"judgements.{name}" for name in ("movements", "shared_psus", "planning", "regions", "gaps")),
    ),
    "targets": ("Targets, scores and reward", tuple(f"judgements.{name}" for name in ("targets", "scores", "reward"))),
    "assessment": ("The index and the assessment", ("judgements",)),
    "outturns": ("Outturns", ("outturns", "publishing")),
    "tables": ("Tables", ("tables",)),
    "errors": ("Errors", ("errors",)),
}
"""The pages of the Python reference: title, and the modules whose public names they hold; the longest match counts."""

MORE = "more"
EXAMPLES = HERE / "examples.md"


def write_all(folder: Path, *, pictures: bool = True) -> None:
    """Write every generated page into a folder, in place of what was there; pictures take some seconds."""
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
        "more.inc": more_pages(),
    } | api_pages()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
        text = notebook.read_text(encoding="utf-8").replace("](../docs/", "](../")
        (folder / notebook.name).write_text(text, encoding="utf-8")
    if pictures:
        draw(folder / "pictures", folder / EXTRA / "members")


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
    names = [name for name in written if name not in ("index", EXAMPLES.stem) and not name.startswith("_")]
    more = [name for name in names if not any(fnmatch(name, pattern) for pattern in placed)]
    return "\n".join(["```{toctree}", ":maxdepth: 1", ":hidden:", *more, "```", ""]) if more else "\n"


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


def api_pages() -> dict[str, str]:
    """Return the Python reference: every public name with its first sentence, and a page for each topic."""
    topics: dict[str, dict[str, Any]] = {topic: {} for topic in (*TOPICS, MORE)}
    for name, made in sorted(public_names().items(), key=lambda item: item[0].casefold()):
        topics[_topic(made.__module__)][name] = made
    held = {topic: names for topic, names in topics.items() if names}
    pages = {f"api-{topic}.rst": _topic_page(topic, names) for topic, names in held.items()}
    start = "Every public name, from ``import psaindicators as psa``, by topic. Percentages run from 0 to 100.\n"
    contents = "\n".join(["", ".. toctree::", "   :hidden:", "", *(f"   api-{topic}" for topic in held), ""])
    glances = [_glance(topic, names) for topic, names in held.items()]
    return pages | {
        "api.rst": "\n".join([_heading("Python reference", "="), start, *glances, taken_for_granted(), contents])
    }


def taken_for_granted() -> str:
    """Return what the examples have before them: the first code of their page."""
    first = _woven(EXAMPLES.read_text(encoding="utf-8").partition("\n## ")[0])
    code = dedent(first).replace(".. rubric:: Example\n", "")
    return _heading("What the examples take for granted", "-") + code


def _topic(module: str) -> str:
    """Return the topic whose modules are the longest beginning of a module's name."""
    name = module.partition(".")[2] + "."
    found = [
        (len(one), topic) for topic, (_, modules) in TOPICS.items() for one in modules if name.startswith(f"{one}.")
    ]
    return max(found, default=(0, MORE))[1]


def _title(topic: str) -> str:
    return TOPICS[topic][0] if topic in TOPICS else topic


def _glance(topic: str, names: dict[str, Any]) -> str:
    rows = [
        f"   * - :py:obj:`psa.{name} <psaindicators.{name}>`\n     - {_first_sentence(made)}"
        for name, made in names.items()
    ]
    head = _heading(f":doc:`{_title(topic)} <api-{topic}>`", "-")
    return "\n".join([head, ".. list-table::", "   :class: glance", "   :widths: 30 70", "", *rows, ""])


def _first_sentence(made: Any) -> str:
    text = " ".join((inspect.getdoc(made) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", text)[0].replace("`", "``").replace("*", "\\*").replace("|", "\\|")


def _topic_page(topic: str, names: dict[str, Any]) -> str:
    shown = examples()
    entries = [_documented(name, made, shown[name]) for name, made in names.items()]
    return "\n".join([_heading(_title(topic), "="), ".. py:currentmodule:: psaindicators\n", *entries])


def public_names() -> dict[str, Any]:
    """Return every public function and class by its name after ``psa.``, those of the named modules too."""
    names = {name: getattr(psa, name) for name in psa.__all__}
    modules = {name: made for name, made in names.items() if inspect.ismodule(made)}
    below = {f"{name}.{one}": getattr(made, one) for name, made in modules.items() for one in made.__all__}
    return {name: made for name, made in names.items() if name not in modules} | below


def _documented(name: str, made: Any, example: str) -> str:
    if not inspect.isclass(made):
        return f".. autofunction:: psaindicators.{name}\n{example}"
    kind = "exception" if issubclass(made, Exception) else "class"
    members = "" if kind == "exception" else "   :members:\n"
    return f".. auto{kind}:: psaindicators.{name}\n{members}{example}"


def examples() -> dict[str, str]:
    """Return the example of each public name as reStructuredText within its directive: the code, and what it prints."""
    sections = re.split(r"^## (.+)$", EXAMPLES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(sections[1::2], map(_woven, sections[2::2]), strict=True))


def _woven(section: str) -> str:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    parts = [f".. code-block:: {language}\n\n{indent(text, '   ')}" for language, text in blocks]
    return indent("\n" + "\n".join([".. rubric:: Example", "", *parts]), "   ", lambda line: True) + "\n"


def _heading(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}\n\n"
