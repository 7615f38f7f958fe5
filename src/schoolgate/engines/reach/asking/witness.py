"""A path as a witness: the agreements, the days, what survives each hop, and a check that needs no search."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import KIND, STATUSES, Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.prepared import DESPITE_PROMISES, Edge, Promise
from schoolgate.engines.reach.searching.question import Labels, Pair, Question, Reading


@dataclass(frozen=True, slots=True)
class Step:
    """One hop.

    Attributes:
        agreement: By which the data moves; its `source`, `clause` and `document` say where that is written.
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

    @property
    def unknown_start(self) -> bool:
        """Whether the first day of the agreement is not known; it then counts as always in force before its end."""
        return self.agreement.start is None

    @property
    def unknown_terms(self) -> bool:
        """Whether its kinds or purposes are not known or not read; only the worst case goes through those."""
        return self.agreement.kinds is None or self.agreement.purposes is None

    @property
    def unknown_onward(self) -> bool:
        """Whether it is silent on passing the data on."""
        return self.agreement.onward == "unknown"


@dataclass(frozen=True, slots=True)
class Path:
    """Agreements in order, each usable on the day the data gets there; `verify` checks one."""

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
    def agreements(self) -> tuple[Agreement, ...]:
        """The agreements, in order."""
        return tuple(step.agreement for step in self.steps)

    @property
    def agencies(self) -> tuple[str, ...]:
        """The ids of the agencies on it, the holder first."""
        return (self.steps[0].agreement.giver, *(step.agreement.receiver for step in self.steps))

    @property
    def pairs(self) -> frozenset[Pair]:
        """The (purpose, kind) pairs that survive the whole path."""
        return self.steps[-1].pairs

    @property
    def weakest_status(self) -> Status:
        """The weakest evidence on the path: the whole path is known no better than this."""
        return max((step.agreement.status for step in self.steps), key=STATUSES.index)

    @property
    def unknown_starts(self) -> tuple[Step, ...]:
        """Steps whose first day is not known: with them, the days of the path are a cautious guess."""
        return tuple(step for step in self.steps if step.unknown_start)

    @property
    def unknown_terms(self) -> tuple[Step, ...]:
        """Steps that carry something only because unread terms are read in the worst way."""
        return tuple(step for step in self.steps if step.unknown_terms)

    @property
    def despite_promises(self) -> tuple[Step, ...]:
        """Steps by which a statute or a fact goes over a promise."""
        return tuple(step for step in self.steps if step.despite_promise)


class Told:
    """A path from one holder put into words as far as it goes, each step once for all paths that begin alike."""

    __slots__ = ("_day", "_further", "_labels", "_mask", "_path", "_promise", "_steps")

    def __init__(self, day: int, labels: Labels, promise: Promise, mask: int | None = None) -> None:
        """All pairs, or some, that are somewhere since a day (an ordinal), under a promise; no step yet."""
        self._day, self._labels, self._promise = day, labels, promise
        self._mask = labels.everything if mask is None else mask
        self._steps: tuple[Step, ...] = ()
        self._path: Path | None = None
        self._further: dict[Edge, Told] = {}

    @property
    def path(self) -> Path:
        """The steps so far."""
        if self._path is None:
            self._path = Path(self._steps)
        return self._path

    def along(self, edges: Iterable[Edge]) -> Path:
        """The path over some more edges, each taken on its earliest day; O(edges + pairs of the new steps)."""
        at = self
        for edge in edges:
            at = at.over(edge)
        return at.path

    def over(self, edge: Edge) -> "Told":
        """One edge further on."""
        if (there := self._further.get(edge)) is None:
            there = Told(max(self._day, edge.starts), self._labels, edge.promise, self._mask & edge.mask)
            broken = self._promise is not None and edge.receiver not in self._promise
            day, pairs = date.fromordinal(there._day), self._labels.names(there._mask)
            there._steps = (*self._steps, Step(edge.agreement, day, pairs, despite_promise=broken))
            self._further[edge] = there
        return there


def path_along(edges: Iterable[Edge], day: int, labels: Labels, promise: Promise = None) -> Path:
    """A path over some edges from what is held since a day under a promise."""
    return Told(day, labels, promise).along(edges)


def verify(network: Network, question: Question, path: Path) -> None:
    """Check a path with plain sets, independently of the searches; O(hops x pairs).

    Raises:
        ReachError: Naming the first step that is wrong: an agreement that is not in the network, evidence that is
            not admitted, a gap, a wrong day, a wrong set of pairs, a promise in the way.
    """
    if not path.steps:
        raise ReachError("a path needs at least one step")
    holders = {one.agency: one for one in question.holders}
    here = path.steps[0].agreement.giver
    if here not in holders:
        raise ReachError(f"steps[0]: {here!r} is not among those who hold the data at first: {', '.join(holders)}")
    day = holders[here].since
    may_pass_to = holders[here].may_pass_to
    pairs = frozenset((purpose, kind) for purpose in question.purposes for kind in question.kinds)
    for number, step in enumerate(path.steps):
        place, agreement = f"steps[{number}]", step.agreement
        if network.agreement(agreement.id) != agreement:
            raise ReachError(f"{place}: {agreement.id!r} is another agreement in this network; ask again")
        if agreement.giver != here:
            raise ReachError(f"{place}: {agreement.id!r} leaves from {agreement.giver!r}, the data is at {here!r}")
        if agreement.status not in question.statuses:
            raise ReachError(f"{place}: {agreement.id!r} is {agreement.status}, which the question does not admit")
        day = max(day, agreement.start or day)
        _in_force(place, question, step, day)
        pairs = frozenset(pair for pair in pairs if _allows(agreement, pair, question.reading))
        if not pairs or pairs != step.pairs:
            raise ReachError(f"{place}: {len(pairs)} pairs survive, the path says {len(step.pairs)}")
        broken = may_pass_to is not None and agreement.receiver not in may_pass_to
        if broken and agreement.status not in DESPITE_PROMISES:
            raise ReachError(f"{place}: {here!r} must not pass this on to {agreement.receiver!r}")
        if broken != step.despite_promise:
            raise ReachError(f"{place}: whether it goes over a promise is told wrongly")
        here, may_pass_to = agreement.receiver, _may_pass_to(network, agreement, question.reading)


def _in_force(place: str, question: Question, step: Step, day: date) -> None:
    agreement = step.agreement
    if step.day != day:
        raise ReachError(f"{place}: {agreement.id!r} brings the data on {day}, the path says {step.day}")
    last = [end for end in (agreement.end, question.until) if end is not None]
    if last and day > min(last):
        raise ReachError(f"{place}: {agreement.id!r} moves nothing after {min(last)}; the data is there on {day}")


def _allows(agreement: Agreement, pair: Pair, reading: Reading) -> bool:
    terms = (agreement.purposes, agreement.kinds)
    return all(
        reading == "worst_case" if allowed is None else word in allowed
        for word, allowed in zip(pair, terms, strict=True)
    )


def _may_pass_to(network: Network, agreement: Agreement, reading: Reading) -> Promise:
    if agreement.onward == "yes" or (agreement.onward == "unknown" and reading == "worst_case"):
        return None
    return frozenset(
        agency.id
        for agency in network.agencies
        if agency.id in agreement.onward_to or KIND + agency.kind in agreement.onward_to
    )
