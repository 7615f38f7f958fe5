"""Decision diagrams over unknown facts: small, exact, in pure Python.

A variable stands for an unknown fact, an answer of counsel, or one member of a set fact. Its classes are the
values that the conditions at hand can tell apart: two for a bool, groups of values for an enum, intervals for a
date or a number. A diagram is reduced and shared, so two conditions are equal in every completion exactly if
they are the same node, and a node depends exactly on the variables in it (Bryant 1986, for more than two values).

Facts that are compared with each other share a list of points rich enough to order them in every way.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Final

from schoolgate.engines.law.deciding.variables import variables_of
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.vocabulary import Coded, Fact

__all__ = ["FALSE", "TERMINALS", "TRUE", "Diagram", "OverBudgetError"]

FALSE: Final = 0
TRUE: Final = 1
TERMINALS: Final = 2


class OverBudgetError(Exception):
    """A diagram outgrew its budget; whoever asked must answer `ask`."""


class Diagram:
    """Diagrams of one set of conditions over the unknowns in them.

    Args:
        facts: the vocabulary's facts.
        known: coded values by fact; None or absent is unknown.
        answers: counsel's answers that are known.
        conditions: pairs of a condition and the position of the element that it speaks of.
        order: sorts the unknowns, the smallest on top; by default they stand in the order of appearance.
        budget: how many nodes may be made before `OverBudgetError`.
    """

    def __init__(
        self,
        facts: Mapping[str, Fact],
        known: Mapping[str, Coded],
        answers: Mapping[str, bool],
        conditions: Iterable[tuple[c.Condition, int]],
        *,
        order: Callable[[c.Open], int] = lambda _: 0,
        budget: int = 20_000,
    ) -> None:
        self.facts = facts
        self.known = known
        self.answers = answers
        self.budget = budget
        self.variables = variables_of(facts, known, answers, conditions, order)
        self._level = {(one.about, one.member): level for level, one in enumerate(self.variables)}
        self.nodes: list[tuple[int, tuple[int, ...]]] = [(len(self.variables), ())] * TERMINALS
        self._unique: dict[tuple[int, tuple[int, ...]], int] = {}
        self._applied: dict[tuple[int, int, int], int] = {}
        self._supports: dict[int, frozenset[c.Open]] = {}
        self._opposites: dict[int, int] = {}

    @cached_property
    def places(self) -> list[tuple[str, int | None, Mapping[int, int]]]:
        """For each level the name and the member it branches on, and the child that each coded value leads to."""
        return [
            (one.name, one.member, {code: n for n, values in enumerate(one.classes) for code in values.codes})
            for one in self.variables
        ]

    # --- Nodes -------------------------------------------------------------------------------------------------

    def of(self, condition: c.Condition, bit: int) -> int:  # noqa: PLR0911 - one for each kind of node
        """Return the node of a condition about the element at a position.

        Raises:
            OverBudgetError: it would take too many nodes.
        """
        match condition:
            case c.Constant(value):
                return int(value)
            case c.Not(part) if not c.parts_of(part):
                return self._atom(part, bit, wanted=False)
            case c.Not(part):
                return self.of(c.negate(part), bit)
            case c.All(parts):
                return self.all(self.of(part, bit) for part in parts)
            case c.Any(parts):
                return self.any(self.of(part, bit) for part in parts)
            case c.If(test, then, otherwise):
                yes = self.all((self.of(test, bit), self.of(then, bit)))
                return self.any((yes, self.all((self.of(c.negate(test), bit), self.of(otherwise, bit)))))
            case _:
                return self._atom(condition, bit, wanted=True)

    def all(self, nodes: Iterable[int]) -> int:
        """Return the node that holds where every one of these holds."""
        return self._fold(FALSE, nodes)

    def any(self, nodes: Iterable[int]) -> int:
        """Return the node that holds where one of these holds."""
        return self._fold(TRUE, nodes)

    def _fold(self, settles: int, nodes: Iterable[int]) -> int:
        joined = 1 - settles
        for node in nodes:
            joined = self._apply(settles, joined, node)
            if joined == settles:
                break
        return joined

    def support(self, node: int) -> frozenset[c.Open]:
        """Return the facts and answers that the node depends on: all of them, and no other."""
        known = self._supports.get(node)
        if known is None:
            seen: set[int] = set()
            rest = [node]
            while rest:
                here = rest.pop()
                if here not in seen and here >= TERMINALS:
                    seen.add(here)
                    rest += self.nodes[here][1]
            known = self._supports[node] = frozenset(self.variables[self.nodes[one][0]].about for one in seen)
        return known

    def _node(self, level: int, children: tuple[int, ...]) -> int:
        if children.count(children[0]) == len(children):
            return children[0]
        key = (level, children)
        node = self._unique.get(key)
        if node is None:
            if len(self.nodes) > self.budget:
                raise OverBudgetError
            node = self._unique[key] = len(self.nodes)
            self.nodes.append(key)
        return node

    def _apply(self, settles: int, one: int, two: int) -> int:
        if settles in (one, two):
            return settles
        if one < TERMINALS or one == two:
            return two
        if two < TERMINALS:
            return one
        key = (settles, one, two) if one < two else (settles, two, one)
        node = self._applied.get(key)
        if node is None:
            apply = self._apply
            (left, lefts), (right, rights) = self.nodes[one], self.nodes[two]
            if left < right:
                node = self._node(left, tuple([apply(settles, a, two) for a in lefts]))
            elif left > right:
                node = self._node(right, tuple([apply(settles, one, b) for b in rights]))
            else:
                node = self._node(left, tuple([apply(settles, a, b) for a, b in zip(lefts, rights, strict=True)]))
            self._applied[key] = node
        return node

    # --- Atoms -------------------------------------------------------------------------------------------------

    def _code(self, operand: c.Operand) -> Coded:
        return operand.value if isinstance(operand, c.Code) else self.known.get(operand.fact)

    def _where(self, about: c.Open, test: Callable[[int], bool], member: int | None = None) -> int:
        level = self._level[about, member]
        return self._node(level, tuple([int(test(one.codes[0])) for one in self.variables[level].classes]))

    def _atom(self, atom: c.Condition, bit: int, *, wanted: bool) -> int:
        node = self._positive(atom, bit)
        return node if wanted else self.opposite(node)

    def opposite(self, node: int) -> int:
        """Return the node that holds where this one does not."""
        if node < TERMINALS:
            return 1 - node
        known = self._opposites.get(node)
        if known is None:
            level, children = self.nodes[node]
            known = self._opposites[node] = self._node(level, tuple([self.opposite(child) for child in children]))
        return known

    def _positive(self, atom: c.Condition, bit: int) -> int:  # noqa: PLR0911 - one for each atom
        match atom:
            case c.Constant(value):
                return int(value)
            case c.Answer(provision):
                known = self.answers.get(provision)
                return self._where(atom, bool) if known is None else int(known)
            case c.Flag(fact):
                return self._value(fact, bool)
            case c.OneOf(fact, codes):
                return self._value(fact, lambda code: code in codes)
            case c.AboutElement(among):
                return self._member(among, bit)
            case c.Within(fact, among):
                code = self.known.get(fact)
                options = range(len(self.facts[fact].values)) if code is None else (code,)
                return self.any(
                    self.all((self._value(fact, lambda value, one=one: value == one), self._member(among, one)))  # type: ignore[misc]
                    for one in options
                )
            case c.Compare(op, left, right):
                return self._compared(op, left, right)
            case c.Sets(op, left, right):
                return self._sets(op, left, right)
            case _:
                raise TypeError(f"no atom of a diagram: {type(atom).__name__}")

    def _value(self, fact: str, test: Callable[[int], bool]) -> int:
        code = self.known.get(fact)
        return self._where(c.FactValue(fact), test) if code is None else int(test(code))

    def _member(self, among: str, member: int) -> int:
        mask = self.known.get(among)
        return self._where(c.FactValue(among), bool, member) if mask is None else mask >> member & 1

    def _compared(self, op: str, left: c.Operand, right: c.Operand) -> int:
        one, two = self._code(left), self._code(right)
        tests: Mapping[str, Callable[[int, int], bool]] = {"lt": int.__lt__, "le": int.__le__, "eq": int.__eq__}
        test = tests[op]
        if one is not None and two is not None:
            return int(test(one, two))
        if two is not None and isinstance(left, c.FactValue):
            return self._where(left, lambda value: test(value, two))
        if one is not None and isinstance(right, c.FactValue):
            return self._where(right, lambda value: test(one, value))
        if not isinstance(left, c.FactValue) or not isinstance(right, c.FactValue):
            raise TypeError("a code has a value")
        if left == right:
            return int(op != "lt")
        points = self.variables[self._level[left, None]].classes
        return self.any(
            self.all(
                (
                    self._where(left, lambda value, at=at: value == at),  # type: ignore[misc]
                    self._where(right, lambda value, at=at: test(at, value)),  # type: ignore[misc]
                )
            )
            for at in (point.codes[0] for point in points)
        )

    def _sets(self, op: str, left: c.Operand, right: c.Operand) -> int:
        def holds(operand: c.Operand, member: int) -> int:
            code = self._code(operand)
            if code is not None:
                return code >> member & 1
            assert isinstance(operand, c.FactValue)  # noqa: S101 - a code has a value
            key = (operand, member)
            return self._where(operand, bool, member) if key in self._level else FALSE

        names = [side.fact for side in (left, right) if isinstance(side, c.FactValue)]
        members = range(len(self.facts[names[0]].values))
        pairs = ((holds(left, member), holds(right, member)) for member in members)
        if op == "meets":
            return self.any(self.all(pair) for pair in pairs)
        if op == "within":
            return self.all(self.any((self.opposite(one), two)) for one, two in pairs)
        return self.all(
            self.any((self.all((one, two)), self.all((self.opposite(one), self.opposite(two))))) for one, two in pairs
        )
