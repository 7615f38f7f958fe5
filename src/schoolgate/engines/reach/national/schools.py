"""Many schools at once: what they share is settled once, and each school is the difference.

The schools of a district give to the same few agencies by much the same papers. What a school gives is a list of
contributions: to this place, from this day, these pairs. The contributions, the most shared first, make a tree in
which each school is a path from the root: what all share is the root and is swept once (`settling`); each further
branch brings its contribution and only what comes sooner by it is settled (`changing`: Ramalingam and Reps for
signed agreements), then it is taken back for the next branch. A school of which too much differs is swept apart. So
it is exact whatever the schools share, and with nothing shared each costs about as much as a search of its own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.answers import National, Summary, carrying_arcs, settle, summary_of
from schoolgate.engines.reach.national.asked import ENDS, STARTS, TARGET, Asked, asked, halves, whole
from schoolgate.engines.reach.national.changing import LOGGED, Graph, bring, undo, work_of
from schoolgate.engines.reach.national.compiled import Ints
from schoolgate.engines.reach.national.index import Index
from schoolgate.engines.reach.national.settling import Seeds
from schoolgate.engines.reach.national.states import copied, places_touched
from schoolgate.engines.reach.network.nouns import Status

# A school is settled by what differs while that takes no more steps than one for each so many places, and a few.
_SHARE: Final = 16
_LEAST: Final = 64

# From which day, to which place, which pairs.
Contribution = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Schools:
    """What each of many schools reaches: what all share, and where each differs.

    This says what agreements permit or observations show, never that something happened to one record.

    Attributes:
        base: What follows from the contributions that all schools share.
        shared: What all agencies get by these.
        schools: Ids of the schools, in the order asked.
        differs: For each school what the agencies get that get more or sooner than by what is shared. Schools that
            give alike have the same.
        carries: For each school the agreements of others that carry something for it and nothing shared; numbers.
        carries_shared: For each agreement whether it carries something shared.
    """

    base: National
    shared: Summary
    schools: tuple[str, ...]
    differs: tuple[Summary, ...]
    carries: tuple[Ints, ...]
    carries_shared: NDArray[np.bool]

    def summary(self, school: str) -> Summary:
        """What all agencies get from one school; the school itself has everything since the beginning.

        Raises:
            ReachError: For a school that was not asked about.
        """
        number = self._number(school)
        days, pairs = self.shared.day.copy(), self.shared.pairs.copy()
        differs = self.differs[number]
        days[differs.agency], pairs[differs.agency] = differs.day, differs.pairs
        own = self.base.asked.index.columns.agencies.place(school)
        days[own], pairs[own] = self.base.asked.question.since.toordinal(), halves(self.base.asked.labels.everything)
        return Summary(self.shared.agency, days, pairs)

    def reached(self, school: str) -> frozenset[str]:
        """Ids of all agencies that get something from a school; without the school."""
        found = self.summary(school)
        ids = self.base.asked.index.columns.agencies
        return frozenset(ids[int(one)] for one in found.agency[found.day >= 0]) - {school}

    def share_of_agencies(self) -> NDArray[np.float64]:
        """For each agency the share of schools whose data it can get, the school itself not counted."""
        index = self.base.asked.index
        count = np.where(self.shared.day >= 0, len(self.schools), 0)
        for school, differs in zip(self.schools, self.differs, strict=True):
            count[differs.agency[self.shared.day[differs.agency] < 0]] += 1
            own = index.columns.agencies.place(school)
            count[own] -= bool(self.shared.day[own] >= 0 or own in differs.agency)
        return count / len(self.schools)

    def exposure(self) -> NDArray[np.float64]:
        """For each agreement the share of schools whose data it can carry."""
        count = np.where(self.carries_shared, len(self.schools), 0)
        for carries in self.carries:
            count[carries] += 1
        return count / len(self.schools)

    def _number(self, school: str) -> int:
        if school not in self.schools:
            raise ReachError(f"{school!r} is none of the {len(self.schools)} schools asked about")
        return self.schools.index(school)


def many_schools(
    index: Index,
    schools: Sequence[str],
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
) -> Schools:
    """Who can reach data that each of many schools holds since a day.

    One sweep, and for each branch of what they do not share O(d p + k log k) for the k (place, pair)s that get
    something sooner and the d arcs there. For the way of one school's data ask `reach_national`.

    Raises:
        ReachError: As for `reach_national`, and for no school or one named twice.
    """
    if not schools or len(set(schools)) < len(schools):
        raise ReachError("name at least one school, and each once")
    question = asked(index, "", since, kinds, purposes, until=until, statuses=statuses)
    numbers = [index.columns.agencies.place(school) for school in schools]
    given = [_contributions(question, int(index.rank[number])) for number in numbers]
    shared = sorted(frozenset.intersection(*map(frozenset, given)))
    seeds = _seeds(shared)
    base = National(question, seeds, settle(question, seeds))
    carries = np.zeros(len(index.columns), np.bool)
    arcs = np.arange(index.arcs.source.size, dtype=np.int32)
    carries[index.arcs.agreement[carrying_arcs(question.words, arcs, base.settled)]] = True
    found = _differences(base, [frozenset(one) - frozenset(shared) for one in given], carries)
    own = [np.array(sorted(set[int]().union(*one.values())), np.int32) for one in given]
    return Schools(
        base,
        summary_of(index, base.settled),
        tuple(schools),
        tuple(differs for differs, _ in found),
        tuple(
            np.union1d(more, mine[~carries[mine]]).astype(np.int32) for (_, more), mine in zip(found, own, strict=True)
        ),
        carries,
    )


def _contributions(question: Asked, place: int) -> dict[Contribution, list[int]]:
    """What leaves a place that has everything since the beginning, and by which agreements."""
    arcs = question.index.arcs
    since = question.question.since.toordinal()
    found: dict[Contribution, list[int]] = {}
    for arc in range(int(arcs.first[place]), int(arcs.first[place + 1])):
        mask = whole(*question.words[arc, :2])
        day = max(since, int(question.numbers[arc, STARTS]))
        if mask and day <= int(question.numbers[arc, ENDS]):
            agreements = found.setdefault((day, int(question.numbers[arc, TARGET]), mask), [])
            agreements.append(int(arcs.agreement[arc]))
    return found


def _seeds(contributions: Sequence[Contribution]) -> Seeds:
    return Seeds(
        np.array([place for _, place, _ in contributions], np.int32),
        np.array([day for day, _, _ in contributions], np.int32),
        np.array([halves(mask) for *_, mask in contributions], np.uint64).reshape(-1, 2),
    )


def _differences(
    base: National, given: Sequence[frozenset[Contribution]], carries: NDArray[np.bool]
) -> list[tuple[Summary, Ints]]:
    """For each school what differs from the base, and which further agreements carry something."""
    often = Counter(one for some in given for one in some)
    # A path of the tree for each school: what most share comes first, so that it is brought once.
    paths = [sorted(some, key=lambda one: (-often[one], one)) for some in given]
    turns = sorted(range(len(given)), key=lambda number: [(-often[one], one) for one in paths[number]])
    walk = _Walk(base, carries, base.asked.index.places // _SHARE + _LEAST)
    found: dict[int, tuple[Summary, Ints]] = {}
    for number in turns:
        found[number] = walk.here() if walk.go(paths[number]) else _apart(base, given[number], carries)
    return [found[number] for number in range(len(given))]


def _apart(base: National, given: frozenset[Contribution], carries: NDArray[np.bool]) -> tuple[Summary, Ints]:
    """What differs for a school of which so much differs that a sweep of its own is sooner done."""
    index = base.asked.index
    shared = zip(base.seeds.day.tolist(), base.seeds.place.tolist(), base.seeds.mask.tolist(), strict=True)
    seeds = _seeds(sorted([*given, *((day, place, whole(*mask)) for day, place, mask in shared)]))
    settled = settle(base.asked, seeds)
    before, after = summary_of(index, base.settled), summary_of(index, settled)
    differs = (before.day != after.day) | (before.pairs != after.pairs).any(axis=1)
    arcs = np.arange(index.arcs.source.size, dtype=np.int32)
    new = index.arcs.agreement[carrying_arcs(base.asked.words, arcs, settled)]
    more = np.unique(new[~carries[new]]).astype(np.int32)
    return Summary(after.agency[differs], after.day[differs], after.pairs[differs]), more


class _Walk:
    """Somewhere in the tree: what is settled here, and the way back."""

    def __init__(self, base: National, carries: NDArray[np.bool], room: int) -> None:
        arcs = base.asked.index.arcs
        self._base = base
        self._carries = carries
        self._settled = copied(base.settled, room)
        self._work = work_of(room)
        self._graph = Graph(arcs.first, arcs.into_first, arcs.into, base.asked.words, arcs.source.size)
        self._path: list[Contribution] = []
        self._marks: list[tuple[int, int]] = []
        self._here: tuple[Summary, Ints] | None = None

    def go(self, path: Sequence[Contribution]) -> bool:
        """Back to where this path branches off, then along it; False when that takes too much."""
        common = 0
        while common < min(len(path), len(self._path)) and path[common] == self._path[common]:
            common += 1
        if (common, common) == (len(path), len(self._path)):
            return True
        self._here = None
        if common < len(self._path):
            undo(self._settled, self._work, *self._marks[common])
        del self._path[common:], self._marks[common:]
        for one in path[common:]:
            self._marks.append((int(self._work.sizes[LOGGED]), int(self._settled.used[0])))
            self._path.append(one)
            seeds = _seeds([one])
            arcs = np.array([-1 - self._base.seeds.day.size], np.int32)
            if not bring(self._graph, self._settled, self._work, seeds.place, seeds.day, seeds.mask, arcs):
                undo(self._settled, self._work, *self._marks.pop())
                self._path.pop()
                return False
        return True

    def here(self) -> tuple[Summary, Ints]:
        """What differs from the base here, and the agreements that carry something here and not there."""
        if self._here is None:
            index = self._base.asked.index
            places = places_touched(self._work, 0)
            first = index.arcs.first
            arcs = _ranges(first[places], first[places + 1])
            new = index.arcs.agreement[arcs[carrying_arcs(self._base.asked.words, arcs, self._settled)]]
            more = np.unique(new[~self._carries[new]]).astype(np.int32)
            self._here = summary_of(index, self._settled, index.owner[places]), more
        return self._here


def _ranges(low: Ints, high: Ints) -> Ints:
    """All numbers from each low to its high, one after the other."""
    sizes = high - low
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found: Ints = (np.repeat(low, sizes) + within).astype(np.int32)
    return found
