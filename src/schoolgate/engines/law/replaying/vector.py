"""Conditions as steps over words of bits: 64 cases an operation, each value computed once.

A condition is two values, "is true" and "is false"; neither is set where it is unknown (Kleene). Equal parts
of different provisions and elements share their code: all of it is numbered by what it computes.
"""

from collections.abc import Iterable
from typing import Final, Literal

from schoolgate.engines.law.replaying.columns import Column, Layout
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.vocabulary import Fact

__all__ = ["ONES", "ZERO", "Builder", "Operation", "Rail", "Step"]

ZERO: Final = 0
ONES: Final = 1

Operation = Literal["zero", "ones", "load", "order", "and", "or", "xor"]
Step = tuple[Operation, int, int]
Rail = tuple[int, int]


class Builder:
    """Writes steps. A value is the number of a step; the same step always gives the same value.

    Attributes:
        steps: `load` names a column, `order` an entry of `orders`, the others two values.
        orders: the comparisons of dates and numbers.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.facts = layout.vocabulary.facts
        self.orders: dict[c.Compare, int] = {}
        self.steps: list[Step] = [("zero", 0, 0), ("ones", 0, 0)]
        self.values: dict[Step, int] = {}
        self.rails: dict[tuple[c.Condition, int], Rail] = {}
        self.apart: dict[c.Condition, bool] = {}

    def step(self, operation: Operation, left: int, right: int = 0) -> int:
        """Return the value of a step, writing it if it is new."""
        step = (operation, left, right)
        value = self.values.get(step)
        if value is None:
            value = self.values[step] = len(self.steps)
            self.steps.append(step)
        return value

    def load(self, kind: str, name: str, code: int = 0) -> int:
        """Return the value of a column; one that the history lacks is unknown everywhere."""
        number = self.layout.bits.get(Column(kind, name, code))
        return ZERO if number is None else self.step("load", number)

    def both(self, left: int, right: int) -> int:
        """Return `left and right`."""
        if right in {left, ONES}:
            return left
        if left == ONES or ZERO in (left, right):
            return right if left == ONES else ZERO
        return self.step("and", min(left, right), max(left, right))

    def either(self, left: int, right: int) -> int:
        """Return `left or right`."""
        if right in {left, ZERO}:
            return left
        if left == ZERO or ONES in (left, right):
            return right if left == ZERO else ONES
        return self.step("or", min(left, right), max(left, right))

    def rest(self, whole: int, part: int) -> int:
        """Return what is in `whole` and not in `part`, which must lie within it."""
        if part == ZERO:
            return whole
        return ZERO if whole == part else self.step("xor", min(whole, part), max(whole, part))

    def every(self, values: Iterable[int]) -> int:
        """Return the conjunction; all set for none."""
        found = ONES
        for value in values:
            found = self.both(found, value)
        return found

    def some(self, values: Iterable[int]) -> int:
        """Return the disjunction; nothing set for none."""
        found = ZERO
        for value in values:
            found = self.either(found, value)
        return found

    def is_apart(self, condition: c.Condition) -> bool:
        """Tell whether a condition depends on which element is decided."""
        if condition not in self.apart:
            self.apart[condition] = any(isinstance(part, c.AboutElement) for part in c.walk(condition))
        return self.apart[condition]

    def rail(self, condition: c.Condition, element: int) -> Rail:
        """Return "is true" and "is false" of a condition for the element at a position.

        Recipient and element sets must be settled already, as they are in a program's clauses.
        """
        key = (condition, element if self.is_apart(condition) else -1)
        if key not in self.rails:
            self.rails[key] = self._rail(condition, element)
        return self.rails[key]

    def _rail(self, condition: c.Condition, element: int) -> Rail:
        match condition:
            case c.Not(part):
                true, false = self.rail(part, element)
                return false, true
            case c.All(parts) | c.Any(parts):
                shared_first = sorted(parts, key=self.is_apart)
                trues, falses = zip(*(self.rail(part, element) for part in shared_first), strict=True)
                if isinstance(condition, c.All):
                    return self.every(trues), self.some(falses)
                return self.some(trues), self.every(falses)
            case c.If(test, then, otherwise):
                (yes, no), (first, not_first), (second, not_second) = (
                    self.rail(part, element) for part in (test, then, otherwise)
                )
                return (
                    self.some([self.both(yes, first), self.both(no, second), self.both(first, second)]),
                    self.some([self.both(yes, not_first), self.both(no, not_second), self.both(not_first, not_second)]),
                )
            case _:
                return self._atom(condition, element)

    def _atom(self, atom: c.Condition, element: int) -> Rail:  # noqa: PLR0911 - one for each atom
        match atom:
            case c.Constant(value):
                return (ONES, ZERO) if value else (ZERO, ONES)
            case c.Flag(name):
                return self.load("true", name), self.load("false", name)
            case c.Answer(provision):
                return self.load("true", f"counsel:{provision}"), self.load("false", f"counsel:{provision}")
            case c.OneOf(name, codes):
                return self._known(self.some(self.load("value", name, code) for code in codes), name)
            case c.AboutElement(among):
                return self._known(self.load("value", among, element), among)
            case c.Within(name, among):
                members = [
                    self.both(self.load("value", name, code), self.load("value", among, code))
                    for code in range(len(self.facts[name].values))
                ]
                return self._known(self.some(members), name, among)
            case c.Compare():
                return self._compared(atom)
            case c.Sets():
                return self._sets(atom)
            case _:
                raise TypeError(f"no atom for words: {type(atom).__name__}")

    def _known(self, true: int, *names: str) -> Rail:
        """Return the rail of a test that is set only where these facts are known."""
        return true, self.rest(self.every(self.load("known", name) for name in names), true)

    def _compared(self, atom: c.Compare) -> Rail:
        left, right = atom.left, atom.right
        sides = [self.facts[side.fact] for side in (left, right) if isinstance(side, c.FactValue)]
        if not sides:
            return _literals(atom)
        names = [fact.name for fact in sides]
        if sides[0].type == "enum":
            first, second = self._one_hot(left, sides[0]), self._one_hot(right, sides[0])
            return self._known(self.some(map(self.both, first, second)), *names)
        order = self.orders.setdefault(atom, len(self.orders))
        known = self.every(self.load("known", name) for name in names)
        true = self.both(known, self.step("order", order))
        return true, self.rest(known, true)

    def _sets(self, atom: c.Sets) -> Rail:
        left, right = atom.left, atom.right
        facts = [self.facts[side.fact] for side in (left, right) if isinstance(side, c.FactValue)]
        if not facts:
            return _literals(atom)
        first, second = self._one_hot(left, facts[0]), self._one_hot(right, facts[0])
        names = [fact.name for fact in facts]
        if atom.op == "meets":
            return self._known(self.some(map(self.both, first, second)), *names)
        breaches = self._beyond(first, second, right)
        if atom.op == "equals":
            breaches = self.either(breaches, self._beyond(second, first, left))
        known = self.every(self.load("known", name) for name in names)
        false = self.both(known, breaches)
        return self.rest(known, false), false

    def _beyond(self, members: list[int], bounds: list[int], bound: c.Operand) -> int:
        """Return where a member stands that the bound, where it is known, does not have."""
        known = self.load("known", bound.fact) if isinstance(bound, c.FactValue) else ONES
        return self.some(self.both(one, self.rest(known, other)) for one, other in zip(members, bounds, strict=True))

    def _one_hot(self, operand: c.Operand, fact: Fact) -> list[int]:
        """Return for each value of an enum, or member of a set, where the operand has it."""
        codes = range(len(fact.values))
        if isinstance(operand, c.FactValue):
            return [self.load("value", operand.fact, code) for code in codes]
        held = 1 << operand.value if fact.type == "enum" else operand.value
        return [ONES if held >> code & 1 else ZERO for code in codes]


def _literals(atom: c.Compare | c.Sets) -> Rail:
    """Settle a comparison of two literals."""
    holds = c.evaluate(atom, c.Given({}, {}, "", "", 0))[0]
    return (ONES, ZERO) if holds else (ZERO, ONES)
