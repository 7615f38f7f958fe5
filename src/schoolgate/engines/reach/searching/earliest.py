"""Earliest arrival over agreements that open and close, for many labels at once.

Data obtained on a day moves on that day or later, while an agreement is in force; waiting is allowed. These
are interval temporal graphs, so the one-pass scan for point contacts (Wu et al., VLDB 2014) is wrong here
and Dijkstra on dates is right. "Some (purpose, kind) survives" is one yes/no reachability for each pair;
all run together as bits of one integer: every (place, pair) is settled once, at its earliest date.
"""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from schoolgate.engines.reach.searching.prepared import Edge, Prepared, Promise, weaker

# An agency, and the promise under which it holds something there.
State = tuple[str, Promise]


@dataclass(frozen=True, slots=True)
class Entry:
    """Pairs that first reach a state on a day, by an edge from an earlier entry.

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


def starts(prepared: Prepared, holders: Mapping[str, int] | None = None) -> list[Entry]:
    """The entries a search begins with: the question's start, or the given holders with their first days."""
    question = prepared.question
    first = holders or {question.start: question.since.toordinal()}
    return [Entry((agency, None), day, prepared.labels.everything, None, None, 0) for agency, day in first.items()]


def earliest(
    prepared: Prepared, holders: Mapping[str, int] | None = None, *, without: Collection[str] = ()
) -> list[Entry]:
    """Settle every (state, pair) at its earliest date, fewest hops first among equals.

    Args:
        prepared: The network as the question sees it.
        holders: Who holds the data from which day (an ordinal); the question's start unless given.
        without: Ids of agreements to leave out.

    Returns:
        Entries in order of date. With m agreements and p pairs at most p entries a state: O(p m log m).
    """
    settled: dict[str, dict[Promise, int]] = {}
    order = count()
    heap = [(entry.day, 0, next(order), entry) for entry in starts(prepared, holders)]
    heapq.heapify(heap)
    entries: list[Entry] = []
    while heap:
        *_, candidate = heapq.heappop(heap)
        agency, promise = candidate.state
        here = settled.setdefault(agency, {})
        new = candidate.mask & ~_known(here, promise)
        if not new:
            continue
        entry = (
            candidate
            if new == candidate.mask
            else Entry(candidate.state, candidate.day, new, candidate.edge, candidate.parent, candidate.hops)
        )
        here[promise] = here.get(promise, 0) | new
        entries.append(entry)
        for following in steps(entry, prepared):
            if following.edge is None or following.edge.agreement.id not in without:
                heapq.heappush(heap, (following.day, following.hops, next(order), following))
    return entries


def steps(entry: Entry, prepared: Prepared) -> Iterator[Entry]:
    """Where the pairs of an entry can go next, each at its earliest."""
    agency, promise = entry.state
    for edge in prepared.leaving.get(agency, ()):
        mask = entry.mask & edge.mask
        if mask and edge.takes_from(promise):
            day = max(entry.day, edge.starts)
            if day <= edge.ends:
                yield Entry((edge.receiver, edge.promise), day, mask, edge, entry, entry.hops + 1)


def fewest_hops(prepared: Prepared) -> dict[str, Entry]:
    """For each agency an entry with the fewest hops, the earliest among those.

    Breadth first: an entry is kept in a later layer only for pairs it brings earlier than any layer before.
    Linear in the kept entries, each at most once per (state, pair, layer).
    """
    best: dict[str, Entry] = {}
    known: dict[str, list[tuple[Promise, int, int]]] = {}
    layer = starts(prepared)
    while layer:
        kept: list[Entry] = []
        for entry in sorted(layer, key=lambda one: one.day):
            agency, promise = entry.state
            new = entry.mask
            for held, day, mask in known.get(agency, ()):
                if day <= entry.day and weaker(held, promise):
                    new &= ~mask
            if new:
                kept.append(Entry(entry.state, entry.day, new, entry.edge, entry.parent, entry.hops))
                known.setdefault(agency, []).append((promise, entry.day, new))
                best.setdefault(agency, kept[-1])
        layer = [following for entry in kept for following in steps(entry, prepared)]
    return best


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


def _known(settled: Mapping[Promise, int], promise: Promise) -> int:
    """What an agency has already with at least as much freedom to pass it on."""
    known = settled.get(promise, 0)
    if len(settled) > 1 or promise not in settled:
        for held, mask in settled.items():
            if weaker(held, promise):
                known |= mask
    return known
