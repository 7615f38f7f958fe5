"""How many schools' data can get to somebody through each agreement, and how many only through it."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from operator import or_
from typing import NamedTuple

from schoolgate.engines.reach.asking.answers import ask
from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.grid import numbered
from schoolgate.engines.reach.searching.prepared import FOREVER, Edge, Prepared, prepare
from schoolgate.engines.reach.searching.question import Labels, Reading
from schoolgate.engines.reach.searching.sweep import Swept, sweep
from schoolgate.engines.reach.searching.without import Layout, Widener, without_each


@dataclass(frozen=True, slots=True)
class Exposure:
    """Whose data an agreement can carry on a way to a target.

    Attributes:
        agreement: Which.
        through: Schools with a path to a target that uses it, in the order asked.
        only: Schools that could reach no target without it.
        schools: How many schools were asked about.
    """

    agreement: Agreement
    through: tuple[str, ...]
    only: tuple[str, ...]
    schools: int

    @property
    def share(self) -> float:
        """Percent of the schools with a path through it."""
        return 100 * len(self.through) / self.schools

    @property
    def share_only(self) -> float:
        """Percent of the schools that reach only by it."""
        return 100 * len(self.only) / self.schools


def exposure(
    network: Network,
    schools: Sequence[str],
    targets: Collection[str],
    *,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
    reading: Reading = "strict",
) -> tuple[Exposure, ...]:
    """For each agreement: the schools with a path through it to a target, and those with no path but through it.

    A path here may pass an agency twice, but neither another school nor a target on its way: agreements into the
    schools and out of the targets are left out, and a school that is a target is none of the schools.

    Args:
        network: As for `reach`, like the arguments not named here.
        schools: Ids of those that hold data.
        targets: Ids of the agencies that count as reached.
        since: The day each school begins to hold its data.
        kinds: Kinds of the data.
        purposes: Purposes asked about.
        until: Look no further than this day.
        statuses: Evidence to admit.
        reading: How unknown terms are read.

    Returns:
        Each agreement with such a school, the widest first. One search backwards from the targets with all removals
        (`without_each`), one forwards from all schools at once with a bit for each pair and each group of schools
        that sign alike; not a search for each school and agreement.

    Raises:
        ReachError: As for `reach`, without schools or targets, and for an unknown one.
    """
    ends = frozenset(network.agency(one).id for one in targets)
    starts = [one for one in dict.fromkeys(network.agency(school).id for school in schools) if one not in ends]
    if not starts or not ends:
        raise ReachError("exposure needs at least one school that is no target, and one target")
    question = ask(network, starts[0], since, kinds, purposes, until=until, statuses=statuses, reading=reading)
    return _Exposed(prepare(network, question), starts, ends).found()


class _Way(NamedTuple):
    """A school's own agreement that leads on to a target: where to, with which pairs, from which day."""

    receiver: int
    pairs: int
    day: int


class _Exposed:
    """One question about exposure, with the searches that answer it."""

    def __init__(self, prepared: Prepared, schools: Sequence[str], targets: Collection[str]) -> None:
        self.schools = schools
        self.labels = prepared.labels
        self.since = prepared.question.since.toordinal()
        inside = frozenset(schools)
        edges = [
            edge
            for some in prepared.leaving.values()
            for edge in some
            if edge.receiver not in inside and edge.giver not in targets and edge.ends >= self.since
        ]
        self.own: dict[str, list[Edge]] = {}
        for edge in edges:
            if edge.giver in inside:
                self.own.setdefault(edge.giver, []).append(edge)
        first = [(edge.receiver, edge.promise) for some in self.own.values() for edge in some]
        self.over = numbered([edge for edge in edges if edge.giver not in inside], first)
        self.masks = self.over.masks
        at_target = [number for (agency, _), number in self.over.number.items() if agency in targets]
        begin = {-FOREVER: [(state, self.labels.everything) for state in at_target]}
        back = self.over.backwards()
        self.back = without_each(
            sweep(back, self.masks, begin, last=-self.since),
            back,
            self.masks,
            begin,
            self.labels,
            last=-self.since,
            whole=[self.over.number[state] for state in first],
        )

    def found(self) -> tuple[Exposure, ...]:
        through: dict[str, list[str]] = {}
        only: dict[str, list[str]] = {}
        agreements: dict[str, Agreement] = {}
        groups: dict[frozenset[_Way], list[str]] = {}
        for school in self.schools:
            ways = {edge.agreement.id: way for edge in self.own.get(school, ()) if (way := self._way(edge)).pairs}
            if ways:
                groups.setdefault(frozenset(ways.values()), []).append(school)
            for edge in self.own.get(school, ()):
                if edge.agreement.id in ways:
                    agreements[edge.agreement.id] = edge.agreement
                    through[edge.agreement.id] = [school]
                    only[edge.agreement.id] = [school] if len(ways) == 1 else []
        position = {school: number for number, school in enumerate(self.schools)}
        for number, some in _schools_through(self, list(groups)).items():
            agreement = self.over.edges[number].agreement
            agreements[agreement.id] = agreement
            members = [school for group in some for school in groups[group]]
            through[agreement.id] = sorted(members, key=position.__getitem__)
        for group, members in groups.items():
            for number in self._indispensable(group):
                only.setdefault(self.over.edges[number].agreement.id, []).extend(members)
        exposures = [
            Exposure(
                agreements[one],
                tuple(some),
                tuple(sorted(only.get(one, ()), key=position.__getitem__)),
                len(self.schools),
            )
            for one, some in through.items()
        ]
        return tuple(sorted(exposures, key=lambda one: (-len(one.through), -len(one.only), one.agreement.id)))

    def _way(self, edge: Edge) -> _Way:
        """What an agreement of a school brings on a way to a target."""
        day = max(self.since, edge.starts)
        receiver = self.over.number[edge.receiver, edge.promise]
        return _Way(receiver, edge.mask & _in_time(self.back.base, receiver, day), day)

    def _indispensable(self, ways: Collection[_Way]) -> list[int]:
        """The agreements further on without which none of these ways leads to a target."""
        had, still, widen = 0, 0, self.back.widen
        for receiver, pairs, day in ways:
            had |= pairs
            still |= widen(pairs) & _in_time(self.back.each, receiver, day)
        return [edge for edge, count in self.back.lacking(had, still).items() if count == had.bit_count()]


