"""Paths with the fewest agreements, and paths on the strongest evidence."""

from collections.abc import Collection
from operator import attrgetter

from schoolgate.engines.reach.network.nouns import STATUSES
from schoolgate.engines.reach.searching.earliest import Entry, earliest, starts
from schoolgate.engines.reach.searching.prepared import Prepared, Promise, admitting, weaker


def fewest_hops(prepared: Prepared, wanted: Collection[str] | None = None) -> dict[str, Entry]:
    """For each agency an entry with the fewest hops, the earliest among those.

    Breadth first: an entry is kept in a later layer only for pairs it brings earlier, or freer, than any layer
    before: a slow short way must not hide a longer one that is in time for the next agreement. The min-hop
    question is polynomial on interval graphs (Jain & Sahni, "Foremost walks and paths in interval temporal
    graphs", Algorithms 15(10):361, 2022). Linear in the kept entries, each at most once per (state, pair, layer).

    Args:
        prepared: The network as the question sees it.
        wanted: Stop when all of these are found; None looks until nothing new turns up.
    """
    best: dict[str, Entry] = {}
    held: dict[str, list[tuple[int, Promise, int]]] = {}
    missing = None if wanted is None else set(wanted)
    layer = starts(prepared)
    while layer and (missing is None or missing):
        kept: list[Entry] = []
        for entry in sorted(layer, key=attrgetter("day")):
            agency, promise = entry.state
            new = _news(held.get(agency, ()), entry.day, promise, entry.mask)
            if new:
                one = Entry(entry.state, entry.day, new, entry.edge, entry.parent, entry.hops)
                kept.append(one)
                held.setdefault(agency, []).append((entry.day, promise, new))
                if agency not in best:
                    best[agency] = one
                    if missing is not None:
                        missing.discard(agency)
        layer = [following for entry in kept for following in _onward(entry, prepared, held)]
    return best


def strongest(prepared: Prepared, reached: Collection[str], shortest: dict[str, Entry]) -> dict[str, Entry]:
    """Admit evidence from the strongest down; an agency's path is from the first round that reaches it.

    Args:
        prepared: The network as the question sees it.
        reached: Every agency that all the evidence together reaches.
        shortest: Their paths with the fewest hops on all the evidence: the last round.
    """
    present = {edge.agreement.status for edges in prepared.leaving.values() for edge in edges}
    rounds = [status for status in STATUSES if status in present]
    found: dict[str, Entry] = {}
    for number in range(1, len(rounds)):
        left = admitting(prepared, rounds[:number])
        news = {entry.state[0] for entry in earliest(left)} - found.keys()
        if news:
            paths = fewest_hops(left, news)
            found |= {agency: paths[agency] for agency in news}
        if len(found) == len(reached):
            return found
    return shortest | found


def _news(held: Collection[tuple[int, Promise, int]], day: int, promise: Promise, mask: int) -> int:
    """Pairs that nothing held brings as early and as free."""
    for since, under, have in held:
        if mask & have and since <= day and weaker(under, promise):
            mask &= ~have
            if not mask:
                break
    return mask


def _onward(entry: Entry, prepared: Prepared, held: dict[str, list[tuple[int, Promise, int]]]) -> list[Entry]:
    agency, promise = entry.state
    found = []
    for edge in prepared.leaving.get(agency, ()):
        mask = entry.mask & edge.mask
        if not mask or entry.day > edge.ends or not edge.takes_from(promise):
            continue
        day = max(entry.day, edge.starts)
        if (have := held.get(edge.receiver)) is not None:
            mask = _news(have, day, edge.promise, mask)
        if mask:
            found.append(Entry((edge.receiver, edge.promise), day, mask, edge, entry, entry.hops + 1))
    return found
