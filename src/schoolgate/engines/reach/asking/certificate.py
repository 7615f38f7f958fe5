"""Proof that somebody is out of reach: a closed set that no usable agreement leaves."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import product
from operator import attrgetter
from typing import Final, Literal

from schoolgate.engines.reach.asking.answers import Holding, Reach
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import KIND, Agreement
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.question import Promise, Question

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


def certificate(answer: Reach, agency: str) -> NegativeCertificate:
    """Prove that an agency is not reached; O(agreements x holdings of the giver).

    Raises:
        ReachError: When it is reached, unknown, or (a fault of this engine) the set turns out not to be
            closed.
    """
    return proof(answer.network, answer.question, answer.holdings, agency)


def proof(
    network: Network, question: Question, holdings: Mapping[str, Sequence[Holding]], agency: str
) -> NegativeCertificate:
    """The same from what every agency is said to have at most, wherever that comes from."""
    network.agency(agency)
    if agency in holdings:
        raise ReachError(f"{agency!r} is reached, so there is no proof of the contrary; see its path")
    claim = _Claim(network, question, holdings)
    claim.check()
    crossings = [
        Crossing(agreement, claim.why_nothing(agreement))
        for agreement in network.agreements
        if agreement.giver in holdings and agreement.receiver not in holdings
    ]
    return NegativeCertificate(agency, frozenset(holdings), tuple(crossings))


def check(answer: Reach) -> None:
    """Verify, with no code of the search, that nothing flows out of what is held.

    The holders have everything, and no agreement brings anybody a pair that is not among their holdings by that
    day, under a promise as free. One pass over the agreements: O(agreements x holdings of the giver).

    Raises:
        ReachError: Naming the agreement by which something new would arrive.
    """
    _Claim(answer.network, answer.question, answer.holdings).check()


def carrying(answer: Reach) -> tuple[Agreement, ...]:
    """The agreements that carry some of the data, in the network's order."""
    claim = _Claim(answer.network, answer.question, answer.holdings)
    return tuple(one for one in answer.network.agreements if next(claim.brings(one), None))


@dataclass(frozen=True, slots=True)
class _Under:
    """What an agency has under one promise: by day what comes new, and everything so far."""

    promise: Promise
    days: list[date]
    new: list[int]
    so_far: list[int]

    def by(self, day: date) -> int:
        """Everything it has by a day."""
        count = bisect_right(self.days, day)
        return self.so_far[count - 1] if count else 0


class _Claim:
    """That nobody gets more than the holdings say. Dates, and pairs numbered here; no code of the searches."""

    def __init__(self, network: Network, question: Question, holdings: Mapping[str, Sequence[Holding]]) -> None:
        self._network, self._question = network, question
        self._bit = {pair: 1 << number for number, pair in enumerate(product(question.purposes, question.kinds))}
        self._held = {agency: self._by_promise(some) for agency, some in holdings.items()}
        self._of_purpose = self._with(0, question.purposes)
        self._of_kind = self._with(1, question.kinds)
        self._with_purposes = cache(self._for_purposes)
        self._with_kinds = cache(self._for_kinds)
        of_kind: dict[str, set[str]] = {}
        for agency in network.agencies:
            of_kind.setdefault(KIND + agency.kind, set()).add(agency.id)
        self._named = {word: frozenset(some) for word, some in of_kind.items()}

    def check(self) -> None:
        """That the holdings are closed; ReachError with what leaves them."""
        everything = sum(self._bit.values())
        for one in self._question.holders:
            if self._missing(one.agency, one.since, everything, one.may_pass_to):
                raise ReachError(f"not closed: {one.agency!r} has all pairs since {one.since}, the holdings say less")
        for agreement in self._network.agreements:
            promise = self._promise(agreement)
            for day, pairs in self.brings(agreement):
                if missing := self._missing(agreement.receiver, day, pairs, promise):
                    count = missing.bit_count()
                    raise ReachError(f"not closed: {agreement.id!r} brings {count} more pairs on {day}")

    def brings(self, agreement: Agreement) -> Iterator[tuple[date, int]]:
        """What an agreement brings from what its giver holds, by day."""
        held = self._held.get(agreement.giver)
        if not held or agreement.status not in self._question.statuses:
            return
        allowed = self._allowed(agreement)
        last = min((day for day in (agreement.end, self._question.until) if day), default=date.max)
        for under in held:
            if not allowed & under.so_far[-1] or _bound(under.promise, agreement):
                continue
            waiting = 0
            if agreement.start:  # what is there already leaves together on the first day
                waiting = bisect_right(under.days, agreement.start)
                if waiting and agreement.start <= last and (pairs := under.so_far[waiting - 1] & allowed):
                    yield agreement.start, pairs
            for number in range(waiting, bisect_right(under.days, last)):
                if pairs := under.new[number] & allowed:
                    yield under.days[number], pairs

    def why_nothing(self, agreement: Agreement) -> Why:
        """Why an agreement that leaves the holdings carries nothing."""
        if agreement.status not in self._question.statuses:
            return "status"
        allowed = self._allowed(agreement)
        some = [under for under in self._held[agreement.giver] if allowed & under.so_far[-1]]
        if not some:
            return "labels"
        return "onward" if all(_bound(under.promise, agreement) for under in some) else "dates"

    def _missing(self, agency: str, day: date, pairs: int, promise: Promise) -> int:
        """Those of some pairs that an agency has not, by a day, at least as free as under a promise."""
        for under in self._held.get(agency, ()):
            if under.promise is None or (promise is not None and under.promise >= promise):
                pairs &= ~under.by(day)
                if not pairs:
                    break
        return pairs

    def _by_promise(self, holdings: Sequence[Holding]) -> list[_Under]:
        found: dict[Promise, _Under] = {}
        for one in sorted(holdings, key=attrgetter("day")):
            under = found.setdefault(one.may_pass_to, _Under(one.may_pass_to, [], [], []))
            new = 0
            for pair in one.pairs:
                new |= self._bit.get(pair, 0)
            under.days.append(one.day)
            under.new.append(new)
            under.so_far.append(new | (under.so_far[-1] if under.so_far else 0))
        return list(found.values())

    def _with(self, place: int, words: Iterable[str]) -> dict[str, int]:
        """The pairs with each word, in the first or the second place."""
        return {word: sum(bit for pair, bit in self._bit.items() if pair[place] == word) for word in words}

    def _for_purposes(self, purposes: frozenset[str] | None) -> int:
        return sum([self._of_purpose[one] for one in self._said(purposes, self._question.purposes)])

    def _for_kinds(self, kinds: frozenset[str] | None) -> int:
        return sum([self._of_kind[one] for one in self._said(kinds, self._question.kinds)])

    def _said(self, words: frozenset[str] | None, asked: frozenset[str]) -> frozenset[str]:
        """The words that terms allow; unknown terms none, or all in the worst case."""
        if words is None:
            return asked if self._question.reading == "worst_case" else frozenset()
        return words & asked

    def _allowed(self, agreement: Agreement) -> int:
        return self._with_purposes(agreement.purposes) & self._with_kinds(agreement.kinds)

    def _promise(self, agreement: Agreement) -> Promise:
        if agreement.onward == "yes" or (agreement.onward == "unknown" and self._question.reading == "worst_case"):
            return None
        return frozenset[str]().union(*(self._named.get(word, {word}) for word in agreement.onward_to))


def _bound(promise: Promise, agreement: Agreement) -> bool:
    """Whether a promise keeps the agreement from carrying what is held under it."""
    return promise is not None and agreement.receiver not in promise and agreement.status not in _DESPITE_PROMISES
