"""The tables of docs/verdicts.md, made from the cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kinds import ENOUGH_DF, Found


def tables(found: Sequence[Found]) -> dict[str, str]:
    """Return the tables of docs/verdicts.md by name, each as Markdown."""
    return {
        "bar": bar_table(found),
        "missed": missed_table(found),
        "hard": hard_table(found),
        "power": power_table(found),
    }


def bar_table(found: Sequence[Found]) -> str:
    """Return, verdict by verdict, how the cells with a bar stand to it, and the worst of the others."""
    rows = []
    for asked in dict.fromkeys(one.asked for one in found):
        ours = [one for one in found if one.asked == asked]
        barred, hard = ([one for one in ours if one.barred is flag] for flag in (True, False))
        rows.append((asked, len(barred), _range(barred), sum(one.missed for one in barred), len(hard), _range(hard)))
    heads = ("verdict", f"cells, df {ENOUGH_DF} or more", "moved", "above the bar", "cells, df below", "moved")
    return markdown(heads, rows)


def missed_table(found: Sequence[Found]) -> str:
    """Return every cell above the bar: 5% plus two Monte Carlo errors, 12% plus two where df is below."""
    rows = [
        (*_named(one), f"{100 * one.moved:.1f}", f"{100 * one.error:.2f}", _percent(one.by_ends))
        for one in found
        if one.missed
    ]
    return markdown(("verdict", "waves", "df", "moved", "Monte Carlo error", "by ends"), rows or [("none", *[""] * 5)])


def hard_table(found: Sequence[Found]) -> str:
    """Return the cells below the df of the bar that moved in more than 6%, the most first."""
    hard = sorted((one for one in found if not one.barred and one.moved > 0.06), key=lambda one: -one.moved)
    rows = [(*_named(one), f"{100 * one.moved:.1f}", _percent(one.before)) for one in hard]
    return markdown(("verdict", "waves", "df", "moved", "by the rule before"), rows)


def power_table(found: Sequence[Found]) -> str:
    """Return what the rules cost in power, by verdict and df."""
    rows = []
    known = [one for one in found if one.power == one.power]
    for asked in dict.fromkeys(one.asked for one in known):
        for low, high in ((1, 4), (5, 9), (10, 29), (30, 10**9)):
            some = [one for one in known if one.asked == asked and low <= one.df <= high]
            if some:
                columns = ("moved", "before", "by_ends", "power", "power_before", "power_by_ends")
                means = [_percent(sum(getattr(one, name) for one in some) / len(some)) for name in columns]
                rows.append((asked, f"{low} or more" if high > 10**6 else f"{low} to {high}", len(some), *means))
    powers = ("power: rule", "power: before", "power: by ends")
    heads = ("verdict", "df", "cells", "false: rule", "false: before", "false: by ends", *powers)
    return markdown(heads, rows)


def _named(one: Found) -> tuple[str, str, int]:
    return one.asked, one.name, one.df


def _range(some: Sequence[Found]) -> str:
    moved = [100 * one.moved for one in some]
    return f"{min(moved):.1f} to {max(moved):.1f}%" if moved else ""


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if share == share else ""


def markdown(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def with_tables(page: str, found: Sequence[Found]) -> str:
    """Return the page with its tables, which stand between `<!-- table: NAME -->` and `<!-- end -->`, made anew."""
    made = tables(found)
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}\n{made[match[2]]}\n\n{match[3]}",
        page,
        flags=re.DOTALL,
    )
