"""Which single agreements most goes through: what each takes away if it alone ends."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.prepared import Prepared, prepare
from schoolgate.engines.reach.searching.question import Reading
from schoolgate.engines.reach.searching.sweep import Grid, Swept, begin_of, grid, sweep
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


@dataclass(frozen=True, slots=True)
class Ranked:
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

    What every path uses is on any one path, so only the agreements on one to each target are looked at.

    Raises:
        ReachError: As for `reach`, and for an unknown target.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    prepared = prepare(network, question)
    over = grid(prepared)
    search = removals(prepared, over, lambda base: _on_a_path(base, over, targets))
    ranked = ranked_by(prepared, over, search, targets)
    chokes = [Choke(one.agreement, one.targets, one.lost) for one in ranked if one.targets]
    return tuple(sorted(chokes, key=lambda one: (-len(one.targets), -len(one.lost), one.agreement.id)))


def _on_a_path(base: Swept, over: Grid, targets: Collection[str]) -> set[int]:
    """The edges of some path to each target that is reached."""
    found: set[int] = set()
    for target in targets:
        reached = [(state, base.known[state]) for state in over.states(target) if base.known[state]]
        for state, bits in reached[:1]:
            found.update(base.edges_to(state, (bits & -bits).bit_length() - 1))
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
    network = prepared.network
    wanted = [network.agency(target).id for target in (targets if targets is not None else ())]
    holders = {one.agency for one in prepared.question.holders}
    states = over.by_agency()
    harmed: dict[int, tuple[list[str], list[str], list[str]]] = {}
    for agency in network.agencies:
        if agency.id in states and agency.id not in holders:
            for edge, lost, later, narrower in search.harms(states[agency.id]):
                if edge not in harmed:
                    harmed[edge] = ([], [], [])
                if lost:
                    harmed[edge][0].append(agency.id)
                if later:
                    harmed[edge][1].append(agency.id)
                if narrower:
                    harmed[edge][2].append(agency.id)
    ranked = []
    for edge, (lost_to, later_to, narrower_to) in harmed.items():
        agreement, gone = over.edges[edge].agreement, set(lost_to)
        cut = tuple(target for target in wanted if target in gone) if targets is not None else tuple(lost_to)
        ranked.append(
            Ranked(agreement, agreement.id not in keep, cut, tuple(lost_to), tuple(later_to), tuple(narrower_to))
        )
    return tuple(sorted(ranked, key=_most_first))


def _most_first(one: Ranked) -> tuple[int, int, int, int, str]:
    return (-len(one.targets), -len(one.lost), -len(one.later), -len(one.narrower), one.agreement.id)
