"""From the end: until which day what an agency holds can still get to a target, and how soon it would.

The last day that a tail of agreements e1 ... ek can be entered is the earliest of their ends, if each ei begins
before all later ones end; what enters on day t arrives on max(t, the newest start). So a tail is two days, and
prepending an agreement takes a minimum and a maximum. A promise belongs to the agreement by which data came, so
a tail starts at a state: an agency with the promise under which it holds the data.

The one-pass scans of Wu et al. (VLDB 2014) need contacts at points of time; for intervals see Jain & Sahni
(Algorithms 15(10):361, 2022). Both searches carry all (purpose, kind) pairs at once as bits.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from schoolgate.engines.reach.searching.frontier import Frontier
from schoolgate.engines.reach.searching.levels import Levels
from schoolgate.engines.reach.searching.prepared import FOREVER, Edge, Prepared, Promise, State

Key = tuple[int, int, int]


@dataclass(slots=True, eq=False)
class Tail:
    """Agreements from a state to a target; never changed.

    Attributes:
        state: Where it begins.
        latest: The last day on which data held there can enter it, as an ordinal.
        newest: The day on which it arrives if entered in time: the newest start, or the question's first day.
        mask: Pairs it is the first tail for.
        edge: Its first agreement; None at a target.
        rest: What follows; None at a target.
        hops: How many agreements.
    """

    state: State
    latest: int
    newest: int
    mask: int
    edge: Edge | None
    rest: "Tail | None"
    hops: int

    def part(self, mask: int) -> "Tail":
        """The same for fewer pairs."""
        return Tail(self.state, self.latest, self.newest, mask, self.edge, self.rest, self.hops)

    @property
    def edges(self) -> list[Edge]:
        """Its agreements, in order."""
        found: list[Edge] = []
        at: Tail | None = self
        while at is not None and at.edge is not None:
            found.append(at.edge)
            at = at.rest
        return found


@dataclass(slots=True, eq=False)
class Tails:
    """The tails that a search keeps.

    Attributes:
        at: By state, in the order in which they were found.
        room: By state, the pairs by the last day to enter, counted backward: `by(-day)` are those in time.
    """

    at: dict[State, list[Tail]] = field(default_factory=dict)
    room: dict[State, Frontier] = field(default_factory=dict)

    def in_time(self, state: State, day: int) -> int:
        """The pairs that can still get to a target from a day on."""
        room = self.room.get(state)
        return room.by(-day) if room else 0

    def distance(self, state: State, day: int, mask: int) -> int | None:
        """How few agreements bring some of the pairs to a target from a day on; for tails in order of hops."""
        return next((one.hops for one in self.at.get(state, ()) if one.latest >= day and one.mask & mask), None)

    def keep(self, tail: Tail) -> Tail | None:
        """Keep the part of a tail for which nothing kept at its state can be entered as late."""
        mask = tail.mask & ~self.in_time(tail.state, tail.latest)
        if not mask:
            return None
        new = tail if mask == tail.mask else tail.part(mask)
        self.at.setdefault(tail.state, []).append(new)
        self.room.setdefault(tail.state, Frontier()).add(-tail.latest, mask)
        return new


@dataclass(slots=True, eq=False)
class Arriving:
    """A prepared network seen from its targets.

    Attributes:
        since: The first day of the question, as an ordinal.
        edges: The agreements by receiver and by the promise they carry; none leaves a target.
        promises: The promises under which an agency can hold something; None for what it had first.
        ends: The states at which tails end.
    """

    since: int
    edges: dict[State, list[Edge]]
    promises: dict[str, list[Promise]]
    ends: list[State]

    @classmethod
    def of(cls, prepared: Prepared, targets: Collection[str]) -> "Arriving":
        """Turn the edges around; O(edges)."""
        since = min(one.since for one in prepared.question.holders).toordinal()
        edges: dict[State, list[Edge]] = {}
        promises: dict[str, list[Promise]] = {}
        for giver, leaving in prepared.leaving.items():
            if giver not in targets:
                for edge in leaving:
                    edges.setdefault((edge.receiver, edge.promise), []).append(edge)
        first: list[State] = [(giver, None) for giver in prepared.leaving]
        first += [(one.agency, one.may_pass_to) for one in prepared.question.holders]
        for agency, promise in dict.fromkeys((*first, *edges)):
            promises.setdefault(agency, []).append(promise)
        return cls(since, edges, promises, [state for state in edges if state[0] in targets])

    def into(self, receiver: str) -> Iterator[Edge]:
        """The agreements by which an agency gets something on the way to a target."""
        for promise in self.promises.get(receiver, ()):
            yield from self.edges.get((receiver, promise), ())

    def before(self, tail: Tail, kept: Tails) -> Iterator[Tail]:
        """The tails longer by one agreement that can be entered after the first day, and later than those kept."""
        for edge in self.edges.get(tail.state, ()):
            mask = tail.mask & edge.mask
            latest = min(edge.ends, tail.latest)
            if mask and edge.starts <= latest >= self.since:
                for promise in self.promises[edge.giver]:
                    if promise is None or edge.takes_from(promise):
                        state = (edge.giver, promise)
                        if new := mask & ~kept.in_time(state, latest):
                            newest = max(edge.starts, tail.newest)
                            yield Tail(state, latest, newest, new, edge, tail, tail.hops + 1)

    def first_tails(self, everything: int) -> list[Tail]:
        """The empty tails at the targets."""
        return [Tail(state, FOREVER, self.since, everything, None, None, 0) for state in self.ends]


def soonest(arriving: Arriving, everything: int) -> Tails:
    """For each state the tails that arrive soonest, and those that arrive later but can be entered longer.

    Label-setting by arrival, then by the last day to enter: both can only get worse as a tail grows. A tail is
    kept for pairs for which no tail that arrives as soon can be entered as late. With d different starts after
    the first day, at most p d tails a state: O(p d m log m); d is 0 when all agreements hold already.
    """
    kept = Tails()
    levels: Levels[Key, State, Tail] = Levels()
    for empty in arriving.first_tails(everything):
        levels.at((empty.newest, -empty.latest, 0)).waiting.append(empty)
    while level := levels.pop():
        for waiting in level.waiting:
            if (tail := kept.keep(waiting)) is not None:
                for one in arriving.before(tail, kept):
                    after = levels.at((one.newest, -one.latest, one.hops))
                    if mask := after.claim(one.state, one.mask):
                        after.waiting.append(one if mask == one.mask else one.part(mask))
    return kept


def nearest(arriving: Arriving, everything: int) -> Tails:
    """For each state the tails with the fewest agreements, and longer ones that can be entered later.

    Breadth first from the targets; a tail is kept for pairs for which no tail as short can be entered as late.
    Each at most once per (state, pair, layer).
    """
    kept = Tails()
    layer = arriving.first_tails(everything)
    while layer:
        fresh = [new for tail in sorted(layer, key=attrgetter("latest"), reverse=True) if (new := kept.keep(tail))]
        queued: dict[State, Frontier] = {}
        layer = []
        for tail in fresh:
            for one in arriving.before(tail, kept):
                claimed = queued.setdefault(one.state, Frontier())
                if mask := one.mask & ~claimed.by(-one.latest):
                    claimed.add(-one.latest, mask)
                    layer.append(one if mask == one.mask else one.part(mask))
    return kept
