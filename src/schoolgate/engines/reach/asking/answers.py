"""The answer to "who can reach this": each agency with its date, its paths and what survives on them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

from schoolgate.engines.reach.asking.shortest import Shortest, Sort
from schoolgate.engines.reach.asking.witness import Path, Step
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import STATUSES, Agency, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.arrivals import Arrivals
from schoolgate.engines.reach.searching.prepared import Prepared, Promise, prepare
from schoolgate.engines.reach.searching.question import Holder, Labels, Pair, Question, Reading, several

__all__ = ["Holding", "Path", "Reach", "Reached", "Step", "answer", "ask", "reach", "reach_from", "told"]


class Searches:
    """What one answer searched; paths are followed only when they are asked for."""

    def __init__(
        self,
        prepared: Callable[[], Prepared],
        labels: Labels,
        arrivals: Arrivals,
        shortest: Shortest | None = None,
    ) -> None:
        """From who has what from which day; what was not searched with it waits until it is asked for."""
        self._prepare = prepared
        self.labels = labels
        self.arrivals = arrivals
        self.first = arrivals.first()
        self._searched = shortest

    def path(self, agency: str, sort: Sort) -> Path:
        """A path of a sort to an agency that is reached."""
        return self._shortest.path(agency, sort, self.first[agency].day)

    def weakest_status(self, agency: str) -> Status:
        """The weakest evidence on a path that is as strong as possible."""
        return self._shortest.weakest_status(agency)

    @cached_property
    def _shortest(self) -> Shortest:
        return self._searched or Shortest(self._prepare())


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """An agency that can get some of the data. Two are equal when they say the same.

    Attributes:
        agency: Who.
        day: The earliest day.
        may_pass_on: Whether any of it may go further, be it only to some.
    """

    agency: Agency
    day: date
    may_pass_on: bool
    _searches: Searches = field(repr=False)

    @property
    def pairs(self) -> frozenset[Pair]:
        """Every (purpose, kind) pair that gets there by some path, in time."""
        return self._searches.labels.names(self._searches.first[self.agency.id].pairs)

    @property
    def earliest(self) -> Path:
        """A path that arrives on `day`, with the fewest agreements among those."""
        return self._searches.path(self.agency.id, "earliest")

    @property
    def fewest_hops(self) -> Path:
        """A path with the fewest agreements, the earliest among those."""
        return self._searches.path(self.agency.id, "fewest_hops")

    @property
    def strongest(self) -> Path:
        """A path whose weakest evidence is as strong as possible, with the fewest hops among those."""
        return self._searches.path(self.agency.id, "strongest")

    @property
    def purposes(self) -> frozenset[str]:
        """Purposes that survive with some kind."""
        return frozenset(purpose for purpose, _ in self.pairs)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds that survive with some purpose."""
        return frozenset(kind for _, kind in self.pairs)

    @property
    def weakest_status(self) -> Status:
        """The weakest evidence on the strongest path: reach to this agency is known no better."""
        return self._searches.weakest_status(self.agency.id)

    def __eq__(self, other: object) -> bool:
        """By what they say."""
        return self._says() == other._says() if isinstance(other, Reached) else NotImplemented

    def __hash__(self) -> int:
        """As equality."""
        return hash((self.agency, self.day, self.may_pass_on))

    def _says(self) -> tuple[object, ...]:
        paths = (self.earliest, self.fewest_hops, self.strongest)
        return (self.agency, self.day, self.may_pass_on, self.pairs, *paths)


@dataclass(frozen=True, slots=True)
class Holding:
    """Pairs an agency can have from a day on.

    Attributes:
        day: Since when.
        pairs: What.
        may_pass_to: The agencies it may pass them on to; None is everybody, the empty set nobody.
    """

    day: date
    pairs: frozenset[Pair]
    may_pass_to: Promise


class _Holdings(Mapping[str, tuple[Holding, ...]]):
    """What each agency has, put into words when looked at."""

    __slots__ = ("_searches", "_told")

    def __init__(self, searches: Searches) -> None:
        self._searches = searches
        self._told: dict[str, tuple[Holding, ...]] = {}

    def __getitem__(self, agency: str) -> tuple[Holding, ...]:
        if agency not in self._told:
            if agency not in self._searches.first:
                raise KeyError(agency)
            names = self._searches.labels.names
            self._told[agency] = tuple(
                Holding(date.fromordinal(day), names(pairs), promise)
                for day, promise, pairs in self._searches.arrivals.held(agency)
            )
        return self._told[agency]

    def __contains__(self, agency: object) -> bool:
        return agency in self._searches.first

    def __iter__(self) -> Iterator[str]:
        return iter(self._searches.first)

    def __len__(self) -> int:
        return len(self._searches.first)


