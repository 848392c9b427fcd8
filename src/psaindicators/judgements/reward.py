"""What an agreement pays for its targets: a rule that is data, a pot, and the share of the enhancement reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Status
from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.files.strict_toml import NUMBER, Section, read_toml
from psaindicators.headings import Column, Heading
from psaindicators.judgements.scores import Scores
from psaindicators.judgements.verdicts import at_least
from psaindicators.tables import Table

RULES = Path(__file__).parent / "rules"
COPIED = ("area", "area_name", "indicator", "year", "sub_target_of", "outturn", "without", "target", "share")

Split = Literal["targets", "sub_targets"]


@dataclass(frozen=True)
class RewardRule:
    """How a share of the enhancement is paid: nothing under `trigger`, in proportion to it, no more than at `cap`.

    Trigger and cap are shares (0 to 1); `pot_share` is the share of the net budget requirement that the pot is, where
    the rule has one; `split` is "targets" (equally between targets, then between the sub-targets of one) or
    "sub_targets" (equally between all of them).
    """

    title: str
    reference: str
    status: Status
    trigger: float
    cap: float
    pot_share: float | None
    split: Split


@dataclass(frozen=True, eq=False, repr=False)
class Rewards(Table):
    """What each target earns, in the pot's currency; share is a share of the enhancement (0 to 1).

    `pot` is what the whole agreement could earn, `total` what these targets do (NaN where one of them has no outturn),
    `rule` the rule it was made by.
    """

    rule: RewardRule
    pot: float

    headings: ClassVar[tuple[Heading, ...]] = (
        *(one for one in Scores.headings if one.name in COPIED),
        h.figure("available", "the most that the target could earn", "the pot's currency", h.WHOLE),
        h.figure("reward", "what it earns", "the pot's currency", h.WHOLE),
        h.NOTE,
    )

    shown: ClassVar[tuple[str, ...]] = (
        *("area", "area_name", "indicator", "year", "outturn", "without", "target"),
        *("share", "available", "reward", "note"),
    )

    @property
    def total(self) -> float:
        return float(self.columns["reward"].sum())

    @property
    def footer(self) -> tuple[str, ...]:
        total = h.shown_cell(self.total, h.WHOLE) or "not known: a target has no outturn"
        earned = f"reward {total} of a pot of {h.shown_cell(self.pot, h.WHOLE)}"
        return *super().footer, earned, self.rule.title


@typed
def reward(
    scores: Scores,
    rule: str | RewardRule = "local_psa",
    *,
    pot: float | None = None,
    net_budget_requirement: float | None = None,
    targets: int | None = None,
) -> Rewards:
    """Return what each final target of one area's agreement earns; interim targets earn nothing.

    share = (outturn - without) / (target - without); a target earns 0 under the rule's trigger, else
    min(share, cap) x pot / (targets x sub-targets). `rule` is a shipped one ("local_psa": trigger 0.60, cap 1, pot
    2.5% of the net budget requirement; Local PSA agreements 2002-05, Schedule 4), the path of a TOML of your own, or
    one that was read.
    Give the pot itself or the net budget requirement that the rule takes its share of. `targets` is how many targets
    the whole agreement has, where the scores do not hold them all. The rule of the 2008-11 agreements was not found.

    Raises DefinitionError for scores of several areas, a missing pot, or fewer targets than the scores hold.
    """
    terms = read_rule_of_reward(rule) if isinstance(rule, str) else rule
    final = scores.where(stage="final")
    amount = _pot(terms, pot, net_budget_requirement)
    available = amount * _portions(final, terms, targets)
    share = final.columns["share"]
    columns = {name: final.columns[name] for name in COPIED}
    columns |= {"available": available, "reward": available * paid_share(share, terms), "note": _notes(final, terms)}
    return Rewards(columns, terms, amount)


def paid_share(share: NDArray[np.float64], rule: RewardRule) -> NDArray[np.float64]:
    """Return the share of its grant that a target earns: 0 under the trigger, else the share, at most the cap."""
    pays = at_least(share, rule.trigger) | np.isnan(share)
    return np.where(pays, np.minimum(share, rule.cap), 0.0)


def read_rule_of_reward(rule: str) -> RewardRule:
    """Return a reward rule by its shipped name or the path of a TOML. Raises DefinitionError, MissingFileError."""
    return read_toml(reward_rule_file(rule), _rule)


def reward_rule_file(rule: str) -> Path:
    """Return the TOML of a reward rule, by its shipped name or its path. Raises DefinitionError for an unknown name."""
    if rule.endswith(".toml"):
        return Path(rule)
    known = sorted(path.stem for path in RULES.glob("*.toml"))
    if rule not in known:
        raise DefinitionError(
            f"there is no shipped reward rule '{rule}'{did_you_mean(rule, known)} (shipped: {', '.join(known)}; "
            "a path must end in .toml)"
        )
    return RULES / f"{rule}.toml"


def _rule(file: Section) -> RewardRule:
    rule = RewardRule(
        title=file.take("title", str) or "",
        reference=file.take("reference", str) or "",
        status=file.choice("status", get_args(Status), default="unstated"),
        trigger=file.take("trigger", NUMBER) or 0.0,
        cap=file.take("cap", NUMBER) or 0.0,
        pot_share=file.take("pot_share", NUMBER, default=None),
        split=file.choice("split", get_args(Split), default="targets"),
    )
    if not file.problems.found and not 0 <= rule.trigger <= rule.cap:
        file.add("trigger", f"must be from 0 to the cap {rule.cap:g}, as shares, got {rule.trigger:g}")
    if rule.pot_share is not None and not 0 < rule.pot_share <= 1:
        file.add("pot_share", f"must be a share above 0 and at most 1, got {rule.pot_share:g}")
    file.finish("a reward rule")
    return rule


def _pot(rule: RewardRule, pot: float | None, net_budget_requirement: float | None) -> float:
    if (pot is None) == (net_budget_requirement is None):
        raise DefinitionError("a reward needs a pot or a net budget requirement, one of the two")
    if pot is None and rule.pot_share is None:
        raise DefinitionError(f"'{rule.title}' has no pot_share of a net budget requirement: give the pot itself")
    of_budget = (net_budget_requirement or 0.0) * (rule.pot_share or 0.0)
    amount = float(of_budget if pot is None else pot)
    if not (amount > 0 and isfinite(amount)):
        raise DefinitionError(f"the pot, or the budget it is a share of, must be above 0, got {amount:g}")
    return amount


def _portions(final: Scores, rule: RewardRule, targets: int | None) -> NDArray[np.float64]:
    """Return the share of the pot that each row could earn, shape (rows,)."""
    areas = list(dict.fromkeys(final.columns["area"].tolist()))
    if len(areas) != 1:
        held = f"hold {', '.join(areas)}: keep one, as with .where(area=...)" if areas else "hold no final target"
        raise DefinitionError(f"a reward is of one area's agreement; the scores {held}")
    names = _target_names(final.columns)
    sizes = {name: names.count(name) for name in names}
    held_here = len(sizes) if rule.split == "targets" else len(names)
    count = held_here if targets is None else targets
    if count < held_here:
        raise DefinitionError(f"the agreement is said to have {count} targets, but the scores hold {held_here}")
    within = [sizes[name] if rule.split == "targets" else 1 for name in names]
    return 1 / (count * np.array(within, dtype=float))


def _target_names(columns: Mapping[str, Column]) -> Sequence[str]:
    """Return the target that each row counts towards: the one it is a sub-target of, or itself."""
    pairs = zip(columns["sub_target_of"], columns["line"], strict=True)
    return [name or f"line {line}" for name, line in pairs]


def _notes(final: Scores, rule: RewardRule) -> Column:
    notes = [f"rule {rule.status}" if rule.status != "confirmed" else ""] * len(final)
    pairs = zip(final.columns["note"], notes, strict=True)
    return np.array(["; ".join(filter(None, pair)) for pair in pairs], dtype=object)
