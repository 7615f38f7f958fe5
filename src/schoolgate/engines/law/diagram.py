"""Decision diagrams over unknown facts: small, exact, in pure Python.

A variable stands for an unknown fact, an answer of counsel, or one member of a set fact. Its classes are the
values that the conditions at hand can tell apart: two for a bool, groups of values for an enum, intervals for a
date or a number. A diagram is reduced and shared, so two conditions are equal in every completion exactly if
they are the same node, and a node depends exactly on the variables in it (Bryant 1986, for more than two values).

Facts that are compared with each other share a list of points rich enough to order them in every way.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from schoolgate.engines.law import condition as c
from schoolgate.engines.law.vocabulary import NUMBER_LIMIT, Coded, Fact, parse_date

__all__ = ["FALSE", "TRUE", "Diagram", "OverBudgetError", "Values", "Variable"]

FALSE: Final = 0
TRUE: Final = 1
TERMINALS: Final = 2
FIRST_DAY: Final = parse_date("1900-01-01").toordinal()
LAST_DAY: Final = parse_date("2199-12-31").toordinal()


class OverBudgetError(Exception):
    """A diagram outgrew its budget; whoever asked must answer `ask`."""


@dataclass(frozen=True, slots=True)
class Values:
    """One class of a variable: coded values that the conditions do not tell apart.

    Attributes:
        codes: the values of an enum, 0 or 1 for a bool, an answer and a member; for a date or a number a
            representative.
        low: the first value of an interval; None if it has no beginning. Both are None where `codes` says all.
        high: the last value of an interval; None if it has no end.
    """

    codes: tuple[int, ...]
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """What a level of a diagram branches on.

    Attributes:
        about: the fact or the answer of counsel.
        member: the position in a set fact; None for the other types.
    """

    about: c.Open
    member: int | None
    classes: tuple[Values, ...]


@dataclass(slots=True)
class _Uses:
    """What the conditions ask of one unknown fact."""

    groups: set[frozenset[int]] = field(default_factory=set)
    cuts: set[int] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    apart: bool = False


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
        self._uses: dict[c.Open, _Uses] = {}
        self._linked: dict[str, str] = {}
        for condition, bit in conditions:
            self._note(condition, bit)
        self.variables: list[Variable] = []
        self._level: dict[tuple[c.Open, int | None], int] = {}
        for about in sorted(self._uses, key=order):
            for variable in self._variables(about):
                self._level[about, variable.member] = len(self.variables)
                self.variables.append(variable)
        self.nodes: list[tuple[int, tuple[int, ...]]] = [(len(self.variables), ())] * TERMINALS
        self._unique: dict[tuple[int, tuple[int, ...]], int] = {}
        self._applied: dict[tuple[int, int, int], int] = {}
        self._supports: dict[int, frozenset[c.Open]] = {}

    # --- Variables ---------------------------------------------------------------------------------------------

    def _note(self, condition: c.Condition, bit: int) -> None:
        parts = c.parts_of(condition)
        for part in parts:
            self._note(part, bit)
        if not parts:
            self._note_atom(condition, bit)

    def _note_atom(self, atom: c.Condition, bit: int) -> None:
        match atom:
            case c.Answer(provision):
                if provision not in self.answers:
                    self._of(atom)
            case c.Flag(fact):
                self._of_fact(fact)
            case c.OneOf(fact, codes):
                self._of_fact(fact).groups.add(frozenset(codes))
            case c.AboutElement(among):
                self._of_fact(among).members.add(bit)
            case c.Within(fact, among):
                self._note_within(fact, among)
            case c.Sets(_, left, right):
                self._note_sets(atom, left, right)
            case c.Compare(op, left, right):
                self._note_compare(op, left, right)
            case _:
                pass

    def _of(self, about: c.Open) -> _Uses:
        return self._uses.setdefault(about, _Uses())

    def _of_fact(self, fact: str) -> _Uses:
        return self._of(c.FactValue(fact)) if self.known.get(fact) is None else _Uses()

    def _note_within(self, fact: str, among: str) -> None:
        code, mask = self.known.get(fact), self.known.get(among)
        size = len(self.facts[fact].values)
        if mask is not None:
            self._of_fact(fact).groups.add(frozenset(_bits(mask)))
        else:
            self._of_fact(fact).apart = True
            self._of_fact(among).members |= set(range(size)) if code is None else {code}

    def _note_sets(self, atom: c.Sets, left: c.Operand, right: c.Operand) -> None:
        one, two = self._code(left), self._code(right)
        for operand, other, is_left in ((left, two, True), (right, one, False)):
            if not isinstance(operand, c.FactValue) or self._code(operand) is not None:
                continue
            every = set(range(len(self.facts[operand.fact].values)))
            members = every
            if other is not None and atom.op == "meets":
                members = set(_bits(other))
            elif other is not None and atom.op == "within":
                members = every - set(_bits(other)) if is_left else set(_bits(other))
            self._of(operand).members |= members

    def _note_compare(self, op: str, left: c.Operand, right: c.Operand) -> None:
        one, two = self._code(left), self._code(right)
        unknown = [side for side in (left, right) if isinstance(side, c.FactValue) and self._code(side) is None]
        if len(unknown) == TERMINALS:
            for side in unknown:
                self._of(side).apart = True
            self._link(unknown[0].fact, unknown[1].fact)
        elif unknown and (code := two if one is None else one) is not None:
            uses = self._of(unknown[0])
            if self.facts[unknown[0].fact].type == "enum":
                uses.groups.add(frozenset({code}))
            elif op == "eq":
                uses.cuts |= {code, code + 1}
            else:
                uses.cuts.add(code + ((op == "le") is (one is None)))

    def _link(self, one: str, two: str) -> None:
        self._linked[self._root(one)] = self._root(two)

    def _root(self, fact: str) -> str:
        while (above := self._linked.get(fact, fact)) != fact:
            fact = above
        return fact

    def _variables(self, about: c.Open) -> list[Variable]:
        uses = self._uses[about]
        truth = (Values((0,)), Values((1,)))
        if isinstance(about, c.Answer):
            return [Variable(about, None, truth)]
        fact = self.facts[about.fact]
        match fact.type:
            case "bool":
                return [Variable(about, None, truth)]
            case "set":
                return [Variable(about, member, truth) for member in sorted(uses.members)]
            case "enum":
                return [Variable(about, None, tuple(map(Values, _split(len(fact.values), uses))))]
            case _:
                return [Variable(about, None, self._spans(fact, uses))]

    def _spans(self, fact: Fact, uses: _Uses) -> tuple[Values, ...]:
        """Return intervals; for facts compared with each other, points enough to order them in every way."""
        first, last = (FIRST_DAY, LAST_DAY) if fact.type == "date" else (-NUMBER_LIMIT, NUMBER_LIMIT)
        root = self._root(fact.name)
        partners = [
            about.fact for about in self._uses if isinstance(about, c.FactValue) and self._root(about.fact) == root
        ]
        cuts = set(uses.cuts).union(*(self._uses[c.FactValue(name)].cuts for name in partners))
        edges = [first, *sorted(cut for cut in cuts if first < cut <= last), last + 1]
        if uses.apart:
            points = [p for low, after in pairwise(edges) for p in range(low, min(low + len(partners), after))]
            return tuple(Values((point,), point, point) for point in points)
        return tuple(
            Values((low,), None if low == first else low, None if after > last else after - 1)
            for low, after in pairwise(edges)
        )

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
        if len(set(children)) == 1:
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
            (left, lefts), (right, rights) = self.nodes[one], self.nodes[two]
            if left == right:
                children = tuple([self._apply(settles, a, b) for a, b in zip(lefts, rights, strict=True)])
            elif left < right:
                children = tuple([self._apply(settles, a, two) for a in lefts])
            else:
                children = tuple([self._apply(settles, one, b) for b in rights])
            node = self._applied[key] = self._node(min(left, right), children)
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
        level, children = self.nodes[node]
        return self._node(level, tuple([self.opposite(child) for child in children]))

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


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _split(size: int, uses: _Uses) -> list[tuple[int, ...]]:
    """Group the values of an enum that no condition tells apart."""
    if uses.apart:
        return [(code,) for code in range(size)]
    groups = sorted(map(sorted, uses.groups))
    alike: dict[tuple[bool, ...], list[int]] = {}
    for code in range(size):
        alike.setdefault(tuple(code in group for group in groups), []).append(code)
    return [tuple(codes) for codes in alike.values()]
