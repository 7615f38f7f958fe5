"""The answer for a national network: who, since when, by which agreements, and proof that nobody is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.asked import Asked, asked, halves, whole
from schoolgate.engines.reach.national.columns import status_of
from schoolgate.engines.reach.national.compiled import NONE, Ints, Words, compiled
from schoolgate.engines.reach.national.index import Index
from schoolgate.engines.reach.national.settling import Seeds, Settled, sweep
from schoolgate.engines.reach.network.nouns import STATUSES, Status
from schoolgate.engines.reach.searching.question import Pair

# Entries to make room for at first, for each place.
_ROOM = 3


@dataclass(frozen=True, slots=True)
class Hop:
    """One agreement on the way.

    Attributes:
        agreement: Its id.
        giver: Id of the agency whose data moves.
        receiver: Id of the agency that gets it.
        day: The earliest day it arrives.
        pairs: The (purpose, kind) pairs that survive after this hop.
        status: How well the agreement is known.
        despite_promise: Whether the giver had promised not to pass this on to the receiver.
    """

    agreement: str
    giver: str
    receiver: str
    day: date
    pairs: frozenset[Pair]
    status: Status
    despite_promise: bool


@dataclass(frozen=True, slots=True)
class Way:
    """Agreements in order, each usable on the day the data gets there."""

    hops: tuple[Hop, ...]

    @property
    def arrives(self) -> date:
        """The day the data reaches the end."""
        return self.hops[-1].day

    @property
    def weakest_status(self) -> Status:
        """The weakest evidence on the way."""
        return max((hop.status for hop in self.hops), key=STATUSES.index)


@dataclass(frozen=True, slots=True)
class Held:
    """Pairs an agency can have from a day on, and to whom it may pass them: None is everybody."""

    day: date
    pairs: frozenset[Pair]
    may_pass_to: frozenset[str] | None


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What agencies get, whatever binds them.

    Attributes:
        agency: Their numbers, rising.
        day: The first day each has something, as an ordinal; -1 for those with nothing.
        pairs: Which pairs each can ever have: two words an agency.
    """

    agency: Ints
    day: Ints
    pairs: Words


