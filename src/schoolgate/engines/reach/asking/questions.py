"""What follows from a reach: proof that somebody is out of it, choke points, the smallest cut, what-if."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Literal

from schoolgate.engines.reach.asking.answers import Holding, Reach, ask, reach
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.earliest import Entry, chain, earliest
from schoolgate.engines.reach.searching.prepared import DESPITE_PROMISES, Promise, prepare, promise_of, weaker
from schoolgate.engines.reach.searching.question import Question, Reading

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


@dataclass(frozen=True, slots=True)
class Choke:
    """An agreement that every path to some target uses.

    Attributes:
        agreement: The one to end.
        targets: Targets nobody could reach without it.
        lost: Every agency that would be cut off, targets included.
    """

    agreement: Agreement
    targets: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change of agreements does to reach.

    Attributes:
        before: The answer now.
        after: The answer with the change.
        gained: Agencies reached only after it.
        lost: Agencies reached only before it.
        sooner: Agencies reached earlier after it.
        later: Agencies reached later after it.
        wider: Agencies that get a pair they did not get before.
        narrower: Agencies that get fewer.
    """

    before: Reach
    after: Reach
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    sooner: tuple[str, ...]
    later: tuple[str, ...]
    wider: tuple[str, ...]
    narrower: tuple[str, ...]


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


def choke_points(
    network: Network,
    start: str,
    targets: Sequence[str],
    *,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> tuple[Choke, ...]:
    """Single agreements whose end cuts a target off, those that cut most first.

    An agreement that every path uses lies on any one path, so each agreement of one path a target is taken
    out and the search run again: exact, at most (targets x hops) searches.

    Raises:
        ReachError: As for `reach`, and for an unknown target.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    whole = _first_entries(network, question, frozenset())
    wanted = [target for target in targets if network.agency(target).id in whole and target != start]
    candidates = {agreement.id for target in wanted for agreement in _chain(whole[target])}
    chokes: list[Choke] = []
    for agreement_id in sorted(candidates):
        left = _first_entries(network, question, frozenset({agreement_id}))
        if cut := tuple(target for target in wanted if target not in left):
            lost = tuple(agency.id for agency in network.agencies if agency.id in whole.keys() - left.keys())
            chokes.append(Choke(network.agreement(agreement_id), cut, lost))
    return tuple(sorted(chokes, key=lambda one: (-len(one.targets), -len(one.lost), one.agreement.id)))


def smallest_cut(
    network: Network,
    start: str,
    target: str,
    *,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
    keep: Iterable[str] = (),
) -> tuple[Agreement, ...] | None:
    """The fewest agreements whose end cuts a target off; empty when it is not reached.

    Temporal cuts are NP-hard (Zschoche et al. 2018), so: collect a path that survives, choose a smallest
    set that hits every path collected, repeat. Exact; a district needs one to six paths.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        target: The agency to cut off.
        since: The day the data exists from.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.
        keep: Agreements that cannot be ended, such as statutory duties.

    Returns:
        The set, first by id among equals; None when those to keep suffice for a path.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    network.agency(target)
    kept = frozenset(keep)
    paths: list[frozenset[str]] = []
    chosen: frozenset[str] = frozenset()
    while (left := _first_entries(network, question, chosen)).get(target) is not None:
        path = frozenset(agreement.id for agreement in _chain(left[target])) - kept
        if not path:
            return None
        paths.append(path)
        chosen = _smallest_hit(paths)
    return tuple(network.agreement(agreement_id) for agreement_id in sorted(chosen))


def what_if(
    network: Network,
    start: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    add: Iterable[Agreement] = (),
    end: Mapping[str, date] | None = None,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> Difference:
    """Compare reach before and after agreements are signed or ended.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        since: The day the data exists from.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        add: New agreements between known agencies.
        end: Last day by agreement id; a day before its start removes it.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.

    Raises:
        ReachError: As for `reach`, for an unknown agreement and for an addition that does not fit.
    """
    ends = dict(end or {})
    for agreement_id in ends:
        network.agreement(agreement_id)
    changed = [shortened for one in network.agreements if (shortened := _ended(one, ends.get(one.id)))]
    after_network = Network(network.agencies, (*changed, *add))
    asked = (start, since, frozenset(kinds), frozenset(purposes))
    admitted = None if statuses is None else frozenset(statuses)
    before = reach(network, *asked, until=until, statuses=admitted, reading=reading)
    after = reach(after_network, *asked, until=until, statuses=admitted, reading=reading)
    both = [agency for agency in before.reached if agency in after.reached]
    old, new = before.reached, after.reached
    return Difference(
        before,
        after,
        gained=tuple(agency for agency in new if agency not in old),
        lost=tuple(agency for agency in old if agency not in new),
        sooner=tuple(agency for agency in both if new[agency].day < old[agency].day),
        later=tuple(agency for agency in both if new[agency].day > old[agency].day),
        wider=tuple(agency for agency in both if new[agency].pairs - old[agency].pairs),
        narrower=tuple(agency for agency in both if old[agency].pairs - new[agency].pairs),
    )


def _ended(agreement: Agreement, last_day: date | None) -> Agreement | None:
    if last_day is None:
        return agreement
    if agreement.start and last_day < agreement.start:
        return None
    return replace(agreement, end=min(last_day, agreement.end or last_day))


def _first_entries(network: Network, question: Question, without: frozenset[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in earliest(prepare(network, question), without=without):
        found.setdefault(entry.state[0], entry)
    return found


def _chain(entry: Entry) -> list[Agreement]:
    return [edge.agreement for edge, _ in chain(entry)]


def _smallest_hit(paths: list[frozenset[str]]) -> frozenset[str]:
    ids = sorted(frozenset().union(*paths))
    for size in range(1, len(paths) + 1):
        for chosen in combinations(ids, size):
            if all(path.intersection(chosen) for path in paths):
                return frozenset(chosen)
    raise ReachError("a path without agreements cannot be cut")  # the caller never passes one


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
