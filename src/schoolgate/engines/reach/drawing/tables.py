"""What a drawing shows, as rows: for those who don't see it, for CSV and for print."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schoolgate.engines.reach.asking.answers import Path, Reach
from schoolgate.engines.reach.asking.certificate import carrying
from schoolgate.engines.reach.drawing.words import Layer, evidence, in_force, layer_of, pairs_in_words, unread_on
from schoolgate.engines.reach.network.nouns import Agency, Agreement, Status
from schoolgate.engines.reach.network.whole import Network

__all__ = ["EdgeRow", "ReachedRow", "edges_of_network", "edges_table", "table_of"]


@dataclass(frozen=True, slots=True)
class ReachedRow:
    """One agency that can be reached.

    Attributes:
        agency: Who.
        steps: How many agreements the path has.
        since: The earliest day by any path.
        path: On the strongest evidence, with the fewest agreements among those.
        via: The names on the way, the holder first and the agency last.
        weakest: The weakest evidence on the path.
        survives: What arrives, in words, by any path.
        unread: Agreements of the path on whose unknown terms the answer rests.
        day_unknown: Whether the first day of some agreement of the path is not known.
    """

    agency: Agency
    steps: int
    since: date
    path: Path
    via: tuple[str, ...]
    weakest: Status
    survives: str
    unread: tuple[Agreement, ...]
    day_unknown: bool


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """One agreement as a drawing shows it.

    Attributes:
        agreement: Which.
        giver: Name of who gives.
        receiver: Name of who gets.
        evidence: In words, with `terms unknown` where they were not read.
        days: When it is in force, in words.
        layer: Permitted, recorded, unknown or prohibited.
    """

    agreement: Agreement
    giver: str
    receiver: str
    evidence: str
    days: str
    layer: Layer


def table_of(answer: Reach) -> tuple[ReachedRow, ...]:
    """The reached agencies, fewest steps first, then by name; a search for the paths, then O(rows x steps)."""
    network = answer.network
    rows = []
    for reached in answer.reached.values():
        path = reached.strongest
        agreements = [step.agreement for step in path.steps]
        ends = [agreements[0].giver, *(one.receiver for one in agreements)]
        rows.append(
            ReachedRow(
                reached.agency,
                path.hops,
                reached.day,
                path,
                tuple(network.agency(end).name for end in ends),
                path.weakest_status,
                pairs_in_words(reached.pairs),
                unread_on(path, answer.question.reading),
                any(one.start is None for one in agreements),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.steps, row.agency.name, row.agency.id)))


def edges_table(answer: Reach) -> tuple[EdgeRow, ...]:
    """The agreements that carry something, in the network's order; O(agreements)."""
    return _rows(answer.network, carrying(answer))


def edges_of_network(network: Network, *, on: date) -> tuple[EdgeRow, ...]:
    """The agreements in force on a day, prohibitions too, in the network's order; O(agreements)."""
    return _rows(network, (one for one in network.agreements if (one.start or on) <= on <= (one.end or on)))


def _rows(network: Network, agreements: Iterable[Agreement]) -> tuple[EdgeRow, ...]:
    return tuple(
        EdgeRow(
            one,
            network.agency(one.giver).name,
            network.agency(one.receiver).name,
            evidence(one),
            in_force(one),
            layer_of(one),
        )
        for one in agreements
    )
