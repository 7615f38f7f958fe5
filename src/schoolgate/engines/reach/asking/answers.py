"""The answer to "who can reach this": each agency with its date, its paths and what survives on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import STATUSES, Agency, Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.earliest import Entry, by_agency, chain, earliest, fewest_hops
from schoolgate.engines.reach.searching.prepared import Prepared, Promise, prepare
from schoolgate.engines.reach.searching.question import Labels, Pair, Question, Reading


@dataclass(frozen=True, slots=True)
class Step:
    """One hop.

    Attributes:
        agreement: By which the data moves.
        day: The earliest day it arrives.
        pairs: The (purpose, kind) pairs that survive after this hop.
        despite_promise: Whether the giver had promised not to pass this on to the receiver: a statute or a fact
            went over the promise.
    """

    agreement: Agreement
    day: date
    pairs: frozenset[Pair]
    despite_promise: bool = False

    @property
    def purposes(self) -> frozenset[str]:
        """Purposes that survive with some kind."""
        return frozenset(purpose for purpose, _ in self.pairs)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds that survive with some purpose."""
        return frozenset(kind for _, kind in self.pairs)


@dataclass(frozen=True, slots=True)
class Path:
    """Agreements in order, each usable on the day the data gets there."""

    steps: tuple[Step, ...]

    @property
    def arrives(self) -> date:
        """The day the data reaches the end."""
        return self.steps[-1].day

    @property
    def hops(self) -> int:
        """How many agreements."""
        return len(self.steps)

    @property
    def weakest_status(self) -> Status:
        """The weakest evidence on the path: the whole path is known no better than this."""
        return max((step.agreement.status for step in self.steps), key=STATUSES.index)


@dataclass(frozen=True, slots=True)
class Reached:
    """An agency that can get some of the data.

    Attributes:
        agency: Who.
        day: The earliest day.
        pairs: Every (purpose, kind) pair that gets there by some path, in time.
        may_pass_on: Whether any of it may go further, be it only to some.
        earliest: A path that arrives on `day`.
        fewest_hops: A path with the fewest agreements.
        strongest: A path whose weakest evidence is as strong as possible, with the fewest hops among those.
    """

    agency: Agency
    day: date
    pairs: frozenset[Pair]
    may_pass_on: bool
    earliest: Path
    fewest_hops: Path
    strongest: Path

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
        return self.strongest.weakest_status


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


@dataclass(frozen=True, slots=True)
class Reach:
    """Who can reach data, and who cannot.

    This says what agreements permit or observations show, never that something happened to one record.

    Attributes:
        network: What was searched.
        question: What was asked.
        reached: By agency id, in order of date; without the start.
        not_reached: Ids of the others, in the network's order.
        holdings: What each agency, the start too, can have and since when: with it anybody can check in one
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
        until: Look no further than this day; None looks at all agreements now known.
        statuses: Evidence to admit; by default all but `prohibited`, and but `disputed` when strict.
        reading: `strict` takes unknown terms and unknown onward sharing as no, `worst_case` as yes.

    Returns:
        An answer with paths and what is needed to check that nobody is missing. Milliseconds for a
        district's 1,000 agreements; O(p m log m) for m agreements and p (purpose, kind) pairs.

    Raises:
        ReachError: When the start is unknown or nothing is asked about.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    prepared = prepare(network, question)
    labels = prepared.labels
    held = by_agency(earliest(prepared))
    hops = fewest_hops(prepared)
    strongest = _strongest(prepared)
    reached: dict[str, Reached] = {}
    for agency_id, found in held.items():
        if agency_id != start:
            reached[agency_id] = Reached(
                agency=network.agency(agency_id),
                day=date.fromordinal(found[0].day),
                pairs=frozenset().union(*(labels.names(entry.mask) for entry in found)),
                may_pass_on=any(entry.state[1] != frozenset() for entry in found),
                earliest=path_of(found[0], labels),
                fewest_hops=path_of(hops[agency_id], labels),
                strongest=path_of(strongest[agency_id], labels),
            )
    return Reach(
        network,
        question,
        MappingProxyType(reached),
        tuple(agency.id for agency in network.agencies if agency.id not in held),
        MappingProxyType(
            {
                agency_id: tuple(
                    Holding(date.fromordinal(one.day), labels.names(one.mask), one.state[1]) for one in found
                )
                for agency_id, found in held.items()
            }
        ),
    )


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
    if unknown := sorted(set(statuses) - set(STATUSES)):
        raise ReachError(f"statuses: {unknown[0]!r} is none of {', '.join(STATUSES)}")
    question = Question(start, since, frozenset(kinds), frozenset(purposes), until, frozenset(statuses), reading)
    if not question.kinds or not question.purposes:
        raise ReachError("kinds and purposes must each name at least one, or nothing can be reached")
    return question


def path_of(entry: Entry, labels: Labels) -> Path:
    """The agreements to an entry, and what survives after each."""
    mask = labels.everything
    promise: Promise = None
    steps: list[Step] = []
    for edge, day in chain(entry):
        mask &= edge.mask
        broken = promise is not None and edge.receiver not in promise
        steps.append(Step(edge.agreement, date.fromordinal(day), labels.names(mask), despite_promise=broken))
        promise = edge.promise
    return Path(tuple(steps))


def _strongest(prepared: Prepared) -> dict[str, Entry]:
    """Admit evidence from the strongest down; an agency's path is from the first round that reaches it."""
    found: dict[str, Entry] = {}
    for number, status in enumerate(STATUSES, start=1):
        if status in prepared.question.statuses:
            admitted = STATUSES[:number]
            leaving = {
                giver: [edge for edge in some if edge.agreement.status in admitted]
                for giver, some in prepared.leaving.items()
            }
            for agency_id, entry in fewest_hops(replace(prepared, leaving=leaving)).items():
                found.setdefault(agency_id, entry)
    return found
