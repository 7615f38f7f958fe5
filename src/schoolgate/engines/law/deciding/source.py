"""Python source for the conditions of a rulebook, generated from condition trees.

The text holds nothing but operators, whole numbers, names of ours and names like `f<number>`: no word of a
rulebook ever reaches it, so no rulebook can write Python.

A condition becomes two ordinary truth tests: one for "is true", one for "is false". Neither holds when it is
unknown. Elements are bits of one mask, so one test serves all elements that a provision treats alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from schoolgate.engines.law.text import condition as c

__all__ = ["Clause", "Group", "decision_source", "survey_source"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One provision: its number in the program, and for which elements which condition speaks.

    Attributes:
        among: for each case, the set facts in which its condition looks for the element.
    """

    number: int
    cases: tuple[tuple[int, c.Condition], ...]
    among: tuple[frozenset[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look through the conditions once."""
        sets = (
            frozenset(part.among for part in c.walk(condition) if isinstance(part, c.AboutElement))
            for _, condition in self.cases
        )
        object.__setattr__(self, "among", tuple(sets))


@dataclass(frozen=True, slots=True)
class Group:
    """The doors of one layer."""

    clauses: tuple[Clause, ...]


class Writer:
    """Writes truth tests. `slots` gives each fact and each answer its position in a case's vector."""

    def __init__(self, slots: Mapping[c.Open, int]) -> None:
        self.slots = slots

    def name(self, known: c.Open) -> str:
        return f"f{self.slots[known]:d}"

    def operand(self, operand: c.Operand) -> str:
        return _number(operand.value) if isinstance(operand, c.Code) else self.name(operand)

    def true(self, condition: c.Condition) -> str:
        """Return the test that holds when the condition is true."""
        match condition:
            case c.All(parts):
                return _join(" and ", [self.true(part) for part in parts])
            case c.Any(parts):
                return _join(" or ", [self.true(part) for part in parts])
            case c.If(test, then, otherwise):
                yes, no = self.true(then), self.true(otherwise)
                known = [f"({self.true(test)} and {yes})", f"({self.false(test)} and {no})"]
                return _join(" or ", [*known, f"({yes} and {no})"])
            case c.Not(part):
                return self.atom(part, wanted=False)
            case _:
                return self.atom(condition, wanted=True)

    def false(self, condition: c.Condition) -> str:
        """Return the test that holds when the condition is false."""
        return self.true(c.negate(condition))

    def atom(self, atom: c.Condition, *, wanted: bool) -> str:
        match atom:
            case c.Constant(value):
                return repr(value is wanted)
            case c.Flag(fact):
                return f"{self.name(c.FactValue(fact))} is {wanted!r}"
            case c.Answer():
                return f"{self.name(atom)} is {wanted!r}"
            case c.AboutElement(among):
                return f"e{self.slots[c.FactValue(among)]:d} is {wanted!r}"
            case _:
                return self.comparison(atom, wanted=wanted)

    def comparison(self, atom: c.Condition, *, wanted: bool) -> str:
        match atom:
            case c.OneOf(fact, codes):
                known = "" if wanted else "None, "
                members = "".join(f"{_number(code)}, " for code in codes)
                return f"{self.name(c.FactValue(fact))} {'in' if wanted else 'not in'} ({known}{members})"
            case c.Within(fact, among):
                code, mask = self.name(c.FactValue(fact)), self.name(c.FactValue(among))
                return self.known([code, mask], f"{mask} >> {code} & 1 == {int(wanted)}")
            case c.Compare(op, left, right) | c.Sets(op, left, right):
                sides = [self.name(side) for side in (left, right) if isinstance(side, c.FactValue)]
                test = _TESTS[op, wanted].format(self.operand(left), self.operand(right))
                equal_to_code = wanted and op in ("eq", "equals") and len(sides) == 1  # None equals no code
                return f"({test})" if equal_to_code else self.known(sides, test)
            case _:
                raise TypeError(f"no atom for a test: {type(atom).__name__}")

    def known(self, names: list[str], test: str) -> str:
        return f"({''.join(f'{name} is not None and ' for name in dict.fromkeys(names))}{test})"


def _join(word: str, tests: list[str]) -> str:
    return f"({word.join(tests)})"


def _number(value: int) -> str:
    return f"({value:d})" if value < 0 else f"{value:d}"


_TESTS: Final[Mapping[tuple[str, bool], str]] = {
    ("eq", True): "{} == {}",
    ("eq", False): "{} != {}",
    ("lt", True): "{} < {}",
    ("lt", False): "{} >= {}",
    ("le", True): "{} <= {}",
    ("le", False): "{} > {}",
    ("within", True): "{} & ~{} == 0",
    ("within", False): "{} & ~{} != 0",
    ("meets", True): "{} & {} != 0",
    ("meets", False): "{} & {} == 0",
    ("equals", True): "{} == {}",
    ("equals", False): "{} != {}",
}


def decision_source(groups: Iterable[Group], bars: Iterable[Clause], slots: Mapping[c.Open, int]) -> str:
    """Return `decide(facts, asked) -> (permit, ask, defects)` over masks of elements.

    Lazy: an element whose layer is shut is looked at no more, nor one whose layer is open in that layer.
    """
    writer = Writer(slots)
    lines = [*_head("decide", slots), "    live = asked; doubt = 0; defects = ()"]
    door = Effects(among="rest", opened="rest &= ~m", unsure="maybe |= {}", leave="if not rest: break")
    bar = Effects(among="live", opened="live &= ~m", unsure="doubt |= {}")
    for group in groups:
        lines += ["    rest = live; maybe = 0", "    while rest:"]
        for clause in group.clauses:
            lines += _block(writer, clause, door, 8)
        lines += ["        break", "    live &= ~rest | maybe; doubt |= rest & maybe"]
        lines += ["    if not live: return 0, 0, defects"]
    for clause in bars:
        lines += _block(writer, clause, bar, 4)
    return "\n".join([*lines, "    return live & ~doubt, live & doubt, defects", ""])


def survey_source(clauses: Iterable[Clause], slots: Mapping[c.Open, int]) -> str:
    """Return `survey(facts, asked) -> [(number, true, unknown, error)]`: all but the false provisions."""
    writer = Writer(slots)
    lines = [*_head("survey", slots), "    found = []"]
    for clause in clauses:
        note = f"found.append(({clause.number:d}, "
        true, unknown, broken = (f"{note}{rest}))" for rest in ("m, 0, None", "0, {}, None", "0, {}, error"))
        effects = Effects("asked", true, unknown, broken)
        lines += _block(writer, clause, effects, 4)
    return "\n".join([*lines, "    return found", ""])


@dataclass(frozen=True, slots=True)
class Effects:
    """What a provision does to the masks; `{}` stands for the elements concerned.

    Attributes:
        among: the elements that are still looked at.
        opened: runs when the provision holds for the elements `m`.
        unsure: runs when that is unknown.
        broken: runs when the provision raised.
        leave: written after the provision, where nothing may be left to decide.
    """

    among: str
    opened: str
    unsure: str
    broken: str = ""
    leave: str = ""


def _head(name: str, slots: Mapping[c.Open, int]) -> list[str]:
    names = "".join(f"f{slot:d}, " for slot in sorted(slots.values()))
    return [f"def {name}(facts, asked):", f"    ({names}) = facts"]


def _block(writer: Writer, clause: Clause, effects: Effects, indent: int) -> list[str]:
    """Write one provision."""
    broken = effects.broken or f"{effects.unsure}; defects += (({clause.number:d}, error),)"
    pad = " " * indent
    lines: list[str] = []
    for mask, condition in clause.cases:
        scope = f"{effects.among} & {mask:d}"
        lines += [f"{pad}if {scope}:", f"{pad}    try:"]
        lines += _tests(writer, condition, effects, scope, indent + 8)
        lines += [f"{pad}    except Exception as error: {broken.format(f'({scope})')}"]
    if effects.leave and clause.cases:
        lines.append(pad + effects.leave)
    return lines


def _tests(writer: Writer, condition: c.Condition, effects: Effects, scope: str, indent: int) -> list[str]:
    """Write the tests of one condition, with the elements split by membership in the sets it speaks of."""
    lines: list[str] = []
    about = {part for part in c.walk(condition) if isinstance(part, c.AboutElement)}
    for slot in sorted(writer.slots[c.FactValue(atom.among)] for atom in about):
        pad = " " * indent
        split = f"((m{slot:d} & f{slot:d}, True), (m{slot:d} & ~f{slot:d}, False))"
        lines += [
            f"{pad}m{slot:d} = {scope}",
            f"{pad}for m{slot:d}, e{slot:d} in ((m{slot:d}, None),) if f{slot:d} is None else {split}:",
        ]
        scope, indent = f"m{slot:d}", indent + 4
    pad = " " * indent
    return [
        *lines,
        f"{pad}m = {scope}",
        f"{pad}if not m or {writer.false(condition)}: pass",
        f"{pad}elif {writer.true(condition)}: {effects.opened}",
        f"{pad}else: {effects.unsure.format('m')}",
    ]
