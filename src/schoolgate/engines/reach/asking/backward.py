"""Everything that can reach somebody: until when, how soon, and by which path."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.asking.witness import Path, path_along
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agency, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.backward import Arriving, Tail, nearest, soonest
from schoolgate.engines.reach.searching.prepared import Prepared, day_of, prepare
from schoolgate.engines.reach.searching.question import Pair, Question, Reading


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An agency whose data can get to a target.

    Attributes:
        agency: Who.
        pairs: Every (purpose, kind) pair that gets there by some path, in time.
        last_day: The last day on which it may begin to hold data and have some of it arrive; None when there is
            no such day.
        arrives: The earliest day that something arrives of what it holds from the first day of the question on.
    """

    agency: Agency
    pairs: frozenset[Pair]
    last_day: date | None
    arrives: date
    _prepared: Prepared = field(repr=False)
    _soonest: Tail = field(repr=False)
    _nearest: Tail = field(repr=False)

    @property
    def hops(self) -> int:
        """How few agreements suffice."""
        return self._nearest.hops

    @property
    def target(self) -> str:
        """The id of the target that is fewest agreements away."""
        return self._nearest.edges[-1].receiver

    @property
    def earliest(self) -> Path:
        """A path that arrives on the earliest day."""
        return self._path(self._soonest)

    @property
    def fewest_hops(self) -> Path:
        """A path with the fewest agreements."""
        return self._path(self._nearest)

    def _path(self, tail: Tail) -> Path:
        return path_along(tail.edges, self._prepared.question.since.toordinal(), self._prepared.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """Who can reach any of some targets, and who cannot.

    Attributes:
        network: What was searched.
        targets: Ids of the targets.
        found: The sources by id, those with the fewest hops first, then the soonest.
        others: Ids of agencies from which nothing gets there, in the network's order; neither the targets nor
            the agencies left out.
    """

    network: Network
    targets: tuple[str, ...]
    found: Mapping[str, Source]
    others: tuple[str, ...]
    _question: Question = field(repr=False)

    def question(self, source: str) -> Question:
        """The question that the paths of a source answer: `verify(network, question, path)`."""
        self.network.agency(source)
        return replace(self._question, start=source)


def sources(
    network: Network,
    targets: Iterable[str],
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    leave_out: Collection[str] = (),
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> Sources:
    """Find everybody whose data can get to one of the targets.

    Args:
        network: As for `reach`, like the arguments not named here.
        targets: Ids of agencies; each is an end, so no path goes on from one to another.
        since: The day the data exists from, whoever holds it.
        kinds: Kinds of the data.
        purposes: Purposes somebody might use it for.
        leave_out: Kinds of agencies not to list, such as the targets' own: they are inside already. Paths may
            still go through them.
        until: Data must arrive by this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.

    Returns:
        Each source with its last day, earliest arrival and paths: two backward searches for all of them together
        (`searching/backward.py` says how many tails they keep), where a search from each would be n of them.

    Raises:
        ReachError: As for `reach`, for no target, an unknown one, and a kind that no agency has.
    """
    wanted = tuple(dict.fromkeys(targets))
    if not wanted:
        raise ReachError("targets is empty; name at least one agency")
    for target in wanted:
        network.agency(target)
    if strange := sorted(set(leave_out) - {agency.kind for agency in network.agencies}):
        raise ReachError(f"leave_out: no agency in this network is of kind {strange[0]!r}")
    question = ask(network, wanted[0], since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    prepared = prepare(network, question)
    arriving = Arriving.of(prepared, frozenset(wanted))
    soon, near = (search(arriving, prepared.labels.everything) for search in (soonest, nearest))
    listed = [one for one in network.agencies if one.id not in wanted and one.kind not in leave_out]
    found = [
        Source(
            agency,
            prepared.labels.names(near.in_time(state, arriving.since)),
            day_of(max(tail.latest for tail in near.at[state])),
            date.fromordinal(soon.at[state][0].newest),
            prepared,
            soon.at[state][0],
            near.at[state][0],
        )
        for agency in listed
        if (state := (agency.id, None)) in near.at
    ]
    found.sort(key=lambda one: (one.hops, one.arrives, one.agency.id))
    by_id = {one.agency.id: one for one in found}
    others = tuple(one.id for one in listed if one.id not in by_id)
    return Sources(network, wanted, MappingProxyType(by_id), others, question)
