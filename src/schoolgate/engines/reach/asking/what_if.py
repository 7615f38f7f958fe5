"""What changes when agreements are signed, ended or amended."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.asking.changes import Difference, difference, prepared_again
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.prepared import prepare
from schoolgate.engines.reach.searching.question import Reading

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
        The difference both ways. Only what is changed is checked and prepared anew; then two day sweeps. Paths are
        looked for when `before` and `after` are looked at.

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
    return difference(before, after)


def _ended(agreement: Agreement, last_day: date) -> Agreement | None:
    if agreement.start and last_day < agreement.start:
        return None
    return replace(agreement, end=min(last_day, agreement.end or last_day))
