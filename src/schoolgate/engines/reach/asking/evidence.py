"""The same question on three levels of evidence and by two readings of unknown terms, side by side."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, get_args

from schoolgate.engines.reach.asking.answers import Reach, answer, ask
from schoolgate.engines.reach.network.nouns import Agency, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.prepared import Prepared, admitting, prepare, strictly
from schoolgate.engines.reach.searching.question import Reading

Level = Literal["documented", "disputed", "observed"]
READINGS: Final[tuple[Reading, ...]] = get_args(Reading)
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

    The network is prepared once and searched at most six times: a level without agreements of its own changes
    nothing.

    Raises:
        ReachError: As for `reach`.
    """
    question = ask(
        network, start, since, kinds, purposes, until=until, statuses=LEVELS["observed"], reading="worst_case"
    )
    worst = prepare(network, question)
    answers: dict[tuple[Level, Reading], Reach] = {}
    for prepared in (strictly(worst), worst):
        for level, found in _levels(prepared):
            answers[level, prepared.question.reading] = found
    return SideBySide(MappingProxyType(answers))


def _levels(prepared: Prepared) -> Iterator[tuple[Level, Reach]]:
    edges = -1
    found: Reach | None = None
    for level, statuses in LEVELS.items():
        left = admitting(prepared, statuses)
        more = sum(map(len, left.leaving.values()))
        found = answer(left) if found is None or more > edges else replace(found, question=left.question)
        edges = more
        yield level, found
