"""The fewest agreements to end so that somebody is out of reach; or one path after the other, and a person chooses.

Cutting paths in time by the fewest contacts is NP-hard (Zschoche, Fluschnik, Molter, Niedermeier, "The complexity of
finding small separators in temporal graphs", MFCS 2018), so there is no maximum flow here. The way round is an
implicit hitting set: collect paths that are still open, choose a lightest set that hits all of them, repeat.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import reduce
from operator import or_

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.asking.hitting import Hitting
from schoolgate.engines.reach.asking.witness import Path, path_along
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.layers import Goal, fewest
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, dropping, prepare
from schoolgate.engines.reach.searching.question import Reading
from schoolgate.engines.reach.searching.sweep import begin_of, grid, sweep


def smallest_cut(
    network: Network,
    start: str,
    targets: str | Collection[str],
    *,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
    keep: Iterable[str] = (),
    weights: Mapping[str, int] | None = None,
) -> tuple[Agreement, ...] | None:
    """The fewest agreements whose end cuts every target off; empty when none is reached.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        targets: The agencies to cut off, all at once; one id or several.
        since: The day the data exists from.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.
        keep: Agreements that cannot be ended, such as statutory duties.
        weights: What ending an agreement costs, a whole number of at least 1; 1 where none is given.

    Returns:
        The lightest set, among equals the one whose ids in order come first; None when those to keep suffice for a
        path. Exact. NP-hard, so the number of rounds has no good bound; a district needs one to six paths. Agreements
        with the same ends and terms are ended together or not at all, so they count as one.

    Raises:
        ReachError: As for `reach`, for an unknown target or agreement, when a target holds the data already, and for
            a weight below 1.
    """
    wanted = _targets(network, start, targets)
    kept, costs = frozenset(keep), dict(weights or {})
    for agreement_id in sorted(kept | costs.keys()):
        network.agreement(agreement_id)
    if wrong := sorted(one for one, weight in costs.items() if weight < 1):
        raise ReachError(
            f"weights: {wrong[0]!r} costs {costs[wrong[0]]}; give a whole number of at least 1, or keep it"
        )
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    open_paths = _OpenPaths(prepare(network, question), wanted)
    bundles = open_paths.bundles
    lasting = {first for first, members in bundles.items() if kept.intersection(members)}
    hitting = Hitting({first: sum(costs.get(one, 1) for one in members) for first, members in bundles.items()})
    chosen: frozenset[str] = frozenset()
    while True:
        paths = open_paths.apart(chosen, lasting)
        if not paths:
            first = hitting.first()
            if first == chosen:
                ended = sorted(one for bundle in chosen for one in bundles[bundle])
                return tuple(network.agreement(agreement_id) for agreement_id in ended)
            chosen = first
            continue
        for path in paths:
            if path <= lasting:
                return None
            hitting.add(path - lasting)
        chosen = hitting.some()


def next_path(
    network: Network,
    start: str,
    targets: str | Collection[str],
    *,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
    ended: Collection[str] = (),
) -> Path | None:
    """A shortest path that is still open when some agreements have ended: the next one for a person to cut.

    Not every agreement can be ended, and who can says so best with a path before them: show a path, end one of its
    agreements, ask again with that one in `ended` too.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        targets: The agencies to cut off; one id or several.
        since: The day the data exists from.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.
        ended: Ids of the agreements chosen so far, as if they had never been.

    Returns:
        A path with the fewest agreements, to the first target by id among equals; None when all are cut off.

    Raises:
        ReachError: As for `smallest_cut`.
    """
    wanted = _targets(network, start, targets)
    for agreement_id in ended:
        network.agreement(agreement_id)
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    left = dropping(prepare(network, question), ended)
    edges = _OpenPaths(left, wanted).shortest()
    return path_along(edges, since.toordinal(), left.labels) if edges else None


def _targets(network: Network, start: str, targets: str | Collection[str]) -> tuple[str, ...]:
    wanted = (targets,) if isinstance(targets, str) else tuple(dict.fromkeys(targets))
    for target in wanted:
        if network.agency(target).id == start:
            raise ReachError(f"{target!r} is where the data is; name others to cut off")
    return wanted


class _OpenPaths:
    """Paths to some targets, by day sweeps over one grid.

    Attributes:
        bundles: Ids of agreements between the same two on the same terms, by the first of them: while one of them is
            in force the others need not be.
    """

    def __init__(self, prepared: Prepared, targets: Collection[str]) -> None:
        self._over = grid(prepared)
        self._masks = [edge.mask for edge in self._over.edges]
        self._begin = begin_of(prepared, self._over)
        states = self._over.by_agency()
        self._states = {target: states.get(target, []) for target in targets}
        alike: dict[tuple[object, ...], list[str]] = {}
        for edge in self._over.edges:
            terms = (edge.giver, edge.receiver, edge.mask, edge.starts, edge.ends, edge.promise, edge.despite)
            alike.setdefault(terms, []).append(edge.agreement.id)
        self.bundles = {min(members): tuple(dict.fromkeys(members)) for members in alike.values()}
        first_of = {one: first for first, members in self.bundles.items() for one in members}
        self._bundle = [first_of[edge.agreement.id] for edge in self._over.edges]

    def shortest(self) -> list[Edge] | None:
        """A path with the fewest agreements, to the first target by id among equals; None when there is none."""
        known = sweep(self._over, self._masks, self._begin, trace=False).known
        bits = {target: reduce(or_, (known[state] for state in some), 0) for target, some in self._states.items()}
        goals = {target: Goal(self._states[target], mask) for target, mask in bits.items() if mask}
        found = fewest(self._over, self._masks, self._begin, goals)
        if not found:
            return None
        nearest = min(found, key=lambda target: (found[target].hops, target))
        return [self._over.edges[number] for number in found[nearest].edges()]

    def apart(self, ended: frozenset[str], lasting: Collection[str]) -> set[frozenset[str]]:
        """Open paths as sets of bundles, found until no other shares nothing that can end with those before.

        So many at once, since a set that hits them all is at least as large as the number of them. O(one sweep for
        each path).
        """
        found: set[frozenset[str]] = set()
        gone = set(ended)
        while some := self._without(gone):
            found |= some
            if any(path <= set(lasting) for path in some):
                break
            gone.update(one for path in some for one in path if one not in lasting)
        return found

    def _without(self, ended: Collection[str]) -> set[frozenset[str]]:
        """Some open paths: one for each target, and day and promise of arrival; O(one sweep)."""
        masks = [0 if bundle in ended else mask for bundle, mask in zip(self._bundle, self._masks, strict=True)]
        swept = sweep(self._over, masks, self._begin)
        paths = set()
        for states in self._states.values():
            for state in states:
                for _, bits in swept.got[state]:
                    edges = swept.edges_to(state, (bits & -bits).bit_length() - 1)
                    paths.add(frozenset(self._bundle[edge] for edge in edges))
        return paths
