"""A provision's condition in words: which parts are met, which are missing, and how far a door is from opening."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from schoolgate.engines.law.explaining.words import Words
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.provision import Provision
from schoolgate.engines.law.text.vocabulary import Fact

__all__ = ["Part", "clause_of", "distance_of", "facts_in", "parts_met"]

State = Literal["met", "missing", "open"]
FAR: Final[Mapping[str, int]] = {"arranged": 2, "found_out": 3, "given": 6}
UNKNOWN: Final = 1


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a door, as it is needed: a clause's tree and whether it is met."""

    condition: c.Condition
    state: State


def parts_met(condition: c.Condition, given: c.Given, facts: Mapping[str, Fact]) -> list[Part]:
    """Split a condition into what must hold together; of alternatives the one that is nearest."""
    match condition:
        case c.All(parts):
            return [one for part in parts for one in parts_met(part, given, facts)]
        case c.Any(parts):
            return parts_met(min(parts, key=lambda part: distance_of(part, given, facts)), given, facts)
        case c.If(test, then, otherwise):
            ways = c.All((test, then)), c.All((c.negate(test), otherwise))
            return parts_met(c.Any(ways), given, facts)
        case c.Not(part) if c.parts_of(part):
            return parts_met(c.negate(part), given, facts)
        case _:
            value = c.evaluate(condition, given)[0]
            return [Part(condition, "open" if value is None else "met" if value else "missing")]


def distance_of(condition: c.Condition, given: c.Given, facts: Mapping[str, Fact]) -> int:
    """Return how far a condition is from being met: what somebody can arrange is nearer than what cannot be changed.

    Linear in the size of the condition.
    """
    match condition:
        case c.All(parts):
            return sum(distance_of(part, given, facts) for part in parts)
        case c.Any(parts):
            return min(distance_of(part, given, facts) for part in parts)
        case c.If(test, then, otherwise):
            ways = c.All((test, then)), c.All((c.negate(test), otherwise))
            return min(distance_of(way, given, facts) for way in ways)
        case c.Not(part) if c.parts_of(part):
            return distance_of(c.negate(part), given, facts)
        case _:
            value = c.evaluate(condition, given)[0]
            if value:
                return 0
            return (
                UNKNOWN if value is None else max((FAR[facts[name].change] for name in facts_in(condition)), default=3)
            )


def facts_in(atom: c.Condition) -> list[str]:
    """Return the facts that an atom, or its opposite, speaks of."""
    match atom:
        case c.Not(part):
            return facts_in(part)
        case c.Flag(fact) | c.OneOf(fact):
            return [fact]
        case c.AboutElement(among):
            return [among]
        case c.Within(fact, among):
            return [fact, among]
        case c.Compare(_, left, right) | c.Sets(_, left, right):
            return [side.fact for side in (left, right) if isinstance(side, c.FactValue)]
        case _:
            return []


def clause_of(  # noqa: C901, PLR0911 - one for each kind of node
    condition: c.Condition, words: Words, provisions: Mapping[str, Provision], *, item: str = "", holds: bool = True
) -> str:
    """Return a condition as a clause; `item` is the noun of the element that it speaks of."""
    match condition:
        case c.Not(part):
            return clause_of(part, words, provisions, item=item, holds=not holds)
        case c.All(parts) | c.Any(parts):
            every = isinstance(condition, c.All) is holds
            clauses = [clause_of(part, words, provisions, item=item, holds=holds) for part in parts]
            return words.listed(clauses) if every else words.said("either", alternatives="; ".join(clauses))
        case c.If(test, then, otherwise):
            ways = c.Any((c.All((test, then)), c.All((c.negate(test), otherwise))))
            return clause_of(ways, words, provisions, item=item, holds=holds)
        case c.Flag(fact):
            return words.truth(fact, value=holds)
        case c.Answer(provision):
            question = words.counsel_question(provisions[provision])
            return words.said("counsel_yes" if holds else "counsel_no", question=question)
        case c.OneOf(fact, codes):
            values = words.vocabulary.facts[fact].values
            return words.one_of(fact, [values[code] for code in codes], holds=holds)
        case c.AboutElement(among):
            return words.members(among, [item or words.said("this_kind")], holds=holds)
        case c.Compare(op, left, right):
            return _compared(op, left, right, words, holds=holds)
        case c.Sets(op, left, right):
            return _sets(op, left, right, words, holds=holds)
        case c.Within(fact, among):
            return words.members(among, [words.question(fact)], holds=holds)
        case _:
            raise TypeError(f"no clause for {type(condition).__name__}")


def _compared(op: str, left: c.Operand, right: c.Operand, words: Words, *, holds: bool) -> str:
    facts = words.vocabulary.facts
    if isinstance(left, c.Code) and isinstance(right, c.FactValue):
        if op == "eq":
            return _compared("eq", right, left, words, holds=holds)
        # a < x is "not x <= a", and a <= x is "not x < a"
        return _compared("le" if op == "lt" else "lt", right, left, words, holds=not holds)
    if not isinstance(left, c.FactValue) or not isinstance(right, c.Code):
        names = [words.question(side.fact) for side in (left, right) if isinstance(side, c.FactValue)]
        sign = {"eq": "=", "lt": "<", "le": "≤"}[op] if holds else {"eq": "≠", "lt": "≥", "le": ">"}[op]
        return f" {sign} ".join(f"“{name}”" for name in names)
    fact = facts[left.fact]
    if fact.type == "enum":
        return words.one_of(fact.name, [fact.values[right.value]], holds=holds)
    low, high = {
        ("eq", True): (right.value, right.value),
        ("lt", True): (None, right.value - 1),
        ("le", True): (None, right.value),
        ("lt", False): (right.value, None),
        ("le", False): (right.value + 1, None),
    }.get((op, holds), (None, None))
    if op == "eq" and not holds:
        return _not_so(words.between(fact.name, *_plain(fact, right.value, right.value)), words, holds=False)
    return words.between(fact.name, *_plain(fact, low, high))


def _plain(fact: Fact, *ends: int | None) -> list[int | str | None]:
    plain = [None if end is None else fact.decode(end) for end in ends]
    return [end if isinstance(end, int | str) else None for end in plain]


def _sets(op: str, left: c.Operand, right: c.Operand, words: Words, *, holds: bool) -> str:
    sides = [side for side in (left, right) if isinstance(side, c.FactValue)]
    codes = [side.value for side in (left, right) if isinstance(side, c.Code)]
    name = sides[0].fact
    if not codes:
        return _not_so(words.asked(name, f"“{words.question(sides[1].fact)}”"), words, holds=holds)
    nouns = [
        words.value(name, one) for code, one in enumerate(words.vocabulary.facts[name].values) if codes[0] >> code & 1
    ]
    if op == "equals" or (op == "within" and left == sides[0]):
        whole = words.asked(name, words.said("only", items=words.listed(nouns))) if nouns else words.empty(name)
        return _not_so(whole, words, holds=holds)
    if holds is (op == "within"):
        return words.members(name, nouns, holds=holds)
    return words.said("either", alternatives="; ".join(words.members(name, [noun], holds=holds) for noun in nouns))


def _not_so(clause: str, words: Words, *, holds: bool) -> str:
    return clause if holds else words.said("not_so", clause=clause)
