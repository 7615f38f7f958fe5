"""The paths between two agencies: all of them up to a bound, and the widest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.asking.witness import Path, Told, path_along
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.prepared import prepare
from schoolgate.engines.reach.searching.question import Question, Reading
from schoolgate.engines.reach.searching.simple import Guide, simple_paths, widest

Stopped = Literal["", "bound", "effort"]
# Partial paths to look at before giving up: seconds, not minutes.
EFFORT: Final = 100_000


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths from one agency to another.

    Attributes:
        question: What was asked.
        target: To whom.
        paths: By hops, then day of arrival, then ids of the agreements. Always the first ones in this order.
        stopped: Why there may be more: `bound` (there is at least one more), `effort` (looking for the next one
            was given up); empty when these are all.
    """

    question: Question
    target: str
    paths: tuple[Path, ...]
    stopped: Stopped

    @property
    def complete(self) -> bool:
        """Whether these are all."""
        return not self.stopped


def all_paths(  # noqa: PLR0917 - the arguments of `reach` and a target
    network: Network,
    start: str,
    target: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
    bound: int = 100,
    effort: int = EFFORT,
) -> Paths:
    """List the paths by which some of the data can get from one agency to another, the nearest first.

    A path comes to no agency twice; except when it comes back under a promise that lets more through, for then
    the round may be the reason why the data goes on. So there is a path exactly when `reach` says so. Each is
    taken at its earliest days. Parallel agreements are paths of their own.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        target: The agency to get to.
        since: The day the start begins to hold the data.
        kinds: Kinds of the data.
        purposes: Purposes somebody might use it for.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.
        bound: At most so many paths, at least 1.
        effort: Give up after looking at so many partial paths; only contrived networks need more than a few for
            each path.

    Returns:
        The first paths, and whether these are all: there can be exponentially many. A backward search first says
        from where the target can be reached, with which pairs and until when, so no other place is looked at.

    Raises:
        ReachError: As for `reach`, for an unknown target, the start as target, and a bound below 1.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    _check_ends(network, start, target)
    if bound < 1:
        raise ReachError(f"bound: {bound} paths are none; ask for 1 or more")
    prepared = prepare(network, question)
    told = Told(since.toordinal(), prepared.labels, None)
    paths: list[Path] = []
    stopped: Stopped = ""
    for entry in simple_paths(Guide.to(prepared, target), effort):
        if entry is None or len(paths) == bound:
            stopped = "bound" if entry else "effort"
            break
        paths.append(told.along(entry.edges))
    return Paths(question, target, tuple(paths), stopped)


def widest_path(  # noqa: PLR0917 - the arguments of `reach` and a target
    network: Network,
    start: str,
    target: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
    effort: int = EFFORT,
) -> Path | None:
    """Find the one path on which most (purpose, kind) pairs survive.

    Args:
        network: As for `reach`, like the arguments not named here.
        start: The agency that holds the data.
        target: The agency to get to.
        since: The day the start begins to hold the data.
        kinds: Kinds of the data.
        purposes: Purposes somebody might use it for.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.
        effort: Give up after looking at so many partial paths.

    Returns:
        The path; among equals the one with the fewest hops, then the earliest. None when the target is not
        reached. NP-hard (a minimum-label path), so exponential at worst; milliseconds in a district.

    Raises:
        ReachError: As for `all_paths`, and when `effort` partial paths did not decide it.
    """
    question = ask(network, start, since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    _check_ends(network, start, target)
    prepared = prepare(network, question)
    try:
        entry = widest(Guide.to(prepared, target), effort)
    except OverflowError:
        raise ReachError(
            f"the widest path to {target!r} is not decided after {effort} partial paths; ask about fewer kinds and "
            "purposes, or give more effort"
        ) from None
    return path_along(entry.edges, since.toordinal(), prepared.labels) if entry else None


def _check_ends(network: Network, start: str, target: str) -> None:
    network.agency(target)
    if start == target:
        raise ReachError(f"{target!r} holds the data already; name another target")
