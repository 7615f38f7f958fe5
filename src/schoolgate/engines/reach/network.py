"""Agencies and the agreements between them, checked as a whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, get_args

from schoolgate.engines.reach.errors import ReachError

Status = Literal["required_by_law", "documented", "observed", "disputed", "prohibited"]
Onward = Literal["yes", "no", "unknown"]

# Strongest evidence first: a standing duty or paper shows a channel, a past transfer shows it was open once.
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
_ONWARD: Final[tuple[Onward, ...]] = get_args(Onward)


@dataclass(frozen=True, slots=True)
class Agency:
    """A party, a unit or a system that can hold data.

    Attributes:
        id: Short and stable, such as `bric`.
        name: As people call it.
        kind: A recipient kind of the law engine, or `school`.
        notes: What a reader should know.
    """

    id: str
    name: str
    kind: str
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One reason for which data may move from one agency to another.

    Attributes:
        id: Short and stable.
        giver: Agency whose data moves.
        receiver: Agency that gets it.
        title: As people call the paper, duty or practice.
        start: First day; None when unknown, which counts as always.
        end: Last day; None while it has none.
        kinds: Kinds of data; None when the terms are unknown or unread.
        purposes: Purposes; None when unknown.
        onward: Whether the receiver may pass the data on.
        status: How well it is known to exist, or that a rule forbids it.
        source: Where this is written.
        notes: What a reader should know.
    """

    id: str
    giver: str
    receiver: str
    title: str
    start: date | None
    end: date | None
    kinds: frozenset[str] | None
    purposes: frozenset[str] | None
    onward: Onward
    status: Status
    source: str
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """All agencies and agreements of a question.

    Raises:
        ReachError: For a duplicate or empty id, an unknown agency, an agreement with itself, an end before
            the start, an unknown status or word for onward sharing; with the place, such as
            `agreements[3].end`.
    """

    agencies: tuple[Agency, ...]
    agreements: tuple[Agreement, ...]
    _agency: Mapping[str, Agency] = field(init=False, repr=False, compare=False)
    _agreement: Mapping[str, Agreement] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check, then index by id."""
        agency_ids = {agency.id for agency in self.agencies}
        _no_duplicates("agencies", [agency.id for agency in self.agencies])
        _no_duplicates("agreements", [agreement.id for agreement in self.agreements])
        for index, agreement in enumerate(self.agreements):
            _check(f"agreements[{index}]", agreement, agency_ids)
        object.__setattr__(self, "_agency", MappingProxyType({one.id: one for one in self.agencies}))
        object.__setattr__(self, "_agreement", MappingProxyType({one.id: one for one in self.agreements}))

    def agency(self, agency_id: str) -> Agency:
        """The agency of this id; ReachError when there is none."""
        if agency_id not in self._agency:
            raise ReachError(f"there is no agency {agency_id!r} in this network of {len(self.agencies)}")
        return self._agency[agency_id]

    def agreement(self, agreement_id: str) -> Agreement:
        """The agreement of this id; ReachError when there is none."""
        if agreement_id not in self._agreement:
            raise ReachError(f"there is no agreement {agreement_id!r} among the {len(self.agreements)} known")
        return self._agreement[agreement_id]


def _no_duplicates(place: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for index, one in enumerate(ids):
        if not one:
            raise ReachError(f"{place}[{index}].id is empty")
        if one in seen:
            raise ReachError(f"{place}[{index}].id: {one!r} is used twice; ids must be unique")
        seen.add(one)


def _check(place: str, agreement: Agreement, agency_ids: set[str]) -> None:
    for end in ("giver", "receiver"):
        if getattr(agreement, end) not in agency_ids:
            raise ReachError(f"{place}.{end}: no agency is called {getattr(agreement, end)!r}")
    if agreement.giver == agreement.receiver:
        raise ReachError(f"{place}: giver and receiver are the same; an agreement joins two agencies")
    if agreement.start and agreement.end and agreement.end < agreement.start:
        raise ReachError(f"{place}.end: {agreement.end} is before the start {agreement.start}")
    if agreement.status not in STATUSES:
        raise ReachError(f"{place}.status: {agreement.status!r} is none of {', '.join(STATUSES)}")
    if agreement.onward not in _ONWARD:
        raise ReachError(f"{place}.onward: {agreement.onward!r} is none of {', '.join(_ONWARD)}")


def network_from_json(data: object) -> Network:
    """Read a network from parsed JSON: `{"agencies": [...], "agreements": [...]}`.

    Fields are as the classes name them. Dates are `YYYY-MM-DD` or null, kinds and purposes lists or null
    for unknown; `notes` may be left out.

    Raises:
        ReachError: With the place of the first thing that is wrong.
    """
    top = _object(data, "network", {"agencies", "agreements"}, optional=set())
    agencies = [_agency(item, f"agencies[{index}]") for index, item in enumerate(_list(top, "agencies"))]
    agreements = [_agreement(item, f"agreements[{index}]") for index, item in enumerate(_list(top, "agreements"))]
    return Network(tuple(agencies), tuple(agreements))


def network_to_json(network: Network) -> dict[str, list[dict[str, object]]]:
    """The inverse of `network_from_json`; lists are sorted, so equal networks give equal text."""
    return {
        "agencies": [_plain(agency) for agency in network.agencies],
        "agreements": [_plain(agreement) for agreement in network.agreements],
    }


def _plain(one: Agency | Agreement) -> dict[str, object]:
    written: dict[str, object] = {}
    for column in fields(one):
        value = getattr(one, column.name)
        if isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, date):
            value = value.isoformat()
        written[column.name] = value
    return written


def _agency(item: object, place: str) -> Agency:
    read = _object(item, place, {"id", "name", "kind"}, optional={"notes"})
    return Agency(**{name: _text(read[name], f"{place}.{name}") for name in read})


def _agreement(item: object, place: str) -> Agreement:
    needed = {column.name for column in fields(Agreement)} - {"notes"}
    read = _object(item, place, needed, optional={"notes"})
    text = {
        name: _text(read[name], f"{place}.{name}")
        for name in ("id", "giver", "receiver", "title", "source", "notes")
        if name in read
    }
    return Agreement(
        **text,
        start=_date(read["start"], f"{place}.start"),
        end=_date(read["end"], f"{place}.end"),
        kinds=_words(read["kinds"], f"{place}.kinds"),
        purposes=_words(read["purposes"], f"{place}.purposes"),
        onward=read["onward"],  # type: ignore[arg-type]  # Network checks the word
        status=read["status"],  # type: ignore[arg-type]  # the same
    )


def _object(item: object, place: str, needed: set[str], *, optional: set[str]) -> dict[str, object]:
    if not isinstance(item, dict):
        raise ReachError(f"{place} is not an object")
    for name in sorted(needed - item.keys()):
        raise ReachError(f"{place}.{name} is missing")
    for name in sorted(item.keys() - needed - optional):
        raise ReachError(f"{place}.{name} is not a field; known are {', '.join(sorted(needed | optional))}")
    return item


def _list(item: dict[str, object], name: str) -> list[object]:
    value = item[name]
    if not isinstance(value, list):
        raise ReachError(f"{name} is not a list")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        raise ReachError(f"{place} is not text")
    return value


def _date(value: object, place: str) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(_text(value, place))
    except ValueError:
        raise ReachError(f"{place}: not a date; write YYYY-MM-DD or null") from None


def _words(value: object, place: str) -> frozenset[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise ReachError(f"{place} is not a list of words, nor null for unknown")
    return frozenset(value)
