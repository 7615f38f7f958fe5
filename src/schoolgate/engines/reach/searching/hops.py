"""Paths with the fewest agreements, and paths on the strongest evidence."""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import attrgetter, or_
from typing import Final

from schoolgate.engines.reach.network.nouns import STATUSES
from schoolgate.engines.reach.searching.earliest import Entry, State, chain, earliest, everything, starts
from schoolgate.engines.reach.searching.frontier import Frontier, news
from schoolgate.engines.reach.searching.prepared import Prepared, Promise, admitting

Held = dict[str, dict[Promise, Frontier]]
_NOTHING: Final[Mapping[Promise, Frontier]] = {}


def fewest_hops(prepared: Prepared, wanted: Mapping[str, int]) -> dict[str, Entry]:
    """For each wanted agency an entry with the fewest hops, the earliest among those.

    Breadth first: an entry is kept in a later layer only for pairs it brings earlier, or freer, than any layer
    before: a slow short way must not hide a longer one that is in time for the next agreement. Pairs that get to
    no agency still missing are dropped on the way. The min-hop question is polynomial on interval graphs (Jain &
    Sahni, "Foremost walks and paths in interval temporal graphs", Algorithms 15(10):361, 2022). Linear in the kept
    entries, each at most once per (state, pair, layer).

    Args:
        prepared: The network as the question sees it.
        wanted: All the pairs that get to each agency, as `pairs_held` says.
    """
    best: dict[str, Entry] = {}
    held: Held = {}
    missing = dict(wanted)
    layer = starts(prepared)
    while layer and missing:
        arrived: dict[State, list[Entry]] = {}
        for entry in sorted(layer, key=attrgetter("day")):
            agency, promise = entry.state
            here = held.setdefault(agency, {})
            if new := news(here, promise, entry.day, entry.mask):
                one = entry if new == entry.mask else entry.part(new)
                arrived.setdefault(one.state, []).append(one)
                here.setdefault(promise, Frontier()).add(one.day, new)
                best.setdefault(agency, one)
                missing.pop(agency, None)
        useful = reduce(or_, missing.values(), 0)
        claimed: dict[State, Frontier] = {}
        layer = [one for some in arrived.values() for one in _onward(some, useful, prepared, held, claimed)]
    return {agency: best[agency] for agency in wanted}


def strongest(prepared: Prepared, wanted: Mapping[str, int], shortest: dict[str, Entry]) -> dict[str, Entry]:
    """Admit evidence from the strongest down; an agency's path is from the first round that reaches it.

    A shortest path on all the evidence that needs no weaker evidence than a round admits is that round's too; a
    round searches only for the others, and only for their pairs.

    Args:
        prepared: The network as the question sees it.
        wanted: All the pairs that get to each agency on all the evidence.
        shortest: Their paths with the fewest hops on all the evidence: the last round.
    """
    present = {edge.agreement.status for edges in prepared.leaving.values() for edge in edges}
    rounds = [status for status in STATUSES if status in present]
    weakest = {agency: _weakest(entry) for agency, entry in shortest.items()}
    found: dict[str, Entry] = {}
    for number, status in enumerate(rounds[:-1], start=1):
        rank = STATUSES.index(status)
        found |= {agency: shortest[agency] for agency in wanted if agency not in found and weakest[agency] <= rank}
        rest = wanted.keys() - found.keys()
        left = admitting(prepared, rounds[:number])
        held = pairs_held(earliest(left, pairs=reduce(or_, (wanted[agency] for agency in rest), 0)))
        found |= fewest_hops(left, {agency: held[agency] for agency in rest if agency in held})
    return shortest | found


def _weakest(entry: Entry) -> int:
    return max((STATUSES.index(edge.agreement.status) for edge, _ in chain(entry)), default=0)


def pairs_held(entries: Iterable[Entry]) -> dict[str, int]:
    """All the pairs that get to each agency, whenever and under whatever promise."""
    held: dict[str, int] = {}
    for entry in entries:
        held[entry.state[0]] = held.get(entry.state[0], 0) | entry.mask
    return held


def _onward(
    arrived: list[Entry], useful: int, prepared: Prepared, held: Held, claimed: dict[State, Frontier]
) -> Iterator[Entry]:
    """Where all that arrived at one state in one layer can go next, if nothing got there as soon."""
    agency, promise = arrived[0].state
    first, together = arrived[0].day, everything(arrived) & useful
    for edge in prepared.leaving.get(agency, ()):
        mask = together & edge.mask
        if not mask or first > edge.ends or not (promise is None or edge.takes_from(promise)):
            continue
        place, soonest = (edge.receiver, edge.promise), max(first, edge.starts)
        there = held.get(edge.receiver, _NOTHING)
        mask = news(there, edge.promise, soonest, mask)
        queued = claimed.get(place)
        if queued is not None:
            mask &= ~queued.by(soonest)
        if not mask:
            continue
        if queued is None:
            queued = claimed[place] = Frontier()
        for entry in arrived:
            day = max(entry.day, edge.starts)
            if (part := mask & entry.mask) and day <= edge.ends:
                if day > soonest:
                    part = news(there, edge.promise, day, part & ~queued.by(day))
                if part:
                    queued.add(day, part)
                    yield Entry(place, day, part, edge, entry, entry.hops + 1)
