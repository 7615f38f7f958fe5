"""The days one after the other, many labels at once: what arrives where, first when, and over what.

No heap and no queue of single arrivals. On each day on which an agreement begins, it pulls what its giver holds;
what is new anywhere is pushed along the agreements in force, as bits of one integer. Every (state, bit) is settled
on its earliest day, as by Dijkstra on dates, because waiting is allowed and nothing takes time. The
bits need not be (purpose, kind) pairs: the questions put starts, removed agreements or hops into them too.

With s states, m agreements and w ways: O(visits x agreements of a state + w), where a state is visited at most once
for each bit that arrives.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Final, NamedTuple

from schoolgate.engines.reach.searching.grid import Begin, Grid, Opening, Way, begin_of, grid
from schoolgate.engines.reach.searching.prepared import FOREVER

__all__ = ["Begin", "Grid", "Hop", "Opening", "Swept", "begin_of", "grid", "sweep"]

# A way in force: its last day, mask, receiving state and edge.
_Open = tuple[int, int, int, int]


class Hop(NamedTuple):
    """What a hop does to bits: so many places down, but those that count no hops stay.

    Attributes:
        down: How many places.
        stay: The bits that also stay where they are; each of them is there when the one `down` above it is.
    """

    down: int
    stay: int


_NO_HOP: Final = Hop(0, 0)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found, by the number of a state.

    Attributes:
        got: The days on which new bits arrived, and which.
        via: Which bits first arrived over which edge, from which state; each bit once.
        again: Bits that arrived once more, over another way than first.
        again_at_first: Those of which that was on the day on which anything first arrived there.
        known: All bits.
    """

    got: list[list[tuple[int, int]]]
    via: list[list[tuple[int, int, int]]]
    again: list[int]
    again_at_first: list[int]
    known: list[int]

    @classmethod
    def nothing(cls, count: int) -> "Swept":
        """Nothing found at so many states."""
        return cls([[] for _ in range(count)], [[] for _ in range(count)], [0] * count, [0] * count, [0] * count)

    def arrived_again(self, state: int, today: int, bits: int) -> None:
        """Note bits that are at a state already."""
        self.again[state] |= bits
        if not self.got[state] or self.got[state][0][0] == today:
            self.again_at_first[state] |= bits

    def edges_to(self, state: int, bit: int) -> list[int]:
        """The edges by which a bit got to a state, from the beginning; O(hops x arrivals at a state)."""
        found: list[int] = []
        wanted = 1 << bit
        while True:
            for mask, edge, giver in self.via[state]:
                if mask & wanted:
                    found.append(edge)
                    state = giver
                    break
            else:
                return found[::-1]


def sweep(
    over: Grid,
    masks: Sequence[int],
    begin: Begin,
    *,
    last: int = FOREVER,
    trace: bool = True,
) -> Swept:
    """Let bits flow from where they begin, each at its earliest day.

    Args:
        over: States and ways.
        masks: For each edge the bits that it lets through; 0 leaves it out.
        begin: By day: states and the bits that begin there.
        last: Go no further than this day.
        trace: Whether to keep over what things arrived; when not, only `got` and `known` are told.
    """
    return _Sweep(over, masks, via=trace, again=trace).run(begin, last)


def sweep_hops(over: Grid, masks: Sequence[int], begin: Begin, hop: Hop) -> Swept:
    """The same where bits move at each hop; `via` tells over what each arrived, `again` nothing."""
    return _Sweep(over, masks, via=True, again=False, hop=hop).run(begin, FOREVER)


class _Sweep:
    """The ways in force, and what has been found so far."""

    __slots__ = ("_active", "_again", "_found", "_hop", "_masks", "_over", "_via")

    def __init__(self, over: Grid, masks: Sequence[int], *, via: bool, again: bool, hop: Hop = _NO_HOP) -> None:
        count = len(over.number)
        self._over, self._masks, self._hop = over, masks, hop
        self._via, self._again = via, again
        self._active: list[list[_Open]] = [[] for _ in range(count)]
        self._found = Swept.nothing(count)

    def run(self, begin: Begin, last: int) -> Swept:
        ways, first_day = self._over.ways, itemgetter(0)
        days = sorted(day for day in begin if day <= last)
        if days:
            place = bisect_right(ways, days[0], key=first_day)
            self._open([way for way in ways[:place] if way[4] >= days[0]])
            for today, until in pairwise((*days, last)):
                self._begin(today, begin[today])
                before, place = place, bisect_right(ways, until, key=first_day)
                self._open(ways[before:place])
        return self._found

    def _begin(self, today: int, some: Iterable[tuple[int, int]]) -> None:
        """What begins somewhere goes on from there."""
        known, new = self._found.known, dict[int, int]()
        for state, bits in some:
            if fresh := bits ^ (bits & known[state]):
                known[state] |= fresh
                new[state] = new.get(state, 0) | fresh
        self._push(today, deque(new), new, -1, 0, ())

    def _open(self, ways: Iterable[Way]) -> None:
        """Agreements that begin take what their giver has, and from then on what it gets."""
        known, active, masks = self._found.known, self._active, self._masks
        (down, stay), waiting, new = self._hop, deque[int](), dict[int, int]()
        for today, giver, receiver, edge, ends in ways:
            if mask := masks[edge]:
                way = (ends, mask, receiver, edge)
                active[giver].append(way)
                if (held := known[giver]) and (bits := held & mask):
                    if down:
                        bits = bits >> down | bits & stay
                    if self._again or known[receiver] | bits != known[receiver]:
                        self._push(today, waiting, new, giver, held, (way,))

    def _push(  # noqa: PLR0917 - the state of one sweep, in its loop
        self,
        today: int,
        waiting: deque[int],
        new: dict[int, int],
        state: int,
        arrived: int,
        ways: Iterable[_Open],
    ) -> None:
        """Bits at a state take some ways; then what is new anywhere takes all in force, until nothing is new."""
        (down, stay), via, again = self._hop, self._via, self._again
        found, active = self._found, self._active
        known, got = found.known, found.got
        while True:
            for ends, mask, receiver, edge in ways:
                if ends >= today and (bits := arrived & mask):
                    if down:
                        bits = bits >> down | bits & stay
                    had = known[receiver]
                    if again and (old := had & bits):
                        found.arrived_again(receiver, today, old)
                    if (has := had | bits) != had:
                        known[receiver] = has
                        has ^= had
                        if receiver in new:
                            new[receiver] |= has
                        else:
                            new[receiver] = has
                            waiting.append(receiver)
                        if via:
                            found.via[receiver].append((has, edge, state))
            if not waiting:
                break
            state = waiting.popleft()
            arrived = new.pop(state)
            got[state].append((today, arrived))
            ways = active[state]
