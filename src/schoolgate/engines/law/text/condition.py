"""The tree of a provision's condition, and three-valued logic over it.

A value is True, False or None (unknown), after Kleene: an unknown part leaves the whole unknown only if the
other parts do not settle it. Every operation is monotone: a fact that becomes known never changes True or
False.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from schoolgate.engines.law.text.vocabulary import Coded

__all__ = [
    "AboutElement",
    "All",
    "Answer",
    "Any",
    "Code",
    "Compare",
    "Condition",
    "Constant",
    "ElementIn",
    "FactValue",
    "Flag",
    "Given",
    "If",
    "Not",
    "OneOf",
    "Open",
    "RecipientIn",
    "Sets",
    "Within",
    "depth_of",
    "evaluate",
    "negate",
    "parts_of",
    "simplify",
    "size_of",
    "value_of",
    "walk",
]


@dataclass(frozen=True, slots=True)
class FactValue:
    """The coded value of a fact."""

    fact: str


@dataclass(frozen=True, slots=True)
class Code:
    """A coded literal: a position, a day number, a number, or a mask of positions."""

    value: int


Operand = FactValue | Code


@dataclass(frozen=True, slots=True)
class Constant:
    """True or false whatever the case."""

    value: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """A bool fact."""

    fact: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What counsel answered for a provision in this case."""

    provision: str


Open = FactValue | Answer  # what a question can be about


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds. One false part settles it."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    """Some part holds. One true part settles it."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class If:
    """Either branch by a test; with the test unknown, both branches must agree."""

    test: "Condition"
    then: "Condition"
    otherwise: "Condition"


@dataclass(frozen=True, slots=True)
class Compare:
    """Two numbers, days or enum values."""

    op: Literal["eq", "lt", "le"]
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """An enum fact has one of these values, ascending."""

    fact: str
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The value of an enum fact is a member of a set fact over the same enum."""

    fact: str
    among: str


@dataclass(frozen=True, slots=True)
class Sets:
    """Two masks: the left within the right, meeting it, or equal to it."""

    op: Literal["within", "meets", "equals"]
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class AboutElement:
    """The element that is decided is a member of a set fact."""

    among: str


@dataclass(frozen=True, slots=True)
class ElementIn:
    """The element that is decided is one of these."""

    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class RecipientIn:
    """The recipient is of one of these kinds."""

    kinds: frozenset[str]


Condition = (
    Constant
    | Flag
    | Answer
    | Not
    | All
    | Any
    | If
    | Compare
    | OneOf
    | Within
    | Sets
    | AboutElement
    | ElementIn
    | RecipientIn
)


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all its parts."""
    yield condition
    for part in parts_of(condition):
        yield from walk(part)


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """Return the direct parts of a condition."""
    match condition:
        case Not(part):
            return (part,)
        case All(parts) | Any(parts):
            return parts
        case If(test, then, otherwise):
            return (test, then, otherwise)
        case _:
            return ()


def depth_of(condition: Condition) -> int:
    """Return how deep the condition is nested; an atom is 1."""
    return 1 + max((depth_of(part) for part in parts_of(condition)), default=0)


def size_of(condition: Condition) -> int:
    """Return how many truth tests it takes to write the condition out; an `If` doubles its parts."""
    size = sum(size_of(part) for part in parts_of(condition)) or 1
    return 2 * size if isinstance(condition, If) else size


def negate(condition: Condition) -> Condition:
    """Return the opposite with `Not` pushed down to the atoms; Kleene's laws make both equal."""
    match condition:
        case Constant(value):
            return Constant(not value)
        case Not(part):
            return part
        case All(parts):
            return Any(tuple(negate(part) for part in parts))
        case Any(parts):
            return All(tuple(negate(part) for part in parts))
        case If(test, then, otherwise):
            return If(test, negate(then), negate(otherwise))
        case _:
            return Not(condition)


def simplify(condition: Condition, settled: Callable[[Condition], bool | None]) -> Condition:
    """Replace the atoms that `settled` knows and remove what they settle; `Not` is pushed down on the way."""
    match condition:
        case Not(part):
            inner = simplify(part, settled)
            return negate(inner)
        case All(parts) | Any(parts):
            return _flatten(type(condition), [simplify(part, settled) for part in parts])
        case If(test, then, otherwise):
            chosen = simplify(test, settled)
            if isinstance(chosen, Constant):
                return simplify(then if chosen.value else otherwise, settled)
            yes, no = simplify(then, settled), simplify(otherwise, settled)
            return yes if yes == no else If(chosen, yes, no)
        case _:
            value = settled(condition)
            return condition if value is None else Constant(value)


