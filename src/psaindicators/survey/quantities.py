"""What is added up over respondents, known by rules and questions: whatever holds the rows can add it up."""

from __future__ import annotations

from dataclasses import dataclass

from psaindicators.definitions.rules import AllAnswered, AllOf, Rule


@dataclass(frozen=True)
class Share:
    """Who is in a base, and who of them in a numerator, which counts only inside the base. No base is everyone."""

    base: Rule | None
    numerator: Rule

    @property
    def questions(self) -> frozenset[str]:
        return questions_of_rule(self.base) | self.numerator.questions


@dataclass(frozen=True)
class Amount:
    """An amount (y - about) / per of those in a base, and beside it an amount x; 1 where no question is named.

    In the base are those for whom the rule holds and who answered the questions. A number measured from a centre
    (`about`) keeps its precision where the spread is small beside the mean.
    """

    rule: Rule | None = None
    y: str | None = None
    x: str | None = None
    per: float = 1.0
    about: float = 0.0

    @property
    def base(self) -> Rule | None:
        """The rule for who is in the base."""
        asked = tuple(dict.fromkeys(name for name in (self.y, self.x) if name is not None))
        return both(self.rule, AllAnswered(asked) if asked else None)

    @property
    def questions(self) -> frozenset[str]:
        return questions_of_rule(self.base)


Quantity = Share | Amount


def both(one: Rule | None, other: Rule | None) -> Rule | None:
    """Return the rule that two rules hold; none holds for everyone."""
    rules = tuple(rule for rule in (one, other) if rule is not None)
    return AllOf(rules) if len(rules) > 1 else next(iter(rules), None)


def questions_of_rule(rule: Rule | None) -> frozenset[str]:
    """Return the questions a rule asks; none asks nothing."""
    return rule.questions if rule is not None else frozenset()
