"""The search itself: earliest arrival over agreements that open and close, for many labels at once.

Data obtained on a day moves on that day or later, while an agreement is in force; waiting is allowed. These
are interval temporal graphs, so the one-pass scan for point contacts (Wu et al., VLDB 2014) is wrong here
and Dijkstra on dates is right. "Some (purpose, kind) survives" is one yes/no reachability for each pair;
all run together as bits of one integer: every (agency, pair) is settled once, at its earliest date.
"""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Literal

from schoolgate.engines.reach.network import Agreement, Network, Status

Reading = Literal["strict", "worst_case"]
Pair = tuple[str, str]
# An agency, and whether what it holds there may be passed on.
State = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: whose data, since when, which kinds and purposes, and how unknown terms are read."""

    start: str
    since: date
    kinds: frozenset[str]
    purposes: frozenset[str]
    until: date | None
    statuses: frozenset[Status]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Entry:
    """Pairs that first reach a state on a date, by an agreement from an earlier entry."""

    state: State
    day: date
    mask: int
    agreement: Agreement | None
    parent: "Entry | None"
    hops: int


@dataclass(frozen=True, slots=True)
class Labels:
    """Pairs of purpose and kind as bits: the kinds of the first purpose, then those of the second, and so on."""

    kinds: tuple[str, ...]
    purposes: tuple[str, ...]

    @classmethod
    def of(cls, question: Question) -> "Labels":
        """One bit for each pair the question asks about."""
        return cls(tuple(sorted(question.kinds)), tuple(sorted(question.purposes)))

    @property
    def everything(self) -> int:
        """All bits."""
        return (1 << len(self.kinds) * len(self.purposes)) - 1

    def mask(self, agreement: Agreement, reading: Reading) -> int:
        """The pairs an agreement allows; unknown terms allow nothing, or everything in the worst case."""
        row = _bits(self.kinds, agreement.kinds, reading)
        columns = _bits(self.purposes, agreement.purposes, reading)
        width = len(self.kinds)
        return sum(row << width * number for number in range(len(self.purposes)) if columns >> number & 1)

    def names(self, mask: int) -> frozenset[Pair]:
        """The pairs of a mask."""
        width = len(self.kinds)
        return frozenset(
            (self.purposes[bit // width], self.kinds[bit % width])
            for bit in range(mask.bit_length())
            if mask >> bit & 1
        )


def _bits(words: tuple[str, ...], allowed: frozenset[str] | None, reading: Reading) -> int:
    if allowed is None:
        return (1 << len(words)) - 1 if reading == "worst_case" else 0
    return sum(1 << number for number, word in enumerate(words) if word in allowed)


@dataclass(frozen=True, slots=True)
class Edge:
    """An agreement prepared for one question."""

    agreement: Agreement
    mask: int
    passes_on: bool

    def arrival(self, day: date, until: date | None) -> date | None:
        """The day data held since `day` arrives at the receiver; None when it cannot."""
        arrives = max(day, self.agreement.start or day)
        ends = (self.agreement.end, until)
        return None if any(end is not None and arrives > end for end in ends) else arrives

    def takes_from(self, *, may_pass_on: bool) -> bool:
        """A ban on passing on binds all but observed transfers: those happened, whatever was agreed."""
        return may_pass_on or self.agreement.status == "observed"


def edges_of(network: Network, question: Question, without: frozenset[str] = frozenset()) -> dict[str, list[Edge]]:
    """The agreements the question admits, by giver; O(agreements x pairs)."""
    labels = Labels.of(question)
    found: dict[str, list[Edge]] = {}
    for agreement in network.agreements:
        if agreement.status in question.statuses and agreement.id not in without:
            mask = labels.mask(agreement, question.reading)
            passes = agreement.onward == "yes" or (agreement.onward == "unknown" and question.reading == "worst_case")
            if mask:
                found.setdefault(agreement.giver, []).append(Edge(agreement, mask, passes))
    return found


def earliest(edges: dict[str, list[Edge]], question: Question) -> list[Entry]:
    """Settle every (state, pair) at its earliest date, fewest hops first among equals.

    Returns:
        Entries in order of date; the first is the start. With m agreements and p pairs at most 2 p entries
        an agency: O(p m log m), in practice about 0.2 s at 10,000 agreements and 96 pairs.
    """
    settled: dict[State, int] = {}
    order = count()
    first = Entry((question.start, True), question.since, Labels.of(question).everything, None, None, 0)
    heap = [(first.day, first.hops, next(order), first)]
    entries: list[Entry] = []
    while heap:
        *_, candidate = heapq.heappop(heap)
        new = candidate.mask & ~_known(settled, candidate.state)
        if not new:
            continue
        entry = Entry(candidate.state, candidate.day, new, candidate.agreement, candidate.parent, candidate.hops)
        settled[entry.state] = settled.get(entry.state, 0) | new
        entries.append(entry)
        for following in _steps(entry, edges, question):
            heapq.heappush(heap, (following.day, following.hops, next(order), following))
    return entries


def fewest_hops(edges: dict[str, list[Edge]], question: Question) -> dict[str, Entry]:
    """For each agency an entry with the fewest hops, the earliest among those.

    Breadth first: an entry is kept in a later layer only for pairs it brings earlier than any layer before.
    Linear in the kept entries, each at most once per (state, pair, layer).
    """
    best: dict[str, Entry] = {}
    known: dict[State, list[tuple[date, int]]] = {}
    layer = [Entry((question.start, True), question.since, Labels.of(question).everything, None, None, 0)]
    while layer:
        kept: list[Entry] = []
        for entry in sorted(layer, key=lambda one: one.day):
            new = entry.mask
            for state in {entry.state, (entry.state[0], True)}:
                for day, mask in known.get(state, ()):
                    if day <= entry.day:
                        new &= ~mask
            if new:
                kept.append(Entry(entry.state, entry.day, new, entry.agreement, entry.parent, entry.hops))
                known.setdefault(entry.state, []).append((entry.day, new))
                best.setdefault(entry.state[0], kept[-1])
        layer = [following for entry in kept for following in _steps(entry, edges, question)]
    return best


def _known(settled: dict[State, int], state: State) -> int:
    # What may be passed on is known for both states of an agency.
    return settled.get(state, 0) | settled.get((state[0], True), 0)


def _steps(entry: Entry, edges: dict[str, list[Edge]], question: Question) -> Iterable[Entry]:
    agency, may_pass_on = entry.state
    for edge in edges.get(agency, ()):
        mask = entry.mask & edge.mask
        if mask and edge.takes_from(may_pass_on=may_pass_on):
            day = edge.arrival(entry.day, question.until)
            if day is not None:
                state = (edge.agreement.receiver, edge.passes_on)
                yield Entry(state, day, mask, edge.agreement, entry, entry.hops + 1)
