"""The days one after the other, many labels at once: what arrives where, first when, and over what.

No heap and no queue of single arrivals. On each day on which an agreement begins, it pulls what its giver holds;
what is new anywhere is pushed along the agreements in force, as bits of one integer. Every (state, bit) is settled
on its earliest day, as by Dijkstra on dates, because waiting is allowed and nothing takes time. The
bits need not be (purpose, kind) pairs: the questions put starts or removed agreements into them too.

With s states, m agreements and d days on which something begins: O(visits x agreements of a state), where a state
is visited at most once for each bit that arrives; d + m at least.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from schoolgate.engines.reach.searching.prepared import FOREVER, Edge, Prepared, State

# From which state, over which edge, to which state, up to which day.
Opening = tuple[int, int, int, int]
# By day: states, and the bits that begin there.
Begin = Mapping[int, Collection[tuple[int, int]]]
# A way in force: its last day, mask, receiving state and edge.
_Way = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """A prepared network with its states and edges as numbers.

    Attributes:
        edges: By number.
        number: Of each state that can hold anything.
        opening: By the day on which it opens: each way from a state over an edge.
    """

    edges: Sequence[Edge]
    number: Mapping[State, int]
    opening: Mapping[int, Sequence[Opening]]

    def states(self, agency: str) -> tuple[int, ...]:
        """The numbers of an agency's states; O(states)."""
        return tuple(number for (one, _), number in self.number.items() if one == agency)

    def by_agency(self) -> dict[str, list[int]]:
        """The numbers of every agency's states."""
        found: dict[str, list[int]] = {}
        for (agency, _), number in self.number.items():
            found.setdefault(agency, []).append(number)
        return found

    def backwards(self) -> "Grid":
        """The same with every way and the time turned round: a first day becomes minus a last day.

        What arrives at a state on day -t there is what can wait here until t and still get to the beginning.
        """
        opening: dict[int, list[Opening]] = {}
        for starts, ways in self.opening.items():
            for giver, edge, receiver, ends in ways:
                opening.setdefault(-ends, []).append((receiver, edge, giver, -starts))
        return Grid(self.edges, self.number, opening)


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


def grid(
    prepared: Prepared,
    *,
    starts: Iterable[State] | None = None,
    edges: Iterable[Edge] | None = None,
) -> Grid:
    """Number the states that can hold anything and the ways between them; O(agreements x states of an agency).

    Args:
        prepared: A network as a question sees it.
        starts: States in which something begins; by default those of the question's holders.
        edges: Only these; by default all that have not ended before anybody holds anything.
    """
    if edges is None:
        since = min(one.since for one in prepared.question.holders).toordinal()
        edges = [edge for some in prepared.leaving.values() for edge in some if edge.ends >= since]
    if starts is None:
        starts = [(one.agency, one.may_pass_to) for one in prepared.question.holders]
    numbered = list(edges)
    number: dict[State, int] = {}
    for state in starts:
        number.setdefault(state, len(number))
    receivers = [number.setdefault((edge.receiver, edge.promise), len(number)) for edge in numbered]
    held: dict[str, list[State]] = {}
    for state in number:
        held.setdefault(state[0], []).append(state)
    opening: dict[int, list[Opening]] = {}
    for index, edge in enumerate(numbered):
        for state in held.get(edge.giver, ()):
            if edge.takes_from(state[1]):
                opening.setdefault(edge.starts, []).append((number[state], index, receivers[index], edge.ends))
    return Grid(numbered, number, opening)


def begin_of(prepared: Prepared, over: Grid) -> dict[int, list[tuple[int, int]]]:
    """By day: the states in which the question's holders have all pairs from then on."""
    begin: dict[int, list[tuple[int, int]]] = {}
    for one in prepared.question.holders:
        state = over.number[one.agency, one.may_pass_to]
        begin.setdefault(one.since.toordinal(), []).append((state, prepared.labels.everything))
    return begin


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
    active: list[list[_Way]] = [[] for _ in range(count)]
    first = min(begin, default=last + 1)
    early = [way for day, ways in over.opening.items() if day <= first for way in ways]
    for today in sorted({first, *begin, *(day for day in over.opening if day > first)}):
        if today > last:
            break
        new: dict[int, int] = {}
        for state, bits in begin.get(today, ()):
            if fresh := bits & ~found.known[state]:
                found.known[state] |= fresh
                new[state] = new.get(state, 0) | fresh
        _pull(early if today == first else over.opening.get(today, ()), masks, today, active, new, found, trace=trace)
        if new:
            _push(today, active, new, found, trace=trace)
    return found


def _pull(  # noqa: PLR0917 - the state of one sweep, in its loop
    ways: Iterable[Opening],
    masks: Sequence[int],
    today: int,
    active: list[list[_Way]],
    new: dict[int, int],
    found: Swept,
    *,
    trace: bool,
) -> None:
    """Agreements that begin today take what their giver has."""
    known, via = found.known, found.via
    for giver, edge, receiver, ends in ways:
        mask = masks[edge]
        if mask and ends >= today:
            active[giver].append((ends, mask, receiver, edge))
            # What has only just come to the giver is pushed on below.
            if bits := (known[giver] ^ new.get(giver, 0)) & mask:
                if old := bits & known[receiver]:
                    bits ^= old
                    if trace:
                        found.arrived_again(receiver, today, old)
                if bits:
                    known[receiver] |= bits
                    new[receiver] = new.get(receiver, 0) | bits
                    if trace:
                        via[receiver].append((bits, edge, giver))


def _push(today: int, active: list[list[_Way]], new: dict[int, int], found: Swept, *, trace: bool) -> None:
    """What is new goes on, over all that is in force, until nothing is new."""
    known, via = found.known, found.via
    while new:
        state, arrived = new.popitem()
        found.got[state].append((today, arrived))
        for ends, mask, receiver, edge in active[state]:
            if ends >= today and (bits := arrived & mask):
                if old := bits & known[receiver]:
                    bits ^= old
                    if trace:
                        found.arrived_again(receiver, today, old)
                if bits:
                    known[receiver] |= bits
                    new[receiver] = new.get(receiver, 0) | bits
                    if trace:
                        via[receiver].append((bits, edge, state))