@dataclass(frozen=True, slots=True, eq=False)
class National:
    """Who can reach data in a national network.

    This says what agreements permit or observations show, never that something happened to one record.

    Attributes:
        asked: The question, put to an index.
        seeds: Where the data was from the beginning.
        settled: What each place holds since when and by which arc.
    """

    asked: Asked
    seeds: Seeds
    settled: Settled

    @property
    def nbytes(self) -> int:
        """Bytes of the answer in use: 16 a place for what is known, 4 for the first of its entries, 32 an entry."""
        return self.settled.known.nbytes + self.settled.head.nbytes + 32 * int(self.settled.used[0])

    def summary(self, agencies: Ints | None = None) -> Summary:
        """What agencies get, all of them unless some are given; O(entries)."""
        return summary_of(self.asked.index, self.settled, agencies)

    def reached(self) -> frozenset[str]:
        """Ids of all agencies that get something, but for the start."""
        found = self.summary()
        ids = self.asked.index.columns.agencies
        return frozenset(ids[int(one)] for one in found.agency[found.day >= 0]) - {self.asked.question.start}

    def holdings(self, agency: str) -> tuple[Held, ...]:
        """What an agency can have, in order of days; empty when it is not reached.

        What is bound is listed also where the same is held free: each stands on agreements of its own.
        """
        index = self.asked.index
        held = [
            (int(self.settled.day[entry]), place, mask)
            for place in index.places_of(index.columns.agencies.place(agency))
            for entry, mask in self._entries(place)
        ]
        return tuple(
            Held(date.fromordinal(day), self.asked.labels.names(mask), index.may_pass_to(place))
            for day, place, mask in sorted(held)
        )

    def way(self, agency: str, pair: Pair | None = None) -> Way | None:
        """The agreements by which an agency first gets something, or first gets a pair; None when it does not.

        O(hops x entries of each place on the way).

        Raises:
            ReachError: For an unknown agency, for a pair that was not asked about, and for the start.
        """
        index = self.asked.index
        number = index.columns.agencies.place(agency)
        if agency == self.asked.question.start:
            raise ReachError(f"{agency!r} is where the data is from the beginning")
        wanted = self.asked.labels.everything if pair is None else self._bit(pair)
        found = [
            (int(self.settled.day[entry]), int(self.settled.order[entry]), place, mask & wanted)
            for place in index.places_of(number)
            for entry, mask in self._entries(place)
            if mask & wanted
        ]
        if not found:
            return None
        *_, place, mask = min(found)
        return self._back(place, mask & -mask)

    def check(self) -> None:
        """Verify the answer in two passes, one over arcs and one over entries, apart from the search.

        Closed: no usable arc brings a pair that its target does not have by that day, so nobody outside is missing
        and no day is too late (the negative certificate). Supported: each entry comes from an earlier key by an arc
        in force, so nobody is in it without a way. O(arcs x entries of their source).

        Raises:
            ReachError: Naming an agreement by which something new would arrive, or an agency without a way.
        """
        arcs = self.asked.index.arcs
        ids = self.asked.index.columns
        arc = _open_arc(self.asked.words, arcs.source.size, self.settled)
        if arc != NONE:
            raise ReachError(f"not closed: {ids.agreements[int(arcs.agreement[arc])]!r} brings more pairs or sooner")
        place = _unsupported(self.asked.words, self.settled, self.seeds)
        if place != NONE:
            agency = ids.agencies[int(self.asked.index.owner[place])]
            raise ReachError(f"not supported: {agency!r} has pairs that no agreement brought by that day")

    def carrying(self) -> NDArray[np.bool]:
        """For each agreement whether it carries some of the data."""
        arcs = self.asked.index.arcs
        found = np.zeros(len(self.asked.index.columns), np.bool)
        found[
            arcs.agreement[carrying_arcs(self.asked.words, np.arange(arcs.source.size, dtype=np.int32), self.settled)]
        ] = True
        return found

    def _entries(self, place: int) -> list[tuple[int, int]]:
        """The entries of a place that still hold something, with their masks."""
        found: list[tuple[int, int]] = []
        entry = int(self.settled.head[place])
        while entry >= 0:
            if mask := whole(*self.settled.mask[entry]):
                found.append((entry, mask))
            entry = int(self.settled.after[entry])
        return found

    def _bit(self, pair: Pair) -> int:
        labels = self.asked.labels
        purpose, kind = pair
        if purpose not in labels.purposes or kind not in labels.kinds:
            raise ReachError(f"the pair {purpose!r}, {kind!r} was not asked about")
        return 1 << labels.purposes.index(purpose) * len(labels.kinds) + labels.kinds.index(kind)

    def _back(self, place: int, bit: int) -> Way:
        """Follow one pair back to the beginning, then narrow what survives on the way forward."""
        taken: list[tuple[int, int]] = []
        while True:
            entry = next(entry for entry, mask in self._entries(place) if mask & bit)
            arc = int(self.settled.arc[entry])
            if arc < 0:
                break
            taken.append((arc, int(self.settled.day[entry])))
            place = int(self.asked.index.arcs.source[arc])
        mask = whole(*self.seeds.mask[-1 - arc])
        hops = []
        for arc, day in reversed(taken):
            mask &= whole(*self.asked.words[arc, :2])
            hops.append(hop(self.asked, arc, day, mask))
        return Way(tuple(hops))


def hop(question: Asked, arc: int, day: int, mask: int) -> Hop:
    """An arc in words."""
    index = question.index
    columns = index.columns
    number = int(index.arcs.agreement[arc])
    receiver = columns.agencies[int(columns.receiver[number])]
    promise = index.may_pass_to(int(index.arcs.source[arc]))
    return Hop(
        columns.agreements[number],
        columns.agencies[int(columns.giver[number])],
        receiver,
        date.fromordinal(day),
        question.labels.names(mask),
        status_of(columns, number),
        despite_promise=promise is not None and receiver not in promise,
    )


def reach_national(
    index: Index,
    start: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
) -> National:
    """Who can reach data that `start` holds since a day; as `reach`, for networks of up to millions of agreements.

    The day sweep (`settling`): about half a second for a million agreements and 96 pairs.

    Args:
        index: The network, indexed in the reading that is asked for.
        start: The agency that holds the data.
        since: The day it begins to hold it.
        kinds: Kinds of the data.
        purposes: Purposes somebody might use it for.
        until: Look no further than this day.
        statuses: Evidence to admit; defaults as for `reach`.

    Raises:
        ReachError: As for `reach`, and for more than 128 pairs at once.
    """
    place = index.columns.agencies.place(start)
    question = asked(index, start, since, kinds, purposes, until=until, statuses=statuses)
    seeds = Seeds(
        index.rank[[place]],
        np.array([since.toordinal()], np.int32),
        np.array([halves(question.labels.everything)], np.uint64),
    )
    return National(question, seeds, settle(question, seeds))


def settle(question: Asked, seeds: Seeds) -> Settled:
    """Run the sweep from these seeds."""
    arcs = question.index.arcs
    room = _ROOM * question.index.places
    return sweep(arcs.first, arcs.by_start, arcs.begins_at, arcs.begins_on, question.words, seeds, question.until, room)


