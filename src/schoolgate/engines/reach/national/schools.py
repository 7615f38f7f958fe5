"""Many schools at once: what they share is settled once, and each school is the difference.

The schools of a district give to the same few agencies by much the same papers. What a school gives is a list of
contributions: to this place, from this day, these pairs. Schools that have the same most common contributions are a
group: these are swept once (`settling`), and for each school only what its other contributions bring sooner
(`sooner`). So it is exact whatever the schools share; with nothing shared each costs about as much as a search of its
own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.answers import National, Summary, settle, summary_of
from schoolgate.engines.reach.national.asked import ENDS, STARTS, TARGET, Asked, asked, halves, whole
from schoolgate.engines.reach.national.compiled import Ints
from schoolgate.engines.reach.national.index import Index
from schoolgate.engines.reach.national.settling import Seeds
from schoolgate.engines.reach.national.sooner import Base, Room, base_of, room_for, sooner
from schoolgate.engines.reach.network.nouns import Status

# A contribution of so large a share of the schools is what a group has in common.
_COMMON: Final = 0.9

# From which day, to which place, which pairs.
Contribution = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Schools with the same most common contributions.

    Attributes:
        base: What follows from what all of them give.
        shared: What all agencies get by it.
        differs: For each school, what the agencies get that get more or sooner than by what is shared. Schools that
            give alike have the same.
        carries: For each school, the agreements that carry something besides; numbers.
    """

    base: National
    shared: Summary
    differs: dict[str, Summary]
    carries: dict[str, Ints]


@dataclass(frozen=True, slots=True, eq=False)
class Schools:
    """What each of many schools reaches: what groups of them share, and where each differs.

    This says what agreements permit or observations show, never that something happened to one record.

    Attributes:
        asked: The question.
        schools: Ids of the schools, in the order asked.
        groups: What was settled together.
    """

    asked: Asked
    schools: tuple[str, ...]
    groups: tuple[Group, ...]

    def summary(self, school: str) -> Summary:
        """What all agencies get from one school; the school itself has everything since the beginning.

        Raises:
            ReachError: For a school that was not asked about.
        """
        group = next((one for one in self.groups if school in one.differs), None)
        if group is None:
            raise ReachError(f"{school!r} is none of the {len(self.schools)} schools asked about")
        days, pairs, differs = group.shared.day.copy(), group.shared.pairs.copy(), group.differs[school]
        days[differs.agency], pairs[differs.agency] = differs.day, differs.pairs
        own = self.asked.index.columns.agencies.place(school)
        days[own], pairs[own] = self.asked.question.since.toordinal(), self.asked.everything
        return Summary(group.shared.agency, days, pairs)

    def reached(self, school: str) -> frozenset[str]:
        """Ids of all agencies that get something from a school; without the school."""
        found = self.summary(school)
        ids = self.asked.index.columns.agencies
        return frozenset(ids[int(one)] for one in found.agency[found.day >= 0]) - {school}

    def share_of_agencies(self) -> NDArray[np.float64]:
        """For each agency the share of schools whose data it can get, the school itself not counted."""
        ids = self.asked.index.columns.agencies
        count = np.zeros(len(ids), np.int64)
        for group in self.groups:
            count += np.where(group.shared.day >= 0, len(group.differs), 0)
            for school, differs in group.differs.items():
                count[differs.agency[group.shared.day[differs.agency] < 0]] += 1
                own = ids.place(school)
                count[own] -= bool(group.shared.day[own] >= 0 or own in differs.agency)
        return count / len(self.schools)

    def exposure(self) -> NDArray[np.float64]:
        """For each agreement the share of schools whose data it can carry. O(arcs + what differs)."""
        count = np.zeros(len(self.asked.index.columns), np.int64)
        for group in self.groups:
            shared = group.base.carrying()
            count += np.where(shared, len(group.carries), 0)
            for carries in group.carries.values():
                count[carries[~shared[carries]]] += 1
        return count / len(self.schools)


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

    One sweep for each group of schools, and O(d p + days) for the d arcs at places where a school's data comes
    sooner than the group's. For the way of one school's data ask `reach_national`.

    Raises:
        ReachError: As for `reach_national`, and for no school or one named twice.
    """
    if not schools or len(set(schools)) < len(schools):
        raise ReachError("name at least one school, and each once")
    question = asked(index, "", since, kinds, purposes, until=until, statuses=statuses)
    given = {
        school: _contributions(question, int(index.rank[index.columns.agencies.place(school)])) for school in schools
    }
    groups = tuple(_group(question, common, {one: given[one] for one in some}) for common, some in _grouped(given))
    return Schools(question, tuple(schools), groups)


def _grouped(
    given: dict[str, dict[Contribution, list[int]]],
) -> Iterator[tuple[frozenset[Contribution], list[str]]]:
    """Schools by what most of them have in common; what is left over is grouped again."""
    left = list(given)
    while left:
        often = Counter(one for school in left for one in given[school])
        common = frozenset(one for one, times in often.items() if times >= _COMMON * len(left))
        members = [school for school in left if common <= given[school].keys()]
        if not members or not common:
            common, members = frozenset.intersection(*(frozenset(given[school]) for school in left)), left
        yield common, members
        left = [school for school in left if school not in members]


def _group(question: Asked, common: frozenset[Contribution], given: dict[str, dict[Contribution, list[int]]]) -> Group:
    index = question.index
    seeds = _seeds(sorted(common))
    base = National(question, seeds, settle(question, seeds))
    shared = summary_of(index, base.settled)
    starts = index.arcs.starts
    last = min(int(starts.max(initial=0)), question.until)
    days = [day for some in given.values() for day, _, _ in some]
    begin = min(days, default=0)
    room = room_for(index.places, len(index.columns), max(last, *days, begin) - begin + 1)
    settled = base_of(base.settled, index.arcs.target, seeds)
    alike: dict[frozenset[Contribution], tuple[Summary, Ints]] = {}
    differs, carries = {}, {}
    for school, contributions in given.items():
        besides = frozenset(contributions) - common
        if besides not in alike:
            alike[besides] = _besides(base, settled, shared, besides, begin=begin, room=room)
        differs[school], carried = alike[besides]
        own = np.array([one for some in contributions.values() for one in some], np.int32)
        carries[school] = np.concatenate([own[~np.isin(own, carried, kind="table")], carried])
    return Group(base, shared, differs, carries)


def _besides(
    base: National, settled: Base, shared: Summary, besides: frozenset[Contribution], *, begin: int, room: Room
) -> tuple[Summary, Ints]:
    """What more or sooner comes by these contributions, and the agreements that carry some of it."""
    index = base.asked.index
    seeds = _seeds(sorted(besides))
    found = sooner(
        index.arcs.first,
        base.asked.words,
        index.arcs.agreement,
        settled,
        seeds,
        begin,
        base.asked.until,
        room,
    )
    # Entries are in order of days, and sorting keeps it: the first of an agency is the earliest.
    order = np.argsort(index.owner[found.place], kind="stable")
    owner = index.owner[found.place][order]
    at = np.flatnonzero(np.diff(owner, prepend=-1))
    agencies = owner[at]
    days = found.day[order][at]
    pairs = np.bitwise_or.reduceat(found.mask[order], at) if at.size else np.zeros((0, 2), np.uint64)
    before = shared.day[agencies]
    days = np.where((before >= 0) & (before < days), before, days)
    pairs |= shared.pairs[agencies]
    differs = (days != before) | (pairs != shared.pairs[agencies]).any(axis=1)
    return Summary(agencies[differs], days[differs], pairs[differs]), found.agreements


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
