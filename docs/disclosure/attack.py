"""Attack random table sets: run `make attack`. Prints how many withheld counts were placed, and how near.

Each table set is a small random survey by a few random breakdowns, under a random policy (tests/table_sets.py). The
attacker (tests/attacker.py) knows every relation between the cells and all that is shown. The next line is the same for
the first hundred, with small cells alone withheld. Then a wave is published twice (tests/releases.py) by different
tables, with movements: from the same people, with late returns, and once more as if there had been no first release,
and with movements of which none is withheld.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.attacks import Attacked, attack, attack_pair, forgetful, naive
from tests.releases import drawn_pairs
from tests.table_sets import drawn_table_sets

SETS, FIRST = 1_000, 100
PAIRS, FIRST_PAIRS = 100, 20


def main(sets: int = SETS, pairs: int = PAIRS) -> None:
    """Print the figures of the attacks, and of those on first tries."""
    one_release(sets)
    two_releases(pairs)


def two_releases(pairs: int) -> None:
    """Print the figures of the attack on two releases at once, and of those on first tries."""
    same, late, forgot, bare = Attacked(), Attacked(), Attacked(), Attacked()
    for i, pair in enumerate(drawn_pairs(pairs)):
        found = attack_pair(pair)
        same, late = (same, late + found) if pair.late else (same + found, late)
        if i < FIRST_PAIRS:
            forgot += attack_pair(pair, forgetful)
            bare += attack_pair(pair, bare_movements=True)
    print(f"{pairs:,} pairs of releases, {(same + late).cells:,} cells in the second")
    print(f"the same people:        {same}")
    print(f"with late returns:      {late}")
    print(f"without the first:      {forgot}")
    print(f"whole movements:        {bare}")


def one_release(sets: int) -> None:
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
