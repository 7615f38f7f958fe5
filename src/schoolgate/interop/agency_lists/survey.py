"""Who of those that share reaches an agency with an agreement under section 287(g), and in how many steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schoolgate.engines.reach import Network, Path, sources


@dataclass(frozen=True, slots=True)
class Steps:
    """How far one agency is from the nearest that has an agreement.

    Attributes:
        agency: Its id.
        own: Whether it has an agreement itself: then no step is needed.
        strict: Steps over agreements whose terms are known to allow it; None when there are none.
        worst_case: Steps when everything unknown counts as allowed; None when even then nothing gets there.
        path: The agreements of the worst case, the fewest; None without them.
    """

    agency: str
    own: bool
    strict: int | None
    worst_case: int | None
    path: Path | None


def steps_to(
    network: Network,
    starts: Iterable[str],
    targets: Iterable[str],
    since: date,
    *,
    kinds: Iterable[str],
    purposes: Iterable[str],
    until: date | None = None,
) -> tuple[Steps, ...]:
    """For each start how many agreements lie between it and the nearest target.

    One step says that the two share directly. More are only what the papers do not exclude: on a real sharing list
    nearly everybody reaches everybody so, which says how little such lists tell, and not that anything moved.
    A start that is a target itself has no steps to take: it is there already.

    Args:
        network: For example `join(read_sharing(...), edges_to_immigration(...), ...)`.
        starts: Ids of agencies, such as the givers of a sharing list.
        targets: Ids of agencies, such as those that gave something to ICE.
        since: The day the data exists from.
        kinds: Kinds of the data.
        purposes: Purposes somebody might use it for.
        until: The last day on which anything moves.

    Raises:
        ReachError: As for `reach.sources`.
    """
    wanted, asked = frozenset(targets), (frozenset(kinds), frozenset(purposes))
    strict = sources(network, wanted, since, *asked, until=until, reading="strict").found
    worst = sources(network, wanted, since, *asked, until=until, reading="worst_case").found
    return tuple(
        Steps(
            start,
            start in wanted,
            strict[start].hops if start in strict else None,
            worst[start].hops if start in worst else None,
            worst[start].fewest_hops if start in worst else None,
        )
        for start in starts
    )
