"""What a case leaves open, as variables with the values that some conditions can tell apart."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.vocabulary import NUMBER_LIMIT, Coded, Fact, parse_date

__all__ = ["Values", "Variable", "variables_of"]

FIRST_DAY: Final = parse_date("1900-01-01").toordinal()
LAST_DAY: Final = parse_date("2199-12-31").toordinal()
BOTH: Final = 2


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

    @property
    def name(self) -> str:
        """The fact, or the provision that counsel answers."""
        return self.about.fact if isinstance(self.about, c.FactValue) else self.about.provision


@dataclass(slots=True)
class _Uses:
    """What the conditions ask of one unknown fact."""

    groups: set[frozenset[int]] = field(default_factory=set)
    cuts: set[int] = field(default_factory=set)
    members: set[int] = field(default_factory=set)
    apart: bool = False


def variables_of(
    facts: Mapping[str, Fact],
    known: Mapping[str, Coded],
    answers: Mapping[str, bool],
    conditions: Iterable[tuple[c.Condition, int]],
    order: Callable[[c.Open], int],
) -> list[Variable]:
    """Return the variables of some conditions, in order; those of one set fact stand together.

    Args:
        facts: the vocabulary's facts.
        known: coded values by fact; None or absent is unknown.
        answers: counsel's answers that are known.
        conditions: pairs of a condition and the position of the element that it speaks of.
        order: sorts the unknowns; equal ones stand in the order of appearance.
    """
    collector = _Collector(facts, known, answers)
    for condition, bit in conditions:
        collector.note(condition, bit)
    return [variable for about in sorted(collector.uses, key=order) for variable in collector.variables(about)]


class _Collector:
    """Notes what conditions ask of each unknown."""

    def __init__(self, facts: Mapping[str, Fact], known: Mapping[str, Coded], answers: Mapping[str, bool]) -> None:
        self.facts = facts
        self.known = known
        self.answers = answers
        self.uses: dict[c.Open, _Uses] = {}
        self.linked: dict[str, str] = {}

    def note(self, condition: c.Condition, bit: int) -> None:
        parts = c.parts_of(condition)
        for part in parts:
            self.note(part, bit)
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
        return self.uses.setdefault(about, _Uses())

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
        if len(unknown) == BOTH:
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
        self.linked[self._root(one)] = self._root(two)

    def _root(self, fact: str) -> str:
        while (above := self.linked.get(fact, fact)) != fact:
            fact = above
        return fact

    def variables(self, about: c.Open) -> list[Variable]:
        uses = self.uses[about]
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
            about.fact for about in self.uses if isinstance(about, c.FactValue) and self._root(about.fact) == root
        ]
        cuts = set(uses.cuts).union(*(self.uses[c.FactValue(name)].cuts for name in partners))
        edges = [first, *sorted(cut for cut in cuts if first < cut <= last), last + 1]
        if uses.apart:
            points = [p for low, after in pairwise(edges) for p in range(low, min(low + len(partners), after))]
            return tuple(Values((point,), point, point) for point in points)
        return tuple(
            Values((low,), None if low == first else low, None if after > last else after - 1)
            for low, after in pairwise(edges)
        )

    def _code(self, operand: c.Operand) -> Coded:
        return operand.value if isinstance(operand, c.Code) else self.known.get(operand.fact)


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
