"""Proof that somebody is out of reach: a closed set that no usable agreement leaves."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from schoolgate.engines.reach.asking.answers import Holding, Reach
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agreement
from schoolgate.engines.reach.searching.prepared import DESPITE_PROMISES, Promise, promise_of, weaker
from schoolgate.engines.reach.searching.question import Reading

Why = Literal["status", "dates", "labels", "onward"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """An agreement that leaves the reached set, and why it carries nothing.

    Attributes:
        agreement: From a reached agency to one that is not.
        why: `status` (evidence not admitted), `labels` (no purpose and kind survive), `onward` (what the
            giver has must not be passed on), `dates` (not in force while the giver has the data).
    """

    agreement: Agreement
    why: Why


@dataclass(frozen=True, slots=True)
class NegativeCertificate:
    """Proof that an agency cannot reach the data: the reached set is closed, and it is outside.

    Attributes:
        agency: Who is outside.
        closed: The reached agencies, the start included.
        crossings: Every agreement that leaves the set, with the reason it carries nothing.
    """

    agency: str
    closed: frozenset[str]
    crossings: tuple[Crossing, ...]


def certificate(answer: Reach, agency: str) -> NegativeCertificate:
    """Prove that an agency is not reached; O(agreements).

    Raises:
        ReachError: When it is reached, unknown, or (a fault of this engine) the set turns out not to be
            closed.
    """
    answer.network.agency(agency)
    if agency in answer.holdings:
        raise ReachError(f"{agency!r} is reached, so there is no proof of the contrary; see its path")
    check(answer)
    crossings = [
        Crossing(agreement, _why_nothing(answer, agreement))
        for agreement in answer.network.agreements
        if agreement.giver in answer.holdings and agreement.receiver not in answer.holdings
    ]
    return NegativeCertificate(agency, frozenset(answer.holdings), tuple(crossings))


def check(answer: Reach) -> None:
    """Verify with plain sets, independently of the search, that nothing flows out of what is held.

    One pass over the agreements: O(agreements x holdings of the giver x pairs).

    Raises:
        ReachError: Naming the agreement by which something new would arrive.
    """
    for agreement in answer.network.agreements:
        for day, pairs in _carried(answer, agreement):
            promise = _promise(answer, agreement)
            held = [
                one.pairs
                for one in answer.holdings.get(agreement.receiver, ())
                if one.day <= day and weaker(one.may_pass_to, promise)
            ]
            if missing := pairs.difference(*held):
                raise ReachError(f"not closed: {agreement.id!r} brings {len(missing)} more pairs on {day}")


def carrying(answer: Reach) -> tuple[Agreement, ...]:
    """The agreements that carry some of the data, in the network's order."""
    return tuple(one for one in answer.network.agreements if _carried(answer, one))


def _promise(answer: Reach, agreement: Agreement) -> Promise:
    of_kind: dict[str, frozenset[str]] = {}
    for agency in answer.network.agencies:
        of_kind[agency.kind] = of_kind.get(agency.kind, frozenset()) | {agency.id}
    return promise_of(agreement, answer.question.reading, of_kind)


def _bound(holding: Holding, agreement: Agreement) -> bool:
    """Whether a promise keeps the agreement from carrying this."""
    to = holding.may_pass_to
    return to is not None and agreement.receiver not in to and agreement.status not in DESPITE_PROMISES


def _carried(answer: Reach, agreement: Agreement) -> list[tuple[date, frozenset[tuple[str, str]]]]:
    """What an agreement brings from what its giver holds, by day, with plain sets."""
    question = answer.question
    carried = []
    if agreement.status in question.statuses:
        for holding in answer.holdings.get(agreement.giver, ()):
            pairs = frozenset(pair for pair in holding.pairs if _allows(agreement, pair, question.reading))
            day = max(holding.day, agreement.start or holding.day)
            in_force = all(last is None or day <= last for last in (agreement.end, question.until))
            bound = _bound(holding, agreement)
            if pairs and in_force and not bound:
                carried.append((day, pairs))
    return carried


def _allows(agreement: Agreement, pair: tuple[str, str], reading: Reading) -> bool:
    terms = (agreement.purposes, agreement.kinds)
    return all(
        reading == "worst_case" if allowed is None else word in allowed
        for word, allowed in zip(pair, terms, strict=True)
    )


def _why_nothing(answer: Reach, agreement: Agreement) -> Why:
    if agreement.status not in answer.question.statuses:
        return "status"
    reading = answer.question.reading
    allowed = [
        holding
        for holding in answer.holdings[agreement.giver]
        if any(_allows(agreement, pair, reading) for pair in holding.pairs)
    ]
    if not allowed:
        return "labels"
    if all(_bound(holding, agreement) for holding in allowed):
        return "onward"
    return "dates"
