"""Elements that Kleene's logic leaves open: which are the same in every completion, and what the others wait for.

What is left of the undecided provisions becomes a decision diagram over the unknown facts. An element whose
diagram is constant is decided either way; the others depend on exactly the facts in theirs.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from schoolgate.engines.law.deciding.case import Case
from schoolgate.engines.law.deciding.diagram import FALSE, TERMINALS, TRUE, Diagram, OverBudgetError
from schoolgate.engines.law.deciding.program import Outcome, Program, outcomes, program_for
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.provision import LayerName, Provision
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import Coded

__all__ = ["Doubt", "Found", "Settled", "doubts_of", "settled_outcomes", "survey"]


_OF: Final[Mapping[int, Literal["permit", "deny"]]] = {TRUE: "permit", FALSE: "deny"}


@dataclass(frozen=True, slots=True)
class Found:
    """A provision that is not false, and for which elements it is true or unknown."""

    provision: Provision
    true: int
    unknown: int
    number: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The answer on which every completion of the facts agrees.

    Attributes:
        provisions: those in doubt that carry it between them, the ones of both sides.
        layers: the undecided layers that by themselves open, or stay shut, in every completion, with those of their
            doors that carry it.
    """

    outcome: Literal["permit", "deny"]
    provisions: tuple[str, ...]
    layers: Mapping[LayerName, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an element is undecided.

    Attributes:
        waits: the facts and answers on which it depends, with the undecided provisions that depend on them.
        settled: the answer if it depends on none.
        diagram: where `node` stands.
        node: when it is permitted; None if that would be too large to say, or a provision is broken.
    """

    waits: Mapping[c.Open, tuple[str, ...]]
    settled: Settled | None = None
    diagram: Diagram | None = field(default=None, repr=False, compare=False)
    node: int | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """An undecided provision as one element meets it; without a condition if it is broken."""

    provision: str
    condition: c.Condition | None
    bit: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Undecided doors of one layer, of which one must open; or, without a layer, a prohibition that must not hold."""

    parts: tuple[_Part, ...]
    layer: LayerName | None = None


def survey(program: Program, vector: tuple[Coded, ...], asked: int) -> tuple[list[Found], dict[str, str]]:
    """Return the provisions that are not false for the elements asked, and the broken ones with their error's type."""
    merged: dict[int, tuple[int, int]] = {}
    broken: dict[str, str] = {}
    for number, true, unknown, error in program.survey(vector, asked):
        before = merged.get(number, (0, 0))
        merged[number] = (before[0] | true, before[1] | unknown)
        if error is not None:
            broken[program.provisions[number].id] = type(error).__name__
    return [Found(program.provisions[number], *masks, number) for number, masks in merged.items()], broken


def settled_outcomes(rulebook: Rulebook, case: Case) -> dict[str, Outcome]:
    """Decide every element as `decide` does and say nothing else: `outcomes`, then what every completion agrees on.

    Raises:
        LawError: the case was parsed with another rulebook.
    """
    answers = outcomes(rulebook, case)
    asking = [name for name, answer in answers.items() if answer == "ask"]
    if asking and rulebook.either_way:
        program = program_for(rulebook, case.date, case.recipient)
        found, broken = survey(program, case.vector, case.asked)
        doubts = doubts_of(rulebook, case, program, found, asking=asking, broken=broken, reasons=False)
        answers |= {name: doubt.settled.outcome for name, doubt in doubts.items() if doubt.settled}
    return answers


def doubts_of(
    rulebook: Rulebook,
    case: Case,
    program: Program,
    found: Sequence[Found],
    *,
    asking: Iterable[str],
    broken: Collection[str],
    budget: int = 20_000,
    order: Callable[[c.Open], int] = lambda _: 0,
    reasons: bool = True,
) -> dict[str, Doubt]:
    """Say for each undecided element whether the unknown facts matter, and which of them do.

    Args:
        rulebook: the one the case was parsed with.
        case: what is known.
        program: the provisions for this day and recipient.
        found: the provisions that are not false.
        asking: the undecided elements; no layer of theirs is shut and no prohibition holds.
        broken: provisions whose evaluation failed. No answer mends them: an element that depends on one stays
            undecided, and waits for what its other provisions wait for.
        budget: how many nodes the diagrams may have; beyond it the answer is Kleene's.
        order: sorts the unknowns in the diagrams, the smallest on top.
        reasons: whether to say which provisions wait and which carry an answer; a search needs the nodes alone.

    Linear in the conditions left, and in the nodes that their diagrams take: exponential at worst.
    """
    bits = rulebook.vocabulary.element_bits
    left = _Left(rulebook, case, program, broken)
    doors = {
        layer: [f for f in found if f.provision.effect == "door" and f.provision.layer == layer]
        for layer in program.layers
    }
    bars = [f for f in found if f.provision.effect == "prohibition"]
    groups = {name: tuple(_groups(doors, bars, bits[name], left)) for name in asking}
    parts = [part for every in groups.values() for group in every for part in group.parts]
    try:
        diagram = Diagram(
            rulebook.facts, left.known, case.counsel_answers, _conditions(parts), order=order, budget=budget
        )
        nodes = _Nodes(diagram)
        alike: dict[tuple[tuple[str, int, int], ...], Doubt] = {}
        doubts: dict[str, Doubt] = {}
        for name, every in groups.items():
            key = tuple([(part.provision, id(part.condition), part.bit) for group in every for part in group.parts])
            if key not in alike:
                alike[key] = _doubt(nodes, every, reasons=reasons)
            doubts[name] = alike[key]
        return doubts  # noqa: TRY300 - what is above may be over budget
    except OverBudgetError:
        return {name: Doubt(_kleene(every, left, name)) for name, every in groups.items()}


class _Left:
    """What is left of a provision's condition when the known facts are put in."""

    def __init__(self, rulebook: Rulebook, case: Case, program: Program, broken: Collection[str]) -> None:
        self.broken = {number for number, one in enumerate(program.provisions) if one.id in broken}
        self.known = dict(zip(rulebook.facts, case.vector, strict=False))
        self.case = case
        self.clauses = program.clauses
        self.kept: dict[tuple[int, int, int, tuple[int, ...]], c.Condition] = {}

    def of(self, number: int, bit: int) -> tuple[c.Condition | None, int]:
        """Return it for one element, with a position that is the same for all elements it treats alike."""
        if number in self.broken:
            return None, -1
        try:
            return self._of(number, bit)
        except Exception:  # noqa: BLE001 - the generated test did not get as far as the part that is broken
            return None, -1

    def _of(self, number: int, bit: int) -> tuple[c.Condition, int]:
        clause = self.clauses[number]
        case = next(n for n, (mask, _) in enumerate(clause.cases) if mask >> bit & 1)
        mask, condition = clause.cases[case]
        sets = clause.among[case]
        spot = -1
        signs: tuple[int, ...] = ()
        if sets:
            masks = [self.known.get(name) for name in sets]
            signs = tuple([0 if one is None else one >> bit & 1 for one in masks])
            spot = bit if None in masks else -1
        key = (number, mask, spot, signs)
        if key not in self.kept:
            given = c.Given(self.known, self.case.counsel_answers, self.case.recipient, "", bit)
            self.kept[key] = c.simplify(condition, lambda atom: c.value_of(atom, given))
        return self.kept[key], spot


def _groups(
    doors: Mapping[LayerName, Sequence[Found]], bars: Sequence[Found], bit: int, left: _Left
) -> Iterator[_Group]:
    for layer, found in doors.items():
        if not any(f.true >> bit & 1 for f in found):
            parts = [_Part(f.provision.id, *left.of(f.number, bit)) for f in found if f.unknown >> bit & 1]
            yield _Group(tuple(parts), layer)
    for f in bars:
        if f.unknown >> bit & 1:
            yield _Group((_Part(f.provision.id, *left.of(f.number, bit)),))


class _Nodes:
    """The diagram's nodes of parts; the same part is built once."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.built: dict[tuple[int, int], int] = {}
        self.joined: dict[tuple[bool, tuple[tuple[int, int], ...]], int] = {}

    def of(self, part: _Part) -> int:
        key = (id(part.condition), part.bit)
        if key not in self.built:
            self.built[key] = FALSE if part.condition is None else self.diagram.of(part.condition, part.bit)
        return self.built[key]

    def of_group(self, group: _Group) -> int:
        key = (group.layer is None, tuple([(id(part.condition), part.bit) for part in group.parts]))
        if key not in self.joined:
            node = self.diagram.any(map(self.of, group.parts))
            self.joined[key] = self.diagram.opposite(node) if group.layer is None else node
        return self.joined[key]


def _conditions(parts: Iterable[_Part]) -> list[tuple[c.Condition, int]]:
    """Return the conditions in the order of appearance, those that stand there as the same object once."""
    once = {(id(part.condition), part.bit): part for part in parts}
    return [(part.condition, part.bit) for part in once.values() if part.condition is not None]


def _doubt(nodes: _Nodes, groups: tuple[_Group, ...], *, reasons: bool) -> Doubt:
    diagram = nodes.diagram
    every = [part for group in groups for part in group.parts]
    parts = {part.provision: nodes.of(part) for part in every}
    if any(part.condition is None for part in every):
        return Doubt(_waits(diagram, parts))
    # The prohibitions stand last and are small: joined first, they keep the doors' diagrams small.
    node = diagram.all(map(nodes.of_group, reversed(groups)))
    if not reasons:
        return Doubt({}, None if node >= TERMINALS else Settled(_OF[node], (), {}), diagram, node)
    if node >= TERMINALS:
        support = diagram.support(node)
        waits = {about: names for about, names in _waits(diagram, parts).items() if about in support}
        return Doubt(waits, None, diagram, node)
    carrying = _carrying(nodes, groups, node)
    layers = {
        group.layer: tuple(part.provision for part in group.parts)
        for group in carrying
        if group.layer is not None and nodes.of_group(group) == node
    }
    provisions = tuple(dict.fromkeys(part.provision for group in carrying for part in group.parts))
    settled = Settled(_OF[node], provisions, layers)
    return Doubt(_waits(diagram, parts), settled, diagram, node)


def _waits(diagram: Diagram, parts: Mapping[str, int]) -> dict[c.Open, tuple[str, ...]]:
    waits: dict[c.Open, list[str]] = {}
    for name, node in parts.items():
        for about in diagram.support(node):
            waits.setdefault(about, []).append(name)
    return {about: tuple(sorted(names)) for about, names in waits.items()}


def _carrying(nodes: _Nodes, groups: tuple[_Group, ...], node: int) -> list[_Group]:
    """Leave out what can be left out: the groups, or their doors, that remain make the answer constant together."""
    diagram = nodes.diagram
    if node == FALSE:
        kept = list(groups)
        for group in groups:
            rest = [one for one in kept if one is not group]
            if diagram.all(map(nodes.of_group, rest)) == FALSE:
                kept = rest
        return kept
    carrying = []
    for group in groups:
        doors = list(group.parts)
        for part in group.parts:
            others = [one for one in doors if one is not part]
            if group.layer is not None and diagram.any(map(nodes.of, others)) == TRUE:
                doors = others
        carrying.append(_Group(tuple(doors), group.layer))
    return carrying


def _kleene(groups: tuple[_Group, ...], left: _Left, element: str) -> dict[c.Open, tuple[str, ...]]:
    waits: dict[c.Open, list[str]] = {}
    for part in (part for group in groups for part in group.parts):
        if part.condition is not None:
            given = c.Given(left.known, left.case.counsel_answers, left.case.recipient, element, max(part.bit, 0))
            for about in c.evaluate(part.condition, given)[1]:
                waits.setdefault(about, []).append(part.provision)
    return {about: tuple(sorted(names)) for about, names in waits.items()}
