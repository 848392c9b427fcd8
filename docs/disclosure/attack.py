"""Attack random table sets: run `make attack`. Prints how many withheld counts were placed, and how near.

Each table set is a small random survey by a few random breakdowns, under a random policy (tests/table_sets.py). The
attacker (tests/attacker.py) knows every relation between the cells and all that is shown. The second line is the same with
small cells alone withheld.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.attacks import Attacked, attack, naive  # noqa: E402
from tests.table_sets import drawn_table_sets  # noqa: E402

SETS = 1_000


def main(sets: int = SETS) -> None:
    """Print the figures of the attack, and of one on small cells alone."""
    ours, first_try = Attacked(), Attacked()
    for survey, estimates, policy in drawn_table_sets(sets):
        ours += attack(survey, estimates, policy)
        first_try += attack(survey, estimates, policy, naive)
    print(f"{sets:,} table sets, {ours.cells:,} cells")
    print(f"withheld and protected: {ours}")
    print(f"small cells alone:      {first_try}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
