"""A first outturn to start from: a commented configuration and a small sample, written where nothing is yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from psaindicators.errors import OutputError

TEXTS = Path(__file__).parent / "start"
CONFIGURATION, OTHERS = "outturn.toml", ("survey.toml", "indicators.toml", "targets.csv")
HEADER = "serial,ward,sex,q1,q2,weight"
RESPONDENTS, NO_ANSWER = 900, 0.03
WARDS = {"east": (0.86, 1.1), "north": (1.0, 0.8), "south": (1.08, 1.2)}
"""Of each ward how its shares are to everyone's, and the weight of a man there."""
WOMEN = 0.9
"""A woman's weight to a man's: more of them reply."""
SHARES = {2009: ((0.22, 0.47, 0.17), (0.26, 0.64)), 2011: ((0.27, 0.52, 0.12), (0.28, 0.62))}
"""Of each year the shares of all but the last answer to q1 and q2."""


def write_start(folder: Path) -> tuple[str, ...]:
    """Write the files of a first outturn into a new or empty folder, and return their names, the configuration first.

    The respondents are invented, the same each time. Raises OutputError for a folder that holds something, or that
    cannot be written: what was begun is then removed, but for the folder.
    """
    files = start_files()
    begun: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OutputError(f"{folder} holds files already, and none is written over: name a new or empty folder")
        for name, text in files.items():
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                begun.append(folder / name)
                file.write(text)
    except (OSError, ValueError) as error:  # a ValueError of a name that no file can have
        for path in begun:
            path.unlink(missing_ok=True)
        raise OutputError(f"{folder} cannot be made a folder with files in it: {error}") from None
    return tuple(files)


def start_files() -> dict[str, str]:
    """Return the files of a first outturn by name."""
    texts = {name: (TEXTS / name).read_text(encoding="utf-8") for name in (CONFIGURATION, *OTHERS)}
    return texts | {f"residents_{year}.csv": "\n".join(_lines(year)) + "\n" for year in SHARES}


def _lines(year: int) -> Iterator[str]:
    """Yield the lines of one wave's data file."""
    drawn = Random(year)  # of Python alone, whose draws are promised to stay the same
    yield HEADER
    for serial in range(1, RESPONDENTS + 1):
        ward = list(WARDS)[serial % len(WARDS)]
        woman = drawn.random() < 0.55
        liking, heft = WARDS[ward]
        answers = [_answer(drawn.random(), drawn.random(), [share * liking for share in one]) for one in SHARES[year]]
        yield ",".join(map(str, (serial, ward, 1 + woman, *answers, round(heft * (WOMEN if woman else 1), 2))))


def _answer(draw: float, left_out: float, shares: Sequence[float]) -> int:
    """Return the code of an answer, -9 where none was given; the last takes what the others leave."""
    if left_out < NO_ANSWER:
        return -9
    return 1 + sum(draw >= sum(shares[:i]) for i in range(1, len(shares) + 1))
