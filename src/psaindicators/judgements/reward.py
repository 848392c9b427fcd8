"""What an agreement pays for its targets: a rule that is data, a pot, and the share of the enhancement reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum, isfinite
from pathlib import Path
from typing import ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from psaindicators import headings as h
from psaindicators.arguments import typed
from psaindicators.definitions.indicators import Status
from psaindicators.errors import DefinitionError, did_you_mean
from psaindicators.files.strict_toml import NUMBER, TomlTable, read_toml
from psaindicators.headings import Column, Heading
from psaindicators.judgements.places import ground
from psaindicators.judgements.scores import Scores
from psaindicators.judgements.target_lines import KINDS, word_of
from psaindicators.judgements.verdicts import at_least
from psaindicators.tables import Table, columns_of
from psaindicators.words import visible

RULES = Path(__file__).parent / "rules"
COPIED = ("area", "area_name", "indicator", "kind", "year", "sub_target_of", "outturn", "without", "target", "share")

ROUNDING = 1e-9
"""By which shares may miss 1 together."""

Split = Literal["targets", "sub_targets"]


@dataclass(frozen=True)
class RewardRule:
    """How a share of the enhancement is paid: nothing under `trigger`, in proportion to it, no more than at `cap`.

    Trigger and cap are shares (0 to 1); `pot_share` is the share of the net budget requirement that the pot is, where
    the rule has one; `split` is "targets" (equally between targets, then between the sub-targets of one) or
    "sub_targets" (equally between all of them). `kinds` are the kinds of target that the pot is for.
    """

    title: str
    reference: str
    status: Status
    trigger: float
    cap: float
    pot_share: float | None
    split: Split
    kinds: tuple[str, ...] = KINDS


class SharedReward(Table):
    """What each partner, or successor, of an agreement has of its reward, by shares that were agreed."""

    headings: ClassVar[tuple[Heading, ...]] = (
        h.text("partner", "who shares in it, as named"),
        h.figure("share", "the share agreed", "share, 0-1", h.TWO_DECIMALS),
        h.figure("available", "the most it could have", "the pot's currency", h.WHOLE),
        h.figure("reward", "what it has; missing where the total is not known", "the pot's currency", h.WHOLE),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Rewards(Table):
    """What each target earns, in the pot's currency; share is a share of the enhancement (0 to 1).

    `pot` is what the whole agreement could earn, `total` what these targets do (NaN where one of them has no outturn),
    `rule` the rule it was made by, `shared` what each partner has of it, by the shares that were stated.
    """

    rule: RewardRule
    pot: float
    shared: SharedReward = field(default_factory=lambda: SharedReward(columns_of(SharedReward.headings, ())))

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
        parts = [f"{visible(row.partner)} {h.shown_cell(row.reward, h.WHOLE) or 'not known'}" for row in self.shared]
        shares = [f"shared: {', '.join(parts)}"] if parts else []
        return *super().footer, earned, *shares, self.rule.title


@typed
def reward(
    scores: Scores,
    rule: str | RewardRule = "local_psa",
    *,
    pot: float | None = None,
    net_budget_requirement: float | None = None,
    targets: int | None = None,
    shares: Mapping[str, float] | None = None,
) -> Rewards:
    """Return what each final target of one area's agreement earns; interim targets earn nothing.

    share = (outturn - without) / (target - without); a target earns 0 under the rule's trigger, else
    min(share, cap) x pot / (targets x sub-targets). `rule` is a shipped one ("local_psa": trigger 0.60, cap 1, pot
    2.5% of the net budget requirement; Local PSA agreements 2002-05, Schedule 4), the path of a TOML of your own, or
    one that was read.
    Give the pot itself or the net budget requirement that the rule takes its share of. `targets` is how many targets
    the whole agreement has, where the scores do not hold them all. `shares` (0 to 1, together 1) share what is earned
    among partners, or among the authorities that succeeded the agreement's, such as {"Bedford": 0.4, "Central
    Bedfordshire": 0.6}: `shared` has the sums. The rule of the 2008-11 agreements was not found.

    Raises DefinitionError for scores of several areas, a missing pot, fewer targets than the scores hold, or shares
    that are none or do not add up to 1.
    """
    terms = read_rule_of_reward(rule) if isinstance(rule, str) else rule
    final = _paid_for(scores, terms)
    amount = _pot(terms, pot, net_budget_requirement)
    available = amount * _portions(final, terms, targets)
    share = final.columns["share"]
    columns = {name: final.columns[name] for name in COPIED}
    columns |= {"available": available, "reward": available * paid_share(share, terms), "note": _notes(final, terms)}
    made = Rewards(columns, terms, amount)
    return replace(made, shared=_shared(made, shares or {}))


def _paid_for(scores: Scores, rule: RewardRule) -> Scores:
    """Return the final targets of the kinds that a rule's pot is for."""
    final = scores.where(stage="final")
    return final.take(np.flatnonzero([kind in rule.kinds for kind in final.columns["kind"]]))


def _shared(rewards: Rewards, shares: Mapping[str, float]) -> SharedReward:
    wrong = [f"{name} {share:g}" for name, share in shares.items() if not 0 < share <= 1]
    total = fsum(shares.values())
    if wrong or (shares and abs(total - 1) > ROUNDING):
        why = f"got {', '.join(wrong)}" if wrong else f"they add up to {total:.10g}"
        raise DefinitionError(f"the shares of a reward are above 0 and at most 1, and 1 together: {why}")
    most = float(rewards.columns["available"].sum())
    rows = [(name, share, share * most, share * rewards.total) for name, share in shares.items()]
    return SharedReward(columns_of(SharedReward.headings, rows))


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


def _rule(file: TomlTable) -> RewardRule:
    rule = RewardRule(
        title=file.take("title", str) or "",
        reference=file.take("reference", str) or "",
        status=file.choice("status", get_args(Status), default="unstated"),
        trigger=file.take("trigger", NUMBER) or 0.0,
        cap=file.take("cap", NUMBER) or 0.0,
        pot_share=file.take("pot_share", NUMBER, default=None),
        split=file.choice("split", get_args(Split), default="targets"),
        kinds=_kinds(file),
    )
    if not file.problems.found and not 0 <= rule.trigger <= rule.cap:
        file.add("trigger", f"must be from 0 to the cap {rule.cap:g}, as shares, got {rule.trigger:g}")
    if rule.pot_share is not None and not 0 < rule.pot_share <= 1:
        file.add("pot_share", f"must be a share above 0 and at most 1, got {rule.pot_share:g}")
    file.finish("a reward rule")
    return rule


def _kinds(file: TomlTable) -> tuple[str, ...]:
    names = tuple(map(word_of, file.texts("kinds"))) or KINDS
    for name in [name for name in names if name not in KINDS]:
        file.add("kinds", f"must be of {', '.join(KINDS)}, got '{name}'{did_you_mean(name, KINDS)}")
    return names


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
    areas = {ground(area): area for area in final.columns["area"].tolist()}
    if len(areas) != 1:
        held = (
            f"hold {', '.join(areas.values())}: keep one, as with .where(area=...)" if areas else "hold no final target"
        )
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
