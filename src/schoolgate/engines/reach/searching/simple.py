"""Single paths: every one without a needless round, nearest first; and the one on which most pairs survive."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from schoolgate.engines.reach.searching.backward import Arriving, Tails, nearest
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, Promise, State, weaker

Ids = tuple[str, ...]


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

    @property
    def edges(self) -> list[Edge]:
        """The agreements from the start, in order."""
        found: list[Edge] = []
        at: Entry | None = self
        while at is not None and at.edge is not None:
            found.append(at.edge)
            at = at.parent
        return found[::-1]


def starts(prepared: Prepared) -> list[Entry]:
    """Where paths begin: everything at each of the question's holders."""
    return [
        Entry((one.agency, one.may_pass_to), one.since.toordinal(), prepared.labels.everything, None, None, 0)
        for one in prepared.question.holders
    ]


def steps(entry: Entry, prepared: Prepared) -> Iterator[Entry]:
    """Where the pairs of an entry can go next, each at its earliest."""
    agency, promise = entry.state
    for edge in prepared.leaving.get(agency, ()):
        mask = entry.mask & edge.mask
        if mask and edge.takes_from(promise):
            day = max(entry.day, edge.starts)
            if day <= edge.ends:
                yield Entry((edge.receiver, edge.promise), day, mask, edge, entry, entry.hops + 1)


@dataclass(slots=True, eq=False)
class Guide:
    """What a search from the start knows about the target, so that it never goes where no way leads on.

    Attributes:
        prepared: The network as the question sees it.
        target: The id of an agency.
        tails: From every state, the ways on to the target.
    """

    prepared: Prepared
    target: str
    tails: Tails
    _arriving: Arriving
    _newest: list[dict[str, int]] = field(default_factory=list)

    @classmethod
    def to(cls, prepared: Prepared, target: str) -> "Guide":
        """Search backward from the target."""
        arriving = Arriving.of(prepared, {target})
        tails = nearest(arriving, prepared.labels.everything)
        return cls(prepared, target, tails, arriving, [{target: arriving.since}])

    def hops_left(self, entry: Entry) -> int | None:
        """At least so many agreements are still needed; None when there is no way on."""
        if entry.state[0] == self.target:
            return 0
        return self.tails.distance(entry.state, entry.day, entry.mask)

    def worth(self, entry: Entry) -> int:
        """Those of the entry's pairs that can still get to the target, by whatever ways."""
        if entry.state[0] == self.target:
            return entry.mask
        return entry.mask & self.tails.in_time(entry.state, entry.day)

    def newest(self, agency: str, hops: int) -> int:
        """No way to the target by so many agreements arrives before this day; dates alone, O(edges) a layer."""
        while len(self._newest) <= hops:
            layer: dict[str, int] = {}
            for receiver, day in self._newest[-1].items():
                for edge in self._arriving.into(receiver):
                    new = max(day, edge.starts)
                    if new < layer.get(edge.giver, new + 1):
                        layer[edge.giver] = new
            self._newest.append(layer)
        return self._newest[hops].get(agency, self._arriving.since)


def simple_paths(guide: Guide, effort: int) -> Iterator[Entry | None]:
    """Every path to the target, by hops, then day of arrival, then ids of the agreements.

    A path never comes back to an agency, unless it comes back freer: with a promise that lets more through than
    the one before; a round of that sort is the reason why the data may go on. Best first (A*): hops so far and at
    least needed, no day earlier than possible, ids so far; each of them can only grow, so paths come out in order.
    There can be exponentially many; looking for one more costs the partial paths of as few hops at most.

    Yields:
        The end of each path; None, and then nothing, when `effort` partial paths were looked at.
    """
    heap: list[tuple[int, int, Ids, Entry]] = []
    for entry in starts(guide.prepared):
        _push(heap, guide, entry, ())
    while heap:
        if effort <= 0:
            yield None
            return
        effort -= 1
        *_, ids, entry = heapq.heappop(heap)
        if entry.state[0] == guide.target:
            yield entry
            continue
        for following in steps(entry, guide.prepared):
            if following.edge and not needless(following):
                _push(heap, guide, following, (*ids, following.edge.agreement.id))


def widest(guide: Guide, effort: int) -> Entry | None:
    """The path on which most pairs survive; of those the one with the fewest hops, then the earliest.

    Choosing agreements that together strike the fewest pairs is a minimum-label path: NP-hard, exponential at
    worst. Best first on the pairs that survive and can still arrive; a partial path is dropped when another at
    the same agency has its pairs, its freedom, its day and its hops, or better. District networks strike most
    pairs within a few hops, so few are left.

    Raises:
        OverflowError: When `effort` partial paths did not decide it.
    """
    heap: list[tuple[int, int, int, Ids, Entry]] = []
    seen: dict[str, list[tuple[int, int, Promise, int]]] = {}
    for entry in starts(guide.prepared):
        _push_widest(heap, guide, seen, entry, ())
    while heap:
        *_, ids, entry = heapq.heappop(heap)
        agency, promise = entry.state
        if agency == guide.target:
            return entry
        label = (entry.mask, entry.day, promise, entry.hops)
        if _dominated(seen.get(agency, ()), *label):
            continue
        seen.setdefault(agency, []).append(label)
        if effort <= 0:
            raise OverflowError
        effort -= 1
        for following in steps(entry, guide.prepared):
            if following.edge:
                _push_widest(heap, guide, seen, following, (*ids, following.edge.agreement.id))
    return None


def needless(entry: Entry) -> bool:
    """Whether a path comes back to an agency that had the data already, as free to pass it on."""
    agency, promise = entry.state
    before = entry.parent
    while before is not None:
        if before.state[0] == agency and weaker(before.state[1], promise):
            return True
        before = before.parent
    return False


def _push(heap: list[tuple[int, int, Ids, Entry]], guide: Guide, entry: Entry, ids: Ids) -> None:
    left = guide.hops_left(entry)
    if left is not None:
        day = max(entry.day, guide.newest(entry.state[0], left))
        heapq.heappush(heap, (entry.hops + left, day, ids, entry))


def _push_widest(
    heap: list[tuple[int, int, int, Ids, Entry]],
    guide: Guide,
    seen: dict[str, list[tuple[int, int, Promise, int]]],
    entry: Entry,
    ids: Ids,
) -> None:
    agency, promise = entry.state
    mask = guide.worth(entry)
    if mask and not _dominated(seen.get(agency, ()), mask, entry.day, promise, entry.hops):
        one = entry.part(mask)
        heapq.heappush(heap, (-mask.bit_count(), one.hops, one.day, ids, one))


def _dominated(
    seen: list[tuple[int, int, Promise, int]] | tuple[()], mask: int, day: int, promise: Promise, hops: int
) -> bool:
    return any(
        since <= day and fewer <= hops and not mask & ~have and weaker(under, promise)
        for have, since, under, fewer in seen
    )
