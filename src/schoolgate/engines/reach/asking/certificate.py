"""Proof that somebody is out of reach: a closed set that no usable agreement leaves."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product, repeat
from operator import itemgetter
from typing import Final, Literal, NamedTuple

from schoolgate.engines.reach.asking.answers import Reach
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import KIND, Agreement
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.question import Pair, Promise, Question

# What goes over a promise: a statute, and what happened. Written here again, so that the check shares no code.
_DESPITE_PROMISES: Final = ("observed", "required_by_law")

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


class Said(NamedTuple):
    """What an agency is said to have: from which day (an ordinal), which pairs, and to whom it may pass them on."""

    day: int
    pairs: int
    promise: Promise


def certificate(answer: Reach, agency: str) -> NegativeCertificate:
    """Prove that an agency is not reached; O(agreements x holdings of the giver).

    Raises:
        ReachError: When it is reached, unknown, or (a fault of this engine) the set turns out not to be
            closed.
    """
    return proof(answer.network, answer.question, _said(answer), agency)


def proof(network: Network, question: Question, held: Mapping[str, Sequence[Said]], agency: str) -> NegativeCertificate:
    """The same from what every agency is said to have at most, wherever that comes from."""
    network.agency(agency)
    if agency in held:
        raise ReachError(f"{agency!r} is reached, so there is no proof of the contrary; see its path")
    claim = _Claim(network, question, held)
    claim.check()
    crossings = [
        Crossing(agreement, claim.why_nothing(agreement))
        for agreement in network.agreements
        if agreement.giver in held and agreement.receiver not in held
    ]
    return NegativeCertificate(agency, frozenset(held), tuple(crossings))


def check(answer: Reach) -> None:
    """Verify, with no code of the search, that nothing flows out of what is held.

    The holders have everything, and no agreement brings anybody a pair that is not among their holdings by that
    day, under a promise as free. One pass over the agreements: O(agreements x holdings of the giver).

    Raises:
        ReachError: Naming the agreement by which something new would arrive.
    """
    _Claim(answer.network, answer.question, _said(answer)).check()


def carrying(answer: Reach) -> tuple[Agreement, ...]:
    """The agreements that carry some of the data, in the network's order."""
    claim = _Claim(answer.network, answer.question, _said(answer))
    return tuple(terms.agreement for terms in claim.terms if next(claim.brings(terms), None))


class Numbered:
    """The pairs of a question as bits, numbered here anew: the kinds of one purpose together."""

    def __init__(self, question: Question) -> None:
        """Number them in the order of their words: two sets that are equal may hold them in two orders."""
        self._kinds = {kind: 1 << number for number, kind in enumerate(sorted(question.kinds))}
        self._purposes = {name: number * len(self._kinds) for number, name in enumerate(sorted(question.purposes))}
        product_of = product(self._purposes, self._kinds)
        self._pairs = {pair: 1 << number for number, pair in enumerate(product_of)}
        self.everything = (1 << len(self._pairs)) - 1

    def of_pairs(self, pairs: Iterable[Pair]) -> int:
        """Different pairs as bits; those not asked about are nothing."""
        return sum(map(self._pairs.get, pairs, repeat(0)))

    def of_words(self, purpose: str, kinds: Iterable[str]) -> int:
        """Some kinds for one purpose; what is not asked about is nothing."""
        if (place := self._purposes.get(purpose)) is None:
            return 0
        row, known = 0, self._kinds
        for kind in kinds:
            if kind in known:
                row |= known[kind]
        return row << place

    def of_terms(self, kinds: Iterable[str], purposes: Iterable[str]) -> int:
        """Some kinds for each of some purposes."""
        pairs = 0
        for purpose in purposes:
            pairs |= self.of_words(purpose, kinds)
        return pairs


def _said(answer: Reach) -> dict[str, list[Said]]:
    of_pairs = Numbered(answer.question).of_pairs
    return {
        agency: [Said(one.day.toordinal(), of_pairs(one.pairs), one.may_pass_to) for one in some]
        for agency, some in answer.holdings.items()
    }


class _Terms(NamedTuple):
    """An agreement that the question admits: what it lets through from when to when, and what it binds to."""

    agreement: Agreement
    pairs: int
    start: int
    last: int
    promise: Promise
    despite: bool

    def bound(self, promise: Promise) -> bool:
        """Whether a promise keeps it from carrying what is held under that."""
        return promise is not None and not self.despite and self.agreement.receiver not in promise


class _Under(NamedTuple):
    """What an agency has under one promise: by day what comes new, and everything so far."""

    promise: Promise
    days: list[int]
    new: list[int]
    so_far: list[int]


