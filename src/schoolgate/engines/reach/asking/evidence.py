"""The same question on three levels of evidence and by two readings of unknown terms, side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import Final, Literal

from schoolgate.engines.reach.asking.answers import Reach, Searches, ask, told
from schoolgate.engines.reach.network.nouns import Agency, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.arrivals import Arrivals
from schoolgate.engines.reach.searching.grid import begin_of, numbered
from schoolgate.engines.reach.searching.prepared import Edge, Prepared, admitting, prepare, strictly
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
        answers: By level and reading. More evidence or a wider reading never takes anybody away.
    """

    answers: Mapping[tuple[Level, Reading], Reach]

    def answer(self, level: Level, reading: Reading) -> Reach:
        """One of the six."""
        return self.answers[level, reading]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Everybody whom at least one of the six reaches, in the network's order."""
        widest = self.answers["observed", "worst_case"]
        return tuple(
            Row(agency, self._first(agency.id, "strict"), self._first(agency.id, "worst_case"))
            for agency in widest.network.agencies
            if agency.id in widest.reached
        )

    def _first(self, agency: str, reading: Reading) -> Level | None:
        return next((level for level in LEVELS if agency in self.answers[level, reading].reached), None)


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
    strict = strictly(worst)
    found = _swept(worst, strict)
    prepared: dict[Reading, Prepared] = {"strict": strict, "worst_case": worst}
    variants = product(READINGS, LEVELS)
    return SideBySide(
        MappingProxyType(
            {
                (level, reading): _answer(prepared[reading], level, found.part(number))
                for number, (reading, level) in enumerate(variants)
            }
        )
    )


def _answer(whole: Prepared, level: Level, arrivals: Arrivals) -> Reach:
    question = replace(whole.question, statuses=whole.question.statuses & LEVELS[level])
    searches = Searches(lambda: admitting(whole, LEVELS[level]), whole.labels, arrivals)
    return told(whole.network, question, searches)


def _swept(worst: Prepared, strict: Prepared) -> Arrivals:
    """One sweep for all levels and readings: those of the strict reading, then those of the worst case.

    An agreement that the readings read alike is one edge for both, so nothing is searched twice.
    """
    pairs = worst.labels.everything
    width = pairs.bit_length()
    by_status = {
        status: sum(1 << number * width for number, some in enumerate(LEVELS.values()) if status in some)
        for status in worst.question.statuses
    }
    shift = len(LEVELS) * width
    read_strictly = {edge.agreement.id: edge for some in strict.leaving.values() for edge in some}
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
    holders = ((one.agency, one.may_pass_to) for one in worst.question.holders)
    over = numbered(edges, holders)
    every = sum(1 << number * width for number in range(len(READINGS) * len(LEVELS)))
    begin = {day: [(state, bits * every) for state, bits in some] for day, some in begin_of(worst, over).items()}
    return Arrivals.told(over, sweep(over, masks, begin, trace=False), pairs)
