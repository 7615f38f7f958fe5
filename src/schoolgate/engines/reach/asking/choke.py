"""Which single agreements everything goes through."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.earliest import Entry, chain, earliest
from schoolgate.engines.reach.searching.prepared import prepare
from schoolgate.engines.reach.searching.question import Question, Reading


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


def _first_entries(network: Network, question: Question, without: frozenset[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in earliest(prepare(network, question), without=without):
        found.setdefault(entry.state[0], entry)
    return found


def _chain(entry: Entry) -> list[Agreement]:
    return [edge.agreement for edge, _ in chain(entry)]
