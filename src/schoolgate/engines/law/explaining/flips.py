"""The nearest changes that turn an outcome: what somebody could bring about, never another truth.

The facts that can be arranged are set free and the undecided rest becomes a decision diagram with them on top. A
way through it from the facts as they are costs what its changes cost, so the cheapest way is a shortest path
(Dijkstra 1959, on a diagram without cycles). Each paper is tried with what it brings. Every change that is
named is applied to the case and decided again before it is returned, and no part of it turns the outcome alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from types import MappingProxyType
from typing import Any, Final, Literal

from schoolgate.engines.kept import Kept
from schoolgate.engines.law.deciding.case import Case
from schoolgate.engines.law.deciding.decision import Answered, WholeOutcome, whole_of
from schoolgate.engines.law.deciding.diagram import FALSE, TRUE, Diagram
from schoolgate.engines.law.deciding.program import outcomes, program_for
from schoolgate.engines.law.deciding.settle import Doubt, doubts_of, settled_outcomes, survey
from schoolgate.engines.law.explaining.arrange import Arrangement, arrangements_for
from schoolgate.engines.law.explaining.paths import ANSWER, Known, Moves, Paths, Step, Steps, leads_to
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import Coded

__all__ = ["Change", "Flip", "Flips", "flips_of"]

MOST_CHANGES: Final = 6
MOST_FLIPS: Final = 12
MOST_PROVIDED: Final = 2
OWN: Final = -1  # a member of a set that is the element itself, so that elements can share a flip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to bring about.

    Attributes:
        before: the value now; None is unknown.
        after: the value it would have.
        members: of a set, the members that come or go.
        brings: the other facts that change with it, with their values.
        cost: 1 (a redaction) to 9 (a court).
    """

    fact: str
    before: Any
    after: Any
    members: tuple[str, ...]
    brings: tuple[tuple[str, Any], ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Flip:
    """A set of changes of which none can be left out.

    Attributes:
        outcome: what the elements would become.
        elements: those that would turn.
        whole: the outcome of the case as a whole after it.
        cost: what the changes take together.
        provided: answers to open questions that it needs besides.
    """

    outcome: Literal["permit", "deny"]
    elements: tuple[str, ...]
    changes: tuple[Change, ...]
    whole: WholeOutcome
    cost: int
    provided: tuple[Answered, ...] = ()


@dataclass(frozen=True, slots=True)
class Flips:
    """What would change the outcome.

    Attributes:
        flips: the nearest first: by cost, then by the number of elements; for every element that has one, its nearest.
        provided: for elements that no change alone would permit: changes that would do it with certain answers.
        never: elements that stay denied whatever is arranged and however the open questions are answered.
        unsearched: elements whose search would have taken too long.
    """

    flips: tuple[Flip, ...]
    provided: tuple[Flip, ...]
    never: tuple[str, ...]
    unsearched: tuple[str, ...]


def flips_of(rulebook: Rulebook, case: Case, arrangements: Mapping[str, Arrangement] | None = None) -> Flips:
    """Search the nearest flips of every element of a case: what would permit it, or deny what is permitted.

    Args:
        rulebook: the one the case was parsed with.
        case: the facts as they are.
        arrangements: what can be brought about; by default what comes with the program.

    Raises:
        LawError: the case was parsed with another rulebook.
    """
    now = settled_outcomes(rulebook, case)
    search = _Search(rulebook, case, arrangements)
    groups: dict[tuple[Literal["permit", "deny"], Steps], list[str]] = {}
    never, unsearched = [], []
    for name, outcome in now.items():
        wanted: Literal["permit", "deny"] = "deny" if outcome == "permit" else "permit"
        reach = search.reach(name, wanted)
        if reach is None:
            unsearched.append(name)
            continue
        if wanted == "permit" and not reach.possible:
            never.append(name)
        for steps in reach.ways:
            groups.setdefault((wanted, steps), []).append(name)
    found = [flip for (wanted, steps), names in groups.items() if (flip := search.flip(wanted, names, steps))]
    ranked = sorted(
        found,
        key=lambda flip: (
            flip.outcome == "deny",
            len(flip.provided),
            flip.cost,
            -len(flip.elements),
            len(flip.changes),
        ),
    )
    sure = _nearest([flip for flip in ranked if not flip.provided])
    return Flips(sure, _nearest([flip for flip in ranked if flip.provided]), tuple(never), tuple(unsearched))


def _nearest(ranked: list[Flip]) -> tuple[Flip, ...]:
    """Keep the first few, and the first one of every element."""
    kept: list[Flip] = []
    covered: set[str] = set()
    for flip in ranked:
        if len(kept) < MOST_FLIPS or not covered.issuperset(flip.elements):
            kept.append(flip)
            covered.update(flip.elements)
    return tuple(kept)


@dataclass(frozen=True, slots=True)
class _Reach:
    ways: tuple[Steps, ...]
    possible: bool


@dataclass(frozen=True, slots=True)
class _Opened:
    """A case whose arranged facts are set free: the elements that it decides all the same, and the diagrams of others.

    Nobody changes it once it is made: searches in several threads may walk through the same diagrams.
    """

    fixed: Mapping[str, int]
    doubts: Mapping[str, Doubt]


# A megabyte or two each; they make two thirds of what a search takes.
_OPEN: Final = Kept[tuple[object, ...], _Opened](16)


class _Search:
    """The diagrams of one case with its arranged facts set free."""

    def __init__(self, rulebook: Rulebook, case: Case, given: Mapping[str, Arrangement] | None) -> None:
        self.rulebook = rulebook
        self.case = case
        self.arrangements = arrangements = arrangements_for(rulebook.vocabulary) if given is None else given
        self.now = dict(zip([*rulebook.facts, *rulebook.counsel_ids], case.vector, strict=True))
        self.bits = rulebook.vocabulary.element_bits
        self.leads = frozenset(
            name for name, one in arrangements.items() if one.brings and rulebook.facts[name].type == "enum"
        )
        free = _with_facts(rulebook, case, dict.fromkeys(arrangements))
        # What else its facts leave open is the same for every case that differs in arranged facts alone.
        key = (rulebook.digest, rulebook.era(case.date), case.recipient, case.decided, free.vector)
        self.open = _OPEN.get(key, lambda: self._open(free)) if given is None else self._open(free)
        self.reached: dict[tuple[int, int], _Reach] = {}
        self.decided: dict[Steps, dict[str, str]] = {}
        self.known: dict[tuple[int, bool], Known] = {}
        self.states: dict[Steps, Mapping[str, Coded]] = {}
        self.led: dict[tuple[int, int, Steps], bool] = {}

    def _open(self, free: Case) -> "_Opened":
        outcome = outcomes(self.rulebook, free)
        fixed = {name: FALSE if said == "deny" else TRUE for name, said in outcome.items() if said != "ask"}
        return _Opened(fixed, self._doubts(free, [name for name, said in outcome.items() if said == "ask"]))

    def _doubts(self, free: Case, asking: list[str]) -> dict[str, Doubt]:
        if not asking:
            return {}
        program = program_for(self.rulebook, free.date, free.recipient)
        found, broken = survey(program, free.vector, free.asked)
        return doubts_of(
            self.rulebook, free, program, found, asking=asking, broken=broken, order=self._rank, reasons=False
        )

    def _rank(self, about: c.Open) -> int:
        """Put papers on top, then what else can be arranged, then what is only unknown."""
        if not isinstance(about, c.FactValue) or about.fact not in self.arrangements:
            return 2
        return 0 if about.fact in self.leads else 1

    def reach(self, element: str, wanted: Literal["permit", "deny"]) -> _Reach | None:
        """Return the ways to an outcome, and whether it can be had at all; None if that is not known."""
        end = TRUE if wanted == "permit" else FALSE
        if element in self.open.fixed:
            return _Reach((), self.open.fixed[element] == end)
        doubt = self.open.doubts[element]
        if doubt.diagram is None or doubt.node is None:
            return None
        key = (doubt.node, end)
        if key not in self.reached:
            self.reached[key] = self._reach(doubt.diagram, doubt.node, end)
        own = self.reached[key]
        return _Reach(tuple(_shared(self.rulebook, steps, element) for steps in own.ways), own.possible)

    def _reach(self, diagram: Diagram, node: int, end: int) -> _Reach:
        possible, ways = self._ways(diagram, node, end, answers=False)
        if possible and not ways and end == TRUE:
            _, ways = self._ways(diagram, node, end, answers=True)
            ways = [steps for steps in ways if any(step[0] in self.arrangements for step in steps)]
        return _Reach(tuple(ways), possible)

    def _ways(self, diagram: Diagram, node: int, end: int, *, answers: bool) -> tuple[bool, list[Steps]]:
        moves = Moves(self.arrangements, self.leads, answers)
        known = self.known.setdefault((id(diagram), answers), {})
        ways: dict[Steps, int] = {}
        possible = False
        for lead in self._leads(end):
            paths = Paths(diagram, end, self.after(lead), moves, known)
            possible = possible or paths.possible(node)
            best = paths.cheapest(node, frozenset())
            if best is None:
                continue
            ways[lead + best] = self._cost(lead + best)
            for step in best if not answers else ():
                other = paths.cheapest(node, frozenset({step[:2]}))
                if other is not None:
                    ways[lead + other] = self._cost(lead + other)
        short = [steps for steps in ways if len(steps) <= MOST_CHANGES]
        if answers:
            short = sorted(short, key=ways.__getitem__)[:MOST_PROVIDED]
        least = (self._least(diagram, node, end, steps) for steps in short)
        return possible, list(dict.fromkeys(steps for steps in least if steps))

    def _cost(self, steps: Steps) -> int:
        """Return what the changes take; an answer that is still open counts as far away."""
        costs = 0
        for fact, member, code in steps:
            arranged = self.arrangements.get(fact)
            costs += ANSWER if arranged is None else arranged.costs[code if member is None else member]
        return costs

    def _leads(self, end: int) -> Iterator[Steps]:
        """Yield the papers to begin with: the one at hand, then each that could be brought to open a door."""
        yield ()
        for fact in sorted(self.leads) if end == TRUE else ():
            for code in self.arrangements[fact].costs:
                if code != self.now.get(fact):
                    yield ((fact, None, code),)

    def _least(self, diagram: Diagram, node: int, end: int, steps: Steps) -> Steps:
        """Return the fewest of the changes that turn the outcome; none if they do not, or nothing has to change."""
        parts = chain.from_iterable(combinations(steps, size) for size in range(len(steps) + 1))
        return next((part for part in parts if self._leads_to(diagram, node, end, part)), ())

    def _leads_to(self, diagram: Diagram, node: int, end: int, steps: Steps) -> bool:
        key = (node, end, steps)
        if key not in self.led:
            self.led[key] = leads_to(diagram, node, end, self.after(steps))
        return self.led[key]

    def after(self, steps: Steps) -> Mapping[str, Coded]:
        """Return the facts after some changes, with what they bring; a change weighs more than what others bring."""
        if steps not in self.states:
            self.states[steps] = self._after(steps)
        return self.states[steps]

    def _after(self, steps: Steps) -> dict[str, Coded]:
        facts = dict(self.now)
        for fact, member, code in steps:
            if member is None and fact in self.arrangements:
                facts.update(self.arrangements[fact].brings.get(code, {}))
        for fact, member, code in steps:
            if member is None:
                declared = self.rulebook.facts.get(fact)
                facts[fact] = bool(code) if declared is None or declared.type == "bool" else code
            else:
                mask = facts.get(fact) or 0
                facts[fact] = mask | 1 << member if code else mask & ~(1 << member)
        return facts

    def flip(self, wanted: Literal["permit", "deny"], elements: Sequence[str], shared: Steps) -> Flip | None:
        """Apply changes to the case, decide it with the real program, and keep what really turned."""
        steps = tuple(dict.fromkeys(chain.from_iterable(_own(step, self.bits, elements) for step in shared)))
        if steps not in self.decided:
            facts = self.after(steps)
            changed = {name: code for name, code in facts.items() if code != self.now.get(name)}
            self.decided[steps] = dict(settled_outcomes(self.rulebook, _with_facts(self.rulebook, self.case, changed)))
        after = self.decided[steps]
        turned = tuple(name for name in elements if after[name] == wanted)
        if not turned:
            return None
        derived = {name: bool(self.rulebook.elements[name].hides_in) for name in after}
        whole = whole_of((outcome, derived[name]) for name, outcome in after.items())  # type: ignore[misc]
        changes = tuple(self._changes(tuple(step for step in steps if step[0] in self.arrangements)))
        provided = tuple(self._answered(step) for step in steps if step[0] not in self.arrangements)
        return Flip(wanted, turned, changes, whole, sum(change.cost for change in changes), provided)

    def _answered(self, step: Step) -> Answered:
        name, _, code = step
        fact = self.rulebook.facts.get(name)
        if fact is None:
            return Answered("counsel", name, (bool(code),))
        plain = bool(code) if fact.type == "bool" else fact.decode(code)
        if isinstance(plain, bool) or fact.type == "enum":
            return Answered("fact", name, (plain,))  # type: ignore[arg-type]
        return Answered("fact", name, low=plain, high=plain)  # type: ignore[arg-type]

    def _changes(self, steps: Steps) -> Iterator[Change]:
        after = self.after(steps)
        said = {fact for fact, _, _ in steps}
        for fact in dict.fromkeys(step[0] for step in steps):
            declared = self.rulebook.facts[fact]
            mine = [(member, code) for name, member, code in steps if name == fact]
            members = tuple(declared.values[member] for member, _ in mine if member is not None)
            costs = self.arrangements[fact].costs
            brought = self.arrangements[fact].brings.get(mine[0][1], {}) if not members else {}
            brings = tuple(
                (name, self.rulebook.facts[name].decode(code))
                for name, code in brought.items()
                if name not in said and self.now.get(name) != code
            )
            yield Change(
                fact,
                self.case.facts[fact],
                declared.decode(int(after[fact] or 0)) if declared.type != "bool" else bool(after[fact]),
                members,
                tuple((name, bool(v) if self.rulebook.facts[name].type == "bool" else v) for name, v in brings),
                max(costs[code if member is None else member] for member, code in mine),
            )


def _shared(rulebook: Rulebook, steps: Steps, element: str) -> Steps:
    """Write a member that is the element itself as OWN, so that elements with the same changes meet."""
    return tuple(
        (fact, OWN, code)
        if member is not None and rulebook.facts[fact].values[member] == element
        else (fact, member, code)
        for fact, member, code in steps
    )


def _own(step: Step, bits: Mapping[str, int], elements: Iterable[str]) -> Iterator[Step]:
    fact, member, code = step
    if member == OWN:
        for element in elements:
            yield (fact, bits[element], code)
    else:
        yield step


def _with_facts(rulebook: Rulebook, case: Case, changes: Mapping[str, Coded]) -> Case:
    """Return the case with some coded facts, or answers of counsel, changed; None is unknown."""
    vector = list(case.vector)
    plain = dict(case.facts)
    answers = dict(case.counsel_answers)
    for position, name in enumerate([*rulebook.facts, *rulebook.counsel_ids]):
        if name in changes:
            code = vector[position] = changes[name]
            if name in rulebook.facts:
                plain[name] = None if code is None else rulebook.facts[name].decode(code)
            elif code is not None:
                answers[name] = bool(code)
    return replace(case, vector=tuple(vector), facts=MappingProxyType(plain), counsel_answers=MappingProxyType(answers))
