"""Places and arcs: the columns in the order in which a search reads them.

A promise not to pass data on binds whoever received under it, for what came that way. So each agency is several
places: what it holds free, what it holds bound (nobody may get it next), and one place for each set of agencies to
which alone it may pass something on (a product with a small automaton). A free place is left by all agreements of
its agency, a bound one only by those that go over a promise, the others also by those to the agencies named. Each
place is kept in its own right, whatever is held free: so the end of one agreement finds the other at hand.

Places are numbered by how many agreements their agency has, most first: what is read most lies together in memory.
"""

# ruff: noqa: PLR0917, C901 - compiled functions take places and not names, and a loop in them is one function

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.kept import Kept
from schoolgate.engines.reach.national.columns import ONLY, Columns
from schoolgate.engines.reach.national.compiled import Ints, Words, compiled
from schoolgate.engines.reach.network.nouns import ONWARD, STATUSES
from schoolgate.engines.reach.searching.prepared import ALWAYS, DESPITE_PROMISES
from schoolgate.engines.reach.searching.question import Reading

# Questions whose terms an index keeps: 32 bytes an arc each.
_KEPT: Final = 2
DESPITE: Final = np.array([status in DESPITE_PROMISES for status in STATUSES])


class Terms(NamedTuple):
    """What is read of each arc when a question is asked, in the order of the arcs."""

    purposes: NDArray[np.uint32]
    kinds: NDArray[np.uint64]
    status: NDArray[np.int8]


