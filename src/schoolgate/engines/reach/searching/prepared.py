"""A network prepared for one question: days as numbers, terms as masks, promises as sets of agencies.

A promise not to pass data on, or only to some, binds whoever received under it, for what came that way. So a place
in the search is an agency together with the promise under which it holds something (a product with a small
automaton). A promise yields to two things: a transfer that was observed happened whatever was agreed, and what a
statute orders leaves in spite of a contract.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from schoolgate.engines.kept import Kept
from schoolgate.engines.reach.network.nouns import KIND, Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.question import Labels, Promise, Question, Reading

__all__ = [
    "ALWAYS",
    "DESPITE_PROMISES",
    "FOREVER",
    "NOBODY",
    "Edge",
    "Prepared",
    "Promise",
    "State",
    "admitting",
    "day_of",
    "prepare",
    "promise_of",
    "strictly",
    "weaker",
]

# An agency, and the promise under which it holds something there.
State = tuple[str, Promise]
ALWAYS: Final = 0
FOREVER: Final = date.max.toordinal()
NOBODY: Final[frozenset[str]] = frozenset()
DESPITE_PROMISES: Final[frozenset[Status]] = frozenset({"observed", "required_by_law"})


# Neither this nor `Entry` is frozen: a question makes thousands, and a frozen one takes five times as long to make.
@dataclass(slots=True, eq=False)
class Edge:
    """An agreement prepared for one question; never changed.

    Attributes:
        agreement: What it was made from.
        giver: Agency whose data moves.
        receiver: Agency that gets it.
        mask: The pairs it lets through.
        starts: First day as an ordinal; `ALWAYS` when unknown.
        ends: Last day as an ordinal, no later than the question's last; `FOREVER` when none.
        promise: To whom the receiver may pass on what came this way.
        despite: Whether it moves data in spite of the giver's own promise.
    """

    agreement: Agreement
    giver: str
    receiver: str
    mask: int
    starts: int
    ends: int
    promise: Promise
    despite: bool

    def takes_from(self, promise: Promise) -> bool:
        """Whether what is held under a promise may leave by this edge."""
        return promise is None or self.despite or self.receiver in promise


@dataclass(frozen=True, slots=True)
class Prepared:
    """A network as one question sees it.

    Attributes:
        network: What was prepared.
        question: For which question.
        labels: Its pairs as bits.
        leaving: The edges that can carry anything at all, by giver, in the network's order.
        kept: What was worked out of `leaving`, for all questions that see the same edges.
    """

    network: Network
    question: Question
    labels: Labels
    leaving: Mapping[str, Sequence[Edge]]
    kept: Kept[Hashable, Any] = field(default_factory=Kept, repr=False, compare=False)


def prepare(network: Network, question: Question) -> Prepared:
    """Prepare the agreements that a question admits and that some pair survives.

    Kept with the network for questions on the same terms, whoever holds the data since when. Terms are turned into
    bits once for each different set of words: O(agreements + sets x words).
    """
    terms = (question.kinds, question.purposes, question.statuses, question.until, question.reading)
    leaving, kept = network.kept.get(terms, lambda: (_leaving(network, question), Kept[Hashable, Any]()))
    return Prepared(network, question, Labels.of(question), leaving, kept)


def _leaving(network: Network, question: Question) -> dict[str, list[Edge]]:
    labels, reading = Labels.of(question), question.reading
    last = question.until.toordinal() if question.until else FOREVER
    promises: dict[tuple[str, frozenset[str]], Promise] = {}
    of_kind = network.kept.get("of kind", lambda: _of_kind(network))
    admitted = [one for one in network.agreements if one.status in question.statuses]
    leaving: dict[str, list[Edge]] = {}
    for one, mask in zip(admitted, labels.masks(admitted, reading), strict=True):
        starts = one.start.toordinal() if one.start else ALWAYS
        ends = min(one.end.toordinal(), last) if one.end else last
        if mask and starts <= ends:
            words = (one.onward, one.onward_to)
            if words not in promises:
                promises[words] = promise_of(one, reading, of_kind)
            edge = Edge(
                one, one.giver, one.receiver, mask, starts, ends, promises[words], one.status in DESPITE_PROMISES
            )
            leaving.setdefault(one.giver, []).append(edge)
    return leaving


def admitting(prepared: Prepared, statuses: Collection[Status]) -> Prepared:
    """The same with less evidence: only edges of these statuses; O(edges)."""
    leaving = {
        giver: left
        for giver, edges in prepared.leaving.items()
        if (left := [edge for edge in edges if edge.agreement.status in statuses])
    }
    question = replace(prepared.question, statuses=prepared.question.statuses & frozenset(statuses))
    return Prepared(prepared.network, question, prepared.labels, leaving)


def strictly(prepared: Prepared) -> Prepared:
    """The same question read strictly, from one prepared for the worst case: no edge on unknown terms; O(edges)."""
    leaving = {
        giver: left
        for giver, edges in prepared.leaving.items()
        if (left := [_strict(edge) for edge in edges if None not in (edge.agreement.kinds, edge.agreement.purposes)])
    }
    return Prepared(prepared.network, replace(prepared.question, reading="strict"), prepared.labels, leaving)


def promise_of(agreement: Agreement, reading: Reading, of_kind: dict[str, frozenset[str]]) -> Promise:
    """To whom the receiver may pass on; unknown is nobody when strict, everybody in the worst case."""
    match agreement.onward:
        case "yes":
            return None
        case "no":
            return NOBODY
        case "unknown":
            return None if reading == "worst_case" else NOBODY
        case "only":
            named = (
                of_kind[word.removeprefix(KIND)] if word.startswith(KIND) else {word} for word in agreement.onward_to
            )
            return NOBODY.union(*named)


def weaker(promise: Promise, than: Promise) -> bool:
    """Whether what is held under `promise` may go wherever what is held under `than` may go."""
    return promise is None or (than is not None and promise >= than)


def day_of(ordinal: int) -> date | None:
    """The day of an ordinal; None for `FOREVER`."""
    return None if ordinal >= FOREVER else date.fromordinal(ordinal)


def _strict(edge: Edge) -> Edge:
    return replace(edge, promise=NOBODY) if edge.agreement.onward == "unknown" else edge


def _of_kind(network: Network) -> dict[str, frozenset[str]]:
    ids: dict[str, set[str]] = {}
    for agency in network.agencies:
        ids.setdefault(agency.kind, set()).add(agency.id)
    return {kind: frozenset(some) for kind, some in ids.items()}
