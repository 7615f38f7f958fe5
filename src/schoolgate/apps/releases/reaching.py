"""Whom copies that have left could reach as the network stands, and which ways are new. Asks no database.

Copies are looked at in groups: what two copies in the same hands can reach differs by nothing but the day they got
there, as long as no agreement begins or ends between the two days. So 200 copies cost as many searches as there are
holders and spells of unchanged agreements, not 200.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from json import dumps
from uuid import UUID

from schoolgate.apps.agencies.readers import (
    WIDEST,
    Copy,
    NextReader,
    is_watched,
    open_since,
    purposes_of,
    readers_of,
)
from schoolgate.engines import reach

from .changes import Change
from .ways import Newcomers


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who could read a copy, as it is kept.

    Attributes:
        id: The agency's slug; empty in what was kept before slugs were.
        agency: Its name then.
        kind: Its kind then.
        steps: How many agreements the path has that was known best.
        shortest: The fewest agreements by which it could; 0 in what was kept before that was.
        day: The first day on which it could; empty in what was kept before that was.
        since: Since when that path is open, as far as known.
        path: The names along it.
        weakest: The weakest evidence on it.
        strict: Whether it could also when unknown terms count as not allowing.
    """

    agency: str
    kind: str
    steps: int
    since: str
    path: tuple[str, ...]
    weakest: str
    id: str = ""
    shortest: int = 0
    day: str = ""
    strict: bool = True

    @classmethod
    def of(cls, one: NextReader) -> "Reader":
        """A reader as it is kept."""
        since, _ = open_since(one.path)
        return cls(
            agency=one.name,
            kind=one.kind,
            steps=one.steps,
            since=since.isoformat() if since else "",
            path=one.names,
            weakest=one.weakest,
            id=one.id,
            shortest=one.shortest.hops,
            day=one.day.isoformat(),
            strict=one.strict,
        )

    def plain(self) -> dict[str, object]:
        """As JSON."""
        return asdict(self) | {"path": list(self.path)}


def kept_readers(rows: Iterable[Mapping[str, object]]) -> tuple[Reader, ...]:
    """Readers from what was kept."""
    return tuple(Reader(**{**row, "path": tuple(row["path"])}) for row in rows)  # type: ignore[arg-type]


def same(kept: Iterable[Reader], one: Reader) -> Reader | None:
    """The kept reader that is the same agency; by its name in what was kept before slugs were."""
    return next((old for old in kept if (old.id == one.id if old.id else old.agency == one.agency)), None)


@dataclass(frozen=True, slots=True)
class Left:
    """A copy that has left: in whose hands, since when, and what is in it."""

    release: UUID
    holder: str
    day: date
    kinds: frozenset[str]


class Group:
    """Copies in the same hands, of the same kinds, between whose days no agreement begins or ends."""

    def __init__(self, network: reach.Network, copies: Sequence[Left]) -> None:
        """Search once in each reading, as for the newest of the copies."""
        self.network, self.copies = network, copies
        first = copies[0]
        # Which purpose it was asked for makes no difference here: agreements name others, or all are unknown.
        self.copy = Copy(first.holder, max(one.day for one in copies), first.kinds)

    @cached_property
    def answers(self) -> dict[reach.Reading, reach.Reach]:
        """On all evidence, in both readings."""
        copy, purposes = self.copy, purposes_of(self.network, self.copy.purpose)
        return {
            reading: reach.reach(
                self.network,
                copy.holder,
                copy.since,
                copy.kinds,
                purposes,
                statuses=reach.LEVELS[WIDEST],
                reading=reading,
            )
            for reading in reach.READINGS
        }

    @cached_property
    def readers(self) -> tuple[NextReader, ...]:
        """Who of a watched kind could read them next: paths to the others are not looked for."""
        return readers_of(self.answers["worst_case"], self.answers["strict"], self.copy, only=is_watched)

    @cached_property
    def kept(self) -> tuple[Reader, ...]:
        """The same as it is kept, for the newest of the copies."""
        return tuple(Reader.of(one) for one in self.readers)

    def may_use(self, agreements: Iterable[str]) -> bool:
        """Whether one of some agreements begins at somebody who could have the copies."""
        holdings = self.answers["worst_case"].holdings
        return any(self.network.agreement(slug).giver in holdings for slug in agreements)

    def kept_for(self, one: Left) -> tuple[Reader, ...]:
        """The readers of one copy: those who could have the newest at once could have this one on its own day."""
        newest, own = self.copy.since.isoformat(), one.day.isoformat()
        return tuple(replace(reader, day=own) if reader.day == newest else reader for reader in self.kept)


