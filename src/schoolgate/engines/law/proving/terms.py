"""Conditions as terms of an SMT solver, over every possible case at once.

Everything that a case can say is a variable: the recipient, the one element that is decided, each fact, each
answer of counsel. Kinds, enums and members of sets are one Bool each, with exactly one true where only one can
be; days and numbers are bounded integers. No term can fail, and no theory beyond linear comparison is needed.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import z3

from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, NUMBER_LIMIT, WHOLE_RECORD, Fact, Vocabulary

__all__ = ["FIRST_DAY", "LAST_DAY", "Terms"]

FIRST_DAY: Final = dt.date(1900, 1, 1).toordinal()
LAST_DAY: Final = dt.date(2199, 12, 31).toordinal()
WORK: Final = 50_000_000  # of the solver for one answer, in its own unit


class Terms:
    """The variables of a case, and what conditions say about them.

    Two rulebooks, or two readings of a case, can share one: `varied` gives a second case that differs from this
    one in some facts only.

    Attributes:
        axioms: what holds for every case; add them once.
        day: the day the information moves.
        askable: the element is one that a case may ask for, not a derived one.
        members: for enum and set facts, a Bool for each value.
        numbers: for dates and numbers, an integer.
        flags: for bool facts, a Bool.
    """

    def __init__(self, vocabulary: Vocabulary, counsel_ids: Iterable[str], *, prefix: str = "") -> None:
        self.vocabulary = vocabulary
        self.context = z3.Context()
        self.axioms: list[z3.BoolRef] = []
        self.true = z3.BoolVal(True, self.context)  # noqa: FBT003 - z3's own signature
        self.false = z3.BoolVal(False, self.context)  # noqa: FBT003 - the same
        self.recipients = {name: self._bool(f"{prefix}recipient={name}") for name in vocabulary.recipients}
        self.elements = {name: self._bool(f"{prefix}element={name}") for name in vocabulary.elements}
        self.answers = {name: self._bool(f"{prefix}counsel:{name}") for name in counsel_ids}
        self.flags: dict[str, z3.BoolRef] = {}
        self.numbers: dict[str, z3.ArithRef] = {}
        self.members: dict[str, tuple[z3.BoolRef, ...]] = {}
        self._about: dict[str, z3.BoolRef] = {}
        self._known: dict[tuple[c.Condition, bool], z3.BoolRef] = {}
        self._one_of(list(self.recipients.values()))
        self._one_of(list(self.elements.values()))
        for fact in vocabulary.facts.values():
            self._declare(fact, prefix)
        self.day: z3.ArithRef = (
            self.numbers[DISCLOSURE_DATE] if DISCLOSURE_DATE in self.numbers else self._day(f"{prefix}day")
        )
        self.askable = self.any(term for name, term in self.elements.items() if not vocabulary.elements[name].hides_in)

    def varied(self, facts: Collection[str], prefix: str) -> "Terms":
        """Return the variables of a second case, equal to this one but for these facts and the shared axioms.

        Its `axioms` are only those of the new variables.
        """
        other = object.__new__(Terms)
        other.__dict__.update(self.__dict__)
        other.axioms, other._about, other._known = [], {}, {}
        other.flags, other.numbers, other.members = dict(self.flags), dict(self.numbers), dict(self.members)
        for name in facts:
            other._declare(self.vocabulary.facts[name], prefix)
        return other

    def all(self, terms: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """Conjunction, lean: no coercion of arguments."""
        return self._joined(z3.Z3_mk_and, terms, self.true)

    def any(self, terms: Iterable[z3.BoolRef]) -> z3.BoolRef:
        """Disjunction, lean: no coercion of arguments."""
        return self._joined(z3.Z3_mk_or, terms, self.false)

    def no(self, term: z3.BoolRef) -> z3.BoolRef:
        """Negation, lean."""
        return z3.BoolRef(z3.Z3_mk_not(self.context.ref(), term.as_ast()), self.context)

    def of(self, condition: c.Condition, *, whole_record: bool = False) -> z3.BoolRef:
        """Return when a condition holds for the element of this case, or for the whole record.

        Linear in the size of the condition; equal parts are built once.
        """
        key = (condition, whole_record)
        term = self._known.get(key)
        if term is None:
            term = self._known[key] = self._of(condition, whole_record=whole_record)
        return term

    def equals(self, fact: str, code: int) -> z3.BoolRef:
        """Return when a fact has a coded value."""
        if fact in self.flags:
            return self.flags[fact] if code else self.no(self.flags[fact])
        if fact in self.numbers:
            return self.numbers[fact] == code
        if self.vocabulary.facts[fact].type == "enum":
            return self.members[fact][code]
        bits = self.members[fact]
        return self.all(bit if code >> position & 1 else self.no(bit) for position, bit in enumerate(bits))

    def same(self, other: "Terms", fact: str) -> z3.BoolRef:
        """Return when two cases state the same for a fact."""
        if fact in self.flags:
            return self.flags[fact] == other.flags[fact]
        if fact in self.numbers:
            return self.numbers[fact] == other.numbers[fact]
        pairs = zip(self.members[fact], other.members[fact], strict=True)
        return self.all(mine == theirs for mine, theirs in pairs)

    def solver(self) -> z3.Solver:
        """Return a solver that knows the axioms and gives up after a set amount of work, never of time."""
        solver = z3.SimpleSolver(self.context)
        solver.set("rlimit", WORK)
        solver.add(*self.axioms)
        return solver

    def _bool(self, name: str) -> z3.BoolRef:
        return z3.Bool(name, self.context)

    def _one_of(self, terms: Sequence[z3.BoolRef]) -> None:
        self.axioms.append(self.any(terms))
        if len(terms) > 1:
            self.axioms.append(z3.AtMost(*terms, 1))

    def _day(self, name: str) -> z3.ArithRef:
        day = z3.Int(name, self.context)
        self.axioms += [day >= FIRST_DAY, day <= LAST_DAY]
        return day

    def _declare(self, fact: Fact, prefix: str) -> None:
        name = f"{prefix}{fact.name}"
        if fact.type == "bool":
            self.flags[fact.name] = self._bool(name)
        elif fact.type in ("enum", "set"):
            self.members[fact.name] = tuple(self._bool(f"{name}={value}") for value in fact.values)
            if fact.type == "enum":
                self._one_of(self.members[fact.name])
        elif fact.type == "date":
            self.numbers[fact.name] = self._day(name)
        else:
            number = self.numbers[fact.name] = z3.Int(name, self.context)
            self.axioms += [number >= -NUMBER_LIMIT, number <= NUMBER_LIMIT]

    def _joined(self, make: Any, terms: Iterable[z3.BoolRef], nothing: z3.BoolRef) -> z3.BoolRef:  # noqa: ANN401 - C
        found = list(terms)
        if len(found) < 2:  # noqa: PLR2004 - two make a junction
            return found[0] if found else nothing
        array = (z3.Ast * len(found))(*[term.as_ast() for term in found])
        return z3.BoolRef(make(self.context.ref(), len(found), array), self.context)

    def _of(self, condition: c.Condition, *, whole_record: bool) -> z3.BoolRef:  # noqa: PLR0911 - one for each node
        match condition:
            case c.Not(part):
                return self.no(self.of(part, whole_record=whole_record))
            case c.All(parts):
                return self.all([self.of(part, whole_record=whole_record) for part in parts])
            case c.Any(parts):
                return self.any([self.of(part, whole_record=whole_record) for part in parts])
            case c.If():
                return z3.If(*[self.of(part, whole_record=whole_record) for part in c.parts_of(condition)])
            case c.ElementIn(names) if whole_record:
                return self.true if WHOLE_RECORD in names else self.false
            case c.AboutElement() if whole_record:
                return self.false
            case _:
                return self._atom(condition)

    def _atom(self, atom: c.Condition) -> z3.BoolRef:  # noqa: C901, PLR0911 - one line for each kind of atom
        match atom:
            case c.Constant(value):
                return self.true if value else self.false
            case c.Flag(fact):
                return self.flags[fact]
            case c.Answer(provision):
                return self.answers[provision]
            case c.OneOf(fact, codes):
                return self.any([self.members[fact][code] for code in codes])
            case c.RecipientIn(kinds):
                return self.any([self.recipients[kind] for kind in sorted(kinds)])
            case c.ElementIn(names):
                return self.any([self.elements[name] for name in sorted(names - {WHOLE_RECORD})])
            case c.AboutElement(among):
                return self._element_in(among)
            case c.Within(fact, among):
                pairs = zip(self.members[fact], self.members[among], strict=True)
                return self.any([self.all(pair) for pair in pairs])
            case c.Compare(op, left, right):
                return self._compare(op, left, right)
            case c.Sets(op, left, right):
                return self._sets(op, left, right)
            case _:
                raise TypeError(f"no atom: {type(atom).__name__}")

    def _element_in(self, among: str) -> z3.BoolRef:
        """Name it once: it is a large term that many provisions share."""
        term = self._about.get(among)
        if term is None:
            pairs = zip(self.elements.values(), self.members[among], strict=True)
            term = self._about[among] = self.any([self.all([element, member]) for element, member in pairs])
        return term

    def _compare(self, op: str, left: c.Operand, right: c.Operand) -> z3.BoolRef:
        names = [side.fact for side in (left, right) if isinstance(side, c.FactValue)]
        if names and names[0] in self.members:
            if len(names) == 1:
                code = left.value if isinstance(left, c.Code) else right.value if isinstance(right, c.Code) else -1
                return self.members[names[0]][code]
            pairs = zip(self.members[names[0]], self.members[names[1]], strict=True)
            return self.any([self.all(pair) for pair in pairs])
        one, two = self._number(left), self._number(right)
        return {"eq": lambda: one == two, "lt": lambda: one < two, "le": lambda: one <= two}[op]()

    def _number(self, operand: c.Operand) -> z3.ArithRef:
        if isinstance(operand, c.Code):
            return z3.IntVal(operand.value, self.context)
        return self.numbers[operand.fact]

    def _sets(self, op: str, left: c.Operand, right: c.Operand) -> z3.BoolRef:
        width = max(len(self.members[side.fact]) for side in (left, right) if isinstance(side, c.FactValue))
        pairs = list(zip(self._bits(left, width), self._bits(right, width), strict=True))
        match op:
            case "meets":
                return self.any([self.all(pair) for pair in pairs if self.false not in pair])
            case "within":
                return self.all([self.any([self.no(one), two]) for one, two in pairs])
            case _:
                return self.all([one == two for one, two in pairs])

    def _bits(self, operand: c.Operand, width: int) -> tuple[z3.BoolRef, ...]:
        if isinstance(operand, c.FactValue):
            return self.members[operand.fact]
        return tuple(self.true if operand.value >> bit & 1 else self.false for bit in range(width))
