"""What changes when agreements are signed, ended or amended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from schoolgate.engines.reach.asking.answers import Reach, reach
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.question import Reading


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