@dataclass(frozen=True, slots=True)
class Reach:
    """Who can reach data, and who cannot.

    This says what agreements permit or observations show, never that something happened to one record.

    Attributes:
        network: What was searched.
        question: What was asked; `question.holders` are those who have the data already.
        reached: By agency id, in order of date; without the holders.
        not_reached: Ids of the others, in the network's order.
        holdings: What each agency, the holders too, can have and since when: with it anybody can check in one
            pass over the agreements that the set is closed (`check`).
    """

    network: Network
    question: Question
    reached: Mapping[str, Reached]
    not_reached: tuple[str, ...]
    holdings: Mapping[str, tuple[Holding, ...]]


def reach(
    network: Network,
    start: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> Reach:
    """Compute who can reach data that `start` holds since a day.

    Args:
        network: Agencies and agreements.
        start: The agency that holds the data.
        since: The day it begins to hold it.
        kinds: Kinds of the data.
        purposes: Purposes somebody might use it for.
        until: Look no further than this day; None looks at all agreements now known. For a copy made on a day, as
            things stood that day: `since` and `until` both that day.
        statuses: Evidence to admit; by default all but `prohibited`, and but `disputed` when strict.
        reading: `strict` takes unknown terms and unknown onward sharing as no, `worst_case` as yes.

    Returns:
        An answer with paths and what is needed to check that nobody is missing. Milliseconds for a
        district's 1,000 agreements: one day sweep for p (purpose, kind) pairs, the kinds of evidence and up to five
        agreements in a row, at most so many visits to a place. Only a path of more agreements takes another.

    Raises:
        ReachError: When the start is unknown or nothing is asked about.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    return answer(prepare(network, question))


def reach_from(
    network: Network,
    holders: Mapping[str, date],
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    may_pass_to: Mapping[str, Iterable[str]] | None = None,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> Reach:
    """Compute where data can go next that several agencies have already ("these have it: where next?").

    Args:
        network: Agencies and agreements.
        holders: The day each of them begins to have the data, by agency id. They are left out of `reached`, as
            they have it; the first of them is `question.start`, the others `question.also`.
        kinds: Kinds of the data; every holder is taken to have all of them, for all purposes.
        purposes: Purposes somebody might use it for.
        may_pass_to: For a holder that promised, to whom it may pass on what it has: ids of agencies, none for
            nobody (34 CFR 99.33). A holder that is not named here has promised nothing: how it got the data is
            not known, and the cautious answer is that it may go wherever its agreements go.
        until: As for `reach`, like the arguments below.
        statuses: Evidence to admit.
        reading: How unknown terms are read.

    Returns:
        As for `reach`; each path begins at the holder it begins with.

    Raises:
        ReachError: As for `reach`, when nobody holds anything, and for a promise of somebody who holds nothing.
    """
    promises = {agency: frozenset(some) for agency, some in (may_pass_to or {}).items()}
    if not holders:
        raise ReachError("holders is empty; name at least one agency that has the data, with the day")
    if strangers := sorted(promises.keys() - holders.keys()):
        raise ReachError(f"may_pass_to: {strangers[0]!r} is not among the holders {', '.join(holders)}")
    for agency in {*holders, *frozenset[str]().union(*promises.values())}:
        network.agency(agency)
    first, *others = [Holder(agency, since, promises.get(agency)) for agency, since in holders.items()]
    plain = ask(network, first.agency, first.since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    question = Question(
        plain.start,
        plain.since,
        plain.kinds,
        plain.purposes,
        plain.until,
        plain.statuses,
        plain.reading,
        first.may_pass_to,
        tuple(others),
    )
    return answer(prepare(network, question))


def answer(prepared: Prepared) -> Reach:
    """Answer a prepared question: one sweep, and one look at what each agency has."""
    shortest = Shortest(prepared)
    return told(
        prepared.network,
        prepared.question,
        Searches(lambda: prepared, prepared.labels, shortest.arrivals(), shortest),
    )


def told(network: Network, question: Question, searches: Searches) -> Reach:
    """What was searched as an answer; O(agencies)."""
    holders = {one.agency for one in question.holders}
    position = network.position
    in_order = sorted(searches.first.items(), key=lambda item: (item[1].day, position[item[0]]))
    reached = {
        agency: Reached(network.agency(agency), date.fromordinal(first.day), first.free, searches)
        for agency, first in in_order
        if agency not in holders
    }
    not_reached = tuple(agency.id for agency in network.agencies if agency.id not in searches.first)
    return Reach(network, question, MappingProxyType(reached), not_reached, _Holdings(searches))


def ask(
    network: Network,
    start: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None,
    statuses: Iterable[Status] | None,
    reading: Reading,
) -> Question:
    """Check a question and fill in its defaults; errors as for `reach`."""
    network.agency(start)
    if statuses is None:
        left_out = {"prohibited"} if reading == "worst_case" else {"prohibited", "disputed"}
        statuses = [status for status in STATUSES if status not in left_out]
    asked = several("kinds", kinds), several("purposes", purposes), until, several("statuses", statuses)
    return Question(start, since, *asked, reading)  # type: ignore[arg-type]  # it checks the statuses
