"""Which of our disclosures a transfer touches: certainly, possibly, not that anybody knows, or not; and why."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal
from uuid import UUID

from schoolgate.engines import reach

# "not_known": no agreement on file leads there. What is on file is not all that there is, so that this is no "not".
Standing = Literal["certain", "possible", "not_known", "not"]

# Evidence that can carry a copy in the worst case. What a rule forbids opens no path.
ADMITTED: Final[tuple[reach.Status, ...]] = ("documented", "required_by_law", "disputed", "observed")
WHY: Final = MappingProxyType(
    {
        "named": "the copy itself carries this number",
        # Possible all the same: the paper can have been the report itself, or have come from somebody else.
        "only_one": "no other copy of that report that we gave out is known to have been with the giver by that day",
        "given_directly": "we gave this copy to the giver before that day",
        "by_agreements": "the giver could have had this copy by that day, by the agreements on the path",
        "left_later": "it left after that day",
        "other_report": "it is a copy of another report",
        "other_copy": "the copy that was seen carries another number",
        "no_path": "no agreement on file could have brought it to the giver by that day: not known",
        "kind_does_not_fit": "agreements lead to the giver, but carry no report of this kind all the way: not known",
    }
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A release, as far as this question goes.

    Attributes:
        id: the release's id.
        report: the report's id.
        holder: the short name of the agency that got it.
        kind: the kind of data, in the words of agreements.
        left: the day it left.
    """

    id: UUID
    report: UUID | None
    holder: str
    kind: str
    left: date


@dataclass(frozen=True, slots=True)
class Found:
    """How one copy stands.

    Attributes:
        copy: which.
        standing: certain, possible, not known or not.
        why: a code of `WHY`.
        path: the agencies' short names from the holder to the giver, both included; empty without a path.
    """

    copy: Copy
    standing: Standing
    why: str
    path: tuple[str, ...] = ()

    @property
    def is_touched(self) -> bool:
        """Whether the transfer touches it, certainly or possibly."""
        return self.standing in {"certain", "possible"}


def touched(
    copies: Iterable[Copy],
    network: reach.Network,
    giver: str,
    until: date,
    *,
    release: UUID | None = None,
    report: UUID | None = None,
) -> tuple[Found, ...]:
    """Sort copies by whether the transfer touches them, under the worst-case reading of unknown terms.

    Args:
        copies: the releases to look at.
        network: the agreements by which a copy could have come to the giver.
        giver: who passed it on.
        until: the last day on which it can have moved.
        release: the id of the copy that was seen, where its number is known.
        report: the id of the report that was seen, where only that is known.

    Returns:
        Each copy once, in the order given. Only a copy that was named is certain. A single possible one of a report
        that was named stays possible: the giver may have had the facts, or the report itself, from elsewhere. A copy
        without a path is not known to be touched, which is less than not touched. Each agency costs O(log days)
        searches of the network: a later copy reaches no further than an earlier one.
    """
    copies = tuple(copies)
    found: list[Found] = []
    waiting: list[Copy] = []
    for copy in copies:
        if copy.left > until:
            found.append(Found(copy, "not", "left_later"))
        elif release is not None and copy.id != release:
            found.append(Found(copy, "not", "other_copy"))
        elif report is not None and copy.report != report:
            found.append(Found(copy, "not", "other_report"))
        else:
            waiting.append(copy)
    paths = _paths(waiting, network, giver, until)
    every_kind = tuple({name for one in network.agreements for name in one.kinds or ()} | {one.kind for one in waiting})
    pathless = [copy for copy in waiting if not paths[copy]]
    by_any_kind = _paths(pathless, network, giver, until, kinds=every_kind)
    for copy, path in paths.items():
        if release is not None:
            found.append(Found(copy, "certain", "named", path))
        elif path:
            found.append(Found(copy, "possible", "given_directly" if len(path) == 1 else "by_agreements", path))
        else:
            found.append(Found(copy, "not_known", "kind_does_not_fit" if by_any_kind[copy] else "no_path"))
    possible = [one for one in found if one.standing == "possible"]
    if len(possible) == 1 and report is not None:
        place = found.index(possible[0])
        found[place] = Found(possible[0].copy, "possible", "only_one", possible[0].path)
    order = {copy: place for place, copy in enumerate(copies)}
    return tuple(sorted(found, key=lambda one: order[one.copy]))


def _paths(
    copies: Collection[Copy], network: reach.Network, giver: str, until: date, *, kinds: tuple[str, ...] = ()
) -> Mapping[Copy, tuple[str, ...]]:
    """For each copy the agencies from its holder to the giver, for its own kind or for these; empty without a path."""
    groups: dict[tuple[str, str], list[Copy]] = {}
    for copy in copies:
        groups.setdefault((copy.holder, copy.kind), []).append(copy)
    paths: dict[Copy, tuple[str, ...]] = {}
    for (holder, kind), some in groups.items():
        days = sorted({copy.left for copy in some})
        path_of = _latest(_Way(network, holder, giver, until), kinds or (kind,), days)
        for copy in some:
            paths[copy] = path_of(copy.left)
    return {copy: paths[copy] for copy in copies}


@dataclass(frozen=True, slots=True)
class _Way:
    """From a holder of a kind of report to the giver, in a network, until a day."""

    network: reach.Network
    holder: str
    giver: str
    until: date


def _latest(way: _Way, kinds: tuple[str, ...], days: list[date]) -> Callable[[date], tuple[str, ...]]:
    """A function from a day to the path of a copy that left that day.

    Who holds a copy earlier may wait, so that a path of a later day serves every earlier one: the last day with a
    path is found by halving.
    """
    if way.holder == way.giver:
        return lambda _: (way.holder,)
    low, high = 0, len(days)
    best: tuple[str, ...] = ()
    while low < high:
        middle = (low + high) // 2
        path = _path(way, kinds, days[middle])
        if path:
            best, low = path, middle + 1
        else:
            high = middle
    last = days[low - 1] if low else None
    return lambda day: best if last is not None and day <= last else ()


def _path(way: _Way, kinds: tuple[str, ...], since: date) -> tuple[str, ...]:
    network, holder = way.network, way.holder
    known = {agency.id for agency in network.agencies}
    if holder not in known or way.giver not in known:
        return ()
    purposes = {name for one in network.agreements for name in one.purposes or ()} | {"law_enforcement"}
    answer = reach.reach(
        network, holder, since, kinds, purposes, until=way.until, statuses=ADMITTED, reading="worst_case"
    )
    reached = answer.reached.get(way.giver)
    if reached is None:
        return ()
    return (holder, *(step.agreement.receiver for step in reached.fewest_hops.steps))