def _in_time(back: Swept, state: int, day: int) -> int:
    """What, being at a state on a day, still gets to a target."""
    bits = 0
    for minus_latest, some in back.got[state]:
        if minus_latest <= -day:
            bits |= some
    return bits


def _schools_through(exposed: _Exposed, groups: Sequence[frozenset[_Way]]) -> dict[int, list[frozenset[_Way]]]:
    """For each agreement beyond the schools' own: the groups of schools with a path through it to a target."""
    return _Forwards(exposed, groups).found() if groups else {}


class _Forwards:
    """One search forwards from all groups of schools at once, a bit for each pair and group."""

    def __init__(self, exposed: _Exposed, groups: Sequence[frozenset[_Way]]) -> None:
        self.over, self.back, self.groups = exposed.over, exposed.back, groups
        self.pairs = len(exposed.labels.kinds) * len(exposed.labels.purposes)
        self.widen = _by_group(exposed.labels, len(groups))
        one_group = sum(1 << pair * len(groups) for pair in range(self.pairs))
        begin: dict[int, list[tuple[int, int]]] = {}
        for number, group in enumerate(groups):
            for receiver, pairs, day in group:
                begin.setdefault(day, []).append((receiver, self.widen(pairs) & one_group << number))
        self.useful = [0] * len(exposed.masks)
        for ways in self.over.opening.values():
            for _, edge, receiver, _ in ways:
                if mask := exposed.masks[edge] & self.back.base.known[receiver]:
                    self.useful[edge] = self.widen(mask)
        self.swept = sweep(self.over, self.useful, begin, trace=False)

    def found(self) -> dict[int, list[frozenset[_Way]]]:
        bits: dict[int, int] = {}
        days = [[day for day, _ in some] for some in self.swept.got]
        until = [list(accumulate((mask for _, mask in some), or_)) for some in self.swept.got]
        for starts, ways in self.over.opening.items():
            for giver, edge, receiver, ends in ways:
                if days[giver] and self.useful[edge]:
                    passing = 0
                    for minus_latest, pairs in self.back.base.got[receiver]:
                        latest = min(ends, -minus_latest)
                        count = bisect_right(days[giver], latest) if starts <= latest else 0
                        if count:
                            passing |= until[giver][count - 1] & self.widen(pairs)
                    bits[edge] = bits.get(edge, 0) | passing & self.useful[edge]
        return {edge: found for edge, passing in bits.items() if (found := self._groups(passing))}

    def _groups(self, passing: int) -> list[frozenset[_Way]]:
        """The groups of which some pair passes."""
        pairs, count = self.pairs, len(self.groups)
        while pairs > 1:
            pairs = (pairs + 1) // 2
            half = pairs * count
            passing = passing >> half | passing & (1 << half) - 1
        return [group for number, group in enumerate(self.groups) if passing >> number & 1]


def _by_group(labels: Labels, groups: int) -> Widener:
    """Masks of pairs as masks of (pair, group), the groups of one pair together."""
    width, height = len(labels.kinds), len(labels.purposes)
    all_groups = (1 << groups) - 1
    by_kind = [
        sum(all_groups << (purpose * width + kind) * groups for purpose in range(height)) for kind in range(width)
    ]
    one_purpose = (1 << width * groups) - 1
    by_purpose = [one_purpose << purpose * width * groups for purpose in range(height)]
    return Widener(labels, Layout(width * height * groups, (), (), (), by_kind, by_purpose))
