"""What a drawing shows, before it is drawn: spots in layers, and lines between them; folded when there are many."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from schoolgate.engines.reach.asking.answers import Path, Reach
from schoolgate.engines.reach.asking.certificate import carrying
from schoolgate.engines.reach.drawing.words import (
    STATUS_WORD,
    UNREAD,
    day,
    evidence,
    evidence_of_many,
    in_force,
    layer_of,
    many,
    unread_on,
)
from schoolgate.engines.reach.network.nouns import STATUSES, Agency, Agreement, Status
from schoolgate.engines.reach.network.whole import Network

WATCHED: Final = ("federal_immigration",)
FOLD_ABOVE: Final = 30
# Up to so many lines between the same two are drawn apart, so that each can be a link.
DRAWN_APART: Final = 2


@dataclass(frozen=True, slots=True)
class Spot:
    """One agency, or several of one kind in one layer.

    Attributes:
        id: Of the agency, or made from kind and layer.
        agencies: Who stands here.
        layer: How far from the left.
        lines: What is written below the name.
        weakest: The evidence on which the reach to here rests; None where the data is, on a map, and where several
            stand on different evidence.
        unread: Whether it rests on terms that nobody has read.
        start: Whether the data is here already.
        watched: Whether it is of a watched kind.
    """

    id: str
    agencies: tuple[Agency, ...]
    layer: int
    lines: tuple[str, ...]
    weakest: Status | None
    unread: bool
    start: bool
    watched: bool

    @property
    def folded(self) -> bool:
        """Whether it stands for several."""
        return len(self.agencies) > 1

    @property
    def name(self) -> str:
        """What is written first."""
        if len(self.agencies) == 1:
            return self.agencies[0].name
        return many(self.agencies[0].kind, len(self.agencies))


@dataclass(frozen=True, slots=True)
class Line:
    """One agreement, or several of one layer of evidence between the same two spots.

    Attributes:
        giver: Id of the spot it leaves.
        receiver: Id of the spot it goes to.
        agreements: Which it stands for.
        status: The strongest evidence among them; where no folded spot is at an end, that of all.
        unread: Whether the terms of all of them were not read.
        words: What is written at it.
        forward: Whether it goes to a later layer.
    """

    giver: str
    receiver: str
    agreements: tuple[Agreement, ...]
    status: Status
    unread: bool
    words: tuple[str, ...]
    forward: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What a drawing shows.

    Attributes:
        spots: By layer, from the left.
        lines: In the network's order.
        left_out: How many agreements are not drawn because they stay inside a folded spot or lead back to one.
    """

    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]
    left_out: int


def picture_of(answer: Reach, *, fold_above: int = FOLD_ABOVE, watched: Collection[str] = WATCHED) -> Picture:
    """The agencies an answer reaches, in layers by fewest hops, and what carries something between them."""
    network, question = answer.network, answer.question
    spots = [
        _spot(network.agency(one.agency), 0, (f"has it since {day(one.since)}",), start=True)
        for one in question.holders
    ]
    kept = {spot.id for spot in spots}
    for reached in answer.reached.values():
        strongest, shortest = reached.strongest, reached.fewest_hops
        unread = bool(unread_on(strongest, question.reading))
        weakest = strongest.weakest_status
        lines = (f"from {day(reached.day)}", STATUS_WORD[weakest], *((UNREAD,) if unread else ()))
        spot = _spot(reached.agency, shortest.hops, lines, weakest=weakest, unread=unread, watched=watched)
        if spot.watched:
            kept |= _on(strongest) | _on(shortest)
        spots.append(spot)
    when = {agency: one.day for agency, one in answer.reached.items()}
    if len(spots) > fold_above:
        spots = _folded(spots, kept, lambda some: _reached_lines(some, when))
    return _picture(spots, carrying(answer), {})


def picture_of_network(
    network: Network,
    *,
    on: date,
    fold_above: int = FOLD_ABOVE,
    watched: Collection[str] = WATCHED,
    marked: Mapping[str, str] | None = None,
) -> Picture:
    """All agreements in force on a day, in layers from the schools on; who has none in force is left out."""
    agreements = [one for one in network.agreements if (one.start or on) <= on <= (one.end or on)]
    layers = _layers(network, agreements)
    spots = [
        _spot(one, layers[one.id], _form(network, one), watched=watched) for one in network.agencies if one.id in layers
    ]
    marks = dict(marked or {})
    if len(spots) > fold_above:
        touched = {end for one in agreements if one.id in marks for end in (one.giver, one.receiver)}
        kept = touched | {spot.id for spot in spots if spot.watched}
        spots = _folded(spots, kept, lambda _: ())
    return _picture(spots, agreements, marks)


def _spot(
    agency: Agency,
    layer: int,
    lines: tuple[str, ...],
    *,
    weakest: Status | None = None,
    unread: bool = False,
    start: bool = False,
    watched: Collection[str] = (),
) -> Spot:
    return Spot(agency.id, (agency,), layer, lines, weakest, unread, start, agency.kind in watched)