class Arcs(NamedTuple):
    """Agreements as the places of their giver use them, by place and then by first day; int32 all.

    An agreement stands once for each place of its giver that it can leave from.
    """

    first: Ints  # where the arcs of each place begin, and the end
    source: Ints
    target: Ints
    starts: Ints
    ends: Ints
    agreement: Ints
    by_start: Ints  # arcs in order of their first day
    begins_at: Ints  # the source of each of these
    begins_on: Ints  # and its first day
    into_first: Ints  # where the arcs into each place begin in `into`, and the end
    into: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Columns ready to be searched in one reading of unknown terms.

    Attributes:
        columns: What was indexed.
        reading: How unknown onward sharing is taken.
        arcs: What leads where. With n agencies the places below n are free, n further on stands what the same agency
            holds bound, and from 2n on are pairs of an agency and a set.
        terms: What each arc allows.
        rank: The free place of each agency.
        owner: The agency of each place.
        special_rank: The agency of each place from 2n on, by its rank, in order.
        special_set: The set to whose agencies alone it may pass on.
        kept: What the arcs are to the last questions: many schools ask the same (`asked`).
    """

    columns: Columns
    reading: Reading
    arcs: Arcs
    terms: Terms
    rank: Ints
    owner: Ints
    special_rank: Ints
    special_set: Ints
    kept: Kept[Hashable, Words] = field(default_factory=lambda: Kept(_KEPT), repr=False)

    @property
    def places(self) -> int:
        """How many places there are."""
        return self.owner.size

    @property
    def nbytes(self) -> int:
        """Bytes of the whole index."""
        return sum(column.nbytes for column in (*self.arcs, *self.terms, self.rank, self.owner))

    def places_of(self, agency: int) -> list[int]:
        """All places of an agency, free and bound first."""
        count = len(self.columns.agencies)
        rank = int(self.rank[agency])
        low, high = np.searchsorted(self.special_rank, [rank, rank + 1])
        return [rank, count + rank, *range(2 * count + int(low), 2 * count + int(high))]

    def may_pass_to(self, place: int) -> frozenset[str] | None:
        """To whom what is held at a place may go: None is everybody."""
        count = len(self.columns.agencies)
        if place < count:
            return None
        return self.columns.may_pass_to(int(self.special_set[place - 2 * count])) if place >= 2 * count else frozenset()

    def may_pass(self, place: int, receiver: int) -> bool:
        """Whether what is held at a place may go to an agency by an agreement that keeps promises."""
        count = len(self.columns.agencies)
        if place < count:
            return True
        return place >= 2 * count and self.columns.names_agency(int(self.special_set[place - 2 * count]), receiver)


def index(columns: Columns, reading: Reading = "strict") -> Index:
    """Sort the agreements by giver and first day, and again by receiver.

    Counting sorts: O(agreements + agencies + days between the first and the last).
    """
    count = len(columns.agencies)
    by_rank, rank = _ranked(columns)
    giver, receiver = rank[columns.giver], rank[columns.receiver]
    bound = columns.onward == ONWARD.index("no")
    if reading == "strict":
        bound |= columns.onward == ONWARD.index("unknown")
    target = receiver + np.where(bound, np.int32(count), np.int32(0))
    specials, sets = np.zeros(0, np.int32), np.zeros(0, np.int32)
    only = np.flatnonzero(columns.onward == ONLY)
    if only.size:
        width = columns.only_first.size
        key, place = np.unique(receiver[only].astype(np.int64) * width + columns.only[only], return_inverse=True)
        specials, sets = (key // width).astype(np.int32), (key % width).astype(np.int32)
        target[only] = 2 * count + place
    words = columns.only_word.copy()
    words[words >= 0] = rank[words[words >= 0]]
    first, source, agreement = _arcs(
        _sorted_by(giver, _sorted_by_day(columns.start), count),
        giver,
        receiver,
        DESPITE[columns.status],
        columns.agency_kind[by_rank],
        specials,
        sets,
        columns.only_first,
        words,
    )
    starts, targets = columns.start[agreement], target[agreement]
    by_start = _sorted_by_day(starts)
    into_first = np.zeros(first.size, np.int32)
    np.cumsum(np.bincount(targets, minlength=first.size - 1), out=into_first[1:])
    return Index(
        columns,
        reading,
        Arcs(
            first,
            source,
            targets,
            starts,
            columns.end[agreement],
            agreement,
            by_start,
            source[by_start],
            starts[by_start],
            into_first,
            _sorted_by(targets, np.arange(targets.size, dtype=np.int32), first.size - 1),
        ),
        Terms(columns.purposes[agreement], columns.kinds[agreement], columns.status[agreement]),
        rank,
        np.concatenate([by_rank, by_rank, by_rank[specials]]),
        specials,
        sets,
    )


def _ranked(columns: Columns) -> tuple[Ints, Ints]:
    """Agencies by how many agreements they have, most first, and where each then stands."""
    count = len(columns.agencies)
    degree = np.bincount(columns.giver, minlength=count) + np.bincount(columns.receiver, minlength=count)
    by_rank = np.argsort(-degree, kind="stable").astype(np.int32)
    rank = np.empty(count, np.int32)
    rank[by_rank] = np.arange(count, dtype=np.int32)
    return by_rank, rank


def _sorted_by_day(days: Ints) -> Ints:
    """Rows in order of their day, unknown first; equal days in their order."""
    order = np.arange(days.size, dtype=np.int32)
    known = days[days != ALWAYS]
    if not known.size:
        return order
    least = int(known.min())
    return _sorted_by(np.where(days == ALWAYS, 0, days - (least - 1)), order, int(known.max()) - least + 2)


@compiled
def _sorted_by(keys: Ints, order: Ints, most: int) -> Ints:
    """`order` sorted by the key of each, stable; keys are below `most`."""
    at = np.zeros(most + 1, np.int32)
    for one in order:
        at[keys[one] + 1] += 1
    for key in range(most):
        at[key + 1] += at[key]
    found = np.empty(order.size, np.int32)
    for one in order:
        found[at[keys[one]]] = one
        at[keys[one]] += 1
    return found


@compiled
def _arcs(
    order: Ints,
    giver: Ints,
    receiver: Ints,
    despite: np.ndarray,
    agency_kind: np.ndarray,
    special_agency: Ints,
    special_set: Ints,
    only_first: Ints,
    only_word: Ints,
) -> tuple[Ints, Ints, Ints]:
    """Lay the arcs out place by place: the first of each place, and each one's place and agreement."""
    agencies = agency_kind.size
    places = 2 * agencies + special_agency.size
    free = np.zeros(agencies + 1, np.int32)
    first = np.zeros(places + 1, np.int32)
    for one in order:
        free[giver[one] + 1] += 1
    for agency in range(agencies):
        free[agency + 1] += free[agency]
        first[agency + 1] = free[agency + 1]
    source = np.empty(0, np.int32)
    agreement = np.empty(0, np.int32)
    for fill in (False, True):
        at = order.size
        if fill:
            source = np.empty(first[places], np.int32)
            agreement = np.empty(first[places], np.int32)
            source[:at] = giver[order]
            agreement[:at] = order
        for place in range(agencies, places):
            special = place - 2 * agencies
            agency = place - agencies if special < 0 else special_agency[special]
            for free_arc in range(free[agency], free[agency + 1]):
                one = order[free_arc]
                leaves = despite[one]
                if not leaves and special >= 0:
                    to = receiver[one]
                    for word in only_word[only_first[special_set[special]] : only_first[special_set[special] + 1]]:
                        leaves |= word == to or word == -1 - agency_kind[to]
                if leaves:
                    if fill:
                        source[at] = place
                        agreement[at] = one
                    at += 1
            first[place + 1] = at
    return first, source, agreement
