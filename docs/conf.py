"""How the documentation is built: offline, every warning an error, the tables of what is shipped from the TOML."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version as version_of
from itertools import groupby
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import generate  # noqa: E402

project = "psaindicators"
author = "the psaindicators contributors"
copyright = "the psaindicators contributors"
version = release = version_of("psaindicators")

extensions = ["sphinx.ext.autodoc", "numpydoc", "myst_nb", "mathml"]
html_math_renderer = "mathml"
exclude_patterns = [
    "_build",
    "coverage/*.py",
    "quality/*.py",
    "verdicts/*.py",
    "**/.ipynb_checkpoints",
    "_generated/extra",
    "examples.md",
]
myst_enable_extensions = ["attrs_block", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True

html_theme = "furo"
html_title = f"psaindicators {release}"
html_static_path = ["_static"]
html_extra_path = [f"_generated/{generate.EXTRA}"]
(HERE / html_extra_path[0]).mkdir(parents=True, exist_ok=True)  # Sphinx asks for it before it is made
html_css_files = ["site.css"]
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_type_aliases = {name: name for name in ("ArrayLike", "Floats")}
python_use_unqualified_type_names = True
add_module_names = False
numpydoc_show_class_members = False

LITERAL = re.compile(r"(`[^`]+`)")
FIELD = re.compile(r"([a-z]\w*): ")


def plain_to_rst(text: str) -> str:
    """Return a line of one of our docstrings as reStructuredText: `code` is code, and nothing else is a mark."""
    parts = LITERAL.split(text)
    return "".join(f"`{part}`" if LITERAL.fullmatch(part) else re.sub(r"([*|])", r"\\\1", part) for part in parts)


def as_list(paragraph: list[str]) -> list[str]:
    """Return a paragraph whose lines are all `field: what it is`, or go on from one, as a list."""
    if not all(FIELD.match(line) or line.startswith(" ") for line in paragraph):
        return paragraph
    return [f"- ``{line.replace(':', '``:', 1)}" if FIELD.match(line) else f"  {line.strip()}" for line in paragraph]


def docstring_to_rst(*given: Any) -> None:
    """Rewrite a docstring's lines in place, as Sphinx asks of those who listen to `autodoc-process-docstring`."""
    lines: list[str] = given[-1]
    paragraphs = [list(part) for _, part in groupby(map(plain_to_rst, lines), bool)]
    lines[:] = [line for one in paragraphs for line in (as_list(one) if one[0] else one)]


def setup(app: Any) -> None:
    """Write the generated pages before anything is read, and read docstrings as the plain text they are."""
    app.connect("builder-inited", lambda _: generate.write_all(HERE / "_generated"))
    app.connect("autodoc-process-docstring", docstring_to_rst, priority=400)
