"""Two figures, and a file in which the index has exponents of one's own."""

from pathlib import Path

from psaindicators.judgements.index import Figure

volunteering, staff = Figure(27, 0.5), Figure(441_000, 11_900)
Path("mine.toml").write_text(
    """title = "Mine"
["psa21.5"]
title = "A thriving third sector"
better = "higher"
reference = "a page of the documentation"
["psa21.5".index]
parts     = { volunteering = 29, staff = 419000 }
exponents = { volunteering = 0.5, staff = 0.5 }
baseline  = 100
required  = 106
""",
    encoding="utf-8",
)