def summary_of(index: Index, settled: Settled, agencies: Ints | None = None) -> Summary:
    """What agencies get in a settled state, all of them unless some are given."""
    count = len(index.columns.agencies)
    chosen = np.arange(count, dtype=np.int32) if agencies is None else np.unique(agencies).astype(np.int32)
    rank = index.rank[chosen]
    low = np.searchsorted(index.special_rank, rank).astype(np.int32)
    high = np.searchsorted(index.special_rank, rank, side="right").astype(np.int32)
    return Summary(chosen, *_summed(settled, rank, low, high, count))


@compiled
def _summed(settled: Settled, rank: Ints, low: Ints, high: Ints, count: int) -> tuple[Ints, Words]:
    days = np.full(rank.size, -1, np.int32)
    pairs = np.zeros((rank.size, 2), np.uint64)
    for number in range(rank.size):
        for turn in range(2 + high[number] - low[number]):
            special = turn - 2
            place = rank[number] + turn * count if special < 0 else 2 * count + low[number] + special
            pairs[number, 0] |= settled.known[place, 0]
            pairs[number, 1] |= settled.known[place, 1]
            entry = settled.head[place]
            while entry >= 0:
                if settled.mask[entry, 0] | settled.mask[entry, 1] != np.uint64(0) and (
                    days[number] < 0 or settled.day[entry] < days[number]
                ):
                    days[number] = settled.day[entry]
                entry = settled.after[entry]
    return days, pairs


@compiled
def _open_arc(words: Words, arcs: int, settled: Settled) -> int:
    """An arc that brings something new or sooner, or -1."""
    numbers = words.view(np.int32)
    none = np.uint64(0)
    for arc in range(arcs):
        entry = settled.head[numbers[arc, 7]]
        last = numbers[arc, 5]
        while entry >= 0:
            low = words[arc, 0] & settled.mask[entry, 0]
            high = words[arc, 1] & settled.mask[entry, 1]
            day = max(settled.day[entry], numbers[arc, 6])
            if low | high != none and day <= last:
                held = settled.head[numbers[arc, 4]]
                while held >= 0 and low | high != none:
                    if settled.day[held] <= day:
                        low &= ~settled.mask[held, 0]
                        high &= ~settled.mask[held, 1]
                    held = settled.after[held]
                if low | high != none:
                    return arc
            entry = settled.after[entry]
    return -1


@compiled
def _unsupported(words: Words, settled: Settled, seeds: Seeds) -> int:
    """A place with an entry that came by nothing, or whose pairs are not those it is known to have; or -1."""
    numbers = words.view(np.int32)
    none = np.uint64(0)
    for place in range(settled.head.size):
        all_low = none
        all_high = none
        entry = settled.head[place]
        while entry >= 0:
            low = settled.mask[entry, 0]
            high = settled.mask[entry, 1]
            all_low |= low
            all_high |= high
            arc = settled.arc[entry]
            day = settled.day[entry]
            if arc < 0:
                seed = -1 - arc
                if seeds.place[seed] == place and seeds.day[seed] == day:
                    low &= ~seeds.mask[seed, 0]
                    high &= ~seeds.mask[seed, 1]
            elif low | high != none and numbers[arc, 4] == place and numbers[arc, 5] >= day:
                held = settled.head[numbers[arc, 7]]
                while held >= 0:
                    since = settled.day[held]
                    if max(since, numbers[arc, 6]) == day and (
                        since < day or settled.order[held] < settled.order[entry]
                    ):
                        low &= ~(settled.mask[held, 0] & words[arc, 0])
                        high &= ~(settled.mask[held, 1] & words[arc, 1])
                    held = settled.after[held]
            if low | high != none:
                return place
            entry = settled.after[entry]
        if all_low != settled.known[place, 0] or all_high != settled.known[place, 1]:
            return place
    return -1


@compiled
def carrying_arcs(words: Words, arcs: Ints, settled: Settled) -> NDArray[np.bool]:
    """For each of these arcs whether it carries some pair while in force."""
    numbers = words.view(np.int32)
    none = np.uint64(0)
    found = np.zeros(arcs.size, np.bool)
    for number in range(arcs.size):
        arc = arcs[number]
        source = numbers[arc, 7]
        if (words[arc, 0] & settled.known[source, 0]) | (words[arc, 1] & settled.known[source, 1]) != none:
            entry = settled.head[source]
            while entry >= 0 and not found[number]:
                some = (words[arc, 0] & settled.mask[entry, 0]) | (words[arc, 1] & settled.mask[entry, 1])
                found[number] = some != none and max(settled.day[entry], numbers[arc, 6]) <= numbers[arc, 5]
                entry = settled.after[entry]
    return found
