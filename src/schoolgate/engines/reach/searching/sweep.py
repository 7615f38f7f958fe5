"""The days one after the other, many labels at once: what arrives where, first when, and over what.

No heap and no queue of single arrivals. On each day on which an agreement begins, it pulls what its giver holds;
what is new anywhere is pushed along the agreements in force, as bits of one integer. Every (state, bit) is settled
on its earliest day, as by Dijkstra on dates, because waiting is allowed and nothing takes time. The
bits need not be (purpose, kind) pairs: the questions put starts or removed agreements into them too.

With s states, m agreements and d days on which something begins: O(visits x agreements of a state), where a state
is visited at most once for each bit that arrives; d + m at least.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schoolgate.engines.reach.searching.grid import Begin, Grid, Leaving, Opening, begin_of, grid
from schoolgate.engines.reach.searching.prepared import FOREVER

__all__ = ["Begin", "Grid", "Opening", "Swept", "begin_of", "grid", "sweep"]


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

    def arrived_again(self, state: int, today: int, bits: int) -> None:
        """Note bits that are at a state already."""
        self.again[state] |= bits
        if not self.got[state] or self.got[state][0][0] == today:
            self.again_at_first[state] |= bits

    def edges_to(self, state: int, bit: int) -> list[int]:
        """The edges by which a bit got to a state, from the beginning; O(hops x arrivals at a state)."""
        found: list[int] = []
        while True:
            for mask, edge, giver in self.via[state]:
                if mask >> bit & 1:
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
    count = len(over.number)
    found = Swept([[] for _ in range(count)], [[] for _ in range(count)], [0] * count, [0] * count, [0] * count)
    if not begin:
        return found
    first = min(begin)
    for today in sorted({*begin, *over.days[bisect_left(over.days, first) :]}):
        if today > last:
            break
        new: dict[int, int] = {}
        for state, bits in begin.get(today, ()):
            if fresh := bits & ~found.known[state]:
                found.known[state] |= fresh
                new[state] = new.get(state, 0) | fresh
        if today > first:
            _pull(over.opening.get(today, ()), masks, today, new, found, trace=trace)
        if new:
            _push(over.leaving, masks, today, new, found, trace=trace)
    return found


def _pull(
    ways: Iterable[Opening], masks: Sequence[int], today: int, new: dict[int, int], found: Swept, *, trace: bool
) -> None:
    """Agreements that begin today take what their giver has; what has only just come to it is pushed on later."""
    known, via = found.known, found.via
    for giver, edge, receiver, _ in ways:
        if (held := known[giver]) and (bits := (held ^ new.get(giver, 0)) & masks[edge]):
            if old := bits & known[receiver]:
                bits ^= old
                if trace:
                    found.arrived_again(receiver, today, old)
            if bits:
                known[receiver] |= bits
                new[receiver] = new.get(receiver, 0) | bits
                if trace:
                    via[receiver].append((bits, edge, giver))


def _push(
    leaving: Sequence[Sequence[Leaving]],
    masks: Sequence[int],
    today: int,
    new: dict[int, int],
    found: Swept,
    *,
    trace: bool,
) -> None:
    """What is new goes on, over all that is in force, until nothing is new."""
    known, via = found.known, found.via
    while new:
        state, arrived = new.popitem()
        found.got[state].append((today, arrived))
        for starts, ends, receiver, edge in leaving[state]:
            if starts > today:
                break
            if ends >= today and (bits := arrived & masks[edge]):
                if old := bits & known[receiver]:
                    bits ^= old
                    if trace:
                        found.arrived_again(receiver, today, old)
                if bits:
                    known[receiver] |= bits
                    new[receiver] = new.get(receiver, 0) | bits
                    if trace:
                        via[receiver].append((bits, edge, state))
