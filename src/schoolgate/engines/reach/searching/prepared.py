"""A network prepared for one question: days as numbers, terms as masks, promises as sets of agencies.

A promise not to pass data on, or only to some, binds whoever received under it, for what came that way. So a place
in the search is an agency together with the promise under which it holds something (a product with a small
automaton). A promise yields to two things: a transfer that was observed happened whatever was agreed, and what a
statute orders leaves in spite of a contract.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from schoolgate.engines.reach.network.nouns import KIND, Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.question import Labels, Question, Reading

# The agencies to which something may be passed on; None is everybody, the empty set nobody.
Promise = frozenset[str] | None
ALWAYS: Final = 0
FOREVER: Final = date.max.toordinal()
NOBODY: Final[frozenset[str]] = frozenset()
DESPITE_PROMISES: Final[frozenset[Status]] = frozenset({"observed", "required_by_law"})


@dataclass(frozen=True, slots=True)
class Edge:
    """An agreement prepared for one question.

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
    """

    network: Network
    question: Question
    labels: Labels
    leaving: dict[str, list[Edge]]


def prepare(network: Network, question: Question) -> Prepared:
    """Prepare the agreements that a question admits and that some pair survives; O(agreements x purposes)."""
    labels = Labels.of(question)
    leaving: dict[str, list[Edge]] = {}
    of_kind: dict[str, frozenset[str]] = {}
    for agency in network.agencies:
        of_kind[agency.kind] = of_kind.get(agency.kind, NOBODY) | {agency.id}
    for agreement in network.agreements:
        if agreement.status in question.statuses and (mask := labels.mask(agreement, question.reading)):
            edge = _edge(agreement, mask, question, of_kind)
            if edge.starts <= edge.ends:
                leaving.setdefault(edge.giver, []).append(edge)
    return Prepared(network, question, labels, leaving)


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


def _edge(agreement: Agreement, mask: int, question: Question, of_kind: dict[str, frozenset[str]]) -> Edge:
    ends = [day.toordinal() for day in (agreement.end, question.until) if day is not None]
    return Edge(
        agreement,
        agreement.giver,
        agreement.receiver,
        mask,
        agreement.start.toordinal() if agreement.start else ALWAYS,
        min(ends, default=FOREVER),
        promise_of(agreement, question.reading, of_kind),
        agreement.status in DESPITE_PROMISES,
    )
