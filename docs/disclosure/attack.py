"""Attack random table sets: run `make attack`. Prints how many withheld counts were placed, and how near.

Each table set is a small random survey by a few random breakdowns, under a random policy (tests/table_sets.py). The
attacker (tests/attacker.py) knows every relation between the cells and all that is shown. The last line is the same for
the first hundred, with small cells alone withheld.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.attacks import Attacked, attack, naive
from tests.table_sets import drawn_table_sets

SETS, FIRST = 1_000, 100


def main(sets: int = SETS) -> None:
    """Print the figures of the attack, and of one on small cells alone."""
    ours, first_try = Attacked(), Attacked()
    for drawn in drawn_table_sets(sets):
        ours += attack(*drawn)
    for drawn in drawn_table_sets(min(sets, FIRST)):
        first_try += attack(*drawn, naive)
    print(f"{sets:,} table sets, {ours.cells:,} cells")
    print(f"withheld and protected: {ours}")
    print(f"small cells alone:      {first_try}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