class _Claim:
    """That nobody gets more than is said. Dates, and pairs numbered here; no code of the searches."""

    def __init__(self, network: Network, question: Question, held: Mapping[str, Sequence[Said]]) -> None:
        self._question = question
        self._held = {agency: _by_promise(some) for agency, some in held.items()}
        self._free: dict[tuple[str, Promise], list[_Under]] = {}
        asked = (question.kinds, question.purposes, question.statuses, question.until, question.reading)
        self._terms: Mapping[str, _Terms] = network.kept.get(("claim", *asked), lambda: _terms(network, question))

    @property
    def terms(self) -> Iterable[_Terms]:
        """The agreements that the question admits, in the network's order."""
        return self._terms.values()

    def check(self) -> None:
        """That what is held is closed; ReachError with what leaves it."""
        everything = Numbered(self._question).everything
        for one in self._question.holders:
            as_free = self._as_free(one.agency, one.may_pass_to)
            if _without(everything, as_free, one.since.toordinal()):
                raise ReachError(f"not closed: {one.agency!r} has all pairs since {one.since}, the holdings say less")
        for terms in self.terms:
            if terms.agreement.giver in self._held:
                as_free = self._as_free(terms.agreement.receiver, terms.promise)
                for day, pairs in self.brings(terms):
                    if missing := _without(pairs, as_free, day):
                        count, name = missing.bit_count(), terms.agreement.id
                        raise ReachError(f"not closed: {name!r} brings {count} more pairs on {date.fromordinal(day)}")

    def brings(self, terms: _Terms) -> Iterator[tuple[int, int]]:
        """What an agreement brings from what its giver holds, by day."""
        allowed, start, last = terms.pairs, terms.start, terms.last
        for promise, days, new, so_far in self._held.get(terms.agreement.giver, ()):
            if not allowed & so_far[-1] or terms.bound(promise):
                continue
            # What is there already leaves together on the first day.
            waiting = bisect_right(days, start)
            if waiting and start <= last and (pairs := so_far[waiting - 1] & allowed):
                yield start, pairs
            for number in range(waiting, bisect_right(days, last)):
                if pairs := new[number] & allowed:
                    yield days[number], pairs

    def why_nothing(self, agreement: Agreement) -> Why:
        """Why an agreement that leaves the holdings carries nothing."""
        if agreement.status not in self._question.statuses:
            return "status"
        terms = self._terms[agreement.id]
        some = [under for under in self._held[agreement.giver] if terms.pairs & under.so_far[-1]]
        if not some:
            return "labels"
        return "onward" if all(terms.bound(under.promise) for under in some) else "dates"

    def _as_free(self, agency: str, promise: Promise) -> list[_Under]:
        """What an agency has at least as free as under a promise."""
        if (some := self._free.get((agency, promise))) is None:
            some = self._free[agency, promise] = [
                under
                for under in self._held.get(agency, ())
                if under.promise is None or (promise is not None and under.promise >= promise)
            ]
        return some


def _without(pairs: int, some: Iterable[_Under], day: int) -> int:
    """Those of some pairs that are nowhere among what is had by a day."""
    for _, days, _, so_far in some:
        if count := bisect_right(days, day):
            pairs ^= pairs & so_far[count - 1]
            if not pairs:
                break
    return pairs


def _by_promise(some: Sequence[Said]) -> list[_Under]:
    found: dict[Promise, _Under] = {}
    for day, pairs, promise in sorted(some, key=itemgetter(0)):
        if (under := found.get(promise)) is None:
            under = found[promise] = _Under(promise, [], [], [])
        under.days.append(day)
        under.new.append(pairs)
        under.so_far.append(pairs | under.so_far[-1] if under.so_far else pairs)
    return list(found.values())


def _terms(network: Network, question: Question) -> dict[str, _Terms]:
    """The agreements that the question admits, each read once; O(agreements x words)."""
    numbered, worst = Numbered(question), question.reading == "worst_case"
    nobody = frozenset[str]()
    unknown = (question.kinds, question.purposes) if worst else (nobody, nobody)
    named: dict[str, set[str]] = {}
    for agency in network.agencies:
        named.setdefault(KIND + agency.kind, set()).add(agency.id)
    until = question.until or date.max
    found: dict[str, _Terms] = {}
    for one in network.agreements:
        if one.status in question.statuses:
            kinds, purposes = (
                default if words is None else words
                for words, default in zip((one.kinds, one.purposes), unknown, strict=True)
            )
            free = one.onward == "yes" or (one.onward == "unknown" and worst)
            found[one.id] = _Terms(
                one,
                numbered.of_terms(kinds, purposes),
                one.start.toordinal() if one.start else 0,
                min(one.end or until, until).toordinal(),
                None if free else nobody.union(*(named.get(word, {word}) for word in one.onward_to)),
                one.status in _DESPITE_PROMISES,
            )
    return found
