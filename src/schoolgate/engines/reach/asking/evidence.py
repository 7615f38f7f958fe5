"""The same question on three levels of evidence and by two readings of unknown terms, side by side."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Final, Literal

from schoolgate.engines.reach.asking.answers import Reach, Searches, ask, told
from schoolgate.engines.reach.network.nouns import Agency, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.arrivals import Arrivals
from schoolgate.engines.reach.searching.grid import Grid, begin_of, numbered
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, State, admitting, prepare, strictly
from schoolgate.engines.reach.searching.question import READINGS, Reading
from schoolgate.engines.reach.searching.sweep import sweep

Level = Literal["documented", "disputed", "observed"]
# What papers and statutes say; with what somebody contests; with what was seen to happen.
LEVELS: Final[Mapping[Level, frozenset[Status]]] = MappingProxyType(
    {
        "documented": frozenset({"required_by_law", "documented"}),
        "disputed": frozenset({"required_by_law", "documented", "disputed"}),
        "observed": frozenset({"required_by_law", "documented", "disputed", "observed"}),
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """How little it takes for an agency to be reached.

    Attributes:
        agency: Who.
        strict: The first level that reaches it when unknown terms are no; None when none does.
        worst_case: The first level that reaches it when unknown terms are yes.
    """

    agency: Agency
    strict: Level | None
    worst_case: Level | None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Six answers to one question.

    Attributes:
        answers: By level and reading, each put into words when looked at. More evidence or a wider reading never
            takes anybody away.
        rows: Everybody whom at least one of the six reaches, in the network's order.
    """

    answers: Mapping[tuple[Level, Reading], Reach]
    rows: tuple[Row, ...]

    def answer(self, level: Level, reading: Reading) -> Reach:
        """One of the six."""
        return self.answers[level, reading]


def side_by_side(
    network: Network,
    start: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
) -> SideBySide:
    """Answer `reach` on each level of evidence and by each reading.

    The network is prepared once and swept once, with bits for each pair, level and reading; paths are looked for
    when asked for.

    Raises:
        ReachError: As for `reach`.
    """
    question = ask(
        network, start, since, kinds, purposes, until=until, statuses=LEVELS["observed"], reading="worst_case"
    )
    worst = prepare(network, question)
    found = _swept(worst)
    return SideBySide(_Answers(worst, found), tuple(_rows(worst, found)))


# The readings of unknown terms and the levels of evidence, in the order of their bits in one sweep.
_VARIANTS: Final[tuple[tuple[Level, Reading], ...]] = tuple(
    (level, reading) for reading in READINGS for level in LEVELS
)


class _Answers(Mapping[tuple[Level, Reading], Reach]):
    """The six answers, each put into words when looked at."""

    def __init__(self, worst: Prepared, found: Arrivals) -> None:
        self._worst, self._found = worst, found
        self._told: dict[tuple[Level, Reading], Reach] = {}

    def __getitem__(self, variant: tuple[Level, Reading]) -> Reach:
        if variant not in self._told:
            level, reading = variant
            whole = self._worst if reading == "worst_case" else strictly(self._worst)
            question = replace(whole.question, statuses=whole.question.statuses & LEVELS[level])
            part = self._found.part(_VARIANTS.index(variant))
            searches = Searches(lambda: admitting(whole, LEVELS[level]), whole.labels, part)
            self._told[variant] = told(whole.network, question, searches)
        return self._told[variant]

    def __contains__(self, variant: object) -> bool:
        return variant in _VARIANTS

    def __iter__(self) -> Iterator[tuple[Level, Reading]]:
        return iter(_VARIANTS)

    def __len__(self) -> int:
        return len(_VARIANTS)


def _rows(worst: Prepared, found: Arrivals) -> Iterator[Row]:
    """What each agency gets at all, by level and reading; O(states)."""
    holders = {one.agency for one in worst.question.holders}
    width, known = found.everything.bit_length(), found.swept.known
    windows = [
        [(level, found.everything << number * width) for number, (level, one) in enumerate(_VARIANTS) if one == reading]
        for reading in READINGS
    ]
    for agency in worst.network.agencies:
        bits = reduce(or_, (known[state] for state in found.states.get(agency.id, ())), 0)
        if bits and agency.id not in holders:
            levels = (next((level for level, window in some if bits & window), None) for some in windows)
            yield Row(agency, *levels)


def _swept(worst: Prepared) -> Arrivals:
    """One sweep for all levels and readings: those of the strict reading, then those of the worst case."""
    holders = worst.question.holders
    givers: list[State] = [(giver, None) for giver in worst.leaving]
    more = frozenset((one.agency, one.may_pass_to) for one in holders).difference(givers)
    over, masks = worst.kept.get(("variants", more), lambda: _grid(worst, (*more, *givers)))
    over = over.since(min(one.since for one in holders).toordinal())
    pairs = worst.labels.everything
    every = sum(1 << number * pairs.bit_length() for number in range(len(_VARIANTS)))
    begin = {day: [(state, bits * every) for state, bits in some] for day, some in begin_of(worst, over).items()}
    return Arrivals.told(over, sweep(over, masks, begin, trace=False), pairs)


def _grid(worst: Prepared, starts: Iterable[State]) -> tuple[Grid, list[int]]:
    """An agreement that the readings read alike is one edge for both, so nothing is searched twice."""
    width = worst.labels.everything.bit_length()
    by_status = {
        status: sum(1 << number * width for number, some in enumerate(LEVELS.values()) if status in some)
        for status in worst.question.statuses
    }
    shift = len(LEVELS) * width
    read_strictly = {edge.agreement.id: edge for some in strictly(worst).leaving.values() for edge in some}
    edges: list[Edge] = []
    masks: list[int] = []
    for some in worst.leaving.values():
        for edge in some:
            levels = edge.mask * by_status[edge.agreement.status]
            bound = read_strictly.get(edge.agreement.id)
            if bound is not None and bound.promise == edge.promise:
                edges.append(edge)
                masks.append(levels | levels << shift)
            else:
                edges += [edge, bound] if bound else [edge]
                masks += [levels << shift, levels] if bound else [levels << shift]
    return numbered(edges, starts), masks
