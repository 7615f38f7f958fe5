"""Two answers beside each other: who was gained and lost, earlier and later, for more and for less; what ends soon."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple, TypeVar

from schoolgate.engines.reach.asking.answers import Reach, Reached, answer, ask
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import STATUSES, Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.arrivals import Arrivals
from schoolgate.engines.reach.searching.grid import Grid, begin_of, whole_grid
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, prepare
from schoolgate.engines.reach.searching.question import Pair, Reading
from schoolgate.engines.reach.searching.sweep import sweep

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two answers.

    Agencies are in order of the date at which they were reached; those gained, at which they are.

    The paths are with the answers: of `gained`, `sooner` and `wider` in `after.reached`, of `lost`, `later` and
    `narrower` in `before.reached`.

    Attributes:
        before: One answer.
        after: The other.
        gained: Agencies reached only after.
        lost: Agencies reached only before.
        sooner: Agencies reached earlier after.
        later: Agencies reached later after.
        wider: Agencies that get a pair they did not get before.
        narrower: Agencies that get a pair no more.
    """

    before: Reach
    after: Reach
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    sooner: tuple[str, ...]
    later: tuple[str, ...]
    wider: tuple[str, ...]
    narrower: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether the same agencies are reached from the same day with the same pairs."""
        return not (self.gained or self.lost or self.sooner or self.later or self.wider or self.narrower)


@dataclass(frozen=True, slots=True)
class Expiring:
    """An agreement that ends soon, and what its end takes from later copies while the others are renewed.

    Attributes:
        agreement: Which; its `end` is set.
        lost: Agencies that could no longer be reached.
        later: Agencies reached later.
        narrower: Agencies reached for fewer pairs.
    """

    agreement: Agreement
    lost: tuple[str, ...]
    later: tuple[str, ...]
    narrower: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expiry:
    """What ends within some days.

    Attributes:
        first_day: The day after the last of those days; the data exists from then on.
        agreements: Those that end, the first to end first.
        together: If all of them end; `before` is if all are renewed.
    """

    first_day: date
    agreements: tuple[Expiring, ...]
    together: Difference


def compare(before: Reach, after: Reach) -> Difference:
    """Compare two answers by agency: the same question of two networks, of two days, or of two readings.

    O(agencies x pairs).
    """
    number: dict[Pair, int] = {}
    return _difference(before, _told(before, number), after, _told(after, number))


def opened(before: Reach, after: Reach, kinds: Collection[str]) -> tuple[Reached, ...]:
    """What is news about agencies of watched kinds: an alert is due for each.

    Args:
        before: An earlier answer, such as on the day of a release or of the last meeting.
        after: The answer now.
        kinds: Kinds of agencies that are watched, such as `federal_immigration`.

    Returns:
        From `after`, in order of date: agencies that were not reached, or that are reached earlier, with a pair
        they did not get, or on better evidence. Evidence is only looked at where nothing else is news.
    """
    watched = [one for one in after.reached.values() if one.agency.kind in kinds]
    return tuple(one for one in watched if _is_news(before.reached.get(one.agency.id), one))


def expiring(
    network: Network,
    start: str,
    *,
    today: date,
    within_days: int,
    kinds: Iterable[str],
    purposes: Iterable[str],
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> Expiry:
    """Which agreements end soon, and what that changes for data of the day after.

    What moved before an agreement ended has moved. So this looks at data that exists from the first day on which
    all of them have ended, and compares with all of them renewed without an end: each alone, and all together.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that will hold the data.
        today: The first of the days.
        within_days: How many days ahead; 0 is today only.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        statuses: Evidence to admit; an agreement known by other evidence is not looked at.
        reading: How unknown terms are read.

    Raises:
        ReachError: As for `reach`, and for a negative number of days.
    """
    if within_days < 0:
        raise ReachError(f"within_days is {within_days}; give 0 for today only, or how many days to look ahead")
    last = today + timedelta(days=within_days)
    first_day = last + timedelta(days=1)
    question = ask(network, start, first_day, kinds, purposes, until=None, statuses=statuses, reading=reading)
    ending = {
        one.id: one
        for one in network.agreements
        if one.end is not None and today <= one.end <= last and one.status in question.statuses
    }
    after = prepare(network, question)
    renewed = {one.id: replace(one, end=None) for one in ending.values()}
    before = prepared_again(after, network.with_agreements(renewed.values()), list(renewed.values()))
    over = _lasting(after, before)
    ends = {edge.agreement.id: number for number, edge in enumerate(over.edges) if edge.agreement.id in ending}
    versions = _without(before, over, list(ends.values()))
    old, new = _told_by(before, versions), _told_by(after, versions.part(1))
    harms = dict(zip(ends, _harms(before, versions, old, len(ends)), strict=True))
    return Expiry(
        first_day,
        tuple(
            Expiring(one, *(harms.get(one.id) or ((), (), ())))
            for one in sorted(ending.values(), key=lambda one: (one.end or last, one.id))
        ),
        _difference(_late(before, old), old, _late(after, new), new),
    )


class Outcome(NamedTuple):
    """The first day and all pairs of an agency, as bits: what answers are compared by."""

    day: int
    pairs: int


def _lasting(after: Prepared, before: Prepared) -> Grid:
    """The grid of edges of which some end later than in a question that was prepared before; O(ways)."""
    longer = {edge.agreement.id: edge for edges in before.leaving.values() for edge in edges}
    whole = whole_grid(after)
    edges = [longer[edge.agreement.id] for edge in whole.edges]
    return whole.ending(edges).since(before.question.since.toordinal())


def _without(prepared: Prepared, over: Grid, edges: Sequence[int]) -> Arrivals:
    """One sweep: with all edges, without any of some, and then without each of those; each has bits of its own."""
    pairs = prepared.labels.everything
    width = pairs.bit_length()
    every = sum(1 << version * width for version in range(len(edges) + 2))
    masks = [0] * len(over.edges)
    for edge in {edge for _, _, _, edge, _ in over.ways}:
        masks[edge] = over.masks[edge] * every
    for version, edge in enumerate(edges, 2):
        masks[edge] ^= over.masks[edge] << width | over.masks[edge] << version * width
    plain = begin_of(prepared, over)
    begin = {day: [(state, bits * every) for state, bits in some] for day, some in plain.items()}
    return Arrivals.told(over, sweep(over, masks, begin, trace=False), pairs)


def _harms(
    prepared: Prepared, versions: Arrivals, first: Mapping[str, Outcome], count: int
) -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """For each edge that a version is without: who is lost, later and narrower; in the network's order."""
    known, got = versions.swept.known, versions.swept.got
    width = versions.everything.bit_length()
    harmed: list[tuple[list[str], list[str], list[str]]] = [([], [], []) for _ in range(count)]
    every = sum(1 << version * width for version in range(count + 2))
    for agency in sorted(first, key=prepared.network.position.__getitem__):
        has = reduce(or_, (known[state] for state in versions.states[agency]))
        arrived = (one for state in versions.states[agency] for one in got[state])
        at_first = reduce(or_, (bits for day, bits in arrived if day == first[agency].day))
        missing = has ^ first[agency].pairs * every
        for version, (lost, later, narrower) in enumerate(harmed, 2):
            window = versions.everything << version * width
            if not has & window:
                lost.append(agency)
            elif missing & window:
                narrower.append(agency)
            if has & window and not at_first & window:
                later.append(agency)
    return [(tuple(lost), tuple(later), tuple(narrower)) for lost, later, narrower in harmed]