def watched_only(readers: Iterable[Reader]) -> tuple[Reader, ...]:
    """The readers of a watched kind."""
    return tuple(one for one in readers if is_watched(one.kind))


def groups(network: reach.Network, copies: Iterable[Left]) -> list[Group]:
    """The copies in groups; O(copies log agreements)."""
    turns = sorted(
        {one.start for one in network.agreements if one.start}
        | {one.end + timedelta(days=1) for one in network.agreements if one.end and one.end < date.max}
    )
    found: dict[tuple[str, frozenset[str], int], list[Left]] = {}
    for one in copies:
        found.setdefault((one.holder, one.kinds, bisect_right(turns, one.day)), []).append(one)
    return [Group(network, some) for some in found.values()]


def touched(network: reach.Network, change: Change, holders: Iterable[str]) -> set[str]:
    """The holders from whom some changed agreement can be come to at all: nothing else can have changed.

    A plain search without days or terms; O(agreements) each.
    """
    if change.everything:
        return set(holders)
    leaving: dict[str, set[str]] = {}
    for one in network.agreements:
        leaving.setdefault(one.giver, set()).add(one.receiver)
    givers = {network.agreement(slug).giver for slug in change.agreements}
    return {holder for holder in holders if givers & _plainly_reached(leaving, holder)}


def _plainly_reached(leaving: Mapping[str, set[str]], holder: str) -> set[str]:
    seen, waiting = {holder}, [holder]
    while waiting:
        new = leaving.get(waiting.pop(), set()) - seen
        seen |= new
        waiting += new
    return seen


@dataclass(frozen=True, slots=True)
class Opened:
    """A way to somebody watched that was not open to a copy before.

    Attributes:
        copy: Which copy.
        agency: Whom it leads to.
        reason: What is new about it, a value of `ReachAlert.Reason`.
        path: The steps.
        opens_on: The first day on which the copy could get there by it.
        by: The agreements on it that are new or allow more than before.
        names: The names of the agencies of the network.
    """

    copy: Left
    agency: str
    reason: str
    path: tuple[reach.Agreement, ...]
    opens_on: date
    by: tuple[str, ...]
    names: Mapping[str, str]

    @property
    def key(self) -> str:
        """The same for the same way on the same evidence, whichever copy takes it and however often it opens."""
        steps = [[one.id, one.status] for one in self.path]
        later = self.opens_on.isoformat() if self.opens_on > self.copy.day else ""
        return sha256(dumps([self.agency, steps, later, self.reason == "terms"]).encode()).hexdigest()

    def steps(self) -> list[dict[str, str]]:
        """The path as it is kept."""
        return [
            {
                "agreement": one.id,
                "title": one.title,
                "giver": self.names[one.giver],
                "receiver": self.names[one.receiver],
                "status": one.status,
            }
            for one in self.path
        ]


def opened(group: Group, change: Change, before: Mapping[UUID, tuple[Reader, ...]], ways: Newcomers) -> list[Opened]:
    """The ways to somebody watched that are new to the copies of a group, at most one for each copy and agency.

    New is what was not open at all, what is known better, opens earlier or is shorter than before, and one more way
    by an agreement that is new or allows more.
    """
    found = []
    names = {one.id: one.name for one in group.network.agencies}
    for reader in group.readers:
        for one in group.copies:
            new = _new_way(group, reader, same(before.get(one.release, ()), Reader.of(reader)), one, ways)
            if new:
                reason, path, day = new
                by = tuple(step.id for step in path if step.id in change.wider)
                found.append(Opened(one, reader.id, reason, path, day, by, names))
    return found


def _new_way(
    group: Group, reader: NextReader, old: Reader | None, one: Left, ways: Newcomers
) -> tuple[str, tuple[reach.Agreement, ...], date] | None:
    worst, strict = (group.answers[reading].reached.get(reader.id) for reading in reversed(reach.READINGS))
    if worst is None:
        return None
    day = one.day if reader.day == group.copy.since else reader.day
    path, reason = worst.fewest_hops, ""
    if old is None:
        reason = "reached"
    elif strict and not old.strict:
        path, reason = strict.fewest_hops, "terms"
    elif reach.STATUSES.index(reader.weakest) < reach.STATUSES.index(old.weakest):
        path, reason = worst.strongest, "evidence"
    elif old.day and day < date.fromisoformat(old.day):
        path, reason = worst.earliest, "earlier"
    elif old.shortest and reader.shortest.hops < old.shortest:
        reason = "shorter"
    else:
        another = ways.to(reader.id, group.copy)
        if another is None:
            return None
        return "another", another.agreements, another.day if another.day > group.copy.since else one.day
    arrives = path.arrives if path.arrives > group.copy.since else one.day
    return reason, tuple(step.agreement for step in path.steps), arrives
