"""Which single agreements most goes through: what each takes away if it alone ends."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.grid import Grid, begin_of, grid
from schoolgate.engines.reach.searching.prepared import Prepared, prepare
from schoolgate.engines.reach.searching.question import Reading
from schoolgate.engines.reach.searching.sweep import Swept, sweep
from schoolgate.engines.reach.searching.without import Without, without_each


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


class Ranked(NamedTuple):
    """What ending one agreement takes away.

    Attributes:
        agreement: The one to end, as if it had never been.
        endable: False when the caller said that it cannot be ended.
        targets: Targets that would be cut off.
        lost: Agencies that would be cut off, targets included.
        later: Agencies that would still be reached, first on a later day.
        narrower: Agencies that would still be reached, by fewer (purpose, kind) pairs.
    """

    agreement: Agreement
    endable: bool
    targets: tuple[str, ...]
    lost: tuple[str, ...]
    later: tuple[str, ...]
    narrower: tuple[str, ...]


def ranked_agreements(
    network: Network,
    start: str,
    targets: Collection[str] | None = None,
    *,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
    keep: Collection[str] = (),
) -> tuple[Ranked, ...]:
    """What each agreement, ended alone, takes away: those first that cut off most targets, then most agencies.

    Exact for dates, pairs and promises: nothing is filtered by the plain graph's dominators. Only branches of the
    forest of first arrivals can take anything away, and all of them are searched again at once (`without_each`).

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        targets: The agencies that count; None counts all.
        since: The day the data exists from.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.
        keep: Agreements that cannot be ended, such as statutory duties: they are ranked and marked.

    Returns:
        Each agreement that takes something away; ending any other changes nothing about who gets what first when.
        Two searches, the second over integers of as many bits as there are first arrivals of pairs.

    Raises:
        ReachError: As for `reach`, for an unknown target and an unknown agreement to keep.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    for agreement_id in keep:
        network.agreement(agreement_id)
    return rank(prepare(network, question), targets, keep)


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
    """Single agreements whose end cuts a target off, those that cut most first; as `ranked_agreements`.

    What every path uses is on all of those that the first search found, so only few are looked at, and all of them
    in a second search: the pairs once for each, in which it lets nothing through.

    Raises:
        ReachError: As for `reach`, and for an unknown target.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    wanted = [network.agency(target).id for target in targets]
    prepared = prepare(network, question)
    over = grid(prepared)
    begin, pairs = begin_of(prepared, over), prepared.labels.everything
    base = sweep(over, over.masks, begin)
    candidates = sorted(_on_every_path(base, over, wanted))
    width = pairs.bit_length()
    every = sum(1 << number * width for number in range(len(candidates)))
    masks = [mask * every for mask in over.masks] if candidates else []
    for number, edge in enumerate(candidates):
        masks[edge] ^= over.masks[edge] << number * width
    begin = {day: [(state, bits * every) for state, bits in some] for day, some in begin.items()}
    known = sweep(over, masks, begin, trace=False).known if candidates else []
    chokes = []
    for number, edge in enumerate(candidates):
        there = pairs << number * width
        lost = [
            agency
            for agency, states in _states_in_order(prepared, over)
            if any(base.known[state] for state in states) and not any(known[state] & there for state in states)
        ]
        if cut := tuple(target for target in wanted if target in lost):
            chokes.append(Choke(over.edges[edge].agreement, cut, tuple(lost)))
    return tuple(sorted(chokes, key=lambda one: (-len(one.targets), -len(one.lost), one.agreement.id)))


def _on_every_path(base: Swept, over: Grid, targets: Collection[str]) -> set[int]:
    """The edges that, for some target, are on every path to it that a search found by its last edges."""
    found: set[int] = set()
    for target in targets:
        common: set[int] | None = None
        for state in over.states(target):
            for mask, _, _ in base.via[state]:
                path = base.edges_to(state, (mask & -mask).bit_length() - 1)
                common = set(path) if common is None else common.intersection(path)
        found |= common or set()
    return found


def rank(prepared: Prepared, targets: Collection[str] | None = None, keep: Collection[str] = ()) -> tuple[Ranked, ...]:
    """The same for a prepared question, which may have several holders."""
    over = grid(prepared)
    return ranked_by(prepared, over, removals(prepared, over), targets, keep)


def removals(prepared: Prepared, over: Grid, among: Callable[[Swept], Collection[int]] | None = None) -> Without:
    """A prepared question searched once, and without each edge, or each of those chosen after the first search."""
    masks, begin = [edge.mask for edge in over.edges], begin_of(prepared, over)
    base = sweep(over, masks, begin)
    return without_each(base, over, masks, begin, prepared.labels, among=among and among(base))


def ranked_by(
    prepared: Prepared,
    over: Grid,
    search: Without,
    targets: Collection[str] | None = None,
    keep: Collection[str] = (),
) -> tuple[Ranked, ...]:
    """What the removals of a search take away, by agreement."""
    network, keep = prepared.network, frozenset(keep)
    wanted = [network.agency(target).id for target in (targets if targets is not None else ())]
    harms = search.harms(_states_in_order(prepared, over))
    ranked = []
    for edge, harm in harms.items():
        agreement, lost = over.edges[edge].agreement, tuple(harm.lost)
        cut = lost
        if targets is not None:
            gone = frozenset(lost)
            cut = tuple(target for target in wanted if target in gone)
        ranked.append(Ranked(agreement, agreement.id not in keep, cut, lost, tuple(harm.later), tuple(harm.narrower)))
    return tuple(sorted(ranked, key=_most_first))


def _states_in_order(prepared: Prepared, over: Grid) -> list[tuple[str, Sequence[int]]]:
    """The agencies that could hold anything, in the network's order, with their states; not those who hold it."""
    holders = {one.agency for one in prepared.question.holders}
    states = over.by_agency()
    ids = (agency.id for agency in prepared.network.agencies)
    return [(one, states[one]) for one in ids if one in states and one not in holders]


def _most_first(one: Ranked) -> tuple[int, int, int, int, str]:
    return (-len(one.targets), -len(one.lost), -len(one.later), -len(one.narrower), one.agreement.id)
