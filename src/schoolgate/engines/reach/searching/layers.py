"""Paths with the fewest agreements to many goals at once, breadth first.

The question for the fewest agreements is polynomial on interval graphs (Jain & Sahni, "Foremost walks and paths in
interval temporal graphs", Algorithms 15(10):361, 2022), but not by one visit to each place: a slow short way must not
hide a longer one that is in time for the next agreement, nor an early long way a short one that is early enough. So
an arrival counts in a later layer only for bits that it brings earlier, or freer, than all layers before.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import itemgetter, or_
from typing import Final, NamedTuple

from schoolgate.engines.reach.searching.frontier import Frontier
from schoolgate.engines.reach.searching.prepared import FOREVER
from schoolgate.engines.reach.searching.sweep import Begin, Grid

_MANY_FEWER: Final = 0.8


class Goal(NamedTuple):
    """Something that is to arrive.

    Attributes:
        states: At any of these.
        bits: Any of these.
        by: Until this day.
    """

    states: Collection[int]
    bits: int
    by: int = FOREVER


class _Arrival(NamedTuple):
    """Bits that arrive on a day, over an edge from a state; no edge (-1) where they begin."""

    day: int
    bits: int
    edge: int
    giver: int


# What is news in one layer, by state, the earliest first.
_Layer = dict[int, list[_Arrival]]


@dataclass(frozen=True, slots=True)
class Met:
    """How a goal is met; the path is followed back when asked for."""

    _layers: Sequence[_Layer]
    _depth: int
    _arrival: _Arrival
    _bit: int

    @property
    def hops(self) -> int:
        """By how many agreements."""
        return self._depth - 1

    def edges(self) -> list[int]:
        """The edges by which the bit arrived, from the beginning; O(hops x arrivals at a state in a layer)."""
        edges: list[int] = []
        arrival = self._arrival
        for depth in range(self._depth - 2, -1, -1):
            edges.append(arrival.edge)
            arrival = next(one for one in self._layers[depth][arrival.giver] if one.bits & self._bit)
        return edges[::-1]


def fewest[Key: Hashable](
    over: Grid,
    masks: Sequence[int],
    begin: Begin,
    goals: Mapping[Key, Goal],
) -> dict[Key, Met]:
    """Meet each goal that can be met by a shortest path, of those by one that arrives first.

    Bits that no goal still waits for are dropped on the way. Linear in the arrivals, each at most once for a
    (state, bit, layer); each looks at the edges that leave its state.

    Args:
        over: States and ways.
        masks: For each edge the bits that it lets through.
        begin: By day: states and the bits that begin there.
        goals: What is looked for; the key is the caller's.
    """
    search = _Search(over, masks)
    waiting = dict(goals)
    at: dict[int, list[Key]] = {}
    for key, goal in goals.items():
        for state in goal.states:
            at.setdefault(state, []).append(key)
    found: dict[Key, Met] = {}
    layer = search.first(begin)
    layers: list[_Layer] = []
    asked = 0
    while layer and waiting:
        layers.append(layer)
        for key, arrival in _met(layer, waiting, at).items():
            bits = arrival.bits & waiting.pop(key).bits
            found[key] = Met(layers, len(layers), arrival, bits & -bits)
        if len(waiting) < _MANY_FEWER * asked or not asked:
            asked = len(waiting)
            search.only(waiting.values())
        layer = search.next(layer)
    return found


def _met[Key: Hashable](
    layer: _Layer, waiting: Mapping[Key, Goal], at: Mapping[int, Sequence[Key]]
) -> dict[Key, _Arrival]:
    """The goals that a layer meets, each with how it is met first."""
    best: dict[Key, _Arrival] = {}
    for state, arrivals in layer.items():
        for key in at.get(state, ()):
            if (goal := waiting.get(key)) is not None:
                for arrival in arrivals:
                    if arrival.bits & goal.bits:
                        if arrival.day <= goal.by and (key not in best or arrival.day < best[key].day):
                            best[key] = arrival
                        break
    return best


class _Search:
    """What has arrived by which day, in any layer so far."""

    def __init__(self, over: Grid, masks: Sequence[int]) -> None:
        self._useful = self._last = 0
        self._masks, self._leaving = masks, over.leaving
        self._known = [Frontier() for _ in over.number]
        self._as_free = [[self._known[one] for one in some] for some in over.all_states.as_free]

    def first(self, begin: Begin) -> _Layer:
        """What begins."""
        layer: _Layer = {}
        for day in sorted(begin):
            for state, bits in begin[day]:
                self._known[state].add(day, bits)
                layer.setdefault(state, []).append(_Arrival(day, bits, -1, -1))
        return layer

    def only(self, goals: Collection[Goal]) -> None:
        """From now on only what may meet one of these."""
        self._useful = reduce(or_, (goal.bits for goal in goals), 0)
        self._last = max((goal.by for goal in goals), default=0)

    def next(self, layer: _Layer) -> _Layer:
        """What is news one agreement further on, if it may meet a goal."""
        useful, last, masks = self._useful, self._last, self._masks
        following: _Layer = {}
        for state, arrivals in layer.items():
            first, together = arrivals[0].day, useful & reduce(or_, (one.bits for one in arrivals))
            if not together:
                continue
            for starts, ends, receiver, edge in self._leaving[state]:
                bits = together & masks[edge]
                soonest = max(first, starts)
                if bits and first <= ends and soonest <= last and (bits := self._news(receiver, soonest, bits)):
                    if len(arrivals) == 1:
                        self._note(receiver, _Arrival(soonest, bits, edge, state), following)
                    else:
                        self._send(arrivals, bits, (starts, ends, receiver, edge, state), following)
        for arrivals in following.values():
            arrivals.sort(key=itemgetter(0))
        return following

    def _send(
        self, arrivals: list[_Arrival], passing: int, way: tuple[int, int, int, int, int], following: _Layer
    ) -> None:
        """Send some bits on; what is there before the agreement begins leaves together when it does."""
        starts, ends, receiver, edge, giver = way
        to: list[_Arrival] = []
        together = 0
        for arrival in arrivals:
            day, bits = arrival.day, arrival.bits & passing
            if day <= starts:
                together |= bits
            elif day > ends:
                break
            elif bits:
                to.append(_Arrival(day, bits, edge, giver))
        if together:
            to.insert(0, _Arrival(starts, together, edge, giver))
        for one in to:
            if new := self._news(receiver, one.day, one.bits):
                self._note(receiver, one if new == one.bits else one._replace(bits=new), following)

    def _note(self, state: int, arrival: _Arrival, following: _Layer) -> None:
        self._known[state].add(arrival.day, arrival.bits)
        if (there := following.get(state)) is None:
            following[state] = [arrival]
        else:
            there.append(arrival)

    def _news(self, state: int, day: int, bits: int) -> int:
        """The bits that nothing brought by a day, as free to go on."""
        for frontier in self._as_free[state]:
            bits &= ~frontier.by(day)
            if not bits:
                break
        return bits