def prepared_again(
    before: Prepared, network: Network, changed: Sequence[Agreement], dropped: Collection[str] = ()
) -> Prepared:
    """As preparing the changed network, at the cost of what changed."""
    some = prepare(network.only(changed), before.question)
    new = {edge.agreement.id: edge for edges in some.leaving.values() for edge in edges}
    gone = {*dropped, *(one.id for one in changed)}
    touched = {one.giver for one in changed} | {before.network.agreement(one).giver for one in dropped}
    touched |= {one.giver for one in before.network.agreements if one.id in gone}
    edges: dict[str, Edge] = new | {
        edge.agreement.id: edge
        for giver in touched
        for edge in before.leaving.get(giver, ())
        if edge.agreement.id not in gone
    }
    leaving = {giver: list[Edge]() for giver in touched}
    for one in network.agreements:
        if one.giver in touched and one.id in edges:
            leaving[one.giver].append(edges[one.id])
    return Prepared(network, before.question, before.labels, {**before.leaving, **leaving})


def _difference(before: Reach, old: Mapping[str, Outcome], after: Reach, new: Mapping[str, Outcome]) -> Difference:
    both = [agency for agency in old if agency in new]
    return Difference(
        before,
        after,
        gained=tuple(agency for agency in new if agency not in old),
        lost=tuple(agency for agency in old if agency not in new),
        sooner=tuple(agency for agency in both if new[agency].day < old[agency].day),
        later=tuple(agency for agency in both if new[agency].day > old[agency].day),
        wider=tuple(agency for agency in both if new[agency].pairs & ~old[agency].pairs),
        narrower=tuple(agency for agency in both if old[agency].pairs & ~new[agency].pairs),
    )


def _told(one: Reach, number: dict[Pair, int]) -> dict[str, Outcome]:
    """The same by the names of pairs, numbered as they turn up."""
    return {
        agency: Outcome(found.day.toordinal(), sum(1 << number.setdefault(pair, len(number)) for pair in found.pairs))
        for agency, found in one.reached.items()
    }


def _told_by(prepared: Prepared, arrivals: Arrivals) -> dict[str, Outcome]:
    holders = {one.agency for one in prepared.question.holders}
    told = {name: Outcome(one.day, one.pairs) for name, one in arrivals.first().items() if name not in holders}
    position = prepared.network.position
    return dict(sorted(told.items(), key=lambda item: (item[1].day, position[item[0]])))


def _late(prepared: Prepared, told: Mapping[str, Outcome]) -> Reach:
    """An answer of which only who is reached is known; the rest is worked out when first looked at."""
    whole = _Whole(prepared)
    holders = {one.agency for one in prepared.question.holders}
    return Reach(
        prepared.network,
        prepared.question,
        _Late(lambda: whole.answer.reached),
        tuple(one.id for one in prepared.network.agencies if one.id not in told and one.id not in holders),
        _Late(lambda: whole.answer.holdings),
    )


class _Whole:
    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    @cached_property
    def answer(self) -> Reach:
        return answer(self._prepared)


class _Late(Mapping[str, _Value]):
    """A mapping that is worked out when first looked at."""

    def __init__(self, work: Callable[[], Mapping[str, _Value]]) -> None:
        self._work = work

    @cached_property
    def _found(self) -> Mapping[str, _Value]:
        return self._work()

    def __getitem__(self, key: str) -> _Value:
        return self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _is_news(before: Reached | None, after: Reached) -> bool:
    if before is None or after.day < before.day or not after.pairs <= before.pairs:
        return True
    return STATUSES.index(after.weakest_status) < STATUSES.index(before.weakest_status)
