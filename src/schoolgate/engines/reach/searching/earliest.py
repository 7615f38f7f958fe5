"""Earliest arrival over agreements that open and close, for many labels at once.

Data obtained on a day moves on that day or later, while an agreement is in force; waiting is allowed. These
are interval temporal graphs, so the one-pass scan for point contacts (Wu et al., "Path problems in temporal
graphs", VLDB 2014) is wrong here: an agreement that began early may become usable late. Dijkstra on dates is
right. "Some (purpose, kind) survives" is one yes/no reachability for each pair; all run together as bits of one
integer: every (place, pair) is settled once, at its earliest date.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from schoolgate.engines.reach.searching.prepared import Edge, Prepared, Promise, dropping, weaker

# An agency, and the promise under which it holds something there.
State = tuple[str, Promise]
# Which pairs an agency has, by the promise under which it has them.
Settled = dict[str, dict[Promise, int]]


@dataclass(slots=True, eq=False)
class Entry:
    """Pairs that first reach a state on a day, by an edge from an earlier entry; never changed.

    Attributes:
        state: Where.
        day: When, as an ordinal.
        mask: Which pairs.
        edge: By which agreement; None for a start.
        parent: From which entry; None for a start.
        hops: How many agreements from the start.
    """

    state: State
    day: int
    mask: int
    edge: Edge | None
    parent: "Entry | None"
    hops: int

    def part(self, mask: int) -> "Entry":
        """The same for fewer pairs."""
        return Entry(self.state, self.day, mask, self.edge, self.parent, self.hops)


def starts(prepared: Prepared, holders: Mapping[str, int] | None = None) -> list[Entry]:
    """The entries a search begins with: the question's holders, or the given ones with their first days."""
    pairs = prepared.labels.everything
    if holders is not None:
        return [Entry((agency, None), day, pairs, None, None, 0) for agency, day in holders.items()]
    return [
        Entry((one.agency, one.may_pass_to), one.since.toordinal(), pairs, None, None, 0)
        for one in prepared.question.holders
    ]


def earliest(
    prepared: Prepared,
    holders: Mapping[str, int] | None = None,
    *,
    without: Collection[str] = (),
    pairs: int | None = None,
) -> list[Entry]:
    """Settle every (state, pair) at its earliest date, fewest hops first among equals.

    Args:
        prepared: The network as the question sees it.
        holders: Who holds the data from which day (an ordinal); the question's holders unless given.
        without: Ids of agreements to leave out.
        pairs: The pairs to look at, all of them unless given.

    Returns:
        Entries in order of date. With m agreements and p pairs at most p entries a state: O(p m log m). Entries
        that meet at a state on one day share one look at its agreements.
    """
    if without:
        prepared = dropping(prepared, without)
    settled: Settled = {}
    queue = _Queue()
    for entry in starts(prepared, holders):
        queue.on(entry.day).append(entry if pairs is None else entry.part(pairs))
    entries: list[Entry] = []
    while queue.days:
        waiting = sorted(queue.take(), key=attrgetter("hops"), reverse=True)
        layer: list[Entry] = []
        while layer or waiting:
            hops = (layer or waiting)[-1].hops
            while waiting and waiting[-1].hops == hops:
                layer.append(waiting.pop())
            arrived = _settle(settled, layer)
            layer = []
            claimed: dict[State, int] = {}
            for some in arrived.values():
                entries += some
                if leaving := prepared.leaving.get(some[0].state[0]):
                    _send(some, leaving, settled, claimed, layer, queue)
    return entries


class _Queue:
    """What arrives on later days."""

    __slots__ = ("_waiting", "days")

    def __init__(self) -> None:
        self.days: list[int] = []
        self._waiting: dict[int, list[Entry]] = {}

    def on(self, day: int) -> list[Entry]:
        if (waiting := self._waiting.get(day)) is None:
            waiting = self._waiting[day] = []
            heapq.heappush(self.days, day)
        return waiting

    def take(self) -> list[Entry]:
        return self._waiting.pop(heapq.heappop(self.days))


def _settle(settled: Settled, layer: list[Entry]) -> dict[State, list[Entry]]:
    """The parts of the entries that are news, by state."""
    arrived: dict[State, list[Entry]] = {}
    for entry in layer:
        agency, promise = entry.state
        if (here := settled.get(agency)) is None:
            here = settled[agency] = {}
        new = entry.mask & ~known(here, promise)
        if new:
            here[promise] = here.get(promise, 0) | new
            one = entry if new == entry.mask else entry.part(new)
            if (some := arrived.get(entry.state)) is None:
                arrived[entry.state] = [one]
            else:
                some.append(one)
    return arrived


def _send(  # noqa: PLR0917 - the innermost loop of a search
    arrived: list[Entry],
    leaving: list[Edge],
    settled: Settled,
    claimed: dict[State, int],
    layer: list[Entry],
    queue: _Queue,
) -> None:
    """Send on what arrived at one state on one day; what arrives that same day joins the layer, once among equals."""
    first = arrived[0]
    promise, day, hops = first.state[1], first.day, first.hops + 1
    alone = len(arrived) == 1
    together = first.mask if alone else everything(arrived)
    for edge in leaving:
        mask = together & edge.mask
        if not mask or day > edge.ends or not (promise is None or edge.takes_from(promise)):
            continue
        under = edge.promise
        if (held := settled.get(edge.receiver)) is not None:
            mask &= ~(held.get(None, 0) if under is None else known(held, under))
            if not mask:
                continue
        place, arrives = (edge.receiver, under), edge.starts
        if arrives <= day:
            before = claimed.get(place, 0)
            mask &= ~before
            claimed[place] = before | mask
            arrives, to = day, layer
        else:
            to = queue.on(arrives)
        if alone and mask:
            to.append(Entry(place, arrives, mask, edge, first, hops))
        elif mask:
            to += [Entry(place, arrives, part, edge, one, hops) for one in arrived if (part := mask & one.mask)]


def steps(entry: Entry, prepared: Prepared) -> Iterator[Entry]:
    """Where the pairs of an entry can go next, each at its earliest."""
    agency, promise = entry.state
    for edge in prepared.leaving.get(agency, ()):
        mask = entry.mask & edge.mask
        if mask and edge.takes_from(promise):
            day = max(entry.day, edge.starts)
            if day <= edge.ends:
                yield Entry((edge.receiver, edge.promise), day, mask, edge, entry, entry.hops + 1)


def everything(entries: Iterable[Entry]) -> int:
    """The pairs of all entries."""
    mask = 0
    for entry in entries:
        mask |= entry.mask
    return mask


def by_agency(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Entries grouped by agency, in their order."""
    held: dict[str, list[Entry]] = {}
    for entry in entries:
        held.setdefault(entry.state[0], []).append(entry)
    return held


def chain(entry: Entry) -> list[tuple[Edge, int]]:
    """The edges from the start to this entry, each with the day it arrives."""
    found: list[tuple[Edge, int]] = []
    at: Entry | None = entry
    while at is not None and at.edge is not None:
        found.append((at.edge, at.day))
        at = at.parent
    return found[::-1]


def known(held: Mapping[Promise, int], promise: Promise) -> int:
    """What an agency has already with at least as much freedom to pass it on."""
    mask = held.get(promise, 0)
    if promise is None:
        return mask
    if len(held) > 1 or promise not in held:
        for other, more in held.items():
            if weaker(other, promise):
                mask |= more
    return mask