def _flatten(kind: type[All] | type[Any], parts: list[Condition]) -> Condition:
    settles = kind is Any
    kept: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, Constant):
            if part.value is settles:
                return part
        elif isinstance(part, kind):
            kept.update(dict.fromkeys(part.parts))
        else:
            kept[part] = None
    if not kept:
        return Constant(not settles)
    return next(iter(kept)) if len(kept) == 1 else kind(tuple(kept))


@dataclass(frozen=True, slots=True)
class Given:
    """What is known when one element is decided.

    Attributes:
        facts: coded facts by name; an absent one is unknown.
        answers: counsel's answers by provision id.
        element_bit: the position of the element in a set of elements.
    """

    facts: Mapping[str, Coded]
    answers: Mapping[str, bool]
    recipient: str
    element: str
    element_bit: int


def evaluate(  # noqa: PLR0911 - one for each kind of node
    condition: Condition, given: Given
) -> tuple[bool | None, frozenset[Open]]:
    """Return the value, and if it is unknown the facts and answers that leave it so.

    Parts that another part has settled contribute nothing. Linear in the size of the condition.
    """
    match condition:
        case Not(part):
            value, open_facts = evaluate(part, given)
            return (None if value is None else not value), open_facts
        case All(parts):
            return _junction([evaluate(part, given) for part in parts], settles=False)
        case Any(parts):
            return _junction([evaluate(part, given) for part in parts], settles=True)
        case If(test, then, otherwise):
            chosen, open_facts = evaluate(test, given)
            if chosen is not None:
                return evaluate(then if chosen else otherwise, given)
            (yes, more), (no, others) = evaluate(then, given), evaluate(otherwise, given)
            if yes is not None and yes is no:
                return yes, frozenset()
            return None, open_facts | more | others
        case _:
            value = value_of(condition, given)
            return value, frozenset() if value is not None else _unknowns(condition, given)


def _junction(
    results: list[tuple[bool | None, frozenset[Open]]], *, settles: bool
) -> tuple[bool | None, frozenset[Open]]:
    values = {value for value, _ in results}
    if settles in values:
        return settles, frozenset()
    if None in values:
        return None, frozenset().union(*(open_facts for value, open_facts in results if value is None))
    return not settles, frozenset()


def _operand(operand: Operand, given: Given) -> Coded:
    return operand.value if isinstance(operand, Code) else given.facts.get(operand.fact)


def value_of(condition: Condition, given: Given) -> bool | None:  # noqa: PLR0911 - one for each atom
    """Return the value of an atom; raise `TypeError` for anything else."""
    match condition:
        case Constant(value):
            return value
        case Flag(fact):
            flag = given.facts.get(fact)
            return flag if isinstance(flag, bool) else None
        case Answer(provision):
            return given.answers.get(provision)
        case OneOf(fact, codes):
            code = given.facts.get(fact)
            return None if code is None else code in codes
        case ElementIn(names):
            return given.element in names
        case RecipientIn(kinds):
            return given.recipient in kinds
        case AboutElement(among):
            mask = given.facts.get(among)
            return None if mask is None else bool(mask >> given.element_bit & 1)
        case Within(fact, among):
            code, mask = given.facts.get(fact), given.facts.get(among)
            return None if code is None or mask is None else bool(mask >> code & 1)
        case Compare(op, left, right) | Sets(op, left, right):
            one, two = _operand(left, given), _operand(right, given)
            return None if one is None or two is None else _compare(op, one, two)
        case _:
            raise TypeError(f"no atom: {type(condition).__name__}")


def _compare(op: str, one: int, two: int) -> bool:
    match op:
        case "lt":
            return one < two
        case "le":
            return one <= two
        case "within":
            return one & ~two == 0
        case "meets":
            return one & two != 0
        case _:
            return one == two


def _unknowns(atom: Condition, given: Given) -> frozenset[Open]:
    match atom:
        case Answer():
            return frozenset({atom})
        case Flag(fact) | OneOf(fact) | AboutElement(fact):
            return frozenset({FactValue(fact)})
        case Within(fact, among):
            names = {fact, among}
        case Compare(_, left, right) | Sets(_, left, right):
            names = {operand.fact for operand in (left, right) if isinstance(operand, FactValue)}
        case _:
            names = set()
    return frozenset(FactValue(name) for name in names if given.facts.get(name) is None)
