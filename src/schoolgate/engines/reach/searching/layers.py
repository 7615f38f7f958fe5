"""Paths with the fewest agreements, all of them in one sweep of the days: hops are more bits.

The question for the fewest agreements is polynomial on interval graphs (Jain & Sahni, "Foremost walks and paths in
interval temporal graphs", Algorithms 15(10):361, 2022), but not by one visit to each place: a slow short way must not
hide a longer one that is in time for the next agreement, nor an early long way a short one that is early enough. So
each bit is there once for "by at most h agreements", for every h up to some depth, and once for any number of them;
an agreement takes a bit from h to h + 1, and each settles on its own earliest day.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from schoolgate.engines.reach.searching.prepared import FOREVER
from schoolgate.engines.reach.searching.sweep import Begin, Grid, Hop, Swept, sweep_hops

# Paths in a district are short; for a longer one everything is searched again, twice as deep.
_DEPTH: Final = 5


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


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A sweep in which hops were counted: no hop in the highest places, any number of them in the lowest.

    Attributes:
        width: How many bits there are, counted once.
        depth: Up to how many hops they are counted.
        swept: What was found.
    """

    width: int
    depth: int
    swept: Swept

    def came(self, state: int, bit: int) -> tuple[int, int, int] | None:
        """Over which edge a bit arrived, from which state, as which bit there; None where it began."""
        for mask, edge, giver in self.swept.via[state]:
            if mask & bit:
                return edge, giver, bit << self.width
        return None

    def by(self, state: int, day: int) -> int:
        """What is at a state on a day."""
        bits = 0
        for since, arrived in self.swept.got[state]:
            if since > day:
                break
            bits |= arrived
        return bits

    def ever(self, goal: Goal) -> bool:
        """Whether a goal is met by however many hops."""
        arrivals = (one for state in goal.states for one in self.swept.got[state])
        return any(day <= goal.by and bits & goal.bits for day, bits in arrivals)


class Met(NamedTuple):
    """How a goal is met.

    Attributes:
        hops: By how many agreements.
        day: On which day.
        what: A bit of the goal that arrives.
        state: Where.
        counted: How it came.
    """

    hops: int
    day: int
    what: int
    state: int
    counted: Counted

    def edges(self) -> list[int]:
        """The edges by which it arrived, from the beginning; O(hops x arrivals at a state)."""
        found: list[int] = []
        state, bit = self.state, self.what << (self.counted.depth + 1 - self.hops) * self.counted.width
        while came := self.counted.came(state, bit):
            edge, state, bit = came
            found.append(edge)
        return found[::-1]


class Layers:
    """Shortest paths to any goals; searched again, deeper, only for a goal that is farther than all before."""

    def __init__(self, over: Grid, wide: Callable[[int], Sequence[int]], begin: Begin, width: int) -> None:
        """Search once.

        Args:
            over: States and ways.
            wide: For each edge the bits that it lets through, times a number.
            begin: By day: states and the bits that begin there.
            width: How many bits there are.
        """
        self._over, self._wide, self._begin, self._width = over, wide, begin, width
        self._counted = self._count(_DEPTH)
        self._wanted: dict[tuple[int, int], int] = {}

    def _count(self, depth: int) -> Counted:
        every = sum(1 << layer * self._width for layer in range(depth + 2))
        begin = {day: [(state, bits * every) for state, bits in some] for day, some in self._begin.items()}
        hop = Hop(self._width, (1 << self._width) - 1)
        return Counted(self._width, depth, sweep_hops(self._over, self._wide(every), begin, hop))

    @property
    def swept(self) -> Swept:
        """What was found; in the lowest `width` bits by however many hops."""
        return self._counted.swept

    def whenever(self, states: Collection[int]) -> int:
        """The bits that ever arrive at some states, by however many hops."""
        bits = 0
        for state in states:
            bits |= self._counted.swept.known[state]
        return bits & (1 << self._width) - 1

    def met(self, goal: Goal) -> Met | None:
        """A shortest path to a goal, of those one that arrives first; None when there is no path."""
        while (met := self._nearest(goal)) is None:
            if not self._counted.ever(goal):
                return None
            self._counted = self._count(2 * self._counted.depth)
        return met

    def nearest(self, some: Iterable[Collection[int]]) -> list[Met | None]:
        """A shortest path to any bit at some states, of those one that arrives first; for many such at once.

        None where nothing arrives within as many hops as were counted.
        """
        known = self._counted.swept.known
        lengths = ((states, max([known[state].bit_length() for state in states], default=0)) for states in some)
        return [self._first_in(states, length, 0) for states, length in lengths]

    def _first_in(self, states: Collection[int], length: int, bits: int) -> Met | None:
        """What arrives first, of some bits or (0) any, by the hops that the length of what is known tells."""
        counted, width = self._counted, self._width
        layer = (length - 1) // width
        if layer <= 0:
            return None
        known, got = counted.swept.known, counted.swept.got
        best, earliest, at, lowest = 0, FOREVER + 1, -1, layer * width
        for state in states:
            if known[state] >> lowest:
                for day, new in got[state]:
                    if day >= earliest:
                        break
                    arrived = new >> lowest
                    if arrived := arrived & bits if bits else arrived:
                        best, earliest, at = arrived, day, state
                        break
        return Met(counted.depth + 1 - layer, earliest, best & -best, at, counted)

    def _nearest(self, goal: Goal) -> Met | None:
        """A shortest path to a goal among paths of as many hops as were counted."""
        counted, wanted, length = self._counted, self._times(goal.bits), 0
        for state in goal.states:
            arrived = counted.swept.known[state] if goal.by >= FOREVER else counted.by(state, goal.by)
            length = max(length, (arrived & wanted).bit_length())
        return self._first_in(goal.states, length, goal.bits)

    def _times(self, bits: int) -> int:
        """Some bits by any counted number of hops."""
        asked = (bits, self._counted.depth)
        if (times := self._wanted.get(asked)) is None:
            times = bits * sum(1 << layer * self._width for layer in range(1, self._counted.depth + 2))
            self._wanted[asked] = times
        return times


def fewest[Key: Hashable](
    over: Grid,
    masks: Sequence[int],
    begin: Begin,
    goals: Mapping[Key, Goal],
) -> dict[Key, Met]:
    """Meet each goal that can be met by a shortest path, of those by one that arrives first.

    One sweep, with integers of as many bits as the masks have times the hops counted; another where that is too few.

    Args:
        over: States and ways.
        masks: For each edge the bits that it lets through.
        begin: By day: states and the bits that begin there.
        goals: What is looked for; the key is the caller's.
    """
    width = max((bits.bit_length() for some in begin.values() for _, bits in some), default=0)
    layers = Layers(over, lambda times: [mask * times for mask in masks], begin, width)
    found = {key: layers.met(goal) for key, goal in goals.items()}
    return {key: met for key, met in found.items() if met is not None}
