"""What changes when agreements are signed, ended or amended."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from schoolgate.engines.reach.asking.answers import Searches, ask, told
from schoolgate.engines.reach.asking.changes import Difference, prepared_again
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.arrivals import Arrivals
from schoolgate.engines.reach.searching.grid import Grid, begin_of, grid, numbered
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, prepare
from schoolgate.engines.reach.searching.question import Reading
from schoolgate.engines.reach.searching.sweep import sweep

__all__ = ["Difference", "what_if"]


def what_if(
    network: Network,
    start: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    add: Iterable[Agreement] = (),
    end: Mapping[str, date] | None = None,
    amend: Iterable[Agreement] = (),
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> Difference:
    """Compare reach before and after agreements are signed, ended or amended.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        since: The day the data exists from.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        add: New agreements between known agencies.
        end: Last day by agreement id. A day before its start removes it, one after its end changes nothing: to renew
            an agreement use `amend`.
        amend: Agreements as they would be, each in the place of the one with its id. One that changes on a day is
            the old one in `end` up to the day before, and the new one in `add` from that day on.
        until: Look no further than this day. For a copy made on a day, as things would stand that day: `since` and
            `until` both that day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.

    Returns:
        The difference both ways. Only what is changed is checked and prepared anew; then one day sweep for both.
        Paths are looked for when `before` and `after` are looked at.

    Raises:
        ReachError: As for `reach`, for an unknown agreement, for one that is both ended and amended, and for an
            addition or amendment that does not fit.
    """
    ends, added, amended = dict(end or {}), list(add), list(amend)
    for agreement_id in (*ends, *(one.id for one in amended)):
        network.agreement(agreement_id)
    known = {one.id for one in network.agreements}
    for one in added:
        if one.id in known:
            raise ReachError(f"add: there is an agreement {one.id!r} already; to change it use `amend`")
    if twice := sorted(ends.keys() & {one.id for one in amended}):
        raise ReachError(f"{twice[0]!r} is both ended and amended; give the amended one an end instead")
    shortened = {agreement_id: _ended(network.agreement(agreement_id), day) for agreement_id, day in ends.items()}
    changed = [one for one in shortened.values() if one] + amended + added
    dropped = {agreement_id for agreement_id, left in shortened.items() if left is None}
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    before = prepare(network, question)
    after = prepared_again(before, network.with_agreements(changed, dropped), changed, dropped)
    return _difference(before, after)


def _difference(before: Prepared, after: Prepared) -> Difference:
    """Compare a prepared question with the same on a few other edges; O(one sweep)."""
    both = _arrivals(before, after)
    labels, old, new = before.labels, both.part(0), both.part(1)
    one, other = Searches(lambda: before, labels, old), Searches(lambda: after, labels, new)
    was = told(before.network, before.question, one)
    would_be = told(after.network, after.question, other)
    stay = [agency for agency in was.reached if agency in other.first]
    return Difference(
        was,
        would_be,
        gained=tuple(agency for agency in would_be.reached if agency not in one.first),
        lost=tuple(agency for agency in was.reached if agency not in other.first),
        sooner=tuple(agency for agency in stay if other.first[agency].day < one.first[agency].day),
        later=tuple(agency for agency in stay if other.first[agency].day > one.first[agency].day),
        wider=tuple(agency for agency in stay if other.first[agency].pairs & ~one.first[agency].pairs),
        narrower=tuple(agency for agency in stay if one.first[agency].pairs & ~other.first[agency].pairs),
    )


def _arrivals(before: Prepared, after: Prepared) -> Arrivals:
    """Both in one sweep: the pairs before as the lower bits, those after as the higher.

    What the change does not touch arrives in both halves at once and costs little more than in one.
    """
    gone, new = _apart(before, after), _apart(after, before)
    over = _with(grid(before), new)
    pairs = before.labels.everything
    width = pairs.bit_length()
    twice = 1 | 1 << width
    only = dict.fromkeys(gone, 1) | dict.fromkeys(new, 1 << width)
    masks = [mask * only.get(edge, twice) for mask, edge in zip(over.masks, over.edges, strict=True)]
    begin = {day: [(state, bits * twice) for state, bits in some] for day, some in begin_of(before, over).items()}
    return Arrivals.told(over, sweep(over, masks, begin, trace=False), pairs)


def _with(over: Grid, new: Sequence[Edge]) -> Grid:
    """The same with some edges more, at the cost of these, unless they lead to a state where nothing could be."""
    if any((edge.receiver, edge.promise) not in over.number for edge in new):
        return numbered([*over.edges, *new], over.number)
    opening, promises = dict(over.opening), over.all_states.promises
    for number, edge in enumerate(new, len(over.edges)):
        receiver = over.number[edge.receiver, edge.promise]
        givers = [state for state in over.states(edge.giver) if edge.takes_from(promises[state])]
        ways = [(giver, number, receiver, edge.ends) for giver in givers]
        opening[edge.starts] = [*opening.get(edge.starts, ()), *ways]
    return Grid([*over.edges, *new], over.all_states, opening)


def _apart(one: Prepared, other: Prepared) -> list[Edge]:
    """The edges of one that the other does not share with it."""
    found: list[Edge] = []
    for giver, edges in one.leaving.items():
        others = other.leaving.get(giver, ())
        if edges is not others:
            shared = set(others)
            found += [edge for edge in edges if edge not in shared]
    return found


def _ended(agreement: Agreement, last_day: date) -> Agreement | None:
    if agreement.start and last_day < agreement.start:
        return None
    return replace(agreement, end=min(last_day, agreement.end or last_day))