def _on(path: Path) -> set[str]:
    return {end for step in path.steps for end in (step.agreement.giver, step.agreement.receiver)}


def _form(network: Network, agency: Agency) -> tuple[str, ...]:
    if agency.form == "agency":
        return ()
    whole = f" of {network.agency(agency.part_of).name}" if agency.part_of else ""
    return (f"{agency.form}{whole}",)


def _reached_lines(spots: Sequence[Spot], when: Mapping[str, date]) -> tuple[str, ...]:
    first = min(when[spot.id] for spot in spots)
    words = sorted({spot.weakest for spot in spots if spot.weakest}, key=STATUSES.index)
    lines = (f"from {day(first)} on", " or ".join(STATUS_WORD[word] for word in words))
    unread = sum(spot.unread for spot in spots)
    if not unread:
        return lines
    return (*lines, UNREAD if unread == len(spots) else f"{UNREAD} for {unread}")


def _folded(
    spots: Sequence[Spot], kept: Collection[str], lines: Callable[[Sequence[Spot]], tuple[str, ...]]
) -> list[Spot]:
    groups: dict[tuple[int, str], list[Spot]] = {}
    for spot in spots:
        if spot.id not in kept:
            groups.setdefault((spot.layer, spot.agencies[0].kind), []).append(spot)
    whole = [spot for spot in spots if spot.id in kept]
    for (layer, kind), group in groups.items():
        if len(group) == 1:
            whole += group
            continue
        words = {spot.weakest for spot in group}
        whole.append(
            Spot(
                f"{layer} {kind}",
                tuple(spot.agencies[0] for spot in group),
                layer,
                lines(group),
                words.pop() if len(words) == 1 else None,
                all(spot.unread for spot in group),
                start=False,
                watched=False,
            )
        )
    return whole


def _picture(spots: Sequence[Spot], agreements: Iterable[Agreement], marked: Mapping[str, str]) -> Picture:
    """Draw the lines: one for all that are alike, when they are more than two or a folded spot is at an end.

    What leads back to a folded spot adds nobody, so it is counted and left out; never what leads to a watched kind.
    """
    at = {agency.id: spot for spot in spots for agency in spot.agencies}
    between: dict[tuple[str, str, str], list[Agreement]] = {}
    left_out = 0
    for one in agreements:
        giver, receiver = at[one.giver], at[one.receiver]
        folded = giver.folded or receiver.folded
        if giver == receiver or (folded and giver.layer >= receiver.layer and not receiver.watched):
            left_out += 1
        else:
            alike = one.id if one.id in marked else layer_of(one) if folded else evidence(one)
            between.setdefault((giver.id, receiver.id, alike), []).append(one)
    by_id = {spot.id: spot for spot in spots}
    lines: list[Line] = []
    for (giver_id, receiver_id, _), some in between.items():
        giver, receiver = by_id[giver_id], by_id[receiver_id]
        folded = giver.folded or receiver.folded
        apart = len(some) <= (1 if folded else DRAWN_APART)
        for group in [(one,) for one in some] if apart else [tuple(some)]:
            words = _words_of(group, short=folded)
            mark = (f"{marked[group[0].id]}:",) if group[0].id in marked else ()
            status = min((one.status for one in group), key=STATUSES.index)
            unread = layer_of(group[0]) == "unknown"
            forward = giver.layer < receiver.layer
            lines.append(Line(giver_id, receiver_id, group, status, unread, (*mark, *words), forward))
    ordered = tuple(sorted(spots, key=lambda spot: spot.layer))
    return Picture(ordered, tuple(lines), left_out)


def _words_of(group: tuple[Agreement, ...], *, short: bool) -> tuple[str, ...]:
    first = group[0]
    if len(group) > 1:
        return (f"{len(group)} agreements", evidence_of_many(group))
    return (evidence(first),) if short else (first.title, evidence(first), in_force(first))


def _layers(network: Network, agreements: Sequence[Agreement]) -> dict[str, int]:
    """How far each agency is from the schools; from those who only give, where no school leads."""
    onward: dict[str, list[str]] = {}
    there = {end for one in agreements for end in (one.giver, one.receiver)}
    open_ones = [one for one in agreements if one.status != "prohibited"]
    receivers = {one.receiver for one in open_ones}
    for one in open_ones:
        onward.setdefault(one.giver, []).append(one.receiver)
    ids = [one.id for one in network.agencies if one.id in there]
    schools = [agency_id for agency_id in ids if network.agency(agency_id).kind == "school"]
    roots = [agency_id for agency_id in ids if agency_id not in receivers]
    layers: dict[str, int] = {}
    for group in (schools, roots, *([agency_id] for agency_id in ids)):
        row = [agency_id for agency_id in group if agency_id not in layers]
        layers |= dict.fromkeys(row, 0)
        while row:
            following: list[str] = []
            for agency_id in row:
                for receiver in onward.get(agency_id, ()):
                    if receiver not in layers:
                        layers[receiver] = layers[agency_id] + 1
                        following.append(receiver)
            row = following
    return layers
