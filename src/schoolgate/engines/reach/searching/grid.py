"""A prepared network in numbers: states, and the ways between them by the day on which they open."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from schoolgate.engines.kept import Kept
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, Promise, State, weaker

# From which state, over which edge, to which state, up to which day.
Opening = tuple[int, int, int, int]
# The same with the day on which it opens: that day, from which state, to which, over which edge, up to which day.
Way = tuple[int, int, int, int, int]
# By day: states, and the bits that begin there.
Begin = Mapping[int, Collection[tuple[int, int]]]


@dataclass(frozen=True, eq=False)
class States:
    """The states that can hold anything.

    Attributes:
        number: Of each.
    """

    number: Mapping[State, int]

    @cached_property
    def promises(self) -> Sequence[Promise]:
        """Of each state, by number."""
        return [promise for _, promise in self.number]

    @cached_property
    def agencies(self) -> Sequence[str]:
        """The id of the agency of each state, by number."""
        return [agency for agency, _ in self.number]

    @cached_property
    def by_agency(self) -> Mapping[str, Sequence[int]]:
        """The numbers of every agency's states."""
        found: dict[str, list[int]] = {}
        for number, agency in enumerate(self.agencies):
            found.setdefault(agency, []).append(number)
        return found

    @cached_property
    def as_free(self) -> Sequence[Sequence[int]]:
        """For each state those of its agency from which everything may go on that may go on from it; itself first."""
        free: list[Sequence[int]] = [(state,) for state in range(len(self.number))]
        for states in self.by_agency.values():
            if len(states) > 1:
                for state in states:
                    promise = self.promises[state]
                    others = (one for one in states if one != state and weaker(self.promises[one], promise))
                    free[state] = (state, *others)
        return free


@dataclass(frozen=True, eq=False)
class Grid:
    """A prepared network with its states and edges as numbers; never changed.

    Attributes:
        edges: By number.
        all_states: The states, numbered.
        opening: By the day on which it opens: each way from a state over an edge.
    """

    edges: Sequence[Edge]
    all_states: States
    opening: Mapping[int, Sequence[Opening]]
    _kept: Kept[Hashable, Any] = field(default_factory=Kept, repr=False)

    @property
    def number(self) -> Mapping[State, int]:
        """Of each state that can hold anything."""
        return self.all_states.number

    @cached_property
    def masks(self) -> Sequence[int]:
        """Of each edge the pairs that it lets through."""
        return [edge.mask for edge in self.edges]

    @cached_property
    def ways(self) -> Sequence[Way]:
        """All ways, the first to open first."""
        return [
            (starts, giver, receiver, edge, ends)
            for starts in sorted(self.opening)
            for giver, edge, receiver, ends in self.opening[starts]
        ]

    @cached_property
    def first_end(self) -> int:
        """The day on which the first way closes; 0 when there is none."""
        return min((way[3] for ways in self.opening.values() for way in ways), default=0)

    def states(self, agency: str) -> Sequence[int]:
        """The numbers of an agency's states."""
        return self.by_agency().get(agency, ())

    def by_agency(self) -> Mapping[str, Sequence[int]]:
        """The numbers of every agency's states."""
        return self.all_states.by_agency

    def since(self, day: int) -> "Grid":
        """Without the ways that have closed before a day; O(ways) the first time."""
        return self if day <= self.first_end else self._kept.get(day, lambda: self._since(day))

    def _since(self, day: int) -> "Grid":
        left = {
            starts: some for starts, ways in self.opening.items() if (some := [way for way in ways if way[3] >= day])
        }
        return Grid(self.edges, self.all_states, left)

    def ending(self, edges: Sequence[Edge]) -> "Grid":
        """With other edges that differ from these, each from the one of its number, only in when they end."""
        ends = [edge.ends for edge in edges]
        opening = {
            day: [(giver, edge, receiver, ends[edge]) for giver, edge, receiver, _ in ways]
            for day, ways in self.opening.items()
        }
        return Grid(edges, self.all_states, opening)

    def backwards(self) -> "Grid":
        """The same with every way and the time turned round: a first day becomes minus a last day.

        What arrives at a state on day -t there is what can wait here until t and still get to the beginning.
        """
        opening: dict[int, list[Opening]] = {}
        for starts, ways in self.opening.items():
            for giver, edge, receiver, ends in ways:
                opening.setdefault(-ends, []).append((receiver, edge, giver, -starts))
        return Grid(self.edges, self.all_states, opening)


def grid(prepared: Prepared) -> Grid:
    """Number what a question can get to: its holders' states, those to which edges lead, and the ways between them.

    Kept for other questions that see the same edges, whoever holds the data; O(agreements x states of an agency)
    the first time.
    """
    return whole_grid(prepared).since(min(one.since for one in prepared.question.holders).toordinal())


def whole_grid(prepared: Prepared) -> Grid:
    """The same with the agreements that end before anybody holds anything."""
    givers: list[State] = [(giver, None) for giver in prepared.leaving]
    holders = frozenset((one.agency, one.may_pass_to) for one in prepared.question.holders)
    more = holders.difference(givers)
    edges = (edge for some in prepared.leaving.values() for edge in some)
    known: Grid = prepared.kept.get(("grid", more), lambda: numbered(edges, (*more, *givers)))
    return known


def begin_of(prepared: Prepared, over: Grid) -> dict[int, list[tuple[int, int]]]:
    """By day: the states in which the question's holders have all pairs from then on."""
    begin: dict[int, list[tuple[int, int]]] = {}
    for one in prepared.question.holders:
        state = over.number[one.agency, one.may_pass_to]
        begin.setdefault(one.since.toordinal(), []).append((state, prepared.labels.everything))
    return begin


def numbered(edges: Iterable[Edge], starts: Iterable[State]) -> Grid:
    """Number the states in which something begins, those to which the edges lead, and the ways between them."""
    by_number = list(edges)
    number: dict[State, int] = {}
    for state in starts:
        number.setdefault(state, len(number))
    receivers = [number.setdefault((edge.receiver, edge.promise), len(number)) for edge in by_number]
    held: dict[str, list[tuple[int, Promise]]] = {}
    for (agency, promise), numbered_as in number.items():
        held.setdefault(agency, []).append((numbered_as, promise))
    opening: dict[int, list[Opening]] = {}
    for index, edge in enumerate(by_number):
        for giver, promise in held.get(edge.giver, ()):
            if promise is None or edge.takes_from(promise):
                opening.setdefault(edge.starts, []).append((giver, index, receivers[index], edge.ends))
    return Grid(by_number, States(number), opening)
