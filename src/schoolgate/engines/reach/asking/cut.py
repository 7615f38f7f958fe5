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
from schoolgate.engines.reach.searching.between import between
from schoolgate.engines.reach.searching.grid import begin_of, grid
from schoolgate.engines.reach.searching.layers import Goal, fewest
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, prepare
from schoolgate.engines.reach.searching.question import Reading
from schoolgate.engines.reach.searching.sweep import sweep


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
    prepared = prepare(network, question)
    edges = _shortest(prepared, wanted, frozenset(ended))
    return path_along(edges, since.toordinal(), prepared.labels) if edges else None


def _shortest(prepared: Prepared, targets: Collection[str], ended: frozenset[str]) -> list[Edge] | None:
    """A path with the fewest agreements, to the first target by id among equals; None when there is none."""
    whole = grid(prepared)
    begin = begin_of(prepared, whole)
    states = {target: whole.states(target) for target in targets}
    left = [0 if edge.agreement.id in ended else edge.mask for edge in whole.edges]
    over, masks = between(whole, left, [state for some in states.values() for state in some])
    known = sweep(over, masks, begin, trace=False).known
    bits = {target: reduce(or_, (known[state] for state in some), 0) for target, some in states.items()}
    goals = {target: Goal(states[target], mask) for target, mask in bits.items() if mask}
    found = fewest(over, masks, begin, goals)
    if not found:
        return None
    nearest = min(found, key=lambda target: (found[target].hops, target))
    return [over.edges[number] for number in found[nearest].edges()]


def _targets(network: Network, start: str, targets: str | Collection[str]) -> tuple[str, ...]:
    wanted = (targets,) if isinstance(targets, str) else tuple(dict.fromkeys(targets))
    for target in wanted:
        if network.agency(target).id == start:
            raise ReachError(f"{target!r} is where the data is; name others to cut off")
    return wanted


class _OpenPaths:
    """Paths to some targets, by day sweeps over the ways that lead to them.

    Attributes:
        bundles: Ids of agreements between the same two on the same terms, by the first of them: while one of them is
            in force the others need not be.
    """

    def __init__(self, prepared: Prepared, targets: Collection[str]) -> None:
        whole = grid(prepared)
        self._begin = begin_of(prepared, whole)
        self._goals = [state for target in targets for state in whole.states(target)]
        over, masks = between(whole, whole.masks, self._goals)
        self._first = sweep(over, masks, self._begin)
        self._over, self._masks = between(over, masks, self._goals, self._first.known)
        alike: dict[tuple[object, ...], list[int]] = {}
        for number, mask in enumerate(self._masks):
            if mask:
                edge = self._over.edges[number]
                terms = (edge.giver, edge.receiver, edge.mask, edge.starts, edge.ends, edge.promise, edge.despite)
                alike.setdefault(terms, []).append(number)
        self.bundles: dict[str, tuple[str, ...]] = {}
        self._numbers: dict[str, list[int]] = {}
        self._bundle: dict[int, str] = {}
        for numbers in alike.values():
            ids = tuple(self._over.edges[number].agreement.id for number in numbers)
            first = min(ids)
            self.bundles[first], self._numbers[first] = ids, numbers
            self._bundle.update(dict.fromkeys(numbers, first))

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
        swept = self._first
        if ended:
            masks = list(self._masks)
            for bundle in ended:
                for number in self._numbers[bundle]:
                    masks[number] = 0
            swept = sweep(self._over, masks, self._begin)
        paths = set()
        for state in self._goals:
            for _, bits in swept.got[state]:
                edges = swept.edges_to(state, (bits & -bits).bit_length() - 1)
                paths.add(frozenset(self._bundle[edge] for edge in edges))
        return paths
