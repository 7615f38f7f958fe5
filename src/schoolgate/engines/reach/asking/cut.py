"""The fewest agreements to end."""

from collections.abc import Iterable
from datetime import date
from itertools import combinations

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.earliest import Entry, chain, earliest
from schoolgate.engines.reach.searching.prepared import prepare
from schoolgate.engines.reach.searching.question import Question, Reading


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
